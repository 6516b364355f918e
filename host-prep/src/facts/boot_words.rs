//! What a boot loader gives the kernel at the next boot, where its files say so.
//!
//! grub-mkconfig, grubby, kernel-install(8), the Boot Loader Specification; Raspberry Pi's
//! `cmdline.txt`. What one of these files says is in force at the next boot, or from the next time
//! on that the boot loader's own configuration is made of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::source::{Fact, Origin, Source};
use crate::text::{Dialect, Document};

/// Arguments about security modules, control groups, modules and swap (kernel-parameters.txt,
/// kernel-command-line(7), modprobe(8)).
const ARGUMENTS: &[&str] = &[
    "apparmor",
    "cgroup_disable",
    "cgroup_enable",
    "cgroup_no_v1",
    "enforcing",
    "lsm",
    "modprobe.blacklist",
    "module_blacklist",
    "noresume",
    "resume",
    "security",
    "selinux",
    "systemd.legacy_systemd_cgroup_controller",
    "systemd.swap",
    "systemd.unified_cgroup_hierarchy",
    "systemd.unit",
    "systemd.zram",
    "zswap.enabled",
];

/// A word of the kernel's command line, and the line that has it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BootWord {
    /// The word.
    pub word: String,
    /// The line; of the running kernel `/proc/cmdline`.
    pub at: Origin,
}

const GRUB: &str = "/etc/default/grub";
/// Read after it, by name (Debian's and Ubuntu's grub-mkconfig).
const GRUB_DROP_INS: &str = "/etc/default/grub.d";
/// The second after the first (`10_linux` of GRUB).
const GRUB_VARIABLES: [&str; 2] = ["GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"];
/// Where the entries of the Boot Loader Specification are.
const ENTRIES: [&str; 3] = ["/boot/loader/entries", "/boot/efi/loader/entries", "/efi/loader/entries"];
/// `kernelopts`, which entries of EL 8 name.
const GRUB_ENVIRONMENT: &str = "/boot/grub2/grubenv";
/// All of a command line: of the kernel that is installed next, and of a Raspberry Pi.
const WHOLE: [&str; 3] = ["/etc/kernel/cmdline", "/boot/firmware/cmdline.txt", "/boot/cmdline.txt"];

impl BootWord {
    /// Its name, and its value where it has one.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<&str>) {
        self.word.split_once('=').map_or((self.word.as_str(), None), |(name, value)| (name, Some(value)))
    }
}

impl fmt::Display for BootWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.word, self.at)
    }
}

/// The words that decide something here, of each file those that count; `None` where no file of a
/// boot loader is there.
pub(super) fn observe(source: &Source<'_>) -> Fact<Option<Vec<BootWord>>> {
    let mut lists: Vec<Fact<Option<Vec<BootWord>>>> = vec![grub(source)];
    for dir in ENTRIES {
        match source.list(dir) {
            Fact::Known(names) => {
                // A rescue entry is booted by hand alone.
                let entries = names.iter().filter(|name| name.ends_with(".conf") && !name.contains("rescue"));
                lists.extend(entries.map(|name| options(source, &Path::new(dir).join(name), "options")));
            }
            Fact::Unknown { reason } => lists.push(Fact::unknown(reason)),
        }
    }
    lists.push(options(source, Path::new(GRUB_ENVIRONMENT), "kernelopts"));
    lists.extend(WHOLE.iter().map(|path| options(source, Path::new(path), "")));
    let mut found = None;
    for list in lists {
        match list {
            Fact::Known(words) => {
                if let Some(words) = words {
                    found.get_or_insert_with(Vec::new).extend(deciding(words));
                }
            }
            Fact::Unknown { reason } => return Fact::Unknown { reason },
        }
    }
    Fact::Known(found)
}

/// Of several words of one name the kernel takes the last one. libselinux, which sets the mode, takes
/// the first `enforcing=`, and modprobe all of its own.
pub(super) fn deciding(words: Vec<BootWord>) -> Vec<BootWord> {
    let mut kept: Vec<BootWord> = Vec::new();
    for word in words {
        let name = word.parts().0;
        let before = kept.iter().position(|one| one.parts().0 == name);
        match (name, before) {
            ("modprobe.blacklist", _) | (_, None) => kept.push(word),
            ("enforcing", Some(_)) => {}
            (_, Some(at)) => kept[at] = word,
        }
    }
    kept
}

/// The relevant words of a line.
pub(super) fn words(text: &str, file: &str, line: usize) -> Vec<BootWord> {
    let at = Origin { file: file.into(), line };
    let known = text.split_ascii_whitespace().filter(|word| is_relevant(word));
    known.map(|word| BootWord { word: word.to_owned(), at: at.clone() }).collect()
}

