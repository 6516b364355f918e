//! plan, apply, verify, rollback, history, recover, confirm on a tree.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::{failure, k8sprep, stdout};

/// A tree to be a node, and the spec beside it.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("root/etc")).unwrap();
        std::fs::write(dir.path().join("root/etc/fstab"), "/dev/sda2 none swap sw 0 0\n").unwrap();
        let spec = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n";
        std::fs::write(dir.path().join("k8sprep.yaml"), spec).unwrap();
        Self(dir)
    }

    fn run(&self, words: &[&str]) -> snapbox::cmd::Command {
        let root = self.0.path().join("root").display().to_string();
        k8sprep(words.iter().copied()).arg("--root").arg(root).current_dir(self.0.path())
    }

    fn fstab(&self) -> String {
        std::fs::read_to_string(self.0.path().join("root/etc/fstab")).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        Path::new(&self.0.path().join("root").join(path)).exists()
    }
}

/// An initramfs is made of files, and a tree has one too: both ways it has to be made anew, in the
/// tree.
#[test]
fn what_has_to_be_run_is_said_there_and_back() {
    let tree = Tree::new();
    let file = "root/etc/initramfs-tools/conf.d/resume";
    std::fs::create_dir_all(tree.0.path().join(file).parent().unwrap()).unwrap();
    std::fs::write(tree.0.path().join(file), "RESUME=UUID=1234\n").unwrap();
    let command = format!("now run: chroot {} update-initramfs -u\n", tree.0.path().join("root").display());
    assert!(stdout(tree.run(&["plan"])).contains("afterwards: update-initramfs -u\n"));
    assert!(stdout(tree.run(&["apply"])).ends_with(&command));
    assert_eq!(std::fs::read_to_string(tree.0.path().join(file)).unwrap(), "RESUME=none\n");
    assert!(stdout(tree.run(&["rollback"])).ends_with(&command));
}

#[test]
fn from_plan_to_rollback() {
    let tree = Tree::new();
    let plan = stdout(tree.run(&["plan"]));
    assert!(plan.contains("+# k8sprep: swap is off: /dev/sda2 none swap sw 0 0"), "{plan}");
    assert!(plan.contains("+kind: ClusterConfiguration") && plan.contains("token: ***"), "{plan}");
    tree.run(&["plan", "--check"]).assert().code(3);
    tree.run(&["verify"]).assert().code(3);
    assert!(stdout(tree.run(&["apply", "--dry-run"])).ends_with("steps to take\n"));
    assert!(tree.fstab().starts_with("/dev/sda2"), "nothing is changed so far");

    assert!(stdout(tree.run(&["apply"])).ends_with("transaction 1\n"));
    assert!(tree.fstab().starts_with("# k8sprep"));
    assert!(tree.has("etc/kubernetes/k8sprep/kubeadm.yaml"));
    assert_eq!(stdout(tree.run(&["verify"])), "the host is as wanted\n");
    assert_eq!(stdout(tree.run(&["apply"])), "nothing to change\n");
    tree.run(&["plan", "--check"]).assert().code(0);

    assert!(stdout(tree.run(&["history"])).contains("applied"));
    assert!(stdout(tree.run(&["history", "1"])).contains("change /etc/fstab (taken)"));
    assert!(stdout(tree.run(&["rollback"])).starts_with("rolled back: transaction 1"));
    assert_eq!(tree.fstab(), "/dev/sda2 none swap sw 0 0\n");
    assert!(!tree.has("etc/kubernetes"));
    assert_eq!(stdout(tree.run(&["rollback"])), "there is nothing to roll back\n");
    assert_eq!(stdout(tree.run(&["recover"])), "there is nothing to roll back\n");
}

#[test]
fn a_file_changed_since_makes_the_rollback_incomplete() {
    let tree = Tree::new();
    stdout(tree.run(&["apply"]));
    std::fs::write(tree.0.path().join("root/etc/fstab"), "theirs\n").unwrap();
    let output = tree.run(&["rollback", "--output", "json"]).assert().code(4).get_output().stdout.clone();
    let report: serde_json::Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(report["complete"], false);
    assert_eq!(report["kept"][0]["wanted"], "/etc/.fstab.k8sprep-wanted");
    assert_eq!(tree.fstab(), "theirs\n");
    // By force it goes back, and theirs is kept.
    let report: serde_json::Value =
        serde_json::from_str(&stdout(tree.run(&["rollback", "--force", "--output", "json"]))).unwrap();
    assert_eq!(tree.fstab(), "/dev/sda2 none swap sw 0 0\n");
    assert!(!tree.has("etc/.fstab.k8sprep-wanted"));
    let saved = report["overwritten"][0]["saved"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(saved).unwrap(), "theirs\n");
    assert!(stdout(tree.run(&["history"])).ends_with("rolled back\n"));
}

