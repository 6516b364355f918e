//! CRI-O's side: the drop-in, and what the files of the host make of it.
//!
//! Pipeline: [`Agreed`] -> settings -> the drop-in's text, edited and not made anew where it is
//! there -> merged with the host's files as CRI-O merges them -> what would still win over ours,
//! as faults. `crio_config` does the reading; this module knows what k8sprep wants.

use std::path::{Path, PathBuf};

use crio_config::{
    CgroupManager, CheckOptions, Document, Effective, Error, KeyPath, Origin, Release, Remark, Setting,
    Severity, Sources, Unreadable, Value, check, merge,
};
use host_prep::facts::Crio;
use host_prep::fs::Root;
use host_prep::resource::ProgramVersion;
use kubeadm_config::{KubeadmRelease, Minor};

use super::agree::Agreed;
use super::decided::same_socket;
use super::fault::Finding;
use super::overridden::crio_flags;
pub(super) use super::overridden::{path_of, shown};
use super::spec::SelinuxPolicy;
use super::table::{
    CONMON_CGROUP_SINCE, CRIO_READS_DROP_INS, CRIO_WRITES_SPEC_1_2, CRUN_FOR_SPEC_1_2, MONITOR_CGROUP_SINCE,
};
use crate::crio_host;

/// Sorts after what packages and other tools bring.
///
/// CRI-O reads the directory by name, and the last file that sets a key wins.
// 99: CRI-O reads drop-ins by name and the last one wins; the package's own is 10-crio.conf.
const DROP_IN: &str = "99-k8sprep.conf";
/// Its last sentence is there because a file of ours is compared as a whole: lines of somebody
/// else would be a difference.
const HEADER: &str = "# Written by k8sprep. Settings of your own belong in a file of your own.\n";
/// The key of what CRI-O starts containers with.
pub(crate) const DEFAULT_RUNTIME: &str = "crio.runtime.default_runtime";

/// A file for CRI-O, why it is needed, and what keeps it from having its effect.
pub(super) struct CrioFile {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) reason: String,
    pub(super) faults: Vec<Finding>,
}

/// The file that makes CRI-O agree: a drop-in, or the edited main file for releases that read no
/// drop-ins.
///
/// # Errors
/// A main file that cannot be edited, for releases before drop-ins (1.16 and older), and a setting
/// that CRI-O of this release does not have.
pub(super) fn file(agreed: &Agreed, selinux: SelinuxPolicy, host: &Crio) -> Result<CrioFile, Error> {
    let (path, old) = if agreed.crio.minor() >= CRIO_READS_DROP_INS {
        // Where the unit switches them off ours has its place all the same, and a fault says so.
        let dir = host.places.drop_ins.clone().unwrap_or_else(|| "/etc/crio/crio.conf.d".into());
        (dir.join(DROP_IN).display().to_string(), HEADER.to_owned())
    } else {
        match host.main.known().and_then(Option::as_ref) {
            // Before 1.17 there was the one file, so it is edited with everything else left as it
            // is.
            Some(main) => (main.path.display().to_string(), main.text().into_owned()),
            None => {
                let main = host
                    .places
                    .main
                    .as_ref()
                    .map_or("/etc/crio/crio.conf".into(), |main| main.display().to_string());
                (main, HEADER.to_owned())
            }
        }
    };
    let mut document = Document::parse_for(&old, agreed.crio)?;
    let theirs = theirs(agreed, host, &path);
    let all = settings(agreed, selinux);
    // CRI-O's own default of the socket, which is the last, need not be said where no file says another.
    let is_said =
        !agreed.is_default_socket() || theirs.as_ref().is_some_and(|it| listens_elsewhere(agreed, it));
    let settings = if is_said { &all[..] } else { &all[..all.len() - 1] };
    for (key, value) in settings {
        document.set(&path_of(key), value)?;
    }
    let text = document.to_string();
    let mut faults = in_the_way(agreed, settings, host, &path, &text);
    faults.extend(not_read(agreed, host, &path));
    faults.extend(crio_flags(&all, host, agreed.crio));
    let reason = reason(theirs.as_ref(), settings, host, &path);
    Ok(CrioFile { path, text, reason, faults })
}

