use crate::{Host, Invocation, Observed};

/// What systemd says of a unit.
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

/// Adds what systemd says of `unit`.
pub(crate) fn ask(host: &Host, seen: &mut Observed, unit: &str) {
    let properties = "--property=LoadState,UnitFileState,ActiveState,NeedDaemonReload";
    seen.ask(host, &question(unit), &Invocation::new("systemctl", ["show", properties, "--", unit]));
}

/// What was said of `unit`.
pub(crate) fn state(seen: &Observed, unit: &str) -> Result<UnitState, String> {
    seen.answer(&question(unit)).map(UnitState::parse)
}

fn question(unit: &str) -> String {
    format!("systemctl show {unit}")
}
