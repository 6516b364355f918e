//! Reading a tree that something is laid over.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::kind::Kind;
use super::super::overlay::{Laid, Over, Overlay, plain};
use super::{MAX_LINKS, Root};
use crate::{Error, UnfitFile};

impl Root {
    /// The same tree with `overlay` over it, for reading alone.
    ///
    /// # Errors
    ///
    /// Where the tree cannot be opened once more.
    pub(crate) fn under(&self, overlay: Overlay) -> Result<Self, Error> {
        let mut root = self.again()?;
        root.overlay = Some(overlay);
        Ok(root)
    }

    /// That what is here may be changed: not where it is only as it would be.
    pub(crate) fn may_change(&self, path: &Path) -> Result<(), Error> {
        match &self.overlay {
            None => Ok(()),
            Some(_) => Err(Error::Refused { path: self.shown(path), why: UnfitFile::OnlyPlanned }),
        }
    }

    /// What a path leads to with what is laid over the tree; the last link is followed where `follow`
    /// says so. Links of the tree may lead to what is laid.
    pub(in crate::fs) fn over<'a>(&'a self, path: &'a Path, follow: bool) -> Result<Over<'a>, Error> {
        let Some(overlay) = &self.overlay else { return Ok(Over::Tree(path.into())) };
        let (mut at, mut left) = (plain(path), path.to_owned());
        for _ in 0..=MAX_LINKS {
            let target = match overlay.get(&at) {
                Some(Laid::Absent) => return Ok(Over::Nothing),
                Some(Laid::File(bytes, mode)) => return Ok(Over::File(bytes, *mode)),
                Some(Laid::Link(target)) if !follow => return Ok(Over::Link(target)),
                Some(Laid::Link(target)) => {
                    left = beside(&at, target);
                    left.clone()
                }
                None => match self.link_in_tree(&at)?.filter(|_| follow) {
                    Some(target) => beside(&at, &target),
                    None if overlay.names(&at).values().any(|there| *there) => return Ok(Over::Directory),
                    None => return Ok(Over::Tree(left.into())),
                },
            };
            at = plain(&target);
        }
        Ok(Over::Tree(left.into()))
    }

    /// The bytes that are laid at a path, links followed, or where in the tree they are.
    pub(in crate::fs) fn laid_at<'a>(&'a self, path: &'a Path) -> Result<LaidAt<'a>, Error> {
        match self.over(path, true)? {
            Over::Tree(path) => Ok(LaidAt::Tree(path)),
            Over::File(bytes, _) => Ok(LaidAt::File(bytes)),
            Over::Directory => {
                let why = UnfitFile::NotRegular("directory");
                Err(Error::Refused { path: self.shown(path), why })
            }
            Over::Nothing | Over::Link(_) => Ok(LaidAt::Nothing),
        }
    }

    /// The names of a directory with those that are laid in it, in byte order.
    pub(in crate::fs) fn names_over(
        &self,
        path: &Path,
        names: Option<Vec<OsString>>,
    ) -> Result<Option<Vec<OsString>>, Error> {
        let Some(overlay) = &self.overlay else { return Ok(names) };
        let dir = match self.over(path, true)? {
            Over::Tree(at) => plain(&at),
            _ => plain(path),
        };
        let laid = overlay.names(&dir);
        if laid.is_empty() {
            return Ok(names);
        }
        let there = names.is_some() || laid.values().any(|there| *there);
        let mut all: Vec<OsString> =
            names.into_iter().flatten().filter(|name| laid.get(name) != Some(&false)).collect();
        all.extend(laid.into_iter().filter(|(_, there)| *there).map(|(name, _)| name));
        all.sort();
        all.dedup();
        Ok(there.then_some(all))
    }
}

/// Where the bytes of a file are.
pub(in crate::fs) enum LaidAt<'a> {
    Tree(Cow<'a, Path>),
    File(&'a [u8]),
    Nothing,
}

impl Over<'_> {
    /// What kind of thing is laid there; `None`: the tree has to tell.
    pub(in crate::fs) fn kind(&self) -> Option<Option<Kind>> {
        match self {
            Self::Tree(_) => None,
            Self::File(..) => Some(Some(Kind::File)),
            Self::Link(_) => Some(Some(Kind::Symlink)),
            Self::Directory => Some(Some(Kind::Directory)),
            Self::Nothing => Some(None),
        }
    }
}

fn beside(link: &Path, target: &Path) -> PathBuf {
    link.parent().unwrap_or(Path::new("/")).join(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Mode, set};

    fn tree() -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        for (path, text) in [("/etc/sysctl.conf", "old"), ("/etc/gone", "x"), ("/etc/kept", "y")] {
            set(&root, Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        std::os::unix::fs::symlink("../etc/sysctl.conf", dir.path().join("etc/link")).unwrap();
        let mut overlay = Overlay::default();
        let file = |text: &str| Laid::File(text.as_bytes().to_vec(), Mode::PRIVATE);
        overlay.lay(Path::new("/etc/sysctl.conf"), file("new"));
        overlay.lay(Path::new("/etc/gone"), Laid::Absent);
        overlay.lay(Path::new("/etc/new.d/a.conf"), file("a"));
        overlay.lay(Path::new("/etc/mask"), Laid::Link("/dev/null".into()));
        overlay.lay(Path::new("/etc/to-kept"), Laid::Link("kept".into()));
        let over = root.under(overlay).unwrap();
        (dir, over)
    }

    #[test]
    fn what_is_laid_is_read_instead_of_what_is_there() {
        let (_dir, root) = tree();
        let text =
            |path: &str| root.read(Path::new(path)).unwrap().map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(text("/etc/sysctl.conf").as_deref(), Some("new"));
        assert_eq!(text("/etc/link").as_deref(), Some("new"), "a link of the tree leads to it");
        assert_eq!(text("/etc/to-kept").as_deref(), Some("y"), "and one that is laid into the tree");
        assert_eq!((text("/etc/gone"), text("/etc/kept").as_deref()), (None, Some("y")));
        assert_eq!(text("/etc/new.d/../new.d/a.conf").as_deref(), Some("a"));
        assert_eq!(root.head(Path::new("/etc/sysctl.conf"), 2).unwrap().as_deref(), Some(&b"ne"[..]));
        assert_eq!(root.kind(Path::new("/etc/new.d")).unwrap(), Some(Kind::Directory));
        assert_eq!(root.kind_of_link(Path::new("/etc/mask")).unwrap(), Some(Kind::Symlink));
        assert_eq!(root.link_target(Path::new("/etc/mask")).unwrap(), Some("/dev/null".into()));
        assert_eq!(root.link_target(Path::new("/etc/sysctl.conf")).unwrap(), None);
        assert_eq!(root.mode(Path::new("/etc/sysctl.conf")).unwrap(), Some(Mode::PRIVATE));
        let names = root.list(Path::new("/etc")).unwrap().unwrap();
        assert_eq!(names, ["kept", "link", "mask", "new.d", "sysctl.conf", "to-kept"]);
        assert_eq!(root.list(Path::new("/etc/new.d")).unwrap().unwrap(), ["a.conf"]);
        assert_eq!(root.list(Path::new("/none")).unwrap(), None);
    }

    #[test]
    fn nothing_is_written_to_what_is_only_planned() {
        let (dir, root) = tree();
        for path in ["/etc/sysctl.conf", "/etc/other"] {
            assert!(set(&root, Path::new(path), b"no", Mode::PUBLIC).is_err(), "{path}");
        }
        assert_eq!(std::fs::read_to_string(dir.path().join("etc/sysctl.conf")).unwrap(), "old");
    }
}