#[test]
fn one_step_alone() {
    let tree = Tree::new();
    let plan: serde_json::Value =
        serde_json::from_str(&stdout(tree.run(&["plan", "--output", "json"]))).unwrap();
    let steps = plan["steps"].as_array().unwrap();
    let fstab = steps.iter().find(|step| step["change"]["path"] == "/etc/fstab").unwrap();
    assert_eq!(fstab["change"]["before"]["content"]["text"], "/dev/sda2 none swap sw 0 0\n");
    stdout(tree.run(&["apply", "--step", &fstab["number"].to_string()]));
    assert!(tree.fstab().starts_with("# k8sprep"));
    assert!(!tree.has("etc/crictl.yaml"));
    let (code, text) = failure(tree.run(&["apply", "--step", "99"]));
    assert_eq!(code, 1);
    assert!(text.contains("there is no step 99"), "{text}");
}

#[test]
fn unless_confirmed_everything_is_rolled_back() {
    let tree = Tree::new();
    stdout(tree.run(&["apply", "--confirm-within", "4s"]));
    assert!(tree.has("etc/crictl.yaml"));
    let end = Instant::now() + Duration::from_secs(30);
    while tree.has("etc/crictl.yaml") && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    // Whoever took the last file back may still be at its journal.
    assert!(stdout(tree.run(&["recover", "--wait", "30s"])).contains("nothing"));
    assert_eq!(tree.fstab(), "/dev/sda2 none swap sw 0 0\n");

    stdout(tree.run(&["apply", "--confirm-within", "6s"]));
    assert_eq!(stdout(tree.run(&["confirm"])), "transaction 2 stays\n");
    std::thread::sleep(Duration::from_millis(7500));
    assert_eq!(stdout(tree.run(&["verify"])), "the host is as wanted\n");
    let (code, text) = failure(tree.run(&["confirm"]));
    assert_eq!(code, 1);
    assert!(text.contains("nothing waits"), "{text}");
    let (_, text) = failure(tree.run(&["confirm", "2"]));
    assert!(text.contains("transaction 2 does not wait"), "{text}");
}

#[test]
fn down_asks_and_nobody_to_ask_is_a_no() {
    let tree = Tree::new();
    stdout(tree.run(&["apply"]));
    let (status, said) = failure(tree.run(&["down"]));
    assert_eq!(status, 1);
    assert!(said.starts_with("error: nothing was changed: there is nobody to ask"), "{said}");
    assert!(tree.has("etc/crictl.yaml"));
}

#[test]
fn a_spec_may_come_over_stdin() {
    let tree = Tree::new();
    let spec = std::fs::read(tree.0.path().join("k8sprep.yaml")).unwrap();
    let plan = stdout(tree.run(&["plan", "-f", "-"]).stdin(spec));
    assert!(plan.contains("/etc/crictl.yaml"), "{plan}");
    let (status, said) = failure(tree.run(&["plan", "-f", "-"]).stdin(&b"kubernetesVersion: \xff"[..]));
    assert!(status == 1 && said.starts_with("error: cannot read stdin: invalid utf-8"), "{said}");
}

#[test]
fn a_spec_that_is_missing_or_wrong_is_said_to_be() {
    let tree = Tree::new();
    std::fs::remove_file(tree.0.path().join("k8sprep.yaml")).unwrap();
    let (code, text) = failure(tree.run(&["plan"]));
    assert_eq!(code, 1);
    assert!(text.contains("k8sprep init-spec"), "{text}");
    tree.run(&["plan", "--kubernetes-version", "v1.34.0"]).assert().code(0);
    std::fs::write(tree.0.path().join("bad.yaml"), "kubernetesVersion: v1.34.0\nswapp: off\n").unwrap();
    let (code, text) = failure(tree.run(&["plan", "--spec", "bad.yaml"]));
    assert_eq!(code, 1);
    assert!(text.contains("bad.yaml:2:1"), "{text}");
}

#[test]
fn a_plan_is_as_its_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(&stdout(k8sprep(["schema", "plan"]))).unwrap();
    let required = schema["required"].as_array().unwrap();
    let plan: serde_json::Value =
        serde_json::from_str(&stdout(Tree::new().run(&["plan", "--output", "json"]))).unwrap();
    for name in required {
        assert!(plan.get(name.as_str().unwrap()).is_some(), "{name}");
    }
    let known = schema["properties"].as_object().unwrap();
    assert!(plan.as_object().unwrap().keys().all(|key| known.contains_key(key)));
}

