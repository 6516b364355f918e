use host_prep::facts::{ObserveOptions, observe as observe_facts};
use host_prep::fs::Root;
use host_prep::{Host, NoProgress, observe, plan};
use kubeadm_config::BootstrapToken;

use super::*;

const FULL: &str = "\
apiVersion: k8sprep/v1
role: worker
kubernetesVersion: v1.34.0
crioVersion: 1.33
mirrors: {kubernetesPackages: aliyun, crioPackages: 'https://mirror.example.com/crio', images: daocloud}
pins: {kubernetesPackages: [1234567890123456789012345678901234567890], crioPackages: [54E1000000000000000000000000000000000000]}
imageRepository: k8s.m.daocloud.io
pauseImage: k8s.m.daocloud.io/pause:3.10.1
cgroupDriver: cgroupfs
cgroup: keep
criSocket: /run/crio.sock
swap: off
selinux: enforcing
firewall: open
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: '10.96.0.0/12,fd00::/108', dnsDomain: cluster.local, plugin: calico}
proxy: {httpProxy: 'http://p:1', httpsProxy: 'http://p:2', noProxy: [a, b]}
registryMirrors: {docker.io: [m.example.com, {location: 'i.example.com:5000', insecure: true}]}
sysctls: {vm.max_map_count: 262144}
modules: [ip-vs]
controlPlaneEndpoint: k8s.example.com:6443
advertiseAddress: 192.0.2.10
nodeName: n1
clusterName: c
token: abcdef.0123456789abcdef
kubeadm: {apiServer.certSANs: [a.example.com], nodeRegistration.kubeletExtraArgs.node-ip: 192.0.2.7}
join: {apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, discoveryFile: /d.conf,
  caCertHashes: ['sha256:5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'],
  certificateKey: 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a}
";

fn token() -> BootstrapToken {
    "abcdef.0123456789abcdef".parse().unwrap()
}

fn spec(text: &str) -> NodeSpec {
    NodeSpec::from_yaml(text).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    NodeSpec::from_yaml(text).unwrap_err().0.iter().map(ToString::to_string).collect()
}

fn contradictions(more: &str) -> Vec<String> {
    let spec = spec(&format!("kubernetesVersion: v1.34.0\n{more}"));
    agree(&spec).unwrap_err().0.iter().map(ToString::to_string).collect()
}

fn facts(host: &Host) -> host_prep::facts::Facts {
    observe_facts(host, &ObserveOptions::default())
}

#[test]
fn every_field_is_read_printed_and_in_the_schema() {
    let read = spec(FULL);
    let printed = serde_json::to_value(&read).unwrap();
    assert_eq!(spec(&printed.to_string()), read);
    let schema = schema();
    let listed =
        |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(listed(&schema["properties"]), listed(&printed));
    let parts = [
        ("mirrors", "Mirrors"),
        ("pins", "Pins"),
        ("networking", "Networking"),
        ("proxy", "Proxy"),
        ("join", "Join"),
    ];
    for (field, definition) in parts {
        assert_eq!(listed(&schema["$defs"][definition]["properties"]), listed(&printed[field]));
    }
}

