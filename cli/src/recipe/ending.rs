//! What of a node's files ends with a later minor: each file is read by the crate whose tables know it.
//! Pure: files come in as facts or bytes.

mod kind;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use crio_config::Release;
use host_prep::facts::{Fact, Facts, FileText, Kubelet};
use kubeadm_config::Minor;
use kubeadm_config::ending::{Effect, Ending, of_command_lines, of_documents};
use schemars::JsonSchema;
use serde::Serialize;

use self::kind::Kind;
use crate::taken_back;

/// Something in a file that a later minor does not take.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Ends {
    /// The code, which `k8sprep explain` knows.
    pub code: &'static str,
    /// The program that no longer takes it.
    pub program: String,
    /// What it is: `--container-runtime`, `NodeSwap=false`, `crio.image.registries`.
    pub what: String,
    /// The first minor without it, as a number: 27 of 1.27.
    #[serde(skip)]
    pub minor: u64,
    /// The first minor without it.
    pub ends: String,
    /// Whether something changes on the node once it is taken out: `same`, `changes`, `unclear`.
    pub effect: &'static str,
    /// What happens where it is left in.
    pub text: String,
    /// What to do.
    pub help: String,
    /// What takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// The file.
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The field, where the file is of documents.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// Whether a program does not start with it.
    #[serde(skip)]
    stops: bool,
}

/// A file that could not be read, and why.
#[derive(Clone, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnreadFile {
    /// Its path.
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Why.
    pub why: String,
    /// Whether it is CRI-O's, of a host: what ends of Kubernetes is known without it.
    #[serde(skip)]
    pub of_crio: bool,
    /// Whether nothing is in it but comments: no fault, and nothing that is known to stay either.
    #[serde(skip)]
    pub is_empty: bool,
}

/// What was found in files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Endings {
    /// What ends, file by file.
    pub found: Vec<Ends>,
    /// The files that were read and are of a kind that says something.
    pub read: Vec<String>,
    /// What could not be read.
    pub unread: Vec<UnreadFile>,
}

impl Endings {
    /// What files that are named together say.
    pub fn add_files(&mut self, mut files: Vec<(String, Vec<u8>)>, to: Minor) {
        taken_back::in_force(&mut files);
        files.iter().for_each(|(name, bytes)| self.add_file(name, bytes, to));
    }

    /// What a file says, by what is in it.
    pub fn add_file(&mut self, name: &str, bytes: &[u8], to: Minor) {
        match Kind::of(name, bytes) {
            Kind::CommandLines => self.add_command_lines(name, bytes, to),
            Kind::Documents => self.add_documents(name, bytes, to, true),
            Kind::Crio => self.add_crio(name, bytes, to),
            Kind::Empty => {
                let (file, why) = (name.to_owned(), "nothing is in it".to_owned());
                self.unread.push(UnreadFile { file, line: None, why, of_crio: false, is_empty: true });
            }
            Kind::Other => self.could_not_read(name, None, NOTHING),
        }
    }

    /// That a file could not be opened.
    pub fn could_not_read(&mut self, name: &str, line: Option<u32>, why: impl Into<String>) {
        let (why, of_crio, is_empty) = (why.into(), false, false);
        self.unread.push(UnreadFile { file: name.to_owned(), line, why, of_crio, is_empty });
    }

    fn add_command_lines(&mut self, name: &str, bytes: &[u8], to: Minor) {
        self.read.push(name.to_owned());
        let found = of_command_lines(bytes, to);
        for (place, why) in &found.unread {
            self.could_not_read(name, place.map(|place| place.line), why);
        }
        self.found.extend(found.endings.into_iter().map(|one| Ends::of(name, one)));
    }

    /// Documents; of a file that somebody named nothing is known to end only if something is known of it.
    fn add_documents(&mut self, name: &str, bytes: &[u8], to: Minor, named: bool) {
        let found = of_documents(bytes, to);
        for (place, why) in &found.unread {
            self.could_not_read(name, place.map(|place| place.line), why);
        }
        if found.known > 0 {
            self.read.push(name.to_owned());
        } else if named && found.unread.is_empty() {
            self.could_not_read(name, None, NOTHING);
        }
        self.found.extend(found.endings.into_iter().map(|one| Ends::of(name, one)));
    }

    fn add_crio(&mut self, name: &str, bytes: &[u8], to: Minor) {
        let release = u16::try_from(to.number()).map_or(Release::NEWEST, Release::newest_of);
        match crio_config::endings(bytes, release) {
            Ok(found) => {
                self.read.push(name.to_owned());
                self.found.extend(found.into_iter().map(|one| Ends::of_crio(name, &one)));
            }
            Err(error) => self.could_not_read(name, None, error.to_string()),
        }
    }

