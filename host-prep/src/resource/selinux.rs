//! SELinux permissive, now and at the next boot.

use std::path::Path;

use super::Resource;
use crate::facts::{Fact, ObserveOptions, SelinuxMode};
use crate::fs::Mode;
use crate::plan::step::Risk;
use crate::plan::{Draft, Reason};
use crate::text::{Dialect, Document};
use crate::{Host, Observed};

const CONFIG: &str = "/etc/selinux/config";
const ENFORCE: &str = "/sys/fs/selinux/enforce";

/// SELinux logs what it would deny, now and after the next boot. A host where it is disabled stays so: only a
/// relabelling of everything brings it back.
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
                    Err(error) => draft.problem(error.to_string(), "write SELINUX=permissive by hand"),
                }
            }
            Fact::Known(_) => {}
            Fact::Unknown { reason } => draft.problem(reason, "make it readable, or run as root"),
        }
        match &facts.security.selinux {
            Fact::Known(SelinuxMode::Enforcing) => {
                let because = Reason::of("SELinux enforces now").risking(Risk::Medium);
                draft.value(Path::new(ENFORCE), "0", None, because);
            }
            Fact::Unknown { reason } if seen.is_running() => {
                draft.problem(format!("the mode of SELinux is not known: {reason}"), "run as root");
            }
            _ => {}
        }
    }
}
