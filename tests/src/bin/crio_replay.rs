//! A daemon that answers as a recorded CRI-O did: `crio_replay SOCKET RECORDINGS`.
//!
//! RECORDINGS holds `http` and `grpc`. It stands for CRI-O in hosts that are booted by the tests:
//! it tells systemd when it listens, and runs until it is stopped.
#![expect(clippy::print_stderr, reason = "a daemon logs to stderr")]

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use k8sprep_tests::fake_cri::{Calls, FakeCri, Recording};

fn main() -> ExitCode {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [socket, recordings] = words.as_slice() else {
        eprintln!("usage: crio_replay SOCKET RECORDINGS");
        return ExitCode::from(2);
    };
    match serve(socket, recordings) {
        Ok(_listening) => loop {
            std::thread::park();
        },
        Err(error) => {
            eprintln!("level=fatal msg=\"{error}\"");
            ExitCode::FAILURE
        }
    }
}

fn serve(socket: &Path, recordings: &Path) -> io::Result<FakeCri> {
    let recording = Recording::read(&recordings.join("http"))?;
    let calls = Calls::read(&recordings.join("grpc"))?;
    std::fs::create_dir_all(socket.parent().unwrap_or(Path::new("/")))?;
    // The one before is gone, as when the real daemon starts.
    let _ = std::fs::remove_file(socket);
    let listening = FakeCri::replaying_at(socket, recording, calls)?;
    eprintln!("level=info msg=\"listening on {}\"", socket.display());
    #[expect(clippy::disallowed_methods, reason = "systemd says in the environment where it listens")]
    if let Some(systemd) = std::env::var_os("NOTIFY_SOCKET") {
        UnixDatagram::unbound()?.send_to(b"READY=1", PathBuf::from(systemd))?;
    }
    Ok(listening)
}
