//! What several files must agree about, derived once.
//!
//! A node fails where two of its files say different things, and each program names only its own
//! half of the fault. So every such value is decided here, once, from the spec and the tables of
//! both releases: `NodeSpec` -> [`agree`] -> [`Agreed`] -> CRI-O's drop-in, kubeadm's documents,
//! the kubelet's arguments. No facts of a host are needed, so that the same spec gives the same
//! answer everywhere.

use std::fmt;

use crio_config::{CgroupManager, ImageReference, Release};
use host_prep::PackageMinor;
use host_prep::mirrors::{Artefact, Choice, Mirror};
use kubeadm_config::KubeadmRelease;

use super::decided;
pub(super) use super::decided::plain;
use super::fault::Note;
use super::spec::{NodeSpec, Role, Subnet};
use super::table::{CRIO_MAY_BE_BEHIND, FOREIGN_SOCKETS, SYSCTLS, Wanted};

/// Where CRI-O listens when nothing else is said.
///
/// CRI-O's own default (`/var/run` is a link to `/run`), as `crio.conf` has it.
// kubeadm's `CRISocketCRIO` (constants_unix.go) without its scheme.
const CRIO_SOCKET: &str = "/var/run/crio/crio.sock";

/// What CRI-O, the kubelet, crictl and kubeadm must be told alike.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Agreed {
    /// The kubeadm that reads the documents.
    pub kubeadm: KubeadmRelease,
    /// The CRI-O that reads the drop-in.
    pub crio: Release,
    /// CRI-O's `pause_image`, which is the one kubeadm expects.
    pub pause_image: ImageReference,
    /// CRI-O's `cgroup_manager` and the kubelet's `cgroupDriver`.
    pub cgroup_driver: CgroupManager,
    /// Path of the CRI socket; [`Agreed::cri_endpoint`] is its URL.
    pub cri_socket: String,
    /// kubeadm's `imageRepository`.
    pub image_repository: String,
    /// kubeadm's `dns.imageRepository` where `imageRepository` does not lead to CoreDNS.
    pub dns_repository: Option<String>,
    /// What somebody should know of the choice.
    pub notes: Vec<Note>,
}

/// Two fields of a spec that cannot both be.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Contradiction {
    /// One field, dotted, with its value.
    pub one: (String, String),
    /// The other: a field, or what another field implies.
    pub other: (String, String),
    /// Why they do not go together.
    pub why: String,
}

/// Everything in a spec that contradicts itself.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
#[non_exhaustive]
pub struct Contradictions(pub Vec<Contradiction>);

impl Agreed {
    /// The socket as a URL.
    #[must_use]
    pub fn cri_endpoint(&self) -> String {
        format!("unix://{}", self.cri_socket)
    }

    /// Whether CRI-O listens where it does by default.
    #[must_use]
    pub fn is_default_socket(&self) -> bool {
        self.cri_socket == CRIO_SOCKET
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((one, this), (other, that)) = (&self.one, &self.other);
        write!(f, "{one}: {this} contradicts {other}: {that}: {}", self.why)
    }
}

/// Derives what must agree.
///
/// # Errors
/// Every contradiction, each with both sides.
///
/// The minor of kubeadm, and with it the pause image and CRI-O's release; the cgroup driver; the
/// socket; the repository of images: what stands in several files and breaks a node where they
/// differ.
///
/// ```
/// use k8sprep::recipe::{NodeSpec, agree};
///
/// let agreed = agree(&NodeSpec::from_yaml("kubernetesVersion: v1.34.2\n")?)?;
/// assert_eq!(agreed.pause_image.to_string(), "registry.k8s.io/pause:3.10.1");
/// assert_eq!(agreed.crio.to_string(), "1.34");
///
/// let newer = NodeSpec::from_yaml("kubernetesVersion: v1.30.0\ncrioVersion: \"1.34\"\n")?;
/// let contradictions = agree(&newer).unwrap_err();
/// assert_eq!(contradictions.0[0].one.0, "crioVersion");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn agree(spec: &NodeSpec) -> Result<Agreed, Contradictions> {
    let mut against = Against { spec, found: Vec::new() };
    let kubeadm = against.kubeadm();
    let crio = against.crio();
    let image_repository = against.image_repository(kubeadm.as_ref());
    let pause = against.pause_image(kubeadm.as_ref(), &image_repository);
    let cri_socket = against.cri_socket();
    // Everything is compared, so that one run tells all contradictions.
    against.subnets();
    against.sysctls();
    against.packages(crio);
    against.join();
    let told = decided::Told {
        image_repository: &image_repository,
        cri_socket: &cri_socket,
        cgroup_driver: spec.cgroup_driver.unwrap_or(CgroupManager::Systemd).as_str(),
    };
    for (one, (field, value)) in decided::otherwise(spec, &told) {
        let why =
            format!("kubeadm would be told another one than the rest of the node; say it with {field} alone");
        against.find((&one.0, one.1), (field, value), why);
    }
    let minor = spec.kubernetes_version.minor();
    match (kubeadm, crio, pause) {
        (Some(kubeadm), Some(crio), Some((pause_image, mut notes))) if against.found.is_empty() => {
            Ok(Agreed {
                dns_repository: spec.mirrors.images.and_then(|mirror| mirror.dns_repository(minor)),
                crio,
                pause_image,
                cgroup_driver: spec.cgroup_driver.unwrap_or(CgroupManager::Systemd),
                cri_socket,
                image_repository,
                notes: {
                    notes.extend(newer_than_known(spec, &kubeadm));
                    notes
                },
                kubeadm,
            })
        }
        _ => Err(Contradictions(against.found)),
    }
}

