//! Files that a component opens before it serves, and what of its Pod holds them.

use std::collections::HashMap;

use super::{Component, has_variable};

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
        let arguments: Vec<(String, &str)> =
            arguments.into_iter().map(|(name, value)| (name.replace('_', "-"), value)).collect();
        let named = || arguments.iter().enumerate();
        let last: HashMap<&str, usize> = named().map(|(index, (name, _))| (name.as_str(), index)).collect();
        let counts = |index: usize, name: &str| name == LIST || last.get(name) == Some(&index);
        named()
            .filter(|(index, (name, file))| {
                counts(*index, name) && flags.contains(&name.as_str()) && is_plain(file)
            })
            .map(|(index, _)| index)
            .collect()
    }
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
