//! From a file to documents with a group, a version and a kind (kubeadm's `SplitConfigDocuments`).

use std::borrow::Cow;
use std::collections::HashSet;

use crate::failure::Failure;
use crate::go::quote;
use crate::release::{Change, KubeadmRelease};
use crate::wire::Gvk;
use crate::yaml::{self, AfterSeparator, Base, Data, Node, RawDocument, Span, SplitRules};

/// A document of which is known what it is.
#[derive(Debug)]
pub(crate) struct Recognised<'a> {
    pub(crate) gvk: Gvk,
    /// Its bytes: JSON is read a second time as such.
    pub(crate) text: Cow<'a, [u8]>,
    /// Where it starts.
    pub(crate) base: Base,
    /// Its content, read as YAML.
    pub(crate) document: yaml::Document,
}

impl Recognised<'_> {
    /// Whether kubeadm takes it for JSON.
    pub(crate) fn is_json(&self) -> bool {
        yaml::is_json(&self.text)
    }
}

/// Cuts a file into documents and recognises each of them; stops where kubeadm does.
pub(crate) fn recognise<'a>(
    file: &'a [u8],
    release: &KubeadmRelease,
) -> Result<Vec<Recognised<'a>>, Failure> {
    let mut kinds = Kinds::default();
    let mut found = Vec::new();
    for document in each(file, release) {
        let document = document?;
        if kinds.is_new(&document) {
            found.push(document);
        }
    }
    kinds.all_once().map(|()| found)
}

/// The same without stopping: the documents that could be read, and what is wrong with the others.
#[derive(Debug, Default)]
pub(crate) struct Survey<'a> {
    /// Also those of a kind that is there already.
    pub(crate) documents: Vec<Recognised<'a>>,
    /// In the order of the file.
    pub(crate) failures: Vec<Failure>,
    kinds: Kinds,
}

impl<'a> Survey<'a> {
    pub(crate) fn of(file: &'a [u8], release: &KubeadmRelease) -> Self {
        let mut survey = Self::default();
        for document in each(file, release) {
            match document {
                Ok(document) => {
                    survey.kinds.is_new(&document);
                    survey.documents.push(document);
                }
                Err(failure) => survey.failures.push(failure),
            }
        }
        survey
    }

    /// What [`recognise`] says of the file.
    pub(crate) fn recognised(&self) -> Result<&[Recognised<'a>], Failure> {
        if let Some(first) = self.failures.first() {
            return Err(first.clone());
        }
        self.kinds.all_once().map(|()| self.documents.as_slice())
    }

    /// Each document of a kind that was there already, in kubeadm's words.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = Failure> {
        self.kinds.twice.iter().map(|(kind, at)| Failure::new(specified_twice(kind)).at(*at))
    }
}

/// The kinds of a file; there may be one document of each.
#[derive(Debug, Default)]
struct Kinds {
    seen: HashSet<String>,
    twice: Vec<(String, Span)>,
}

impl Kinds {
    fn is_new(&mut self, document: &Recognised<'_>) -> bool {
        let kind = &document.gvk.kind;
        let new = self.seen.insert(kind.clone());
        if !new {
            self.twice.push((kind.clone(), document.document.root.span));
        }
        new
    }

    fn all_once(&self) -> Result<(), Failure> {
        if self.twice.is_empty() {
            return Ok(());
        }
        Err(Failure::aggregate(self.twice.iter().map(|(kind, _)| specified_twice(kind)).collect()))
    }
}

fn specified_twice(kind: &str) -> String {
    format!("invalid configuration: kind {} is specified twice in YAML file", quote(kind))
}

