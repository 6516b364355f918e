//! `k8sprep crio …` on the tree of a host that is not running.

use std::fs;
use std::path::Path;

use crate::{failure, k8sprep, stdout};

/// A tree with CRI-O's directories and these files in `/etc/crio`.
fn host(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc/crio/crio.conf.d")).unwrap();
    for (name, text) in files {
        fs::write(dir.path().join("etc/crio").join(name), text).unwrap();
    }
    dir
}

fn crio<'a>(root: &'a Path, args: &[&'a str]) -> snapbox::cmd::Command {
    let root = root.to_str().unwrap();
    let (command, rest) = args.split_first().unwrap();
    k8sprep(["crio", command, "--root", root].into_iter().chain(rest.iter().copied()))
}

fn drop_in(root: &Path) -> std::path::PathBuf {
    root.join("etc/crio/crio.conf.d/99-k8sprep.conf")
}

#[test]
fn set_writes_an_own_drop_in_that_get_finds() {
    let host = host(&[("crio.conf", "[crio.image]\npause_image = \"a/b:1\"\n")]);
    let set = ["set", "crio.image.pause_image", "registry.example.org/pause:3.10"];
    // Nothing runs in a tree that could take it.
    crio(host.path(), &set).assert().success().stderr_eq("");
    let text = fs::read_to_string(drop_in(host.path())).unwrap();
    assert_eq!(text, "[crio.image]\npause_image = \"registry.example.org/pause:3.10\"\n");
    let got = stdout(crio(host.path(), &["get", "crio.image.pause_image"]));
    assert_eq!(got, "\"registry.example.org/pause:3.10\"\n");
    let shown = stdout(crio(host.path(), &["show", "--origin"]));
    let line = shown.lines().find(|line| line.starts_with("pause_image = ")).unwrap();
    assert!(line.ends_with("# /etc/crio/crio.conf.d/99-k8sprep.conf:2"), "{line}");
}

#[test]
fn directories_that_are_missing_are_made_and_told() {
    let host = tempfile::tempdir().unwrap();
    let (image, mirror) = (
        ["set", "crio.image.pause_image", "a/b:1"],
        ["registries", "--write", "--mirror", "docker.io=mirror.example.org/hub"],
    );
    for (args, made) in [(&image[..], "etc/crio/crio.conf.d"), (&mirror, "etc/containers/registries.conf.d")]
    {
        let output = crio(host.path(), args).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("made {}\n", host.path().join(made).display())), "{said}");
    }
    assert!(drop_in(host.path()).exists());
    // What is not written makes nothing either.
    let other = tempfile::tempdir().unwrap();
    crio(other.path(), &["set", "--dry-run", "crio.image.pause_image", "a/b:1"]).assert().success();
    assert!(!other.path().join("etc").exists());
}

#[test]
fn links_in_a_tree_do_not_lead_a_write_out_of_it() {
    let (host, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir_all(host.path().join("etc")).unwrap();
    let inside = host.path().join(elsewhere.path().strip_prefix("/").unwrap());
    fs::create_dir_all(&inside).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), host.path().join("etc/crio")).unwrap();
    crio(host.path(), &["set", "crio.image.pause_image", "a/b:1"]).assert().success();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    assert!(inside.join("crio.conf.d/99-k8sprep.conf").exists());
}

#[test]
fn a_relative_file_means_one_of_the_running_host_only() {
    let host = host(&[]);
    let set = ["set", "--file", "crio.conf", "crio.runtime.log_level", "debug"];
    let (status, text) = failure(crio(host.path(), &set));
    assert_eq!((status, text.contains("is not a path of the host below --root")), (2, true), "{text}");
    let output = k8sprep(["crio", "set", "--file", "own.conf", "crio.runtime.log_level", "debug"])
        .current_dir(host.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "a running CRI-O takes it with: systemctl reload crio\n"
    );
    assert!(host.path().join("own.conf").exists());
}

#[test]
fn a_dry_run_shows_and_writes_nothing() {
    let host = host(&[("crio.conf", "# ours\r\n[crio.runtime]\r\nlog_level = \"info\" # quiet\r\n")]);
    let before = fs::read(host.path().join("etc/crio/crio.conf")).unwrap();
    let set =
        ["set", "--diff", "--dry-run", "--file", "/etc/crio/crio.conf", "crio.runtime.log_level", "debug"];
    let diff = stdout(crio(host.path(), &set));
    assert!(
        diff.contains("-log_level = \"info\" # quiet") && diff.contains("+log_level = \"debug\" # quiet"),
        "{diff}"
    );
    assert_eq!(fs::read(host.path().join("etc/crio/crio.conf")).unwrap(), before);
    assert!(!drop_in(host.path()).exists());
}

