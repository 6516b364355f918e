//! The Go name of a field, which json-iterator's errors have in place of its key.

/// First words of keys that Go writes otherwise than with a capital.
///
/// Go's style keeps initialisms in one case; Kubernetes' API types have these.
const WORDS: &[(&str, &str)] = &[
    ("api", "API"),
    ("ca", "CA"),
    ("cpu", "CPU"),
    ("cri", "CRI"),
    ("dns", "DNS"),
    ("http", "HTTP"),
    ("iptables", "IPTables"),
    ("ipvs", "IPVS"),
    ("oom", "OOM"),
    ("qos", "QOS"),
    ("qps", "QPS"),
    ("tcp", "TCP"),
    ("tls", "TLS"),
    ("ttl", "TTL"),
    ("udp", "UDP"),
    ("uid", "UID"),
];

/// `caCertPath` is `CACertPath`, `clusterDNS` is `ClusterDNS`.
///
/// The Go name is not in a document or its schema, so it is made from the key by the rule that the
/// API types follow; `resolvConf` is the one field of kubeadm's documents whose Go name
/// (`ResolverConfig`) is another word.
pub(super) fn go_field(key: &str) -> String {
    if key == "resolvConf" {
        return "ResolverConfig".to_owned();
    }
    let end = key.find(|c: char| c.is_ascii_uppercase()).unwrap_or(key.len());
    let (first, rest) = key.split_at(end);
    let known = WORDS.iter().find(|(word, _)| *word == first);
    let first = known.map_or_else(
        || first[..first.len().min(1)].to_ascii_uppercase() + first.get(1..).unwrap_or_default(),
        |(_, name)| (*name).to_owned(),
    );
    first + rest
}
