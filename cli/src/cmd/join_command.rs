//! `k8sprep join-command`.

use std::path::{Path, PathBuf};

use kubeadm_config::{
    ApiServerEndpoint, BootstrapToken, CaFile, CaPin, CertificateKey, JoinCommand, JoinRole, yaml,
};

use crate::cmd::Run;
use crate::failure::{Exit, Failure};
use crate::ui::Ui;

/// The flags of `join-command`.
#[derive(clap::Args, Debug)]
pub(crate) struct Join {
    /// host:port of the API server [default: the server in the kubeconfig]
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<ApiServerEndpoint>,
    /// The kubeconfig to take the endpoint from
    #[arg(long, value_name = "FILE", default_value = "/etc/kubernetes/admin.conf")]
    kubeconfig: PathBuf,
    /// A token that the cluster knows
    #[arg(long, value_name = "TOKEN")]
    token: BootstrapToken,
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
}

impl Run for Join {
    const NAME: &'static str = "join-command";
    const ABOUT: &'static str = "Print the `kubeadm join` line for a worker or a control plane";
    const EXAMPLES: &'static str = "
  k8sprep join-command --token abcdef.0123456789abcdef
  k8sprep join-command --token abcdef.0123456789abcdef --endpoint 192.0.2.10:6443 --ca ./ca.crt --control-plane";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => server(&self.kubeconfig)?,
        };
        let pins = if self.pins.is_empty() { pins_of(&self.ca)? } else { self.pins };
        let role = if self.control_plane {
            JoinRole::ControlPlane { certificate_key: self.certificate_key }
        } else {
            JoinRole::Worker
        };
        ui.line(JoinCommand { endpoint, token: self.token, pins, role })
    }
}

/// The pins of a CA file.
pub(crate) fn pins_of(file: &Path) -> Result<Vec<CaPin>, Failure> {
    let bytes = read(file, "--pin or --ca")?;
    let file_of_ca = CaFile::read(&bytes)
        .map_err(|error| Failure::new(Exit::Failed, format_args!("{}: {error}", file.display())))?;
    Ok(file_of_ca.pins().collect())
}

/// The first cluster's server, without its scheme.
pub(crate) fn server(kubeconfig: &Path) -> Result<ApiServerEndpoint, Failure> {
    let shown = kubeconfig.display();
    let bytes = read(kubeconfig, "--endpoint or --kubeconfig")?;
    let document = yaml::read(&bytes, yaml::Base::default())
        .map_err(|error| Failure::new(Exit::Failed, format_args!("{shown}: {error}")))?;
    let clusters = document.root.get("clusters").and_then(yaml::Node::as_sequence).unwrap_or_default();
    let cluster = clusters.first().and_then(|first| first.get("cluster"));
    let server = cluster.and_then(|cluster| cluster.get("server")).and_then(yaml::Node::as_str);
    let server = server.ok_or_else(|| {
        Failure::new(Exit::Failed, format_args!("{shown} names no server (clusters[0].cluster.server)"))
    })?;
    server.strip_prefix("https://").unwrap_or(server).parse().map_err(|error| {
        Failure::new(Exit::Failed, format_args!("{shown}: the server {server} is no endpoint: {error}"))
    })
}

fn read(file: &Path, instead: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        Failure::new(Exit::Failed, format_args!("cannot read {}: {error}", file.display()))
            .hint(format_args!("run this on a control plane as root, or give {instead}"))
    })
}
