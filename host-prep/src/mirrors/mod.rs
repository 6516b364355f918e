//! Where packages of Kubernetes and CRI-O come from: one table of origins, mirrors and the keys
//! that sign them.
//!
//! Rows say what recipes in public repositories used from 2024 to 2026; none was asked. Whether a
//! mirror answers is measured on the host ([`crate::resource::repo::choose`]). Content is signed by
//! its origin, so a mirror is as safe as the origin as long as signatures are checked.

mod choice;
mod fingerprint;
mod table;
mod url;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use choice::{Choice, InvalidChoice};
pub use fingerprint::{Fingerprint, InvalidFingerprint};
use table::{BESIDE, CRI_O, GOOGLE, KUBERNETES, ROWS, Row, Tree};
pub use url::{InvalidRepoUrl, RepoUrl};

use crate::PackageMinor;
use crate::ground::minor::CRIO_BEHIND;

/// What a repository holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Artefact {
    /// kubelet, kubeadm, kubectl, cri-tools, kubernetes-cni.
    Kubernetes,
    /// cri-o.
    CriO,
    /// Both, with everything they need: a [bundle](crate::bundle).
    Bundle,
}

/// The kind of packages in a repository.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "kubernetes and CRI-O are packaged in these two")]
pub enum Format {
    /// rpm-md, read by yum, dnf and zypper.
    Rpm,
    /// A flat or pooled repository for apt.
    Deb,
}

/// A place packages of one artefact can be had from, as a row of the table.
///
/// ```
/// use host_prep::mirrors::{Artefact, Format, Mirror};
///
/// let minor = "v1.34".parse()?;
/// let upstream = Mirror::find("upstream", Artefact::Kubernetes, minor)?;
/// let location = upstream.location(minor, Format::Deb);
/// assert_eq!(location.url().as_str(), "https://pkgs.k8s.io/core:/stable:/v1.34/deb/");
/// assert_eq!(upstream.signer().fingerprints.len(), upstream.signer().pins().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mirror(&'static Row);

/// Where the packages of one minor are, in one format.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// Ends with a slash where it is a directory of its own.
    url: RepoUrl,
    /// apt's suite: `/` for a flat repository.
    suite: &'static str,
    /// apt's components; none for a flat repository.
    components: &'static [&'static str],
    keys: Vec<RepoUrl>,
    signed_index: Option<bool>,
}

/// Full fingerprints of keys that sign the packages of an origin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Signer {
    /// Who signs.
    pub name: &'static str,
    /// Version 4 fingerprints in hexadecimal.
    pub fingerprints: &'static [&'static str],
}

impl Mirror {
    /// Every row of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(Self)
    }

    /// The rows that hold `artefact` at `minor`, origins first.
    pub fn holding(artefact: Artefact, minor: PackageMinor) -> impl Iterator<Item = Self> {
        Self::all().filter(move |mirror| mirror.artefact() == artefact && mirror.has(minor))
    }

    /// The row of `name` that holds `artefact` at `minor`.
    ///
    /// # Errors
    ///
    /// [`NoSuchMirror`] says which there are.
    pub fn find(name: &str, artefact: Artefact, minor: PackageMinor) -> Result<Self, NoSuchMirror> {
        Self::holding(artefact, minor).find(|mirror| mirror.name() == name).ok_or_else(|| {
            let mut known: Vec<_> = Self::holding(artefact, minor).map(Self::name).collect();
            // One with two trees is still one.
            known.dedup();
            let older = Self::all().filter(|mirror| mirror.name() == name && mirror.artefact() == artefact);
            let newest = older.filter_map(|mirror| mirror.minors().1).filter(|last| *last < minor).max();
            NoSuchMirror { name: name.to_owned(), artefact, minor, known, newest }
        })
    }

    /// The first minor it is known to have, and the last where it grows no more.
    #[must_use]
    pub fn minors(self) -> (PackageMinor, Option<PackageMinor>) {
        self.0.minors
    }

    /// Its short name, such as `aliyun`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What it holds.
    #[must_use]
    pub fn artefact(self) -> Artefact {
        self.0.artefact
    }

    /// Whether `minor` is known to be there, or can be expected because the tree still grows.
    #[must_use]
    pub fn has(self, minor: PackageMinor) -> bool {
        let (first, last) = self.0.minors;
        first <= minor && last.is_none_or(|last| minor <= last)
    }

    /// Whose signatures its packages carry.
    #[must_use]
    pub fn signer(self) -> Signer {
        match (self.0.tree, self.0.artefact) {
            (Tree::Google, _) => GOOGLE,
            // The tree CRI-O left belonged to the project that signs Kubernetes.
            (Tree::PerMinor, Artefact::CriO) if self.0.base.contains("addons:") => KUBERNETES,
            (Tree::PerMinor, Artefact::CriO) => CRI_O,
            (Tree::PerMinor, _) => KUBERNETES,
        }
    }

    pub(crate) fn base(self) -> &'static str {
        self.0.base
    }

    /// Where we know the row from.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.0.source
    }

    /// Where the packages of `minor` are.
    #[must_use]
    pub fn location(self, minor: PackageMinor, format: Format) -> Location {
        let location = match self.0.tree {
            Tree::PerMinor => Location::per_minor(&RepoUrl::of_table(self.0.base), minor, format),
            Tree::Google => Location::google(self.0.base, format),
        };
        location.with_signed_index(self.0.signed_index)
    }
}

