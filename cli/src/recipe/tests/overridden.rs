//! What others say after our own files.

use super::*;

/// The problems of a plan for a tree with these files, which need no kernel.
fn problems(files: &[(&str, &str)], asked: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PUBLIC).unwrap();
    }
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let asked = format!("kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.10\nnodeName: n1\n{asked}");
    let recipe = desired(&spec(&asked), &facts(&host), token()).unwrap();
    let plan = plan(&recipe.desired, &observe(&host, &recipe.desired));
    plan.problems().iter().map(|problem| format!("{}: {}", problem.code, problem.what)).collect()
}

/// `verify` was content where `crio registries --write` had taken over a mirror that the spec has no
/// more, since its file is read last.
#[test]
fn mirrors_of_a_later_file_are_told() {
    let asked = "registryMirrors: {docker.io: [new.example], quay.io: [q.example]}\n";
    let block = |registry: &str, mirror: &str, more: &str| {
        format!(
            "[[registry]]\nlocation = \"{registry}\"\n[[registry.mirror]]\nlocation = \"{mirror}\"\n{more}"
        )
    };
    let of = |name: &str, text: &str| {
        problems(&[(&format!("etc/containers/registries.conf.d/{name}"), text)], asked)
    };
    let old = block("docker.io", "old.example", "");
    let found = of("99-k8sprep.conf", &old);
    assert!(
        found.len() == 1
            && found[0].starts_with(
                "registries-overridden: /etc/containers/registries.conf.d/99-k8sprep.conf is read after"
            )
            && found[0].contains("docker.io counts alone: new.example"),
        "{found:?}"
    );
    // Read before ours, not read at all, of another registry, or with the mirror: nothing is lost.
    assert_eq!(of("10.conf", &old), [""; 0]);
    assert_eq!(of("99.conf.off", &old), [""; 0]);
    assert_eq!(of("99.conf", &block("ghcr.io", "old.example", "")), [""; 0]);
    let both = format!("{old}[[registry.mirror]]\nlocation = \"new.example\"\n");
    assert_eq!(of("99.conf", &both), [""; 0]);
    // Asked another way than the spec wants.
    assert_eq!(of("99.conf", &block("docker.io", "new.example", "insecure = true\n")).len(), 1);
}

/// `verify` was content where CRI-O listens elsewhere than the spec's socket, which is its default.
#[test]
fn the_socket_is_said_where_a_file_says_another() {
    let said = |name: &str, listen: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("etc/crio/crio.conf.d").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("[crio.api]\nlisten = \"{listen}\"\n");
        host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PUBLIC).unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let recipe =
            desired(&spec("kubernetesVersion: v1.34.0\nkubeadm: leave\n"), &facts(&host), token()).unwrap();
        let todo = plan(&recipe.desired, &observe(&host, &recipe.desired));
        let text = serde_json::to_string(todo.steps()).unwrap();
        let problems = todo.problems().iter().map(|problem| problem.code).collect::<Vec<_>>();
        (text.contains("listen = \\\"/var/run/crio/crio.sock"), problems)
    };
    assert_eq!(said("10-a.conf", "/run/other.sock"), (true, vec![]));
    assert_eq!(said("10-a.conf", "/run/crio/crio.sock"), (false, vec![]));
    assert_eq!(said("zz.conf", "/run/other.sock"), (true, vec!["crio-setting-overridden"]));
}

/// Flags and variables of the unit win over every file, and `verify` was content.
#[test]
fn what_the_command_of_cri_o_says_is_told() {
    let of = |lines: &str| {
        let unit = format!("[Service]\n{lines}\n");
        problems(&[("usr/lib/systemd/system/crio.service", unit.as_str())], "kubeadm: leave\n")
    };
    for (lines, wanted) in [
        (
            "ExecStart=/usr/bin/crio --cgroup-manager=cgroupfs",
            "crio.service:2 gives CRI-O --cgroup-manager \"cgroupfs\"",
        ),
        ("ExecStart=/usr/bin/crio --listen /run/x.sock", "gives CRI-O --listen \"/run/x.sock\""),
        (
            "Environment=CONTAINER_PAUSE_IMAGE=a.example/b:1\nExecStart=/usr/bin/crio",
            "CONTAINER_PAUSE_IMAGE \"a.example/b:1\"",
        ),
        // A variable without a value counts, too.
        ("Environment=CONTAINER_PAUSE_IMAGE=\nExecStart=/usr/bin/crio", "CONTAINER_PAUSE_IMAGE \"\""),
    ] {
        let found = of(lines);
        assert!(
            found.len() == 1 && found[0].starts_with("crio-setting-overridden") && found[0].contains(wanted),
            "{found:?}"
        );
    }
    assert_eq!(of("ExecStart=/usr/bin/crio --cgroup-manager=systemd --listen=/run/crio/crio.sock"), [""; 0]);
}

