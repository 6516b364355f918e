//! The documents of a file together: defaulted, validated and advised on, each remark at the place of
//! its field.
//!
//! Defaults come before validation as in kubeadm, so a remark may be about a value that the file
//! does not state; it then stands at the nearest part of its path that is there. Each document is
//! decoded leniently by now: what was wrong with a field has been told, and the field is empty.

use std::collections::{BTreeMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Decoded, Remark, Severity, components, help, kube_proxy, this_host};
use crate::advice::{self, Advice, Circumstances};
use crate::code::Code;
use crate::convert;
use crate::defaults::dynamic::{Dynamic, SocketSearch};
use crate::defaults::fixed;
use crate::like_kubeadm::Options;
use crate::model::{ClusterConfiguration, InitConfiguration, JoinConfiguration};
use crate::recognise::Recognised;
use crate::release::KubeadmRelease;
use crate::report::Problem;
use crate::validate;
use crate::yaml::{Node, Span};

/// The documents of a file that could be decoded, by their kinds.
pub(super) struct Documents<'d> {
    pub(super) all: &'d [Decoded<'d>],
    pub(super) options: &'d Options,
    pub(super) circumstances: &'d Circumstances,
    /// Whether the file is read as a whole, so that what it lacks is lacking.
    pub(super) whole: bool,
}

impl<'d> Documents<'d> {
    /// The first document of that kind; a second one is a failure of the file.
    fn find(&self, kind: &str) -> Option<&'d Decoded<'d>> {
        self.all.iter().find(|decoded| decoded.document.gvk.kind == kind)
    }

    fn of(&self, kind: &str) -> Option<&'d Recognised<'d>> {
        self.find(kind).map(|decoded| decoded.document)
    }

    /// `None` where the document's API version is none of kubeadm's, or where what is left does
    /// not fit the type.
    fn typed<T: DeserializeOwned>(&self, kind: &str) -> Option<T> {
        self.find(kind).and_then(typed)
    }

    /// Every problem, the host's facts filled in.
    pub(super) fn validated(&self, remarks: &mut Vec<Remark>) {
        let release = &self.options.release;
        // No socket is searched: `kubeadm config validate` does not either (`skipCRIDetect`).
        let mut dynamic = Dynamic::new(release, &self.options.facts, SocketSearch::Skipped);
        // kubeadm makes the missing one of the two from defaults and judges both.
        if self.of("InitConfiguration").is_some() || self.of("ClusterConfiguration").is_some() {
            self.init(&mut dynamic, remarks);
        }
        if let Some(proxy) = self.find("KubeProxyConfiguration") {
            of_kube_proxy(proxy, release, remarks);
        }
        if let Some(join) = self.typed("JoinConfiguration") {
            self.join(join, &mut dynamic, remarks);
        }
        if let Some(mut reset) = self.typed("ResetConfiguration") {
            let document = [self.of("ResetConfiguration")];
            fixed::reset(&mut reset);
            dynamic.reset(&mut reset);
            place(validate::reset(&reset, release).problems, &document, release, remarks);
            of_components(components::of_reset(&reset, release), &document, remarks);
        }
        if let Some(mut upgrade) = self.typed("UpgradeConfiguration") {
            let document = [self.of("UpgradeConfiguration")];
            fixed::upgrade(&mut upgrade);
            place(validate::upgrade(&upgrade, release).problems, &document, release, remarks);
            of_components(components::of_upgrade(&upgrade, release), &document, remarks);
        }
    }

