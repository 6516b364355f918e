//! CRI-O's own files: the catalogue beside every release's defaults, edits of the default file.

use std::path::PathBuf;

use crio_config::{Document, Effective, KeyPath, Release, Sources, Value, merge};
use k8sprep_tests::recorded;

const RELEASES: [&str; 9] =
    ["v1.17.5", "v1.18.6", "v1.20.9", "v1.24.6", "v1.28.11", "v1.31.13", "v1.34.11", "v1.36.3", "v1.37.0"];

/// The folder of a release's files; says so where it is absent.
fn release_dir(release: &str) -> Option<PathBuf> {
    recorded(&format!("conformance/crio/releases/{release}"))
}

fn path(text: &str) -> KeyPath {
    text.parse().unwrap()
}

/// The lines of one text the other does not have at their place, by longest common lines.
fn changed_lines(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let (before, after): (Vec<_>, Vec<_>) = (before.split('\n').collect(), after.split('\n').collect());
    let same_head = before.iter().zip(&after).take_while(|(left, right)| left == right).count();
    let rest = before.len().min(after.len()) - same_head;
    let same_tail = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(rest)
        .take_while(|(left, right)| left == right)
        .count();
    let cut = |lines: &[&str]| {
        lines[same_head..lines.len() - same_tail].iter().map(|&line| line.to_owned()).collect()
    };
    (cut(&before), cut(&after))
}

/// What `crio config` prints for a release says exactly what the catalogue has as its defaults.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_template_loads_back_to_the_defaults() {
    for name in RELEASES {
        let Some(dir) = release_dir(name) else { return };
        let release: Release = name.parse().unwrap();
        let text = std::fs::read_to_string(dir.join("template.conf")).unwrap();
        let merged = merge(&Sources::new().with_main("/etc/crio/crio.conf", text), release).unwrap();
        let defaults = Effective::defaults(release);
        let empty = |value: &Value| matches!(value, Value::Strings(items) if items.is_empty());
        for (path, setting) in merged.config.iter() {
            let default = defaults.get(&KeyPath::from_parts(path.to_vec()).unwrap());
            let same = default.is_some_and(|default| default.value == setting.value || empty(&setting.value));
            assert!(same, "{name}: {path:?} is {setting:?}, default {default:?}");
        }
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_default_file_changes_by_one_line() {
    let Some(dir) = release_dir("v1.37.0") else { return };
    let before = std::fs::read_to_string(dir.join("template-default.conf")).unwrap();
    assert_eq!(before.lines().count(), 832);
    let mut document = Document::parse(&before).unwrap();
    document.set(&path("crio.image.pause_image"), &"registry.example.org/pause:3.10.1".into()).unwrap();
    let (removed, added) = changed_lines(&before, document.as_str());
    assert_eq!(removed, ["pause_image = \"registry.k8s.io/pause:3.10.1\""]);
    assert_eq!(added, ["pause_image = \"registry.example.org/pause:3.10.1\""]);
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_all_comment_form_gains_one_line_under_the_default() {
    let Some(dir) = release_dir("v1.37.0") else { return };
    let before = std::fs::read_to_string(dir.join("template.conf")).unwrap();
    let mut document = Document::parse(&before).unwrap();
    document.set(&path("crio.image.pause_image"), &"registry.example.org/pause:3.10.1".into()).unwrap();
    let (removed, added) = changed_lines(&before, document.as_str());
    assert!(removed.is_empty(), "{removed:?}");
    assert_eq!(added, ["pause_image = \"registry.example.org/pause:3.10.1\""]);
    let position = document.as_str().find("\npause_image = ").unwrap();
    assert!(document.as_str()[..position].ends_with("# pause_image = \"registry.k8s.io/pause:3.10.1\""));
    assert!(document.unset(&path("crio.image.pause_image")).unwrap());
    assert_eq!(document.as_str(), before);
}

/// Every option of every release's file can be set and unset, and the rest of the file never moves.
#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn every_option_can_be_set_in_every_template() {
    for name in RELEASES {
        let Some(dir) = release_dir(name) else { return };
        let release: Release = name.parse().unwrap();
        let before = std::fs::read_to_string(dir.join("template.conf")).unwrap();
        for option in crio_config::catalogue::options().filter(|option| option.is_in(release)) {
            let Some(value) = option.default(release) else { continue };
            let target = path(&option.path().replace("<name>", "own"));
            let mut document = Document::parse_for(&before, release).unwrap();
            let was_there = document.get(&target).is_some();
            document.set(&target, &value).unwrap();
            assert_eq!(document.get(&target).as_ref(), Some(&value), "{name} {target}");
            if !was_there {
                assert!(document.unset(&target).unwrap());
                assert_eq!(document.as_str(), before, "{name} {target}");
            }
        }
    }
}
