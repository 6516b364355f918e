//! What ends, held against the judges of the same tables: what they take in one minor and refuse in the
//! next one is what ends there, and nothing else is.

use super::*;
use crate::component::Component;
use crate::kubelet::Kubelet;

fn lines(text: &str, to: u64) -> Vec<(String, u64, Effect)> {
    let found = of_command_lines(text.as_bytes(), Minor::new(to)).endings;
    found.into_iter().map(|one| (one.what, one.ends.number(), one.effect)).collect()
}

fn documents(text: &str, to: u64) -> Vec<(String, u64, Effect, u32)> {
    let found = of_documents(text.as_bytes(), Minor::new(to));
    assert_eq!(found.unread, []);
    let line = |one: &Ending| one.place.map_or(0, |place| place.line);
    found.endings.iter().map(|one| (one.what.clone(), one.ends.number(), one.effect, line(one))).collect()
}

const CONFIG: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

/// Each minor's component says `unknown flag` from the minor on that is told here, and not before.
#[test]
fn flags_of_components_end_where_the_component_refuses_them() {
    for component in Component::ALL {
        let mut ended = 0;
        for name in component.flag_names() {
            let Some(ends) = component.flag_gone_since(name) else { continue };
            let file = format!("ExecStart=/usr/bin/{} --{name}=x\n", component.name());
            let told = |to: u64| of_command_lines(file.as_bytes(), Minor::new(to)).endings;
            assert!(told(ends.number() - 1).is_empty(), "{name}");
            let found = told(ends.number());
            assert_eq!((found[0].what.as_str(), found[0].ends), (format!("--{name}").as_str(), ends));
            assert_eq!((found[0].program, found[0].code), (component.name(), Code::ComponentFlagEnds));
            let refused = component.refuses(ends, [(name, "x")]);
            assert!(refused[0].text.contains(&format!("unknown flag: --{name}")), "{refused:?}");
            ended += 1;
        }
        assert!(ended > 10, "{}", component.name());
    }
}

/// A kubelet refuses a gate with the words that are told, from that minor on.
#[test]
fn gates_end_where_the_kubelet_refuses_them() {
    let mut ended = 0;
    for (name, on) in crate::kubelet::gate_names().flat_map(|name| [(name, true), (name, false)]) {
        let file = format!("{CONFIG}featureGates:\n  {name}: {on}\n");
        for to in *Kubelet::MINORS.start() + 1..=*Kubelet::MINORS.end() {
            let refused = |minor| Kubelet::of(Minor::new(minor)).judge_file(file.as_bytes()).refusal;
            let found = of_documents(file.as_bytes(), Minor::new(to)).endings;
            let ends_now = found.iter().any(|one| one.ends.number() == to);
            let (before, now) = (refused(to - 1), refused(to));
            let told = format!("{name}={on} to 1.{to}: {found:?} {before:?} {now:?}");
            match before {
                None => assert_eq!(ends_now, now.is_some(), "{told}"),
                // One that no minor took alone, because of what it needs, goes all the same.
                Some(before) => {
                    let unmet = before.message().contains("but depends on");
                    let came_locked = now.as_ref().is_some_and(|now| now.message().contains("is locked to"));
                    assert!(!ends_now || ((unmet || came_locked) && now.is_some()), "{told}");
                }
            }
            ended += usize::from(ends_now);
        }
    }
    assert!(ended > 100, "{ended}");
}

#[test]
fn a_flag_in_an_environment_file_has_its_column() {
    let file = "# --network-plugin=cni\nKUBELET_EXTRA_ARGS=\"--v=2 --network-plugin=cni\" # x\n\
                Environment=\"A=--feature-gates=SidecarContainers=true,SELinuxMount=true\"\n";
    let found = of_command_lines(file.as_bytes(), Minor::new(37)).endings;
    let told: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.place.unwrap().to_string())).collect();
    assert_eq!(told, [("--network-plugin", "2:27".into()), ("SidecarContainers=true", "3:16".into())]);
    assert_eq!(found[0].effect, Effect::Same);
}