#[test]
fn the_commented_spec_is_a_spec_with_or_without_its_marks() {
    let asked = NodeSpec::new("v1.34.0".parse().unwrap());
    let text = commented(&asked);
    assert_eq!(spec(&text), asked);
    // Every shown field is one: the marks taken off, only the two ways to name an image repository
    // contradict.
    let shown: String = text
        .lines()
        .filter_map(|line| match line.strip_prefix("# ") {
            Some(field) if field.contains(':') && !field.contains(' ') => Some(field),
            Some(field) if field.split_once(": ").is_some_and(|(key, _)| !key.trim_start().contains(' ')) => {
                Some(field)
            }
            Some(_) => None,
            None => Some(line),
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(shown.contains("\npauseImage: "), "{shown}");
    NodeSpec::from_yaml(&shown).unwrap_or_else(|error| panic!("{error}\n{shown}"));
}

#[test]
fn all_problems_are_told_with_their_lines() {
    assert_eq!(
        problems(
            "cgroupdriver: systemd\ncgroupDriver: systemdd\nswap: maybe\nmodules: [a b]\nnetworking: 3\n"
        ),
        [
            "kubernetesVersion: it must be given, such as v1.34.0",
            "line 1, column 1: cgroupdriver: unknown field; it is spelled cgroupDriver",
            "line 2, column 15: cgroupDriver: `systemdd` is not a cgroup manager: write systemd or cgroupfs",
            "line 3, column 7: swap: \"maybe\" is none of off, keep",
            "line 4, column 11: modules[0]: \"a b\" is not the name of a kernel module: use letters, digits, `-` and `_`",
            "line 5, column 13: networking: a map of fields is wanted here, this is a number",
        ]
    );
    assert_eq!(
        problems("kubernetesVersion: v1.34.0\nrole: worker\nrole: worker\n"),
        ["line 3, column 1: role: duplicate key, first set in line 2; remove one"]
    );
    assert!(!problems("a: [").is_empty() && !problems("[1]").is_empty());
}

#[test]
fn versions_are_read_as_written() {
    let read = spec("kubernetesVersion: 1.30.0\ncrioVersion: 1.30\n");
    assert_eq!(read.crio_version.unwrap().minor(), 30);
}

#[test]
fn what_must_agree_follows_from_the_version_and_the_mirror() {
    let agreed = agree(&spec("kubernetesVersion: v1.31.4\n")).unwrap();
    assert_eq!(agreed.pause_image.as_str(), "registry.k8s.io/pause:3.10");
    assert_eq!((agreed.crio.minor(), agreed.cri_endpoint().as_str()), (31, "unix:///var/run/crio/crio.sock"));
    let agreed = agree(&spec("kubernetesVersion: v1.15.1\nmirrors: {images: aliyun}\n")).unwrap();
    assert_eq!(agreed.pause_image.as_str(), "registry.cn-hangzhou.aliyuncs.com/google_containers/pause:3.1");
    assert_eq!(agreed.image_repository, "registry.cn-hangzhou.aliyuncs.com/google_containers");
}

#[test]
fn contradictions_name_both_sides() {
    let told = |more: &str, parts: [&str; 2]| {
        let found = contradictions(more);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(parts.iter().all(|part| found[0].contains(part)), "{found:?}");
    };
    told("crioVersion: '1.35'", ["crioVersion: 1.35", "kubernetesVersion: v1.34.0"]);
    told("crioVersion: '1.31'", ["crioVersion: 1.31", "kubernetesVersion: v1.34.0"]);
    told(
        "imageRepository: r.example.com/k8s\npauseImage: registry.k8s.io/pause:3.10.1",
        ["pauseImage: registry.k8s.io/pause:3.10.1", "imageRepository: r.example.com/k8s"],
    );
    told(
        "imageRepository: r.example.com\nmirrors: {images: nju}",
        ["imageRepository: r.example.com", "mirrors.images: nju"],
    );
    told("criSocket: /run/containerd/containerd.sock", ["criSocket: unix:///run", "containerd"]);
    told(
        "networking: {podSubnet: 10.96.1.0/24}",
        ["networking.podSubnet: 10.96.1.0/24", "serviceSubnet: 10.96.0.0/12"],
    );
    told("sysctls: {net.ipv4.ip_forward: 0}", ["sysctls.net.ipv4.ip_forward: 0", "1"]);
    let pin = "sha256:".to_owned() + &"5a".repeat(32);
    let by_token =
        format!("join: {{apiServerEndpoint: 'a:1', token: abcdef.0123456789abcdef, caCertHashes: ['{pin}']");
    told(
        "join: {discoveryFile: /d, apiServerEndpoint: 'a:1'}",
        ["join.discoveryFile: /d", "apiServerEndpoint: a:1"],
    );
    told(
        "join: {token: abcdef.0123456789abcdef}",
        ["join.discoveryFile: none", "join.apiServerEndpoint: none"],
    );
    told(
        &format!("role: worker\n{by_token}, certificateKey: {}}}", "5a".repeat(32)),
        ["join.certificateKey", "worker"],
    );
    told(&format!("token: abcdef.0123456789abcdef\n{by_token}}}"), ["token: (not shown)", "join: given"]);
    told("mirrors: {crioPackages: tsinghua}", ["mirrors.crioPackages: tsinghua", "crioVersion: v1.34"]);
}

#[test]
fn a_pause_image_of_its_own_is_noted() {
    let agreed = agree(&spec("kubernetesVersion: v1.34.0\npauseImage: r.example.com/pause:1\n")).unwrap();
    assert!(
        agreed.notes[0].contains("r.example.com/pause:1")
            && agreed.notes[0].contains("registry.k8s.io/pause:3.10.1")
    );
}

#[test]
fn subnets_overlap_by_their_shorter_prefix() {
    let subnet = |text: &str| text.parse::<Subnet>().unwrap();
    assert!(subnet("10.0.0.0/8").overlaps(subnet("10.244.0.0/16")));
    assert!(!subnet("10.244.0.0/16").overlaps(subnet("10.245.0.0/16")));
    assert!(subnet("0.0.0.0/0").overlaps(subnet("10.0.0.1/32")));
    assert!(!subnet("0.0.0.0/0").overlaps(subnet("::/0")));
    assert!(
        "10.0.0.0/33".parse::<Subnet>().is_err() && "10.0.0.0/16,10.1.0.0/16".parse::<Subnets>().is_err()
    );
}

/// A spec, applied to a tree, leaves nothing to do, and the files say the same thing.
#[test]
fn applied_to_a_tree_nothing_is_left_to_do() {
    // How it joins contradicts itself in the one that has every field.
    let full = FULL.split_once("token:").unwrap().0;
    for asked in [full, "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.10\nnodeName: n1\n"] {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        std::fs::create_dir_all(dir.path().join("etc/selinux")).unwrap();
        let config = dir.path().join("etc/selinux/config");
        host_prep::fs::write_new(&config, b"SELINUX=permissive\n", host_prep::fs::Mode::PUBLIC).unwrap();
        let recipe = desired(&spec(asked), &facts(&host), token()).unwrap();
        assert!(recipe.notes.iter().all(|note| note.starts_with("firewall: open")), "{:?}", recipe.notes);
        let todo = plan(&recipe.desired, &observe(&host, &recipe.desired));
        assert!(todo.problems().is_empty(), "{:?}", todo.problems());
        host_prep::apply(&host, &recipe.desired, &todo, &Default::default(), &mut NoProgress)
            .map(drop)
            .unwrap();
        let again = desired(&spec(asked), &facts(&host), token()).unwrap();
        let left = plan(&again.desired, &observe(&host, &again.desired));
        assert!(left.is_done(), "{left:?}");
    }
}

#[test]
fn the_files_of_a_control_plane_agree() {
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let asked =
        "kubernetesVersion: v1.34.0\ncgroupDriver: cgroupfs\nadvertiseAddress: 192.0.2.10\nnodeName: n1\n";
    let recipe = desired(&spec(asked), &facts(&host), token()).unwrap();
    let todo = plan(&recipe.desired, &observe(&host, &recipe.desired));
    host_prep::apply(&host, &recipe.desired, &todo, &Default::default(), &mut NoProgress).map(drop).unwrap();
    let text = |path: &str| std::fs::read_to_string(dir.path().join(path)).unwrap();
    assert_eq!(
        text("etc/crio/crio.conf.d/99-k8sprep.conf"),
        "# Written by k8sprep. Settings of your own belong in a file of your own.\n\n[crio.runtime]\n\
         cgroup_manager = \"cgroupfs\"\nconmon_cgroup = \"pod\"\n\n[crio.image]\n\
         pause_image = \"registry.k8s.io/pause:3.10.1\"\n"
    );
    let kubeadm = text("etc/kubernetes/k8sprep/kubeadm.yaml");
    assert!(
        kubeadm.contains("cgroupDriver: cgroupfs\n") && kubeadm.contains("unix:///var/run/crio/crio.sock")
    );
    assert_eq!(token_in(kubeadm.as_bytes()), Some(token()));
    assert!(text("etc/crictl.yaml").contains("runtime-endpoint: unix:///var/run/crio/crio.sock\n"));
}

#[test]
fn a_node_that_joins_has_the_file_for_it() {
    let join = format!(
        "join: {{apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, caCertHashes: ['sha256:{}']}}\n",
        "5a".repeat(32)
    );
    for (role, controls) in [("worker", false), ("control-plane", true)] {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let asked = format!(
            "role: {role}\nkubernetesVersion: v1.34.0\nnodeName: n2\nadvertiseAddress: 192.0.2.2\n{join}"
        );
        let recipe = desired(&spec(&asked), &facts(&host), token()).unwrap();
        assert!(recipe.notes.is_empty(), "{:?}", recipe.notes);
        let todo = plan(&recipe.desired, &observe(&host, &recipe.desired));
        host_prep::apply(&host, &recipe.desired, &todo, &Default::default(), &mut NoProgress)
            .map(drop)
            .unwrap();
        let text = std::fs::read_to_string(dir.path().join("etc/kubernetes/k8sprep/join.yaml")).unwrap();
        assert!(text.contains("kind: JoinConfiguration\n") && text.contains("  name: n2\n"), "{text}");
        assert!(text.contains("criSocket: unix:///var/run/crio/crio.sock\n"), "{text}");
        assert_eq!(text.contains("    advertiseAddress: 192.0.2.2\n"), controls, "{text}");
        assert!(!dir.path().join("etc/kubernetes/k8sprep/kubeadm.yaml").exists());
    }
}

#[test]
fn every_release_gets_a_join_file_that_it_takes() {
    let pin = "5a".repeat(32);
    let ways = [
        format!(
            "join: {{apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, caCertHashes: ['sha256:{pin}']}}"
        ),
        "join: {discoveryFile: /etc/kubernetes/discovery.conf}".to_owned(),
    ];
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    for minor in 14..=37 {
        for (way, role) in ways.iter().flat_map(|way| ["worker", "control-plane"].map(|role| (way, role))) {
            let asked = format!(
                "role: {role}\nkubernetesVersion: v1.{minor}.0\nnodeName: n2\nadvertiseAddress: 192.0.2.2\n{way}\n"
            );
            let recipe = desired(&spec(&asked), &facts(&host), token()).unwrap();
            assert!(recipe.notes.is_empty(), "v1.{minor}: {:?}", recipe.notes);
        }
    }
}

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
        "registryMirrors: {\"m@\": [m]}",
        "registryMirrors: {m: [{location: \"m@\"}]}",
        "registryMirrors: {m: [{location: m, ca: \"@\"}]}",
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
    let pem = include_str!("../../../kubeadm-config/tests/data/ca-p256.crt");
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
    let pem = include_str!("../../../kubeadm-config/tests/data/ca-p256.crt");
    let ca = serde_json::to_string(pem).unwrap();
    assert!(of("{insecure: true}").contains("location must be given"));
    assert!(of(&format!("{{location: m, insecure: true, ca: {ca}}}")).contains("contradict"));
    assert!(of(&format!("{{location: ../x, ca: {ca}}}")).contains("`../x` is not a valid registry"));
    assert!(of("{location: m, ca: x}").contains("certificates in PEM"));
    let key = serde_json::to_string(&pem.replace("CERTIFICATE", "PRIVATE KEY")).unwrap();
    assert!(of(&format!("{{location: m, ca: {key}}}")).contains("it holds something else"));
    assert!(of("{location: m, insecure: maybe}").contains("insecure"));
    assert!(of("{location: m, other: 1}").contains("known fields: location, insecure, ca"));
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

/// The installed control plane of newcomer A2, but of the spec's own minor.
fn control_plane(version: &str) -> (tempfile::TempDir, Host) {
    let dir = tempfile::tempdir().unwrap();
    let pod = format!(
        "kind: Pod\nmetadata: {{name: kube-apiserver}}\nspec: {{containers: [{{image: 'registry.k8s.io/kube-apiserver:{version}'}}]}}\n"
    );
    let files = [
        ("etc/kubernetes/admin.conf", "a"),
        (
            "etc/kubernetes/kubelet.conf",
            "client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem",
        ),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", pod.as_str()),
        ("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n"),
    ];
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PUBLIC).unwrap();
    }
    let host = Host::offline(Root::open(dir.path()).unwrap());
    (dir, host)
}

