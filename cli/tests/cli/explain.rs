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
    all.extend(host_prep::Code::ALL.iter().map(|code| ("host-prep", code.as_str())));
    all.extend(k8sprep::Code::ALL.iter().map(|code| ("k8sprep", code.as_str())));
    all
}

/// Codes that stand in the sources as texts: where a fault or a problem is told.
fn told(source: &str) -> Vec<&str> {
    const TELLERS: [&str; 6] =
        ["fault(", "notice(", ".coded(", ".coded_problem(", ".coded_note(", "let code = "];
    let mut codes = Vec::new();
    for teller in TELLERS {
        for (at, _) in source.match_indices(teller) {
            let rest = source[at + teller.len()..].trim_start();
            let alternatives = rest.strip_prefix("if ").and_then(|rest| rest.split_once(';'));
            let literals = match (rest.strip_prefix('"'), alternatives) {
                (Some(rest), _) => vec![rest.split('"').next().unwrap_or_default()],
                (None, Some((choice, _))) => {
                    choice.split('{').skip(1).filter_map(|block| block.split('"').nth(1)).collect()
                }
                _ => continue,
            };
            codes.extend(literals.into_iter().filter(|code| code.contains('-') && !code.contains(' ')));
        }
    }
    codes
}

fn sources(dir: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_code_that_the_sources_tell_has_an_explanation() {
    let mut texts = Vec::new();
    for dir in [
        "src/doctor",
        "src/recipe",
        "src/stage",
        "src/cmd",
        "src/migrate",
        "src/translate",
        "../host-prep/src",
    ] {
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(dir), &mut texts);
    }
    let codes: BTreeSet<&str> = texts.iter().flat_map(|text| told(text)).collect();
    assert!(codes.contains("cri-socket-mismatch") && codes.contains("apiserver-not-listening"), "{codes:?}");
    let without: Vec<_> = codes.iter().filter(|code| k8sprep::explain::find(code).is_none()).collect();
    assert!(without.is_empty(), "codes without an explanation: {without:?}");
}

#[test]
fn a_problem_of_a_plan_has_a_code() {
    let mut texts = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-prep/src/resource"), &mut texts);
    let bare = |line: &&str| line.contains("draft.problem(") || line.contains("draft.note(");
    let uncoded: Vec<&str> = texts.iter().flat_map(|text| text.lines().filter(bare)).collect();
    assert!(uncoded.is_empty(), "problems without a code: {uncoded:?}");
}

#[test]
fn every_code_has_an_explanation_and_every_explanation_a_code() {
    let checks = k8sprep::doctor::checks().map(|(_, check)| check.name);
    let comparisons = k8sprep::doctor::hosts::COMPARISONS.iter().map(|row| row.name);
    let codes: BTreeSet<&str> =
        codes().into_iter().map(|(_, code)| code).chain(checks).chain(comparisons).collect();
    let explained: BTreeSet<&str> = k8sprep::explain::all().map(|row| row.code).collect();
    let without: Vec<_> = codes.difference(&explained).collect();
    assert!(without.is_empty(), "codes without an explanation: {without:?}");
    let of_nothing: Vec<_> = explained.difference(&codes).collect();
    assert!(of_nothing.is_empty(), "explanations of no code: {of_nothing:?}");
}

/// The same fault, found in a document by one crate and on a host by another.
const OF_TWO: &[&str] = &["address-not-on-host"];

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
        said.starts_with(
            "error: there is no code \"pod-subnets-overlap\" [command-line-invalid]\nhint: did you mean "
        ),
        "{said}"
    );
    assert!(said.contains("pod-subnet-overlap"), "{said}");
    assert!(failure(k8sprep(["explain", "zzz"])).1.contains("explain --list"));
    assert_eq!(failure(k8sprep(["explain"])).0, 2);
}

/// Whoever reads the worst that doctor says reads it in Chinese; what has no text is in English.
#[test]
fn every_error_of_doctor_is_explained_in_chinese() {
    use k8sprep::doctor::Severity;
    use k8sprep::explain::{Language, find};
    let errors = k8sprep::doctor::checks().filter(|(_, check)| check.severity == Severity::Error);
    let chinese = |name: &str| find(name).unwrap().in_language(Language::Chinese).1 == Language::Chinese;
    let without: Vec<&str> = errors.map(|(_, check)| check.name).filter(|name| !chinese(name)).collect();
    assert!(without.is_empty(), "{without:?}");
    let said = stdout(k8sprep(["explain", "ip-forward-off"]).env("LC_ALL", "zh_CN.UTF-8"));
    assert!(said.contains("处理办法"), "{said}");
    let said = stdout(k8sprep(["explain", "ip-forward-off", "--lang", "en"]).env("LANG", "zh_CN.UTF-8"));
    assert!(said.contains("What to do"), "{said}");
    let said = stdout(k8sprep(["explain", "command-line-invalid", "--lang", "zh-CN"]));
    assert!(said.contains("What to do"), "a code without a text falls back: {said}");
    let list = k8sprep(["explain", "--list", "--lang", "zh-CN"]).output().unwrap();
    let said = String::from_utf8(list.stderr).unwrap();
    assert!(said.contains(" codes have no text in this language"), "{said}");
    let spec = stdout(k8sprep(["init-spec", "--lang", "zh-CN"]));
    let english = stdout(k8sprep(["init-spec"]));
    let fields = |text: &str| -> Vec<String> {
        let of = |line: &str| Some(line.trim_start_matches(['#', ' ']).split_once(':')?.0.to_owned());
        let is_key = |key: &String| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric());
        text.lines().filter_map(of).filter(is_key).collect()
    };
    assert_eq!(fields(&spec), fields(&english), "the same fields in the same order");
}

/// A code that nothing can say would be explained for nobody.
#[test]
fn every_code_is_said_somewhere_in_the_sources() {
    let mut own = Vec::new();
    for dir in [
        "src/doctor",
        "src/recipe",
        "src/stage",
        "src/cmd",
        "src/migrate",
        "src/translate",
        "../host-prep/src",
    ] {
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(dir), &mut own);
    }
    own.push(include_str!("../../src/failure.rs").to_owned());
    own.push(include_str!("../../src/ui.rs").to_owned());
    for code in k8sprep::Code::ALL {
        let (text, path) = (format!("\"{code}\""), format!("Code::{code:?}"));
        assert!(own.iter().any(|file| file.contains(&text) || file.contains(&path)), "nothing says {code}");
    }
    for (name, all) in [
        ("kubeadm-config", format!("{:?}", kubeadm_config::Code::ALL)),
        ("crio-config", format!("{:?}", crio_config::Code::ALL)),
        ("cri-probe", format!("{:?}", cri_probe::Code::ALL)),
        ("host-prep", format!("{:?}", host_prep::Code::ALL)),
    ] {
        let mut texts = Vec::new();
        sources(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"),
            &mut texts,
        );
        let said = |code: &str| {
            let path = format!("Code::{code}");
            let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
            texts.iter().any(|text| text.match_indices(&path).any(|(at, _)| ends(&text[at + path.len()..])))
        };
        let silent: Vec<&str> = all.trim_matches(['[', ']']).split(", ").filter(|code| !said(code)).collect();
        assert!(silent.is_empty(), "{name} never says {silent:?}");
    }
}
