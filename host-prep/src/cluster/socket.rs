//! The CRI socket of the node that this host is.

use std::path::Path;

use crate::{Error, Host};

/// Where it is written, each with what stands before it: what kubeadm told the kubelet, and the
/// kubelet's own configuration (since 1.27).
const PLACES: &[(&str, &str)] = &[
    ("/var/lib/kubelet/kubeadm-flags.env", "--container-runtime-endpoint="),
    ("/var/lib/kubelet/instance-config.yaml", "containerRuntimeEndpoint:"),
    ("/var/lib/kubelet/config.yaml", "containerRuntimeEndpoint:"),
];

/// The endpoint of the container runtime that the node was made with, as kubeadm takes it: what the
/// kubelet was told, or what one of `configs`, configurations of kubeadm, says; `None` where nothing
/// says.
///
/// # Errors
///
/// When a file cannot be read.
pub fn cri_socket(host: &Host, configs: &[&Path]) -> Result<Option<String>, Error> {
    let places = PLACES.iter().map(|(path, key)| (Path::new(path), *key));
    for (path, key) in places.chain(configs.iter().map(|path| (*path, "criSocket:"))) {
        let text = host.root().read(path)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        if let Some(found) = text.lines().find_map(|line| endpoint(line, key)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The endpoint of a line; only a socket's path is one.
fn endpoint(line: &str, key: &str) -> Option<String> {
    // A key of YAML begins its line, a flag is a word of one.
    let at = if key.ends_with(':') {
        line.trim_start_matches([' ', '-']).strip_prefix(key)?
    } else {
        line.split_once(key)?.1
    };
    let word = at.trim_start().trim_start_matches(['"', '\'']);
    let word = word.split(['"', '\'', ' ']).next()?;
    let path = word.strip_prefix("unix://").unwrap_or(word);
    (path.starts_with('/') && !path.contains(|c: char| c.is_control())).then(|| format!("unix://{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, Root, set};

    #[test]
    fn it_is_what_the_kubelet_was_told_or_what_kubeadm_was() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let config = Path::new("/etc/kubernetes/own/join.yaml");
        let of = || cri_socket(&host, &[config]).unwrap();
        assert_eq!(of(), None);
        for (path, text, socket) in [
            (
                config.to_str().unwrap(),
                "# criSocket: /no\n  criSocket: unix:///run/o/c.sock\n",
                "unix:///run/o/c.sock",
            ),
            (PLACES[2].0, "containerRuntimeEndpoint: \"\"\n", "unix:///run/o/c.sock"),
            (
                PLACES[2].0,
                "kind: x\ncontainerRuntimeEndpoint: \"unix:///run/k.sock\"\n",
                "unix:///run/k.sock",
            ),
            (
                PLACES[0].0,
                "KUBELET_KUBEADM_ARGS=\"--x=y --container-runtime-endpoint=/run/f.sock --z\"\n",
                "unix:///run/f.sock",
            ),
        ] {
            set(host.root(), Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
            assert_eq!(of().unwrap(), socket, "{path}");
        }
    }
}
