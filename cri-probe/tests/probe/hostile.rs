//! Peers of gRPC that mean harm: every probe ends by its deadline with an error that says what
//! happened.

use std::io::{self, Read, Write};
use std::time::Duration;

use cri_probe::test_util::{FakeCri, Peer};
use cri_probe::{Error, Phase, Source, blocking};

use super::client;

const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
/// `:status 200` and `content-type: application/grpc`, unindexed.
const HEAD: &[u8] = b"\x88\x0f\x10\x10application/grpc";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// What comes of a call to a peer that takes the request, says these bytes, and then `after` for
/// ever.
fn call(first: Vec<u8>, after: Vec<u8>) -> Error {
    let peer = FakeCri::start(move |peer| {
        request(peer)?;
        peer.stream.write_all(&first)?;
        while !after.is_empty() {
            peer.stream.write_all(&after)?;
        }
        peer.wait_for_hang_up(Duration::from_secs(5));
        Ok(())
    });
    blocking::probe(&client(peer.socket()), &[Source::Version]).unwrap_err()
}

/// Reads what the client has to say first.
fn request(peer: &mut Peer) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let _ = peer.stream.read(&mut buffer)?;
    std::thread::sleep(Duration::from_millis(20));
    Ok(())
}

fn answering(frames: &[Vec<u8>]) -> Vec<u8> {
    [SETTINGS, &frames.concat()].concat()
}

/// What comes of a call to a peer that answers with these bytes.
pub(super) fn answered(bytes: Vec<u8>) -> Error {
    call(bytes, Vec::new())
}

/// A peer that says it goes away.
pub(super) fn broken_off() -> Error {
    answered(answering(&[frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 1])]))
}

/// A peer whose message is no protobuf.
pub(super) fn no_message() -> Error {
    answered(answering(&[frame(HEADERS, 4, 1, HEAD), frame(DATA, 1, 1, b"\0\0\0\0\x02\xff\xff")]))
}

#[test]
fn peers_that_say_nothing_more_are_left_at_the_deadline() {
    let head = frame(HEADERS, 4, 1, HEAD);
    let half = frame(DATA, 0, 1, b"\0\0\0\0\x09half");
    let whole_without_end = frame(DATA, 0, 1, b"\0\0\0\0\0");
    for frames in [vec![], vec![head.clone()], vec![head.clone(), half], vec![head, whole_without_end]] {
        let error = call(answering(&frames), Vec::new());
        assert!(matches!(error, Error::TimedOut { phase: Phase::Call, .. }), "{error:?}");
    }
    let error = call(Vec::new(), Vec::new());
    assert!(matches!(error, Error::TimedOut { phase: Phase::Call, .. }), "{error:?}");
}

#[test]
fn peers_that_never_stop_are_left() {
    let head = frame(HEADERS, 4, 1, HEAD);
    let endless = [
        ("settings", vec![], SETTINGS.to_vec()),
        ("pings", vec![], frame(PING, 0, 0, &[7; 8])),
        ("continuations", vec![frame(HEADERS, 0, 1, HEAD)], frame(CONTINUATION, 0, 1, &[0x88; 64])),
        ("data beyond the window", vec![head.clone()], frame(DATA, 0, 1, &[0xff; 16_384])),
        ("empty data", vec![head], frame(DATA, 0, 1, b"")),
        ("no frames at all", vec![], vec![b'a'; 1000]),
    ];
    for (name, frames, after) in endless {
        let error = call(answering(&frames), after);
        assert!(
            matches!(error, Error::TimedOut { .. } | Error::BrokenCall { .. } | Error::Call { .. }),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn broken_connections_are_told_from_refusals() {
    let cases = [
        ("GOAWAY", frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 1])),
        ("RST_STREAM", frame(RST_STREAM, 0, 1, &[0, 0, 0, 2])),
        ("a frame of the wrong size", frame(PING, 0, 0, b"x")),
        ("headers nobody can decode", frame(HEADERS, 5, 1, &[0xff; 20])),
    ];
    for (name, bytes) in cases {
        let error = call(answering(&[bytes]), Vec::new());
        assert!(matches!(error, Error::BrokenCall { method: "Version", .. }), "{name}: {error:?}");
        assert!(error.is_transient(), "{name}");
    }
}

#[test]
fn answers_that_are_no_grpc_message_are_refused() {
    let head = frame(HEADERS, 4, 1, HEAD);
    let cases = [
        ("compressed", frame(DATA, 0, 1, b"\x01\0\0\0\x02hi")),
        ("longer than allowed", frame(DATA, 0, 1, b"\0\x40\0\0\0")),
        ("no protobuf", frame(DATA, 1, 1, b"\0\0\0\0\x02\xff\xff")),
        ("another flag", frame(DATA, 0, 1, b"\x07\0\0\0\x02hi")),
    ];
    for (name, data) in cases {
        let error = call(answering(&[head.clone(), data]), Vec::new());
        assert!(matches!(error, Error::Call { method: "Version", .. }), "{name}: {error:?}");
    }
    let page = frame(HEADERS, 5, 1, b"\x8c");
    let error = call(answering(&[page]), Vec::new());
    assert!(matches!(error, Error::Call { .. }), "400 without gRPC: {error:?}");
}

#[test]
fn a_server_of_http1_is_no_cri() {
    let error = call(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec(), Vec::new());
    assert!(
        matches!(&error, Error::NotGrpc { beginning, .. } if beginning.starts_with("HTTP/1.1 400")),
        "{error:?}"
    );
}

#[test]
fn hanging_up_and_half_closing_are_a_close() {
    let shut = |how: Option<std::net::Shutdown>| {
        let peer = FakeCri::start(move |peer| {
            if let Some(how) = how {
                request(peer)?;
                peer.stream.shutdown(how)?;
                peer.wait_for_hang_up(Duration::from_secs(5));
            }
            Ok(())
        });
        blocking::probe(&client(peer.socket()), &[Source::Version]).unwrap_err()
    };
    for how in [None, Some(std::net::Shutdown::Both), Some(std::net::Shutdown::Write)] {
        let error = shut(how);
        assert!(matches!(error, Error::Closed { phase: Phase::Call, .. }), "{how:?}: {error:?}");
    }
}