    /// The files of a host that the kubelet, CRI-O and the control plane are started with.
    #[must_use]
    pub fn of_host(facts: &Facts, to: Minor) -> Self {
        let mut all = Self::default();
        let kubelet = &facts.kubelet;
        if let Some(file) = all.one("/var/lib/kubelet/kubeadm-flags.env", &kubelet.kubeadm_flags) {
            all.add_command_lines(&shown(file), &file.bytes, to);
        }
        let unit = kubelet.unit.iter();
        for why in unit.clone().flat_map(|unit| &unit.unknown) {
            all.could_not_read("kubelet.service", None, why);
        }
        let environment = unit.clone().flat_map(|unit| &unit.environment_files);
        let texts =
            environment.filter_map(|file| file.text.as_ref()).chain(unit.flat_map(|unit| &unit.texts));
        for file in texts {
            // Where the unit names kubeadm's own file it was read above.
            if !all.read.contains(&shown(file)) {
                all.add_command_lines(&shown(file), &file.bytes, to);
            }
        }
        all.only_effective(kubelet);
        if let Some(file) = all.one("/var/lib/kubelet/config.yaml", &kubelet.config) {
            all.add_documents(&shown(file), &file.bytes, to, false);
        }
        if all.known("the kubelet's drop-ins", &kubelet.config_dir).is_some() {
            kubelet.drop_ins().for_each(|file| all.add_documents(&shown(file), &file.bytes, to, false));
        }
        if let Some(files) = all.known("/etc/kubernetes/manifests", &facts.kubeadm.manifests) {
            files.iter().for_each(|file| all.add_documents(&shown(file), &file.bytes, to, false));
        }
        let of_kubernetes = all.unread.len();
        let crio = &facts.crio;
        let main = crio.places.main.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        if let Some(file) = all.one(&main, &crio.main) {
            all.add_crio(&shown(file), &file.bytes, to);
        }
        if let Some(files) = all.known(&crio.drop_in_dir.display().to_string(), &crio.drop_ins) {
            files.iter().for_each(|file| all.add_crio(&shown(file), &file.bytes, to));
        }
        all.unread[of_kubernetes..].iter_mut().for_each(|one| one.of_crio = true);
        all
    }

    /// Of what stands in command lines only what the kubelet is started with: a variable that no line uses, or
    /// that a later file sets again, starts nothing. Where the unit is not understood everything counts.
    fn only_effective(&mut self, kubelet: &Kubelet) {
        let Some(unit) = kubelet.unit.as_ref().filter(|unit| unit.unknown.is_empty()) else { return };
        let words = unit.arguments();
        if words.is_empty() {
            return;
        }
        // Looked up, and not searched for: a file may hold as many flags as it likes.
        // The kubelet takes `_` for `-`.
        let flags: BTreeSet<String> = words.iter().map(|word| before_sign(word).replace('_', "-")).collect();
        let items = words.iter().flat_map(|word| word.split([',', '=', ' ']));
        let items: BTreeSet<&str> =
            items.map(|item| item.trim_matches(['"', '\'']).trim_start_matches("kube:")).collect();
        let starts = |one: &Ends| {
            let name = before_sign(&one.what);
            if name.starts_with('-') { flags.contains(name) } else { items.contains(name) }
        };
        self.found.retain(|one| one.program != "kubelet" || starts(one));
    }

    /// kubeadm's own documents that lie on a host.
    pub fn add_kubeadm_file(&mut self, name: &str, bytes: &[u8], to: Minor) {
        self.add_documents(name, bytes, to, false);
    }

    fn known<'f, T>(&mut self, name: &str, fact: &'f Fact<T>) -> Option<&'f T> {
        if let Some(why) = fact.reason() {
            self.could_not_read(name, None, why);
        }
        fact.known()
    }

    fn one<'f>(&mut self, name: &str, fact: &'f Fact<Option<FileText>>) -> Option<&'f FileText> {
        self.known(name, fact)?.as_ref()
    }
}

const NOTHING: &str = "it is of no kind that is known here: documents of kubeadm, of the kubelet or of \
                       kube-proxy, a static pod, a ConfigMap with such, the kubelet's unit or environment file, \
                       CRI-O's configuration";

/// `A` of `A=true`.
fn before_sign(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}

fn shown(file: &FileText) -> String {
    Path::new(&file.path).display().to_string()
}

impl Ends {
    fn of(file: &str, one: Ending) -> Self {
        Self {
            code: one.code.as_str(),
            program: one.program.to_owned(),
            what: one.what,
            minor: one.ends.number(),
            ends: one.ends.to_string(),
            effect: one.effect.as_str(),
            text: one.text,
            help: one.help,
            instead: one.instead,
            file: file.to_owned(),
            line: one.place.map(|place| place.line),
            column: one.place.map(|place| place.column),
            field: one.field,
            stops: one.stops,
        }
    }

    fn of_crio(file: &str, one: &crio_config::Ending) -> Self {
        let (key, minor) = (one.key.to_string(), u64::from(one.ends.minor()));
        let what = if one.inert { "does nothing any more" } else { "is gone, and passed over in silence" };
        let effect = if one.was_default { Effect::Same } else { Effect::Changes };
        let help = match (one.was_default, one.instead) {
            (true, _) => "leave it out: it says what CRI-O does anyway".to_owned(),
            (false, Some(instead)) => in_place(instead),
            (false, None) => "leave it out: what it asked for is no longer to be had".to_owned(),
        };
        let number = |number: usize| u32::try_from(number).ok();
        Self {
            code: one.code.as_str(),
            program: "crio".to_owned(),
            text: format!("{key} {what} since CRI-O 1.{minor}"),
            what: key.clone(),
            minor,
            ends: format!("1.{minor}"),
            effect: effect.as_str(),
            help,
            instead: one.instead.map(str::to_owned),
            file: file.to_owned(),
            line: one.place.as_ref().and_then(|place| number(place.line)),
            column: one.place.as_ref().and_then(|place| number(place.column)),
            field: key,
            // CRI-O passes over what it does not know.
            stops: false,
        }
    }

    /// The file with line and column, as far as they are known.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.file),
            (Some(line), None) => format!("{}:{line}", self.file),
            _ => self.file.clone(),
        }
    }

    /// Whether a program does not start with it: CRI-O and the kubelet pass over what they do not know in
    /// their files.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.stops
    }
}

/// What to do where a key of CRI-O's is gone: another key, or something else, takes its place, or nothing does.
fn in_place(instead: &str) -> String {
    match instead.strip_prefix("nothing: ") {
        Some(why) => format!("leave it out: {why}"),
        None if instead.starts_with("crio.") => format!("leave it out, and set {instead} instead"),
        None => format!("leave it out; what takes its place is {instead}"),
    }
}
