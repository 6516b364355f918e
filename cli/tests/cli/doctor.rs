//! `k8sprep doctor`: what it prints of a tree, in each format, and how it ends.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use snapbox::cmd::Command;

use crate::{k8sprep, lay, stdout};

const UNIT: &str = "[Service]\nExecStart=/usr/bin/crio\n";

/// A host whose CRI-O has two commands, and that is well but for that.
fn ill() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| lay(dir.path(), path, text);
    lay("etc/resolv.conf", "nameserver 192.0.2.53\n");
    lay("etc/hostname", "n<1>&\n");
    lay("usr/lib/systemd/system/crio.service", UNIT);
    lay("etc/systemd/system/crio.service.d/20-own.conf", UNIT);
    dir
}

fn output(command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn of(dir: &Path, args: &[&str]) -> (i32, String) {
    let root = dir.display().to_string();
    let words = ["doctor", "--root", &root, "--ignore", "unit-not-enabled"];
    output(k8sprep(words.into_iter().chain(args.iter().copied())))
}

#[test]
fn an_error_is_told_with_its_places_and_a_cure() {
    let dir = ill();
    let (status, text) = of(dir.path(), &[]);
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("error[exec-start-duplicated]: crio.service has 2 ExecStart= lines"), "{text}");
    for line in ["crio.service:2: ExecStart=/usr/bin/crio", "20-own.conf:2: ExecStart=", "help: "] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

/// One fault that a file has many times leaves room for the others.
#[test]
fn many_findings_of_one_code_are_folded() {
    let dir = ill();
    let fstab: String = (0..40).map(|at| format!("/dev/sw{at} none swap sw 0 0\n")).collect();
    lay(dir.path(), "etc/fstab", &fstab);
    lay(dir.path(), "usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
    let (_, text) = of(dir.path(), &[]);
    assert_eq!(text.matches("warning[swap-returns-at-boot]: swap comes on").count(), 10, "{text}");
    let more = "warning[swap-returns-at-boot]: and 30 more (`--output json` has all)\n";
    assert!(text.contains(more), "{text}");
    assert!(text.contains("error[exec-start-duplicated]"), "{text}");
}

#[test]
fn json_has_findings_and_what_is_undecided() {
    let dir = ill();
    let (status, text) = of(dir.path(), &["--output", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &json["schema"]), (3, &Value::from("k8sprep.doctor/v1")));
    assert_eq!(json["summary"]["error"], 1);
    let finding = &json["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"exec-start-duplicated".into(), &"error".into()));
    assert_eq!(finding["evidence"][1]["line"], 2);
    let undecided = json["undecided"].as_array().unwrap();
    let swap = undecided.iter().find(|one| one["code"] == "swap-on").unwrap();
    assert_eq!(swap["why"], "this is a tree, not a running host");
}

#[test]
fn what_is_chosen_decides_the_status() {
    let dir = ill();
    assert_eq!(of(dir.path(), &["--select", "host"]).0, 0);
    assert_eq!(of(dir.path(), &["--select", "systemd"]).0, 3);
    assert_eq!(of(dir.path(), &["--ignore", "exec-start-duplicated"]).0, 0);
    let (status, _) = of(dir.path(), &["--select", "exec-start-duplicate"]);
    assert_eq!(status, 2);
    // Where nothing is left to look at, nothing is called well.
    for (select, ignore, wanted) in [
        ("host", "host", 2),
        ("exec-start-duplicated", "systemd", 2),
        ("systemd", "exec-start-duplicated", 0),
    ] {
        let words = ["--select", select, "--ignore", ignore];
        assert_eq!(of(dir.path(), &words).0, wanted, "{words:?}");
    }
    fs::remove_dir_all(dir.path().join("etc/systemd/system/crio.service.d")).unwrap();
    let root = dir.path().display().to_string();
    let fail_on = |severity| output(k8sprep(["doctor", "--root", &root, "--fail-on", severity])).0;
    assert_eq!((fail_on("error"), fail_on("warning")), (0, 3));
}

#[test]
fn a_line_of_json_per_finding() {
    let dir = ill();
    let (_, text) = of(dir.path(), &["--output", "jsonl"]);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|one| one["code"] == "exec-start-duplicated"), "{text}");
    assert!(lines.iter().all(|one| one["schema"] == "k8sprep.doctor-finding/v1"), "{text}");
}

#[test]
fn sarif_has_a_rule_per_result_and_places_under_the_root() {
    let dir = ill();
    let (_, text) = of(dir.path(), &["--output", "sarif"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    let run = &json["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        // SARIF 3.27.10: what is not "fail" has level "none".
        assert_eq!(result["kind"] == "fail", result["level"] != "none", "{result}");
    }
    let found =
        run["results"].as_array().unwrap().iter().find(|one| one["ruleId"] == "exec-start-duplicated");
    let place = &found.unwrap()["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "usr/lib/systemd/system/crio.service");
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn junit_fails_what_was_found_and_skips_what_is_undecided() {
    let dir = ill();
    let (_, text) = of(dir.path(), &["--output", "junit"]);
    assert!(text.starts_with("<?xml"), "{text}");
    assert!(text.contains("hostname=\"n&lt;1&gt;&amp;\""), "{text}");
    assert_eq!(text.matches("<failure ").count(), 1, "{text}");
    assert!(text.contains("<skipped message="), "{text}");
    assert_eq!(text.matches("<testcase ").count(), text.matches("</testcase>").count());
}

#[test]
fn metrics_have_a_value_per_check_that_was_decided() {
    let dir = ill();
    let (_, text) = of(dir.path(), &["--output", "prometheus"]);
    let check = |code: &str, value: u8| {
        let labels = format!("code=\"{code}\",family=\"systemd\",severity=\"error\"");
        format!("k8sprep_doctor_check{{{labels}}} {value}\n")
    };
    assert!(text.contains(&check("exec-start-duplicated", 3)), "{text}");
    assert!(text.contains(&check("unit-masked", 0)), "{text}");
    assert!(!text.contains("code=\"swap-on\""), "{text}");
    assert!(text.contains("k8sprep_doctor_findings{severity=\"error\"} 1\n"), "{text}");
}

#[test]
fn a_plugin_of_the_problem_detector_says_one_line_with_its_own_statuses() {
    let dir = ill();
    let (status, text) = of(dir.path(), &["--output", "npd"]);
    assert_eq!((status, text.as_str()), (1, "1 error: exec-start-duplicated\n"));
    let (status, text) = of(dir.path(), &["--output", "npd", "--ignore", "exec-start-duplicated"]);
    assert_eq!((status, text.as_str()), (0, "no error found\n"));
}

#[test]
fn a_host_that_is_well_draws_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("etc")).unwrap();
    fs::write(dir.path().join("etc/resolv.conf"), "nameserver 192.0.2.53\n").unwrap();
    let text = stdout(k8sprep(["doctor", "--root", &dir.path().display().to_string()]));
    assert!(text.contains("not a node yet") && text.contains("nothing found"), "{text}");
}
