use std::cmp::Ordering;

use host_prep::package::{compare_deb, compare_rpm};
use host_prep::{Commands, Invocation, SystemCommands};

use super::have;

/// What packages are called, and what rpm's and dpkg's own tests are about.
const VERSIONS: &[&str] = &[
    "1.34.2-1.1",
    "1.34.10-1.1",
    "1.34.2",
    "1.15.1-00",
    "1.15.1-0",
    "0:1.34.2-1.1",
    "1:0.1-1",
    "1.34.0~rc.1-1",
    "1.34.0-1",
    "1.34.0+git1-1",
    "1.34.0a-1",
    "2a-1",
    "2.0-1",
    "1.05-1",
    "1.5-1",
    "1.34.2-150500.1.1",
    "1.34.2-150500.2.1",
    "1.0.0-1~1",
    "1.0.0-1",
    "1.0.0-1+b1",
    "1.0.a-1",
    "1.0.1-1",
    "0-1",
    "00-1",
    "1.-1",
    "1.0-1ubuntu1",
    "1.0-1.el9",
    "1.0-1.el10",
    "99999999999999999999-1",
    "100000000000000000000-1",
];

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn dpkg_orders_versions_the_same() {
    if !have(&["dpkg"]) {
        return;
    }
    for one in VERSIONS {
        for other in VERSIONS {
            let is = |relation: &str| {
                let ask = Invocation::new("dpkg", ["--compare-versions", one, relation, other]);
                SystemCommands::default().run(&ask).unwrap().status == Some(0)
            };
            let theirs = if is("lt") {
                Ordering::Less
            } else if is("eq") {
                Ordering::Equal
            } else {
                Ordering::Greater
            };
            assert_eq!(compare_deb(one, other), theirs, "{one} {other}");
        }
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn rpm_orders_versions_the_same() {
    if !have(&["rpm"]) {
        return;
    }
    let more = ["1.0^git1-1", "1.0^git2-1", "1.01-1", "1.0~rc1^git1-1"];
    let all: Vec<&str> =
        VERSIONS.iter().copied().filter(|version| version.contains('-')).chain(more).collect();
    let pairs: Vec<(&str, &str)> =
        all.iter().flat_map(|one| all.iter().map(|other| (*one, *other))).collect();
    // One rpm for all pairs; rpm.vercmp knows epochs and releases from 4.16 on.
    let script: String =
        pairs.iter().map(|(one, other)| format!("t[#t+1]=rpm.vercmp('{one}','{other}') ")).collect();
    let said = SystemCommands::default()
        .run(&Invocation::new(
            "rpm",
            ["--eval", &format!("%{{lua:local t={{}} {script} print(table.concat(t, ' '))}}")],
        ))
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let theirs: Vec<i32> = said.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(theirs.len(), pairs.len());
    for ((one, other), theirs) in pairs.into_iter().zip(theirs) {
        assert_eq!(compare_rpm(one, other), theirs.cmp(&0), "{one} {other}");
    }
}
