//! The table itself.

use super::{Artefact, Signer};
use crate::PackageMinor;

/// One place, and what is known of it.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) artefact: Artefact,
    pub(super) tree: Tree,
    /// Base of the tree, without a slash at the end.
    pub(super) base: &'static str,
    /// First and last minor known to be there; no last one where it still grows.
    pub(super) minors: (PackageMinor, Option<PackageMinor>),
    /// Whether the index of its rpms is signed: so at the Open Build Service, which also is what
    /// pkgs.k8s.io shows (recipes with `repo_gpgcheck=1`). Not at copies of Google's tree: yum
    /// says "repomd.xml signature could not be verified" there.
    pub(super) signed_index: Option<bool>,
    /// How we know.
    pub(super) source: &'static str,
}

/// How a server arranges repositories below its base.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tree {
    /// One repository per minor: `<base>/v1.34/rpm/`, flat for apt. Since August 2023.
    PerMinor,
    /// One repository for all minors, as Google published until September 2023:
    /// `<base>/yum/repos/kubernetes-el7-<arch>` and `<base>/apt kubernetes-xenial main`.
    Google,
}

pub(super) const fn v(minor: u16) -> PackageMinor {
    PackageMinor::new(1, minor)
}

/// The first minors of trees that still grow are what recipes name; what is older was never seen
/// there.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "upstream",
        artefact: Artefact::Kubernetes,
        tree: Tree::PerMinor,
        base: "https://pkgs.k8s.io/core:/stable:",
        minors: (v(24), None),
        signed_index: Some(true),
        source: "kubernetes.io, installing kubeadm",
    },
    Row {
        name: "upstream",
        artefact: Artefact::CriO,
        tree: Tree::PerMinor,
        base: "https://download.opensuse.org/repositories/isv:/cri-o:/stable:",
        minors: (v(30), None),
        signed_index: Some(true),
        source: "cri-o/packaging README since 2025-02-12",
    },
    Row {
        name: "aliyun",
        artefact: Artefact::Kubernetes,
        tree: Tree::PerMinor,
        base: "https://mirrors.aliyun.com/kubernetes-new/core/stable",
        minors: (v(24), None),
        signed_index: None,
        source: "recipes up to v1.35",
    },
    Row {
        name: "aliyun",
        artefact: Artefact::Kubernetes,
        tree: Tree::Google,
        base: "https://mirrors.aliyun.com/kubernetes",
        minors: (v(5), Some(v(28))),
        signed_index: Some(false),
        source: "frozen copy of Google's repository",
    },
    Row {
        name: "tsinghua",
        artefact: Artefact::Kubernetes,
        tree: Tree::PerMinor,
        base: "https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:",
        minors: (v(24), None),
        signed_index: None,
        source: "mirrorz-help#146",
    },
    Row {
        name: "tsinghua",
        artefact: Artefact::CriO,
        tree: Tree::PerMinor,
        base: "https://mirrors.tuna.tsinghua.edu.cn/kubernetes/addons:/cri-o:/stable:",
        minors: (v(27), Some(v(32))),
        signed_index: None,
        source: "CRI-O left the mirrored tree on 2025-02-12",
    },
    Row {
        name: "ustc",
        artefact: Artefact::Kubernetes,
        tree: Tree::PerMinor,
        base: "https://mirrors.ustc.edu.cn/kubernetes/core:/stable:",
        minors: (v(24), None),
        signed_index: None,
        source: "ustclug/discussions#433",
    },
    Row {
        name: "ustc",
        artefact: Artefact::CriO,
        tree: Tree::PerMinor,
        base: "https://mirrors.ustc.edu.cn/kubernetes/addons:/cri-o:/stable:",
        minors: (v(30), Some(v(32))),
        signed_index: None,
        source: "CRI-O left the mirrored tree on 2025-02-12",
    },
    Row {
        name: "tencent",
        artefact: Artefact::Kubernetes,
        tree: Tree::PerMinor,
        base: "https://mirrors.tencent.com/kubernetes_new/core:/stable:",
        minors: (v(24), None),
        signed_index: None,
        source: "recipes v1.30 to v1.36",
    },
    Row {
        name: "huawei",
        artefact: Artefact::Kubernetes,
        tree: Tree::Google,
        base: "https://mirrors.huaweicloud.com/kubernetes",
        minors: (v(5), Some(v(28))),
        signed_index: Some(false),
        source: "legacy tree; the layout of today was not found there",
    },
    Row {
        name: "gwdg",
        artefact: Artefact::CriO,
        tree: Tree::PerMinor,
        base: "https://ftp.gwdg.de/pub/opensuse/repositories/isv:/cri-o:/stable:",
        minors: (v(30), None),
        signed_index: Some(true),
        source: "production lists of 2026-09; in Germany",
    },
];

/// `isv:kubernetes` on the Open Build Service; one key for all minors, prolonged again and again.
pub(super) const KUBERNETES: Signer = Signer {
    name: "isv:kubernetes OBS Project",
    fingerprints: &["DE15B14486CD377B9E876E1A234654DA9A296436"],
};
/// `isv:cri-o` on the Open Build Service (cri-o#9298), expires 2027-04-22 unless prolonged.
pub(super) const CRI_O: Signer =
    Signer { name: "isv:cri-o OBS Project", fingerprints: &["85B67D5C50100B1AC8CEFE49CBA9C85640A2B579"] };
/// Google's repository and its frozen copies: the automatic signing keys from 2015 on, and the key
/// of its rpms, 3749..., that signed packages up to 1.28 (yum's own words in installation logs of
/// 2017 to 2023).
pub(super) const GOOGLE: Signer = Signer {
    name: "Google Cloud Packages",
    fingerprints: &[
        "54A647F9048D5688D7DA2ABE6A030B21BA07F4FB",
        "59FE0256827269DC81578F928B57C5C2836F4BEB",
        "7F92E05B31093BEF5A3C2D38FEEA9169307EA071",
        "A362B822F6DEDC652817EA46B53DC80D13EDEF05",
        "D0BC747FD8CAF7117500D6FA3746C208A7317B0F",
        "3749E1BA95A86CE054546ED2F09C394C3E1BA8D5",
    ],
};
/// Keys that lie in key files of the table's origins beside those that sign them, and are never
/// trusted.
pub(super) const BESIDE: &[(&str, &str)] = &[(
    "35BAA0B33E9EB396F59CA838C0BA5CE6DC6315A3",
    "Google's signer of everybody's repositories in Artifact Registry",
)];