impl Signer {
    /// Who signs `artefact` where its origin publishes it today; for repositories that are in no
    /// table.
    #[must_use]
    pub fn of(artefact: Artefact) -> Self {
        match artefact {
            Artefact::CriO => CRI_O,
            _ => KUBERNETES,
        }
    }
}

/// Whose a key is that origins publish beside their own, and that is never trusted.
pub(crate) fn beside(key: Fingerprint) -> Option<&'static str> {
    let found = key.to_string();
    BESIDE.iter().find(|(known, _)| *known == found).map(|(_, whose)| *whose)
}

impl Location {
    /// A tree with one repository per minor below `base`, as `pkgs.k8s.io` and the Open Build
    /// Service have it.
    #[must_use]
    pub fn per_minor(base: &RepoUrl, minor: PackageMinor, format: Format) -> Self {
        Self::flat(&base.below(&format!("{minor}/{format}/")), format)
    }

    /// A repository at exactly `url`, its key where the Open Build Service puts it.
    #[must_use]
    pub fn flat(url: &RepoUrl, format: Format) -> Self {
        let key = match format {
            Format::Rpm => "repodata/repomd.xml.key",
            Format::Deb => "Release.key",
        };
        Self {
            keys: vec![url.below(key)],
            suite: "/",
            components: &[],
            url: url.below(""),
            signed_index: None,
        }
    }

    fn google(base: &str, format: Format) -> Self {
        let below = |path: &str| RepoUrl::of_table(format!("{base}/{path}"));
        let (url, keys) = match format {
            Format::Rpm => {
                let keys = ["yum/doc/yum-key.gpg", "yum/doc/rpm-package-key.gpg"].map(below);
                (below("yum/repos/kubernetes-el7-$basearch/"), keys.to_vec())
            }
            Format::Deb => (below("apt/"), vec![below("apt/doc/apt-key.gpg")]),
        };
        Self { url, keys, suite: "kubernetes-xenial", components: &["main"], signed_index: None }
    }

    /// The same where it is known whether the index of rpms itself is signed: one that is not is an
    /// attack then.
    #[must_use]
    pub fn with_signed_index(self, signed_index: Option<bool>) -> Self {
        Self { signed_index, ..self }
    }

    /// Base URL.
    #[must_use]
    pub fn url(&self) -> &RepoUrl {
        &self.url
    }

    /// apt's suite, `/` for a flat repository, and its components, of which that has none.
    #[must_use]
    pub fn suite(&self) -> (&'static str, &'static [&'static str]) {
        (self.suite, self.components)
    }

    /// Where the keys that sign it are published.
    #[must_use]
    pub fn keys(&self) -> &[RepoUrl] {
        &self.keys
    }

    /// Whether the index of rpms itself is signed; `None` where it is not known.
    #[must_use]
    pub fn signed_index(&self) -> Option<bool> {
        self.signed_index
    }

    /// The file that changes with every publication: what a probe asks for.
    #[must_use]
    pub fn index(&self, format: Format) -> String {
        match format {
            Format::Rpm => format!("{}repodata/repomd.xml", self.url),
            Format::Deb if self.suite == "/" => format!("{}InRelease", self.url),
            Format::Deb => format!("{}dists/{}/InRelease", self.url, self.suite),
        }
    }
}

/// No mirror of that name has what is asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no mirror called `{name}` is known to have {artefact} {minor}{}{}", self.others(), self.pair())]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields are named for what they hold")]
pub struct NoSuchMirror {
    pub name: String,
    pub artefact: Artefact,
    pub minor: PackageMinor,
    pub known: Vec<&'static str>,
    /// The newest minor before that which the mirror has.
    pub newest: Option<PackageMinor>,
}

impl NoSuchMirror {
    /// Those that have it; of what nobody keeps any more there are none.
    fn others(&self) -> String {
        match self.known.as_slice() {
            [] => ", and no other is".to_owned(),
            known => format!("; there are {}", known.join(", ")),
        }
    }

