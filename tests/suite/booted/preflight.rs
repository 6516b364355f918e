//! What real kubeadm says of a host before and after it was prepared.

use k8sprep_tests::booted::{Bed, Kind, SPEC, Shipped, kubeadm};

use super::{bed, done, or_skip};

/// The host of the test stands on this machine's kernel, which may have cgroup v1: kubeadm 1.35 and
/// later refuse that.
const CGROUP_V1: &str = "SystemVerification";
/// No registry is reached from the host, and the stand-in of CRI-O pulls nothing.
const NO_REGISTRY: &str = "ImagePull";

/// The checks that complain, as kubeadm names them, and all it said.
fn complaints(bed: &Bed, kubeadm: &str, config: &str, ignored: &str) -> (Vec<String>, String) {
    let mut words = vec![kubeadm, "init", "phase", "preflight", "--config", config];
    let ignored = format!("--ignore-preflight-errors={ignored}");
    words.push(&ignored);
    let said = bed.host.run(&words).unwrap();
    let names = said.err.lines().filter_map(|line| line.split_once("[ERROR "));
    let mut names: Vec<String> =
        names.filter_map(|(_, rest)| Some(rest.split_once(']')?.0.to_owned())).collect();
    names.sort();
    names.dedup();
    (names, said.out + &said.err)
}

fn before_and_after(release: &str, bare: &[&str]) {
    let (minor, _) = release.rsplit_once('.').unwrap();
    let Some(program) = or_skip(kubeadm(release)) else { return };
    let Some(mut bed) = bed(Kind::Plain, minor) else { return };
    bed.needed();
    bed.kubelet_and_kubectl(release);
    let Some(()) = or_skip(bed.crio(&format!("{}.0", minor.trim_start_matches('v')))) else { return };
    let program = Shipped::program("usr/bin/kubeadm", &program).unwrap();
    bed.host.put("opt/k8sprep/kubeadm", &program.content);
    bed.package("kubeadm", release.trim_start_matches('v'), &[program]);
    bed.publish();
    bed.spec(release, "");
    bed.host.boot().unwrap();

    bed.host.ask(&["chmod", "755", "/opt/k8sprep/kubeadm"]);
    let generated =
        bed.k8sprep(&["gen-config", "--kubernetes-version", release, "--advertise-address", "192.0.2.7"]);
    done(&generated, "gen-config");
    bed.host.put("opt/k8sprep/kubeadm.yaml", &generated.out);
    let (before, said) = complaints(&bed, "/opt/k8sprep/kubeadm", "/opt/k8sprep/kubeadm.yaml", "");
    assert_eq!(before, bare, "{said}");

    done(&bed.up(&["--prepare-only"]), "up");
    let config = "/etc/kubernetes/k8sprep/kubeadm.yaml";
    let (after, said) = complaints(&bed, "kubeadm", config, "");
    let bed_only = |name: &String| [CGROUP_V1, NO_REGISTRY].contains(&name.as_str());
    assert!(after.iter().all(bed_only), "{said}");
    if after.iter().any(|name| name == CGROUP_V1) {
        assert!(said.contains("cgroups v1 support is deprecated"), "{said}");
    }
    // What comes after the checks is asked too.
    let (after, said) = complaints(&bed, "kubeadm", config, CGROUP_V1);
    assert!(after.iter().all(bed_only), "{said}");
}

/// Against the CRI of a real containerd: what the host lacks is its kubelet, which nothing installs
/// here.
#[test]
#[ignore = "run it with `tests/layer booted`"]
fn kubeadm_finds_containerd_of_a_prepared_host() {
    let release = "v1.33.13";
    let Some(program) = or_skip(kubeadm(release)) else { return };
    let Some(mut bed) = bed(Kind::Extra, "v1.33") else { return };
    let program = Shipped::program("kubeadm", &program).unwrap();
    bed.host.put("opt/k8sprep/kubeadm", &program.content);
    bed.spec(release, "");
    bed.host.boot().unwrap();
    bed.host.ask(&["chmod", "755", "/opt/k8sprep/kubeadm"]);
    done(&bed.k8sprep(&["apply", "-f", SPEC, "--no-packages"]), "apply");
    let socket = "/run/containerd/containerd.sock";
    done(&bed.k8sprep(&["probe-crio", "--socket", socket, "--wait", "60s"]), "probe-crio");
    let flags = ["--advertise-address", "192.0.2.7", "--cri-socket", &format!("unix://{socket}")];
    let generated = bed.k8sprep(&[&["gen-config", "--kubernetes-version", release], &flags[..]].concat());
    done(&generated, "gen-config");
    let config = "/opt/k8sprep/kubeadm.yaml";
    bed.host.put(config, &generated.out);
    let (after, said) = complaints(&bed, "/opt/k8sprep/kubeadm", config, "");
    let unreached = "Couldn't create the interface used for talking to the container runtime";
    assert_eq!(after, ["KubeletVersion"], "{said}");
    assert!(!said.contains(unreached), "{said}");
    // Without containerd its answers are missed, which 1.33 warns of.
    bed.host.ask(&["systemctl", "stop", "containerd"]);
    let (after, said) = complaints(&bed, "/opt/k8sprep/kubeadm", config, "");
    assert_eq!(after, ["KubeletVersion"], "{said}");
    assert!(said.contains(unreached), "{said}");
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn kubeadm_1_37_has_nothing_to_say_of_a_prepared_host() {
    // Nothing answers on the socket, there is no kubelet, and packets are not forwarded.
    let bare = [
        "CRI",
        "ContainerRuntimeVersion",
        "FileContent--proc-sys-net-ipv4-ip_forward",
        "KubeletVersion",
        "SystemVerification",
    ];
    before_and_after("v1.37.2", &bare);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn kubeadm_1_33_has_nothing_to_say_of_a_prepared_host() {
    // It goes on without a runtime, and warns.
    before_and_after("v1.33.13", &["FileContent--proc-sys-net-ipv4-ip_forward", "KubeletVersion"]);
}
