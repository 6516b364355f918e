//! Networks of pods: what keeps CRI-O's network from being ready, as ocicni looks at it.

use super::{Finding, Severity};
use crate::code::Code;
use crate::{CrioHost, Effective, FileOrigin, NetworkFile};

pub(super) fn rules(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    directories(config, host, findings);
    // What is missing is not known where not all was read.
    let whole = !host.is_unread(dir(config)) && !host.no_directories.contains(dir(config));
    if !whole && host.networks.is_none() {
        return;
    }
    let Some(files) = &host.networks else {
        return if host.has_crio() {
            none(config, findings)
        };
    };
    // ocicni's `loadNetworks` logs and goes on past a file it cannot use, so one broken file keeps
    // no other network away.
    for file in files {
        findings.extend(broken(file, config, host));
    }
    if whole && !named(config, files, findings) && files.is_empty() && host.has_crio() {
        none(config, findings);
    }
}

/// CRI-O makes a directory that is not there, and does not start where something else is.
fn directories(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    let is_none = |dir: &str| host.no_directories.contains(dir);
    let refused = |key: &str, text: String| {
        let path = ["crio", "network", key];
        let text = format!("CRI-O does not start: {text}");
        let finding = Finding::new(Severity::Error, Code::CrioValueRefused, text).of(&path);
        finding.at(config.file_origin(&path))
    };
    if is_none(dir(config)) {
        findings
            .push(refused("network_dir", format!("invalid network_dir: {} is not a directory", dir(config))));
    }
    let dirs = config.list(&["crio", "network", "plugin_dirs"]);
    if let Some(wrong) = dirs.iter().find(|dir| is_none(dir)) {
        let text = format!("invalid plugin_dirs entry: {wrong} is not a directory");
        findings.push(refused("plugin_dirs", text));
    }
}

fn dir(config: &Effective) -> &str {
    config.text(&["crio", "network", "network_dir"])
}

/// So it is on every node until its network plugin comes.
fn none(config: &Effective, findings: &mut Vec<Finding>) {
    let text =
        format!("no network is configured in {}: the node does not get ready before one is", dir(config));
    let help = "a network plugin brings one when it is installed in the cluster";
    findings.push(Finding::advice(Code::CniConfigMissing, text).help(help));
}

/// Versions of the CNI specification (SPEC.md); nothing is the oldest. Each plugin is asked which it supports.
const SPEC_VERSIONS: [&str; 8] = ["", "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

/// The first thing that is wrong with a network.
fn broken(file: &NetworkFile, config: &Effective, host: &CrioHost) -> Option<Finding> {
    let path = &file.path;
    let origin = FileOrigin { path: path.as_str().into(), line: 1, span: 0..0 };
    let finding = |code, text| Finding::new(Severity::Warning, code, text).at(Some(origin.clone()));
    if let Some(problem) = &file.problem {
        return Some(finding(Code::CniConfigBroken, format!("{path}: {problem}")));
    }
    if let Some(version) = file.version.as_deref().filter(|version| !SPEC_VERSIONS.contains(version)) {
        let text =
            format!("{path} is of CNI {version}, which no plugin supports: CRI-O passes over the network");
        let newest = SPEC_VERSIONS[SPEC_VERSIONS.len() - 1];
        let help = format!("write a version that its plugins know, {newest} at the newest");
        return Some(finding(Code::CniVersionTooNew, text).help(help));
    }
    let there = host.plugins.as_ref()?;
    // `ValidateNetworkList` of libcni looks for every plugin of the list in plugin_dirs, and the
    // whole network is passed over where one is not there. An address plugin is looked for by the
    // plugin that calls it.
    let absent = |plugins: &'_ [String]| plugins.iter().find(|plugin| !there.contains(*plugin)).cloned();
    let (missing, then) = match absent(&file.plugins) {
        Some(missing) => (missing, "CRI-O passes over the network"),
        None => (absent(&file.address_plugins)?, "no pod gets an address"),
    };
    let dirs = config.list(&["crio", "network", "plugin_dirs"]).join(", ");
    let dirs =
        if dirs.is_empty() { config.text(&["crio", "network", "plugin_dir"]).to_owned() } else { dirs };
    let text = format!("{path} needs the plugin {missing}, which is not in {dirs}: {then}");
    Some(match host.other_plugins.get(&missing) {
        Some(elsewhere) => finding(Code::CniPluginDirMismatch, text)
            .help(format!("it is in {elsewhere}: add that to crio.network.plugin_dirs")),
        None => finding(Code::CniPluginMissing, text).help(format!("install {missing} there")),
    })
}

/// ocicni waits for the network that is named, whatever others there are. Tells whether it said so.
fn named(config: &Effective, files: &[NetworkFile], findings: &mut Vec<Finding>) -> bool {
    const PATH: [&str; 3] = ["crio", "network", "cni_default_network"];
    let wanted = config.text(&PATH);
    let names: Vec<&str> = files.iter().filter_map(|file| file.name.as_deref()).collect();
    // Without a name ocicni takes the first network in the order of the files' names, and takes
    // another when the files change; a name is "unchangeable" (`syncNetworkConfig`).
    if wanted.is_empty() || names.contains(&wanted) {
        return false;
    }
    let others = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let text = format!(
        "no network named {wanted} in {} (there is {others}): the network, and with it the node, never gets ready",
        dir(config)
    );
    let help = "name one that is there, or leave cni_default_network out to take the first";
    let finding = Finding::new(Severity::Warning, Code::NoSuchNetwork, text).of(&PATH);
    findings.push(finding.at(config.file_origin(&PATH)).help(help));
    true
}
