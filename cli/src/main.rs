//! The `k8sprep` program. Everything is in the library of the same name.

/// musl's own allocator asks the kernel for each small group of pages and gives it back at once:
/// 120 calls of 150 for the documents of one host. This one keeps what it has.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    k8sprep::run(std::env::args_os())
}
