//! Every code is fired: for each, a peer or a path that makes the probe say it.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::time::Duration;

use cri_probe::test_util::{Calls, FakeCri, Recording};
use cri_probe::{Code, ContainerId, Error, Fact, Socket, Source, blocking};

use super::{client, hostile, info};

/// What no test can make happen, and why. The list may only shrink.
const NOT_FIRED: &[(&str, &str)] = &[
    (
        "socket-permission-denied",
        "root passes every permission; `a_denial_names_the_part_of_the_path_that_denied` becomes another user",
    ),
    ("probe-not-started", "only where the kernel has no descriptor left for the runtime"),
];

fn of(error: &Error) -> &'static str {
    error.code().as_str()
}

fn answered(bytes: impl Into<Vec<u8>>) -> &'static str {
    of(&info(FakeCri::answering(bytes).socket()).unwrap_err())
}

fn http(status: &str, headers: &str, body: &str) -> &'static str {
    answered(format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n{body}"))
}

fn json(body: &str) -> &'static str {
    http("200 OK", "Content-Type: application/json\r\n", body)
}

/// Paths where no runtime can be.
fn paths() -> Vec<(&'static str, &'static str)> {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let asked = |path: &Path| of(&info(path).unwrap_err());
    symlink(at("gone"), at("link")).unwrap();
    symlink(at("round"), at("round")).unwrap();
    drop(UnixListener::bind(at("stale")).unwrap());
    let _datagrams = UnixDatagram::bind(at("datagrams")).unwrap();
    vec![
        ("runtime-socket-missing", asked(&at("crio.sock"))),
        ("socket-link-dangling", asked(&at("link"))),
        ("socket-io", asked(&at("round"))),
        ("not-a-socket", asked(directory.path())),
        ("not-a-stream-socket", asked(&at("datagrams"))),
        ("runtime-socket-dead", asked(&at("stale"))),
        ("socket-path-too-long", asked(&at(&"x".repeat(300)))),
    ]
}

/// Answers over HTTP that are none.
fn answers() -> Vec<(&'static str, &'static str)> {
    const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let silent = FakeCri::start(|peer| {
        peer.wait_for_hang_up(Duration::from_secs(5));
        Ok(())
    });
    let config = FakeCri::answering(
        [b"HTTP/1.1 200 OK\r\nContent-Type: application/toml\r\nConnection: close\r\n\r\n", &b"\xff"[..]]
            .concat(),
    );
    vec![
        ("runtime-timed-out", of(&info(silent.socket()).unwrap_err())),
        ("connection-closed", answered("HTT")),
        ("not-http", answered("SSH-2.0-OpenSSH_9\r\n")),
        ("http2-only", answered(b"\0\0\0\x04\0\0\0\0\0".to_vec())),
        ("http-headers-malformed", answered("HTTP/1.1 2x0 OK\r\n\r\n")),
        ("http-body-malformed", answered(format!("{JSON}Transfer-Encoding: chunked\r\n\r\nxyz\r\n"))),
        ("http-status", http("500 Oops", "Content-Type: text/plain\r\n", "boom\n")),
        ("http-content-type", http("200 OK", "Content-Type: text/html\r\n", "<html>")),
        (
            "http-content-encoding",
            http("200 OK", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "\x1f"),
        ),
        ("http-body-too-large", answered(format!("{JSON}Content-Length: 1073741824\r\n\r\n"))),
        ("answer-not-json", json("{")),
        ("answer-unexpected", json("{\"ID\":\"x\"}")),
        ("answer-not-utf8", of(&blocking::config(&client(config.socket())).unwrap_err())),
    ]
}

/// Answers over gRPC that are none, and questions that cannot be asked.
fn calls() -> Vec<(&'static str, &'static str)> {
    let no_cri = FakeCri::replaying(Recording::default(), Calls::default());
    let asked =
        |peer: &FakeCri| of(&blocking::probe(&client(peer.socket()), &[Source::Version]).unwrap_err());
    vec![
        ("not-grpc", of(&hostile::answered(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()))),
        ("cri-call-broken", of(&hostile::broken_off())),
        ("cri-call-refused", of(&hostile::no_message())),
        ("cri-version-mismatch", asked(&no_cri)),
        ("runtime-endpoint-invalid", "".parse::<Socket>().unwrap_err().code().as_str()),
        ("fact-unknown", "colour".parse::<Fact>().unwrap_err().code().as_str()),
        ("container-id-invalid", "a/b".parse::<ContainerId>().unwrap_err().code().as_str()),
    ]
}

#[tokio::test]
async fn every_code_is_fired_or_argued() {
    let silent = Path::new("/nowhere.sock");
    let inside = blocking::info(&client(silent)).unwrap_err();
    let mut fired = vec![("blocking-in-async", of(&inside))];
    fired.extend(tokio::task::spawn_blocking(|| [paths(), answers(), calls()].concat()).await.unwrap());
    let missed: Vec<_> = fired.iter().filter(|(wanted, said)| wanted != said).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let fired: BTreeSet<&str> = fired.iter().map(|(code, _)| *code).collect();
    let argued: BTreeSet<&str> = NOT_FIRED.iter().map(|(code, _)| *code).collect();
    assert!(fired.is_disjoint(&argued), "{:?}", fired.intersection(&argued));
    let of_api =
        |code: &&str| ["api-", "apiserver-", "kubeconfig-"].iter().any(|begin| code.starts_with(begin));
    // Those of the API server's client are fired in `tests/api.rs`.
    let all: BTreeSet<&str> =
        Code::ALL.iter().map(|code| code.as_str()).filter(|code| !of_api(code)).collect();
    assert_eq!(fired.union(&argued).copied().collect::<BTreeSet<_>>(), all);
}
