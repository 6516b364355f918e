//! The host as a handle: its file tree, and the programs that act on the running system.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::fs::Root;
use crate::{Error, Owner, Watch};

pub use invocation::{Invocation, Outcome};
pub use programs::{Commands, SystemCommands};
pub use proxy::Proxy;
pub use surrounding::{runs_systemd, why_not_running};

pub(crate) mod at_work;
mod child;
mod follow;
mod invocation;
mod programs;
mod proxy;
mod recorded;
mod surrounding;
mod system;

/// Where the state directories of all owners are.
pub(crate) const STATES: &str = "/var/lib";

/// Where the engine keeps its journals and backups on a host, in a directory called after its
/// owner.
fn state_of(owner: &Owner) -> PathBuf {
    PathBuf::from(STATES).join(owner.as_str())
}

/// A host: the running one, or a tree that a host will boot from.
///
/// The crate takes nothing from the environment. What it needs of the outside is in here: which
/// tree, and how programs are started. A tree alone ([`Host::offline`]) has no kernel, so nothing
/// but files is looked at or changed.
#[derive(Debug)]
pub struct Host {
    root: Root,
    running: bool,
    commands: Option<Arc<dyn Commands>>,
    state: PathBuf,
    proxy: Option<Proxy>,
}

impl Host {
    /// The running host.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when `/` cannot be opened.
    pub fn live() -> Result<Self, Error> {
        Ok(Self::with_commands(Root::open("/")?, Arc::new(SystemCommands)))
    }

    fn of(root: Root, running: bool, commands: Option<Arc<dyn Commands>>) -> Self {
        Self { root, running, commands, state: state_of(&Owner::default()), proxy: None }
    }

    /// The tree of a host that is not running: an image being built, a mounted disk.
    #[must_use]
    pub fn offline(root: Root) -> Self {
        Self::of(root, false, None)
    }

    /// A tree with a kernel under it (`/proc`, `/sys`), and a way to start programs there.
    #[must_use]
    pub fn with_commands(root: Root, commands: Arc<dyn Commands>) -> Self {
        Self::of(root, true, Some(commands))
    }

    /// The tree of a host that is not running, whose packages are installed from outside: `dnf
    /// --installroot`, `zypper --root`, `chroot DIR apt-get`. The programs are those of the
    /// machine the image is built on.
    #[must_use]
    pub fn image(root: Root, commands: Arc<dyn Commands>) -> Self {
        Self::of(root, false, Some(commands))
    }

    /// The same host with journals and backups kept elsewhere in its tree. Default: `/var/lib/` and
    /// the owner.
    #[must_use]
    pub fn with_state(self, state: impl Into<PathBuf>) -> Self {
        Self { state: state.into(), ..self }
    }

    /// The file tree.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether there is a running kernel to look at and to change.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Whether programs can be started for it.
    #[must_use]
    pub fn runs_programs(&self) -> bool {
        self.commands.is_some()
    }

    /// The tree that programs have to be pointed at; `None` where they run in it.
    #[must_use]
    pub fn image_root(&self) -> Option<&std::path::Path> {
        (!self.running).then(|| self.root.path())
    }

    /// The same host, changed in the name of `owner`: state directory, drop-ins, headers, marks,
    /// units and temporary files are called after it. Default: `k8sprep`.
    #[must_use]
    pub fn owned_by(self, owner: Owner) -> Self {
        let own = self.state == state_of(self.owner());
        let state = if own { state_of(&owner) } else { self.state };
        Self { root: self.root.owned_by(owner), state, ..self }
    }

