//! Repositories that are gone, frozen or replaced, told by their address.

use crate::PackageMinor;
use crate::mirrors::{Artefact, Mirror};

/// A pattern in the address of a repository, and what became of such repositories.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Legacy {
    /// The address contains this.
    pub pattern: &'static str,
    /// What it held; `None` for the distribution itself.
    pub artefact: Option<Artefact>,
    /// Whether it can still serve.
    pub state: State,
    /// What happened, and when.
    pub story: &'static str,
}

/// Whether a repository of old can still serve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// It answers no more, or with nothing that can be verified.
    Gone,
    /// It answers, and ends with this minor.
    Frozen(PackageMinor),
}

const fn gone(pattern: &'static str, artefact: Option<Artefact>, story: &'static str) -> Legacy {
    Legacy { pattern, artefact, state: State::Gone, story }
}

const K8S: Option<Artefact> = Some(Artefact::Kubernetes);
const CRIO: Option<Artefact> = Some(Artefact::CriO);
const GOOGLE: &str = "Google's repository was frozen on 2023-09-13 and removed on 2024-03-04";
const KUBIC: &str = "devel:kubic ended with CRI-O 1.28 and its keys expired";
const ADDONS: &str = "CRI-O moved to isv:/cri-o on 2025-02-12; the old place has nothing from v1.33 on";
const CENTOS: &str = "CentOS 7 ended on 2024-06-30, 8 on 2021-12-31, Stream 8 on 2024-05-31; their packages moved to vault.centos.org";
const FROZEN: &str = "a copy of Google's repository, frozen when that one was";

/// Checked in this order: what is more special comes first.
const TABLE: &[Legacy] = &[
    gone("packages.cloud.google.com/yum/repos/kubernetes", K8S, GOOGLE),
    gone("apt.kubernetes.io", K8S, GOOGLE),
    gone("yum.kubernetes.io", K8S, GOOGLE),
    Legacy {
        pattern: "mirrors.aliyun.com/kubernetes/",
        artefact: K8S,
        state: State::Frozen(PackageMinor::new(1, 28)),
        story: FROZEN,
    },
    Legacy {
        pattern: "huaweicloud.com/kubernetes/",
        artefact: K8S,
        state: State::Frozen(PackageMinor::new(1, 28)),
        story: FROZEN,
    },
    Legacy {
        pattern: "kubernetes-el7-",
        artefact: K8S,
        state: State::Frozen(PackageMinor::new(1, 28)),
        story: FROZEN,
    },
    gone("pkgs.k8s.io/addons:/cri-o", CRIO, ADDONS),
    Legacy {
        pattern: "/addons:/cri-o:",
        artefact: CRIO,
        state: State::Frozen(PackageMinor::new(1, 32)),
        story: ADDONS,
    },
    gone("devel:/kubic:/libcontainers", CRIO, KUBIC),
    gone("devel:kubic:libcontainers", CRIO, KUBIC),
    gone("cbs.centos.org/repos/paas7-crio", CRIO, "answers 404 since 2020-04"),
    gone("projectatomic/ppa", CRIO, "its last build is CRI-O 1.15"),
    gone("mirrorlist.centos.org", None, CENTOS),
    gone("://mirror.centos.org/", None, CENTOS),
];

/// apt names the suite apart from the address: whoever has it copied Google's repository.
const COPY: Legacy = Legacy {
    pattern: "kubernetes-xenial",
    artefact: K8S,
    state: State::Frozen(PackageMinor::new(1, 28)),
    story: FROZEN,
};

/// What is known of a repository at `address`; for apt the address, a space and the suite.
#[must_use]
pub fn legacy_of(address: &str) -> Option<&'static Legacy> {
    let plain = unescaped(address);
    if let Some(found) = TABLE.iter().find(|legacy| plain.contains(legacy.pattern)) {
        return Some(found);
    }
    let xenial = plain.contains(COPY.pattern);
    xenial.then(|| if plain.contains("packages.cloud.google.com") { &TABLE[0] } else { &COPY })
}

/// What a repository at `address` holds, as far as the address tells.
#[must_use]
pub fn artefact_of(address: &str) -> Option<Artefact> {
    if let Some(legacy) = legacy_of(address) {
        return legacy.artefact;
    }
    let plain = unescaped(address);
    let rows = || Mirror::all().map(|mirror| (mirror.base(), mirror.artefact()));
    let known = rows().find(|(base, _)| plain.contains(base.trim_start_matches("https://")));
    let by_path = || match () {
        () if plain.contains("cri-o:/") || plain.contains("/cri-o/") => Some(Artefact::CriO),
        () if plain.contains("/core:/stable:/v") => Some(Artefact::Kubernetes),
        () => None,
    };
    known.map(|(_, artefact)| artefact).or_else(by_path)
}

/// The Open Build Service is written with `%3A` by some recipes.
fn unescaped(address: &str) -> String {
    address.replace("%3A", ":").replace("%3a", ":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_recipes_of_ten_years_wrote_is_recognised() {
        let cases = [
            ("https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64", K8S, true),
            ("http://apt.kubernetes.io/ kubernetes-xenial", K8S, true),
            ("https://packages.cloud.google.com/apt/ kubernetes-xenial", K8S, true),
            ("https://mirrors.ustc.edu.cn/kubernetes/apt kubernetes-xenial", K8S, false),
            ("http://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-x86_64", K8S, false),
            ("https://pkgs.k8s.io/addons:/cri-o:/stable:/v1.30/rpm/", CRIO, true),
            (
                "https://download.opensuse.org/repositories/isv:/kubernetes:/addons:/cri-o:/stable:/v1.30/rpm/",
                CRIO,
                false,
            ),
            (
                "https://download.opensuse.org/repositories/devel:/kubic:/libcontainers:/stable:/cri-o:/1.24/CentOS_7/",
                CRIO,
                true,
            ),
            (
                "https://download.opensuse.org/repositories/devel:kubic:libcontainers:stable/xUbuntu_22.04/ /",
                CRIO,
                true,
            ),
            ("https://cbs.centos.org/repos/paas7-crio-115-release/x86_64/os/", CRIO, true),
            ("http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=os", None, true),
        ];
        for (address, artefact, is_gone) in cases {
            let found = legacy_of(address).unwrap_or_else(|| panic!("{address}"));
            assert_eq!((found.artefact, found.state == State::Gone), (artefact, is_gone), "{address}");
        }
    }

    #[test]
    fn repositories_of_today_are_no_legacy() {
        for mirror in Mirror::all() {
            for format in [crate::mirrors::Format::Rpm, crate::mirrors::Format::Deb] {
                let minor = PackageMinor::new(1, 30);
                if mirror.has(minor) {
                    let location = mirror.location(minor, format);
                    let url = location.url().as_str();
                    let found = legacy_of(url).is_some_and(|legacy| legacy.state == State::Gone);
                    assert!(!found, "{}", url);
                    assert_eq!(artefact_of(url), Some(mirror.artefact()), "{}", url);
                }
            }
        }
        assert_eq!(artefact_of("http://ftp.example.org/debian bookworm"), None);
        assert_eq!(artefact_of("https://packages.cloud.google.com/apt cloud-sdk"), None);
    }
}