#[test]
fn what_a_flag_said_decides_whether_something_changes() {
    let of = |word: &str| lines(&format!("A=\"{word}\"\n"), 37);
    let flag = |what: &str, ends, effect| vec![(what.to_owned(), ends, effect)];
    assert_eq!(of("--container-runtime=remote"), flag("--container-runtime", 27, Effect::Same));
    assert_eq!(of("--logtostderr"), flag("--logtostderr", 26, Effect::Same));
    assert_eq!(of("--logtostderr=false"), flag("--logtostderr", 26, Effect::Changes));
    assert_eq!(
        of("--keep_terminated_pod_volumes false"),
        flag("--keep-terminated-pod-volumes", 31, Effect::Same)
    );
    assert_eq!(of("--machine-id-file=/x"), flag("--machine-id-file", 37, Effect::Unclear));
    let docker = of("--container-runtime=docker");
    assert_eq!(docker[1], ("--container-runtime=docker".to_owned(), 24, Effect::Changes));
    assert_eq!(of("--node-ip=192.0.2.1 --max-pods=5 --no-such-flag=1"), []);
}

#[test]
fn a_gate_that_was_its_default_changes_nothing() {
    let gates = "featureGates:\n  SidecarContainers: true\n  AppArmor: false\n";
    let of = |to| documents(&format!("{CONFIG}{gates}"), to);
    assert_eq!(of(30), []);
    assert_eq!(of(31), [("AppArmor=false".to_owned(), 31, Effect::Changes, 5)]);
    assert_eq!(of(37)[0], ("SidecarContainers=true".to_owned(), 37, Effect::Same, 4));
}

#[test]
fn a_gate_that_others_need_ends_with_1_35() {
    let all = "featureGates:\n  GracefulNodeShutdown: false\n  GracefulNodeShutdownBasedOnPodPriority: false\n  \
               WindowsGracefulNodeShutdown: false\n";
    let alone = "featureGates:\n  GracefulNodeShutdown: false\n";
    let of = |gates: &str| documents(&format!("{CONFIG}{gates}"), 35);
    assert_eq!(of(alone), [("GracefulNodeShutdown=false".to_owned(), 35, Effect::Changes, 4)]);
    assert_eq!(of(all), []);
}

const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nfeatureGates:\n  \
    EtcdLearnerMode: true\napiServer:\n  extraArgs:\n    cloud-provider: external\n    \
    enable-admission-plugins: NodeRestriction,SecurityContextDeny\netcd:\n  local:\n    extraArgs:\n      \
    experimental-corrupt-check-time: 1m\n";

#[test]
fn a_cluster_configuration_is_read_whole() {
    let told: Vec<_> = documents(CLUSTER, 37);
    assert_eq!(
        told,
        [
            ("kubeadm.k8s.io/v1beta3".to_owned(), 37, Effect::Same, 1),
            ("EtcdLearnerMode=true".to_owned(), 33, Effect::Same, 4),
            ("--cloud-provider".to_owned(), 33, Effect::Same, 7),
            ("--enable-admission-plugins=SecurityContextDeny".to_owned(), 31, Effect::Changes, 8),
            ("--experimental-corrupt-check-time".to_owned(), 37, Effect::Changes, 12),
        ]
    );
    let found = of_documents(CLUSTER.as_bytes(), Minor::new(37));
    assert_eq!(found.endings[4].instead.as_deref(), Some("--corrupt-check-time"));
    assert_eq!(found.endings[2].field, "apiServer.extraArgs.cloud-provider");
}

#[test]
fn extra_args_may_be_a_list() {
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration:\n  \
                kubeletExtraArgs:\n  - name: pod-infra-container-image\n    value: x\n";
    assert_eq!(documents(file, 34), []);
    assert_eq!(documents(file, 35), [("--pod-infra-container-image".to_owned(), 35, Effect::Same, 5)]);
}

#[test]
fn a_static_pod_and_a_config_map_are_read_at_their_lines() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-scheduler}\nspec:\n  containers:\n  - command:\n    \
               - kube-scheduler\n    - --port=0\n    - --feature-gates=NodeSwap=false\n";
    assert_eq!(
        documents(pod, 34),
        [("--port".to_owned(), 24, Effect::Same, 8), ("NodeSwap=false".to_owned(), 34, Effect::Changes, 9)]
    );
    let map = map_of("ClusterConfiguration", CLUSTER);
    let found = of_documents(map.as_bytes(), Minor::new(33)).endings;
    let told: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.place.unwrap().to_string())).collect();
    assert_eq!(told[0], ("EtcdLearnerMode=true", "8:7".to_owned()));
    assert_eq!(found[0].field, "data.ClusterConfiguration: featureGates.EtcdLearnerMode");
}

