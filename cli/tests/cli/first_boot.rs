//! `k8sprep gen` and `seal`: what prepares a host before anybody logs in.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use serde_json::Value;

use crate::{failure, k8sprep, lay, stdout};

const TOKEN: &str = "abcdef.0123456789abcdef";
const WORKER: &str = "role: worker\nkubernetesVersion: v1.34.0\nnodeName: n1\njoin:\n  apiServerEndpoint: 192.0.2.10:6443\n  caCertHashes: [\"sha256:5e04fdd0a8de01f07825cb36563eb7954a1b5c2d3e4f5061728394a5b6c7d8e9\"]\n";
const DIGEST: &str = "5e04fdd0a8de01f07825cb36563eb7954a1b5c2d3e4f5061728394a5b6c7d8e9";

fn laid() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "worker.yaml", WORKER);
    lay(dir.path(), "plain.yaml", "role: worker\nkubernetesVersion: v1.34.0\n");
    lay(dir.path(), "token", &format!("{TOKEN}\n"));
    dir
}

fn made(dir: &Path, words: &[&str]) -> String {
    stdout(k8sprep(["gen"].iter().chain(words).copied()).current_dir(dir))
}

fn with_token(dir: &Path, target: &str) -> String {
    made(dir, &[target, "-f", "worker.yaml", "--token-from", "file:token"])
}

/// The spec within a file is what was given, with its token.
fn is_the_spec(text: &str) {
    let spec: Value = serde_yaml::from_str(text).unwrap();
    assert_eq!((&spec["join"]["token"], &spec["nodeName"]), (&TOKEN.into(), &"n1".into()), "{text}");
}

#[test]
fn cloud_init_writes_the_spec_and_runs_a_list() {
    let dir = laid();
    let text = with_token(dir.path(), "cloud-init");
    assert!(text.starts_with("#cloud-config\n"), "{text}");
    let config: Value = serde_yaml::from_str(&text).unwrap();
    let file = &config["write_files"][0];
    assert_eq!((&file["path"], &file["owner"]), (&"/etc/k8sprep/k8sprep.yaml".into(), &"root:root".into()));
    // YAML 1.1, which cloud-init reads, takes 0600 without quotes for a number.
    assert!(text.contains("permissions: '0600'") || text.contains("permissions: \"0600\""), "{text}");
    is_the_spec(file["content"].as_str().unwrap());
    let command: Vec<&str> =
        config["runcmd"][0].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(
        command,
        ["k8sprep", "up", "--spec", "/etc/k8sprep/k8sprep.yaml", "--yes", "--output", "json"]
    );
    assert!(!config["runcmd"].to_string().contains(TOKEN));
    let plain = made(dir.path(), &["cloud-init", "-f", "plain.yaml", "--no-packages"]);
    assert!(plain.contains("- apply\n") && plain.contains("- --no-packages\n"), "{plain}");
    // A program is fetched, compared and run by one command: one that fails is not passed over.
    let url = "https://example.com/k8sprep";
    let fetched =
        made(dir.path(), &["cloud-init", "-f", "plain.yaml", "--program-url", url, "--sha256", DIGEST]);
    let config: Value = serde_yaml::from_str(&fetched).unwrap();
    assert_eq!(config["runcmd"].as_array().unwrap().len(), 1);
    let script = config["runcmd"][0][2].as_str().unwrap();
    assert!(script.starts_with("set -eu\n") && script.contains("sha256sum -c"), "{script}");
    assert!(Command::new("sh").args(["-n", "-c", script]).status().unwrap().success(), "{script}");
    assert_eq!((&config["runcmd"][0][4], &config["runcmd"][0][5]), (&url.into(), &DIGEST.into()));
}

#[test]
fn the_installer_of_ubuntu_gets_the_same_within() {
    let dir = laid();
    let (outer, alone) = (with_token(dir.path(), "autoinstall"), with_token(dir.path(), "cloud-init"));
    let outer: Value = serde_yaml::from_str(&outer).unwrap();
    let alone: Value = serde_yaml::from_str(&alone).unwrap();
    assert_eq!(outer["autoinstall"]["version"], 1);
    assert_eq!(outer["autoinstall"]["user-data"], alone);
}

