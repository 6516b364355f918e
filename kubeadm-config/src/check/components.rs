//! What kubeadm takes without a word although the component it starts, or `kubeadm join`, ends with
//! it.
//!
//! Every rule here is one that costs a reader most time: `kubeadm init` ends well or waits for
//! minutes, and the reason is in a log of a container that is gone. The rules for flags and gates
//! are those of [`crate::component`]; taints, labels and pins have theirs here.

use std::collections::BTreeMap;

use super::documents::span_of;
use super::taints::{EFFECTS, SetBy};
use super::{Remark, files, kubelet_args, phases, taints};
use crate::code::Code;
use crate::component::{Component, Etcd, Refused, USERSPACE_GONE, USERSPACE_HELP, gate_faults};
use crate::go::{Cidr, quote};
use crate::kubelet::Kubelet;
use crate::model::{
    Arg, ClusterConfiguration, InitConfiguration, JoinConfiguration, ResetConfiguration, Taint,
    UpgradeConfiguration,
};
use crate::pin::{CaPin, InvalidCaPin};
use crate::recognise::Recognised;
use crate::release::KubeadmRelease;
use crate::version::Minor;
use crate::yaml::Node;

/// SHA-256 of no bytes at all: what a pipeline prints whose first program failed.
const PIN_OF_NOTHING: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// The taint and label `node-role.kubernetes.io/master`: kubeadm 1.24 stopped setting the label,
/// 1.25 the taint (KEP-2067).
const MASTER: &str = "node-role.kubernetes.io/master";
// Of 1.25 on no manifest of kubeadm tolerates the old taint, CoreDNS's neither (KEP-2067).
const MASTER_GONE: u64 = 25;

/// The gate of nftables: alpha in 1.29, on by default since 1.31.
const NFTABLES: &str = "NFTablesProxyMode";

/// What the components of a control plane that these documents describe would not take.
#[must_use]
pub fn of_init(
    init: &InitConfiguration,
    cluster: &ClusterConfiguration,
    release: &KubeadmRelease,
) -> Vec<Remark> {
    let mut found = Found { minor: release.minor().number(), remarks: Vec::new() };
    found.kubelet(&init.node_registration.kubelet_extra_args);
    found.taints(init.node_registration.taints.as_deref().unwrap_or_default(), SetBy::Kubeadm);
    // Patches may give the Pods volumes.
    let patched = init.patches.as_ref().is_some_and(|patches| !patches.directory.is_empty());
    for (component, path, own) in [
        (Component::ApiServer, "apiServer", &cluster.api_server.component),
        (Component::ControllerManager, "controllerManager", &cluster.controller_manager),
        (Component::Scheduler, "scheduler", &cluster.scheduler),
    ] {
        let args = &own.extra_args;
        let mut refused = component.refuses(release.minor(), pairs(args));
        refused.retain(|one| !kubeadm_corrects(&args[one.index], one, release.minor()));
        dashed(component.name(), args, &mut refused);
        let told: Vec<usize> = refused.iter().map(|one| one.index).collect();
        found.refused(&format!("{path}.extraArgs"), refused);
        if !patched {
            found.remarks.extend(files::not_mounted(component, path, own, cluster, (&told, found.minor)));
        }
    }
    found.remarks.extend(files::of_components(cluster));
    found.etcd(cluster, release, patched);
    found.node_masks(cluster);
    found.remarks.extend(phases::INIT.refuses("skipPhases", &init.skip_phases, found.minor));
    found.remarks
}

/// What `kubeadm join` and the kubelet of a joining node would not take.
#[must_use]
pub fn of_join(join: &JoinConfiguration, release: &KubeadmRelease) -> Vec<Remark> {
    let mut found = Found { minor: release.minor().number(), remarks: Vec::new() };
    found.kubelet(&join.node_registration.kubelet_extra_args);
    // `kubeadm join` marks a control plane itself; of a worker the kubelet is told its taints.
    let by = if join.control_plane.is_some() { SetBy::Kubeadm } else { SetBy::Kubelet };
    found.taints(join.node_registration.taints.as_deref().unwrap_or_default(), by);
    let token = join.discovery.bootstrap_token.as_ref();
    for (index, text) in token.iter().flat_map(|token| token.ca_cert_hashes.iter()).enumerate() {
        found.pin(&format!("discovery.bootstrapToken.caCertHashes[{index}]"), text);
    }
    found.remarks.extend(phases::JOIN.refuses("skipPhases", &join.skip_phases, found.minor));
    found.remarks
}

