//! Why something could not be read from a host or changed on it.

mod code;
mod trouble;

use std::io;
use std::path::PathBuf;

pub use trouble::Trouble;

use super::id::TransactionId;
use super::mode::Mode;
use super::owner::Owner;

/// Why something could not be read from a host or changed on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// What a host answered when it was recorded: that it cannot answer.
    #[error("{why}")]
    AsRecorded { why: String },
    /// What was kept of a file is not what was put there.
    #[error("the backup {} is damaged: its content does not match its name", .path.display())]
    Backup { path: PathBuf },
    /// What was kept of a file is not there any more.
    #[error("the backup {} is missing", .path.display())]
    BackupMissing { path: PathBuf },
    /// A bundle that is not what its manifest says, or not for this host.
    #[error("the bundle {} cannot be used, and nothing was changed: {}", .path.display(), .problems.join("; "))]
    Bundle { path: PathBuf, problems: Vec<String> },
    /// Something else changed the file between the moment it was read and the moment it would have
    /// been replaced.
    #[error("{} was changed by another program meanwhile; nothing was written, look at it and try again", .path.display())]
    Changed { path: PathBuf },
    /// A program could not be run.
    #[error("cannot run `{command}`")]
    Command { command: String, source: io::Error },
    /// A program ran and failed.
    #[error("`{command}` failed: {how}")]
    CommandFailed { command: String, how: String },
    /// A file that had to be new is already there.
    #[error("{} already exists; it is left alone", .path.display())]
    Exists { path: PathBuf },
    /// An earlier apply or rollback did not come to its end.
    #[error("transaction {id} was interrupted; finish it with `recover` first")]
    Interrupted { id: TransactionId },
    /// An apply or rollback of another tool did not come to its end.
    #[error("transaction {id} of {owner} was interrupted; finish it with {owner} first")]
    InterruptedElsewhere { owner: Owner, id: TransactionId },
    /// A journal line does not match its checksum.
    #[error("the journal {} is damaged at line {line}: what was done from there on is not known", .path.display())]
    Journal { path: PathBuf, line: usize },
    /// kubeadm failed.
    #[error("`{command}` failed: {complaints}; {hint}")]
    Kubeadm { command: String, complaints: String, hint: String },
    /// All numbers of transactions are taken.
    #[error("transaction {last} is the last one that can be; move {} away", .path.display())]
    LastTransaction { path: PathBuf, last: TransactionId },
    /// Another apply, rollback or recover is at work.
    #[error("{holder} is changing this host and holds {}; wait for it", .path.display())]
    Locked { path: PathBuf, holder: String },
    /// A file or directory that had to be there is not.
    #[error("{} does not exist", .path.display())]
    Missing { path: PathBuf },
    /// A journal that says what this version does not know.
    #[error(
        "the journal {} was written by a newer k8sprep (line {line} is not known here); use that one",
        .path.display()
    )]
    NewerJournal { path: PathBuf, line: usize },
    /// A question that was not asked of a host when it was recorded, or whose answer was too large.
    #[error("{} is not in the archive", .path.display())]
    NotKept { path: PathBuf },
    /// The record of what `up` did cannot be read as one.
    #[error(
        "{}, the record of this node, is damaged ({why}): move it away. What the host is is then read off \
         kubeadm's files; what was there before the node is not known any more, and stays",
        .path.display()
    )]
    Record { path: PathBuf, why: String },
    /// The record of an upgrade cannot be read as one.
    #[error(
        "{}, the record of an upgrade, is damaged ({why}): move it away. `k8sprep upgrade plan` then tells what is \
         done by what is found; versions and files from before are not known any more, and nothing of that upgrade \
         goes back by itself",
        .path.display()
    )]
    UpgradeRecord { path: PathBuf, why: String },
    /// The record of what `up` did is one that this version does not know.
    #[error("{} was written by a newer k8sprep (it is a {schema}); use that one", .path.display())]
    NewerRecord { path: PathBuf, schema: String },
    /// A path on the host has to say where it starts.
    #[error("`{}` is not an absolute path", .path.display())]
    NotAbsolute { path: PathBuf },
    /// A network plugin and the cluster disagree.
    #[error(transparent)]
    Network(#[from] NetworkMismatch),
    /// The plan has no step of this number.
    #[error("there is no step {step}; the plan has {steps}")]
    NoStep { step: usize, steps: usize },
    /// There is no transaction of this number.
    #[error("there is no transaction {id}")]
    NoTransaction { id: TransactionId },
    /// There is nothing that could be confirmed.
    #[error("{} for a confirmation", match .id {
        Some(id) => format!("transaction {id} does not wait"),
        None => "nothing waits".to_owned(),
    })]
    NotWaiting { id: Option<TransactionId> },
    /// After every step was taken the host was looked at again and is not as desired.
    #[error("the host is not as desired after all steps: {left}")]
    NotDone { left: String },
    /// Another run changed the host after the plan was made.
    #[error("another run changed this host after the plan was made; nothing was changed, plan again")]
    Overtaken,
    /// A program was needed on a host that does not run.
    #[error("`{command}` needs a running host, and this is only its tree")]
    Offline { command: String },
    /// A package manager failed, and what it said is understood.
    #[error("`{command}` failed: {trouble} ({said}); {}", .trouble.hint())]
    Packages { command: String, trouble: Trouble, said: String },
    /// The plan knows something that no step of it removes.
    #[error("{what}; {hint}")]
    Problem { what: String, hint: String },
    /// A file under the host root could not be read.
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file that is not one to work with: not a regular one, or not to be replaced.
    #[error("{} is not touched: {why}", .path.display())]
    Refused { path: PathBuf, why: UnfitFile },
    /// The host root itself could not be opened.
    #[error("cannot open {} as the root of a host", .path.display())]
    Root { path: PathBuf, source: io::Error },
    /// A rollback was asked to stop.
    #[error("stopped at a step's edge; the same command continues from there")]
    Stopped,
    /// The smoke test of a cluster did not come to its end.
    #[error("the smoke test failed: {why}{}", said.iter().map(|one| format!("; {one}")).collect::<String>())]
    SmokeTest { why: String, said: Vec<String> },
    /// A service did not do what it was told.
    #[error("`{command}` failed: {how}; its last log lines: {log}")]
    Unit { command: String, how: String, log: String },
    /// skopeo is not installed, and something needs it.
    #[error("skopeo is not installed: {what}")]
    NoSkopeo { what: &'static str },
    /// A bundle that nobody stands for: its debs, its images or its network plugin.
    #[error(
        "nothing proves what is in {}, and nothing was changed: {why}; compare {digest} with what `bundle create` printed, and give it with --sha256",
        .path.display()
    )]
    Unproved { path: PathBuf, digest: String, why: String },
    /// A file under the host root could not be replaced.
    #[error("cannot write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl Error {
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(rustix::io::Errno) -> Self {
        let path = path.into();
        move |errno| Self::Read { path, source: errno.into() }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(rustix::io::Errno) -> Self {
        let path = path.into();
        move |errno| Self::Write { path, source: errno.into() }
    }
}

