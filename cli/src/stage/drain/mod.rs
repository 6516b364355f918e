//! Taking a node's pods away before it is stopped, with the kubelet's own credentials: cordon, evict,
//! wait, and on the way back uncordon.
//!
//! A kubelet may read and evict the pods of its own node and change its own Node, and nothing else of
//! the cluster: what a pod is comes from the pod itself, and a disruption budget is known by the
//! refusal of the API server. A cordon that this makes is marked on the Node, so that it is known as
//! its own when the work goes on after a crash, and only such a one is taken back.
//!
//! ```no_run
//! use host_prep::Host;
//! use k8sprep::stage::{Drain, NodeAccess, Silent};
//!
//! let access = NodeAccess::of_kubelet(&Host::live()?, std::time::SystemTime::now())?;
//! let drained = Drain::default().run(&access, &mut Silent)?;
//! println!("{} pods were evicted, {} stay", drained.evicted.len(), drained.stays.len());
//! access.uncordon()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod error;
mod pod;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use cri_probe::api::ApiError;

pub use access::{NodeAccess, NodeReport};
pub use error::{DrainError, Left};
pub use pod::{PodName, Stays};

use super::wait::{Clock, Pause};
use super::{Reporter, count};
use crate::chain::chain;
use pod::{Lot, Refused};

/// How a node is drained. The defaults: six minutes, and pods that would be lost refuse it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Drain {
    /// When to give up; six minutes. What was evicted until then stays so.
    pub limit: Duration,
    /// So long a pod has to end; `None`, the default: as long as it says itself
    /// (`terminationGracePeriodSeconds`).
    pub grace: Option<Duration>,
    /// Evict pods that nothing makes again elsewhere, too, as `kubectl drain --force`.
    pub unmanaged: bool,
    /// Evict pods whose `emptyDir` volumes go with them, too, as `kubectl drain
    /// --delete-emptydir-data`.
    pub empty_dir: bool,
    /// Between two looks at what is left, and before an eviction that was refused is asked for
    /// again.
    pub pause: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(360),
            grace: None,
            unmanaged: false,
            empty_dir: false,
            // As kubectl drain, which says "will retry after 5s" where a disruption budget refuses.
            pause: Duration::from_secs(5),
        }
    }
}

/// What became of a drain that ended well.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Drained {
    /// Whether the cordon is this program's: it was schedulable, or an earlier run cordoned it.
    pub cordoned: bool,
    /// The pods that were evicted.
    pub evicted: Vec<PodName>,
    /// The pods that stay, which the runtime stops with the node.
    pub stays: Vec<(PodName, Stays)>,
}

impl Drain {
    /// Cordons the node, evicts its pods and waits until they are gone. Pods of a `DaemonSet` and
    /// static ones stay.
    ///
    /// # Errors
    ///
    /// [`DrainError::Refused`] before anything is changed; afterwards the others, and the node is
    /// uncordoned if it was this program that cordoned it.
    pub fn run(&self, access: &NodeAccess, report: &mut dyn Reporter) -> Result<Drained, DrainError> {
        let clock = Clock::of(self.limit);
        let first = self.first_look(access)?;
        let node = access.node();
        let cordoned = access.cordon().map_err(|source| {
            // A change whose answer is lost may have been made.
            let left = if source.is_answer() { Left::AsBefore } else { taken_back(access) };
            DrainError::Api { source: Box::new(source), left }
        })?;
        let (evicted, stay) = (count(first.evictable.len(), "pod"), first.stays.len());
        report.note(&format_args!("{node} is cordoned; {evicted} to evict, {stay} stay"));
        let mut work = Work { drain: self, access, clock, evicted: BTreeMap::new(), waits: BTreeMap::new() };
        let ended = match report.watch() {
            Ok(mut watch) => work.until_empty(&mut *watch),
            Err(source) => Err(Ended::Unwatched(source)),
        };
        match ended {
            Ok(stays) => {
                let evicted: Vec<PodName> = work.evicted.into_values().collect();
                report.note(&format_args!("{node} is drained; {} evicted", count(evicted.len(), "pod")));
                Ok(Drained { cordoned, evicted, stays })
            }
            Err(why) => {
                let left = if cordoned { taken_back(access) } else { Left::CordonOfOthers };
                report.note(&format_args!("{node}: {left}"));
                Err(why.told(work.waits, self.limit, left))
            }
        }
    }

    /// What is on the node, before anything is changed.
    fn first_look(&self, access: &NodeAccess) -> Result<Lot, DrainError> {
        let refused = |source| DrainError::Api { source: Box::new(source), left: Left::AsBefore };
        let pods = access.pods().map_err(refused)?;
        let lot = Lot::of(pods, self);
        if lot.refused.is_empty() {
            return Ok(lot);
        }
        let pods = lot.refused.into_iter().map(|(pod, why)| (pod.name, why.as_str())).collect();
        Err(DrainError::Refused { pods })
    }
}

/// What became of the cordon.
fn taken_back(access: &NodeAccess) -> Left {
    match uncordoned(access) {
        Ok(()) => Left::Uncordoned,
        Err(error) => Left::StillCordoned { node: access.node().to_owned(), why: chain(&error) },
    }
}

