//! What cures ask of a host, and how that becomes host-prep's resources: one of each kind, with what
//! an earlier run has written into the same files.
//!
//! Several cures write into one file of ours, and a resource compares that file as a whole. So
//! wishes are sorted by file first and what an earlier run wrote there is read back: a second
//! treatment does not take away what the first one did.

use std::collections::BTreeMap;

use crio_config::Value;
use host_prep::facts::{ModuleName, SysctlKey};
use host_prep::resource::{
    CniLeftovers, KernelModules, KubeletArg, KubeletArgs, Managed, SelinuxEnforcing, SwapOff, SysctlWish,
    Sysctls,
};
use host_prep::service::{UnitWish, Units};
use host_prep::text::{Dialect, Document};
use host_prep::{Desired, Need, Risk};

use crate::doctor::inspection::Inspection;
use crate::recipe;

/// hosts(5).
const HOSTS: &str = "/etc/hosts";
const CRIO: &str = "crio.service";

/// What CRI-O has to do about a setting.
///
/// SIGHUP is enough for some settings (`Reload`); the rest are read at start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum After {
    Reload,
    Restart,
}

/// What a cure asks of a host.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    Module(&'static str),
    Sysctl(SysctlWish, SysctlKey),
    NoSwap,
    Enforcing,
    Unit(UnitWish),
    UnitLine {
        unit: &'static str,
        section: &'static str,
        key: &'static str,
        value: &'static str,
    },
    Crio {
        key: &'static str,
        value: Value,
        after: After,
    },
    KubeletWith(KubeletArg),
    KubeletWithout(&'static str),
    NoCniLeftovers,
    HostsLine(String),
    File {
        kind: &'static str,
        path: String,
        text: String,
        needs: Vec<Need>,
    },
    /// For root alone, as kubeadm writes manifests.
    PrivateFile {
        kind: &'static str,
        path: String,
        text: String,
    },
}

impl Wish {
    /// Whether CRI-O has to be restarted for it. Its containers go on, and what is being made, pulled
    /// or attached to does not.
    pub(super) fn restarts_the_runtime(&self) -> bool {
        matches!(self, Self::Crio { after: After::Restart, .. } | Self::UnitLine { unit: CRIO, .. })
    }
}

/// This value and no other; `None` for what is no parameter, which the tables have none of.
pub(super) fn exactly(key: &str, value: &str) -> Option<Wish> {
    let key: SysctlKey = key.parse().ok()?;
    Some(Wish::Sysctl(SysctlWish::exactly(key.clone(), value.parse().ok()?), key))
}

/// This number or more.
pub(super) fn or_more(key: &str, number: u64) -> Option<Wish> {
    let key: SysctlKey = key.parse().ok()?;
    Some(Wish::Sysctl(SysctlWish::at_least(key.clone(), number), key))
}

/// What host-prep makes true for these wishes.
pub(super) fn desired(seen: &Inspection<'_>, wishes: Vec<Wish>) -> Desired {
    let mut all = Sorted::default();
    wishes.into_iter().for_each(|wish| all.take(wish));
    all.desired(seen)
}

