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

use std::path::{Path, PathBuf};

use crio_config::{Release, Sources};
use host_prep::fs::{self, Mode, Root};

use crate::cmd::{Entry, group, leaf};
use crate::failure::{Exit, Failure};
use crate::ui::Ui;

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

/// Whose files are meant.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Tree {
    /// Work on the tree of a host that is not running: an image, a mounted disk
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Where the configuration is, and which CRI-O reads it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Configured {
    #[command(flatten)]
    tree: Tree,
    /// The CRI-O release that reads it, as 1.31 or 1.31.13
    #[arg(long, value_name = "RELEASE", default_value_t = Release::NEWEST)]
    release: Release,
}

impl Tree {
    fn open(&self) -> Result<Root, Failure> {
        let dir = self.root.clone().unwrap_or_else(|| PathBuf::from("/"));
        let opened = std::path::absolute(&dir)
            .map_err(|source| host_prep::Error::Root { path: dir, source })
            .and_then(Root::open);
        opened.map_err(|error| Failure::from_error(&error))
    }

    /// The path of the host that a file of the command line means.
    ///
    /// On the running host it may be relative to the working directory; a tree has none.
    fn host_path(&self, file: &Path) -> Result<PathBuf, Failure> {
        if self.root.is_some() && file.is_relative() {
            let what = format_args!("{} is no path of the host below --root", file.display()).to_string();
            return Err(Failure::usage(what).hint("give the path as the host sees it, from / on"));
        }
        std::path::absolute(file).map_err(|error| {
            Failure::new(Exit::Failed, format_args!("cannot find {}: {error}", file.display()))
        })
    }
}

impl Configured {
    fn sources(&self) -> Result<Sources, Failure> {
        collect::sources(&self.tree.open()?)
    }
}

/// Writes a file of the host as a whole, and tells which directories had to be made for it.
fn write(root: &Root, path: &Path, text: &str, ui: &mut Ui) -> Result<(), Failure> {
    let made =
        fs::set(root, path, text.as_bytes(), Mode::PUBLIC).map_err(|error| Failure::from_error(&error))?;
    if let Some(last) = made.last() {
        ui.note(format_args!("made {}", root.shown(last).display()));
    }
    Ok(())
}