/// newcomer A2: a file for `kubeadm init` was planned on a control plane that kubeadm had made.
#[test]
fn no_file_for_init_is_planned_on_a_control_plane() {
    let (_dir, host) = control_plane("v1.34.0");
    let asked = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.10\nnodeName: n1\n";
    let text = |asked: &str| {
        let spec = spec(asked);
        kubeadm::documents(&spec, &agree(&spec).unwrap(), &kubeadm::host(&spec, &facts(&host)), token())
            .unwrap()
            .into_bytes()
    };
    let problem = |asked: &str, written: Option<Vec<u8>>| {
        let standing = host_prep::cluster::standing(&host).unwrap();
        let documents = Documents::Read { standing, written };
        let recipe = desired_of(&spec(asked), &facts(&host), documents).unwrap();
        let plan = plan(&recipe.desired, &observe(&host, &recipe.desired));
        assert!(!plan.steps().iter().any(|step| step.resource == "kubeadm"), "{plan:?}");
        plan.problems().first().map(|problem| (problem.code, problem.what.clone(), problem.hint.clone()))
    };
    let (code, what, hint) = problem(asked, None).unwrap();
    assert_eq!(code, Some("kubeadm-config-after-init"));
    assert!(what.contains("a control plane already") && hint.contains("kubeadm: leave"), "{what} {hint}");
    assert_eq!(problem(&format!("{asked}kubeadm: leave\n"), None), None);
    // What it was made with, and the same after `kubeadm upgrade apply`.
    assert_eq!(problem(asked, Some(text(asked))), None);
    assert_eq!(problem(&asked.replace("34.0", "34.2"), Some(text(asked))), None);
    let other = format!("{asked}networking: {{podSubnet: 10.1.0.0/16}}\n");
    let (_, what, hint) = problem(&other, Some(text(asked))).unwrap();
    assert!(what.contains("podSubnet: 10.1.0.0/16 (it was not there)"), "{what}");
    let order = ["edit configmap kubeadm-config", "kubeadm upgrade apply v1.34.0", "kubeadm upgrade node"];
    assert!(order.iter().map(|words| hint.find(words).unwrap()).is_sorted(), "{hint}");
    let (_, what, _) = problem(asked, Some(text(&other))).unwrap();
    assert!(what.contains("no podSubnet: 10.1.0.0/16 (it was there)"), "{what}");
}

