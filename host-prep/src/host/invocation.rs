//! A program to run, and how it ended.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A program to run.
///
/// No shell reads it: an argument is one argument, whatever is in it. It runs with `LC_ALL=C` and
/// without a stdin, and is killed with all it started at its limit, half a minute unless
/// [`within`](Self::within) says another. Serialised without what it is told, and without its
/// environment.
///
/// ```
/// use host_prep::Invocation;
/// use std::time::Duration;
///
/// let pull = Invocation::new("crictl", ["pull", "registry.k8s.io/pause:3.10.1"])
///     .within(Duration::from_secs(300))
///     .fetching();
/// assert_eq!(pull.to_string(), "crictl pull registry.k8s.io/pause:3.10.1");
/// let login = Invocation::new("podman", ["login", "--password-stdin"]).told("s3cret");
/// assert!(!format!("{login:?}").contains("s3cret"));
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Invocation {
    /// Name or path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// It is killed, with everything it started, after this time.
    pub limit: Duration,
    #[serde(skip)]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    stdin: Told,
    /// Whether it fetches from the network.
    #[serde(skip)]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) fetches: bool,
    #[serde(skip)]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) environment: Environment,
}

/// What a program is told on its stdin: for secrets, which arguments would show to everybody.
/// Neither printed nor kept in a journal.
#[derive(Clone, Default, Eq, PartialEq)]
struct Told(Vec<u8>);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

/// What is set in the environment of a program. It may hold a password: never printed, and not kept
/// in a journal.
#[derive(Clone, Default, Eq, PartialEq)]
pub(super) struct Environment(pub(super) Vec<(String, String)>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// How a program ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
}

impl Invocation {
    /// A program with its arguments and a limit of half a minute.
    pub fn new<T: Into<String>>(program: impl Into<String>, args: impl IntoIterator<Item = T>) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        Self {
            program: program.into(),
            args,
            limit: Duration::from_secs(30),
            stdin: Told::default(),
            fetches: false,
            environment: Environment::default(),
        }
    }

    /// The same with another time limit.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The same, told this on its stdin, which is empty otherwise: what must not be among its
    /// arguments. Up to 4 KiB, which a pipe holds whether the program reads it or not
    /// (pipe(7)).
    #[must_use]
    pub fn told(self, stdin: impl Into<Vec<u8>>) -> Self {
        let mut stdin = stdin.into();
        stdin.truncate(4096);
        Self { stdin: Told(stdin), ..self }
    }

    /// The same, as a program that fetches from the network: it is told of the proxy of its
    /// [`Host`](crate::Host).
    #[must_use]
    pub fn fetching(self) -> Self {
        Self { fetches: true, ..self }
    }

    /// What is set in its environment beside what this process has.
    #[must_use]
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment.0
    }

    /// What it is told on its stdin.
    #[must_use]
    pub fn stdin(&self) -> &[u8] {
        &self.stdin.0
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

impl Outcome {
    /// How a program ended, for a [`Commands`](super::Commands) of one's own.
    #[must_use]
    pub fn new(status: i32, stdout: impl Into<Vec<u8>>, stderr: impl Into<Vec<u8>>) -> Self {
        Self { status: Some(status), stdout: stdout.into(), stderr: stderr.into() }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "exit status {status}")?,
            None => f.write_str("ended by a signal")?,
        }
        let said = String::from_utf8_lossy(&self.stderr);
        match said.trim() {
            "" => Ok(()),
            said => write!(f, ": {}", said.lines().collect::<Vec<_>>().join("; ")),
        }
    }
}
