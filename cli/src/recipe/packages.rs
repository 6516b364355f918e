//! Packages, their repositories and the services they bring, out of a spec.
//!
//! Two stages: [`sources`] says where each artefact comes from and fails where it cannot come from
//! anywhere; [`Sources`] makes resources of that once the keys are there. Keys are fetched by the
//! caller, since this module opens nothing.

use std::path::PathBuf;

use host_prep::distro::{Distro, PackageManager};
use host_prep::mirrors::{Artefact, Choice, Location, Mirror, NoSuchMirror, Signer};
use host_prep::package::{Component, Holds, Packages, Skew, Wanted, skews};
use host_prep::repo::{Candidate, Fingerprint, Places, Repositories, Repository, Trust, id};
use host_prep::resource::Managed;
use host_prep::service::{UnitWish, Units};
use host_prep::{Desired, InvalidPackageRelease, PackageMinor, PackageRelease};

use super::agree::Agreed;
use super::proxy;
use super::spec::{NodeSpec, Proxy};

/// What comes from where, before anything is fetched or installed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sources {
    /// How packages get onto the host.
    pub manager: PackageManager,
    /// Where repositories and keys are written.
    pub places: Places,
    /// Kubernetes and CRI-O.
    pub sources: Vec<Source>,
    /// Major release of CentOS where its own repositories moved to the archive.
    pub archived: Option<u32>,
    /// By way of which proxy.
    pub proxy: Option<Proxy>,
}

/// Where the packages of one artefact come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Source {
    /// What it is.
    pub artefact: Artefact,
    /// The release that is wanted.
    pub release: PackageRelease,
    /// Where it is.
    pub location: Location,
    /// The keys that may sign it.
    pub pins: Vec<Fingerprint>,
}

/// Whether a bundle carries images.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "it does or does not")]
pub enum CarriedImages {
    /// It does, and they are loaded by skopeo.
    Some,
    /// It names them.
    None,
}

/// Why packages cannot come from anywhere.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSource {
    /// The mirror of the spec does not have it.
    #[error(transparent)]
    Mirror(#[from] NoSuchMirror),
    /// The spec's version names no release that packages have.
    #[error(transparent)]
    Release(#[from] InvalidPackageRelease),
    /// Nobody knows how packages get onto such a host.
    #[error("{0} is not a supported distribution; install the packages yourself and use --no-packages")]
    Distro(String),
    /// Its packages come with its image.
    #[error(
        "packages of {0} come with its image; layer them (rpm-ostree), or build an image that has them, and use --no-packages"
    )]
    Image(String),
    /// Versions that do not go together.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Skew(Vec<Skew>),
}

/// Where the packages of a spec come from on a host of `distro`.
///
/// # Errors
/// Why they cannot come from anywhere.
pub fn sources(spec: &NodeSpec, agreed: &Agreed, distro: &Distro) -> Result<Sources, NoSource> {
    let name = || distro.name.clone().unwrap_or_else(|| distro.id.clone());
    let manager = distro.packages.ok_or_else(|| NoSource::Distro(name()))?;
    let places = places_of(distro).ok_or_else(|| NoSource::Image(name()))?;
    let kubernetes: PackageRelease = spec.kubernetes_version.to_string().parse()?;
    let crio: PackageMinor = agreed.crio.to_string().parse()?;
    let minor = kubernetes.minor();
    let together = [
        (Component::Kubelet, minor),
        (Component::Kubeadm, minor),
        (Component::Kubectl, minor),
        (Component::CriO, crio),
    ];
    let skews = skews(&together);
    if !skews.is_empty() {
        return Err(NoSource::Skew(skews));
    }
    let (kube, cri) = (Artefact::Kubernetes, Artefact::CriO);
    let (mirrors, pins) = (&spec.mirrors, &spec.pins);
    let sources = vec![
        source(kube, kubernetes, (mirrors.kubernetes_packages.as_ref(), pins.of(kube)), places)?,
        source(cri, crio.into(), (mirrors.crio_packages.as_ref(), pins.of(cri)), places)?,
    ];
    let archived =
        (distro.id == "centos").then(|| distro.major()).flatten().filter(|major| [7, 8].contains(major));
    Ok(Sources { manager, places, sources, archived, proxy: spec.proxy.clone() })
}

