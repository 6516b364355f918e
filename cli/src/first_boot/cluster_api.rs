//! Documents of Cluster API, v1beta2: the spec in a Secret, and what a machine does before kubeadm.
//! Cluster API writes kubeadm's documents itself.

use serde::Serialize;

use super::{FirstBoot, SPEC_FILE};
use crate::recipe::Role;

const SOCKET: &str = "unix:///var/run/crio/crio.sock";
const SECRET: &str = "k8sprep-spec";
const KEY: &str = "k8sprep.yaml";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<T> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    #[serde(flatten)]
    body: T,
}

#[derive(Serialize)]
struct Metadata {
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Secret {
    r#type: &'static str,
    string_data: std::collections::BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Templated<T> {
    spec: Template<T>,
}

#[derive(Serialize)]
struct Template<T> {
    template: Inner<T>,
}

#[derive(Serialize)]
struct Inner<T> {
    spec: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ControlPlane {
    kubeadm_config_spec: KubeadmConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KubeadmConfig {
    files: Vec<File>,
    pre_kubeadm_commands: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    init_configuration: Option<Registered>,
    join_configuration: Registered,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    path: &'static str,
    owner: &'static str,
    permissions: &'static str,
    content_from: From,
}

#[derive(Serialize)]
struct From {
    secret: Key,
}

#[derive(Serialize)]
struct Key {
    name: &'static str,
    key: &'static str,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    node_registration: Registration,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    cri_socket: String,
}

pub(super) fn write(of: &FirstBoot, notes: &mut Vec<String>) -> String {
    let (spec, had_more) = of.spec_of_image(true);
    if had_more {
        notes.push("token, join and node name are left out: Cluster API gives each machine its own".into());
    }
    if of.program.is_some() {
        notes.push("the machine's image has to have k8sprep: Cluster API does not fetch it".into());
    }
    let secret = Document {
        api_version: "v1",
        kind: "Secret",
        metadata: Metadata { name: SECRET },
        body: Secret { r#type: "Opaque", string_data: [(KEY, spec)].into() },
    };
    let documents = if of.spec.role == Role::ControlPlane {
        let body = templated(ControlPlane { kubeadm_config_spec: config(of, true) });
        let api_version = "controlplane.cluster.x-k8s.io/v1beta2";
        let metadata = Metadata { name: "control-plane" };
        [yaml(&secret), yaml(&Document { api_version, kind: "KubeadmControlPlaneTemplate", metadata, body })]
    } else {
        let body = templated(config(of, false));
        let (api_version, metadata) = ("bootstrap.cluster.x-k8s.io/v1beta2", Metadata { name: "workers" });
        [yaml(&secret), yaml(&Document { api_version, kind: "KubeadmConfigTemplate", metadata, body })]
    };
    format!("# Written by `k8sprep gen`.\n{}", documents.join("---\n"))
}

fn templated<T>(spec: T) -> Templated<T> {
    Templated { spec: Template { template: Inner { spec } } }
}

fn config(of: &FirstBoot, inits: bool) -> KubeadmConfig {
    let no_packages = if of.no_packages { " --no-packages" } else { "" };
    let socket = of.spec.cri_socket.as_ref().map(|socket| {
        let socket = socket.to_string();
        if socket.starts_with('/') { format!("unix://{socket}") } else { socket }
    });
    let cri_socket = socket.unwrap_or_else(|| SOCKET.to_owned());
    let registered = Registered { node_registration: Registration { cri_socket } };
    let content_from = From { secret: Key { name: SECRET, key: KEY } };
    KubeadmConfig {
        files: vec![File { path: SPEC_FILE, owner: "root:root", permissions: "0600", content_from }],
        pre_kubeadm_commands: vec![format!("k8sprep apply --spec {SPEC_FILE}{no_packages}")],
        init_configuration: inits.then(|| registered.clone()),
        join_configuration: registered,
    }
}

fn yaml(document: &impl Serialize) -> String {
    serde_yaml::to_string(document).unwrap_or_default()
}
