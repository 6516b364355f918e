//! The `k8sprep` program. Everything is in the library of the same name.

fn main() -> std::process::ExitCode {
    k8sprep::run(std::env::args_os())
}
