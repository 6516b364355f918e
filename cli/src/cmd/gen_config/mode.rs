//! Which documents are asked for, and which flags go with them.
//!
//! A flag that belongs to a document which is not printed would do nothing: it is refused by name.

use crate::failure::Failure;

/// A command of kubeadm whose documents are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// `kubeadm init`.
    Init,
    /// `kubeadm join`.
    Join,
    /// `kubeadm reset`.
    Reset,
    /// `kubeadm upgrade`.
    Upgrade,
}

use Mode::{Init, Join, Reset, Upgrade};

/// Flags that not every command of kubeadm knows, by their ids, with those that do. All of a group
/// that is not here are for one command only: see [`modes_of`].
const LIMITED: &[(&str, &[Mode])] = &[
    ("cri_socket", &[Init, Join, Reset]),
    ("node_name", &[Init, Join]),
    ("taints", &[Init, Join]),
    ("no_taints", &[Init, Join]),
    ("labels", &[Init, Join]),
    ("ips", &[Init, Join]),
    ("kubelet_args", &[Init, Join]),
    ("advertise_address", &[Init, Join]),
    ("bind_port", &[Init, Join]),
    ("token", &[Init, Join]),
    ("certificate_key", &[Init, Join]),
    ("image_pull_policy", &[Init, Join, Upgrade]),
    ("image_pull_serial", &[Init, Join, Upgrade]),
    ("certificates_dir", &[Init, Reset]),
    ("patches", &[Init, Join, Upgrade]),
];

impl Mode {
    /// The documents of the command.
    const fn documents(self) -> &'static str {
        match self {
            Init => "an InitConfiguration and a ClusterConfiguration",
            Join => "a JoinConfiguration",
            Reset => "a ResetConfiguration",
            Upgrade => "an UpgradeConfiguration",
        }
    }

    /// The commands that kinds of documents belong to.
    pub(super) fn of_kinds(kinds: &[&str]) -> Vec<Self> {
        let of = |mode: &Self| match mode {
            Init => kinds.contains(&"InitConfiguration") || kinds.contains(&"ClusterConfiguration"),
            Join => kinds.contains(&"JoinConfiguration"),
            Reset => kinds.contains(&"ResetConfiguration"),
            Upgrade => kinds.contains(&"UpgradeConfiguration"),
        };
        [Init, Join, Reset, Upgrade].into_iter().filter(of).collect()
    }
}

/// The commands whose documents a flag is for.
fn modes_of(flag: &Given) -> &'static [Mode] {
    let limited = LIMITED.iter().find(|(known, _)| *known == flag.id);
    match (limited, flag.group) {
        (Some((_, modes)), _) => modes,
        (None, "Cluster") => &[Init],
        (None, "Join") => &[Join],
        (None, "Reset") => &[Reset],
        (None, "Upgrade") => &[Upgrade],
        (None, _) => &[Init, Join, Reset, Upgrade],
    }
}

/// A flag that was given: its id and the group it is in.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) id: String,
    pub(super) group: &'static str,
}

/// Every flag must have a document to go to. `written` tells how a flag is written by its id.
pub(super) fn check(given: &[Given], asked: &[Mode], written: fn(&str) -> String) -> Result<(), Failure> {
    let homeless = given.iter().filter_map(|flag| {
        let modes = modes_of(flag);
        let home = modes.iter().any(|mode| asked.contains(mode));
        let wanted: Vec<_> = modes.iter().map(|mode| mode.documents()).collect();
        (!home).then(|| format!("{} is for {}", written(&flag.id), wanted.join(" or ")))
    });
    let homeless: Vec<String> = homeless.collect();
    if homeless.is_empty() {
        return Ok(());
    }
    let asked: Vec<_> = asked.iter().map(|mode| mode.documents()).collect();
    let asked = asked.join(" and ");
    Err(Failure::usage(format_args!("{}; what is asked for is {asked}", homeless.join("; "))))
}