#[test]
fn a_broken_file_is_named_with_line_and_column_and_left_alone() {
    let host = host(&[("crio.conf", "[crio.runtime]\npids_limit = 77;\n")]);
    let set = ["set", "--file", "/etc/crio/crio.conf", "crio.runtime.log_level", "debug"];
    let (status, text) = failure(crio(host.path(), &set));
    assert_eq!(status, 1);
    assert!(text.starts_with("error: expected a top-level item to end with"), "{text}");
    let place = " --> /etc/crio/crio.conf:2:16\n  |\n2 | pids_limit = 77;\n  |                ^\n";
    assert!(text.contains(place) && text.ends_with("hint: nothing was written\n"), "{text}");
    assert_eq!(
        fs::read_to_string(host.path().join("etc/crio/crio.conf")).unwrap(),
        "[crio.runtime]\npids_limit = 77;\n"
    );
    let check = crio(host.path(), &["check"]).output().unwrap();
    assert_eq!(check.status.code(), Some(3));
    let drawn = String::from_utf8(check.stdout).unwrap();
    assert!(drawn.contains("--> /etc/crio/crio.conf:2:16") && drawn.contains("               ^"), "{drawn}");
}

#[test]
fn what_cri_o_would_refuse_is_not_written() {
    let host = host(&[]);
    let (status, text) = failure(crio(host.path(), &["set", "crio.image.pause_image", "A B"]));
    assert_eq!(status, 1);
    assert!(
        text.contains("repository name must be lowercase") && text.contains("nothing was written"),
        "{text}"
    );
    assert!(!drop_in(host.path()).exists());
}

#[test]
fn a_wrong_key_or_type_is_a_wrong_command_line() {
    let host = host(&[]);
    let (status, text) = failure(crio(host.path(), &["set", "crio.runtime.pids_limt", "5"]));
    assert_eq!((status, text.contains("did you mean crio.runtime.pids_limit?")), (2, true), "{text}");
    let (status, text) = failure(crio(host.path(), &["set", "crio.runtime.pids_limit", "many"]));
    assert_eq!((status, text.contains("takes a whole number")), (2, true), "{text}");
    let old = ["set", "--release", "1.31", "crio.image.registries", "a"];
    let (status, text) = failure(crio(host.path(), &old));
    assert_eq!((status, text.contains("it is gone since 1.31.0")), (2, true), "{text}");
}

#[test]
fn a_later_drop_in_is_warned_of() {
    let host = host(&[("crio.conf.d/zz.conf", "[crio.image]\npause_image = \"z/z:1\"\n")]);
    let output = crio(host.path(), &["set", "crio.image.pause_image", "a/b:1"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("CRI-O reads /etc/crio/crio.conf.d/zz.conf after"), "{text}");
}

#[test]
fn a_check_as_json_names_code_field_file_and_line() {
    let host = host(&[("crio.conf", "[crio.runtime]\npids_limt = 5\n")]);
    let json: serde_json::Value =
        serde_json::from_str(&stdout(crio(host.path(), &["check", "--output", "json"]))).unwrap();
    assert_eq!(json[0]["code"], "misspelt-key");
    assert_eq!(
        (json[0]["severity"].as_str(), json[0]["field"].as_str()),
        (Some("advice"), Some("crio.runtime.pids_limt"))
    );
    assert_eq!(json[0]["column"], 1);
    assert_eq!((json[0]["file"].as_str(), json[0]["line"].as_u64()), (Some("/etc/crio/crio.conf"), Some(2)));
}

#[test]
fn unset_gives_the_main_file_its_word_back() {
    let host = host(&[("crio.conf", "[crio.image]\npause_image = \"a/b:1\"\n")]);
    crio(host.path(), &["set", "crio.image.pause_image", "c/d:2"]).assert().success();
    crio(host.path(), &["unset", "crio.image.pause_image"]).assert().success();
    assert_eq!(stdout(crio(host.path(), &["get", "crio.image.pause_image"])), "\"a/b:1\"\n");
}

#[test]
fn a_mirror_is_written_and_checked() {
    let host = host(&[]);
    fs::create_dir_all(host.path().join("etc/containers/registries.conf.d")).unwrap();
    let mirror = ["registries", "--write", "--mirror", "registry.k8s.io=mirror.example.org/k8s"];
    crio(host.path(), &mirror).assert().success();
    let file = "/etc/containers/registries.conf.d/99-k8sprep.conf";
    let said = stdout(crio(host.path(), &["registries", "--check", file]));
    assert_eq!(said, "registry.k8s.io from mirror.example.org/k8s\n");
}

#[test]
fn an_upgrade_names_what_moves() {
    let host = host(&[]);
    let said = stdout(crio(host.path(), &["upgrade-notes", "1.30", "1.31"]));
    assert!(
        said.contains("crio.runtime.default_runtime: the default moves from \"runc\" to \"crun\""),
        "{said}"
    );
    assert!(said.contains("k8sprep crio set crio.runtime.runtimes.runc.runtime_root /run/runc"), "{said}");
}
