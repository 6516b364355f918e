//! CRI-O's side: the drop-in, and what the files of the host make of it.

use std::path::Path;

use crio_config::{CgroupManager, Document, Error, KeyPath, Sources, Unreadable, Value, merge};
use host_prep::facts::Crio;

use super::agree::Agreed;
use super::spec::SelinuxPolicy;
use super::table::{CONMON_CGROUP_SINCE, CRIO_READS_DROP_INS};

/// Sorts after what packages and other tools bring.
const DROP_IN: &str = "99-k8sprep.conf";
const HEADER: &str = "# Written by k8sprep. Settings of your own belong in a file of your own.\n";

/// A file for CRI-O and what to know about it.
pub(super) struct CrioFile {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) notes: Vec<String>,
}

/// The file that makes CRI-O agree: a drop-in, or the edited main file for releases that read no drop-ins.
pub(super) fn file(agreed: &Agreed, selinux: SelinuxPolicy, host: &Crio) -> Result<CrioFile, Error> {
    let (path, old) = if agreed.crio.minor() >= CRIO_READS_DROP_INS {
        (host.drop_in_dir.join(DROP_IN).display().to_string(), HEADER.to_owned())
    } else {
        match host.main.known().and_then(Option::as_ref) {
            Some(main) => (main.path.display().to_string(), main.text().into_owned()),
            None => ("/etc/crio/crio.conf".to_owned(), HEADER.to_owned()),
        }
    };
    let mut document = Document::parse_for(&old, agreed.crio)?;
    for (key, value) in settings(agreed, selinux) {
        document.set(&path_of(key), &value)?;
    }
    let text = document.to_string();
    let notes = overridden(agreed, selinux, host, &path, &text);
    Ok(CrioFile { path, text, notes })
}

/// What CRI-O must be told.
fn settings(agreed: &Agreed, selinux: SelinuxPolicy) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("crio.runtime.cgroup_manager", Value::from(agreed.cgroup_driver.as_str())),
        ("crio.image.pause_image", Value::from(agreed.pause_image.as_str())),
    ];
    // CRI-O does not start with cgroupfs while conmon is to live in a systemd slice, and the reverse.
    if agreed.crio.minor() >= CONMON_CGROUP_SINCE {
        let cgroup = match agreed.cgroup_driver {
            CgroupManager::Cgroupfs => "pod",
            CgroupManager::Systemd => "system.slice",
        };
        settings.insert(1, ("crio.runtime.conmon_cgroup", Value::from(cgroup)));
    }
    if selinux == SelinuxPolicy::Enforcing {
        settings.push(("crio.runtime.selinux", Value::Boolean(true)));
    }
    if !agreed.is_default_socket() {
        settings.push(("crio.api.listen", Value::from(agreed.cri_socket.as_str())));
    }
    settings
}

/// Later files that win over ours, or why CRI-O would not read its files at all.
fn overridden(agreed: &Agreed, selinux: SelinuxPolicy, host: &Crio, ours: &str, text: &str) -> Vec<String> {
    let merged = match merge(&sources(host, ours, text), agreed.crio) {
        Ok(merged) => merged.config,
        Err(refusal) => return vec![format!("CRI-O {} will not start: {refusal}", agreed.crio)],
    };
    let differs = |(key, wanted): (&'static str, Value)| {
        let setting = merged.get(&path_of(key))?;
        if setting.value == wanted {
            return None;
        }
        Some(format!(
            "{key} is set again after {ours} and wins: {} has {}",
            setting.origin,
            shown(&setting.value)
        ))
    };
    settings(agreed, selinux).into_iter().filter_map(differs).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    }
}

/// The host's files with ours in the place it will have.
fn sources(host: &Crio, ours: &str, text: &str) -> Sources {
    let mut sources = Sources::new();
    if let Some(main) = host.main.known().and_then(Option::as_ref) {
        sources = sources.with_main(main.path.display().to_string(), main.bytes.clone());
    }
    // Where there is no main file yet, ours becomes it for releases that read no other.
    let is_main = Path::new(ours).parent() != Some(host.drop_in_dir.as_path());
    for file in host.drop_ins.known().into_iter().flatten().filter(|f| f.path.to_str() != Some(ours)) {
        sources =
            sources.with_drop_in(file.path.display().to_string(), Ok::<_, Unreadable>(file.bytes.clone()));
    }
    if is_main {
        return sources.with_main(ours, text);
    }
    sources.with_drop_in(ours, Ok(text.as_bytes().to_vec()))
}

fn path_of(key: &str) -> KeyPath {
    KeyPath::from_parts(key.split('.')).expect("keys of this file have parts")
}
