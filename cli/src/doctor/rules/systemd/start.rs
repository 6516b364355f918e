//! Whether systemd can start the services of a node, and does at boot.

use std::path::Path;

use host_prep::fs::Kind;

use crate::doctor::check::{Told, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, Part, known, unit};

/// Where an administrator's units lie, and where packages put theirs.
///
/// What is here wins over [`PACKAGES`] as a whole file (systemd.unit(5)).
const ETC: &str = "/etc/systemd/system";
const PACKAGES: [&str; 2] = ["/usr/lib/systemd/system", "/lib/systemd/system"];
/// Where systemd looks for a unit, the first that has one wins.
const DIRS: [&str; 5] =
    [ETC, "/run/systemd/system", "/usr/local/lib/systemd/system", PACKAGES[0], PACKAGES[1]];

type Said = Result<(), Unread>;

/// What makes the files true at each boot that a node's kernel is set by, and what is not so without it.
const BOOT_UNITS: [(&str, &str); 2] = [
    ("systemd-sysctl.service", "no file of sysctl.d is in force after a boot"),
    ("systemd-modules-load.service", "no file of modules-load.d is in force after a boot"),
];

/// systemd.unit(5): a link to `/dev/null`, or an empty file, masks a unit, wherever it lies.
///
/// `systemctl enable` refuses a masked unit, and so does kubeadm's start of the kubelet.
pub(super) fn masked(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    let is_of_a_node = seen.is_for_a_node() || seen.has_crio();
    let of_boot = BOOT_UNITS.iter().filter(|_| is_of_a_node).copied();
    let of_node = unit::NODE_UNITS.iter().map(|name| (*name, "nothing can start it"));
    for (name, so) in of_node.chain(of_boot) {
        for dir in DIRS {
            let path = Path::new(dir).join(name);
            let to = files.link(&path)?;
            let null = to.as_deref().is_some_and(|to| to == Path::new("/dev/null"));
            let kind = files.kind(&path)?;
            if to.is_none() && kind.is_none() {
                continue;
            }
            let empty = !null
                && kind == Some(Kind::File)
                && files.head(&path, 1)?.is_some_and(|bytes| bytes.is_empty());
            if null || empty {
                let how = if null { "is a link to /dev/null" } else { "is empty" };
                let is_of_boot = BOOT_UNITS.iter().any(|(boot, _)| *boot == name);
                let cure = if is_of_boot {
                    // No target enables these.
                    format!("`systemctl unmask {name}`, then `systemctl restart {name}`")
                } else if dir.starts_with("/etc") || dir.starts_with("/run") {
                    format!("`systemctl unmask {name}`, then `systemctl enable --now {name}`")
                } else {
                    format!(
                        "install the package again that has {}, then `systemctl daemon-reload`",
                        path.display()
                    )
                };
                told.fires(format!("{name} is masked ({} {how}): {so}", path.display()))
                    .seen_at(Evidence::file(&path))
                    .cured_by(cure);
            }
            // Of several files of that name systemd reads the first.
            break;
        }
    }
    Ok(())
}

/// What the facts show, with each of the lines.
///
/// A drop-in that sets `ExecStart=` has to empty it first, or the unit is refused as bad-setting.
pub(super) fn duplicated(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    seen.consults(Part::Units);
    for said in seen.said("exec-start-duplicated") {
        let unit = seen.node_units().find(|(name, _)| said.what.starts_with(name));
        let lines = unit.map(|(_, unit)| unit::lines(unit, "Service", "ExecStart")).unwrap_or_default();
        told.takes(said).seen_in(lines.into_iter().map(|line| line.place));
    }
    Ok(())
}

/// systemd ends with 203/EXEC where the program is not there or may not be executed.
///
/// What the program is made for is another check (`program-not-runnable`).
pub(super) fn not_runnable(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    // A unit without a command at all.
    by_facts(seen, told)?;
    let files = seen.files();
    for (name, unit) in seen.node_units() {
        // A drop-in that puts its own command in place of the package's has it last.
        let Some(program) = unit.commands.last().and_then(|words| words.first()) else { continue };
        // systemd.service(5): a name without a slash is looked for in its own path.
        if !program.starts_with('/') || program.contains('%') {
            continue;
        }
        let why = match files.kind(program)? {
            // A tree of configuration alone has no programs.
            None if files.kind("/usr/bin")?.is_none() && files.kind("/bin")?.is_none() => {
                told.could_not_read(Unread::new(program, "the tree has no programs"));
                continue;
            }
            None => "is not there",
            Some(Kind::Directory) => "is a directory",
            Some(Kind::File) if files.mode(program)?.is_some_and(|mode| mode.bits() & 0o111 == 0) => {
                "is not executable"
            }
            _ => continue,
        };
        let line = unit::last(unit, "Service", "ExecStart").map(|line| line.place);
        told.fires(format!("{name} cannot start: {program} {why}"))
            .seen_at(Evidence::file(program))
            .seen_in(line);
    }
    Ok(())
}

/// systemd.exec(5): without a `-` before its name a file that is not there fails the unit.
pub(super) fn environment_file_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (name, unit) in seen.node_units() {
        let lines = unit::lines(unit, "Service", "EnvironmentFile");
        // A `-` before the path makes it optional (systemd.exec(5)).
        for file in unit.environment_files.iter().filter(|file| file.variables.is_none() && !file.optional) {
            let path = file.path.display().to_string();
            // systemd puts specifiers and globs in; what they come to is not known here.
            if path.contains(['%', '*', '?', '[']) {
                continue;
            }
            let line = lines.iter().find(|line| line.value == path).map(|line| line.place.clone());
            told.fires(format!("{path} is not there, and {name} does not start without it")).seen_in(line);
        }
    }
    Ok(())
}

