//! Copies of bundles that packages are installed from, and which of them are still needed.
//!
//! A copy has the digest of its manifest as its name. It stays as long as the host's repository
//! file names it, or the record of an upgrade that can go back.

use std::os::fd::OwnedFd;

use super::Places;
use crate::fs;
use crate::ground::digest::is_digest;
use crate::mirrors::Artefact;
use crate::{Error, Host};

/// The directory of copies in that of the engine.
pub(crate) const BUNDLES: &str = "bundles";
/// What a copy is called until all of it is there.
pub(crate) const UNPACKING: &str = ".unpacking";

/// The record of an upgrade in that directory: it names the bundles that its way back needs.
pub(crate) const UPGRADE: &str = "upgrade.json";

/// The digests that repository files of `host` name.
pub(crate) fn named(host: &Host) -> Result<Vec<String>, Error> {
    let is_word = |c: char| !c.is_ascii_hexdigit();
    let texts = texts(host)?;
    let words = texts.iter().flat_map(|text| text.split(is_word)).filter(|word| is_digest(word));
    let mut all: Vec<String> = words.map(str::to_owned).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// What repository files of `host` say of bundles.
fn texts(host: &Host) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    for places in [Places::Apt, Places::Yum, Places::Zypp] {
        let file = host.root().read(&places.file(Artefact::Bundle))?.unwrap_or_default();
        texts.push(String::from_utf8_lossy(&file).into_owned());
    }
    Ok(texts)
}

/// Removes every copy that neither a repository file of `host` nor an upgrade names, and what is left of a run that was
/// killed. Not while another run uses one.
pub(crate) fn sweep(host: &Host) -> Result<(), Error> {
    let Some(dir) = fs::open_private(host.root(), &host.state().join(BUNDLES))? else { return Ok(()) };
    if lock(&dir)? { sweep_locked(host, None) } else { Ok(()) }
}

pub(crate) fn sweep_locked(host: &Host, but: Option<&str>) -> Result<(), Error> {
    let dir = host.state().join(BUNDLES);
    let mut named = texts(host)?;
    let upgrade = host.root().read(&host.state().join(UPGRADE))?.unwrap_or_default();
    named.push(String::from_utf8_lossy(&upgrade).into_owned());
    for name in host.root().list(&dir)?.unwrap_or_default() {
        let used = |name: &str| but == Some(name) || named.iter().any(|text| text.contains(name));
        let goes = |name: &str| name.starts_with(UNPACKING) || (is_digest(name) && !used(name));
        if name.to_str().is_some_and(goes) {
            fs::remove_tree(host.root(), &dir.join(&name))?;
        }
    }
    if but.is_none() {
        fs::remove_if_empty(host.root(), &dir)?;
    }
    Ok(())
}

/// Whether nobody else uses the directory; it is this process's until it is closed.
pub(crate) fn lock(dir: &OwnedFd) -> Result<bool, Error> {
    fs::try_lock(dir).map_err(Error::write(BUNDLES))
}
