//! Choosing a mirror, asked by real curl of servers on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use host_prep::fs::Root;
use host_prep::mirrors::{Format, Location};
use host_prep::repo::{Candidate, Outcome, probe};
use host_prep::{Host, SystemCommands};
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::{NOW, have};

const INDEX: &str = "<?xml version=\"1.0\"?>\n<repomd>\n</repomd>\n";

/// A server that answers every request for a path ending in one of these names with the bytes
/// beside it, others with 404. One without names takes connections and says nothing.
fn server(answers: Vec<(&'static str, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1.34/rpm/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if answers.is_empty() {
                silent.push(stream);
                continue;
            }
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut request, mut line) = (String::new(), String::new());
            reader.read_line(&mut request).unwrap();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            let found = answers.iter().find(|(name, _)| path.ends_with(name));
            let (status, body) = found.map_or(("404 Not Found", &b""[..]), |(_, body)| ("200 OK", body));
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // Whoever asked may have been stopped by now.
            let _ = stream.write_all(&[head.as_bytes(), body].concat());
        }
    });
    url
}

fn with(index: &str, key: &Key) -> String {
    server(vec![("repomd.xml", index.into()), ("repomd.xml.key", key.armoured.clone())])
}

/// All servers that do not answer right, and a key nobody of them has.
fn wrong(repo: &LocalRepo, pinned: &Key) -> Vec<Candidate> {
    let stranger = repo.key("stranger", "never");
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let places = [
        ("silent", server(vec![])),
        ("dead", format!("http://{dead}/v1.34/rpm/")),
        ("portal", with("<html>log in</html>", pinned)),
        ("half", with(&INDEX[..30], pinned)),
        ("without", server(vec![("nothing", vec![])])),
        ("stranger", with(INDEX, &stranger)),
        ("keyless", server(vec![("repomd.xml", INDEX.into())])),
    ];
    places.into_iter().map(|(name, url)| candidate(name, &url, pinned)).collect()
}

fn candidate(name: &str, url: &str, pinned: &Key) -> Candidate {
    Candidate::new(
        name,
        Location::flat(&url.parse().unwrap(), Format::Rpm),
        vec![pinned.fingerprint.parse().unwrap()],
    )
}

fn host() -> Host {
    Host::with_commands(Root::open("/").unwrap(), Arc::new(SystemCommands::default()))
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn the_one_that_answers_right_is_taken_without_waiting_for_the_silent() {
    if !have(&["curl", "gpg"]) {
        return;
    }
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    let mut all = wrong(&repo, &key);
    all.push(candidate("right", &with(INDEX, &key), &key));
    // The silent one would take an hour.
    let (place, answers) =
        probe(&host(), &all, Format::Rpm, Duration::from_secs(3600), crate::at(NOW)).unwrap();
    assert_eq!(all[place].name, "right");
    let silent = answers.iter().find(|answer| answer.mirror == "silent").unwrap();
    assert_eq!(silent.outcome, Outcome::Overtaken);
    assert_eq!(answers.len(), all.len(), "each is told");
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn where_none_answers_right_each_is_told_with_what_it_said() {
    if !have(&["curl", "gpg"]) {
        return;
    }
    let repo = LocalRepo::new();
    let key = repo.key("packager", "never");
    let all = wrong(&repo, &key);
    let error =
        probe(&host(), &all, Format::Rpm, Duration::from_secs(4), crate::at(NOW)).unwrap_err().to_string();
    for words in [
        "silent did not answer",
        "dead did not answer",
        "portal answers with something that is not an index",
        "half answers with something that is not an index",
        "without does not have it (404)",
        "stranger has other keys: it holds the key",
        "keyless has other keys",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
}
