//! Help, versions and command lines that are wrong.

use crate::{failure, k8sprep, stdout};

/// The words of every command, and of every group of them.
pub(crate) fn commands() -> Vec<Vec<String>> {
    let script = stdout(k8sprep(["completions", "fish"]));
    assert!(script.contains("ca-hash"), "{script}");
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while let Some(path) = all.get(at).cloned() {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = stdout(k8sprep(words));
        let rows = help.lines().take_while(|line| *line != "Options:").filter(|line| line.starts_with("  "));
        let is_list = path.is_empty() || help.contains("\nCommands:\n");
        let names = rows.filter(|line| is_list && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            all.push([&path[..], &[name.to_owned()]].concat());
        }
        at += 1;
    }
    assert!(all.len() > 40 && all.contains(&vec!["crio".to_owned(), "set".to_owned()]), "{all:?}");
    all
}

/// Newcomer A38: pages without examples or exit statuses, and lines of 230 columns.
#[test]
fn every_page_has_examples_and_exit_statuses_within_100_columns() {
    for path in commands() {
        let command = [&["k8sprep".to_owned()], &path[..]].concat().join(" ");
        let asked = |last: &'static str| {
            stdout(k8sprep(path.iter().map(String::as_str).chain([last]).collect::<Vec<_>>()))
        };
        let help = asked("--help");
        let examples = help.split("\nExamples:\n").nth(1).unwrap_or_default();
        assert!(examples.contains(&format!("  {command}")), "{help}");
        assert!(help.contains("\nExit status:\n  0   ") && help.contains("\n  2   wrong usage"), "{help}");
        // A line that was broken cannot be copied.
        let lines: Vec<&str> = examples.lines().take_while(|line| !line.is_empty()).collect();
        for pair in lines.windows(2).filter(|pair| !pair[0].ends_with([' ', '\\', ';', '|'])) {
            let is_command = ["k8sprep", "ssh", "diff", "source", "kubectl", "image=", "K8SPREP_", "sudo"];
            let starts = |line: &&str| is_command.iter().any(|word| line.trim_start().starts_with(word));
            assert!(starts(&pair[1]), "{command}: {pair:?}");
        }
        let wide: Vec<&str> = help
            .lines()
            .chain(asked("-h").lines())
            .filter(|line| line.chars().count() > 100)
            .map(|l| l.to_owned().leak() as &str)
            .collect();
        assert!(wide.is_empty(), "{command}: {wide:#?}");
        let words: Vec<&str> = ["help"].into_iter().chain(path.iter().map(String::as_str)).collect();
        if !path.is_empty() {
            assert_eq!(stdout(k8sprep(words)), help);
        }
    }
}

#[test]
fn the_top_page_is_by_task_and_names_each_command_once() {
    let help = stdout(k8sprep(["--help"]));
    let of = |line: &str| help.find(line).unwrap_or_else(|| panic!("{line}: {help}"));
    let tasks =
        ["\nFrom a bare host to a node:\n", "\nPut back what was changed:\n", "\nkubeadm's documents:\n"];
    assert!(tasks.map(of).is_sorted(), "{help}");
    assert_eq!(help.matches("\n  plan ").count(), 1, "{help}");
    assert!(of("\n  init-spec ") < of("\n  up ") && of("\n  up ") < of("\n  gen-config "), "{help}");
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
    std::fs::create_dir(tree.path().join("etc")).unwrap();
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

/// Newcomer A40: they knew no value but file names.
#[test]
fn completions_know_every_command_and_the_names_there_are() {
    // The script for fish knows values of flags, not of what stands without one: clap_complete.
    let flags = ["probe-crio", "tsinghua", "daocloud", "v1.34.0", "sandbox-image"];
    let plain = ["crio.image.pause_image", "ClusterConfiguration", "pod-subnet-overlap"];
    for (shell, known) in [
        ("bash", [&flags[..], &plain].concat()),
        ("zsh", [&flags[..], &plain].concat()),
        ("fish", flags.to_vec()),
    ] {
        let script = stdout(k8sprep(["completions", shell]));
        for name in known {
            assert!(script.contains(name), "{shell}: {name}");
        }
    }
}

/// Newcomer A39: one section EXTRA for all, and examples that could not be copied.
#[test]
fn manual_pages_have_their_sections() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_str().unwrap();
    k8sprep(["man", "--output-dir", at]).assert().success();
    let written = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(written, commands().len());
    let page = std::fs::read_to_string(dir.path().join("k8sprep-crio-set.1")).unwrap();
    // `whatis` reads the name up to the dash, and knows no blank in it.
    assert!(page.contains(".SH NAME\nk8sprep\\-crio\\-set \\- "), "{page}");
    assert_eq!(stdout(k8sprep(["man", "crio", "set"])), page);
    assert_eq!(stdout(k8sprep(["man", "crio set"])), page);
    let sections = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "\"EXIT STATUS\"",
        "EXAMPLES",
        "FILES",
        "\"SEE ALSO\"",
    ];
    let places =
        sections.map(|name| page.find(&format!(".SH {name}\n")).unwrap_or_else(|| panic!("{name}: {page}")));
    assert!(places.is_sorted() && !page.contains("EXTRA"), "{page}");
    assert!(page.contains("k8sprep\\-crio\\-get") && page.contains(".TH k8sprep-crio-set 1"), "{page}");
    let example = page.split(".nf\n").nth(1).unwrap();
    assert!(example.starts_with("k8sprep crio set crio.image.pause_image"), "{example}");
    // Once more: what is there stays.
    assert_eq!(failure(k8sprep(["man", "--output-dir", at])).0, 1);
    assert_eq!(failure(k8sprep(["man", "nope"])).0, 2);
}

