//! The codes of what this crate finds wrong: stable names, for programs and for a page that
//! explains each.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// The name of a fault. It is never given to another one, and does not change from release to release.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as a program may compare it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    /// A key that a later release passes over.
    CrioKeyEnds = "crio-key-ends";
    /// CRI-O cannot decode a file.
    CrioTomlBroken = "crio-toml-broken";
    /// A plain value stands where a table is needed, or the other way round.
    KeyInTheWay = "key-in-the-way";
    /// CRI-O refuses a value.
    CrioValueRefused = "crio-value-refused";
    /// CRI-O crashes on a value.
    CrioCrashes = "crio-crashes";
    /// The program of the default runtime is not there.
    OciRuntimeMissing = "oci-runtime-missing";
    /// The cgroup of the monitor does not fit the manager.
    ConmonCgroupMismatch = "conmon-cgroup-mismatch";
    /// A runtime that is not the default one is left out.
    RuntimeHandlerDropped = "runtime-handler-dropped";
    /// CRI-O warns.
    CrioWarning = "crio-warning";
    /// conmon is not there.
    ConmonNotUsable = "conmon-not-usable";
    /// pinns is not there.
    PinnsMissing = "pinns-missing";
    /// storage.conf names a program that is not there.
    StorageConfPathMissing = "storage-conf-path-missing";
    /// A file of registries in the form that was there before `[[registry]]`.
    RegistriesOldForm = "registries-old-form";
    /// A registry that a file blocks, with its mirrors.
    RegistryEntryBlocked = "registry-entry-blocked";
    /// The registry of the pause image is blocked.
    RegistryBlocked = "registry-blocked";
    /// There is no policy.json.
    PolicyJsonMissing = "policy-json-missing";
    /// policy.json cannot be read.
    PolicyJsonInvalid = "policy-json-invalid";
    /// policy.json rejects the pause image.
    PolicyJsonRejects = "policy-json-rejects";
    /// There is no network.
    CniConfigMissing = "cni-config-missing";
    /// A network cannot be read, or gives no addresses.
    CniConfigBroken = "cni-config-broken";
    /// A network is of a version of CNI that no plugin knows.
    CniVersionTooNew = "cni-version-too-new";
    /// A network's plugin is not there.
    CniPluginMissing = "cni-plugin-missing";
    /// A network's plugin is where CRI-O does not look.
    CniPluginDirMismatch = "cni-plugin-dir-mismatch";
    /// There is no CRI-O.
    CrioNotInstalled = "crio-not-installed";
    /// storage.conf is not TOML, or not what it has to be.
    StorageConfUnreadable = "storage-conf-unreadable";
    /// No release has that storage driver.
    StorageDriverUnknown = "storage-driver-unknown";
    /// A file that nobody let us read.
    FileUnread = "file-unread";
    /// A file of registries is refused.
    RegistriesConfUnreadable = "registries-conf-unreadable";
    /// The network that is named is not there.
    NoSuchNetwork = "no-such-network";
    /// A key that no release has.
    UnknownKey = "unknown-key";
    /// A key that belongs in another table.
    MisplacedKey = "misplaced-key";
    /// A key that is near another.
    MisspeltKey = "misspelt-key";
    /// A key that is gone.
    RemovedKey = "removed-key";
    /// A key that came later.
    NewerKey = "newer-key";
    /// A table that came later.
    NewerTable = "newer-table";
    /// A key in another letter case.
    KeyLetterCase = "key-letter-case";
    /// A value where a table is wanted.
    NotATable = "not-a-table";
    /// A number below zero where none can be.
    NegativeNumber = "negative-number";
    /// A key that does nothing any more.
    NoEffect = "no-effect";
    /// A key that is CRI-O's own.
    InternalKey = "internal-key";
    /// A key that goes away.
    CrioOptionDeprecated = "crio-option-deprecated";
    /// Drop-ins that this release does not read.
    CrioDropinMisplaced = "crio-dropin-misplaced";
    /// A backup that CRI-O reads.
    CrioBackupFileRead = "crio-backup-file-read";
    /// A file states a former default.
    OldDefault = "old-default";
    /// Another pause image than kubeadm has.
    PauseImageMismatch = "pause-image-mismatch";
    /// cgroupfs without the cgroup of the monitor that goes with it.
    CgroupfsAlone = "cgroupfs-alone";
    /// A runtime is stated again and lost fields.
    RuntimeRestated = "runtime-restated";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
