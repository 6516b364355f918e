//! Bundles: everything a host without a network needs to become a node, in one directory or tar file.
//!
//! [`create`] has the distribution's own package manager fetch the packages with all they need, checks included, into a
//! repository, and writes beside them the keys, the list of images, the spec, and a manifest with the SHA-256 of every file.
//! It changes nothing of the host it runs on. [`Bundle::open`] compares every file with the manifest before anything is used;
//! the bundle is then a repository like any other: [`Bundle::repository`] is handed to
//! [`Repositories`](crate::repo::Repositories), and taken back with the rest.
//!
//! rpm checks the signature of every package of a bundle as of any other. apt knows signatures of indexes only, and the
//! index is made here: what stands for packages then is the manifest, whose digest [`Bundle::digest`] tells so that it can
//! be compared with what [`create`] said.

mod create;
mod index;
mod manifest;
mod open;
mod stage;

pub use create::{Contents, Made, create};
pub use manifest::{BundleFile, BundleKeys, MANIFEST, Manifest};
pub use open::Bundle;

/// The directory of packages and their index in a bundle.
const PACKAGES: &str = "packages";
/// The spec the bundle was made for.
const SPEC: &str = "k8sprep.yaml";
/// The images of the control plane, one a line.
const IMAGES: &str = "images.txt";
