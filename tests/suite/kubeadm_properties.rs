//! What holds for every file kubeadm accepts: made from the fields each release has, over every
//! minor and API version.
//!
//! `cargo test` takes the minors at which something changes; the layer `tables` takes all.

use std::collections::{BTreeMap, BTreeSet};

use k8sprep_tests::differential::{Grammar, Random};
use kubeadm_config::like_kubeadm::{self, Options};
use kubeadm_config::migrate::{Loss, migrate};
use kubeadm_config::yaml::{self, AfterSeparator, SplitRules};
use kubeadm_config::{ApiVersion, HostFacts, KubeadmRelease, Minor};
use serde_json::Value;

/// The oldest, with v1beta1 alone; one that prints v1beta2; the first with v1beta3; the first with
/// v1beta4; the newest.
const SAMPLE: [u64; 5] = [13, 20, 22, 31, 37];

fn every_release() -> Vec<KubeadmRelease> {
    KubeadmRelease::MINORS.filter_map(|minor| KubeadmRelease::of(&Minor::new(minor).patch(0)).ok()).collect()
}

fn sample() -> Vec<KubeadmRelease> {
    let mut releases = every_release();
    releases.retain(|release| SAMPLE.contains(&release.minor().number()));
    assert_eq!(releases.len(), SAMPLE.len());
    releases
}

fn options(release: &KubeadmRelease) -> Options {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = (0..9).filter_map(|n| format!("q0q0q0.{n:016}").parse().ok()).collect();
    facts.version_labels = BTreeMap::from([("stable-1".into(), release.version().to_string())]);
    Options::new(release.clone(), facts)
}

/// Files that the release accepts, from a seed.
fn accepted(release: &KubeadmRelease, seed: u64, asked: usize) -> Vec<String> {
    let (grammar, mut random) = (Grammar::of(release, false), Random::of(seed));
    let files = (0..asked).map(|_| grammar.file(&mut random).text());
    files.filter(|file| like_kubeadm::validate(file.as_bytes(), &options(release)).exit == 0).collect()
}

#[test]
fn what_is_printed_is_printed_the_same_again() {
    printed_the_same_again(&sample());
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn what_every_minor_prints_is_printed_the_same_again() {
    printed_the_same_again(&every_release());
}

fn printed_the_same_again(releases: &[KubeadmRelease]) {
    let mut seen = BTreeSet::new();
    for release in releases {
        let options = options(release);
        for file in accepted(release, 7, 80) {
            let first = like_kubeadm::migrate(file.as_bytes(), &options);
            // Older releases cannot print every kind they read.
            if first.exit != 0 || !first.stdout.starts_with("apiVersion") {
                continue;
            }
            let second = like_kubeadm::migrate(first.stdout.as_bytes(), &options);
            let third = like_kubeadm::migrate(second.stdout.as_bytes(), &options);
            assert_eq!(third.stdout, second.stdout, "{}: {}\n{file}", release.version(), second.error);
            let expected = health_check_lost(&first.stdout, release);
            assert_eq!(health_check_lost(&second.stdout, release), expected, "{}\n{file}", release.version());
            seen.extend(documents(&file).into_iter().map(|(kind, _)| (release.minor(), kind)));
        }
    }
    for release in releases {
        let kinds = seen.iter().filter(|(minor, _)| *minor == release.minor()).count();
        assert!(kinds >= 3, "{}: only {kinds} kinds were ever accepted", release.version());
    }
}

/// kubeadm 1.31 to 1.36 lose this timeout of an InitConfiguration when they read what they wrote
/// themselves.
fn health_check_lost(printed: &str, release: &KubeadmRelease) -> String {
    let loses = (31..=36).contains(&release.minor().number());
    let lost = |line: &&str| !loses || !line.starts_with("  controlPlaneComponentHealthCheck: ");
    printed.lines().filter(lost).collect::<Vec<_>>().join("\n")
}

#[test]
fn there_and_back_keeps_what_both_versions_hold() {
    there_and_back_keeps(&sample());
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn there_and_back_keeps_what_versions_of_every_minor_hold() {
    there_and_back_keeps(&every_release());
}

fn there_and_back_keeps(releases: &[KubeadmRelease]) {
    let mut kept = 0;
    for release in releases {
        for file in accepted(release, 11, 60) {
            let home = ApiVersion::ALL.into_iter().find(|version| file.contains(&version.to_string()));
            let Some(home) = home else { continue };
            // Brought to one version first: the file may have documents of several.
            let Ok(start) = migrate(file.as_bytes(), home) else { continue };
            for away in ApiVersion::ALL {
                let there = migrate(start.yaml.as_bytes(), away).unwrap();
                let back = migrate(there.yaml.as_bytes(), home).unwrap();
                let told: Vec<Loss> = there.losses.into_iter().chain(back.losses).collect();
                let (before, after) = (leaves(&start.yaml), leaves(&back.yaml));
                for (path, value) in &before {
                    let is_told = told.iter().any(|loss| covers(loss, path));
                    assert!(
                        after.get(path) == Some(value) || is_told,
                        "{home} to {away} and back: {path:?} = {value}, told {told:?}\n{}\n{}",
                        start.yaml,
                        back.yaml
                    );
                    kept += usize::from(!is_told);
                }
                // An argument without a value has the empty one in a map.
                let new: Vec<_> = after
                    .iter()
                    .filter(|(path, value)| !before.contains_key(*path) && **value != "")
                    .collect();
                assert!(new.is_empty(), "{home} to {away} and back: new {new:?}\n{}", start.yaml);
            }
        }
    }
    assert!(kept > 50 * releases.len(), "only {kept} values went there and back");
}

fn documents(file: &str) -> Vec<(String, Value)> {
    // Old releases take a line such as `--- text` for content, newer ones refuse the file.
    let old = SplitRules::with_after_separator(AfterSeparator::AnythingIsContent);
    let raw = yaml::split(file.as_bytes(), &SplitRules::default());
    let raw = raw.or_else(|_| yaml::split(file.as_bytes(), &old)).unwrap();
    let read = raw.iter().map(|raw| yaml::read(&raw.text, raw.base()).unwrap().root.to_json());
    read.map(|value| (value["kind"].as_str().unwrap_or_default().to_owned(), value)).collect()
}

/// Every value of every document by kind and path. Arguments stand under their names, since a map
/// has no order.
fn leaves(file: &str) -> BTreeMap<(String, String), Value> {
    let mut found = BTreeMap::new();
    for (kind, value) in documents(file) {
        let mut add = |path: String, value: &Value| {
            // CoreDNS is what the field's absence means since v1beta3.
            if path != "dns.type" {
                found.insert((kind.clone(), path), value.clone());
            }
        };
        collect("", &value, &mut add);
    }
    found
}

fn collect(path: &str, value: &Value, add: &mut dyn FnMut(String, &Value)) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| collect(&below(key), value, add));
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                match (path.ends_with("Args"), item["name"].as_str()) {
                    (true, Some(name)) => collect(&below(name), item, add),
                    _ => collect(&format!("{path}[{index}]"), item, add),
                }
            }
        }
        // A struct of which nothing is said.
        Value::Object(_) => {}
        leaf => add(path.to_owned(), leaf),
    }
}

/// Whether a loss is the loss of that value: its own, or of what it stands in.
fn covers(loss: &Loss, (kind, path): &(String, String)) -> bool {
    loss.kind == *kind && path.starts_with(&loss.path)
}
