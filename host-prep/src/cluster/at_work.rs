//! kubeadm at work: known to the next run where this one was killed, and waited for.
//!
//! The file by which it is known is its stdin. kubeadm reads nothing from it: the file is empty.
//! Programs it starts get `/dev/null` (os/exec, `Cmd.Stdin`), and what systemd starts is not its
//! child.

use std::fs::File;
use std::time::Duration;

use crate::host::at_work::{Busy, Mark, wait};
use crate::{Error, Host, Watch, fs};

const MARK: Mark = Mark { name: "kubeadm.lock", stream: 0, otherwise: "another kubeadm" };

/// kubeadm alone waits no longer than that for anything: 4 minutes for the kubelet, 5 for a token
/// to be valid.
const LIMIT: Duration = Duration::from_secs(600);

/// The locked file that kubeadm gets as its stdin, after the one that a killed run left has ended.
pub(super) fn hold(host: &Host, watch: &mut dyn Watch) -> Result<File, Error> {
    wait(LIMIT, watch, &said(host), &mut || MARK.take(host)).map(|(held, _)| held)
}

/// The tree below the state directory in which kubeadm renews copies: CA keys are among them.
pub(super) const RENEWAL_TREE: &str = "renewal";

/// Waits until the kubeadm has ended that a run of this program left at work, and removes the
/// copies of keys that it worked on. Whether there was one.
///
/// # Errors
///
/// [`Error::Locked`] where it goes on for ten minutes, [`Error::Stopped`] where `watch` says so.
pub fn kubeadm_ends(host: &Host, watch: &mut dyn Watch) -> Result<bool, Error> {
    let (_, waited) = wait(LIMIT, watch, &said(host), &mut || MARK.look(host))?;
    fs::remove_tree(host.root(), &host.state().join(RENEWAL_TREE))?;
    Ok(waited)
}

fn said(host: &Host) -> impl Fn(&Busy) -> String + '_ {
    move |busy| {
        let (holder, owner) = (&busy.holder, host.owner());
        format!("waiting for {holder}, which a run of {owner} started that was killed")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::fs::Root;
    use crate::host::at_work::{TICK, orphan};
    use crate::{Invocation, NoProgress, SystemCommands};

    fn host() -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        (dir, Host::with_commands(root, Arc::new(SystemCommands)))
    }

    /// Looks at the lock as another run would, while the program is there.
    struct Other<'a> {
        host: &'a Host,
        saw: Option<String>,
    }

    impl Watch for Other<'_> {
        fn waits(&mut self, _: Duration) {
            let ended = kubeadm_ends(self.host, &mut Impatient(&mut self.saw));
            assert!(self.saw.is_none() || matches!(ended, Err(Error::Stopped)), "{ended:?}");
        }
    }

    struct Impatient<'a>(&'a mut Option<String>);

    impl Watch for Impatient<'_> {
        fn said(&mut self, line: &str) {
            *self.0 = Some(line.to_owned());
        }

        fn stops(&mut self) -> bool {
            self.0.is_some()
        }
    }

    #[test]
    fn one_that_runs_is_seen_by_others_and_one_that_ended_is_not() {
        let (_dir, host) = host();
        assert!(!kubeadm_ends(&host, &mut NoProgress).unwrap(), "nothing was ever begun");
        let held = hold(&host, &mut NoProgress).unwrap();
        let mut other = Other { host: &host, saw: None };
        let program = Invocation::new("sh", ["-c", "cat; sleep 0.4"]);
        let done = host.follow_holding(&program, held, &mut other).unwrap();
        assert_eq!((done.status, done.stdout), (Some(0), Vec::new()), "what it reads is empty");
        let saw = other.saw.expect("it was seen");
        assert!(saw.starts_with("waiting for ") && saw.contains("(process "), "{saw}");
        assert!(!kubeadm_ends(&host, &mut NoProgress).unwrap());
        hold(&host, &mut NoProgress).unwrap();
    }

    /// As a kill of this program leaves it: the file is open in kubeadm alone.
    #[test]
    fn one_that_goes_on_alone_is_named_and_waited_for() {
        let (dir, host) = host();
        drop(hold(&host, &mut NoProgress).unwrap());
        let path = dir.path().join(&host.state().to_str().unwrap()[1..]).join(MARK.name);
        let place = path.display();
        let mut child = orphan(&format!("exec <{place}; flock 0; touch {place}.up; sleep 1"));
        while !Path::new(&format!("{place}.up")).exists() {
            std::thread::sleep(TICK / 10);
        }
        let mut saw = None;
        assert!(matches!(kubeadm_ends(&host, &mut Impatient(&mut saw)), Err(Error::Stopped)));
        assert!(saw.unwrap().contains(&format!("process {}", child.id())));
        assert!(kubeadm_ends(&host, &mut NoProgress).unwrap());
        child.wait().unwrap();
    }
}
