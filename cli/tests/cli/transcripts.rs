//! Every `console` block of README and handbook is run, and prints what stands there.
//!
//! The blocks of a page are run in their order, in one directory: `host` is the tree of a Debian 12, `examples` the
//! specs of the checkout, `ca.crt` a CA. `[..]` stands for the rest of a line, `...` for lines; `? 3` is an exit
//! status. `SNAPSHOTS=overwrite cargo test -p k8sprep --test cli transcripts` writes what differs.

use std::fmt::Write as _;
use std::path::Path;

use crate::handbook::{overwrite, pages, top};

/// One command of a block, and what it has to print.
#[derive(Debug, Default)]
struct Command {
    words: String,
    expected: String,
    status: i32,
}

fn commands(block: &str) -> Vec<Command> {
    let mut all: Vec<Command> = Vec::new();
    for line in block.lines() {
        if let Some(words) = line.strip_prefix("$ ") {
            all.push(Command { words: words.to_owned(), ..Command::default() });
        } else {
            let last = all.last_mut().expect("a console block begins with `$ `");
            if last.expected.is_empty() && last.words.ends_with('\\') {
                let _ = write!(last.words, "\n{line}");
            } else if let Some(status) = line.strip_prefix("? ") {
                last.status = status.parse().expect("an exit status");
            } else {
                let _ = writeln!(last.expected, "{line}");
            }
        }
    }
    all
}

/// The blocks of a page: where the text of each begins and ends.
fn blocks(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find("```console\n") {
        let begin = at + begin + "```console\n".len();
        let end = begin + text[begin..].find("```").expect("the end of a block");
        found.push(begin..end);
        at = end + 3;
    }
    found
}

pub(crate) fn sandbox() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&top().join("tests/trees/debian-12"), &dir.path().join("host"));
    copy(&top().join("examples/specs"), &dir.path().join("examples/specs"));
    let ca = top().join("cli/src/doctor/testdata/ca.crt");
    std::fs::copy(ca, dir.path().join("ca.crt")).unwrap();
    dir
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_symlink() {
            std::os::unix::fs::symlink(path.read_link().unwrap(), target).unwrap();
        } else if kind.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

/// What a command prints, and how it ends.
pub(crate) fn run(words: &str, dir: &Path) -> (String, i32) {
    let program = snapbox::cmd::cargo_bin!("k8sprep");
    let bin = program.parent().unwrap().display().to_string();
    let path = format!("{bin}:{}", crate::path().to_string_lossy());
    let shell = std::process::Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{words}")])
        .env_clear()
        .env("PATH", path)
        .env("HOME", dir)
        .current_dir(dir)
        .output()
        .unwrap();
    let text = String::from_utf8(shell.stdout).unwrap();
    // What moves from run to run.
    let mut text = text.replace(&dir.display().to_string(), "[..]");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    (text, shell.status.code().unwrap_or(-1))
}

fn same(expected: &str, actual: &str) -> bool {
    let actual = snapbox::Data::text(actual);
    snapbox::Assert::new().try_eq(None, actual, snapbox::Data::text(expected)).is_ok()
}

#[test]
fn what_readme_and_handbook_show_is_what_is_printed() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        let ranges = blocks(&text);
        if ranges.is_empty() {
            continue;
        }
        let dir = sandbox();
        let mut fresh = text.clone();
        let mut moved = 0_isize;
        for range in ranges {
            let mut block = String::new();
            for command in commands(&text[range.clone()]) {
                ran += 1;
                let (said, status) = run(&command.words, dir.path());
                let kept = same(&command.expected, &said) && status == command.status;
                if !kept {
                    let at = path.strip_prefix(top()).unwrap().display().to_string();
                    wrong.push(format!(
                        "{at}: $ {}\nexpected ({}):\n{}\nis ({status}):\n{said}",
                        command.words, command.status, command.expected
                    ));
                }
                let _ = writeln!(block, "$ {}", command.words);
                block.push_str(if kept { &command.expected } else { &said });
                if status != 0 {
                    let _ = writeln!(block, "? {status}");
                }
            }
            let begin = range.start.checked_add_signed(moved).unwrap();
            let end = range.end.checked_add_signed(moved).unwrap();
            moved += block.len().cast_signed() - range.len().cast_signed();
            fresh.replace_range(begin..end, &block);
        }
        if overwrite() && fresh != text {
            std::fs::write(&path, fresh).unwrap();
        }
    }
    assert!(ran > 30, "{ran} commands");
    assert!(wrong.is_empty() || overwrite(), "{} of {ran} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}
