//! What is asked for, as documents that hold only what was said.

use serde_json::{Map, Value};

use super::assignment::{FieldAssignment, FieldPath, Refused, near};
use super::cluster::ClusterSpec;
use super::document::Document;
use super::held;
use super::holders::{holds, readable, who_can};
use super::join::JoinSpec;
use super::maintenance::{ResetSpec, UpgradeSpec};
use super::node::spelled;
use super::stages::{Defaulted, Stage};
use crate::catalogue::fields_of;
use crate::decode::{Order, decode};
use crate::host::HostFacts;
use crate::migrate::{self, Loss, Moving};
use crate::recognise::{Recognised, recognise};
use crate::release::{KubeadmRelease, Support};
use crate::report::{Problem, Report};
use crate::version::ApiVersion;
use crate::wire::shape::StructShape;
use crate::wire::{self, Gvk};

pub(super) const INIT: &str = "InitConfiguration";
pub(super) const CLUSTER: &str = "ClusterConfiguration";
pub(super) const JOIN: &str = "JoinConfiguration";
pub(super) const RESET: &str = "ResetConfiguration";
pub(super) const UPGRADE: &str = "UpgradeConfiguration";
pub(super) const KUBELET: &str = "KubeletConfiguration";
pub(super) const KUBE_PROXY: &str = "KubeProxyConfiguration";

/// The kinds in the order in which they are printed.
pub(super) const KINDS: [&str; 7] = [INIT, CLUSTER, JOIN, RESET, UPGRADE, KUBELET, KUBE_PROXY];

/// Documents on their way from what was said to what is printed: of specs, of a file, and of single
/// values by their paths, for one kubeadm release and one API version. What the version cannot hold
/// is a problem, unless it may be left out.
///
/// ```
/// use kubeadm_config::{ApiVersion, Asked, HostFacts};
///
/// let old = b"apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nscheduler:\n  extraArgs:\n    v: \"4\"\n";
/// let mut facts = HostFacts::default();
/// facts.host_name = "node-1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
///
/// let mut asked = Asked::new("v1.34.0".parse()?);
/// asked.read(old)?;
/// asked.set("networking.podSubnet=10.244.0.0/16".parse()?);
/// let yaml = asked.defaulted(&facts).validate()?.to_yaml()?;
/// assert!(yaml.contains("  - name: v\n    value: \"4\"\n"));
/// assert!(yaml.contains("  podSubnet: 10.244.0.0/16\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Asked {
    pub(super) release: KubeadmRelease,
    pub(super) version: ApiVersion,
    experimental_is_fine: bool,
    losses_are_fine: bool,
    documents: Vec<(&'static str, Document)>,
    assignments: Vec<FieldAssignment>,
    pub(super) problems: Vec<Problem>,
    losses: Vec<String>,
}

