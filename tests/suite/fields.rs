//! Every field of a spec: a host that is the opposite of what the field says is not as wanted.

use std::collections::BTreeSet;

use host_prep::repo::Trust;
use host_prep::{ApplyOptions, Desired, Host, NoProgress, apply, observe, plan};
use k8sprep::recipe::{self, NodeSpec, agree};
use k8sprep_tests::fake_host::FakeHost;
use serde_json::Value;

/// A field, what a host was made by, and a spec of which that host is the opposite.
struct Row(&'static str, &'static str, &'static str);

const PIN: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
const OTHER: &str = "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b";

/// `JOIN` stands for a whole way to join, of which a row changes one part. `PIN` and `OTHER` are
/// hashes.
const ROWS: &[Row] = &[
    Row("role", "role: worker", "role: control-plane"),
    Row("kubernetesVersion", "kubernetesVersion: v1.34.0", "kubernetesVersion: v1.34.2"),
    Row("crioVersion", "crioVersion: '1.33'", "crioVersion: '1.34'"),
    Row("mirrors.kubernetesPackages", "", "mirrors: {kubernetesPackages: aliyun}"),
    Row("mirrors.crioPackages", "", "mirrors: {crioPackages: 'https://mirror.example.com/crio'}"),
    Row("mirrors.images", "", "mirrors: {images: aliyun}"),
    Row(
        "pins.kubernetesPackages",
        "",
        "pins: {kubernetesPackages: [1234567890123456789012345678901234567890]}",
    ),
    Row("pins.crioPackages", "", "pins: {crioPackages: [1234567890123456789012345678901234567890]}"),
    Row("imageRepository", "", "imageRepository: registry.example.com/k8s"),
    Row("pauseImage", "", "pauseImage: registry.example.com/pause:3.9"),
    Row("cgroupDriver", "cgroupDriver: cgroupfs", "cgroupDriver: systemd"),
    Row("cgroup", "kubernetesVersion: v1.36.0\ncgroup: v2", "kubernetesVersion: v1.36.0\ncgroup: keep"),
    Row("criSocket", "", "criSocket: /run/other/crio.sock"),
    Row("swap", "swap: keep", "swap: off"),
    Row("selinux", "selinux: permissive", "selinux: enforcing"),
    Row("firewall", "firewall: keep", "firewall: stopped"),
    Row("networking.podSubnet", "", "networking: {podSubnet: 10.200.0.0/16}"),
    Row("networking.serviceSubnet", "", "networking: {serviceSubnet: 10.201.0.0/16}"),
    Row("networking.plugin", "", "networking: {plugin: flannel}"),
    Row("networking.dnsDomain", "", "networking: {dnsDomain: example.org}"),
    Row("proxy.httpProxy", "", "proxy: {httpProxy: 'http://p:1'}"),
    Row(
        "proxy.httpsProxy",
        "proxy: {httpProxy: 'http://p:1'}",
        "proxy: {httpProxy: 'http://p:1', httpsProxy: 'http://p:1'}",
    ),
    Row(
        "proxy.noProxy",
        "proxy: {httpProxy: 'http://p:1'}",
        "proxy: {httpProxy: 'http://p:1', noProxy: [example.org]}",
    ),
    Row("registryMirrors", "", "registryMirrors: {docker.io: [m.example.com]}"),
    Row("sysctls", "", "sysctls: {vm.max_map_count: 262144}"),
    Row("modules", "", "modules: [ip_vs]"),
    Row("controlPlaneEndpoint", "", "controlPlaneEndpoint: k8s.example.com:6443"),
    Row("advertiseAddress", "advertiseAddress: 192.0.2.7", "advertiseAddress: 192.0.2.8"),
    Row("nodeName", "nodeName: n1", "nodeName: n2"),
    Row("clusterName", "", "clusterName: other"),
    Row("token", "", "token: bbbbbb.0123456789abcdef"),
    Row("kubeadm", "kubeadm: write", "kubeadm: {apiServer.certSANs: [k8s.example.com]}"),
    Row(
        "kubeadmConfig",
        "",
        "kubeadmConfig: |\n  apiVersion: kubeadm.k8s.io/v1beta4\n  kind: ClusterConfiguration\n  apiServer: {certSANs: [k8s.example.com]}\n",
    ),
    Row("join.apiServerEndpoint", "JOIN", "JOIN 192.0.2.1:6443 192.0.2.9:6443"),
    Row("join.token", "JOIN", "JOIN abcdef. bbbbbb."),
    Row("join.caCertHashes", "JOIN", "JOIN PIN OTHER"),
    Row("join.discoveryFile", "JOIN", "role: worker\njoin: {discoveryFile: /etc/d.conf}"),
    Row(
        "join.certificateKey",
        "JOIN worker control-plane",
        "role: control-plane\njoin: {apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, caCertHashes: ['sha256:PIN'], certificateKey: PIN}",
    ),
];

const JOIN: &str = "role: worker\njoin: {apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, caCertHashes: ['sha256:PIN']}";

/// What every host has that a field may be about.
const HOST: &[(&str, &str)] = &[
    ("etc/os-release", "ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n"),
    ("etc/selinux/config", "SELINUX=permissive\n"),
    ("etc/fstab", "/dev/sda2 none swap sw 0 0\n"),
    (
        "etc/cni/net.d/100-crio-bridge.conflist",
        "{\"cniVersion\": \"1.0.0\", \"name\": \"crio\", \"plugins\": [{\"type\": \"bridge\"}]}\n",
    ),
    (
        "usr/lib/systemd/system/firewalld.service",
        "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n",
    ),
    (
        "usr/lib/systemd/system/crio.service",
        "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n",
    ),
    (
        "usr/lib/systemd/system/kubelet.service",
        "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n",
    ),
    ("usr/lib/modules/5.14.0/modules.builtin", "kernel/net/ip_vs.ko\n"),
];

fn spec(row: &str) -> NodeSpec {
    let mut text = row.to_owned();
    if let Some(change) = row.strip_prefix("JOIN") {
        let words: Vec<&str> = change.split_whitespace().collect();
        text = match words[..] {
            [from, to] => JOIN.replacen(from, to, 1),
            _ => JOIN.to_owned(),
        };
    }
    let text = text.replace("PIN", PIN).replace("OTHER", OTHER);
    let own = |key: &str| text.lines().any(|line| line.starts_with(key));
    let base = [("kubernetesVersion", "v1.34.0"), ("nodeName", "n1"), ("advertiseAddress", "192.0.2.7")];
    let base: String =
        base.iter().filter(|(key, _)| !own(key)).map(|(key, value)| format!("{key}: {value}\n")).collect();
    NodeSpec::from_yaml(&format!("{base}{text}\n")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// All of it but the packages themselves, which a network has.
fn wanted(host: &Host, spec: &NodeSpec) -> Desired {
    let facts = host_prep::facts::observe(host, &Default::default());
    let token = "abcdef.0123456789abcdef".parse().unwrap();
    let mut recipe = recipe::desired(spec, &facts, token).unwrap();
    recipe::add_services(&mut recipe.desired);
    let distro = facts.distro.known().cloned().flatten().unwrap();
    let sources = recipe::sources(spec, &recipe.agreed, &distro).unwrap();
    sources.repositories(|_| Trust::Unchecked).and(&recipe.desired)
}

fn leaves(schema: &Value, whole: &Value, path: &str, found: &mut BTreeSet<String>) {
    let named = schema.get("$ref").and_then(Value::as_str);
    let schema = named.and_then(|name| whole.pointer(name.trim_start_matches('#'))).unwrap_or(schema);
    for either in ["anyOf", "allOf"] {
        for one in schema.get(either).and_then(Value::as_array).into_iter().flatten() {
            if one.get("type").and_then(Value::as_str) != Some("null") {
                return leaves(one, whole, path, found);
            }
        }
    }
    match schema.get("properties").and_then(Value::as_object) {
        Some(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(field, whole, &path, found);
            }
        }
        None => drop(found.insert(path.to_owned())),
    }
}

#[test]
fn a_host_that_is_the_opposite_of_a_field_is_not_as_wanted() {
    let schema = recipe::schema();
    let mut fields = BTreeSet::new();
    leaves(&schema, &schema, "", &mut fields);
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    // No host is of a version of the spec.
    fields.remove("apiVersion");
    assert_eq!(rows, fields, "a field has no row here");
    for Row(field, as_it_is, asked) in ROWS {
        let (is, asked) = (spec(as_it_is), spec(asked));
        if field.starts_with("pins.") {
            // Whose key signs is compared when a key is had: the host's own key is none of the spec's without
            // the pin.
            let pins = |spec: &NodeSpec| {
                let distro = host_prep::distro::Distro::parse(HOST[0].1.as_bytes());
                recipe::sources(spec, &agree(spec).unwrap(), &distro).unwrap().sources
            };
            let differs = pins(&is).iter().zip(pins(&asked)).any(|(one, other)| one.pins != other.pins);
            assert!(differs, "{field}");
            continue;
        }
        let fake = FakeHost::new(HOST);
        std::fs::create_dir_all(fake.root().join("etc/systemd/system/multi-user.target.wants")).unwrap();
        let link = fake.root().join("etc/systemd/system/multi-user.target.wants/firewalld.service");
        std::os::unix::fs::symlink("/usr/lib/systemd/system/firewalld.service", link).unwrap();
        let host = fake.offline();
        let todo = plan(&wanted(&host, &is), &observe(&host, &wanted(&host, &is)));
        assert!(todo.problems().is_empty(), "{field}: {:?}", todo.problems());
        apply(&host, &wanted(&host, &is), &todo, &ApplyOptions::default(), &mut NoProgress)
            .map(drop)
            .unwrap();
        let left = host_prep::verify(&host, &wanted(&host, &is));
        assert!(left.is_done(), "{field}: {left:?}");
        let left = host_prep::verify(&host, &wanted(&host, &asked));
        assert!(!left.is_done(), "{field}: the host is the opposite, and as wanted");
    }
}

/// What a tree cannot show, a kernel does.
#[test]
fn selinux_that_is_permissive_now_is_not_enforcing() {
    let files: Vec<_> = HOST.iter().filter(|(path, _)| *path != "etc/selinux/config").copied().collect();
    for (now, at_boot, red) in
        [("1", "enforcing", false), ("0", "enforcing", true), ("1", "permissive", true)]
    {
        let fake = FakeHost::new(&files);
        fake.lay("etc/selinux/config", &format!("SELINUX={at_boot}\n"));
        fake.lay("sys/fs/selinux/enforce", now);
        let host = fake.running();
        let wanted = Desired::new().with(host_prep::resource::SelinuxEnforcing::new());
        assert_eq!(!host_prep::verify(&host, &wanted).is_done(), red, "{now} {at_boot}");
    }
}
