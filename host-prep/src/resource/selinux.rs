//! SELinux permissive or enforcing, now and at the next boot.

use std::path::Path;

use super::Resource;
use crate::facts::{Fact, Facts, ObserveOptions, SelinuxMode, selinux_words};
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
                let because = Reason::of(format!("{} makes SELinux enforcing at every boot", setting.at));
                set_at_boot("permissive", because.risking(Risk::Medium), seen, draft);
            }
            Fact::Known(_) => {}
            Fact::Unknown { reason } => unreadable(reason, draft),
        }
        let at_boot = facts.security.selinux_at_boot.known().and_then(Option::as_ref);
        if at_boot.is_none_or(|setting| setting.mode != SelinuxMode::Disabled) {
            by_kernel(facts, draft, |mode| mode == SelinuxMode::Enforcing);
        }
        match &facts.security.selinux {
            Fact::Known(SelinuxMode::Enforcing) => {
                let because = Reason::of("SELinux enforces now").risking(Risk::Medium);
                draft.value(Path::new(ENFORCE), "0", None, because);
            }
            Fact::Unknown { reason } if seen.is_running() => not_known(reason, draft),
            _ => {}
        }
    }
}

/// The mode of every boot from now on.
fn set_at_boot(mode: &str, because: Reason, seen: &Observed, draft: &mut Draft<'_>) {
    let mut config = Document::parse(seen.bytes(Path::new(CONFIG)), Dialect::SelinuxConfig);
    match config.set(None, "SELINUX", mode) {
        Ok(_) => draft.content(Path::new(CONFIG), config.to_bytes(), Mode::PUBLIC, because),
        Err(error) => {
            let hint = format!("write SELINUX={mode} by hand");
            draft.coded_problem(Code::FileNotEditable, error.to_string(), hint);
        }
    }
}

/// Words of the kernel's command line, of this boot and the next, that make another mode than wanted.
/// No file of the system wins over them.
fn by_kernel(facts: &Facts, draft: &mut Draft<'_>, is_wrong: impl Fn(SelinuxMode) -> bool) {
    for (mode, word) in selinux_words(facts.kernel.words()) {
        if is_wrong(mode) {
            let what = format!(
                "the kernel argument {word} makes SELinux {mode}, and wins over {CONFIG} at every boot"
            );
            let name = word.parts().0;
            let hint = format!(
                "take it out of the boot loader's configuration (`grubby --update-kernel=ALL --remove-args={name}`; \
                 or edit /etc/default/grub and run update-grub), and reboot"
            );
            draft.coded_problem(Code::SelinuxModeDiffers, what, hint);
        }
    }
}

fn unreadable(reason: &str, draft: &mut Draft<'_>) {
    draft.coded_problem(Code::FileUnreadable, reason, "make it readable, or run as root");
}

fn not_known(reason: &str, draft: &mut Draft<'_>) {
    let what = format!("the mode of SELinux is not known: {reason}");
    draft.coded_problem(Code::SelinuxModeUnknown, what, "run as root");
}

/// SELinux denies, now and after every boot. Where it is disabled that takes a relabelling of the
/// whole host, which is nobody's to make here: it is a problem that says the way.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SelinuxEnforcing;

/// What the configuration says instead of a mode.
fn no_mode(facts: &Facts) -> String {
    let lines = facts.security.selinux_lines_ignored.known().map(Vec::as_slice).unwrap_or_default();
    let lines: Vec<String> = lines.iter().map(|line| format!("{}: {}", line.at, line.text)).collect();
    let besides = if lines.is_empty() { String::new() } else { format!(" ({})", lines.join("; ")) };
    format!("{CONFIG} names no mode of SELinux{besides}")
}

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
                let because = Reason::of(format!("{} makes SELinux permissive at every boot", setting.at));
                set_at_boot("enforcing", because.risking(Risk::High), seen, draft);
            }
            Fact::Known(Some(setting)) => {
                let what =
                    format!("{} disables SELinux, and files made since then have no label", setting.at);
                draft.coded_problem(Code::SelinuxModeDiffers, what, RELABEL);
            }
            Fact::Known(None) => draft.coded_problem(
                Code::SelinuxModeDiffers,
                no_mode(facts),
                "install the SELinux policy of the distribution where it is missing, write SELINUX=enforcing into that \
                 file, or say `selinux: keep` in the spec",
            ),
            Fact::Unknown { reason } => unreadable(reason, draft),
        }
        by_kernel(facts, draft, |mode| mode != SelinuxMode::Enforcing);
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
                draft.coded_problem(Code::SelinuxModeDiffers, "SELinux is disabled now", RELABEL);
            }
            Fact::Unknown { reason } if seen.is_running() => not_known(reason, draft),
            _ => {}
        }
    }
}
