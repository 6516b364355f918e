//! A line of the output is a line of ours: what names and values from outside have of line ends, and
//! of what acts on a terminal, is shown and never written (issue 14, A3).

use std::path::Path;

use crate::{k8sprep, lay};

/// What ends a line somewhere.
const ENDS: [&str; 5] = ["\n", "\r", "\r\n", "\n\n\t", "\u{2028}"];
/// What acts on a terminal.
const ACTS: [&str; 3] = ["", "\u{1b}[2J", "\u{202e}"];

const UNIT: &str = "[Service]\nExecStart=/usr/bin/crio\n";
const REFUSED: &str = "[crio.runtime]\ncgroup_manager = 5\n";

/// Every name that begins another line with `FORGED`.
fn names() -> impl Iterator<Item = String> {
    ENDS.into_iter().flat_map(|end| {
        ACTS.into_iter().map(move |acts| format!("99-zz{acts}{end}FORGED: {acts} is not a line of ours"))
    })
}

/// One for each end of a line, with what acts on a terminal by turns; the layer `tables` takes all
/// of them.
fn sample() -> impl Iterator<Item = String> {
    let by_turns = |at: usize| at % ACTS.len() == at / ACTS.len() % ACTS.len();
    names().enumerate().filter(move |(at, _)| by_turns(*at)).map(|(_, name)| name)
}

/// A host whose files are called so, beside a spec that is well.
fn host(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let spec = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n";
    lay(dir.path(), "k8sprep.yaml", spec);
    let root = dir.path().join("root");
    lay(&root, "etc/fstab", "");
    lay(&root, &format!("etc/sysctl.d/{name}.conf"), "net.ipv4.ip_forward = 0\n");
    lay(&root, "usr/lib/systemd/system/crio.service", UNIT);
    lay(&root, &format!("etc/systemd/system/crio.service.d/{name}.conf"), UNIT);
    lay(&root, &format!("etc/crio/crio.conf.d/{name}"), "[crio.runtime]\nlog_to_journald = true\n");
    dir
}

/// What a command writes on both streams.
fn said(dir: &Path, words: &[&str]) -> String {
    let output = k8sprep(words.iter().copied()).current_dir(dir).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code <= 4), "{words:?}: {output:?}");
    [output.stdout, output.stderr].iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
}

fn holds(words: &[&str], text: &str) {
    let forged = text.split(['\n', '\r', '\u{2028}']).any(|line| line.trim_start().starts_with("FORGED"));
    assert!(!forged, "{words:?}:\n{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{2028}', '\r']), "{words:?}: {text:?}");
}

#[test]
fn no_name_of_a_file_writes_a_line() {
    write_no_line(sample());
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn none_of_many_names_of_files_writes_a_line() {
    write_no_line(names());
}

fn write_no_line(names: impl Iterator<Item = String>) {
    let commands: [&[&str]; 9] = [
        &["plan", "--root", "root"],
        &["apply", "--root", "root"],
        &["verify", "--root", "root"],
        &["facts", "--root", "root"],
        &["crio", "show", "--root", "root"],
        &["crio", "show", "--origin", "--root", "root"],
        &["crio", "check", "--root", "root"],
        &["doctor", "--root", "root"],
        &["doctor", "--root", "root", "--output", "junit"],
    ];
    for name in names {
        let dir = host(&name);
        for words in commands {
            let text = said(dir.path(), words);
            holds(words, &text);
        }
        let junit = said(dir.path(), &["doctor", "--root", "root", "--output", "junit"]);
        assert!(junit.contains("FORGED"), "{junit}");
        // What CRI-O would refuse is a failure of the same command.
        lay(&dir.path().join("root"), &format!("etc/crio/crio.conf.d/{name}"), REFUSED);
        for words in &commands[4..] {
            holds(words, &said(dir.path(), words));
        }
        let shown = said(dir.path(), commands[4]);
        assert!(shown.contains("error: ") && shown.contains("cgroup_manager"), "{shown}");
    }
}

#[test]
fn no_word_of_the_command_line_writes_a_line() {
    let dir = host("99-zz");
    for name in names() {
        let commands: [&[&str]; 5] = [
            &["plan", "--spec", &name],
            &["plan", "--output", &name],
            &["plan", "--root", &name],
            &["ca-hash", &name],
            &[&name],
        ];
        for words in commands {
            holds(words, &said(dir.path(), words));
        }
    }
}

#[test]
fn what_clap_says_keeps_its_lines() {
    let text = said(Path::new("."), &["plan", "--output", "x"]);
    assert!(text.lines().count() > 2 && text.contains("\n  [possible values: text, json]"), "{text}");
}
