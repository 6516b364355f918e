//! What systemd makes of the daemons of a member right now: files do not show that a program exits
//! again and again.

use std::time::Duration;

use serde::Serialize;

use super::source::{Fact, Source};
use crate::ground::error::chain;
use crate::{Host, Invocation};

/// kubelet and CRI-O of a host that belongs to a cluster.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Daemons {
    /// `kubelet.service`.
    pub kubelet: Daemon,
    /// `crio.service`.
    pub crio: Daemon,
}

/// A unit, as `systemctl show` tells it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Daemon {
    /// `LoadState`: `loaded`, `not-found`, `masked`.
    pub load: String,
    /// `ActiveState`: `active`, `inactive`, `failed`, `activating`.
    pub active: String,
    /// `SubState`: `running`, `dead`, `auto-restart`.
    pub sub: String,
    /// How often systemd has started it again by itself.
    pub restarts: u64,
    /// `NeedDaemonReload`: its files changed since systemd read them.
    pub needs_reload: bool,
    /// How long it runs by now, in seconds; `None` where it does not.
    pub runs_for: Option<u64>,
}

/// So many restarts are no accident.
const LOOP: u64 = 3;
/// A daemon that was started again and has run for as long has come to stay: kubeadm's unit waits
/// 10 s between two starts.
const SETTLED: u64 = 30;

impl Daemon {
    /// Reads one block of `systemctl show`; `uptime` is that of the host in seconds.
    #[must_use]
    pub fn parse(block: &str, uptime: Option<u64>) -> Self {
        let value = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().to_owned()
        };
        let active = value("ActiveState");
        let entered = value("ActiveEnterTimestampMonotonic").parse::<u64>().ok();
        let since = entered.filter(|_| active == "active").map(|micros| micros / 1_000_000);
        Self {
            load: value("LoadState"),
            sub: value("SubState"),
            restarts: value("NRestarts").parse().unwrap_or_default(),
            needs_reload: value("NeedDaemonReload") == "yes",
            runs_for: since.zip(uptime).map(|(since, now)| now.saturating_sub(since)),
            active,
        }
    }

    /// It exits again and again.
    #[must_use]
    pub fn loops(&self) -> bool {
        let young = self.runs_for.is_some_and(|seconds| seconds < SETTLED);
        self.sub == "auto-restart" || self.restarts >= LOOP && (young || self.active != "active")
    }

    /// It runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading")
    }
}

impl Daemons {
    pub(super) fn observe(host: &Host, source: &Source<'_>, member: bool) -> Fact<Self> {
        source
            .live(|| if member { ask(host, source) } else { Fact::unknown("the host belongs to no cluster") })
    }
}

fn ask(host: &Host, source: &Source<'_>) -> Fact<Daemons> {
    let properties =
        "--property=LoadState,ActiveState,SubState,NRestarts,ActiveEnterTimestampMonotonic,NeedDaemonReload";
    let words = ["show", properties, "--", "kubelet.service", "crio.service"];
    let said = host.run(&Invocation::new("systemctl", words).within(Duration::from_secs(5)));
    let text = match said {
        Ok(outcome) => String::from_utf8_lossy(&outcome.stdout).into_owned(),
        Err(error) => return Fact::unknown(chain(&error)),
    };
    let uptime = source.text("/proc/uptime").or_default();
    let uptime = uptime.and_then(|text| text.split('.').next()?.trim().parse().ok());
    let blocks: Vec<&str> = text.trim().split("\n\n").collect();
    match blocks[..] {
        [kubelet, crio] if kubelet.contains("ActiveState=") && crio.contains("ActiveState=") => {
            Fact::Known(Daemons {
                kubelet: Daemon::parse(kubelet, uptime),
                crio: Daemon::parse(crio, uptime),
            })
        }
        _ => Fact::unknown("systemctl did not tell of kubelet.service and crio.service"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `conformance/node/crio-stopped/systemctl-show.txt`, and a kubelet that is between two
    /// starts.
    #[test]
    fn a_daemon_that_ends_again_and_again_is_told_from_one_that_was_started_again_once() {
        let looping =
            Daemon::parse("NRestarts=6\nActiveState=activating\nSubState=auto-restart\n", Some(100));
        assert!(looping.loops() && !looping.runs());
        let up = |restarts: u64, since: u64| {
            let block = format!(
                "ActiveState=active\nSubState=running\nNRestarts={restarts}\nActiveEnterTimestampMonotonic={since}000000\n"
            );
            Daemon::parse(&block, Some(1000))
        };
        assert!(up(23, 995).loops(), "it has just been started for the 23rd time");
        assert!(!up(23, 500).loops() && up(23, 500).runs(), "it has settled");
        assert!(!up(1, 995).loops());
        let stopped =
            Daemon::parse("ActiveState=inactive\nSubState=dead\nActiveEnterTimestampMonotonic=5\n", None);
        assert!(!stopped.runs() && !stopped.loops());
        assert_eq!(stopped.runs_for, None);
    }
}
