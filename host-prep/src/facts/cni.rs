//! CNI: network configurations and what earlier ones left behind.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::source::{Fact, Source};
use crate::Host;
use crate::fs::Kind;

const NET_DIR: &str = "/etc/cni/net.d";
/// Where [`Cni::plugins`] looks.
pub const CNI_PLUGIN_DIRS: &[&str] = &["/opt/cni/bin", "/usr/libexec/cni", "/usr/lib/cni"];

/// Interfaces that bridges and overlays of pods leave behind (CRI-O's, podman's and containerd's
/// bridges, flannel, calico, cilium, kube-proxy).
const POD_INTERFACES: &[&str] = &[
    "cni0",
    "cni-podman0",
    "cbr0",
    "flannel.1",
    "flannel-wg",
    "tunl0",
    "vxlan.calico",
    "cilium_host",
    "cilium_vxlan",
    "kube-ipvs0",
    "nodelocaldns",
];

/// CNI on a host.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Cni {
    /// The files of `/etc/cni/net.d`, in the order a runtime looks at them.
    pub configs: Fact<Vec<CniConfig>>,
    /// Plugins by directory.
    pub plugins: Vec<CniPlugins>,
    /// Interfaces that pod networks made.
    pub interfaces: Fact<Vec<String>>,
    /// Networks with addresses handed out below `/var/lib/cni/networks`.
    pub networks: Fact<Vec<String>>,
}

/// A file of `/etc/cni/net.d`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CniConfig {
    /// Its path.
    pub path: PathBuf,
    /// Whether runtimes read it: its name ends in `.conf`, `.conflist` or `.json`.
    pub read: bool,
    /// The network's name.
    pub name: Option<String>,
    /// Types of its plugins.
    pub plugins: Vec<String>,
    /// Why it is no configuration.
    pub problem: Option<String>,
    /// Why it could not be read, so that nothing is known of it.
    pub unread: Option<String>,
}

/// A directory of plugins.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CniPlugins {
    /// The directory.
    pub dir: PathBuf,
    /// The programs in it.
    pub names: Vec<String>,
}

#[derive(Deserialize)]
struct Network {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    plugins: Vec<Plugin>,
}

#[derive(Deserialize)]
struct Plugin {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Cni {
    /// CNI on this host.
    #[must_use]
    pub fn of(host: &Host) -> Self {
        Self::observe(&Source::new(host))
    }

    pub(super) fn observe(source: &Source<'_>) -> Self {
        let configs =
            source.list(NET_DIR).map(|names| names.into_iter().map(|n| config(source, &n)).collect());
        let plugins = CNI_PLUGIN_DIRS.iter().filter_map(|dir| {
            let names = source.list(dir).or_default();
            (!names.is_empty()).then(|| CniPlugins { dir: (*dir).into(), names })
        });
        let interfaces = source.live(|| source.list("/sys/class/net"));
        Self {
            configs,
            plugins: plugins.collect(),
            interfaces: interfaces.map(|names| names.into_iter().filter(|n| is_pod_interface(n)).collect()),
            networks: source.list("/var/lib/cni/networks"),
        }
    }

    /// The configuration a runtime takes when it is not told which: the first it can read. `None`
    /// too where one that comes before could not be read here.
    pub fn default_config(&self) -> Option<&CniConfig> {
        self.configs.known()?.iter().find(|c| c.read && c.problem.is_none()).filter(|c| c.unread.is_none())
    }

    /// Whether the configuration that a runtime takes names that plugin.
    #[must_use]
    pub fn uses(&self, plugin: &str) -> bool {
        self.default_config().is_some_and(|config| config.plugins.iter().any(|one| one == plugin))
    }
}

/// Whether pod networks make interfaces of that name.
#[must_use]
pub fn is_pod_interface(name: &str) -> bool {
    POD_INTERFACES.contains(&name) || name.starts_with("cali")
}

/// Why libcni takes a list for none beside its plugins, in its words: no name, a switch that is neither true
/// nor false, a version that is no text (`NetworkConfFromBytes`, libcni/conf.go).
#[must_use]
pub fn cni_refusal(json: &serde_json::Value, is_list: bool) -> Option<String> {
    const LIST: &str = "error parsing configuration list:";
    let go_type = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "<nil>",
        serde_json::Value::Bool(_) => "bool",
        serde_json::Value::Number(_) => "float64",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "[]interface {}",
        serde_json::Value::Object(_) => "map[string]interface {}",
    };
    if !is_list {
        return None;
    }
    match json.get("name") {
        None => return Some(format!("{LIST} no name")),
        Some(name) if !name.is_string() => {
            return Some(format!("{LIST} invalid name type {}", go_type(name)));
        }
        _ => {}
    }
    for key in ["disableCheck", "disableGC", "loadOnlyInlinedPlugins"] {
        match json.get(key) {
            None | Some(serde_json::Value::Bool(_)) => {}
            Some(serde_json::Value::String(text)) => {
                let text = text.to_lowercase();
                if !["true", "false"].contains(&text.as_str()) {
                    return Some(format!("{LIST} invalid value {text:?} for {key}"));
                }
            }
            Some(other) => return Some(format!("{LIST} invalid type {} for {key}", go_type(other))),
        }
    }
    let version = json.get("cniVersion").filter(|version| !version.is_string())?;
    Some(format!("{LIST} invalid cniVersion type {}", go_type(version)))
}

fn config(source: &Source<'_>, name: &str) -> CniConfig {
    let path = PathBuf::from(NET_DIR).join(name);
    let read = [".conf", ".conflist", ".json"].iter().any(|end| name.ends_with(end));
    let mut config = CniConfig { path, read, name: None, plugins: Vec::new(), problem: None, unread: None };
    // Runtimes enter no directory (libcni, `ConfFiles`).
    if source.kind(&config.path).known() == Some(&Some(Kind::Directory)) {
        return CniConfig { read: false, ..config };
    }
    let bytes = match source.bytes(&config.path) {
        Fact::Known(bytes) => bytes.unwrap_or_default(),
        // A regular file that is not read may be a good one, and so may what a pipe gives.
        Fact::Unknown { reason } => return CniConfig { unread: Some(reason), ..config },
    };
    // Of a key that stands twice the last counts, for Go as here.
    let json = serde_json::from_slice::<serde_json::Value>(&bytes);
    match json.and_then(|json| Ok((Network::deserialize(&json)?, json))) {
        Ok((network, json)) => {
            let refused = cni_refusal(&json, name.ends_with(".conflist"));
            config.name = network.name;
            config.plugins = network.kind.into_iter().collect();
            config.plugins.extend(network.plugins.into_iter().filter_map(|p| p.kind));
            config.problem = match config.plugins.is_empty() {
                true => Some("it names no plugin".into()),
                false => refused,
            };
        }
        Err(error) => config.problem = Some(format!("it is not a network configuration: {error}")),
    }
    config
}
