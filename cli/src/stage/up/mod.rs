//! Turn a bare host into a Kubernetes node: packages, host settings, kubeadm, network.
//!
//! The walk: other runs come to their end -> what later steps would meet is looked at -> packages
//! -> the host -> CRI-O answers -> kubeadm -> network. Each stage plans, shows, asks and applies
//! in a transaction of its own; up to kubeadm everything can be rolled back.

mod ahead;
mod cluster;
mod summary;
mod unused;

use std::path::PathBuf;
use std::time::Duration;

use host_prep::cluster::{Turn, kubeadm_ends, note_before, standing, take_turn, take_turn_back};
use host_prep::facts::{ObserveOptions, observe};
use host_prep::{Desired, Host, service};

use super::carry::{agreed, nothing_in_the_way, rolled_back};
use super::interrupted::taken_back;
use super::{Error, Node, Packages, Question, Reporter, attempt, await_runtime, finish_leaving, outlook};
use crate::recipe::NodeSpec;

pub use summary::{Outcome, Summary};

/// How long CRI-O has to answer after its unit was started.
///
/// CRI-O that finds a damaged store takes its time, and a first start makes the store; a minute is
/// more than any has needed.
const RUNTIME_LIMIT: Duration = Duration::from_secs(60);

/// From a bare host to a node. What is there already is left, so it can be run again after it
/// failed or was stopped.
///
/// Callers take [`Up::default`] and assign fields.
///
/// ```no_run
/// use k8sprep::host_prep::Host;
/// use k8sprep::recipe::NodeSpec;
/// use k8sprep::stage::{Silent, Up};
///
/// let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.2\n")?;
/// let mut up = Up::default();
/// up.prepare_only = true;
/// let (summary, ended) = up.run(&Host::live()?, &spec, &mut Silent);
/// print!("{}", summary.text());
/// ended?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Up {
    /// Whose packages.
    pub packages: Packages,
    /// Prepare the host and stop before kubeadm.
    pub prepare_only: bool,
    /// The manifest of the network plugin; its network must be the spec's pod subnet.
    pub cni: Option<PathBuf>,
    /// The user of the host who gets the administrator's kubeconfig.
    pub user: Option<String>,
    /// What a node joins with, a kubeadm JoinConfiguration, instead of what the spec says.
    pub join_config: Option<PathBuf>,
    /// Run kubeadm again where it is not known whether it finished.
    pub resume: bool,
    /// Upload the certificates of the control plane, for further ones to join with.
    pub control_plane_join: bool,
    /// Preflight checks of kubeadm whose errors are ignored.
    pub ignore_preflight_errors: Vec<String>,
    /// Run a web server over the pod network at the end, and remove it again.
    pub smoke_test: bool,
    /// How long kubeadm may take, and then waiting for the node; a quarter of an hour each. kubeadm
    /// that is ended by it leaves what it did, and `resume` goes on.
    pub limit: Duration,
    /// How long to wait for another run that changes the host.
    pub wait: Duration,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            packages: Packages::default(),
            prepare_only: false,
            cni: None,
            user: None,
            join_config: None,
            resume: false,
            control_plane_join: false,
            ignore_preflight_errors: Vec::new(),
            smoke_test: false,
            // kubeadm itself waits four minutes for the control plane (`timeouts.
            // controlPlaneComponentHealthCheck`); the rest is for images over a slow line.
            limit: Duration::from_secs(15 * 60),
            wait: Duration::ZERO,
        }
    }
}

impl Up {
    /// Does all of it on the running host. The summary is true also where it failed: it says what
    /// was done and how to go back.
    pub fn run(
        &self,
        host: &Host,
        spec: &NodeSpec,
        report: &mut dyn Reporter,
    ) -> (Summary, Result<(), Error>) {
        let mut done = Summary::default();
        let ended = self.walk(host, spec, &mut done, report);
        done.end(host, &ended);
        (done, ended)
    }

    /// What happened is in `done` as it happens, so that the summary is right wherever it stops.
    fn walk(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        let turn = self.settled(host, report)?;
        let facts = observe(host, &ObserveOptions::default());
        self.look_ahead((host, &facts), spec, done)?;
        // Not before: what is refused leaves nothing on a host where nothing was ever done.
        let _turn = match turn {
            Some(turn) => turn,
            None => take_turn(host, self.wait, &mut *report.watch()?)?,
        };
        let node = Node { host, spec, packages: &self.packages };
        // In a transaction of its own: units and directories that packages bring are facts of the
        // second one.
        let packages = node.packages_by(&facts, report)?;
        report.note(&"packages");
        self.make_true(host, (&packages, spec), Question::Packages, done, report)?;
        // Seen anew, with what the packages brought.
        let recipe = node.recipe(report)?;
        done.notes(&recipe.notes);
        report.note(&"the host");
        self.make_true(host, (&recipe.desired, spec), Question::Host, done, report)?;
        let info = await_runtime(&recipe.agreed.cri_socket, RUNTIME_LIMIT, report)?;
        done.cgroup_driver = Some(info.cgroup_driver.as_str().to_owned());
        if self.prepare_only {
            done.outcome = Outcome::Prepared;
            return Ok(());
        }
        if spec.joins() {
            self.join(host, spec, done, report)
        } else {
            self.control_plane(host, spec, done, report)
        }
    }

    /// Ends what other runs were at, so that what is looked at next stays so as long as the turn is
    /// held.
    fn settled(&self, host: &Host, report: &mut dyn Reporter) -> Result<Option<Turn>, Error> {
        let turn = take_turn_back(host, self.wait, &mut *report.watch()?)?;
        // One that a killed run left goes on; what it is about to write is no state to judge.
        kubeadm_ends(host, &mut *report.watch()?)?;
        if standing(host)?.is_bare() {
            // What a `down` that was killed had still to do: its Node is not this one.
            finish_leaving(host, report)?;
        }
        // Of another spec, perhaps: this one is planned for the host as it was before that.
        taken_back(host, self.wait, report)?;
        Ok(turn)
    }

    /// Plans, shows, asks, applies, and does what the steps need.
    fn make_true(
        &self,
        host: &Host,
        (desired, spec): (&Desired, &NodeSpec),
        question: Question,
        done: &mut Summary,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        let plan = host_prep::verify(host, desired);
        done.left(&plan);
        // What packages bring is looked at when they are there.
        let ahead = match question {
            Question::Host => Some(outlook(host, &plan, spec)?),
            _ => None,
        };
        if plan.is_done() {
            report.note(&"  nothing to change");
            ahead.iter().for_each(|ahead| report.outlook(ahead));
            return Ok(());
        }
        report.plan(&plan);
        ahead.iter().for_each(|ahead| report.outlook(ahead));
        nothing_in_the_way(&plan)?;
        agreed(question, report)?;
        // A bundle on a USB stick must not be needed halfway.
        self.packages.settle(host, &plan)?;
        // What was there before is written down before the first change, or a rollback could not
        // tell it from kubeadm's.
        note_before(host)?;
        let (applied, ended) = attempt(host, desired, &plan, self.wait, report)?;
        if ended.is_err() {
            // What was taken until it was stopped stays, so it is told.
            done.took(host, &plan, &applied);
        }
        ended?;
        applied.needs.iter().for_each(|need| report.note(&format_args!("then: {need}")));
        let left = service::follow(host, &applied.needs, &mut *report.watch()?);
        let left = left.map_err(|error| rolled_back(host, &applied, error, report))?;
        done.took(host, &plan, &applied);
        done.needs(&left);
        Ok(())
    }
}