/// Each document of a file, and a failure for what ends it before its time.
fn each<'a>(
    file: &'a [u8],
    release: &KubeadmRelease,
) -> impl Iterator<Item = Result<Recognised<'a>, Failure>> {
    let after = if release.has(Change::SeparatorsAreStrict) {
        AfterSeparator::BlankOrComment
    } else {
        AfterSeparator::AnythingIsContent
    };
    let rules = SplitRules::with_after_separator(after);
    let (raw, bad_separator) = match yaml::split(file, &rules) {
        Ok(raw) => (raw, None),
        // Documents before it are read first, and their problems are told first; the one it ends is never
        // handed out.
        Err(error) => {
            let before = &file[..error.span().map_or(0, |span| span.start)];
            let mut raw = yaml::split(before, &rules).unwrap_or_default();
            if raw.last().is_some_and(|last| last.offset + last.text.len() == before.len()) {
                raw.pop();
            }
            (raw, Some(error))
        }
    };
    let end = bad_separator.map(|error| Failure::new(error.to_string()).of_reader(&error));
    raw.into_iter().map(|raw| one(raw, release)).chain(end.map(Err))
}

fn one<'a>(raw: RawDocument<'a>, release: &KubeadmRelease) -> Result<Recognised<'a>, Failure> {
    let base = raw.base();
    let document = yaml::read_yaml(&raw.text, base).map_err(|error| unreadable(&error, release))?;
    let gvk = type_of(&document.root)?;
    if [&gvk.group, &gvk.version, &gvk.kind].into_iter().any(String::is_empty) {
        return Err(Failure::new(format!(
            "invalid configuration for GroupVersionKind {gvk}: kind and apiVersion is mandatory information that must \
             be specified"
        ))
        .at(document.root.span));
    }
    Ok(Recognised { gvk, text: raw.text, base, document })
}

fn unreadable(error: &yaml::Error, release: &KubeadmRelease) -> Failure {
    let mut text = error.to_string();
    if release.has(Change::CapitalUnsupported) && text.starts_with("unsupported map key") {
        text.replace_range(..1, "U");
    }
    Failure::new(format!(
        "could not interpret GroupVersionKind; unmarshal error: error converting YAML to JSON: {text}"
    ))
    .of_reader(error)
}

/// Reads `apiVersion` and `kind` as Go's own decoder does: in any letter case, numbers and truth
/// values as text.
fn type_of(root: &Node) -> Result<Gvk, Failure> {
    let (api_version, kind) = type_meta(root).map_err(|(text, span)| {
        let text = format!(
            "could not interpret GroupVersionKind; unmarshal error: error unmarshaling JSON: while decoding JSON: {text}"
        );
        Failure::new(text).at(span)
    })?;
    let (group, version) = match api_version.matches('/').count() {
        0 => ("", api_version.as_str()),
        1 => api_version.split_once('/').unwrap_or_default(),
        _ => {
            return Err(Failure::new(format!("unexpected GroupVersion string: {api_version}")).at(root.span));
        }
    };
    Ok(Gvk { group: group.into(), version: version.into(), kind })
}

/// Both fields as text, or the first that is none, with Go's words for it.
fn type_meta(root: &Node) -> Result<(String, String), (String, Span)> {
    let (mut api_version, mut kind) = (String::new(), String::new());
    let mut entries: Vec<_> = match &root.data {
        Data::Null => Vec::new(),
        Data::Mapping(entries) => entries.iter().collect(),
        _ => {
            let text =
                format!("json: cannot unmarshal {} into Go value of type runtime.TypeMeta", root.kind());
            return Err((text, root.span));
        }
    };
    // Go's decoder is handed JSON, whose keys are sorted: of two letter cases of a field the last one counts.
    entries.sort_by(|a, b| a.key.as_bytes().cmp(b.key.as_bytes()));
    let mut wrong = None;
    for entry in entries {
        let (field, name) = if entry.key.eq_ignore_ascii_case("apiVersion") {
            (&mut api_version, "apiVersion")
        } else if entry.key.eq_ignore_ascii_case("kind") {
            (&mut kind, "kind")
        } else {
            continue;
        };
        match &entry.value.data {
            Data::Null => {}
            Data::String(text) => field.clone_from(text),
            Data::Number(number) => *field = number.literal().to_owned(),
            Data::Bool(truth) => *field = truth.to_string(),
            Data::Sequence(_) | Data::Mapping(_) => {
                let value = entry.value.kind();
                let text = format!(
                    "json: cannot unmarshal {value} into Go struct field TypeMeta.{name} of type string"
                );
                wrong.get_or_insert((text, entry.value.span));
            }
        }
    }
    wrong.map_or(Ok((api_version, kind)), Err)
}
