//! `k8sprep doctor` in the formats of others, read by their own readers, and what it says over time.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::{failure, k8sprep, lay, stdout};

const UNIT: &str = "[Service]\nExecStart=/usr/bin/crio\n";

/// A host whose CRI-O has two commands, and whose name marks up.
fn ill() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| lay(dir.path(), path, text);
    lay("etc/resolv.conf", "nameserver 192.0.2.53\n");
    lay("etc/hostname", "n<1>&\"'\n");
    lay("usr/lib/systemd/system/crio.service", UNIT);
    lay("etc/systemd/system/crio.service.d/20-<own>&.conf", UNIT);
    dir
}

fn of(dir: &Path, args: &[&str]) -> (i32, String) {
    let root = dir.display().to_string();
    let words = ["doctor", "--root", &root, "--ignore", "unit-not-enabled"];
    let output = k8sprep(words.into_iter().chain(args.iter().copied())).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// What a script of Python's makes of a text; `None`: there is no Python, or it lacks what the script
/// imports.
fn python(script: &str, input: &str) -> Option<String> {
    let command = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match command {
        Ok(child) => child,
        Err(_) => {
            test_kit::skip("python3 is not there");
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("ModuleNotFoundError") {
        test_kit::skip("a module of Python's is not there");
        return None;
    }
    assert!(output.status.success(), "{said}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn junit_is_what_an_xml_parser_reads() {
    let (_, text) = of(ill().path(), &["--output", "junit"]);
    let script = "
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
assert root.tag == 'testsuites'
for suite in root:
    cases = suite.findall('testcase')
    assert int(suite.get('tests')) == len(cases)
    assert int(suite.get('failures')) == sum(1 for case in cases if case.find('failure') is not None)
    assert int(suite.get('skipped')) == sum(1 for case in cases if case.find('skipped') is not None)
    assert suite.get('errors') == '0' and suite.get('hostname') == 'n<1>&\"\\''
failed = [case.get('name').split(':')[0] for case in root.iter('testcase') if case.find('failure') is not None]
print(','.join(failed))
";
    if let Some(failed) = python(script, &text) {
        assert_eq!(failed.trim(), "exec-start-duplicated");
    }
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let (_, text) = of(ill().path(), &["--output", "prometheus"]);
    let script = "
import sys
from prometheus_client.parser import text_string_to_metric_families as read
families = {family.name: family for family in read(sys.stdin.read())}
assert all(family.type == 'gauge' and family.documentation for family in families.values())
found = {sample.labels['severity']: sample.value for sample in families['k8sprep_doctor_findings'].samples}
print(int(found['error']), len(families['k8sprep_doctor_check'].samples) > 50)
";
    if let Some(read) = python(script, &text) {
        assert_eq!(read.trim(), "1 True");
    }
    // The format by hand: exposition format 0.0.4.
    let mut typed = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().unwrap();
            assert!(!typed.contains(&name), "{name} is typed twice");
            typed.push(name);
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().unwrap();
            assert_eq!(Some(&name), typed.last(), "{line}: a series stands under its own type");
        }
    }
}

/// The properties of SARIF 2.1.0's objects that are used here: its schema takes no others
/// (`additionalProperties: false`), and wants those with a star.
const SARIF: &[(&str, &str)] = &[
    ("", "$schema version* runs*"),
    ("runs", "tool* results originalUriBaseIds"),
    ("tool", "driver*"),
    ("driver", "name* semanticVersion rules"),
    ("rules", "id* shortDescription fullDescription help"),
    (
        "results",
        "ruleId ruleIndex kind level message* locations relatedLocations partialFingerprints suppressions",
    ),
    ("suppressions", "kind* justification"),
    ("message shortDescription fullDescription help", "text*"),
    ("locations relatedLocations", "physicalLocation"),
    ("physicalLocation", "artifactLocation region"),
    ("artifactLocation", "uri uriBaseId"),
    ("region", "startLine startColumn"),
    ("originalUriBaseIds", "ROOT"),
    ("ROOT", "uri"),
    ("partialFingerprints", "place/v1"),
];

fn follow_the_standard(of: &str, value: &Value) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| follow_the_standard(of, one)),
        Value::Object(fields) => {
            let (_, known) = SARIF
                .iter()
                .find(|(names, _)| names.split(' ').any(|name| name == of))
                .unwrap_or_else(|| panic!("{of}"));
            let known: Vec<&str> = known.split(' ').collect();
            for (field, value) in fields {
                let there = known.iter().any(|name| name.trim_end_matches('*') == field);
                assert!(there, "{of} has no {field}");
                follow_the_standard(field, value);
            }
            for name in known.iter().filter_map(|name| name.strip_suffix('*')) {
                assert!(fields.contains_key(name), "{of} lacks {name}");
            }
        }
        _ => {}
    }
}