/// Whether a kernel value is made of whole numbers, for certain: those of these trees are, but for some.
///
/// Documentation/admin-guide/sysctl and networking/ip-sysctl.rst of Linux.
fn takes_numbers(key: &str) -> bool {
    const TREES: [&str; 7] =
        ["vm.", "net.ipv4.", "net.ipv6.", "net.bridge.", "net.core.", "net.unix.", "fs.inotify."];
    const TEXTS: [&str; 12] = [
        "numa_zonelist_order",
        "default_qdisc",
        "tcp_congestion_control",
        "tcp_available_congestion_control",
        "tcp_allowed_congestion_control",
        "tcp_available_ulp",
        "tcp_fastopen_key",
        "ip_local_reserved_ports",
        "stable_secret",
        "flow_limit_cpu_bitmap",
        "rps_default_mask",
        "netdev_rss_key",
    ];
    TREES.iter().any(|tree| key.starts_with(tree)) && !TEXTS.iter().any(|text| key.ends_with(text))
}

/// As the kernel reads one, base 0 (`proc_get_long`).
fn is_whole_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).is_ok(),
        None => digits.parse::<u64>().is_ok() && !digits.starts_with('+'),
    }
}

/// That what is wanted for a release is guessed from an older one.
fn newer_than_known(spec: &NodeSpec, kubeadm: &KubeadmRelease) -> Option<Note> {
    let version = &spec.kubernetes_version;
    (version.minor() > kubeadm.minor()).then(|| Note {
        code: kubeadm_config::Code::ReleaseUnknown.as_str(),
        text: format!(
            "Kubernetes {version} is newer than what is known here: images, documents and rules are those of {}",
            kubeadm.minor()
        ),
    })
}

/// The spec while it is compared with itself. Contradictions are gathered, never returned at the
/// first: people correct a file once.
struct Against<'a> {
    spec: &'a NodeSpec,
    found: Vec<Contradiction>,
}

