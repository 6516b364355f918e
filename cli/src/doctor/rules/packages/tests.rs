//! Each check of packages fires on a tree made for it, and not beside it.

use crate::doctor::{Family, laid};

type Laid<'a> = (&'a str, &'a str);

const DEBIAN: Laid<'_> = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");

fn codes(files: &[Laid<'_>]) -> Vec<&'static str> {
    laid::codes_of(Family::Packages, &[&[DEBIAN], files].concat())
}

fn status(packages: &[(&str, &str, &str)]) -> String {
    let paragraph = |(name, state, version): &(&str, &str, &str)| {
        format!("Package: {name}\nStatus: {state}\nVersion: {version}\n")
    };
    packages.iter().map(paragraph).collect::<Vec<_>>().join("\n")
}

fn manifest(minor: u64) -> String {
    format!(
        "kind: Pod\nmetadata: {{name: kube-apiserver}}\nspec:\n  containers:\n  - command: [kube-apiserver]\n    image: registry.k8s.io/kube-apiserver:v1.{minor}.0\n"
    )
}

const APISERVER: &str = "etc/kubernetes/manifests/kube-apiserver.yaml";
const DPKG: &str = "var/lib/dpkg/status";
const HELD: &str = "hold ok installed";

#[test]
fn repositories_that_are_gone_are_told_and_those_switched_off_are_not() {
    let list = |text| ("etc/apt/sources.list.d/k8s.list", text);
    assert_eq!(
        codes(&[list("deb https://apt.kubernetes.io/ kubernetes-xenial main\n")]),
        ["repository-dead"]
    );
    assert_eq!(codes(&[list("# deb https://apt.kubernetes.io/ kubernetes-xenial main\n")]), [""; 0]);
    assert_eq!(codes(&[list("deb https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /\n")]), [""; 0]);
    let repo = |text| ("etc/yum.repos.d/k8s.repo", text);
    let old = "[k]\nbaseurl=https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64\n";
    assert_eq!(codes(&[repo(old)]), ["repository-dead"]);
    assert_eq!(codes(&[repo(&format!("{old}enabled=0\n"))]), [""; 0]);
}

#[test]
fn cri_o_of_two_origins_is_told() {
    let one = ("etc/apt/sources.list.d/a.list", "deb https://a.example/isv:/cri-o:/stable:/v1.33/deb/ /\n");
    let other = ("etc/apt/sources.list.d/b.list", "deb https://b.example/isv:/cri-o:/stable:/v1.34/deb/ /\n");
    let stream =
        ("etc/apt/sources.list.d/b.list", "deb https://a.example/isv:/cri-o:/stable:/v1.34/deb/ /\n");
    assert_eq!(codes(&[one, other]), ["crio-origins-mixed"]);
    assert_eq!(codes(&[one, stream]), [""; 0]);
}

#[test]
fn a_kubelet_may_be_three_minors_older_and_never_newer() {
    let of = |kubelet: &str, control_plane| {
        let status = status(&[("kubelet", HELD, kubelet)]);
        codes(&[(DPKG, &status), (APISERVER, &manifest(control_plane))])
    };
    assert_eq!(of("1.35.0-1.1", 34), ["package-minors-mixed"]);
    assert_eq!(of("1.31.0-1.1", 34), [""; 0]);
    assert_eq!(of("1.30.0-1.1", 34), ["package-minors-mixed"]);
    assert_eq!(of("1.24.0-1.1", 27), ["package-minors-mixed"]);
    // Before init it is the file's minor that counts, or kubeadm's own.
    let file = (
        "etc/kubernetes/kubeadm.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.33.0\n",
    );
    let both = |kubelet: &str| status(&[("kubelet", HELD, kubelet), ("kubeadm", HELD, "1.34.0-1.1")]);
    let there = [("usr/bin/mount", ""), ("usr/sbin/losetup", ""), ("usr/bin/cp", ""), ("bin", "-> usr/bin")];
    let of = |kubelet: &str, more: &[(&str, &str)]| {
        codes(&[&[(DPKG, both(kubelet).as_str())], &there[..], more].concat())
    };
    assert_eq!(of("1.35.0-1.1", &[]), ["package-minors-mixed"]);
    assert_eq!(of("1.34.0-1.1", &[file]), ["package-minors-mixed"]);
    assert_eq!(of("1.30.0-1.1", &[]), ["package-minors-mixed"]);
    assert_eq!(of("1.34.0-1.1", &[]), [""; 0]);
}

#[test]
fn a_kubelet_of_no_package_is_compared_by_what_it_says() {
    let server = manifest(34);
    let unit = ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/opt/bin/kubelet\n");
    let of = |said: &str| {
        let answers = [("/opt/bin/kubelet --version", 0, said)];
        laid::asked("package-minors-mixed", &[unit, (APISERVER, &server)], &answers)
    };
    assert_eq!(of("Kubernetes v1.35.0\n"), "fires");
    assert_eq!(of("?\n"), "undecided");
    // kubeadm's minor nobody knows here.
    assert_eq!(of("Kubernetes v1.34.0\n"), "undecided");
}

#[test]
fn packages_of_a_member_are_to_be_held() {
    let of =
        |state| codes(&[(DPKG, &status(&[("kubelet", state, "1.34.0-1.1")])), (APISERVER, &manifest(34))]);
    assert_eq!(of("install ok installed"), ["packages-not-held"]);
    assert_eq!(of(HELD), [""; 0]);
    assert_eq!(of("deinstall ok config-files"), [""; 0]);
    assert_eq!(of("install ok half-configured"), ["package-half-installed"]);
    let repo = "[k]\nbaseurl=https://pkgs.k8s.io/core:/stable:/v1.34/rpm/\n";
    let path = "etc/yum.repos.d/kubernetes.repo";
    let rpm = |text: &str| laid::codes_of(Family::Packages, &[(path, text), (APISERVER, &manifest(34))]);
    assert_eq!(rpm(repo), ["packages-not-held"]);
    assert_eq!(rpm(&format!("{repo}exclude=kubelet kubeadm kubectl\n")), [""; 0]);
}

#[test]
fn a_second_program_and_one_of_another_machine_are_told() {
    let elf = |machine: char| format!("\x7fELF\x02\x01\x01{}\x02\0{machine}\0", "\0".repeat(9));
    let (amd, arm) = (elf('\x3e'), elf('\x15'));
    let systemd = ("usr/lib/systemd/systemd", amd.as_str());
    assert_eq!(codes(&[systemd, ("usr/bin/kubelet", &amd)]), [""; 0]);
    assert_eq!(codes(&[systemd, ("usr/bin/kubelet", &arm)]), ["program-not-runnable"]);
    let twice = [("usr/bin/kubelet", amd.as_str()), ("usr/local/bin/kubelet", amd.as_str())];
    assert_eq!(codes(&twice), ["duplicate-programs-in-path"]);
    let link = [("usr/bin/kubelet", amd.as_str()), ("usr/local/bin/kubelet", "-> /usr/bin/kubelet")];
    assert_eq!(codes(&link), [""; 0]);
    assert_eq!(codes(&[("bin", "-> usr/bin"), ("usr/bin/kubelet", amd.as_str())]), [""; 0]);
}

#[test]
fn crictl_is_to_ask_where_cri_o_listens() {
    let crio = ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");
    let of = |endpoint: &str| codes(&[crio, ("etc/crictl.yaml", &format!("runtime-endpoint: {endpoint}\n"))]);
    assert_eq!(of("unix:///run/containerd/containerd.sock"), ["crictl-endpoint-mismatch"]);
    assert_eq!(of("unix:///run/crio/crio.sock"), [""; 0]);
    let images = "unix:///run/crio/crio.sock\nimage-endpoint: unix:///run/containerd/containerd.sock";
    assert_eq!(of(images), ["crictl-endpoint-mismatch"]);
    assert_eq!(of("unix:///run/containerd/containerd.sock\ntimeout: 10s"), ["crictl-config-refused"]);
    assert_eq!(of("unix:///run/crio/crio.sock\n- x"), ["crictl-config-refused"]);
    // Where CRI-O takes none of its files, nobody knows where it listens.
    let broken = ("etc/crio/crio.conf.d/99-x.conf", "[crio\n");
    let other = ("etc/crictl.yaml", "runtime-endpoint: unix:///run/containerd/containerd.sock\n");
    assert!(laid::is_undecided("crictl-endpoint-mismatch", &[crio, other, broken]));
}

#[test]
fn what_kubeadm_looks_for_before_it_starts_is_to_be_there() {
    let status = status(&[("kubeadm", HELD, "1.34.0-1.1")]);
    let there =
        [(DPKG, status.as_str()), ("usr/bin/mount", ""), ("usr/sbin/losetup", ""), ("bin", "-> usr/bin")];
    assert_eq!(codes(&there), ["required-executable-missing"]);
    assert_eq!(codes(&[&there[..], &[("usr/bin/cp", "")]].concat()), [""; 0]);
}

#[test]
fn a_repository_names_a_key_that_can_be_used() {
    let of = |options: &str, more: &[(&str, &str)]| {
        let text = format!("deb [{options}] https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /\n");
        let files = [&[("etc/apt/sources.list.d/kubernetes.list", text.as_str())], more].concat();
        laid::codes_of(Family::Packages, &files).contains(&"repository-key-untrusted")
    };
    let key = "signed-by=/etc/apt/keyrings/kubernetes.asc arch=amd64";
    assert!(of(key, &[]));
    assert!(of(key, &[("etc/apt/keyrings/kubernetes.asc", "<html>blocked</html>\n")]));
    assert!(!of("arch=amd64", &[]), "apt has keys of its own then");
    let sources = "Types: deb\nURIs: https://pkgs.k8s.io/core:/stable:/v1.34/deb/\nSuites: /\nSigned-By: /etc/apt/keyrings/k.gpg\n";
    let repo = "[kubernetes]\nbaseurl=https://pkgs.k8s.io/core:/stable:/v1.34/rpm/\ngpgkey=file:///etc/pki/rpm-gpg/k\n";
    for (path, text) in [("etc/apt/sources.list.d/k.sources", sources), ("etc/yum.repos.d/k.repo", repo)] {
        assert!(
            laid::codes_of(Family::Packages, &[(path, text)]).contains(&"repository-key-untrusted"),
            "{path}"
        );
    }
}

/// A kubelet is larger than what is read of a configuration file.
#[test]
fn a_program_is_looked_at_whatever_its_size() {
    use host_prep::fs::{MAX_FILE, Mode, Root, write_new};

    let dir = tempfile::tempdir().unwrap();
    let program = |path: &str, machine: u8, size: u64| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut bytes = vec![0; usize::try_from(size).unwrap()];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18] = machine;
        write_new(&path, &bytes, Mode::DIRECTORY).unwrap();
    };
    program("usr/lib/systemd/systemd", 0x3e, 64);
    program("usr/bin/kubelet", 0xb7, MAX_FILE + 64);
    let host = host_prep::Host::offline(Root::open(dir.path()).unwrap());
    let said = crate::doctor::examine(&host, std::time::SystemTime::now());
    assert!(said.findings.iter().any(|one| one.code == "program-not-runnable"));
    assert!(said.undecided.iter().all(|one| one.code != "program-not-runnable"));
}
