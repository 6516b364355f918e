//! What a probe takes of memory, measured on a process of its own.

use std::io::{self, Write};
use std::process::Command;
use std::time::Duration;

use cri_probe::{Client, Error, Options, Socket, Source, blocking};
use k8sprep_tests::fake_cri::{FakeCri, Peer};

/// The socket the child asks.
const SOCKET: &str = "K8SPREP_TESTS_SOCKET";
const LIMIT_KIB: u64 = 16 * 1024;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// The most memory a process had that asked this peer everything.
#[expect(clippy::disallowed_methods, reason = "memory is a process's, so this test runs one")]
fn peak_kib(serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) -> u64 {
    let peer = FakeCri::start(serve);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "probe::memory::ask_as_a_child", "--ignored", "--nocapture"])
        .env(SOCKET, peer.socket())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the child's peak");
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Not a test: what [`peak_kib`] runs.
#[test]
#[ignore = "the other half of the tests of this module"]
#[expect(clippy::disallowed_methods, reason = "the parent tells the child its socket")]
#[expect(clippy::print_stdout, reason = "the child tells the parent its peak")]
fn ask_as_a_child() {
    let socket = std::env::var_os(SOCKET).expect("run by its parent");
    let mut options = Options::default();
    options.timeout = Duration::from_secs(3);
    let client = Client::with_options(Socket::new(socket).unwrap(), options);
    match blocking::probe(&client, Source::ALL) {
        Ok(_) | Err(Error::BodyTooLarge { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("\n{}", status.lines().find(|line| line.starts_with("VmHWM:")).unwrap());
}

#[test]
fn a_gibibyte_is_not_kept() {
    let peak = peak_kib(|peer| {
        peer.request()?;
        peer.stream.write_all(HEAD)?;
        peer.stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n")?;
        let piece = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
        (0..16_384).try_for_each(|_| peer.stream.write_all(piece.as_bytes()))
    });
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}

#[test]
fn a_mebibyte_of_tiny_values_costs_little_more() {
    let start = r#"{"storage_driver":"o","storage_root":"/s","cgroup_driver":"systemd","x":["#;
    let body = format!("{start}{}0]}}", "[],".repeat(349_000));
    assert!(body.len() < 1_048_576);
    let peak = peak_kib(move |peer| {
        peer.request()?;
        peer.stream.write_all(HEAD)?;
        write!(peer.stream, "\r\n{body}")
    });
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}
