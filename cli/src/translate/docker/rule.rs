//! What keys of docker that say something to the new runtime become.

use crio_config::{Ulimit, Value};

use super::Context;
use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::registry::{Base, Mirror, place_of};
use crate::translate::tree::{Leaf, Plain};

fn wrong(what: &str) -> Told {
    one(Outcome::invalid(format!("docker takes {what} here")))
}

/// Each text of a flag that daemon.json has as an object.
fn each_of_flag(leaf: &Leaf, rule: impl FnMut(&str) -> Outcome) -> Told {
    if leaf.texts().is_some() { each(leaf, rule) } else { wrong("an object") }
}

/// Each text of a list, with what becomes of it.
fn each(leaf: &Leaf, mut rule: impl FnMut(&str) -> Outcome) -> Told {
    let Some(items) = leaf.texts() else { return wrong("a list of texts") };
    items.iter().enumerate().map(|(at, item)| (Some(at), rule(item))).collect()
}

pub(super) fn registry_mirrors(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    each(leaf, |url| {
        if !url.contains("://") {
            return Outcome::invalid("docker takes a URL with http:// or https:// here");
        }
        match place_of(url, Base::AboveApi) {
            Ok((location, insecure)) => {
                draft.registries.mirror("docker.io", Mirror { location, insecure, digest_only: false });
                Outcome::to("registries.conf: a mirror of docker.io")
            }
            Err(why) => Outcome::by_hand(why),
        }
    })
}

pub(super) fn insecure_registries(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    each(leaf, |host| {
        let is_network = host.rsplit_once('/').is_some_and(|(_, bits)| bits.parse::<u8>().is_ok());
        if is_network {
            return Outcome::by_hand(format!(
                "registries.conf has no networks: name each registry of {host} that is without a good certificate"
            ));
        }
        // Only names as they are and networks are compared (moby, `isSecureIndex` of `daemon/pkg/registry`).
        if host.contains('*') {
            return Outcome::invalid(
                "docker knows no wildcard: nothing was ever insecure by it; name each registry",
            );
        }
        let host = host.trim_end_matches('/');
        match place_of(host.split_once("://").map_or(host, |(_, rest)| rest), Base::AboveApi) {
            Ok((location, _)) => {
                draft.registries.insecure(&location);
                Outcome::to(format!("registries.conf: {location} is insecure"))
            }
            Err(why) => Outcome::by_hand(why),
        }
    })
}

pub(super) fn exec_opts(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    each(leaf, |option| match option.split_once('=') {
        Some(("native.cgroupdriver", driver)) => draft.cgroup_driver(driver),
        _ => {
            let name = option.split('=').next().unwrap_or(option);
            Outcome::Unknown { near: near(name, ["native.cgroupdriver"].into_iter()) }
        }
    })
}

pub(super) fn log_driver(_: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    let Some(driver) = leaf.text() else { return wrong("a text") };
    one(if context.logs_to_files() {
        Outcome::not_needed("CRI-O writes files too, in CRI's form, and the kubelet rotates them")
    } else {
        Outcome::by_hand(format!(
            "CRI-O has no {driver} driver: it writes files in /var/log/pods, and an agent has to send them on"
        ))
    })
}

pub(super) fn log_opts(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    if !context.logs_to_files() {
        return one(Outcome::by_hand("it belongs to the log driver, which CRI-O does not have"));
    }
    let text = match &leaf.value {
        Plain::Text(text) | Plain::Number(text) => text.as_str(),
        _ => return wrong("a text"),
    };
    one(match leaf.part(1) {
        "max-size" => log_size(draft, text),
        "max-file" => match text.parse::<i64>() {
            Ok(files) if files >= 2 => draft.kubelet("containerLogMaxFiles", files),
            Ok(1) => draft.kubelet("containerLogMaxFiles", 2).note("the kubelet keeps two at least"),
            _ => Outcome::invalid("docker takes a whole number from 1 on here"),
        },
        "compress" | "mode" | "max-buffer-size" => {
            Outcome::not_needed("the kubelet compresses rotated logs itself, and conmon writes them at once")
        }
        _ => Outcome::by_hand("a line of a log in CRI's form has no place for it: an agent has to add it"),
    })
}

/// docker counts in thousands, with an i or without (`units.FromHumanSize`), and so do the kubelet's units
/// without one.
fn log_size(draft: &mut Draft, text: &str) -> Outcome {
    if text.starts_with('-') {
        return Outcome::by_hand("logs without a limit: the kubelet always rotates, at 10Mi unless told");
    }
    let Some((number, size, (unit, times))) = read_size(text) else {
        return Outcome::invalid("docker takes a size such as 10m here");
    };
    let whole = number.bytes().all(|byte| byte.is_ascii_digit());
    let size = if whole { format!("{number}{unit}") } else { format!("{:.0}", (size * times).floor()) };
    draft.kubelet("containerLogMaxSize", size)
}