#[test]
fn sarif_has_what_its_schema_wants_and_nothing_else() {
    let dir = ill();
    lay(dir.path(), "known.yaml", "suppress:\n- code: exec-start-duplicated\n  reason: on purpose\n");
    let file = dir.path().join("known.yaml").display().to_string();
    for more in [&[][..], &["--suppress", &file]] {
        let (_, text) = of(dir.path(), &[&["--output", "sarif"], more].concat());
        let json: Value = serde_json::from_str(&text).unwrap();
        follow_the_standard("", &json);
        assert_eq!(json["version"], "2.1.0");
        for result in json["runs"][0]["results"].as_array().unwrap() {
            assert!(["fail", "open"].contains(&result["kind"].as_str().unwrap()));
            assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
            let locations = ["locations", "relatedLocations"].map(|list| result[list].as_array().cloned());
            for place in locations.into_iter().flatten().flatten() {
                let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
                assert!(!uri.starts_with('/'), "{uri}");
            }
        }
        let left = json["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one.get("suppressions").is_some());
        assert_eq!(left.is_some(), !more.is_empty());
    }
}

#[test]
fn a_page_is_one_file_that_asks_nothing_of_anybody() {
    let (status, text) = of(ill().path(), &["--output", "html"]);
    assert_eq!(status, 3);
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"), "{text}");
    assert!(text.contains("<h1>n&lt;1&gt;&amp;&quot;&#39;</h1>"), "{text}");
    assert!(text.contains("exec-start-duplicated") && !text.contains("<script"), "{text}");
    let script = "
import sys, html.parser
class Page(html.parser.HTMLParser):
    void, open, names = {'meta', 'circle', 'path', 'line'}, [], set()
    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        assert not any(name in ('src', 'href', 'style') or name.startswith('on') for name, _ in attrs), attrs
        if tag not in self.void: self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
page = Page()
page.feed(sys.stdin.read()); page.close()
assert not page.open and 'script' not in page.names
print('read')
";
    if let Some(read) = python(script, &text) {
        assert_eq!(read.trim(), "read");
    }
}

#[test]
fn what_is_left_with_a_reason_weighs_nothing_and_stays_visible() {
    let dir = ill();
    let file = dir.path().join("known.yaml").display().to_string();
    lay(dir.path(), "known.yaml", "suppress:\n- code: exec-start-duplicated\n  reason: on purpose\n");
    let (status, text) = of(dir.path(), &["--suppress", &file]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("1 finding suppressed"), "{text}");
    let (_, text) = of(dir.path(), &["--suppress", &file, "--output", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["suppressed"][0]["code"], "exec-start-duplicated");
    assert_eq!(json["suppressed"][0]["reason"], "on purpose");
    assert_eq!(json["summary"]["error"], 0);
    lay(dir.path(), "known.yaml", "suppress:\n- code: exec-start-duplicatd\n");
    let root = dir.path().display().to_string();
    let (status, said) = failure(k8sprep(["doctor", "--root", &root, "--suppress", &file]));
    assert_eq!(status, 1);
    assert!(
        said.contains("suppressions-invalid") && said.contains("line 2: a row without `reason`"),
        "{said}"
    );
    assert!(said.contains("did you mean exec-start-duplicated?"), "{said}");
}

const JOURNAL: &str = "\
2026-11-23T08:00:00+0000 cp1 systemd[1]: Started kubelet.service - kubelet.
2026-11-23T08:00:04+0000 cp1 kubelet[7]: E1123 08:00:04.1 7 run.go:72] \"command failed\" err=\"running with swap on is not supported, please disable swap\"
2026-11-23T08:00:02+0000 cp1 crio[5]: time=\"x\" level=info msg=\"starts\"
2026-11-23T08:00:03+0000 cp1 crio[5]: time=\"x\" level=info msg=\"ordinary\"
";

#[test]
fn a_line_of_time_has_several_logs_in_one_order() {
    let dir = ill();
    lay(dir.path(), "j.log", JOURNAL);
    lay(dir.path(), "kubeadm.log", "[init] Using Kubernetes version: v1.34.0\n");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let (root, journal, kubeadm) = (dir.path().display().to_string(), at("j.log"), at("kubeadm.log"));
    let words = ["doctor", "--root", &root, "--timeline", "--log", &journal, "--log", &kubeadm];
    let text = stdout(k8sprep(words));
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(place("[init] Using") < place("08:00:00  systemd"), "{text}");
    assert!(place("08:00:00  systemd") < place("08:00:04  kubelet"), "{text}");
    assert!(place("[swap-on]") > place("08:00:04  kubelet"), "{text}");
    assert!(text.contains("1 line not shown; `--timeline=all` shows them"), "{text}");
    let json = stdout(k8sprep(words.into_iter().chain(["--output", "json"])));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "k8sprep.timeline/v1");
    assert_eq!(json["moments"][3]["code"], "swap-on");
    assert_eq!(json["leftOut"], 1);
    // Nothing to read is no empty line of time.
    let nothing = k8sprep(["doctor", "--root", &root, "--timeline"]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(1));
}

