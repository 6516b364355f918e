//! HTTP answers: recorded, of older releases, and wrong ones.

use std::io::{self, Write};
use std::time::Duration;

use cri_probe::test_util::{Calls, FakeCri, Peer};
use cri_probe::{Error, Phase, RuntimeCgroupDriver, blocking};

use super::{client, info, recorded_http};

fn recorded(daemon: &str) -> Option<FakeCri> {
    Some(FakeCri::replaying(recorded_http(daemon)?, Calls::default()))
}

fn answer(status: &str, headers: &str, body: &str) -> FakeCri {
    FakeCri::answering(format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n{body}"))
}

fn json(body: &str) -> FakeCri {
    answer("200 OK", "Content-Type: application/json\r\n", body)
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn recorded_daemons_are_understood() {
    for (daemon, driver) in
        [("cgroupfs", RuntimeCgroupDriver::Cgroupfs), ("systemd", RuntimeCgroupDriver::Systemd)]
    {
        let Some(crio) = recorded(daemon) else { return };
        let info = info(crio.socket()).unwrap();
        assert_eq!(info.cgroup_driver, driver);
        assert_eq!(info.storage_driver, "vfs");
        assert_eq!(info.storage_root, "/var/lib/containers/storage");
        assert_eq!(info.storage_image.as_deref(), Some(""));
        let mappings = info.default_id_mappings.unwrap();
        assert_eq!(mappings.uids.len(), 1);
        assert_eq!(mappings.gids[0].size, 4_294_967_295);
        assert!(info.other.is_empty());

        let config = blocking::config(&client(crio.socket())).unwrap();
        assert!(config.starts_with("[crio]\n"), "{config}");
        assert!(config.contains(&format!("cgroup_manager = \"{driver}\"")), "{config}");
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_request_names_a_host_and_asks_for_nothing_else() {
    let Some(crio) = recorded("systemd") else { return };
    info(crio.socket()).unwrap();
    assert_eq!(crio.requests(), ["GET /info HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"]);
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn an_unknown_container_is_a_404_with_crios_words() {
    let Some(crio) = recorded("systemd") else { return };
    let error = blocking::container(&client(crio.socket()), &"doesnotexist".parse().unwrap()).unwrap_err();
    let Error::Status { status, text, .. } = error else { panic!("{error}") };
    assert_eq!((status, text.as_str()), (404, "can't find the container with id doesnotexist"));
}

#[test]
fn a_container_id_cannot_reach_another_endpoint() {
    for id in ["", "../pause/x", "a/b", "a?b", "..", "a%2fb", "a b", ".a"] {
        id.parse::<cri_probe::ContainerId>().unwrap_err();
    }
}

#[test]
fn info_of_every_release_is_read() {
    let old = r#"{"storage_driver":"overlay","storage_root":"/s","cgroup_driver":"cgroupfs"}"#;
    let info_1_9 = info(json(old).socket()).unwrap();
    assert_eq!((info_1_9.storage_image, info_1_9.default_id_mappings), (None, None));

    let nulls = r#"{"storage_driver":"overlay","storage_root":"/s","cgroup_driver":"systemd",
        "default_id_mappings":{"uids":null},"added_later":[1,{"a":null}]}"#;
    let nulls = info(json(nulls).socket()).unwrap();
    assert_eq!(nulls.default_id_mappings.unwrap(), cri_probe::IdMappings::default());
    assert_eq!(nulls.other["added_later"].as_str(), r#"[1,{"a":null}]"#);
}

#[test]
fn containers_of_old_and_new_releases_are_read() {
    let common = r#""name":"n","pid":7,"image":"i","image_ref":"r","created_time":1700000000000000001,
        "labels":null,"annotations":{"a":"b"},"crio_annotations":null,"log_path":"l","root":"/r","sandbox":"s""#;
    for (addresses, host_network) in [
        (r#""ip_address":"10.0.0.1""#, None),
        (r#""ip_addresses":["10.0.0.1"],"host_network":false"#, Some(false)),
    ] {
        let crio = json(&format!("{{{common},{addresses}}}"));
        let container = blocking::container(&client(crio.socket()), &"c0ffee".parse().unwrap()).unwrap();
        assert_eq!(container.ip_addresses, ["10.0.0.1"]);
        assert_eq!(container.host_network, host_network);
        assert_eq!(container.created_time, 1_700_000_000_000_000_001);
        assert!(container.labels.is_empty());
    }
}

#[test]
fn chunks_and_a_body_up_to_the_end_are_read() {
    let body = r#"{"storage_driver":"o","storage_root":"/s","cgroup_driver":"systemd"}"#;
    let (first, second) = body.split_at(20);
    let chunked =
        format!("{:x}\r\n{first}\r\n{:x};ext=1\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
    let headers = "Content-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n";
    info(answer("200 OK", headers, &chunked).socket()).unwrap();
    info(json(body).socket()).unwrap();
    let http10 = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
    info(FakeCri::answering(http10).socket()).unwrap();
}

#[test]
fn an_answer_before_the_question_is_an_answer() {
    let body = r#"{"storage_driver":"o","storage_root":"/s","cgroup_driver":"systemd"}"#;
    let hasty = FakeCri::start(move |peer| {
        write!(peer.stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}")?;
        peer.stream.shutdown(std::net::Shutdown::Write)?;
        peer.wait_for_hang_up(Duration::from_secs(2));
        Ok(())
    });
    info(hasty.socket()).unwrap();
}

#[test]
fn json_faults_say_where() {
    let error = info(json("{\"storage_driver\":\n  nope}").socket()).unwrap_err();
    let Error::NotJson { line, .. } = error else { panic!("{error}") };
    assert_eq!(line, 2, "{error}");
    for cut in ["", "{", "{\"a\":1} trailing", "\u{feff}{}", &"[".repeat(100_000)] {
        let error = info(json(cut).socket()).unwrap_err();
        assert!(matches!(error, Error::NotJson { .. } | Error::UnexpectedJson { .. }), "{cut:.20}: {error}");
    }
    let docker = info(json(r#"{"ID":"x","Driver":"overlay2"}"#).socket()).unwrap_err();
    assert!(matches!(&docker, Error::UnexpectedJson { field, .. } if field == "storage_driver"), "{docker}");
    let wrong = r#"{"storage_driver":1,"storage_root":"/s","cgroup_driver":"systemd"}"#;
    let wrong = info(json(wrong).socket()).unwrap_err();
    assert!(matches!(&wrong, Error::UnexpectedJson { field, .. } if field == "storage_driver"), "{wrong}");
}

#[test]
fn statuses_are_reported_with_the_first_line_and_redirects_not_followed() {
    let text = "Content-Type: text/plain\r\n";
    let error = info(answer("500 Oops", text, "boom\x1b[31m\nsecond\n").socket()).unwrap_err();
    assert!(matches!(&error, Error::Status { status: 500, text, .. } if text == "boom[31m"), "{error}");
    assert!(error.is_transient());
    let moved = answer("301 Moved", "Location: /elsewhere\r\n", "");
    let error = info(moved.socket()).unwrap_err();
    assert!(matches!(&error, Error::Status { location: Some(to), .. } if to == "/elsewhere"), "{error}");
    assert_eq!(moved.requests().len(), 1);
}

#[test]
fn other_kinds_of_content_are_refused() {
    let error = info(answer("200 OK", "Content-Type: text/html\r\n", "<html>").socket()).unwrap_err();
    assert!(matches!(error, Error::ContentType { found: Some(_), .. }), "{error}");
    let error = info(answer("200 OK", "", "{}").socket()).unwrap_err();
    assert!(matches!(error, Error::ContentType { found: None, .. }), "{error}");
    let gzip = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let error = info(answer("200 OK", gzip, "\x1f").socket()).unwrap_err();
    assert!(matches!(error, Error::ContentEncoding { .. }), "{error}");
}

#[test]
fn other_protocols_are_named() {
    let settings = b"\0\0\0\x04\0\0\0\0\0".to_vec();
    let error = info(FakeCri::answering(settings).socket()).unwrap_err();
    assert!(matches!(error, Error::Http2Only { .. }), "{error}");
    let error = info(FakeCri::answering("SSH-2.0-OpenSSH_9\r\n").socket()).unwrap_err();
    assert!(
        matches!(&error, Error::NotHttp { beginning, .. } if beginning.starts_with("SSH-2.0")),
        "{error}"
    );
    let error = info(FakeCri::answering("HTTP/1.1 2x0 OK\r\n\r\n").socket()).unwrap_err();
    assert!(matches!(error, Error::MalformedHeaders { .. }), "{error}");
}

#[test]
fn closing_early_is_told_with_its_phase() {
    let cases = [
        ("", Phase::Headers),
        ("HTT", Phase::Headers),
        ("HTTP/1.1 200 OK\r\nContent-Ty", Phase::Headers),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{", Phase::Body),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
            Phase::Body,
        ),
    ];
    for (bytes, expected) in cases {
        let error = info(FakeCri::answering(bytes).socket()).unwrap_err();
        assert!(matches!(error, Error::Closed { phase, .. } if phase == expected), "{bytes:?}: {error:?}");
    }
    let reset = info(FakeCri::start(|_| Ok(())).socket()).unwrap_err();
    assert!(matches!(reset, Error::Closed { phase: Phase::Headers, .. }), "{reset:?}");
    let bad_chunk =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
    let error = info(FakeCri::answering(bad_chunk).socket()).unwrap_err();
    assert!(matches!(error, Error::MalformedBody { .. }), "{error:?}");
}

#[test]
fn endless_answers_end_at_a_limit() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for (framing, piece) in [("\r\n", "a".repeat(4096)), ("Transfer-Encoding: chunked\r\n\r\n", chunk())] {
        let endless = FakeCri::start(move |peer| {
            peer.request()?;
            peer.stream.write_all(format!("{head}{framing}").as_bytes())?;
            loop {
                peer.stream.write_all(piece.as_bytes())?;
            }
        });
        let error = info(endless.socket()).unwrap_err();
        assert!(matches!(error, Error::BodyTooLarge { limit: 1_048_576, .. }), "{error:?}");
    }
    let announced = format!("{head}Content-Length: 1073741824\r\n\r\n");
    let error = info(FakeCri::answering(announced).socket()).unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { .. }), "{error:?}");

    for line in [format!("X-A: {}\r\n", "a".repeat(900)), "a".repeat(1000), "X: y\r\n".to_owned()] {
        let error = info(FakeCri::start(move |peer| headers_without_end(peer, &line)).socket()).unwrap_err();
        assert!(matches!(error, Error::MalformedHeaders { .. }), "{error:?}");
    }
}

fn chunk() -> String {
    format!("1000\r\n{}\r\n", "a".repeat(4096))
}

fn headers_without_end(peer: &mut Peer, line: &str) -> io::Result<()> {
    peer.request()?;
    peer.stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
    loop {
        peer.stream.write_all(line.as_bytes())?;
    }
}

#[test]
fn slow_and_silent_peers_are_left_at_the_deadline() {
    let silent = FakeCri::start(|peer| {
        peer.wait_for_hang_up(Duration::from_secs(5));
        Ok(())
    });
    assert_times_out(&silent, Phase::Headers);
    assert_times_out(
        &dribbling("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"),
        Phase::Headers,
    );
    let slow_body = FakeCri::start(|peer| {
        peer.request()?;
        peer.stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")?;
        drip(peer, b"{                                ")
    });
    assert_times_out(&slow_body, Phase::Body);
    let interim = FakeCri::start(|peer| {
        peer.request()?;
        loop {
            peer.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
    });
    assert_times_out(&interim, Phase::Headers);
}

fn assert_times_out(peer: &FakeCri, expected: Phase) {
    let error = info(peer.socket()).unwrap_err();
    assert!(matches!(error, Error::TimedOut { phase, .. } if phase == expected), "{error:?}");
}

fn dribbling(answer: &'static str) -> FakeCri {
    FakeCri::start(move |peer| {
        peer.request()?;
        drip(peer, answer.as_bytes())
    })
}

/// One byte at a time, fast enough to keep any idle timer quiet.
fn drip(peer: &mut Peer, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes {
        peer.stream.write_all(&[*byte])?;
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
