//! Any bytes from a peer: read to the end or refused, by the deadline, and what is read says the
//! same again.

use std::io::Write;
use std::time::Duration;

use cri_probe::{Client, Container, ContainerId, Error, Info, Options, Socket, blocking};

use crate::fake_cri::FakeCri;

/// Answers to begin with.
pub const ANSWERS: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 69\r\n\r\n\
     {\"storage_driver\":\"o\",\"storage_root\":\"/s\",\"cgroup_driver\":\"systemd\"}\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
     14\r\n{\"storage_driver\":\"o\"\r\n0\r\n\r\n",
    "HTTP/1.0 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n404 page not found\n",
    "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
];

/// Bodies to begin with.
pub const BODIES: &[&str] = &[
    "{\"storage_driver\":\"vfs\",\"storage_image\":\"\",\"storage_root\":\"/s\",\"cgroup_driver\":\"cgroupfs\",\
     \"default_id_mappings\":{\"uids\":[{\"container_id\":0,\"host_id\":0,\"size\":4294967295}],\"gids\":null}}",
    "{\"name\":\"n\",\"pid\":7,\"created_time\":1,\"labels\":{\"a\":\"b\"},\"annotations\":null,\"sandbox\":\"s\",\
     \"ip_address\":\"10.0.0.1\",\"host_network\":false,\"x\":[1,{}]}",
];

/// What answers are made of.
pub const TOKENS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    "-1",
    "Content-Length: 5\r\n",
    "null",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\u0000",
    "\\ud800",
    ",",
    ":",
    "1e999",
    "18446744073709551616",
    "\"cgroup_driver\":",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "Content-Encoding: gzip\r\n",
    "\0\0\0\u{4}\0\0\0\0\0",
];

/// The input as the whole answer of a server.
///
/// # Panics
/// When the answer outlives the deadline, or is misjudged.
pub fn http(input: &[u8]) {
    let answer = input.to_vec();
    let server = FakeCri::start(move |peer| {
        peer.request()?;
        peer.stream.write_all(&answer)
    });
    let mut options = Options::default();
    options.timeout = Duration::from_secs(10);
    let client = Client::with_options(Socket::new(server.socket()).expect("a path"), options);
    match blocking::info(&client) {
        // The server closes after its answer: nothing can be left to wait for.
        Err(error @ (Error::TimedOut { .. } | Error::Io { .. } | Error::NoSocket { .. })) => {
            panic!("{error}")
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
        Ok(_) => assert!(input.windows(7).any(|bytes| bytes == b"HTTP/1.")),
    }
}

/// The input as the body of `/info` and of `/containers/{id}`.
///
/// # Panics
/// When what was read is not read the same again.
pub fn json(input: &[u8]) {
    let socket = Socket::crio();
    let id: ContainerId = "c0ffee".parse().expect("an id");
    if let Ok(info) = Info::from_json(&socket, input) {
        let text = serde_json::to_vec(&info).expect("what was read can be written");
        let again = Info::from_json(&socket, &text).expect("what was written can be read");
        assert_eq!(text, serde_json::to_vec(&again).expect("and written again"));
    }
    if let Ok(container) = Container::from_json(&socket, &id, input) {
        let text = serde_json::to_vec(&container).expect("what was read can be written");
        let again = Container::from_json(&socket, &id, &text).expect("what was written can be read");
        assert_eq!(text, serde_json::to_vec(&again).expect("and written again"));
    }
}
