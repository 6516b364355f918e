//! The endpoint of the runtime, which is the same after an upgrade whatever kubeadm of that minor writes.
//!
//! From 1.32 on kubeadm may take it out of kubeadm-flags.env and put it into instance-config.yaml, from which it
//! makes config.yaml; stopped between the two, or where it stood somewhere else, it writes an empty one, and the
//! kubelet then asks containerd's socket (kubeadm, `phases/kubelet/config.go`).

use std::path::Path;

use host_prep::Host;
use host_prep::fs::{self, Mode};

use super::not_read;
use crate::doctor::Inspection;
use crate::migrate::edit::{endpoint_of, with_endpoint};
use crate::recipe::same_socket;
use crate::stage::{Error, Reporter};
use crate::upgrade::Target;

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const INSTANCE: &str = "/var/lib/kubelet/instance-config.yaml";
/// The first minor whose kubeadm takes it from instance-config.yaml.
const FIRST: u64 = 34;

/// Where the kubelet asks its runtime: its flag wins over its configuration.
pub(super) fn now(seen: &Inspection<'_>) -> Result<Option<String>, Error> {
    let said = seen.kubelet_setting("container-runtime-endpoint", "containerRuntimeEndpoint");
    Ok(said.map_err(not_read)?.map(|(endpoint, _)| endpoint).filter(|endpoint| !endpoint.is_empty()))
}

fn of_file(host: &Host, path: &str) -> Result<Option<String>, host_prep::Error> {
    Ok(endpoint_of(&text_of(host, path)?))
}

fn text_of(host: &Host, path: &str) -> Result<String, host_prep::Error> {
    let bytes = host.root().read(Path::new(path))?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// kubeadm writes instance-config.yaml only where there is none: one that names the runtime comes first.
pub(super) fn say_before(host: &Host, to: &Target, endpoint: Option<&str>) -> Result<(), Error> {
    let Some(endpoint) = endpoint.filter(|_| to.minor().number() >= FIRST) else { return Ok(()) };
    if of_file(host, INSTANCE)?.is_none() {
        say(host, INSTANCE, endpoint)?;
    }
    Ok(())
}

/// Puts it back where the kubelet finds another one, or none, by now.
pub(super) fn keep(host: &Host, before: Option<&str>, report: &mut dyn Reporter) -> Result<(), Error> {
    let Some(before) = before else { return Ok(()) };
    // An empty one would empty config.yaml the next time.
    let instance = host.root().kind(Path::new(INSTANCE))?.is_some();
    if instance && of_file(host, INSTANCE)?.is_none() {
        say(host, INSTANCE, before)?;
        report.note(&format_args!("{INSTANCE} names {before} again"));
    }
    let found = now(&Inspection::of(host, crate::stage::now()))?;
    if found.as_deref().is_some_and(|found| same_socket(found, before)) {
        return Ok(());
    }
    say(host, CONFIG, before)?;
    report.note(&format_args!(
        "{CONFIG} names {before} again: kubeadm had written {}",
        found.as_deref().unwrap_or("none")
    ));
    Ok(())
}

/// Sets the field, where it stands or at the end.
fn say(host: &Host, path: &str, endpoint: &str) -> Result<(), Error> {
    let endpoint = if endpoint.starts_with('/') { format!("unix://{endpoint}") } else { endpoint.to_owned() };
    let new = with_endpoint(&text_of(host, path)?, &endpoint);
    fs::set(host.root(), Path::new(path), new.as_bytes(), Mode::PRIVATE)?;
    Ok(())
}
