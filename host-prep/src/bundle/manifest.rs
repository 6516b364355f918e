//! What a bundle says of itself.

use serde::{Deserialize, Serialize};

use super::images::is_of_layout;
use super::value::{BundlePath, Name, Sha256Sum, Suite};
use super::{DEB_INDEX, IMAGES, LAYOUT, NETWORK, PACKAGES, SPEC};
use crate::mirrors::{Artefact, Format};
use crate::resource::repo::Fingerprint;

/// Name of the manifest in a bundle.
pub const MANIFEST: &str = "k8sprep-bundle.json";
/// The schema that is written, and the only one that is read.
pub(super) const SCHEMA: &str = "k8sprep.bundle/v1";

/// What is in a bundle and whom it is for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// `k8sprep.bundle/v1`.
    pub schema: Name,
    /// The kind of packages.
    pub format: Format,
    /// `ID` and `VERSION_ID` of the distribution it was made on.
    pub distro: Name,
    /// The machine it was made on, as `uname -m` says it.
    pub architecture: Name,
    /// The keys that sign the packages.
    pub keys: Vec<BundleKeys>,
    /// The signed indexes that debs are listed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// Every file but this one, sorted by path.
    pub files: Vec<BundleFile>,
}

/// A file with the keys of one origin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BundleKeys {
    /// Whose packages they sign.
    pub artefact: Artefact,
    /// Path in the bundle.
    pub path: BundlePath,
    /// Their fingerprints.
    pub fingerprints: Vec<Fingerprint>,
}

/// A repository of debs whose signed index came along, as apt has it: below its path lie
/// `InRelease`, or `Release` with `Release.gpg`, and the lists of packages.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Origin {
    /// The directory in the bundle.
    pub path: BundlePath,
    /// Its suite, `/` where it is flat.
    pub suite: Suite,
    /// Its components that came along; none where it is flat.
    pub components: Vec<Suite>,
    /// Who signs it.
    pub signer: OriginSigner,
}

/// Whose keys sign an index.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OriginSigner {
    /// The keys of the bundle, which have to be pinned.
    PinnedKeys,
    /// The distribution: keys that the host which uses the bundle has already.
    Distribution,
}

/// A file of a bundle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BundleFile {
    /// Path in the bundle, parts joined by `/`.
    pub path: BundlePath,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: Sha256Sum,
}

impl Manifest {
    /// Whether a file of this path belongs in such a bundle.
    ///
    /// apt takes an `InRelease`, a compressed list or one under `by-hash` before the index that is
    /// written here, so beside debs and that index nothing may lie where apt looks.
    pub(super) fn has_place_for(&self, path: &str) -> bool {
        let below = |dir: &str| path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/'));
        if let Some(name) = below(PACKAGES) {
            let is_deb = || name.ends_with(".deb") && !name.contains('/');
            return self.format == Format::Rpm || is_deb() || DEB_INDEX.contains(&name);
        }
        [SPEC, IMAGES, NETWORK].contains(&path)
            || below(LAYOUT).is_some_and(is_of_layout)
            || self.keys.iter().any(|keys| keys.path.as_str() == path)
            || self.origins.iter().any(|origin| below(origin.path.as_str()).is_some())
    }

    /// The bytes it is written as.
    pub(super) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a manifest; why it is none.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("{MANIFEST} is damaged: {error}"))?;
        if manifest.schema.as_str() != SCHEMA {
            return Err(format!("{MANIFEST} is of schema {}, and {SCHEMA} is known here", manifest.schema));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(format: &str) -> Manifest {
        let text = format!(
            r#"{{"schema": "k8sprep.bundle/v1", "format": "{format}", "distro": "debian 12", "architecture": "x86_64",
                "keys": [{{"artefact": "kubernetes", "path": "keys/kubernetes.asc", "fingerprints": []}}],
                "origins": [{{"path": "origins/0", "suite": "/", "components": [], "signer": "pinned-keys"}}],
                "files": []}}"#
        );
        Manifest::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_but_debs_and_our_index_lies_where_apt_looks() {
        let debs = manifest("deb");
        for path in [
            "k8sprep.yaml",
            "images.txt",
            "keys/kubernetes.asc",
            "origins/0/InRelease",
            "network.yaml",
            "images/index.json",
            "packages/kubelet_1.34.2-1.1_amd64.deb",
            "packages/Packages",
            "packages/Release",
        ] {
            assert!(debs.has_place_for(path), "{path}");
        }
        for path in [
            "packages/InRelease",
            "packages/Release.gpg",
            "packages/Packages.xz",
            "packages/by-hash/SHA256/00.deb",
            "packages/by-hash/SHA256/00",
            "packages/kubelet.bin",
            "packages",
            "keys/other.asc",
            "origins/1/InRelease",
            "images/blobs/sha256/x",
            "images/hook.sh",
            "packages.deb",
            "k8sprep.yaml/x",
        ] {
            assert!(!debs.has_place_for(path), "{path}");
        }
        assert!(manifest("rpm").has_place_for("packages/repodata/repomd.xml"));
    }
}