/// What GRUB's configuration is made of, assignments as the shell that reads it.
fn grub(source: &Source<'_>) -> Fact<Option<Vec<BootWord>>> {
    let drop_ins = match source.list(GRUB_DROP_INS) {
        Fact::Known(names) => names,
        Fact::Unknown { reason } => return Fact::Unknown { reason },
    };
    let drop_ins = drop_ins.iter().filter(|name| name.ends_with(".cfg"));
    let drop_ins = drop_ins.map(|name| format!("{GRUB_DROP_INS}/{name}"));
    let mut said: BTreeMap<&str, Vec<BootWord>> = BTreeMap::new();
    let mut is_there = false;
    for path in std::iter::once(GRUB.to_owned()).chain(drop_ins) {
        let bytes = match source.bytes(&path) {
            Fact::Known(Some(bytes)) => bytes,
            Fact::Known(None) => continue,
            Fact::Unknown { reason } => return Fact::Unknown { reason },
        };
        is_there = true;
        let document = Document::parse(&bytes, Dialect::EnvFile);
        for entry in document.entries() {
            let (key, adds) = entry.key.strip_suffix('+').map_or((&*entry.key, false), |key| (key, true));
            let Some(variable) = GRUB_VARIABLES.into_iter().find(|name| *name == key) else { continue };
            let list = said.entry(variable).or_default();
            let keeps = [format!("${variable} "), format!("${{{variable}}}")];
            if !adds && !keeps.iter().any(|own| format!("{} ", entry.value).contains(own)) {
                list.clear();
            }
            list.extend(words(&entry.value, &path, document.line_number(entry.id)));
        }
    }
    Fact::Known(
        is_there.then(|| GRUB_VARIABLES.iter().filter_map(|name| said.remove(name)).flatten().collect()),
    )
}

/// The lines of a file that begin with `key`; without one all lines.
fn options(source: &Source<'_>, path: &Path, key: &str) -> Fact<Option<Vec<BootWord>>> {
    source.text(path).map(|text| {
        let file = path.to_string_lossy();
        let of_line = |(at, line): (usize, &str)| {
            let rest = line.trim_start().strip_prefix(key)?;
            let rest = rest.strip_prefix([' ', '\t', '=']).or(key.is_empty().then_some(rest))?;
            (!rest.starts_with('#')).then(|| words(rest, &file, at + 1))
        };
        text.map(|text| text.lines().enumerate().filter_map(of_line).flatten().collect())
    })
}

/// Whether a word of a command line decides something here.
pub(super) fn is_relevant(word: &str) -> bool {
    ARGUMENTS.contains(&word.split('=').next().unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Host;
    use crate::fs::{Mode, Root, set};

    fn found(files: &[(&str, &str)]) -> Option<Vec<String>> {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        for (path, text) in files {
            set(&root, Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        let host = Host::offline(root);
        let found = observe(&Source::new(&host)).known().cloned().unwrap();
        found.map(|words| words.iter().map(BootWord::to_string).collect())
    }

    #[test]
    fn each_boot_loader_has_its_file() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("/etc/default/grub", "GRUB_TIMEOUT=5\n")]), Some(vec![]));
        for (file, text, shown) in [
            (
                "/etc/default/grub",
                "A=1\nGRUB_CMDLINE_LINUX=\"quiet selinux=0\"\n",
                "selinux=0 (/etc/default/grub:2)",
            ),
            ("/etc/kernel/cmdline", "root=/dev/sda1 ro enforcing=0\n", "enforcing=0 (/etc/kernel/cmdline:1)"),
            (
                "/boot/loader/entries/x-6.1.conf",
                "title x\noptions root=/dev/sda1 enforcing=0 password=x\n",
                "enforcing=0 (/boot/loader/entries/x-6.1.conf:2)",
            ),
            (
                "/boot/grub2/grubenv",
                "# GRUB Environment Block\nkernelopts=root=/dev/sda1 selinux=0\n",
                "selinux=0 (/boot/grub2/grubenv:2)",
            ),
            ("/boot/firmware/cmdline.txt", "selinux=0\n", "selinux=0 (/boot/firmware/cmdline.txt:1)"),
        ] {
            assert_eq!(found(&[(file, text)]), Some(vec![shown.to_owned()]), "{file}");
        }
        let rescue = [("/boot/loader/entries/x-0-rescue.conf", "options enforcing=0\n")];
        assert_eq!(found(&rescue), None);
    }

    #[test]
    fn grubs_variables_are_set_again_and_added_to() {
        let of = |drop_in: &str| {
            let first = "GRUB_CMDLINE_LINUX=\"selinux=0\"\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n";
            found(&[("/etc/default/grub", first), ("/etc/default/grub.d/50.cfg", drop_in)])
                .unwrap()
                .join(", ")
        };
        assert_eq!(of("GRUB_CMDLINE_LINUX=quiet\n"), "");
        let both = "selinux=0 (/etc/default/grub:1), enforcing=0 (/etc/default/grub.d/50.cfg:1)";
        assert_eq!(of("GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX enforcing=0\"\n"), both);
        assert_eq!(of("GRUB_CMDLINE_LINUX+=\" enforcing=0\"\n"), both);
        assert_eq!(of("GRUB_CMDLINE_LINUX_DEFAULT=selinux=1\n"), "selinux=1 (/etc/default/grub.d/50.cfg:1)");
    }
}
