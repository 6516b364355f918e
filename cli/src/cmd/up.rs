//! `k8sprep up`.

mod ahead;
mod cluster;
mod joining;
mod summary;

use std::path::PathBuf;
use std::time::Duration;

use cri_probe::{Client, Socket, Wait, blocking};
use host_prep::{Applied, Back, Desired, Host, rollback, service};

use crate::cmd::Run;
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::on_host::{Progress, attempt, failed, report_kept};
use crate::cmd::shared::plan_sheet;
use crate::failure::{Exit, Failure, chain};
use crate::recipe::Role;
use crate::ui::{Format, Ui};

use summary::{Outcome, Summary};

/// The flags of `up`.
#[derive(clap::Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    consent: Consent,
    /// Prepare the host and stop before kubeadm
    #[arg(long)]
    prepare_only: bool,
    /// The manifest of the network plugin; its network has to be the spec's podSubnet
    #[arg(long, value_name = "FILE")]
    cni: Option<PathBuf>,
    /// Give this user of the host the administrator's kubeconfig
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// What a node joins with, a kubeadm JoinConfiguration, instead of what the spec says
    #[arg(long, value_name = "FILE")]
    join_config: Option<PathBuf>,
    /// Run kubeadm again where it cannot be told that it came to its end. What is known to be unfinished is gone on with anyway
    #[arg(long)]
    resume: bool,
    /// Upload the certificates of the control plane, and print how a further one joins
    #[arg(long)]
    control_plane_join: bool,
    /// Preflight checks of kubeadm that may fail
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    ignore_preflight_errors: Vec<String>,
    /// Run a web server over the pod network at the end, and remove it again
    #[arg(long)]
    smoke_test: bool,
    /// Stop kubeadm, and waiting for the node, after this time
    #[arg(long, value_name = "TIME", default_value = "15m")]
    limit: Limit,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Up {
    const NAME: &'static str = "up";
    const ABOUT: &'static str = "From a bare host to a node: packages, host, kubeadm, network";
    const EXAMPLES: &'static str = "  k8sprep up -f k8sprep.yaml                        # shows each plan and asks
  k8sprep up -f k8sprep.yaml --yes --prepare-only   # up to kubeadm
  k8sprep up --yes --cni kube-flannel.yml --user li --smoke-test
  k8sprep up                                        # after kubeadm failed or was stopped: goes on there
  k8sprep up -f worker.yaml --yes                   # with `join:` in it: it joins
  k8sprep up --yes --join-config join.yaml          # the same with a file of kubeadm's
  k8sprep up --yes --output json                    # what was done, for programs

Plans and progress go to stderr: a line for every step of the host and of the cluster. What was changed, what was left and how
to go back is printed at the end, also after a failure.
Packages come first and are a transaction of their own, since what the host needs depends on what they bring.
Before the first change all that later steps are given is looked at: manifest, user, join file, ports, disk, clock.
`k8sprep down` takes the node out of its cluster and all transactions back; before kubeadm has run, `k8sprep rollback` does.
Exit status: 0 done, 1 failed, 4 failed and not everything could be taken back";

    fn run(mut self, ui: &mut Ui) -> Result<(), Failure> {
        if self.node.on.root.is_some() {
            let failure = Failure::usage("`up` works on the running host");
            return Err(failure.hint("`k8sprep apply --root` prepares the tree of one that is not running"));
        }
        let host = self.node.on.host()?;
        let mut done = Summary::default();
        let ended = self.walk(&host, &mut done, ui);
        done.end(&host, &ended);
        match self.output {
            Format::Json => ui.json(&done)?,
            Format::Text if ended.is_ok() || done.changed_something() => ui.lines(done.text())?,
            Format::Text => {}
        }
        ended
    }
}

