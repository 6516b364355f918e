//! The messages of logs as rules of node-problem-detector's log monitor, a configuration for each
//! program, and one for its custom plugin that runs this program.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::doctor::log::{Message, messages};

/// Files for node-problem-detector by name, each with what is in it. A rule is a Go regular
/// expression that has to match to the end of what was logged (`pkg/systemlogmonitor/log_buffer.go`). A
/// message that means something only beside others, or only where it is said often, is no rule.
#[must_use]
pub fn npd_patterns() -> Map<String, Value> {
    let mut by_program: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for Message { program, code, regex } in messages() {
        // What a pod logs is not in the journal.
        let Some(source) = journal_name(program) else { continue };
        let rule =
            json!({ "type": "temporary", "reason": reason(code), "pattern": format!("(?:{regex}).*") });
        let rules = by_program.entry(source).or_default();
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    let mut files: Map<String, Value> = by_program
        .into_iter()
        .map(|(source, rules)| (format!("k8sprep-{source}.json"), monitor(source, &rules)))
        .collect();
    files.insert("k8sprep-doctor.json".to_owned(), plugin());
    files
}

/// As `SYSLOG_IDENTIFIER` has it; `None`: it runs in a pod, or writes a file of its own.
fn journal_name(program: &str) -> Option<&str> {
    let known =
        ["kubelet", "crio", "containerd", "conmon", "systemd", "kernel", "firewalld", "NetworkManager"];
    known.into_iter().find(|name| *name == program)
}

fn monitor(source: &str, rules: &[Value]) -> Value {
    let name = format!("k8sprep-{source}");
    let common =
        json!({ "bufferSize": 10, "source": name, "conditions": [], "rules": rules, "lookback": "5m" });
    let mut monitor = if source == "kernel" {
        json!({ "plugin": "kmsg", "logPath": "/dev/kmsg" })
    } else {
        json!({
            "plugin": "journald",
            "pluginConfig": { "source": source },
            "logPath": "/var/log/journal",
        })
    };
    if let (Some(monitor), Value::Object(common)) = (monitor.as_object_mut(), common) {
        monitor.extend(common);
    }
    monitor
}

/// The custom plugin: a condition of the Node that is true while doctor finds errors.
fn plugin() -> Value {
    json!({
        "plugin": "custom",
        "pluginConfig": {
            "invoke_interval": "5m",
            "timeout": "1m",
            "max_output_length": 80,
            "concurrency": 1,
            "enable_message_change_based_condition_update": true,
        },
        "source": "k8sprep-doctor",
        "conditions": [
            { "type": "NodeIll", "reason": "NoErrorFound", "message": "no error found" },
        ],
        "rules": [{
            "type": "permanent",
            "condition": "NodeIll",
            "reason": "ErrorsFound",
            "path": "/usr/bin/k8sprep",
            "args": ["doctor", "--output", "npd"],
            "timeout": "1m",
        }],
    })
}

/// A code as a reason of an event: `swap-on` is `SwapOn`.
fn reason(code: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    code.split('-').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_rules_of_one_program_that_match_to_the_end() {
        let files = npd_patterns();
        let kubelet = &files["k8sprep-kubelet.json"];
        assert_eq!(kubelet["pluginConfig"]["source"], "kubelet");
        let rules = kubelet["rules"].as_array().unwrap();
        let line = "E1 server.go:1] \"command failed\" err=\"running with swap on is not supported, please disable swap\" x=1";
        let of = |rule: &&Value| {
            let pattern = format!("{}$", rule["pattern"].as_str().unwrap());
            regex_lite::Regex::new(&pattern).unwrap().is_match(line)
        };
        let reasons: Vec<_> = rules.iter().filter(of).map(|rule| rule["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["SwapOn"]);
        assert!(rules.len() > 40, "{}", rules.len());
        assert_eq!(files["k8sprep-kernel.json"]["plugin"], "kmsg");
        assert!(files["k8sprep-kernel.json"].get("pluginConfig").is_none());
        assert!(!files.contains_key("k8sprep-coredns.json"));
    }

    #[test]
    fn every_expression_is_one_that_go_reads_too() {
        // RE2 and regex-lite have the same syntax but for these, which Go before 1.22 does not know.
        for (name, file) in npd_patterns() {
            for rule in file["rules"].as_array().unwrap() {
                let pattern = rule["pattern"].as_str().unwrap_or("(?P<a>)");
                assert!(!pattern.contains("(?<") && !pattern.contains("\\<"), "{name}: {pattern}");
                assert!(regex_lite::Regex::new(pattern).is_ok(), "{name}: {pattern}");
            }
        }
    }
}