/// Our file is one that CRI-O does not look for.
fn not_read(agreed: &Agreed, host: &Crio, ours: &str) -> Option<Finding> {
    let unit = host.unit.as_ref()?;
    let (off, flag, variable) = if agreed.crio.minor() >= CRIO_READS_DROP_INS {
        (host.places.drop_ins.is_none(), "--config-dir", "CONTAINER_CONFIG_DIR")
    } else {
        (host.places.main.is_none(), "--config", "CONTAINER_CONFIG")
    };
    if !off {
        return None;
    }
    let said = [flag, variable].into_iter().find_map(|word| Some((word, unit.place_of(word)?)));
    let place = match said {
        Some((word, (file, line, _))) => format!("{}:{line} ({word})", file.display()),
        None => unit.path.display().to_string(),
    };
    let what = format!("{place} names an empty {flag}: CRI-O does not read {ours}");
    let hint = format!("take {flag} and {variable} out, or name the directory that CRI-O is to read");
    Some(Finding::fault(crate::Code::CrioFilesNotRead.as_str(), "crio", what, hint))
}

/// Our drop-in as it is, with these settings in it: its path and its text. `None` where CRI-O reads
/// no drop-ins, ours cannot be edited, or a later file wins over one of them.
pub(crate) fn drop_in_with(
    host: &Crio,
    release: Release,
    settings: &[(&'static str, Value)],
) -> Option<(String, String)> {
    let path = host.places.drop_ins.as_ref()?.join(DROP_IN);
    let own = host.drop_ins.known()?.iter().find(|file| file.path == path);
    let old = own.map_or_else(|| HEADER.to_owned(), |file| file.text().into_owned());
    let mut document = Document::parse_for(&old, release).ok()?;
    for (key, value) in settings {
        document.set(&path_of(key), value).ok()?;
    }
    if release.minor() < CRIO_READS_DROP_INS {
        return None;
    }
    let (path, text) = (path.display().to_string(), document.to_string());
    // Where the files cannot be merged at all that is another finding's.
    let merged = merge(&sources(host, &path, &text), release).ok();
    let loses = |(key, wanted): &(&str, Value)| {
        merged.as_ref().is_some_and(|merged| otherwise(&merged.config, key, wanted).is_some())
    };
    (!settings.iter().any(loses)).then_some((path, text))
}

/// What CRI-O starts containers with by these files. An empty name is what the release has without any file
/// (`ValidateDefaultRuntime`).
pub(crate) fn default_runtime(config: &Effective) -> String {
    let said = |config: &Effective| match config.get(&path_of(DEFAULT_RUNTIME)) {
        Some(Setting { value: Value::String(name), .. }) => name.clone(),
        _ => String::new(),
    };
    let name = said(config);
    if name.is_empty() { said(&Effective::defaults(config.release())) } else { name }
}

/// A setting of the merged files that has another value than the one that is wanted.
fn otherwise<'m>(merged: &'m Effective, key: &str, wanted: &Value) -> Option<&'m Setting> {
    merged.get(&path_of(key)).filter(|setting| setting.value != *wanted)
}

/// Our drop-in below `root` with the pause image of `to`, where it has that of the minor before:
/// kubeadm pulls the new one, and warns of another. One that somebody chose is left.
pub(crate) fn pause_image_of(root: &Root, to: Minor) -> Option<(PathBuf, String)> {
    let path = crio_host::Started::on(root).places.drop_ins.as_ref()?.join(DROP_IN);
    let text = String::from_utf8(root.read(&path).ok()??).ok()?;
    let key = path_of("crio.image.pause_image");
    let mut document = Document::parse(&text).ok()?;
    let Value::String(old) = document.get(&key)? else { return None };
    let tag = |minor: u64| {
        let release: KubeadmRelease = format!("v1.{minor}.0").parse().ok()?;
        Some(release.pause_tag())
    };
    let (before, now) = (tag(to.number().checked_sub(1)?)?, tag(to.number())?);
    let image = old.strip_suffix(before).filter(|image| before != now && image.ends_with("/pause:"))?;
    document.set(&key, &Value::from(format!("{image}{now}"))).ok()?;
    Some((path, document.to_string()))
}

