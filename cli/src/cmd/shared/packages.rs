//! Packages and their repositories, as the commands about a node share them: the flags.
//!
//! They become a `stage::Packages`, which does the work.

use std::cell::OnceCell;
use std::io;
use std::path::{Path, PathBuf};

use host_prep::bundle::Sha256Sum;
use host_prep::mirrors::Choice;
use host_prep::repo::Fingerprint;

use crate::cmd::shared::spec_text::spec_of;
use crate::failure::Failure;
use crate::recipe::NodeSpec;
use crate::stage::Packages;

/// Whose packages.
#[derive(clap::Args, Debug)]
pub(crate) struct PackageFlags {
    /// Leave packages and their repositories alone: something else installs them
    #[arg(long)]
    pub(crate) no_packages: bool,
    /// A file with the keys of the repositories, instead of fetching them
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Fingerprint of a key that may sign packages, besides those that are known and those of the
    /// spec's `pins:`
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Vec<Fingerprint>,
    /// The mirror packages come from, instead of the spec's: a name, a base URL, or `probe` for the
    /// first that answers right. Kubernetes: upstream, aliyun, tsinghua, ustc, tencent, huawei
    /// (up to 1.28). CRI-O: upstream, gwdg, tsinghua and ustc (up to 1.32)
    #[arg(long, value_name = "NAME|URL|probe", conflicts_with = "bundle")]
    mirror: Option<Choice>,
    /// Take packages from a bundle, without a network; `k8sprep bundle create` makes one
    #[arg(long, value_name = "DIR|FILE.tar", conflicts_with_all = ["no_packages", "key"])]
    pub(crate) bundle: Option<PathBuf>,
    /// SHA-256 of the bundle's manifest, as `k8sprep bundle create` printed it
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<Sha256Sum>,
    #[arg(skip)]
    asked: OnceCell<Packages>,
}

impl PackageFlags {
    /// What the flags ask for. The bundle among it is opened once.
    pub(crate) fn asked(&self) -> &Packages {
        self.asked.get_or_init(|| {
            let mut asked = Packages::default();
            asked.no_packages = self.no_packages;
            asked.keys.clone_from(&self.key);
            asked.pins.clone_from(&self.pin);
            asked.mirror.clone_from(&self.mirror);
            asked.bundle.clone_from(&self.bundle);
            asked.sha256.clone_from(&self.sha256);
            asked
        })
    }

    /// Whether the digest of a bundle was given.
    pub(crate) fn has_sha256(&self) -> bool {
        self.sha256.is_some()
    }

    /// The same, given away.
    pub(crate) fn into_asked(mut self) -> Packages {
        self.asked();
        self.asked.take().unwrap_or_default()
    }

    /// The spec in the bundle.
    pub(crate) fn spec(&self) -> Result<NodeSpec, Failure> {
        let text = self.asked().bundle()?.spec().map_err(|error| Failure::from_error(&error))?;
        let none = |_: &Path| Err(io::Error::other("a bundle has its documents within its spec"));
        spec_of(&text, "the spec in the bundle", &none)
    }
}
