//! Which code is cured by what. A code that is not here is cured by the commands of its text.
//!
//! A row says which code, whether it may be done without being asked for by name, and what has to
//! be wished for. `automatic` is what disturbs nothing that runs; `say_who_can` makes it less on a
//! control plane that runs.

use super::wish::Wish;
use super::{host, kernel, runtime, service, upgrade};
use crate::doctor::finding::{Finding, Fix};
use crate::doctor::inspection::Inspection;

/// What cures a finding on the host it was found on; none where nothing of host-prep does there.
pub(super) type Way = fn(&Inspection<'_>, &Finding) -> Vec<Wish>;

/// How the findings of a check are cured.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Cure {
    /// The code.
    pub code: &'static str,
    /// Whether it can be done without asking for it by name. On a control plane that runs, and
    /// where the runtime of a node has to be restarted, nothing can.
    pub fix: Fix,
    way: Way,
}

impl std::fmt::Debug for Cure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.code, self.fix.as_str())
    }
}

impl Cure {
    /// Empty where nothing of host-prep helps on this host.
    pub(super) fn wishes(&self, seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
        (self.way)(seen, finding)
    }
}

/// `--fix` does it.
const fn automatic(code: &'static str, way: Way) -> Cure {
    Cure { code, fix: Fix::Automatic, way }
}

/// `--fix=unsafe` does it.
const fn only_asked_for(code: &'static str, way: Way) -> Cure {
    Cure { code, fix: Fix::Unsafe, way }
}

/// The codes that host-prep can cure.
const CURES: &[Cure] = &[
    automatic("localhost-not-resolved", host::localhost),
    automatic("hostname-not-resolved", host::own_name),
    automatic("clock-not-synchronised", service::time),
    automatic("br-netfilter-not-loaded", kernel::bridge),
    automatic("module-lost-at-reboot", kernel::bridge),
    automatic("ip-forward-off", kernel::forwarding),
    automatic("ipv6-forwarding-off", kernel::forwarding_of_ipv6),
    automatic("sysctl-file-overridden", kernel::overridden),
    automatic("protect-kernel-defaults-mismatch", kernel::defaults),
    automatic("inotify-limits-exhausted", kernel::inotify),
    automatic("neighbour-table-small", kernel::neighbours),
    automatic("user-namespaces-forbidden", kernel::user_namespaces),
    automatic("rp-filter-loose", kernel::reverse_path),
    automatic("swap-on", kernel::no_swap),
    automatic("swap-returns-at-boot", kernel::no_swap),
    // A process that SELinux lets pass today may be stopped by it.
    only_asked_for("selinux-mode-differs", kernel::enforcing),
    automatic("networkmanager-manages-pod-interfaces", host::network_manager),
    automatic("networkd-removes-foreign-routes", host::networkd),
    automatic("crictl-endpoint-mismatch", runtime::crictl),
    automatic("crictl-config-refused", runtime::crictl),
    automatic("pause-image-mismatch", runtime::pause_image),
    automatic("conmon-cgroup-mismatch", runtime::conmon_cgroup),
    automatic("cgroup-driver-mismatch", runtime::cgroup_driver),
    automatic("pids-limit-low", runtime::pids_limit),
    automatic("cni-plugin-dir-mismatch", runtime::plugin_dirs),
    automatic("container-selinux-missing", runtime::labels),
    automatic("cri-socket-mismatch", runtime::endpoint),
    automatic("kubelet-flag-unknown", runtime::unknown_flags),
    automatic("crio-bridge-config-left", runtime::leftovers),
    // Pods that start from then on are in another network than those that run.
    only_asked_for("cni-config-shadowed", runtime::leftovers),
    // A control plane's pod comes back.
    only_asked_for("manifest-set-aside", upgrade::manifest_back),
    automatic("runtime-endpoint-not-kept", upgrade::endpoint),
    automatic("kubelet-flag-ends", upgrade::ended_flag),
    automatic("unit-masked", service::masked),
    automatic("unit-not-enabled", service::not_enabled),
    automatic("daemon-reload-pending", service::reload),
    automatic("crio-not-running", service::crio),
    automatic("runtime-socket-missing", service::crio),
    automatic("kubelet-not-running", service::kubelet),
    automatic("limit-nofile-low", service::open_files),
    automatic("tasks-max-low", service::tasks),
    automatic("delegate-or-slice-changed", service::delegate),
    automatic("kubelet-unordered-after-runtime", service::order),
];

/// The codes that a plan can cure; every other is cured by the commands of its text.
///
/// ```
/// use k8sprep::doctor::cures;
///
/// assert!(cures().any(|cure| cure.code == "swap-on"));
/// ```
pub fn cures() -> impl Iterator<Item = &'static Cure> {
    CURES.iter()
}

/// `None`: by the commands of its text.
pub(super) fn find(code: &str) -> Option<&'static Cure> {
    CURES.iter().find(|cure| cure.code == code)
}
