//! What CRI-O's world is to be told, while it is gathered key by key.

use std::collections::BTreeMap;

use crio_config::{Assignment, KeyPath, Release, Value, lookup};
use serde_json::Value as Json;

use super::fault::{Fate, Outcome};
use super::registry::Registries;
use super::tree::Leaf;

/// A file of the host that another one is to become a copy of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[non_exhaustive]
pub struct Copy {
    /// The file as the old runtime names it.
    pub from: String,
    /// Where the new one looks.
    pub to: String,
}

/// Where images and their state lie.
#[derive(Clone, Debug, Default)]
pub(super) struct Storage {
    pub(super) driver: Option<String>,
    pub(super) graphroot: Option<String>,
    /// `[storage.options.overlay]`
    pub(super) overlay: BTreeMap<String, String>,
}

/// What was gathered.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The CRI-O that reads it.
    pub(super) release: Release,
    pub(super) crio: BTreeMap<Vec<String>, Value>,
    pub(super) registries: Registries,
    pub(super) storage: Storage,
    /// `auths` and `credHelpers` of auth.json.
    pub(super) auths: BTreeMap<String, Json>,
    pub(super) helpers: BTreeMap<String, Json>,
    /// Fields of the kubelet's configuration.
    pub(super) kubelet: BTreeMap<String, Json>,
    /// Lines of crio.service.
    pub(super) service: BTreeMap<String, String>,
    /// Environment of crio.service.
    pub(super) environment: BTreeMap<String, String>,
    /// Soft and hard limits, by name.
    pub(super) ulimits: BTreeMap<String, (String, String)>,
    /// Files given that go on as they are.
    pub(super) kept: BTreeMap<String, Vec<u8>>,
    pub(super) copies: Vec<Copy>,
    pub(super) fates: Vec<Fate>,
    pub(super) notes: Vec<String>,
}

/// What became of a key, and of which item of its list.
pub(super) type Told = Vec<(Option<usize>, Outcome)>;

/// What became of a key as a whole.
pub(super) fn one(outcome: Outcome) -> Told {
    vec![(None, outcome)]
}

