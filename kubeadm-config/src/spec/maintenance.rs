//! What is asked of `kubeadm reset` and `kubeadm upgrade`.

use super::document::Document;
use super::node::{spelled, write_timeouts};
use super::words::{PullPolicy, Timeout};
use crate::release::KubeadmRelease;
use crate::version::KubernetesVersion;

/// How a node is to be put back.
///
/// ```
/// use kubeadm_config::{Asked, HostFacts, ResetSpec};
///
/// let mut spec = ResetSpec::default();
/// spec.force = true;
/// let mut asked = Asked::new("v1.34.0".parse()?);
/// asked.reset(&spec);
/// let yaml = asked.defaulted(&HostFacts::default()).validate()?.to_yaml()?;
/// assert!(yaml.contains("\nforce: true\nkind: ResetConfiguration\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ResetSpec {
    /// The socket of the container runtime; a path gets the scheme that the release wants.
    pub cri_socket: Option<String>,
    /// Where certificates lie.
    pub certificates_dir: Option<String>,
    /// Whether `/etc/kubernetes/tmp` goes too.
    pub cleanup_tmp_dir: bool,
    /// Whether not to ask.
    pub force: bool,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// Flags of `umount2`, `MNT_FORCE`.
    pub unmount_flags: Vec<String>,
    /// How long to wait for what.
    pub timeouts: Vec<Timeout>,
}

/// How a cluster is to be upgraded. What several commands of `kubeadm upgrade` have is asked of all
/// of them.
///
/// kubeadm reads UpgradeConfiguration since 1.31, in v1beta4 and later.
///
/// ```
/// use kubeadm_config::{Asked, HostFacts, UpgradeSpec};
///
/// let mut spec = UpgradeSpec::default();
/// spec.kubernetes_version = Some("v1.34.2".parse()?);
/// spec.certificate_renewal = Some(false);
/// let mut asked = Asked::new("v1.34.2".parse()?);
/// asked.upgrade(&spec);
/// let yaml = asked.defaulted(&HostFacts::default()).validate()?.to_yaml()?;
/// assert!(yaml.contains("certificateRenewal: false"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UpgradeSpec {
    /// The version to go to.
    pub kubernetes_version: Option<KubernetesVersion>,
    /// Whether alpha and beta releases are allowed.
    pub allow_experimental_upgrades: bool,
    /// Whether release candidates are allowed.
    pub allow_rc_upgrades: bool,
    /// Whether certificates are renewed.
    pub certificate_renewal: Option<bool>,
    /// Whether etcd is upgraded.
    pub etcd_upgrade: Option<bool>,
    /// Whether failing requirements are passed over.
    pub force: bool,
    /// Whether the configuration is printed.
    pub print_config: bool,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// Lines of context of `kubeadm upgrade diff`.
    pub diff_context_lines: Option<u32>,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// The directory with patches.
    pub patches: Option<String>,
    /// When images are pulled.
    pub image_pull_policy: Option<PullPolicy>,
    /// Whether images are pulled one after the other.
    pub image_pull_serial: Option<bool>,
    /// How long to wait for what.
    pub timeouts: Vec<Timeout>,
}

impl ResetSpec {
    pub(super) fn write(&self, reset: &mut Document, release: &KubeadmRelease) {
        let socket = self.cri_socket.as_deref().map(|socket| spelled(socket, release));
        reset.put_given("criSocket", socket);
        reset.put_given("certificatesDir", self.certificates_dir.as_ref());
        reset.put_true("cleanupTmpDir", self.cleanup_tmp_dir);
        reset.put_true("force", self.force);
        reset.put_true("dryRun", self.dry_run);
        reset.add("ignorePreflightErrors", &self.ignore_preflight_errors);
        reset.add("skipPhases", &self.skip_phases);
        reset.add("unmountFlags", &self.unmount_flags);
        write_timeouts(&self.timeouts, reset);
    }
}

impl UpgradeSpec {
    /// `holds` tells whether the version has a field: what one command can hold and another cannot
    /// is asked of the one only.
    pub(super) fn write(&self, upgrade: &mut Document, holds: &dyn Fn(&str) -> bool) {
        for command in ["apply", "plan", "diff"] {
            let path = format!("{command}.kubernetesVersion");
            upgrade.put_given(&path, self.kubernetes_version.as_ref());
        }
        for command in ["apply", "plan"] {
            upgrade
                .put_true(&format!("{command}.allowExperimentalUpgrades"), self.allow_experimental_upgrades);
            upgrade.put_true(&format!("{command}.allowRCUpgrades"), self.allow_rc_upgrades);
            upgrade.put_true(&format!("{command}.printConfig"), self.print_config);
        }
        for command in ["apply", "node"] {
            upgrade.put_truth(&format!("{command}.certificateRenewal"), self.certificate_renewal);
            upgrade.add(&format!("{command}.skipPhases"), &self.skip_phases);
            upgrade.put_given(&format!("{command}.patches.directory"), self.patches.as_ref());
            upgrade.put_given(&format!("{command}.imagePullPolicy"), self.image_pull_policy);
            upgrade.put_truth(&format!("{command}.imagePullSerial"), self.image_pull_serial);
        }
        for command in ["apply", "node", "plan"] {
            upgrade.put_true(&format!("{command}.dryRun"), self.dry_run);
            upgrade.add(&format!("{command}.ignorePreflightErrors"), &self.ignore_preflight_errors);
            let etcd = format!("{command}.etcdUpgrade");
            if command != "plan" || holds(&etcd) {
                upgrade.put_truth(&etcd, self.etcd_upgrade);
            }
        }
        upgrade.put_true("apply.forceUpgrade", self.force);
        if let Some(lines) = self.diff_context_lines {
            upgrade.put("diff.contextLines", lines);
        }
        write_timeouts(&self.timeouts, upgrade);
    }
}
