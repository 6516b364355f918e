//! The kubelet's settings as they are in force: flag over drop-ins over file; each with its place.
//!
//! Precedence is the kubelet's own (`cmd/kubelet/app/server.go`, `kubeletConfigFlagPrecedence`,
//! and `mergeKubeletConfigurations` for `--config-dir`, 1.28 on): defaults, the file of
//! `--config`, drop-ins in the order of their names, flags. A drop-in counts by its ending `.conf`
//! alone.

use std::path::Path;

use kubeadm_config::yaml::{self, Base, Node};

use super::{Inspection, Part, known};
use crate::doctor::finding::{Evidence, Unread};

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
    /// that has it, else the main file. `None`: no file says it, so that the default of the minor
    /// is in force, or a flag.
    ///
    /// # Errors
    ///
    /// Where one of the files cannot be read: it may say anything.
    pub fn kubelet_field(&self, field: &str) -> Result<Option<KubeletValue>, Unread> {
        Ok(self.kubelet_sources()?.iter().rev().find_map(|source| {
            let value = field.split('.').try_fold(&source.root, |node, key| node.get(key))?;
            let at = value.span.position;
            let place = Evidence::file(&source.path).at(at.line, at.column);
            let place = match value.as_str() {
                Some(text) => place.value(text),
                None => place.value(value.to_json()),
            };
            Some(KubeletValue { value: value.clone(), place })
        }))
    }

    /// The text of a field, if it is one.
    ///
    /// # Errors
    ///
    /// As [`kubelet_field`](Self::kubelet_field).
    pub fn kubelet_text(&self, field: &str) -> Result<Option<(String, Evidence)>, Unread> {
        let found = self.kubelet_field(field)?;
        Ok(found.and_then(|found| Some((found.value.as_str()?.to_owned(), found.place))))
    }

    /// A setting that has a flag and a field of text: the flag wins, whatever the files say.
    ///
    /// # Errors
    ///
    /// As [`kubelet_field`](Self::kubelet_field), where there is no such flag.
    pub fn kubelet_setting(&self, flag: &str, field: &str) -> Result<Option<(String, Evidence)>, Unread> {
        match self.kubelet_flag(flag) {
            Some(said) => Ok(Some(said)),
            None => self.kubelet_text(field),
        }
    }

    /// A setting that has a flag and a field of a number: the flag wins.
    ///
    /// # Errors
    ///
    /// As [`kubelet_setting`](Self::kubelet_setting).
    pub fn kubelet_number(&self, flag: &str, field: &str) -> Result<Option<(i64, Evidence)>, Unread> {
        let flag = self.kubelet_flag(flag);
        // A flag that is no number ends the kubelet; that is another check's.
        if let Some(said) = flag.and_then(|(value, place)| Some((value.parse().ok()?, place))) {
            return Ok(Some(said));
        }
        // Its numbers are of 32 bits: a larger one ends the kubelet too.
        let whole = |value: &Node| value.as_i64().filter(|number| i32::try_from(*number).is_ok());
        Ok(self.kubelet_field(field)?.and_then(|found| Some((whole(&found.value)?, found.place))))
    }

    /// A setting that has a flag and a field that are true or false: the flag wins.
    ///
    /// # Errors
    ///
    /// As [`kubelet_setting`](Self::kubelet_setting).
    pub fn kubelet_switch(&self, flag: &str, field: &str) -> Result<Option<(bool, Evidence)>, Unread> {
        if let Some((value, place)) = self.kubelet_flag(flag) {
            // As Go's strconv.ParseBool; without a value a flag is true.
            let off = matches!(value.as_str(), "0" | "f" | "F" | "false" | "False" | "FALSE");
            return Ok(Some((!off, place)));
        }
        Ok(self.kubelet_field(field)?.and_then(|found| Some((found.value.as_bool()?, found.place))))
    }

    /// A flag of the kubelet's command line, with the file it comes from.
    pub fn kubelet_flag(&self, name: &str) -> Option<(String, Evidence)> {
        [Part::Units, Part::Kubelet].into_iter().for_each(|part| self.consults(part));
        // Of a flag that stands twice the last one counts (pflag).
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
    ///
    /// # Errors
    ///
    /// As [`kubelet_setting`](Self::kubelet_setting).
    pub fn static_pod_path(&self) -> Result<String, Unread> {
        let said = self.kubelet_setting("pod-manifest-path", "staticPodPath")?.map(|(path, _)| path);
        // kubeadm's `staticPodPath`; the kubelet itself has no default.
        Ok(said.unwrap_or_else(|| "/etc/kubernetes/manifests".to_owned()))
    }

    /// The files with a KubeletConfiguration, the one that wins last.
    fn kubelet_sources(&self) -> Result<&[Source], Unread> {
        let read = self.kubelet.get_or_init(|| {
            let kubelet = &self.facts.kubelet;
            let main = known(&kubelet.config, "the kubelet's configuration")?.iter();
            known(&kubelet.config_dir, "the kubelet's drop-ins")?;
            main.chain(kubelet.drop_ins()).map(|file| Source::read(&file.path, &file.bytes)).collect()
        });
        read.as_deref().map_err(Clone::clone)
    }
}

impl Source {
    /// Read as YAML with places; what the kubelet itself says of the file is a check of its own.
    fn read(path: &Path, bytes: &[u8]) -> Result<Self, Unread> {
        let path = path.display().to_string();
        match yaml::read(bytes, Base::default()) {
            Ok(document) => Ok(Self { path, root: document.root }),
            Err(error) => Err(Unread::new(path, error.to_string())),
        }
    }
}
