//! What a new user found a command to be silent about, or to say to people alone.

use serde_json::Value;

use crate::{failure, k8sprep, lay, stdout};

const SPEC: &str = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n";

/// A directory with a tree of Debian 12 and a spec.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    lay(dir.path(), "k8sprep.yaml", SPEC);
    dir
}

fn run(dir: &tempfile::TempDir, words: &[&str]) -> snapbox::cmd::Command {
    k8sprep(words.iter().copied()).args(["--root", "root"]).current_dir(dir.path())
}

/// Exit status, stdout and stderr.
fn all(command: snapbox::cmd::Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// newcomer A23: a program that asks for JSON gets a failure as an object, with the places of a file.
#[test]
fn a_failure_is_an_object_for_programs() {
    let dir = tree();
    lay(dir.path(), "k8sprep.yaml", "role: nothing\n");
    let (status, out, err) = all(run(&dir, &["plan", "--output", "json"]));
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (status, &told["schema"], &told["code"]),
        (1, &"k8sprep.failure/v1".into(), &"spec-invalid".into())
    );
    let role = told["problems"].as_array().unwrap().iter().find(|one| one["field"] == "role").unwrap();
    assert_eq!(
        (&role["line"], &role["column"], &role["file"]),
        (&1.into(), &7.into(), &"k8sprep.yaml".into())
    );
    assert!(err.contains("[spec-invalid]"), "people read the same on stderr: {err}");
    for (words, status, code) in [
        (&["ca-hash", "/nosuch", "--output", "json"][..], 1, "file-unreadable"),
        (&["facts", "--nosuch", "--output=json"], 2, "command-line-invalid"),
        (&["explain", "no-such", "--output", "json"], 2, "command-line-invalid"),
    ] {
        let (ended, out, _) = all(k8sprep(words.iter().copied()));
        let told: Value =
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{words:?}: {error}: {out}"));
        assert_eq!((ended, &told["code"]), (status, &code.into()), "{words:?}");
        assert!(told["message"].as_str().is_some_and(|text| !text.is_empty()) && told["hints"].is_array());
    }
    // Where there is a result, that is the one object.
    let (_, out, _) = all(k8sprep(["check-config", "/nosuch", "--output", "json"]));
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&told["schema"], &told["files"][0]["code"]),
        (&"k8sprep.check-config/v1".into(), &"file-unreadable".into())
    );
}

/// newcomer A24: the same mistake by flag and in a spec, in a tree and on a host.
#[test]
fn a_mirror_that_nobody_has_is_wrong_in_a_tree_too() {
    let (status, out, _) = all(run(&tree(), &["plan", "--mirror", "nosuch"]));
    assert_eq!(status, 1);
    assert!(out.contains("no mirror called `nosuch`") && out.contains("1 problem in the way"), "{out}");
    let unknown = tree();
    lay(unknown.path(), "root/etc/os-release", "ID=plan9\n");
    assert_eq!(all(run(&unknown, &["plan"])).0, 0, "what a tree is by itself is only told");
}

/// newcomer A25: what a command answers with a refusal alone is not offered.
#[test]
fn flags_that_a_command_refuses_are_not_in_its_help() {
    for (words, flags) in [
        (&["up", "--help"][..], &["--root"][..]),
        (&["bundle", "create", "--help"], &["--root <", "--no-packages ", "--bundle <", "--sha256 <"]),
        (&["bundle", "use", "--help"], &["--no-packages ", "--bundle <"]),
    ] {
        let help = stdout(k8sprep(words.iter().copied()));
        for flag in flags {
            assert!(!help.lines().any(|line| line.trim_start().starts_with(flag)), "{words:?}: {flag}");
        }
    }
    let (status, said) =
        failure(k8sprep(["bundle", "create", "-o", "/nowhere", "--sha256", &"0a".repeat(32)]));
    assert!(status == 2 && said.contains("leave --root, --bundle, --sha256"), "{said}");
}

