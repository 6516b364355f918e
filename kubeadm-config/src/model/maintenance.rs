//! The documents of `kubeadm reset` and `kubeadm upgrade`.

use serde::{Deserialize, Serialize};

use super::{Patches, Timeouts};

/// How a node is put back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a value to be filled in; validation, not the type, keeps it sound"
)]
pub struct ResetConfiguration {
    /// Whether `/etc/kubernetes/tmp` goes too.
    pub cleanup_tmp_dir: bool,
    /// Where certificates lie.
    pub certificates_dir: String,
    /// The socket of the container runtime.
    pub cri_socket: String,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// Whether not to ask.
    pub force: bool,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// Flags of `umount2`.
    pub unmount_flags: Vec<String>,
    /// How long to wait for what.
    pub timeouts: Option<Timeouts>,
}

/// How a cluster is upgraded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a value to be filled in; validation, not the type, keeps it sound"
)]
pub struct UpgradeConfiguration {
    /// `kubeadm upgrade apply`.
    pub apply: UpgradeApplyConfiguration,
    /// `kubeadm upgrade diff`.
    pub diff: UpgradeDiffConfiguration,
    /// `kubeadm upgrade node`.
    pub node: UpgradeNodeConfiguration,
    /// `kubeadm upgrade plan`.
    pub plan: UpgradePlanConfiguration,
    /// How long to wait for what.
    pub timeouts: Option<Timeouts>,
}

/// `kubeadm upgrade apply`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct UpgradeApplyConfiguration {
    /// The version to go to.
    pub kubernetes_version: String,
    /// Whether alpha and beta releases are allowed.
    pub allow_experimental_upgrades: Option<bool>,
    /// Whether release candidates are allowed.
    #[serde(rename = "allowRCUpgrades")]
    pub allow_rc_upgrades: Option<bool>,
    /// Whether certificates are renewed.
    pub certificate_renewal: Option<bool>,
    /// Whether nothing is to be changed.
    pub dry_run: Option<bool>,
    /// Whether etcd is upgraded.
    pub etcd_upgrade: Option<bool>,
    /// Whether failing requirements are passed over.
    pub force_upgrade: Option<bool>,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// Where patches are found.
    pub patches: Option<Patches>,
    /// Whether the configuration is printed.
    pub print_config: Option<bool>,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// When images are pulled.
    pub image_pull_policy: String,
    /// Whether images are pulled one after the other.
    pub image_pull_serial: Option<bool>,
}

/// `kubeadm upgrade diff`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct UpgradeDiffConfiguration {
    /// The version to compare with.
    pub kubernetes_version: String,
    /// Lines of context.
    pub context_lines: i64,
}

/// `kubeadm upgrade node`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct UpgradeNodeConfiguration {
    /// Whether certificates are renewed.
    pub certificate_renewal: Option<bool>,
    /// Whether nothing is to be changed.
    pub dry_run: Option<bool>,
    /// Whether etcd is upgraded.
    pub etcd_upgrade: Option<bool>,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// Where patches are found.
    pub patches: Option<Patches>,
    /// When images are pulled.
    pub image_pull_policy: String,
    /// Whether images are pulled one after the other.
    pub image_pull_serial: Option<bool>,
}

/// `kubeadm upgrade plan`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct UpgradePlanConfiguration {
    /// The version to plan for.
    pub kubernetes_version: String,
    /// Whether alpha and beta releases are allowed.
    pub allow_experimental_upgrades: Option<bool>,
    /// Whether release candidates are allowed.
    #[serde(rename = "allowRCUpgrades")]
    pub allow_rc_upgrades: Option<bool>,
    /// Whether nothing is to be changed.
    pub dry_run: Option<bool>,
    /// Whether etcd is upgraded.
    pub etcd_upgrade: Option<bool>,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// Whether the configuration is printed.
    pub print_config: Option<bool>,
}
