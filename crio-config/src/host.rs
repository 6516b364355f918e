//! Facts of a host that CRI-O's rules look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::SourceFile;

/// What stands at the path of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceState {
    /// A block or character device.
    #[default]
    Device,
    /// Something else.
    OtherFile,
    /// Nothing.
    Missing,
}

/// Facts of a host, collected by the caller. What is not said is taken as fine, so that a
/// configuration can be checked away from its host.
///
/// ```
/// use crio_config::{CheckOptions, CrioHost, Presence, Sources, check};
///
/// let mut options = CheckOptions::default();
/// options.host = CrioHost::unknown();
/// options.host.paths.insert("/usr/bin/conmon".into(), Presence::Absent);
/// let report = check(&Sources::new(), "1.34".parse()?, &options);
/// assert!(report.effective.is_some());
/// # Ok::<(), crio_config::InvalidRelease>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CrioHost {
    /// Paths of devices, with what stands there.
    pub devices: BTreeMap<String, DeviceState>,
    /// What stands at every other path of a device.
    pub other_devices: DeviceState,
    /// The IANA names the zone database has.
    pub time_zones: Option<BTreeSet<String>>,
    /// The programs of the `PATH` CRI-O runs with.
    pub programs: Option<BTreeSet<String>>,
    /// Whether CRI-O itself is installed.
    pub crio: Option<Presence>,
    /// Paths the configuration names, and whether anything is there.
    pub paths: BTreeMap<String, Presence>,
    /// The network configurations in `network_dir`, in the order CRI-O looks at them. `None` where
    /// there is no such directory.
    pub networks: Option<Vec<NetworkFile>>,
    /// The programs in `plugin_dirs`. `None` where there is none of the directories.
    pub plugins: Option<BTreeSet<String>>,
    /// Network plugins in directories that CRI-O does not look into, with the directory.
    pub other_plugins: BTreeMap<String, String>,
    /// The policy that says which images may be pulled.
    pub policy: Option<Policy>,
    /// `storage.conf` and the `registries.conf` files, which CRI-O's libraries read.
    pub beside: Vec<SourceFile>,
    /// Which of these is `storage.conf`, where `CONTAINERS_STORAGE_CONF` gives it another name.
    pub storage_conf: Option<String>,
    /// Directories that the configuration names, and where something else is.
    pub no_directories: BTreeSet<String>,
    /// Files and directories that the caller may not read, and why. Nothing is concluded from
    /// them: CRI-O runs as root.
    pub unread: BTreeMap<String, String>,
}

/// A file of `network_dir`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers fill it in")]
pub struct NetworkFile {
    /// Its path.
    pub path: String,
    /// The name of its network. A list without one is none.
    pub name: Option<String>,
    /// The types of its plugins, `bridge`.
    pub plugins: Vec<String>,
    /// The types of their address plugins, `host-local`, which are looked for when a pod comes.
    pub address_plugins: Vec<String>,
    /// The version of the CNI specification that it says it is of.
    pub version: Option<String>,
    /// Why CRI-O passes over it, or why no pod gets an address by it.
    pub problem: Option<String>,
}

/// What `policy.json` comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers fill it in")]
pub struct Policy {
    /// Its path.
    pub path: String,
    /// What is wrong with it.
    pub state: PolicyState,
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyState {
    /// Nothing.
    Fine,
    /// It is not there.
    Missing,
    /// It cannot be read, for this reason.
    Broken(String),
    /// It rejects the pause image, by what it says of this scope.
    RejectsPauseImage(String),
}

/// Is there anything at a path?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Presence {
    /// A file.
    Present,
    /// Nothing.
    Absent,
}

impl CrioHost {
    /// A host nothing is known of.
    pub fn unknown() -> Self {
        Self::default()
    }

    pub(crate) fn device(&self, path: &str) -> DeviceState {
        self.devices.get(path).copied().unwrap_or(self.other_devices)
    }

    pub(crate) fn is_absent(&self, path: &str) -> bool {
        self.paths.get(path) == Some(&Presence::Absent)
    }

    /// Is something at or below this path unread?
    pub(crate) fn is_unread(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let is_below = |name: &String| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.unread.keys().any(|name| name == path || is_below(name))
    }

    /// Is CRI-O known to be installed? What its package brings along is only missed then.
    pub(crate) fn has_crio(&self) -> bool {
        self.crio == Some(Presence::Present)
    }

    pub(crate) fn has_program(&self, name: &str) -> bool {
        self.programs.as_ref().is_none_or(|programs| programs.contains(name))
    }

    /// Names Go refuses whatever the database has: absolute ones and ones that leave it.
    pub(crate) fn has_time_zone(&self, name: &str) -> bool {
        let well_formed = !name.starts_with(['/', '\\']) && !name.contains("..") && !name.contains('\\');
        well_formed && self.time_zones.as_ref().is_none_or(|zones| zones.contains(name) || name == "UTC")
    }
}
