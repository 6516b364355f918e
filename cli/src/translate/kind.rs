//! What a file is, by its path and what is in it.

use host_prep::text::Dialect;

use super::docker::unit::Daemon;
use super::fault::{Error, Outcome};
use super::tree::unmarked;
use super::{Input, OldRuntime};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DaemonJson,
    /// `config.json` of docker's client.
    Login,
    /// A unit, a drop-in or a file of its environment.
    Unit(Daemon, Dialect),
    /// containerd's `config.toml`.
    Config,
    /// `hosts.toml` of a registry.
    Hosts,
    /// A certificate or a key of `certs.d`.
    Certificate,
    /// What lies in a directory of which nobody reads such files.
    Stray,
}

impl Kind {
    /// Whose file it is; none where either may have it.
    fn runtime(self) -> Option<OldRuntime> {
        match self {
            Self::DaemonJson | Self::Unit(Daemon::Docker | Daemon::CriDockerd, _) => Some(OldRuntime::Docker),
            Self::Config | Self::Hosts | Self::Unit(Daemon::Containerd, _) => Some(OldRuntime::Containerd),
            Self::Login | Self::Certificate | Self::Stray => None,
        }
    }
}

fn of(input: &Input) -> Option<Kind> {
    let path = input.name.as_str();
    let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
    let ends = |ending: &str| file.len() > ending.len() && file.ends_with(ending);
    if file == "hosts.toml" {
        return Some(Kind::Hosts);
    }
    let in_certs = dir.split('/').rev().nth(1) == Some("certs.d");
    if in_certs && (ends(".crt") || ends(".cert") || ends(".key")) {
        return Some(Kind::Certificate);
    }
    // Both runtimes and systemd take of a directory what ends so, and pass over the rest (moby,
    // `ReadCertsDirectory`; containerd, `loadCertFiles`; systemd.unit(5)).
    let drop_in = dir.ends_with(".service.d") || dir.ends_with(".socket.d");
    if dir.split('/').any(|part| part == "certs.d")
        || (drop_in && !ends(".conf"))
        || (dir.ends_with("/conf.d") && !ends(".toml"))
    {
        return Some(Kind::Stray);
    }
    if ends(".json") {
        return Some(if is_login(input, file) { Kind::Login } else { Kind::DaemonJson });
    }
    if ends(".toml") {
        return Some(Kind::Config);
    }
    let dialect = match file {
        _ if ends(".service") || ends(".conf") || ends(".socket") => Dialect::Systemd,
        _ if dir.ends_with("etc/default") || dir.ends_with("etc/sysconfig") || ends(".env") => {
            Dialect::EnvFile
        }
        _ => return by_content(input),
    };
    daemon(path).map(|daemon| Kind::Unit(daemon, dialect))
}

/// The daemon that a path names: the last one of it, as in `containerd.service.d/docker.conf`.
fn daemon(path: &str) -> Option<Daemon> {
    let unit = path.split('/').find(|part| part.contains(".service") || part.contains(".socket"));
    let name = unit.or_else(|| path.rsplit('/').next())?;
    if name.contains("cri-docker") {
        Some(Daemon::CriDockerd)
    } else if name.contains("docker") {
        Some(Daemon::Docker)
    } else if name.contains("containerd") {
        Some(Daemon::Containerd)
    } else {
        None
    }
}

/// `daemon.json` may be called as anybody likes; a login has one of its own keys.
fn is_login(input: &Input, file: &str) -> bool {
    let bytes = unmarked(&input.bytes);
    let text = String::from_utf8_lossy(&bytes);
    let own = ["\"auths\"", "\"credsStore\"", "\"credHelpers\"", "\"HttpHeaders\""];
    file == "config.json" || file != "daemon.json" && own.iter().any(|key| text.contains(key))
}

