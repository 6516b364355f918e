//! The line of help that kubeadm's own words lack, in each command that says them.

use crate::{failure, k8sprep, stdout};

const MISSPELT: &str = "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
resolverConfig: /x
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
";

/// newcomer A19: the field alone was the whole error.
#[test]
fn gen_config_says_of_a_file_what_check_config_says() {
    let (status, said) = failure(k8sprep(["gen-config", "--from", "-"]).stdin(MISSPELT));
    assert_eq!(status, 1);
    for part in ["unknown field \"resolverConfig\"", "stdin:3:1", "help:", "--lossy"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let map = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    v: \"5\"\n";
    let (_, said) = failure(k8sprep(["gen-config", "--from", "-"]).stdin(map));
    assert!(said.contains("- name: v"), "{said}");
}

/// wild B19: a file that is nearly kubeadm's is named.
#[test]
fn gen_config_names_what_is_nearly_a_file_of_kubeadm() {
    let kind = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n";
    let (status, said) = failure(k8sprep(["gen-config", "--from", "-"]).stdin(kind));
    assert_eq!(status, 1);
    assert!(said.contains("kind cluster configuration"), "{said}");
}

/// wild B19, newcomer A21: its own mirror is no advice.
#[test]
fn what_gen_config_makes_for_a_flat_mirror_needs_no_advice_on_coredns() {
    let made =
        k8sprep(["gen-config", "--mirror", "aliyun", "--kubernetes-version", "v1.34.0", "--node-name", "a"]);
    let made = stdout(made.args(["--advertise-address", "192.0.2.1"]));
    let checked = stdout(k8sprep(["check-config", "-"]).stdin(made));
    assert!(!checked.contains("coredns-path"), "{checked}");
}

/// newcomer A29, A30: told where the documents are made, not only where they are checked.
#[test]
fn gen_config_tells_what_would_not_come_up() {
    let host = ["--node-name", "a", "--advertise-address", "192.0.2.1"];
    let of = |args: &str| {
        let assert = k8sprep(args.split_whitespace().chain(host)).assert().success();
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    let dual = "gen-config --kubernetes-version v1.34.0 --pod-subnet 10.244.0.0/16,fd00:1::/56";
    let said = of(dual);
    assert!(said.contains("[families-differ]") && said.contains("[node-ip-missing]"), "{said}");
    let said = of("gen-config --kubernetes-version v1.21.0");
    assert!(said.contains("[cgroup-driver-unset]") && said.contains("--cgroup-driver systemd"), "{said}");
    assert_eq!(of("gen-config --kubernetes-version v1.21.0 --cgroup-driver systemd"), "");
    let said = of("gen-config --kubernetes-version v1.34.0 --set KubeProxyConfiguration.mode=nft");
    assert!(said.contains("nftables") && said.contains("[proxy-mode]"), "{said}");
}

/// newcomer A13, A29: a release that is assumed or not known is told, in JSON too.
#[test]
fn a_release_that_was_not_named_is_told() {
    let host = ["--node-name", "a", "--advertise-address", "192.0.2.1"];
    let newer = k8sprep(["gen-config", "--kubernetes-version", "v1.99.0"]).args(host);
    let newer = String::from_utf8(newer.assert().success().get_output().stderr.clone()).unwrap();
    assert!(newer.contains("newer than what is known") && newer.contains("[release-unknown]"), "{newer}");
    for args in ["images", "print-defaults init", "migrate-config -"] {
        let file = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n";
        let assert = k8sprep(args.split(' ')).stdin(file).assert().success();
        let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(said.contains("assumed as the newest known"), "{args}: {said}");
    }
    let json = stdout(k8sprep(["images", "--output", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["kubeadmFrom"], "newest-known");
    let old = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  criSocket: /a.sock\n";
    let checked = stdout(k8sprep(["check-config", "-"]).stdin(old));
    assert!(checked.contains("assumed from the file's API version"), "{checked}");
    // wild B19: the warning has its line, and a look-up that nobody made is not told.
    assert!(checked.contains("stdin:4:14") && checked.contains("\"unix:///a.sock\""), "{checked}");
    assert!(!checked.contains("could not fetch"), "{checked}");
}

/// newcomer A31: kubeadm names a subcommand of its own.
#[test]
fn print_defaults_says_since_when_a_kind_is_there() {
    let (status, said) = failure(k8sprep(["print-defaults", "reset", "--kubernetes-version", "v1.28.0"]));
    assert_eq!(status, 1);
    assert!(said.contains("came with kubeadm 1.29"), "{said}");
    let help = stdout(k8sprep(["print-defaults", "--help"]));
    assert!(!help.contains("in the file"), "{help}");
}

/// A value as long as a file is cut, and a line end in a value makes no line of ours.
#[test]
fn a_message_repeats_no_value_of_a_whole_file() {
    let long = "x".repeat(100_000);
    let (_, said) = failure(k8sprep(["explain", &long]));
    assert!(said.contains("(100000 characters)") && said.len() < 2_000, "{} bytes", said.len());
    let file = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: \"{long}\\n\"\n"
    );
    let assert = k8sprep(["check-config", "-"]).stdin(file).assert().code(3);
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(said.contains("characters)") && said.len() < 4_000, "{said}");
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: \"a\\nb\"\n";
    let assert = k8sprep(["check-config", "-"]).stdin(file).assert().code(3);
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(said.contains("\"a\\nb\""), "{said}");
}

/// Fresh eyes: 1.30 is the number 1.3 to YAML, and was answered with v1.3.0; an effect that there is
/// not was handed on.
#[test]
fn a_cure_is_one_that_kubeadm_takes() {
    let of = |document: &str, more: &[&str]| {
        let text = format!("apiVersion: kubeadm.k8s.io/v1beta3\n{document}");
        let command = ["check-config", "-"].iter().chain(more).copied();
        let output = k8sprep(command).stdin(text).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    for (written, wanted) in [("1.30", "v1.30.0"), ("1.20", "v1.20.0"), ("1.31", "v1.31.0")] {
        let said = of(&format!("kind: ClusterConfiguration\nkubernetesVersion: {written}\n"), &[]);
        assert!(said.contains(&format!("\"{wanted}\"")), "{written}: {said}");
    }
    let taint = "kind: InitConfiguration\nnodeRegistration:\n  taints:\n  - {key: node-role.kubernetes.io/master, effect: NoSched}\n";
    let said = of(taint, &["--kubernetes-version", "v1.27.0"]);
    assert!(said.contains("control-plane:NoSchedule,"), "{said}");
}

/// Fresh eyes: of a map the first key was marked, whichever was wrong.
#[test]
fn the_key_of_a_map_that_is_wrong_is_marked() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.1\napiServer:\n  \
                extraArgs:\n    zz-nonsense: \"1\"\n    audit-log-maxage: \"5\"\n    a-nonsense: \"2\"\n";
    let output = k8sprep(["check-config", "-"]).stdin(text).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    for (flag, line) in [("zz-nonsense", 6), ("a-nonsense", 8)] {
        let after =
            said.split(&format!("no flag --{flag}")).nth(1).unwrap_or_else(|| panic!("{flag}: {said}"));
        assert!(after.split_once("stdin:").unwrap().1.starts_with(&format!("{line}:5")), "{flag}: {said}");
    }
}

/// Fresh eyes: the version that stands in the file was not asked.
#[test]
fn a_result_that_the_release_of_the_file_does_not_read_is_told() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.0\n";
    let of = |more: &[&str]| {
        let command = ["migrate-config", "-"].iter().chain(more).copied();
        let output = k8sprep(command).stdin(text).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(of(&[]).contains("the result is not valid for kubeadm v1.30.0"), "{}", of(&[]));
    assert!(!of(&["--to", "v1beta3"]).contains("not valid"));
}

/// A file, and what a line of help says of it.
const ODD_FILES: &[(&str, &str)] = &[
    (
        "apiVersion: kubeadm.k8s.io/v1alpha3\nkind: ClusterConfiguration\n",
        "v1.14 is the last that reads v1alpha3",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1alpha2\nkind: MasterConfiguration\n",
        "v1.12 writes v1alpha3, v1.14 v1beta1",
    ),
    ("apiVersion: kubeadm.k8s.io/v1\nkind: ClusterConfiguration\n", "migrate-config --to v1beta4"),
    ("apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n", "kubelet.config.k8s.io/v1beta1"),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs: \"--node-ip=192.0.2.7 --v=2\"\n",
        "- name: node-ip",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - --node-ip=192.0.2.7\n",
        "- name: node-ip",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  - --node-ip=192.0.2.7\n",
        "node-ip: \"192.0.2.7\"",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  taints:\n  - a.example.com/b=c:NoSchedule\n",
        "effect: NoSchedule",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n ---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
        "`---` of line 3 is indented",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n-----\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n",
        "three dashes",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n\u{a0}\u{a0}podSubnet: 10.244.0.0/16\n",
        "no-break space (U+00A0)",
    ),
    (
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: \u{201c}10.244.0.0/16\u{201d}\n",
        "typographic quote",
    ),
];

#[test]
fn what_people_write_instead_has_its_line_of_help() {
    for (file, help) in ODD_FILES {
        let checked = k8sprep(["check-config", "--kubernetes-version", "v1.34.0", "-"]).stdin(*file).output();
        let checked = checked.unwrap();
        let said = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.code() == Some(3) && said.contains(help), "{help}: {said}");
    }
}

/// A refusal of `migrate-config` has the help that `check-config` has.
#[test]
fn migrate_config_says_what_to_do() {
    for (file, help) in &ODD_FILES[..2] {
        let (status, said) = failure(k8sprep(["migrate-config", "-"]).stdin(*file));
        assert!(status == 1 && said.contains(help), "{said}");
    }
    let list = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n  - name: v\n    value: \"2\"\n";
    let (_, said) = failure(k8sprep(["migrate-config", "-"]).stdin(list));
    assert!(said.contains("is a map in v1beta3"), "{said}");
}

/// What is to be written stands in lines, as in the file.
#[test]
fn migrate_config_shows_the_lines_to_write_as_lines() {
    let map = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    v: \"5\"\n";
    let (status, said) = failure(k8sprep(["migrate-config", "-"]).stdin(map));
    assert!(status == 1 && said.contains("write:\n      - name: v\n        value: \"5\"\n"), "{said}");
    let (_, said) = failure(k8sprep(["migrate-config", "-"]).stdin("\tkind: a\n"));
    assert!(!said.contains("line 1: line 1"), "{said}");
}

/// A key of a map is no field, and its value has a type all the same.
#[test]
fn a_value_of_a_map_has_its_help() {
    let file = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nevictionHard: {imagefs.available: 3}\n\
                featureGates: {CPUManager: 1}\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    let output =
        k8sprep(["check-config", "-", "--kubernetes-version", "v1.34.0"]).stdin(file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for wanted in ["imagefs.available: \"3\"", "CPUManager: true or CPUManager: false"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

/// `-o -` made a file of that name.
#[test]
fn a_result_for_the_file_called_dash_goes_to_stdout() {
    let dir = tempfile::tempdir().unwrap();
    let host = ["--node-name", "a", "--advertise-address", "192.0.2.1"];
    let file = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n";
    let run = |args: &str| stdout(k8sprep(args.split(' ')).stdin(file).current_dir(dir.path()));
    assert!(run("init-spec -o -").contains("kubernetesVersion: "));
    assert!(run("migrate-config - -o -").contains("kind: ClusterConfiguration"));
    let made = k8sprep(["gen-config", "--kubernetes-version", "v1.34.0", "-o", "-"]).args(host);
    assert!(stdout(made.current_dir(dir.path())).contains("kind: ClusterConfiguration"));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
