//! Manifests of static pods that a run which was killed had taken out.

use std::path::{Path, PathBuf};

#[cfg(feature = "api")]
use host_prep::{Host, cluster};

use super::Reporter;

/// Puts the manifests back that a run that was killed had taken out.
#[cfg(feature = "api")]
pub(super) fn manifests_back(host: &Host, report: &mut dyn Reporter) -> Result<Vec<PathBuf>, super::Error> {
    let mut all = Vec::new();
    for (id, path) in cluster::taken_out(host)? {
        let back = cluster::put_back(host, id)?;
        super::carry::tell_kept(&back, report);
        tell(&path, report);
        all.push(path);
    }
    Ok(all)
}

/// Tells those that a recovery put back, and how the renewal goes on that had taken them out.
pub(crate) fn manifests_are_back(paths: &[PathBuf], report: &mut dyn Reporter) {
    paths.iter().for_each(|path| tell(path, report));
    if !paths.is_empty() {
        report.note(&"  `k8sprep certs renew --resume` restarts what is left");
    }
}

fn tell(path: &Path, report: &mut dyn Reporter) {
    report.note(&format_args!("{} was taken out by a run that was stopped: it is back", path.display()));
}
