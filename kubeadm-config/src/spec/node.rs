//! What is asked of a node and of a run of kubeadm, whichever command it is.

use std::net::IpAddr;
use std::num::NonZeroU16;

use serde_json::{Value, json};

use super::document::Document;
use super::words::{NamedValue, PullPolicy, Timeout};
use crate::model::Taint;
use crate::release::{Change, KubeadmRelease};

/// How a node is to be registered, for `kubeadm init` and `kubeadm join`.
///
/// What is left at its default is not written, and kubeadm's own default holds: the name is the
/// host's, the socket is the one that answers, the taints are those of the release.
///
/// ```
/// use kubeadm_config::{ClusterSpec, HostFacts};
///
/// let mut spec = ClusterSpec::new("v1.34.0".parse()?);
/// spec.node.name = Some("cp1".into());
/// spec.node.taints = Some(Vec::new());
/// spec.node.labels.push("zone=a".parse()?);
/// spec.token = Some("abcdef.0123456789abcdef".parse()?);
/// let mut facts = HostFacts::default();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
/// let valid = spec.defaulted(&facts)?.validate()?;
/// assert_eq!(valid.init().unwrap().node_registration.taints, Some(Vec::new()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NodeRegistrationSpec {
    /// The node's name.
    pub name: Option<String>,
    /// The socket of the container runtime; a path gets the scheme that the release wants.
    pub cri_socket: Option<String>,
    /// The taints instead of kubeadm's own; an empty list for none at all.
    pub taints: Option<Vec<Taint>>,
    /// Labels, which the kubelet gives the node.
    pub labels: Vec<NamedValue>,
    /// The node's addresses; two for dual stack.
    pub ips: Vec<IpAddr>,
    /// Arguments of the kubelet, without leading dashes.
    pub kubelet_extra_args: Vec<NamedValue>,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// When images are pulled.
    pub image_pull_policy: Option<PullPolicy>,
    /// Whether images are pulled one after the other.
    pub image_pull_serial: Option<bool>,
}

/// What is asked of a run of kubeadm itself.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RunSpec {
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// The directory with patches.
    pub patches: Option<String>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// How long to wait for what.
    pub timeouts: Vec<Timeout>,
}

/// Where a control-plane node's API server listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointSpec {
    /// The address it announces.
    pub advertise_address: Option<IpAddr>,
    /// The port it listens at.
    pub bind_port: Option<NonZeroU16>,
}

impl NodeRegistrationSpec {
    pub(super) fn write(&self, document: &mut Document, release: &KubeadmRelease) {
        document.put_given("nodeRegistration.name", self.name.as_ref());
        let socket = self.cri_socket.as_deref().map(|socket| spelled(socket, release));
        document.put_given("nodeRegistration.criSocket", socket);
        if let Some(taints) = &self.taints {
            let taints: Vec<Value> = taints.iter().map(taint).collect();
            document.put("nodeRegistration.taints", taints);
        }
        let mut args = self.kubelet_extra_args.clone();
        let mut arg = |name: &str, value: String| args.push(NamedValue { name: name.into(), value });
        if !self.ips.is_empty() {
            let ips: Vec<String> = self.ips.iter().map(ToString::to_string).collect();
            arg("node-ip", ips.join(","));
        }
        if !self.labels.is_empty() {
            let labels = self.labels.iter().map(|label| format!("{}={}", label.name, label.value));
            let earlier = earlier_labels(document);
            arg("node-labels", earlier.into_iter().chain(labels).collect::<Vec<_>>().join(","));
        }
        document.add_named("nodeRegistration.kubeletExtraArgs", &named(&args));
        document.add("nodeRegistration.ignorePreflightErrors", &self.ignore_preflight_errors);
        document.put_given("nodeRegistration.imagePullPolicy", self.image_pull_policy);
        document.put_truth("nodeRegistration.imagePullSerial", self.image_pull_serial);
    }
}

impl RunSpec {
    pub(super) fn write(&self, document: &mut Document) {
        document.add("skipPhases", &self.skip_phases);
        document.put_given("patches.directory", self.patches.as_ref());
        document.put_true("dryRun", self.dry_run);
        write_timeouts(&self.timeouts, document);
    }
}

impl EndpointSpec {
    pub(super) fn write(&self, document: &mut Document, path: &str) {
        document.put_given(&format!("{path}.advertiseAddress"), self.advertise_address);
        if let Some(port) = self.bind_port {
            document.put(&format!("{path}.bindPort"), port.get());
        }
    }
}

pub(super) fn write_timeouts(timeouts: &[Timeout], document: &mut Document) {
    for timeout in timeouts {
        document.put(&format!("timeouts.{}", timeout.what.as_str()), timeout.value.to_string());
    }
}

/// Names and values as a list of arguments or variables has them.
pub(super) fn named(values: &[NamedValue]) -> Vec<(&str, Value)> {
    let entry = |value: &NamedValue| json!({"name": value.name, "value": value.value});
    values.iter().map(|value| (value.name.as_str(), entry(value))).collect()
}

fn taint(taint: &Taint) -> Value {
    match taint.value.as_str() {
        "" => json!({"key": taint.key, "effect": taint.effect}),
        value => json!({"key": taint.key, "value": value, "effect": taint.effect}),
    }
}

/// The labels that the document gives the kubelet already.
fn earlier_labels(document: &Document) -> Option<String> {
    let args = document.at("nodeRegistration.kubeletExtraArgs")?.as_array()?;
    let labels = args.iter().rev().find(|arg| arg["name"] == "node-labels")?;
    Some(labels["value"].as_str()?.to_owned()).filter(|labels| !labels.is_empty())
}

/// A path gets `unix://` where the release may warn that it is missing.
pub(super) fn spelled(socket: &str, release: &KubeadmRelease) -> String {
    if release.has(Change::SocketsWrittenAsUrls) && socket.starts_with('/') {
        format!("unix://{socket}")
    } else {
        socket.to_owned()
    }
}
