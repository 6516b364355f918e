//! Kernel parameters, set now and at every boot.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sysctl_value::SysctlValue;
use super::{Obstacle, Resource, same};
use crate::facts::{Assignment, Fact, ObserveOptions, Role, Sysctl, SysctlKey};
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::node::Node;
use crate::plan::step::Risk;
use crate::plan::{Draft, Reason, same_value};
use crate::{Host, Observed, Owner};

/// Sorts after `99-sysctl.conf`, which most distributions link to `/etc/sysctl.conf`.
const PREFIX: &str = "99-zz-";

/// Where `owner` writes parameters for the next boot.
fn file(owner: &Owner) -> PathBuf {
    format!("/etc/sysctl.d/{PREFIX}{owner}.conf").into()
}

/// Whether a file is one that another owner writes: called as ours is, after somebody else.
fn of_another_owner(path: &Path, owner: &Owner) -> bool {
    let name = path.file_name().and_then(std::ffi::OsStr::to_str).and_then(|name| name.strip_prefix(PREFIX));
    name.and_then(|name| name.strip_suffix(".conf")).is_some_and(|name| name != owner.as_str())
}

/// Which module brings the parameters below a prefix.
const BROUGHT_BY: &[(&str, &str)] =
    &[("net.bridge.", "br_netfilter"), ("net.netfilter.nf_conntrack", "nf_conntrack")];

/// Kernel parameters that have their values now and after the next boot.
///
/// Written to a drop-in of the host's [owner](crate::Owner) that is read late. A file that is read
/// later still and sets another value is a problem that names file and line: a value that holds
/// until the next boot is not what was asked for.
///
/// ```
/// use host_prep::resource::{SysctlWish, Sysctls};
/// use host_prep::{Desired, Host, fs::Root, verify};
///
/// # let dir = tempfile::tempdir()?;
/// let forward = SysctlWish::exactly("net.ipv4.ip_forward".parse()?, "1".parse()?)
///     .because("the pod network routes through this host");
/// let watches = SysctlWish::at_least("fs.inotify.max_user_watches".parse()?, 524_288);
/// let host = Host::offline(Root::open(dir.path())?);
/// let plan = verify(&host, &Desired::new().with(Sysctls::new([forward, watches])));
/// // A tree has no kernel: the file alone is written.
/// assert_eq!(plan.steps()[0].change.subject(), "/etc/sysctl.d/99-zz-k8sprep.conf");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Sysctls {
    wishes: Vec<SysctlWish>,
}

/// What is wanted of one parameter.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SysctlWish {
    key: SysctlKey,
    want: Want,
    presence: Presence,
    reason: String,
}

#[derive(Clone, Debug)]
enum Want {
    Exactly(SysctlValue),
    AtLeast(u64),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Presence {
    Required,
    IfThere,
}

impl SysctlWish {
    /// This value and no other.
    #[must_use]
    pub fn exactly(key: SysctlKey, value: SysctlValue) -> Self {
        Self::new(key, Want::Exactly(value))
    }

    /// This number or more: it is raised, never lowered.
    #[must_use]
    pub fn at_least(key: SysctlKey, number: u64) -> Self {
        Self::new(key, Want::AtLeast(number))
    }

    /// The same, but a kernel without the parameter is fine.
    #[must_use]
    pub fn if_there(self) -> Self {
        Self { presence: Presence::IfThere, ..self }
    }

    /// The same with the reason why the host needs it.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }

    fn new(key: SysctlKey, want: Want) -> Self {
        let reason = format!("Kubernetes nodes need {key}");
        Self { key, want, presence: Presence::Required, reason }
    }

