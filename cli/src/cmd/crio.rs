//! `k8sprep crio …`: CRI-O's configuration on a host.

mod check;
mod collect;
mod diff;
mod get;
mod options;
mod registries;
mod set;
mod show;
mod unset;
mod upgrade_notes;

use std::path::PathBuf;

use crio_config::{Release, Sources};
use host_prep::fs::Root;

use crate::cmd::{Entry, group, leaf};
use crate::failure::Failure;

/// The row of `k8sprep crio`.
pub(crate) const CRIO: Entry = group("crio", "Read, check and change CRI-O's configuration", ENTRIES);

const ENTRIES: &[Entry] = &[
    leaf::<check::Check>(),
    leaf::<show::Show>(),
    leaf::<get::Get>(),
    leaf::<set::Set>(),
    leaf::<unset::Unset>(),
    leaf::<options::Options>(),
    leaf::<upgrade_notes::UpgradeNotes>(),
    leaf::<registries::Registries>(),
];

/// Where the configuration is, and which CRI-O reads it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Configured {
    /// Read the tree of a host that is not running: an image, a mounted disk
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The CRI-O release that reads it, as 1.31 or 1.31.13
    #[arg(long, value_name = "RELEASE", default_value_t = Release::NEWEST)]
    release: Release,
}

impl Configured {
    fn root(&self) -> Result<Root, Failure> {
        let dir = self.root.clone().unwrap_or_else(|| PathBuf::from("/"));
        let opened = std::path::absolute(&dir)
            .map_err(|source| host_prep::Error::Root { path: dir, source })
            .and_then(Root::open);
        opened.map_err(|error| Failure::from_error(&error))
    }

    fn sources(&self) -> Result<Sources, Failure> {
        collect::sources(&self.root()?)
    }
}