#[test]
fn cgroup_v1_is_a_problem_from_the_minor_that_exits_on_it() {
    let said = |asked: &str, mount: &str, config: Option<&str>| {
        let dir = tempfile::tempdir().unwrap();
        let mut files = vec![("proc/mounts", format!("{mount} /sys/fs/cgroup {mount} rw 0 0\n"))];
        files.extend(config.map(|text| ("var/lib/kubelet/config.yaml", text.to_owned())));
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PUBLIC).unwrap();
        }
        let host = Host::with_commands(
            Root::open(dir.path()).unwrap(),
            std::sync::Arc::new(host_prep::SystemCommands::default()),
        );
        let asked = format!("advertiseAddress: 192.0.2.10\nnodeName: n1\n{asked}");
        let recipe = desired(&spec(&asked), &facts(&host), token()).unwrap();
        let plan = plan(&recipe.desired, &observe(&host, &recipe.desired));
        let found = plan.problems().iter().find(|problem| problem.code == Some("cgroup-hierarchy-legacy"));
        found.map(|problem| problem.hint.clone())
    };
    let hint = said("kubernetesVersion: v1.35.0", "tmpfs", None).unwrap();
    for words in [
        "systemd.unified_cgroup_hierarchy=1",
        "reboot",
        "cgroup: keep",
        "failCgroupV1: false",
        "SystemVerification",
    ] {
        assert!(hint.contains(words), "{hint}");
    }
    assert_eq!(said("kubernetesVersion: v1.34.0", "tmpfs", None), None);
    assert_eq!(said("kubernetesVersion: v1.35.0", "cgroup2", None), None);
    assert_eq!(said("kubernetesVersion: v1.35.0\ncgroup: keep", "tmpfs", None), None);
    assert_eq!(said("kubernetesVersion: v1.35.0", "tmpfs", Some("failCgroupV1: false\n")), None);
}

