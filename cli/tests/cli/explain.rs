//! `k8sprep explain`: every code has its text, and every text a code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{failure, k8sprep, stdout};

/// The codes of every crate, with the crate's name.
fn codes() -> Vec<(&'static str, &'static str)> {
    let mut all = Vec::new();
    all.extend(kubeadm_config::Code::ALL.iter().map(|code| ("kubeadm-config", code.as_str())));
    all.extend(crio_config::Code::ALL.iter().map(|code| ("crio-config", code.as_str())));
    all.extend(cri_probe::Code::ALL.iter().map(|code| ("cri-probe", code.as_str())));
    all
}

#[test]
fn every_code_has_an_explanation_and_every_explanation_a_code() {
    let codes: BTreeSet<&str> = codes().into_iter().map(|(_, code)| code).collect();
    let explained: BTreeSet<&str> = k8sprep::explain::all().map(|row| row.code).collect();
    let without: Vec<_> = codes.difference(&explained).collect();
    assert!(without.is_empty(), "codes without an explanation: {without:?}");
    let of_nothing: Vec<_> = explained.difference(&codes).collect();
    assert!(of_nothing.is_empty(), "explanations of no code: {of_nothing:?}");
}

/// The same fault, found in a document by one crate and on a host by another.
const OF_TWO: &[&str] = &[];

#[test]
fn two_crates_have_one_code_only_for_one_fault() {
    let mut of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, code) in codes() {
        of.entry(code).or_default().push(name);
    }
    let shared: Vec<_> = of.iter().filter(|(_, crates)| crates.len() > 1).map(|(code, _)| *code).collect();
    assert_eq!(shared, OF_TWO);
}

#[test]
fn a_code_is_explained_in_text_and_json() {
    let text = stdout(k8sprep(["explain", "pod-subnet-overlap"]));
    for head in ["pod-subnet-overlap: ", "\nWhat it means\n  ", "\nWhy it matters\n  ", "\nWhat to do\n  "] {
        assert!(text.contains(head), "{text}");
    }
    let json = stdout(k8sprep(["explain", "pod-subnet-overlap", "--output", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "k8sprep.explain/v1");
    assert_eq!(json["code"], "pod-subnet-overlap");
    for key in ["title", "meaning", "why", "known", "cure", "source"] {
        assert!(json[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {json}");
    }
}

#[test]
fn the_list_has_every_code() {
    let (text, json) =
        (stdout(k8sprep(["explain", "--list"])), stdout(k8sprep(["explain", "--list", "--output", "json"])));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "k8sprep.explain-list/v1");
    let rows = json["codes"].as_array().unwrap();
    assert_eq!(rows.len(), k8sprep::explain::all().count());
    for row in k8sprep::explain::all() {
        assert!(text.lines().any(|line| line.trim_start().starts_with(&format!("{} ", row.code))), "{text}");
        assert!(rows.iter().any(|listed| listed["code"] == row.code && listed["family"].is_string()));
    }
}

#[test]
fn a_code_that_is_none_is_a_wrong_command_line() {
    let (status, said) = failure(k8sprep(["explain", "pod-subnets-overlap"]));
    assert_eq!(status, 2);
    assert!(
        said.starts_with("error: there is no code \"pod-subnets-overlap\"\nhint: did you mean "),
        "{said}"
    );
    assert!(said.contains("pod-subnet-overlap"), "{said}");
    assert!(failure(k8sprep(["explain", "zzz"])).1.contains("explain --list"));
    assert_eq!(failure(k8sprep(["explain"])).0, 2);
}
