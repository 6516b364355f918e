//! The stages after asking: defaulted, then valid.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::asked::{CLUSTER, INIT, JOIN, KUBE_PROXY, KUBELET, RESET, UPGRADE};
use super::document::Document;
use super::holders::holds;
use crate::convert;
use crate::defaults::component::{self, Surroundings};
use crate::defaults::dynamic::{Dynamic, SocketSearch};
use crate::defaults::fixed;
use crate::error::Error;
use crate::host::HostFacts;
use crate::message::Warning;
use crate::model::{
    ClusterConfiguration, InitConfiguration, JoinConfiguration, ResetConfiguration, UpgradeConfiguration,
};
use crate::print;
use crate::release::KubeadmRelease;
use crate::report::{Problem, Report};
use crate::validate::{self, Findings};
use crate::value::Duration;
use crate::version::ApiVersion;
use crate::wire::Gvk;

/// How long discovery is tried where a version says it beside the discovery itself.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(300);

/// What there is besides documents when defaults are filled in.
pub(super) struct Stage {
    pub(super) release: KubeadmRelease,
    pub(super) version: ApiVersion,
    pub(super) problems: Vec<Problem>,
    pub(super) left_out: Vec<String>,
}

#[derive(Clone, Debug)]
struct Parts {
    release: KubeadmRelease,
    version: ApiVersion,
    /// Both or none: kubeadm reads one from the other's file.
    cluster: Option<(InitConfiguration, ClusterConfiguration)>,
    join: Option<JoinConfiguration>,
    reset: Option<ResetConfiguration>,
    upgrade: Option<UpgradeConfiguration>,
    kubelet: Option<Map<String, Value>>,
    kube_proxy: Option<Map<String, Value>>,
    warnings: Vec<Warning>,
    left_out: Vec<String>,
}

/// Everything with every default filled in, not yet checked.
///
/// Between asking and checking the configurations can be changed as values, for what no spec has a
/// word for.
///
/// ```
/// use kubeadm_config::{ClusterSpec, HostFacts};
///
/// let mut facts = HostFacts::default();
/// facts.host_name = "cp1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
/// let mut spec = ClusterSpec::new("v1.34.0".parse()?);
/// spec.token = Some("abcdef.0123456789abcdef".parse()?);
/// let mut defaulted = spec.defaulted(&facts)?;
/// defaulted.cluster_mut().unwrap().cluster_name = "blue".into();
/// assert!(defaulted.validate()?.to_yaml()?.contains("clusterName: blue\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Defaulted {
    parts: Parts,
    /// What could not be asked for.
    problems: Vec<Problem>,
    /// What could not be filled in, with the kind it belongs to.
    open: Vec<(&'static str, Problem)>,
    existing_files: Vec<String>,
}

impl Stage {
    /// Fills in the documents, which are in the form of the version.
    pub(super) fn defaulted(self, documents: Vec<(&'static str, Document)>, facts: &HostFacts) -> Defaulted {
        let mut problems = self.problems;
        let mut contents = Contents { version: self.version, documents, problems: &mut problems };
        let cluster = contents.typed(INIT).zip(contents.typed(CLUSTER));
        let parts = Parts {
            cluster,
            join: contents.typed(JOIN),
            reset: contents.typed(RESET),
            upgrade: contents.typed(UPGRADE),
            kubelet: contents.take(KUBELET),
            kube_proxy: contents.take(KUBE_PROXY),
            release: self.release,
            version: self.version,
            warnings: Vec::new(),
            left_out: self.left_out,
        };
        let existing_files = facts.existing_files.clone();
        let mut defaulted = Defaulted { parts, problems, open: Vec::new(), existing_files };
        defaulted.fill(facts);
        defaulted
    }
}

struct Contents<'a> {
    version: ApiVersion,
    documents: Vec<(&'static str, Document)>,
    problems: &'a mut Vec<Problem>,
}

impl Contents<'_> {
    fn take(&mut self, kind: &str) -> Option<Map<String, Value>> {
        let at = self.documents.iter().position(|(known, _)| *known == kind)?;
        Some(self.documents.swap_remove(at).1.content)
    }

