//! Rules for `kubeadm reset` and `kubeadm upgrade`.
//!
//! Both are short because these documents are: most of their fields are switches. kubeadm's
//! `ValidateResetConfiguration` (v1beta4 on) and `ValidateUpgradeConfiguration` (called from 1.36
//! on).

use super::Checks;
use crate::model::{ResetConfiguration, UpgradeConfiguration};

// Of umount2(2). The names are constants of kubeadm's API (`UnmountFlagMNTForce` and so on), not
// numbers.
const UNMOUNT_FLAGS: [&str; 4] = ["MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE", "UMOUNT_NOFOLLOW"];

impl Checks<'_> {
    pub(super) fn reset(&mut self, reset: &ResetConfiguration) {
        self.cri_socket(&reset.cri_socket, "criSocket");
        self.absolute_path(&reset.certificates_dir, "certificatesDir");
        for (index, flag) in reset.unmount_flags.iter().enumerate() {
            if !UNMOUNT_FLAGS.contains(&flag.as_str()) {
                self.invalid(
                    "unmountFlags",
                    // kubeadm puts the index where the value would be, as for `extraArgs`
                    // (`ValidateUnmountFlags`).
                    format!("index {index}"),
                    format!("unknown unmount flag {flag}"),
                );
            }
        }
    }

    pub(super) fn upgrade(&mut self, upgrade: &UpgradeConfiguration) {
        let (apply, node) = (&upgrade.apply, &upgrade.node);
        if let Some(patches) = &apply.patches {
            self.absolute_path(&patches.directory, "apply.patches.directory");
        }
        if let Some(patches) = &node.patches {
            self.absolute_path(&patches.directory, "node.patches.directory");
        }
        self.image_pull_policy(&apply.image_pull_policy, "apply.imagePullPolicy");
        self.image_pull_policy(&node.image_pull_policy, "node.imagePullPolicy");
    }
}
