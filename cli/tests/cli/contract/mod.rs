//! The contract with programs: one JSON document a run, whatever happens, by the schema that it
//! names.

mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use snapbox::cmd::cargo_bin;

use crate::{k8sprep, stdout};
use runs::{DOCUMENTS, RUNS, laid};

/// What is for a shell or a pager alone, and needs no JSON.
const WITHOUT: &[(&str, &str)] = &[("completions", "prints a script"), ("man", "prints a page")];

/// The schemas by name, each made strict: what is not in one is not printed.
struct Schemas(BTreeMap<String, jsonschema::Validator>);

impl Schemas {
    fn of_this_program() -> Self {
        let list = stdout(k8sprep(["schema", "--list"]));
        let names = list.lines().filter_map(|line| line.split_whitespace().next());
        let own = names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()) && *name != "spec");
        let validator = |name: &str| {
            let mut schema: Value = serde_json::from_str(&stdout(k8sprep(["schema", name]))).unwrap();
            jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
            // The types of a plan make its schema: they cannot say more than it. Parts that are joined would
            // refuse each other's keys.
            if name != "plan" {
                strict(&mut schema);
            }
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        Self(own.map(|name| (name.to_owned(), validator(name))).collect())
    }

    /// The one document of a run, by the schema that it names.
    fn check(&self, words: &[&str], out: &[u8]) -> String {
        let mut documents = serde_json::Deserializer::from_slice(out).into_iter::<Value>();
        let shown = String::from_utf8_lossy(out);
        let document = documents.next().unwrap_or_else(|| panic!("{words:?}: no document"));
        let document = document.unwrap_or_else(|error| panic!("{words:?}: {error}: {shown}"));
        assert!(documents.next().is_none(), "{words:?}: more than one document: {shown}");
        let schema = document["schema"].as_str().unwrap_or_else(|| panic!("{words:?}: no schema: {shown}"));
        let name = schema.strip_prefix("k8sprep.").and_then(|name| name.strip_suffix("/v1"));
        let name = name.unwrap_or_else(|| panic!("{words:?}: {schema}"));
        let validator = self.0.get(name).unwrap_or_else(|| {
            panic!("{words:?}: `k8sprep schema --list` has no {name}; add it to cli/src/cmd/schema/own.yaml")
        });
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{words:?}: {name}: {errors:#?}\n{shown}");
        name.to_owned()
    }
}

/// The same schema without room for what it does not name. Objects that are joined of parts stay
/// open: each part would refuse the other's.
fn strict(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(strict),
        Value::Object(map) => {
            let joined = ["allOf", "oneOf", "anyOf", "$ref"].iter().any(|key| map.contains_key(*key));
            if map.contains_key("properties") && !map.contains_key("additionalProperties") && !joined {
                map.insert("additionalProperties".into(), false.into());
            }
            map.iter_mut().filter(|(key, _)| *key != "oneOf").for_each(|(_, below)| strict(below));
        }
        _ => {}
    }
}

fn run(dir: &Path, words: &[&str], stdin: &str) -> Output {
    let mut child = begun(dir, words);
    // Who does not read it may be gone already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn begun(dir: &Path, words: &[&str]) -> Child {
    // Who runs the tests in a shell's background has them ignore signals.
    Command::new("env")
        .arg("--default-signal")
        .arg(cargo_bin!("k8sprep"))
        .args(words)
        .args(["--output", "json"])
        .current_dir(dir)
        .env_clear()
        .env("PATH", crate::path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The words of every command.
fn commands() -> Vec<String> {
    let mut all = Vec::new();
    let mut groups = vec![Vec::<String>::new()];
    while let Some(path) = groups.pop() {
        let help = stdout(k8sprep(path.iter().map(String::as_str).chain(["--help"]).collect::<Vec<_>>()));
        let is_group = path.is_empty() || help.contains("\nCommands:\n");
        if !is_group {
            all.push(path.join(" "));
            continue;
        }
        let rows = help.lines().take_while(|line| *line != "Options:");
        let names = rows.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            groups.push([&path[..], &[name.to_owned()]].concat());
        }
    }
    all
}

#[test]
fn every_command_says_one_document_in_every_outcome() {
    let schemas = Schemas::of_this_program();
    let dir = laid();
    let mut seen = BTreeSet::new();
    for one in RUNS {
        let output = run(dir.path(), one.words, one.stdin);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(one.status), "{:?}: {said}", one.words);
        let name = schemas.check(one.words, &output.stdout);
        assert_eq!(name, one.schema, "{:?}: {said}", one.words);
        seen.insert(name);
    }
    // What only a cluster, a network or a terminal makes is argued.
    let unseen: Vec<&String> = schemas
        .0
        .keys()
        .filter(|name| !seen.contains(*name) && !DOCUMENTS.iter().any(|(argued, _)| argued == name))
        .collect();
    assert!(unseen.is_empty(), "no run prints {unseen:?}");
}

