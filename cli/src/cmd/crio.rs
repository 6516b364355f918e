//! `k8sprep crio …`: CRI-O's configuration on a host.
//!
//! One group of commands over `crio_config`. What they share is `--root`, `--crio-version` and the
//! way to CRI-O's files: main file, drop-ins in the order in which CRI-O reads them, and the unit.

mod check;
mod collect;
mod diff;
mod get;
mod judged;
mod keep;
mod options;
mod registries;
mod set;
mod show;
mod unit;
mod unset;
mod upgrade_notes;

use std::path::Path;

use crio_config::{Release, Sources};
use host_prep::fs::{self, Mode, Root};

use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Entry, group, leaf};
use crate::crio_host::Started;
use crate::failure::Failure;
use crate::ui::Ui;
use judged::Judged;

/// The row of `k8sprep crio`.
pub(crate) const CRIO: Entry = group(
    "crio",
    "Read, check and change CRI-O's configuration",
    "
  k8sprep crio check                               # would CRI-O start with it
  k8sprep crio get crio.image.pause_image
  k8sprep crio set crio.runtime.log_level debug
  k8sprep crio upgrade-notes 1.35                  # what the next release changes for this host",
    ENTRIES,
);

/// In the order of the help page: reading first, then writing.
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
    #[command(flatten)]
    on: OnHost,
    /// The CRI-O release that reads it, as 1.31 or 1.31.13 [default: the one installed, else the
    /// newest known]
    #[arg(long, value_name = "RELEASE")]
    release: Option<Release>,
}

impl Configured {
    /// # Errors
    /// A file that is there and cannot be read.
    fn sources(&self) -> Result<Sources, Failure> {
        let root = self.on.tree()?;
        collect::sources(&root, &Started::on(&root))
    }

    /// The release that reads it, and how that is known.
    fn judged(&self) -> Result<Judged, Failure> {
        judged::judged(&self.on, self.release)
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
