//! `bundle create`, `check` and `use` of the program itself, with dnf, in this machine's own tree
//! with everything written kept apart: it says that it is a Rocky Linux.

use std::path::PathBuf;

use host_prep::{Commands, Invocation, Outcome, SystemCommands};
use k8sprep_tests::booted::{Shipped, own_program};
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::apt::Debian;
use super::rpm::tools;

const SPEC: &str = "kubernetesVersion: v1.34.2\nnodeName: node-1\n\
    mirrors:\n  kubernetesPackages: file:///srv/kubernetes\n  crioPackages: file:///srv/cri-o\n";
const NEEDED: [&str; 7] =
    ["kubelet", "kubeadm", "kubectl", "container-selinux", "conntrack-tools", "iptables", "socat"];

struct Rocky {
    debian: Debian,
    keys: [Key; 2],
}

impl Rocky {
    fn new() -> Option<Self> {
        let debian = tools("dnf").then(Debian::new)??;
        let program = own_program("k8sprep").unwrap();
        std::fs::copy(program, debian.root().join("opt/k8sprep")).unwrap();
        // Debian's rpm leaves the packages of a Debian alone.
        std::fs::remove_file(debian.root().join("etc/debian_version")).unwrap();
        debian.put("etc/os-release", "ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n");
        debian.put("opt/k8sprep.yaml", SPEC);
        let repository = |name: &str| LocalRepo::at(debian.root().join("srv").join(name).join("v1.34"));
        let (kubernetes, crio) = (repository("kubernetes"), repository("cri-o"));
        let keys = [kubernetes.key("kubernetes", "never"), crio.key("cri-o", "never")];
        let of = |name: &str| [Shipped::text(&format!("usr/share/{name}-of-the-test"), name)];
        NEEDED.iter().for_each(|name| kubernetes.rpm_of(name, "1.34.2", &of(name), Some("kubernetes")));
        crio.rpm_of("cri-o", "1.34.0", &of("cri-o"), Some("cri-o"));
        kubernetes.index_rpms(Some("kubernetes"));
        crio.index_rpms(Some("cri-o"));
        for (key, name) in keys.iter().zip(["kubernetes", "cri-o"]) {
            debian.put(&format!("opt/{name}.asc"), std::str::from_utf8(&key.armoured).unwrap());
        }
        Some(Self { debian, keys })
    }

    fn run(&self, words: &[&str]) -> Outcome {
        let root = self.debian.root().display().to_string();
        let call = Invocation::new("chroot", [&[&*root], words].concat());
        SystemCommands::default().run(&call.within(std::time::Duration::from_secs(300))).unwrap()
    }

    /// What the program printed; it has to succeed.
    fn k8sprep(&self, words: &[&str]) -> String {
        let pins: Vec<&str> = self.keys.iter().flat_map(|key| ["--pin", &key.fingerprint]).collect();
        let takes_pins = ["create", "check", "use"].iter().any(|verb| words.contains(verb));
        let pins = if takes_pins { &pins[..] } else { &[] };
        let outcome = self.run(&[&["/opt/k8sprep"], words, pins].concat());
        let said = format!("{words:?}: {outcome} {}", String::from_utf8_lossy(&outcome.stdout));
        assert_eq!(outcome.status, Some(0), "{said}");
        String::from_utf8(outcome.stdout).unwrap()
    }

    fn installed(&self) -> String {
        String::from_utf8(self.run(&["rpm", "-qa"]).stdout).unwrap()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.debian.root().join(path)
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn a_bundle_of_rpms_is_made_checked_and_used_and_goes_again() {
    let Some(rocky) = Rocky::new() else { return };
    let before = rocky.installed();
    let keys = ["--key", "/opt/kubernetes.asc", "--key", "/opt/cri-o.asc"];
    let create = ["bundle", "create", "-f", "/opt/k8sprep.yaml", "-o", "/opt/node.tar", "--output", "json"];
    let told = rocky.k8sprep(&[&create[..], &keys].concat());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let digest = told["sha256"].as_str().unwrap();
    assert_eq!(rocky.installed(), before, "nothing was installed");

    std::fs::remove_dir_all(rocky.at("srv")).unwrap();
    rocky
        .debian
        .put("etc/yum.repos.d/base.repo", "[base]\nname=base\nbaseurl=http://127.0.0.1:9/\ngpgcheck=0\n");
    assert!(rocky.k8sprep(&["bundle", "check", "/opt/node.tar"]).contains(digest));
    rocky.k8sprep(&["bundle", "use", "/opt/node.tar", "--sha256", digest, "--yes"]);
    for name in NEEDED.iter().chain(&["cri-o"]) {
        assert!(rocky.at(&format!("usr/share/{name}-of-the-test")).exists(), "{name}");
        assert!(rocky.installed().contains(&format!("{name}-1.34.")), "{name}: {}", rocky.installed());
    }
    let again = rocky.k8sprep(&["bundle", "use", "/opt/node.tar", "--yes"]);
    assert_eq!(again, "the packages are there already\n");
    rocky.k8sprep(&["rollback"]);
    assert_eq!(rocky.installed(), before);
    for left in ["etc/yum.repos.d/k8sprep-bundle.repo", "usr/share/kubelet-of-the-test"] {
        assert!(!rocky.at(left).exists(), "{left}");
    }
}
