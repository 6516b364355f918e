//! CRI-O's settings as they are in force, each with its place.

use std::rc::Rc;

use crio_config::{Effective, KeyPath, Origin, Release, Sources, Value, merge};

use super::{Inspection, Part};
use crate::crio_host::Started;
use crate::doctor::finding::{Evidence, Unread};

/// A setting of CRI-O, and where it comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CrioValue {
    /// The value; of durations nanoseconds.
    pub value: Value,
    /// The line that says it; `None`: CRI-O's own default.
    pub place: Option<Evidence>,
}

impl Inspection<'_> {
    /// Whether CRI-O is on this host.
    pub fn has_crio(&self) -> bool {
        self.facts.crio.unit.is_some()
    }

    /// CRI-O's release: its package's or program's, else the planned one, else that of Kubernetes, else the
    /// newest.
    pub fn crio_release(&self) -> Release {
        if let Some(planned) = self.planned.as_ref().filter(|_| self.minor_of("cri-o").is_none()) {
            return planned.agreed.crio;
        }
        let minor = self.minor_of("cri-o").or_else(|| self.kubernetes_minor());
        minor.and_then(|minor| format!("1.{minor}").parse().ok()).unwrap_or(Release::NEWEST)
    }

    /// CRI-O's configuration as the release takes it that is installed. `None`: its release is not known here,
    /// or it does not take its files.
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "an upgrade is taken over the API"))]
    pub(crate) fn crio_configuration(&self) -> Result<Option<(Release, Effective)>, Unread> {
        let Some(minor) = self.minor_of("cri-o").and_then(|minor| u16::try_from(minor).ok()) else {
            return Ok(None);
        };
        let release = Release::newest_of(minor);
        Ok(merge(self.crio_files()?, release).ok().map(|merged| (release, merged.config)))
    }

    /// CRI-O's files as `crio check` reads them.
    ///
    /// # Errors
    ///
    /// Where one of them cannot be read.
    pub(in crate::doctor) fn crio_files(&self) -> Result<&Sources, Unread> {
        let read = self.crio_files.get_or_init(|| {
            let crio = Started::of(&self.facts.crio);
            let read = crio.sources(self.host.root());
            read.map_err(|error| Unread::because("CRI-O's configuration", &error))
        });
        read.as_ref().map_err(Clone::clone)
    }

    /// What CRI-O's files come to; `None` where CRI-O would not read them.
    pub fn crio(&self) -> Option<&Effective> {
        self.consults(Part::Crio);
        let read = self.crio.get_or_init(|| {
            let merged = merge(self.crio_files().ok()?, self.crio_release()).ok()?;
            Some(Rc::new(merged.config))
        });
        read.as_deref()
    }

    /// A setting, `crio.runtime.cgroup_manager`.
    pub fn crio_value(&self, key: &str) -> Option<CrioValue> {
        let path = KeyPath::from_parts(key.split('.'))?;
        let setting = self.crio()?.get(&path)?;
        let place = match &setting.origin {
            Origin::File(at) => Some(Evidence::file(&*at.path).line(at.line).value(text_of(&setting.value))),
            Origin::Command(at) if !at.file.is_empty() => {
                Some(Evidence::file(&*at.file).line(at.line).value(format!(
                    "{}={}",
                    at.word,
                    text_of(&setting.value)
                )))
            }
            _ => None,
        };
        Some(CrioValue { value: setting.value.clone(), place })
    }

    /// The text of a setting; empty where it is unset.
    pub fn crio_text(&self, key: &str) -> Option<(String, Option<Evidence>)> {
        let found = self.crio_value(key)?;
        match found.value {
            Value::String(text) => Some((text, found.place)),
            _ => None,
        }
    }

    /// The texts of a setting that is a list.
    pub fn crio_list(&self, key: &str) -> Option<(Vec<String>, Option<Evidence>)> {
        let found = self.crio_value(key)?;
        match found.value {
            Value::Strings(all) => Some((all, found.place)),
            _ => None,
        }
    }
}

/// As evidence shows it.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Strings(all) => all.join(", "),
        other => format!("{other:?}"),
    }
}
