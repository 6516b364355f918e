//! What a file is, by its path and what is in it.

use host_prep::text::Dialect;

use super::docker::unit::Daemon;
use super::fault::Error;
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
}

impl Kind {
    /// Whose file it is; none where either may have it.
    fn runtime(self) -> Option<OldRuntime> {
        match self {
            Self::DaemonJson | Self::Unit(Daemon::Docker | Daemon::CriDockerd, _) => Some(OldRuntime::Docker),
            Self::Config | Self::Hosts | Self::Unit(Daemon::Containerd, _) => Some(OldRuntime::Containerd),
            Self::Login | Self::Certificate => None,
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
    /// Of the runtime that was not asked for.
    pub(super) others: Vec<&'i Input>,
}

/// The runtime, and the files that are of it or of both.
pub(super) fn chosen(inputs: &[Input], asked: Option<OldRuntime>) -> Result<(OldRuntime, Chosen<'_>), Error> {
    let all: Vec<_> = inputs.iter().map(|input| (input, of(input))).collect();
    let files: Vec<_> =
        all.iter().filter(|(_, kind)| kind.is_none()).map(|(input, _)| input.name.clone()).collect();
    if !files.is_empty() {
        return Err(Error::Unrecognised { files });
    }
    let all: Vec<_> = all.into_iter().filter_map(|(input, kind)| Some((input, kind?))).collect();
    // docker's packages bring units of both: they tell of no choice.
    let is_packaged = |input: &Input| ["/usr/lib/", "/lib/"].iter().any(|dir| input.name.starts_with(dir));
    let first = |runtime| {
        let own = |(input, kind): &&(&Input, Kind)| kind.runtime() == Some(runtime) && !is_packaged(input);
        all.iter().find(own).map(|(input, _)| input.name.clone())
    };
    let is_of = |runtime| all.iter().any(|(_, kind)| kind.runtime() == Some(runtime));
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
    let of_it = |kind: Kind| kind.runtime().is_none_or(|runtime| runtime == from);
    let (files, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, kind)| of_it(*kind));
    let others = others.into_iter().map(|(input, _)| input).collect();
    if files.is_empty() { Err(Error::Nothing) } else { Ok((from, Chosen { files, others })) }
}
