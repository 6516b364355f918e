//! Which network configuration a runtime takes, and whether its plugins are there.

use host_prep::facts::{CNI_PLUGIN_DIRS, CniConfig};

use crate::doctor::check::{Told, by_crio, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// CRI-O's default; another one is in the facts.
const NET_DIR: &str = "/etc/cni/net.d";
/// What packages of runtimes lay there, and no network plugin wants.
const OF_RUNTIMES: &[&str] = &["crio-bridge", "podman", "loopback"];

/// The directory CRI-O looks for networks in, where it is another than the usual one.
fn elsewhere(seen: &Inspection<'_>) -> Option<(String, Option<Evidence>)> {
    let (dir, place) = seen.crio_text("crio.network.network_dir").filter(|_| seen.has_crio())?;
    (!dir.is_empty() && dir.trim_end_matches('/') != NET_DIR).then_some((dir, place))
}

/// The files of a directory that a runtime reads, by their names.
fn read_by_name(seen: &Inspection<'_>, dir: &str) -> Result<Vec<String>, Unread> {
    let ends = [".conf", ".conflist", ".json"];
    let mut names = seen.files().list(dir)?;
    names.retain(|name| ends.iter().any(|end| name.ends_with(end)));
    Ok(names)
}

/// What the facts show of the usual directory; of another one, what is there.
pub(super) fn none(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    unread(seen, told);
    let Some((dir, place)) = elsewhere(seen) else { return by_facts(seen, told) };
    if seen.is_member() && read_by_name(seen, &dir)?.is_empty() {
        told.fires(format!(
            "{dir} has no network configuration, and CRI-O looks there: the node stays NotReady and pods get no address"
        ))
        .seen_in(place)
        .cured_by("let network_dir be where the network plugin writes, /etc/cni/net.d, then restart CRI-O");
    }
    Ok(())
}

/// The same of configurations that cannot be used: none of another directory is left.
pub(super) fn broken(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    unread(seen, told);
    let Some((dir, _)) = elsewhere(seen) else { return by_facts(seen, told) };
    let broken = seen.crio_remarks().iter().filter(|remark| remark.code.as_str() == told.name()).count();
    if seen.is_member() && broken > 0 && broken == read_by_name(seen, &dir)?.len() {
        return by_crio(seen, told);
    }
    Ok(())
}

/// What could not be read decides nothing.
fn unread(seen: &Inspection<'_>, told: &mut Told<'_>) {
    let configs = known(&seen.facts().cni.configs, NET_DIR);
    if let Err(unread) = &configs
        && seen.is_member()
    {
        told.could_not_read(unread.clone());
    }
    for config in configs.into_iter().flatten().filter(|config| config.read) {
        if let Some(why) = &config.unread {
            told.could_not_read(Unread::new(config.path.display().to_string(), why));
        }
    }
}

/// Configurations in the order in which CRI-O reads them, without those that it passes over: these
/// have a check of their own. What could not be read here may be a good one.
fn configs<'s>(seen: &'s Inspection<'_>) -> Result<Vec<&'s CniConfig>, Unread> {
    let all = known(&seen.facts().cni.configs, NET_DIR)?;
    let taken = all.iter().filter(|config| config.read && config.problem.is_none());
    taken
        .map(|config| match &config.unread {
            Some(why) => Err(Unread::new(config.path.display().to_string(), why)),
            None => Ok(config),
        })
        .collect()
}

/// By a part of the file's name: `100-crio-bridge.conflist`, `87-podman.conflist`,
/// `200-loopback.conf`.
fn is_of_a_runtime(config: &CniConfig) -> bool {
    let name = config.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    OF_RUNTIMES.iter().any(|part| name.contains(part))
}

/// A runtime's configuration that comes before the network's own: the first file by name counts.
///
/// `None` before the host is a member: then CRI-O's bridge is all there is, and that is as it
/// should be.
pub(super) fn shadow<'s>(seen: &'s Inspection<'_>) -> Result<Option<(&'s CniConfig, &'s CniConfig)>, Unread> {
    let all = configs(seen)?;
    let first = all.first().filter(|config| seen.is_member() && is_of_a_runtime(config));
    // A runtime's file alone is a network that somebody may want.
    let own = all.iter().find(|config| !is_of_a_runtime(config));
    Ok(first.zip(own).map(|(first, own)| (*first, *own)))
}

/// Pods get addresses of 10.85.0.0/16, the bridge's own, and reach no pod of another node
/// (cri-o#2411).
pub(super) fn shadowed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if let Some((first, own)) = shadow(seen)? {
        told.fires(format!(
            "{} comes before {}, so that pods are in the wrong network",
            first.path.display(),
            own.path.display()
        ))
        .seen_at(Evidence::file(&first.path))
        .seen_at(Evidence::file(&own.path))
        // CRI-O reads `.conf`, `.conflist` and `.json` (ocicni).
        .cured_by(format!("`mv {0} {0}.disabled`, then restart CRI-O", first.path.display()));
    }
    Ok(())
}

/// It wins as long as the network plugin's own file is not written (cri-o issue 3823).
pub(super) fn bridge_left(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let all = configs(seen)?;
    let Some(first) = all.first().filter(|config| seen.is_member() && !is_of_a_runtime(config)) else {
        return Ok(());
    };
    for left in all.iter().filter(|config| config.path.to_string_lossy().contains("crio-bridge")) {
        told.fires(format!("{} is still there beside {}", left.path.display(), first.path.display()))
            .seen_at(Evidence::file(&left.path))
            .cured_by(format!("`mv {0} {0}.disabled`", left.path.display()));
    }
    Ok(())
}

