//! The reference plan: every kind of change the engine knows, on a tree made for it.

use std::path::Path;
use std::time::Duration;

use host_prep::fs::Mode;
use host_prep::resource::{Managed, Resource};
use host_prep::{
    Action, ApplyOptions, Back, Change, Desired, Draft, Error, Host, Invocation, NoProgress, Node, Observed,
    Reason, observe, plan, recover, rollback,
};

use crate::fake_host::FakeHost;

/// Lays the tree the reference plan starts from.
///
/// # Panics
///
/// When it cannot be laid.
pub fn lay(fake: &FakeHost) {
    for (path, content) in [
        ("etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n"),
        ("etc/sysctl.conf", "net.ipv4.ip_forward = 0\n"),
        ("etc/sysctl.d/99-sysctl.conf", "-> ../sysctl.conf"),
        ("etc/crio/crio.conf.d/10-crio.conf", "[crio.image]\nsignature_policy = \"/etc/crio/policy.json\"\n"),
        ("etc/crio/crio.conf.d/99-old.conf", "[crio.runtime]\n"),
        ("etc/cni/net.d/10-crio-bridge.conflist", "{}\n"),
        ("etc/cni/net.d/87-podman.conflist", "-> 10-crio-bridge.conflist"),
        ("etc/systemd/system/zramswap.service", "-> /usr/lib/systemd/system/zramswap.service"),
        ("etc/selinux/config", "SELINUX=enforcing\n"),
        ("etc/sysconfig", "-> /usr/etc/sysconfig"),
        ("usr/etc/sysconfig/kubelet", "KUBELET_EXTRA_ARGS=\n"),
        ("etc/yum.repos.d/old.repo", "[kubernetes]\nenabled=1\n"),
        ("proc/modules", "loop 40960 0 - Live 0x0\n"),
        ("proc/swaps", "Filename Type Size Used Priority\n/dev/vda2 partition 1048572 0 5\n"),
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
        ("lib/modules/6.1.0/modules.dep", "kernel/fs/overlayfs/overlay.ko:\n"),
    ] {
        fake.lay(path, content);
    }
    fake.chmod("etc/fstab", 0o640);
    fake.chmod("etc/selinux/config", 0o400);
    let file = fake.root().join("etc/fstab");
    // A file system without them is compared without them.
    let _ = rustix::fs::setxattr(&file, "user.origin", b"installer", rustix::fs::XattrFlags::empty());
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&file, Some(12), Some(34)).expect("root gives files away");
    }
}

/// What the reference plan makes of it.
#[must_use]
pub fn desired() -> Desired {
    Desired::new()
        .with(Managed::file("fstab", "/etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n"))
        .with(Managed::file("sysctl", "/etc/sysctl.d/99-sysctl.conf", "net.ipv4.ip_forward = 1\n"))
        .with(Managed::file("crio", "/etc/crio/crio.conf.d/99-k8sprep.conf", "[crio.image]\n"))
        .with(Managed::absent("crio", "/etc/crio/crio.conf.d/99-old.conf"))
        .with(Managed::absent("cni", "/etc/cni/net.d/87-podman.conflist"))
        // A file others may not read, one behind a directory that is a link, one of a repository that is
        // switched off.
        .with(Managed::file("selinux", "/etc/selinux/config", "SELINUX=permissive\n"))
        .with(Managed::file("kubelet", "/etc/sysconfig/kubelet", "KUBELET_EXTRA_ARGS=--v=2\n"))
        .with(Managed::file("repository", "/etc/yum.repos.d/old.repo", "[kubernetes]\nenabled=0\n"))
        .with(Managed::file("proxy", "/etc/systemd/system/crio.service.d/k8sprep-proxy.conf", "[Service]\n"))
        .with(Managed::secret_file("kubeadm", "/etc/kubernetes/k8sprep/kubeadm.yaml", "kind: X\n"))
        .with(Managed::file("kubeadm", "/etc/kubernetes/k8sprep/patches/one.yaml", "a: b\n"))
        .with(Rest)
}

/// What the program `enable` of the fake host makes.
const WANTED: &str = "/etc/crio.service.wanted";

/// The kinds of change that no file of ours makes.
#[derive(Debug)]
struct Rest;

impl Resource for Rest {
    fn kind(&self) -> &'static str {
        "rest"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look_itself(host, Path::new("/etc/systemd/system/swap.target"));
        seen.look_itself(host, Path::new("/etc/systemd/system/zramswap.service"));
        for path in ["/proc/modules", "/proc/swaps", "/etc/k8sprep-last", WANTED] {
            seen.look(host, Path::new(path));
        }
        seen.look_at_value(host, Path::new("/proc/sys/net/ipv4/ip_forward"));
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let because = || Reason::of("the reference plan has it");
        let masked = Node::Link { target: "/dev/null".into() };
        draft.file(Path::new("/etc/systemd/system/swap.target"), masked.clone(), because());
        draft.file(Path::new("/etc/systemd/system/zramswap.service"), masked, because());
        let has =
            |path: &str, word: &str| String::from_utf8_lossy(seen.bytes(Path::new(path))).contains(word);
        if !has("/proc/modules", "overlay") {
            draft.step(Change::LoadModule { name: "overlay".into() }, because());
        }
        draft.value(Path::new("/proc/sys/net/ipv4/ip_forward"), "1", None, because());
        if has("/proc/swaps", "/dev/vda2") {
            draft.step(Change::SwapOff { area: "/dev/vda2".into(), priority: 5 }, because());
        }
        // What a program does and another rolls back: as `systemctl enable` and `disable`.
        if !has(WANTED, "enabled") {
            let run = [Invocation::new("enable", [WANTED])];
            let undo = [Invocation::new("disable", [WANTED])];
            draft.step(Change::Action(Action::new("enable", "crio.service", run, undo)), because());
        }
        draft.content(Path::new("/etc/k8sprep-last"), b"done\n".to_vec(), Mode::PUBLIC, because());
    }
}

/// Applies the reference plan to the tree at `root`.
pub(super) fn apply(root: &Path) -> Result<(), Error> {
    let host = FakeHost::at(root).running();
    let desired = desired();
    let todo = plan(&desired, &observe(&host, &desired));
    match host_prep::apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress) {
        Ok(applied) if applied.stopped => Err(Error::Stopped),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into_cause()),
    }
}

/// Rolls it back.
pub(super) fn roll_back(root: &Path) -> Result<(), Error> {
    let host = FakeHost::at(root).running();
    whole(rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress)?)
}

/// What somebody does after a crash: recover, then roll back what had come to its end.
pub(super) fn give_back(root: &Path) -> Result<(), Error> {
    let host = FakeHost::at(root).running();
    whole(recover(&host, Duration::ZERO, &mut NoProgress)?)?;
    whole(rollback(&host, Back::All, Duration::ZERO, &mut NoProgress)?)
}

fn whole(mut done: host_prep::Rollback) -> Result<(), Error> {
    if let Some(kept) = done.kept.first() {
        return Err(Error::NotDone { left: format!("{}: {}", kept.what, kept.why) });
    }
    if done.failures.is_empty() { Ok(()) } else { Err(done.failures.remove(0)) }
}
