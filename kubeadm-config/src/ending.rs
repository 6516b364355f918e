//! What of a node's files ends with a later minor: flags, feature gates, fields, values and API
//! versions that its programs no longer take, each with the first minor that does not, its place, and
//! whether something changes with it.
//!
//! The tables are those of the judges: [`kubelet`](crate::kubelet), [`component`](crate::component)
//! and the [releases](crate::KubeadmRelease) of kubeadm.
//!
//! ```
//! use kubeadm_config::Minor;
//! use kubeadm_config::ending::{Effect, of_command_lines};
//!
//! let file = b"KUBELET_KUBEADM_ARGS=\"--container-runtime=remote --node-ip=192.0.2.1\"\n";
//! let found = of_command_lines(file, Minor::new(34)).endings;
//! assert_eq!((found.len(), found[0].what.as_str()), (1, "--container-runtime"));
//! assert_eq!((found[0].ends, found[0].effect), (Minor::new(27), Effect::Same));
//! assert_eq!(found[0].place.unwrap().column, 23);
//! ```

mod document;
mod flag;
mod gate;
mod past;
#[cfg(test)]
mod tests;
mod words;

pub use self::document::{Found, of_documents};
pub use self::words::of_command_lines;

use crate::code::Code;
use crate::version::Minor;
use crate::yaml::Position;

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ending {
    /// The name of the fault.
    pub code: Code,
    /// The program that no longer takes it.
    pub program: &'static str,
    /// What it is: `--container-runtime`, `NodeSwap=false`, `kubeadm.k8s.io/v1beta2`.
    pub what: String,
    /// The field of the document, where it stands in one.
    pub field: String,
    /// The first minor that does not take it.
    pub ends: Minor,
    /// What it does to the node to take it out.
    pub effect: Effect,
    /// Whether its program does not start, or does not go on, where it is left in.
    pub stops: bool,
    /// What happens where it is left in.
    pub text: String,
    /// What to do.
    pub help: String,
    /// What takes its place.
    pub instead: Option<String>,
    /// Where it stands.
    pub place: Option<Position>,
}

/// What becomes of what a setting said once it is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: it said what the next minor does anyway, or did nothing.
    Same,
    /// The tables do not tell.
    Unclear,
    /// The node behaves otherwise, unless what takes its place is set.
    Changes,
}

impl Effect {
    /// As JSON spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Unclear => "unclear",
            Self::Changes => "changes",
        }
    }
}

impl Ending {
    fn at(self, place: Position) -> Self {
        Self { place: Some(place), ..self }
    }

    fn in_field(self, field: impl Into<String>) -> Self {
        Self { field: field.into(), ..self }
    }
}

/// A program whose command line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Kubelet,
    Component(crate::component::Component),
    Etcd,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Kubelet => "kubelet",
            Self::Component(component) => component.name(),
            Self::Etcd => "etcd",
        }
    }

    /// The program of a path or name, `/usr/bin/kubelet`.
    fn of(word: &str) -> Option<Self> {
        let name = word.rsplit('/').next()?;
        let component = crate::component::Component::ALL.iter().find(|one| one.name() == name);
        match name {
            "kubelet" => Some(Self::Kubelet),
            "etcd" => Some(Self::Etcd),
            _ => component.map(|one| Self::Component(*one)),
        }
    }
}
