//! `k8sprep down`.

mod leave;
mod left;

pub(crate) use left::text as left_text;

use host_prep::cluster::{self, Leftover, Standing};
use host_prep::{Back, Host, Status};

use crate::cmd::Run;
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::on_host::{ChangeHost, Progress, failed, report_with};
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
    /// Remove also what CRI-O, the kubelet and the network plugin left: images, logs, interfaces, rules
    #[arg(long)]
    purge: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Down {
    const NAME: &'static str = "down";
    const ABOUT: &'static str = "Take a node out of its cluster and give the host back what up changed";
    const EXAMPLES: &'static str = "  k8sprep down               # asks before anything is deleted
  k8sprep down --yes
  k8sprep down --purge       # images and all else that a node leaves, too
  k8sprep down --no-reset    # the host alone

`kubeadm reset` deletes the node's etcd data: on the only control plane that is the cluster. It never runs unasked.
Its Node is deleted where the host may do that; a worker says the command. Pods are not drained: do that before.
What others than k8sprep left is listed with its size and the command that removes it.
Exit status: 0 all that k8sprep changed is as it was, 1 failed, 4 not all of it";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.change.host()?;
        let standing = cluster::standing(&host).map_err(|error| failed(&error))?;
        let node = !self.no_reset && self.change.on.root.is_none() && !standing.is_bare();
        if node {
            self.consent.to(question(&standing), ui)?;
            leave::leave(&host, &standing, &self.cri_socket, ui)?;
        } else if !is_untouched(&host)? {
            self.consent.to("Everything that k8sprep changed on this host is taken back.", ui)?;
        }
        let own = if self.no_reset { Vec::new() } else { left::own_taken_back(&host, ui)? };
        let done = host_prep::rollback(&host, Back::To(0), self.change.wait(), &mut Progress::start(ui)?);
        let done = done.map_err(|error| failed(&error))?;
        let mut left = cluster::leftovers(&host).map_err(|error| failed(&error))?;
        if self.purge && !left.is_empty() {
            left = self.removed(&host, left, ui)?;
        }
        left.extend(own);
        if done.is_complete() && !self.no_reset {
            cluster::put_back_directories(&host).map_err(|error| failed(&error))?;
            cluster::Record::forget(&host, &left).map_err(|error| failed(&error))?;
        }
        report_with(&host, &done, (self.output, &left), ui)
    }
}

impl Down {
    /// Removes what is left, after asking; what could not be removed.
    fn removed(&self, host: &Host, left: Vec<Leftover>, ui: &mut Ui) -> Result<Vec<Leftover>, Failure> {
        ui.quote(left::text(&left).trim_end());
        self.consent.to("All of this is DELETED, whoever made it.", ui)?;
        for (what, why) in cluster::purge(host, &left) {
            ui.warn(format_args!("{what} could not be removed: {why}"));
        }
        cluster::leftovers(host).map_err(|error| failed(&error))
    }
}

fn question(standing: &Standing) -> &'static str {
    match standing {
        Standing::Worker | Standing::JoinBegun(_) => {
            "`kubeadm reset` takes this node out of its cluster; its Pods end with it."
        }
        _ => {
            "`kubeadm reset` takes this node out of its cluster and DELETES its etcd data, its certificates and keys."
        }
    }
}

/// Whether nothing is left of what was done to the host: then there is nothing to ask either.
fn is_untouched(host: &Host) -> Result<bool, Failure> {
    let all = host_prep::history(host).map_err(|error| failed(&error))?;
    Ok(all.iter().all(|one| one.status == Status::RolledBack))
}
