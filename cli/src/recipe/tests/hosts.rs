//! What a spec comes to on hosts: bare, a member, on cgroup v1.

use super::*;

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
        assert!(
            recipe
                .notes
                .iter()
                .all(|note| { ["firewall-not-in-tree", "kubeadm-config-in-tree"].contains(&note.code) }),
            "{:?}",
            recipe.notes
        );
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
    assert_eq!(code, "kubeadm-config-after-init");
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
        let found = plan.problems().iter().find(|problem| problem.code == "cgroup-hierarchy-legacy");
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
    // The spec's own documents may have said it.
    let own = "kubernetesVersion: v1.35.0\nkubeadm: {KubeletConfiguration.failCgroupV1: 'false'";
    let hint = said(&format!("{own}}}"), "tmpfs", None).unwrap();
    assert!(hint.contains("ignorePreflightErrors") && !hint.contains("reboot"), "{hint}");
    let both = format!("{own}, 'nodeRegistration.ignorePreflightErrors[]': SystemVerification}}");
    assert_eq!(said(&both, "tmpfs", None), None);
    // Whoever asks for v2 gets an answer, also where the kubelet would run on v1.
    let hint = said("kubernetesVersion: v1.34.0\ncgroup: v2", "tmpfs", None).unwrap();
    assert!(hint.contains("systemd.unified_cgroup_hierarchy=1") && hint.contains("`cgroup: keep`"), "{hint}");
    let told = Some("failCgroupV1: false\n");
    assert!(said("kubernetesVersion: v1.35.0\ncgroup: v2", "tmpfs", told).is_some());
    assert_eq!(said("kubernetesVersion: v1.34.0\ncgroup: v2", "cgroup2", None), None);
}

#[test]
fn cgroup_v1_at_the_next_boot_is_a_problem_too() {
    let said = |asked: &str, mount: &str, words: &str| {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("proc/mounts", format!("{mount} /sys/fs/cgroup {mount} rw 0 0\n")),
            ("etc/kernel/cmdline", format!("root=/dev/sda1 {words}\n")),
        ] {
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
        let found = plan.problems().iter().find(|problem| problem.code == "cgroup-hierarchy-legacy");
        found.map(|problem| (problem.what.clone(), problem.hint.clone()))
    };
    const NEW: &str = "kubernetesVersion: v1.34.0\ncgroup: v2";
    let (what, hint) = said(NEW, "cgroup2", "systemd.unified_cgroup_hierarchy=0").unwrap();
    assert!(what.contains("/etc/kernel/cmdline:1") && what.contains("next boot"), "{what}");
    assert!(hint.starts_with("take systemd.unified_cgroup_hierarchy=0 out"), "{hint}");
    assert!(said("kubernetesVersion: v1.35.0", "cgroup2", "systemd.unified_cgroup_hierarchy=no").is_some());
    assert_eq!(said("kubernetesVersion: v1.34.0", "cgroup2", "systemd.unified_cgroup_hierarchy=0"), None);
    assert_eq!(said(NEW, "cgroup2", "systemd.unified_cgroup_hierarchy=1"), None);
    // What is set for the next boot already wants a reboot, and nothing else.
    let (_, hint) = said(NEW, "tmpfs", "systemd.unified_cgroup_hierarchy").unwrap();
    assert!(hint.starts_with("reboot: "), "{hint}");
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
