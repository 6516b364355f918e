//! What starts containers: after an upgrade the same OCI runtime as before it, unless another one is asked for.
//!
//! CRI-O and its packages went from runc to crun where no file says which, and a container of the one is lost to
//! the other: CRI-O does not come up beside such (cri-o#8705, kubespray#11907).

use std::path::PathBuf;

use crio_config::{Effective, KeyPath, Value};
use host_prep::Host;
use host_prep::cluster::upgrade::{self as prep, UpgradeRecord};

use super::Upgrade;
use crate::doctor::{Inspection, Unread};
use crate::recipe::drop_in_with;
use crate::stage::{Error, Reporter};

const DEFAULT: &str = "crio.runtime.default_runtime";
const SOCKET: &str = "unix:///var/run/crio/crio.sock";

/// What CRI-O starts containers with by its files; `None`: they do not tell.
pub(super) fn now(host: &Host) -> Result<Option<String>, Error> {
    let seen = Inspection::of(host, crate::stage::now());
    Ok(seen.crio_configuration().map_err(unread)?.map(|(_, config)| default_of(&config)))
}

fn unread(unread: Unread) -> Error {
    Error::ClusterFile { path: unread.source.into(), why: unread.why }
}

/// Before 1.31 an empty one is runc.
fn default_of(config: &Effective) -> String {
    match key(DEFAULT).and_then(|key| config.get(&key)).map(|setting| &setting.value) {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        _ => "runc".to_owned(),
    }
}

fn key(text: &str) -> Option<KeyPath> {
    KeyPath::from_parts(text.split('.'))
}

/// A default without a table of its own is none that CRI-O starts with.
fn table_of(name: &str) -> Option<&'static str> {
    match name {
        "runc" => Some("crio.runtime.runtimes.runc.runtime_type"),
        "crun" => Some("crio.runtime.runtimes.crun.runtime_type"),
        _ => None,
    }
}

impl Upgrade {
    /// Whether containers are started by another runtime afterwards.
    pub(super) fn changes_runtime(&self, record: &UpgradeRecord) -> bool {
        self.runtime.is_some() && record.runtime.is_some() && self.runtime != record.runtime
    }

    /// Removes the pods of the runtime that goes.
    pub(super) fn remove_pods(
        &self,
        host: &Host,
        record: &UpgradeRecord,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        report.note(&"  containers of the runtime that goes are removed");
        let endpoint = record.endpoint.as_deref().unwrap_or(SOCKET);
        Ok(prep::remove_pods(host, endpoint, &mut *report.watch()?)?)
    }

    /// Says it in our drop-in, where CRI-O's files of the new release have another one.
    pub(super) fn keep_runtime(
        &self,
        host: &Host,
        record: &UpgradeRecord,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        let Some(wanted) = self.runtime.as_deref().or(record.runtime.as_deref()) else { return Ok(()) };
        let seen = Inspection::of(host, crate::stage::now());
        let Some((release, config)) = seen.crio_configuration().map_err(unread)? else { return Ok(()) };
        let found = default_of(&config);
        if found == wanted {
            return Ok(());
        }
        let mut settings = vec![(DEFAULT, Value::from(wanted))];
        if let Some(table) = table_of(wanted)
            && key(table).is_some_and(|key| config.get(&key).is_none())
        {
            settings.push((table, Value::from("oci")));
        }
        let crio = &seen.facts().crio;
        let Some((path, text)) = drop_in_with(crio, release, &settings) else {
            let why =
                format!("CRI-O {release} starts containers with {found} by them, and not with {wanted}");
            return Err(Error::ClusterFile { path: crio.drop_in_dir.clone(), why });
        };
        report.note(&format_args!(
            "  {path} says {wanted}, where CRI-O {release} would start containers with {found}"
        ));
        self.rewrite(host, &[(PathBuf::from(path), text)], report)
    }
}
