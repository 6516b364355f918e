//! Files beside CRI-O's own that keep it from starting, or from pulling.

use super::file::{at, table};
use super::{Finding, Severity, registries};
use crate::catalogue::first_of;
use crate::code::Code;
use crate::effective::go;
use crate::toml::{self, Value};
use crate::{CrioHost, Effective, FileOrigin, PolicyState, Presence, Release, SourceFile};

pub(super) fn rules(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    for file in &host.beside {
        if is_storage(file, host) {
            findings.extend(storage(file, config, host));
        } else {
            registries::rules(file, config, findings);
        }
    }
    policy(config, host, findings);
    driver(config, host, findings);
}

/// What was not read decides nothing: neither that it is well nor that it is broken.
pub(super) fn unread(host: &CrioHost, findings: &mut Vec<Finding>) {
    for (path, why) in &host.unread {
        let origin = FileOrigin { path: path.as_str().into(), line: 1, span: 0..0 };
        let text = format!("{path} was not read, and nothing is said of it: {why}");
        let finding = Finding::advice(Code::FileUnread, text).at(Some(origin));
        findings.push(finding.help("run this as root, as CRI-O runs"));
    }
}

/// The drivers of containers/storage on Linux, those that are gone since among them.
const DRIVERS: [&str; 7] = ["aufs", "btrfs", "devicemapper", "overlay", "overlay2", "vfs", "zfs"];

/// CRI-O's own word on the driver wins over that of storage.conf.
fn driver(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    const PATH: [&str; 2] = ["crio", "storage_driver"];
    let own = config.text(&PATH);
    let (driver, origin) = match config.file_origin(&PATH).filter(|_| !own.is_empty()) {
        Some(origin) => (own.to_owned(), Some(origin)),
        None => {
            let files = host.beside.iter().filter(|file| is_storage(file, host));
            let Some(found) = files.filter_map(|file| stated_driver(file, config)).next_back() else {
                return;
            };
            found
        }
    };
    // containers/storage 1.54 has no devicemapper any more (CRI-O 1.31).
    let gone = driver == "devicemapper" && config.release() >= first_of(31);
    if driver.is_empty() || (DRIVERS.contains(&driver.as_str()) && !gone) {
        return;
    }
    let text = format!("CRI-O does not start: failed to GetDriver graph {driver}: driver not supported");
    let finding = Finding::new(Severity::Error, Code::StorageDriverUnknown, text).of(&PATH).at(origin);
    findings.push(finding.help("overlay is the usual one; vfs needs nothing of the kernel"));
}