#[test]
fn patterns_are_configurations_by_file_name() {
    let json = stdout(k8sprep(["doctor", "--print", "npd-patterns"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "k8sprep.npd-patterns/v1");
    let crio = &json["files"]["k8sprep-crio.json"];
    assert_eq!((&crio["plugin"], &crio["pluginConfig"]["source"]), (&"journald".into(), &"crio".into()));
    assert_eq!(json["files"]["k8sprep-doctor.json"]["rules"][0]["args"][2], "npd");
}

#[test]
fn a_watched_host_is_told_by_what_changes_until_it_is_well() {
    let dir = ill();
    let drop_in = dir.path().join("etc/systemd/system/crio.service.d");
    let root = dir.path().display().to_string();
    let mut child = Command::new(snapbox::cmd::cargo_bin!("k8sprep"))
        .args([
            "doctor",
            "--root",
            &root,
            "--watch",
            "1s",
            "--output",
            "jsonl",
            "--select",
            "exec-start-duplicated",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    fs::remove_dir_all(drop_in).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut text).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let changes: Vec<&str> = lines.iter().map(|line| line["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["found", "gone"], "{text}");
    assert!(lines.iter().all(|line| line["schema"] == "k8sprep.doctor-change/v1"));
    assert_eq!(lines[0]["code"], "exec-start-duplicated");
}

#[test]
fn a_watch_that_is_ended_says_so_by_its_status() {
    let dir = ill();
    let root = dir.path().display().to_string();
    let mut child = Command::new(snapbox::cmd::cargo_bin!("k8sprep"))
        .args(["doctor", "--root", &root, "--watch", "1h"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    while !first.contains("1 error") {
        assert!(std::io::BufRead::read_line(&mut out, &mut first).unwrap() > 0, "{first}");
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(3), "{first}");
}

#[test]
fn what_does_not_go_together_is_a_wrong_command_line() {
    for words in [
        &["--watch", "1s", "--output", "json"][..],
        &["--watch", "10ms"],
        &["--timeline", "--output", "sarif"],
        &["--timeline", "--watch", "1s"],
        &["--print", "npd-patterns", "--fix"],
        &["--print", "npd-patterns", "--output", "html"],
    ] {
        let words = ["doctor"].iter().chain(words).copied();
        // A wrong command line that asks for JSON gets its failure as JSON.
        assert_eq!(k8sprep(words).output().unwrap().status.code(), Some(2));
    }
}
