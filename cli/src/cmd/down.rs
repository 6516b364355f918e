//! `k8sprep down`.
//!
//! `stage::Down` with its questions at the console. Exit 4 where something could not be rolled
//! back. JSON: `k8sprep.rollback/v1`, with what others left.

use std::str::FromStr;

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::{ChangeHost, report_with};
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::stage;
use crate::ui::{Format, Ui};

/// The flags of `down`.
#[derive(clap::Args, Debug)]
pub(crate) struct Down {
    #[command(flatten)]
    change: ChangeHost,
    #[command(flatten)]
    consent: Consent,
    /// The CRI socket of the node, instead of the one that it was made with
    #[arg(long, value_name = "SOCKET")]
    cri_socket: Option<CriSocket>,
    /// Only roll back the host, without `kubeadm reset`. Refused where a node stands on it
    #[arg(long)]
    no_reset: bool,
    /// Remove also what CRI-O, the kubelet and the network plugin left: images, logs, interfaces,
    /// rules
    #[arg(long, conflicts_with = "no_reset")]
    purge: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// A socket that kubeadm is given.
#[derive(Clone, Debug)]
struct CriSocket(String);

impl FromStr for CriSocket {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let socket: cri_probe::Socket =
            text.parse().map_err(|error: cri_probe::InvalidSocket| error.to_string())?;
        let path = socket.path().to_str().unwrap_or_default();
        if !path.starts_with('/') || path.contains(|c: char| c.is_control() || c == ' ') {
            return Err("it is not the absolute path of a socket".into());
        }
        Ok(Self(path.to_owned()))
    }
}

impl CriSocket {
    /// As kubeadm takes it.
    fn endpoint(&self) -> String {
        format!("unix://{}", self.0)
    }
}

impl Run for Down {
    const NAME: &'static str = "down";
    const ABOUT: &'static str = "Remove a node from its cluster and roll back what up changed on the host";
    const EXAMPLES: &'static str = "
  k8sprep down               # asks before anything is deleted
  k8sprep down --yes
  k8sprep down --purge       # images and all else that a node leaves, too
  k8sprep down --no-reset    # the host alone";
    const NOTES: &'static str = "
`kubeadm reset` deletes the node's etcd data: on the only control plane that is the cluster. It never runs unasked.
Its Node is deleted where the host may do that; a worker says the command. Pods are not drained: do that before.

What others than k8sprep left is listed with its size and the command that removes it.";
    const EXITS: Exits = &[(0, "all that k8sprep changed is as it was"), (4, "not all of it is as it was")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.change.host()?;
        let (no_reset, purge, wait) = (self.no_reset, self.purge, self.change.wait());
        let cri_socket = self.cri_socket.map(|socket| socket.endpoint());
        let down = stage::Down { cri_socket, no_reset, purge, wait };
        let gone = down.run(&host, &mut Console::asking(ui, self.consent))?;
        report_with(&host, &gone.rollback, (self.output, &gone.left), ui)
    }
}
