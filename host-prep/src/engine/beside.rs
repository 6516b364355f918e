//! What a rollback laid beside a file that somebody else had changed: the one that was there before,
//! under a hidden name. It goes as soon as nobody needs it.

use std::path::PathBuf;

use crate::fs::{self, Found, Root, Slot, TempName, Wanted};
use crate::journal::record::Image;
use crate::journal::state::transactions;
use crate::journal::transaction::Transaction;
use crate::{Error, Host};

/// Added to the hidden name.
const BESIDE: &str = "wanted";

/// Where it lies.
pub(crate) fn place(slot: &Slot) -> PathBuf {
    fs::beside(slot, BESIDE)
}

/// The hidden name under which what shall lie in that place is prepared, and is taken out of it. Always
/// the same: whoever looks next sweeps what a killed run left.
pub(crate) fn temp(place: &Slot) -> TempName {
    TempName::tagged(place, "new")
}

/// Where it lies with what lies there, if that is what was there before the change: something else of
/// that name is not ours.
fn laid(root: &Root, slot: &Slot, before: &Image) -> Result<Option<(Slot, Found)>, Error> {
    if before.digest().is_none() {
        return Ok(None);
    }
    let Some(at) = root.slot_of_link(&place(slot))? else { return Ok(None) };
    let found = Found::read(root, &at).ok().filter(|found| before.is(found));
    Ok(found.map(|found| (at, found)))
}

/// Removes it, and what a killed run left of it under the hidden name.
pub(crate) fn remove(root: &Root, slot: &Slot, before: &Image) -> Result<(), Error> {
    if let Some(at) = root.slot_of_link(&place(slot))? {
        fs::sweep(root, &at, &temp(&at))?;
    }
    match laid(root, slot, before)? {
        Some((at, found)) => fs::put(root, &at, &found, Wanted::Nothing, &temp(&at)),
        None => Ok(()),
    }
}

/// Those that still lie there, each with the file that it was before.
///
/// ```
/// use host_prep::Host;
/// use host_prep::fs::Root;
///
/// let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// assert!(host_prep::laid_beside(&host)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a journal cannot be read.
pub fn laid_beside(host: &Host) -> Result<Vec<(PathBuf, PathBuf)>, Error> {
    let (root, mut found) = (host.root(), Vec::new());
    for id in transactions(host)? {
        for (path, before) in Transaction::read(host, id)?.files() {
            let Some(slot) = root.slot_of_link(path)? else { continue };
            found.extend(laid(root, &slot, before)?.map(|(at, _)| (at.path, path.to_owned())));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Removes those whose file is as it was before, because somebody put it back. A journal that cannot be
/// read and one that cannot be removed hold up none of the others.
pub(crate) fn sweep(host: &Host) -> Result<(), Error> {
    let root = host.root();
    for id in transactions(host)? {
        let Ok(one) = Transaction::read(host, id) else { continue };
        for (path, before) in one.files() {
            let Ok(Some(slot)) = root.slot_of_link(path) else { continue };
            if Found::read(root, &slot).is_ok_and(|found| before.is(&found)) {
                let _ = remove(root, &slot, before);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::fs::{Mode, set};
    use crate::resource::Managed;
    use crate::{ApplyOptions, Back, Desired, NoProgress, apply, recover, rollback, verify};

    const KEY: &str = "/etc/a.key";
    const BESIDE_KEY: &str = "/etc/.a.key.k8sprep-wanted";

    struct Bed(tempfile::TempDir, Host);

    impl Bed {
        /// A file that was changed, and then changed by somebody else.
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let host = Host::offline(Root::open(dir.path()).unwrap());
            let bed = Self(dir, host);
            bed.change();
            bed
        }

        fn change(&self) {
            self.put("old");
            let desired = Desired::new().with(Managed::file("x", KEY, "new"));
            let todo = verify(&self.1, &desired);
            apply(&self.1, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
            self.put("theirs");
        }

        fn put(&self, text: &str) {
            drop(set(self.1.root(), Path::new(KEY), text.as_bytes(), Mode::PRIVATE).unwrap());
        }

        fn back(&self) -> bool {
            rollback(&self.1, Back::All, Duration::ZERO, &mut NoProgress).unwrap().is_complete()
        }

        fn lies(&self) -> bool {
            self.1.root().kind(Path::new(BESIDE_KEY)).unwrap().is_some()
        }
    }

    #[test]
    fn it_goes_when_its_file_is_as_before_again() {
        let bed = Bed::new();
        assert!(!bed.back() && bed.lies());
        let told = [(PathBuf::from(BESIDE_KEY), PathBuf::from(KEY))];
        assert_eq!(laid_beside(&bed.1).unwrap(), told);
        assert!(bed.back() && bed.lies(), "somebody still needs it");
        bed.put("old");
        assert!(bed.back() && !bed.lies());
        assert!(laid_beside(&bed.1).unwrap().is_empty());
    }

    /// A run was killed between the copy and the line that says so.
    #[test]
    fn it_goes_where_a_killed_run_laid_it_and_its_file_was_put_back() {
        let bed = Bed::new();
        assert!(!bed.back() && bed.lies());
        let journal = bed.0.path().join("var/lib/k8sprep/journals");
        let journal = std::fs::read_dir(journal).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(&journal).unwrap();
        let killed = text.lines().count() - 2;
        let text: String = text.split_inclusive('\n').take(killed).collect();
        assert!(text.lines().last().unwrap().contains("undo"), "{text}");
        #[expect(clippy::disallowed_methods, reason = "a journal as a killed run leaves it")]
        std::fs::write(&journal, text).unwrap();
        bed.put("old");
        assert!(recover(&bed.1, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
        assert!(!bed.lies());
    }

    /// A run was killed that had taken it out of its place and not removed it.
    #[test]
    fn it_goes_from_the_hidden_name_where_a_killed_run_left_it() {
        let bed = Bed::new();
        assert!(!bed.back() && bed.lies());
        let at = bed.0.path().join(&BESIDE_KEY[1..]);
        #[expect(clippy::disallowed_methods, reason = "a directory as a killed run leaves it")]
        std::fs::rename(&at, at.with_file_name("..a.key.k8sprep-wanted.k8sprep-new")).unwrap();
        bed.put("old");
        assert!(bed.back());
        assert_eq!(bed.1.root().list(Path::new("/etc")).unwrap().unwrap(), ["a.key"]);
    }

    #[test]
    fn a_journal_that_cannot_be_read_holds_up_no_newer_one() {
        let bed = Bed::new();
        bed.change();
        assert!(!rollback(&bed.1, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
        let journals = std::fs::read_dir(bed.0.path().join("var/lib/k8sprep/journals")).unwrap();
        let oldest = journals.map(|one| one.unwrap().path()).min().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a damaged journal")]
        std::fs::write(oldest, "x\nx\n").unwrap();
        assert!(Transaction::read(&bed.1, 1).is_err() && Transaction::read(&bed.1, 2).is_ok());
        bed.put("old");
        assert!(bed.lies());
        sweep(&bed.1).unwrap();
        assert!(!bed.lies());
    }

    #[test]
    fn what_somebody_wrote_under_its_name_stays() {
        let bed = Bed::new();
        assert!(!bed.back());
        drop(set(bed.1.root(), Path::new(BESIDE_KEY), b"notes", Mode::PRIVATE).unwrap());
        bed.put("old");
        assert!(bed.back() && bed.lies());
        assert!(laid_beside(&bed.1).unwrap().is_empty(), "it is not ours to tell");
    }
}
