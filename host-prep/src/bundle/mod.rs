//! Bundles: everything a host without a network needs to become a node, in one directory or tar
//! file.
//!
//! [`create`] has the distribution's own package manager fetch the packages with all they need,
//! checks included, into a repository, and writes beside them the keys, the list of images, the
//! spec, and a manifest with the SHA-256 of every file. It changes nothing of the host it runs on.
//! [`Bundle::open`] compares every file with the manifest before anything is used, and writes
//! nothing. The bundle is then a repository like any other: [`Bundle::repository`] is handed to
//! [`Repositories`](crate::resource::repo::Repositories), and rolled back with the rest.
//! [`Bundle::settle`] copies it to where that repository is, comparing every byte again: whoever
//! can write to the bundle cannot swap what is installed.
//!
//! rpm checks the signature of every package of a bundle as of any other. apt knows signatures of
//! indexes only. So the signed indexes come along, and the host's own apt checks them, with the
//! keys of the bundle that are pinned and with those of its distribution. Where that cannot be
//! done, the bundle has to be opened by the SHA-256 that [`create`] said.

mod compare;
mod create;
mod images;
mod index;
mod manifest;
mod open;
mod place;
mod proof;
mod source;
mod stage;
mod value;
mod work;

pub use create::{Contents, Made, create};
pub use images::{ImageName, InvalidImageName};
pub use manifest::{BundleFile, BundleKeys, MANIFEST, Manifest, Origin, OriginSigner};
pub use open::Bundle;
pub use place::Settled;
pub use value::{BundlePath, InvalidValue, Name, Sha256Sum, Suite};

/// Hundreds of megabytes are fetched and packed.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(3600);
/// The directory of packages and their index in a bundle.
const PACKAGES: &str = "packages";
/// The index of a directory of debs.
const DEB_INDEX: [&str; 2] = ["Packages", "Release"];
/// The directory of signed indexes in a bundle.
const ORIGINS: &str = "origins";
/// The spec the bundle was made for.
const SPEC: &str = "k8sprep.yaml";
/// The images of the control plane, one a line.
const IMAGES: &str = "images.txt";
/// The images themselves, where they came along.
const LAYOUT: &str = "images";
/// The manifest of the network plugin, where it came along.
const NETWORK: &str = "network.yaml";
