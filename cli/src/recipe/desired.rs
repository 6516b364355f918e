//! The spec and the facts as what host-prep makes true.

use std::collections::BTreeMap;

use crio_config::{MirroredRegistry, Transport, write_registries};
use host_prep::distro::{Distro, Family};
use host_prep::facts::{Facts, ModuleName, SysctlKey};
use host_prep::firewall::{self, Firewall, Reached};
use host_prep::resource::{
    CniLeftovers, KernelModules, KubeletArg, KubeletArgs, Managed, Obstacle, SelinuxEnforcing,
    SelinuxPermissive, SwapOff, SysctlWish, Sysctls,
};
use host_prep::{Desired, Need, Risk};
use kubeadm_config::check::Severity;
use kubeadm_config::{BootstrapToken, HostFacts};

use super::agree::{Agreed, Contradictions, agree};
use super::fault::{Finding, Note};
use super::finding::{not_cgroup_v2, on_cgroup_v1};
use super::kubeadm::Documents;
use super::kubeadm_file::{judged, keeps_nodes_down};
use super::minor::other_minor;
use super::spec::{
    CgroupPolicy, FirewallPolicy, Join, KubeadmDocuments, NodeSpec, PluginName, RegistryLocation,
    RegistryMirror, RegistryTrust, Role, SelinuxPolicy, SwapPolicy,
};
use super::table::{
    CGROUP_CHECK, KUBELET_CONFIG_HAS_DRIVER, MODULES, OLD_KUBELET_FLAGS, SYSCTLS, Wanted, is_el7_kernel,
};
use super::{crictl, crio, join, kubeadm, network_manager, overridden, proxy};

/// What a node shall be.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recipe {
    /// For host-prep.
    pub desired: Desired,
    /// What was derived on the way.
    pub agreed: Agreed,
    /// What no step will make true and somebody should know.
    pub notes: Vec<Note>,
}

/// Turns a spec into what host-prep makes true on the host of `facts`, before kubeadm has run
/// there.
///
/// `token` is used where the spec has none: the one of the [file written before](super::token_in),
/// else a new random one. Pure: the same arguments give the same recipe.
///
/// # Errors
/// What in the spec contradicts itself.
pub fn desired(spec: &NodeSpec, facts: &Facts, token: BootstrapToken) -> Result<Recipe, Contradictions> {
    desired_of(spec, facts, Documents::Ahead(token))
}

/// The same of a host where kubeadm may have read its documents already.
///
/// # Errors
/// What in the spec contradicts itself.
pub fn desired_of(spec: &NodeSpec, facts: &Facts, documents: Documents) -> Result<Recipe, Contradictions> {
    let agreed = agree(spec)?;
    let notes = agreed.notes.clone();
    let mut recipe = Recipe { desired: Desired::new(), agreed, notes };
    recipe.kernel(spec, facts);
    recipe.swap_and_selinux(spec);
    recipe.cgroup(spec, facts);
    recipe.crio(spec, facts);
    recipe.files(spec, facts);
    recipe.kubelet(spec, facts);
    // Last of the files: they say what the others came to, the socket and the cgroup driver.
    if spec.kubeadm != KubeadmDocuments::Leave {
        recipe.documents(spec, facts, documents);
    }
    recipe.firewall(spec, facts);
    Ok(recipe)
}

impl Recipe {
    fn kernel(&mut self, spec: &NodeSpec, facts: &Facts) {
        let needed = MODULES.iter().filter_map(|name| name.parse::<ModuleName>().ok());
        let mut modules: Vec<ModuleName> = needed.chain(spec.modules.iter().cloned()).collect();
        let mut seen = std::collections::BTreeSet::new();
        modules.retain(|module| seen.insert(module.clone()));
        self.desired.add(KernelModules::new(modules));
        self.desired.add(Sysctls::new(sysctls(spec, facts)));
    }

    fn swap_and_selinux(&mut self, spec: &NodeSpec) {
        if spec.swap == SwapPolicy::Off {
            self.desired.add(SwapOff::new());
        }
        match spec.selinux {
            SelinuxPolicy::Permissive => self.desired.add(SelinuxPermissive::new()),
            SelinuxPolicy::Enforcing => self.desired.add(SelinuxEnforcing::new()),
            SelinuxPolicy::Keep => {}
        }
    }

