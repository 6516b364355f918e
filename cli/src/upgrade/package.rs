//! The commands that bring packages of a minor onto a host.

use std::path::PathBuf;

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
        // What keeps an upgrade of the whole host off these packages is in either repository file.
        Some(PackageManager::Dnf4 | PackageManager::Yum) => {
            let program = if manager == Some(PackageManager::Yum) { "yum" } else { "dnf" };
            let lifted = "--disableexcludes=kubernetes --disableexcludes=cri-o";
            vec![format!("{program} install -y {} {lifted}", each("-", "-*"))]
        }
        Some(PackageManager::Dnf5) => {
            let lifted = "--setopt=disable_excludes=kubernetes,cri-o";
            vec![format!("dnf install -y {} {lifted}", each("-", "-*"))]
        }
        // Its relations know no patterns: below the next minor is the newest of this one.
        Some(PackageManager::Zypper) => {
            let wanted = |name: &&str| match to.version().filter(|_| *name != "cri-o") {
                Some(version) => format!("'{name}={}'", version.to_string().trim_start_matches('v')),
                None => format!("'{name}<1.{}'", minor.number() + 1),
            };
            let each = names.iter().map(wanted).collect::<Vec<_>>().join(" ");
            vec![
                format!("zypper removelock {all}"),
                format!("zypper --non-interactive install {each}"),
                format!("zypper addlock {all}"),
            ]
        }
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
    /// The files with their new text.
    pub(super) files: Vec<(PathBuf, String)>,
    /// Whether all that name a minor name that one.
    pub(super) done: bool,
}

impl Repositories {
    pub(super) fn read(seen: &Files<'_>, to: &Target) -> Result<Self, Unread> {
        let wanted = format!("/v{}/", to.minor());
        let (mut commands, mut files, mut ready) = (Vec::new(), Vec::new(), 0);
        let mut without = Vec::new();
        for (dir, refresh) in PLACES {
            let mut old = Vec::new();
            for name in seen.list(dir)? {
                let path = format!("{dir}/{name}");
                let Some(file) = seen.file(&path)? else { continue };
                let text = file.text().into_owned();
                let minors = minors_in(&text);
                ready += usize::from(minors.contains(&wanted));
                without.extend(is_without_minor(&text).then(|| path.clone()));
                let others: Vec<String> = minors.into_iter().filter(|minor| *minor != wanted).collect();
                if !others.is_empty() {
                    files.push((PathBuf::from(&path), turned(&text, &others, &wanted)));
                }
                old.extend(others.into_iter().map(|minor| (minor, path.clone())));
            }
            for (minor, path) in &old {
                commands.push(format!("sed -i 's,{minor},{wanted},g' {}", host_prep::shell_word(path)));
            }
            if !old.is_empty() {
                commands.push(refresh.to_owned());
            }
        }
        let done = commands.is_empty() && ready > 0 && without.is_empty();
        let minor = to.minor();
        // A mirror of somebody's own may have any: nothing here can be turned, and nobody but its owner knows.
        let unknown = without.iter().map(|path| {
            format!("# {path} names no minor: see that what it has is of {minor}, or name its repository of {minor} there")
        });
        commands.extend(unknown);
        if commands.is_empty() && !done {
            commands.push(format!(
                "# no repository here names a minor: make packages of {minor} available, or give `upgrade apply` a --bundle"
            ));
        }
        Ok(Self { commands, files, done })
    }
}

/// The lines that name packages of Kubernetes and CRI-O, and no other ones, with another minor.
fn turned(text: &str, old: &[String], new: &str) -> String {
    let turn = |line: &str| {
        if is_theirs(line) {
            old.iter().fold(line.to_owned(), |line, old| line.replace(old, new))
        } else {
            line.to_owned()
        }
    };
    text.split_inclusive('\n').map(turn).collect()
}

fn is_theirs(line: &str) -> bool {
    !line.trim_start().starts_with('#')
        && ["kubernetes", "k8s", "cri-o"].iter().any(|word| line.contains(word))
}

/// Whether an address where packages of Kubernetes or CRI-O come from names no minor. Where keys come from is
/// none.
fn is_without_minor(text: &str) -> bool {
    let is_address = |line: &&str| {
        let line = line.trim_start().to_ascii_lowercase();
        ["deb ", "uris:", "baseurl", "mirrorlist", "metalink"].iter().any(|word| line.starts_with(word))
    };
    let own = text.lines().filter(|line| is_theirs(line)).filter(is_address);
    own.into_iter().any(|line| minors_in(line).is_empty())
}

/// The parts `/v1.34/` of addresses where packages of Kubernetes and CRI-O come from.
fn minors_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| is_theirs(line)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_names_no_minor_is_told() {
        let theirs = "deb [signed-by=/etc/apt/keyrings/k.gpg] https://mirror.example.com/kubernetes/apt/ /\n";
        assert!(
            is_without_minor(theirs) && is_without_minor("[cri-o]\nbaseurl=https://m.example.com/cri-o/\n")
        );
        let named = "[kubernetes]\nname=Kubernetes\nbaseurl=https://m.example.com/kubernetes/v1.34/rpm/\ngpgkey=https://m.example.com/kubernetes/key\n";
        assert!(
            !is_without_minor(named)
                && !is_without_minor("deb https://mirror.example.com/debian stable main\n")
        );
        assert!(!is_without_minor(&format!("#{theirs}")));
    }

    /// As they are typed: what holds a package is lifted, and comes back where it does not by itself.
    #[test]
    fn each_package_manager_is_told_the_release_in_its_own_words() {
        let of = |manager: PackageManager, to: &str| {
            install(Some(manager), &["kubelet", "cri-o"], &to.parse().unwrap()).join("; ")
        };
        let apt = "apt-mark unhold kubelet cri-o; apt-get install -y 'kubelet=1.34.2-*' 'cri-o=1.34.*'; apt-mark hold kubelet cri-o";
        assert_eq!(of(PackageManager::Apt, "v1.34.2"), apt);
        let dnf = "dnf install -y 'kubelet-1.34.*' 'cri-o-1.34.*' --disableexcludes=kubernetes --disableexcludes=cri-o";
        assert_eq!(of(PackageManager::Dnf4, "1.34"), dnf);
        assert!(of(PackageManager::Yum, "1.34").starts_with("yum install -y 'kubelet-1.34.*'"));
        let dnf5 =
            "dnf install -y 'kubelet-1.34.2-*' 'cri-o-1.34.*' --setopt=disable_excludes=kubernetes,cri-o";
        assert_eq!(of(PackageManager::Dnf5, "v1.34.2"), dnf5);
        let zypper = "zypper removelock kubelet cri-o; zypper --non-interactive install 'kubelet=1.34.2' 'cri-o<1.35'; zypper addlock kubelet cri-o";
        assert_eq!(of(PackageManager::Zypper, "v1.34.2"), zypper);
    }
}