/// What `kubeadm reset` would not take.
#[must_use]
pub fn of_reset(reset: &ResetConfiguration, release: &KubeadmRelease) -> Vec<Remark> {
    phases::RESET.refuses("skipPhases", &reset.skip_phases, release.minor().number())
}

/// What `kubeadm upgrade apply` and `kubeadm upgrade node` would not take.
#[must_use]
pub fn of_upgrade(upgrade: &UpgradeConfiguration, release: &KubeadmRelease) -> Vec<Remark> {
    let minor = release.minor().number();
    let mut found = phases::UPGRADE_NODE.refuses("node.skipPhases", &upgrade.node.skip_phases, minor);
    if minor >= phases::APPLY_HAS_PHASES {
        found.extend(phases::UPGRADE_APPLY.refuses("apply.skipPhases", &upgrade.apply.skip_phases, minor));
    }
    found
}

/// What kube-proxy says of its `mode`.
pub(super) fn proxy_mode(
    mode: &str,
    gates: &BTreeMap<String, bool>,
    release: &KubeadmRelease,
) -> Option<Remark> {
    // pkg/proxy/apis/config/validation: nftables came with 1.29 (KEP-3866);
    // the empty text is the platform's own. `kernelspace` is Windows'.
    let minor = release.minor().number();
    let gate = |name: &str, default: bool| gates.get(name).copied().unwrap_or(default);
    let known = match mode {
        "" | "iptables" => true,
        // A gate can switch it off from 1.37 on.
        "ipvs" => minor < 37 || gate("KubeProxyIPVS", true),
        "nftables" => minor >= 29 && gate(NFTABLES, minor >= 31),
        // The text is that of `validateProxyModeLinux`: anything else is refused when kube-proxy
        // starts.
        "userspace" => minor < USERSPACE_GONE,
        _ => false,
    };
    if known {
        return None;
    }
    let text = format!("{} is not a proxy mode of Kubernetes 1.{minor}: kube-proxy exits", quote(mode));
    let help = match mode {
        "nftables" if minor >= 29 => {
            format!(
                "set the feature gate {NFTABLES} to true, without which there is no nftables; or write iptables"
            )
        }
        "nftables" => "nftables came with 1.29; write iptables".to_owned(),
        "ipvs" => "leave the feature gate KubeProxyIPVS out, or write nftables".to_owned(),
        "userspace" => USERSPACE_HELP.to_owned(),
        "nft" | "nftable" if minor >= 29 => "did you mean nftables?".to_owned(),
        "nft" | "nftable" => "nftables came with 1.29; write iptables or ipvs".to_owned(),
        _ if minor >= 29 => "write iptables, ipvs or nftables".to_owned(),
        _ => "write iptables or ipvs".to_owned(),
    };
    Some(Remark::error(Code::ProxyMode, "mode", text).help(Code::ProxyMode, help))
}

/// The feature gates of a document. Another type than a truth value was told when it was decoded.
pub(super) fn gates_of(root: &Node) -> BTreeMap<String, bool> {
    let entries = root.get("featureGates").and_then(Node::as_mapping).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.as_bool()?))).collect()
}

/// What kube-proxy says of its `featureGates`.
pub(super) fn proxy_gates(gates: &BTreeMap<String, bool>, release: &KubeadmRelease) -> Vec<Remark> {
    let faults = gate_faults("kube-proxy", release.minor(), gates);
    let remark = |(name, refused): (String, Refused)| {
        Remark::error(refused.code, format!("featureGates.{name}"), refused.text)
            .help(refused.code, refused.help)
    };
    faults.into_iter().map(remark).collect()
}

/// Gates of a KubeletConfiguration that its minor refuses for certain, where its other rules are not
/// known.
pub(super) fn kubelet_gates(document: &Recognised<'_>, release: &KubeadmRelease, remarks: &mut Vec<Remark>) {
    let gates = gates_of(&document.document.root);
    for (name, refused) in gate_faults("the kubelet", release.minor(), &gates) {
        let field = format!("featureGates.{name}");
        let span = span_of(document, &field);
        let remark = Remark::error(refused.code, field, refused.text).help(refused.code, refused.help);
        remarks.push(remark.of(&document.gvk.kind).at(span));
    }
}

/// Since when a gate is no more, or from when on it is there.
pub(super) fn help_on_gate(minor: Minor, field: &str) -> Option<String> {
    let name = field.strip_prefix("featureGates.")?;
    let kubelet = Kubelet::of(minor);
    let gone = || kubelet.gate_gone_since(name).map(|gone| format!("leave it out: it was removed in {gone}"));
    let comes = || kubelet.gate_comes_with(name).map(|comes| format!("leave it out: it comes with {comes}"));
    gone().or_else(comes)
}