    fn init(&self, dynamic: &mut Dynamic<'_>, remarks: &mut Vec<Remark>) {
        let release = &self.options.release;
        let mut init: InitConfiguration = self.typed("InitConfiguration").unwrap_or_default();
        let mut cluster: ClusterConfiguration = self.typed("ClusterConfiguration").unwrap_or_default();
        fixed::init(&mut init, release);
        fixed::cluster(&mut cluster, release);
        dynamic.init(&mut init);
        // What is filled in below is looked up; advice is about what was written.
        let said = cluster.kubernetes_version.clone();
        dynamic.cluster(&mut cluster, &init.local_api_endpoint);
        let mut problems = std::mem::take(&mut dynamic.problems);
        problems.extend(validate::init(&init, &cluster, release).problems);
        let places = [self.of("InitConfiguration"), self.of("ClusterConfiguration")];
        place(problems, &places, release, remarks);
        // Of what could not be read nothing is advised.
        let read = ["InitConfiguration", "ClusterConfiguration"].map(|kind| {
            let read = self.find(kind).filter(|decoded| decoded.content.is_some());
            read.map(|decoded| decoded.document)
        });
        // A label is advised on as it stands, not as what it is looked up to.
        let resolved = std::mem::replace(&mut cluster.kubernetes_version, said);
        advise(advice::advise_init(&init, &cluster, release, &self.known()), &read, self.whole, remarks);
        cluster.kubernetes_version = resolved;
        let mut found = components::of_init(&init, &cluster, release);
        found.extend(this_host::advertised(&init, &cluster, self.circumstances));
        of_components(found, &places, remarks);
    }

    /// What is known of the node: the file's own kubelet document wins.
    fn known(&self) -> Circumstances {
        let mut known = self.circumstances.clone();
        let driver =
            self.of("KubeletConfiguration").and_then(|kubelet| kubelet.document.root.get("cgroupDriver"));
        let driver = driver.and_then(Node::as_str).and_then(|driver| driver.parse().ok());
        known.kubelet_cgroup_driver = driver.or(known.kubelet_cgroup_driver);
        known
    }

    fn join(&self, mut join: JoinConfiguration, dynamic: &mut Dynamic<'_>, remarks: &mut Vec<Remark>) {
        let release = &self.options.release;
        let document = [self.of("JoinConfiguration")];
        fixed::join(&mut join, release);
        dynamic.join(&mut join);
        let mut problems = std::mem::take(&mut dynamic.problems);
        problems.extend(validate::join(&join, release, &self.options.facts.existing_files).problems);
        place(problems, &document, release, remarks);
        advise(advice::advise_join(&join, release, self.circumstances), &document, self.whole, remarks);
        of_components(components::of_join(&join, release), &document, remarks);
    }
}

fn of_kube_proxy(proxy: &Decoded<'_>, release: &KubeadmRelease, remarks: &mut Vec<Remark>) {
    let document = proxy.document;
    let root = &document.document.root;
    let gates = components::gates_of(root);
    if let Some(mode) = root.get("mode") {
        let remark = mode.as_str().and_then(|mode| components::proxy_mode(mode, &gates, release));
        remarks.extend(remark.map(|remark| remark.of("KubeProxyConfiguration").at(Some(mode.span))));
    }
    let mut found = components::proxy_gates(&gates, release);
    found.extend(proxy.content.iter().flat_map(|content| kube_proxy::refused(content, release.minor())));
    of_components(found, &[Some(document)], remarks);
}

fn typed<T: DeserializeOwned>(decoded: &Decoded<'_>) -> Option<T> {
    let gvk = &decoded.document.gvk;
    let version = gvk.kubeadm_version()?;
    let mut content = decoded.content.clone()?;
    // All versions are judged as one, as kubeadm converts them to its internal type first.
    convert::to_common(&gvk.kind, version, &mut content);
    serde_json::from_value(Value::Object(content)).ok()
}