/// Wishes by kind: files that several of them are written into are written once.
#[derive(Default)]
struct Sorted {
    modules: Vec<&'static str>,
    sysctls: Vec<(SysctlWish, SysctlKey)>,
    no_swap: bool,
    enforcing: bool,
    units: Vec<UnitWish>,
    unit_lines: BTreeMap<&'static str, Vec<(&'static str, &'static str, &'static str)>>,
    crio: Vec<(&'static str, Value, After)>,
    with: Vec<KubeletArg>,
    without: Vec<&'static str>,
    no_leftovers: bool,
    hosts: Vec<String>,
    files: BTreeMap<String, (&'static str, String, Vec<Need>)>,
    private_files: BTreeMap<String, (&'static str, String)>,
}

impl Sorted {
    /// Adds a wish; the first for one module or parameter stays.
    fn take(&mut self, wish: Wish) {
        match wish {
            Wish::Module(name) if !self.modules.contains(&name) => self.modules.push(name),
            Wish::Sysctl(wish, key) if !self.sysctls.iter().any(|(_, known)| *known == key) => {
                self.sysctls.push((wish, key));
            }
            Wish::Module(_) | Wish::Sysctl(..) => {}
            Wish::NoSwap => self.no_swap = true,
            Wish::Enforcing => self.enforcing = true,
            Wish::Unit(unit) => self.unit(unit),
            Wish::UnitLine { unit, section, key, value } => {
                self.unit_lines.entry(unit).or_default().push((section, key, value));
            }
            Wish::Crio { key, value, after } => self.crio.push((key, value, after)),
            Wish::KubeletWith(arg) => self.with.push(arg),
            Wish::KubeletWithout(flag) => self.without.push(flag),
            Wish::NoCniLeftovers => self.no_leftovers = true,
            Wish::HostsLine(line) if self.hosts.contains(&line) => {}
            Wish::HostsLine(line) => self.hosts.push(line),
            Wish::File { kind, path, text, needs } => {
                self.files.insert(path, (kind, text, needs));
            }
            Wish::PrivateFile { kind, path, text } => {
                self.private_files.insert(path, (kind, text));
            }
        }
    }

    /// The stronger of two wishes for one unit: that it runs.
    fn unit(&mut self, unit: UnitWish) {
        match self.units.iter_mut().find(|known| known.name == unit.name) {
            Some(known) if known.now == host_prep::service::Now::Any => *known = unit,
            Some(_) => {}
            None => self.units.push(unit),
        }
    }

    /// One resource of each kind.
    fn desired(self, seen: &Inspection<'_>) -> Desired {
        let mut desired = Desired::new();
        if !self.modules.is_empty() {
            desired.add(KernelModules::new(self.all_modules(seen)));
        }
        if !self.sysctls.is_empty() {
            desired.add(Sysctls::new(self.all_sysctls(seen)));
        }
        if self.no_swap {
            desired.add(SwapOff::new());
        }
        if self.enforcing {
            desired.add(SelinuxEnforcing::new());
        }
        if self.no_leftovers {
            desired.add(CniLeftovers::none());
        }
        self.add_crio(seen, &mut desired);
        self.add_kubelet(seen, &mut desired);
        for (unit, lines) in &self.unit_lines {
            desired.add(drop_in(seen, unit, lines));
        }
        if !self.hosts.is_empty() {
            desired.add(hosts(seen, &self.hosts));
        }
        for (path, (kind, text, needs)) in &self.files {
            let file = Managed::file(kind, path, text.clone()).because(REASON);
            desired.add(file.needing(needs.iter().cloned()));
        }
        for (path, (kind, text)) in &self.private_files {
            desired.add(Managed::file(kind, path, text.clone()).private().because(REASON));
        }
        if !self.units.is_empty() {
            desired.add(Units::new(self.units));
        }
        desired
    }

    /// Those of our file stay in it.
    fn all_modules(&self, seen: &Inspection<'_>) -> Vec<ModuleName> {
        let own = own_file(seen, &format!("/etc/modules-load.d/{}.conf", seen.host().owner()));
        let old = own.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
        let mut all: Vec<ModuleName> = Vec::new();
        for name in old.chain(self.modules.iter().copied()).filter_map(|name| name.parse().ok()) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    }

    /// Those of our file stay in it, with what they say there.
    fn all_sysctls(&self, seen: &Inspection<'_>) -> Vec<SysctlWish> {
        let own = own_file(seen, &Sysctls::file(seen.host().owner()).to_string_lossy());
        let document = Document::parse(own.as_bytes(), Dialect::SysctlD);
        let mut all: Vec<SysctlWish> = self.sysctls.iter().map(|(wish, _)| wish.clone()).collect();
        for entry in document.entries() {
            let Ok(key) = entry.key.parse::<SysctlKey>() else { continue };
            if self.sysctls.iter().any(|(_, known)| *known == key) {
                continue;
            }
            let more = recipe::at_least(&entry.key).and_then(|_| entry.value.trim().parse().ok());
            all.extend(match more {
                Some(number) => Some(SysctlWish::at_least(key, number)),
                None => entry.value.parse().ok().map(|value| SysctlWish::exactly(key, value).if_there()),
            });
        }
        all
    }

    /// A restart where any of the settings needs one.
    fn add_crio(&self, seen: &Inspection<'_>, desired: &mut Desired) {
        let settings: Vec<_> = self.crio.iter().map(|(key, value, _)| (*key, value.clone())).collect();
        if settings.is_empty() {
            return;
        }
        let Some((path, text)) = recipe::drop_in_with(&seen.facts().crio, seen.crio_release(), &settings)
        else {
            return;
        };
        let restarts = self.crio.iter().any(|(_, _, after)| *after == After::Restart);
        let need = if restarts { recipe::restart(CRIO) } else { recipe::reload(CRIO) };
        let file = Managed::file("crio", path, text).because(REASON).risking(Risk::Medium);
        desired.add(file.needing([need]));
    }

    /// The extra arguments in the file that the unit reads, else in that of the distribution.
    fn add_kubelet(&self, seen: &Inspection<'_>, desired: &mut Desired) {
        if self.with.is_empty() && self.without.is_empty() {
            return;
        }
        let distro = seen.facts().distro.known().and_then(Option::as_ref);
        let fallback = distro.map_or("/etc/sysconfig/kubelet", |distro| distro.kubelet_env_file());
        let args = self.with.iter().cloned().fold(KubeletArgs::new(fallback), KubeletArgs::with);
        let why = |flag: &str| format!("--{flag} is not to be there");
        desired.add(self.without.iter().fold(args, |args, flag| args.without(*flag, why(flag))));
    }
}

/// Shown with each step.
const REASON: &str = "doctor found what it cures";

/// A file that is ours; empty where there is none, or it cannot be read.
fn own_file(seen: &Inspection<'_>, path: &str) -> String {
    let file = seen.files().file(path).ok().flatten();
    file.map(|file| file.text().into_owned()).unwrap_or_default()
}

/// Sorts after other drop-ins, whose last line counts; what it says already stays.
fn drop_in(seen: &Inspection<'_>, unit: &str, lines: &[(&str, &str, &str)]) -> Managed {
    let path = format!("/etc/systemd/system/{unit}.d/99-zz-{}.conf", seen.host().owner());
    let old = own_file(seen, &path);
    let document = Document::parse(old.as_bytes(), Dialect::Systemd);
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for entry in document.entries() {
        let section = entry.section.as_deref().unwrap_or_default().to_owned();
        sections.entry(section).or_default().insert(entry.key, entry.value);
    }
    for (section, key, value) in lines {
        sections.entry((*section).to_owned()).or_default().insert((*key).to_owned(), (*value).to_owned());
    }
    let mut text = format!("# Written by {}.\n", seen.host().owner());
    for (section, lines) in sections {
        text.push_str(&format!("[{section}]\n"));
        lines.iter().for_each(|(key, value)| text.push_str(&format!("{key}={value}\n")));
    }
    let file = Managed::file("service", path, text).because(REASON).risking(Risk::Medium);
    // What is only about the order at boot changes nothing that runs.
    let restart = lines.iter().any(|(section, ..)| *section == "Service").then(|| recipe::restart(unit));
    file.needing([Need::DaemonReload].into_iter().chain(restart))
}

/// The first line of a name counts, so that ours come first; the rest stays.
fn hosts(seen: &Inspection<'_>, lines: &[String]) -> Managed {
    let old = own_file(seen, HOSTS);
    let mut text = String::new();
    for line in lines.iter().filter(|line| !old.lines().any(|known| known == line.as_str())) {
        text.push_str(&format!("{line}\n"));
    }
    text.push_str(&old);
    Managed::file("hosts", HOSTS, text).because(REASON)
}
