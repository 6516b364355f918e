//! Renewing the certificates of a control plane, and starting what reads them again, one process
//! after the other.
//!
//! kubeadm renews copies; what it made comes to the host in one transaction, which a rollback takes
//! back. Then each static pod's manifest is taken out and put back, and its port is asked until it
//! serves the new certificate. How far it is is kept: a run that was stopped is gone on with, and a
//! manifest that it had taken out is put back first.
//!
//! ```no_run
//! use host_prep::Host;
//! use k8sprep::stage::{Renew, Silent};
//!
//! let (done, ended) = Renew::default().run(&Host::live()?, &mut Silent);
//! done.renewed.iter().for_each(|one| println!("{} is valid until {}", one.place, one.not_after));
//! ended?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod component;
mod copies;
mod name;
mod restart;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use host_prep::cluster::{self, RENEWED, Renewal};
use host_prep::{Desired, Host, TransactionId, TransactionStatus};
use serde::Serialize;

pub use name::{CertificateName, InvalidCertificateName};
pub use restart::{Proof, Restarted};

use super::carry::{agreed, attempt, nothing_in_the_way};
use super::halfway::{halfway_back, stopped_back, turn};
use super::manifests::manifests_back;
use super::{Error, Question, RenewError, Reporter, count, now};
use crate::doctor::Inspection;
use crate::doctor::certs::{self, CertificateRow, CertificateTable, Lies};
use component::{Live, PODS, Ports, reader_of};

type Outcome<T> = Result<T, Error>;

const ADMIN: &str = "/etc/kubernetes/admin.conf";

/// How certificates are renewed. The default: all of them, each process within five minutes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Renew {
    /// Which; none: all that kubeadm renews.
    pub names: Vec<CertificateName>,
    /// A configuration for kubeadm, instead of the one that the cluster has.
    pub config: Option<Vec<u8>>,
    /// Only go on where a run was stopped.
    pub resume: bool,
    /// So long a process may take to end, and then to serve its new certificate; five minutes each.
    pub limit: Duration,
    /// So long a manifest is out where nothing tells that its process ended: longer than the kubelet
    /// takes to look at the directory again.
    pub out: Duration,
    /// Between two looks at a port; a second.
    pub pause: Duration,
    /// How long to wait for another run on this node. The default is not at all.
    pub wait: Duration,
}

impl Default for Renew {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            config: None,
            resume: false,
            // As long as kubeadm waits for a static pod (`UpgradeManifestTimeout`,
            // phases/upgrade/staticpods.go).
            limit: Duration::from_secs(300),
            // fileCheckFrequency is 20 s unless it is told otherwise.
            out: Duration::from_secs(25),
            pause: Duration::from_secs(1),
            wait: Duration::ZERO,
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Renewed {
    /// The transaction that has the new files.
    pub transaction: Option<TransactionId>,
    /// Whether a run that was stopped was gone on with.
    pub resumed: bool,
    /// The certificates.
    pub renewed: Vec<RenewedCertificate>,
    /// Copies of the administrator's kubeconfig that were renewed with it.
    pub copies: Vec<PathBuf>,
    /// Certificates that were asked for and are signed elsewhere.
    pub external: Vec<String>,
    /// Manifests that an earlier run had taken out, and that were put back first.
    pub put_back: Vec<PathBuf>,
    /// The processes that were restarted.
    pub restarted: Vec<Restarted>,
    /// Those that still have to be.
    pub left: Vec<String>,
}

/// A certificate that was renewed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RenewedCertificate {
    /// The file.
    pub place: String,
    /// The serial that it had.
    pub serial_before: String,
    /// The serial that it has.
    pub serial: String,
    /// When it ends, as RFC 3339 says it.
    pub not_after: String,
}

impl Renew {
    /// Renews, and restarts what reads the new files. What was done is told also where it failed.
    pub fn run(&self, host: &Host, report: &mut dyn Reporter) -> (Renewed, Result<(), Error>) {
        self.with(host, &Live, report)
    }

    fn with(
        &self,
        host: &Host,
        ports: &dyn Ports,
        report: &mut dyn Reporter,
    ) -> (Renewed, Result<(), Error>) {
        let mut done = Renewed::default();
        let ended = self.go(host, ports, &mut done, report);
        (done, ended)
    }

    fn go(
        &self,
        host: &Host,
        ports: &dyn Ports,
        done: &mut Renewed,
        report: &mut dyn Reporter,
    ) -> Outcome<()> {
        if cluster::taken_out(host)?.is_empty() && !is_control_plane(host)? {
            return Err(RenewError::NoControlPlane.into());
        }
        let _turn = turn(host, self.wait, report)?;
        done.put_back = manifests_back(host, report)?;
        halfway_back(host, (RENEWED, 0), report)?;
        let open = open_renewal(host)?;
        done.resumed = open.is_some();
        let mut renewal = match open {
            Some(open) => open,
            None if self.resume => return Ok(()),
            None => self.renew(host, done, report)?,
        };
        copies::renew(host, (&mut renewal, done), report)?;
        self.restart_all(host, ports, (renewal, done), report)
    }