impl Asked {
    /// Nothing yet, for that kubeadm and the API version that it writes.
    #[must_use]
    pub const fn new(release: KubeadmRelease) -> Self {
        Self {
            version: release.writes(),
            release,
            experimental_is_fine: false,
            losses_are_fine: false,
            documents: Vec::new(),
            assignments: Vec::new(),
            problems: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// In another API version.
    #[must_use]
    pub fn in_version(self, version: ApiVersion) -> Self {
        Self { version, ..self }
    }

    /// Also in a version that the release reads as an experiment only.
    #[must_use]
    pub fn allowing_experimental(self) -> Self {
        Self { experimental_is_fine: true, ..self }
    }

    /// Without what the version cannot hold; [`Valid::left_out`](super::Valid::left_out) tells what
    /// that was.
    #[must_use]
    pub fn leaving_out_losses(self) -> Self {
        Self { losses_are_fine: true, ..self }
    }

    /// The kinds of the documents, in the order in which they are printed.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        KINDS.into_iter().filter(|kind| self.document(kind).is_some())
    }

    /// Whether something was said about a field of a kind, in a file, by a spec or by an
    /// assignment.
    #[must_use]
    pub fn says(&self, kind: &str, path: &str) -> bool {
        let set = |assignment: &FieldAssignment| {
            let target = assignment.target();
            target.as_str() == path && target.kind.as_deref().is_none_or(|named| named == kind)
        };
        self.document(kind).is_some_and(|document| document.at(path).is_some())
            || self.assignments.iter().any(set)
    }

    /// The text that was said about a field of a kind, in a file or by a spec.
    #[must_use]
    pub fn text(&self, kind: &str, path: &str) -> Option<&str> {
        self.document(kind)?.at(path)?.as_str()
    }

    /// Asks for a runtime's socket in the document of that kind; a path gets the scheme that the
    /// release wants.
    pub fn socket(&mut self, kind: &str, socket: &str) {
        let socket = spelled(socket, &self.release);
        let path = if kind == RESET { "criSocket" } else { "nodeRegistration.criSocket" };
        self.document_mut(kind).put(path, socket);
    }

    /// How many bootstrap tokens have to be made up.
    #[must_use]
    pub fn tokens_to_make_up(&self) -> usize {
        let Some(init) = self.document(INIT) else { return 0 };
        let tokens = init.at("bootstrapTokens").and_then(Value::as_array).filter(|tokens| !tokens.is_empty());
        tokens.map_or(1, |tokens| tokens.iter().filter(|token| token["token"].is_null()).count())
    }

    /// Starts from the documents of a file, in whatever API version they are. What is said later
    /// goes on top of them.
    ///
    /// # Errors
    /// Everything in the file that cannot be read.
    pub fn read(&mut self, file: &[u8]) -> Result<(), Report> {
        let documents = match recognise(file, &migrate::newest()) {
            Ok(documents) => documents,
            Err(failure) => return Report::of(vec![Problem::of("", failure.text)]).map_or(Ok(()), Err),
        };
        let (mut moving, mut problems, mut losses) = (Vec::new(), Vec::new(), Vec::new());
        for document in &documents {
            self.read_document(document, &mut moving, &mut problems, &mut losses);
        }
        if let Some(report) = Report::of(problems) {
            return Err(report);
        }
        // A timeout of the cluster goes to the InitConfiguration, which is there in the end.
        let of_init = |document: &Moving| document.gvk.kind == INIT || document.gvk.kind == CLUSTER;
        if moving.iter().any(of_init) && moving.iter().all(|document| document.gvk.kind != INIT) {
            let gvk = Gvk::kubeadm(ApiVersion::V1, INIT);
            moving.push(Moving { gvk, content: Map::new(), from: Some(ApiVersion::V1) });
        }
        migrate::move_timeouts(&mut moving, ApiVersion::V1, &mut losses);
        for document in moving {
            self.document_mut(&document.gvk.kind).content = document.content;
        }
        self.losses.extend(losses.iter().map(ToString::to_string));
        Ok(())
    }

    fn read_document(
        &self,
        document: &Recognised<'_>,
        moving: &mut Vec<Moving>,
        problems: &mut Vec<Problem>,
        losses: &mut Vec<Loss>,
    ) {
        problems.extend(migrate::given_twice(document));
        let gvk = &document.gvk;
        let component = gvk == &Gvk::kubelet() || gvk == &Gvk::kube_proxy();
        if gvk.group == ApiVersion::GROUP && KINDS.contains(&gvk.kind.as_str()) {
            migrate::read(document, moving, problems, losses);
        } else if let Some(kind) = wire::find(gvk, &self.release).filter(|_| component) {
            let found = decode(&document.document.root, kind, self.release.minor(), Order::Sorted);
            let unread = |finding: &crate::DecodeProblem| {
                Problem::of(finding.path.as_str(), format!("{}: {}", finding.span.position, finding.text))
            };
            problems.extend(found.wrong.iter().map(unread));
            let lost =
                |finding: &crate::DecodeProblem| Loss { kind: gvk.kind.clone(), path: finding.path.clone() };
            losses.extend(found.unknown.iter().map(lost));
            moving.push(Moving { gvk: gvk.clone(), content: found.content, from: None });
        } else {
            losses.push(Loss { kind: gvk.to_string(), path: String::new() });
        }
    }

    /// Asks for a cluster: an InitConfiguration and a ClusterConfiguration.
    pub fn cluster(&mut self, spec: &ClusterSpec) {
        let release = self.release.clone();
        spec.write_init(self.document_mut(INIT), &release);
        spec.write_cluster(self.document_mut(CLUSTER));
        if let Some(driver) = spec.cgroup_driver {
            self.document_mut(KUBELET).put("cgroupDriver", driver.as_str());
        }
        if let Some(fails) = spec.fail_cgroup_v1 {
            self.document_mut(KUBELET).put("failCgroupV1", fails);
        }
        if let Some(mode) = &spec.addons.proxy_mode {
            self.document_mut(KUBE_PROXY).put("mode", mode.as_str());
        }
    }

    /// Asks for a node that joins: a JoinConfiguration.
    pub fn join(&mut self, spec: &JoinSpec) {
        let release = self.release.clone();
        spec.write(self.document_mut(JOIN), &release);
    }

    /// Asks for a node to be put back: a ResetConfiguration.
    pub fn reset(&mut self, spec: &ResetSpec) {
        let release = self.release.clone();
        spec.write(self.document_mut(RESET), &release);
    }

    /// Asks for an upgrade: an UpgradeConfiguration.
    pub fn upgrade(&mut self, spec: &UpgradeSpec) {
        let (release, version) = (self.release.clone(), self.version);
        spec.write(self.document_mut(UPGRADE), &|path| holds(UPGRADE, path, version, &release));
    }

    /// Asks for one value. Values are set last, over everything else, in the API version that is
    /// printed.
    pub fn set(&mut self, assignment: FieldAssignment) {
        self.assignments.push(assignment);
    }

    /// Removes what has been said about a field so far.
    pub fn unset(&mut self, path: &FieldPath) {
        let wanted = |kind: &str| path.kind.as_deref().is_none_or(|named| named == kind);
        let gone: Vec<bool> = self
            .documents
            .iter_mut()
            .filter(|(kind, _)| wanted(kind))
            .map(|(_, document)| path.unset(&mut document.content))
            .collect();
        if !gone.contains(&true) {
            self.problems.push(Problem::of(path.as_str(), format!("{path}: there is nothing to remove")));
        }
    }

    /// Fills in what was not asked for, as the release does on a host with these facts.
    #[must_use]
    pub fn defaulted(mut self, facts: &HostFacts) -> Defaulted {
        self.check_version();
        if self.document(INIT).is_some() || self.document(CLUSTER).is_some() {
            self.document_mut(INIT);
            self.document_mut(CLUSTER);
        }
        let documents = std::mem::take(&mut self.documents);
        let (mut kinds, losses) = held::in_version(documents, self.version, &self.release);
        self.losses.extend(losses);
        for assignment in std::mem::take(&mut self.assignments) {
            self.assign(&assignment, &mut kinds);
        }
        let mut left_out = std::mem::take(&mut self.losses);
        if !self.losses_are_fine {
            self.problems.extend(left_out.drain(..).map(|text| Problem::of("", text)));
        }
        Stage { release: self.release, version: self.version, problems: self.problems, left_out }
            .defaulted(kinds, facts)
    }

    /// A version that the release does not read is a problem by itself: everything else is then
    /// checked in the one that it writes.
    fn check_version(&mut self) {
        let (version, release) = (self.version, self.release.version());
        let text = match self.release.support(version) {
            Support::Read | Support::Deprecated => return,
            Support::Experimental if self.experimental_is_fine => return,
            Support::Experimental => {
                format!("kubeadm {release} reads {version} only where experimental versions are allowed")
            }
            _ => {
                let read: Vec<_> = readable(&self.release).map(ApiVersion::name).collect();
                format!("kubeadm {release} does not read {version}; it reads {}", read.join(" and "))
            }
        };
        self.problems.push(Problem::of("apiVersion", text));
        self.version = self.release.writes();
    }

    fn document(&self, kind: &str) -> Option<&Document> {
        self.documents.iter().find(|(known, _)| *known == kind).map(|(_, document)| document)
    }

    fn document_mut(&mut self, kind: &str) -> &mut Document {
        let at = self.documents.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            let known = KINDS.into_iter().find(|known| *known == kind);
            self.documents.push((known.unwrap_or(CLUSTER), Document::default()));
            self.documents.len() - 1
        });
        &mut self.documents[at].1
    }

    fn shape(&self, kind: &str) -> Option<&'static StructShape> {
        wire::find(&gvk_of(kind, self.version), &self.release).map(|kind| kind.fields)
    }

    /// Sets a value in the document that has its field.
    fn assign(&mut self, assignment: &FieldAssignment, documents: &mut Vec<(&'static str, Document)>) {
        let kind = match self.kind_of(assignment.target(), documents) {
            Ok(kind) => kind,
            Err(text) => return self.problem(assignment, &text),
        };
        let Some(shape) = self.shape(kind) else { return };
        if documents.iter().all(|(known, _)| *known != kind) {
            documents.push((kind, Document::default()));
        }
        let Some((_, document)) = documents.iter_mut().find(|(known, _)| *known == kind) else { return };
        if let Err(refused) = assignment.apply(&mut document.content, shape, self.release.minor()) {
            let text = match refused {
                Refused::Unknown { .. } => self.unknown(kind, assignment.target(), &refused.to_string()),
                refused => refused.to_string(),
            };
            self.problem(assignment, &text);
        }
    }

    fn problem(&mut self, assignment: &FieldAssignment, text: &str) {
        let target = assignment.target();
        self.problems.push(Problem::of(target.as_str(), format!("{target}: {text}")));
    }

    /// The document that a path is about: the one that it names, else the only one that has the
    /// field.
    fn kind_of(
        &self,
        path: &FieldPath,
        documents: &[(&'static str, Document)],
    ) -> Result<&'static str, String> {
        let there = |kind: &str| documents.iter().any(|(known, _)| *known == kind);
        let component = |kind: &str| kind == KUBELET || kind == KUBE_PROXY;
        let can_be_added = |kind: &str| component(kind) && there(CLUSTER) && !there(kind);
        if let Some(named) = &path.kind {
            let known = KINDS.into_iter().find(|kind| kind == named);
            return known
                .filter(|kind| there(kind) || can_be_added(kind))
                .ok_or_else(|| format!("no {named} was asked for"));
        }
        let minor = self.release.minor();
        let has = |kind: &&str| self.shape(kind).is_some_and(|shape| path.is_in(shape, minor));
        let found: Vec<&'static str> = KINDS.into_iter().filter(|kind| there(kind)).filter(has).collect();
        let addable: Vec<&'static str> =
            KINDS.into_iter().filter(|kind| can_be_added(kind)).filter(has).collect();
        match (&found[..], &addable[..]) {
            ([kind], _) | ([], [kind]) => Ok(kind),
            ([], []) => Err(self.known_nowhere(path, documents)),
            (several, more) => {
                let names = if several.is_empty() { more } else { several };
                Err(format!("{} have it; write {}.{path} or another of them", names.join(" and "), names[0]))
            }
        }
    }

    fn known_nowhere(&self, path: &FieldPath, documents: &[(&'static str, Document)]) -> String {
        let minor = self.release.minor();
        let mut fields = Vec::new();
        for (kind, _) in documents {
            fields.extend(self.shape(kind).map(|shape| fields_of(shape, minor)).unwrap_or_default());
        }
        let plain = Refused::Unknown { near: near(path.as_str(), &fields) }.to_string();
        let other = documents.iter().map(|(kind, _)| self.unknown(kind, path, &plain));
        other.into_iter().find(|text| *text != plain).unwrap_or(plain)
    }

    /// What is to be said of a field that the kind has not: where it went, who has it, else what is
    /// near.
    fn unknown(&self, kind: &str, path: &FieldPath, plain: &str) -> String {
        who_can(kind, path.as_str(), self.version, &self.release).unwrap_or_else(|| plain.to_owned())
    }
}

/// Group, version and kind of a document in an API version of kubeadm.
pub(super) fn gvk_of(kind: &str, version: ApiVersion) -> Gvk {
    match kind {
        KUBELET => Gvk::kubelet(),
        KUBE_PROXY => Gvk::kube_proxy(),
        kind => Gvk::kubeadm(version, kind),
    }
}
