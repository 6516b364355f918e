//! Teaches: from a spec to a valid document for ten thousand hosts, in tokio, with every problem of every host.
//!
//! ```text
//! fleet [HOSTS]
//! ```
//!
//! Specs and facts are plain values and `Send`: hosts are shared out among blocking tasks, one of which reads no file, no
//! clock and no environment. Only a document that was validated can be printed.

use std::error::Error;
use std::net::Ipv4Addr;

use kubeadm_config::{ClusterSpec, HostFacts, KubernetesVersion};
use tokio::task::JoinSet;

/// How many hosts one task does.
const SHARE: u32 = 500;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let hosts: u32 = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse())?;
    let version: KubernetesVersion = "v1.34.2".parse()?;
    let mut tasks = JoinSet::new();
    for first in (0..hosts).step_by(SHARE as usize) {
        let version = version.clone();
        tasks.spawn_blocking(move || share(&version, first..(first + SHARE).min(hosts)));
    }
    let (mut bytes, mut refused) = (0, Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (written, problems) = done?;
        bytes += written;
        refused.extend(problems);
    }
    println!("{hosts} hosts, {bytes} bytes, {} refused", refused.len());
    refused.iter().for_each(|problem| println!("{problem}"));
    if refused.is_empty() { Ok(()) } else { Err("some hosts have no valid configuration".into()) }
}

/// The bytes written for these hosts, and what is wrong with the others.
fn share(version: &KubernetesVersion, hosts: std::ops::Range<u32>) -> (usize, Vec<String>) {
    let (mut bytes, mut refused) = (0, Vec::new());
    for host in hosts {
        match document(version, host) {
            Ok(text) => bytes += text.len(),
            Err(error) => refused.push(format!("host {host}: {error}")),
        }
    }
    (bytes, refused)
}

/// The documents of one host. A `Report` holds every problem with the path of its field.
fn document(version: &KubernetesVersion, host: u32) -> Result<String, Box<dyn Error>> {
    let mut facts = HostFacts::default();
    facts.host_name = format!("node-{host}");
    facts.ipv4_route_address = Some(Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 1)) + host));
    let mut spec = ClusterSpec::new(version.clone());
    spec.pod_subnet = Some("10.244.0.0/16".into());
    spec.token = Some(format!("{host:06}.0123456789abcdef").parse()?);
    Ok(spec.defaulted(&facts)?.validate()?.to_yaml()?)
}