#[test]
fn ignition_has_decimal_modes_and_digests() {
    let dir = laid();
    let url = ["--program-url", "https://example.com/k8sprep", "--sha256", DIGEST];
    let words = [&["ignition", "-f", "worker.yaml", "--token-from", "file:token"][..], &url].concat();
    let config: Value = serde_json::from_str(&made(dir.path(), &words)).unwrap();
    assert_eq!(config["ignition"]["version"], "3.3.0");
    let files = config["storage"]["files"].as_array().unwrap();
    assert_eq!((&files[0]["mode"], &files[1]["mode"]), (&384.into(), &493.into()));
    let source = files[0]["contents"]["source"].as_str().unwrap().strip_prefix("data:;base64,").unwrap();
    let spec = base64::engine::general_purpose::STANDARD.decode(source).unwrap();
    is_the_spec(std::str::from_utf8(&spec).unwrap());
    let hash: String = {
        use sha2::Digest as _;
        sha2::Sha256::digest(&spec).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(files[0]["contents"]["verification"]["hash"], format!("sha256-{hash}"));
    assert_eq!(files[1]["contents"]["verification"]["hash"], format!("sha256-{DIGEST}"));
    let unit = &config["systemd"]["units"][0];
    assert_eq!(unit["enabled"], true);
    let contents = unit["contents"].as_str().unwrap();
    assert!(contents.contains("ExecStart=/opt/bin/k8sprep up --spec"), "{contents}");
    // It starts the kubelet itself: one that waits for the unit would wait for ever.
    assert!(
        contents.contains("\nExecStartPost=/bin/systemctl disable k8sprep-first-boot.service\n"),
        "{contents}"
    );
    assert!(!contents.contains("Before=") && contents.contains("WantedBy=multi-user.target"), "{contents}");
}

#[test]
fn kickstart_prepares_within_and_leaves_the_rest_to_the_first_boot() {
    let dir = laid();
    let text = with_token(dir.path(), "kickstart");
    let script = text.split_once("k8sprep.log\n").unwrap().1.split_once("%end").unwrap().0;
    let check = Command::new("sh").args(["-n", "-c", script]).status().unwrap();
    assert!(check.success(), "{script}");
    let spec = text.split("<<'K8SPREP_SPEC'\n").nth(1).unwrap().split("K8SPREP_SPEC\n").next().unwrap();
    is_the_spec(spec);
    assert!(text.contains("\nk8sprep apply --root / --spec /etc/k8sprep/k8sprep.yaml\n"), "{text}");
    assert!(text.contains("systemctl enable k8sprep-first-boot.service\n"), "{text}");
    assert!(text.contains("%post --erroronfail") && text.ends_with("%end\n"), "{text}");
    let plain = made(dir.path(), &["kickstart", "-f", "plain.yaml"]);
    assert!(!plain.contains("systemctl enable"), "nothing is left to the first boot: {plain}");
}

/// The script's own files, in a tree: mode and content.
#[test]
fn the_script_of_kickstart_writes_what_it_says() {
    let dir = laid();
    let text = with_token(dir.path(), "kickstart");
    let script = text.split_once("k8sprep.log\n").unwrap().1.split_once("%end").unwrap().0;
    let root = dir.path().join("root");
    let at = root.to_str().unwrap();
    // A chroot wants root: paths are led into a tree instead, and programs are named only.
    let script = script.replace("/etc/", &format!("{at}/etc/"));
    let script =
        format!("k8sprep() {{ echo \"k8sprep $*\"; }}; systemctl() {{ echo \"systemctl $*\"; }}\n{script}");
    std::fs::create_dir_all(root.join("etc/systemd/system")).unwrap();
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let spec = root.join("etc/k8sprep/k8sprep.yaml");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&spec).unwrap().permissions().mode() & 0o777, 0o600);
    is_the_spec(&std::fs::read_to_string(&spec).unwrap());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("k8sprep apply --root /"), "{said}");
    assert!(!said.contains(TOKEN), "no secret stands on a command line: {said}");
    assert!(root.join("etc/systemd/system/k8sprep-first-boot.service").exists());
}