impl Against<'_> {
    /// `one` is the field that is more likely to be wrong; each side is a field with its value.
    fn find(
        &mut self,
        one: (&str, impl fmt::Display),
        other: (&str, impl fmt::Display),
        why: impl Into<String>,
    ) {
        let side = |(field, value): (&str, String)| (field.to_owned(), value);
        self.found.push(Contradiction {
            one: side((one.0, one.1.to_string())),
            other: side((other.0, other.1.to_string())),
            why: why.into(),
        });
    }

    /// As the spec has it, `v1.34.0`.
    fn version(&self) -> String {
        self.spec.kubernetes_version.to_string()
    }

    /// `None`, and a contradiction with this very program, for a minor that its tables do not
    /// have.
    fn kubeadm(&mut self) -> Option<KubeadmRelease> {
        let known = KubeadmRelease::nearest(&self.spec.kubernetes_version);
        if let Err(error) = &known {
            self.find(
                ("kubernetesVersion", self.version()),
                ("k8sprep", env!("CARGO_PKG_VERSION")),
                error.to_string(),
            );
        }
        known.ok()
    }

    /// CRI-O's release: as asked, else the newest of the minor of Kubernetes.
    fn crio(&mut self) -> Option<Release> {
        let kubernetes = self.spec.kubernetes_version.minor().number();
        let asked = self.spec.crio_version;
        let minor = asked.map_or(kubernetes, |release| u64::from(release.minor()));
        // CRI-O n and Kubernetes n belong together (its README, "Compatibility matrix"); a kubelet
        // may be newer than its runtime for the time of an upgrade.
        if !(kubernetes.saturating_sub(CRIO_MAY_BE_BEHIND)..=kubernetes).contains(&minor) {
            let why = format!(
                "CRI-O follows the minors of Kubernetes and may be at most {CRIO_MAY_BE_BEHIND} behind and never ahead"
            );
            let given = asked.map(|r| r.to_string()).unwrap_or_default();
            self.find(("crioVersion", given), ("kubernetesVersion", self.version()), why);
        }
        let newest = u16::try_from(minor).map_or(Release::NEWEST, Release::newest_of);
        Some(asked.unwrap_or(newest).min(Release::NEWEST))
    }

    /// A mirror stands for a repository of its own, so that both may be given only alike.
    fn image_repository(&mut self, kubeadm: Option<&KubeadmRelease>) -> String {
        let mirror = self.spec.mirrors.images;
        match (&self.spec.image_repository, mirror) {
            (Some(asked), Some(mirror)) if asked.as_str() != mirror.repository() => {
                let why = format!("that mirror is {}; give one of the two", mirror.repository());
                self.find(("imageRepository", asked), ("mirrors.images", mirror), why);
                asked.as_str().to_owned()
            }
            (Some(asked), _) => asked.as_str().to_owned(),
            (None, Some(mirror)) => mirror.repository().to_owned(),
            (None, None) => kubeadm.map(KubeadmRelease::image_repository).unwrap_or_default().to_owned(),
        }
    }

    /// The pause image and notes about it. kubeadm compares CRI-O's with its own and only warns, so
    /// a pause image of its own is allowed where the spec names no repository it could
    /// contradict.
    fn pause_image(
        &mut self,
        kubeadm: Option<&KubeadmRelease>,
        repository: &str,
    ) -> Option<(ImageReference, Vec<Note>)> {
        let kubeadm = kubeadm?;
        // As kubeadm makes it (`GetPauseImage`, images.go): the repository that the spec has, and
        // the tag of the release.
        let expected: ImageReference = format!("{repository}/pause:{}", kubeadm.pause_tag()).parse().ok()?;
        let Some(asked) = self.spec.pause_image.clone() else { return Some((expected, Vec::new())) };
        if asked == expected {
            return Some((asked, Vec::new()));
        }
        let named = match (&self.spec.image_repository, self.spec.mirrors.images) {
            (Some(repository), _) => Some(("imageRepository", repository.to_string())),
            (None, Some(mirror)) => Some(("mirrors.images", mirror.to_string())),
            (None, None) => None,
        };
        if let Some((field, value)) = named {
            let why = format!(
                "kubeadm {} takes {expected} from there; leave pauseImage out, or give the two alike",
                kubeadm.minor()
            );
            self.find(("pauseImage", &asked), (field, value), why);
        }
        let text = format!(
            "pauseImage {asked} is not kubeadm's {expected}: kubeadm will warn of it and pull its own as well"
        );
        Some((asked, vec![Note { code: crio_config::Code::PauseImageMismatch.as_str(), text }]))
    }

    /// A socket of another runtime is refused by its well-known name: CRI-O would listen there,
    /// and every tool that looks for the other one would find it.
    fn cri_socket(&mut self) -> String {
        let Some(asked) = &self.spec.cri_socket else { return CRIO_SOCKET.to_owned() };
        let foreign = FOREIGN_SOCKETS.iter().find(|(end, _)| asked.path().ends_with(end));
        if let Some((_, runtime)) = foreign {
            let crio = self.spec.crio_version.map_or("CRI-O of the same minor".to_owned(), |r| r.to_string());
            self.find(
                ("criSocket", asked),
                ("crioVersion", crio),
                format!("that is the socket of {runtime}"),
            );
        }
        asked.path().to_owned()
    }

    /// Of pods and Services, with kubeadm's default where Services are not said (`10.96.0.0/12`).
    /// Two families never overlap.
    fn subnets(&mut self) {
        let networking = &self.spec.networking;
        let default: Option<Subnet> = "10.96.0.0/12".parse().ok();
        let pods: Vec<_> = networking.pod_subnet.iter().flat_map(|s| s.iter()).collect();
        let services: Vec<_> = match &networking.service_subnet {
            Some(subnets) => subnets.iter().collect(),
            // `DefaultServicesSubnet` of kubeadm: pods must not overlap it even where nobody wrote
            // it.
            None => default.into_iter().collect(),
        };
        for pod in pods {
            for service in services.iter().filter(|service| pod.overlaps(**service)) {
                self.find(
                    ("networking.podSubnet", pod),
                    ("networking.serviceSubnet", service),
                    "they overlap, and an address must be of a Pod or of a Service",
                );
            }
        }
    }

    /// What a node needs is in [`SYSCTLS`] with its reason; a spec may ask for more of a limit and
    /// never for less.
    fn sysctls(&mut self) {
        for (key, value) in &self.spec.sysctls {
            let (name, text) = (key.to_string(), value.as_str());
            if takes_numbers(&name) && !text.split_whitespace().all(is_whole_number) {
                let why = "sysctl cannot write it, and the value stays what it is";
                self.find((&format!("sysctls.{key}"), value), ("the kernel", "whole numbers alone"), why);
                continue;
            }
            let Some(row) = SYSCTLS.iter().find(|row| row.key == key.to_string()) else { continue };
            let (fits, needed) = match row.value {
                Wanted::Exactly(v) | Wanted::OnEl7(v) | Wanted::ForIpv6(v) => {
                    (value.as_str() == v, v.to_owned())
                }
                Wanted::AtLeast(n) => {
                    (value.as_str().parse().is_ok_and(|v: u64| v >= n), format!("at least {n}"))
                }
            };
            if !fits {
                self.find((&format!("sysctls.{key}"), value), ("a Kubernetes node", needed), row.reason);
            }
        }
    }

    /// A cluster is joined by token and pins or by a file, and only a control plane has
    /// certificates to fetch.
    fn join(&mut self) {
        let Some(join) = &self.spec.join else { return };
        // A message goes to logs and screens; keys and tokens do not.
        let hidden = "(not shown)";
        match (&join.discovery_file, &join.api_server_endpoint) {
            (Some(file), Some(endpoint)) => self.find(
                ("join.discoveryFile", file),
                ("join.apiServerEndpoint", endpoint),
                "the file says where the API server is; give one of the two",
            ),
            (None, None) => self.find(
                ("join.discoveryFile", "none"),
                ("join.apiServerEndpoint", "none"),
                "nothing says which cluster it is; give one of the two",
            ),
            (Some(file), None) if !join.ca_cert_hashes.is_empty() => self.find(
                ("join.discoveryFile", file),
                ("join.caCertHashes", join.ca_cert_hashes.len()),
                "the file has the CA itself; leave the hashes out",
            ),
            (None, Some(endpoint)) => {
                if join.token.is_none() {
                    let why = "kubeadm asks that server with a token; `kubeadm token create` makes one";
                    self.find(("join.apiServerEndpoint", endpoint), ("join.token", "none"), why);
                }
                // kubeadm itself would take `unsafeSkipCAVerification`; this program never writes
                // it.
                if join.ca_cert_hashes.is_empty() {
                    let why = "without the hash of its CA any server would be believed; `k8sprep ca-hash` prints it";
                    self.find(("join.apiServerEndpoint", endpoint), ("join.caCertHashes", "none"), why);
                }
            }
            (Some(_), None) => {}
        }
        if join.certificate_key.is_some() && self.spec.role == Role::Worker {
            let why =
                "a worker has no certificates of the control plane; say role: control-plane, or leave it out";
            self.find(("join.certificateKey", hidden), ("role", self.spec.role), why);
        }
        if self.spec.token.is_some() {
            let why =
                "that one is for the cluster `kubeadm init` makes; the token to join with is join.token";
            self.find(("token", hidden), ("join", "given"), why);
        }
    }

    /// Mirrors that carry only some minors are asked now, not when the download fails.
    fn packages(&mut self, crio: Option<Release>) {
        let kubernetes = self.spec.kubernetes_version.minor().number();
        let mirrors = &self.spec.mirrors;
        let sources = [
            (
                "mirrors.kubernetesPackages",
                &mirrors.kubernetes_packages,
                Artefact::Kubernetes,
                "kubernetesVersion",
                kubernetes,
            ),
            (
                "mirrors.crioPackages",
                &mirrors.crio_packages,
                Artefact::CriO,
                "crioVersion",
                u64::from(crio.map_or(0, Release::minor)),
            ),
        ];
        for (field, source, artefact, other, minor) in sources {
            let Some(Choice::Named(name)) = source else { continue };
            let minor = PackageMinor::new(1, u16::try_from(minor).unwrap_or(u16::MAX));
            if let Err(error) = Mirror::find(name, artefact, minor) {
                self.find((field, name), (other, minor), error.to_string());
            }
        }
    }
}
