//! `k8sprep crio …` on the tree of a host that is not running: what is set, and what was before.

use std::fs;
use std::path::Path;

use crate::{failure, k8sprep, stdout};

mod check;
mod elsewhere;
mod registries;

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
    root.join("etc/crio/crio.conf.d/99-k8sprep.set.conf")
}

#[test]
fn set_writes_an_own_drop_in_that_get_finds() {
    let host = host(&[("crio.conf", "[crio.image]\npause_image = \"a/b:1\"\n")]);
    let set = ["set", "crio.image.pause_image", "registry.example.org/pause:3.10"];
    // Nothing runs in a tree that could take it.
    crio(host.path(), &set).assert().success().stderr_eq(
        "CRI-O is not installed here: 1.37 is assumed; `--release` says another\n\
         /etc/crio/crio.conf.d/99-k8sprep.set.conf: set crio.image.pause_image = \"registry.example.org/pause:3.10\"\n",
    );
    let text = fs::read_to_string(drop_in(host.path())).unwrap();
    assert_eq!(text, "[crio.image]\npause_image = \"registry.example.org/pause:3.10\"\n");
    let got = stdout(crio(host.path(), &["get", "crio.image.pause_image"]));
    assert_eq!(got, "\"registry.example.org/pause:3.10\"\n");
    let shown = stdout(crio(host.path(), &["show", "--origin"]));
    let line = shown.lines().find(|line| line.starts_with("pause_image = ")).unwrap();
    assert!(line.ends_with("# /etc/crio/crio.conf.d/99-k8sprep.set.conf:2"), "{line}");
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
    assert!(inside.join("crio.conf.d/99-k8sprep.set.conf").exists());
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
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("own.conf: set crio.runtime.log_level = \"debug\"\n"), "{said}");
    assert!(said.contains("CRI-O does not read ") && !said.contains("systemctl"), "{said}");
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

