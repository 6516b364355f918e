//! The steps of one node in their order: packages of kubeadm, the control plane, and only then drain, CRI-O and
//! the kubelet, because a new minor of CRI-O removes every pod at its first start.

use std::path::PathBuf;

use host_prep::shell_word;

use super::Target;
use super::node::{Node, Role, minor_of};
use super::package::{Repositories, install};
use super::step::{Disruptive, Mend, Step, Undo, Work};
use crate::doctor::{Inspection, Unread};
use crate::recipe::{self, Ends};

/// What is kept before the first change, where it is there.
const KEPT: [&str; 11] = [
    "/etc/kubernetes",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/etc/default/kubelet",
    "/etc/sysconfig/kubelet",
    "/etc/crio",
    "/etc/containers",
    "/etc/apt/sources.list.d",
    "/etc/yum.repos.d",
    "/etc/zypp/repos.d",
];

/// etcdctl, as it is run in etcd's own container.
const ETCDCTL: &str = "etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert \
                       /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";
/// The minor of etcd 3 from which its etcdctl speaks version 3 of the API without being told.
const SPEAKS_3: u64 = 4;

/// Makes the steps of a node.
pub(super) struct Steps<'a> {
    pub(super) seen: &'a Inspection<'a>,
    pub(super) node: &'a Node,
    pub(super) to: &'a Target,
    pub(super) ends: &'a [Ends],
    /// Whether it goes to another patch of the minor that runs.
    pub(super) is_patch: bool,
}

