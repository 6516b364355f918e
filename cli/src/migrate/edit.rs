//! Lines that name the old runtime, as they are with CRI-O. Text in, text out.

use super::flag::given;
use super::places::{FLAGS, KIND, WITHOUT_DOCKERSHIM};

/// CRI-O's socket, as everything that asks for it is told.
pub(crate) const SOCKET: &str = "unix:///var/run/crio/crio.sock";
const OLD: [&str; 4] = ["containerd.sock", "cri-dockerd.sock", "dockershim.sock", "docker.sock"];
const UNITS: [&str; 3] = ["cri-docker.service", "docker.service", "containerd.service"];
/// The kubelet reads the endpoint in its configuration from this minor on.
pub(crate) const ENDPOINT_IN_CONFIG: u64 = 27;

/// A file of the kubelet, kubeadm or crictl with CRI-O's socket in the place of another's. The same
/// text twice: it is a fixed point.
pub(crate) fn edited(text: &str, minor: u64) -> String {
    text.split_inclusive('\n').map(|line| edited_line(line, minor)).collect()
}

fn edited_line(line: &str, minor: u64) -> String {
    if line.trim_start().starts_with(['#', ';']) {
        return line.to_owned();
    }
    let mut line = line.to_owned();
    for old in OLD {
        while let Some(at) = line.find(old) {
            let is_edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | '[');
            let begin = line[..at].rfind(is_edge).map_or(0, |edge| edge + 1);
            line.replace_range(begin..at + old.len(), SOCKET);
        }
    }
    for flag in FLAGS.into_iter().chain([KIND]) {
        line = without(&line, flag, minor);
    }
    UNITS.iter().fold(line, |line, unit| line.replace(unit, "crio.service"))
}

/// The line without a flag of that name. Up to 1.23 the kubelet wants to know that it has no
/// dockershim to ask.
fn without(line: &str, flag: &str, minor: u64) -> String {
    const REMOTE: &str = "--container-runtime=remote";
    let (mut line, mut start) = (line.to_owned(), 0);
    while let Some((from, to)) = given(&line, flag, start).map(|given| (given.from, given.to)) {
        if flag == KIND && minor < WITHOUT_DOCKERSHIM {
            line.replace_range(from..to, REMOTE);
            start = from + REMOTE.len();
            continue;
        }
        // With one of the blanks around it.
        let behind = line[to..].starts_with(' ');
        let before = !behind && line[..from].ends_with(' ');
        line.replace_range(from - usize::from(before)..to + usize::from(behind), "");
        start = from - usize::from(before);
    }
    line
}

/// `kubeadm-flags.env` where nothing names a socket: the kubelet is told CRI-O's.
pub(crate) fn with_flag(text: &str, minor: u64) -> String {
    let kind = if minor < WITHOUT_DOCKERSHIM && given(text, KIND, 0).is_none() {
        "--container-runtime=remote "
    } else {
        ""
    };
    let flag = format!("{kind}--container-runtime-endpoint={SOCKET}");
    const KEY: &str = "KUBELET_KUBEADM_ARGS=";
    let lines = text.split_inclusive('\n').map(|line| {
        let Some(value) = line.strip_prefix(KEY) else { return line.to_owned() };
        let value = value.trim_end().trim_matches('"');
        let space = if value.is_empty() { "" } else { " " };
        format!("{KEY}\"{value}{space}{flag}\"\n")
    });
    let text: String = lines.collect();
    if text.contains(&flag) { text } else { format!("{text}{KEY}\"{flag}\"\n") }
}

const FIELD: &str = "containerRuntimeEndpoint:";

/// The endpoint that a configuration of the kubelet names; none where it is empty.
pub(crate) fn endpoint_of(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(FIELD))?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// A configuration of the kubelet that names this endpoint: where the field stands, or at the end.
pub(crate) fn with_endpoint(text: &str, endpoint: &str) -> String {
    let field = format!("{FIELD} \"{endpoint}\"\n");
    let (mut new, mut found) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        if !line.starts_with(FIELD) {
            new.push_str(line);
        } else if !std::mem::replace(&mut found, true) {
            new.push_str(&field);
        }
    }
    if !found {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        new.push_str(&field);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_names_crio_and_stays_so() {
        let cases = [
            (
                "KUBELET_KUBEADM_ARGS=\"--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --pod-infra-container-image=p:3\"\n",
                25,
                "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///var/run/crio/crio.sock --pod-infra-container-image=p:3\"\n",
            ),
            (
                "KUBELET_KUBEADM_ARGS=\"--container-runtime=docker --network-plugin=cni\"\n",
                23,
                "KUBELET_KUBEADM_ARGS=\"--container-runtime=remote\"\n",
            ),
            (
                "containerRuntimeEndpoint: \"unix:///var/run/cri-dockerd.sock\"\nx: 1\n",
                34,
                "containerRuntimeEndpoint: \"unix:///var/run/crio/crio.sock\"\nx: 1\n",
            ),
            (
                "runtime-endpoint: unix:///run/containerd/containerd.sock\n# docker.sock\n",
                34,
                "runtime-endpoint: unix:///var/run/crio/crio.sock\n# docker.sock\n",
            ),
            ("[Unit]\nAfter=docker.service\n", 34, "[Unit]\nAfter=crio.service\n"),
            // A value beside its flag goes with it, or the kubelet takes it for a command; each time.
            (
                "ExecStart=/usr/bin/kubelet --network-plugin cni --v=2 --container-runtime remote --network-plugin=cni \\\n",
                26,
                "ExecStart=/usr/bin/kubelet --v=2 \\\n",
            ),
            ("A=\"--container-runtime docker\"\n", 23, "A=\"--container-runtime=remote\"\n"),
        ];
        for (text, minor, wanted) in cases {
            assert_eq!(edited(text, minor), wanted);
            assert_eq!(edited(wanted, minor), wanted);
        }
    }

    #[test]
    fn a_kubelet_that_was_told_nothing_is_told() {
        let env = with_flag("KUBELET_KUBEADM_ARGS=\"--node-ip=192.0.2.7\"\n", 23);
        let wanted = "KUBELET_KUBEADM_ARGS=\"--node-ip=192.0.2.7 --container-runtime=remote --container-runtime-endpoint=unix:///var/run/crio/crio.sock\"\n";
        assert_eq!(env, wanted);
    }

    /// kubeadm writes an empty field where it knows of no endpoint; two of a key are no configuration.
    #[test]
    fn the_field_stands_once() {
        let wanted = "a: 1\ncontainerRuntimeEndpoint: \"unix:///var/run/crio/crio.sock\"\n";
        let after = format!("{wanted}b: 2\n");
        let cases = [
            ("a: 1", wanted),
            ("a: 1\n", wanted),
            ("a: 1\ncontainerRuntimeEndpoint: \"\"\n", wanted),
            ("a: 1\ncontainerRuntimeEndpoint: \"\"\nb: 2\ncontainerRuntimeEndpoint: x\n", after.as_str()),
        ];
        for (text, wanted) in cases {
            assert_eq!(with_endpoint(text, SOCKET), wanted);
            assert_eq!(with_endpoint(wanted, SOCKET), wanted);
        }
        assert_eq!(endpoint_of(wanted).as_deref(), Some(SOCKET));
        assert_eq!(
            (endpoint_of("a: 1\ncontainerRuntimeEndpoint: \"\"\n"), endpoint_of("a: 1\n")),
            (None, None)
        );
    }
}