impl Draft {
    pub(super) fn new(release: Release) -> Self {
        Self {
            release,
            crio: BTreeMap::new(),
            registries: Registries::default(),
            storage: Storage::default(),
            auths: BTreeMap::new(),
            helpers: BTreeMap::new(),
            kubelet: BTreeMap::new(),
            service: BTreeMap::new(),
            environment: BTreeMap::new(),
            ulimits: BTreeMap::new(),
            kept: BTreeMap::new(),
            copies: Vec::new(),
            fates: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Notes what became of a key. A key that nothing became of would be dropped: it is told as one
    /// that says nothing.
    pub(super) fn tell(&mut self, file: &str, leaf: &Leaf, told: Told) {
        let told = if told.is_empty() { one(Outcome::not_needed("it is empty")) } else { told };
        for (item, outcome) in told {
            let key = match item {
                Some(item) => format!("{}[{item}]", leaf.name()),
                None => leaf.name(),
            };
            self.fates.push(Fate { file: file.to_owned(), place: Some(leaf.place), key, outcome });
        }
    }

    /// Says something of a file as a whole.
    pub(super) fn tell_file(&mut self, file: &str, outcome: Outcome) {
        self.fates.push(Fate { file: file.to_owned(), place: None, key: String::new(), outcome });
    }

    /// Gives an option of crio.conf a value, where the release has it.
    pub(super) fn crio(&mut self, path: &[&str], value: Value) -> Outcome {
        let Some(key) = KeyPath::from_parts(path.iter().copied()) else {
            return Outcome::invalid("a name is empty");
        };
        if let Err(error) = lookup(&key, self.release) {
            return Outcome::by_hand(error.to_string());
        }
        let parts = key.parts().to_vec();
        match self.crio.get(&parts) {
            Some(set) if *set != value => Outcome::by_hand(format!(
                "another key asks for another value of {key}: only the first one is taken over"
            )),
            _ => {
                self.crio.insert(parts, value);
                Outcome::to(format!("crio.conf: {key}"))
            }
        }
    }

    /// The program of a handler: the old runtimes look for one by its name, CRI-O wants its path.
    pub(super) fn program(&mut self, handler: &str, path: &str) -> Outcome {
        let full = if path.starts_with('/') { path.to_owned() } else { format!("/usr/bin/{path}") };
        let key = ["crio", "runtime", "runtimes", handler, "runtime_path"];
        let outcome = self.crio(&key, Value::from(full.as_str()));
        if full == path {
            outcome
        } else {
            outcome.note("it was looked for in the PATH: the place has to be right")
        }
    }

    /// The same from text that has to fit the option's type, such as a duration.
    pub(super) fn crio_text(&mut self, path: &[&str], text: &str) -> Outcome {
        let Some(key) = KeyPath::from_parts(path.iter().copied()) else {
            return Outcome::invalid("a name is empty");
        };
        match Assignment::parse(&key, text, self.release) {
            Ok(assignment) => self.crio(path, assignment.value),
            Err(error) => Outcome::by_hand(error.to_string()),
        }
    }

    /// The cgroup driver of both CRI-O and the kubelet: they have to be of one mind.
    pub(super) fn cgroup_driver(&mut self, driver: &str) -> Outcome {
        if !matches!(driver, "systemd" | "cgroupfs") {
            return Outcome::invalid(format!("{driver} is no cgroup driver: systemd or cgroupfs"));
        }
        let outcome = self.crio(&["crio", "runtime", "cgroup_manager"], Value::from(driver));
        if !matches!(outcome, Outcome::Translated { .. }) {
            return outcome;
        }
        let conmon = if driver == "cgroupfs" { "pod" } else { "system.slice" };
        // With systemd the default of the runtimes is right where they have one.
        if driver == "cgroupfs" || self.release.minor() < 24 {
            self.crio(&["crio", "runtime", "conmon_cgroup"], Value::from(conmon));
        }
        self.kubelet.insert("cgroupDriver".into(), driver.into());
        Outcome::to("crio.conf: crio.runtime.cgroup_manager; kubelet: cgroupDriver")
    }

    pub(super) fn kubelet(&mut self, field: &str, value: impl Into<Json>) -> Outcome {
        self.kubelet.insert(field.to_owned(), value.into());
        Outcome::to(format!("kubelet: {field}"))
    }

    /// A line of crio.service.
    pub(super) fn service(&mut self, key: &str, value: &str) -> Outcome {
        if value.contains(['\n', '\r']) {
            return Outcome::invalid("a line of a unit has no line end in it");
        }
        self.service.insert(key.to_owned(), value.to_owned());
        Outcome::to(format!("crio.service: {key}"))
    }

    pub(super) fn environment(&mut self, name: &str, value: &str) -> Outcome {
        if value.contains(['\n', '\r']) {
            return Outcome::invalid("a line of a unit has no line end in it");
        }
        self.environment.insert(name.to_owned(), value.to_owned());
        let no_proxy = name.eq_ignore_ascii_case("no_proxy");
        let outcome = Outcome::to(format!("crio.service: Environment={name}"));
        if no_proxy { outcome.note("it must hold the Service and Pod subnets") } else { outcome }
    }

    /// A certificate or key of a registry, copied to where containers/image looks.
    pub(super) fn certificate(&mut self, host: &str, from: &str, name: &str) -> Outcome {
        if host.is_empty() || host.contains('/') || host.starts_with('.') {
            return Outcome::by_hand("the host of the certificate cannot be the name of a directory");
        }
        let to = format!("/etc/containers/certs.d/{host}/{name}");
        self.copies.push(Copy { from: from.to_owned(), to: to.clone() });
        Outcome::to(format!("a copy in {to}"))
    }

    /// Both old runtimes start containers with runc where no other is said.
    pub(super) fn note_of_runtime(&mut self) {
        const WITH_CRUN: u16 = 31;
        let default = ["crio", "runtime", "default_runtime"].map(str::to_owned);
        if self.release.minor() >= WITH_CRUN && !self.crio.contains_key(default.as_slice()) {
            self.notes.push(format!(
                "no default runtime is said, so it was runc; that of CRI-O {} is crun unless default_runtime says runc",
                self.release
            ));
        }
    }

    /// Where images lie from now on: beside the old place, on the same disk.
    pub(super) fn data_root(&mut self, old: &str, usual: &str) -> Outcome {
        let old = old.trim_end_matches('/');
        if old == usual {
            return Outcome::not_needed("it is the usual place; CRI-O's is /var/lib/containers/storage");
        }
        let above = old.rsplit_once('/').map_or("", |(above, _)| above);
        if !old.starts_with('/') {
            return Outcome::invalid("a path begins with /");
        }
        if above.is_empty() {
            return Outcome::by_hand(
                "the directory beside it may be on another disk: say graphroot in storage.conf yourself",
            );
        }
        let graphroot = format!("{above}/containers/storage");
        self.storage.graphroot = Some(graphroot.clone());
        Outcome::to(format!("storage.conf: graphroot {graphroot}"))
            .note("the disk holds both until the old data are deleted; SELinux needs the context of /var/lib/containers")
    }
}
