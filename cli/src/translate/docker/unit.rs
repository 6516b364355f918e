//! Units of docker, cri-dockerd and containerd, their drop-ins, and the files of their environment.

use crio_config::Value;
use host_prep::text::{Dialect, Document, Entry};

use super::{Setting, flags};
use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::{Outcome, Place};
use crate::translate::tree::{Leaf, Plain};

/// Whose unit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::translate) enum Daemon {
    Docker,
    CriDockerd,
    Containerd,
}

/// A unit, and what it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::translate) struct UnitFile<'a> {
    pub(in crate::translate) name: &'a str,
    pub(in crate::translate) daemon: Daemon,
    pub(in crate::translate) dialect: Dialect,
    /// The files that were given beside it.
    pub(in crate::translate) given: &'a [&'a str],
}

/// Variables of the environment that hold flags of dockerd.
const OF_FLAGS: [&str; 7] = [
    "DOCKER_OPTS",
    "OPTIONS",
    "DOCKER_NETWORK_OPTIONS",
    "DOCKER_STORAGE_OPTIONS",
    "ADD_REGISTRY",
    "BLOCK_REGISTRY",
    "INSECURE_REGISTRY",
];
/// Variables that a Go program asks, whichever it is.
const OF_GO: [&str; 5] = ["http_proxy", "https_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"];
/// Lines that are of the daemon's own start.
const OF_START: [&str; 16] = [
    "Type",
    "Restart",
    "RestartSec",
    "TimeoutSec",
    "TimeoutStartSec",
    "TimeoutStopSec",
    "KillMode",
    "Delegate",
    "ExecReload",
    "ExecStop",
    "StartLimitBurst",
    "StartLimitInterval",
    "StartLimitIntervalSec",
    "NotifyAccess",
    "MountFlags",
    "WorkingDirectory",
];

impl UnitFile<'_> {
    /// Tells of what concerns the unit; gives what is a setting of docker.
    pub(in crate::translate) fn read(&self, draft: &mut Draft, bytes: &[u8]) -> Vec<Setting> {
        let document = Document::parse(bytes, self.dialect);
        let mut settings = Vec::new();
        for entry in document.entries() {
            let line = u32::try_from(document.line_number(entry.id)).unwrap_or(u32::MAX);
            let section = entry.section.clone();
            let leaf = Leaf {
                path: section.into_iter().chain([entry.key.clone()]).collect(),
                place: Place { line, column: 1 },
                value: Plain::Text(entry.value.clone()),
            };
            let told = self.line(draft, &entry, &leaf, &mut settings);
            draft.tell(self.name, &leaf, told);
        }
        settings
    }

    /// What becomes of a line. Flags of dockerd become settings, and are told of as those.
    fn line(&self, draft: &mut Draft, entry: &Entry, leaf: &Leaf, settings: &mut Vec<Setting>) -> Told {
        if self.dialect == Dialect::EnvFile {
            return one(self.variable(draft, (&entry.key, &entry.value), leaf, settings));
        }
        if entry.section.as_deref() != Some("Service") {
            return one(self.outside(&entry.key));
        }
        match entry.key.as_str() {
            "ExecStart" if entry.value.is_empty() => {
                one(Outcome::not_needed("it empties the list of commands"))
            }
            "ExecStart" => self.command(draft, leaf, &words(&entry.value), settings),
            "Environment" => self.environment(draft, &entry.value, leaf, settings),
            "EnvironmentFile" => one(match entry.value.trim_start_matches('-') {
                file if self.given.contains(&file) => Outcome::not_needed("it is among the files here"),
                file => Outcome::by_hand(format!(
                    "give {file} too, where it is there: what it holds is read as the unit does"
                )),
            }),
            key if self.is_whole() || OF_START.contains(&key) => {
                one(Outcome::not_needed("of the daemon's own start; crio.service has its own"))
            }
            key if key.starts_with("Limit") || key == "TasksMax" || key == "OOMScoreAdjust" => {
                one(draft.service(key, &entry.value))
            }
            _ => one(Outcome::by_hand("whether crio.service needs it has to be decided")),
        }
    }

    /// A unit as a whole, not a drop-in: what it says is its package's choice.
    fn is_whole(&self) -> bool {
        self.name.ends_with(".service")
    }

    fn outside(&self, key: &str) -> Outcome {
        if self.is_whole() || matches!(key, "Description" | "Documentation" | "WantedBy" | "Alias") {
            return Outcome::not_needed("of the daemon's own unit, which goes");
        }
        Outcome::by_hand("whether crio.service needs it has to be decided")
    }

    fn environment(&self, draft: &mut Draft, value: &str, leaf: &Leaf, settings: &mut Vec<Setting>) -> Told {
        let variable = |(at, word): (usize, &String)| {
            let outcome = match word.split_once('=') {
                Some(pair) => self.variable(draft, pair, leaf, settings),
                None => Outcome::invalid("systemd takes NAME=VALUE here"),
            };
            (Some(at), outcome)
        };
        words(value).iter().enumerate().map(variable).collect()
    }

    fn variable(
        &self,
        draft: &mut Draft,
        (name, value): (&str, &str),
        leaf: &Leaf,
        settings: &mut Vec<Setting>,
    ) -> Outcome {
        if self.daemon == Daemon::Docker && OF_FLAGS.contains(&name) {
            let told = self.flags(leaf, &words(value), settings);
            let wrong = told.into_iter().map(|(_, outcome)| outcome).find(|outcome| outcome.code().is_some());
            return wrong.unwrap_or_else(|| Outcome::not_needed("its flags are told of one by one"));
        }
        if OF_GO.contains(&name.to_ascii_lowercase().as_str()) {
            return draft.environment(name, value);
        }
        if name.starts_with("DOCKER_CONTENT_TRUST") {
            return Outcome::by_hand("signatures are policy.json's: say there which keys sign which images");
        }
        if name.starts_with("DOCKER_") || name.starts_with("CONTAINERD_") {
            return Outcome::not_needed("a variable of the old daemon alone");
        }
        if self.is_whole() && self.dialect == Dialect::Systemd {
            return Outcome::not_needed("of the daemon's own start; crio.service has its own");
        }
        Outcome::by_hand("whether crio.service needs it has to be decided")
    }

    fn command(&self, draft: &mut Draft, leaf: &Leaf, words: &[String], settings: &mut Vec<Setting>) -> Told {
        let flags = words.get(1..).unwrap_or_default();
        if flags.is_empty() {
            return one(Outcome::not_needed("the daemon's own start, without a flag"));
        }
        match self.daemon {
            Daemon::Docker => self.flags(leaf, flags, settings),
            Daemon::CriDockerd => cri_dockerd(draft, flags),
            Daemon::Containerd => containerd(draft, flags),
        }
    }

    /// Flags of dockerd become settings; what is none is told at once.
    fn flags(&self, leaf: &Leaf, words: &[String], settings: &mut Vec<Setting>) -> Told {
        let mut told = Told::new();
        for (at, flag) in flags::parse(words).into_iter().enumerate() {
            match flag {
                Ok(flag) => {
                    settings.push(Setting { file: self.name.to_owned(), leaf: setting(flag, leaf.place) })
                }
                Err(word) if word.starts_with('$') => {
                    told.push((Some(at), Outcome::not_needed("a variable of the unit's environment")));
                }
                Err(word) if word == "daemon" => {}
                Err(_) => told.push((Some(at), Outcome::invalid("dockerd takes flags alone"))),
            }
        }
        if told.is_empty() {
            return one(Outcome::not_needed("its flags are told of one by one"));
        }
        told
    }
}

