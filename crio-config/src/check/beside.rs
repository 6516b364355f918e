//! Files and directories beside CRI-O's own that keep it from starting, from pulling, or its network from being ready.

use super::{Finding, Severity};
use crate::code::Code;
use crate::toml;
use crate::{Effective, FileOrigin, Host, Origin, Place, SourceFile};

pub(super) fn rules(config: &Effective, host: &Host, findings: &mut Vec<Finding>) {
    findings.extend(host.beside.iter().filter_map(|file| broken(file, config)));
    network(config, host, findings);
}

/// A file that is not TOML. containers/storage fails on its file, and CRI-O with it; without its registries nothing is pulled.
fn broken(file: &SourceFile, config: &Effective) -> Option<Finding> {
    let bytes = match &file.content {
        Ok(bytes) => bytes,
        Err(why) => return Some(finding(file, &format!("{}: {why}", file.path), None)),
    };
    let fault = toml::read(bytes, config.release().dialect()).err()?;
    let place = Place::of(bytes, &fault.span);
    let text = format!("{} line {}: {}", file.path, place.line, fault.message);
    let origin = FileOrigin { path: file.path.as_str().into(), line: place.line, span: fault.span };
    Some(finding(file, &text, Some(origin)))
}

fn finding(file: &SourceFile, text: &str, origin: Option<FileOrigin>) -> Finding {
    let is_storage = file.path.ends_with("storage.conf");
    let (severity, code, text) = match is_storage {
        true => (Severity::Error, Code::StorageConfUnreadable, format!("CRI-O does not start: {text}")),
        false => (Severity::Warning, Code::RegistriesConfUnreadable, format!("no image is pulled: {text}")),
    };
    let help = "texts stand in quotes, as in driver = \"overlay\"";
    let help = (is_storage && origin.is_some()).then(|| help.to_owned());
    Finding { help, ..Finding::new(severity, code, text).at(origin) }
}

/// ocicni waits for the network that is named, whatever others there are.
fn network(config: &Effective, host: &Host, findings: &mut Vec<Finding>) {
    const PATH: [&str; 3] = ["crio", "network", "cni_default_network"];
    let wanted = config.text(&PATH);
    let Some(there) = host.networks.as_ref().filter(|there| !wanted.is_empty() && !there.contains(wanted))
    else {
        return;
    };
    let dir = config.text(&["crio", "network", "network_dir"]);
    let names: Vec<&str> = there.iter().map(String::as_str).collect();
    let others = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let text = format!(
        "no network named {wanted} in {dir} (there is {others}): the network, and with it the node, never gets ready"
    );
    let origin = match config.at(&PATH).map(|setting| &setting.origin) {
        Some(Origin::File(origin)) => Some(origin.clone()),
        _ => None,
    };
    let help = "name one that is there, or leave cni_default_network out to take the first";
    findings.push(Finding::new(Severity::Warning, Code::NoSuchNetwork, text).of(&PATH).at(origin).help(help));
}
