//! What CRI-O reads at its start, collected by the caller.

use std::collections::BTreeMap;

/// The main file and the drop-ins of a host, as bytes.
///
/// The crate opens no file: whoever has the host fills this in. Paths are those CRI-O itself would
/// name, without the root of an image or a mount; they appear in messages and origins.
///
/// ```
/// use crio_config::{Sources, merge};
///
/// let sources = Sources::new()
///     .with_main("/etc/crio/crio.conf", "[crio.runtime]\nlog_level = \"info\"\n")
///     .with_drop_in(
///         "/etc/crio/crio.conf.d/10-a.conf",
///         Ok(b"[crio.runtime]\nlog_level = \"warn\"\n".into()),
///     );
/// let config = merge(&sources, "1.34".parse()?)?.config;
/// assert_eq!(config.get(&"crio.runtime.log_level".parse()?).unwrap().value, "warn".into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Sources {
    /// `/etc/crio/crio.conf`. `None` where there is none, which CRI-O allows.
    pub main: Option<SourceFile>,
    /// Everything below `/etc/crio/crio.conf.d` that is no directory, in any order: CRI-O's is
    /// restored here.
    pub drop_ins: Vec<SourceFile>,
    /// How CRI-O is started: what it sets wins over every file.
    pub command: CommandLine,
}

/// The words CRI-O is started with.
///
/// ```
/// use crio_config::{CommandLine, Sources, Value, merge};
///
/// let mut sources = Sources::new().with_main("/etc/crio/crio.conf", "[crio.runtime]\npids_limit = 1\n");
/// sources.command.arguments = vec!["--pids-limit=99".into()];
/// sources.command.environment.insert("CONTAINER_LOG_LEVEL".into(), "debug".into());
/// let config = merge(&sources, "1.34".parse()?)?.config;
/// let limit = config.get(&"crio.runtime.pids_limit".parse()?).unwrap();
/// assert_eq!((&limit.value, limit.origin.to_string()), (&Value::Integer(99), "--pids-limit".into()));
/// assert_eq!(config.get(&"crio.runtime.log_level".parse()?).unwrap().value, "debug".into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CommandLine {
    /// Its arguments, without the program.
    pub arguments: Vec<String>,
    /// Its environment: CRI-O takes `CONTAINER_LOG_LEVEL` for `--log-level`, and so on.
    pub environment: BTreeMap<String, String>,
    /// Where a word of these is written, a flag without its value: a file and its line.
    pub places: BTreeMap<String, (String, usize)>,
}

/// A file and what reading it gave.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceFile {
    /// The path CRI-O names.
    pub path: String,
    /// The bytes, or why there are none.
    pub content: Result<Vec<u8>, Unreadable>,
}

/// Why a file could not be read. CRI-O does not start then.
///
/// What reading it gave becomes one as it is:
///
/// ```
/// use crio_config::{Sources, Unreadable};
///
/// let path = "/nowhere/crio.conf.d/10-a.conf";
/// let content = std::fs::read(path).map_err(Unreadable::from);
/// assert_eq!(content, Err(Unreadable::NotFound));
/// let sources = Sources::new().with_drop_in(path, content);
/// assert!(crio_config::merge(&sources, "1.34".parse()?).is_err());
/// # Ok::<(), crio_config::InvalidRelease>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// A symbolic link leads nowhere.
    #[error("no such file or directory")]
    NotFound,
    /// A symbolic link leads to a directory, which CRI-O does not enter.
    #[error("is a directory")]
    Directory,
    /// No permission.
    #[error("permission denied")]
    Permission,
    /// Anything else, in the system's words.
    #[error("{0}")]
    Other(String),
}

impl From<std::io::Error> for Unreadable {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            std::io::ErrorKind::IsADirectory => Self::Directory,
            std::io::ErrorKind::PermissionDenied => Self::Permission,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl Sources {
    /// Nothing but CRI-O's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this main file.
    #[must_use]
    pub fn with_main(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.main = Some(SourceFile::new(path, Ok(bytes.into())));
        self
    }

    /// With one drop-in more.
    #[must_use]
    pub fn with_drop_in(mut self, path: impl Into<String>, content: Result<Vec<u8>, Unreadable>) -> Self {
        self.drop_ins.push(SourceFile::new(path, content));
        self
    }

    /// The drop-ins in the order CRI-O reads them: by name in each directory, bytes compared, a
    /// directory where its own name puts it. Later ones win.
    ///
    /// Files whose names end in anything are read, hidden ones too, as CRI-O does. Releases before
    /// [`Release::FIRST_WITH_DROP_INS`](crate::Release::FIRST_WITH_DROP_INS) read none;
    /// [`merge`](crate::merge) knows that.
    ///
    /// ```
    /// use crio_config::Sources;
    ///
    /// let sources = Sources::new()
    ///     .with_drop_in("/etc/crio/crio.conf.d/99-b.conf", Ok(Vec::new()))
    ///     .with_drop_in("/etc/crio/crio.conf.d/10-crun.conf", Ok(Vec::new()));
    /// let order = sources.drop_ins_in_order();
    /// assert_eq!(order[0].path, "/etc/crio/crio.conf.d/10-crun.conf");
    /// ```
    pub fn drop_ins_in_order(&self) -> Vec<&SourceFile> {
        let mut files: Vec<_> = self.drop_ins.iter().collect();
        // `filepath.Walk` sorts the names of each directory and enters a directory where it stands
        // among them, so whole paths must not be compared: `a-b/x` comes after `a/x`.
        files.sort_by(|left, right| left.path.split('/').cmp(right.path.split('/')));
        files
    }
}

impl SourceFile {
    /// A file with what reading it gave.
    pub fn new(path: impl Into<String>, content: Result<Vec<u8>, Unreadable>) -> Self {
        Self { path: path.into(), content }
    }
}

impl Unreadable {
    /// What Go says of the file at this path.
    pub(crate) fn go_text(&self, path: &str) -> String {
        let operation = if *self == Self::Directory { "read" } else { "open" };
        format!("{operation} {path}: {self}")
    }
}
