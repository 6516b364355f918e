//! Which interfaces NetworkManager leaves alone, by all of its files together: a later one may take
//! away what ours says.
//!
//! Files in the order they are read -> the entries of `unmanaged-devices` with the line each comes
//! from, and the lines that took entries away (NetworkManager.conf(5)). Pure.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use host_prep::facts::{Fact, FileText};
use host_prep::text::{Dialect, Document};

use super::fault::Finding;
use super::table::POD_INTERFACES;

const DIR: &str = "/etc/NetworkManager/conf.d";
const NAME: &str = "k8sprep-pods.conf";
/// Read last, and written by NetworkManager itself.
const INTERN: &str = "/var/lib/NetworkManager/NetworkManager-intern.conf";
/// Of all files the one that `[.config]` cannot switch off.
const MAIN: &str = "/etc/NetworkManager/NetworkManager.conf";
const KEY: &str = "unmanaged-devices";

/// A line of one of the files.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) path: PathBuf,
    pub(crate) line: usize,
    /// The line itself.
    pub(crate) text: String,
}

/// The devices that NetworkManager leaves alone.
#[derive(Debug, Default)]
pub(crate) struct Unmanaged {
    entries: Vec<(String, Said)>,
    /// Entries that were there once, with what took them away.
    taken: Vec<(String, Said)>,
}

/// What has NetworkManager leave the interfaces of pods alone: its file, and the text of it.
pub(crate) fn file() -> (String, String) {
    let interfaces: Vec<String> =
        POD_INTERFACES.iter().map(|name| format!("interface-name:{name}")).collect();
    // `+=` adds to what other files say (NetworkManager.conf(5)); a plain `=` would take their
    // word away.
    let text = format!("# Written by k8sprep.\n[keyfile]\n{KEY}+={}\n", interfaces.join(";"));
    (format!("{DIR}/{NAME}"), text)
}

/// What takes interfaces of pods out of the list again, after our own file.
pub(super) fn overridden(files: &Fact<Vec<FileText>>) -> Vec<Finding> {
    let Some(files) = files.known() else { return Vec::new() };
    let (ours, text) = file();
    let ours = Path::new(&ours);
    // Ours hides those of its name elsewhere.
    let others = files.iter().filter(|file| file.path.file_name() != ours.file_name());
    let mut all: Vec<(&Path, Cow<'_, str>)> = others.map(|file| (&*file.path, file.text())).collect();
    let is_later = |path: &Path| path == Path::new(INTERN) || (path.parent() == ours.parent() && path > ours);
    let at = all.iter().position(|(path, _)| is_later(path)).unwrap_or(all.len());
    all.insert(at, (ours, text.into()));
    let unmanaged = Unmanaged::of(all.iter().map(|(path, text)| (*path, &**text)));
    let mut lost: Vec<(&Said, Vec<&str>)> = Vec::new();
    for name in POD_INTERFACES {
        let Some(said) = unmanaged.managed_by(name) else { continue };
        match lost.iter_mut().find(|(known, _)| (&known.path, known.line) == (&said.path, said.line)) {
            Some((_, names)) => names.push(name),
            None => lost.push((said, vec![name])),
        }
    }
    let told = |(said, names): (&Said, Vec<&str>)| {
        let what = format!(
            "{}:{}: `{}` is read after {}, and NetworkManager takes {} for its own",
            said.path.display(),
            said.line,
            said.text,
            ours.display(),
            names.join(", "),
        );
        let hint = format!("take that line out, or let it add to what other files say: `{KEY}+=`");
        Finding::fault("networkmanager-manages-pod-interfaces", "network-manager", what, hint)
    };
    lost.into_iter().map(told).collect()
}

impl Unmanaged {
    /// By files in the order they are read.
    pub(crate) fn of<'f>(files: impl IntoIterator<Item = (&'f Path, &'f str)>) -> Self {
        let mut unmanaged = Self::default();
        for (path, text) in files {
            let document = Document::parse(text.as_bytes(), Dialect::Systemd);
            if path != Path::new(MAIN) && is_switched_off(&document) {
                continue;
            }
            // Of one key that stands twice in one file the last counts.
            let mut said: Vec<(String, String, Said)> = Vec::new();
            let of_section = document.entries().filter(|entry| entry.section.as_deref() == Some("keyfile"));
            for entry in of_section {
                let line = document.line_number(entry.id);
                let text = format!("{}={}", entry.key, entry.value);
                let place = Said { path: path.to_owned(), line, text };
                match said.iter_mut().find(|(key, ..)| *key == entry.key) {
                    Some(known) => (known.1, known.2) = (entry.value, place),
                    None => said.push((entry.key, entry.value, place)),
                }
            }
            for (key, value, place) in said {
                unmanaged.read(&key, &value, &place);
            }
        }
        unmanaged
    }

    fn read(&mut self, key: &str, value: &str, place: &Said) {
        let Some(how) = key.trim_end().strip_prefix(KEY) else { return };
        let values: Vec<&str> =
            value.split([';', ',']).map(str::trim).filter(|value| !value.is_empty()).collect();
        match how {
            "" => {
                let old = std::mem::take(&mut self.entries);
                self.taken.extend(old.into_iter().map(|(entry, _)| (entry, place.clone())));
            }
            "-" => {
                let goes = |(entry, _): &(String, Said)| values.contains(&entry.as_str());
                let (gone, left) = std::mem::take(&mut self.entries).into_iter().partition(goes);
                let gone: Vec<(String, Said)> = gone;
                self.entries = left;
                self.taken.extend(gone.into_iter().map(|(entry, _)| (entry, place.clone())));
                return;
            }
            "+" => {}
            _ => return,
        }
        self.entries.extend(values.into_iter().map(|value| (value.to_owned(), place.clone())));
    }

    /// Whether interfaces whose names have this pattern are left alone.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.excepted(name).is_none() && self.entries.iter().any(|(entry, _)| covers(entry, name))
    }

    /// The line by which NetworkManager has interfaces of this name for its own, where one took them
    /// away.
    pub(crate) fn managed_by(&self, name: &str) -> Option<&Said> {
        if self.has(name) {
            return None;
        }
        let taken = || self.taken.iter().rev().find(|(entry, _)| covers(entry, name)).map(|(_, said)| said);
        self.excepted(name).or_else(taken)
    }

    /// `except:` wins over whatever else matches, and one that meets a part of the name does so there.
    fn excepted(&self, name: &str) -> Option<&Said> {
        let meets = |entry: &str| {
            let except = entry.strip_prefix("except:")?;
            let other = pattern(except)?;
            let start = |text: &str| text.trim_end_matches('*').to_owned();
            let narrower = name.ends_with('*') && start(other).starts_with(&start(name));
            (narrower || covers(except, name)).then_some(())
        };
        self.entries.iter().find(|(entry, _)| meets(entry).is_some()).map(|(_, said)| said)
    }
}

