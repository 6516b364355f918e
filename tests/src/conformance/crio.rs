//! CRI-O's configuration: `cases/<name>/{crio.conf,conf.d}` and, for each release, what CRI-O's own
//! code says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crio_config::{CrioHost, DeviceState, Effective, Origin, Release, Setting, Sources, Stage, Unreadable};
use serde_json::{Map, Value};

use super::{Error, Request, Tally, json_lines};

/// JSON pointers with their values.
type Flat = BTreeMap<String, Value>;

pub(super) fn run(request: &Request, tally: &mut Tally) -> Result<(), Error> {
    let host = host();
    for name in release_names(request)? {
        let release: Release = name.parse().map_err(|error| unreadable(request, &format!("{error}")))?;
        let defaults = flat_toml(&read(&request.dir.join("releases").join(&name).join("defaults.toml"))?)
            .map_err(|why| unreadable(request, &why))?;
        let answers = json_lines(&request.dir.join("expected").join(format!("{name}.jsonl")))?;
        for answer in answers {
            let case = answer["name"].as_str().unwrap_or_default().to_owned();
            let dir = request.dir.join("cases").join(&case);
            if !dir.is_dir() {
                return Err(unreadable(request, &format!("there is no case {case}")));
            }
            let judge =
                Judge { release, name: &name, case: &case, defaults: &defaults, answer: &answer, tally };
            judge.compare(&sources(&dir)?, &host);
        }
    }
    Ok(())
}

fn unreadable(request: &Request, why: &str) -> Error {
    Error::Unreadable(request.dir.clone(), why.to_owned())
}

fn release_names(request: &Request) -> Result<Vec<String>, Error> {
    if let Some(release) = &request.release {
        return Ok(vec![if release.starts_with('v') { release.clone() } else { format!("v{release}") }]);
    }
    let dir = request.dir.join("expected");
    let entries = std::fs::read_dir(&dir).map_err(|error| Error::io(&dir, &error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".jsonl").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::io(path, &error))
}

// ---- the input ----

/// The host the answers were recorded on: `/dev/null` and a zone database are there, `taskset` is
/// in the path.
fn host() -> CrioHost {
    let mut host = CrioHost::unknown();
    host.devices.insert("/dev/null".into(), DeviceState::Device);
    host.other_devices = DeviceState::Missing;
    host.time_zones = Some(time_zones());
    host
}

/// The zones of this machine; without a zone database a few that every one has.
fn time_zones() -> BTreeSet<String> {
    let mut zones = BTreeSet::new();
    collect_zones(Path::new("/usr/share/zoneinfo"), "", &mut zones);
    for zone in ["UTC", "GMT", "Etc/UTC", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"]
    {
        zones.insert(zone.to_owned());
    }
    zones
}

fn collect_zones(dir: &Path, prefix: &str, zones: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect_zones(&entry.path(), &format!("{name}/"), zones);
        } else {
            zones.insert(name);
        }
    }
}

fn sources(case: &Path) -> Result<Sources, Error> {
    let mut sources = Sources::new();
    let main = case.join("crio.conf");
    match std::fs::read(&main) {
        Ok(bytes) => sources = sources.with_main("/etc/crio/crio.conf", bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io(&main, &error)),
    }
    let drop_ins = case.join("conf.d");
    if drop_ins.is_dir() { collect(&drop_ins, "/etc/crio/crio.conf.d", sources) } else { Ok(sources) }
}

fn collect(dir: &Path, shown: &str, mut sources: Sources) -> Result<Sources, Error> {
    let entries = std::fs::read_dir(dir).map_err(|error| Error::io(dir, &error))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let shown = format!("{shown}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(|error| Error::io(&path, &error))?;
        if kind.is_dir() {
            sources = collect(&path, &shown, sources)?;
            continue;
        }
        sources = sources.with_drop_in(shown, read_drop_in(&link_target(&path).unwrap_or(path)));
    }
    Ok(sources)
}