/// systemd passes over a unit whose condition does not hold, and ends well: nothing shows that it never ran.
///
/// Only conditions on files that stay, since those of /run come and go; with `|` one of several is enough.
pub(super) fn condition_unmet(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    for (name, unit) in seen.node_units() {
        // What a kubelet waits for kubeadm makes.
        if name == "kubelet.service" && !seen.is_member() {
            continue;
        }
        for (key, line) in unit::conditions(unit) {
            let (wanted, path) = match line.value.strip_prefix('!') {
                Some(path) => (false, path.trim()),
                None => (true, line.value.trim()),
            };
            let stays = ["/etc/", "/usr/", "/var/", "/opt/"].iter().any(|root| path.starts_with(root));
            if !stays || path.contains(['%', '*', '?', '[']) {
                continue;
            }
            let kind = files.kind(path)?;
            let holds = match key.trim_start_matches("Condition").trim_start_matches("Assert") {
                "PathExists" => kind.is_some(),
                "PathIsDirectory" => kind == Some(Kind::Directory),
                "FileNotEmpty" => {
                    kind == Some(Kind::File) && files.head(path, 1)?.is_some_and(|bytes| !bytes.is_empty())
                }
                _ => continue,
            };
            // A tree of configuration alone has not everything.
            let above = Path::new(path).parent().map(|above| files.kind(above)).transpose()?.flatten();
            if holds == wanted || (wanted && above.is_none()) {
                continue;
            }
            told.fires(format!("{name} is never started: {key}={} does not hold", line.value))
                .seen_at(line.place);
        }
    }
    Ok(())
}

/// What no target wants is gone after a reboot. kubeadm warns of both (`Service-kubelet`).
///
/// Only units that are there; one that is missing has a check of its own.
pub(super) fn not_enabled(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (name, unit) in seen.node_units().filter(|(_, unit)| !unit.enabled && unit.wanted_by.is_empty()) {
        // The directory that may not be read may have the link.
        if !unit.unknown.is_empty() {
            let path = unit.path.display().to_string();
            unit.unknown.iter().for_each(|why| told.could_not_read(Unread::new(&path, why)));
            continue;
        }
        told.fires(format!("{name} does not start at boot: no target wants it"))
            .seen_at(Evidence::file(&unit.path))
            .cured_by(format!("`systemctl enable {name}`"));
    }
    Ok(())
}

/// `systemctl is-enabled` says yes where any target wants a unit, whether the boot comes to that target or not.
pub(super) fn not_reached(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(boot) = &seen.facts().boot_target else { return Ok(()) };
    for (name, unit) in seen.node_units().filter(|(_, unit)| !unit.enabled && !unit.wanted_by.is_empty()) {
        let by = unit.wanted_by.join(", ");
        told.fires(format!(
            "{name} does not start at boot: {by} wants it, and the host boots to {}, which does not start that",
            boot.name
        ))
        .seen_at(Evidence::file(&boot.by).value(&boot.name))
        .seen_at(Evidence::file(&unit.path))
        .cured_by(format!(
            "`systemctl set-default {}`, where an argument of the kernel does not name another target; or \
             `WantedBy={}` below [Install] of {name}, and `systemctl reenable {name}`",
            unit.wanted_by.first().map_or("multi-user.target", String::as_str),
            boot.name
        ));
    }
    Ok(())
}

/// A whole unit in `/etc` hides the package's, so that upgrades of the package do not reach it.
///
/// Drop-ins are the way to change a unit and are no finding.
pub(super) fn shadows_package(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    for (name, unit) in seen.node_units().filter(|(_, unit)| unit.path.starts_with(ETC)) {
        if files.link(&unit.path)?.is_some() {
            continue;
        }
        // Both may be one directory, and one is enough to tell.
        for dir in PACKAGES {
            let packaged = Path::new(dir).join(name);
            if files.kind(&packaged)? == Some(Kind::File) {
                told.fires(format!("{} hides the unit of the package", unit.path.display()))
                    .seen_at(Evidence::file(&unit.path))
                    .seen_at(Evidence::file(packaged));
                break;
            }
        }
    }
    Ok(())
}

/// A kubelet that starts before CRI-O ends, and is restarted until CRI-O answers.
///
/// Packages of CRI-O order it (`Before=kubelet.service`); a unit of one's own often does not.
pub(super) fn unordered(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let (Some(crio), Some(kubelet)) = (seen.unit("crio.service"), seen.unit("kubelet.service")) else {
        return Ok(());
    };
    let names = |unit, key, name: &str| {
        unit::lines(unit, "Unit", key).iter().any(|line| line.value.split_whitespace().any(|one| one == name))
    };
    // Order alone matters: `Requires=` would stop the kubelet with CRI-O.
    if !names(crio, "Before", "kubelet.service") && !names(kubelet, "After", "crio.service") {
        told.fires("kubelet.service is not ordered after crio.service")
            .seen_at(Evidence::file(&kubelet.path))
            .seen_at(Evidence::file(&crio.path));
    }
    Ok(())
}

/// What was edited is in force only after `systemctl daemon-reload`.
pub(super) fn reload_pending(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let daemons = known(&seen.facts().daemons, "systemctl show")?;
    for (name, daemon) in [("kubelet.service", &daemons.kubelet), ("crio.service", &daemons.crio)] {
        if daemon.needs_reload {
            told.fires(format!("the files of {name} changed, and systemd has not read them"))
                .seen_at(Evidence::command("systemctl show").value(format!("{name} NeedDaemonReload=yes")))
                .cured_by(format!("`systemctl daemon-reload`, then restart {name}"));
        }
    }
    Ok(())
}
