//! From recognised documents to valid configurations, as kubeadm's loaders do it: supported
//! version, strict check, decoding, defaults, validation, in that order and with its warnings.
//!
//! kubeadm's functions for it are `documentMapToInitConfiguration`,
//! `documentMapToJoinConfiguration` and so on (`cmd/kubeadm/app/util/config`). They stop at the
//! first fault; that is what differs from `check`, which goes on. Texts and warnings come out in
//! kubeadm's order, since users compare them with the program's.

mod content;
mod strict;

use crate::defaults::component::{self, Surroundings};
use crate::defaults::dynamic::{Dynamic, SocketSearch};
use crate::defaults::fixed;
use crate::failure::Failure;
use crate::host::HostFacts;
use crate::message::Warning;
use crate::model::{
    ClusterConfiguration, InitConfiguration, JoinConfiguration, ResetConfiguration, UpgradeConfiguration,
};
use crate::recognise::Recognised;
use crate::release::{Change, KubeadmRelease};
use crate::validate;
use crate::version::ApiVersion;
use crate::wire::{self, Gvk};

/// What a command does about a document that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// It fails.
    Error,
    /// It warns.
    Warning,
}

/// A loader at work.
pub(crate) struct Loader<'a> {
    pub(crate) release: &'a KubeadmRelease,
    pub(crate) facts: &'a HostFacts,
    /// What strict findings are.
    pub(crate) strict: Strictness,
    /// Whether deprecated versions are read without a word.
    pub(crate) deprecated_is_fine: bool,
    /// Whether experimental versions are read.
    pub(crate) experimental_is_fine: bool,
    pub(crate) sockets: SocketSearch,
    pub(crate) warnings: Vec<Warning>,
    /// What 1.20 prints among its result.
    pub(crate) printed: String,
}

/// What `kubeadm init` works with.
#[derive(Clone, Debug)]
pub(crate) struct Initial {
    pub(crate) init: InitConfiguration,
    pub(crate) cluster: ClusterConfiguration,
    /// Whether images of a CI build are meant, which come from elsewhere.
    pub(crate) ci_version: bool,
}