impl Steps<'_> {
    pub(super) fn all(&self) -> Result<Vec<Step>, Unread> {
        let before = [self.backup()?].into_iter().chain(self.snapshot());
        let mut steps: Vec<Step> = before.collect();
        steps.push(self.repositories()?);
        steps.push(self.kubeadm());
        steps.extend(self.mend_arguments());
        steps.extend(self.images());
        steps.push(self.upgrade());
        steps.extend(self.empty_the_node());
        steps.extend(self.mend());
        steps.extend(self.replace());
        steps.extend(self.start());
        Ok(steps)
    }

    /// Whether something is of the minor, or of the release where one is named.
    fn is(&self, version: Option<&String>) -> bool {
        match (self.to.version(), version) {
            (Some(to), Some(version)) => {
                to.to_string().trim_start_matches('v') == version.trim_start_matches('v')
            }
            _ => self.is_of_minor(version),
        }
    }

    fn is_of_minor(&self, version: Option<&String>) -> bool {
        version.and_then(|version| minor_of(version)) == Some(self.to.minor().number())
    }

    fn backup(&self) -> Result<Step, Unread> {
        let mut kept = Vec::new();
        for path in KEPT {
            if self.seen.files().kind(path)?.is_some() {
                kept.push(path);
            }
        }
        let archive = format!("/root/before-{}.tar.gz", self.to.minor());
        let step = Step::new(
            "backup",
            "kubeadm overwrites the kubelet's configuration, and packages their own files",
        );
        // What holds keys is for root alone.
        let work = Work::Backup(kept.iter().map(PathBuf::from).collect());
        Ok(step.runs(format!("(umask 077; tar -czf {archive} {})", kept.join(" "))).does(work))
    }

    fn snapshot(&self) -> Option<Step> {
        if !self.has_etcd() {
            return self.snapshot_elsewhere();
        }
        let name = format!("before-{}.db", self.to.minor());
        let why = "kubeadm keeps a copy of etcd's live directory, which is no snapshot; etcd has no way back";
        let dir = self.etcd_dir();
        let made = shell_word(&format!("{dir}/{name}"));
        Some(
            Step::new("snapshot", why)
                .runs(self.etcdctl(&format!("snapshot save {made}")))
                .runs(format!("mv {made} /root/{name}"))
                .does(Work::Snapshot(PathBuf::from(dir))),
        )
    }

    /// Whether etcd is a static pod of this node, also where its manifest cannot be read or is missing.
    fn has_etcd(&self) -> bool {
        let is_there = |path: &str| matches!(self.seen.files().kind(path), Ok(Some(_)));
        self.node.runs.pods.iter().any(|pod| pod.name == "etcd")
            || is_there("/etc/kubernetes/manifests/etcd.yaml")
            // kubeadm makes it for an etcd of this node alone.
            || is_there("/etc/kubernetes/pki/etcd/server.key")
            || self.etcd_servers().is_some_and(|servers| servers.contains("//127.0.0.1:"))
    }

    fn etcd_servers(&self) -> Option<String> {
        let apiserver = self.seen.manifest("kube-apiserver").ok().flatten()?;
        Some(apiserver.flag("etcd-servers")?.value.clone())
    }

    /// etcd that is no static pod of this node: kubeadm leaves it as it is.
    fn snapshot_elsewhere(&self) -> Option<Step> {
        let servers = self.etcd_servers()?;
        let why =
            "etcd is not of this node: kubeadm neither saves nor upgrades it, and wants a release that fits";
        Some(Step::new("snapshot", why).runs(format!("# where etcd runs ({servers}): etcdctl snapshot save")))
    }

    fn etcdctl(&self, words: &str) -> String {
        let container = "crictl exec $(crictl ps -q --name '^etcd$')";
        let minor = self.node.runs.etcd.as_ref().and_then(|tag| tag.split('.').nth(1)?.parse::<u64>().ok());
        match minor {
            Some(minor) if minor < SPEAKS_3 => {
                let line = format!("ETCDCTL_API=3 {ETCDCTL} {words}");
                format!("{container} sh -ec '{}'", line.replace('\'', r"'\''"))
            }
            _ => format!("{container} {ETCDCTL} {words}"),
        }
    }

    fn etcd_dir(&self) -> String {
        let etcd = self.seen.manifest("etcd").ok().flatten();
        let said = etcd.and_then(|etcd| etcd.flag("data-dir")).map(|flag| flag.value.clone());
        said.unwrap_or_else(|| "/var/lib/etcd".to_owned())
    }

    fn repositories(&self) -> Result<Step, Unread> {
        let found = Repositories::read(self.seen.files(), self.to)?;
        let minor = self.to.minor();
        let why = if self.is_patch {
            format!("the repositories of {minor} have its patches, too")
        } else {
            format!("each minor has repositories of its own; where CRI-O {minor} is not to be had, stop here")
        };
        let work = Work::Repositories(found.files);
        Ok(Step::new("repositories", why).runs_all(found.commands).done_if(found.done).does(work))
    }

    fn kubeadm(&self) -> Step {
        let why = "kubeadm upgrades to its own minor alone, and kubectl has to fit the API server";
        Step::new("package-kubeadm", why)
            .runs_all(install(self.node.packages, &self.node.kubectl(&["kubeadm"]), self.to))
            .done_if(self.is(self.node.runs.kubeadm.as_ref()))
            .does(Work::Packages(self.node.kubectl(&["kubeadm"])))
    }

    /// What the new control plane would not start with.
    fn mend_arguments(&self) -> Option<Step> {
        if !self.node.role.is_control_plane() {
            return None;
        }
        let mut step = Step::new(
            "mend-arguments",
            "kubeadm writes what its ConfigMap says into the new static pods, which end at these",
        );
        step.changes = self.changes(|one| one.program != "kubelet" && one.program != "crio");
        (!step.changes.is_empty())
            .then(|| step.runs("kubectl -n kube-system edit configmap kubeadm-config").undone(Undo::Yes))
    }

    fn images(&self) -> Option<Step> {
        self.node.role.is_control_plane().then(|| {
            let why =
                "a slow pull is what most upgrades fail of: kubeadm waits for a new pod for five minutes";
            Step::new("images", why)
                .runs(format!("kubeadm config images pull --kubernetes-version {}", self.version()))
                .does(Work::Images)
        })
    }

    /// The release; where none is named that of the kubeadm that was installed for it.
    fn version(&self) -> String {
        match self.to.version() {
            Some(version) => version.to_string(),
            None => "$(kubeadm version -o short)".to_owned(),
        }
    }

    fn upgrade(&self) -> Step {
        self.kubeadm_upgrade().does(Work::Kubeadm)
    }

    fn kubeadm_upgrade(&self) -> Step {
        let runs = &self.node.runs;
        let new = runs.pods.iter().filter(|pod| pod.name != "etcd" && self.is(pod.tag.as_ref())).count();
        // One that was renamed away is not there at all.
        let done = new == 3;
        match self.node.role {
            Role::FirstControlPlane => {
                let why = "etcd, API server, controller manager, scheduler, the cluster's configuration and the \
                           kubelet's; kubelet and CRI-O still are the old ones";
                Step::new("kubeadm-upgrade", why)
                    .runs(format!("kubeadm upgrade plan {}", self.version()))
                    .runs(format!("kubeadm upgrade apply {} -y", self.version()))
                    .disturbs(Disruptive::ControlPlane)
                    .undone(Undo::No)
                    .done_if(done)
            }
            Role::FurtherControlPlane => {
                let why =
                    "only after the first control plane: it renders what the ConfigMap kubeadm-config says";
                Step::new("kubeadm-upgrade", why)
                    .runs("kubectl -n kube-system get configmap kubeadm-config -o yaml | grep kubernetesVersion")
                    .runs("kubeadm upgrade node")
                    .disturbs(Disruptive::ControlPlane)
                    .undone(Undo::No)
                    .done_if(done)
            }
            Role::Worker => {
                let why = "only after every control plane: it writes the kubelet's configuration of the new release";
                Step::new("kubeadm-upgrade", why).runs("kubeadm upgrade node")
            }
        }
    }

    fn empty_the_node(&self) -> [Step; 2] {
        let name = shell_word(&self.node.name);
        let why = if self.is_patch {
            "a patch of CRI-O leaves pods running; what goes wrong with it then meets none of them"
        } else {
            "a new minor of CRI-O removes every pod at its first start; pods of DaemonSets stay and end then"
        };
        [
            Step::new("cordon", "no new pod comes; kubectl is run where admin.conf is")
                .runs(format!("kubectl cordon {name}"))
                .does(Work::Cordon),
            Step::new("drain", why)
                .runs(format!("kubectl drain {name} --ignore-daemonsets --timeout=360s"))
                .disturbs(Disruptive::Node)
                .undone(Undo::Partial)
                .does(Work::Drain),
        ]
    }

    /// What the new kubelet and CRI-O end at, or pass over.
    fn mend(&self) -> Vec<Step> {
        type Wanted = fn(&Ends) -> bool;
        const FLAGS: &str = "mend-flags";
        const GATES: &str = "mend-gates";
        const KINDS: [(&str, &str, Work, Wanted); 3] = [
            (
                FLAGS,
                "the new kubelet exits at a flag that it does not know",
                Work::Mend(Mend::Flags),
                |one| one.code == "kubelet-flag-ends",
            ),
            (
                GATES,
                "the new kubelet panics at a gate that it does not have",
                Work::Mend(Mend::Gates),
                |one| one.program == "kubelet" && one.code == "feature-gate-ends",
            ),
            (
                "mend-crio",
                "the new CRI-O passes over what it does not know, in silence",
                Work::ByHand,
                |one| one.program == "crio",
            ),
        ];
        let step = |(id, why, work, wanted): (&'static str, &str, Work, Wanted)| {
            let step = Step::new(id, why).does(work);
            Step { changes: self.changes(wanted), ..step }
        };
        let ending = KINDS.into_iter().map(step).filter(|step| !step.changes.is_empty());
        ending.chain(self.pause_image()).collect()
    }

    /// Ours in CRI-O's drop-in goes with kubeadm's.
    fn pause_image(&self) -> Option<Step> {
        let (path, _) = recipe::pause_image_of(self.seen.host().root(), self.to.minor())?;
        let why = "kubeadm of the new minor has another pause image, and pulls that one";
        let step = Step::new("mend-pause-image", why).does(Work::PauseImage);
        Some(Step { changes: vec![format!("{}: crio.image.pause_image", path.display())], ..step })
    }

    fn changes(&self, wanted: impl Fn(&Ends) -> bool) -> Vec<String> {
        let own = self.ends.iter().filter(|one| wanted(one));
        own.map(|one| format!("{}: {}: {}", one.place(), one.what, one.help)).collect()
    }

    fn replace(&self) -> [Step; 3] {
        let runs = &self.node.runs;
        let packages = |names: &[&str]| install(self.node.packages, names, self.to);
        [
            Step::new("stop-kubelet", "it would ask for pods while CRI-O is replaced")
                .runs("systemctl stop kubelet")
                .disturbs(Disruptive::Node)
                .does(Work::StopKubelet),
            Step::new(
                "package-crio",
                "before the kubelet: a new CRI-O serves the old kubelet, not the other way round",
            )
            .runs_all(packages(&["cri-o"]))
            .disturbs(if self.node.role.is_control_plane() {
                Disruptive::ControlPlane
            } else {
                Disruptive::Node
            })
            .done_if(self.is_of_minor(runs.crio.as_ref()))
            .does(Work::Packages(vec!["cri-o"])),
            Step::new("package-kubelet", "never before the control plane")
                .runs_all(packages(&["kubelet"]))
                .disturbs(Disruptive::Node)
                .done_if(self.is(runs.kubelet.as_ref()))
                .does(Work::Packages(vec!["kubelet"])),
        ]
    }

    fn start(&self) -> Vec<Step> {
        let name = shell_word(&self.node.name);
        let mut steps = vec![
            Step::new("start-crio", "packages restart it or not: only this is sure")
                .runs("systemctl daemon-reload")
                .runs("systemctl restart crio")
                .runs("crictl info")
                .disturbs(Disruptive::Node)
                .does(Work::StartCrio),
            Step::new("start-kubelet", "CRI-O answers now")
                .runs("systemctl start kubelet")
                .does(Work::StartKubelet),
            Step::new("wait-ready", "the node says both new versions itself")
                .runs(format!("kubectl wait --for=condition=Ready node/{name} --timeout=5m"))
                .runs(format!("kubectl get node {name} -o wide"))
                .does(Work::WaitReady),
        ];
        if self.node.role.is_control_plane() {
            let mut step = Step::new("wait-etcd", "the next control plane only when this one is whole again")
                .runs("kubectl get --raw /readyz");
            if self.has_etcd() {
                step = step.runs(self.etcdctl("endpoint health --cluster"));
            }
            steps.push(step.does(Work::WaitEtcd));
        }
        steps.push(
            Step::new("uncordon", "only where this upgrade cordoned it")
                .runs(format!("kubectl uncordon {name}"))
                .does(Work::Uncordon),
        );
        steps.push(
            Step::new(
                "clean",
                "kubeadm never removes its backups; keep the newest until all nodes are upgraded",
            )
            .runs("k8sprep upgrade clean")
            .undone(Undo::No),
        );
        steps
    }
}
