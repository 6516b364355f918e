//! What kubeadm says without failing.

use std::fmt;

use crate::go::quote;

/// A warning in kubeadm's words, as it logs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    text: String,
}

impl Warning {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    pub(crate) fn recommended(kind: &str, field: &str, recommended: &str, given: &str) -> Self {
        Self::new(format!(
            "The recommended value for {} in {} is: {recommended}; the provided value is: {given}",
            quote(field),
            quote(kind),
        ))
    }

    pub(crate) fn not_an_address(kind: &str, field: &str, given: &str) -> Self {
        Self::new(format!("The {field} {} in {} is not a valid IP address", quote(given), quote(kind)))
    }

    pub(crate) fn ipvs_is_deprecated() -> Self {
        Self::new(
            "The \"KubeProxyConfiguration\" field \"mode\" is set to \"ipvs\" which has been deprecated since version v1.35. \
             For newer Linux kernel versions, we recommend using the \"nftables\" mode, which has been GA since v1.33. For \
             older Linux kernel versions, you can use the \"iptables\" mode which is still the default one.",
        )
    }

    pub(crate) fn no_docker() -> Self {
        Self::new(
            "cannot automatically set CgroupDriver when starting the Kubelet: cannot execute 'docker info -f \
             {{.CgroupDriver}}': executable file not found in $PATH",
        )
    }

    /// The text, without the header of kubeadm's log.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
