//! What is seen on trees of several distributions, and on a real node; and that a spec makes each
//! of them a node and gives it back.

use std::path::{Path, PathBuf};

use host_prep::distro::{Family, PackageManager};
use host_prep::facts::{Facts, ModuleState, ObserveOptions, Role, SelinuxMode, SwapKind, SysctlKey, observe};
use host_prep::fs::Root;
use host_prep::{Back, Host, NoProgress, apply, plan, rollback};
use k8sprep::recipe::{NodeSpec, desired};
use k8sprep_tests::fake_host::{FakeHost, differences};
use k8sprep_tests::recorded;

const TREES: [&str; 7] = [
    "centos-7",
    "debian-12",
    "fedora-42",
    "openeuler-22.03",
    "opensuse-leap-15.6",
    "rocky-9",
    "ubuntu-24.04",
];

fn tree(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("trees").join(name)
}

fn facts(name: &str) -> Facts {
    let host = Host::offline(Root::open(tree(name)).unwrap());
    observe(&host, &ObserveOptions::default())
}

/// The value of a parameter at the next boot, and the file and line that decide.
fn at_boot(facts: &Facts, key: &str) -> (Option<String>, Option<String>) {
    let key: SysctlKey = key.parse().unwrap();
    let boot = facts.sysctls[&key].boot.known().unwrap();
    (boot.value.clone(), boot.decided_by.as_ref().map(ToString::to_string))
}

fn decided(value: &str, by: &str) -> (Option<String>, Option<String>) {
    (Some(value.into()), Some(by.into()))
}

fn module(facts: &Facts, name: &str) -> Option<ModuleState> {
    facts.modules[&name.parse().unwrap()].state.known().copied()
}

fn swap_at_boot(facts: &Facts) -> Vec<(SwapKind, String)> {
    let on = facts.swap.sources.iter().filter(|s| s.at_boot);
    on.map(|s| (s.kind, s.what.clone())).collect()
}

#[test]
fn families_and_package_managers() {
    let told = |name| {
        let facts = facts(name);
        let distro = facts.distro.known().unwrap().clone().unwrap();
        (distro.family, distro.packages)
    };
    assert_eq!(told("centos-7"), (Some(Family::RedHat), Some(PackageManager::Yum)));
    assert_eq!(told("debian-12"), (Some(Family::Debian), Some(PackageManager::Apt)));
    assert_eq!(told("fedora-42"), (Some(Family::RedHat), Some(PackageManager::Dnf5)));
    assert_eq!(told("openeuler-22.03"), (Some(Family::RedHat), Some(PackageManager::Dnf4)));
    assert_eq!(told("opensuse-leap-15.6"), (Some(Family::Suse), Some(PackageManager::Zypper)));
    assert_eq!(told("rocky-9"), (Some(Family::RedHat), Some(PackageManager::Dnf4)));
    assert_eq!(told("ubuntu-24.04"), (Some(Family::Debian), Some(PackageManager::Apt)));
}

#[test]
fn parameters_of_the_next_boot() {
    // 99-sysctl.conf comes before k8s.conf: letters sort after digits.
    let centos = facts("centos-7");
    assert_eq!(at_boot(&centos, "net.ipv4.ip_forward"), decided("1", "/etc/sysctl.d/k8s.conf:3"));
    assert_eq!(
        at_boot(&centos, "net.bridge.bridge-nf-call-arptables"),
        decided("0", "/usr/lib/sysctl.d/00-system.conf:4")
    );
    // A pattern, and a key taken out of it.
    let rocky = facts("rocky-9");
    assert_eq!(
        at_boot(&rocky, "net.ipv4.conf.all.rp_filter"),
        (None, Some("/usr/lib/sysctl.d/50-redhat.conf:4".into()))
    );
    // A link to /dev/null hides the vendor's file.
    assert_eq!(at_boot(&facts("ubuntu-24.04"), "net.ipv4.conf.all.rp_filter"), (None, None));
    // An absolute link to sysctl.conf stays inside the tree.
    let leap = facts("opensuse-leap-15.6");
    assert_eq!(at_boot(&leap, "net.ipv4.ip_forward"), decided("0", "/usr/lib/sysctl.d/99-sysctl.conf:1"));
    // Nothing reads sysctl.conf on Debian without the link.
    let debian = facts("debian-12");
    let boot = debian.sysctls[&"net.ipv4.ip_forward".parse().unwrap()].boot.known().unwrap();
    assert_eq!((boot.value.as_deref(), boot.lines[0].role), (None, Role::Unread));
}

