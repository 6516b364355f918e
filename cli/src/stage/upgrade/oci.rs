//! What starts containers: after an upgrade the same OCI runtime as before it, unless another one is asked for.
//!
//! CRI-O and its packages went from runc to crun where no file says which, and a container of the one is lost to
//! the other: CRI-O does not come up beside such (cri-o#8705, kubespray#11907).

use std::path::PathBuf;

use crio_config::Value;
use host_prep::Host;
use host_prep::cluster::upgrade::{self as prep, UpgradeRecord};

use super::{Upgrade, not_read};
use crate::doctor::Inspection;
use crate::migrate::edit::SOCKET;
use crate::recipe::{DEFAULT_RUNTIME, default_runtime, drop_in_with};
use crate::stage::{Error, Reporter};

/// What CRI-O starts containers with by its files; `None`: they do not tell.
pub(super) fn now(seen: &Inspection<'_>) -> Result<Option<String>, Error> {
    Ok(seen.crio_configuration().map_err(not_read)?.map(|(_, config)| default_runtime(&config)))
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
        let Some((release, config)) = seen.crio_configuration().map_err(not_read)? else { return Ok(()) };
        let found = default_runtime(&config);
        if found == wanted {
            return Ok(());
        }
        let mut settings = vec![(DEFAULT_RUNTIME, Value::from(wanted))];
        if !config.runtimes().contains(&wanted) {
            settings.extend(table_of(wanted).map(|table| (table, Value::from("oci"))));
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
