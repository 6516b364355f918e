//! What the machine has, and what time it is there.
//!
//! Sources: `cmd/kubeadm/app/preflight/checks_unix.go` and `checks_linux.go` (`NumCPUCheck`,
//! `MemCheck`), `k8s.io/system-validators`. Processors and memory are refused for a control plane
//! and noted for a worker, as kubeadm asks them in `init` and `join --control-plane` alone.

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread, date};
use crate::doctor::inspection::{Inspection, Role, known};
use crate::doctor::rules::packages::{known_machine, program_machine};

type Said = Result<(), Unread>;

// `ControlPlaneNumCPU` and `ControlPlaneMem` of kubeadm's constants.go; workers are not asked.
/// Processors.
const FEWEST_CPUS: usize = 2;
/// Memory; the control plane's pods alone use most of it.
const LEAST_MEMORY_MB: u64 = 1700;

/// Whether the host is, or may become, a control plane: before kubeadm that is not known.
fn may_be_control_plane(seen: &Inspection<'_>) -> bool {
    matches!(seen.role(), Role::ControlPlane | Role::None)
}

/// Never an error: without root much is undecided, which each of those checks says of itself.
pub(super) fn not_root(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.host().is_seen_by_root() {
        told.fires("this was not run as root: what only root may read is undecided")
            .seen_at(Evidence::kernel("geteuid(2)"))
            .cured_by("run it with sudo");
    }
    Ok(())
}

/// Go counts the processors of the affinity mask, not those that are installed.
pub(super) fn cpus(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_for_a_node() || !seen.host().root().is_live() {
        return Ok(());
    }
    let many = seen.host().processors().map_err(|error| Unread::because("sched_getaffinity(2)", &error))?;
    if many >= FEWEST_CPUS {
        return Ok(());
    }
    let what = format!("{many} processor may be used, and a control plane needs {FEWEST_CPUS}");
    let finding = if may_be_control_plane(seen) { told.fires(what) } else { told.notes(what) };
    finding.seen_at(Evidence::kernel("sched_getaffinity(2)").value(many));
    Ok(())
}

/// Total memory and not what is free: kubeadm looks at `sysinfo(2)`, which gives the same number.
pub(super) fn memory(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const MEMINFO: &str = "/proc/meminfo";
    if !seen.is_for_a_node() || !may_be_control_plane(seen) {
        return Ok(());
    }
    let Some(file) = seen.files().live(MEMINFO)? else { return Err(Unread::new(MEMINFO, "it is not there")) };
    let text = file.text();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let total = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    let Some(total) = total else { return Err(Unread::new(MEMINFO, "it has no MemTotal")) };
    // kubeadm divides bytes by 1024 * 1024, and so does MemTotal in KiB by 1024.
    if total / 1024 < LEAST_MEMORY_MB {
        told.fires(format!(
            "the host has {} MB of memory, and a control plane needs {LEAST_MEMORY_MB}",
            total / 1024
        ))
        .seen_at(Evidence::kernel(MEMINFO).value(format!("MemTotal: {total} kB")));
    }
    Ok(())
}

/// Without the directory of the running kernel no module can be loaded any more.
pub(super) fn reboot(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let release = known(&seen.facts().kernel.release, "/proc/sys/kernel/osrelease")?;
    let files = seen.files();
    let modules = format!("/lib/modules/{release}");
    let others = known(&seen.facts().kernel.installed, "/lib/modules")?;
    // Without its modules the running kernel can load none any more, and the next `modprobe`
    // fails.
    if files.kind(&modules)?.is_none() && !others.is_empty() {
        told.fires(format!(
            "the modules of the running kernel {release} are gone: it was upgraded and not rebooted"
        ))
        .seen_at(Evidence::file(modules))
        .cured_by("reboot the host");
    } else if files.kind("/run/reboot-required")?.is_some() {
        told.notes("the package manager asks for a reboot").seen_at(Evidence::file("/run/reboot-required"));
    }
    Ok(())
}

/// A clock before the cluster's own CA was made: an empty battery, or a snapshot put back.
pub(super) fn clock_in_the_past(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const CA: &str = "/etc/kubernetes/pki/ca.crt";
    let first = seen.certificates(CA)?.and_then(|all| all.into_iter().next());
    if let Some(ca) = first.filter(|ca| seen.now() < ca.not_before) {
        told.fires(format!("the clock says {}, which is before the cluster's CA was made", date(seen.now())))
            .seen_at(Evidence::file(CA).value(date(ca.not_before)));
    }
    Ok(())
}

