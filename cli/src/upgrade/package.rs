//! The commands that bring packages of a minor onto a host.

use host_prep::distro::PackageManager;

use super::Target;
use crate::doctor::{Files, Unread};

/// Installs these packages in the release that is gone to; CRI-O's patches are its own.
pub(super) fn install(manager: Option<PackageManager>, names: &[&str], to: &Target) -> Vec<String> {
    let minor = to.minor();
    let all = names.join(" ");
    let release = |name: &&str, sign: &str, end: &str| {
        let exact = to.version().filter(|_| *name != "cri-o");
        let version = exact.map_or_else(
            || format!("{minor}.*"),
            |v| format!("{}{end}", v.to_string().trim_start_matches('v')),
        );
        format!("'{name}{sign}{version}'")
    };
    let each = |sign, end| names.iter().map(|name| release(name, sign, end)).collect::<Vec<_>>().join(" ");
    match manager {
        Some(PackageManager::Apt) => vec![
            format!("apt-mark unhold {all}"),
            format!("apt-get install -y {}", each("=", "-*")),
            format!("apt-mark hold {all}"),
        ],
        Some(PackageManager::Dnf4 | PackageManager::Yum) => {
            let program = if manager == Some(PackageManager::Yum) { "yum" } else { "dnf" };
            vec![format!("{program} install -y {} --disableexcludes=kubernetes", each("-", "-*"))]
        }
        Some(PackageManager::Dnf5) => {
            vec![format!("dnf install -y {} --setopt=disable_excludes=kubernetes", each("-", "-*"))]
        }
        // Its repositories have one minor each.
        Some(PackageManager::Zypper) => vec![format!("zypper --non-interactive install {all}")],
        _ => vec![format!("# install {all} of {minor} as this distribution does")],
    }
}

/// Where repositories are set up, and the command that reads them again.
const PLACES: [(&str, &str); 3] = [
    ("/etc/apt/sources.list.d", "apt-get update"),
    ("/etc/yum.repos.d", "dnf makecache"),
    ("/etc/zypp/repos.d", "zypper --non-interactive refresh"),
];

/// What turns the repositories to the minor that is gone to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Repositories {
    pub(super) commands: Vec<String>,
    /// Whether all that name a minor name that one.
    pub(super) done: bool,
}

impl Repositories {
    pub(super) fn read(files: &Files<'_>, to: &Target) -> Result<Self, Unread> {
        let wanted = format!("/v{}/", to.minor());
        let (mut commands, mut ready) = (Vec::new(), 0);
        for (dir, refresh) in PLACES {
            let mut old = Vec::new();
            for name in files.list(dir)? {
                let path = format!("{dir}/{name}");
                let Some(file) = files.file(&path)? else { continue };
                let minors = minors_in(&file.text());
                ready += usize::from(minors.contains(&wanted));
                old.extend(
                    minors.into_iter().filter(|minor| *minor != wanted).map(|minor| (minor, path.clone())),
                );
            }
            for (minor, path) in &old {
                commands.push(format!("sed -i 's,{minor},{wanted},' {path}"));
            }
            if !old.is_empty() {
                commands.push(refresh.to_owned());
            }
        }
        let done = commands.is_empty() && ready > 0;
        if commands.is_empty() && !done {
            let minor = to.minor();
            commands.push(format!("# no repository here names a minor: make packages of {minor} available"));
        }
        Ok(Self { commands, done })
    }
}

/// The parts `/v1.34/` of addresses where packages of Kubernetes and CRI-O come from.
fn minors_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if !["kubernetes", "k8s", "cri-o"].iter().any(|word| line.contains(word)) {
            continue;
        }
        let parts = line.match_indices("/v1.").filter_map(|(at, _)| {
            let rest = &line[at + 4..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            (digits > 0 && rest[digits..].starts_with('/')).then(|| format!("/v1.{}/", &rest[..digits]))
        });
        for part in parts {
            if !found.contains(&part) {
                found.push(part);
            }
        }
    }
    found
}