#[test]
fn repositories_of_a_tree_want_keys_and_its_packages_are_told() {
    let tree = Tree::new();
    std::fs::write(
        tree.0.path().join("root/etc/os-release"),
        "ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel\"\n",
    )
    .unwrap();
    std::fs::write(tree.0.path().join("page.html"), "<html>log in first</html>\n").unwrap();
    let keyed = || tree.run(&["plan", "--key", "page.html"]).output().unwrap();
    let out = String::from_utf8(keyed().stdout).unwrap();
    assert!(
        out.contains("problem: repository: the keys of the Kubernetes repository cannot be used: page.html:"),
        "{out}"
    );
    assert!(out.contains("change /etc/fstab"), "the rest of the plan is shown: {out}");
    assert!(out.contains("it needs kubelet 1.34.0, kubeadm 1.34.0, kubectl 1.34.0, cri-o 1.34"), "{out}");
    let (code, said) = failure(tree.run(&["apply", "--key", "page.html"]));
    assert_eq!(code, 1);
    assert!(said.contains("nothing was changed: the keys of the Kubernetes repository"), "{said}");
    assert!(said.contains("--no-packages"), "{said}");
    assert!(stdout(tree.run(&["apply", "--no-packages"])).ends_with("transaction 1\n"));
    // A verification fetches nothing.
    let said = tree.run(&["verify"]).assert().code(3).get_output().stdout.clone();
    assert!(String::from_utf8(said).unwrap().contains("they are not on this host"));
}

/// Whoever waits plans what is left to do when it is its turn, and does not fail over what the one
/// before it did.
#[test]
fn three_that_wait_for_each_other_all_end_well() {
    for _ in 0..3 {
        let tree = Tree::new();
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| tree.run(&["apply", "--wait", "60s"]).output().unwrap()))
                .collect();
            for run in runs {
                let done = run.join().unwrap();
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            }
        });
        assert_eq!(stdout(tree.run(&["history"])).lines().count(), 1, "one did it all");
        assert_eq!(stdout(tree.run(&["verify"])), "the host is as wanted\n");
    }
}

#[test]
fn a_result_that_cannot_be_printed_says_what_was_done() {
    let tree = Tree::new();
    for (words, done) in [
        (&["apply"][..], "steps taken, transaction 1, but cannot write the result to stdout"),
        (&["rollback"], "everything is as it was, but cannot write the result to stdout"),
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_k8sprep"));
        command.args(words).arg("--root").arg(tree.0.path().join("root")).current_dir(tree.0.path());
        let out = command.stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1));
        assert!(said.contains(done), "{said}");
    }
}

#[test]
fn what_cannot_be_read_of_the_history_is_said_with_what_to_do() {
    let tree = Tree::new();
    stdout(tree.run(&["apply"]));
    let journals = tree.0.path().join("root/var/lib/k8sprep/journals");
    std::fs::write(journals.join("5.journal"), "copy").unwrap();
    let journal = journals.join("000001.journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let history = tree.run(&["history"]).output().unwrap();
    assert_eq!(history.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&history.stdout).contains("cannot be read to its end"));
    let said = String::from_utf8_lossy(&history.stderr).into_owned();
    assert!(said.contains("5.journal is not a journal of k8sprep by its name"), "{said}");
    assert!(said.contains("000001.journal is damaged at line "), "{said}");
    let recover = tree.run(&["recover"]).output().unwrap();
    let said = String::from_utf8_lossy(&recover.stderr).into_owned();
    assert_eq!(recover.status.code(), Some(1));
    assert!(said.contains("hint: move the file out of that directory"), "{said}");
    assert!(tree.fstab().starts_with("# k8sprep"), "a good node stays");
}

#[test]
fn what_is_kept_on_a_host_has_its_modes_under_any_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    for umask in ["0", "022", "077"] {
        let tree = Tree::new();
        let run = format!("umask {umask}; exec \"$0\" \"$@\"");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &run, env!("CARGO_BIN_EXE_k8sprep"), "apply", "--root"]);
        let out = command.arg(tree.0.path().join("root")).current_dir(tree.0.path()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let state = "var/lib/k8sprep";
        for (path, mode) in [
            ("var".to_owned(), 0o755),
            ("var/lib".to_owned(), 0o755),
            (state.to_owned(), 0o700),
            (format!("{state}/journals"), 0o700),
            (format!("{state}/backups"), 0o700),
            (format!("{state}/lock"), 0o600),
            (format!("{state}/journals/000001.journal"), 0o600),
        ] {
            let found = std::fs::metadata(tree.0.path().join("root").join(&path)).unwrap();
            assert_eq!(found.permissions().mode() & 0o7777, mode, "{path} under umask {umask}");
        }
    }
}

