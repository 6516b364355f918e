//! A tree that somebody made to keep doctor busy: it ends, soon, and says what it could not read.
#![expect(clippy::disallowed_methods, reason = "trees are laid with what the crates refuse to make")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use host_prep::Host;
use host_prep::fs::Root;
use k8sprep::doctor::{Diagnosis, Severity, examine};

/// An unoptimised build on a busy machine; it takes a few seconds alone.
const LIMIT: Duration = Duration::from_secs(120);
/// Units, drop-ins, directories of pods and manifests.
const MANY: usize = 100_000;
const HUGE: u64 = 1 << 30;

/// A tree with few files, below which others are laid.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        (
            "usr/lib/systemd/system/kubelet.service",
            "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n",
        ),
        ("etc/kubernetes/kubelet.conf", "kind: Config\n"),
    ] {
        lay(dir.path(), path, text);
    }
    dir
}

fn lay(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What is said of a tree; one that does not end fails the test and not the machine.
fn bounded(dir: &Path) -> Diagnosis {
    let root = Root::open(dir).unwrap();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more where the time was over.
        send.send(examine(&Host::offline(root), SystemTime::now())).ok();
    });
    receive.recv_timeout(LIMIT).expect("doctor does not end")
}

/// Where rules look for a file.
const FILES: &[&str] = &[
    "etc/resolv.conf",
    "etc/hosts",
    "etc/fstab",
    "etc/crio/crio.conf",
    "etc/crio/crio.conf.d/10-own.conf",
    "etc/containers/registries.conf",
    "etc/containers/policy.json",
    "etc/containers/storage.conf",
    "etc/cni/net.d/10-own.conflist",
    "etc/sysctl.d/10-own.conf",
    "etc/modules-load.d/own.conf",
    "etc/kubernetes/admin.conf",
    "etc/kubernetes/manifests/kube-apiserver.yaml",
    "etc/kubernetes/pki/ca.crt",
    "var/lib/kubelet/config.yaml",
    "var/lib/kubelet/kubeadm-flags.env",
    "var/lib/dpkg/status",
    "var/log/pods/kube-system_etcd-n1_0/etcd/0.log",
    "etc/systemd/system/kubelet.service.d/10-own.conf",
];

fn laid_by(each: impl Fn(&Path)) -> tempfile::TempDir {
    let dir = tree();
    for path in FILES {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        each(&path);
    }
    dir
}

#[test]
fn pipes_that_nobody_writes_are_not_waited_for() {
    let dir = laid_by(|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()));
    let said = bounded(dir.path());
    assert!(said.undecided.len() > 10, "{:?}", said.undecided);
}

#[test]
fn links_in_circles_and_links_out_of_the_tree_lead_nowhere() {
    let dir = laid_by(|path| symlink(path.file_name().unwrap(), path).unwrap());
    bounded(dir.path());
    let secret = tempfile::NamedTempFile::new().unwrap();
    let up = format!("{}{}", "../".repeat(40), secret.path().display());
    let dir = laid_by(|path| symlink(&up, path).unwrap());
    let said = bounded(dir.path());
    // Inside the tree that path is nothing: nothing of this machine is read.
    assert!(!said.findings.iter().any(|one| one.message.contains("certificate in")), "{:?}", said.findings);
}

#[test]
fn files_of_a_gigabyte_are_not_read_whole() {
    let dir = laid_by(|path| File::create(path).unwrap().set_len(HUGE).unwrap());
    let said = bounded(dir.path());
    assert!(
        said.undecided.iter().any(|one| one.unread.why.contains("larger"))
            || said.worst() == Some(Severity::Error)
    );
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_hundred_thousand_units_end_in_time() {
    let dir = tree();
    let at = |path: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(&path).unwrap();
        path
    };
    let (units, drop_ins) = (at("etc/systemd/system"), at("etc/systemd/system/kubelet.service.d"));
    let (wants, pods) = (at("etc/systemd/system/multi-user.target.wants"), at("var/log/pods"));
    for number in 0..MANY / 10 {
        let unit = |more: usize| units.join(format!("u{number}-{more}.service"));
        File::create(unit(0)).unwrap();
        // The same file under other names costs no inode.
        (1..9).for_each(|more| fs::hard_link(unit(0), unit(more)).unwrap());
        symlink("/dev/null", wants.join(format!("u{number}.service"))).unwrap();
        if number % 10 == 0 {
            lay(&drop_ins, &format!("{number}.conf"), "[Service]\nEnvironment=A=b\n");
            fs::create_dir(pods.join(format!("kube-system_p{number}_0"))).unwrap();
        }
    }
    let said = bounded(dir.path());
    assert!(said.checked > 100);
}
