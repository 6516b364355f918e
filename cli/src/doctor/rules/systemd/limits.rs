//! What units forbid the runtime and the kubelet, and how much they may use.

use std::path::Path;

use host_prep::facts::Unit;
use host_prep::text::{Dialect, Document};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, UnitLine, unit};

type Said = Result<(), Unread>;

/// Settings of systemd.exec(5) that give a service a mount namespace of its own, so that no mount it
/// makes reaches the host or a pod, or keep it from making namespaces at all; with the values that
/// do not.
const HARDENING: &[(&str, &[&str])] = &[
    ("ProtectSystem", OFF),
    ("ProtectHome", OFF),
    ("PrivateTmp", OFF),
    ("PrivateDevices", OFF),
    ("PrivateMounts", OFF),
    ("PrivateNetwork", OFF),
    ("PrivateUsers", OFF),
    ("ProtectControlGroups", OFF),
    ("ProtectKernelTunables", OFF),
    ("ProtectKernelModules", OFF),
    ("RestrictNamespaces", OFF),
    ("NoNewPrivileges", OFF),
    ("DynamicUser", OFF),
];
/// How systemd reads "no" (`parse_boolean`); the last one of a setting's lines counts.
const OFF: &[&str] = &["no", "false", "off", "0", "n", "f"];

/// Enough open files for a node of 110 pods; CRI-O's unit asks for 1048576.
const OPEN_FILES: u64 = 65_536;
/// systemd's own default is 15 % of the kernel's limit; a node of 110 pods needs thousands.
const TASKS: u64 = 4_096;

/// Units of the kubelet and of CRI-O only. A path as value (`ProtectSystem=strict`) is as good as
/// "yes".
pub(super) fn hardening(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (name, unit) in seen.node_units() {
        for (key, off) in HARDENING {
            let Some(line) = unit::last(unit, "Service", key) else { continue };
            if !off.contains(&line.value.to_ascii_lowercase().as_str()) {
                told.fires(format!("{key}={} keeps {name} from its work", line.value)).seen_at(line.place);
            }
        }
        for key in ["RootDirectory", "RootImage"] {
            if let Some(line) = unit::last(unit, "Service", key).filter(|line| line.value != "/") {
                told.fires(format!("{key}={} keeps {name} from its work", line.value)).seen_at(line.place);
            }
        }
        not_root(unit, name, told);
    }
    Ok(())
}

/// Both mount, make cgroups and namespaces: root alone may, with the capability that all of it asks for.
///
/// `%` begins a specifier, whose value is not known here.
fn not_root(unit: &Unit, name: &str, told: &mut Told<'_>) {
    const NEEDED: &str = "CAP_SYS_ADMIN";
    if let Some(line) = unit::last(unit, "Service", "User")
        && !["root", "0"].contains(&line.value.as_str())
        && !line.value.contains('%')
    {
        told.fires(format!("User={}: {name} does not run as root, and cannot do its work", line.value))
            .seen_at(line.place);
    }
    let lines = unit::lines(unit, "Service", "CapabilityBoundingSet");
    let has = |line: &UnitLine| line.value.to_ascii_uppercase().contains(NEEDED);
    // What begins with `~` is taken away; of several lists without it all are added up.
    let (away, given): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.value.starts_with('~'));
    let lacks = away.into_iter().find(has).or_else(|| match given.iter().any(has) {
        true => None,
        false => given.into_iter().next_back(),
    });
    if let Some(line) = lacks {
        told.fires(format!("CapabilityBoundingSet={} leaves {name} without {NEEDED}", line.value))
            .seen_at(line.place);
    }
}