/// What the files of others come to; of the one file that is edited the other lines are theirs. `None`
/// where CRI-O would not read them.
fn theirs(agreed: &Agreed, host: &Crio, ours: &str) -> Option<Effective> {
    let files = if agreed.crio.minor() < CRIO_READS_DROP_INS { as_it_is(host) } else { others(host, ours) };
    merge(&files, agreed.crio).ok().map(|merged| merged.config)
}

/// What the host's own files say otherwise.
fn reason(theirs: Option<&Effective>, settings: &[(&'static str, Value)], host: &Crio, ours: &str) -> String {
    let why = "CRI-O's cgroup manager and pause image must be kubeadm's";
    let own = Path::new(ours).parent() == host.places.drop_ins.as_deref();
    let Some(theirs) = theirs.filter(|_| own) else { return why.to_owned() };
    let otherwise = settings.iter().filter_map(|(key, wanted)| {
        let setting = otherwise(theirs, key, wanted)?;
        let Origin::File(origin) = &setting.origin else { return None };
        Some(format!("{}:{} has {key} = {}", origin.path, origin.line, shown(&setting.value)))
    });
    let otherwise: Vec<String> = otherwise.collect();
    if otherwise.is_empty() { why.to_owned() } else { format!("{why}: {}", otherwise.join(", ")) }
}

/// What has to be so for CRI-O.
///
/// In the order in which they are written. Nothing is said that is CRI-O's default in this release
/// anyway, but for the two that must agree: a default of today may be another tomorrow. The socket is
/// the last one, also by default: kubelet and crictl are sent there.
fn settings(agreed: &Agreed, selinux: SelinuxPolicy) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("crio.runtime.cgroup_manager", Value::from(agreed.cgroup_driver.as_str())),
        ("crio.image.pause_image", Value::from(agreed.pause_image.as_str())),
    ];
    // CRI-O does not start with cgroupfs while conmon is to live in a systemd slice, and the reverse.
    // With systemd the default of the runtimes is right where they have one.
    let by_default =
        agreed.cgroup_driver == CgroupManager::Systemd && agreed.crio.minor() >= MONITOR_CGROUP_SINCE;
    if agreed.crio.minor() >= CONMON_CGROUP_SINCE && !by_default {
        let cgroup = match agreed.cgroup_driver {
            CgroupManager::Cgroupfs => "pod",
            CgroupManager::Systemd => "system.slice",
        };
        settings.insert(1, ("crio.runtime.conmon_cgroup", Value::from(cgroup)));
    }
    if selinux == SelinuxPolicy::Enforcing {
        settings.push(("crio.runtime.selinux", Value::Boolean(true)));
    }
    settings.push(("crio.api.listen", Value::from(agreed.cri_socket.as_str())));
    settings
}

/// Whether a file of others has CRI-O listen elsewhere.
fn listens_elsewhere(agreed: &Agreed, theirs: &Effective) -> bool {
    let setting = theirs.get(&path_of("crio.api.listen"));
    let Some(Value::String(socket)) = setting.map(|setting| &setting.value) else { return false };
    !same_socket(socket, agreed.cri_socket.as_str())
}

