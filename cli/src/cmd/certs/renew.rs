//! `k8sprep certs renew`.
//!
//! `stage::Renew` with its question at the console. What was done is printed also where it failed.
//! JSON: `k8sprep.certs-renewed/v1`.

use std::path::PathBuf;

use host_prep::fs::MAX_FILE;

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::on_host::node;
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::input::{read, shown};
use crate::stage::{self, CertificateName, Error, Proof, RenewError, Renewed, Restarted};
use crate::ui::{Format, Ui};

/// The flags of `certs renew`.
#[derive(clap::Args, Debug)]
pub(crate) struct Renew {
    /// What to renew, by kubeadm's names: apiserver, etcd-server, admin.conf ... [default: all]
    #[arg(value_name = "NAME", conflicts_with = "resume")]
    names: Vec<Named>,
    #[command(flatten)]
    consent: Consent,
    /// Only go on where a run was stopped; renew nothing
    #[arg(long)]
    resume: bool,
    /// A configuration of kubeadm, instead of the one that the cluster has
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// So long a process may take to end, and to serve its new certificate
    #[arg(long, value_name = "TIME", default_value = "5m")]
    timeout: Limit,
    /// Wait up to this long for another run that is at work on this node
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// A name, or kubeadm's `all`.
#[derive(Clone, Copy, Debug)]
enum Named {
    All,
    One(CertificateName),
}

impl std::str::FromStr for Named {
    type Err = <CertificateName as std::str::FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

impl Run for Renew {
    const NAME: &'static str = "renew";
    const ABOUT: &'static str =
        "Renew the certificates of this control plane, and restart what reads them, one by one";
    const EXAMPLES: &'static str = "
  k8sprep certs renew                             # all that kubeadm renews; asks
  k8sprep certs renew --yes apiserver etcd-server # these, and only their processes restart
  k8sprep certs renew                             # after it was stopped: goes on there
  k8sprep rollback                                # the old files are back";
    const NOTES: &'static str = "
kubeadm renews copies; the host gets the new files in one transaction. Copies of admin.conf in home directories are renewed
after it, and no rollback takes them back; one that is a link, or that somebody else owns or changed meanwhile, is named and
left. Then etcd, the API server, the controller manager and the scheduler are restarted by their manifests, each
until its port serves the new certificate. It needs no API server, and no admin.conf that is still valid.

On several control planes: one after the other. The kubelet renews its own certificate.";
    const EXITS: Exits = &[];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let output = self.output;
        let consent = self.consent;
        let renew = self.asked()?;
        let host = node()?;
        let (done, ended) = renew.run(&host, &mut Console::asking(ui, consent));
        let changed = done.transaction.is_some() || done.resumed || !done.put_back.is_empty();
        if ended.is_ok() || changed {
            match output {
                Format::Json => ui.json("certs-renewed", &done)?,
                Format::Text => print(&done, ui)?,
            }
        }
        ended.map_err(with_hints)
    }
}

impl Renew {
    /// Flags as the library has them.
    fn asked(self) -> Result<stage::Renew, Failure> {
        let of_file =
            |path: PathBuf| read(&path, MAX_FILE).map_err(|error| Failure::cannot_read(&shown(&path), error));
        let config = self.config.map(of_file).transpose()?;
        let mut renew = stage::Renew::default();
        (renew.config, renew.names) = (config, chosen(&self.names));
        (renew.resume, renew.limit) = (self.resume, self.timeout.duration());
        renew.wait = self.wait.map(Limit::duration).unwrap_or_default();
        Ok(renew)
    }
}

/// None where all are meant.
fn chosen(names: &[Named]) -> Vec<CertificateName> {
    let one = |name: &Named| match name {
        Named::All => None,
        Named::One(name) => Some(*name),
    };
    names.iter().map(one).collect::<Option<_>>().unwrap_or_default()
}

fn with_hints(error: Error) -> Failure {
    let goes_on = match &error {
        Error::Renew(RenewError::NoKubelet { .. }) => "`systemctl start kubelet`, then `k8sprep certs renew`",
        Error::Renew(RenewError::NotEnded { .. } | RenewError::NotServed { .. }) => {
            "`crictl ps -a` and `journalctl -u kubelet` say why; `k8sprep certs renew` goes on there"
        }
        Error::Renew(RenewError::Stopped { .. }) => "`k8sprep certs renew` goes on there",
        _ => return error.into(),
    };
    Failure::from(error).hint(goes_on)
}

fn print(done: &Renewed, ui: &mut Ui) -> Result<(), Failure> {
    for one in &done.renewed {
        ui.line(format_args!("renewed: {} until {}, serial {}", one.place, one.not_after, one.serial))?;
    }
    for copy in &done.copies {
        ui.line(format_args!("renewed with it: {}", copy.display()))?;
    }
    for one in &done.external {
        ui.line(format_args!(
            "not renewed: {one}: the key of its CA is not on this host [ca-key-elsewhere]"
        ))?;
    }
    for path in &done.put_back {
        ui.line(format_args!("put back: {}", path.display()))?;
    }
    for one in &done.restarted {
        ui.line(format_args!("restarted: {}: {}", one.pod, proof(one)))?;
    }
    for pod in &done.left {
        ui.line(format_args!("still to be restarted: {pod}"))?;
    }
    if let Some(id) = done.transaction {
        ui.line(format_args!("rollback: `k8sprep rollback` takes transaction {id} back"))?;
    }
    if !done.resumed && done.renewed.is_empty() && done.restarted.is_empty() && done.put_back.is_empty() {
        ui.note("there is nothing to go on with");
    }
    Ok(())
}

fn proof(one: &Restarted) -> String {
    let port = one.port.unwrap_or_default();
    let serial = one.served.as_deref().unwrap_or_default();
    match one.proof {
        Proof::ServesTheFile => format!("port {port} serves {serial}, as its file"),
        Proof::ServesAnother => format!("port {port} serves {serial}, which it made anew"),
        Proof::ManifestWasOut => "its manifest was out and is back; it serves nothing over TLS".to_owned(),
        Proof::DidNotRun => "it does not run, nor does the kubelet; it starts with the new files".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_certificate_and_a_name_is_one() {
        let of = |words: &[&str]| chosen(&words.iter().map(|word| word.parse().unwrap()).collect::<Vec<_>>());
        assert_eq!(of(&["apiserver"]).len(), 1);
        assert_eq!(of(&["all"]), of(&[]));
        assert_eq!(of(&["apiserver", "all"]), of(&[]));
        assert!("All".parse::<Named>().is_err());
    }
}