/// Every command has the flag, and a wrong one is told in JSON.
#[test]
fn every_command_that_says_or_changes_anything_has_json() {
    let schemas = Schemas::of_this_program();
    let dir = tempfile::tempdir().unwrap();
    for command in commands() {
        let words: Vec<&str> = command.split(' ').chain(["--no-such-flag"]).collect();
        let output = run(dir.path(), &words, "");
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert_eq!(schemas.check(&words, &output.stdout), "failure", "{command}");
        let help = stdout(k8sprep(command.split(' ').chain(["--help"])));
        let has = help.contains("--output <");
        let argued = WITHOUT.iter().any(|(name, _)| command.starts_with(name));
        assert_ne!(has && help.contains("json"), argued, "{command}: {help}");
        let tried = RUNS.iter().any(|one| one.words.join(" ").starts_with(&command));
        assert!(argued || tried, "{command}: add its runs to cli/tests/cli/contract/runs.rs");
    }
}

/// Ctrl-C, before there is a result and however long nothing happens.
#[test]
fn a_signal_is_a_failure_with_one_document() {
    let schemas = Schemas::of_this_program();
    let dir = laid();
    for words in runs::WAITING {
        for signal in ["INT", "TERM"] {
            let mut child = begun(dir.path(), words);
            let open = child.stdin.take();
            await_handler(&child);
            assert!(sent(signal, &child), "{words:?}");
            let output = child.wait_with_output().unwrap();
            drop(open);
            assert_eq!(output.status.code(), None, "{words:?}: it ends by the signal");
            assert_eq!(schemas.check(words, &output.stdout), "failure", "{words:?}");
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(told["code"], "stopped", "{told}");
            assert!(told["message"].as_str().unwrap().starts_with(&format!("SIG{signal} ")), "{told}");
        }
    }
}

/// Until the process hears the signal: before that it ends as any program does that just starts.
fn await_handler(child: &Child) {
    let at = format!("/proc/{}/status", child.id());
    let start = Instant::now();
    let hears = || {
        let status = std::fs::read_to_string(&at).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
        // SIGINT is 2, SIGTERM 15.
        mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & 0x4002 == 0x4002)
            && status.contains("Threads:\t2")
    };
    while !hears() && start.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn sent(signal: &str, child: &Child) -> bool {
    let id = child.id().to_string();
    Command::new("kill").args(["-s", signal, &id]).status().is_ok_and(|status| status.success())
}

/// A reader that goes away gets no second document, and a full disk is told on stderr.
#[test]
fn a_result_that_does_not_arrive_is_no_second_document() {
    let dir = laid();
    for words in [&["crio", "options"][..], &["explain", "--list"], &["facts", "--root", "root"]] {
        let mut child = begun(dir.path(), words);
        drop(child.stdin.take());
        let mut head = [0; 64];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut head).unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = Command::new(cargo_bin!("k8sprep"))
            .args(words)
            .args(["--output", "json"])
            .current_dir(dir.path())
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("[output-not-written]"), "{words:?}");
    }
}

/// C4: what was changed, and whether anything was.
#[test]
fn apply_lists_what_it_changed() {
    let dir = laid();
    let said = |words: &[&str]| -> (i32, Value) {
        let output = run(dir.path(), words, "");
        (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
    };
    let apply = ["apply", "--root", "root", "--no-packages"];
    let (status, plan) = said(&[&apply[..], &["--check"]].concat());
    assert_eq!((status, &plan["schema"]), (3, &"k8sprep.plan/v1".into()));
    let (status, done) = said(&apply);
    assert_eq!((status, &done["changed"]), (0, &true.into()));
    let subjects = |of: &Value| -> Vec<String> {
        of["steps"].as_array().unwrap().iter().map(|step| step["change"]["path"].to_string()).collect()
    };
    assert_eq!(subjects(&plan), subjects(&done));
    assert_eq!(done["steps"].as_array().unwrap().len(), done["taken"].as_u64().unwrap() as usize);
    assert!(done["steps"].as_array().unwrap().iter().all(|step| step["status"] == "taken"), "{done}");
    assert!(done["steps"][0]["change"]["after"]["content"]["text"].is_string(), "{done}");
    let (status, again) = said(&apply);
    assert_eq!((status, &again["changed"], again["steps"].as_array().unwrap().len()), (0, &false.into(), 0));
    assert_eq!(said(&[&apply[..], &["--check"]].concat()).0, 0);
}
