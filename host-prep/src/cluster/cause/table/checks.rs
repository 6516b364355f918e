//! Checks of preflight that fail: what is more special comes first.

use super::{Deed, HTTP, MAKING, Row, looked, of, row};

/// Checks of preflight: what is more special comes first.
pub(super) const CHECKS: &[Row] = &[
    of(
        MAKING,
        row(
            &["failed to create new CRI runtime service", "unknown service runtime.v1"],
            "what listens at the CRI socket does not speak CRI v1",
            "look at criSocket in the spec, and take CRI-O 1.23 or later; then go on with `--resume`",
            "preflight/checks.go 1.34; cri-client; cri-o v1.23",
        ),
    ),
    looked(row(
        &["failed to create new CRI runtime service"],
        "the container runtime does not answer",
        "`systemctl status crio` says whether it runs, `journalctl -u crio` why not; then go on with `--resume`",
        "preflight/checks.go 1.34",
    )),
    row(
        &["[ERROR ImagePull", "server gave HTTP response to HTTPS client"],
        "the registry speaks http and is asked by https",
        HTTP,
        "net/http; walk M11",
    ),
    row(
        &["[ERROR ImagePull", "x509: certificate signed by unknown authority"],
        "the registry's certificate is signed by a CA that this host does not know",
        "put its CA in /etc/containers/certs.d/REGISTRY/ca.crt, then go on with `--resume`",
        "crypto/x509; containers-certs.d(5)",
    ),
    row(
        &["[ERROR ImagePull", "x509: "],
        "the registry's certificate is not valid",
        "look at the clock, and at the registry's certificate",
        "crypto/x509",
    ),
    row(
        &["[ERROR ImagePull", "no space left on device"],
        "the disk is full",
        "make room below /var/lib/containers, then go on with `--resume`",
        "errno ENOSPC",
    ),
    row(
        &["[ERROR ImagePull", "policy.json"],
        "CRI-O has no policy for images",
        "install containers-common, or write /etc/containers/policy.json",
        "log-patterns: CRI-O 1.34",
    ),
    row(
        &["[ERROR ImagePull", "unauthorized"],
        "the registry wants a login, or has no such image",
        "name another mirror in the spec, or give CRI-O a login (global_auth_file)",
        "distribution API",
    ),
    row(
        &["[ERROR ImagePull", "toomanyrequests"],
        "the registry limits how often it is asked",
        "name a mirror in the spec, or wait",
        "distribution API",
    ),
    row(
        &["[ERROR ImagePull", "manifest unknown"],
        "the registry has no such image",
        "look at `k8sprep images`, and at imageRepository and registryMirrors in the spec",
        "distribution API",
    ),
    row(
        &["[ERROR ImagePull", "no such host"],
        "the registry's name does not resolve",
        "look at /etc/resolv.conf, or name a mirror in the spec",
        "net",
    ),
    row(
        &["[ERROR ImagePull"],
        "",
        "the registry does not answer or has no such image; name a mirror in the spec",
        "preflight/checks.go ImagePullCheck",
    ),
    row(
        &["[ERROR CRI]"],
        "",
        "CRI-O does not answer on the socket; look at `systemctl status crio`",
        "preflight/checks.go ContainerRuntimeCheck",
    ),
    of(
        MAKING,
        row(
            &["[ERROR FileAvailable"],
            "",
            "an earlier run of kubeadm was here: `--resume` continues it, `k8sprep down` rolls it back",
            "preflight/checks.go FileAvailableCheck",
        ),
    ),
    of(
        MAKING,
        row(
            &["[ERROR DirAvailable"],
            "",
            "an earlier run of kubeadm was here: `--resume` continues it, `k8sprep down` rolls it back",
            "preflight/checks.go DirAvailableCheck",
        ),
    ),
    of(
        MAKING,
        row(
            &["[ERROR Port-"],
            "",
            "something listens there already (`ss -ltnp` names it); `--resume` continues an unfinished run",
            "preflight/checks.go PortOpenCheck",
        ),
    ),
    row(
        &["[ERROR NumCPU]"],
        "",
        "give the host two CPUs, or say --ignore-preflight-errors NumCPU",
        "preflight/checks.go NumCPUCheck",
    ),
    row(
        &["[ERROR Mem]"],
        "",
        "give the host more memory, or say --ignore-preflight-errors Mem",
        "preflight/checks.go MemCheck",
    ),
    row(&["[ERROR IsPrivilegedUser]"], "", "run it as root", "preflight/checks.go IsPrivilegedUserCheck"),
    row(
        &["[ERROR KubeletVersion]"],
        "",
        "kubelet and kubeadm have to be of one minor; `k8sprep plan` shows what is installed",
        "preflight/checks.go KubeletVersionCheck",
    ),
    row(
        &["[ERROR SystemVerification]"],
        "",
        "the kernel lacks what is named; another kernel has it, or cgroups have to be mounted",
        "system-validators",
    ),
    row(
        &["[ERROR File"],
        "",
        "`k8sprep plan` shows what the host lacks; `k8sprep up` puts it right",
        "preflight/checks.go",
    ),
    row(
        &["[ERROR Swap]"],
        "",
        "`k8sprep plan` shows what switches swap on; `k8sprep up` puts it right",
        "preflight/checks.go SwapCheck",
    ),
    row(
        &["[ERROR CreateJob]"],
        "",
        "kubeadm lets a Pod of its pause image run as a trial: look whether a node takes Pods and has that image, and at \
         `kubectl -n kube-system get events`; then go on with the upgrade",
        "phases/upgrade/health.go createJob",
    ),
    of(MAKING, row(&["[ERROR "], "", Deed::Init.otherwise(), "preflight/checks.go")),
    of(&[Deed::Reset], row(&["[ERROR "], "", Deed::Reset.otherwise(), "preflight/checks.go")),
    of(&[Deed::Upgrade], row(&["[ERROR "], "", Deed::Upgrade.otherwise(), "preflight/checks.go")),
];
