//! A host as a plan would leave it, to be looked at before anything is done.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fs::{Laid, Mode, Overlay};
use crate::plan::Plan;
use crate::plan::action::Action;
use crate::plan::node::Node;
use crate::plan::step::{Change, FileChange};
use crate::resource::service::{UnitWish, at_boot};
use crate::{Error, Host};

const MODULES: &str = "/proc/modules";
const SWAPS: &str = "/proc/swaps";

/// A host as a plan would leave it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ahead {
    /// Its files and the values of its kernel: the plan's where it changes them. It can be read, and
    /// refuses to be changed.
    pub host: Host,
    /// Packages that the plan brings: what is in them is not known before.
    pub packages: Vec<String>,
    /// Units that it starts or stops: what becomes of them is not known before.
    pub units: BTreeSet<String>,
}

/// The host as `plan` would leave it. Nothing is changed, and no program is run.
///
/// # Errors
///
/// Where its tree cannot be opened once more, or what a step is about cannot be read.
pub fn as_planned(host: &Host, plan: &Plan) -> Result<Ahead, Error> {
    let mut ahead =
        Planned { host, overlay: Overlay::default(), packages: Vec::new(), units: BTreeSet::new() };
    for step in plan.steps() {
        ahead.take(&step.change)?;
    }
    let Planned { overlay, packages, units, .. } = ahead;
    Ok(Ahead { host: host.under(overlay)?, packages, units })
}

struct Planned<'a> {
    host: &'a Host,
    overlay: Overlay,
    packages: Vec<String>,
    units: BTreeSet<String>,
}

impl Planned<'_> {
    fn take(&mut self, change: &Change) -> Result<(), Error> {
        match change {
            Change::File(file) => self.file(file),
            Change::Value { path, after, .. } => self.value(path, after),
            Change::LoadModule { name } => {
                let list = self.text(MODULES)?;
                self.text_is(MODULES, format!("{list}{name} 16384 0 - Live 0x0000000000000000\n"));
                // What comes with it is there before a value of it is set.
                if name == "br_netfilter" {
                    let brought = Path::new("/proc/sys/net/bridge/bridge-nf-call-iptables");
                    self.value(brought, "1");
                }
            }
            Change::SwapOff { area, .. } => {
                let area = area.display().to_string().replace(' ', "\\040");
                let list = self.text(SWAPS)?;
                let kept = list.lines().filter(|line| line.split_whitespace().next() != Some(area.as_str()));
                let kept = kept.map(|line| format!("{line}\n")).collect();
                self.text_is(SWAPS, kept);
            }
            Change::Packages(packages) => {
                self.packages.extend(packages.packages.iter().map(|(name, ..)| name.clone()));
            }
            Change::Action(action) => self.action(action),
        }
        Ok(())
    }

    fn file(&mut self, file: &FileChange) {
        let laid = match &file.after {
            Node::Absent => Laid::Absent,
            Node::File { content, mode } => Laid::File(content.as_bytes().to_vec(), *mode),
            Node::Link { target } => Laid::Link(target.clone()),
        };
        self.overlay.lay(&file.target, laid);
    }

    fn value(&mut self, path: &Path, value: &str) {
        self.overlay.lay(path, Laid::File(format!("{value}\n").into_bytes(), Mode::PUBLIC));
    }

    /// A list of the kernel, as far as the steps before have it.
    fn text(&self, path: &str) -> Result<String, Error> {
        let bytes = match self.overlay.get(Path::new(path)) {
            Some(Laid::File(bytes, _)) => Some(bytes.clone()),
            _ => self.host.root().read(Path::new(path))?,
        };
        Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
    }

    fn text_is(&mut self, path: &str, text: String) {
        self.overlay.lay(Path::new(path), Laid::File(text.into_bytes(), Mode::PUBLIC));
    }

    /// Of programs only systemctl's are known by what they leave: links for the next boot.
    fn action(&mut self, action: &Action) {
        for call in action.run.iter().filter(|call| call.program == "systemctl") {
            let words: Vec<&str> = call.args.iter().map(String::as_str).collect();
            let wish = match words[..] {
                ["enable" | "unmask", unit] => UnitWish::enabled(unit, ""),
                ["disable", unit] => UnitWish::stopped(unit, ""),
                ["start" | "stop", unit] => {
                    self.units.insert(unit.to_owned());
                    continue;
                }
                _ => continue,
            };
            for step in at_boot(self.host, &wish).steps() {
                if let Change::File(file) = &step.change {
                    self.file(file);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ObserveOptions, observe};
    use crate::resource::{KernelModules, Managed, SwapOff, SysctlWish, Sysctls};
    use crate::test_util::FakeHost;
    use crate::{ApplyOptions, Desired, NoProgress, apply, verify};

    const FILES: &[(&str, &str)] = &[
        ("etc/fstab", "/dev/sda2 none swap sw 0 0\n"),
        ("lib/modules/6.1.0/modules.dep", "kernel/net/bridge/br_netfilter.ko:\n"),
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/modules", "overlay 16384 0 - Live 0x0\n"),
        ("proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1048572 0 -2\n"),
        ("proc/meminfo", "MemAvailable: 9999999 kB\n"),
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
    ];

    fn wanted() -> Desired {
        let forward = SysctlWish::exactly("net.ipv4.ip_forward".parse().unwrap(), "1".parse().unwrap());
        Desired::new()
            .with(KernelModules::new(["br_netfilter".parse().unwrap()]))
            .with(Sysctls::new([forward]))
            .with(SwapOff::new())
            .with(Managed::file("crictl", "/etc/crictl.yaml", "timeout: 2\n"))
    }

    /// What is foreseen is what comes: the facts of a host as planned are those after the plan.
    #[test]
    fn a_host_as_planned_is_the_host_that_comes() {
        let fake = FakeHost::new(FILES);
        let (host, desired) = (fake.running(), wanted());
        let plan = verify(&host, &desired);
        let ahead = as_planned(&host, &plan).unwrap();
        let facts = |host: &Host| serde_json::to_value(observe(host, &ObserveOptions::default())).unwrap();
        let (before, foreseen) = (facts(&host), facts(&ahead.host));
        assert_eq!(facts(&host), before, "it is only looked at");
        assert!(verify(&ahead.host, &Desired::new()).is_done());
        drop(apply(&host, &desired, &plan, &ApplyOptions::default(), &mut NoProgress).unwrap());
        let after = facts(&host);
        for part in ["swap", "crio"] {
            assert_eq!(foreseen[part], after[part], "{part}");
        }
        for (part, key) in [("sysctls", "net.ipv4.ip_forward"), ("modules", "br_netfilter")] {
            assert_eq!(foreseen[part][key], after[part][key], "{key}");
            assert_ne!(foreseen[part][key], before[part][key], "{key}");
        }
    }

    #[test]
    fn a_host_as_planned_refuses_to_be_changed() {
        let fake = FakeHost::new(FILES);
        let (host, desired) = (fake.running(), wanted());
        let ahead = as_planned(&host, &verify(&host, &desired)).unwrap().host;
        let more = Desired::new().with(Managed::file("crictl", "/etc/other", "x"));
        let plan = verify(&host, &more);
        let before = fake.files();
        assert!(apply(&ahead, &more, &plan, &ApplyOptions::default(), &mut NoProgress).is_err());
        assert_eq!(fake.files(), before);
    }
}
