//! The small values that are asked for in words: `apiserver.audit-log-path=/var/log/audit`,
//! `gpu=true:NoSchedule`.

use std::fmt;
use std::str::FromStr;

use crate::model::{HostPathMount, Taint};
use crate::value::Duration;

/// A text that is none of the words asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not {wanted}")]
pub struct InvalidWord {
    given: String,
    wanted: &'static str,
}

fn invalid(given: &str, wanted: &'static str) -> InvalidWord {
    InvalidWord { given: given.to_owned(), wanted }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $wanted:literal; $($(#[$variant_doc:meta])* $variant:ident = $word:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = InvalidWord;

            fn from_str(text: &str) -> Result<Self, InvalidWord> {
                let known = [$(Self::$variant,)*];
                known.into_iter().find(|known| known.as_str() == text).ok_or_else(|| invalid(text, $wanted))
            }
        }
    };
}

words! {
    /// When images are pulled.
    PullPolicy, "Always, IfNotPresent or Never";
    /// Every time.
    Always = "Always";
    /// Where they are missing.
    IfNotPresent = "IfNotPresent";
    /// They must be there.
    Never = "Never";
}

words! {
    /// A part of the control plane that takes arguments.
    Component, "apiserver, controller-manager, scheduler or etcd";
    /// kube-apiserver.
    ApiServer = "apiserver";
    /// kube-controller-manager.
    ControllerManager = "controller-manager";
    /// kube-scheduler.
    Scheduler = "scheduler";
    /// The etcd that kubeadm runs.
    Etcd = "etcd";
}

impl Component {
    /// Where it stands in a ClusterConfiguration.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::ApiServer => "apiServer",
            Self::ControllerManager => "controllerManager",
            Self::Scheduler => "scheduler",
            Self::Etcd => "etcd.local",
        }
    }
}

/// `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name and a value are all there is to it")]
pub struct NamedValue {
    /// Left of the first `=`.
    pub name: String,
    /// Right of it.
    pub value: String,
}

impl FromStr for NamedValue {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.into(), value: value.into() }),
            _ => Err(invalid(text, "name=value")),
        }
    }
}

/// Something of a component: `component.name=value`, the name without leading dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it says what it is about, a name and a value")]
pub struct ComponentValue {
    /// Whose it is.
    pub component: Component,
    /// The name and the value.
    pub named: NamedValue,
}

impl FromStr for ComponentValue {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        const WANTED: &str =
            "component.name=value with the component apiserver, controller-manager, scheduler or etcd";
        let (component, named) = of_component(text).ok_or_else(|| invalid(text, WANTED))?;
        let named: NamedValue = named.parse().map_err(|_| invalid(text, WANTED))?;
        Ok(Self { component, named })
    }
}

fn of_component(text: &str) -> Option<(Component, &str)> {
    let (component, rest) = text.split_once('.')?;
    Some((component.parse().ok()?, rest.trim_start_matches('-')))
}

/// A host path for a component: `component.name=/host/path:/mount/path[:ro][:Type]`.
///
/// ```
/// let volume: kubeadm_config::ComponentVolume =
///     "apiserver.audit=/etc/audit.yaml:/etc/audit.yaml:ro:File".parse()?;
/// assert!(volume.volume.read_only);
/// assert!("etcd.x=/a:/b".parse::<kubeadm_config::ComponentVolume>().is_err());
/// # Ok::<(), kubeadm_config::InvalidWord>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it says what it is about and the volume")]
pub struct ComponentVolume {
    /// Whose it is.
    pub component: Component,
    /// The volume.
    pub volume: HostPathMount,
}

impl FromStr for ComponentVolume {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        const WANTED: &str = "component.name=/host/path:/mount/path[:ro][:Type] with the component apiserver, \
                              controller-manager or scheduler";
        volume(text).ok_or_else(|| invalid(text, WANTED))
    }
}

fn volume(text: &str) -> Option<ComponentVolume> {
    let (component, rest) = of_component(text)?;
    let (name, paths) = rest.split_once('=')?;
    let mut parts = paths.split(':');
    let (host_path, mount_path) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut volume = HostPathMount { name: name.into(), host_path, mount_path, ..HostPathMount::default() };
    for part in parts {
        match part {
            "ro" => volume.read_only = true,
            "rw" => volume.read_only = false,
            // core/v1 HostPathType: DirectoryOrCreate, File, Socket ...
            kind if kind.starts_with(|first: char| first.is_ascii_uppercase()) => {
                volume.path_type = kind.into()
            }
            _ => return None,
        }
    }
    // kubeadm mounts into static Pods only; the one of etcd takes no more volumes.
    let sound = !name.is_empty()
        && component != Component::Etcd
        && volume.host_path.starts_with('/')
        && volume.mount_path.starts_with('/');
    sound.then_some(ComponentVolume { component, volume })
}

