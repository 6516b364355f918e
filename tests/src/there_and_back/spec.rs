//! Random specs: every field there or not, values that go together and values that do not.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Specs as text.
pub(super) fn specs() -> impl Strategy<Value = String> {
    (whole(), images(), host(), network(), cluster()).prop_map(|parts| {
        let (one, two, three, four, five) = parts;
        let mut spec = Map::new();
        for part in [one, two, three, four, five] {
            spec.extend(part);
        }
        // A token is of the cluster that is made, and joining has its own.
        if spec.contains_key("join") {
            spec.remove("token");
        }
        Value::Object(spec).to_string()
    })
}

type Fields = Map<String, Value>;

/// Fields that are there, by name.
fn fields<const N: usize>(all: [(&str, Option<Value>); N]) -> Fields {
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    select(values).prop_map(Value::from)
}

fn maybe(often: f64, values: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    weighted(often, one_of(values))
}

fn whole() -> impl Strategy<Value = Fields> {
    let behind = weighted(0.3, prop_oneof![8 => 0_u64..=2, 1 => 3_u64..=4]);
    (13_u64..=37, 0_u64..=5, behind).prop_map(|(minor, patch, behind)| {
        let crio = behind.map(|behind| json!(format!("1.{}", minor - behind)));
        fields([("kubernetesVersion", Some(json!(format!("v1.{minor}.{patch}")))), ("crioVersion", crio)])
    })
}

fn images() -> impl Strategy<Value = Fields> {
    let mirror = maybe(0.3, &["aliyun", "daocloud", "nju"]);
    let repository = maybe(0.1, &["registry.example.com/k8s", "localhost:5000"]);
    let pause = maybe(0.1, &["registry.example.com/pause:3.9", "registry.k8s.io/pause:3.10.1"]);
    let registries = weighted(
        0.3,
        select(vec![
            json!({"docker.io": ["m.example.com"]}),
            json!({"docker.io": ["m.example.com", "n.example.com:5000"], "quay.io": ["q.example.com/x"]}),
        ]),
    );
    (mirror, repository, pause, registries).prop_map(|(mirror, repository, pause, registries)| {
        fields([
            ("mirrors", mirror.map(|name| json!({"images": name}))),
            ("imageRepository", repository),
            ("pauseImage", pause),
            ("registryMirrors", registries),
        ])
    })
}

fn host() -> impl Strategy<Value = Fields> {
    let sysctls = weighted(
        0.4,
        select(vec![
            json!({"vm.max_map_count": "262144"}),
            json!({"net.ipv4.conf.eth0/1.rp_filter": "0", "net.core.somaxconn": "1024"}),
            json!({"fs.inotify.max_user_watches": "1048576", "net.ipv4.ip_forward": "1"}),
            json!({"net.ipv4.tcp_rmem": "4096 87380 6291456"}),
            json!({"net.ipv4.ip_forward": "0"}),
        ]),
    );
    let modules =
        weighted(0.3, select(vec![json!(["ip_vs", "ip-vs-rr"]), json!(["overlay"]), json!(["vxlan"])]));
    let policies = (
        maybe(0.5, &["off", "keep"]),
        maybe(0.6, &["keep", "permissive", "enforcing"]),
        maybe(0.3, &["keep"]),
        maybe(0.4, &["systemd", "cgroupfs"]),
        maybe(0.2, &["/run/crio.sock", "unix:///var/run/crio/crio.sock", "/run/containerd/containerd.sock"]),
    );
    (sysctls, modules, policies).prop_map(|(sysctls, modules, (swap, selinux, firewall, driver, socket))| {
        fields([
            ("sysctls", sysctls),
            ("modules", modules),
            ("swap", swap),
            ("selinux", selinux),
            ("firewall", firewall),
            ("cgroupDriver", driver),
            ("criSocket", socket),
        ])
    })
}

fn network() -> impl Strategy<Value = Fields> {
    let subnets = (
        maybe(0.6, &["10.244.0.0/16", "10.244.0.0/16,fd00:1::/64", "fd00:1::/64", "10.96.0.0/16"]),
        maybe(0.3, &["10.96.0.0/12", "10.97.0.0/16,fd00:2::/108", "fd00:2::/108"]),
        maybe(0.3, &["flannel", "calico", "cilium"]),
        maybe(0.2, &["k8s.example"]),
    );
    let proxy = weighted(
        0.3,
        select(vec![
            json!({"httpProxy": "http://u:proxysecret@p.example:3128"}),
            json!({"httpsProxy": "http://p.example:3128", "noProxy": ["a.example", "10.0.0.0/8"]}),
            json!({"httpProxy": "http://p.example:1/%20x%22$y", "httpsProxy": "http://[::1]:3128"}),
        ]),
    );
    (subnets, proxy).prop_map(|((pods, services, plugin, domain), proxy)| {
        let networking = fields([
            ("podSubnet", pods),
            ("serviceSubnet", services),
            ("plugin", plugin),
            ("dnsDomain", domain),
        ]);
        fields([("networking", Some(Value::Object(networking))), ("proxy", proxy)])
    })
}

fn cluster() -> impl Strategy<Value = Fields> {
    let pin = format!("sha256:{}", "5a".repeat(32));
    let by_token = json!({"apiServerEndpoint": "192.0.2.1:6443", "token": "ghijkl.0123456789abcdef", "caCertHashes": [pin]});
    let joins = weighted(
        0.4,
        select(vec![
            by_token,
            json!({"discoveryFile": "/etc/kubernetes/discovery.conf"}),
            json!({"discoveryFile": "https://example.com/cluster-info.conf"}),
        ]),
    );
    (
        maybe(0.5, &["control-plane", "worker"]),
        joins,
        maybe(0.9, &["192.0.2.10", "fd00::10"]),
        maybe(0.9, &["n1"]),
        maybe(0.2, &["lb.example.com", "lb.example.com:7443"]),
        maybe(0.2, &["abcdef.0123456789abcdef"]),
    )
        .prop_map(|(role, join, address, name, endpoint, token)| {
            fields([
                ("role", role),
                ("join", join),
                ("advertiseAddress", address),
                ("nodeName", name),
                ("controlPlaneEndpoint", endpoint),
                ("token", token),
            ])
        })
}
