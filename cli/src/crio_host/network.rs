//! The networks of pods as CRI-O would find them: `network_dir` and `plugin_dirs`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::Path;

use crio_config::{CrioHost, Effective, KeyPath, NetworkFile, Value};
use host_prep::facts::{CNI_PLUGIN_DIRS, cni_refusal};
use host_prep::fs::{Kind, Root};
use serde_json::Value as Json;

use super::is_denied;
use crate::chain::chain;

/// Puts what there is into `host`.
pub(super) fn look(root: &Root, config: &Effective, host: &mut CrioHost) {
    let dirs = plugin_dirs(config);
    let network_dir = strings(config, "network_dir").pop().unwrap_or_default();
    for dir in dirs.iter().chain([&network_dir]).filter(|dir| !dir.is_empty()) {
        match root.kind(Path::new(dir)) {
            Ok(None | Some(Kind::Directory)) => {}
            Ok(Some(_)) => {
                host.no_directories.insert(dir.clone());
            }
            Err(_) => {}
        }
        if let Err(error) = root.list(Path::new(dir))
            && is_denied(&error)
        {
            host.unread.insert(dir.clone(), chain(&error));
        }
    }
    plugins(root, &dirs, host);
    networks(root, &network_dir, host);
}

/// The plugins where CRI-O looks, and those that are elsewhere.
fn plugins(root: &Root, dirs: &[String], host: &mut CrioHost) {
    let names = |dir: &str| root.list(Path::new(dir)).ok().flatten();
    let text =
        |names: &[OsString]| names.iter().map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let there: Vec<_> = dirs.iter().filter_map(|dir| names(dir)).collect();
    // A tree of configuration alone has no plugins, wherever CRI-O looks for them.
    let anywhere = !there.is_empty() || CNI_PLUGIN_DIRS.iter().any(|dir| names(dir).is_some());
    let known = anywhere && !dirs.iter().any(|dir| host.unread.contains_key(dir));
    host.plugins = known.then(|| there.iter().flat_map(|names| text(names)).collect::<BTreeSet<String>>());
    let other =
        CNI_PLUGIN_DIRS.iter().filter(|dir| !dirs.iter().any(|own| own.trim_end_matches('/') == **dir));
    let other = other.flat_map(|dir| {
        text(&names(dir).unwrap_or_default()).into_iter().map(move |name| (name, (*dir).to_owned()))
    });
    host.other_plugins = other.collect::<BTreeMap<_, _>>();
}

/// The files of networks; nothing is known where their directory is not there.
fn networks(root: &Root, dir: &str, host: &mut CrioHost) {
    let Some(names) = root.list(Path::new(dir)).ok().flatten() else { return };
    let names = names.iter().filter(|name| {
        let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("conf" | "conflist" | "json"))
    });
    let mut networks = Vec::new();
    for path in names.map(|name| Path::new(dir).join(name)) {
        // CRI-O enters no directory (libcni, `ConfFiles`), and reads what a link leads to.
        if matches!(root.kind_of_link(&path), Ok(Some(Kind::Directory))) {
            continue;
        }
        let is_file = matches!(root.kind(&path), Ok(None | Some(Kind::File | Kind::Directory)));
        match root.read(&path) {
            Err(error) if !is_file || is_denied(&error) => {
                host.unread.insert(path.display().to_string(), chain(&error));
            }
            read => networks.push(network(&path, read)),
        }
    }
    host.networks = Some(networks);
}

/// The directories CRI-O looks into: the list, and the older option for one.
fn plugin_dirs(config: &Effective) -> Vec<String> {
    let mut dirs = strings(config, "plugin_dirs");
    dirs.extend(strings(config, "plugin_dir").into_iter().filter(|dir| !dir.is_empty()));
    dirs
}

fn strings(config: &Effective, key: &str) -> Vec<String> {
    let path = KeyPath::from_parts(["crio", "network", key]);
    match path.and_then(|path| config.get(&path).map(|setting| setting.value.clone())) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Strings(texts)) => texts,
        _ => Vec::new(),
    }
}

fn network(path: &Path, read: Result<Option<Vec<u8>>, host_prep::Error>) -> NetworkFile {
    let mut file = NetworkFile { path: path.display().to_string(), ..NetworkFile::default() };
    let json: Result<Json, String> = match read {
        Ok(Some(bytes)) => serde_json::from_slice(&bytes).map_err(|error| format!("not valid JSON: {error}")),
        Ok(None) => Err("a link to nothing".into()),
        Err(error) => Err(chain(&error)),
    };
    let json = match json {
        Ok(json) => json,
        Err(problem) => return NetworkFile { problem: Some(problem), ..file },
    };
    let is_list = path.extension().is_some_and(|extension| extension == "conflist");
    // With several the newest that libcni knows counts.
    let version = json.get("cniVersion").filter(|_| json.get("cniVersions").is_none());
    file.version = version.and_then(Json::as_str).map(str::to_owned);
    file.name = json.get("name").and_then(Json::as_str).map(str::to_owned);
    let list = json.get("plugins").and_then(Json::as_array);
    let plugins: Vec<&Json> = match list {
        Some(list) if is_list => list.iter().collect(),
        _ if is_list => Vec::new(),
        _ => vec![&json],
    };
    let kind = |value: &Json| value.get("type").and_then(Json::as_str).map(str::to_owned);
    file.problem = if is_list && plugins.is_empty() {
        Some("it has no plugins: CRI-O passes over it".into())
    } else if plugins.iter().any(|plugin| kind(plugin).is_none_or(|kind| kind.is_empty())) {
        Some("a plugin without `type`: CRI-O passes over it".into())
    } else if let Some(refusal) = cni_refusal(&json, is_list) {
        Some(format!("{refusal}: CRI-O passes over it"))
    } else {
        plugins.iter().find_map(|plugin| subnet(plugin.get("ipam")?))
    };
    file.plugins = plugins.iter().filter_map(|plugin| kind(plugin)).collect();
    let ipam = plugins.iter().filter_map(|plugin| kind(plugin.get("ipam")?)).filter(|kind| !kind.is_empty());
    file.address_plugins = ipam.collect();
    file
}

/// What is wrong with the first subnet that is none: no pod gets an address by it.
fn subnet(ipam: &Json) -> Option<String> {
    let ranges = ipam.get("ranges").and_then(Json::as_array).into_iter().flatten();
    let ranges = ranges.flat_map(|set| set.as_array().into_iter().flatten());
    let mut subnets = std::iter::once(ipam).chain(ranges).filter_map(|one| one.get("subnet")?.as_str());
    let wrong = subnets.find(|subnet| !is_subnet(subnet))?;
    Some(format!("`{wrong}` is not a valid subnet: no pod gets an address"))
}

fn is_subnet(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let bits = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_that_are_none_are_found_in_either_form() {
        let wrong = |text: &str| subnet(&serde_json::from_str(text).unwrap());
        assert!(wrong(r#"{"subnet": "10.0.0.0/99"}"#).unwrap().contains("10.0.0.0/99"));
        assert!(wrong(r#"{"ranges": [[{"subnet": "fd00::/64"}], [{"subnet": "10.0.0/8"}]]}"#).is_some());
        assert_eq!(wrong(r#"{"type": "host-local", "ranges": [[{"subnet": "10.85.0.0/16"}]]}"#), None);
        assert_eq!(wrong(r#"{"type": "dhcp"}"#), None);
    }
}