/// Reads `key[=value]:effect`, as kubectl has it.
impl FromStr for Taint {
    type Err = InvalidWord;

    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        const WANTED: &str = "key[=value]:effect with the effect NoSchedule, PreferNoSchedule or NoExecute";
        let (label, effect) = text.rsplit_once(':').ok_or_else(|| invalid(text, WANTED))?;
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        if key.is_empty() || !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
            return Err(invalid(text, WANTED));
        }
        Ok(Self { key: key.into(), value: value.into(), effect: effect.into(), time_added: None })
    }
}

/// How long to wait for one thing: `discovery=10m`.
///
/// ```
/// let timeout: kubeadm_config::Timeout = "discovery=10m".parse()?;
/// assert_eq!(timeout.value, kubeadm_config::Duration::from_secs(600));
/// assert!("discover=10m".parse::<kubeadm_config::Timeout>().is_err());
/// # Ok::<(), kubeadm_config::InvalidTimeout>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what is waited for, and how long")]
pub struct Timeout {
    /// What is waited for.
    pub what: TimeoutName,
    /// How long.
    pub value: Duration,
}

/// What kubeadm waits for, as the fields of `timeouts` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutName(&'static str);

impl TimeoutName {
    /// Every name, as it stands in a document.
    pub const ALL: [Self; 7] = [
        Self("controlPlaneComponentHealthCheck"),
        Self("kubeletHealthCheck"),
        Self("kubernetesAPICall"),
        Self("etcdAPICall"),
        Self("tlsBootstrap"),
        Self("discovery"),
        Self("upgradeManifests"),
    ];

    /// The key in a document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for Timeout {
    type Err = InvalidTimeout;

    /// Reads the document's key or the same with dashes, `kubernetes-api-call=2m`.
    fn from_str(text: &str) -> Result<Self, InvalidTimeout> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| InvalidTimeout::Name { given: text.to_owned() })?;
        let joined = name.replace('-', "");
        let what = TimeoutName::ALL.into_iter().find(|known| known.0.eq_ignore_ascii_case(&joined));
        let what = what.ok_or_else(|| InvalidTimeout::Name { given: text.to_owned() })?;
        Ok(Self { what, value: value.parse().map_err(|source| InvalidTimeout::Value { source })? })
    }
}

/// Why a text is no [`Timeout`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum InvalidTimeout {
    /// It does not name what is waited for.
    #[error(
        "{given:?} is not name=time; the names are control-plane-component-health-check, kubelet-health-check, \
         kubernetes-api-call, etcd-api-call, tls-bootstrap, discovery and upgrade-manifests"
    )]
    Name { given: String },
    /// The time is none.
    #[error("{source}")]
    Value { source: crate::Error },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_take_what_is_theirs() {
        let value: ComponentValue = "apiserver.--audit-log-path=/a=b".parse().unwrap();
        assert_eq!(value.component, Component::ApiServer);
        assert_eq!((value.named.name.as_str(), value.named.value.as_str()), ("audit-log-path", "/a=b"));
        for text in ["audit=1", "kubelet.v=1", "etcd.v", "etcd.=1", ""] {
            assert!(text.parse::<ComponentValue>().is_err(), "{text}");
        }
    }

    #[test]
    fn volumes_name_their_paths() {
        let read = |text: &str| text.parse::<ComponentVolume>().map(|volume| volume.volume);
        let volume = read("apiserver.audit=/etc/audit:/audit:ro:DirectoryOrCreate").unwrap();
        assert_eq!((volume.name.as_str(), volume.mount_path.as_str()), ("audit", "/audit"));
        assert!(volume.read_only);
        assert_eq!(volume.path_type, "DirectoryOrCreate");
        assert!(!read("scheduler.a=/b:/c").unwrap().read_only);
        for text in
            ["apiserver.a=/b", "apiserver.a=b:/c", "etcd.a=/b:/c", "apiserver.=/b:/c", "apiserver.a=/b:/c:no"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn taints_read_as_kubectl_reads_them() {
        let taint: Taint = "gpu=a:b:NoExecute".parse().unwrap();
        assert_eq!(
            (taint.key.as_str(), taint.value.as_str(), taint.effect.as_str()),
            ("gpu", "a:b", "NoExecute")
        );
        assert_eq!("gpu:NoSchedule".parse::<Taint>().unwrap().value, "");
        for text in ["gpu", "gpu:Never", ":NoSchedule", "=a:NoSchedule"] {
            assert!(text.parse::<Taint>().is_err(), "{text}");
        }
    }

    #[test]
    fn timeouts_have_two_spellings() {
        let with_dashes: Timeout = "kubernetes-api-call=2m".parse().unwrap();
        assert_eq!(with_dashes, "kubernetesAPICall=2m0s".parse().unwrap());
        assert_eq!(with_dashes.what.as_str(), "kubernetesAPICall");
        assert!("discovery=soon".parse::<Timeout>().unwrap_err().to_string().contains("soon"));
        assert!("patience=1s".parse::<Timeout>().unwrap_err().to_string().contains("tls-bootstrap"));
    }
}
