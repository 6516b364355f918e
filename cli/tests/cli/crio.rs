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
fn a_check_as_json_names_code_field_file_and_line() {
    let host = host(&[("crio.conf", "[crio.runtime]\npids_limt = 5\n")]);
    let json: serde_json::Value =
        serde_json::from_str(&stdout(crio(host.path(), &["check", "--output", "json"]))).unwrap();
    assert_eq!(json["schema"], "k8sprep.crio-check/v1");
    let first = &json["remarks"][0];
    assert_eq!(first["code"], "misspelt-key");
    assert_eq!(
        (first["severity"].as_str(), first["field"].as_str()),
        (Some("advice"), Some("crio.runtime.pids_limt"))
    );
    assert_eq!(first["column"], 1);
    assert_eq!((first["file"].as_str(), first["line"].as_u64()), (Some("/etc/crio/crio.conf"), Some(2)));
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

/// Newcomer A7: the second call threw the mirrors of the first away, and what other files say was
/// not in force any more.
#[test]
fn mirrors_join_what_stands_there() {
    let host = host(&[]);
    let dir = host.path().join("etc/containers/registries.conf.d");
    fs::create_dir_all(&dir).unwrap();
    let theirs = "[[registry]]\nprefix = \"ghcr.io\"\nlocation = \"ghcr.io\"\ninsecure = true\n\n\
                  [[registry.mirror]]\nlocation = \"old.example.org\"\n";
    fs::write(dir.join("10-theirs.conf"), theirs).unwrap();
    let write = |mirror: &str| stdout(crio(host.path(), &["registries", "--write", "--mirror", mirror]));
    write("docker.io=m1.example.org");
    let diff = write("quay.io=m2.example.org");
    assert!(diff.contains("+location = \"m2.example.org\"") && !diff.contains("-location"), "{diff}");
    write("docker.io=m3.example.org");
    write("ghcr.io=m4.example.org");
    let file = dir.join("99-k8sprep.conf");
    let said = stdout(crio(
        host.path(),
        &["registries", "--check", "/etc/containers/registries.conf.d/99-k8sprep.conf"],
    ));
    assert_eq!(
        said,
        "docker.io from m3.example.org, then m1.example.org\nquay.io from m2.example.org\n\
         ghcr.io from m4.example.org, then old.example.org\n"
    );
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("insecure = true"), "{text}");
    // Asked again, nothing changes.
    let output =
        crio(host.path(), &["registries", "--write", "--mirror", "ghcr.io=m4.example.org"]).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

/// What CRI-O would refuse is not written into, and what has no effect is told.
#[test]
fn mirrors_are_not_put_where_cri_o_would_not_ask_them() {
    let write = |said: &str, more: &[&str]| {
        let host = host(&[]);
        let dir = host.path().join("etc/containers/registries.conf.d");
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("99-k8sprep.conf");
        fs::write(&file, said).unwrap();
        let args = [&["registries", "--write", "--mirror", "a.example=m.example"], more].concat();
        let output = crio(host.path(), &args).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), told, fs::read_to_string(file).unwrap())
    };
    for (said, code) in [
        ("[registries.search]\nregistries = [\"docker.io\"]\n", "registries-old-form"),
        ("registry = [{location = \"a.example\"}]\n", "key-in-the-way"),
        ("registry = 5\n", "registries-conf-unreadable"),
        ("[[registry]]\nprefix = \"b.example\"\n", "registries-conf-unreadable"),
        ("[[registry]\n", "crio-toml-broken"),
    ] {
        let (status, told, text) = write(said, &[]);
        assert_eq!((status, text.as_str()), (1, said), "{told}");
        let at_home = told.contains(": line 1,") || told.contains(": line 2,");
        assert!(told.contains(code) && told.contains("nothing was written") && at_home, "{told}");
    }
    let blocked = "[[registry]]\nlocation = \"a.example\"\nblocked = true\n";
    let (status, told, _) = write(blocked, &[]);
    assert!(status == 0 && told.contains("[registry-entry-blocked]"), "{told}");
    let elsewhere = "[[registry]]\nprefix = \"a.example\"\nlocation = \"b.example\"\n";
    let (status, told, _) = write(elsewhere, &["--no-fallback"]);
    assert!(status == 0 && told.contains("b.example stays the last that is asked"), "{told}");
}

