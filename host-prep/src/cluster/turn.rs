//! One run at a time that makes a node or takes one out of its cluster.
//!
//! The engine's lock is held for a transaction; this one from before the first to after the last,
//! with kubeadm in between.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::time::Duration;

use super::leftovers::note_before;
use super::standing::standing;
use crate::host::at_work::{Busy, create, named, shown, wait};
use crate::{Error, Host, NoProgress, Watch, fs};

const NAME: &str = "cluster.lock";

/// The turn of this run, as long as this value is there.
#[derive(Debug)]
#[must_use = "the turn ends with this value"]
pub struct Turn(File);

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread is just starting may have a copy.
        let _ = rustix::fs::flock(&self.0, rustix::fs::FlockOperation::Unlock);
    }
}

/// Waits up to `limit` until no other run makes a node of this host or takes it out.
///
/// # Errors
///
/// [`Error::Locked`] where another one is at it, [`Error::Stopped`] where `watch` says so.
pub fn take_turn(host: &Host, limit: Duration, watch: &mut dyn Watch) -> Result<Turn, Error> {
    let mut file = create(host, NAME)?;
    let path = shown(host, NAME);
    let mut look = || {
        if fs::try_lock(&file).map_err(Error::write(&path))? {
            return Ok(Ok(()));
        }
        let mut text = String::new();
        // Only told to people: what counts is the lock.
        let _ = (&file).rewind().and_then(|()| (&file).take(20).read_to_string(&mut text));
        let holder = named(text.trim().parse().ok(), "another run");
        Ok(Err(Busy { holder, path: path.clone() }))
    };
    let said = |busy: &Busy| format!("waiting for {}, which is at work on this node", busy.holder);
    wait(limit, watch, &said, &mut look)?;
    let failed = |source| Error::Write { path: path.clone(), source };
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
    file.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
    Ok(Turn(file))
}

/// The same where there is something to take back; nothing is made where nothing was ever done.
///
/// # Errors
///
/// As [`take_turn`].
pub fn take_turn_back(host: &Host, limit: Duration, watch: &mut dyn Watch) -> Result<Option<Turn>, Error> {
    let used = host.root().kind(host.state())?.is_some() || !standing(host)?.is_bare();
    if !host.is_running() || !used {
        return Ok(None);
    }
    take_turn(host, limit, watch).map(Some)
}

/// As [`note_before`], for a run that makes no node itself: another one that is at it does the same.
///
/// # Errors
///
/// Where the system refuses.
pub fn note_before_in_turn(host: &Host) -> Result<(), Error> {
    match take_turn(host, Duration::ZERO, &mut NoProgress) {
        Ok(_turn) => note_before(host),
        Err(Error::Locked { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Record;
    use crate::fs::Root;

    #[test]
    fn a_second_run_is_told_who_is_at_it_and_has_its_turn_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let turn = take_turn(&host, Duration::ZERO, &mut NoProgress).unwrap();
        let error = take_turn(&host, Duration::ZERO, &mut NoProgress).unwrap_err();
        let Error::Locked { holder, path } = error else { panic!("{error}") };
        assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
        assert!(path.ends_with(NAME), "{path:?}");
        note_before_in_turn(&host).unwrap();
        assert_eq!(Record::read(&host).unwrap().before, None, "who is at it does");
        drop(turn);
        note_before_in_turn(&host).unwrap();
        assert!(Record::read(&host).unwrap().before.is_some());
        drop(take_turn(&host, Duration::ZERO, &mut NoProgress).unwrap());
    }
}
