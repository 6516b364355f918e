//! `k8sprep down`.

use host_prep::cluster::{self, KubeadmOptions, Progress as Way};
use host_prep::{Back, Host, Status};

use crate::cmd::Run;
use crate::cmd::consent::Consent;
use crate::cmd::on_host::{ChangeHost, Progress, failed, report};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `down`.
#[derive(clap::Args, Debug)]
pub(crate) struct Down {
    #[command(flatten)]
    change: ChangeHost,
    #[command(flatten)]
    consent: Consent,
    /// The CRI socket of the node
    #[arg(long, value_name = "SOCKET", default_value = "unix:///var/run/crio/crio.sock")]
    cri_socket: String,
    /// Keep the node in its cluster; only the host goes back
    #[arg(long)]
    no_reset: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Down {
    const NAME: &'static str = "down";
    const ABOUT: &'static str = "Take a node out of its cluster and give the host back what up changed";
    const EXAMPLES: &'static str = "  k8sprep down               # asks before anything is deleted
  k8sprep down --yes
  k8sprep down --no-reset    # the host alone

`kubeadm reset` deletes the node's etcd data: on the only control plane that is the cluster. It never runs unasked.
It leaves network interfaces and iptables rules of the network plugin, as kubeadm does.
Exit status: 0 everything is as it was, 1 failed, 4 something was left";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.change.host()?;
        let way = cluster::progress(&host).map_err(|error| failed(&error))?;
        if !self.no_reset && self.change.on.root.is_none() && way != Way::Bare {
            let question = "`kubeadm reset` takes this node out of its cluster and DELETES its etcd data.";
            self.consent.to(question, ui)?;
            ui.note("kubeadm reset");
            cluster::reset(&host, &self.cri_socket, &KubeadmOptions::default(), &mut Progress::start(ui)?)
                .map_err(|error| failed(&error))?;
        } else if !is_untouched(&host)? {
            self.consent.to("Everything that k8sprep changed on this host is taken back.", ui)?;
        }
        let done = host_prep::rollback(&host, Back::To(0), self.change.wait(), &mut Progress::start(ui)?);
        report(&host, &done.map_err(|error| failed(&error))?, self.output, ui)
    }
}

/// Whether nothing is left of what was done to the host: then there is nothing to ask either.
fn is_untouched(host: &Host) -> Result<bool, Failure> {
    let all = host_prep::history(host).map_err(|error| failed(&error))?;
    Ok(all.iter().all(|one| one.status == Status::RolledBack))
}