    fn cgroup(&mut self, spec: &NodeSpec, facts: &Facts) {
        let minor = spec.kubernetes_version.minor().number();
        let finding = match spec.cgroup {
            Some(CgroupPolicy::Keep) => None,
            Some(CgroupPolicy::V2) => not_cgroup_v2(facts, minor),
            None => on_cgroup_v1(facts, minor, "`cgroup: keep` in the spec, which writes ")
                .and_then(|found| self.still_on_cgroup_v1(found, spec, facts)),
        };
        if let Some(finding) = finding {
            self.desired.add(finding.obstacle());
        }
    }

    /// Where the spec's own documents of kubeadm let the kubelet run there, only kubeadm's check is left.
    fn still_on_cgroup_v1(&self, found: Finding, spec: &NodeSpec, facts: &Facts) -> Option<Finding> {
        match kubeadm::says_of_cgroup_v1(spec, &self.agreed, facts) {
            (false, _) => Some(found),
            (true, true) => None,
            (true, false) => Some(Finding {
                what: format!(
                    "the host is on cgroup v1 or will be, and kubeadm refuses it ({CGROUP_CHECK}), though the spec's \
                     KubeletConfiguration lets the kubelet run there"
                ),
                hint: format!(
                    "`cgroup: keep` in the spec, or {CGROUP_CHECK} in nodeRegistration.ignorePreflightErrors of its \
                     InitConfiguration"
                ),
                ..found
            }),
        }
    }

    fn crio(&mut self, spec: &NodeSpec, facts: &Facts) {
        if let Some(program) = crio::runtime_program(&self.agreed, &facts.crio) {
            self.desired.add(program);
        }
        match crio::file(&self.agreed, spec.selinux, &facts.crio) {
            Ok(file) => {
                file.faults.into_iter().for_each(|fault| self.desired.add(fault.obstacle()));
                let managed = Managed::file("crio", file.path, file.text).because(file.reason);
                self.desired.add(managed.risking(Risk::Medium).needing([restart("crio.service")]));
            }
            Err(error) => {
                let what = format!("CRI-O's configuration cannot be edited: {error}");
                let hint = "mend that file; `k8sprep crio check` shows the place";
                self.desired.add(Obstacle::new("crio", error.code().as_str(), what, hint));
            }
        }
    }

    fn files(&mut self, spec: &NodeSpec, facts: &Facts) {
        let broken = facts.crio.crictl.known().and_then(Option::as_ref);
        let broken = broken.and_then(|file| crictl::refusal(&file.bytes));
        let reason = broken.map_or_else(
            || "crictl asks every known socket where it is not told which".to_owned(),
            |one| format!("crictl ends with it: line {}: {}", one.line, one.says),
        );
        let text = crictl::of(facts, &self.agreed.cri_endpoint());
        self.desired.add(Managed::file("crictl", "/etc/crictl.yaml", text).because(reason));
        self.desired.add(match spec.networking.plugin {
            // With a plugin asked for, CRI-O's own bridge file could win by its name (cri-o issue
            // 2411).
            Some(_) => CniLeftovers::none(),
            None => CniLeftovers::told(),
        });
        self.registries(spec, facts);
        self.network_manager(facts);
        self.proxies(spec, facts);
    }

    /// Mirrors that CRI-O asks, and the authorities of registries.
    fn registries(&mut self, spec: &NodeSpec, facts: &Facts) {
        if !spec.registry_mirrors.is_empty() {
            let dir = facts.crio.places.registries_drop_ins.first().cloned().unwrap_or_default();
            // The last file that names a registry counts alone (containers-registries.conf.d(5)):
            // administrators can still be later.
            let path = dir.join("50-k8sprep.conf").display().to_string();
            let wanted = registries(spec);
            let text = format!("# Written by k8sprep.\n\n{}", write_registries(&wanted));
            let found = overridden::registries(&wanted, &facts.crio, &path);
            found.into_iter().for_each(|fault| self.desired.add(fault.obstacle()));
            let file = Managed::file("registries", path, text).because("the spec names registry mirrors");
            self.desired.add(file.needing([reload("crio.service")]));
        }
        for (path, text) in registry_cas(spec) {
            // Read anew for every pull (containers-certs.d(5)).
            let reason = "the spec names authorities of a registry of its own";
            self.desired.add(Managed::file("registries", path, text).because(reason));
        }
    }