/// Later files that win over ours, or why CRI-O would not read its files at all.
fn in_the_way(
    agreed: &Agreed,
    settings: &[(&'static str, Value)],
    host: &Crio,
    ours: &str,
    text: &str,
) -> Vec<Finding> {
    let merged = match merge(&sources(host, ours, text), agreed.crio) {
        Ok(merged) => merged.config,
        Err(_) => return refusals(&sources(host, ours, text), agreed.crio),
    };
    let differs = |(key, wanted): &(&'static str, Value)| {
        let setting = otherwise(&merged, key, wanted)?;
        let (place, value) = (place(&setting.origin), shown(&setting.value));
        let what = format!("{place} sets {key} to {value}, after {ours}, and wins");
        Some(Finding::fault(
            "crio-setting-overridden",
            "crio",
            what,
            format!("change or remove that line: it must be {}", shown(wanted)),
        ))
    };
    settings.iter().filter_map(differs).collect()
}

/// What the program of CRI-O's default runtime has to be, where CRI-O is there to have one.
///
/// crun older than that fails on the `config.json` that newer CRI-O writes (OCI runtime spec 1.2;
/// crun#1620). `None` for other runtimes and where CRI-O is not installed yet:
/// its package brings a crun that fits.
pub(super) fn runtime_program(agreed: &Agreed, host: &Crio) -> Option<ProgramVersion> {
    if agreed.crio.minor() < CRIO_WRITES_SPEC_1_2 || host.unit.is_none() {
        return None;
    }
    let config = merge(&as_it_is(host), agreed.crio).ok()?.config;
    let text = |path: &[&str]| match &config.get(&KeyPath::from_parts(path.iter().copied())?)?.value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let program = text(&["crio", "runtime", "runtimes", &default_runtime(&config), "runtime_path"])?;
    // Only crun ends at a version of the spec that is newer than its own.
    let is_crun = Path::new(&program).file_name().is_some_and(|name| name == "crun");
    let why = format!(
        "containers of CRI-O {} fail with `unknown version specified` (OCI runtime spec 1.2)",
        agreed.crio
    );
    is_crun.then(|| ProgramVersion::new("crio", program, CRUN_FOR_SPEC_1_2, why))
}

/// Everything for which CRI-O would not start, each with its place.
///
/// As a fault; `crio_config`'s own text without what it begins with.
pub(super) fn refusals(sources: &Sources, release: Release) -> Vec<Finding> {
    let report = check(sources, release, &CheckOptions::default());
    let refused = report.remarks.into_iter().filter(|remark| remark.severity == Severity::Error);
    refused.map(|remark| refusal(remark, release)).collect()
}

pub(super) fn refusal(remark: Remark, release: Release) -> Finding {
    let place = remark.file.zip(remark.line).map(|(file, line)| format!("{file}:{line}: "));
    let text = remark.text.trim_start_matches("CRI-O does not start: ");
    let what = format!("{}CRI-O {release} does not start: {text}", place.unwrap_or_default());
    let hint =
        remark.help.unwrap_or_else(|| "mend or remove that line; `k8sprep crio check` shows it".into());
    Finding::fault(remark.code.as_str(), "crio", what, hint)
}

/// `file:line`, or the name of what is no file (a default).
fn place(origin: &Origin) -> String {
    match origin {
        Origin::File(origin) => format!("{}:{}", origin.path, origin.line),
        other => other.to_string(),
    }
}

/// The host's files as they are.
pub(super) fn as_it_is(host: &Crio) -> Sources {
    let mut sources = others(host, "");
    sources.command = crio_host::command(host.unit.as_ref());
    sources
}

/// The host's files without ours.
fn others(host: &Crio, ours: &str) -> Sources {
    let mut sources = Sources::new();
    if let Some(main) = host.main.known().and_then(Option::as_ref) {
        sources = sources.with_main(main.path.display().to_string(), main.bytes.clone());
    }
    for file in host.drop_ins.known().into_iter().flatten().filter(|f| f.path.to_str() != Some(ours)) {
        sources =
            sources.with_drop_in(file.path.display().to_string(), Ok::<_, Unreadable>(file.bytes.clone()));
    }
    sources
}

/// The host's files with ours in the place it will have.
fn sources(host: &Crio, ours: &str, text: &str) -> Sources {
    // Where there is no main file yet, ours becomes it for releases that read no other.
    let is_main = host.places.main.as_deref() == Some(Path::new(ours))
        || host.main.known().and_then(Option::as_ref).is_some_and(|main| main.path == Path::new(ours));
    if is_main {
        return others(host, ours).with_main(ours, text);
    }
    others(host, ours).with_drop_in(ours, Ok(text.as_bytes().to_vec()))
}