/// CRI-O makes cgroups below its own; the kubelet has to stay outside of the pods' slices.
///
/// With `Delegate=` off systemd removes what CRI-O makes below its unit
/// (systemd.resource-control(5)).
pub(super) fn delegate_or_slice(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if let Some(line) = seen.unit("crio.service").and_then(|unit| unit::last(unit, "Service", "Delegate"))
        && OFF.contains(&line.value.to_ascii_lowercase().as_str())
    {
        told.fires("crio.service has Delegate= off: systemd and the runtime both write its cgroups")
            .seen_at(line.place);
    }
    for (name, unit) in seen.node_units() {
        let Some(line) = unit::last(unit, "Service", "Slice") else { continue };
        // Pods' cgroups are counted and limited by the kubelet; a daemon among them would be ended
        // with them.
        if line.value.starts_with("kubepods") {
            told.fires(format!("{name} runs in {}, which is the pods' slice", line.value))
                .seen_at(line.place);
        }
    }
    Ok(())
}

/// `infinity` is no number and fine. The soft limit is not asked: Go raises it to the hard one.
pub(super) fn nofile(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (name, unit) in seen.node_units() {
        let Some(line) = unit::last(unit, "Service", "LimitNOFILE") else { continue };
        // `soft:hard`, or one for both.
        // Go's runtime raises the soft limit to the hard one at a start (since 1.19).
        let hard = line.value.rsplit(':').next().unwrap_or_default();
        // `infinity` and what systemd cannot parse are no numbers.
        if hard.parse::<u64>().is_ok_and(|files| files < OPEN_FILES) {
            told.fires(format!("{name} may open {hard} files only")).seen_at(line.place);
        }
    }
    Ok(())
}

/// Percentages and `infinity` are let pass. At the limit fork(2) fails and no container starts.
pub(super) fn tasks(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (name, unit) in seen.node_units() {
        let Some(line) = unit::last(unit, "Service", "TasksMax") else { continue };
        if line.value.parse::<u64>().is_ok_and(|tasks| tasks < TASKS) {
            told.fires(format!("{name} may have {} tasks only", line.value)).seen_at(line.place);
        }
    }
    Ok(())
}

/// journald.conf(5): what is volatile is gone after a reboot.
///
/// A note: nothing is broken, but the reason of the last crash is not there to be read.
pub(super) fn journal(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (path, line, key, value) in journald(seen)? {
        if key == "Storage" && ["volatile", "none"].contains(&value.to_ascii_lowercase().as_str()) {
            told.fires(format!("the journal is not kept over a reboot (Storage={value})"))
                .seen_at(Evidence::file(path).line(line).value(format!("{key}={value}")));
        }
    }
    Ok(())
}

/// The assignments of `[Journal]` that are in force: the last of each key.
///
/// File, line, key and value. A drop-in of a higher directory hides one of the same name further
/// down only by coming later in the list.
///
/// Every setting of `[Journal]` in force, with its file and line: main file, then drop-ins by
/// name, each key from the last one that has it.
fn journald(seen: &Inspection<'_>) -> Result<Vec<(String, usize, String, String)>, Unread> {
    let files = seen.files();
    let mut paths: Vec<String> = Vec::new();
    for dir in ["/etc/systemd", "/usr/lib/systemd"] {
        let path = format!("{dir}/journald.conf");
        if files.kind(&path)?.is_some() {
            paths.push(path);
            break;
        }
    }
    for dir in
        ["/usr/lib/systemd/journald.conf.d", "/run/systemd/journald.conf.d", "/etc/systemd/journald.conf.d"]
    {
        let names = files.list(dir)?;
        let conf = names.iter().filter(|name| Path::new(name).extension().is_some_and(|end| end == "conf"));
        paths.extend(conf.map(|name| format!("{dir}/{name}")));
    }
    // By name, whatever the directory; the main file first.
    paths.sort_by_key(|path| {
        let main = path.ends_with("/journald.conf");
        (!main, path.rsplit('/').next().map(str::to_owned))
    });
    let mut found: Vec<(String, usize, String, String)> = Vec::new();
    for path in paths {
        let Some(file) = files.file(&path)? else { continue };
        let document = Document::parse(&file.bytes, Dialect::Systemd);
        for entry in document.entries().filter(|entry| entry.section.as_deref() == Some("Journal")) {
            // Of a key that stands twice the last one counts.
            found.retain(|(_, _, key, _)| *key != entry.key);
            found.push((path.clone(), document.line_number(entry.id), entry.key, entry.value));
        }
    }
    Ok(found)
}