fn read_drop_in(path: &Path) -> Result<Vec<u8>, Unreadable> {
    std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unreadable::NotFound,
        ErrorKind::IsADirectory => Unreadable::Directory,
        ErrorKind::PermissionDenied => Unreadable::Permission,
        _ => Unreadable::Other(error.to_string()),
    })
}

/// Where a symbolic link led that a copy of the directory turned into a file holding the link's
/// text, as a checkout without links does. Only cases that are about links have such files.
fn link_target(path: &Path) -> Option<PathBuf> {
    let about_links = path.components().any(|part| part.as_os_str().to_string_lossy().contains("symlink"));
    let text = std::fs::read_to_string(path).ok().filter(|_| about_links && !path.is_symlink())?;
    let is_path = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "=[]#\"".contains(c));
    is_path.then(|| path.with_file_name(text))
}

// ---- the comparison ----

struct Judge<'a> {
    release: Release,
    name: &'a str,
    case: &'a str,
    defaults: &'a Flat,
    answer: &'a Value,
    tally: &'a mut Tally,
}

impl Judge<'_> {
    fn compare(mut self, sources: &Sources, host: &CrioHost) {
        let (stage, text, outcome) = self.ours(sources, host);
        let answer = self.answer;
        self.say("verdict", answer["stage"].as_str().unwrap_or_default(), stage);
        self.say("message", answer["error"].as_str().unwrap_or_default(), &text);
        let Some((loaded, valid, mut warnings)) = outcome.filter(|_| answer["stage"] == "ok") else { return };
        warnings.sort();
        let expected: Vec<&str> =
            answer["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        self.say("warnings", &expected.join("\n"), &warnings.join("\n"));
        if let Some(expected) = self.recorded("effective") {
            self.values("effective values", &expected, &valid);
            if let Some(expected) = self.recorded("loaded").or_else(|| self.recorded("effective")) {
                self.values("merged values", &expected, &loaded);
            }
        }
    }

    fn say(&mut self, aspect: &'static str, expected: &str, got: &str) {
        self.tally.compare(self.name, aspect, self.case, expected, got);
    }

    /// Stage, message, and what the configuration becomes.
    fn ours(&self, sources: &Sources, host: &CrioHost) -> (&'static str, String, Option<Outcome>) {
        let merged = match crio_config::merge(sources, self.release) {
            Ok(merged) => merged,
            Err(refusal) => return (stage_name(refusal.stage), refusal.text, None),
        };
        let loaded = merged.config.clone();
        match merged.validate(host) {
            Ok(valid) => ("ok", String::new(), Some((loaded, valid.config, valid.warnings))),
            Err(refusals) => match refusals.into_iter().next() {
                Some(first) => (stage_name(first.stage), first.text, None),
                None => ("no refusal", String::new(), None),
            },
        }
    }

    /// The recorded values in full: the release's defaults with the recorded differences.
    fn recorded(&self, field: &str) -> Option<Flat> {
        if let Some(text) = self.answer[format!("{field}_toml")].as_str() {
            return flat_toml(&escape_controls(text)).ok();
        }
        let differences = self.answer[field].as_object()?;
        let mut all = self.defaults.clone();
        for (pointer, value) in differences {
            if value.is_null() {
                all.remove(pointer);
            } else {
                all.insert(pointer.clone(), value.clone());
            }
        }
        Some(all)
    }

    /// Compares every value. What CRI-O's encoder leaves out must be empty with us; what comes from
    /// the host is not compared, nor is a list CRI-O makes for itself.
    fn values(&mut self, aspect: &'static str, expected: &Flat, ours: &Effective) {
        let (ours, of_host) = flat(ours);
        let (mut want, mut got) = (String::new(), String::new());
        let pointers: BTreeSet<&String> = expected.keys().chain(ours.keys()).collect();
        for pointer in pointers {
            let (recorded, own) = (expected.get(pointer), ours.get(pointer));
            let same = match (recorded, own) {
                (Some(recorded), Some(own)) => recorded == own,
                (Some(recorded), None) => is_empty(recorded) && !recorded.is_string(),
                (None, own) => own.is_none_or(is_empty),
            };
            if same || of_host.contains(pointer) || pointer.ends_with("/DisallowedAnnotations") {
                continue;
            }
            let line = |value: Option<&Value>| {
                format!("{pointer}: {}\n", value.map_or("-".into(), Value::to_string))
            };
            want.push_str(&line(recorded));
            got.push_str(&line(own));
        }
        self.say(aspect, &want, &got);
    }
}

