//! What a probe takes of the heap: counted byte for byte, so that it is the same on every machine.
//!
//! A binary of its own, because the allocator that counts is the whole process's. What the peers
//! take is counted too, and is little.

use std::io::{self, Write};
use std::time::Duration;

use cri_probe::test_util::{FakeCri, Peer};
use cri_probe::{Client, Error, Options, Socket, Source, blocking};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Eight times the longest body that is read: the bytes, their text, and JSON values of it.
const LIMIT: usize = 8 << 20;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// The most that is allocated while a peer is asked everything.
fn peak(serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) -> usize {
    let peer = FakeCri::start(serve);
    let mut options = Options::default();
    options.timeout = Duration::from_secs(20);
    let client = Client::with_options(Socket::new(peer.socket()).unwrap(), options);
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    match blocking::probe(&client, Source::ALL) {
        Ok(_) | Err(Error::BodyTooLarge { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    HEAP.peak_usage() - before
}

fn a_gibibyte(peer: &mut Peer) -> io::Result<()> {
    peer.request()?;
    peer.stream.write_all(HEAD)?;
    peer.stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n")?;
    let piece = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    (0..16_384).try_for_each(|_| peer.stream.write_all(piece.as_bytes()))
}

fn a_mebibyte_of_tiny_values(peer: &mut Peer) -> io::Result<()> {
    let start = r#"{"storage_driver":"o","storage_root":"/s","cgroup_driver":"systemd","x":["#;
    peer.request()?;
    peer.stream.write_all(HEAD)?;
    write!(peer.stream, "\r\n{start}")?;
    // 1,047,000 bytes: just below the longest body that is read.
    (0..349).try_for_each(|_| peer.stream.write_all("[],".repeat(1000).as_bytes()))?;
    peer.stream.write_all(b"0]}")
}

/// One test, so that no other allocates meanwhile.
#[test]
fn neither_a_gibibyte_nor_a_mebibyte_of_tiny_values_costs_much() {
    let long = peak(a_gibibyte);
    assert!(long < LIMIT, "{long} bytes for an endless body");
    let tiny = peak(a_mebibyte_of_tiny_values);
    assert!(
        (1_047_000..LIMIT).contains(&tiny),
        "{tiny} bytes for many values: fewer than were sent, or too many"
    );
}