/// An option of the overlay driver that it cannot read (`parseOptions` of drivers/overlay, which every value
/// but these is text to).
fn option_fault(storage: &toml::Table) -> Option<(String, &toml::Node)> {
    let driver = storage.get("driver").map(|node| &node.value);
    if !matches!(driver, Some(Value::String(driver)) if ["overlay", "overlay2"].contains(&driver.as_str())) {
        return None;
    }
    let fault = |key: &str, is_good: fn(&str) -> bool, why: fn(&str) -> String| {
        let (text, node) = overlay_option(storage, key).filter(|(text, _)| !is_good(text))?;
        Some((format!("{key}: {}", why(text)), node))
    };
    fault("size", is_size, |text| format!("invalid size: '{text}'"))
        .or_else(|| {
            let why = |text: &str| format!("strconv.ParseUint: parsing {text:?}: invalid syntax");
            fault("inodes", |text| text.parse::<u64>().is_ok(), why)
        })
        .or_else(|| {
            let why = |text: &str| format!("strconv.ParseBool: parsing {text:?}: invalid syntax");
            fault("ignore_chown_errors", |text| go::parse_bool(text).is_some(), why)
        })
        .or_else(|| {
            let known =
                |text: &str| ["shared", "private"].contains(&text) || i64::from_str_radix(text, 8).is_ok();
            fault("force_mask", known, |text| format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
        })
}

/// `units.RAMInBytes`: a number, a unit of one letter, `i` and `b` behind it if need be.
fn is_size(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start_matches(' ').to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let unit = unit.strip_suffix('i').unwrap_or(unit);
    number.parse::<f64>().is_ok() && ["", "k", "m", "g", "t", "p", "e"].contains(&unit)
}

fn stated_driver(file: &SourceFile, config: &Effective) -> Option<(String, Option<FileOrigin>)> {
    let table = table(file, config).ok()?;
    let Value::Table(storage) = &table.get("storage")?.value else { return None };
    let node = storage.get("driver")?;
    match &node.value {
        Value::String(driver) => Some((driver.clone(), Some(at(file, node.span.clone())))),
        _ => None,
    }
}

/// By the path that the unit names, else by its name.
fn is_storage(file: &SourceFile, host: &CrioHost) -> bool {
    match &host.storage_conf {
        Some(path) => file.path == *path,
        None => file.path.ends_with("storage.conf"),
    }
}

/// containers/storage fails on its file, and CRI-O with it; it ends at the first fault.
fn storage(file: &SourceFile, config: &Effective, host: &CrioHost) -> Option<Finding> {
    let refused = |text: String| {
        Finding::new(Severity::Error, Code::StorageConfUnreadable, format!("CRI-O does not start: {text}"))
    };
    let table = match table(file, config) {
        Ok(table) => table,
        Err((text, origin)) => {
            let help = "texts stand in quotes, as in driver = \"overlay\"";
            let help = origin.is_some().then(|| help.to_owned());
            return Some(Finding { help, ..refused(text).at(origin) });
        }
    };
    let Value::Table(storage) = &table.get("storage")?.value else {
        let node = table.get("storage")?;
        let text = format!("{}: storage must be a table, written [storage]", file.path);
        return Some(refused(text).at(Some(at(file, node.span.clone()))));
    };
    for key in ["driver", "runroot", "graphroot", "imagestore"] {
        let Some(node) = storage.get(key) else { continue };
        if !matches!(node.value, Value::String(_)) {
            let text = format!("{}: {key} must be a text in quotes", file.path);
            return Some(refused(text).at(Some(at(file, node.span.clone()))));
        }
    }
    if let Some((text, node)) = option_fault(storage) {
        return Some(refused(format!("{}: {text}", file.path)).at(Some(at(file, node.span.clone()))));
    }
    let missing = |text: String, node: &toml::Node| {
        let text = format!("{}: {text} does not exist", file.path);
        let finding = Finding::new(Severity::Error, Code::StorageConfPathMissing, text);
        finding.at(Some(at(file, node.span.clone())))
    };
    if let Some((program, node)) = mount_program(storage).filter(|(program, _)| host.is_absent(program)) {
        let finding = missing(format!("mount_program {program}"), node);
        return Some(
            finding.help("install the program, or remove the line: the kernel's overlay needs none"),
        );
    }
    let (store, node) = image_stores(storage).find(|(store, _)| host.is_absent(store))?;
    let finding = missing(format!("additionalimagestores: {store}"), node);
    Some(finding.help("make the directory, or mount it before CRI-O starts, or remove it from the list"))
}

/// Where images are read from beside the own store. The overlay driver ends where one is not there
/// (containers/storage, `drivers/overlay`, `parseOptions`).
fn image_stores(storage: &toml::Table) -> impl Iterator<Item = (&str, &toml::Node)> {
    let options = storage.get("options").map(|node| &node.value);
    let list = match options {
        Some(Value::Table(options)) => options.get("additionalimagestores"),
        _ => None,
    };
    let stores = match list.map(|node| &node.value) {
        Some(Value::Array(stores)) => stores.as_slice(),
        _ => &[],
    };
    stores.iter().filter_map(|node| match &node.value {
        Value::String(store) => Some((store.as_str(), node)),
        _ => None,
    })
}

/// The text that overlay's own table has, else what stands for all drivers (`GetGraphDriverOptions`,
/// containers/storage pkg/config).
fn overlay_option<'a>(storage: &'a toml::Table, key: &str) -> Option<(&'a str, &'a toml::Node)> {
    let Value::Table(options) = &storage.get("options")?.value else { return None };
    let own = options.get("overlay").and_then(|node| match &node.value {
        Value::Table(overlay) => overlay.get(key),
        _ => None,
    });
    let node = own.or_else(|| options.get(key))?;
    match &node.value {
        Value::String(text) if !text.is_empty() => Some((text, node)),
        _ => None,
    }
}