/// Stdin and names that say nothing: only JSON tells itself from everything else.
fn by_content(input: &Input) -> Option<Kind> {
    let bytes = unmarked(&input.bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if *first == b'{' {
        return Some(if is_login(input, "") { Kind::Login } else { Kind::DaemonJson });
    }
    crio_config::read_toml(&input.bytes).ok().filter(|keys| !keys.is_empty()).map(|_| Kind::Config)
}

/// Files by whose they are.
pub(super) struct Chosen<'i> {
    /// To be translated.
    pub(super) files: Vec<(&'i Input, Kind)>,
    /// What is not: of the runtime that was not asked for, or of none; with what is to be said of it.
    pub(super) others: Vec<(&'i Input, Outcome)>,
}

/// What is said of a file that is not translated.
fn left_out(kind: Option<Kind>, from: OldRuntime) -> Outcome {
    match kind {
        Some(Kind::Stray) => Outcome::not_needed("neither runtime reads a file of such a name there"),
        Some(_) => Outcome::not_needed(format!("left out: it is not of {from}")),
        None => Outcome::by_hand("what it is cannot be told: neither its name nor what is in it says it"),
    }
}

/// The runtime whose directory of certificates a file lies in. containerd may be told docker's too.
fn of_directory(input: &Input, inputs: &[Input]) -> Option<OldRuntime> {
    let (dir, _) = input.name.split_once("/certs.d/")?;
    if dir.ends_with("containerd") {
        return Some(OldRuntime::Containerd);
    }
    let place = format!("{dir}/certs.d");
    let names_it = |other: &Input| {
        other.name.ends_with(".toml") && String::from_utf8_lossy(&other.bytes).contains(&place)
    };
    (dir.ends_with("docker") && !inputs.iter().any(names_it)).then_some(OldRuntime::Docker)
}

/// The runtime, and the files that are of it or of both.
pub(super) fn chosen(inputs: &[Input], asked: Option<OldRuntime>) -> Result<(OldRuntime, Chosen<'_>), Error> {
    let all: Vec<_> = inputs.iter().map(|input| (input, of(input))).collect();
    let is_told = |kind: &Option<Kind>| !matches!(kind, None | Some(Kind::Stray));
    // One of many keeps no other from being translated.
    if !all.iter().any(|(_, kind)| is_told(kind)) {
        let none = all.iter().filter(|(_, kind)| kind.is_none());
        let files: Vec<_> = none.map(|(input, _)| input.name.clone()).collect();
        return Err(if files.is_empty() { Error::Nothing } else { Error::Unrecognised { files } });
    }
    let (all, stray): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, kind)| is_told(kind));
    let all: Vec<_> = all.into_iter().filter_map(|(input, kind)| Some((input, kind?))).collect();
    // docker's packages bring units of both: they tell of no choice.
    let is_packaged = |input: &Input| ["/usr/lib/", "/lib/"].iter().any(|dir| input.name.starts_with(dir));
    let first = |runtime| {
        let own = |(input, kind): &&(&Input, Kind)| kind.runtime() == Some(runtime) && !is_packaged(input);
        all.iter().find(own).map(|(input, _)| input.name.clone())
    };
    let whose = |input: &Input, kind: Kind| match kind {
        Kind::Certificate => of_directory(input, inputs),
        kind => kind.runtime(),
    };
    let is_of = |runtime| all.iter().any(|(input, kind)| whose(input, *kind) == Some(runtime));
    let from = match (asked, first(OldRuntime::Docker), first(OldRuntime::Containerd)) {
        (Some(asked), ..) => asked,
        (None, Some(docker), Some(containerd)) => return Err(Error::TwoRuntimes { docker, containerd }),
        (None, None, Some(_)) => OldRuntime::Containerd,
        (None, Some(_), None) => OldRuntime::Docker,
        (None, None, None) if all.is_empty() => return Err(Error::Nothing),
        (None, None, None) if is_of(OldRuntime::Containerd) && !is_of(OldRuntime::Docker) => {
            OldRuntime::Containerd
        }
        // Logins and certificates alone: docker's, whose form they are.
        (None, None, None) => OldRuntime::Docker,
    };
    let of_it = |(input, kind): &(&Input, Kind)| whose(input, *kind).is_none_or(|runtime| runtime == from);
    let (files, others): (Vec<_>, Vec<_>) = all.into_iter().partition(of_it);
    let others = others.into_iter().map(|(input, kind)| (input, Some(kind)));
    let others = others.chain(stray).map(|(input, kind)| (input, left_out(kind, from))).collect();
    if files.is_empty() { Err(Error::Nothing) } else { Ok((from, Chosen { files, others })) }
}