impl Loader<'_> {
    fn has(&self, change: Change) -> bool {
        self.release.has(change)
    }

    /// Documents in the order in which the release reads them.
    fn in_order<'d, 'a>(&self, documents: &'d [Recognised<'a>]) -> Vec<&'d Recognised<'a>> {
        let mut documents: Vec<_> = documents.iter().collect();
        if self.has(Change::DocumentsAreSorted) {
            // "This allows ClusterConfiguration to be decoded first"
            // (`documentMapToInitConfiguration`, 1.31).
            documents.sort_by_key(|document| document.gvk.to_string());
        }
        documents
    }

    /// Init and Cluster, whichever is there.
    pub(crate) fn init(&mut self, documents: &[Recognised<'_>]) -> Result<Initial, Failure> {
        let (mut init, mut cluster) = (None, None);
        for document in self.in_order(documents) {
            self.supported(&document.gvk)?;
            self.verify(document)?;
            match document.gvk.kind.as_str() {
                "InitConfiguration" => init = Some(self.read::<InitConfiguration>(document)?),
                "ClusterConfiguration" => cluster = Some(self.read::<ClusterConfiguration>(document)?),
                // Components are read later, by `FetchFromDocumentMap`; other groups get a
                // warning.
                _ if wire::group_is_component(&document.gvk.group) => {}
                _ => self.ignored(&document.gvk),
            }
        }
        if init.is_none() && cluster.is_none() {
            let what = if self.has(Change::ConfigurationFile) { "configuration" } else { "YAML" };
            return Err(Failure::new(format!(
                "no InitConfiguration or ClusterConfiguration kind was found in the {what} file"
            )));
        }
        // What a file does not have, kubeadm makes empty in the version that it writes, and
        // defaults it.
        let cluster_version = cluster.as_ref().map_or(self.release.writes(), |(_, version)| *version);
        let mut init = init.map(|(init, _)| init).unwrap_or_default();
        let mut cluster = cluster.map(|(cluster, _)| cluster).unwrap_or_default();
        fixed::init(&mut init, self.release);
        fixed::cluster(&mut cluster, self.release);
        let initial = self.finish_init(init, cluster, documents)?;
        Ok(self.moved_timeout(initial, cluster_version))
    }

    /// `timeoutForControlPlane` of a cluster document up to v1beta3 became a timeout of the
    /// InitConfiguration in v1beta4. Several releases took it from documents that have no such
    /// field, too.
    ///
    /// kubeadm carries it in a package variable from one conversion to the other
    /// (`SetConversionTimeoutControlPlane`, `GetConversionTimeoutControlPlane` of
    /// `apis/kubeadm/timeoututils.go`), which is why it gets into documents where nobody expects
    /// it.
    fn moved_timeout(&self, mut initial: Initial, cluster_version: ApiVersion) -> Initial {
        let old = cluster_version <= ApiVersion::V1Beta3;
        let timeout = initial.cluster.api_server.timeout_for_control_plane;
        let moved = match old {
            // 4 minutes: the default of v1beta3's own field, which was filled in before the
            // conversion.
            true => timeout.or(Some(crate::Duration::from_secs(240))),
            false => self.has(Change::HealthCheckIsLost).then_some(crate::Duration::ZERO),
        };
        if let (Some(moved), Some(timeouts), true) =
            (moved, &mut initial.init.timeouts, self.has(Change::ApiServerTimeoutMoves))
        {
            timeouts.control_plane_component_health_check = Some(moved);
        }
        initial
    }

    /// The timeout that a cluster document up to v1beta3 leaves behind for a JoinConfiguration read
    /// after it.
    ///
    /// By the same package variable; only a timeout that is not zero is stored
    /// (`v1beta3/conversion.go`).
    fn leaking_timeout(
        &self,
        cluster: &ClusterConfiguration,
        version: ApiVersion,
    ) -> Option<crate::Duration> {
        let carried = self.has(Change::ApiServerTimeoutMoves) && version <= ApiVersion::V1Beta3;
        cluster.api_server.timeout_for_control_plane.filter(|timeout| carried && !timeout.is_zero())
    }

    /// Fills in what a command line left open, and validates it.
    pub(crate) fn complete(
        &mut self,
        mut init: InitConfiguration,
        mut cluster: ClusterConfiguration,
    ) -> Result<Initial, Failure> {
        fixed::init(&mut init, self.release);
        fixed::cluster(&mut cluster, self.release);
        self.finish_init(init, cluster, &[])
    }

    /// The order of kubeadm: components are fetched, the dynamic defaults of the node come first
    /// and then those of the cluster (`SetInitDynamicDefaults`), and validation is last. A problem
    /// of an earlier step hides those of the later ones.
    fn finish_init(
        &mut self,
        mut init: InitConfiguration,
        mut cluster: ClusterConfiguration,
        documents: &[Recognised<'_>],
    ) -> Result<Initial, Failure> {
        let mut proxy = self.component(documents, &Gvk::kube_proxy())?;
        let mut kubelet = self.component(documents, &Gvk::kubelet())?;
        // The node's name, taints and socket, and the address to announce: the component defaults
        // below need the socket and the address.
        let mut dynamic = Dynamic::new(self.release, self.facts, self.sockets);
        dynamic.init(&mut init);
        self.take(dynamic)?;
        let around = Surroundings {
            cluster: &cluster,
            endpoint: &init.local_api_endpoint,
            cri_socket: &init.node_registration.cri_socket,
            release: self.release,
            facts: self.facts,
        };
        component::kube_proxy(&mut proxy, &around, &mut self.warnings);
        component::kubelet(&mut kubelet, &around, &mut self.warnings);
        // Asked before the version is looked up: what comes back has no `ci/` in front any more
        // (`NormalizeKubernetesVersion`).
        let ci_version = cluster.kubernetes_version.starts_with("ci/");
        let mut dynamic = Dynamic::new(self.release, self.facts, self.sockets);
        dynamic.cluster(&mut cluster, &init.local_api_endpoint);
        self.take(dynamic)?;
        let findings = validate::init(&init, &cluster, self.release);
        self.valid(findings)?;
        Ok(Initial { init, cluster, ci_version })
    }

    /// Join.
    pub(crate) fn join(&mut self, documents: &[Recognised<'_>]) -> Result<JoinConfiguration, Failure> {
        let document = self.only(documents, "JoinConfiguration")?;
        let (mut join, version) = self.read::<JoinConfiguration>(document)?;
        let timeout = self.cluster_timeout(documents);
        self.fixed_join(&mut join, version, timeout);
        let mut dynamic = Dynamic::new(self.release, self.facts, self.sockets);
        dynamic.join(&mut join);
        self.take(dynamic)?;
        let findings = validate::join(&join, self.release, &self.facts.existing_files);
        self.valid(findings)?;
        Ok(join)
    }

    /// The timeout of a cluster document beside: it gets into a JoinConfiguration too.
    fn cluster_timeout(&self, documents: &[Recognised<'_>]) -> Option<crate::Duration> {
        let document = documents.iter().find(|document| document.gvk.kind == "ClusterConfiguration")?;
        let (cluster, version) = self.read::<ClusterConfiguration>(document).ok()?;
        self.leaking_timeout(&cluster, version)
    }

    /// v1beta3 has its discovery timeout in `discovery`, v1beta4 in `timeouts`; whichever is
    /// written decides, and the other one is filled from it.
    fn fixed_join(
        &self,
        join: &mut JoinConfiguration,
        version: ApiVersion,
        timeout: Option<crate::Duration>,
    ) {
        if version <= ApiVersion::V1Beta3 {
            // `SetDefaults_Discovery` of v1beta3: 5 minutes, `DiscoveryTimeout` of constants.go.
            let discovery = *join.discovery.timeout.get_or_insert(crate::Duration::from_secs(300));
            // v1beta3 has no such field: what an unstrict decoder left there is thrown away by the
            // conversion, which sets the defaults (`SetDefaultTimeouts`).
            join.timeouts = None;
            fixed::join(join, self.release);
            if let Some(timeouts) = &mut join.timeouts {
                timeouts.discovery = Some(discovery);
                timeouts.control_plane_component_health_check =
                    timeout.or(timeouts.control_plane_component_health_check);
            }
            return;
        }
        fixed::join(join, self.release);
        if let (Some(timeout), Some(timeouts)) = (timeout, &mut join.timeouts) {
            timeouts.control_plane_component_health_check = Some(timeout);
        }
        if join.discovery.timeout.is_none() {
            join.discovery.timeout = join.timeouts.as_ref().and_then(|timeouts| timeouts.discovery);
        }
    }

    /// Reset.
    pub(crate) fn reset(&mut self, documents: &[Recognised<'_>]) -> Result<ResetConfiguration, Failure> {
        let document = self.only(documents, "ResetConfiguration")?;
        let (mut reset, _) = self.read::<ResetConfiguration>(document)?;
        fixed::reset(&mut reset);
        let mut dynamic = Dynamic::new(self.release, self.facts, self.sockets);
        dynamic.reset(&mut reset);
        self.take(dynamic)?;
        let findings = validate::reset(&reset, self.release);
        self.valid(findings)?;
        Ok(reset)
    }

    /// Upgrade.
    pub(crate) fn upgrade(&mut self, documents: &[Recognised<'_>]) -> Result<UpgradeConfiguration, Failure> {
        let document = self.only(documents, "UpgradeConfiguration")?;
        let (mut upgrade, _) = self.read::<UpgradeConfiguration>(document)?;
        fixed::upgrade(&mut upgrade);
        let findings = validate::upgrade(&upgrade, self.release);
        self.valid(findings)?;
        Ok(upgrade)
    }

    /// The document of that kind, checked; the others are ignored, with or without a word.
    ///
    /// Of several documents of that kind the last one read counts; kubeadm refuses a kind that
    /// stands twice when it splits the file (`SplitConfigDocuments`), so there is one.
    fn only<'d, 'a>(
        &mut self,
        documents: &'d [Recognised<'a>],
        kind: &str,
    ) -> Result<&'d Recognised<'a>, Failure> {
        let mut wanted = None;
        for document in self.in_order(documents) {
            if document.gvk.kind != kind {
                if self.has(Change::OthersTellIgnored) {
                    self.ignored(&document.gvk);
                }
                continue;
            }
            self.supported(&document.gvk)?;
            self.verify(document)?;
            wanted = Some(document);
        }
        wanted.ok_or_else(|| Failure::new(format!("no {kind} found in the supplied config")))
    }

    /// Warnings that came before the problem are told in any case.
    fn take(&mut self, dynamic: Dynamic<'_>) -> Result<(), Failure> {
        self.warnings.extend(dynamic.warnings_before_problem());
        match dynamic.problems.into_iter().next() {
            Some(problem) => Err(Failure::new(problem.text)),
            None => Ok(()),
        }
    }

    fn valid(&mut self, findings: validate::Findings) -> Result<(), Failure> {
        self.warnings.extend(findings.warnings);
        if findings.problems.is_empty() { Ok(()) } else { Err(Failure::of_problems(&findings.problems)) }
    }
}

// A scheme without a name is called after the line that makes it (`naming.GetNameFromCallsite` of
// apimachinery), and messages have that name.
const OWN_SCHEME: &str = "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme/scheme.go:31";
const COMPONENT_SCHEME: &str = "k8s.io/kubernetes/cmd/kubeadm/app/componentconfigs/scheme.go:28";
