//! Which words of kubeadm, the kubelet and CRI-O mean what, and what helps. The first row that fits
//! counts.

mod checks;
mod inits;
mod joins;
mod upgrades;

/// What kubeadm was run for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::cluster) enum Deed {
    Init,
    Join,
    Reset,
    Upgrade,
}

impl Deed {
    /// By kubeadm's words: `init --config ...`.
    pub(in crate::cluster) fn of(words: &[&str]) -> Self {
        match words.first() {
            Some(&"reset") => Self::Reset,
            Some(&"join") => Self::Join,
            Some(&"upgrade") => Self::Upgrade,
            _ => Self::Init,
        }
    }

    /// What helps where no row fits.
    pub(super) const fn otherwise(self) -> &'static str {
        match self {
            Self::Init | Self::Join => {
                "put right what it names, then go on with `--resume`; nothing is wiped by itself"
            }
            Self::Reset => "put right what it names, then run it again",
            Self::Upgrade => "put right what it names, then go on with the upgrade",
        }
    }

    /// What helps after kubeadm was stopped by whoever watched, or by the time limit.
    pub(in crate::cluster) fn stopped(self) -> &'static str {
        match self {
            Self::Init | Self::Join => "go on with `--resume`; nothing is wiped by itself",
            Self::Reset => "run it again",
            Self::Upgrade => "go on with the upgrade; kubeadm looks itself what is done",
        }
    }
}

/// Words of kubeadm's error.
#[derive(Debug)]
pub(super) struct Row {
    /// All of them are in it.
    pub(super) words: &'static [&'static str],
    /// When it may be said at all; empty: always.
    pub(super) deeds: &'static [Deed],
    /// What that means, where kubeadm's own words do not say it.
    pub(super) cause: &'static str,
    /// What helps; `{}` is what stands between the two texts of `cut`.
    pub(super) advice: &'static str,
    pub(super) cut: Option<(&'static str, &'static str)>,
    /// kubeadm only saw that something did not come: the logs of the node say why.
    pub(super) look: bool,
    /// Where the words come from.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for who reads the table; a test sees that none lacks it")
    )]
    pub(super) source: &'static str,
}

const INIT: &[Deed] = &[Deed::Init];
const JOIN: &[Deed] = &[Deed::Join];
const MAKING: &[Deed] = &[Deed::Init, Deed::Join];

const fn row(
    words: &'static [&'static str],
    cause: &'static str,
    advice: &'static str,
    source: &'static str,
) -> Row {
    Row { words, deeds: &[], cause, advice, cut: None, look: false, source }
}

const fn of(deeds: &'static [Deed], row: Row) -> Row {
    Row { deeds, ..row }
}

const fn looked(row: Row) -> Row {
    Row { look: true, deeds: MAKING, ..row }
}

const fn cut(before: &'static str, after: &'static str, row: Row) -> Row {
    Row { cut: Some((before, after)), ..row }
}

const NODE: &str =
    "`journalctl -u kubelet -u crio` has the whole log; put it right, then go on with `--resume`";
const COMPONENTS: &str =
    "`crictl ps -a` and `crictl logs` show which container ends and why; then go on with `--resume`";
const HALF: &str = "`k8sprep down` takes away what the earlier run left, then `k8sprep up` begins anew";
const TOKEN: &str = "make a new token on the control plane: `kubeadm token create --print-join-command`";
const PIN: &str = "the join data is of another cluster, or its pin is wrong: `k8sprep ca-hash` on the control plane prints the right one";
const API_AWAY: &str =
    "look whether the API server runs there, and whether a firewall is between; then go on with `--resume`";
const OWN_API: &str =
    "its container ended or is not up yet: `crictl ps -a` and `crictl logs`; then go on with `--resume`";
const HTTP: &str =
    "say in the spec's registryMirrors that this registry speaks plain http, or give it a certificate";

/// Every row, in the order in which they are tried. Words are those of cmd/kubeadm/app v1.34.0
/// where no other source is named.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [upgrades::WAITS, checks::CHECKS, joins::WAITS, joins::JOINS, inits::INITS, inits::GIVEN]
        .into_iter()
        .flatten()
}

