//! Files beside CRI-O's own that keep it from starting, or from pulling.

use super::file::{at, table};
use super::{Finding, Severity, registries};
use crate::code::Code;
use crate::toml::{self, Value};
use crate::{Effective, Host, PolicyState, Presence, Release, SourceFile};

pub(super) fn rules(config: &Effective, host: &Host, findings: &mut Vec<Finding>) {
    for file in &host.beside {
        if is_storage(file) {
            findings.extend(storage(file, config, host));
        } else {
            registries::rules(file, config, findings);
        }
    }
    policy(config, host, findings);
}

fn is_storage(file: &SourceFile) -> bool {
    file.path.ends_with("storage.conf")
}

/// containers/storage fails on its file, and CRI-O with it.
fn storage(file: &SourceFile, config: &Effective, host: &Host) -> Option<Finding> {
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
    let mounts = mount_program(storage).filter(|(program, _)| host.is_absent(program));
    mounts.map(|(program, node)| {
        let text = format!("{}: mount_program {program} does not exist", file.path);
        let finding = Finding::new(Severity::Error, Code::StorageConfPathMissing, text);
        finding
            .at(Some(at(file, node.span.clone())))
            .help("install the program, or remove the line: the kernel's overlay needs none")
    })
}

/// The program that mounts layers, of the driver's own table or of all.
fn mount_program(storage: &toml::Table) -> Option<(&str, &toml::Node)> {
    let Value::Table(options) = &storage.get("options")?.value else { return None };
    let own = options.get("overlay").and_then(|node| match &node.value {
        Value::Table(overlay) => overlay.get("mount_program"),
        _ => None,
    });
    let node = own.or_else(|| options.get("mount_program"))?;
    match &node.value {
        Value::String(program) if !program.is_empty() => Some((program, node)),
        _ => None,
    }
}

/// The paths that files beside CRI-O's own name and [`Host::paths`](crate::Host::paths) is to tell
/// about.
pub fn paths_named(beside: &[SourceFile], config: &Effective) -> Vec<String> {
    let storage = beside.iter().filter(|file| is_storage(file)).filter_map(|file| table(file, config).ok());
    storage
        .filter_map(|table| match &table.get("storage")?.value {
            Value::Table(storage) => mount_program(storage).map(|(program, _)| program.to_owned()),
            _ => None,
        })
        .collect()
}

fn policy(config: &Effective, host: &Host, findings: &mut Vec<Finding>) {
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
pub(super) fn not_installed(release: Release, host: &Host) -> Option<Finding> {
    let text = format!("CRI-O is not installed here: the files are read as CRI-O {release} would");
    let finding = Finding::advice(Code::CrioNotInstalled, text);
    (host.crio == Some(Presence::Absent))
        .then(|| finding.help("--release names the release that is to read them"))
}
