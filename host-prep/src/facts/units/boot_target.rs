//! The target that the next boot ends at, and the targets that it pulls in.
//!
//! bootup(7): systemd starts `default.target`, or what `systemd.unit=` of the kernel's command line
//! names, and what that wants.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{UNIT_DIRS, Units};
use crate::facts::kernel::Kernel;
use crate::facts::source::Source;
use crate::text::{Dialect, Document};

/// The target of the next boot.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BootTarget {
    /// Its name, `graphical.target`.
    pub name: String,
    /// What names it: a link of systemd's, or a file with an argument of the kernel.
    pub by: PathBuf,
    /// It, the targets that it pulls in, and what each of these does.
    #[serde(skip)]
    pub(super) reached: BTreeSet<String>,
}

const DEFAULT: &str = "default.target";
/// What pulls in another unit (systemd.unit(5)).
const PULLS: [&str; 4] = ["Wants", "Requires", "BindsTo", "Upholds"];
/// Targets of which it is certain that nothing but another target, a person or an event pulls them in
/// (systemd.special(7)).
const ENDS: [&str; 25] = [
    "ctrl-alt-del.target",
    "emergency.target",
    "exit.target",
    "final.target",
    "graphical.target",
    "halt.target",
    "hibernate.target",
    "hybrid-sleep.target",
    "kexec.target",
    "multi-user.target",
    "poweroff.target",
    "reboot.target",
    "rescue.target",
    "runlevel0.target",
    "runlevel1.target",
    "runlevel2.target",
    "runlevel3.target",
    "runlevel4.target",
    "runlevel5.target",
    "runlevel6.target",
    "shutdown.target",
    "sleep.target",
    "suspend-then-hibernate.target",
    "suspend.target",
    "system-update.target",
];

impl BootTarget {
    /// `None` where the files do not tell it: a tree that is no whole one.
    pub(super) fn observe(source: &Source<'_>, units: &Units, kernel: Option<&Kernel>) -> Option<Self> {
        let words = kernel.map(Kernel::words_at_boot).unwrap_or_default();
        let word = words.into_iter().find(|word| word.parts().0 == "systemd.unit");
        let (name, by) = match word.as_ref().and_then(|word| word.parts().1) {
            Some(name) => {
                (name.to_owned(), word.as_ref().map(|word| word.at.file.clone()).unwrap_or_default())
            }
            None => {
                let path = units.find(DEFAULT)?;
                (target_of(source, path).unwrap_or_else(|| DEFAULT.to_owned()), path.to_owned())
            }
        };
        // A link that leads nowhere says nothing of what it would pull in.
        units.find(&name)?;
        let mut target = Self { name: name.clone(), by, reached: BTreeSet::new() };
        // Where another is named nothing starts the default.
        let mut next = vec![name];
        next.extend(word.is_none().then(|| DEFAULT.to_owned()));
        while let Some(name) = next.pop() {
            // What a service pulls in is not followed.
            if target.reached.insert(name.clone()) && name.ends_with(".target") {
                next.extend(pulled_in(source, units, &name));
            }
        }
        Some(target)
    }

    /// Whether the boot pulls it in.
    pub(super) fn pulls_in(&self, name: &str) -> bool {
        self.reached.contains(name)
    }

    /// Whether a unit starts that `wanted_by` wants. What is no target, or one of which it is not certain, may
    /// be started by anything.
    pub(super) fn starts(&self, wanted_by: &str, units: &Units) -> bool {
        let is_target = wanted_by.ends_with(".target");
        let is_certain = ENDS.contains(&wanted_by) || units.find(wanted_by).is_none();
        !is_target || !is_certain || self.reached.contains(wanted_by)
    }
}

