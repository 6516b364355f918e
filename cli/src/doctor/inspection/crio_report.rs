//! What CRI-O's own rules say of its files on this host.
//!
//! The same check as `k8sprep crio check`, with what of the host it can use: which programs are
//! there, and which pause image kubeadm expects.

use std::collections::BTreeSet;

use crio_config::{CheckOptions, Presence, Remark, Severity};
use host_prep::PackageRelease;
use kubeadm_config::KubeadmRelease;

use super::{Inspection, Part};
use crate::crio_host::{self, Started};
use crate::doctor::finding::Evidence;

/// What `crio check` says, and what it could not look at.
#[derive(Debug, Default)]
pub(super) struct CrioReport {
    remarks: Vec<Remark>,
    unread: Vec<(String, String)>,
}

impl Inspection<'_> {
    /// Everything that `crio check` says of this host; empty where there is no CRI-O.
    pub(in crate::doctor) fn crio_remarks(&self) -> &[Remark] {
        &self.crio_report().remarks
    }

    /// Files that CRI-O reads and that were not read here, each with why.
    pub(in crate::doctor) fn crio_unread(&self) -> impl Iterator<Item = (&str, &str)> {
        self.crio_report().unread.iter().map(|(path, why)| (path.as_str(), why.as_str()))
    }

    fn crio_report(&self) -> &CrioReport {
        self.consults(Part::Crio);
        self.crio_report.get_or_init(|| {
            let Some(files) = self.crio_files().ok().filter(|_| self.has_crio()) else {
                return CrioReport::default();
            };
            let mut options = CheckOptions::default();
            if let Some(config) = self.crio() {
                let crio = Started::of(&self.facts.crio);
                options.host = crio_host::host(self.host.root(), &crio, config);
            }
            options.host.crio = Some(Presence::Present);
            options.kubeadm_pause_image = self.kubeadm_pause_image().and_then(|image| image.parse().ok());
            let remarks = crio_config::check(files, self.crio_release(), &options).remarks;
            CrioReport { remarks, unread: options.host.unread.into_iter().collect() }
        })
    }

    /// Whether the tree has directories of programs at all.
    pub(in crate::doctor) fn has_programs(&self) -> bool {
        Started::of(&self.facts.crio).has_programs(self.host.root())
    }

    /// The pause image that kubeadm of the cluster's minor pulls. Of a worker, which is not told the
    /// repository of its cluster, it is one of CRI-O's own.
    pub fn kubeadm_pause_image(&self) -> Option<String> {
        let kubeadm = self.kubeadm_release()?;
        let of_manifest = || Some(self.manifest("kube-apiserver").ok()??.repository()?.to_owned());
        let of_file = || {
            let files = self.kubeadm_files().0.iter();
            let texts = files.filter_map(|file| Some(file.text("imageRepository")?.0.to_owned()));
            texts.into_iter().find(|text| !text.is_empty())
        };
        let of_crio = || {
            let (image, _) = self.crio_text("crio.image.pause_image").filter(|_| self.is_member())?;
            Some(image.rsplit_once("/pause:")?.0.to_owned())
        };
        let repository = of_manifest()
            .or_else(of_file)
            .or_else(of_crio)
            .unwrap_or_else(|| kubeadm.image_repository().to_owned());
        Some(format!("{repository}/pause:{}", kubeadm.pause_tag()))
    }

    /// The kubeadm of the cluster's minor: to the patch where its package is here, since patches changed the
    /// repository of images.
    fn kubeadm_release(&self) -> Option<KubeadmRelease> {
        let minor = self.kubernetes_minor().or_else(|| self.minor_of("kubelet"))?;
        let installed = self.installed_kubeadm().filter(|kubeadm| kubeadm.minor().number() == minor);
        installed.or_else(|| format!("v1.{minor}.0").parse().ok())
    }

    /// The kubeadm of the host's package.
    pub(in crate::doctor) fn installed_kubeadm(&self) -> Option<KubeadmRelease> {
        let package = self.version("kubeadm").and_then(PackageRelease::of_package)?;
        let exact = package.is_exact().then(|| format!("v{}", package.bare()))?;
        exact.parse().ok()
    }

    /// The codes of remarks that keep CRI-O from starting.
    pub(in crate::doctor) fn crio_refusals(&self) -> BTreeSet<&'static str> {
        let refused = self.crio_remarks().iter().filter(|one| one.severity == Severity::Error);
        refused.map(|one| one.code.as_str()).collect()
    }
}

/// The place of a remark.
pub(in crate::doctor) fn place(remark: &Remark) -> Option<Evidence> {
    let place = Evidence::file(&**remark.file.as_ref()?);
    Some(match (remark.line, remark.column) {
        (Some(line), Some(column)) => place.at(line, column),
        (Some(line), None) => place.line(line),
        _ => place,
    })
}