    fn network_manager(&mut self, facts: &Facts) {
        if facts.services.iter().any(|s| s.name == "NetworkManager.service" && s.file.is_some()) {
            let (path, text) = network_manager::file();
            let found = network_manager::overridden(&facts.network.network_manager);
            found.into_iter().for_each(|fault| self.desired.add(fault.obstacle()));
            let reason = "NetworkManager would take the interfaces of pods away from the network plugin";
            let file = Managed::file("network-manager", path, text).because(reason);
            self.desired.add(file.needing([reload("NetworkManager.service")]));
        }
    }

    /// The proxy of the units that pull and talk to the API server.
    fn proxies(&mut self, spec: &NodeSpec, facts: &Facts) {
        let Some(wanted) = &spec.proxy else { return };
        let variables = proxy::variables(spec, wanted, &facts.network);
        let text = proxy::drop_in(&variables);
        let of_host = [facts.crio.unit.as_ref(), facts.kubelet.unit.as_ref()];
        for (unit, there) in proxy::UNITS.iter().zip(of_host) {
            let found = overridden::proxies(&variables, unit, there, &proxy::path(unit));
            found.into_iter().for_each(|fault| self.desired.add(fault.obstacle()));
            let file = Managed::file("proxy", proxy::path(unit), text.clone())
                .because("the spec names a proxy, and units do not see the one of a shell");
            // systemd reads it as root.
            let file = if wanted.has_password() { file.private() } else { file };
            self.desired.add(file.risking(Risk::Medium).needing([Need::DaemonReload, restart(unit)]));
        }
    }

    fn kubelet(&mut self, spec: &NodeSpec, facts: &Facts) {
        let distro = facts.distro.known().and_then(Option::as_ref);
        let fallback = distro.map_or("/etc/sysconfig/kubelet", Distro::kubelet_env_file);
        let minor = spec.kubernetes_version.minor().number();
        let mut args = KubeletArgs::new(fallback);
        for old in OLD_KUBELET_FLAGS.iter().filter(|old| minor >= old.wrong_since) {
            args = args.without(old.flag, old.why());
        }
        let driver = format!("--cgroup-driver={}", self.agreed.cgroup_driver.as_str());
        let wanted = [
            // Since 1.22 kubeadm writes `cgroupDriver: systemd` into KubeletConfiguration itself.
            (minor < KUBELET_CONFIG_HAS_DRIVER).then_some(driver.as_str()),
            (spec.swap == SwapPolicy::Keep).then_some("--fail-swap-on=false"),
            // A node that joins gets its KubeletConfiguration from the cluster.
            (spec.joins() && kubeadm::runs_on_cgroup_v1(spec)).then_some("--fail-cgroupv1=false"),
        ];
        let wanted = wanted.into_iter().flatten().filter_map(|arg| arg.parse::<KubeletArg>().ok());
        self.desired.add(wanted.fold(args, KubeletArgs::with));
    }

    fn documents(&mut self, spec: &NodeSpec, facts: &Facts, documents: Documents) {
        match (documents, &spec.join, spec.role) {
            (Documents::Ahead(_), Some(join), _) => self.join(spec, join, facts),
            (Documents::Ahead(token), None, Role::ControlPlane) => {
                self.kubeadm(spec, facts, spec.token.clone().unwrap_or(token));
            }
            // A member of another minor is told its way elsewhere.
            (Documents::Read { standing, written }, None, Role::ControlPlane)
                if other_minor(spec, facts).is_none() =>
            {
                let problem = kubeadm::read_already(spec, facts, &standing, written.as_deref());
                problem.into_iter().for_each(|problem| self.desired.add(problem));
            }
            _ => {}
        }
    }