/// Words of the log of a node's programs.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) words: &'static [&'static str],
    pub(super) advice: &'static str,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for who reads the table; a test sees that none lacks it")
    )]
    pub(super) source: &'static str,
}

const fn line(words: &'static [&'static str], advice: &'static str, source: &'static str) -> Line {
    Line { words, advice, source }
}

/// What helps against what kubelet, CRI-O or a container said last. Words as `log-patterns` has
/// them.
pub(super) const LOGS: &[Line] = &[
    line(
        &["/dev/kmsg"],
        "the kubelet needs /dev/kmsg: in a container, give it that device",
        "walk n9; pkg/kubelet/oom",
    ),
    line(
        &["running with swap on is not supported"],
        "`swapoff -a`, and what switches it on at boot; `k8sprep up` does both",
        "container_manager_linux.go; conformance/node/swap-on",
    ),
    line(
        &["kubelet is configured to not run on a host using cgroup v1"],
        "boot with cgroup v2, or set failCgroupV1: false in the kubelet's configuration",
        "validation_linux.go, 1.35",
    ),
    line(
        &["unknown flag: --"],
        "take the flag out of KUBELET_EXTRA_ARGS; `k8sprep plan` names its file",
        "conformance/node/old-flag-container-runtime",
    ),
    line(
        &["failed to load kubelet config file", "no such file"],
        "`k8sprep up --resume`: kubeadm writes it",
        "conformance/node/kubelet-config-missing",
    ),
    line(
        &["failed to load kubelet config file"],
        "mend the kubelet's configuration",
        "cmd/kubelet/app/server.go",
    ),
    line(
        &["feature gate"],
        "take the feature gate out of the kubelet's configuration",
        "featuregate/feature_gate.go",
    ),
    line(
        &["validate service connection"],
        "CRI-O does not answer: `systemctl status crio`",
        "cri-client; conformance/node/crio-stopped",
    ),
    line(
        &["unknown service runtime."],
        "CRI-O is too old or too new for this kubelet: take the same minor",
        "kubernetes#131164, cri-o#6554",
    ),
    line(
        &["cgroup driver"],
        "kubelet and CRI-O need one cgroup driver; `k8sprep plan` shows both",
        "kubernetes#43805",
    ),
    line(
        &["slice as parent"],
        "kubelet and CRI-O need one cgroup driver; `k8sprep plan` shows both",
        "cri-o cgmgr",
    ),
    line(
        &["unable to load bootstrap kubeconfig"],
        "the node's credentials are gone: `k8sprep down`, then join anew",
        "pkg/kubelet/certificate/bootstrap",
    ),
    line(
        &["unable to decode configuration"],
        "mend that line of CRI-O's configuration; `k8sprep crio check` shows it",
        "conformance/node/crio-toml-broken",
    ),
    line(
        &["validating", "config: "],
        "mend CRI-O's configuration; `k8sprep crio check` shows it",
        "cri-o config.Validate",
    ),
    line(
        &["unknown version specified"],
        "the OCI runtime is too old for CRI-O: crun 1.9 or later, or runc",
        "conformance/node/crun-too-old",
    ),
    line(
        &["address already in use"],
        "another program has that port: `ss -ltnp` names it",
        "errno EADDRINUSE",
    ),
    line(
        &["cannot assign requested address"],
        "the address is none of this host's: look at advertiseAddress",
        "errno EADDRNOTAVAIL",
    ),
    line(&["no space left on device"], "make room on the disk", "errno ENOSPC"),
    line(&["too many open files"], "raise fs.inotify.max_user_instances", "errno EMFILE"),
    line(&["x509: "], "look at the clock and at the certificates below /etc/kubernetes/pki", "crypto/x509"),
    line(
        &["ImagePullBackOff"],
        "the image cannot be pulled: name a mirror in the spec",
        "pkg/kubelet/images",
    ),
    line(&["ErrImagePull"], "the image cannot be pulled: name a mirror in the spec", "pkg/kubelet/images"),
    line(
        &["permission denied"],
        "`ausearch -m avc` or `dmesg` name what SELinux or AppArmor denied",
        "errno EACCES",
    ),
];
