//! Static pods restarted one after the other, each until it serves its new certificate.

use std::time::{Duration, Instant};

use host_prep::cluster::{self, Renewal};
use host_prep::{Host, Invocation, NoProgress};
use serde::Serialize;

use super::component::{Component, PODS, Ports};
use super::{Error, Outcome, Renew, Renewed, now};
use crate::doctor::Inspection;
use crate::doctor::certs;
use crate::stage::carry::tell_kept;
use crate::stage::wait::{Waited, until};
use crate::stage::{RenewError, Reporter};

/// A static pod that has its new certificates.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Restarted {
    /// The static pod.
    pub pod: String,
    /// The port that it serves over TLS.
    pub port: Option<u16>,
    /// The serial that was served there before.
    pub served_before: Option<String>,
    /// The serial that is served there now.
    pub served: Option<String>,
    /// How it is known.
    pub proof: Proof,
}

/// How it is known that a process has its new certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Proof {
    /// Its port serves the certificate that its file has.
    ServesTheFile,
    /// It makes a certificate for itself whenever it starts, and serves another one than before.
    ServesAnother,
    /// It serves nothing over TLS: its manifest was out for longer than the kubelet takes to see it.
    ManifestWasOut,
    /// Neither it nor the kubelet ran: it reads the new files when it is started.
    DidNotRun,
}

/// How a wait ended.
enum Wait {
    Fits(Option<String>),
    Over(Option<String>),
    Stopped,
}

impl Renew {
    /// What has been restarted is kept after each.
    pub(super) fn restart_all(
        &self,
        host: &Host,
        ports: &dyn Ports,
        (mut renewal, done): (Renewal, &mut Renewed),
        report: &mut dyn Reporter,
    ) -> Outcome<()> {
        let components: Vec<_> = {
            let seen = Inspection::of(host, now());
            let table = certs::rows(&seen, &[]);
            PODS.into_iter().filter_map(|pod| Component::of(&seen, &table, pod)).collect()
        };
        while let Some(name) = renewal.restart.first().cloned() {
            done.left.clone_from(&renewal.restart);
            // One that is not on this host has nothing to take up.
            if let Some(component) = components.iter().find(|one| one.pod == name) {
                let restarted = self.restart(host, ports, component, report);
                done.restarted.push(restarted.map_err(|error| with_left(error, &renewal))?);
            }
            renewal.restart.remove(0);
            cluster::keep_renewal(host, Some(renewal.clone()))?;
        }
        done.left.clear();
        Ok(cluster::keep_renewal(host, None)?)
    }

    /// One static pod.
    fn restart(
        &self,
        host: &Host,
        ports: &dyn Ports,
        component: &Component,
        report: &mut dyn Reporter,
    ) -> Outcome<Restarted> {
        let pod = component.pod;
        let ask = || component.server.as_ref().and_then(|(host, port)| ports.serial(host, *port));
        let before = ask();
        let port = component.server.as_ref().map(|(_, port)| *port);
        let with = |served, proof| Restarted {
            pod: pod.to_owned(),
            port,
            served_before: before.clone(),
            served,
            proof,
        };
        if !kubelet_runs(host) {
            return match before {
                Some(_) => Err(RenewError::NoKubelet { pod: pod.to_owned() }.into()),
                None => Ok(with(None, Proof::DidNotRun)),
            };
        }
        report.note(&format_args!("{pod} is started again"));
        self.out_and_back(host, pod, (&ask, before.is_some()), report)?;
        let Some(port) = port else { return Ok(with(None, Proof::ManifestWasOut)) };
        let fits = |served: &Option<String>| {
            served.as_ref().is_some_and(|served| component.is_new(served, before.as_deref()))
        };
        match self.until(&ask, &fits, Duration::ZERO, report)? {
            Wait::Fits(served) => {
                report.note(&format_args!("  it serves {}", served.as_deref().unwrap_or_default()));
                let own = component.wanted.is_none();
                Ok(with(served, if own { Proof::ServesAnother } else { Proof::ServesTheFile }))
            }
            Wait::Over(served) => {
                let (pod, limit) = (pod.to_owned(), self.limit);
                Err(RenewError::NotServed { pod, port, served, limit }.into())
            }
            Wait::Stopped => Err(stopped()),
        }
    }

    /// The manifest is back in its place, whatever happens meanwhile.
    fn out_and_back(
        &self,
        host: &Host,
        pod: &str,
        (ask, was_served): (&dyn Fn() -> Option<String>, bool),
        report: &mut dyn Reporter,
    ) -> Outcome<()> {
        let Some(id) = cluster::take_out(host, pod, now(), &mut NoProgress)? else { return Ok(()) };
        // A port that was open tells when the process has ended.
        let least = if was_served { Duration::ZERO } else { self.out };
        let ended = self.until(ask, &|served: &Option<String>| served.is_none(), least, report);
        tell_kept(&cluster::put_back(host, id)?, report);
        match ended? {
            Wait::Fits(_) => Ok(()),
            Wait::Over(_) => Err(RenewError::NotEnded { pod: pod.to_owned(), limit: self.limit }.into()),
            Wait::Stopped => Err(stopped()),
        }
    }

    /// Asks until it fits, `least` at the shortest and `limit` at the longest.
    fn until(
        &self,
        ask: &dyn Fn() -> Option<String>,
        fits: &dyn Fn(&Option<String>) -> bool,
        least: Duration,
        report: &mut dyn Reporter,
    ) -> Outcome<Wait> {
        let (begun, mut served) = (Instant::now(), None);
        let waited = until((self.limit.max(least), self.pause), &mut *report.watch()?, |_| {
            served = ask();
            if begun.elapsed() >= least && fits(&served) {
                return Ok::<_, Error>(Ok(()));
            }
            let serves = served.as_ref().map(|serial| format!("its port still serves {serial}"));
            Ok(Err(serves.unwrap_or_else(|| "nothing answers".to_owned())))
        })?;
        Ok(match waited {
            Waited::Done(()) => Wait::Fits(served),
            Waited::Over(_) => Wait::Over(served),
            Waited::Stopped(_) => Wait::Stopped,
        })
    }
}

/// What is left is told where all of it is known.
fn stopped() -> Error {
    RenewError::Stopped { left: Vec::new() }.into()
}

fn with_left(error: Error, renewal: &Renewal) -> Error {
    match error {
        Error::Renew(RenewError::Stopped { .. }) => {
            RenewError::Stopped { left: renewal.restart.clone() }.into()
        }
        error => error,
    }
}

/// Where systemd does not say, it is taken to run: a manifest that it does not see is put back.
fn kubelet_runs(host: &Host) -> bool {
    let asked = Invocation::new("systemctl", ["is-active", "kubelet"]);
    let asked = host.follow(&asked, &mut NoProgress);
    !asked.is_ok_and(|said| said.status != Some(0) && !said.stdout.is_empty())
}
