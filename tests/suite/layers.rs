//! Every test that needs more than the checkout says so, in the words by which its layer is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use test_kit::layers;

/// What is not a crate's own text.
const ELSEWHERE: [&str; 3] = ["target", ".git", "fuzz"];

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default();
        if path.is_dir() && !ELSEWHERE.contains(&name) {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// The layer an attribute names, or the line as it is.
fn layer(line: &str) -> Result<&str, &str> {
    line.trim()
        .strip_prefix("#[ignore = \"run it with `tests/layer ")
        .and_then(|rest| rest.strip_suffix("`\"]"))
        .ok_or(line)
}

#[test]
fn every_ignored_test_names_a_layer_that_runs_it() {
    let rows = include_str!("../layers").lines().filter(|line| !line.starts_with('#'));
    let known: Vec<&str> = rows.filter_map(|line| line.split('|').next()).map(str::trim).collect();
    assert_eq!(known, layers::ALL);
    let mut files = Vec::new();
    sources(&checkout(), &mut files);
    let mut named = BTreeSet::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, line) in
            text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("#[ignore"))
        {
            let found = layer(line).unwrap_or_else(|line| panic!("{}:{}: {line}", path.display(), at + 1));
            assert!(
                known.contains(&found),
                "{}:{}: no layer {found} in tests/layers",
                path.display(),
                at + 1
            );
            named.insert(found.to_owned());
        }
    }
    for layer in [
        layers::RECORDED,
        layers::PROGRAMS,
        layers::PACKAGES,
        layers::BOOTED,
        layers::KUBEADM,
        layers::TABLES,
    ] {
        assert!(named.contains(layer), "no test is in the layer {layer}");
    }
}

/// A test that is added to one of these is ignored like its neighbours, or it runs on machines that
/// lack what it needs.
#[test]
fn every_test_with_booted_hosts_or_package_managers_is_ignored() {
    for layer in [layers::BOOTED, layers::PACKAGES] {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("suite").join(layer), &mut files);
        let mut tests = 0;
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for pair in lines.windows(2).filter(|pair| pair[0] == "#[test]") {
                assert_eq!(self::layer(pair[1]), Ok(layer), "{}", path.display());
                tests += 1;
            }
        }
        assert!(tests > 20, "{layer}: {tests} tests");
    }
}
