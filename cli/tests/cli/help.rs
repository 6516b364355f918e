//! Help, versions and command lines that are wrong.

use crate::{failure, k8sprep, stdout};

#[test]
fn every_listed_command_has_help_with_examples() {
    let list = stdout(k8sprep(["--help"]));
    let commands =
        list.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<_> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"ca-hash"), "{list}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let help = stdout(k8sprep([name, "--help"]));
        let is_group = help.contains("\nCommands:\n");
        let examples = help.split("\nExamples:\n").nth(1).unwrap_or_default();
        assert!(is_group || examples.contains(&format!("  k8sprep {name}")), "{help}");
        assert_eq!(stdout(k8sprep(["help", name])), help);
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(stdout(k8sprep(["--version"])), format!("k8sprep {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_command_lines_exit_2() {
    for args in
        [&[][..], &["nope"], &["ca-hash", "--nope"], &["ca-hash", "a", "b"], &["ca-hash", "--check", "x"]]
    {
        let (status, stderr) = failure(k8sprep(args.iter().copied()));
        assert_eq!(status, 2, "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: "), "{args:?}: {stderr}");
    }
}

#[test]
fn a_result_that_does_not_arrive_is_told_whatever_else_failed() {
    let tree = tempfile::tempdir().unwrap();
    let tree = tree.path().to_str().unwrap();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let root = ["--root", tree, "--kubernetes-version", "v1.34.0", "--no-packages"];
    for (command, expected) in [("plan", 1), ("verify", 3)] {
        let output = std::process::Command::new(snapbox::cmd::cargo_bin!("k8sprep"))
            .arg(command)
            .args(root)
            .stdout(full())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{said}");
        assert!(said.contains("error: cannot write the result to stdout: No space left"), "{said}");
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let script = stdout(k8sprep(["completions", "bash"]));
    let page = stdout(k8sprep(["man"]));
    for name in ["ca-hash", "explain", "probe-crio"] {
        assert!(script.contains(name) && page.contains(&name.replace('-', "\\-")), "{name}");
    }
    assert!(stdout(k8sprep(["man", "ca-hash"])).contains("\\-\\-check"));
    assert_eq!(failure(k8sprep(["man", "nope"])).0, 2);
}

/// Newcomer A36: the names of mirrors stood nowhere but in an error after a wrong guess.
#[test]
fn mirrors_are_named_in_help_schema_and_readmes() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readmes =
        ["README.md", "README.zh-CN.md"].map(|name| std::fs::read_to_string(root.join(name)).unwrap());
    let (help, schema) = (stdout(k8sprep(["plan", "--help"])), stdout(k8sprep(["schema"])));
    for mirror in host_prep::mirrors::Mirror::all() {
        let (name, (first, last)) = (mirror.name(), mirror.minors());
        for readme in &readmes {
            let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
            let bounds = [Some(first), last];
            assert!(
                bounds.iter().flatten().all(|minor| row.contains(&minor.bare())),
                "{row}: {first} {last:?}"
            );
        }
        assert!(help.contains(name) && schema.contains(name), "{name}");
    }
}
