//! What systemd says of units.

use crate::ground::error::chain;
use crate::{Host, Invocation, Observed};

/// What systemd says of a unit.
///
/// ```
/// use host_prep::service::UnitState;
///
/// let answer = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n";
/// let unit = UnitState::parse(answer);
/// assert!(unit.is_active() && unit.starts_at_boot() && !unit.stale);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct UnitState {
    /// `loaded`, `not-found`, `masked`.
    pub load: String,
    /// `enabled`, `disabled`, `static`, `masked`; empty where there is no file.
    pub file: String,
    /// `active`, `inactive`, `failed`, `activating`.
    pub active: String,
    /// Whether systemd has an older version of its files.
    pub stale: bool,
}

impl UnitState {
    /// Reads what `systemctl show` printed.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().to_owned()
        };
        Self {
            load: value("LoadState"),
            file: value("UnitFileState"),
            active: value("ActiveState"),
            stale: value("NeedDaemonReload") == "yes",
        }
    }

    /// Whether there is such a unit.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.load != "not-found"
    }

    /// Whether it is masked.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.load == "masked" || self.file == "masked"
    }

    /// Whether it starts at boot, or cannot be told to because others start it.
    #[must_use]
    pub fn starts_at_boot(&self) -> bool {
        matches!(self.file.as_str(), "enabled" | "static" | "alias" | "indirect" | "generated")
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading")
    }
}

/// Adds what systemd says of `units`, asked in one call: each call of systemctl costs more than
/// what it looks up.
pub(crate) fn ask(host: &Host, seen: &mut Observed, units: &[&str]) {
    let properties = "--property=LoadState,UnitFileState,ActiveState,NeedDaemonReload";
    let words = ["show", properties, "--"].into_iter().chain(units.iter().copied());
    let said = host.run(&Invocation::new("systemctl", words));
    let said = said.map(|outcome| String::from_utf8_lossy(&outcome.stdout).into_owned());
    let blocks = said.map_err(|error| chain(&error)).and_then(|text| blocks(&text, units.len()));
    for (at, unit) in units.iter().enumerate() {
        let block = blocks.as_ref().map(|blocks| blocks[at].clone()).map_err(Clone::clone);
        seen.told(question(unit), block);
    }
}

/// What was printed of each of `count` units, in the order they were named, an empty line between
/// them.
fn blocks(text: &str, count: usize) -> Result<Vec<String>, String> {
    let blocks: Vec<String> = text.trim().split("\n\n").map(str::to_owned).collect();
    let found = blocks.len();
    if found == count {
        Ok(blocks)
    } else {
        Err(format!("systemctl was asked about {count} units and answered about {found}"))
    }
}

/// What was said of `unit`.
pub(crate) fn state(seen: &Observed, unit: &str) -> Result<UnitState, String> {
    seen.answer(&question(unit)).map(UnitState::parse)
}

fn question(unit: &str) -> String {
    format!("systemctl show {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart_by_their_order() {
        let text = "LoadState=loaded\nActiveState=active\n\nLoadState=not-found\nActiveState=inactive\n";
        let found = blocks(text, 2).unwrap();
        assert!(UnitState::parse(&found[0]).is_active() && !UnitState::parse(&found[1]).exists());
        assert_eq!(blocks(text, 3).unwrap_err(), "systemctl was asked about 3 units and answered about 2");
    }
}