fn map_of(key: &str, text: &str) -> String {
    let indented: String = text.lines().map(|line| format!("    {line}\n")).collect();
    format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  {key}: |\n{indented}")
}

/// What could not be read: the line, and a part of the reason.
fn unread(file: &str) -> Vec<(u32, String)> {
    let found = of_documents(file.as_bytes(), Minor::new(37));
    found.unread.into_iter().map(|(place, why)| (place.map_or(0, |place| place.line), why)).collect()
}

#[test]
fn what_is_broken_within_a_config_map_or_a_list_is_named() {
    let broken = map_of("kubelet", "apiVersion: kubelet.config.k8s.io/v1beta1\nfeatureGates: [\n");
    let [(7, why)] = &unread(&broken)[..] else { panic!("{:?}", unread(&broken)) };
    assert!(why.starts_with("data.kubelet: yaml: "), "{why}");
    let nested: String = broken.lines().map(|line| format!("  {line}\n")).collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", nested.trim_start());
    assert_eq!(unread(&list)[0].0, 10, "{list}");
    // Broken so that not even its kind is left, under the key that kubeadm reads.
    let kept = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubeadm-config}\ndata: {ClusterConfiguration: '{'}\n";
    assert_eq!(unread(kept).len(), 1);
    // What others keep in theirs is nobody's business.
    assert_eq!(unread(&map_of("prometheus.yml", "kind: [\n")), []);
}

#[test]
fn a_gate_that_is_no_truth_value_is_not_taken_for_well() {
    let of = |gates: &str| unread(&format!("{CONFIG}featureGates: {gates}\n"));
    assert!(of("{NodeSwap: \"true\"}")[0].1.contains("featureGates.NodeSwap is set to \"true\""));
    assert!(of("[NodeSwap=true]")[0].1.contains("is a list"));
    assert_eq!((of("{NodeSwap: yes}"), of("{}"), of("")), (vec![], vec![], vec![]));
    let flags = of_command_lines(b"A=\"--feature-gates=NodeSwap=maybe,AppArmor=true,X\"\n", Minor::new(37));
    let why: Vec<&str> = flags.unread.iter().map(|(_, why)| why.as_str()).collect();
    assert!(why[0].contains("NodeSwap is set to maybe") && why[1].contains("X is set to nothing"), "{why:?}");
    assert_eq!((flags.endings.len(), flags.unread[0].0.unwrap().column), (1, 4));
    let args = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs:\n  \
                - {name: feature-gates, value: NodeSwap}\n";
    assert_eq!(unread(args)[0].0, 5);
}

/// A document of a known kind that is not of its form says nothing that could be told.
#[test]
fn what_is_of_another_form_is_not_taken_for_well() {
    let pod = |spec: &str| unread(&format!("apiVersion: v1\nkind: Pod\nspec: {spec}\n")).len();
    assert_eq!((pod("{containers: oops}"), pod("{}"), pod("{containers: []}")), (1, 1, 0));
    assert_eq!(
        pod("{containers: [{command: kube-scheduler --port=0}, {args: [{a: b}]}, {command: null}]}"),
        2
    );
    let cluster =
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {extraArgs: --port=0}\n";
    assert_eq!(unread(cluster)[0].0, 3);
}

#[test]
fn a_gate_that_came_locked_was_never_taken() {
    let of = |on: bool, to| {
        documents(&format!("{CONFIG}featureGates: {{ProbeHostPodSecurityStandards: {on}}}\n"), to)
    };
    assert_eq!((of(false, 33), of(true, 34)), (vec![], vec![]));
    assert_eq!(of(false, 34), [("ProbeHostPodSecurityStandards=false".to_owned(), 34, Effect::Changes, 3)]);
    assert_eq!(of(true, 35), [("ProbeHostPodSecurityStandards=true".to_owned(), 35, Effect::Same, 3)]);
}

