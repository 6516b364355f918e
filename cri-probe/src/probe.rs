//! Asking a runtime everything a node depends on, at once and by one deadline.

use serde::Serialize;
use tokio::task::JoinSet;

use crate::cri::{ImageFilesystems, PodSandboxes, Session, Status, Version};
use crate::deadline::Deadline;
use crate::info::{Info, RuntimeCgroupDriver};
use crate::runtime::{KNOWN_SOCKETS, KnownSocket, Runtime, at_home};
use crate::{Client, Error, ErrorKind, Options, Socket};

/// One thing to ask a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum Source {
    /// CRI `Version`. Every other CRI call needs it first.
    Version,
    /// CRI `Status`, verbose.
    Status,
    /// CRI `RuntimeConfig`: CRI-O from 1.28 on, containerd from 2.0 on.
    RuntimeConfig,
    /// CRI `ImageFsInfo`. A runtime may walk its whole image store to answer.
    ImageFsInfo,
    /// CRI `ListPodSandbox`.
    ListPodSandbox,
    /// CRI-O's `GET /info`.
    #[serde(rename = "/info")]
    Info,
    /// CRI-O's `GET /config`, from 1.15 on.
    #[serde(rename = "/config")]
    Config,
}

impl Source {
    /// CRI-O's HTTP endpoints.
    pub const HTTP: &[Self] = &[Self::Info, Self::Config];
    /// All that is cheap to answer.
    pub const USUAL: &[Self] = &[Self::Version, Self::Status, Self::RuntimeConfig, Self::Info, Self::Config];
    /// Everything.
    pub const ALL: &[Self] = &[
        Self::Version,
        Self::Status,
        Self::RuntimeConfig,
        Self::ImageFsInfo,
        Self::ListPodSandbox,
        Self::Info,
        Self::Config,
    ];

    /// The name of the call, or the path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Version => "Version",
            Self::Status => "Status",
            Self::RuntimeConfig => "RuntimeConfig",
            Self::ImageFsInfo => "ImageFsInfo",
            Self::ListPodSandbox => "ListPodSandbox",
            Self::Info => "/info",
            Self::Config => "/config",
        }
    }

    /// Whether it is asked over gRPC.
    fn is_cri(self) -> bool {
        !Self::HTTP.contains(&self)
    }
}

/// What was asked and not answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unanswered {
    /// The question.
    pub source: Source,
    /// Why there is no answer. That a runtime does not know a question is no fault of its.
    pub error: Error,
}

/// All answers of one runtime. What was not asked or not answered is `None`.
///
/// ```
/// use cri_probe::{Client, Socket, Source, blocking};
///
/// let client = Client::new(Socket::new("/nowhere/crio.sock")?);
/// // Nobody is at home: that is an error of the probe. A question that a runtime does not know, or
/// // answers too late, is in `unanswered` beside the answers there are.
/// assert!(blocking::probe(&client, Source::USUAL).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Probe {
    /// Whom was asked.
    pub socket: Socket,
    /// [`Source::Version`]
    pub version: Option<Version>,
    /// [`Source::Status`]
    pub status: Option<Status>,
    /// [`Source::RuntimeConfig`]
    pub cgroup_driver: Option<RuntimeCgroupDriver>,
    /// [`Source::ImageFsInfo`]
    pub image_filesystems: Option<ImageFilesystems>,
    /// [`Source::ListPodSandbox`]
    pub pod_sandboxes: Option<PodSandboxes>,
    /// [`Source::Info`]
    pub info: Option<Info>,
    /// [`Source::Config`]: TOML for the caller to read.
    pub config: Option<String>,
    /// The rest of what was asked.
    pub unanswered: Vec<Unanswered>,
}

impl Probe {
    fn new(socket: Socket) -> Self {
        Self {
            socket,
            version: None,
            status: None,
            cgroup_driver: None,
            image_filesystems: None,
            pod_sandboxes: None,
            info: None,
            config: None,
            unanswered: Vec::new(),
        }
    }

    /// Who answered: by name over CRI, or as CRI-O by what only CRI-O serves.
    #[must_use]
    pub fn runtime(&self) -> Runtime {
        match &self.version {
            Some(version) => Runtime::named(&version.runtime_name),
            None => Runtime::CriO,
        }
    }

