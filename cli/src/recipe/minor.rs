//! A member of a cluster gets another minor by `kubeadm upgrade`, in order; never by a spec and new
//! packages under it.

use host_prep::facts::Facts;
use host_prep::resource::Obstacle;

use super::finding::{kubernetes_minor, minor_of};
use super::spec::NodeSpec;

/// What keeps the packages of `spec` from a host whose cluster runs another minor.
///
/// `None` on a host that is no member, whose packages may be of any minor, and where the minors
/// agree. The code says which of three it is: a downgrade, a minor skipped, or the next one, which
/// is kubeadm's to do.
#[must_use]
pub fn other_minor(spec: &NodeSpec, facts: &Facts) -> Option<Obstacle> {
    let wanted = spec.kubernetes_version.minor().number();
    let control_plane = kubernetes_minor(facts);
    let found = control_plane.or_else(|| facts.kubeadm.is_member().then(|| kubelets(facts)).flatten())?;
    if found == wanted {
        return None;
    }
    let (who, source) = match control_plane {
        Some(_) => ("the control plane", "its static pods"),
        None if facts.programs.contains_key("kubelet") => ("the kubelet", "what it says itself"),
        None => ("the kubelet", "its package"),
    };
    let what = format!(
        "{who} of this node is Kubernetes 1.{found} by {source}, and the spec wants 1.{wanted}: a node of a cluster is upgraded by kubeadm, and new packages under it would break it"
    );
    let code = match wanted {
        wanted if wanted < found => "kubernetes-downgrade",
        wanted if wanted > found + 1 => "upgrade-skips-minor",
        _ => "member-of-older-minor",
    };
    Some(Obstacle::new("package", code, what, way(spec, found, wanted, control_plane.is_some())))
}

/// The first minor whose kubeadm brings etcd 3.6.
pub(crate) const ETCD_3_6_SINCE: u64 = 34;

/// Whether members of that release come back as learners under etcd 3.6: those that were promoted before 3.5.24
/// do (etcd#20793). What is no release is none of them.
pub(crate) fn is_etcd_too_old_for_3_6(release: &str) -> bool {
    const LAST_FAULTY: [u64; 3] = [3, 5, 23];
    numbers_of(release).is_some_and(|numbers| numbers <= LAST_FAULTY)
}

/// The three numbers of a release, `[1, 34, 2]` of `v1.34.2`, `1.34.2-1.1` or `3.6.4-0`'s `[3, 6, 4]`.
pub(crate) fn numbers_of(release: &str) -> Option<[u64; 3]> {
    let parts = release.trim_start_matches('v').split(['.', '-', '+', '~']);
    let numbers: Vec<u64> = parts.map_while(|part| part.parse().ok()).take(3).collect();
    numbers.try_into().ok()
}

/// The minor of the kubelet: its package's, else the one that it tells.
fn kubelets(facts: &Facts) -> Option<u64> {
    minor_of(facts.release_of("kubelet")?)
}

