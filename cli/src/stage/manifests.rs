//! Manifests of static pods that a run which was killed had taken out.

use std::path::PathBuf;

use host_prep::{Host, cluster};

use super::carry::tell_kept;
use super::{Error, Reporter};

/// Puts the manifests back that a run that was killed had taken out.
pub(super) fn manifests_back(host: &Host, report: &mut dyn Reporter) -> Result<Vec<PathBuf>, Error> {
    let mut all = Vec::new();
    for (id, path) in cluster::taken_out(host)? {
        let back = cluster::put_back(host, id)?;
        tell_kept(&back, report);
        report.note(&format_args!("{} was taken out by a run that was stopped: it is back", path.display()));
        all.push(path);
    }
    Ok(all)
}
