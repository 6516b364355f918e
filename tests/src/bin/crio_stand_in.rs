//! Stands for CRI-O in a real cluster of the tests: `crio_stand_in SOCKET CONFIG`.
//!
//! It starts Debian's containerd with the configuration and listens on CRI-O's socket: gRPC goes
//! through to containerd, and what CRI-O answers to HTTP it says itself. It ends when containerd
//! does, and containerd when it does.
#![expect(clippy::print_stderr, reason = "a daemon logs to stderr")]

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::time::Duration;

/// Where containerd listens, as its configuration has it.
const BEHIND: &str = "/run/crio/containerd.sock";
/// What CRI-O says of itself: the fields of its `/info`.
const INFO: &str = r#"{"storage_driver":"overlay","storage_image":"","storage_root":"/var/lib/containers/storage","cgroup_driver":"systemd","default_id_mappings":{"uids":[{"container_id":0,"host_id":0,"size":4294967295}],"gids":[{"container_id":0,"host_id":0,"size":4294967295}]}}"#;
/// The part of CRI-O's `/config` that a node's settings are read from.
const CONFIG: &str = "[crio]\n  root = \"/var/lib/containers/storage\"\n  [crio.api]\n    listen = \"/var/run/crio/crio.sock\"\n  \
                      [crio.runtime]\n    cgroup_manager = \"systemd\"\n    conmon_cgroup = \"pod\"\n    default_runtime = \"runc\"\n";

fn main() -> ExitCode {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [socket, config] = words.as_slice() else {
        eprintln!("usage: crio_stand_in SOCKET CONFIG");
        return ExitCode::from(2);
    };
    match serve(socket, config) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("level=fatal msg=\"{error}\"");
            ExitCode::FAILURE
        }
    }
}

fn serve(socket: &Path, config: &Path) -> io::Result<ExitCode> {
    std::fs::create_dir_all(socket.parent().unwrap_or(Path::new("/")))?;
    let _ = std::fs::remove_file(socket);
    let _ = std::fs::remove_file(BEHIND);
    let mut containerd = start(config)?;
    while UnixStream::connect(BEHIND).is_err() {
        if containerd.try_wait()?.is_some() {
            return Err(io::Error::other("containerd ended before it listened"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let listener = UnixListener::bind(socket)?;
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that went away ends its connection, not the server.
            std::thread::spawn(move || drop(answer(stream)));
        }
    });
    eprintln!("level=info msg=\"listening on {}\"", socket.display());
    #[expect(clippy::disallowed_methods, reason = "systemd says in the environment where it listens")]
    if let Some(systemd) = std::env::var_os("NOTIFY_SOCKET") {
        UnixDatagram::unbound()?.send_to(b"READY=1", PathBuf::from(systemd))?;
    }
    let status = containerd.wait()?;
    Err(io::Error::other(format!("containerd ended: {status}")))
}

/// containerd is told to end when this process does, however that is.
#[expect(clippy::disallowed_methods, reason = "a program of the test's host")]
fn start(config: &Path) -> io::Result<Child> {
    let mut command = Command::new("setpriv");
    // What it listens on is no matter of its own readiness.
    command.args(["--pdeathsig", "TERM", "containerd", "--config"]).arg(config).env_remove("NOTIFY_SOCKET");
    command.spawn()
}

fn answer(mut client: UnixStream) -> io::Result<()> {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    // The preface of HTTP/2 is as long as this; a request of HTTP/1 ends with an empty line.
    while head.len() < 14
        || !(head.starts_with(b"PRI * HTTP/2.0") || head.windows(4).any(|at| at == b"\r\n\r\n"))
    {
        let read = client.read(&mut part)?;
        if read == 0 || head.len() > 65536 {
            return Ok(());
        }
        head.extend_from_slice(&part[..read]);
    }
    if head.starts_with(b"PRI ") { through(client, &head) } else { say(&mut client, &head) }
}

fn through(client: UnixStream, head: &[u8]) -> io::Result<()> {
    let mut behind = UnixStream::connect(BEHIND)?;
    behind.write_all(head)?;
    let (mut from, mut to) = (client.try_clone()?, behind.try_clone()?);
    let there = std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut client = client;
    let _ = io::copy(&mut behind, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    drop(there.join());
    Ok(())
}

fn say(client: &mut UnixStream, head: &[u8]) -> io::Result<()> {
    let line = String::from_utf8_lossy(head);
    let (status, kind, body) = match line.split_whitespace().nth(1) {
        Some("/info") => ("200 OK", "application/json", INFO),
        Some("/config") => ("200 OK", "application/toml", CONFIG),
        _ => ("404 Not Found", "text/plain", "404 page not found\n"),
    };
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
