//! Sample configurations of the pod network that other software left.

use std::path::{Path, PathBuf};

use super::Resource;
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::node::Node;
use crate::plan::step::Risk;
use crate::plan::{Draft, Reason};
use crate::{Host, Observed};

const DIRECTORY: &str = "/etc/cni/net.d";

/// Ends of the names a runtime reads.
// CRI-O (ocicni) and containerd (go-cni) ask libcni's `ConfFiles` for these, and leave others
// alone.
const READ: [&str; 3] = [".conf", ".conflist", ".json"];

/// Names, without their ends, of configurations that packages install as samples and that give pods
/// addresses of their own (CRI-O's contrib/cni, podman, containerd).
const SAMPLES: &[&str] = &[
    "10-crio-bridge",
    "100-crio-bridge",
    "11-crio-ipv4-bridge",
    "10-containerd-net",
    "87-podman",
    "87-podman-bridge",
    "87-podman-ptp",
];

/// No configuration in `/etc/cni/net.d` that other software left there: the first one by name wins,
/// and with it pods get addresses no other node knows. Each is renamed so that no runtime reads it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CniLeftovers {
    kept: Vec<String>,
    told: bool,
}

impl CniLeftovers {
    /// No leftovers at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// They stay, and the one that would be taken is told of: nobody said which network the pods
    /// shall have.
    #[must_use]
    pub fn told() -> Self {
        Self { told: true, ..Self::default() }
    }

    /// None but the file of this name.
    #[must_use]
    pub fn but(mut self, name: impl Into<String>) -> Self {
        self.kept.push(name.into());
        self
    }

    fn is_leftover(&self, name: &str) -> bool {
        let stem = READ.iter().find_map(|end| name.strip_suffix(end));
        stem.is_some_and(|stem| SAMPLES.contains(&stem)) && !self.kept.iter().any(|kept| kept == name)
    }
}

impl Resource for CniLeftovers {
    fn kind(&self) -> &'static str {
        "cni"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look_into(host, Path::new(DIRECTORY));
        let found: Vec<_> = leftovers(self, seen).collect();
        for path in found {
            seen.look_itself(host, &path);
            let aside = aside(seen, &path);
            seen.look_itself(host, &aside);
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        if self.told {
            if let Some(first) = first(seen).filter(|name| self.is_leftover(name)) {
                let what = format!(
                    "{DIRECTORY}/{first} is a sample of other software, and pods get their addresses by it"
                );
                draft.coded_note(
                    Code::CrioBridgeConfigLeft,
                    what,
                    "name your network plugin in the spec (networking.plugin) to have it set aside",
                );
            }
            return;
        }
        for path in leftovers(self, seen) {
            let because = || {
                let reason = "a sample configuration of other software would be taken for the pod network";
                Reason::of(reason).risking(Risk::Medium)
            };
            if let Ok(look) = seen.file(&path)
                && look.node != Node::Absent
            {
                match &look.node {
                    Node::File { content, .. } => {
                        draft.content(
                            &aside(seen, &path),
                            content.as_bytes().to_vec(),
                            Mode::PUBLIC,
                            because(),
                        );
                    }
                    other => draft.file(&aside(seen, &path), other.clone(), because()),
                }
            }
            draft.file(&path, Node::Absent, because());
        }
    }
}

/// The one a runtime takes.
fn first(seen: &Observed) -> Option<&str> {
    let names = seen.names(Path::new(DIRECTORY)).filter_map(|name| name.to_str());
    names.filter(|name| READ.iter().any(|end| name.ends_with(end))).min()
}

fn leftovers<'a>(wish: &'a CniLeftovers, seen: &'a Observed) -> impl Iterator<Item = PathBuf> + 'a {
    let names = seen.names(Path::new(DIRECTORY)).filter_map(|name| name.to_str());
    names.filter(|name| wish.is_leftover(name)).map(|name| Path::new(DIRECTORY).join(name))
}

/// Ends in nothing that is read.
fn aside(seen: &Observed, path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-disabled", seen.owner()));
    name.into()
}