/// A size as docker's `units` read it: the number as it is written, the number, the unit with what it stands for.
fn read_size(text: &str) -> Option<(&str, f64, (&'static str, f64))> {
    const UNITS: [(&str, &str, f64); 6] = [
        ("", "", 1.0),
        ("k", "k", 1e3),
        ("m", "M", 1e6),
        ("g", "G", 1e9),
        ("t", "T", 1e12),
        ("p", "P", 1e15),
    ];
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |at| at + 1);
    let (number, suffix) = text.split_at(end);
    let suffix = suffix.strip_prefix(' ').unwrap_or(suffix).to_ascii_lowercase();
    let names = |unit: &str| {
        let with = |end: &str| suffix == format!("{unit}{end}");
        with("") || with("b") || (!unit.is_empty() && with("ib"))
    };
    let (_, unit, times) = UNITS.iter().find(|(unit, ..)| names(unit))?;
    let size: f64 = number.parse().ok()?;
    (size.is_finite() && size >= 0.0).then_some((number, size, (*unit, *times)))
}

pub(super) fn data_root(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    match leaf.text() {
        Some(dir) => one(draft.data_root(dir, "/var/lib/docker")),
        None => wrong("a path"),
    }
}

pub(super) fn storage_driver(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    one(match leaf.text() {
        Some("overlay" | "overlay2") => {
            draft.storage.driver = Some("overlay".into());
            Outcome::to("storage.conf: driver overlay")
        }
        Some("vfs") => {
            draft.storage.driver = Some("vfs".into());
            Outcome::to("storage.conf: driver vfs")
        }
        Some(other) => Outcome::by_hand(format!(
            "images of {other} are pulled again: say a driver in storage.conf; overlay needs a file system that can it"
        )),
        None => Outcome::invalid("docker takes a text here"),
    })
}

pub(super) fn storage_opts(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    each(leaf, |option| match option.split_once('=') {
        Some(("overlay2.size", size)) => overlay_size(draft, size),
        Some(("overlay2.override_kernel_check", _)) => Outcome::not_needed("CRI-O checks no kernel release"),
        Some((name, _)) => Outcome::by_hand(format!("storage.conf has no equal of {name}")),
        None => Outcome::invalid("docker takes NAME=VALUE here"),
    })
}

/// Both read it by `units.RAMInBytes`, the new one when it starts.
fn overlay_size(draft: &mut Draft, size: &str) -> Outcome {
    if read_size(size).is_none() {
        return Outcome::invalid("docker takes a size such as 20G here");
    }
    let overlay = &mut draft.storage.overlay;
    if overlay.get("size").is_some_and(|set| set != size) {
        return Outcome::by_hand("it is said twice: only the first one is taken over");
    }
    overlay.insert("size".into(), size.to_owned());
    Outcome::to("storage.conf: storage.options.overlay.size")
}

const ULIMITS: &str = "crio.conf: crio.runtime.default_ulimits";

/// `default-ulimits: {nofile: {Name, Hard, Soft}}`, or `nofile=1:2` of a flag.
pub(super) fn default_ulimits(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    if leaf.path.len() == 1 {
        return each_of_flag(leaf, |limit| match limit.split_once('=') {
            Some((name, limits)) => {
                let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
                ulimit(draft, name, soft, hard)
            }
            None => Outcome::invalid("docker takes NAME=SOFT:HARD here"),
        });
    }
    let name = leaf.part(1);
    if leaf.path.len() == 2 {
        return wrong("an object with Name, Soft and Hard");
    }
    let (soft, hard, other) = context.ulimit(name);
    match leaf.part(2).to_ascii_lowercase().as_str() {
        "soft" | "hard" if leaf.number().is_none() => wrong("a whole number"),
        "soft" | "hard" | "name" => {
            // docker goes by the name that is said, and takes what is not said for 0.
            let name = other.unwrap_or_else(|| name.to_owned());
            one(ulimit(draft, &name, &soft.unwrap_or(0).to_string(), &hard.unwrap_or(0).to_string()))
        }
        field => one(Outcome::Unknown { near: near(field, ["name", "hard", "soft"].into_iter()) }),
    }
}

/// A limit that runc would set: docker looks at none before it starts a container, CRI-O when it starts.
fn ulimit(draft: &mut Draft, name: &str, soft: &str, hard: &str) -> Outcome {
    match format!("{name}={soft}:{hard}").parse::<Ulimit>() {
        Ok(_) => {
            draft.ulimits.insert(name.to_owned(), (soft.to_owned(), hard.to_owned()));
            Outcome::to(ULIMITS)
        }
        Err(why) => Outcome::invalid(format!("no container starts with it: {why}")),
    }
}

pub(super) fn default_runtime(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    let Some(name) = leaf.text() else { return wrong("a text") };
    let name = if matches!(name, "io.containerd.runc.v2" | "io.containerd.runtime.v1.linux") {
        "runc"
    } else {
        name
    };
    if name.contains('.') {
        return one(Outcome::by_hand("the default runtime is a shim of containerd: name an OCI runtime"));
    }
    // A default without a table of its own is none that CRI-O starts with.
    draft.crio(&["crio", "runtime", "runtimes", name, "runtime_type"], Value::from("oci"));
    one(draft.crio(&["crio", "runtime", "default_runtime"], Value::from(name)))
}

