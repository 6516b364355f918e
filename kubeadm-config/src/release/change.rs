//! What kubeadm does differently since (or until) some release.

use crate::version::KubernetesVersion;

macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident: $from:literal..=$to:literal;)*) => {
        /// A way to behave that only some releases have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Change {
            $($(#[$doc])* $name,)*
        }

        impl Change {
            /// Whether the release behaves in that way.
            pub(crate) fn is_in(self, version: &KubernetesVersion) -> bool {
                let (from, to) = match self {
                    $(Self::$name => ($from, $to),)*
                };
                (from..=to).contains(&version.minor_number())
            }
        }
    };
}

// The minors are those in which the change was seen between two of the ten releases that were asked (1.20.2, 1.29.6, 1.30.14,
// 1.31.14, 1.32.13, 1.33.13, 1.34.0, 1.35.4, 1.36.3, 1.37.2), or those its pull request names where one is cited.
changes! {
    /// CRI-O's socket is written with `unix://` (kubernetes/kubernetes#107295).
    SocketScheme: 24..=99;
    /// containerd's socket is the default, as a URL (1.24 dropped dockershim).
    SocketsAreUrls: 24..=99;
    /// `unix://` is put before a socket that does not start with `unix` (kubernetes/kubernetes#107295).
    SchemeIsAdded: 24..=99;
    /// `found multiple CRI endpoints` instead of `Found ...`.
    LowerCaseFound: 30..=99;
    /// `nodeRegistration.imagePullPolicy` exists (v1beta3).
    ImagePullPolicy: 22..=99;
    /// `apiServer.timeoutForControlPlane` has a default.
    ApiServerTimeout: 13..=29;
    /// `etcd.external.httpEndpoints` exists (kubernetes/kubernetes#134890).
    HttpEndpoints: 35..=99;
    /// The kubelet's `cgroupDriver` is systemd if empty (kubeadm#2376); before, Docker was asked.
    SystemdCgroupDriver: 22..=99;
    /// The kubelet's `resolvConf` is filled in where systemd-resolved runs.
    ResolverDefault: 13..=30;
    /// The warning of kube-proxy's `bindAddress` names the two values the wrong way round.
    BindAddressSwapped: 13..=21;
    /// kube-proxy's `bindAddress` is compared with the any-address of its own family.
    BindAddressByFamily: 37..=99;
}