/// Newcomer A41.
#[test]
fn version_names_the_commit_and_the_releases_that_are_known() {
    let text = stdout(k8sprep(["version"]));
    assert!(text.starts_with(concat!("k8sprep ", env!("CARGO_PKG_VERSION"), ", commit ")), "{text}");
    let newest = kubeadm_config::KubeadmRelease::MINORS.end();
    assert!(text.contains(&format!(" to v1.{newest}\nCRI-O 1.")), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&stdout(k8sprep(["version", "--output", "json"]))).unwrap();
    assert_eq!(json["schema"], "k8sprep.version/v1");
    let commit = json["commit"].as_str().map(|commit| commit.trim_end_matches("-dirty"));
    assert!(commit.is_none_or(|commit| commit.len() >= 7 && commit.bytes().all(|b| b.is_ascii_hexdigit())));
}

/// Newcomer A35: what is printed for programs was named in some places, and a bare list in others.
#[test]
fn json_is_one_object_that_names_its_schema() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().to_str().unwrap();
    let of_tree: [&[&str]; 6] = [
        &["facts"],
        &["history"],
        &["crio", "show"],
        &["crio", "check"],
        &["crio", "get", "crio.image.pause_image"],
        &["crio", "upgrade-notes", "1.30", "1.31"],
    ];
    let anywhere: [&[&str]; 7] = [
        &["crio", "options"],
        &["images", "--kubernetes-version", "v1.34.0"],
        &["images", "--kubernetes-version", "v1.34.0", "--mirror-to", "r.example.org"],
        &["explain", "--list"],
        &["explain", "pod-subnet-overlap"],
        &["check-config", "/dev/null"],
        &["probe-crio", "--socket", "/nosuch"],
    ];
    let of_tree = of_tree.iter().map(|words| [words, &["--root", root][..]].concat());
    for words in of_tree.chain(anywhere.iter().map(|words| words.to_vec())) {
        let output = k8sprep([&words[..], &["--output", "json"]].concat()).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{words:?}: {error}: {}", String::from_utf8_lossy(&output.stderr))
        });
        let schema = json["schema"].as_str().unwrap_or_else(|| panic!("{words:?}: {json}"));
        assert!(schema.starts_with("k8sprep.") && schema.ends_with("/v1"), "{words:?}: {schema}");
    }
}

/// Newcomer A37: a name that was given up is still understood, and shown nowhere.
#[test]
fn names_of_flags_that_were_given_up_still_work() {
    let gone: [(&[&str], &str); 5] = [
        (&["init-spec"], "--for"),
        (&["bundle", "create"], "--out"),
        (&["up"], "--limit"),
        (&["gen-config"], "--feature-gate"),
        (&["gen-config"], "--ignore-preflight-error"),
    ];
    for (words, flag) in gone {
        let (_, said) = failure(k8sprep([words, &[flag]].concat()));
        assert!(said.contains("a value is required for"), "{words:?} {flag}: {said}");
        let help = stdout(k8sprep([words, &["--help"]].concat()));
        assert!(!help.split([' ', '\n']).any(|word| word == flag), "{help}");
    }
}

/// Newcomer A36: the names of mirrors stood nowhere but in an error after a wrong guess.
#[test]
fn mirrors_are_named_in_help_schema_and_handbooks() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let pages =
        ["en/mirrors.md", "zh/src/mirrors.md"].map(|name| std::fs::read_to_string(root.join(name)).unwrap());
    let readmes = ["README.md", "README.zh-CN.md"]
        .map(|name| std::fs::read_to_string(root.join("..").join(name)).unwrap());
    let (help, schema) = (stdout(k8sprep(["plan", "--help"])), stdout(k8sprep(["schema"])));
    for mirror in host_prep::mirrors::Mirror::all() {
        let (name, (first, last)) = (mirror.name(), mirror.minors());
        // A name can stand for two mirrors, of other releases or other packages.
        for page in &pages {
            let mut rows = page.lines().filter(|line| line.starts_with(&format!("| `{name}` |")));
            let bounds = [Some(first), last];
            let told = |row: &str| bounds.iter().flatten().all(|minor| row.contains(&minor.bare()));
            assert!(rows.any(told), "{name}: {first} {last:?}: {page}");
        }
        assert!(help.contains(name) && schema.contains(name), "{name}");
        for readme in &readmes {
            let told = last.is_none_or(|last| readme.contains(&last.bare()));
            assert!(readme.contains(name) && told, "{name}: {last:?}");
        }
    }
}