    /// What satisfies both, or why nothing does.
    fn and(&self, other: &Self) -> Result<Self, String> {
        let (more, wanted) = (other.value(), self.value());
        let presence = if other.presence == Presence::Required { other.presence } else { self.presence };
        let stronger = match (&self.want, &other.want) {
            (Want::AtLeast(one), Want::AtLeast(other_number)) if other_number > one => other,
            (Want::AtLeast(_), Want::Exactly(_)) if self.holds(&more) => other,
            (Want::AtLeast(_), Want::AtLeast(_)) => self,
            (Want::Exactly(_), _) if other.holds(&wanted) => self,
            _ => {
                let by = |wish: &Self| format!("{} ({})", wish.value(), wish.reason);
                return Err(format!("{} is wanted as {} and as {}", self.key, by(self), by(other)));
            }
        };
        Ok(Self { presence, ..stronger.clone() })
    }

    fn value(&self) -> String {
        match &self.want {
            Want::Exactly(value) => value.to_string(),
            Want::AtLeast(number) => number.to_string(),
        }
    }

    /// Whether a value is as good as the wanted one.
    fn holds(&self, value: &str) -> bool {
        match &self.want {
            Want::Exactly(wanted) => same_value(value, wanted.as_str()),
            Want::AtLeast(number) => value.trim().parse().is_ok_and(|value: u64| value >= *number),
        }
    }

    fn is_there(&self, seen: &Observed) -> bool {
        !matches!(seen.value(&self.key.path()), Ok(None))
            || self.module().is_some_and(|module| loads(seen, module))
    }

    fn module(&self) -> Option<&'static str> {
        let key = self.key.to_string();
        BROUGHT_BY.iter().find(|(prefix, _)| key.starts_with(prefix)).map(|(_, module)| *module)
    }
}

impl Sysctls {
    /// These parameters.
    pub fn new(wishes: impl IntoIterator<Item = SysctlWish>) -> Self {
        Self { wishes: wishes.into_iter().collect() }
    }

    fn now(wish: &SysctlWish, seen: &Observed, draft: &mut Draft<'_>) {
        let path = wish.key.path();
        let absent = wish.presence == Presence::IfThere && !wish.is_there(seen);
        if absent || seen.value(&path).is_ok_and(|now| now.is_some_and(|now| wish.holds(now))) {
            return;
        }
        let because = Reason::of(&wish.reason).risking(Risk::Medium);
        draft.value(&path, &wish.value(), wish.module(), because);
    }

    /// A line of somebody else's that wins over ours, or would where it is read.
    fn overridden(owner: &Owner, wish: &SysctlWish, line: &Assignment, draft: &mut Draft<'_>) {
        let value = line.value.as_deref().unwrap_or("nothing");
        match line.role {
            Role::Unread => draft.coded_note(
                Code::SysctlFileNotReadAtBoot,
                format!(
                    "{} sets {} to {value}; the boot does not read it, `sysctl --system` does",
                    line.at, wish.key
                ),
                "change or remove that line",
            ),
            _ if of_another_owner(&line.at.file, owner) => draft.coded_problem(
                Code::SysctlWantedByAnother,
                format!(
                    "{} sets {} to {value} for another tool, and {owner} wants {}",
                    line.at,
                    wish.key,
                    wish.value()
                ),
                "let both tools want the same value",
            ),
            _ => draft.coded_problem(
                Code::SysctlFileOverridden,
                format!(
                    "{} sets {} to {value} at every boot, after {}",
                    line.at,
                    wish.key,
                    file(owner).display()
                ),
                "change or remove that line",
            ),
        }
    }

    /// The line for our file, if one is needed; says who would win over it.
    fn at_boot(owner: &Owner, wish: &SysctlWish, found: &Sysctl, draft: &mut Draft<'_>) -> Option<String> {
        let lines = match &found.boot {
            Fact::Known(boot) => &boot.lines,
            Fact::Unknown { reason } => {
                draft.coded_problem(Code::FileUnreadable, reason, "make it readable, or run as root");
                return None;
            }
        };
        let own = file(owner);
        let others: Vec<_> = lines.iter().filter(|line| line.at.file != own).collect();
        for line in others.iter().filter(|line| overrides(line, wish, owner)) {
            Self::overridden(owner, wish, line, draft);
        }
        let raised = matches!(wish.want, Want::AtLeast(_));
        let already =
            decided(&others, wish).and_then(|line| line.value.as_deref()).is_some_and(|now| wish.holds(now));
        // The kernel's own default can be high enough too, but another kernel's may not be.
        (!(raised && already)).then(|| format!("{} = {}\n", wish.key, wish.value()))
    }
}

