//! Kernel parameters: now, and at the next boot.

use host_prep::facts::Role;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// What the kubelet wants with `protectKernelDefaults: true`, and sets itself without it
/// (k8s.io/component-helpers, `node/util/sysctl`).
// pkg/kubelet/cm/container_manager_linux.go, `setupKernelTunables`.
pub(in crate::doctor) const DEFAULTS: &[(&str, &str)] = &[
    ("vm.overcommit_memory", "1"),
    ("vm.panic_on_oom", "0"),
    ("kernel.panic", "10"),
    ("kernel.panic_on_oops", "1"),
    ("kernel.keys.root_maxkeys", "1000000"),
    ("kernel.keys.root_maxbytes", "25000000"),
];

/// The parameters that k8sprep and kubeadm's documentation have set, with what a node wants.
pub(in crate::doctor) const OF_A_NODE: &[(&str, &str)] = &[
    ("net.ipv4.ip_forward", "1"),
    ("net.bridge.bridge-nf-call-iptables", "1"),
    ("net.bridge.bridge-nf-call-ip6tables", "1"),
];

/// sysctl(8): dots are directories.
fn proc_path(key: &str) -> String {
    format!("/proc/sys/{}", key.replace('.', "/"))
}

/// kubeadm's preflight reads the running kernel (`FileContent--proc-sys-net-ipv4-ip_forward`); what
/// the next boot will have is systemd-sysctl's.
pub(super) fn ip_forward_off(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_for_a_node() {
        return Ok(());
    }
    forwarding(seen, told, "net.ipv4.ip_forward", "packets of pods are not forwarded")
}

/// kubeadm asks for it where the address it advertises or a subnet is IPv6.
pub(super) fn ipv6_forwarding_off(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let mut ipv6 = false;
    for (pod, flag) in [
        ("kube-apiserver", "service-cluster-ip-range"),
        ("kube-apiserver", "advertise-address"),
        ("kube-controller-manager", "cluster-cidr"),
    ] {
        let flag = seen.manifest(pod)?.and_then(|manifest| manifest.flag(flag));
        ipv6 |= flag.is_some_and(|flag| flag.value.contains(':'));
    }
    // What kubeadm's preflight looks at, before there is a manifest.
    if !seen.is_member() {
        for file in told.kubeadm_files(seen) {
            let fields =
                ["networking.serviceSubnet", "networking.podSubnet", "localAPIEndpoint.advertiseAddress"];
            ipv6 |= fields.iter().any(|field| file.text(field).is_some_and(|(text, _)| text.contains(':')));
        }
    }
    if !ipv6 {
        return Ok(());
    }
    forwarding(seen, told, "net.ipv6.conf.default.forwarding", "IPv6 packets of pods are not forwarded")
}

/// The value now counts before that of the next boot, so that one fault is told once.
fn forwarding(seen: &Inspection<'_>, told: &mut Told<'_>, key: &str, what: &str) -> Said {
    let sysctl = seen.sysctl(key)?;
    let off = |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim() != "1");
    if off(&sysctl.live) {
        let live = sysctl.live.unwrap_or_default();
        told.fires(format!("{key} is {live}: {what}"))
            .seen_at(Evidence::kernel(proc_path(key)).value(live))
            .seen_in(sysctl.place);
    } else if off(&sysctl.boot) {
        told.fires(format!("{key} will be {} after the next boot: {what}", sysctl.boot.unwrap_or_default()))
            .seen_in(sysctl.place);
    } else if sysctl.live.is_none() && sysctl.boot.is_none() && !seen.is_running() {
        return Err(Unread::not_running(proc_path(key)));
    }
    Ok(())
}

