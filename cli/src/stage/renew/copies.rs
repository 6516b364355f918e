//! Copies of the administrator's kubeconfig, which nobody else renews.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_prep::Host;
use host_prep::cluster::{self, Renewal};

use super::{ADMIN, Outcome, Renewed, now};
use crate::doctor::{Inspection, Pem};
use crate::stage::{Reporter, chain};

/// The certificate and the key of the administrator's kubeconfig, as they stand in it.
fn words(seen: &Inspection<'_>) -> Option<[String; 2]> {
    let config = seen.kubeconfig(ADMIN).ok()??;
    match (config.certificate?, config.key?) {
        (Pem::Data(certificate, _), Pem::Data(key, _)) => {
            Some([STANDARD.encode(certificate), STANDARD.encode(key)])
        }
        _ => None,
    }
}

/// Notes the copies that are to be renewed: those that have exactly what the administrator's
/// kubeconfig has now, so that nobody gets a right back that ended.
pub(super) fn note(
    host: &Host,
    (before, after): (&Inspection<'_>, &Inspection<'_>),
    renewal: &mut Renewal,
    report: &mut dyn Reporter,
) {
    let (Some(old), Some(new)) = (words(before), words(after)) else { return };
    if old[0] == new[0] {
        return;
    }
    let marks = cluster::marks_of(&old);
    let copies = cluster::kubeconfig_copies(host, &marks);
    for (path, error) in &copies.left {
        tell_left(path, &why(error), report);
    }
    (renewal.copies, renewal.marks) = (copies.found, Some(marks));
}

/// Renews those that were noted, one after the other. One that cannot be is told and left.
pub(super) fn renew(
    host: &Host,
    (renewal, done): (&mut Renewal, &mut Renewed),
    report: &mut dyn Reporter,
) -> Outcome<()> {
    let marks = renewal.marks.clone().unwrap_or_default();
    let new = words(&Inspection::of(host, now()));
    while let Some(copy) = renewal.copies.first().cloned() {
        let path: PathBuf = copy.home.join(".kube/config");
        match &new {
            None => tell_left(&path, &format!("{ADMIN} cannot be read"), report),
            Some(new) => match cluster::renew_kubeconfig_copy(host, &copy, (&marks, new)) {
                Ok(path) => done.copies.push(path),
                Err(error) => tell_left(&path, &why(&error), report),
            },
        }
        renewal.copies.remove(0);
        cluster::keep_renewal(host, Some(renewal.clone()))?;
    }
    Ok(())
}

/// Where it is is said before it.
fn why(error: &host_prep::Error) -> String {
    match error {
        host_prep::Error::Refused { why, .. } => why.to_string(),
        error => chain(error),
    }
}

fn tell_left(path: &std::path::Path, why: &str, report: &mut dyn Reporter) {
    let text = format!(
        "{} is not renewed: {why}; where it is a copy of {ADMIN}, it has to be copied again",
        path.display()
    );
    report.warn(crate::Code::KubeconfigCopyStale.as_str(), &text);
}

/// Only those that are files of their own: one may be a link to another.
pub(super) fn apart(host: &Host, all: Vec<(PathBuf, Vec<u8>)>) -> Vec<(PathBuf, Vec<u8>)> {
    let mut seen = host_prep::Observed::of(host);
    all.iter().for_each(|(path, _)| seen.look(host, path));
    let mut targets = Vec::new();
    let mut apart = Vec::new();
    for (path, bytes) in all {
        let target = seen.file(&path).map_or_else(|_| path.clone(), |look| look.target.clone());
        if !targets.contains(&target) {
            targets.push(target);
            apart.push((path, bytes));
        }
    }
    apart
}