#[test]
fn modules_of_the_kernels_on_disk() {
    let rocky = facts("rocky-9");
    assert_eq!(module(&rocky, "overlay"), Some(ModuleState::Loadable));
    assert_eq!(module(&rocky, "ip_vs"), Some(ModuleState::Missing));
    let netfilter = &rocky.modules[&"br_netfilter".parse().unwrap()];
    let by = netfilter.loaded_at_boot.known().unwrap().as_ref().unwrap();
    assert_eq!(by.to_string(), "/etc/modules-load.d/k8s.conf:3");
    for (name, line) in [("ip_vs", 1), ("vxlan", 2)] {
        let denied = rocky.modules[&name.parse().unwrap()].denied.known().unwrap().as_ref().unwrap();
        assert_eq!(denied.to_string(), format!("/etc/modprobe.d/blacklist.conf:{line}"));
    }
    assert_eq!(module(&facts("opensuse-leap-15.6"), "overlay"), Some(ModuleState::BuiltIn));
    // Two kernels that differ: no guess which one boots.
    let euler = facts("openeuler-22.03");
    assert_eq!(module(&euler, "nf_conntrack"), Some(ModuleState::BuiltIn));
    let reason = euler.modules[&"br_netfilter".parse().unwrap()].state.reason().unwrap();
    assert_eq!(reason, "the kernels below /lib/modules differ");
}

#[test]
fn swap_from_every_source() {
    assert_eq!(swap_at_boot(&facts("centos-7")), [(SwapKind::Fstab, "/dev/mapper/centos-swap".into())]);
    assert_eq!(swap_at_boot(&facts("rocky-9")), []);
    assert_eq!(
        swap_at_boot(&facts("opensuse-leap-15.6")),
        [(SwapKind::Fstab, "UUID=bbbb".into()), (SwapKind::Unit, "extra.swap".into())]
    );
    assert_eq!(swap_at_boot(&facts("debian-12")), [(SwapKind::Service, "zramswap.service".into())]);
    assert_eq!(swap_at_boot(&facts("fedora-42")), [(SwapKind::ZramGenerator, "zram0".into())]);
    let ubuntu = facts("ubuntu-24.04");
    assert_eq!(swap_at_boot(&ubuntu), [(SwapKind::Fstab, "/swap.img".into())]);
    assert!(ubuntu.swap.sources.iter().any(|s| s.kind == SwapKind::Resume && s.what == "UUID=1234"));
    // A tree cannot tell what is on; that nothing is on at boot is no proof that it is off.
    assert_eq!((facts("rocky-9").swap.is_off(), ubuntu.swap.is_off()), (None, Some(false)));
}

#[test]
fn the_file_kubelet_really_reads() {
    let centos = facts("centos-7").kubelet;
    assert_eq!(centos.extra_args_file.as_deref(), Some(Path::new("/etc/sysconfig/kubelet")));
    assert_eq!(centos.flag("network-plugin"), Some("cni"));
    assert_eq!(centos.flag("config"), Some("/var/lib/kubelet/config.yaml"));
    assert!(centos.unit.unwrap().enabled);
    // An old drop-in in /etc hides the package's and names another file.
    let ubuntu = facts("ubuntu-24.04").kubelet;
    assert_eq!(ubuntu.extra_args_file.as_deref(), Some(Path::new("/etc/sysconfig/kubelet")));
    let unit = ubuntu.unit.unwrap();
    assert_eq!(unit.drop_ins, [Path::new("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf")]);
    assert!(!unit.enabled && facts("debian-12").kubelet.unit.is_none());
}

