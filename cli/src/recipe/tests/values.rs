//! Values of a spec: what is refused, what is not shown, and what files are made of them.

use super::*;

/// breaker 3: a unit file and `sysctl.d` have no escape for a line end.
#[test]
fn no_value_of_a_spec_writes_a_line_of_its_own() {
    let fields = [
        "proxy: {httpProxy: \"http://x@\"}",
        "proxy: {httpsProxy: \"http://x@\"}",
        "proxy: {noProxy: [\"x@\"]}",
        "sysctls: {net.core.somaxconn: \"1@\"}",
        "sysctls: {\"net.core@.somaxconn\": 1}",
        "modules: [\"x@\"]",
        "registryMirrors: {docker.io: [\"m@\"]}",
        "registryMirrors: {\"m@\": [m.io]}",
        "registryMirrors: {m.io: [{location: \"m@\"}]}",
        "registryMirrors: {m.io: [{location: n.io, ca: \"@\"}]}",
        "controlPlaneEndpoint: \"x@\"",
        "nodeName: \"x@\"",
        "clusterName: \"x@\"",
        "criSocket: \"/run/x@.sock\"",
        "imageRepository: \"x@\"",
        "pauseImage: \"x@\"",
        "crioVersion: \"1.34@\"",
        "cgroupDriver: \"systemd@\"",
        "role: \"worker@\"",
        "networking: {dnsDomain: \"x@\"}",
        "networking: {plugin: \"x@\"}",
        "networking: {podSubnet: \"10.0.0.0/8@\"}",
        "mirrors: {kubernetesPackages: \"http://x@\"}",
        "mirrors: {crioPackages: \"http://x@\"}",
        "token: \"abcdef.0123456789abcdef@\"",
        "join: {discoveryFile: \"/x@\"}",
        "join: {apiServerEndpoint: \"x:1@\"}",
        "join: {certificateKey: \"@\"}",
    ];
    let mut wrong = Vec::new();
    for field in fields {
        for hostile in ["\\nExecStartPre=/x\\n#", "\\r", "\\e[2J", "\\u202e", "\\u009b", "\\x7f"] {
            let text = format!("kubernetesVersion: v1.34.0\n{}\n", field.replace('@', hostile));
            match NodeSpec::from_yaml(&text).map_err(|problems| problems.to_string()) {
                Err(told) if told.starts_with("line 2, column ") => {}
                other => wrong.push((text, other.map(drop))),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Walk n3: `crio check` advised against what the recipe had written itself.
#[test]
fn our_own_drop_in_draws_no_advice_of_our_own_check() {
    for minor in [24, 28, 31, 34, 37] {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let asked = format!("kubernetesVersion: v1.{minor}.0\nadvertiseAddress: 192.0.2.10\nnodeName: n1\n");
        let recipe = desired(&spec(&asked), &facts(&host), token()).unwrap();
        let todo = plan(&recipe.desired, &observe(&host, &recipe.desired));
        host_prep::apply(&host, &recipe.desired, &todo, &Default::default(), &mut NoProgress)
            .map(drop)
            .unwrap();
        let path = "/etc/crio/crio.conf.d/99-k8sprep.conf";
        let text = std::fs::read(dir.path().join(path.trim_start_matches('/'))).unwrap();
        let sources = crio_config::Sources::new().with_drop_in(path, Ok(text));
        let report = crio_config::check(&sources, recipe.agreed.crio, &crio_config::CheckOptions::default());
        assert!(report.remarks.is_empty(), "1.{minor}: {report:?}");
    }
}

/// walk M11: registries of closed networks.
#[test]
fn a_registry_by_plain_http_or_with_a_ca_of_its_own() {
    let pem = include_str!("../../../../kubeadm-config/tests/data/ca-p256.crt");
    let block: String = pem.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "kubernetesVersion: v1.34.0\nregistryMirrors:\n  registry.k8s.io:\n  - 192.0.2.1:5000/k8s\n  \
         - {{location: 192.0.2.1:5001/k8s, insecure: true}}\n  - location: 192.0.2.1:5002/k8s\n    ca: |\n{block}  \
         docker.io:\n  - location: 192.0.2.1:5002/hub\n    ca: |\n{block}"
    );
    let asked = spec(&text);
    assert_eq!(spec(&serde_json::to_string(&asked).unwrap()), asked);
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let desired = desired(&asked, &facts(&host), token()).unwrap().desired;
    let todo = plan(&desired, &observe(&host, &desired));
    let written = |path: &str| {
        let found = todo.steps().iter().find_map(|step| match &step.change {
            host_prep::Change::File(file) if file.path.to_str() == Some(path) => file.after.bytes(),
            _ => None,
        });
        String::from_utf8(found.unwrap_or_else(|| panic!("no {path}")).to_vec()).unwrap()
    };
    assert_eq!(written("/etc/containers/certs.d/192.0.2.1:5002/ca.crt"), pem);
    let registries = written("/etc/containers/registries.conf.d/50-k8sprep.conf");
    let places: Vec<_> = registries.split("[[registry.mirror]]").collect();
    let insecure: Vec<_> = places.iter().map(|place| place.contains("\ninsecure = true\n")).collect();
    assert_eq!(insecure, [false, false, false, true, false], "{registries}");
}

#[test]
fn what_is_no_mirror_of_a_registry_is_told() {
    let of = |mirror: &str| {
        let text = format!("kubernetesVersion: v1.34.0\nregistryMirrors: {{docker.io: [{mirror}]}}\n");
        problems(&text).join("\n")
    };
    let pem = include_str!("../../../../kubeadm-config/tests/data/ca-p256.crt");
    let ca = serde_json::to_string(pem).unwrap();
    assert!(of("{insecure: true}").contains("location must be given"));
    assert!(of(&format!("{{location: m.io, insecure: true, ca: {ca}}}")).contains("contradict"));
    assert!(of(&format!("{{location: ../x, ca: {ca}}}")).contains("`../x` is not a valid registry"));
    assert!(of("{location: m.io, ca: x}").contains("certificates in PEM"));
    let key = serde_json::to_string(&pem.replace("CERTIFICATE", "PRIVATE KEY")).unwrap();
    assert!(of(&format!("{{location: m.io, ca: {key}}}")).contains("it holds something else"));
    assert!(of("{location: m.io, insecure: maybe}").contains("insecure"));
    assert!(of("{location: m.io, other: 1}").contains("known fields: location, insecure, ca"));
}

/// breaker 11: whoever may log in reads what is 0644.
#[test]
fn a_proxy_with_a_password_is_written_for_root_alone() {
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let modes = |more: &str| -> Vec<u32> {
        let desired = desired(&spec(&format!("kubernetesVersion: v1.34.0\n{more}")), &facts(&host), token());
        let desired = desired.unwrap().desired;
        let todo = plan(&desired, &observe(&host, &desired));
        let files = todo.steps().iter().filter_map(|step| match &step.change {
            host_prep::Change::File(file) if file.path.ends_with("k8sprep-proxy.conf") => Some(&file.after),
            _ => None,
        });
        files
            .map(|after| if let host_prep::Node::File { mode, .. } = after { mode.bits() } else { 0 })
            .collect()
    };
    assert_eq!(modes("proxy: {httpProxy: 'http://u:secret@p:1'}"), [0o600, 0o600]);
    assert_eq!(modes("proxy: {httpsProxy: 'http://token@p:1'}"), [0o600, 0o600]);
    assert_eq!(modes("proxy: {httpsProxy: 'http://p:1'}"), [0o644, 0o644]);
}

/// The whole of a spec's text with secrets in places that nobody meant, and what a program says of
/// it.
#[test]
fn what_is_wrong_with_a_spec_is_told_without_its_secrets() {
    let specs = [
        "join: {token: abcdef.5ecr000000000000, apiServerEndpoint: 'bad x'}\n",
        "token: 'abcdef.5ecr0000000000000'\n",
        "join: {certificateKey: 's5ecr'}\n",
        "proxy: {httpProxy: 'u:s5ecrX@h:1'}\n",
        "proxy: {httpProxy: 'http://u:s5ecr Sp@h'}\n",
        "proxy: {httpsProxy: 'http://u:s5ecr\"@h'}\n",
        "proxy: {noProxy: ['http://a:s5ecr no@h']}\n",
        "mirrors: {kubernetesPackages: 'u:s5ecrM@h'}\n",
        "mirrors: {crioPackages: 'http://u:s5ecr x@h'}\n",
        "imageRepository: 'u:s5ecrI@h'\n",
        "controlPlaneEndpoint: 'https://u:s5ecrC @h'\n",
        "registryMirrors: {'http://u:s5ecr@h': [m.io]}\n",
        "registryMirrors: {'u:s5ecr@h/x': ['a b']}\n",
        "registryMirrors: {docker.io: ['u:s5ecr@h']}\n",
        "'u:s5ecr@h': 1\n",
        "{'u:s5ecr@h': 1, 'u:s5ecr@h': 2}\n",
    ];
    for spec in specs {
        let text = if spec.starts_with('{') {
            spec.to_owned()
        } else {
            format!("kubernetesVersion: v1.34.0\n{spec}")
        };
        let problems = NodeSpec::from_yaml(&text).unwrap_err().to_string();
        assert!(!problems.contains("5ecr"), "{problems}");
    }
}

/// What `crio registries --check` would hold against a file is not taken into a spec.
#[test]
fn a_mirror_is_a_place_and_no_url() {
    for bad in [
        "https://m.io",
        "docker.io/#[x]",
        "m.io/%n",
        "x]",
        "../../etc/x",
        "u:p@m.io/y",
        "[::1",
        "m.io:x",
        "m",
        "m/x",
        "m.io:65536",
    ] {
        let spec = format!("kubernetesVersion: v1.34.0\nregistryMirrors: {{docker.io: ['{bad}']}}\n");
        assert!(NodeSpec::from_yaml(&spec).is_err(), "{bad}");
    }
    for good in ["m.io", "m.io:5000/a/b_c", "[2001:db8::1]:5000", "localhost", "192.0.2.7:5000/k8s"] {
        let spec = format!("kubernetesVersion: v1.34.0\nregistryMirrors: {{docker.io: ['{good}']}}\n");
        assert!(NodeSpec::from_yaml(&spec).is_ok(), "{good}");
    }
}

#[test]
fn values_of_kubeadm_go_into_its_documents_by_their_paths() {
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let written = |values: &str| {
        let spec = spec(&format!(
            "apiVersion: k8sprep/v1\nkubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7\nkubeadm:\n{values}"
        ));
        let around = kubeadm::host(&spec, &facts(&host));
        kubeadm::documents(&spec, &agree(&spec).unwrap(), &around, token())
    };
    let text = written(
        "  apiServer.certSANs:\n  - k8s.example.com\n  nodeRegistration.kubeletExtraArgs.node-ip: 192.0.2.7\n  \
         etcd.external: {endpoints: ['https://192.0.2.9:2379']}\n  KubeletConfiguration.maxPods: 200\n",
    )
    .unwrap();
    for wanted in ["- k8s.example.com", "name: node-ip", "https://192.0.2.9:2379", "maxPods: 200"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(written("  networking.podSubnt: x\n").unwrap_err().contains("networking.podSubnet"));
    assert_eq!(
        problems("apiVersion: k8sprep/v2\nkubernetesVersion: v1.34.0\nkubeadm: 3\n"),
        [
            "line 1, column 13: apiVersion: \"k8sprep/v2\" is none of k8sprep/v1",
            "line 3, column 10: kubeadm: write, leave or a map of values by their paths is wanted here, as `gen-config --set` takes them",
        ]
    );
    assert!(problems("kubernetesVersion: v1.34.0\nkubeadm: {'a[': 1}\n")[0].contains("is not a path"));
}

#[test]
fn a_spec_is_part_of_other_documents_by_serde() {
    let text = "kubernetesVersion: v1.34.2\nrole: worker\nsysctls: {vm.swappiness: \"10\"}\n\
                join: {apiServerEndpoint: \"lb:6443\", token: abcdef.0123456789abcdef}\n";
    let asked = NodeSpec::from_yaml(text).unwrap();
    let json = serde_json::to_value(&asked).unwrap();
    assert_eq!(serde_json::from_value::<NodeSpec>(json.clone()).unwrap(), asked);
    let mut wrong = json;
    wrong["rol"] = "worker".into();
    wrong["join"]["token"] = "abcdef".into();
    let error = serde_json::from_value::<NodeSpec>(wrong).unwrap_err().to_string();
    assert!(error.contains("rol: unknown field; did you mean role?"), "{error}");
    assert!(error.contains("join.token: ") && !error.contains("line "), "{error}");
}

#[test]
fn a_value_that_a_field_decides_otherwise_is_a_contradiction() {
    let of = |text: &str| {
        let spec = NodeSpec::from_yaml(&format!("kubernetesVersion: v1.34.0\n{text}")).unwrap();
        match agree(&spec) {
            Ok(_) => Vec::new(),
            Err(found) => found.0.into_iter().map(|one| (one.one.0, one.other.0)).collect::<Vec<_>>(),
        }
    };
    let named = |path: &str, field: &str| vec![(format!("kubeadm.{path}"), field.to_owned())];
    for (value, path, field) in [
        ("kubernetesVersion: v1.33.0", "kubernetesVersion", "kubernetesVersion"),
        (
            "ClusterConfiguration.kubernetesVersion: stable",
            "ClusterConfiguration.kubernetesVersion",
            "kubernetesVersion",
        ),
        (
            "nodeRegistration.criSocket: unix:///run/containerd/containerd.sock",
            "nodeRegistration.criSocket",
            "criSocket",
        ),
        ("KubeletConfiguration.cgroupDriver: cgroupfs", "KubeletConfiguration.cgroupDriver", "cgroupDriver"),
        ("imageRepository: r.example/k8s", "imageRepository", "imageRepository"),
    ] {
        assert_eq!(of(&format!("kubeadm: {{{value}}}\n")), named(path, field), "{value}");
    }
    let pods = "networking: {podSubnet: 10.244.0.0/16}\nkubeadm: {networking.podSubnet: 10.9.0.0/16}\n";
    assert_eq!(of(pods), named("networking.podSubnet", "networking.podSubnet"));
    let whole = "networking: {podSubnet: 10.244.0.0/16}\nkubeadm: {networking: {podSubnet: 10.9.0.0/16}}\n";
    assert_eq!(of(whole), named("networking.podSubnet", "networking.podSubnet"));
    // The same said twice, or what no field says.
    for fine in [
        "kubeadm: {kubernetesVersion: 1.34.0}\n",
        "kubeadm: {nodeRegistration.criSocket: unix:///run/crio/crio.sock}\n",
        "kubeadm: {networking.podSubnet: 10.9.0.0/16, nodeRegistration.name: n7, KubeletConfiguration.maxPods: 9}\n",
    ] {
        assert_eq!(of(fine), [], "{fine}");
    }
}
