//! Stands for CRI-O in a real cluster of the tests: `crio_stand_in SOCKET CONFIG VERSION`.
//!
//! It starts Debian's containerd with the configuration and listens on CRI-O's socket: gRPC goes
//! through to containerd, but for the runtime's name and version, and what CRI-O answers to HTTP it
//! says itself. `--version` is answered as by CRI-O. It ends when containerd does, and containerd when it does.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a daemon logs to stderr, and answers its flag"
)]

use std::io::{self, Read, Write};
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
    if let [word] = words.as_slice()
        && word.as_os_str() == "--version"
    {
        // Its release is in the unit that starts it.
        println!("crio version {}", version_of(Path::new("/usr/lib/systemd/system/crio.service")));
        return ExitCode::SUCCESS;
    }
    let [socket, config, version] = words.as_slice() else {
        eprintln!("usage: crio_stand_in SOCKET CONFIG VERSION");
        return ExitCode::from(2);
    };
    match serve(socket, config, &version.display().to_string()) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("level=fatal msg=\"{error}\"");
            ExitCode::FAILURE
        }
    }
}

fn version_of(unit: &Path) -> String {
    let text = std::fs::read_to_string(unit).unwrap_or_default();
    let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap_or_default();
    start.rsplit(' ').next().unwrap_or_default().to_owned()
}

fn serve(socket: &Path, config: &Path, version: &str) -> io::Result<ExitCode> {
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
    let version = version.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let version = version.clone();
            // A client that went away ends its connection, not the server.
            std::thread::spawn(move || drop(answer(stream, &version)));
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

fn answer(mut client: UnixStream, version: &str) -> io::Result<()> {
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
    if head.starts_with(b"PRI ") { through(client, &head, version) } else { say(&mut client, &head) }
}

fn through(client: UnixStream, head: &[u8], version: &str) -> io::Result<()> {
    let mut behind = UnixStream::connect(BEHIND)?;
    behind.write_all(head)?;
    let (mut from, mut to) = (client.try_clone()?, behind.try_clone()?);
    let there = std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut client = client;
    let _ = frames(&mut behind, &mut client, version);
    let _ = client.shutdown(Shutdown::Both);
    drop(there.join());
    Ok(())
}

/// Hands on the frames of HTTP/2 (RFC 9113, 4.1): nine bytes, the first three of them the length.
fn frames(from: &mut impl Read, to: &mut impl Write, version: &str) -> io::Result<()> {
    const DATA: u8 = 0;
    let mut head = [0; 9];
    loop {
        from.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        from.read_exact(&mut payload)?;
        if head[3] == DATA
            && head[4] & PADDED == 0
            && let Some(renamed) = renamed(&payload, version)
        {
            head[4] |= PADDED;
            payload = renamed;
        }
        to.write_all(&head)?;
        to.write_all(&payload)?;
    }
}

const PADDED: u8 = 8;

/// The answer to the CRI's `Version`, with CRI-O's name and version in it: as long as it was by
/// padding, so that both ends count the same bytes. Nothing for any other message.
fn renamed(payload: &[u8], version: &str) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"\x12\x0acontainerd\x1a";
    let at = payload.windows(NAME.len()).position(|part| part == NAME)?;
    let length = usize::from(*payload.get(at + NAME.len())?);
    let rest = payload.get(at + NAME.len() + 1 + length..)?;
    let mut message = payload.get(5..at)?.to_vec();
    message.extend_from_slice(b"\x12\x05cri-o\x1a");
    message.push(u8::try_from(version.len()).ok()?);
    message.extend_from_slice(version.as_bytes());
    message.extend_from_slice(rest);
    let padding = u8::try_from(payload.len().checked_sub(message.len() + 6)?).ok()?;
    let mut all = vec![padding, 0];
    all.extend_from_slice(&u32::try_from(message.len()).ok()?.to_be_bytes());
    all.extend_from_slice(&message);
    all.resize(all.len() + usize::from(padding), 0);
    Some(all)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_version_is_cri_os_and_as_long_as_before() {
        let message = b"\x0a\x050.1.0\x12\x0acontainerd\x1a\x0a1.6.20~ds1\x22\x02v1";
        let mut payload = vec![0, 0, 0, 0, u8::try_from(message.len()).unwrap()];
        payload.extend_from_slice(message);
        let mut sent = vec![0, 0, u8::try_from(payload.len()).unwrap(), 0, 1, 0, 0, 0, 1];
        sent.extend_from_slice(&payload);
        let (mut got, before) = (Vec::new(), sent.len());
        assert!(frames(&mut sent.as_slice(), &mut got, "1.34.0").is_err(), "it ends with the stream");
        assert_eq!((got.len(), got[4]), (before, 1 | PADDED));
        let wanted = b"\x0a\x050.1.0\x12\x05cri-o\x1a\x061.34.0\x22\x02v1";
        let (padding, length) = (usize::from(got[9]), usize::from(got[14]));
        assert_eq!(&got[15..15 + length], wanted);
        assert_eq!(15 + length + padding, got.len());
        // Anything else goes through as it is.
        sent.truncate(9);
        sent.extend_from_slice(&vec![7; payload.len()]);
        let mut got = Vec::new();
        let _ = frames(&mut sent.as_slice(), &mut got, "1.34.0");
        assert_eq!(got, sent);
    }
}