    /// The files. What has to be restarted.
    fn renew(&self, host: &Host, done: &mut Renewed, report: &mut dyn Reporter) -> Outcome<Renewal> {
        let seen = Inspection::of(host, now());
        let before = certs::rows(&seen, &[]);
        agreed(Question::Renew, report)?;
        report.note(&"kubeadm certs renew");
        let made = cluster::renew_copies(host, &self.asked(&seen), &mut *report.watch()?)?;
        let there = Inspection::of(made.tree(), now());
        let after = certs::rows(&there, &[]);
        let renewed = changes(&before, &after);
        done.external = external(&seen, &before, &renewed, &self.names);
        let files = made.renewed()?;
        if files.is_empty() {
            return Err(nothing(done, &made.said).into());
        }
        let files = copies::apart(host, files);
        let reads = |pod: &&&str| renewed.iter().any(|one| reader_of(&one.place) == Some(**pod));
        let restart = PODS.iter().filter(reads).map(|pod| (*pod).to_owned()).collect();
        let last = host_prep::newest_id(host)?;
        let mut renewal = Renewal::new(last, restart);
        copies::note(host, (&seen, &there), &mut renewal, report);
        let (put, ended) = put(host, files, &renewal, report)?;
        (done.transaction, done.renewed) = (put, renewed);
        done.left.clone_from(&renewal.restart);
        ended?;
        report.note(&format_args!("  {}", count(done.renewed.len(), "certificate")));
        Ok(renewal)
    }

    fn asked(&self, seen: &Inspection<'_>) -> cluster::Renew {
        let names: Vec<String> = self.names.iter().map(|name| name.as_str().to_owned()).collect();
        let mut asked = cluster::Renew::new(if names.is_empty() { vec!["all".to_owned()] } else { names });
        (asked.pki, asked.config) = (pki(seen), self.config.clone());
        asked
    }
}

/// Where this control plane has its certificates.
fn pki(seen: &Inspection<'_>) -> PathBuf {
    PathBuf::from(seen.pki_dir())
}

fn is_control_plane(host: &Host) -> Outcome<bool> {
    Ok(host.root().kind(&cluster::manifest_of("kube-apiserver"))?.is_some())
}

/// The renewal whose files are in their place and whose processes are not all restarted.
fn open_renewal(host: &Host) -> Outcome<Option<Renewal>> {
    let Some(open) = cluster::renewal(host)? else { return Ok(None) };
    let history = host_prep::history(host)?;
    let files = history
        .iter()
        .find(|one| one.id > open.after && one.steps.first().is_some_and(|step| step.resource == RENEWED));
    let stands = files.is_some_and(|one| one.status == TransactionStatus::Applied);
    Ok(stands.then_some(open))
}

/// The new files in one transaction: all or none, since a certificate without its key is neither.
/// Stopped in its last step all are there, and the next run goes on with them. That something is to be
/// restarted is known before.
fn put(
    host: &Host,
    files: Vec<(PathBuf, Vec<u8>)>,
    renewal: &Renewal,
    report: &mut dyn Reporter,
) -> Outcome<(Option<TransactionId>, Outcome<()>)> {
    let with = |desired: Desired, (path, bytes)| desired.with(cluster::Renewed::new(path, bytes));
    let desired = files.into_iter().fold(Desired::new(), with);
    let plan = host_prep::verify(host, &desired);
    nothing_in_the_way(&plan)?;
    cluster::keep_renewal(host, Some(renewal.clone()))?;
    let (applied, ended) = attempt(host, &desired, &plan, Duration::ZERO, report)?;
    let Err(why) = ended else { return Ok((applied.id, Ok(()))) };
    if let (Some(id), true) = (applied.id, applied.stopped) {
        stopped_back(host, (id, &why), report)?;
        return Err(RenewError::TakenBack.into());
    }
    Ok((applied.id, Err(RenewError::Stopped { left: renewal.restart.clone() }.into())))
}

fn changes(before: &CertificateTable, after: &CertificateTable) -> Vec<RenewedCertificate> {
    let renewed = after.rows.iter().filter(|row| is_kubeadms(row)).filter_map(|row| {
        let old = before.rows.iter().find(|old| old.place == row.place && is_kubeadms(old))?;
        (old.serial != row.serial).then(|| RenewedCertificate {
            place: row.place.clone(),
            serial_before: old.serial.clone(),
            serial: row.serial.clone(),
            not_after: row.not_after.clone(),
        })
    });
    renewed.collect()
}

fn is_kubeadms(row: &CertificateRow) -> bool {
    !row.is_ca && matches!(row.lies, Lies::File | Lies::Kubeconfig)
}

/// Of what was asked for, what is as before because the key of its CA is not here.
fn external(
    seen: &Inspection<'_>,
    before: &CertificateTable,
    renewed: &[RenewedCertificate],
    names: &[CertificateName],
) -> Vec<String> {
    let pki = pki(seen);
    let signer = |place: &str| {
        let etcd = place.contains("/etcd/") || place.ends_with("apiserver-etcd-client.crt");
        if etcd {
            "etcd/ca.key"
        } else if place.ends_with("front-proxy-client.crt") {
            "front-proxy-ca.key"
        } else {
            "ca.key"
        }
    };
    let asked = |place: &str| {
        let name = place.rsplit('/').next().unwrap_or_default().trim_end_matches(".crt").to_owned();
        let name = if place.contains("/etcd/") { format!("etcd-{name}") } else { name };
        names.is_empty() || names.iter().any(|one| one.as_str() == name)
    };
    let is_away = |key: &str| {
        let path = pki.join(key).display().to_string();
        matches!(seen.files().kind(&path), Ok(None))
    };
    let rows = before.rows.iter().filter(|row| is_kubeadms(row) && asked(&row.place));
    let stayed = rows.filter(|row| !renewed.iter().any(|one| one.place == row.place));
    stayed.filter(|row| is_away(signer(&row.place))).map(|row| row.place.clone()).collect()
}

fn nothing(done: &Renewed, said: &str) -> RenewError {
    if done.external.is_empty() {
        let said = said.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        RenewError::Nothing { said }
    } else {
        RenewError::ExternalCa { certificates: done.external.clone() }
    }
}