#[test]
fn a_host_that_stays_on_cgroup_v1_has_it_written_where_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let pin = "5a".repeat(32);
    let text = |version: &str, more: &str| {
        let spec = spec(&format!(
            "kubernetesVersion: {version}\nadvertiseAddress: 192.0.2.10\nnodeName: n1\ncgroup: keep\n{more}"
        ));
        let agreed = agree(&spec).unwrap();
        match &spec.join {
            Some(join) => join::document(&spec, join, &agreed, &kubeadm::host(&spec, &facts(&host))).unwrap(),
            None => {
                kubeadm::documents(&spec, &agreed, &kubeadm::host(&spec, &facts(&host)), token()).unwrap()
            }
        }
    };
    let init = text("v1.35.0", "");
    assert!(init.contains("failCgroupV1: false\n") && init.contains("- SystemVerification\n"), "{init}");
    let old = text("v1.34.0", "");
    assert!(!old.contains("failCgroupV1: false") && !old.contains("SystemVerification"), "{old}");
    let join = text(
        "v1.35.0",
        &format!(
            "role: worker\njoin: {{apiServerEndpoint: '192.0.2.1:6443', token: abcdef.0123456789abcdef, caCertHashes: ['sha256:{pin}']}}\n"
        ),
    );
    assert!(join.contains("- SystemVerification\n"), "{join}");
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
    for bad in
        ["https://m.io", "docker.io/#[x]", "m.io/%n", "x]", "../../etc/x", "u:p@m.io/y", "[::1", "m.io:x"]
    {
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
