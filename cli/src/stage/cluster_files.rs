//! What the files of a running control plane say to whoever wants to join it.

use std::path::Path;

use kubeadm_config::{ApiServerEndpoint, CaFile, CaPin, yaml};

use super::Error;

/// The pins of a CA file.
///
/// # Errors
/// If it cannot be read, or holds no certificate.
pub(crate) fn pins_of(file: &Path) -> Result<Vec<CaPin>, Error> {
    let bytes = read(file)?;
    let of_ca = CaFile::read(&bytes).map_err(|error| wrong(file, error.to_string()))?;
    Ok(of_ca.pins().collect())
}

/// The first cluster's server in a kubeconfig, without its scheme.
///
/// # Errors
/// If it cannot be read, or names no server that is an endpoint.
pub(crate) fn server(kubeconfig: &Path) -> Result<ApiServerEndpoint, Error> {
    let bytes = read(kubeconfig)?;
    let document =
        yaml::read(&bytes, yaml::Base::default()).map_err(|error| wrong(kubeconfig, error.to_string()))?;
    let clusters = document.root.get("clusters").and_then(yaml::Node::as_sequence).unwrap_or_default();
    // kubeadm writes one cluster into its kubeconfigs (`kubeconfigutil.CreateBasic`).
    let cluster = clusters.first().and_then(|first| first.get("cluster"));
    let server = cluster.and_then(|cluster| cluster.get("server")).and_then(yaml::Node::as_str);
    let server =
        server.ok_or_else(|| wrong(kubeconfig, "it names no server (clusters[0].cluster.server)".into()))?;
    let parsed = server.strip_prefix("https://").unwrap_or(server).parse();
    parsed.map_err(|error| wrong(kubeconfig, format!("the server {server} is not an endpoint: {error}")))
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|source| Error::Read { path: file.to_owned(), source })
}

fn wrong(file: &Path, why: String) -> Error {
    Error::ClusterFile { path: file.to_owned(), why }
}