type Outcome = (Effective, Effective, Vec<String>);

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Load => "load",
        Stage::Validate => "validate",
        Stage::Crash => "crash",
        _ => "unknown stage",
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty() || text == "0s",
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) => false,
    }
}

/// Our values by pointer, and the pointers of those that depend on the host.
fn flat(config: &Effective) -> (Flat, BTreeSet<String>) {
    let (mut all, mut of_host) = (Flat::new(), BTreeSet::new());
    for (path, setting) in config.iter() {
        let pointer: String = path
            .iter()
            .enumerate()
            .map(|(at, part)| format!("/{}", escaped(&go_name(path, at, part))))
            .collect();
        if setting.origin == Origin::Host {
            of_host.insert(pointer.clone());
        }
        match json(setting, config.release()) {
            Value::Object(map) => {
                for (key, value) in map {
                    all.insert(format!("{pointer}/{}", escaped(&key)), value);
                }
            }
            value => {
                all.insert(pointer, value);
            }
        }
    }
    (all, of_host)
}

/// The encoder prints fields without a name of their own under Go's.
fn go_name(path: &[String], at: usize, part: &str) -> String {
    if path.len() != 6 || at != 5 || path[4] != "resources" {
        return part.to_owned();
    }
    match part {
        "cpushares" => "CPUShares",
        "cpuquota" => "CPUQuota",
        "cpuperiod" => "CPUPeriod",
        "cpuset" => "CPUSet",
        "cpulimit" => "CPULimit",
        other => other,
    }
    .to_owned()
}

fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

fn json(setting: &Setting, release: Release) -> Value {
    match setting.shown(release) {
        crio_config::Value::String(text) => Value::String(text),
        crio_config::Value::Integer(number) if setting.kind == crio_config::catalogue::Kind::Unsigned => {
            Value::from(number.cast_unsigned())
        }
        crio_config::Value::Integer(number) => Value::from(number),
        crio_config::Value::Boolean(flag) => Value::Bool(flag),
        crio_config::Value::Strings(items) => Value::from(items),
        crio_config::Value::StringMap(map) => Value::Object(
            map.into_iter().map(|(key, text)| (key, Value::String(text))).collect::<Map<_, _>>(),
        ),
        _ => Value::Null,
    }
}

/// The encoder of old releases writes control characters as they are, which no reader takes.
fn escape_controls(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_control() && c != '\n' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// A TOML text by pointer, read by an independent reader.
fn flat_toml(text: &str) -> Result<Flat, String> {
    let document: toml_edit::DocumentMut = text.parse().map_err(|error| format!("no TOML: {error}"))?;
    let mut all = Flat::new();
    flatten(document.as_table(), "", &mut all);
    Ok(all)
}

fn flatten(table: &dyn toml_edit::TableLike, prefix: &str, all: &mut Flat) {
    for (key, item) in table.iter() {
        let pointer = format!("{prefix}/{}", escaped(key));
        match item.as_table_like() {
            Some(inner) => flatten(inner, &pointer, all),
            None => {
                all.insert(pointer, item.as_value().map_or(Value::Null, scalar));
            }
        }
    }
}

fn scalar(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(flag) => Value::Bool(*flag.value()),
        toml_edit::Value::Array(items) => items.iter().map(scalar).collect(),
        other => Value::String(other.to_string()),
    }
}