/// Programs behind a proxy take it with and without its scheme.
#[test]
fn a_password_goes_into_the_file_alone() {
    let host = host(&[]);
    let value = r#"["http_proxy=http://li:S3cret@p:3128","https_proxy=li:S3cret@p:3128"]"#;
    for args in [&["--diff"][..], &["--output", "json"]] {
        let set = [&["set"], args, &["crio.runtime.default_env", value]].concat();
        let done = crio(host.path(), &set).output().unwrap();
        let told = [done.stdout, done.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(
            done.status.success() && told.contains("li:***@p:3128") && !told.contains("S3cret"),
            "{told}"
        );
        assert!(fs::read_to_string(drop_in(host.path())).unwrap().contains("li:S3cret@p"));
        let journals = host.path().join("var/lib/k8sprep/journals");
        for journal in fs::read_dir(journals).unwrap() {
            let text = fs::read_to_string(journal.unwrap().path()).unwrap();
            assert!(!text.contains("S3cret"), "{text}");
        }
        fs::remove_file(drop_in(host.path())).unwrap();
    }
}

#[test]
fn a_broken_file_is_named_with_line_and_column_and_left_alone() {
    let host = host(&[("crio.conf", "[crio.runtime]\npids_limit = 77;\n")]);
    let set = ["set", "--file", "/etc/crio/crio.conf", "crio.runtime.log_level", "debug"];
    let (status, text) = failure(crio(host.path(), &set));
    assert_eq!(status, 1);
    assert!(text.contains("error: expected a top-level item to end with"), "{text}");
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
fn unset_gives_the_main_file_its_word_back() {
    let host = host(&[("crio.conf", "[crio.image]\npause_image = \"a/b:1\"\n")]);
    crio(host.path(), &["set", "crio.image.pause_image", "c/d:2"]).assert().success();
    crio(host.path(), &["unset", "crio.image.pause_image"]).assert().success();
    assert_eq!(stdout(crio(host.path(), &["get", "crio.image.pause_image"])), "\"a/b:1\"\n");
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

/// Every file below `etc`, with its bytes.
fn files(root: &Path) -> Vec<(std::path::PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut open = vec![root.join("etc")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).ok();
            if bytes.is_none() {
                open.push(path.clone());
            }
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// Wild B5: the table, the drop-in and the directory that `set` made stayed.
/// The link is somebody's: what it leads to loses the key, and neither of the two goes.
#[test]
fn unset_leaves_a_link_and_what_it_leads_to() {
    let host = host(&[("crio.conf.d/99-k8sprep.set.conf", ""), ("kept.conf", "")]);
    let drop_in = host.path().join("etc/crio/crio.conf.d/99-k8sprep.set.conf");
    fs::remove_file(&drop_in).unwrap();
    std::os::unix::fs::symlink("/etc/crio/kept.conf", &drop_in).unwrap();
    crio(host.path(), &["set", "crio.runtime.pids_limit", "5"]).assert().success();
    crio(host.path(), &["unset", "crio.runtime.pids_limit"]).assert().success();
    assert!(drop_in.is_symlink());
    assert_eq!(fs::read_to_string(host.path().join("etc/crio/kept.conf")).unwrap(), "");
}

#[test]
fn unset_gives_back_every_byte_that_set_wrote() {
    let key = "crio.runtime.runtimes.kata.runtime_path";
    for text in
        ["", "[crio.image]\npause_image = \"a/b:1\"", "# [crio.runtime]\n\n[crio.api]\n", "[crio.image]\r\n"]
    {
        let host = host(&[("crio.conf", text)]);
        let before = files(host.path());
        for file in [&["--file", "/etc/crio/crio.conf"][..], &[]] {
            crio(host.path(), &[&["set"][..], file, &[key, "/usr/bin/kata"]].concat()).assert().success();
            assert_ne!(files(host.path()), before);
            crio(host.path(), &[&["unset"][..], file, &[key]].concat()).assert().success();
            assert_eq!(files(host.path()), before, "{text:?} {file:?}");
        }
    }
    let bare = tempfile::tempdir().unwrap();
    fs::create_dir(bare.path().join("etc")).unwrap();
    crio(bare.path(), &["set", key, "/usr/bin/kata"]).assert().success();
    crio(bare.path(), &["set", "crio.image.pause_image", "a/b:1"]).assert().success();
    crio(bare.path(), &["unset", key]).assert().success();
    crio(bare.path(), &["unset", "crio.image.pause_image"]).assert().success();
    assert!(files(bare.path()).is_empty());
}

#[test]
fn an_empty_table_that_was_there_before_stays() {
    let text = "[crio.runtime.runtimes.kata]\n";
    let host = host(&[("crio.conf", text)]);
    let key = "crio.runtime.runtimes.kata.runtime_path";
    crio(host.path(), &["set", "--file", "/etc/crio/crio.conf", key, "/usr/bin/kata"]).assert().success();
    crio(host.path(), &["unset", "--file", "/etc/crio/crio.conf", key]).assert().success();
    assert_eq!(fs::read_to_string(host.path().join("etc/crio/crio.conf")).unwrap(), text);
}

/// Newcomer A8: what `set` writes is in the history, and a rollback takes it back.
#[test]
fn set_is_in_the_history_and_rolled_back() {
    let host = host(&[]);
    let before = files(host.path());
    crio(host.path(), &["set", "crio.runtime.log_level", "debug"]).assert().success();
    let root = host.path().to_str().unwrap();
    let history = stdout(k8sprep(["history", "--root", root, "1"]));
    assert!(history.contains("/etc/crio/crio.conf.d/99-k8sprep.set.conf"), "{history}");
    k8sprep(["rollback", "--root", root]).assert().success();
    assert_eq!(files(host.path()), before);
}

#[test]
fn the_release_is_that_of_the_installed_package() {
    let host = host(&[]);
    fs::create_dir_all(host.path().join("var/lib/dpkg")).unwrap();
    let status = "Package: cri-o\nStatus: install ok installed\nVersion: 1.33.4-1.1\n";
    fs::write(host.path().join("var/lib/dpkg/status"), status).unwrap();
    let got = stdout(crio(host.path(), &["get", "--raw", "crio.image.pause_image"]));
    assert_eq!(got, "registry.k8s.io/pause:3.10\n");
    let output = crio(host.path(), &["upgrade-notes", "1.34"]).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("CRI-O 1.33.4, the installed package cri-o"), "{said}");
}

/// A tree with CRI-O 1.34 and everything it needs.
fn whole() -> tempfile::TempDir {
    let host = host(&[]);
    let put = |path: &str, text: &str| {
        let path = host.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("var/lib/dpkg/status", "Package: cri-o\nStatus: install ok installed\nVersion: 1.34.11-1.1\n");
    for program in ["crio", "crun", "conmon", "pinns"] {
        put(&format!("usr/bin/{program}"), "");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(host.path().join(format!("usr/bin/{program}")), mode).unwrap();
    }
    put("etc/containers/policy.json", r#"{"default": [{"type": "insecureAcceptAnything"}]}"#);
    put(
        "etc/cni/net.d/10-a.conflist",
        r#"{"cniVersion": "1.0.0", "name": "a", "plugins": [{"type": "bridge", "ipam": {"type": "host-local"}}]}"#,
    );
    put("opt/cni/bin/bridge", "");
    put("opt/cni/bin/host-local", "");
    host
}

/// Two that write the same file at once: neither takes back what the other was told is done.
#[test]
fn what_is_said_to_be_set_is_set_whoever_else_sets() {
    for _ in 0..8 {
        let host = host(&[]);
        let set = |key: &'static str, value: &'static str| {
            let root = host.path().to_owned();
            std::thread::spawn(move || crio(&root, &["set", key, value]).output().unwrap().status.success())
        };
        let both = [("crio.runtime.log_level", "debug"), ("crio.image.pause_image", "x/y:9")];
        let done: Vec<_> = both.map(|(key, value)| (value, set(key, value))).into();
        for (value, done) in done {
            if done.join().unwrap() {
                let text = fs::read_to_string(drop_in(host.path())).unwrap();
                assert!(text.contains(value), "{value}: {text}");
            }
        }
    }
}