#[test]
fn cluster_api_and_images_get_nothing_of_one_node() {
    let dir = laid();
    for target in ["capi", "containerfile"] {
        let text = with_token(dir.path(), target);
        assert!(
            !text.contains(TOKEN) && !text.contains("apiServerEndpoint") && !text.contains("n1\n"),
            "{text}"
        );
    }
    let capi = with_token(dir.path(), "capi");
    let documents: Vec<Value> =
        capi.split("---\n").map(|document| serde_yaml::from_str(document).unwrap()).collect();
    assert_eq!(
        (&documents[0]["kind"], &documents[1]["kind"]),
        (&"Secret".into(), &"KubeadmConfigTemplate".into())
    );
    assert_eq!(documents[1]["apiVersion"], "bootstrap.cluster.x-k8s.io/v1beta2");
    let spec: Value =
        serde_yaml::from_str(documents[0]["stringData"]["k8sprep.yaml"].as_str().unwrap()).unwrap();
    assert_eq!(spec["kubeadm"], "leave");
    let inner = &documents[1]["spec"]["template"]["spec"];
    assert_eq!(inner["preKubeadmCommands"][0], "k8sprep apply --spec /etc/k8sprep/k8sprep.yaml");
    assert_eq!(inner["files"][0]["contentFrom"]["secret"]["name"], documents[0]["metadata"]["name"]);
    assert_eq!(inner["joinConfiguration"]["nodeRegistration"]["criSocket"], "unix:///var/run/crio/crio.sock");
    let image = with_token(dir.path(), "containerfile");
    assert!(
        image.contains("k8sprep apply --root / --spec /etc/k8sprep/k8sprep.yaml && k8sprep seal --this-host"),
        "{image}"
    );
    assert!(image.contains("\nFROM quay.io/fedora/fedora-bootc:43\n"), "{image}");
    let own = made(dir.path(), &["containerfile", "-f", "plain.yaml", "--from", "example.com/base:1"]);
    assert!(own.contains("\nFROM example.com/base:1\n"), "{own}");
}

#[test]
fn a_token_comes_from_a_file_the_environment_or_later() {
    let dir = laid();
    let run = |from: &str| {
        k8sprep(["gen", "cloud-init", "-f", "worker.yaml", "--token-from", from]).current_dir(dir.path())
    };
    assert!(stdout(run("env:T").env("T", TOKEN)).contains(TOKEN));
    let later = stdout(run("placeholder"));
    assert!(later.contains("token: ${K8SPREP_TOKEN}") && !later.contains("zzzzzz"), "{later}");
    let (status, said) = failure(k8sprep(["gen", "cloud-init", "-f", "worker.yaml"]).current_dir(dir.path()));
    assert!(status == 1 && said.contains("--token-from"), "{said}");
    // What holds something else may hold another secret, and a token is not repeated.
    let (status, said) = failure(run("env:T").env("T", "hunter2"));
    assert!(status == 2 && !said.contains("hunter2"), "{said}");
    assert_eq!(failure(run("env:NONE")).0, 2);
    assert_eq!(failure(run("file:/no/such")).0, 1);
    let (status, _) = failure(run(TOKEN));
    assert_eq!(status, 2);
    let encoded = ["gen", "ignition", "-f", "worker.yaml", "--token-from", "placeholder"];
    assert!(failure(k8sprep(encoded).current_dir(dir.path())).1.contains("encoded"));
}

