//! The files of a change: CRI-O's, of the old configuration, and those of the kubelet.

use std::path::{Path, PathBuf};

use host_prep::fs::Mode;
use host_prep::{Host, Node};

use crate::migrate::MigrationPlan;
use crate::migrate::edit::{ENDPOINT_IN_CONFIG, SOCKET, edited, with_endpoint, with_flag};

const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const POLICY: &str = "/etc/containers/policy.json";
/// Packages own these: a drop-in of their own in /etc is for people to write.
const OF_PACKAGES: &str = "/usr/";

type Files = Vec<(PathBuf, Node)>;

/// What CRI-O reads, of what the old runtime was told.
pub(super) fn ahead(host: &Host, plan: &MigrationPlan) -> Result<Files, host_prep::Error> {
    let mut files = Files::new();
    let Some(told) = &plan.translation else { return Ok(files) };
    for file in &told.files {
        let path = PathBuf::from(&file.path);
        // One that is there may be stricter.
        if file.path == POLICY && host.root().kind(&path)?.is_some() {
            continue;
        }
        let node = Node::file(file.bytes.clone(), if file.secret { Mode::PRIVATE } else { Mode::PUBLIC });
        files.push((path, if file.secret { node.secret() } else { node }));
    }
    for copy in &told.copies {
        let Some(bytes) = host.root().read(Path::new(&copy.from))? else { continue };
        files.push((PathBuf::from(&copy.to), Node::file(bytes, Mode::PRIVATE).secret()));
    }
    Ok(files)
}

/// What no place of the host says: fields of the kubelet are a patch for kubeadm.
pub(super) fn for_a_person(plan: &MigrationPlan) -> Vec<String> {
    let files = plan.translation.iter().flat_map(|told| &told.files);
    let patches = files.filter(|file| file.path.starts_with("/etc/kubernetes/patches/"));
    patches.map(|file| format!("{}: its fields belong in {CONFIG} too", file.path)).collect()
}

/// Every place of the host that names the old runtime, with CRI-O's socket.
pub(super) fn places(host: &Host, plan: &MigrationPlan) -> Result<Files, host_prep::Error> {
    // What a kubelet may be told goes by its own minor, which need not be CRI-O's.
    let minor = plan.kubelet.unwrap_or_else(|| u64::from(plan.release.minor()));
    let named =
        plan.places.iter().map(|place| place.file.as_str()).filter(|file| !file.starts_with(OF_PACKAGES));
    let mut paths: Vec<&str> = named.chain([FLAGS, CONFIG]).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut texts = Vec::new();
    for path in paths {
        let Some(bytes) = host.root().read(Path::new(path))? else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        texts.push((path, edited(&text, minor)));
    }
    let is_told = |(path, text): &(&str, String)| path.contains("kubelet") && text.contains(SOCKET);
    if !texts.iter().any(is_told) {
        let (place, with): (&str, fn(&str, u64) -> String) = if minor >= ENDPOINT_IN_CONFIG {
            (CONFIG, |text, _| with_endpoint(text, SOCKET))
        } else {
            (FLAGS, with_flag)
        };
        match texts.iter_mut().find(|(path, _)| *path == place) {
            Some((_, text)) => *text = with(text, minor),
            None => texts.push((place, with("", minor))),
        }
    }
    let node = |(path, text): (&str, String)| -> Result<(PathBuf, Node), host_prep::Error> {
        let mode = host.root().mode(Path::new(path))?.unwrap_or(Mode::PUBLIC);
        Ok((PathBuf::from(path), Node::file(text.into_bytes(), mode)))
    };
    texts.into_iter().map(node).collect()
}
