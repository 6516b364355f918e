//! A file that is ours as a whole.

use std::path::PathBuf;

use super::Resource;
use crate::fs::Mode;
use crate::plan::node::{Node, Secrecy};
use crate::plan::step::{Need, Risk};
use crate::plan::{Draft, Reason};
use crate::{Host, Observed};

/// A file that is ours as a whole: a drop-in, a configuration file. Content and mode are as wanted
/// or it is replaced.
///
/// Its kind is a row of [`KINDS`](super::KINDS), which decides when it is written, or a name of the
/// caller's own, which comes last. Two of the same path contradict each other and are a problem of
/// the plan.
///
/// ```
/// use host_prep::resource::Managed;
/// use host_prep::{Desired, Host, Need, Risk, fs::Root, verify};
///
/// # let dir = tempfile::tempdir()?;
/// let unit = "[Service]\nEnvironment=\"HTTPS_PROXY=http://proxy.example.com:3128\"\n";
/// let drop_in = Managed::file("proxy", "/etc/systemd/system/crio.service.d/proxy.conf", unit)
///     .because("images are pulled through a proxy")
///     .risking(Risk::Medium)
///     .needing([Need::DaemonReload, Need::Restart { unit: "crio.service".into() }]);
/// let plan = verify(&Host::offline(Root::open(dir.path())?), &Desired::new().with(drop_in));
/// assert_eq!(plan.steps()[0].reason, "images are pulled through a proxy");
/// assert!(plan.needs().is_empty(), "in a tree nothing runs that had to be restarted");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Managed {
    kind: &'static str,
    path: PathBuf,
    node: Node,
    because: Reason,
}

impl Managed {
    /// The file `path` of kind `kind` with this content, mode 0644.
    pub fn file(kind: &'static str, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        let node = Node::file(bytes, Mode::PUBLIC);
        Self { kind, path: path.into(), node, because: Reason::of("the host is to have this file") }
    }

    /// The same with mode 0600 and content that is never shown.
    pub fn secret_file(kind: &'static str, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        let node = Node::file(bytes, Mode::PRIVATE).secret();
        Self { node, ..Self::file(kind, path, Vec::new()) }
    }

    /// The same with mode 0600, its content shown: without passwords of URLs, which is what it is
    /// for.
    #[must_use]
    pub fn private(self) -> Self {
        let node = match self.node {
            Node::File { content, .. } => Node::File { content, mode: Mode::PRIVATE },
            node => node,
        };
        Self { node, ..self }
    }

    /// The same, shown without kubeadm's tokens and keys instead of not at all.
    #[must_use]
    pub fn masking_tokens(self) -> Self {
        Self { node: self.node.with_secrecy(Secrecy::Tokens), ..self }
    }

    /// No file at `path`; one that is there is removed.
    pub fn absent(kind: &'static str, path: impl Into<PathBuf>) -> Self {
        Self { node: Node::Absent, ..Self::file(kind, path, Vec::new()) }
    }

    /// The same, with the reason why the host needs it.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { because: self.because.reason(reason), ..self }
    }

    /// The same with this risk.
    #[must_use]
    pub fn risking(self, risk: Risk) -> Self {
        Self { because: self.because.risking(risk), ..self }
    }

    /// The same, needing this after a change.
    #[must_use]
    pub fn needing(self, needs: impl IntoIterator<Item = Need>) -> Self {
        Self { because: self.because.needing(needs), ..self }
    }
}

impl Resource for Managed {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        match self.node {
            Node::Absent => seen.look_itself(host, &self.path),
            _ => seen.look(host, &self.path),
        }
    }

    fn plan(&self, _: &Observed, draft: &mut Draft<'_>) {
        draft.own_file(&self.path, self.node.clone(), self.because.clone());
    }
}