#[test]
fn a_file_with_a_token_is_for_root_alone_and_is_not_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = laid();
    let words = ["gen", "cloud-init", "-f", "worker.yaml", "--token-from", "file:token", "-o", "user-data"];
    assert_eq!(stdout(k8sprep(words).current_dir(dir.path())), "");
    let mode = std::fs::metadata(dir.path().join("user-data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(failure(k8sprep(words).current_dir(dir.path())).0, 1);
}

#[test]
fn a_url_is_one_word_and_needs_its_digest() {
    let dir = laid();
    let gen_with = |words: &[&'static str]| {
        failure(
            k8sprep(["gen", "kickstart", "-f", "plain.yaml"].iter().chain(words).copied())
                .current_dir(dir.path()),
        )
    };
    assert_eq!(gen_with(&["--program-url", "https://e/x"]).0, 2);
    for url in ["https://e/x; reboot", "https://e/$(reboot)", "ftp://e/x", "https://e/'x"] {
        assert_eq!(gen_with(&["--program-url", url, "--sha256", DIGEST]).0, 2, "{url}");
    }
}

/// An image that was prepared here is sealed: run twice, looked at first, refused where it may not be.
#[test]
fn seal_takes_what_is_of_one_host_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    lay(&root, "etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    lay(&root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    lay(&root, "var/lib/systemd/random-seed", "x");
    lay(&root, "etc/ssh/ssh_host_ed25519_key", "x");
    lay(
        dir.path(),
        "k8sprep.yaml",
        "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n",
    );
    let run = |words: &[&'static str]| k8sprep(words.iter().copied()).current_dir(dir.path());
    run(&["apply", "--root", "root", "--no-packages"]).assert().success();
    let of = |words: &[&'static str]| -> Value {
        serde_json::from_str(&stdout(run(&[words, &["--output", "json"]].concat()))).unwrap()
    };
    let paths = |told: &Value| -> Vec<String> {
        told["taken"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect()
    };
    let looked = of(&["seal", "--root", "root", "--dry-run"]);
    assert_eq!(looked["changed"], false);
    assert!(
        root.join("var/lib/k8sprep/journals").exists()
            && root.join("etc/kubernetes/k8sprep/kubeadm.yaml").exists()
    );
    let sealed = of(&["seal", "--root", "root"]);
    assert_eq!((paths(&looked), &sealed["changed"]), (paths(&sealed), &true.into()));
    for path in [
        "/etc/machine-id",
        "/var/lib/systemd/random-seed",
        "/etc/kubernetes/k8sprep/kubeadm.yaml",
        "/var/lib/k8sprep/journals",
    ] {
        assert!(paths(&sealed).iter().any(|one| one == path), "{path}: {sealed}");
    }
    assert_eq!(std::fs::read(root.join("etc/machine-id")).unwrap(), b"");
    assert!(
        !root.join("var/lib/k8sprep").exists() && !root.join("etc/kubernetes/k8sprep/kubeadm.yaml").exists()
    );
    assert_eq!(sealed["notes"][0]["code"], "host-key-left");
    assert!(root.join("etc/ssh/ssh_host_ed25519_key").exists(), "that is somebody else's to decide");
    assert!(root.join("etc/modules-load.d/k8sprep.conf").exists(), "what prepares the host stays");
    let again = of(&["seal", "--root", "root"]);
    assert_eq!((&again["changed"], paths(&again).len()), (&false.into(), 0));
    assert!(stdout(run(&["history", "--root", "root"])).is_empty());
}

#[test]
fn seal_refuses_the_host_it_runs_on_and_a_node() {
    for words in [&["seal"][..], &["seal", "--root", "/"], &["seal", "--root", "/usr/.."]] {
        let (status, said) = failure(k8sprep(words.iter().copied()));
        assert!(status == 2 && said.contains("--this-host"), "{said}");
    }
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "etc/kubernetes/kubelet.conf", "apiVersion: v1\nkind: Config\n");
    lay(dir.path(), "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    let (status, said) = failure(k8sprep(["seal", "--root", dir.path().to_str().unwrap()]));
    assert!(status == 1 && said.contains("[node-not-sealed]"), "{said}");
    assert_ne!(std::fs::read(dir.path().join("etc/machine-id")).unwrap(), b"", "nothing was taken");
}

/// A program of another project: made by `tests/validators/make`, or on this machine.
fn program(name: &str) -> Option<std::path::PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/validators");
    let dirs = [own.join("bin"), own.join("venv/bin")];
    let path = crate::path();
    let found = dirs
        .into_iter()
        .chain(std::env::split_paths(&path))
        .map(|dir| dir.join(name))
        .find(|one| one.exists());
    if found.is_none() {
        test_kit::skip(format_args!("{name} is not here"));
    }
    found
}

/// Whether it takes the text as a file, and what it said.
fn judged(words: &[&std::ffi::OsStr], text: &str) -> (bool, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(words[0]).args(&words[1..]).arg(&file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Every target but a Containerfile, as the program reads it that it is for.
#[test]
#[ignore = "run it with `tests/layer programs`"]
fn other_programs_take_the_files() {
    let dir = laid();
    lay(dir.path(), "cp.yaml", "kubernetesVersion: v1.34.0\nnodeName: cp1\n");
    let url = ["--program-url", "https://example.com/k8sprep", "--sha256", DIGEST];
    let with_program = |target: &str| made(dir.path(), &[&[target, "-f", "plain.yaml"][..], &url].concat());
    if let Some(cloud_init) = program("cloud-init") {
        let words = [cloud_init.as_os_str(), "schema".as_ref(), "--config-file".as_ref()];
        let inner = |text: String| -> String {
            let outer: Value = serde_yaml::from_str(&text).unwrap();
            format!("#cloud-config\n{}", serde_yaml::to_string(&outer["autoinstall"]["user-data"]).unwrap())
        };
        for text in [
            with_token(dir.path(), "cloud-init"),
            with_program("cloud-init"),
            inner(with_token(dir.path(), "autoinstall")),
        ] {
            let (fine, said) = judged(&words, &text);
            assert!(fine && !said.contains("Invalid"), "{said}\n{text}");
            let wrong = text.replace("permissions:", "permission:");
            assert!(!judged(&words, &wrong).0, "the validator sees a wrong key");
        }
    }
    if let Some(ksvalidator) = program("ksvalidator") {
        let words = [ksvalidator.as_os_str(), "-v".as_ref(), "RHEL9".as_ref()];
        for text in [with_token(dir.path(), "kickstart"), with_program("kickstart")] {
            assert!(judged(&words, &text).0, "{}\n{text}", judged(&words, &text).1);
            assert!(!judged(&words, &text.replace("--erroronfail", "--errorfail")).0);
        }
    }
    if let Some(validate) = program("validate") {
        for text in [with_token(dir.path(), "ignition"), with_program("ignition")] {
            let (fine, said) = judged(&[validate.as_os_str()], &text);
            assert!(fine && said.trim().is_empty(), "a warning is a failure: {said}");
            let (_, said) = judged(&[validate.as_os_str()], &text.replace("\"enabled\"", "\"enable\""));
            assert!(said.contains("warning"), "{said}");
        }
    }
    if let Some(capi) = program("capi") {
        let words = ["sh".as_ref(), "-c".as_ref(), "\"$0\" < \"$1\"".as_ref(), capi.as_os_str()];
        for spec in ["worker.yaml", "cp.yaml"] {
            let text = made(dir.path(), &["capi", "-f", spec, "--token-from", "file:token"]);
            assert!(judged(&words, &text).0, "{}\n{text}", judged(&words, &text).1);
            assert!(!judged(&words, &text.replace("preKubeadmCommands", "preKubeadmCommand")).0);
        }
    }
}

/// The hooks as pre-commit runs them, over a repository of files.
#[test]
#[ignore = "run it with `tests/layer programs`"]
fn pre_commit_runs_the_hook() {
    let Some(pre_commit) = program("pre-commit") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (hooks, files) = (dir.path().join("hooks"), dir.path().join("files"));
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.pre-commit-hooks.yaml");
    lay(&hooks, ".pre-commit-hooks.yaml", &std::fs::read_to_string(own).unwrap());
    lay(
        &files,
        "kubeadm.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n",
    );
    lay(&files, "other.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    let git = |at: &Path, words: &[&str]| {
        let fixed = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main"];
        let done = Command::new("git").current_dir(at).args(fixed).args(words).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    for at in [&hooks, &files] {
        git(at, &["init", "-q"]);
        git(at, &["add", "-A"]);
        git(at, &["commit", "-qm", "files"]);
    }
    let own = snapbox::cmd::cargo_bin!("k8sprep");
    let program = own.parent().unwrap().to_owned();
    let path =
        std::env::join_paths([program].into_iter().chain(std::env::split_paths(&crate::path()))).unwrap();
    let run = || {
        let words = ["try-repo", hooks.to_str().unwrap(), "k8sprep-lint-system", "--all-files", "--verbose"];
        let command = Command::new(&pre_commit)
            .current_dir(&files)
            .env("PATH", &path)
            .env("PRE_COMMIT_HOME", dir.path().join("home"))
            .args(words)
            .output();
        let output = command.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (fine, said) = run();
    assert!(fine && said.contains("kubeadm.yaml: kubeadm"), "{said}");
    lay(
        &files,
        "proxy.yaml",
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nft\n",
    );
    git(&files, &["add", "-A"]);
    let (fine, said) = run();
    assert!(!fine && said.contains("[proxy-mode]"), "{said}");
}