    fn typed<T: DeserializeOwned>(&mut self, kind: &str) -> Option<T> {
        let mut content = self.take(kind)?;
        convert::to_common(kind, self.version, &mut content);
        match serde_json::from_value(Value::Object(content)) {
            Ok(typed) => Some(typed),
            Err(error) => {
                self.problems.push(Problem::of("", format!("{kind}: {error}")));
                None
            }
        }
    }
}

impl Defaulted {
    fn fill(&mut self, facts: &HostFacts) {
        let release = self.parts.release.clone();
        self.fill_cluster(&release, facts);
        let beside = !holds(JOIN, "timeouts", self.parts.version, &release);
        if let Some(mut join) = self.parts.join.take() {
            if beside {
                join.discovery.timeout.get_or_insert(DISCOVERY_TIMEOUT);
            }
            fixed::join(&mut join, &release);
            let mut dynamic = Dynamic::new(&release, facts, SocketSearch::Host);
            dynamic.join(&mut join);
            self.note(JOIN, dynamic);
            self.parts.join = Some(join);
        }
        if let Some(mut reset) = self.parts.reset.take() {
            fixed::reset(&mut reset);
            let mut dynamic = Dynamic::new(&release, facts, SocketSearch::Host);
            dynamic.reset(&mut reset);
            self.note(RESET, dynamic);
            self.parts.reset = Some(reset);
        }
        if let Some(upgrade) = &mut self.parts.upgrade {
            fixed::upgrade(upgrade);
        }
    }

    fn fill_cluster(&mut self, release: &KubeadmRelease, facts: &HostFacts) {
        let Some((mut init, mut cluster)) = self.parts.cluster.take() else { return };
        fixed::init(&mut init, release);
        fixed::cluster(&mut cluster, release);
        let mut dynamic = Dynamic::new(release, facts, SocketSearch::Host);
        dynamic.init(&mut init);
        let cri_socket = &init.node_registration.cri_socket;
        let endpoint = &init.local_api_endpoint;
        let around = Surroundings { cluster: &cluster, endpoint, cri_socket, release, facts };
        if let Some(content) = &mut self.parts.kube_proxy {
            component::kube_proxy(content, &around, &mut self.parts.warnings);
        }
        if let Some(content) = &mut self.parts.kubelet {
            component::kubelet(content, &around, &mut self.parts.warnings);
        }
        dynamic.cluster(&mut cluster, &init.local_api_endpoint);
        self.note(INIT, dynamic);
        self.parts.cluster = Some((init, cluster));
    }

    fn note(&mut self, kind: &'static str, dynamic: Dynamic<'_>) {
        self.parts.warnings.extend(dynamic.warnings);
        self.open.extend(dynamic.problems.into_iter().map(|problem| (kind, problem)));
    }

    /// The InitConfiguration; changing it changes what is checked and printed.
    pub fn init_mut(&mut self) -> Option<&mut InitConfiguration> {
        self.parts.cluster.as_mut().map(|(init, _)| init)
    }

    /// The ClusterConfiguration; changing it changes what is checked and printed.
    pub fn cluster_mut(&mut self) -> Option<&mut ClusterConfiguration> {
        self.parts.cluster.as_mut().map(|(_, cluster)| cluster)
    }

    /// The JoinConfiguration; changing it changes what is checked and printed.
    pub fn join_mut(&mut self) -> Option<&mut JoinConfiguration> {
        self.parts.join.as_mut()
    }