/// A service that is enabled is enough: whether it reaches a server is not known from files.
/// Tokens, certificates and leases all go by the clock.
pub(super) fn clock_not_synchronised(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let time = &seen.facts().time;
    if seen.is_for_a_node() && time.enabled.is_empty() {
        // The directory that may not be read may have the link.
        if let Some(why) = time.unknown.first() {
            return Err(Unread::new("/etc/systemd/system", why));
        }
        told.fires("no service that keeps the time is started at boot")
            .seen_at(Evidence::file("/etc/systemd/system"));
    }
    Ok(())
}

/// hwclock(8): the third line says whether the clock of the board is in local time.
///
/// Local time on the board jumps by an hour twice a year at boot, until the time service has
/// answered.
pub(super) fn rtc(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = seen.files().file("/etc/adjtime")? else { return Ok(()) };
    // The third line is UTC or LOCAL (adjtime_config(5)).
    if file.text().lines().nth(2).map(str::trim) == Some("LOCAL") {
        told.fires("the clock of the board is kept in local time")
            .seen_at(file.evidence().line(3).value("LOCAL"));
    }
    Ok(())
}

/// An image that waits for its first boot has none on purpose; a member has to have its own.
///
/// Clones of one image share DHCP leases, and the Node shows the same id (kubeadm#31). Two hosts
/// with one id are compared by `doctor::hosts`; here only an id that is none is seen.
pub(super) fn machine_id(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const MACHINE_ID: &str = "/etc/machine-id";
    if !seen.is_member() {
        return Ok(());
    }
    let file = seen.files().file(MACHINE_ID)?;
    let id = file.as_ref().map(|file| file.text().trim().to_owned()).unwrap_or_default();
    // machine-id(5): images are built with an empty file or this word.
    if id.is_empty() || id == "uninitialized" {
        let how = if file.is_none() { "is not there" } else { "has no id" };
        told.fires(format!("{MACHINE_ID} {how}, and the host is a node")).seen_at(Evidence::file(MACHINE_ID));
    }
    if !seen.is_running() {
        return Ok(());
    }
    const UUID: &str = "/sys/class/dmi/id/product_uuid";
    if let Some(uuid) = seen.files().live(UUID)? {
        let digits: String = uuid.text().trim().to_ascii_lowercase().replace('-', "");
        // Firmware of virtual machines without a serial number gives all zeroes or all ones.
        let blank = ["0", "f"].iter().any(|digit| !digits.is_empty() && digits.replace(digit, "").is_empty());
        if blank {
            told.fires("the machine has no product UUID of its own")
                .seen_at(Evidence::kernel(UUID).value(uuid.text().trim()));
        }
    }
    Ok(())
}

/// The kubelet of another machine ends with `exec format error`; system-validators take Linux alone.
pub(super) fn platform(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const KUBELET: &str = "/usr/bin/kubelet";
    if !seen.host().root().is_live() {
        return Err(Unread::not_running("uname(2)"));
    }
    let (system, machine) = seen.host().machine().map_err(|error| Unread::because("uname(2)", &error))?;
    if system != "Linux" {
        told.fires(format!("{system} is not supported")).seen_at(Evidence::kernel("uname(2)").value(system));
        return Ok(());
    }
    let own = program_machine(seen, KUBELET)?;
    if let Some(other) = own.filter(|other| *other != machine && known_machine(&machine)) {
        told.fires(format!("{KUBELET} is for {other}, and the machine is {machine}"))
            .seen_at(Evidence::file(KUBELET).value(other))
            .seen_at(Evidence::kernel("uname(2)").value(machine));
    }
    Ok(())
}

/// Until 5.6 `getrandom` waits for the pool, and a machine without a source of its own fills it slowly.
pub(super) fn entropy(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const AVAILABLE: &str = "/proc/sys/kernel/random/entropy_avail";
    // Since 5.6 /dev/random blocks only until it was seeded once (random(4)).
    if seen.kernel_at_least(5, 6)? {
        return Ok(());
    }
    let file = seen.files().live(AVAILABLE)?;
    let bits = file.and_then(|file| file.text().trim().parse::<u32>().ok());
    if let Some(bits) = bits.filter(|bits| *bits < 200) {
        told.fires(format!("the kernel has {bits} bits of entropy: keys are made slowly"))
            .seen_at(Evidence::kernel(AVAILABLE).value(bits));
    }
    Ok(())
}