/// newcomer A37.
#[test]
fn a_rollback_can_be_looked_at_first() {
    let dir = tree();
    let none = stdout(run(&dir, &["rollback", "--dry-run"]));
    assert_eq!(none, "there is nothing to roll back\n");
    run(&dir, &["apply", "--no-packages", "--yes"]).assert().success();
    let crictl = dir.path().join("root/etc/crictl.yaml");
    let shown = stdout(run(&dir, &["rollback", "--dry-run"]));
    assert!(
        shown.starts_with("transaction 1, ") && shown.contains("\n  undo: create /etc/crictl.yaml\n"),
        "{shown}"
    );
    let json = stdout(run(&dir, &["rollback", "--to", "0", "--dry-run", "--output", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["schema"], &json["transactions"][0]["id"]),
        (&"k8sprep.rollback-plan/v1".into(), &1.into())
    );
    assert!(crictl.exists(), "nothing is changed");
    assert_eq!(failure(run(&dir, &["rollback", "--to", "7", "--dry-run"])).0, 1);
    run(&dir, &["rollback"]).assert().success();
    assert!(!crictl.exists());
    assert_eq!(stdout(run(&dir, &["rollback", "--dry-run"])), "there is nothing to roll back\n");
}

/// newcomer A32, A22.
#[test]
fn what_is_left_to_do_is_told() {
    let pin = format!("sha256:{}", "5a".repeat(32));
    let words =
        ["join-command", "--endpoint", "192.0.2.1:6443", "--token", "abcdef.0123456789abcdef", "--pin", &pin];
    let (status, out, err) = all(k8sprep(words).arg("--control-plane"));
    assert!(status == 0 && out.contains("--control-plane") && err.contains("k8sprep certs upload"), "{err}");
    assert!(!all(k8sprep(words)).2.contains("certs upload"), "a worker needs no certificates");
    let (status, said) = failure(k8sprep(["check-config", "/etc"]));
    assert!(status == 1 && said.contains("hint: name its files: /etc/*.yaml"), "{said}");
}

/// newcomer A34; and each fault by its name, as everywhere.
#[test]
fn crio_commands_say_what_they_do_and_name_what_they_find() {
    let dir = tree();
    lay(dir.path(), "root/etc/crio/crio.conf", "[crio.runtime]\npids_limt = 5\n");
    let (_, out, _) = all(run(&dir, &["crio", "check", "--release", "1.34"]));
    assert!(out.contains("[misspelt-key]"), "{out}");
    let set = ["crio", "set", "--dry-run", "crio.runtime.log_level", "debug"];
    let (status, out, err) = all(run(&dir, &set));
    assert_eq!((status, &*out), (0, ""));
    assert!(err.contains("is left as it is (--dry-run): set crio.runtime.log_level = \"debug\""), "{err}");
    lay(dir.path(), "root/etc/containers/r.conf", "[[registry]]\n");
    let (_, out, _) = all(run(&dir, &["crio", "registries", "--check", "/etc/containers/r.conf"]));
    assert!(out.contains("[registries-conf-unreadable]"), "{out}");
}

/// wild B19: a word that is no mode was "not configured".
#[test]
fn a_mode_of_selinux_that_is_none_is_shown() {
    let dir = tree();
    lay(dir.path(), "root/etc/selinux/config", "SELINUX=disable\nSELINUXTYPE=targeted\n");
    let said = stdout(run(&dir, &["facts"]));
    assert!(said.contains("permissive: its configuration names no mode"), "{said}");
    assert!(said.contains("/etc/selinux/config:1: SELINUX=disable"), "{said}");
    lay(dir.path(), "k8sprep.yaml", &format!("{SPEC}selinux: enforcing\n"));
    let (_, out, _) = all(run(&dir, &["plan", "--no-packages"]));
    assert!(out.contains("names no mode of SELinux (/etc/selinux/config:1: SELINUX=disable)"), "{out}");
}

/// wild B11 to B13: the same host, and two answers.
#[test]
fn facts_and_verify_name_what_crios_files_name_and_is_not_there() {
    let dir = tree();
    let root = dir.path().join("root");
    for (path, text) in [
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("var/lib/dpkg/status", "Package: cri-o\nStatus: install ok installed\nVersion: 1.34.0-1.1\n"),
        ("usr/bin/crio", ""),
        ("etc/crio/crio.conf", "[crio.runtime.runtimes.crun]\nruntime_path = \"/usr/bin/crun-x\"\n"),
        ("etc/containers/storage.conf", "driver = overlay\n"),
        (
            "etc/containers/registries.conf",
            "[registries.search]\nregistries = [\"a\"]\n[[registry]]\nlocation = \"x\"\n",
        ),
    ] {
        lay(&root, path, text);
    }
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(root.join("usr/bin/crio"), mode).unwrap();
    let codes = ["oci-runtime-missing", "storage-conf-unreadable", "registries-conf-unreadable"];
    let facts = stdout(run(&dir, &["facts"]));
    let (status, verify, _) = all(run(&dir, &["verify", "--no-packages"]));
    let (_, check, _) = all(run(&dir, &["crio", "check"]));
    assert_eq!(status, 3);
    for code in codes {
        for said in [&facts, &verify, &check] {
            assert!(said.contains(&format!("[{code}]")), "{code}: {said}");
        }
    }
    assert!(facts.contains("crio: /etc/crio/crio.conf:2:16: validating runtime config: "), "{facts}");
}

/// A directory that is nobody's root, such as the place of a disk that is not mounted, is no host to any
/// command; a tree without `/proc` and with little else is one.
#[test]
fn an_empty_directory_is_no_host() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "k8sprep.yaml", SPEC);
    std::fs::create_dir(dir.path().join("root")).unwrap();
    let all_of =
        [&["facts"][..], &["verify"], &["plan"], &["apply"], &["doctor"], &["certs", "check"], &["seal"]];
    for words in all_of {
        let (status, out, err) = all(run(&dir, words));
        assert_eq!((status, out.as_str()), (1, ""), "{words:?}");
        assert!(err.contains("has neither /etc nor /usr nor /var [path-not-found]"), "{words:?}: {err}");
    }
    assert_eq!(std::fs::read_dir(dir.path().join("root")).unwrap().count(), 0);
    // A container image or what debootstrap makes.
    lay(dir.path(), "root/usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    for words in [&["facts"][..], &["plan", "--no-packages"], &["doctor"]] {
        let (_, _, err) = all(run(&dir, words));
        assert!(!err.contains("path-not-found"), "{words:?}: {err}");
    }
}
