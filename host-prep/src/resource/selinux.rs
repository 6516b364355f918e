//! SELinux permissive or enforcing, now and at the next boot.

use std::path::Path;

use super::Resource;
use crate::facts::{Fact, Facts, ObserveOptions, SelinuxMode};
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::step::Risk;
use crate::plan::{Draft, Reason};
use crate::text::{Dialect, Document};
use crate::{Host, Observed};

const CONFIG: &str = "/etc/selinux/config";
const ENFORCE: &str = "/sys/fs/selinux/enforce";

/// SELinux logs what it would deny, now and after the next boot. A host where it is disabled stays
/// so: only a relabelling of everything brings it back.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SelinuxPermissive;

impl SelinuxPermissive {
    /// The wish.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Resource for SelinuxPermissive {
    fn kind(&self) -> &'static str {
        "selinux"
    }

    fn asks(&self) -> Option<ObserveOptions> {
        Some(ObserveOptions::default())
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, Path::new(CONFIG));
        if host.is_running() {
            seen.look_at_value(host, Path::new(ENFORCE));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Some(facts) = seen.facts() else { return };
        match &facts.security.selinux_at_boot {
            Fact::Known(Some(setting)) if setting.mode == SelinuxMode::Enforcing => {
                let mut config = Document::parse(seen.bytes(Path::new(CONFIG)), Dialect::SelinuxConfig);
                match config.set(None, "SELINUX", "permissive") {
                    Ok(_) => {
                        let because =
                            Reason::of(format!("{} makes SELinux enforcing at every boot", setting.at));
                        draft.content(
                            Path::new(CONFIG),
                            config.to_bytes(),
                            Mode::PUBLIC,
                            because.risking(Risk::Medium),
                        );
                    }
                    Err(error) => draft.coded_problem(
                        Code::FileNotEditable,
                        error.to_string(),
                        "write SELINUX=permissive by hand",
                    ),
                }
            }
            Fact::Known(_) => {}
            Fact::Unknown { reason } => {
                draft.coded_problem(Code::FileUnreadable, reason, "make it readable, or run as root")
            }
        }
        match &facts.security.selinux {
            Fact::Known(SelinuxMode::Enforcing) => {
                let because = Reason::of("SELinux enforces now").risking(Risk::Medium);
                draft.value(Path::new(ENFORCE), "0", None, because);
            }
            Fact::Unknown { reason } if seen.is_running() => {
                draft.coded_problem(
                    Code::SelinuxModeUnknown,
                    format!("the mode of SELinux is not known: {reason}"),
                    "run as root",
                );
            }
            _ => {}
        }
    }
}

/// SELinux denies, now and after every boot. Where it is disabled that takes a relabelling of the
/// whole host, which is nobody's to make here: it is a problem that says the way.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SelinuxEnforcing;

/// The way from a host without labels (selinux(8), `fixfiles onboot`).
const RELABEL: &str = "write SELINUX=permissive into /etc/selinux/config, `fixfiles -F onboot`, reboot, look for denials with \
     `ausearch -m avc`, then run this again";

impl SelinuxEnforcing {
    /// The wish.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    fn at_boot(seen: &Observed, facts: &Facts, draft: &mut Draft<'_>) {
        match &facts.security.selinux_at_boot {
            Fact::Known(Some(setting)) if setting.mode == SelinuxMode::Enforcing => {}
            Fact::Known(Some(setting)) if setting.mode == SelinuxMode::Permissive => {
                let mut config = Document::parse(seen.bytes(Path::new(CONFIG)), Dialect::SelinuxConfig);
                let because = Reason::of(format!("{} makes SELinux permissive at every boot", setting.at))
                    .risking(Risk::High);
                match config.set(None, "SELINUX", "enforcing") {
                    Ok(_) => draft.content(Path::new(CONFIG), config.to_bytes(), Mode::PUBLIC, because),
                    Err(error) => draft.coded_problem(
                        Code::FileNotEditable,
                        error.to_string(),
                        "write SELINUX=enforcing by hand",
                    ),
                }
            }
            Fact::Known(Some(setting)) => {
                let what =
                    format!("{} disables SELinux, and files made since then have no label", setting.at);
                draft.coded_problem("selinux-mode-differs", what, RELABEL);
            }
            Fact::Known(None) => draft.coded_problem(
                "selinux-mode-differs",
                format!("{CONFIG} names no mode of SELinux"),
                "install the SELinux policy of the distribution, or say `selinux: keep` in the spec",
            ),
            Fact::Unknown { reason } => {
                draft.coded_problem(Code::FileUnreadable, reason, "make it readable, or run as root")
            }
        }
        for (name, value) in [("enforcing", "0"), ("selinux", "0")] {
            if facts.kernel.argument(name) == Some(value) {
                let what = format!("the kernel argument {name}={value} wins over {CONFIG} at every boot");
                draft.coded_problem(
                    "selinux-mode-differs",
                    what,
                    "take it out of the boot loader's configuration",
                );
            }
        }
    }
}

impl Resource for SelinuxEnforcing {
    fn kind(&self) -> &'static str {
        "selinux"
    }

    fn asks(&self) -> Option<ObserveOptions> {
        Some(ObserveOptions::default())
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        SelinuxPermissive.observe(host, seen);
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Some(facts) = seen.facts() else { return };
        Self::at_boot(seen, facts, draft);
        match &facts.security.selinux {
            Fact::Known(SelinuxMode::Permissive) => {
                let because = Reason::of("SELinux is permissive now").risking(Risk::High);
                draft.value(Path::new(ENFORCE), "1", None, because);
            }
            Fact::Known(SelinuxMode::Disabled) => {
                draft.coded_problem("selinux-mode-differs", "SELinux is disabled now", RELABEL);
            }
            Fact::Unknown { reason } if seen.is_running() => {
                draft.coded_problem(
                    Code::SelinuxModeUnknown,
                    format!("the mode of SELinux is not known: {reason}"),
                    "run as root",
                );
            }
            _ => {}
        }
    }
}