/// Finds the place of each problem's field in one of the documents.
fn place(
    problems: Vec<Problem>,
    documents: &[Option<&Recognised<'_>>],
    release: &KubeadmRelease,
    remarks: &mut Vec<Remark>,
) {
    for problem in problems {
        // Paths of kubeadm's messages are those of the internal type, which is nearly v1beta4; of
        // an older document the nearest part is found.
        let (kind, span) = find_place(&problem.path, documents);
        let remark = Remark::invalid(problem).of(kind).at(span);
        let help = help::on_value(&remark, release);
        remarks.push(Remark { help, ..remark });
    }
}

/// What the components say, each at the place of its field. A value that could not even be decoded, and
/// is empty in its stead, is told already.
fn of_components(found: Vec<Remark>, documents: &[Option<&Recognised<'_>>], remarks: &mut Vec<Remark>) {
    for remark in found {
        let value = format!("{}.value", remark.field);
        let of_value =
            matches!(remark.code, Code::ComponentArgumentUnparsable | Code::ComponentArgumentRefused);
        let is_in = |whole: &str| {
            let rest = remark.field.strip_prefix(whole).filter(|_| !whole.is_empty());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let wrong = remarks.iter().filter(|other| other.code == Code::WrongType);
        let told = |other: &Remark| is_in(&other.field) || (of_value && other.field == value);
        if wrong.into_iter().any(told)
            || (remark.code == Code::ArgumentFileNotMounted && unread(&remark, remarks))
        {
            continue;
        }
        let (kind, span) = find_place(&remark.field, documents);
        remarks.push(remark.of(kind).at(span));
    }
}

/// Whether volumes of that component are said in a way that was not read: they may hold the file.
fn unread(remark: &Remark, remarks: &[Remark]) -> bool {
    let component = remark.field.split('.').next().unwrap_or_default();
    let of_volumes = |other: &Remark| {
        let rest = other.field.strip_prefix(component);
        rest.is_some_and(|rest| rest.to_ascii_lowercase().contains("volume"))
    };
    remarks
        .iter()
        .any(|other| matches!(other.code, Code::WrongType | Code::UnknownField) && of_volumes(other))
}

/// Advice is on what was read. What the file does not say itself is no matter of its, but for a
/// subnet that is missing from a ClusterConfiguration without a fault; and what is wrong with a
/// value is told already.
fn advise(
    advice: Vec<Advice>,
    documents: &[Option<&Recognised<'_>>],
    whole: bool,
    remarks: &mut Vec<Remark>,
) {
    // Advice on a value that is refused would be about something that cannot be.
    let faulty: HashSet<String> = remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Error)
        .map(|remark| remark.field.clone())
        .collect();
    let unknown = remarks.iter().any(|remark| remark.code == Code::UnknownField);
    for advice in advice {
        let (kind, span) = find_place(&advice.path, documents);
        let stated = documents.iter().flatten().any(|document| document.document.locate(&advice.path).exact);
        let of_cluster =
            documents.iter().flatten().any(|document| document.gvk.kind == "ClusterConfiguration");
        let meant = match advice.code {
            // What is missing may be the field that is not known, where that only warns.
            Code::NoPodSubnet => whole && of_cluster && !unknown,
            // It lies in another document.
            Code::CgroupDriverMismatch => true,
            _ => stated,
        };
        if meant && !faulty.contains(&advice.path) {
            remarks.push(Remark::advised(advice).of(kind).at(span));
        }
    }
}

/// The kind of the document that has the field, and where; else the first document's kind.
fn find_place<'a>(path: &str, documents: &[Option<&'a Recognised<'_>>]) -> (&'a str, Option<Span>) {
    let found = documents.iter().flatten().find_map(|document| {
        let span = span_of(document, path)?;
        Some((document.gvk.kind.as_str(), Some(span)))
    });
    let first = || documents.iter().flatten().next().map(|document| document.gvk.kind.as_str());
    found.unwrap_or_else(|| (first().unwrap_or_default(), None))
}

/// Where a field stands: as far along its path as the document goes, if at least its first part is
/// there.
pub(super) fn span_of(document: &Recognised<'_>, path: &str) -> Option<Span> {
    if let Some(key) = key_of_map(document, path) {
        return Some(key);
    }
    let place = document.document.locate(path);
    let root = document.document.root.span;
    (place.exact || place.value != root).then_some(place.value)
}

/// More arguments than any component has.
const MOST_SORTED: usize = 1000;

/// The key that is the element `path` ends with, where the document has a map and newer APIs a list:
/// kubeadm sorts such a map by its names (`convert`).
fn key_of_map(document: &Recognised<'_>, path: &str) -> Option<Span> {
    let (map, index) = path.strip_suffix(']')?.rsplit_once('[')?;
    let entries = document.document.node(map)?.as_mapping()?;
    // Each wrong key sorts the map anew: a longer one is marked as a whole.
    if entries.len() > MOST_SORTED {
        return None;
    }
    let by_name: BTreeMap<&str, Span> =
        entries.iter().map(|entry| (entry.key.as_str(), entry.key_span)).collect();
    // `convertToArgs` of v1beta3/conversion.go sorts by name.
    by_name.into_values().nth(index.parse().ok()?)
}