    /// In whose name it is changed.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        self.root.owner()
    }

    pub(crate) fn state(&self) -> &std::path::Path {
        &self.state
    }

    /// The same host with `overlay` over its tree: to be read, and never changed.
    pub(crate) fn under(&self, overlay: crate::fs::Overlay) -> Result<Self, Error> {
        let root = self.root.under(overlay)?;
        Ok(Self { state: self.state.clone(), ..Self::of(root, self.running, self.commands.clone()) })
    }

    /// The same host once more: a test looks at it again.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when the system refuses one more handle.
    #[cfg(feature = "test-util")]
    pub fn again(&self) -> Result<Self, Error> {
        let (root, commands) = (self.root.again()?, self.commands.clone());
        let (state, proxy) = (self.state.clone(), self.proxy.clone());
        Ok(Self { root, running: self.running, commands, state, proxy })
    }

    /// Runs a program that has to succeed.
    ///
    /// # Errors
    ///
    /// [`Error::CommandFailed`] when it does not, [`Error::Command`] when it could not be run,
    /// [`Error::Offline`] where there is no running host.
    pub fn run(&self, invocation: &Invocation) -> Result<Outcome, Error> {
        let outcome = self.run_to_end(invocation)?;
        if outcome.status == Some(0) {
            return Ok(outcome);
        }
        Err(Error::CommandFailed { command: invocation.to_string(), how: outcome.to_string() })
    }

    /// Runs a program, however it ends.
    ///
    /// # Errors
    ///
    /// [`Error::Command`] when it could not be run, [`Error::Offline`] where there is no running
    /// host.
    pub fn run_to_end(&self, invocation: &Invocation) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        commands.run(&self.told(invocation)).map_err(|source| Error::Command { command, source })
    }

    /// Runs a program that takes its time, however it ends; `watch` hears each line as it comes and
    /// may stop it.
    ///
    /// # Errors
    ///
    /// [`Error::Command`] when it could not be run, did not end in time or was stopped,
    /// [`Error::Offline`] where there is no running host.
    pub fn follow(&self, invocation: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        commands.follow(&self.told(invocation), watch).map_err(|source| Error::Command { command, source })
    }
}

impl Host {
    /// Runs a program of a step, however it ends; `watch` hears how long it takes. It is not
    /// stopped half way.
    pub(crate) fn attend(&self, invocation: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
        self.follow(invocation, &mut Aside { watch, may_stop: false })
    }

    /// Follows a program that has `held` as its stdin: an open file that is locked as long as it is
    /// there.
    pub(crate) fn follow_holding(
        &self,
        invocation: &Invocation,
        held: File,
        watch: &mut dyn Watch,
    ) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        commands
            .follow_holding(&self.told(invocation), held, watch)
            .map_err(|source| Error::Command { command, source })
    }

    /// Runs a program of a step that goes on where this one is killed; it writes to `files`. It is
    /// not stopped half way.
    pub(crate) fn apart(
        &self,
        invocation: &Invocation,
        files: [File; 2],
        watch: &mut dyn Watch,
    ) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        let watch = &mut Aside { watch, may_stop: false };
        commands
            .apart(&self.told(invocation), files, watch)
            .map_err(|source| Error::Command { command, source })
    }

    /// Runs a program that has to succeed; `watch` hears how long it takes and may stop it.
    pub(crate) fn await_end(&self, invocation: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
        let outcome = self.follow(invocation, &mut Aside { watch, may_stop: true })?;
        if outcome.status == Some(0) {
            return Ok(outcome);
        }
        Err(Error::CommandFailed { command: invocation.to_string(), how: outcome.to_string() })
    }
}

/// Hears how long a program takes, and nothing of what it says.
struct Aside<'a> {
    watch: &'a mut dyn Watch,
    may_stop: bool,
}

impl Watch for Aside<'_> {
    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        self.may_stop && self.watch.stops()
    }
}

/// What a program printed, on one line; nothing where it cannot be asked.
pub(crate) fn log(host: &Host, question: &Invocation) -> String {
    let said = host.run_to_end(question).map(|outcome| outcome.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" | ")
}

/// Leaves the session this process was started in, so that the end of the shell does not end it.
///
/// # Errors
///
/// When the process leads a process group already.
pub fn detach() -> io::Result<()> {
    rustix::process::setsid()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_says_what_the_program_said() {
        let host = Host::live().unwrap();
        let error = host.run(&Invocation::new("sh", ["-c", "echo no >&2; exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c echo no >&2; exit 3` failed: exit status 3: no");
    }
}