impl Up {
    fn walk(&mut self, host: &Host, done: &mut Summary, ui: &mut Ui) -> Result<(), Failure> {
        let spec = self.node.spec()?;
        self.look_ahead(host, &spec, done)?;
        let packages = self.node.packages(host, &spec, ui)?;
        ui.note("packages");
        self.make_true(host, &packages, "These packages come onto the host.", done, ui)?;
        let recipe = self.node.recipe(host, &spec, ui)?;
        done.notes(&recipe.notes);
        ui.note("the host");
        self.make_true(host, &recipe.desired, "This is what changes on the host.", done, ui)?;
        done.cgroup_driver = Some(answers(&recipe.agreed.cri_socket, ui)?);
        if self.prepare_only {
            done.outcome = Outcome::Prepared;
            return Ok(());
        }
        if spec.role == Role::Worker || spec.join.is_some() {
            self.join(host, &spec, done, ui)
        } else {
            self.control_plane(host, &spec, done, ui)
        }
    }

    /// Plans, shows, asks, applies, and does what the steps need.
    fn make_true(
        &self,
        host: &Host,
        desired: &Desired,
        what: &str,
        done: &mut Summary,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        let plan = host_prep::verify(host, desired);
        done.left(&plan);
        if plan.is_done() {
            ui.note("  nothing to change");
            return Ok(());
        }
        ui.sheet(plan_sheet::text(&plan).trim_end());
        if !plan.problems().is_empty() {
            let count = plan.problems().len();
            let what = format!("nothing was changed: {count} problems of the plan stand in the way");
            return Err(Failure::new(Exit::Failed, what));
        }
        self.consent.to(what, ui)?;
        self.node.packages.settle(host, &plan)?;
        host_prep::cluster::note_before(host).map_err(|error| failed(&error))?;
        let (applied, ended) = attempt(host, desired, &plan, ui)?;
        if ended.is_err() && applied.rollback.is_none() {
            // What was taken until it was stopped stays, so it is told.
            done.took(host, &plan, &applied);
        }
        ended?;
        applied.needs.iter().for_each(|need| ui.note(format_args!("then: {need}")));
        let left = service::follow(host, &applied.needs, &mut Progress::start(ui)?);
        let left = left.map_err(|error| given_back(host, &applied, &error, ui))?;
        done.took(host, &plan, &applied);
        done.needs(&left);
        Ok(())
    }
}

/// A unit does not come back with its new files: it gets the old ones again.
fn given_back(host: &Host, done: &Applied, error: &host_prep::Error, ui: &mut Ui) -> Failure {
    let Some(before) = done.id.map(|id| id - 1) else { return failed(error) };
    let back = Progress::start(ui).and_then(|mut progress| {
        rollback(host, Back::To(before), Duration::ZERO, &mut progress).map_err(|error| failed(&error))
    });
    let back = match back {
        Ok(back) => back,
        Err(failure) => return failure.hint(format_args!("before that: {}", chain(error))),
    };
    report_kept(&back, ui);
    let started = match Progress::start(ui) {
        Ok(mut progress) => service::bring_back(host, &done.needs, &mut progress),
        Err(failure) => return failure,
    };
    let (exit, ending) = match started {
        Ok(()) if back.is_complete() => (Exit::Failed, "the host is as before".to_owned()),
        Ok(()) => (Exit::RollbackIncomplete, "not everything could be taken back".to_owned()),
        Err(error) => {
            (Exit::RollbackIncomplete, format!("its files are as before, and still: {}", chain(&error)))
        }
    };
    Failure::new(exit, format_args!("{}; {ending}", chain(error)))
}

/// Waits until CRI-O answers; that it was started is not enough. Its cgroup driver.
fn answers(socket: &str, ui: &mut Ui) -> Result<String, Failure> {
    ui.note("CRI-O");
    let socket = Socket::new(socket).map_err(|error| Failure::from_error(&error))?;
    let client = Client::new(socket);
    let mut wait = Wait::default();
    wait.limit = Duration::from_secs(60);
    let mut told = false;
    let asked = client.wait(
        &wait,
        |client| async move { client.info().await },
        |_| true,
        |_| {
            if !std::mem::replace(&mut told, true) {
                ui.note("  it does not answer yet; it has 60 s to do so");
            }
        },
    );
    let info = blocking::run(asked).map_err(|error| Failure::from_error(&error))?;
    let driver = info.cgroup_driver.as_str().to_owned();
    ui.note(format_args!("  it answers; its cgroup driver is {driver}"));
    Ok(driver)
}