    fn kubeadm(&mut self, spec: &NodeSpec, facts: &Facts, token: BootstrapToken) {
        let host = kubeadm::host(spec, facts);
        let written = |host: &HostFacts| kubeadm::documents(spec, &self.agreed, host, token.clone());
        match written(&host) {
            Ok(text) => {
                self.judged(kubeadm::KUBEADM_FILE, &text);
                let file = Managed::secret_file("kubeadm", kubeadm::KUBEADM_FILE, text).masking_tokens();
                self.desired.add(file.because("`kubeadm init --config` reads it"));
                if !facts.running {
                    self.notes.push(in_a_tree(&host.host_name));
                }
            }
            Err(why) => {
                let hopeless = kubeadm::complete(&host).iter().all(|host| written(host).is_err());
                self.unwritten(kubeadm::KUBEADM_FILE, &why, hopeless);
            }
        }
    }

    fn join(&mut self, spec: &NodeSpec, join: &Join, facts: &Facts) {
        let host = kubeadm::host(spec, facts);
        let written = |host: &HostFacts| join::document(spec, join, &self.agreed, host);
        match written(&host) {
            Ok(text) => {
                self.judged(join::JOIN_FILE, &text);
                let file = Managed::secret_file("kubeadm", join::JOIN_FILE, text).masking_tokens();
                self.desired.add(file.because("`kubeadm join --config` reads it"));
            }
            Err(why) => {
                let hopeless = kubeadm::complete(&host).iter().all(|host| written(host).is_err());
                self.unwritten(join::JOIN_FILE, &why, hopeless);
            }
        }
    }

    /// What kubeadm takes and what it starts does not, as `check-config` says it of the file: a problem;
    /// what nothing refuses and nodes do not come up with is a note.
    fn judged(&mut self, file: &str, text: &str) {
        for remark in judged(text.as_bytes(), self.agreed.kubeadm.clone()) {
            let code = remark.code.as_str();
            let help =
                remark.help.as_ref().map_or("correct this value in the spec", |help| help.text.as_str());
            if remark.severity == Severity::Error {
                self.desired.add(Obstacle::new("kubeadm", code, format!("{file}: {remark}"), help));
            } else if keeps_nodes_down(&remark) {
                self.notes.push(Note { code, text: format!("{file}: {remark}") });
            }
        }
    }

    /// There is no such file for kubeadm: a problem where the spec is at fault, a note where the
    /// host does not tell enough yet.
    fn unwritten(&mut self, file: &str, why: &str, by_the_spec: bool) {
        let why = why.trim_end().replace('\n', "; ");
        if by_the_spec {
            let what = format!("kubeadm would refuse {file}: {why}");
            let code = crate::Code::KubeadmConfigInvalid.as_str();
            let problem = Obstacle::new("kubeadm", code, what, "correct these values in the spec");
            return self.desired.add(problem);
        }
        let text = format!(
            "no {file}: {why} (what the host does not tell can be said in the spec: nodeName, advertiseAddress)"
        );
        self.notes.push(Note { code: crate::Code::KubeadmConfigNotWritten.as_str(), text });
    }

    fn firewall(&mut self, spec: &NodeSpec, facts: &Facts) {
        let networking = &spec.networking;
        let role = match spec.role {
            Role::ControlPlane => firewall::Role::ControlPlane,
            Role::Worker => firewall::Role::Worker,
        };
        let subnets = [&networking.pod_subnet, &networking.service_subnet].into_iter().flatten();
        let subnets = subnets.flat_map(|s| s.iter());
        match spec.firewall {
            FirewallPolicy::Keep => return,
            FirewallPolicy::Open => {
                let open = Firewall::open(role, networking.plugin.as_ref().map(PluginName::as_str), subnets);
                self.desired.add(open.reached(reached(spec, facts)));
            }
            FirewallPolicy::Stopped => self.desired.add(Firewall::Stopped),
        }
        if !facts.running && spec.firewall == FirewallPolicy::Open {
            let text = format!(
                "firewall: {} takes effect on the running host only, not in this tree",
                spec.firewall
            );
            self.notes.push(Note { code: crate::Code::FirewallNotInTree.as_str(), text });
        }
    }
}

/// An image of a control plane is one of one host.
fn in_a_tree(name: &str) -> Note {
    let text = format!(
        "{} holds a bootstrap token and the name {name}; where this tree becomes several hosts, run \
         `k8sprep apply` again on each, or write `role: worker` without `join` for the image",
        kubeadm::KUBEADM_FILE
    );
    Note { code: crate::Code::KubeadmConfigInTree.as_str(), text }
}

