//! `k8sprep apply`.
//!
//! Spec and host -> plan -> `host_prep::apply_in_stages`, packages first -> what the steps need
//! afterwards. The work is `stage`'s and host-prep's; here are the flags, what is printed, and
//! which exit status it is: 1 where the host is as before, 4 where a rollback was incomplete.
//! JSON: `k8sprep.applied/v1`, also where a step failed; the failure itself goes to stderr.

use std::time::{Duration, Instant, SystemTime};

use host_prep::{Applied, ApplyError, ApplyOptions, Change, Host, OnFailure};

use crate::cmd::shared::applied_sheet::AppliedDocument;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::on_host::{
    Progress, failed, hinted, moment, nothing_in_the_way, now, now_run, report_kept,
};
use crate::cmd::shared::outlook_sheet;
use crate::cmd::shared::plan_sheet;
use crate::cmd::{Exits, Run, plan};
use crate::code::Code;
use crate::failure::{Exit, Failure, chain};
use crate::recipe::NodeSpec;
use crate::stage::{self, Armed, Arming, Keys, after, count, unix_seconds};
use crate::ui::{Format, Ui};

/// The flags of `apply`.
#[derive(clap::Args, Debug)]
pub(crate) struct Apply {
    #[command(flatten)]
    node: Node,
    /// Wait up to this long for another run that is changing the host
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The same, and exit with 3 when something would change
    #[arg(long, conflicts_with_all = ["confirm_within", "step"])]
    check: bool,
    /// It never asks; scripts that are used to `up` may say so
    #[arg(long, hide = true)]
    yes: bool,
    /// Apply only the step with this number
    #[arg(long, value_name = "N")]
    step: Option<usize>,
    /// What to do when a step fails or the host does not match the plan afterwards
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    on_failure: Failing,
    /// Roll everything back unless `k8sprep confirm` runs within this time
    #[arg(long, value_name = "TIME", conflicts_with = "dry_run")]
    confirm_within: Option<Limit>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Failing {
    /// Roll back every step that was applied
    #[default]
    RollBack,
    /// Keep the steps that were applied
    Stop,
}

impl Run for Apply {
    const NAME: &'static str = "apply";
    const ABOUT: &'static str = "Prepare a host as a Kubernetes node, every step ready to be rolled back";
    const EXAMPLES: &'static str = "
  k8sprep apply --dry-run
  k8sprep apply --check                   # changes nothing, and exits with 3 if it would
  k8sprep apply
  k8sprep apply --step 3                  # one step of the plan
  k8sprep apply --confirm-within 10m      # rolled back unless `k8sprep confirm` runs in time
  k8sprep apply --root /mnt/image         # an image being built
  k8sprep apply --root /                  # the same from within: a chroot, a container build";
    const NOTES: &'static str = "
Ctrl-C stops at the edge of a step. Where only the result cannot be written to stdout the status is
1 too, and stderr says how many steps are taken.";
    const EXITS: Exits = &[
        (0, "the host is as wanted"),
        (1, "failed; the host is as before, or as --on-failure stop left it"),
        (3, "with --check: something would change"),
        (4, "failed, and not everything could be rolled back"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        self.node.on.tell(ui);
        let (host, spec) = self.node.host_and_spec()?;
        if self.dry_run || self.check {
            return self.show(&host, &spec, ui);
        }
        let end = Instant::now() + self.wait.map(Limit::duration).unwrap_or_default();
        let done = loop {
            let mut options = self.options();
            options.wait = end.saturating_duration_since(Instant::now());
            // What another run is just changing makes no plan.
            if !options.wait.is_zero() {
                host_prep::wait_for_others(&host, options.wait).map_err(|error| failed(&error))?;
            }
            options.seen = Some(host_prep::seen(&host).map_err(|error| failed(&error))?);
            match self.carry_out(&host, &spec, &options, ui)? {
                Err(ApplyError::NotBegun(host_prep::Error::Overtaken)) => {
                    ui.note("another run changed this host meanwhile: planning again");
                }
                Err(error) => return Err(self.report_failed(&host, &error, ui)),
                Ok(done) => break done,
            }
        };
        self.report(&host, &done, ui)
    }
}

impl Apply {
    /// `--dry-run`: what `plan` prints.
    fn show(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<(), Failure> {
        let node = self.node.stage(host, spec);
        let asked = node.asked(Keys::Fetched, &mut Console::new(ui))?;
        let plan = host_prep::verify(host, &asked.all());
        let outlook = stage::outlook(host, &plan, spec)?;
        outlook_sheet::print(&plan, outlook, self.output, ui)?;
        plan::verdict(&plan, self.check)
    }

    /// Plans and takes the steps.
    fn carry_out(
        &self,
        host: &Host,
        spec: &NodeSpec,
        options: &ApplyOptions,
        ui: &mut Ui,
    ) -> Result<Result<Applied, ApplyError>, Failure> {
        let node = self.node.stage(host, spec);
        let mut asked = node.asked(Keys::Fetched, &mut Console::new(ui))?;
        let mut all = asked.all();
        let mut plan = host_prep::verify(host, &all);
        if self.step.is_none() {
            nothing_in_the_way(&plan)?;
        }
        plan_sheet::notes(&plan, ui);
        outlook_sheet::notes(&stage::outlook(host, &plan, spec)?, ui);
        if let Some(end) = options.confirm_by.filter(|_| !plan.is_done()) {
            if stage::arm(host, &mut asked, &self.arming(end)?, &mut Console::new(ui))? == Armed::AsStep {
                all = asked.all();
                plan = host_prep::verify(host, &all);
            }
            ui.note(format_args!("rolled back at {} unless `k8sprep confirm` comes", moment(end)));
        }
        node.packages.settle(host, &plan)?;
        if !plan.is_done() {
            // Who runs kubeadm by hand then has a `down` that knows what the node left.
            host_prep::cluster::note_before_in_turn(host).map_err(|error| failed(&error))?;
        }
        let mut watch = Progress::start(ui)?;
        let installs = plan.steps().iter().any(|step| matches!(step.change, Change::Packages(_)));
        Ok(if installs && self.step.is_none() {
            let first = host_prep::verify(host, &asked.packages);
            let mut rest = || node.rest();
            host_prep::apply_in_stages(host, &asked.packages, &first, &mut rest, options, &mut watch)
        } else {
            host_prep::apply(host, &all, &plan, options, &mut watch)
        })
    }

    /// As host-prep takes them; the time is read once, so that journal and switch agree.
    fn options(&self) -> ApplyOptions {
        let mut options = ApplyOptions::default();
        options.only_step = self.step;
        options.on_failure = match self.on_failure {
            Failing::RollBack => OnFailure::RollBack,
            Failing::Stop => OnFailure::Stop,
        };
        let now = now();
        options.now = Some(now);
        options.confirm_by = self.confirm_within.map(|limit| after(now, whole_seconds(limit.duration())));
        options
    }

    /// The dead man's switch: this program, run as `recover`.
    fn arming(&self, end: SystemTime) -> Result<Arming, Failure> {
        let own = std::env::current_exe().map_err(|error| Failure::from_error(&error))?;
        let end = unix_seconds(end).to_string();
        let args = ["recover".to_owned(), "--unless-confirmed-by".into(), end];
        let (mut unit, mut process) = (args.to_vec(), args.to_vec());
        unit.push("--attached".into());
        if let Some(root) = &self.node.on.root {
            let root = std::path::absolute(root).map_err(|error| Failure::from_error(&error))?;
            process.extend(["--root".into(), root.display().to_string()]);
        }
        let mut arming = Arming::new(own, unit, process);
        arming.may_be_a_step = self.step.is_none();
        Ok(arming)
    }

    /// What was done is told even where the output cannot be written: [`Failure::after`] carries
    /// it to stderr.
    fn report(&self, host: &Host, done: &Applied, ui: &mut Ui) -> Result<(), Failure> {
        let printed = match self.output {
            Format::Json => ui.json("applied", &AppliedDocument::of(host, done)),
            Format::Text if done.stopped => Ok(()),
            Format::Text => success(host, done, ui),
        };
        printed.and_then(|()| ui.finish()).map_err(|lost| lost.after(taken(done)))?;
        if done.stopped { Err(stopped(done)) } else { Ok(()) }
    }

    /// The exit status follows from how far the rollback came.
    fn report_failed(&self, host: &Host, error: &ApplyError, ui: &mut Ui) -> Failure {
        let (what, code) = (chain(error.cause()), error.cause().code().as_str());
        let ApplyError::Failed(end) = error else { return failed(error.cause()) };
        if self.output == Format::Json {
            // The failure of the work is the one to end with.
            let _ = ui.json("applied", &AppliedDocument::failed(host, end));
        }
        match &end.rollback {
            Some(back) if !back.is_complete() => {
                report_kept(back, ui);
                let what = format!("{what}; not everything could be rolled back");
                hinted(Failure::new(Exit::RollbackIncomplete, Code::RollbackIncomplete.as_str(), what), back)
            }
            Some(_) => Failure::new(Exit::Failed, code, format_args!("{what}; the host is as before")),
            None => Failure::new(
                Exit::Failed,
                code,
                format_args!("{what}; {} taken and left", count(end.taken, "step")),
            )
            .hint("`k8sprep rollback` rolls them back"),
        }
    }
}

/// How much of it was done.
fn taken(done: &Applied) -> String {
    let id = done.id.map(|id| format!(", transaction {id}")).unwrap_or_default();
    format!("{} taken{id}", count(done.taken, "step"))
}

/// With what runs now because of it.
fn success(host: &Host, done: &Applied, ui: &mut Ui) -> Result<(), Failure> {
    if done.id.is_none() {
        return ui.line("nothing to change");
    }
    ui.line(taken(done))?;
    now_run(host, &done.needs, ui)
}

/// Steps that were taken stay, which the hint says.
fn stopped(done: &Applied) -> Failure {
    Failure::new(
        Exit::Failed,
        host_prep::Code::Stopped.as_str(),
        format_args!("stopped on request after {}", count(done.taken, "step")),
    )
    .hint("`k8sprep apply` continues, `k8sprep rollback` rolls them back")
}

/// Whole seconds, at least one.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX))
}