    /// Checks everything that kubeadm checks.
    ///
    /// # Errors
    /// Every problem there is.
    pub fn validate(mut self) -> Result<Valid, Report> {
        let parts = &self.parts;
        let release = &parts.release;
        let mut found = Vec::new();
        if let Some((init, cluster)) = &parts.cluster {
            found.push((INIT, validate::init(init, cluster, release)));
        }
        if let Some(join) = &parts.join {
            found.push((JOIN, validate::join(join, release, &self.existing_files)));
        }
        if let Some(reset) = &parts.reset {
            found.push((RESET, validate::reset(reset, release)));
        }
        if let Some(upgrade) = &parts.upgrade {
            found.push((UPGRADE, validate::upgrade(upgrade, release)));
        }
        let mut problems = std::mem::take(&mut self.problems);
        for (kind, findings) in found {
            self.take(kind, findings, &mut problems);
        }
        match Report::of(problems) {
            Some(report) => Err(report),
            None => Ok(Valid(self.parts)),
        }
    }

    /// A field that could not be filled in is told once, as that.
    fn take(&mut self, kind: &str, findings: Findings, problems: &mut Vec<Problem>) {
        let own = || self.open.iter().filter(|(of, _)| *of == kind).map(|(_, problem)| problem);
        problems.extend(own().cloned());
        let known = |problem: &Problem| own().any(|earlier| earlier.path == problem.path);
        problems.extend(findings.problems.into_iter().filter(|problem| !known(problem)));
        self.parts.warnings.extend(findings.warnings);
    }
}

/// A configuration that kubeadm accepts, and the only thing that prints.
///
/// Made by [`Defaulted::validate`] alone, and read-only, so that what is printed is what was
/// checked. It holds what only a host can tell, too: check for the host that kubeadm will run on.
#[derive(Clone, Debug)]
pub struct Valid(Parts);

impl Valid {
    /// The kubeadm release it was checked for.
    #[must_use]
    pub const fn release(&self) -> &KubeadmRelease {
        &self.0.release
    }

    /// The API version it is printed in.
    #[must_use]
    pub const fn version(&self) -> ApiVersion {
        self.0.version
    }

    /// The InitConfiguration, if there is one.
    #[must_use]
    pub fn init(&self) -> Option<&InitConfiguration> {
        self.0.cluster.as_ref().map(|(init, _)| init)
    }

    /// The ClusterConfiguration, if there is one.
    #[must_use]
    pub fn cluster(&self) -> Option<&ClusterConfiguration> {
        self.0.cluster.as_ref().map(|(_, cluster)| cluster)
    }

    /// The JoinConfiguration, if there is one.
    #[must_use]
    pub const fn join(&self) -> Option<&JoinConfiguration> {
        self.0.join.as_ref()
    }

    /// What kubeadm would warn of.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.0.warnings
    }

    /// What was said and is not printed, because the version cannot hold it.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.0.left_out
    }

    /// The documents with `---` between them: InitConfiguration, ClusterConfiguration,
    /// JoinConfiguration, ResetConfiguration, UpgradeConfiguration, KubeletConfiguration and
    /// KubeProxyConfiguration, those that were asked for.
    ///
    /// # Errors
    /// [`Error::Print`] for a value that cannot be written as YAML.
    pub fn to_yaml(&self) -> Result<String, Error> {
        let Parts { cluster, join, reset, upgrade, kubelet, kube_proxy, .. } = &self.0;
        let mut documents = Vec::new();
        if let Some((init, cluster)) = cluster {
            documents.push(self.printed(INIT, init)?);
            documents.push(self.printed(CLUSTER, cluster)?);
        }
        if let Some(join) = join {
            documents.push(self.printed(JOIN, join)?);
        }
        if let Some(reset) = reset {
            documents.push(self.printed(RESET, reset)?);
        }
        if let Some(upgrade) = upgrade {
            documents.push(self.printed(UPGRADE, upgrade)?);
        }
        let minor = self.0.release.minor();
        for (gvk, content) in [(Gvk::kubelet(), kubelet), (Gvk::kube_proxy(), kube_proxy)] {
            if let Some(content) = content {
                documents.push(print::component(&gvk, content.clone(), minor));
            }
        }
        print::to_yaml(documents)
    }

    fn printed<T: Serialize>(&self, kind: &str, internal: &T) -> Result<Map<String, Value>, Error> {
        print::in_version(kind, internal, self.0.version, self.0.release.minor())
    }
}