/// Where a host of `distro` keeps repositories; `None` where nobody knows.
#[must_use]
pub fn places_of(distro: &Distro) -> Option<Places> {
    match distro.packages? {
        PackageManager::Apt => Some(Places::Apt),
        PackageManager::Zypper => Some(Places::Zypp),
        PackageManager::Yum | PackageManager::Dnf4 | PackageManager::Dnf5 => Some(Places::Yum),
        _ => None,
    }
}

/// The project's own keys may always sign; `more` are the spec's pins for a mirror that signs
/// itself.
fn source(
    artefact: Artefact,
    release: PackageRelease,
    (wanted, more): (Option<&Choice>, &[Fingerprint]),
    places: Places,
) -> Result<Source, NoSuchMirror> {
    let (minor, format) = (release.minor(), places.format());
    let named = |name: &str| {
        let mirror = Mirror::find(name, artefact, minor)?;
        Ok((mirror.location(minor, format), mirror.signer()))
    };
    let (location, signer) = match wanted {
        Some(Choice::Url(url)) => (Location::per_minor(url, minor, format), Signer::of(artefact)),
        Some(Choice::Named(name)) => named(name)?,
        // What is still to be chosen is shown with the origin.
        _ => named("upstream")?,
    };
    let pins = signer.pins().into_iter().chain(more.iter().copied()).collect();
    Ok(Source { artefact, release, location, pins })
}

/// The places to be asked for the packages of `artefact`, where the spec leaves the choice to a
/// probe.
#[must_use]
pub fn candidates(spec: &NodeSpec, agreed: &Agreed, artefact: Artefact, places: Places) -> Vec<Candidate> {
    let version = match artefact {
        Artefact::CriO => agreed.crio.to_string(),
        _ => spec.kubernetes_version.to_string(),
    };
    let minor = version.parse::<PackageRelease>().map(|release| release.minor());
    let mut all = minor.map(|minor| Candidate::all(artefact, minor, places.format())).unwrap_or_default();
    all.iter_mut().for_each(|candidate| candidate.pins.extend(spec.pins.of(artefact)));
    all
}

impl Sources {
    /// Repositories and packages as what host-prep makes true; `trust` says for each source who
    /// stands for it.
    #[must_use]
    pub fn desired(&self, trust: impl FnMut(&Source) -> Trust) -> Desired {
        let (repositories, keys) = self.listed(trust);
        self.proxied().with(repositories).and(&self.installed(keys))
    }

    /// The repositories alone, for a tree whose packages are installed by whoever builds it.
    #[must_use]
    pub fn repositories(&self, trust: impl FnMut(&Source) -> Trust) -> Desired {
        self.proxied().with(self.listed(trust).0)
    }

    /// What tells apt of the proxy; yum and dnf read it with the repository.
    fn proxied(&self) -> Desired {
        let Some(wanted) = self.proxy.as_ref().filter(|_| self.places == Places::Apt) else {
            return Desired::new();
        };
        let file = Managed::file("repository", proxy::APT_FILE, proxy::apt(wanted))
            .because("the spec names a proxy, and apt does not see the one of a shell");
        Desired::new().with(if wanted.has_password() { file.private() } else { file })
    }

    /// The packages alone, wherever they came from.
    #[must_use]
    pub fn packages(&self) -> Desired {
        self.installed(Vec::new())
    }

    /// Names with releases, as people are told them.
    #[must_use]
    pub fn names(&self) -> String {
        let all = self.all().map(|(name, release)| format!("{name} {}", release.bare()));
        let needed = self.needed().iter().map(|name| (*name).to_owned());
        all.chain(needed).collect::<Vec<_>>().join(", ")
    }

