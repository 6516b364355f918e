//! Writes a file of the host in a transaction, so that `history` shows it and `rollback` takes it
//! back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_prep::fs::{Kind, Mode, Root};
use host_prep::resource::Resource;
use host_prep::{
    ApplyError, ApplyOptions, Back, Desired, Draft, Host, Need, NoProgress, Node, Observed, Past, Reason,
    TransactionId,
};

use crate::cmd::shared::on_host::{failed, nothing_in_the_way, now};
use crate::failure::{Exit, Failure, chain};
use crate::ui::Ui;

/// A file with the content it is to have, or none.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) kind: &'static str,
    pub(super) path: PathBuf,
    /// What the file had when it was read, to make this of it.
    pub(super) read: Option<Vec<u8>>,
    /// `None`: there is to be no such file.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) reason: String,
    pub(super) need: Need,
}

impl Resource for Kept {
    /// As the plan shows it.
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// Only that one file.
    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, &self.path);
    }

    /// `None` for the bytes takes the file away.
    fn plan(&self, _: &Observed, draft: &mut Draft<'_>) {
        let because = Reason::of(&self.reason).needing([self.need.clone()]);
        match &self.bytes {
            Some(bytes) => draft.content(&self.path, bytes.clone(), Mode::PUBLIC, because),
            None => draft.file(&self.path, Node::Absent, because),
        }
    }
}

impl Kept {
    /// Makes the file so, in a transaction of its own. `None` where it is so already.
    pub(super) fn write(mut self, host: &Host, ui: &mut Ui) -> Result<Option<TransactionId>, Failure> {
        // Somebody put the link there: without the file it leads nowhere.
        if host.root().kind_of_link(&self.path).map_err(|error| failed(&error))? == Some(Kind::Symlink) {
            self.bytes.get_or_insert_default();
        }
        let made = missing(host.root(), &self.path);
        let seen = host_prep::seen(host).map_err(|error| failed(&error))?;
        // From here on another run is noticed by `seen`; who wrote before it is noticed here.
        let now_there = host.root().read(&self.path).map_err(|error| failed(&error))?;
        if now_there != self.read {
            return Err(failed(&host_prep::Error::Changed { path: self.path }));
        }
        let desired = Desired::new().with(self);
        let plan = host_prep::verify(host, &desired);
        nothing_in_the_way(&plan)?;
        let mut options = ApplyOptions::default();
        (options.now, options.seen) = (Some(now()), Some(seen));
        let done = host_prep::apply(host, &desired, &plan, &options, &mut NoProgress);
        let done = done.map_err(|error| match error {
            ApplyError::NotBegun(error) => failed(&error),
            ApplyError::Failed(error) => {
                let complete = error.rollback.as_ref().is_some_and(host_prep::Rollback::is_complete);
                let exit = if complete { Exit::Failed } else { Exit::RollbackIncomplete };
                Failure::new(exit, error.cause.code().as_str(), chain(&error.cause))
            }
        })?;
        if let Some(dir) = made {
            ui.note(format_args!("made {}", host.root().shown(&dir).display()));
        }
        Ok(done.id)
    }
}

/// The innermost directory that has to be made for the file.
fn missing(root: &Root, path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    matches!(root.kind(parent), Ok(None)).then(|| parent.to_owned())
}

/// Rolls back what the newest transactions did to the file alone, to where `wanted` likes what it
/// held. Tells whether it did.
pub(super) fn go_back(
    host: &Host,
    path: &Path,
    now: Option<&[u8]>,
    wanted: impl Fn(Option<&[u8]>) -> bool,
) -> Result<bool, Failure> {
    let past = host_prep::past(host, path).map_err(|error| failed(&error))?;
    let Some(there) = way(&past, now, wanted) else { return Ok(false) };
    let done = host_prep::rollback(host, Back::To(there.id - 1), Duration::ZERO, &mut NoProgress);
    let done = done.map_err(|error| failed(&error))?;
    if let Some(error) = done.failures.first() {
        return Err(Failure::new(Exit::RollbackIncomplete, error.code().as_str(), chain(error)));
    }
    Ok(done.is_complete())
}

/// The change before which the file was as wanted, each one leading to the next.
fn way<'p>(past: &'p [Past], now: Option<&[u8]>, wanted: impl Fn(Option<&[u8]>) -> bool) -> Option<&'p Past> {
    let mut state = now;
    for one in past.iter().take_while(|one| one.alone) {
        if !one.left(state) {
            return None;
        }
        state = one.before.as_deref();
        if wanted(state) {
            return Some(one);
        }
    }
    None
}