/// kubeadm leaves unknown modes out of `authorization-mode` and warns; since 1.31 the argument stands as
/// it is (`getAuthzModes` and its caller, controlplane/manifests.go; of 1.30 it is not known).
fn kubeadm_corrects(arg: &Arg, refused: &Refused, minor: Minor) -> bool {
    let of_mode = arg.name == "authorization-mode" && refused.text.contains("is not a valid mode");
    of_mode && minor < Minor::new(31)
}

/// kubeadm puts two dashes before each name (`ArgumentsToCommand`), and a flag with more is none to pflag nor to
/// Go's own reader; nothing else is to be said of it.
fn dashed(component: &str, args: &[Arg], refused: &mut Vec<Refused>) {
    refused.retain(|one| !args[one.index].name.starts_with('-'));
    for (index, arg) in args.iter().enumerate().filter(|(_, arg)| arg.name.starts_with('-')) {
        let text = format!("{component} exits with \"bad flag syntax: --{}={}\"", arg.name, arg.value);
        let help = format!("write the name without dashes: {}", arg.name.trim_start_matches('-'));
        refused.push(Refused { index, code: Code::ComponentArgumentUnparsable, text, help });
    }
    refused.sort_by_key(|one| one.index);
}

/// Name and value as the component functions take them.
fn pairs(args: &[Arg]) -> impl Iterator<Item = (&str, &str)> {
    args.iter().map(|arg| (arg.name.as_str(), arg.value.as_str()))
}

struct Found {
    minor: u64,
    remarks: Vec<Remark>,
}

impl Found {
    fn kubelet(&mut self, args: &[Arg]) {
        let refused = kubelet_args::refused(args, Minor::new(self.minor));
        self.refused("nodeRegistration.kubeletExtraArgs", refused);
        self.remarks.extend(files::of_kubelet(args, self.minor));
        self.labels(args);
    }

    /// etcd by its tag; a control plane whose version is only looked up has that of the release.
    fn etcd(&mut self, cluster: &ClusterConfiguration, release: &KubeadmRelease, patched: bool) {
        let Some(local) = &cluster.etcd.local else { return };
        let version = cluster.kubernetes_version.parse().unwrap_or_else(|_| release.version().clone());
        // kubeadm has a table of etcd versions by minor (`SupportedEtcdVersion`, constants.go).
        let tag = match local.image_tag.as_str() {
            "" => release.etcd_tag(&version),
            tag => tag,
        };
        let mut told = Vec::new();
        if let Some(etcd) = Etcd::of_tag(tag) {
            let mut refused = etcd.refuses(pairs(&local.extra_args));
            dashed("etcd", &local.extra_args, &mut refused);
            told.extend(refused.iter().map(|one| one.index));
            self.refused("etcd.local.extraArgs", refused);
        }
        if !patched {
            self.remarks.extend(files::of_etcd_not_mounted(local, &cluster.certificates_dir, &told));
        }
    }

    /// Puts what a component says at its argument, `path[index]`.
    fn refused(&mut self, path: &str, refused: Vec<Refused>) {
        for Refused { index, code, text, help } in refused {
            let remark = Remark::error(code, format!("{path}[{index}]"), text);
            self.remarks.push(remark.help(code, help));
        }
    }

    /// Nobody gives a node that label any more, and workloads of today ask for the other one.
    fn labels(&mut self, args: &[Arg]) {
        for (index, arg) in args.iter().enumerate() {
            let given =
                // A kubelet ends at labels below `kubernetes.io/` that are not on its short list
                // (cmd/kubelet/app/options, `ValidateKubeletFlags`), and this one is not.
                arg.name == "node-labels" && arg.value.split(',').any(|label| label.starts_with(MASTER));
            if given && self.minor >= MASTER_GONE {
                let text =
                    format!("{MASTER} has had no meaning since 1.25, and the kubelet may not set it itself");
                let remark = Remark::advice(
                    Code::MasterLabel,
                    format!("nodeRegistration.kubeletExtraArgs[{index}]"),
                    text,
                );
                self.remarks.push(remark.help(
                    Code::MasterLabel,
                    "leave it out: kubeadm labels the node node-role.kubernetes.io/control-plane",
                ));
            }
        }
    }

