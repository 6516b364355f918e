//! The configuration inside a verbose status. Each runtime writes its own JSON there under the key
//! `config`; of these, the keys below are what kubeadm or the kubelet must agree with.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::info::RuntimeCgroupDriver;

/// What a runtime says of its configuration over CRI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The image that holds a pod's namespaces; kubeadm compares it with its own. CRI-O from 1.27
    /// on, containerd.
    pub sandbox_image: Option<String>,
    /// Who makes the cgroups. CRI-O from 1.33 on; containerd, as its default handler has it.
    pub cgroup_driver: Option<RuntimeCgroupDriver>,
    /// The handler of pods that name none.
    pub default_handler: Option<String>,
}

impl Settings {
    /// Reads the JSON; what is not there or of another shape is left open.
    pub(super) fn from_json(json: &str) -> Self {
        let Ok(config) = serde_json::from_str::<Config>(json) else { return Self::default() };
        let (crio, containerd) = (config.crio.unwrap_or_default(), config.containerd.unwrap_or_default());
        Self {
            sandbox_image: config.sandbox_image.filter(|image| !image.is_empty()),
            cgroup_driver: crio
                .cgroup_manager
                .map(RuntimeCgroupDriver::from)
                .or_else(|| containerd.cgroup_driver()),
            default_handler: crio.default_runtime.or(containerd.default_runtime_name),
        }
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "sandboxImage")]
    sandbox_image: Option<String>,
    crio: Option<Crio>,
    containerd: Option<Containerd>,
}

/// CRI-O writes the names of its Go fields.
#[derive(Default, Deserialize)]
struct Crio {
    #[serde(rename = "CgroupManagerName")]
    cgroup_manager: Option<String>,
    #[serde(rename = "DefaultRuntime")]
    default_runtime: Option<String>,
}

#[derive(Default, Deserialize)]
struct Containerd {
    #[serde(rename = "defaultRuntimeName")]
    default_runtime_name: Option<String>,
    runtimes: Option<BTreeMap<String, ContainerdRuntime>>,
}

#[derive(Deserialize)]
struct ContainerdRuntime {
    #[serde(rename = "runtimeType", alias = "type")]
    kind: Option<String>,
    options: Option<ContainerdOptions>,
}

#[derive(Deserialize)]
struct ContainerdOptions {
    #[serde(rename = "SystemdCgroup")]
    systemd_cgroup: Option<bool>,
}

impl Containerd {
    /// The runc shim takes its driver from `SystemdCgroup`; other shims have options of their own.
    fn cgroup_driver(&self) -> Option<RuntimeCgroupDriver> {
        let runtime = self.runtimes.as_ref()?.get(self.default_runtime_name.as_ref()?)?;
        if !runtime.kind.as_deref()?.starts_with("io.containerd.runc.") {
            return None;
        }
        let systemd = runtime.options.as_ref().and_then(|options| options.systemd_cgroup).unwrap_or(false);
        Some(if systemd { RuntimeCgroupDriver::Systemd } else { RuntimeCgroupDriver::Cgroupfs })
    }
}
