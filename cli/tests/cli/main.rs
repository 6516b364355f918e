//! Runs the real binary: wiring, exit statuses, texts.
#![expect(clippy::disallowed_methods, reason = "these tests run programs and write their own files")]

mod apply;
mod archive;
mod bundle;
mod ca_hash;
mod cases;
mod checks;
mod codes;
mod contract;
mod crio;
mod doctor;
mod doctor_fix;
mod doctor_reports;
mod documents;
mod explain;
mod first_boot;
mod forged;
mod gen_config;
mod handbook;
mod help;
mod help_lines;
mod join;
mod lint;
mod migrate;
mod outlook;
mod probe_crio;
mod safety;
mod spec;
mod terminal;
mod told;
mod transcripts;
mod truth;
mod unread;
mod unsaid;
mod up;
mod upgrade;
mod upgrade_minors;
mod upgrade_not_ready;

use snapbox::cmd::Command;

/// The built `k8sprep` with these arguments and an environment of its own.
fn k8sprep<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    Command::new(snapbox::cmd::cargo_bin!("k8sprep")).env_clear().env("PATH", path()).args(args)
}

fn path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Stdout of a command that must succeed, as text.
fn stdout(command: Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// Exit status and stderr of a command that must fail without a word on stdout.
fn failure(command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "a failure must print no result");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Lays a file below a directory.
fn lay(dir: &std::path::Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
