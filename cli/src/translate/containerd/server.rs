//! What containerd itself serves: keys at the top of the file, and of plugins from version 4 on.

use crio_config::Value;

use crate::translate::draft::Draft;
use crate::translate::fault::Outcome;
use crate::translate::tree::Leaf;

pub(super) const OVER_THE_NETWORK: &str =
    "containerd's API over the network ends: whatever uses it has to be found";
const SOCKET: &str = "containerd's own socket goes; the kubelet is told CRI-O's";

/// A key of containerd's own sockets.
pub(super) fn socket(draft: &mut Draft, leaf: &Leaf, key: &str) -> Outcome {
    match key {
        "max_recv_message_size" => number(draft, leaf, &["crio", "api", "grpc_max_recv_msg_size"]),
        "max_send_message_size" => number(draft, leaf, &["crio", "api", "grpc_max_send_msg_size"]),
        _ => Outcome::not_needed(SOCKET),
    }
}

pub(super) fn metrics(draft: &mut Draft, address: &str) -> Outcome {
    let Some((host, port)) = address.rsplit_once(':') else {
        return Outcome::invalid("containerd takes HOST:PORT here");
    };
    let Ok(port) = port.parse::<u16>() else { return Outcome::invalid("containerd takes HOST:PORT here") };
    let on = draft.crio(&["crio", "metrics", "enable_metrics"], Value::Boolean(true));
    if !matches!(on, Outcome::Translated { .. }) {
        return on;
    }
    draft.crio(&["crio", "metrics", "metrics_port"], Value::Integer(port.into()));
    let host = host.trim_matches(['[', ']']);
    if !host.is_empty() {
        let told = draft.crio(&["crio", "metrics", "metrics_host"], Value::from(host));
        if !matches!(told, Outcome::Translated { .. }) {
            return Outcome::by_hand(
                "this release of CRI-O listens for metrics on every address: the port is taken over",
            );
        }
    }
    on.note("its metrics have other names")
}

fn number(draft: &mut Draft, leaf: &Leaf, path: &[&str]) -> Outcome {
    match leaf.number() {
        Some(number) => draft.crio(path, Value::Integer(number)),
        None => Outcome::invalid("containerd takes a whole number here"),
    }
}