/// The flag as the key of `daemon.json` that it is.
fn setting(flag: flags::Flag, place: Place) -> Leaf {
    let listed = ["default-ulimits", "runtimes", "storage-opts", "exec-opts", "registry-mirrors"];
    if flag.key == "log-opts"
        && let Some((name, value)) = flag.value.split_once('=')
    {
        return Leaf { path: vec![flag.key, name.to_owned()], place, value: Plain::Text(value.to_owned()) };
    }
    let is_list =
        listed.contains(&flag.key.as_str()) || matches!(&*flag.key, "insecure-registries" | "hosts");
    let text = Plain::Text(flag.value);
    Leaf { path: vec![flag.key], place, value: if is_list { Plain::List(vec![text]) } else { text } }
}

/// Pairs of flag and value, whichever way they are written.
fn pairs(words: &[String]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let name = word.trim_start_matches('-');
        let pair = match name.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => {
                let value = words.next_if(|next| !next.starts_with('-')).cloned();
                (name.to_owned(), value.unwrap_or_default())
            }
        };
        all.push(pair);
    }
    all
}

fn cri_dockerd(draft: &mut Draft, words: &[String]) -> Told {
    let flag = |(at, (name, value)): (usize, (String, String))| {
        let outcome = match name.as_str() {
            "pod-infra-container-image" => {
                draft.crio(&["crio", "image", "pause_image"], Value::from(value.as_str()))
            }
            "cni-conf-dir" => draft.crio(&["crio", "network", "network_dir"], Value::from(value.as_str())),
            "cni-bin-dir" => draft.crio(
                &["crio", "network", "plugin_dirs"],
                Value::Strings(value.split(',').map(str::to_owned).collect()),
            ),
            "network-plugin" if value == "kubenet" => {
                Outcome::by_hand("kubenet has no successor: install a CNI plugin")
            }
            "network-plugin" | "cni-cache-dir" | "hairpin-mode" | "network-plugin-mtu" => {
                Outcome::not_needed("CRI-O uses CNI alone, and the plugin's configuration says the rest")
            }
            "log-level" => draft.crio(&["crio", "runtime", "log_level"], Value::from(value.as_str())),
            _ => Outcome::not_needed("of cri-dockerd itself, which goes"),
        };
        (Some(at), outcome)
    };
    pairs(words).into_iter().enumerate().map(flag).collect()
}

fn containerd(draft: &mut Draft, words: &[String]) -> Told {
    let flag = |(at, (name, value)): (usize, (String, String))| {
        let outcome = match name.as_str() {
            "l" | "log-level" => draft.crio(&["crio", "runtime", "log_level"], Value::from(value.as_str())),
            "root" => draft.data_root(&value, "/var/lib/containerd"),
            "c" | "config" => Outcome::by_hand(format!("give {value} too: it is the configuration")),
            "a" | "address" | "state" => Outcome::not_needed("of containerd itself, which goes"),
            _ => Outcome::Unknown { near: None },
        };
        (Some(at), outcome)
    };
    pairs(words).into_iter().enumerate().map(flag).collect()
}

/// The words of a line of a unit.
fn words(text: &str) -> Vec<String> {
    let (mut all, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\\', _) => word.extend(characters.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            (c, None) if c.is_whitespace() => {
                if begun || !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        all.push(word);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_systemds() {
        assert_eq!(words(r#"a "b c" 'd'e  "" f\ g"#), ["a", "b c", "de", "", "f g"]);
        assert_eq!(pairs(&words("--a=1 --b 2 --c --d")).len(), 4);
    }
}