    /// Packages out of a bundle and from nowhere else. `own` are keys of the host's own that sign
    /// what its distribution has.
    #[must_use]
    pub fn from_bundle(&self, bundle: Repository, own: Vec<PathBuf>, images: CarriedImages) -> Desired {
        let repositories = Repositories::new(self.places).with(bundle);
        let keys: Vec<_> = repositories.key_files().chain(own).collect();
        let packages = Packages::new(self.manager, self.wanted_with(images))
            .trusting(keys)
            .from_only(id(Artefact::Bundle));
        Desired::new().with(repositories).with(packages).with(self.holds())
    }

    /// What shall be installed, and skopeo where images have to be loaded.
    #[must_use]
    pub fn wanted_with(&self, images: CarriedImages) -> Vec<Wanted> {
        let skopeo = (images == CarriedImages::Some).then(|| Wanted::any("skopeo"));
        self.wanted().into_iter().chain(skopeo).collect()
    }

    /// What shall be installed.
    #[must_use]
    pub fn wanted(&self) -> Vec<Wanted> {
        let needed = self.needed().iter().map(|name| Wanted::any(name));
        needed.chain(self.all().map(|(name, release)| Wanted::of(name, release))).collect()
    }

    /// The repositories, and the files their keys are written to.
    pub fn listed(&self, mut trust: impl FnMut(&Source) -> Trust) -> (Repositories, Vec<PathBuf>) {
        let mut repositories = Repositories::new(self.places);
        let mut keys = Vec::new();
        for source in &self.sources {
            let trust = trust(source);
            if let Trust::Keys(_) = &trust {
                keys.push(self.places.key_file(source.artefact));
            }
            if !self.is_twice(source) {
                let location = source.location.clone();
                let through =
                    self.proxy.as_ref().and_then(|proxy| proxy::of_url(proxy, location.url().as_str()));
                let through = through.map(|url| url.with_password().to_owned());
                let repository = Repository::new(source.artefact, location, trust).through(through);
                repositories = repositories.with(repository);
            }
        }
        match self.archived {
            Some(major) => (repositories.archived(major, None), keys),
            None => (repositories, keys),
        }
    }

    /// Packages and their holds: what is installed by us does not change with an upgrade of the
    /// system.
    fn installed(&self, keys: Vec<PathBuf>) -> Desired {
        Desired::new().with(self.packages_trusting(keys)).with(self.holds())
    }

    /// `keys` are files that have to be on the host before.
    fn packages_trusting(&self, keys: Vec<PathBuf>) -> Packages {
        Packages::new(self.manager, self.wanted()).trusting(keys)
    }

    /// Only packages with a release of their own; what a distribution brings may move.
    fn holds(&self) -> Holds {
        Holds::new(self.manager, self.all().map(|(name, _)| name.to_owned()))
    }

    /// Packages with a release of their own.
    fn all(&self) -> impl Iterator<Item = (&'static str, PackageRelease)> + '_ {
        let of = |source: &Source| {
            let release = source.release;
            installed(source.artefact).iter().map(move |name| (*name, release))
        };
        self.sources.iter().flat_map(of)
    }

    /// Whether a repository of one's own has both: apt refuses one that is named twice with
    /// different keys.
    fn is_twice(&self, source: &Source) -> bool {
        let before = self.sources.iter().take_while(|one| one.artefact != source.artefact);
        self.places == Places::Apt && before.into_iter().any(|one| one.location == source.location)
    }

    /// Packages of the distribution that a node needs whatever its release. CRI-O needs
    /// `container-selinux` before it where SELinux is: its own package does not ask for it.
    fn needed(&self) -> &'static [&'static str] {
        match self.manager {
            PackageManager::Apt => &["conntrack", "iptables", "socat"],
            PackageManager::Zypper => &["conntrack-tools", "iptables", "socat"],
            _ => &["container-selinux", "conntrack-tools", "iptables", "socat"],
        }
    }
}

