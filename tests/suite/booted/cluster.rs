//! `k8sprep up` to its end and `k8sprep down`, with kubeadm and kubectl that record their calls and
//! do what their callers look at.

use k8sprep_tests::booted::{Bed, Kind, Shipped};

use super::{bed, done, is_as_before, or_skip};

const RELEASE: &str = "v1.37.2";

/// Leaves the files that the real one leaves, and starts the kubelet.
const KUBEADM: &str = r#"echo "kubeadm $*" >> /opt/k8sprep/calls
case "$1" in
init)
    [ ! -e /opt/k8sprep/refuse ] || { printf '\t[ERROR Port-6443]: Port 6443 is in use\n' >&2; exit 1; }
    mkdir -p /etc/kubernetes/manifests /etc/kubernetes/pki /var/lib/kubelet
    cp /opt/k8sprep/ca.crt /etc/kubernetes/pki/ca.crt
    echo key > /etc/kubernetes/pki/ca.key
    printf 'clusters:\n- cluster: {server: "https://192.0.2.7:6443"}\n' > /etc/kubernetes/admin.conf
    echo kubelet > /etc/kubernetes/kubelet.conf
    echo etcd > /etc/kubernetes/manifests/etcd.yaml
    echo kind: KubeletConfiguration > /var/lib/kubelet/config.yaml
    systemctl restart kubelet
    echo '[bootstrap-token] Using token: abcdef.0123456789abcdef' ;;