/// systemd takes what it reads last: later drop-ins, and environment files after all of them.
#[test]
fn a_proxy_of_a_later_file_is_told() {
    let asked =
        "proxy: {httpsProxy: 'http://u:p%40w@p.example:3128', noProxy: [.corp.example, 'n.example:8080']}\n";
    let unit = (
        "usr/lib/systemd/system/crio.service",
        "[Service]\nEnvironmentFile=-/etc/sysconfig/crio\nExecStart=/usr/bin/crio\n",
    );
    let of = |path: &str, text: &str| problems(&[unit, (path, text)], asked);
    let drop_in = "etc/systemd/system/crio.service.d/z.conf";
    for (path, text, wanted) in [
        (drop_in, "[Service]\nEnvironment=HTTPS_PROXY=http://other:1\n", "z.conf sets another HTTPS_PROXY"),
        (drop_in, "[Service]\nEnvironment=A=b \"NO_PROXY=localhost\"\n", "z.conf sets NO_PROXY without .svc"),
        ("etc/sysconfig/crio", "HTTPS_PROXY=http://other:1\n", "sysconfig/crio sets another HTTPS_PROXY"),
    ] {
        let found = of(path, text);
        assert!(
            found.len() == 1 && found[0].starts_with("proxy-overridden") && found[0].contains(wanted),
            "{found:?}"
        );
        assert!(!found[0].contains("other:1"), "{found:?}");
    }
    let taken_back = of(drop_in, "[Service]\nEnvironment=\n");
    assert_eq!(taken_back.len(), 2, "{taken_back:?}");
    let unset = of(drop_in, "[Service]\nUnsetEnvironment=HTTPS_PROXY\n");
    assert!(unset.len() == 1 && unset[0].contains("z.conf takes back HTTPS_PROXY"), "{unset:?}");
    assert_eq!(of(drop_in, "[Service]\nUnsetEnvironment=HTTPS_PROXY\nUnsetEnvironment=\n"), [""; 0]);
    let same = "[Service]\nEnvironment=HTTPS_PROXY=http://u:p%%40w@p.example:3128\n\
                Environment=NO_PROXY=localhost,127.0.0.1,::1,.svc,.cluster.local,10.0.0.0/8,192.0.2.0/24,corp.example,n.example:8080\n";
    assert_eq!(of(drop_in, same), [""; 0]);
    assert_eq!(
        of("etc/systemd/system/crio.service.d/a.conf", "[Service]\nEnvironment=HTTPS_PROXY=x\n"),
        [""; 0]
    );
    assert_eq!(of(drop_in, "[Unit]\nEnvironment=HTTPS_PROXY=x\n"), [""; 0]);
}

/// Files of NetworkManager that are read after ours took the interfaces of pods back, and `verify` was
/// content.
#[test]
fn what_gives_the_interfaces_of_pods_back_to_network_manager_is_told() {
    let of = |path: &str, text: &str| {
        let unit = ("usr/lib/systemd/system/NetworkManager.service", "[Service]\nExecStart=/x\n");
        problems(&[unit, (path, text)], "kubeadm: leave\n")
    };
    let plain = "[keyfile]\n# Ours alone.\nunmanaged-devices=interface-name:eth1\n";
    let told = "networkmanager-manages-pod-interfaces: ";
    let found = of("etc/NetworkManager/conf.d/zz-site.conf", plain);
    assert!(
        found.len() == 1
            && found[0].starts_with(&format!("{told}/etc/NetworkManager/conf.d/zz-site.conf:3: "))
            && found[0].contains("cali*, tunl*"),
        "{found:?}"
    );
    let found = of(
        "var/lib/NetworkManager/NetworkManager-intern.conf",
        "[keyfile]\nunmanaged-devices-=interface-name:veth*\n",
    );
    assert!(found.len() == 1 && found[0].ends_with("takes veth* for its own"), "{found:?}");
    // Read before ours, which adds to it; not read; hidden by ours; adds.
    assert_eq!(of("etc/NetworkManager/NetworkManager.conf", plain), [""; 0]);
    assert_eq!(of("etc/NetworkManager/conf.d/10-site.conf", plain), [""; 0]);
    assert_eq!(of("run/NetworkManager/conf.d/zz-site.conf", plain), [""; 0]);
    assert_eq!(of("usr/lib/NetworkManager/conf.d/zz-site.conf", plain), [""; 0]);
    assert_eq!(of("usr/lib/NetworkManager/conf.d/k8sprep-pods.conf", plain), [""; 0]);
    assert_eq!(of("etc/NetworkManager/conf.d/zz-site.conf.off", plain), [""; 0]);
    let adds = plain.replace("devices=", "devices+=");
    assert_eq!(of("etc/NetworkManager/conf.d/zz-site.conf", &adds), [""; 0]);
}