/// Names of packages, which are alike in deb and rpm.
fn installed(artefact: Artefact) -> &'static [&'static str] {
    match artefact {
        Artefact::CriO => &["cri-o"],
        _ => &["kubelet", "kubeadm", "kubectl"],
    }
}

/// Adds the services of a node.
pub fn add_services(desired: &mut Desired) {
    desired.add(Units::new(services()));
}

/// Adds the services of a node whose packages somebody else sees to: a unit that is not there yet
/// is only told.
pub fn add_services_if_there(desired: &mut Desired) {
    desired.add(Units::new(services().map(UnitWish::if_there)));
}

/// The kubelet is enabled and not started: without its configuration it ends every ten seconds.
fn services() -> [UnitWish; 2] {
    [
        UnitWish::running("crio.service", "the kubelet has containers made by it"),
        UnitWish::enabled("kubelet.service", "kubeadm starts it, and every boot after that"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::agree;

    fn of(text: &str, os_release: &str) -> Result<Sources, NoSource> {
        let spec = NodeSpec::from_yaml(text).unwrap();
        sources(&spec, &agree(&spec).unwrap(), &Distro::parse(os_release.as_bytes()))
    }

    #[test]
    fn a_spec_says_where_packages_come_from() {
        let rocky = "ID=\"rocky\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n";
        let found =
            of("kubernetesVersion: v1.34.2\nmirrors:\n  kubernetesPackages: aliyun\n", rocky).unwrap();
        let urls: Vec<_> = found.sources.iter().map(|source| source.location.url().as_str()).collect();
        assert_eq!(
            urls,
            [
                "https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.34/rpm/",
                "https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v1.34/rpm/"
            ]
        );
        assert_eq!(found.sources[0].release.to_string(), "v1.34.2");
        assert_eq!(found.sources[1].release.to_string(), "v1.34");
    }

    #[test]
    fn a_mirror_that_is_still_to_be_chosen_contradicts_nothing() {
        let debian = "ID=debian\nVERSION_ID=\"12\"\n";
        let asked = "kubernetesVersion: v1.34.2\nmirrors: {kubernetesPackages: probe, crioPackages: probe}\n";
        let found = of(asked, debian).unwrap();
        assert_eq!(found.sources[0].location.url().as_str(), "https://pkgs.k8s.io/core:/stable:/v1.34/deb/");
        let wrong = NodeSpec::from_yaml("kubernetesVersion: v1.34.2\nmirrors: {crioPackages: a b}\n");
        assert!(wrong.unwrap_err().to_string().contains("`a b` names no mirror"));
    }

    #[test]
    fn apt_is_told_once_of_a_repository_that_has_both() {
        let spec = "kubernetesVersion: v1.34.2\nmirrors:\n  kubernetesPackages: file:///srv\n  crioPackages: file:///srv\n";
        let debian = "ID=debian\nVERSION_ID=\"12\"\n";
        let found = of(spec, debian).unwrap();
        let twice: Vec<_> = found.sources.iter().map(|source| found.is_twice(source)).collect();
        assert_eq!(twice, [false, true]);
        let rocky = "ID=\"rocky\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n";
        let found = of(spec, rocky).unwrap();
        assert!(!found.sources.iter().any(|source| found.is_twice(source)));
    }

    #[test]
    fn a_host_nobody_knows_is_refused_by_name() {
        let error =
            of("kubernetesVersion: v1.34.2\n", "ID=plan9\nPRETTY_NAME=\"Plan 9\"\n").unwrap_err().to_string();
        assert!(error.starts_with("Plan 9 is not a supported distribution"), "{error}");
        let coreos = "ID=fedora\nVERSION_ID=42\nVARIANT_ID=coreos\nPRETTY_NAME=\"Fedora CoreOS 42\"\n";
        for os_release in [coreos, "ID=flatcar\nPRETTY_NAME=\"Flatcar\"\n"] {
            let error = of("kubernetesVersion: v1.34.2\n", os_release).unwrap_err();
            assert!(matches!(error, NoSource::Image(_)), "{error}");
        }
    }
}