#[test]
fn a_static_pod_is_known_by_its_image_and_through_what_starts_it() {
    let pod = |container: &str| {
        let file = format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {container}\n");
        documents(&file, 34).into_iter().map(|(what, ends, ..)| (what, ends)).collect::<Vec<_>>()
    };
    let port = vec![("--port".to_owned(), 24)];
    for container in [
        "{image: 'registry.k8s.io/kube-scheduler:v1.33.0', args: [--port=0]}",
        "{name: kube-scheduler, image: 'mine/scheduler:1', args: [--port=0]}",
        "{image: 'localhost:5000/kube-scheduler-amd64@sha256:aa', args: [--port, '0']}",
        "{command: [/bin/sh, -c, 'exec kube-scheduler --port=0 --v=2']}",
        "{command: [/go-runner, --log-file=/l, /usr/local/bin/kube-scheduler], args: [--port=0]}",
    ] {
        assert_eq!(pod(container), port, "{container}");
    }
    assert_eq!(pod("{image: kube-scheduler, command: [other], args: [--port=0]}"), []);
    assert_eq!(pod("{image: other, args: ['http://localhost/kube-scheduler', --port=0]}"), []);
}

#[test]
fn kube_proxy_has_no_userspace_from_1_26_on() {
    let proxy = |mode: &str| {
        format!("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: {mode}\n")
    };
    assert_eq!(documents(&proxy("userspace"), 25), []);
    assert_eq!(documents(&proxy("userspace"), 26), [("mode=userspace".to_owned(), 26, Effect::Changes, 3)]);
    assert_eq!(documents(&proxy("ipvs"), 37), []);
    let flag = lines("ExecStart=/usr/bin/kube-proxy --proxy-mode=userspace\n", 26);
    assert_eq!(flag, [("--proxy-mode=userspace".to_owned(), 26, Effect::Changes)]);
}

/// `kubeadm upgrade apply` reads what the one before it wrote, and writes its own version.
#[test]
fn what_kubeadm_keeps_in_the_cluster_ends_by_what_is_in_it_alone() {
    let map = map_of("ClusterConfiguration", CLUSTER);
    let found = of_documents(map.as_bytes(), Minor::new(37)).endings;
    assert!(!found.iter().any(|one| one.code == Code::ApiVersionEnds), "{found:?}");
    let gate = found.iter().find(|one| one.what == "EtcdLearnerMode=true").unwrap();
    assert!(!gate.stops && gate.text.contains("passes over it"), "{gate:?}");
    let other = map_of("mine.yaml", CLUSTER);
    let found = of_documents(other.as_bytes(), Minor::new(37)).endings;
    assert!(found.iter().any(|one| one.code == Code::ApiVersionEnds && one.stops), "{found:?}");
}

#[test]
fn a_cure_names_the_map_that_the_file_is_written_from() {
    let text = format!("{CONFIG}featureGates: {{SidecarContainers: true}}\n");
    let help = |file: &str| of_documents(file.as_bytes(), Minor::new(37)).endings[0].help.clone();
    let wanted = "leave it out, here and in the ConfigMap kubelet-config, from which kubeadm writes it again: nothing changes by that";
    assert_eq!(help(&text), wanted);
    let pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [kube-scheduler, --port=0]}]}\n";
    assert!(help(pod).contains("ConfigMap kubeadm-config"), "{}", help(pod));
    assert!(!help(&map_of("kubelet", &text)).contains("ConfigMap"));
}

#[test]
fn labels_that_a_node_may_not_give_itself_end_with_1_16() {
    let file = "A=\"--node-labels=node-role.kubernetes.io/worker=,example.com/a=b,node.kubernetes.io/x=1\"\n";
    assert_eq!(lines(file, 15), []);
    let worker = "--node-labels=node-role.kubernetes.io/worker".to_owned();
    assert_eq!(lines(file, 37), [(worker, 16, Effect::Changes)]);
}

#[test]
fn what_cannot_be_read_hides_no_other_document() {
    let file = format!("a: [\n---\n{CONFIG}featureGates: {{SidecarContainers: true}}\n---\nkind: Other\n");
    let found = of_documents(file.as_bytes(), Minor::new(37));
    assert_eq!((found.endings.len(), found.known, found.unread.len()), (1, 1, 1));
    assert_eq!(of_documents(b"", Minor::new(37)), Found::default());
}

#[test]
fn documents_within_documents_do_not_go_on_for_ever() {
    let mut file = "apiVersion: v1\nkind: List\nitems: [{kind: Pod}]\n".to_owned();
    for _ in 0..3 {
        let inner: String = file.lines().map(|line| format!("    {line}\n")).collect();
        file = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n{inner}");
    }
    assert!(of_documents(file.as_bytes(), Minor::new(37)).endings.is_empty());
}