/// The program that mounts layers.
fn mount_program(storage: &toml::Table) -> Option<(&str, &toml::Node)> {
    overlay_option(storage, "mount_program")
}

/// The paths that files beside CRI-O's own name and [`CrioHost::paths`](crate::CrioHost::paths) is
/// to tell about.
///
/// Ask for them first and look at the host, then check: a program or a store of images that is
/// named and not there keeps CRI-O from starting.
///
/// ```
/// use crio_config::{CrioHost, Effective, SourceFile, paths_named};
///
/// let text = "[storage]\n[storage.options]\nmount_program = \"/usr/bin/fuse\"\n";
/// let mut host = CrioHost::unknown();
/// host.beside.push(SourceFile::new("/etc/containers/storage.conf", Ok(text.into())));
/// let config = Effective::defaults("1.34".parse()?);
/// assert_eq!(paths_named(&host, &config), ["/usr/bin/fuse"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn paths_named(host: &CrioHost, config: &Effective) -> Vec<String> {
    let storage = host.beside.iter().filter(|file| is_storage(file, host));
    let storage = storage.filter_map(|file| table(file, config).ok());
    storage
        .filter_map(|table| match &table.get("storage")?.value {
            Value::Table(storage) => {
                let program = mount_program(storage).map(|(program, _)| program.to_owned());
                let stores = image_stores(storage).map(|(store, _)| store.to_owned());
                Some(program.into_iter().chain(stores).collect::<Vec<_>>())
            }
            _ => None,
        })
        .flatten()
        .collect()
}

fn policy(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    const PATH: [&str; 3] = ["crio", "image", "signature_policy"];
    let Some(policy) = &host.policy else { return };
    let path = &policy.path;
    let stated = config.file_origin(&PATH);
    let finding =
        |code, text: String| Finding::new(Severity::Warning, code, text).of(&PATH).at(stated.clone());
    findings.extend(match &policy.state {
        PolicyState::Fine => None,
        PolicyState::Missing => Some(
            finding(Code::PolicyJsonMissing, format!("there is no {path}: no image can be pulled"))
                .help("install the package that has it (containers-common, cri-o), or name another file in crio.image.signature_policy"),
        ),
        PolicyState::Broken(why) => Some(
            finding(Code::PolicyJsonInvalid, format!("{path} is not a valid policy: {why}: no image can be pulled"))
                .help("{\"default\": [{\"type\": \"insecureAcceptAnything\"}]} accepts every image"),
        ),
        PolicyState::RejectsPauseImage(scope) => {
            let image = config.text(&["crio", "image", "pause_image"]);
            let text = format!("{path} rejects the pause image {image} (by {scope}): no pod can start");
            Some(finding(Code::PolicyJsonRejects, text).help("accept it there, or give the keys that sign it"))
        }
    });
}

/// There is nothing that would read the files.
pub(super) fn not_installed(release: Release, host: &CrioHost) -> Option<Finding> {
    let text = format!("CRI-O is not installed here: the files are read as CRI-O {release} would");
    let finding = Finding::advice(Code::CrioNotInstalled, text);
    (host.crio == Some(Presence::Absent))
        .then(|| finding.help("--release names the release that is to read them"))
}
