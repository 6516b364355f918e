//! The code of each error.

use super::{Error, Trouble, UnfitFile};
use crate::ground::code::Code;

impl Error {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::AsRecorded { .. } => Code::ReadFailed,
            Self::Backup { .. } => Code::BackupDamaged,
            Self::BackupMissing { .. } => Code::BackupMissing,
            Self::Bundle { .. } => Code::BundleUnusable,
            Self::Changed { .. } => Code::ChangedMeanwhile,
            Self::Command { .. } => Code::CommandNotRun,
            Self::CommandFailed { .. } => Code::CommandFailed,
            Self::Exists { .. } => Code::AlreadyExists,
            Self::Interrupted { .. } => Code::Interrupted,
            Self::InterruptedElsewhere { .. } => Code::InterruptedElsewhere,
            Self::Journal { .. } => Code::JournalDamaged,
            Self::Kubeadm { .. } => Code::KubeadmFailed,
            Self::LastTransaction { .. } => Code::LastTransaction,
            Self::Locked { .. } => Code::HostLocked,
            Self::Missing { .. } => Code::FileMissing,
            Self::NewerJournal { .. } => Code::JournalNewer,
            Self::NotKept { .. } => Code::NotInArchive,
            Self::NotAbsolute { .. } => Code::NotAbsolute,
            Self::Record { .. } | Self::UpgradeRecord { .. } => Code::RecordDamaged,
            Self::NewerRecord { .. } => Code::RecordNewer,
            Self::NoStep { .. } => Code::NoSuchStep,
            Self::NoTransaction { .. } => Code::NoSuchTransaction,
            Self::NotWaiting { .. } => Code::NotWaiting,
            Self::NotDone { .. } => Code::NotAsDesired,
            Self::Offline { .. } => Code::NeedsRunningHost,
            Self::Problem { .. } => Code::PlanBlocked,
            Self::Read { .. } => Code::ReadFailed,
            Self::Root { .. } => Code::RootNotOpened,
            Self::SmokeTest { .. } => Code::SmokeTestFailed,
            Self::Unit { .. } => Code::UnitFailed,
            Self::NoSkopeo { .. } => Code::SkopeoMissing,
            Self::Unproved { .. } => Code::BundleUnproved,
            Self::Write { .. } => Code::WriteFailed,
            Self::Network(_) => Code::PodNetworkMismatch,
            Self::Overtaken => Code::Overtaken,
            Self::Stopped => Code::Stopped,
            Self::Packages { trouble, .. } => trouble.code(),
            Self::Refused { why, .. } => why.code(),
        }
    }
}

impl UnfitFile {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::AppendOnly => Code::AppendOnly,
            Self::DanglingLink(_) => Code::LinkDangling,
            Self::NotRegular(_) => Code::NotARegularFile,
            Self::HardLinks(_) => Code::HardLinks,
            Self::Home(_) | Self::NotTheirs(_) => Code::HomeOfAnother,
            Self::Immutable => Code::Immutable,
            Self::MountPoint => Code::MountPoint,
            Self::OnlyPlanned => Code::HostOnlyPlanned,
            Self::OpenHome(_) => Code::HomeWritableByOthers,
            Self::Owner(_) => Code::StateOfAnother,
            Self::TooLarge(_) => Code::FileTooLarge,
            Self::Writable(_) => Code::StateWritableByOthers,
        }
    }
}

impl Trouble {
    /// The name of the fault.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::WrongKey | Self::ExpiredKey => Code::RepositoryKeyUntrusted,
            Self::Unsigned => Code::UnsignedPackages,
            Self::Damaged => Code::DownloadDamaged,
            Self::Unreachable => Code::RepositoryDead,
            Self::Busy => Code::PackageManagerBusy,
            Self::NoSpace => Code::DiskFull,
            Self::NoSuchPackage => Code::PackageNotFound,
            Self::Unresolvable => Code::DependencyMissing,
            Self::Excluded => Code::PackageExcluded,
            Self::HalfDone => Code::PackageHalfInstalled,
            Self::Needed => Code::PackageNeeded,
        }
    }
}
