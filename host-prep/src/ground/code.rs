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
    /// An image has the key by which one host is known.
    HostKeyLeft = "host-key-left";
    /// A file of the host cannot be read.
    FileUnreadable = "file-unreadable";
    /// A file has to change and cannot be replaced.
    FileNotReplaceable = "file-not-replaceable";
    /// A file cannot be edited line by line.
    FileNotEditable = "file-not-editable";
    /// Two settings want the same file.
    FileWantedTwice = "file-wanted-twice";
    /// The kernel has no such value.
    KernelValueMissing = "kernel-value-missing";
    /// A sample network configuration is still there.
    CrioBridgeConfigLeft = "crio-bridge-config-left";
    /// The mode of `SELinux` is not known.
    SelinuxModeUnknown = "selinux-mode-unknown";
    /// A sysctl file that the boot does not read.
    SysctlFileNotReadAtBoot = "sysctl-file-not-read-at-boot";
    /// Another tool wants another value.
    SysctlWantedByAnother = "sysctl-wanted-by-another";
    /// A later sysctl file wins.
    SysctlFileOverridden = "sysctl-file-overridden";
    /// Two values for one parameter.
    SysctlWantedTwice = "sysctl-wanted-twice";
    /// A kernel module is kept out.
    ModuleBlacklisted = "module-blacklisted";
    /// A kernel module is not on disk.
    KernelModulesExtraMissing = "kernel-modules-extra-missing";
    /// The modules of the kernel are not known.
    KernelModulesUnknown = "kernel-modules-unknown";
    /// The key of a repository is not trusted, or has expired.
    RepositoryKeyUntrusted = "repository-key-untrusted";
    /// Signatures of packages are not checked.
    SignaturesUnchecked = "signatures-unchecked";
    /// The packages of a bundle are proved by signed indexes.
    BundleSigned = "bundle-signed";
    /// The packages of a bundle are proved by its digest alone.
    BundleByDigest = "bundle-by-digest";
    /// Packages come over plain http.
    RepositoryOverHttp = "repository-over-http";
    /// rpm keeps keys that it imported.
    RpmKeysKept = "rpm-keys-kept";
    /// A key of a file is left out.
    KeyLeftOut = "key-left-out";
    /// A key carries a signature that newer programs refuse.
    KeySignatureOutdated = "key-signature-outdated";
    /// Packages come with the host's image.
    HostIsAnImage = "host-is-an-image";
    /// Which packages are installed is not known.
    PackagesUnknown = "packages-unknown";
    /// A package is held.
    PackageHeldByAnother = "package-held-by-another";
    /// Packages cannot be installed here.
    PackageNotInstallable = "package-not-installable";
    /// Two releases of one package.
    PackageWantedTwice = "package-wanted-twice";
    /// A unit does not exist.
    UnitMissing = "unit-missing";
    /// A unit is not started at boot.
    UnitNotEnabled = "unit-not-enabled";
    /// `SELinux` is in another mode than wanted.
    SelinuxModeDiffers = "selinux-mode-differs";
    /// The state of a unit is not known.
    UnitStateUnknown = "unit-state-unknown";
    /// What the firewall lets through is not known.
    FirewallUnknown = "firewall-unknown";
    /// An interface is in another zone.
    FirewallZoneDiffers = "firewall-zone-differs";
    /// The host has firewall rules of its own.
    FirewallOfItsOwn = "firewall-of-its-own";
    /// More swap is in use than memory is free.
    SwapInUse = "swap-in-use";
    /// A unit that makes swap cannot be masked.
    SwapUnitNotMaskable = "swap-unit-not-maskable";
    /// crun is too old for this CRI-O.
    CrunTooOld = "crun-too-old";
    /// A backup is damaged.
    BackupDamaged = "backup-damaged";
    /// A backup is missing.
    BackupMissing = "backup-missing";
    /// A bundle cannot be used.
    BundleUnusable = "bundle-unusable";
    /// A file was changed by another program meanwhile.
    ChangedMeanwhile = "changed-meanwhile";
    /// A program could not be run.
    CommandNotRun = "command-not-run";
    /// A program failed.
    CommandFailed = "command-failed";
    /// A file that has to be new exists.
    AlreadyExists = "already-exists";
    /// An earlier run was interrupted.
    Interrupted = "interrupted";
    /// Another tool's run was interrupted.
    InterruptedElsewhere = "interrupted-elsewhere";
    /// The journal is damaged.
    JournalDamaged = "journal-damaged";
    /// kubeadm failed.
    KubeadmFailed = "kubeadm-failed";
    /// No more transactions can be numbered.
    LastTransaction = "last-transaction";
    /// Another run is changing this host.
    HostLocked = "host-locked";
    /// A file does not exist.
    FileMissing = "file-missing";
    /// The journal is of a newer version.
    JournalNewer = "journal-newer";
    /// A support archive does not have what is asked.
    NotInArchive = "not-in-archive";
    /// The record of the node is damaged.
    RecordDamaged = "record-damaged";
    /// The record of the node is of a newer version.
    RecordNewer = "record-newer";
    /// Not an absolute path.
    NotAbsolute = "not-absolute";
    /// The network plugin and the cluster disagree about the Pods' subnet.
    PodNetworkMismatch = "pod-network-mismatch";
    /// There is no step of that number.
    NoSuchStep = "no-such-step";
    /// There is no transaction of that number.
    NoSuchTransaction = "no-such-transaction";
    /// Nothing waits to be confirmed.
    NotWaiting = "not-waiting";
    /// The host is not as desired after all steps.
    NotAsDesired = "not-as-desired";
    /// Another run changed the host after the plan.
    Overtaken = "overtaken";
    /// A running host is needed.
    NeedsRunningHost = "needs-running-host";
    /// A repository does not answer.
    RepositoryDead = "repository-dead";
    /// A repository or package is not signed.
    UnsignedPackages = "unsigned-packages";
    /// What was fetched is damaged.
    DownloadDamaged = "download-damaged";
    /// Another package manager is at work.
    PackageManagerBusy = "package-manager-busy";
    /// There is no space left.
    DiskFull = "disk-full";
    /// No repository has the package.
    PackageNotFound = "package-not-found";
    /// A dependency cannot be had.
    DependencyMissing = "dependency-missing";
    /// An exclude keeps a package out.
    PackageExcluded = "package-excluded";
    /// A package is half installed.
    PackageHalfInstalled = "package-half-installed";
    /// Something that is installed needs the package.
    PackageNeeded = "package-needed";
    /// Something stands in the way.
    PlanBlocked = "plan-blocked";
    /// A file of the host could not be read.
    ReadFailed = "read-failed";
    /// The file is append-only.
    AppendOnly = "append-only";
    /// A link leads nowhere.
    LinkDangling = "link-dangling";
    /// Not a regular file.
    NotARegularFile = "not-a-regular-file";
    /// The file has other names.
    HardLinks = "hard-links";
    /// A directory on the way belongs to somebody else.
    HomeOfAnother = "home-of-another";
    /// The file is immutable.
    Immutable = "immutable";
    /// The file is a mount point.
    MountPoint = "mount-point";
    /// The host is only planned.
    HostOnlyPlanned = "host-only-planned";
    /// Others can write on the way to a file.
    HomeWritableByOthers = "home-writable-by-others";
    /// A file of the state belongs to somebody else.
    StateOfAnother = "state-of-another";
    /// The file is too large.
    FileTooLarge = "file-too-large";
    /// Others can write to the state.
    StateWritableByOthers = "state-writable-by-others";
    /// The root of the host cannot be opened.
    RootNotOpened = "root-not-opened";
    /// Stopped on request.
    Stopped = "stopped";
    /// The smoke test failed.
    SmokeTestFailed = "smoke-test-failed";
    /// A unit did not do what it was told.
    UnitFailed = "unit-failed";
    /// Nothing proves the packages of a bundle.
    BundleUnproved = "bundle-unproved";
    /// skopeo is not installed.
    SkopeoMissing = "skopeo-missing";
    /// Images of a bundle are loaded on a running host alone.
    ImagesNotLoaded = "images-not-loaded";
    /// A file of the host could not be written.
    WriteFailed = "write-failed";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Code> for &'static str {
    fn from(code: Code) -> Self {
        code.as_str()
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
