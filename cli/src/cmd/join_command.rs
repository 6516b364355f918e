//! `k8sprep join-command`.
//!
//! The command for another node, out of this control plane's files: endpoint of admin.conf, pins
//! of ca.crt, a token that lives long enough. JSON: `k8sprep.join/v1`.

use std::path::{Path, PathBuf};

use host_prep::Host;
use kubeadm_config::{ApiServerEndpoint, BootstrapToken, CaPin, CertificateKey, JoinCommand, JoinRole};

use crate::cmd::Run;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::failed;
use crate::failure::Failure;
use crate::stage::{self, JoinToken};
use crate::ui::{Format, Ui};

/// The flags of `join-command`.
#[derive(clap::Args, Debug)]
pub(crate) struct Join {
    /// host:port of the API server [default: the server in the kubeconfig]
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<ApiServerEndpoint>,
    /// The kubeconfig to take the endpoint from
    #[arg(long, value_name = "FILE", default_value = "/etc/kubernetes/admin.conf")]
    kubeconfig: PathBuf,
    /// A token that the cluster knows [default: on a control plane the one that lives longest, or a
    /// new one]
    #[arg(long, value_name = "TOKEN")]
    token: Option<BootstrapToken>,
    /// A pin of the cluster's CA; may be given several times [default: the pins of the CA file]
    #[arg(long = "pin", value_name = "PIN")]
    pins: Vec<CaPin>,
    /// The CA file to take the pins from
    #[arg(long, value_name = "FILE", default_value = "/etc/kubernetes/pki/ca.crt")]
    ca: PathBuf,
    /// The node becomes a control plane, not a worker
    #[arg(long)]
    control_plane: bool,
    /// The key to the certificates that the first control plane uploaded
    #[arg(long, value_name = "KEY", requires = "control_plane")]
    certificate_key: Option<CertificateKey>,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Join {
    const NAME: &'static str = "join-command";
    const ABOUT: &'static str = "Print the `kubeadm join` line for a worker or a control plane";
    const EXAMPLES: &'static str = "
  k8sprep join-command                                     # on a control plane
  k8sprep join-command --token abcdef.0123456789abcdef
  k8sprep join-command --token abcdef.0123456789abcdef --endpoint 192.0.2.10:6443 \\
      --ca ./ca.crt --control-plane";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => of_file(stage::server(&self.kubeconfig), "--endpoint or --kubeconfig")?,
        };
        let pins = if self.pins.is_empty() { pins_of(&self.ca)? } else { self.pins };
        if self.control_plane && self.certificate_key.is_none() {
            ui.note("without --certificate-key the new control plane needs copies of the certificates in /etc/kubernetes/pki; `k8sprep certs upload` on this one prints a key");
        }
        let role = if self.control_plane {
            JoinRole::ControlPlane { certificate_key: self.certificate_key }
        } else {
            JoinRole::Worker
        };
        let token = match self.token {
            Some(token) => token,
            None => found(ui)?,
        };
        let command = JoinCommand { endpoint, token, pins, role };
        match self.output {
            Format::Text => ui.line(command),
            Format::Json => ui.json("join-command", &told(&command)),
        }
    }
}

/// The line with its parts, for who writes a file of them.
fn told(command: &JoinCommand) -> serde_json::Value {
    let key = match &command.role {
        JoinRole::ControlPlane { certificate_key } => certificate_key.as_ref().map(ToString::to_string),
        JoinRole::Worker => None,
    };
    serde_json::json!({
        "command": command.to_string().trim_end(),
        "apiServerEndpoint": command.endpoint.to_string(),
        "token": command.token.to_string(),
        "caCertHashes": command.pins.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "controlPlane": matches!(command.role, JoinRole::ControlPlane { .. }),
        "certificateKey": key,
    })
}

/// The token that lives longest, or a new one.
fn found(ui: &mut Ui) -> Result<BootstrapToken, Failure> {
    let host = Host::live().map_err(|error| failed(&error))?;
    match JoinToken::find(&host, &mut Console::new(ui)) {
        Ok(found) => Ok(found.token),
        Err(error @ stage::Error::NoControlPlane) => {
            Err(Failure::from(error).hint("give the token with --token, or run it on a control plane"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The pins of a CA file.
pub(crate) fn pins_of(file: &Path) -> Result<Vec<CaPin>, Failure> {
    of_file(stage::pins_of(file), "--pin or --ca")
}

/// What was read of a control plane's file, with what to give instead of it.
fn of_file<T>(read: Result<T, stage::Error>, instead: &str) -> Result<T, Failure> {
    read.map_err(|error| {
        let missing = matches!(error, stage::Error::Read { .. });
        let failure = Failure::from(error);
        if missing {
            failure.hint(format_args!("run this on a control plane as root, or give {instead}"))
        } else {
            failure
        }
    })
}
