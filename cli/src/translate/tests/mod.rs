//! Many files of docker and containerd, and what becomes of each of their keys.

mod containerd;
mod daemon;
mod files;

use std::collections::BTreeSet;

use crio_config::{CheckOptions, CrioHost, Release, Severity, SourceFile, Sources, check, read_registries};

use super::tree::{self, leaves};
use super::{Fate, Input, Options, Translation, translate};

/// A key, the word for what becomes of it, and a part of the sentence.
type Wanted = (&'static str, &'static str, &'static str);

/// A file, and what becomes of its keys.
type Case = (&'static str, &'static [Wanted]);

fn options(release: &str) -> Options {
    Options { release: release.parse().unwrap(), ..Options::default() }
}

fn told(inputs: &[Input], release: &str) -> Translation {
    let told = translate(inputs, &options(release)).unwrap_or_else(|error| panic!("{error}: {inputs:?}"));
    let again = translate(inputs, &options(release)).unwrap();
    assert_eq!(told, again, "the same input gives the same bytes");
    for fate in &told.fates {
        assert!(!fate.outcome.text().is_empty() && !fate.outcome.text().contains('\n'), "{fate:?}");
    }
    readable(&told, release.parse().unwrap());
    told
}

/// What was written is read back by those that will read it.
fn readable(told: &Translation, release: Release) {
    let mut sources = Sources::new();
    let mut host = CrioHost::unknown();
    for file in &told.files {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let name = file.path.as_str();
        if name.contains("crio.conf.d") {
            sources = sources.with_drop_in(name, Ok::<_, crio_config::Unreadable>(file.bytes.clone()));
        } else if name.contains("registries.conf.d") {
            let read = read_registries(&text).unwrap();
            assert!(read.findings.is_empty(), "{text}\n{:?}", read.findings);
            host.beside.push(SourceFile::new(name, Ok(file.bytes.clone())));
        } else if name.ends_with("storage.conf") {
            host.beside.push(SourceFile::new(name, Ok(file.bytes.clone())));
        } else if name.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        } else if name.ends_with(".yaml") {
            let read =
                kubeadm_config::yaml::read(&file.bytes, kubeadm_config::yaml::Base::default()).unwrap();
            assert_eq!(read.root.get("kind").and_then(|kind| kind.as_str()), Some("KubeletConfiguration"));
        }
    }
    let mut options = CheckOptions::default();
    options.host = host;
    let report = check(&sources, release, &options);
    let wrong: Vec<_> = report.remarks.iter().filter(|remark| remark.severity == Severity::Error).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{:#?}", texts(told));
    let unknown = ["unknown-key", "misspelt-key", "misplaced-key", "newer-key", "removed-key"];
    let unread: Vec<_> =
        report.remarks.iter().filter(|one| unknown.iter().any(|code| one.code == *code)).collect();
    assert!(unread.is_empty(), "{unread:#?}");
}

fn texts(told: &Translation) -> Vec<String> {
    told.files.iter().map(|file| format!("{}\n{}", file.path, String::from_utf8_lossy(&file.bytes))).collect()
}

/// The text of the file whose path has that in it.
fn text(told: &Translation, part: &str) -> String {
    let file = told.files.iter().find(|file| file.path.contains(part));
    file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).unwrap_or_default()
}

fn run(name: &str, cases: &[Case], release: &str) {
    for (text, wanted) in cases {
        let told = told(&[Input::new(name, *text)], release);
        every_key_is_told(name, text, &told.fates);
        for (key, outcome, part) in *wanted {
            let fate = told.fates.iter().find(|fate| fate.key == *key);
            let fate = fate.unwrap_or_else(|| panic!("{key} is not told of: {:#?}", told.fates));
            let said = fate.outcome.text();
            assert_eq!(fate.outcome.as_str(), *outcome, "{key}: {said}\n{text}");
            assert!(said.contains(part), "{key}: {said}\n{text}");
        }
    }
}

/// No key is dropped: each has a line of its own, at its place.
fn every_key_is_told(name: &str, text: &str, fates: &[Fate]) {
    let keys = if name.ends_with(".json") {
        tree::json(name, text.as_bytes())
    } else {
        tree::toml(name, text.as_bytes())
    };
    let places: BTreeSet<_> = fates.iter().filter_map(|fate| fate.place).collect();
    for leaf in leaves(&keys.unwrap()) {
        assert!(places.contains(&leaf.place), "{} is dropped: {fates:#?}", leaf.name());
    }
}
