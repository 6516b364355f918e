//! systemd units: unmasked, enabled, started, and what has to follow a change of the files they
//! read.

mod offline;
mod resource;
mod show;
mod wish;

pub(crate) use offline::at_boot;
pub use resource::Units;
pub use show::UnitState;
pub(crate) use show::{ask, state};
pub use wish::{AtBoot, Now, UnitWish};

use std::time::Duration;

use crate::{Error, Host, Invocation, Need, Watch};

/// A service may take its time to stop and to say that it is ready.
const LIMIT: Duration = Duration::from_secs(180);

/// Log lines told when a service does not start.
const LINES: &str = "--lines=8";

pub(crate) fn systemctl<'a>(args: impl IntoIterator<Item = &'a str>) -> Invocation {
    Invocation::new("systemctl", args).within(LIMIT)
}

/// What tells why a unit failed.
pub(crate) fn log_of(unit: &str) -> Invocation {
    Invocation::new("journalctl", ["--unit", unit, LINES, "--no-pager", "--output=cat"])
}

/// Does what applied steps need: systemd reads its files again, units that run are reloaded or
/// restarted. A reboot is nobody's to make here: it comes back as what is left. `watch` hears how
/// long it takes.
///
/// # Errors
///
/// The first unit that did not come back, with its last log lines.
pub fn follow(host: &Host, needs: &[Need], watch: &mut dyn Watch) -> Result<Vec<Need>, Error> {
    let mut left = Vec::new();
    for need in needs {
        match need {
            Need::DaemonReload => host.await_end(&systemctl(["daemon-reload"]), watch).map(drop)?,
            // Units that do not run read their files when they start.
            Need::Reload { unit } => told(host, unit, &systemctl(["try-reload-or-restart", unit]), watch)?,
            Need::Restart { unit } => told(host, unit, &systemctl(["try-restart", unit]), watch)?,
            // It takes its time: every kernel's image is packed again.
            Need::Initramfs => {
                let pack = Invocation::new("update-initramfs", ["-u"]).within(Duration::from_secs(600));
                host.await_end(&pack, watch).map(drop)?;
            }
            _ => left.push(need.clone()),
        }
    }
    Ok(left)
}

/// Those of `needs` that this host has: nothing has to be read again by a unit that does not run,
/// and in a tree none does.
#[must_use]
pub fn pending(host: &Host, needs: &[Need]) -> Vec<Need> {
    let runs = |unit: &str| {
        let asked = host.run_to_end(&systemctl(["is-active", "--quiet", unit]));
        asked.is_ok_and(|outcome| outcome.status == Some(0))
    };
    let here = |need: &&Need| match need {
        need if !host.is_running() => need.is_of_files(),
        Need::Reload { unit } | Need::Restart { unit } => runs(unit),
        _ => true,
    };
    needs.iter().filter(here).cloned().collect()
}

/// Units that did not come back after a change start again, now that their files are the old ones.
/// A unit that was not running is left alone.
///
/// # Errors
///
/// The first unit that does not start even so, with its last log lines.
pub fn bring_back(host: &Host, needs: &[Need], watch: &mut dyn Watch) -> Result<(), Error> {
    host.run(&systemctl(["daemon-reload"]))?;
    for need in needs {
        let (Need::Reload { unit } | Need::Restart { unit }) = need else { continue };
        let state = host.run_to_end(&systemctl(["is-active", unit]))?.stdout;
        if !state.starts_with(b"inactive") {
            told(host, unit, &systemctl(["restart", unit]), watch)?;
        }
    }
    Ok(())
}

/// Runs a program about a unit; where it fails, the unit's log says why.
fn told(host: &Host, unit: &str, invocation: &Invocation, watch: &mut dyn Watch) -> Result<(), Error> {
    let outcome = host.attend(invocation, watch)?;
    if outcome.status == Some(0) {
        return Ok(());
    }
    Err(Error::Unit {
        command: invocation.to_string(),
        how: outcome.to_string(),
        log: crate::host::log(host, &log_of(unit)),
    })
}
