//! Who else uses the old runtime: containers that are nobody's pods, programs that speak to its
//! socket or read its logs, GPUs.

use host_prep::fs::Kind;

use super::Verdict;
use crate::Code;
use crate::doctor::{Files, Inspection, Unread};
use crate::translate::Translation;

/// Containers of docker, each with a file that says what it is.
const CONTAINERS: &str = "/var/lib/docker/containers";
/// What runs below containerd, by namespace: the kubelet's pods in `k8s.io`, docker's in `moby`.
const TASKS: &str = "/run/containerd/io.containerd.runtime.v2.task";
const MANIFESTS: &str = "/etc/kubernetes/manifests";
const UNITS: &str = "/etc/systemd/system";
/// Units that go, or that the change itself sees to.
const OWN_UNITS: [&str; 6] = [
    "docker.service",
    "cri-docker.service",
    "containerd.service",
    "kubelet.service",
    "crio.service",
    "docker.socket",
];
/// Where agents that read logs of containers have their configuration. Docker's files are JSON a
/// line; CRI runtimes write time, stream and a tag first, which takes another parser.
const AGENTS: [&str; 12] = [
    "/etc/alloy",
    "/etc/datadog-agent",
    "/etc/filebeat",
    "/etc/fluent",
    "/etc/fluent-bit",
    "/etc/fluentd",
    "/etc/logrotate.d",
    "/etc/otelcol",
    "/etc/promtail",
    "/etc/rsyslog.d",
    "/etc/td-agent",
    "/etc/vector",
];
/// What belongs to the old runtimes.
const OLD: [&str; 6] = [
    "/var/lib/docker",
    "/var/lib/containerd",
    "docker.sock",
    "containerd.sock",
    "dockershim.sock",
    "cri-dockerd.sock",
];
const GPU: [&str; 2] = ["/etc/nvidia-container-runtime/config.toml", "/usr/bin/nvidia-container-runtime"];

struct Look<'s, 'h> {
    files: &'s Files<'h>,
    found: Vec<Verdict>,
    unread: &'s mut Vec<Unread>,
}

/// Everything that was found.
pub(super) fn found(
    seen: &Inspection<'_>,
    translation: Option<&Translation>,
    unread: &mut Vec<Unread>,
) -> Vec<Verdict> {
    let mut look = Look { files: seen.files(), found: Vec::new(), unread };
    look.containers();
    look.namespaces();
    look.units();
    look.lines(MANIFESTS, Code::OldSocketMounted, "the pod of this manifest has a file of the old runtime");
    for directory in AGENTS {
        look.lines(directory, Code::LogAgentOfOldRuntime, "an agent reads what the old runtime writes");
    }
    look.gpu(translation);
    if let Some((plugin, place)) =
        seen.kubelet_flag("network-plugin").filter(|(plugin, _)| plugin == "kubenet")
    {
        let what = format!("pods have their network by {plugin}, which goes with the old runtime");
        look.tell(Code::KubenetInUse, place.source, what);
    }
    look.found
}

impl Look<'_, '_> {
    fn tell(&mut self, code: Code, place: impl Into<String>, what: impl Into<String>) {
        self.found.push(Verdict { code, place: place.into(), what: what.into(), accepted: false });
    }

    fn list(&mut self, directory: &str) -> Vec<String> {
        self.files.list(directory).unwrap_or_else(|error| {
            self.unread.push(error);
            Vec::new()
        })
    }

    fn text(&mut self, path: &str) -> Option<String> {
        match self.files.file(path) {
            Ok(file) => file.map(|file| file.text().into_owned()),
            Err(error) => {
                self.unread.push(error);
                None
            }
        }
    }

    /// Containers of docker without the labels that the kubelet gives.
    fn containers(&mut self) {
        for id in self.list(CONTAINERS) {
            let path = format!("{CONTAINERS}/{id}/config.v2.json");
            let Some(text) = self.text(&path) else { continue };
            let Ok(container) = serde_json::from_str::<serde_json::Value>(&text) else {
                self.tell(Code::OldRuntimeUsedOtherwise, path, "whose container it is cannot be told");
                continue;
            };
            if container["Config"]["Labels"].get("io.kubernetes.pod.uid").is_some() {
                continue;
            }
            let name = container["Name"].as_str().unwrap_or(&id).trim_start_matches('/').to_owned();
            let state = if container["State"]["Running"] == true { "runs" } else { "is stopped" };
            self.tell(
                Code::OldRuntimeUsedOtherwise,
                path,
                format!("docker's container {name} is of no pod, and {state}"),
            );
        }
    }

    fn namespaces(&mut self) {
        for namespace in self.list(TASKS) {
            let path = format!("{TASKS}/{namespace}");
            if namespace != "k8s.io" && namespace != "moby" && !self.list(&path).is_empty() {
                let what = format!("containerd runs containers of {namespace}, which are no pods");
                self.tell(Code::OldRuntimeUsedOtherwise, path, what);
            }
        }
    }

    /// Units that need the old runtime, or call its program.
    fn units(&mut self) {
        for name in self.list(UNITS) {
            if !name.ends_with(".service") || OWN_UNITS.contains(&name.as_str()) {
                continue;
            }
            let path = format!("{UNITS}/{name}");
            if !matches!(self.files.kind(&path), Ok(Some(Kind::File))) {
                continue;
            }
            let Some(text) = self.text(&path) else { continue };
            let old = ["docker.service", "containerd.service", "/docker ", "/nerdctl ", "/ctr "];
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with(['#', ';'])) {
                if old.iter().any(|old| line.contains(old)) {
                    let what = format!("{name} needs the old runtime");
                    self.tell(Code::OldRuntimeUsedOtherwise, format!("{path}:{}", at + 1), what);
                    break;
                }
            }
        }
    }

    /// Lines of a directory's files that name something of the old runtimes.
    fn lines(&mut self, directory: &str, code: Code, what: &str) {
        for name in self.list(directory) {
            let path = format!("{directory}/{name}");
            if !matches!(self.files.kind(&path), Ok(Some(Kind::File))) {
                continue;
            }
            let Some(text) = self.text(&path) else { continue };
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'))
            {
                let mut all: Vec<(usize, &str)> =
                    OLD.iter().flat_map(|old| line.match_indices(*old)).collect();
                all.sort_unstable();
                // A manifest in JSON may be one line.
                for (column, old) in &all {
                    let column = line[..*column].chars().count() + 1;
                    let column = if all.len() > 1 { format!(":{column}") } else { String::new() };
                    self.tell(code, format!("{path}:{}{column}", at + 1), format!("{what}: {old}"));
                }
            }
        }
    }

    fn gpu(&mut self, translation: Option<&Translation>) {
        for path in GPU {
            if matches!(self.files.kind(path), Ok(Some(_))) {
                self.tell(Code::GpuRuntimeInUse, path, "GPUs come to containers by NVIDIA's runtime");
                return;
            }
        }
        let of_gpu = |key: &str| key.contains("nvidia");
        if let Some(fate) = translation.and_then(|told| told.fates.iter().find(|fate| of_gpu(&fate.key))) {
            self.tell(
                Code::GpuRuntimeInUse,
                fate.file.clone(),
                "GPUs come to containers by NVIDIA's runtime",
            );
        }
    }
}
