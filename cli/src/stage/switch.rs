//! The dead man's switch: what rolls everything back unless somebody confirms that the host is
//! still reachable.
//!
//! Where systemd runs the switch is a timer unit and the plan's own first step, so that it
//! outlives this process and a reboot. Elsewhere it is a process of its own session. Whoever can
//! still reach the host says `confirm`, which takes the switch away.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use host_prep::resource::DeadMansSwitch;
use host_prep::{Host, Invocation, Rollback, SystemCommands, Watch};

use super::{Asked, Error, Reporter, now};

/// How long the switch waits for a run that is still at work when its time has come.
///
/// A run that is at work holds the lock; after an hour it is taken for stuck, and the rollback
/// fails with that.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What the switch runs: a program that calls [`await_confirmation`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Arming {
    /// The program; it has to outlive a reboot.
    pub program: PathBuf,
    /// Its arguments as a unit of systemd.
    pub unit_args: Vec<String>,
    /// Its arguments as a process of its own; it has to leave the session ([`host_prep::detach`])
    /// and write a line when it has.
    pub process_args: Vec<String>,
    /// Whether the switch may be a step of the plan; a plan of which one step is taken has no room
    /// for it.
    pub may_be_a_step: bool,
}

impl Arming {
    /// A switch that runs `program`, as a unit where systemd runs.
    #[must_use]
    pub fn new(program: PathBuf, unit_args: Vec<String>, process_args: Vec<String>) -> Self {
        Self { program, unit_args, process_args, may_be_a_step: true }
    }
}

/// How the switch was armed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[must_use = "a switch that is a step is armed by the plan, which has to be made again"]
pub enum Armed {
    /// It is the first step of what is asked: plan again.
    AsStep,
    /// It runs already, and no reboot leaves it.
    AsProcess,
}

/// Arms the switch before anything else changes, so that a crash of this process is covered too.
///
/// # Errors
///
/// If another transaction waits to be confirmed, or the switch cannot be armed: nothing was changed
/// then.
pub fn arm(
    host: &Host,
    asked: &mut Asked,
    arming: &Arming,
    report: &mut dyn Reporter,
) -> Result<Armed, Error> {
    // Two switches at once: the first to fire would take back what the second is to guard.
    nothing_waits(host)?;
    let program = arming.program.display().to_string();
    let systemd = host.root().list(Path::new("/run/systemd/system")).is_ok_and(|names| names.is_some());
    if host.is_running() && systemd && arming.may_be_a_step {
        // The unit of the switch runs this very program after a reboot, and these may be empty by
        // then.
        if ["/tmp", "/run", "/dev/shm"].iter().any(|dir| arming.program.starts_with(dir)) {
            return Err(Error::GoneAfterReboot { program });
        }
        asked.guard(DeadMansSwitch::new(host.owner(), Invocation::new(program, arming.unit_args.clone())));
        return Ok(Armed::AsStep);
    }
    report.warn(
        crate::Code::SwitchGoneAfterReboot.as_str(),
        &"the process that rolls everything back does not survive a reboot: no unit is written here",
    );
    SystemCommands::start(&Invocation::new(program, arming.process_args.clone()))
        .map(|_| Armed::AsProcess)
        .map_err(|source| Error::SwitchDidNotStart { source })
}

/// What the program of the switch does: waits until `end` and rolls back what nobody confirmed by
/// then.
///
/// # Errors
///
/// If the journals cannot be read, or another run still holds the lock.
pub fn await_confirmation(host: &Host, end: SystemTime, watch: &mut dyn Watch) -> Result<Rollback, Error> {
    // The clock may be set meanwhile: it is asked again and again instead of slept through.
    while now() < end {
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(host_prep::roll_back_unconfirmed(host, now(), PATIENCE, watch)?)
}

/// One switch at a time: the first one's time would pass by the second one's.
fn nothing_waits(host: &Host) -> Result<(), Error> {
    let all = host_prep::history(host)?;
    match all.iter().find(|one| one.confirm_by.is_some()) {
        Some(one) => Err(Error::Unconfirmed { id: one.id }),
        None => Ok(()),
    }
}