/// How the node gets there (kubernetes.io, Upgrading kubeadm clusters: one minor at a time, never
/// back).
fn way(spec: &NodeSpec, found: u64, wanted: u64, control_plane: bool) -> String {
    let keep = format!(
        "or set kubernetesVersion back to 1.{found}; `k8sprep down` first, if kubeadm never came to its end here"
    );
    if wanted < found {
        return format!(
            "Kubernetes has no way back to an older minor: `k8sprep down` and a new cluster, {keep}"
        );
    }
    let next = found + 1;
    let skipped =
        if wanted > next { format!("one minor at a time, so 1.{next} first: ") } else { String::new() };
    let version = if wanted == next { spec.kubernetes_version.to_string() } else { format!("v1.{next}.x") };
    let upgrade = if control_plane {
        format!(
            "`kubeadm upgrade plan`, `kubeadm upgrade apply {version}` (on further control planes `kubeadm upgrade node`)"
        )
    } else {
        "`kubeadm upgrade node` (control planes first)".to_owned()
    };
    format!(
        "{skipped}`k8sprep upgrade plan --to 1.{next}` has the steps: install kubeadm 1.{next}; {upgrade}; `kubectl drain` the node; install kubelet, kubectl and CRI-O 1.{next}; `systemctl restart kubelet`; `kubectl uncordon`; {keep}"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use host_prep::Host;
    use host_prep::facts::{ObserveOptions, observe};
    use host_prep::fs::{Mode, Root, write_new};

    use super::*;

    const STATUS: &str = "Package: kubelet\nStatus: hold ok installed\nVersion: 1.33.13-1.1\n\nPackage: cri-o\nStatus: hold ok installed\nVersion: 1.33.2-1.1\n";
    const POD: &str = "kind: Pod\nmetadata: {name: kube-apiserver}\nspec: {containers: [{image: registry.k8s.io/kube-apiserver:v1.33.13}]}\n";

    /// What is said to a spec of `version` on a Debian host with these files besides its packages.
    fn said(version: &str, files: &[(&str, &str)]) -> Option<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        let own = [("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"), ("var/lib/dpkg/status", STATUS)];
        for (path, text) in own.iter().chain(files) {
            let path = dir.path().join(Path::new(path));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_new(&path, text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        let host = Host::offline(Root::open(dir.path()).unwrap());
        problem(&host, version, &observe(&host, &ObserveOptions::default()))
    }

    fn problem(host: &Host, version: &str, facts: &Facts) -> Option<(String, String)> {
        let spec = NodeSpec::new(version.parse().unwrap());
        let told = host_prep::Desired::new().with(other_minor(&spec, facts)?);
        let plan = host_prep::verify(host, &told);
        let problem = plan.problems().first()?;
        Some((problem.what.clone(), problem.hint.clone()))
    }

    /// Walk M12: `apt-mark unhold` was the only advice, and led to a 1.34 kubelet under a 1.33
    /// control plane.
    #[test]
    fn a_member_of_another_minor_is_told_the_way_and_nothing_of_holds() {
        let member: &[_] =
            &[("etc/kubernetes/kubelet.conf", "x"), ("etc/kubernetes/manifests/kube-apiserver.yaml", POD)];
        assert_eq!(said("v1.33.1", member), None);
        let (what, hint) = said("v1.34.0", member).unwrap();
        assert!(
            what.contains("the control plane of this node is Kubernetes 1.33 by its static pods"),
            "{what}"
        );
        assert!(hint.starts_with("`k8sprep upgrade plan --to 1.34` has the steps: "), "{hint}");
        let order = [
            "install kubeadm 1.34",
            "kubeadm upgrade apply v1.34.0",
            "kubectl drain",
            "install kubelet",
            "uncordon",
        ];
        let at: Vec<_> = order.iter().map(|words| hint.find(words).unwrap()).collect();
        assert!(at.is_sorted(), "{hint}");
        assert!(!hint.contains("unhold"), "{hint}");
        let (_, hint) = said("v1.36.0", member).unwrap();
        assert!(hint.starts_with("one minor at a time, so 1.34 first: ") && !hint.contains("1.36"), "{hint}");
        let (_, hint) = said("v1.32.0", member).unwrap();
        assert!(hint.starts_with("Kubernetes has no way back"), "{hint}");
    }

    #[test]
    fn a_worker_is_known_by_its_package_and_a_host_without_a_cluster_is_free() {
        let (what, hint) = said("v1.34.0", &[("etc/kubernetes/kubelet.conf", "x")]).unwrap();
        assert!(what.contains("the kubelet of this node is Kubernetes 1.33 by its package"), "{what}");
        assert!(hint.contains("`kubeadm upgrade node`") && !hint.contains("upgrade apply"), "{hint}");
        assert_eq!(said("v1.34.0", &[]), None);
    }

    #[test]
    fn a_worker_whose_kubelet_has_no_package_is_known_by_what_it_says() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("etc/kubernetes/kubelet.conf");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_new(&path, b"x", Mode::PUBLIC).unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let mut facts = observe(&host, &ObserveOptions::default());
        assert_eq!(problem(&host, "v1.34.0", &facts), None, "nothing says which it is");
        facts.programs.insert("kubelet".into(), "1.33.2".into());
        let (what, _) = problem(&host, "v1.34.0", &facts).unwrap();
        assert!(
            what.contains("the kubelet of this node is Kubernetes 1.33 by what it says itself"),
            "{what}"
        );
    }
}
