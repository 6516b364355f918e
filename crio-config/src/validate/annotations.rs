//! The annotations a runtime or workload may allow.

use crate::Release;
use crate::catalogue::first_of;

/// Name and first release. Source: `pkg/annotations` of every tag.
const KNOWN: &[(&str, Release)] = &[
    ("io.kubernetes.cri-o.userns-mode", first_of(21)),
    ("io.kubernetes.cri-o.UnifiedCgroup", first_of(21)),
    ("io.kubernetes.cri-o.ShmSize", first_of(21)),
    ("io.kubernetes.cri-o.Devices", first_of(21)),
    ("cpu-load-balancing.crio.io", first_of(21)),
    ("cpu-quota.crio.io", first_of(21)),
    ("irq-load-balancing.crio.io", first_of(21)),
    ("io.containers.trace-syscall", first_of(21)),
    ("io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel", Release::patch(21, 7)),
    ("io.kubernetes.cri.rdt-class", first_of(22)),
    ("io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw", first_of(23)),
    ("cpu-c-states.crio.io", first_of(25)),
    ("cpu-freq-governor.crio.io", first_of(25)),
    ("io.kubernetes.cri-o.seccompNotifierAction", first_of(26)),
    ("io.kubernetes.cri-o.LinkLogs", Release::patch(26, 4)),
    ("io.kubernetes.cri-o.umask", first_of(27)),
    ("bundle", Release::patch(27, 6)),
    ("org.systemd.property.", Release::patch(27, 6)),
    ("org.criu.config", Release::patch(27, 6)),
    ("module.wasm.image/variant", Release::patch(27, 6)),
    ("io.kubernetes.cri.container-type", Release::patch(27, 6)),
    ("run.oci.", Release::patch(27, 6)),
    ("io.kubernetes.cri-o.PodLinuxOverhead", first_of(28)),
    ("io.kubernetes.cri-o.PodLinuxResources", first_of(28)),
    ("cpu-shared.crio.io", Release::patch(28, 11)),
    ("seccomp-profile.kubernetes.cri-o.io", first_of(30)),
    ("io.kubernetes.cri-o.DisableFIPS", first_of(30)),
    ("cgroup2-mount-hierarchy-rw.crio.io", first_of(35)),
    ("devices.crio.io", first_of(35)),
    ("disable-fips.crio.io", first_of(35)),
    ("link-logs.crio.io", first_of(35)),
    ("platform-runtime-path.crio.io", first_of(35)),
    ("pod-linux-overhead.crio.io", first_of(35)),
    ("pod-linux-resources.crio.io", first_of(35)),
    ("seccomp-notifier-action.crio.io", first_of(35)),
    ("seccomp-profile.crio.io", first_of(35)),
    ("shm-size.crio.io", first_of(35)),
    ("spoofed.crio.io", first_of(35)),
    ("try-skip-volume-selinux-label.crio.io", first_of(35)),
    ("umask.crio.io", first_of(35)),
    ("unified-cgroup.crio.io", first_of(35)),
    ("userns-mode.crio.io", first_of(35)),
    ("org.opencontainers.image.stopSignal", first_of(35)),
    ("io.kubernetes.cri-o.PlatformRuntimePath", first_of(35)),
    ("io.kubernetes.cri-o.Spoofed", first_of(35)),
];

/// Minors that got a later annotation in a patch: name, first patch.
const PORTED_BACK: &[(&str, Release)] = &[
    ("io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel", Release::patch(22, 5)),
    ("bundle", Release::patch(28, 6)),
    ("org.systemd.property.", Release::patch(28, 6)),
    ("org.criu.config", Release::patch(28, 6)),
    ("module.wasm.image/variant", Release::patch(28, 6)),
    ("io.kubernetes.cri.container-type", Release::patch(28, 6)),
    ("run.oci.", Release::patch(28, 6)),
    ("bundle", Release::patch(29, 4)),
    ("org.systemd.property.", Release::patch(29, 4)),
    ("org.criu.config", Release::patch(29, 4)),
    ("module.wasm.image/variant", Release::patch(29, 4)),
    ("io.kubernetes.cri.container-type", Release::patch(29, 4)),
    ("run.oci.", Release::patch(29, 4)),
];

/// Does the release let the annotation be allowed?
pub(crate) fn is_known(name: &str, release: Release) -> bool {
    let later_patch = PORTED_BACK
        .iter()
        .find(|(ported, since)| *ported == name && since.minor() == release.minor())
        .map(|&(_, since)| since);
    KNOWN.iter().any(|&(known, since)| known == name && release >= later_patch.unwrap_or(since))
}
