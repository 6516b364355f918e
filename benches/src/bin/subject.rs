//! The `k8sprep` program under a name that a bench of this package can find: the same one
//! statement.

fn main() -> std::process::ExitCode {
    k8sprep::run(std::env::args_os())
}