impl Resource for Sysctls {
    fn kind(&self) -> &'static str {
        "sysctl"
    }

    fn joined(&self, other: &dyn Resource) -> Option<Vec<Arc<dyn Resource>>> {
        let other = same(self, other)?;
        let mut wishes = self.wishes.clone();
        let mut all: Vec<Arc<dyn Resource>> = Vec::new();
        for more in other.wishes {
            let Some(known) = wishes.iter_mut().find(|known| known.key == more.key) else {
                wishes.push(more);
                continue;
            };
            match known.and(&more) {
                Ok(both) => *known = both,
                Err(what) => all.push(Arc::new(Obstacle::new(
                    "sysctl",
                    Code::SysctlWantedTwice,
                    what,
                    "let both want the same value",
                ))),
            }
        }
        all.insert(0, Arc::new(Self { wishes }));
        Some(all)
    }

    fn asks(&self) -> Option<ObserveOptions> {
        let sysctls = self.wishes.iter().map(|wish| wish.key.clone()).collect();
        // Whether a module will be loaded decides whether its parameters can be set.
        let modules = self.wishes.iter().filter_map(|wish| wish.module()?.parse().ok()).collect();
        Some(ObserveOptions { modules, sysctls })
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, &file(host.owner()));
        for wish in self.wishes.iter().filter(|_| host.is_running()) {
            seen.look_at_value(host, &wish.key.path());
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Some(facts) = seen.facts() else { return };
        let mut text = String::new();
        for wish in &self.wishes {
            let Some(found) = facts.sysctls.get(&wish.key) else { continue };
            // systemd-sysctl passes over what the kernel lacks, so a line for it does no harm.
            if let Some(line) = Self::at_boot(seen.owner(), wish, found, draft) {
                text.push_str(&line);
            }
        }
        let wanted = match text.as_str() {
            "" => Node::Absent,
            text => Node::file(
                format!("{}: what a Kubernetes node needs.\n{text}", seen.owner().header()),
                Mode::PUBLIC,
            ),
        };
        draft.own_file(&file(seen.owner()), wanted, Reason::of("these parameters are set at every boot"));
        for wish in self.wishes.iter().filter(|_| seen.is_running()) {
            Self::now(wish, seen, draft);
        }
    }
}

/// Whether a line of another file would win over ours, or is in a file somebody may load by hand,
/// with another value.
fn overrides(line: &Assignment, wish: &SysctlWish, owner: &Owner) -> bool {
    let name = |path: &Path| path.file_name().map(std::ffi::OsStr::to_owned);
    let later = line.role == Role::Unread
        || name(&line.at.file) > name(&file(owner))
        || of_another_owner(&line.at.file, owner);
    let names_it = line.key == wish.key.to_string();
    later && names_it && !line.value.as_deref().is_some_and(|value| wish.holds(value))
}

/// The line that would decide without ours: the last that names the key, else the last pattern.
fn decided<'a>(lines: &[&'a Assignment], wish: &SysctlWish) -> Option<&'a Assignment> {
    let read = || lines.iter().filter(|line| line.role != Role::Unread);
    let key = wish.key.to_string();
    read().rfind(|line| line.key == key).or_else(|| read().next_back()).copied()
}

fn loads(seen: &Observed, module: &str) -> bool {
    use crate::facts::ModuleState::{BuiltIn, Loadable, Loaded};
    let state = module.parse().ok().and_then(|name| seen.facts()?.modules.get(&name)?.state.known().copied());
    matches!(state, Some(BuiltIn | Loadable | Loaded))
}

impl Sysctls {
    /// Where the parameters are written for the next boot.
    #[must_use]
    pub fn file(owner: &Owner) -> PathBuf {
        file(owner)
    }
}
