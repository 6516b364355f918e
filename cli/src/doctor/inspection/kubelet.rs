//! The kubelet's settings as they are in force: flag over drop-ins over file; each with its place.

use std::path::Path;

use kubeadm_config::yaml::{self, Base, Node};

use super::Inspection;
use crate::doctor::finding::Evidence;

/// A setting of the kubelet, and where it is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KubeletValue {
    /// The value: a flag's is its text.
    pub value: Node,
    /// The place, with the value.
    pub place: Evidence,
}

/// A file with a KubeletConfiguration.
#[derive(Debug)]
pub(super) struct Source {
    path: String,
    root: Node,
}

impl Inspection<'_> {
    /// A field of `KubeletConfiguration` as a file says it, `a.b` for `b` in `a`: the last drop-in
    /// that has it, else the main file. `None`: no file that can be read says it, so that the
    /// default of the minor is in force, or a flag.
    pub fn kubelet_field(&self, field: &str) -> Option<KubeletValue> {
        self.kubelet_sources().iter().rev().find_map(|source| {
            let value = field.split('.').try_fold(&source.root, |node, key| node.get(key))?;
            let at = value.span.position;
            let place = Evidence::file(&source.path).at(at.line, at.column);
            let place = match value.as_str() {
                Some(text) => place.value(text),
                None => place.value(value.to_json()),
            };
            Some(KubeletValue { value: value.clone(), place })
        })
    }

    /// The text of a field, if it is one.
    pub fn kubelet_text(&self, field: &str) -> Option<(String, Evidence)> {
        let found = self.kubelet_field(field)?;
        Some((found.value.as_str()?.to_owned(), found.place))
    }

    /// A flag of the kubelet's command line, with the file it comes from.
    pub fn kubelet_flag(&self, name: &str) -> Option<(String, Evidence)> {
        let value = self.facts.kubelet.flag(name)?.to_owned();
        let unit = self.facts.kubelet.unit.as_ref()?;
        let word = unit.arguments().iter().rev().find(|word| {
            let bare = word.trim_start_matches('-');
            bare == name || bare.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
        });
        let place = word.and_then(|word| unit.place_of(word));
        let place = match place {
            Some((path, line, column)) => Evidence::file(path).at(line, column),
            None => Evidence::file(&unit.path),
        };
        Some((value.clone(), place.value(format!("--{name}={value}"))))
    }

    /// The directory where static pods lie.
    pub fn static_pod_path(&self) -> String {
        let said = self.kubelet_text("staticPodPath").map(|(path, _)| path);
        said.unwrap_or_else(|| "/etc/kubernetes/manifests".to_owned())
    }

    /// The files with a KubeletConfiguration, the one that wins last.
    fn kubelet_sources(&self) -> &[Source] {
        self.kubelet.get_or_init(|| {
            let kubelet = &self.facts.kubelet;
            let main = kubelet.config.known().into_iter().flatten();
            let drop_ins = kubelet.config_dir.known().into_iter().flatten().flatten();
            let drop_ins = drop_ins.filter(|file| file.path.extension().is_some_and(|end| end == "conf"));
            let read = |path: &Path, bytes: &[u8]| {
                let root = yaml::read(bytes, Base::default()).ok()?.root;
                Some(Source { path: path.display().to_string(), root })
            };
            main.chain(drop_ins).filter_map(|file| read(&file.path, &file.bytes)).collect()
        })
    }
}
