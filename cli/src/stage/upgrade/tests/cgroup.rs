//! A node on cgroup v1 before the kubelet that exits there: what counts is what kubeadm will write.

use super::super::found::kubelet_runs_on_cgroup;
use super::bed::Bed;
use crate::stage::{Error, NodeAccess, now};
use crate::upgrade::Target;

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const KEEPS: &str =
    "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\n";

/// What is said of a node whose own file, and whose cluster, say this.
fn said((own, cluster): (&str, &str), to: &str) -> Option<String> {
    let bed = Bed::new(false, "v1.35.0");
    bed.put(
        "/proc/mounts",
        "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n",
    );
    bed.put(CONFIG, own);
    bed.world().kubelet_settings = cluster.to_owned();
    let access = NodeAccess::of_kubelet(&bed.host, now()).unwrap();
    let to: Target = to.parse().unwrap();
    match kubelet_runs_on_cgroup(&bed.host, &access, &to) {
        Ok(()) => None,
        Err(Error::UpgradeBlocked(all)) => Some(all[0].to_string()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_clusters_settings_decide_and_not_the_nodes_own_file() {
    let other = KEEPS.replace("false", "true");
    for cluster in ["", other.as_str()] {
        let said = said((KEEPS, cluster), "1.35").unwrap();
        assert!(said.contains("kubelet-config") && said.ends_with("[cgroup-v1-ends]"), "{said}");
    }
    assert_eq!(said((KEEPS, KEEPS), "1.35"), None);
    assert_eq!(said(("", KEEPS), "1.35"), None);
    assert_eq!(said((KEEPS, ""), "1.34"), None);
}