/// The error with its causes, for keeping as text.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What makes a file unfit to be replaced by rename.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitFile {
    /// `chattr +a`: the file may only grow.
    #[error("it is append-only (`chattr -a` allows it)")]
    AppendOnly,
    /// A symbolic link whose target does not exist.
    #[error("it is a symbolic link to `{0}`, which does not exist")]
    DanglingLink(String),
    /// The path ends in a directory, a device, a FIFO or a socket.
    #[error("it is a {0}, not a regular file")]
    NotRegular(&'static str),
    /// Other names of the same file would keep the old content.
    #[error("it has {0} hard links, the other names would keep the old content")]
    HardLinks(u64),
    /// On the way into a user's home, and somebody else's.
    #[error(
        "user {0} owns it, who is neither root nor the user, and could lead what is written there elsewhere"
    )]
    Home(u32),
    /// `chattr +i`.
    #[error("it is immutable (`chattr -i` allows it)")]
    Immutable,
    /// A bind mount, as containers have for `/etc/hosts`.
    #[error("it is a mount point, which cannot be renamed over")]
    MountPoint,
    /// It lies in a home and belongs to somebody else.
    #[error("user {0} owns it, and not the user whose home it is in")]
    NotTheirs(u32),
    /// The host is one as a plan would leave it, made to be looked at.
    #[error("it is of a host that is only planned, to which nothing is written")]
    OnlyPlanned,
    /// On the way into a user's home, and others can write to it.
    #[error("others than root and the user can write to it (mode {:04o}); `chmod go-w` it", .0.bits())]
    OpenHome(Mode),
    /// It is one of the engine's own, and belongs to a user who has no business with it.
    #[error(
        "user {0} owns it and could have written what root would act on: \
         look at what is there, then give it to root or move it away"
    )]
    Owner(u32),
    /// Larger than anything this crate is meant to edit.
    #[error("it is larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    /// It is one of the engine's own, and others than its owner may write to it.
    #[error(
        "others than its owner can write to it (mode {:04o}), and could have written what root would act on: \
         look at what is there, then `chmod go-w` or move it away",
        .0.bits()
    )]
    Writable(Mode),
}

/// A manifest and the cluster disagree about the Pods' subnet.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the manifest gives Pods {}, and the cluster's podSubnet is {pod_subnet}; Pods would not be routed: make them equal",
    .manifest.join(" and ")
)]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields are named for what they hold")]
pub struct NetworkMismatch {
    pub manifest: Vec<String>,
    pub pod_subnet: String,
}