/// The names that an entry is about: `interface-name:` with or without a glob, or the bare name.
fn pattern(entry: &str) -> Option<&str> {
    match entry.split_once(':') {
        Some(("interface-name", name)) => Some(name.strip_prefix('=').unwrap_or(name)),
        Some(_) => None,
        None => Some(entry),
    }
}

/// Whether an entry has every interface of this name.
fn covers(entry: &str, name: &str) -> bool {
    // Calico's and most plugins' are veth pairs.
    if ["driver:veth", "type:veth"].contains(&entry) {
        return ["cali*", "veth*"].contains(&name);
    }
    let Some(pattern) = pattern(entry) else { return false };
    match pattern.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => pattern == name,
    }
}

/// A file may say itself when it counts (`[.config]`, `enable`): by the version and the environment, of
/// which nothing is known here, or never.
fn is_switched_off(document: &Document) -> bool {
    let mut enable =
        document.entries().filter(|one| one.section.as_deref() == Some(".config") && one.key == "enable");
    let last = enable.by_ref().last();
    last.is_some_and(|one| {
        let specs: Vec<&str> = one.value.split([';', ',']).map(str::trim).collect();
        specs.contains(&"except:*") || !specs.iter().any(|spec| *spec == "*" || spec.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmanaged(files: &[(&str, &str)]) -> Unmanaged {
        Unmanaged::of(files.iter().map(|(path, text)| (Path::new(*path), *text)))
    }

    #[test]
    fn the_files_are_one_list_in_the_order_they_are_read() {
        let of = |lines: &[&str]| {
            let files: Vec<(String, String)> = lines
                .iter()
                .enumerate()
                .map(|(at, line)| (format!("/etc/NetworkManager/conf.d/{at}.conf"), (*line).to_owned()))
                .collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
            let found = unmanaged(&files);
            (found.has("cali*"), found.managed_by("cali*").map(|said| said.path.display().to_string()))
        };
        let ours = "[keyfile]\nunmanaged-devices+=interface-name:cali*\n";
        let by = |name: &str| (false, Some(format!("/etc/NetworkManager/conf.d/{name}")));
        assert_eq!(of(&[ours]), (true, None));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices=mac:00:11:22:33:44:55\n"]), by("1.conf"));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices=\n"]), by("1.conf"));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices-=interface-name:cali*\n"]), by("1.conf"));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices+=except:interface-name:cali1*\n"]), by("1.conf"));
        // Another section, another device, a list that has it all the same, a file that is off.
        assert_eq!(of(&[ours, "[main]\nunmanaged-devices=\n"]), (true, None));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices-=interface-name:eth0\n"]), (true, None));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices=*,except:interface-name:eth0\n"]), (true, None));
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices=driver:veth\n"]), (true, None));
        assert_eq!(of(&[ours, "[.config]\nenable=false\n[keyfile]\nunmanaged-devices=\n"]), (true, None));
        // Taken away and given back.
        assert_eq!(of(&[ours, "[keyfile]\nunmanaged-devices=\n", ours]), (true, None));
        // Nobody took it: it was never there.
        assert_eq!(of(&["[keyfile]\nunmanaged-devices=interface-name:eth0\n"]), (false, None));
    }
}
