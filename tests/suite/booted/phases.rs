//! Real kubeadm goes through `init` and `reset` in a prepared host, as far as that goes without
//! images.

use k8sprep_tests::booted::{Bed, Kind, Shipped, kubeadm};

use super::{bed, done, or_skip};

const CONFIG: &str = "/etc/kubernetes/k8sprep/kubeadm.yaml";
const TOKEN: &str = "abcdef.0123456789abcdef";
/// The pipeline of kubeadm's documentation.
const PIPELINE: &str =
    "openssl x509 -pubkey -noout -in \"$1\" | openssl pkey -pubin -outform DER | openssl dgst -sha256 -hex";

/// Directories that `kubeadm reset` empties and leaves.
const LEFT_BY_RESET: [&str; 5] =
    ["etc/kubernetes", "etc/kubernetes/manifests", "etc/kubernetes/pki", "var/lib/etcd", "var/lib/kubelet"];

/// A host in which everything of a node is installed, kubeadm the real one.
fn prepared(release: &str) -> Option<Bed> {
    let (minor, _) = release.rsplit_once('.').unwrap();
    let program = or_skip(kubeadm(release))?;
    let mut bed = bed(Kind::Plain, minor)?;
    bed.needed();
    bed.kubelet_and_kubectl(release);
    or_skip(bed.crio(&format!("{}.0", minor.trim_start_matches('v'))))?;
    let program = Shipped::program("usr/bin/kubeadm", &program).unwrap();
    bed.package("kubeadm", release.trim_start_matches('v'), &[program]);
    bed.publish();
    bed.spec(release, "networking:\n  podSubnet: 10.244.0.0/16\n");
    bed.host.boot().unwrap();
    Some(bed)
}

fn phases_and_back(release: &str) {
    let Some(bed) = prepared(release) else { return };
    let before = bed.host.files();
    done(&bed.up(&["--prepare-only"]), "up");

    // The whole of it, with nothing written.
    let ignored = "--ignore-preflight-errors=SystemVerification,ImagePull";
    let dry = bed.host.run(&["kubeadm", "init", "--dry-run", "--config", CONFIG, ignored]).unwrap();
    done(&dry, "init --dry-run");
    assert!(dry.out.contains("podSubnet: 10.244.0.0/16"), "{}", dry.out);
    bed.host.ask(&["rm", "-r", "/etc/kubernetes/tmp"]);

    for phase in ["certs all", "kubeconfig all", "etcd local", "control-plane all", "kubelet-start"] {
        let words: Vec<&str> = ["kubeadm", "init", "phase"]
            .into_iter()
            .chain(phase.split(' '))
            .chain(["--config", CONFIG])
            .collect();
        done(&bed.host.run(&words).unwrap(), phase);
    }
    let manifest = bed.host.ask(&["cat", "/etc/kubernetes/manifests/kube-apiserver.yaml"]);
    assert!(manifest.contains(&format!("kube-apiserver:{release}")), "{manifest}");
    assert!(manifest.contains("--advertise-address=192.0.2.7"), "{manifest}");
    let kubelet = bed.host.ask(&["cat", "/var/lib/kubelet/config.yaml"]);
    assert!(kubelet.contains("cgroupDriver: systemd"), "{kubelet}");
    assert_eq!(bed.is("is-active", "kubelet"), "active");

    let pin = bed.k8sprep(&["ca-hash"]);
    done(&pin, "ca-hash");
    let ca = bed.host.root().join("etc/kubernetes/pki/ca.crt");
    let openssl = host_prep::Invocation::new("sh", ["-c", PIPELINE, "sh", &ca.display().to_string()]);
    let said = host_prep::Commands::run(&host_prep::SystemCommands::default(), &openssl).unwrap();
    let digest = String::from_utf8(said.stdout).unwrap();
    let digest = digest.trim().rsplit(' ').next().unwrap();
    assert_eq!(pin.out, format!("sha256:{digest}\n"));
    let join = bed.k8sprep(&["join-command", "--token", TOKEN]);
    let line =
        format!("kubeadm join 192.0.2.7:6443 --token {TOKEN} --discovery-token-ca-cert-hash sha256:{digest}");
    assert_eq!(join.out.split_whitespace().collect::<Vec<_>>().join(" ").replace("\\ ", ""), line);

    // `kubeadm reset` and rollback: what is left then.
    let down = bed.k8sprep(&["down", "--yes"]);
    done(&down, "down");
    let after = bed.host.files();
    let left: Vec<&str> =
        after.keys().filter(|path| !before.contains_key(*path)).filter_map(|path| path.to_str()).collect();
    assert_eq!(left, LEFT_BY_RESET, "{}{}", down.out, down.err);
    let gone: Vec<_> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn kubeadm_1_37_goes_through_its_phases_and_back() {
    phases_and_back("v1.37.2");
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn kubeadm_1_33_goes_through_its_phases_and_back() {
    phases_and_back("v1.33.13");
}
