//! Manifests of a control plane that kubeadm renamed away when it was killed.

/// Where the kubelet finds static pods, as kubeadm tells it.
pub(crate) const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// The static pods of a control plane, in the order in which kubeadm takes them up.
pub(crate) const STATIC_PODS: [&str; 4] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const TMP: &str = "/etc/kubernetes/tmp";
/// What kubeadm writes on a control plane alone, and `kubeadm reset` removes: a node that has one of them and no
/// manifest is a control plane that lost them. With an external CA the key is not among them.
const TRACES: [&str; 4] = [
    "/etc/kubernetes/pki/ca.key",
    "/etc/kubernetes/pki/apiserver.key",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
];

/// What shows that kubeadm made this host a control plane, whatever became of its manifests.
pub(crate) fn trace_of_control_plane<E>(
    is_there: impl Fn(&str) -> Result<bool, E>,
) -> Result<Option<&'static str>, E> {
    for trace in TRACES {
        if is_there(trace)? {
            return Ok(Some(trace));
        }
    }
    Ok(None)
}

/// kubeadm renames the old manifest away and the new one in. Killed between the two, a control plane has one
/// less, and `kubeadm upgrade node` takes one without kube-apiserver.yaml for a worker (kubeadm,
/// `util/staticpod/utils.go`). Each that is not back, with its newest backup; none on a host that runs no
/// control plane. It is asked whether a file is there, and what is in a directory.
pub(crate) fn renamed_away<E>(
    is_there: impl Fn(&str) -> Result<bool, E>,
    list: impl Fn(&str) -> Result<Vec<String>, E>,
) -> Result<Vec<(&'static str, String)>, E> {
    let (mut missing, mut runs) = (Vec::new(), trace_of_control_plane(&is_there)?.is_some());
    for name in STATIC_PODS {
        let here = is_there(&format!("{MANIFESTS}/{name}.yaml"))?;
        runs |= here;
        if !here {
            missing.push(name);
        }
    }
    if !runs || missing.is_empty() {
        return Ok(Vec::new());
    }
    let mut backups = list(TMP)?;
    backups.retain(|name| name.starts_with("kubeadm-backup-manifests-"));
    backups.sort();
    let mut away = Vec::new();
    for name in missing {
        for backup in backups.iter().rev() {
            let kept = format!("{TMP}/{backup}/{name}.yaml");
            if is_there(&kept)? {
                away.push((name, kept));
                break;
            }
        }
    }
    Ok(away)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backup_of_what_is_missing_is_found_on_a_control_plane_alone() {
        let away = |there: &[&str]| {
            let is_there = |path: &str| Ok::<_, ()>(there.contains(&path));
            let list = |_: &str| {
                let names = there.iter().filter_map(|path| path.strip_prefix(TMP)?.split('/').nth(1));
                Ok(names.map(str::to_owned).collect())
            };
            renamed_away(is_there, list).unwrap()
        };
        let of = |day: &str, name: &str| format!("{TMP}/kubeadm-backup-manifests-{day}/{name}.yaml");
        let (old, new) = (of("2026-11-01", "etcd"), of("2026-11-02", "etcd"));
        assert_eq!(away(&[&old, &new]), [], "a worker, or one that was reset");
        assert_eq!(away(&["/etc/kubernetes/pki/ca.key", &new, &old]), [("etcd", new.clone())]);
        let etcd = format!("{MANIFESTS}/etcd.yaml");
        let apiserver = of("2026-11-01", "kube-apiserver");
        assert_eq!(away(&[&etcd, &old, &apiserver]), [("kube-apiserver", apiserver.clone())]);
        assert_eq!(away(&["/etc/kubernetes/pki/ca.key", "/etc/kubernetes/tmp/other/etcd.yaml"]), []);
        let external = ["/etc/kubernetes/scheduler.conf", &new];
        assert_eq!(away(&external), [("etcd", new.clone())], "the key of its CA is elsewhere");
    }
}
