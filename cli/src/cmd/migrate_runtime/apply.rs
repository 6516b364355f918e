//! `k8sprep migrate-runtime apply`, `back` and `confirm`.
//!
//! `stage::ChangeRuntime` with its questions at the console. JSON: `k8sprep.runtime-change/v1`.

use std::time::Duration;

use crio_config::Release;

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::drain_flags::DrainFlags;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::on_host::node;
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::migrate::PlanOptions;
use crate::stage::{ChangeError, ChangeRuntime, Error, RuntimeChanged, count};
use crate::ui::{Format, Ui};

/// Where images come from before the kubelet asks CRI-O for them.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Images {
    /// CRI-O pulls those of the node's pods ahead
    #[default]
    Pull,
    /// The kubelet pulls them when it starts the pods
    None,
}

/// How the node is drained, and what is asked.
#[derive(clap::Args, Clone, Debug)]
struct Draining {
    #[command(flatten)]
    flags: DrainFlags,
    #[command(flatten)]
    consent: Consent,
    /// Wait up to this long for another run that is at work on this node
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Draining {
    fn change(&self) -> ChangeRuntime {
        let wait = self.wait.map_or(Duration::ZERO, Limit::duration);
        ChangeRuntime { drain: self.flags.drain(), wait, ..ChangeRuntime::default() }
    }
}

/// The flags of `migrate-runtime apply`.
#[derive(clap::Args, Debug)]
pub(crate) struct Apply {
    /// The CRI-O release that is to be the runtime, as 1.31 [default: the kubelet's minor]
    #[arg(long, value_name = "RELEASE")]
    release: Option<Release>,
    /// What was found and is to stop nothing, by its code; may be given several times
    #[arg(long, value_name = "CODE")]
    despite: Vec<String>,
    /// Where images come from
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    images: Images,
    #[command(flatten)]
    draining: Draining,
}

impl Run for Apply {
    const NAME: &'static str = "apply";
    const ABOUT: &'static str = "Give this node CRI-O in the place of docker or containerd";
    const EXAMPLES: &'static str = "
  k8sprep migrate-runtime plan              # first: what stands in the way
  k8sprep migrate-runtime apply             # asks
  k8sprep migrate-runtime apply --yes --delete-emptydir-data
  k8sprep migrate-runtime back              # the old runtime again, until it is confirmed";
    const NOTES: &'static str = "
CRI-O has to be installed. It gets the old configuration in its own files, is started beside the old runtime and pulls the
images; then the node is drained, and one transaction ends the old runtime, changes every place that names it and starts
the kubelet. Where a step fails, or it is stopped, that transaction is taken back: the node goes on with its old runtime.

Workers first, control planes one after another. On a single control plane the API is away from the end of the old runtime
until its static pods run in CRI-O. Nothing is deleted before `confirm`.";
    const EXITS: Exits = &[(4, "failed, and not everything could be rolled back")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let mut change = self.draining.change();
        change.plan = PlanOptions { release: self.release, despite: self.despite };
        change.pull = self.images == Images::Pull;
        let host = node()?;
        let told = change.run(&host, &mut Console::asking(ui, self.draining.consent));
        ended(told, self.draining.output, ui)
    }
}

/// The flags of `migrate-runtime back`.
#[derive(clap::Args, Debug)]
pub(crate) struct GoBack {
    #[command(flatten)]
    draining: Draining,
}

impl Run for GoBack {
    const NAME: &'static str = "back";
    const ABOUT: &'static str = "Give this node its old runtime back, until the change is confirmed";
    const EXAMPLES: &'static str = "
  k8sprep migrate-runtime back
  k8sprep migrate-runtime back --yes --drain none";
    const NOTES: &'static str = "
The transactions of the change are rolled back: the kubelet stops, CRI-O's pods end, files are as before, the old runtime
starts with the data that it has, and the kubelet with it. What pods kept in emptyDir volumes is gone.";
    const EXITS: Exits = &[(4, "not everything is back; run again it goes on")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = node()?;
        let change = self.draining.change();
        let told = change.back(&host, &mut Console::asking(ui, self.draining.consent));
        ended(told, self.draining.output, ui)
    }
}

/// The flags of `migrate-runtime confirm`.
#[derive(clap::Args, Debug)]
pub(crate) struct Confirm {
    #[command(flatten)]
    consent: Consent,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Confirm {
    const NAME: &'static str = "confirm";
    const ABOUT: &'static str = "Delete data and packages of the old runtime, after a reboot";
    const EXAMPLES: &'static str = "
  k8sprep migrate-runtime confirm           # shows what goes and how large it is, and asks";
    const NOTES: &'static str = "
The only step that deletes something, and the point of no return. It is refused until the host was rebooted after the
change and came up without the old runtime. Volumes of docker's stay.";
    const EXITS: Exits = &[];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = node()?;
        let told = ChangeRuntime::default().confirm(&host, &mut Console::asking(ui, self.consent));
        ended(told, self.output, ui)
    }
}

fn ended(told: (RuntimeChanged, Result<(), Error>), output: Format, ui: &mut Ui) -> Result<(), Failure> {
    let (done, ended) = told;
    if ended.is_ok() || !done.transactions.is_empty() || !done.deleted.is_empty() {
        match output {
            Format::Json => ui.json("runtime-change", &done)?,
            Format::Text => print(&done, ui)?,
        }
    }
    ended.map_err(with_hints)
}

fn with_hints(error: Error) -> Failure {
    let hint = match &error {
        Error::Change(ChangeError::Blocked { .. }) => "--despite CODE accepts one",
        Error::Change(ChangeError::NoCrio) => {
            "`k8sprep apply` with a spec of this minor brings the repositories and CRI-O"
        }
        Error::Change(error) if error.is_of_way_back() => "`k8sprep migrate-runtime back` goes on",
        Error::Change(
            ChangeError::Pull { .. } | ChangeError::NotTakenUp { .. } | ChangeError::NotAwaited { .. },
        ) => "`k8sprep migrate-runtime apply` goes on, `k8sprep migrate-runtime back` takes everything back",
        Error::Change(ChangeError::NotDeleted { .. } | ChangeError::Deleting { .. }) => {
            "`k8sprep migrate-runtime confirm` goes on"
        }
        Error::Change(ChangeError::NoReboot) => "reboot the node, look at its pods, and confirm then",
        _ => return error.into(),
    };
    Failure::from(error).hint(hint)
}

fn print(done: &RuntimeChanged, ui: &mut Ui) -> Result<(), Failure> {
    match done.state {
        "old" => ui.line(format_args!("the kubelet still uses {}", done.from))?,
        "changed" => ui.line("the kubelet uses CRI-O")?,
        "halfway" => ui.line("the way back to the old runtime is not at its end")?,
        "back" => ui.line(format_args!("the kubelet uses {} again", done.from))?,
        _ => ui.line("the change is confirmed: the old runtime is gone")?,
    }
    if !done.images.is_empty() {
        ui.line(format_args!("pulled ahead: {}", count(done.images.len(), "image")))?;
    }
    if !done.evicted.is_empty() {
        ui.line(format_args!("evicted: {}", done.evicted.join(", ")))?;
    }
    for one in &done.deleted {
        ui.line(format_args!("deleted: {}", one.what))?;
    }
    for one in &done.left {
        ui.line(format_args!("left as it is: {one}"))?;
    }
    if done.state == "changed" && !done.transactions.is_empty() {
        ui.line("back: `k8sprep migrate-runtime back`, until `k8sprep migrate-runtime confirm`")?;
    }
    Ok(())
}