#[test]
fn the_rest_of_a_tree() {
    let centos = facts("centos-7");
    let setting = centos.security.selinux_at_boot.known().unwrap().clone().unwrap();
    assert_eq!((setting.mode, setting.at.line), (SelinuxMode::Enforcing, 4));
    assert_eq!(centos.network.hostname.resolves.known(), Some(&true));
    assert_eq!(centos.cni.default_config().unwrap().name.as_deref(), Some("crio-bridge"));
    assert_eq!(centos.time.enabled, ["chronyd.service"]);
    assert!(facts("debian-12").network.hostname.resolves.reason().unwrap().contains("DNS is not asked"));
    assert!(facts("ubuntu-24.04").network.resolver.is_loopback());
    assert_eq!(facts("rocky-9").network.hostname.resolves.known(), Some(&true));
    // Without a kernel nothing live is known.
    assert!(centos.kernel.release.known().is_none() && centos.sockets.known().is_none());
    assert!(centos.sysctls.values().all(|s| s.live.known().is_none()));
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_real_healthy_node() {
    let Some(healthy) = recorded("conformance/node/healthy") else { return };
    let root = Root::open(healthy.join("files")).unwrap();
    let facts = observe(&Host::offline(root), &ObserveOptions::default());
    let kubelet = &facts.kubelet;
    assert_eq!(kubelet.extra_args_file.as_deref(), Some(Path::new("/etc/default/kubelet")));
    let real = std::fs::read_to_string(healthy.join("kubelet-cmdline.txt")).unwrap();
    let unit = kubelet.unit.as_ref().unwrap();
    assert_eq!(unit.commands[0].join(" "), real.trim());
    assert_eq!(facts.crio.drop_ins.known().unwrap().len(), 1);
    assert_eq!(facts.cni.default_config().unwrap().plugins, ["bridge", "portmap"]);
    assert!(kubelet.instance_config.known().unwrap().is_some());
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn this_machine_is_seen() {
    let facts = observe(&Host::live().unwrap(), &ObserveOptions::default());
    assert!(facts.kernel.release.known().is_some_and(|release| !release.is_empty()));
}

/// A copy of a tree that may be changed.
fn copy(name: &str) -> FakeHost {
    let fake = FakeHost::new(&[]);
    let mut dirs = vec![PathBuf::new()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(tree(name).join(&dir)).unwrap() {
            let entry = entry.unwrap();
            let path = dir.join(entry.file_name());
            let (at, kind) = (path.to_str().unwrap(), entry.file_type().unwrap());
            if kind.is_symlink() {
                fake.lay(at, &format!("-> {}", std::fs::read_link(entry.path()).unwrap().display()));
            } else if kind.is_dir() {
                dirs.push(path);
            } else {
                fake.lay(at, &std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    fake
}

fn spec_for(name: &str) -> NodeSpec {
    let version = if name == "centos-7" { "v1.15.1" } else { "v1.34.0" };
    let text = format!(
        "kubernetesVersion: {version}\nselinux: permissive\nadvertiseAddress: 192.0.2.10\n\
         networking: {{podSubnet: 10.244.0.0/16}}\n"
    );
    NodeSpec::from_yaml(&text).unwrap()
}

#[test]
fn a_spec_makes_every_tree_a_node_and_gives_it_back() {
    for name in TREES {
        let fake = copy(name);
        let host = fake.offline();
        let before = fake.files();
        let token = || "abcdef.0123456789abcdef".parse().unwrap();
        let wished = |host: &Host| {
            let facts = observe(host, &ObserveOptions::default());
            desired(&spec_for(name), &facts, token()).unwrap()
        };
        let recipe = wished(&host);
        let todo = plan(&recipe.desired, &host_prep::observe(&host, &recipe.desired));
        apply(&host, &recipe.desired, &todo, &Default::default(), &mut NoProgress)
            .map(drop)
            .unwrap_or_else(|error| panic!("{name}: {error}: {:?}", todo.problems()));
        let again = wished(&host);
        let left = plan(&again.desired, &host_prep::observe(&host, &again.desired));
        assert!(left.steps().is_empty(), "{name}: {left:?}");
        check_node(name, &fake, &host);
        let report = rollback(&host, Back::Newest, Default::default(), &mut NoProgress).unwrap();
        assert!(report.is_complete(), "{name}");
        assert_eq!(differences(&before, &fake.files()), Vec::<String>::new(), "{name}");
    }
}

/// What a tree became, by its facts and files.
fn check_node(name: &str, fake: &FakeHost, host: &Host) {
    let facts = observe(host, &ObserveOptions::default());
    assert!(facts.swap.target_masked || swap_at_boot(&facts).is_empty(), "{name}");
    assert_eq!(at_boot(&facts, "net.ipv4.ip_forward").0.as_deref(), Some("1"), "{name}");
    if let Some(Some(setting)) = facts.security.selinux_at_boot.known() {
        assert_eq!(setting.mode, SelinuxMode::Permissive, "{name}");
    }
    // Red Hat's 3.10 kernels alone have it.
    let detach = fake.read("etc/sysctl.d/99-zz-k8sprep.conf").unwrap().contains("fs.may_detach_mounts = 1\n");
    assert_eq!(detach, name == "centos-7", "{name}");
    if name == "centos-7" {
        let conf = fake.read("etc/crio/crio.conf").unwrap();
        assert!(conf.contains("cgroup_manager = \"systemd\" # as packaged\n"), "{conf}");
        assert!(conf.contains("# storage of 2019\n") && !conf.contains("k8sprep"));
        let args = fake.read("etc/sysconfig/kubelet").unwrap();
        assert!(args.contains("--network-plugin=cni") && args.contains("--cgroup-driver=systemd"), "{args}");
    } else {
        assert!(
            fake.read("etc/crio/crio.conf.d/99-k8sprep.conf").unwrap().contains("pause:3.10.1"),
            "{name}"
        );
    }
}