pub(super) fn runtimes(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    if leaf.path.len() == 1 {
        return each_of_flag(leaf, |runtime| match runtime.split_once('=') {
            Some((name, path)) => draft.program(name, path),
            None => Outcome::invalid("docker takes NAME=PATH here"),
        });
    }
    let name = leaf.part(1);
    if leaf.path.len() == 2 {
        return wrong("an object with path, or with runtimeType,");
    }
    one(match (leaf.part(2), leaf.text()) {
        ("path", Some(path)) => draft.program(name, path),
        ("path" | "runtimeType", None) => Outcome::invalid("docker takes a text here"),
        ("runtimeArgs", _) => Outcome::by_hand(
            "CRI-O gives a runtime no arguments of its own: name a script that gives them as runtime_path",
        ),
        ("runtimeType", Some(_)) | ("options", _) => Outcome::by_hand(
            "a shim of containerd: CRI-O starts an OCI runtime, or a VM with runtime_type vm",
        ),
        (other, _) => Outcome::Unknown {
            near: near(other, ["path", "runtimeArgs", "runtimeType", "options"].into_iter()),
        },
    })
}

pub(super) fn selinux(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    match leaf.flag() {
        Some(flag) => one(draft.crio(&["crio", "runtime", "selinux"], Value::Boolean(flag))),
        None => wrong("true or false"),
    }
}

/// A file is the profile of `RuntimeDefault` in both; docker has names for its own and for none.
pub(super) fn seccomp_profile(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    match leaf.text() {
        None => wrong("a path"),
        Some("" | "default" | "builtin") => one(Outcome::not_needed("CRI-O has a profile of its own")),
        Some("unconfined") => one(Outcome::not_needed(
            "a pod without a profile runs unconfined; seccompDefault of the kubelet gives it one",
        )),
        Some(path) => one(draft.crio(&["crio", "runtime", "seccomp_profile"], Value::from(path))),
    }
}

pub(super) fn cdi_spec_dirs(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    let Some(dirs) = leaf.texts() else { return wrong("a list of paths") };
    let dirs = dirs.into_iter().map(str::to_owned).collect();
    one(draft.crio(&["crio", "runtime", "cdi_spec_dirs"], Value::Strings(dirs)))
}

pub(super) fn debug(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    one(match leaf.flag() {
        Some(true) => draft.crio(&["crio", "runtime", "log_level"], Value::from("debug")),
        Some(false) => Outcome::not_needed("it is off"),
        None => Outcome::invalid("docker takes true or false here"),
    })
}

/// In whatever case; `warning` is an older name of `warn`.
pub(super) fn log_level(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    let level = leaf.text().map(str::to_ascii_lowercase);
    let level = level.as_deref().map(|level| if level == "warning" { "warn" } else { level });
    one(match level {
        Some(_) if context.debug => Outcome::not_needed("debug is on, and counts"),
        Some(level @ ("trace" | "debug" | "info" | "warn" | "error" | "fatal" | "panic")) => {
            draft.crio(&["crio", "runtime", "log_level"], Value::from(level))
        }
        _ => Outcome::invalid("docker takes trace, debug, info, warn, error, fatal or panic here"),
    })
}

pub(super) fn hosts(_: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    each(leaf, |host| {
        if host.starts_with("unix://") || host.starts_with("fd://") {
            return Outcome::not_needed("docker's socket goes with it");
        }
        Outcome::by_hand("docker's API over the network ends with docker: whatever uses it has to be found")
    })
}

/// `proxies: {http-proxy: …}`, or a flag of that name.
pub(super) fn proxy(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    if leaf.path == ["proxies"] {
        return wrong("an object with http-proxy, https-proxy and no-proxy");
    }
    let Some(value) = leaf.text() else { return wrong("a text") };
    one(match leaf.path.last().map_or("", String::as_str) {
        "http-proxy" => draft.environment("HTTP_PROXY", value),
        "https-proxy" => draft.environment("HTTPS_PROXY", value),
        "no-proxy" => draft.environment("NO_PROXY", value),
        other => {
            Outcome::Unknown { near: near(other, ["http-proxy", "https-proxy", "no-proxy"].into_iter()) }
        }
    })
}

pub(super) fn oom_score(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    match leaf.number() {
        Some(score) => one(draft.service("OOMScoreAdjust", &score.to_string())),
        None => wrong("a whole number"),
    }
}

pub(super) fn nri(draft: &mut Draft, _: &Context, leaf: &Leaf) -> Told {
    let text = leaf.text().unwrap_or_default().to_owned();
    let key = match leaf.part(1) {
        "enable" => {
            let Some(flag) = leaf.flag() else { return wrong("true or false") };
            return one(draft.crio(&["crio", "nri", "enable_nri"], Value::Boolean(flag)));
        }
        "plugin-path" => "nri_plugin_dir",
        "plugin-config-path" => "nri_plugin_config_dir",
        "socket-path" => "nri_listen",
        _ => return one(Outcome::Unknown { near: None }),
    };
    one(draft.crio(&["crio", "nri", key], Value::from(text)))
}