/// One file, one answer: `--check` judges as `crio check` does.
#[test]
fn a_registries_file_is_judged_alike_by_both_commands() {
    let said = "[[registry]]\nlocation = \"a.example\"\nblocked = \"yes\"\n";
    let host = whole();
    let dir = host.path().join("etc/containers/registries.conf.d");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("10.conf"), said).unwrap();
    let path = "/etc/containers/registries.conf.d/10.conf";
    let of_file = crio(host.path(), &["registries", "--check", path, "--output", "json"]).output().unwrap();
    let of_host = crio(host.path(), &["check", "--output", "json"]).output().unwrap();
    for output in [of_file, of_host] {
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let first = &json["remarks"][0];
        assert_eq!(
            (first["code"].as_str(), first["line"].as_u64()),
            (Some("registries-conf-unreadable"), Some(3))
        );
        assert_eq!(json["accepted"], false);
    }
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

#[test]
fn a_whole_host_has_no_problems_and_says_by_which_release() {
    let host = whole();
    let said = stdout(crio(host.path(), &["check"]));
    assert_eq!(said, "no problems found, read as CRI-O 1.34.11, the installed package cri-o\n");
}

/// Wild B6, B11 to B13, B17: what keeps CRI-O from starting or its network from being ready, one
/// fault each.
#[test]
fn what_crio_needs_beside_its_files_is_looked_at() {
    let registries = "etc/containers/registries.conf";
    let drop_in = "etc/containers/registries.conf.d/10.conf";
    let cases: &[(&str, Option<&str>, &str, i32)] = &[
        ("usr/bin/crun", None, "oci-runtime-missing", 3),
        ("usr/bin/conmon", None, "conmon-not-usable", 3),
        ("usr/bin/pinns", None, "pinns-missing", 3),
        ("etc/containers/storage.conf", Some("[storage]\ndriver = overlay\n"), "storage-conf-unreadable", 3),
        ("etc/containers/storage.conf", Some("[storage]\ndriver = 5\n"), "storage-conf-unreadable", 3),
        (
            "etc/containers/storage.conf",
            Some(
                "[storage]\ndriver = \"overlay\"\n[storage.options.overlay]\nmount_program = \"/usr/bin/fuse-overlayfs\"\n",
            ),
            "storage-conf-path-missing",
            3,
        ),
        (
            registries,
            Some("[registries.search]\nregistries = [\"a\"]\n[[registry]]\nlocation = \"b\"\n"),
            "registries-conf-unreadable",
            3,
        ),
        (drop_in, Some("[registries.search]\nregistries = [\"a\"]\n"), "registries-conf-unreadable", 3),
        (drop_in, Some("[[registry]]\nprefix = \"docker.io\"\n"), "registries-conf-unreadable", 3),
        (drop_in, Some("[[registry]]\nlocation = \"https://docker.io\"\n"), "registries-conf-unreadable", 3),
        (
            drop_in,
            Some("unqualified-search-registries = [\"docker.io/library\"]\n"),
            "registries-conf-unreadable",
            3,
        ),
        (
            drop_in,
            Some("[[registry]]\nlocation = \"registry.k8s.io\"\nblocked = true\n"),
            "registry-blocked",
            0,
        ),
        ("etc/containers/policy.json", None, "policy-json-missing", 0),
        ("etc/containers/policy.json", Some("{}"), "policy-json-invalid", 0),
        (
            "etc/containers/policy.json",
            Some(r#"{"default": [{"type": "reject"}]}"#),
            "policy-json-rejects",
            0,
        ),
        ("etc/cni/net.d/10-a.conflist", None, "cni-config-missing", 0),
        ("etc/cni/net.d/10-a.conflist", Some("{"), "cni-config-broken", 0),
        ("etc/crio/crio.conf", Some("[crio.network]\ncni_default_network = \"b\"\n"), "no-such-network", 0),
        ("opt/cni/bin/bridge", None, "cni-plugin-missing", 0),
        (
            "etc/crio/crio.conf",
            Some("[crio.network]\nplugin_dirs = [\"/usr/bin\"]\n"),
            "cni-plugin-dir-mismatch",
            0,
        ),
        (
            "etc/crio/crio.conf",
            Some("[crio.network]\nplugin_dirs = [\"/opt/elsewhere\"]\n"),
            "cni-plugin-dir-mismatch",
            0,
        ),
        (
            "etc/crio/crio.conf",
            Some("[crio.network]\nnetwork_dir = \"/usr/bin/crun\"\n"),
            "crio-value-refused",
            3,
        ),
        ("etc/crio/crio.conf", Some("[crio]\nstorage_driver = \"overlay3\"\n"), "storage-driver-unknown", 3),
        // What the unit has CRI-O read is what is judged, as by facts and verify.
        (
            "etc/systemd/system/crio.service",
            Some("[Service]\nExecStart=/usr/bin/crio --config /usr/bin\n"),
            "crio-toml-broken",
            3,
        ),
        // The unit: CRI-O does not start either where systemd cannot start it.
        ("etc/systemd/system/crio.service", Some(""), "unit-masked", 3),
        (
            "etc/systemd/system/crio.service",
            Some("[Service]\nEnvironmentFile=/etc/crio/crio.env\nExecStart=/usr/bin/crio\n"),
            "environment-file-missing",
            3,
        ),
        (
            "etc/systemd/system/crio.service",
            Some("[Service]\nExecStart=/usr/bin/crio\nExecStart=/usr/bin/crio --log-level=debug\n"),
            "exec-start-duplicated",
            3,
        ),
        ("etc/containers/storage.conf", Some("[storage]\ndriver = \"ovl\"\n"), "storage-driver-unknown", 3),
    ];
    for (path, text, code, exit) in cases {
        let host = whole();
        let file = host.path().join(path);
        match text {
            Some(text) => {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, text).unwrap();
            }
            None => fs::remove_file(&file).unwrap(),
        }
        let output = crio(host.path(), &["check", "--output", "json"]).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let codes: Vec<_> = json["remarks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|remark| remark["code"].as_str().unwrap())
            .collect();
        assert_eq!(
            (codes.as_slice(), output.status.code()),
            (&[*code][..], Some(*exit)),
            "{path} {text:?}: {json}"
        );
        assert_eq!(
            (json["release"].as_str(), json["releaseFrom"].as_str()),
            (Some("1.34.11"), Some("package"))
        );
    }
}

#[test]
fn a_host_without_crio_is_told_of() {
    let host = host(&[]);
    let said = stdout(crio(host.path(), &["check"]));
    assert!(said.contains("CRI-O is not installed here"), "{said}");
}

/// Files of wherever are judged alike on every host, and one that cannot be read does not keep the
/// others from being checked.
#[test]
fn files_that_are_named_are_checked_each_alone() {
    let host = host(&[
        ("good.conf", "[crio.runtime]\nlog_level = \"debug\"\n"),
        ("bad.conf", "[crio.runtime]\npids_limit = \"x\"\n"),
    ]);
    let at = |name: &str| host.path().join("etc/crio").join(name).to_str().unwrap().to_owned();
    let check =
        |files: &[&str]| k8sprep([&["crio", "check", "--release", "1.34"], files].concat()).output().unwrap();
    let output = check(&[&at("good.conf")]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("{}: no problems found, read as CRI-O 1.34\n", at("good.conf")));
    let output = check(&["/nosuch.conf", &at("bad.conf"), &at("good.conf"), "--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["accepted"], &json["remarks"][0]["file"]), (&false.into(), &at("bad.conf").into()));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read /nosuch.conf"));
    let stdin = k8sprep(["crio", "check", "-"]).stdin("[crio.runtime]\npids_limit = \"x\"\n").assert();
    let said = String::from_utf8(stdin.code(3).get_output().stdout.clone()).unwrap();
    assert!(said.contains("stdin:2:14"), "{said}");
}

/// `facts` and `crio check` say the same of CRI-O's unit.
#[test]
fn a_line_of_the_unit_that_systemd_ignores_is_a_warning() {
    let host = whole();
    let dir = host.path().join("etc/systemd/system/crio.service.d");
    fs::create_dir_all(&dir).unwrap();
    fs::write(host.path().join("etc/systemd/system/crio.service"), "[Service]\nExecStart=/usr/bin/crio\n")
        .unwrap();
    fs::write(dir.join("10-a.conf"), "[Service]\n\"NO_PROXY=10.0.0.0/8\"\n").unwrap();
    let words = "10-a.conf:2: systemd ignores it: Unknown key '\"NO_PROXY' in section [Service], ignoring.";
    let output = crio(host.path(), &["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(words), "{output:?}");
    let facts = stdout(crate::k8sprep(["facts", "--root", host.path().to_str().unwrap()]));
    assert!(facts.contains(words), "{facts}");
    fs::write(dir.join("20-b.conf"), "[Service]\nExecStart=/usr/bin/crio --x\n").unwrap();
    let output = crio(host.path(), &["check", "--output", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "systemd refuses the unit");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<_> =
        json["remarks"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unit-line-ignored", "exec-start-duplicated"], "{json}");
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