/// Takes a cordon of this program's away. The API server may be away for a moment.
fn uncordoned(access: &NodeAccess) -> Result<(), ApiError> {
    let mut tries = 5;
    loop {
        tries -= 1;
        match access.uncordon() {
            Err(error) if error.is_transient() && tries > 0 => std::thread::sleep(Duration::from_secs(1)),
            ended => return ended,
        }
    }
}

/// The same after something failed: what failed is the error, and a cordon that stays is told.
pub(super) fn uncordon_after(access: &NodeAccess, report: &mut dyn Reporter) {
    if let Err(error) = uncordoned(access) {
        stays_cordoned(access, (error.code().as_str(), &error), report);
    }
}

/// Told where something else is the error.
pub(super) fn stays_cordoned(
    access: &NodeAccess,
    (code, why): (&'static str, &(dyn std::error::Error + 'static)),
    report: &mut dyn Reporter,
) {
    let (node, why) = (access.node(), chain(why));
    let text = format!("{node} stays cordoned: {why}; `kubectl uncordon {node}` lets it take pods");
    report.warn(code, &text);
}

/// Why it did not come to its end.
enum Ended {
    TimedOut,
    Stopped,
    Unwatched(std::io::Error),
    Api(ApiError),
}

impl Ended {
    fn told(self, waits: BTreeMap<PodName, String>, limit: Duration, left: Left) -> DrainError {
        match self {
            Self::TimedOut => DrainError::TimedOut { waits: waits.into_iter().collect(), limit, left },
            Self::Stopped => DrainError::Stopped { left },
            Self::Unwatched(source) => DrainError::Unwatched { source, left },
            Self::Api(source) => DrainError::Api { source: Box::new(source), left },
        }
    }
}

/// A drain at work.
struct Work<'a> {
    drain: &'a Drain,
    access: &'a NodeAccess,
    clock: Clock,
    /// By uid: a pod of the same name may be another one.
    evicted: BTreeMap<String, PodName>,
    /// What is waited for, with why.
    waits: BTreeMap<PodName, String>,
}

impl Work<'_> {
    /// Looks and evicts until nothing is left that can be evicted.
    fn until_empty(&mut self, watch: &mut dyn host_prep::Watch) -> Result<Vec<(PodName, Stays)>, Ended> {
        let mut told = String::new();
        loop {
            let mut pause = self.drain.pause;
            match self.access.pods() {
                Ok(pods) => {
                    let lot = Lot::of(pods, self.drain);
                    if lot.evictable.is_empty() && lot.refused.is_empty() {
                        return Ok(lot.stays);
                    }
                    pause = self.round(lot)?.min(pause);
                }
                // A control plane of one node is away while it is upgraded.
                Err(error) if error.is_transient() => {
                    self.waits = BTreeMap::from([(PodName::default(), chain(&error))]);
                }
                Err(error) => return Err(Ended::Api(error)),
            }
            let now = shown(&self.waits);
            if now != told {
                watch.awaits(&now);
                told = now;
            }
            match self.clock.pause(pause, watch) {
                Pause::GoOn => {}
                Pause::Over => return Err(Ended::TimedOut),
                Pause::Stopped => return Err(Ended::Stopped),
            }
        }
    }

    /// Evicts what can be, and says when the next look is due at the latest.
    fn round(&mut self, lot: Lot) -> Result<Duration, Ended> {
        self.waits.clear();
        for (pod, why) in lot.refused {
            self.waits.insert(pod.name, format!("{}; it came after the drain began", why.as_str()));
        }
        let mut due = self.drain.pause;
        for pod in lot.evictable {
            if pod.is_ending {
                self.waits.insert(pod.name.clone(), "it is ending".to_owned());
                continue;
            }
            match self.access.evict(&pod, self.drain.grace) {
                Ok(()) => {
                    self.waits.insert(pod.name.clone(), "it was evicted, and ends".to_owned());
                    self.evicted.insert(pod.uid.clone(), pod.name.clone());
                    due = due.min(Duration::from_millis(500));
                }
                // It is gone already, or another one by now: the next look says.
                Err(ApiError::NotFound { .. } | ApiError::Conflict { .. }) => {}
                Err(ApiError::TooManyRequests { message, .. } | ApiError::ServerError { message, .. }) => {
                    self.waits.insert(pod.name.clone(), message);
                }
                // Its namespace is being deleted: it goes by itself.
                Err(ApiError::Forbidden { message, .. }) if message.contains("being terminated") => {
                    self.waits.insert(pod.name.clone(), message);
                }
                Err(error) if error.is_transient() => {
                    self.waits.insert(pod.name.clone(), chain(&error));
                }
                Err(error) => return Err(Ended::Api(error)),
            }
        }
        Ok(due)
    }
}

/// What is waited for, in one line.
fn shown(waits: &BTreeMap<PodName, String>) -> String {
    const MOST: usize = 3;
    let mut all: Vec<String> = waits
        .iter()
        .take(MOST)
        .map(|(pod, why)| if pod.name.is_empty() { why.clone() } else { format!("{pod}: {why}") })
        .collect();
    if waits.len() > MOST {
        all.push(format!("and {} more", waits.len() - MOST));
    }
    all.join("; ")
}

impl Refused {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unmanaged => "nothing makes it again elsewhere",
            Self::EmptyDir => "its emptyDir data would be lost",
        }
    }
}
