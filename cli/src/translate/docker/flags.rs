//! Flags of dockerd, and the keys of `daemon.json` that they are.

/// Flags that are called otherwise than their key.
const OTHERWISE: &[(&str, &str)] = &[
    ("D", "debug"),
    ("G", "group"),
    ("H", "hosts"),
    ("add-runtime", "runtimes"),
    ("allow-nondistributable-artifact", "allow-nondistributable-artifacts"),
    ("authorization-plugin", "authorization-plugins"),
    ("b", "bridge"),
    ("cdi-spec-dir", "cdi-spec-dirs"),
    ("cluster-store-opt", "cluster-store-opts"),
    ("default-address-pool", "default-address-pools"),
    ("default-network-opt", "default-network-opts"),
    ("default-ulimit", "default-ulimits"),
    ("dns-opt", "dns-opts"),
    ("exec-opt", "exec-opts"),
    ("feature", "features"),
    ("g", "graph"),
    ("host", "hosts"),
    ("insecure-registry", "insecure-registries"),
    ("l", "log-level"),
    ("label", "labels"),
    ("log-opt", "log-opts"),
    ("node-generic-resource", "node-generic-resources"),
    ("p", "pidfile"),
    ("registry-mirror", "registry-mirrors"),
    ("s", "storage-driver"),
    ("storage-opt", "storage-opts"),
];

/// Flags that stand alone for true.
const FLAGS: &[&str] = &[
    "D",
    "allow-direct-routing",
    "api-enable-cors",
    "cri-containerd",
    "debug",
    "disable-legacy-registry",
    "experimental",
    "icc",
    "init",
    "ip-forward",
    "ip-forward-no-drop",
    "ip-masq",
    "ip6tables",
    "iptables",
    "ipv6",
    "live-restore",
    "no-new-privileges",
    "raw-logs",
    "restart",
    "rootless",
    "selinux-enabled",
    "tls",
    "tlsverify",
    "userland-proxy",
];

/// A flag of dockerd with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flag {
    /// The key that it is.
    pub(super) key: String,
    pub(super) value: String,
}

/// The flags of a command line, without its program. `Err`: a word that is no flag.
pub(super) fn parse(words: &[String]) -> Vec<Result<Flag, String>> {
    let mut all = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            all.push(Err(word.clone()));
            continue;
        };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, None),
        };
        let value = match value {
            Some(value) => value,
            None if FLAGS.contains(&name) => "true".to_owned(),
            None => words.next().cloned().unwrap_or_default(),
        };
        let key = OTHERWISE.iter().find(|(flag, _)| *flag == name).map_or(name, |(_, key)| *key);
        all.push(Ok(Flag { key: key.to_owned(), value }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_keys() {
        let words =
            ["-H", "fd://", "--debug", "--exec-opt=native.cgroupdriver=systemd", "daemon", "-s", "overlay2"];
        let read = parse(&words.map(str::to_owned));
        let flag = |key: &str, value: &str| Ok(Flag { key: key.into(), value: value.into() });
        let wanted = vec![
            flag("hosts", "fd://"),
            flag("debug", "true"),
            flag("exec-opts", "native.cgroupdriver=systemd"),
            Err("daemon".into()),
            flag("storage-driver", "overlay2"),
        ];
        assert_eq!(read, wanted);
        assert!(OTHERWISE.iter().all(|(_, key)| super::super::table::is_known(key)));
    }
}
