//! Copies of the administrator's kubeconfig, which nobody else renews.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ADMIN;
use crate::doctor::certs::{CertificateTable, Lies};
use crate::doctor::{Inspection, Pem};

/// The certificate and the key of a kubeconfig, as they stand in it.
struct Words(String, String);

impl Words {
    fn of(seen: &Inspection<'_>, path: &str) -> Option<Self> {
        let config = seen.kubeconfig(path).ok()??;
        match (config.certificate?, config.key?) {
            (Pem::Data(certificate, _), Pem::Data(key, _)) => {
                Some(Self(STANDARD.encode(certificate), STANDARD.encode(key)))
            }
            _ => None,
        }
    }
}

/// The copies with what they will hold: of those that have exactly what the administrator's kubeconfig
/// has now, so that nobody gets a right back that ended.
pub(super) fn renewed(
    (before, table): (&Inspection<'_>, &CertificateTable),
    after: &Inspection<'_>,
) -> Vec<(PathBuf, Vec<u8>)> {
    let (Some(old), Some(new)) = (Words::of(before, ADMIN), Words::of(after, ADMIN)) else {
        return Vec::new();
    };
    if old.0 == new.0 {
        return Vec::new();
    }
    let places = table.rows.iter().filter(|row| row.lies == Lies::KubeconfigCopy).map(|row| &row.place);
    let with = |place: &String| {
        let text = before.files().file(place).ok()??.text().into_owned();
        // One that is as long as its key is not found by chance.
        let whole = text.contains(&old.0) && text.contains(&old.1);
        let renewed = text.replace(&old.0, &new.0).replace(&old.1, &new.1);
        whole.then(|| (PathBuf::from(place), renewed.into_bytes()))
    };
    places.filter_map(with).collect()
}

/// Only those that are files of their own: one may be a link to another.
pub(super) fn apart(host: &host_prep::Host, all: Vec<(PathBuf, Vec<u8>)>) -> Vec<(PathBuf, Vec<u8>)> {
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
