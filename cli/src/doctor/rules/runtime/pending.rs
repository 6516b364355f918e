//! What changed under a runtime that goes on as it started.

use std::time::{Duration, SystemTime};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread, date};
use crate::doctor::inspection::{Inspection, known};
use crate::doctor::rules::asked;

type Said = Result<(), Unread>;

/// Both times are of whole seconds, so that a file may look changed that was read.
const EXACT: Duration = Duration::from_secs(2);

/// CRI-O reads its files when it starts, and few of them again on SIGHUP.
pub(super) fn restart(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.has_crio() || !seen.is_member() || seen.is_planned() {
        return Ok(());
    }
    let crio = &seen.facts().crio;
    let main = known(&crio.main, "/etc/crio/crio.conf")?;
    let drop_ins = known(&crio.drop_ins, "/etc/crio/crio.conf.d")?;
    let files: Vec<String> =
        main.iter().chain(drop_ins).map(|file| file.path.to_string_lossy().into_owned()).collect();
    if files.is_empty() {
        return Ok(());
    }
    let daemons = known(&seen.facts().daemons, "systemctl show")?;
    // One that does not run reads them when it starts.
    let Some(runs_for) = daemons.crio.runs_for else { return Ok(()) };
    let started = seen.now() - Duration::from_secs(runs_for);
    let mut args = vec!["--dereference", "--format=%Y %n", "--"];
    args.extend(files.iter().map(String::as_str));
    let text = asked::printed(seen, "stat", &args)?;
    for line in text.lines() {
        let Some((seconds, path)) = line.split_once(' ') else { continue };
        let Ok(seconds) = seconds.parse::<u64>() else { continue };
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        if changed > started + EXACT && changed <= seen.now() {
            told.fires(format!("{path} changed after CRI-O was started, and is not in force yet"))
                .seen_at(Evidence::file(path).value(format!("changed {}", date(changed))))
                .seen_at(
                    Evidence::command("systemctl show crio.service")
                        .value(format!("started {}", date(started))),
                );
        }
    }
    Ok(())
}

/// Where the kubelet puts pods, by driver: below these, and what a pod's own directory begins with.
const SYSTEMD: &[(&str, &str)] = &[
    ("kubepods.slice", "kubepods-pod"),
    ("kubepods.slice/kubepods-burstable.slice", "kubepods-burstable-pod"),
    ("kubepods.slice/kubepods-besteffort.slice", "kubepods-besteffort-pod"),
];
const CGROUPFS: &[(&str, &str)] =
    &[("kubepods", "pod"), ("kubepods/burstable", "pod"), ("kubepods/besteffort", "pod")];
/// The hierarchy of version 2, and one that each version 1 has.
const HIERARCHIES: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory"];

/// Pods that were started with the other driver stay where the kubelet does not look any more.
pub(super) fn cgroup_driver(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.is_member() || seen.is_planned() {
        return Ok(());
    }
    if !seen.is_running() {
        return Err(Unread::not_running("/sys/fs/cgroup"));
    }
    let wanted = seen.crio_text("crio.runtime.cgroup_manager").filter(|_| seen.has_crio());
    let (systemd, cgroupfs) = (pods(seen, SYSTEMD)?, pods(seen, CGROUPFS)?);
    let driver = wanted.as_ref().map(|(driver, _)| driver.as_str());
    let (driver, other, strays) = match driver {
        Some("cgroupfs") => ("cgroupfs", "systemd", systemd),
        Some("systemd") => ("systemd", "cgroupfs", cgroupfs),
        // Without CRI-O's word: both at once.
        _ if !systemd.is_empty() && !cgroupfs.is_empty() => ("systemd", "cgroupfs", cgroupfs),
        _ => return Ok(()),
    };
    if let Some(first) = strays.first() {
        let many = strays.len();
        told.fires(format!("{many} pods have cgroups of the driver {other}, and the driver is {driver} now"))
            .seen_at(Evidence::kernel(first))
            .seen_in(wanted.and_then(|(_, place)| place));
    }
    Ok(())
}

fn pods(seen: &Inspection<'_>, shape: &[(&str, &str)]) -> Result<Vec<String>, Unread> {
    let mut found = Vec::new();
    for (dir, begin) in HIERARCHIES
        .iter()
        .flat_map(|top| shape.iter().map(move |(dir, begin)| (format!("{top}/{dir}"), begin)))
    {
        let names = seen.files().list(&dir)?;
        found.extend(names.iter().filter(|name| name.starts_with(begin)).map(|name| format!("{dir}/{name}")));
    }
    Ok(found)
}