    /// The runtime that listens at this path by default, where another one answers.
    #[must_use]
    pub fn expected_runtime(&self) -> Option<&'static Runtime> {
        at_home(self.socket.path()).filter(|expected| **expected != self.runtime())
    }

    fn keep<T>(&mut self, source: Source, answer: Option<Result<T, Error>>) -> Option<T> {
        match answer? {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.unanswered.push(Unanswered { source, error });
                None
            }
        }
    }

    /// A probe that learned nothing ends with the failure that tells most.
    fn or_failure(mut self) -> Result<Self, Error> {
        // Of CRI the version alone has to be looked at: without it nothing else was asked (`calls`).
        let learned = self.version.is_some() || self.info.is_some() || self.config.is_some();
        let telling = |unanswered: &Unanswered| match unanswered.error.kind() {
            // "No socket" or "permission denied" tells more than a protocol error that follows
            // from asking the wrong one.
            ErrorKind::Protocol => 2,
            ErrorKind::TimedOut => 1,
            _ => 0,
        };
        let most = (0..self.unanswered.len()).min_by_key(|index| telling(&self.unanswered[*index]));
        match most.filter(|_| !learned) {
            Some(index) => Err(self.unanswered.swap_remove(index).error),
            None => Ok(self),
        }
    }
}

impl Client {
    /// Asks all of `sources` by one deadline: over CRI on one connection, over HTTP on one each,
    /// all at once.
    ///
    /// # Errors
    /// When nothing was answered at all: the failure that tells most. Else failures are in
    /// [`Probe::unanswered`].
    pub async fn probe(&self, sources: &[Source]) -> Result<Probe, Error> {
        let deadline = self.deadline();
        let asked = |source| sources.contains(&source);
        let (calls, info, config) = tokio::join!(
            self.calls(sources, deadline),
            when(asked(Source::Info), self.info_by(deadline)),
            when(asked(Source::Config), self.config_by(deadline)),
        );
        let mut probe = Probe::new(self.socket().clone());
        probe.take(calls);
        probe.info = probe.keep(Source::Info, info);
        probe.config = probe.keep(Source::Config, config);
        probe.or_failure()
    }

    async fn calls(&self, sources: &[Source], deadline: Deadline) -> Option<Result<Calls, Error>> {
        let asked = |source| sources.contains(&source);
        if !sources.iter().any(|source| source.is_cri()) {
            return None;
        }
        // A runtime that does not say its version is asked nothing else: the kubelet goes no
        // further either (`validateServiceConnection` of cri-client).
        let (session, version) = match Session::open(self.socket(), deadline).await {
            Ok(open) => open,
            Err(error) => return Some(Err(error)),
        };
        let (status, cgroup_driver, image_filesystems, pod_sandboxes) = tokio::join!(
            when(asked(Source::Status), session.status()),
            when(asked(Source::RuntimeConfig), session.cgroup_driver()),
            when(asked(Source::ImageFsInfo), session.image_filesystems()),
            when(asked(Source::ListPodSandbox), session.pod_sandboxes()),
        );
        Some(Ok(Calls { version, status, cgroup_driver, image_filesystems, pod_sandboxes }))
    }
}

/// What came of asking at one of [`KNOWN_SOCKETS`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Survey {
    /// Where.
    pub known: KnownSocket,
    /// What [`Client::probe`] said there.
    pub outcome: Result<Probe, Error>,
}

/// Asks at every one of [`KNOWN_SOCKETS`] at once; the outcomes are in their order.
pub async fn survey(options: &Options, sources: &'static [Source]) -> Vec<Survey> {
    let mut tasks = JoinSet::new();
    for (place, known) in KNOWN_SOCKETS.iter().enumerate() {
        let client = Client::with_options(known.socket(), options.clone());
        tasks.spawn(async move { (place, Survey { known: *known, outcome: client.probe(sources).await }) });
    }
    // They end in any order.
    let mut outcomes = tasks.join_all().await;
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, survey)| survey).collect()
}

/// What came of a CRI connection.
struct Calls {
    version: Version,
    status: Option<Result<Status, Error>>,
    cgroup_driver: Option<Result<Option<RuntimeCgroupDriver>, Error>>,
    image_filesystems: Option<Result<ImageFilesystems, Error>>,
    pod_sandboxes: Option<Result<PodSandboxes, Error>>,
}

impl Probe {
    fn take(&mut self, calls: Option<Result<Calls, Error>>) {
        let Some(calls) = self.keep(Source::Version, calls) else { return };
        self.version = Some(calls.version);
        self.status = self.keep(Source::Status, calls.status);
        self.cgroup_driver = self.keep(Source::RuntimeConfig, calls.cgroup_driver).flatten();
        self.image_filesystems = self.keep(Source::ImageFsInfo, calls.image_filesystems);
        self.pod_sandboxes = self.keep(Source::ListPodSandbox, calls.pod_sandboxes);
    }
}

async fn when<T>(asked: bool, question: impl Future<Output = T>) -> Option<T> {
    if asked { Some(question.await) } else { None }
}
