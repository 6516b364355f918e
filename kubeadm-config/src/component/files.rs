//! Files that a component opens before it serves, and what of its Pod holds them.

use std::collections::HashMap;

use super::{Component, Etcd, has_variable};

/// Flags whose file a component exits without.
const OPENED: &[(Component, &[&str])] = &[
    (
        Component::ApiServer,
        &[
            "admission-control-config-file",
            "audit-policy-file",
            "authentication-config",
            "authentication-token-webhook-config-file",
            "authorization-config",
            "client-ca-file",
            "egress-selector-config-file",
            "encryption-provider-config",
            "requestheader-client-ca-file",
            "service-account-key-file",
            "service-account-signing-key-file",
            "tls-cert-file",
            "tls-private-key-file",
            "token-auth-file",
            "tracing-config-file",
        ],
    ),
    (
        Component::ControllerManager,
        &[
            "client-ca-file",
            "kubeconfig",
            "requestheader-client-ca-file",
            "root-ca-file",
            "service-account-private-key-file",
            "tls-cert-file",
            "tls-private-key-file",
        ],
    ),
    (
        Component::Scheduler,
        &[
            "client-ca-file",
            "config",
            "kubeconfig",
            "requestheader-client-ca-file",
            "tls-cert-file",
            "tls-private-key-file",
        ],
    ),
];

/// The same of etcd, which opens lists of revoked certificates only when somebody connects.
const OPENED_BY_ETCD: &[&str] =
    &["cert-file", "key-file", "trusted-ca-file", "peer-cert-file", "peer-key-file", "peer-trusted-ca-file"];
/// With it etcd passes over all other flags.
const CONFIG_OF_ETCD: &str = "config-file";
/// Where etcd writes what it is there for.
const WRITTEN_BY_ETCD: [&str; 2] = ["data-dir", "wal-dir"];

/// It is a list: each of its files is opened.
const LIST: &str = "service-account-key-file";

impl Component {
    /// Which of its arguments, by name and value in the order of its command line, name files that it
    /// opens before it serves. Of a flag that is repeated pflag keeps the last. Paths that are not whole
    /// are left out, and those with a variable, whose value only the kubelet knows.
    ///
    /// ```
    /// use kubeadm_config::component::{Component, holds};
    ///
    /// let arguments = [("v", "2"), ("audit-policy-file", "/etc/kubernetes/audit.yaml")];
    /// assert_eq!(Component::ApiServer.opens(arguments), [1]);
    /// assert!(!holds("/etc/kubernetes/pki", "/etc/kubernetes/audit.yaml"));
    /// ```
    #[must_use]
    pub fn opens<'a>(self, arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<usize> {
        let flags = OPENED.iter().find(|(of, _)| *of == self).map_or(&[][..], |(_, flags)| flags);
        // Dashes and underscores are alike to a component.
        named_by(flags, arguments.into_iter().map(|(name, value)| (name.replace('_', "-"), value)))
    }
}

impl Etcd {
    /// The same of etcd, whose flags are alike in all minors here.
    #[must_use]
    pub fn opens<'a>(arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<usize> {
        let arguments: Vec<_> = of_etcd(arguments);
        match named_by(&[CONFIG_OF_ETCD], arguments.iter().copied()) {
            file if file.is_empty() => named_by(OPENED_BY_ETCD, arguments),
            file => file,
        }
    }

    /// Which of its arguments name the directories that its data is in; none where a file of settings does.
    ///
    /// ```
    /// use kubeadm_config::component::Etcd;
    ///
    /// assert_eq!(Etcd::writes([("name", "n1"), ("data-dir", "/data")]), [1]);
    /// ```
    #[must_use]
    pub fn writes<'a>(arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<usize> {
        let arguments: Vec<_> = of_etcd(arguments);
        match arguments.iter().any(|(name, value)| *name == CONFIG_OF_ETCD && !value.is_empty()) {
            true => Vec::new(),
            false => named_by(&WRITTEN_BY_ETCD, arguments),
        }
    }
}

/// Go's own library takes one dash as well as two.
fn of_etcd<'a>(arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    arguments.into_iter().map(|(name, value)| (name.trim_start_matches('-'), value)).collect()
}

/// Which of the arguments are of these flags, count, and have a path that can be compared.
fn named_by<'a, N: AsRef<str>>(
    flags: &[&str],
    arguments: impl IntoIterator<Item = (N, &'a str)>,
) -> Vec<usize> {
    let arguments: Vec<(N, &str)> = arguments.into_iter().collect();
    let named = || arguments.iter().enumerate();
    let last: HashMap<&str, usize> = named().map(|(index, (name, _))| (name.as_ref(), index)).collect();
    let counts = |index: usize, name: &str| name == LIST || last.get(name) == Some(&index);
    named()
        .filter(|(index, (name, file))| {
            counts(*index, name.as_ref()) && flags.contains(&name.as_ref()) && is_plain(file)
        })
        .map(|(index, _)| index)
        .collect()
}

/// Whether a file lies at that place of a container, or below it.
#[must_use]
pub fn holds(mount: &str, file: &str) -> bool {
    let mount = mount.trim_end_matches('/');
    file.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path that can be compared: whole, and without steps up or a variable of the kubelet's.
fn is_plain(path: &str) -> bool {
    path.starts_with('/') && !has_variable(path) && !path.split('/').any(|part| part == "..")
}