/// A line that says what a node wants, and a later one that says otherwise.
///
/// systemd-sysctl(8) reads files by name over all directories and the last line of a key wins: a
/// file of ours named `99-` loses against `99-z`, and `/etc/sysctl.conf` comes as `99-sysctl.conf`
/// on Debian.
pub(super) fn overridden(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (key, wanted) in OF_A_NODE {
        let found = seen.facts().sysctls.iter().find(|(name, _)| name.to_string() == *key);
        let Some((_, sysctl)) = found else { continue };
        let boot = known(&sysctl.boot, key)?;
        if boot.value.as_deref().is_none_or(|value| value.trim() == *wanted) {
            continue;
        }
        // Only who has written the right value before is told that it does not count.
        let right = |line: &&host_prep::facts::Assignment| {
            line.role == Role::Overridden && line.value.as_deref().map(str::trim) == Some(*wanted)
        };
        let Some(loser) = boot.lines.iter().rfind(right) else { continue };
        let value = boot.value.as_deref().unwrap_or_default();
        let winner = boot.decided_by.as_ref().map(|at| Evidence::file(&at.file).line(at.line).value(value));
        told.fires(format!("{key} is set to {wanted}, and a later file sets it to {value}"))
            .seen_at(Evidence::file(&loser.at.file).line(loser.at.line).value(wanted))
            .seen_in(winner);
    }
    Ok(())
}

/// With the setting the kubelet ends with `invalid kernel flag` where it would else have set the
/// value itself.
pub(super) fn protect_kernel_defaults(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let said = seen.kubelet_switch("protect-kernel-defaults", "protectKernelDefaults")?;
    let Some((true, place)) = said else { return Ok(()) };
    for (key, wanted) in DEFAULTS {
        let sysctl = seen.sysctl(key)?;
        let differs = |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim() != *wanted);
        let live = differs(&sysctl.live);
        if live || differs(&sysctl.boot) {
            let value = if live { sysctl.live } else { sysctl.boot }.unwrap_or_default();
            told.fires(format!(
                "{key} is {value}, and the kubelet wants {wanted} with protectKernelDefaults"
            ))
            .seen_at(place.clone())
            .seen_in(sysctl.place);
        }
    }
    Ok(())
}

/// The kernel's own 128 instances are used up by a few dozen pods (kubernetes#104303).
///
/// A warning and no error: what is used up is not counted, since each user has his own limit.
pub(super) fn inotify(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const KEY: &str = "fs.inotify.max_user_instances";
    // 128 is the kernel's own value (inotify(7)), for each user, and root's containers are one
    // user.
    let few = seen.sysctl(KEY)?.live.and_then(|value| value.parse::<u64>().ok()).filter(|many| *many <= 128);
    if let Some(many) = few.filter(|_| seen.is_member()) {
        told.warns(format!("{KEY} is {many}: a node of some dozen pods needs more"))
            .seen_at(Evidence::kernel(proc_path(KEY)).value(many))
            .cured_by(format!("`sysctl -w {KEY}=8192`, and a file in /etc/sysctl.d for the next boot"));
    }
    Ok(())
}

/// Above nine tenths; the kernel then drops packets of new connections ("nf_conntrack: table full,
/// dropping packet").
pub(super) fn conntrack(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let number = |name: &str| -> Result<Option<u64>, Unread> {
        let file = seen.files().live(format!("/proc/sys/net/netfilter/{name}"))?;
        Ok(file.and_then(|file| file.text().trim().parse().ok()))
    };
    let (Some(count), Some(max)) = (number("nf_conntrack_count")?, number("nf_conntrack_max")?) else {
        return Ok(());
    };
    // From a full table on new connections are dropped ("nf_conntrack: table full, dropping
    // packet").
    if max > 0 && count.saturating_mul(10) > max.saturating_mul(9) {
        told.fires(format!("the connection tracking table has {count} of {max} entries in use"))
            .seen_at(Evidence::kernel("/proc/sys/net/netfilter/nf_conntrack_count").value(count))
            .seen_at(Evidence::kernel("/proc/sys/net/netfilter/nf_conntrack_max").value(max));
    }
    Ok(())
}