    /// The newest pair of Kubernetes and CRI-O for which the mirror does.
    fn pair(&self) -> String {
        match (self.artefact, self.newest) {
            (Artefact::CriO, Some(newest)) => {
                let (name, kubernetes) = (&self.name, newest.plus(CRIO_BEHIND));
                format!(
                    "; {name} has it up to {newest}, which goes with Kubernetes up to {kubernetes}: \
                     write crioVersion: {newest} for that"
                )
            }
            (artefact, Some(newest)) => format!("; {} has {artefact} up to {newest}", self.name),
            (_, None) => String::new(),
        }
    }
}

impl fmt::Display for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kubernetes => "Kubernetes",
            Self::CriO => "CRI-O",
            Self::Bundle => "bundle",
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rpm => "rpm",
            Self::Deb => "deb",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::table::v;
    use super::*;

    fn url(name: &str, artefact: Artefact, minor: u16, format: Format) -> String {
        Mirror::find(name, artefact, v(minor)).unwrap().location(v(minor), format).url.to_string()
    }

    #[test]
    fn every_layout_gives_the_address_that_recipes_have() {
        use Artefact::{CriO, Kubernetes};
        use Format::{Deb, Rpm};
        let found = [
            url("upstream", Kubernetes, 34, Rpm),
            url("upstream", CriO, 36, Deb),
            url("aliyun", Kubernetes, 35, Deb),
            url("aliyun", Kubernetes, 15, Rpm),
            url("tencent", Kubernetes, 36, Rpm),
            url("tsinghua", CriO, 32, Rpm),
        ];
        assert_eq!(
            found,
            [
                "https://pkgs.k8s.io/core:/stable:/v1.34/rpm/",
                "https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v1.36/deb/",
                "https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.35/deb/",
                "https://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-$basearch/",
                "https://mirrors.tencent.com/kubernetes_new/core:/stable:/v1.36/rpm/",
                "https://mirrors.tuna.tsinghua.edu.cn/kubernetes/addons:/cri-o:/stable:/v1.32/rpm/",
            ]
        );
    }

    #[test]
    fn a_mirror_without_the_minor_is_refused_with_those_that_have_it() {
        let error = Mirror::find("tsinghua", Artefact::CriO, v(33)).unwrap_err();
        let text = "no mirror called `tsinghua` is known to have CRI-O v1.33; there are upstream, gwdg; \
                    tsinghua has it up to v1.32, which goes with Kubernetes up to v1.34: write crioVersion: v1.32 for that";
        assert_eq!(error.to_string(), text);
        let error = Mirror::find("tsinghua", Artefact::CriO, v(20)).unwrap_err();
        let text = "no mirror called `tsinghua` is known to have CRI-O v1.20, and no other is";
        assert_eq!(error.to_string(), text);
        let error = Mirror::find("gwdg", Artefact::Kubernetes, v(28)).unwrap_err();
        assert_eq!(error.known, ["upstream", "aliyun", "tsinghua", "ustc", "tencent", "huawei"]);
    }

    #[test]
    fn origins_sign_their_index() {
        let of = |name, minor| {
            let mirror = Mirror::find(name, Artefact::Kubernetes, v(minor)).unwrap();
            mirror.location(v(minor), Format::Rpm).signed_index
        };
        assert_eq!(
            [of("upstream", 34), of("tencent", 34), of("huawei", 20)],
            [Some(true), None, Some(false)]
        );
        assert_eq!(Location::flat(&"https://site/".parse().unwrap(), Format::Rpm).signed_index, None);
    }

    #[test]
    fn urls_of_the_table_are_valid() {
        for mirror in Mirror::all() {
            let location = mirror.location(mirror.0.minors.0, Format::Rpm);
            for url in location.keys.iter().chain([&location.url]) {
                assert_eq!(url.as_str().parse().as_ref(), Ok(url));
            }
        }
    }

    #[test]
    fn fingerprints_are_whole() {
        for mirror in Mirror::all() {
            for fingerprint in mirror.signer().fingerprints {
                assert!(fingerprint.len() == 40 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit()));
            }
        }
    }

    #[test]
    fn text_that_is_no_mirror_is_refused() {
        for text in ["", "ftp://x/", "a b", "https://x/\nfoo=1", "../x"] {
            assert!(text.parse::<Choice>().is_err(), "{text}");
        }
    }
}
