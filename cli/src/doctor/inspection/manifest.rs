//! The static pods of a node: their flags, each with its place.
//!
//! The kubelet reads every file of the directory whose name does not begin with a dot
//! (`pkg/kubelet/config/file.go`), so a copy like `kube-apiserver.yaml.bak` is read too.

use host_prep::facts::FileText;
use kubeadm_config::Minor;
use kubeadm_config::yaml::Node;

use super::{Inspection, known};
use crate::doctor::finding::{Evidence, Unread};
use crate::recipe::{StaticPod, Word, image_minor, image_tag};

/// A manifest of `/etc/kubernetes/manifests` that is a pod.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Manifest {
    /// Its file.
    pub path: String,
    /// `metadata.name`.
    pub name: String,
    /// The words of its component's command that are flags: of the container called like the pod.
    pub flags: Vec<Flag>,
    /// That container's image.
    pub image: Option<String>,
    /// The document.
    pub root: Node,
}

/// A flag of a command.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Flag {
    /// Its name, without dashes.
    pub name: String,
    /// What is behind `=`; empty where there is no `=`.
    pub value: String,
    /// Where it stands, with the word as it is written.
    pub place: Evidence,
}

impl Inspection<'_> {
    /// The static pods that can be read, in the order of their files.
    ///
    /// # Errors
    ///
    /// Where the directory or one of its files cannot be read.
    pub fn manifests(&self) -> Result<&[Manifest], Unread> {
        let read = self.manifests.get_or_init(|| {
            let files = known(&self.facts.kubeadm.manifests, "/etc/kubernetes/manifests")?;
            Ok(files.iter().filter_map(Manifest::read).collect())
        });
        read.as_deref().map_err(Clone::clone)
    }

    /// The static pod of that name; the last file of several wins no more than the first, so the first.
    ///
    /// # Errors
    ///
    /// As [`manifests`](Self::manifests).
    pub fn manifest(&self, name: &str) -> Result<Option<&Manifest>, Unread> {
        Ok(self.manifests()?.iter().find(|manifest| manifest.name == name))
    }
}

impl Manifest {
    fn read(file: &FileText) -> Option<Self> {
        let StaticPod { path, name, words, image, root } = StaticPod::read(file).ok()?;
        let flags = words.iter().filter_map(|word| Flag::read(&path, word)).collect();
        Some(Self { path, name, flags, image, root })
    }

    /// The value of a flag; the last one wins, as in Go's pflag.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }

    /// Whether its image is of a Kubernetes release. Others, such as kube-vip, have versions and
    /// repositories of their own.
    pub fn is_of_kubernetes(&self) -> bool {
        ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].contains(&self.name.as_str())
    }

    /// Its image without name and tag.
    pub fn repository(&self) -> Option<&str> {
        Some(self.image.as_deref()?.split('@').next()?.rsplit_once('/')?.0)
    }

    /// The tag of its image; `None` for one by digest alone.
    pub(crate) fn tag(&self) -> Option<&str> {
        image_tag(self.image.as_deref()?)
    }

    /// The minor that its image's tag names.
    pub fn minor(&self) -> Option<Minor> {
        image_minor(self.image.as_deref()?)
    }

    /// The whole file as evidence.
    pub fn evidence(&self) -> Evidence {
        Evidence::file(&self.path)
    }

    /// A node of it as evidence.
    pub fn at(&self, node: &Node) -> Evidence {
        self.evidence().at(node.span.position.line, node.span.position.column)
    }
}

impl Flag {
    fn read(path: &str, word: &Word) -> Option<Self> {
        let flag = word.text.strip_prefix("--")?;
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        Some(Self {
            name: name.to_owned(),
            value: value.to_owned(),
            place: Evidence::file(path).at(word.line, word.column).value(&word.text),
        })
    }
}