token) echo abcdef.0123456789abcdef ;;
reset)
    systemctl stop kubelet
    rm -rf /etc/kubernetes/manifests /etc/kubernetes/pki /etc/kubernetes/*.conf /var/lib/kubelet ;;
esac
"#;
const KUBECTL: &str = r#"echo "kubectl $*" >> /opt/k8sprep/calls
case "$*" in
# A moment of work, as the real one has more of.
*"wait --for=condition=Ready"*) sleep 6 ;;
esac
"#;

const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\ndata:\n  net-conf.json: |\n    {\n      \"Network\": \"10.244.0.0/16\"\n    }\n";

fn host() -> Option<Bed> {
    let bed = bed(Kind::Plain, "v1.37")?;
    bed.needed();
    bed.kubelet_and_kubectl(RELEASE);
    or_skip(bed.crio("1.37.0"))?;
    bed.package("kubeadm", "1.37.2", &[Shipped::script("usr/bin/kubeadm", KUBEADM)]);
    bed.package("kubectl", "1.37.2", &[Shipped::script("usr/bin/kubectl", KUBECTL)]);
    bed.publish();
    bed.spec(RELEASE, "networking:\n  podSubnet: 10.244.0.0/16\n");
    bed.host.put("opt/k8sprep/flannel.yml", MANIFEST);
    bed.host.put("opt/k8sprep/ca.crt", include_str!("../../../kubeadm-config/tests/data/ca-p256.crt"));
    Some(bed)
}

/// The result for programs, of a run that prepared the host and stopped at kubeadm.
fn what_was_changed_is_told(out: &str) {
    let told: serde_json::Value = serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"));
    assert_eq!((&told["schema"], &told["outcome"]), (&"k8sprep.up/v1".into(), &"failed".into()));
    assert!(told["failure"].as_str().unwrap().contains("[ERROR Port-6443]"), "{out}");
    let changed = &told["changed"];
    assert_eq!(changed["transactions"], serde_json::json!([1, 2]));
    let names = |list: &str, key: &str| -> Vec<String> {
        let all = changed[list].as_array().unwrap().iter();
        all.map(|one| one[key].as_str().unwrap_or_default().to_owned()).collect()
    };
    let packages = ["conntrack", "cri-o", "iptables", "kubeadm", "kubectl", "kubelet", "socat"];
    assert!(packages.iter().all(|name| names("packages", "name").contains(&(*name).to_owned())), "{out}");
    assert!(names("packages", "after").contains(&"1.37.2-1.1".to_owned()), "{out}");
    assert!(names("files", "what").contains(&"/etc/kubernetes/k8sprep/kubeadm.yaml".to_owned()), "{out}");
    assert_eq!(names("services", "verb"), ["enable", "start", "enable"], "{out}");
    let back = told["back"].as_array().unwrap().iter().map(|one| one["command"].as_str().unwrap());
    assert_eq!(back.collect::<Vec<_>>(), ["k8sprep rollback --to 1", "k8sprep rollback --to 0"], "{out}");
}

fn calls(bed: &Bed) -> Vec<String> {
    let said = std::fs::read_to_string(bed.host.root().join("opt/k8sprep/calls")).unwrap_or_default();
    said.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_bare_host_becomes_a_control_plane_and_is_given_back() {
    let Some(mut bed) = host() else { return };
    bed.host.boot().unwrap();
    bed.host.ask(&["useradd", "-m", "li"]);
    let before = bed.host.files();

    // What kubeadm complains about is told, nothing is wiped, and the next run goes on.
    bed.host.put("opt/k8sprep/refuse", "");
    let all = ["--cni", "/opt/k8sprep/flannel.yml", "--user", "li", "--smoke-test"];
    let refused = bed.up(&[&all[..], &["--output", "json"]].concat());
    assert_eq!(refused.status, Some(1), "{}{}", refused.out, refused.err);
    what_was_changed_is_told(&refused.out);
    assert!(refused.err.contains("[ERROR Port-6443]: Port 6443 is in use"), "{}", refused.err);
    bed.host.ask(&["rm", "/opt/k8sprep/refuse"]);

    let up = bed.up(&all);
    done(&up, "up");
    let line = ", with:\n  kubeadm join 192.0.2.7:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:";
    assert!(up.out.contains(line), "{}", up.out);
    // The progress is kept in more places than the result.
    assert!(up.err.contains("Using token: ") && !up.err.contains("0123456789abcdef"), "{}", up.err);
    assert!(up.out.starts_with("the host is a control plane\n"), "{}", up.out);
    for line in [
        "  changed   nothing on the host\n",
        "  cluster   kubeadm init: /etc/kubernetes/k8sprep/kubeadm.yaml\n",
        "  cluster   admin.conf: /home/li/.kube/config\n",
        "  cluster   network plugin: /opt/k8sprep/flannel.yml\n",
        "  cluster   node Ready: node-1\n",
        "  cluster   smoke test: ",
        "  back      `k8sprep down` takes the node out of its cluster",
    ] {
        assert!(up.out.contains(line), "{line}: {}", up.out);
    }
    for line in [
        "cluster: kubeadm init",
        "cluster: /etc/kubernetes/admin.conf for li",
        "cluster: network plugin of /opt/k8sprep/flannel.yml",
        "cluster: waiting for the node to be Ready\n  5 s\n",
        "cluster: smoke test",
        "cluster: join command",
    ] {
        assert!(up.err.contains(line), "{line}: {}", up.err);
    }
    let config = "kubeadm init --config /etc/kubernetes/k8sprep/kubeadm.yaml";
    let kubectl = |rest: &str| {
        format!("kubectl --kubeconfig=/etc/kubernetes/admin.conf --cache-dir=/run/k8sprep-kube {rest}")
    };
    let made = calls(&bed);
    let position = |call: &str| {
        made.iter().position(|made| made.starts_with(call)).unwrap_or_else(|| panic!("{call}: {made:?}"))
    };
    let order = [
        position(config),
        position(&kubectl("apply -f /opt/k8sprep/flannel.yml")),
        position(&kubectl("wait --for=condition=Ready node node-1")),
        position(&kubectl("-n k8sprep-smoke rollout status")),
        position(&kubectl("-n k8sprep-smoke wait --for=condition=complete job/ask")),
        position("kubeadm token create"),
    ];
    assert!(order.is_sorted(), "{made:?}");
    // What a killed run left goes before the test, and what this one made after it.
    let deleted = kubectl("delete namespace k8sprep-smoke");
    let last = made.iter().rposition(|made| made.starts_with(&deleted));
    assert!(last.is_some_and(|last| order[4] < last && last < order[5]), "{made:?}");
    assert_eq!(bed.is("is-active", "kubelet"), "active");
    let given = bed.host.ask(&["stat", "-c", "%U %a", "/home/li/.kube/config"]);
    assert_eq!(given, "li 600\n");

    // A live node is not pulled apart.
    let refused = bed.k8sprep(&["rollback"]);
    assert_eq!(refused.status, Some(1), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("`k8sprep down` takes the node out"), "{}", refused.err);
    assert_eq!(bed.is("is-active", "crio"), "active");

    // A second run changes nothing and does not call `kubeadm init` again.
    let again = bed.up(&all);
    done(&again, "up again");
    assert!(again.out.contains("kubeadm init (before this run)"), "{}", again.out);
    assert_eq!(calls(&bed).iter().filter(|call| *call == config).count(), 2, "the one that failed, and one");

    let down = bed.k8sprep(&["down", "--yes"]);
    done(&down, "down");
    let reset = "kubeadm reset --force --cri-socket unix:///var/run/crio/crio.sock";
    assert!(calls(&bed).iter().any(|call| call == reset), "{:?}", calls(&bed));
    let deleted = |call: &String| call.contains(" delete node ") && call.contains("--ignore-not-found");
    assert!(calls(&bed).iter().any(deleted), "{:?}", calls(&bed));
    bed.host.ask(&["test", "!", "-e", "/home/li/.kube"]);
    is_as_before(&bed, &before);
}