/// What a target pulls in: by its directories, its lines and those of its drop-ins, and the one
/// that it is another name of.
fn pulled_in(source: &Source<'_>, units: &Units, name: &str) -> Vec<String> {
    let mut found = units.wanted_by(name);
    if let Some(path) = units.find(name) {
        found.extend(target_of(source, path));
        let dirs: Vec<String> = UNIT_DIRS.iter().map(|dir| format!("{dir}/{name}.d")).collect();
        let drop_ins = source.conf_files(&dirs, ".conf").map(|files| files.into_iter().map(|file| file.path));
        let drop_ins: Vec<_> = drop_ins.map(Iterator::collect).or_default();
        for path in std::iter::once(path.to_owned()).chain(drop_ins) {
            let bytes = source.bytes(&path).or_default().unwrap_or_default();
            let document = Document::parse(&bytes, Dialect::Systemd);
            let lines = document.entries().filter(|entry| PULLS.contains(&entry.key.as_str()));
            found.extend(lines.flat_map(|entry| {
                entry.value.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>()
            }));
        }
    }
    found
}

/// The name of the unit that a link leads to.
fn target_of(source: &Source<'_>, path: &Path) -> Option<String> {
    let target = source.link_target(path).known().cloned().flatten()?;
    Some(target.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Host;
    use crate::facts::{ObserveOptions, Unit, observe};
    use crate::fs::{Mode, Root, set};

    fn enabled(default: Option<&str>, wanted_by: &str, more: &[(&str, &str)]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        const UNITS: [(&str, &str); 5] = [
            ("crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
            ("graphical.target", "[Unit]\nRequires=multi-user.target\n"),
            ("multi-user.target", "[Unit]\nRequires=basic.target\n"),
            ("rescue.target", "[Unit]\nRequires=sysinit.target rescue.service\n"),
            ("own.target", "[Unit]\n"),
        ];
        let units = UNITS.map(|(name, text)| (format!("usr/lib/systemd/system/{name}"), text));
        let more = more.iter().map(|(path, text)| ((*path).to_owned(), *text));
        for (path, text) in units.into_iter().chain(more) {
            set(&root, &Path::new("/").join(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        let link = |at: &str, to: &str| {
            let at = dir.path().join("etc/systemd/system").join(at);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(to, at).unwrap();
        };
        if let Some(target) = default {
            link("default.target", &format!("/usr/lib/systemd/system/{target}"));
        }
        link(&format!("{wanted_by}.wants/crio.service"), "/usr/lib/systemd/system/crio.service");
        let host = Host::offline(root);
        let facts = observe(&host, &ObserveOptions::default());
        let unit = facts.crio.unit.unwrap();
        assert_eq!(unit.wanted_by, [wanted_by]);
        let service = facts.services.iter().find(|one| one.name == "crio.service").unwrap();
        assert_eq!(service.enabled, unit.enabled);
        assert!(Unit::of(&host, "crio.service").is_some());
        unit.enabled
    }

    #[test]
    fn a_unit_starts_where_the_target_of_the_boot_pulls_in_what_wants_it() {
        for (default, wanted_by, is) in [
            (Some("multi-user.target"), "multi-user.target", true),
            (Some("graphical.target"), "multi-user.target", true),
            (Some("rescue.target"), "multi-user.target", false),
            (Some("multi-user.target"), "graphical.target", false),
            (Some("multi-user.target"), "multiuser.target", false),
            (Some("rescue.target"), "default.target", true),
            // What is not certain is as systemctl says it.
            (None, "multi-user.target", true),
            (Some("gone.target"), "multi-user.target", true),
            (Some("multi-user.target"), "own.target", true),
            (Some("rescue.target"), "other.service", true),
        ] {
            assert_eq!(enabled(default, wanted_by, &[]), is, "{default:?} {wanted_by}");
        }
        let drop_in = ("etc/systemd/system/rescue.target.d/x.conf", "[Unit]\nWants=multi-user.target\n");
        assert!(enabled(Some("rescue.target"), "multi-user.target", &[drop_in]));
        let by_name = ("etc/systemd/system/rescue.target.d/x.conf", "[Unit]\nWants=crio.service\n");
        assert!(enabled(Some("rescue.target"), "multi-user.target", &[by_name]));
        let word = ("etc/kernel/cmdline", "ro systemd.unit=rescue.target\n");
        assert!(!enabled(Some("multi-user.target"), "multi-user.target", &[word]));
    }
}