#[test]
fn a_key_that_is_not_pinned_is_named_with_how_to_pin_it() {
    let tree = Tree::new();
    let rocky = "ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel\"\n";
    std::fs::write(tree.0.path().join("root/etc/os-release"), rocky).unwrap();
    std::fs::write(
        tree.0.path().join("key.asc"),
        include_str!("../../../host-prep/src/resource/repo/testdata/kubernetes.asc"),
    )
    .unwrap();
    let plan = |key: &str| stdout_of(&tree.run(&["plan", "--key", key]).output().unwrap());
    let said = plan("key.asc");
    let key = "DE15B14486CD377B9E876E1A234654DA9A296436";
    assert!(said.contains(&format!("key.asc: it holds the key {key}, which is not pinned")), "{said}");
    assert!(said.contains(&format!("`--pin {key}`")), "{said}");
    assert!(said.contains("under `pins` in the spec"), "{said}");
    let whole = tree.run(&["apply", "--key", "key.asc", "--pin", &"0".repeat(40)]).output().unwrap();
    let whole = String::from_utf8(whole.stderr).unwrap();
    assert_eq!(whole.matches(&"0".repeat(40)).count(), 1, "a pin is named once: {whole}");
    // Of a device no more is read than any key has.
    assert!(plan("/dev/zero").contains("/dev/zero: it is larger than 1048576 bytes"));
    // What lies on the host is judged as well, and the first one that was there is named.
    let there = tree.0.path().join("root/etc/pki/rpm-gpg");
    std::fs::create_dir_all(&there).unwrap();
    std::fs::write(
        there.join("RPM-GPG-KEY-cri-o"),
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n=AAAA\nBBBB\n",
    )
    .unwrap();
    let said = tree.run(&["verify"]).assert().code(3).get_output().stdout.clone();
    let said = String::from_utf8(said).unwrap();
    assert!(
        said.contains("/RPM-GPG-KEY-cri-o: it is refused, because it holds a line after the checksum"),
        "{said}"
    );
}

fn stdout_of(output: &std::process::Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A tree shows what kubeadm has left as well as a host that runs does (issue 14, B15).
#[test]
fn what_kubeadm_did_not_finish_or_has_lost_is_a_difference() {
    let tree = Tree::new();
    stdout(tree.run(&["apply"]));
    assert_eq!(stdout(tree.run(&["verify"])), "the host is as wanted\n");
    let lay = |path: &str, text: &str| {
        crate::lay(&tree.0.path().join("root"), path, text);
    };
    let said = || {
        let output = tree.run(&["verify", "--output", "json"]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    lay("etc/kubernetes/pki/ca.crt", "c");
    lay("etc/kubernetes/pki/ca.key", "k");
    let (_, text) = said();
    assert!(
        !text.contains("\"kubeadm-failed\""),
        "a CA that was brought along is no trace of kubeadm: {text}"
    );
    lay("etc/kubernetes/pki/apiserver.crt", "c");
    let (status, text) = said();
    assert!(status == Some(3) && text.contains("\"kubeadm-failed\""), "{status:?} {text}");
    assert!(text.contains("kubeadm init") && text.contains("--resume"), "{text}");
    lay("var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"\"\n");
    let (status, text) = said();
    assert!(status == Some(3) && text.contains("\"kubelet-client-certificate-unusable\""), "{text}");
    assert!(!text.contains("\"kubeadm-failed\""), "one cause is told once: {text}");
}

/// A worker's spec on a control plane: there was nothing to change, which was no answer.
#[test]
fn a_spec_of_another_kind_of_node_is_a_problem_of_every_command() {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("root/etc/kubernetes/kubelet.conf", "client-certificate: /var/lib/kubelet/pki/x.pem\n"),
        ("root/etc/kubernetes/manifests/etcd.yaml", "kind: Pod\n"),
        ("root/etc/kubernetes/manifests/kube-apiserver.yaml", "kind: Pod\n"),
        ("root/etc/kubernetes/pki/ca.key", "x\n"),
        ("root/etc/kubernetes/pki/apiserver.crt", "x\n"),
        ("root/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n"),
        ("k8sprep.yaml", "kubernetesVersion: v1.34.2\nrole: worker\nnodeName: n1\n"),
    ] {
        crate::lay(dir.path(), path, text);
    }
    for (command, status) in [("plan", 1), ("verify", 3), ("apply", 1)] {
        let mut command = vec![command, "--root", "root", "--no-packages"];
        if command[0] == "apply" {
            command.push("--yes");
        }
        let output = k8sprep(command.iter().copied()).current_dir(dir.path()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains("a control plane") && said.contains("asks for a worker"),
            "{command:?}: {said}"
        );
        assert_eq!(output.status.code(), Some(status), "{command:?}: {said}");
    }
    assert!(!dir.path().join("root/var/lib/k8sprep").exists());
}