/// The directories CRI-O looks into, and where that is said.
///
/// `None` without a CRI-O configuration. The old single setting still counts, behind the list.
fn plugin_dirs(seen: &Inspection<'_>) -> Option<(Vec<String>, Option<Evidence>)> {
    let (mut dirs, place) = seen.crio_list("crio.network.plugin_dirs")?;
    if let Some((dir, _)) = seen.crio_text("crio.network.plugin_dir").filter(|(dir, _)| !dir.is_empty()) {
        dirs.push(dir);
    }
    Some((dirs.iter().map(|dir| dir.trim_end_matches('/').to_owned()).collect(), place))
}

/// Plugins that CRI-O does not find.
#[derive(Default)]
struct Missing {
    /// Those that lie in another directory, with it.
    elsewhere: Vec<String>,
    /// Those that lie in none.
    nowhere: Vec<String>,
}

/// Plugins of the network in use that are not where CRI-O looks.
///
/// A plugin is a program of the name that the configuration gives as `type`.
fn missing(seen: &Inspection<'_>) -> Result<Missing, Unread> {
    if !seen.is_member() {
        return Ok(Missing::default());
    }
    let Some(config) = configs(seen)?.into_iter().next() else { return Ok(Missing::default()) };
    // Of another directory CRI-O's own rules tell it.
    let usual = seen.has_crio() && elsewhere(seen).is_none();
    let Some((dirs, _)) = plugin_dirs(seen).filter(|_| usual) else {
        return Ok(Missing::default());
    };
    let files = seen.files();
    let mut missing = Missing::default();
    for plugin in &config.plugins {
        let mut there = false;
        for dir in &dirs {
            there |= files.kind(format!("{dir}/{plugin}"))?.is_some();
        }
        if there {
            continue;
        }
        let mut other = None;
        for dir in CNI_PLUGIN_DIRS.iter().filter(|dir| !dirs.iter().any(|own| own == *dir)) {
            if files.kind(format!("{dir}/{plugin}"))?.is_some() {
                other = Some(format!("{dir}/{plugin}"));
                break;
            }
        }
        match other {
            Some(path) => missing.elsewhere.push(path),
            None => missing.nowhere.push(plugin.clone()),
        }
    }
    Ok(missing)
}

/// Network plugins copy their programs to `/opt/cni/bin` and know nothing of other places
/// (kubernetes#71692); packages of distributions have theirs in `/usr/libexec/cni`.
pub(super) fn plugin_dir(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let elsewhere = missing(seen)?.elsewhere;
    if elsewhere.is_empty() {
        return Ok(());
    }
    let (dirs, place) = plugin_dirs(seen).unwrap_or_default();
    told.fires(format!(
        "the network's plugins are in {}, and CRI-O looks into {}",
        elsewhere.join(", "),
        dirs.join(", ")
    ))
    .seen_in(place)
    .seen_in(elsewhere.iter().map(Evidence::file))
    .cured_by("`k8sprep crio set crio.network.plugin_dirs '[\"/opt/cni/bin\"]'`, then restart CRI-O");
    Ok(())
}

/// Undecided for a disk that has no directory of plugins at all: their file system may not be part
/// of what was collected.
pub(super) fn plugin_missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let nowhere = missing(seen)?.nowhere;
    if nowhere.is_empty() {
        return Ok(());
    }
    let (dirs, place) = plugin_dirs(seen).unwrap_or_default();
    // A tree of configuration alone has no programs.
    let mut any = false;
    for dir in CNI_PLUGIN_DIRS.iter().map(|dir| (*dir).to_owned()).chain(dirs.clone()) {
        any |= seen.files().kind(&dir)?.is_some();
    }
    if !any && !seen.is_running() {
        return Err(Unread::new(dirs.join(", "), "no directory of plugins is there"));
    }
    let config = seen.facts().cni.default_config().map(|config| Evidence::file(&config.path));
    told.fires(format!(
        "the network needs the plugin {}, and {} has none",
        nowhere.join(", "),
        dirs.join(", ")
    ))
    .seen_in(config)
    .seen_in(place);
    Ok(())
}

/// `/run` is empty after a boot, so that the file says that flannel's pod has run since.
pub(super) fn flannel_subnet(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const SUBNET: &str = "/run/flannel/subnet.env";
    if seen.is_member() && seen.facts().cni.uses("flannel") && seen.files().live(SUBNET)?.is_none() {
        told.fires("flannel has not written its subnet file: no pod gets an address")
            .seen_at(Evidence::file(SUBNET));
    }
    Ok(())
}

/// felix of calico ends where the check is loose.
///
/// systemd's `50-default.conf` sets 2 on Fedora and Ubuntu. felix says "Kernel's RPF check is set
/// to 'loose'".
pub(super) fn rp_filter(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const KEY: &str = "net.ipv4.conf.all.rp_filter";
    if !seen.facts().cni.uses("calico") {
        return Ok(());
    }
    let sysctl = seen.sysctl(KEY)?;
    let loose = |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim() == "2");
    // felix: "Kernel's RPF check is set to 'loose'", FELIX_IGNORELOOSERPF.
    if loose(&sysctl.live) || loose(&sysctl.boot) {
        told.fires(format!("{KEY} is 2, and calico's felix ends with it")).seen_in(sysctl.place);
    }
    Ok(())
}