/// By which address others reach the node, and the interface that has it.
fn reached(spec: &NodeSpec, facts: &Facts) -> Reached {
    let mut reached = Reached::default();
    let address = spec.advertise_address.or(facts.network.default_address.known().copied());
    let subnets = facts.network.subnets.known().into_iter().flatten();
    for own in subnets.filter(|own| Some(own.address) == address) {
        reached.addresses.push(own.address);
        reached.interfaces.push(own.interface.clone());
    }
    reached
}

/// Needed ones and those of the spec; the spec's own check made sure they do not contradict.
fn sysctls(spec: &NodeSpec, facts: &Facts) -> Vec<SysctlWish> {
    let subnets = [&spec.networking.pod_subnet, &spec.networking.service_subnet];
    let ipv6 = subnets.into_iter().flatten().flat_map(|s| s.iter()).any(|s| s.is_ipv6());
    let asked = |key: &SysctlKey| spec.sysctls.contains_key(key);
    let needed = SYSCTLS.iter().filter_map(|row| {
        let key: SysctlKey = row.key.parse().ok().filter(|key| !asked(key))?;
        let wish = match row.value {
            Wanted::Exactly(value) => SysctlWish::exactly(key, value.parse().ok()?),
            Wanted::OnEl7(_) if !has_el7_kernel(facts, &key) => return None,
            Wanted::OnEl7(value) => SysctlWish::exactly(key, value.parse().ok()?).if_there(),
            Wanted::ForIpv6(value) if ipv6 => SysctlWish::exactly(key, value.parse().ok()?),
            Wanted::ForIpv6(_) => return None,
            Wanted::AtLeast(number) => SysctlWish::at_least(key, number),
        };
        Some(wish.because(row.reason))
    });
    let own = spec
        .sysctls
        .iter()
        .map(|(key, value)| SysctlWish::exactly(key.clone(), value.clone()).because("the spec asks for it"));
    needed.chain(own).collect()
}

/// Whether the host boots a kernel of EL 7: the running kernel is asked for the parameter itself,
/// the kernels of a tree for their names, and a tree without a kernel for its distribution.
fn has_el7_kernel(facts: &Facts, key: &SysctlKey) -> bool {
    if let Some(live) = facts.sysctls.get(key).and_then(|found| found.live.known()) {
        return live.is_some();
    }
    match facts.kernel.installed.known().map(Vec::as_slice) {
        Some([]) | None => {
            let distro = facts.distro.known().and_then(Option::as_ref);
            distro.is_some_and(|distro| distro.family == Some(Family::RedHat) && distro.major() == Some(7))
        }
        Some(installed) => installed.iter().any(|release| is_el7_kernel(release)),
    }
}

fn registries(spec: &NodeSpec) -> Vec<MirroredRegistry> {
    let of = |(registry, mirrors): (&RegistryLocation, &Vec<RegistryMirror>)| {
        let mut mirrors = mirrors.iter().map(|mirror| {
            let mut of = crio_config::MirrorEntry::new(mirror.location.of_crio());
            if mirror.trust == RegistryTrust::Insecure {
                of.transport = Transport::Insecure;
            }
            of
        });
        MirroredRegistry::with(registry.of_crio(), mirrors.by_ref())
    };
    spec.registry_mirrors.iter().map(of).collect()
}

/// Where CRI-O looks for the authorities of a registry, containers-certs.d(5), and what the spec
/// says they are: of one host they may stand with several mirrors.
fn registry_cas(spec: &NodeSpec) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for mirror in spec.registry_mirrors.values().flatten() {
        if let RegistryTrust::Ca(ca) = &mirror.trust {
            let file = files.entry(format!("/etc/containers/certs.d/{}/ca.crt", mirror.host())).or_default();
            if !file.contains(&ca.pem()) {
                file.push(ca.pem());
            }
        }
    }
    files.into_iter().map(|(path, all)| (path, all.concat())).collect()
}

pub(crate) fn restart(unit: &str) -> Need {
    Need::Restart { unit: unit.to_owned() }
}

pub(crate) fn reload(unit: &str) -> Need {
    Need::Reload { unit: unit.to_owned() }
}