    /// kubeadm hands taints to the kubelet unread (a TODO in `ValidateNodeRegistrationOptions`).
    fn taints(&mut self, taints: &[Taint], by: SetBy) {
        self.remarks.extend(taints::refused(taints, by));
        for (index, taint) in taints.iter().enumerate().filter(|(_, taint)| taint.key == MASTER) {
            if self.minor < MASTER_GONE {
                continue;
            }
            let text = format!(
                "nothing of 1.25 or later tolerates {MASTER}, CoreDNS neither: its Pods stay Pending on this node"
            );
            // An effect that there is not is not handed on.
            let effect = EFFECTS.into_iter().find(|known| *known == taint.effect).unwrap_or(EFFECTS[0]);
            let help = format!(
                "write node-role.kubernetes.io/control-plane:{effect}, or leave the taints out for kubeadm's own"
            );
            let remark = Remark::advice(
                Code::RoleLabelOutdated,
                format!("nodeRegistration.taints[{index}].key"),
                text,
            );
            self.remarks.push(remark.help(Code::RoleLabelOutdated, help));
        }
    }

    /// cmd/kube-controller-manager/app/core.go (`setNodeCIDRMaskSizes`): one flag for one family,
    /// two for two.
    fn node_masks(&mut self, cluster: &ClusterConfiguration) {
        let args = &cluster.controller_manager.extra_args;
        let subnets: Vec<Cidr> =
            cluster.networking.pod_subnet.split(',').filter_map(|text| text.trim().parse().ok()).collect();
        // Which families there are, kube-controller-manager takes from `--cluster-cidr`, and that
        // is `podSubnet`.
        let [v4, v6] = [false, true].map(|v6| subnets.iter().any(|subnet| subnet.is_v6() == v6));
        for (index, arg) in args.iter().enumerate() {
            let name = arg.name.as_str();
            let help = match name {
                "node-cidr-mask-size" if v4 && v6 => {
                    "write node-cidr-mask-size-ipv4 and node-cidr-mask-size-ipv6 instead".to_owned()
                }
                "node-cidr-mask-size-ipv4" | "node-cidr-mask-size-ipv6"
                    if !subnets.is_empty() && v4 != v6 =>
                {
                    "write node-cidr-mask-size instead".to_owned()
                }
                _ => continue,
            };
            let stack = if v4 && v6 { "dual-stack" } else { "single-stack" };
            let text = format!(
                "usage of --{name} is not allowed with {stack} clusters: kube-controller-manager exits with it"
            );
            self.remarks.push(
                Remark::error(Code::NodeCidrMask, format!("controllerManager.extraArgs[{index}]"), text)
                    .help(Code::NodeCidrMask, help),
            );
        }
    }

    /// What `kubeadm join` says of a pin; `kubeadm config validate` does not look at it.
    fn pin(&mut self, path: &str, text: &str) {
        let remark = match text.parse::<CaPin>() {
            // The pipeline is that of kubeadm's documentation, `openssl x509 -pubkey ... |
            // sha256sum`: without `pipefail` a missing file makes this digest.
            Ok(_) if !text.eq_ignore_ascii_case(PIN_OF_NOTHING) => return,
            Ok(_) => Remark::error(
                Code::PinOfNothing,
                path,
                "this is the SHA-256 of nothing, not of a key: kubeadm join finds no CA with it",
            )
            .help(
                Code::PinOfNothing,
                "read it from the CA's file with `k8sprep ca-hash /etc/kubernetes/pki/ca.crt`",
            ),
            Err(error) => {
                Remark::error(Code::InvalidCaPin, path, format!("{error}; kubeadm join exits with it"))
                    .help(Code::InvalidCaPin, help_on_pin(text, &error))
            }
        };
        self.remarks.push(remark);
    }
}

/// Guesses at what was written: hex digits without `sha256:` can be completed, a fingerprint with
/// colons is of the certificate and no pin at all (a pin is of SubjectPublicKeyInfo, RFC 7469).
fn help_on_pin(text: &str, error: &InvalidCaPin) -> String {
    let hex = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = bare.rsplit([':', '=']).next().unwrap_or_default();
    if hex(digits) {
        return format!("write \"sha256:{digits}\"");
    }
    let fingerprint: String = bare.chars().filter(|c| *c != ':').collect();
    if hex(&fingerprint) {
        return "this is a certificate's fingerprint; a pin is of its key: `k8sprep ca-hash ca.crt` prints it".into();
    }
    match error {
        InvalidCaPin::UnknownFormat { .. } | InvalidCaPin::Shape => {
            "a pin is sha256: and 64 hex digits; `k8sprep ca-hash /etc/kubernetes/pki/ca.crt` prints it"
                .into()
        }
        _ => {
            "a pin is sha256: and the 64 hex digits of the key's SHA-256; `k8sprep ca-hash ca.crt` prints it"
                .into()
        }
    }
}
