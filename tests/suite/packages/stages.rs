//! A whole spec in two stages of one transaction: packages by the real package manager, then the
//! files that depend on what they brought; and all of it back.

use std::path::Path;
use std::sync::Arc;

use host_prep::facts::{self, ObserveOptions};
use host_prep::fs::Root;
use host_prep::repo::{CheckedKeys, Trust};
use host_prep::{
    ApplyOptions, Desired, Host, Invocation, NoProgress, Problem, SystemCommands, apply_in_stages, verify,
};
use k8sprep::recipe::{self, NodeSpec, Source};
use k8sprep_tests::booted::{Bed, Kind, SPEC, Shipped};
use k8sprep_tests::fake_host::{FakeHost, Tree, differences};
use k8sprep_tests::local_repo::{Key, LocalRepo};

use super::rpm::{MANAGERS, tools, tree};
use super::{NOW, take_back};

/// Files of the package managers themselves, which no rollback gives back: logs, histories, caches,
/// locks. What their databases say is compared for itself.
const THEIR_OWN: &[&str] = &[
    "etc/dnf/modules.d",
    "root/.rpmdb",
    "run/zypp.pid",
    "var/cache/dnf",
    "var/lib/dnf",
    "var/log/dnf.log",
    "var/log/dnf.librepo.log",
    "var/log/dnf.rpm.log",
    "var/log/hawkey.log",
    "var/cache/libdnf",
    "var/lib/rpm",
    "usr/lib/sysimage/rpm",
    "var/cache/zypp",
    "var/lib/zypp",
    "var/log/zypp",
    "var/log/zypper.log",
];

/// The kubelet's drop-in names a file that nobody would guess.
const ENVIRONMENT: &str = "etc/kubelet-of-this-package";

/// What a package of this name ships besides its program.
fn shipped(name: &str) -> Vec<Shipped> {
    let mut files = vec![Shipped::script(&format!("usr/bin/{name}"), "exit 0\n")];
    match name {
        "kubelet" => {
            let drop_in = format!(
                "[Service]\nEnvironmentFile=-/{ENVIRONMENT}\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n"
            );
            let unit = "[Service]\nExecStart=/usr/bin/kubelet\n[Install]\nWantedBy=multi-user.target\n";
            files.push(Shipped::text("usr/lib/systemd/system/kubelet.service", unit));
            files.push(Shipped::text("usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", &drop_in));
            files.push(Shipped::text(ENVIRONMENT, "KUBELET_EXTRA_ARGS=\"--v=2\"\n"));
        }
        "cri-o" => {
            let conf = "[crio.runtime]\ndefault_runtime = \"crun\"\n";
            files.push(Shipped::text("etc/crio/crio.conf.d/10-crio.conf", conf));
        }
        _ => {}
    }
    files
}

/// The spec of a host whose swap stays, so that the kubelet has to be told.
fn spec(url: &str) -> NodeSpec {
    let text = format!(
        "kubernetesVersion: v1.34.2\nadvertiseAddress: 192.0.2.7\nnodeName: node-1\nswap: keep\n\
         mirrors:\n  kubernetesPackages: {url}/kubernetes\n  crioPackages: {url}/cri-o\n"
    );
    NodeSpec::from_yaml(&text).unwrap()
}

/// What a spec asks of a host as it is now: its packages, and the rest.
struct Asked<'a> {
    host: &'a Host,
    spec: NodeSpec,
    keys: [&'a Key; 2],
}

impl Asked<'_> {
    fn packages(&self) -> Desired {
        let facts = facts::observe(self.host, &ObserveOptions::default());
        let distro = facts.distro.known().cloned().flatten().unwrap();
        let sources = recipe::sources(&self.spec, &recipe::agree(&self.spec).unwrap(), &distro).unwrap();
        sources.desired(|source: &Source| {
            let key = self.keys[usize::from(source.artefact == host_prep::mirrors::Artefact::CriO)];
            let pins = [key.fingerprint.parse().unwrap()];
            Trust::Keys(CheckedKeys::check(key.armoured.clone(), &pins, crate::at(NOW)).unwrap())
        })
    }

    fn rest(&self) -> Desired {
        let facts = facts::observe(self.host, &ObserveOptions::default());
        let written = self.host.root().read(Path::new(recipe::KUBEADM_FILE)).unwrap();
        let token = written.as_deref().and_then(recipe::token_in);
        let token = token.unwrap_or_else(|| "abcdef.0123456789abcdef".parse().unwrap());
        recipe::desired(&self.spec, &facts, token).unwrap().desired
    }

    /// There and back again.
    fn walk(&self, environment: &str, files: impl Fn() -> Tree, installed: impl Fn() -> String) {
        let (before, packages) = (files(), installed());
        let first = self.packages();
        let todo = verify(self.host, &first);
        assert!(todo.problems().is_empty(), "{:?}", todo.problems());
        let mut next = || Ok(self.rest());
        let done =
            apply_in_stages(self.host, &first, &todo, &mut next, &ApplyOptions::default(), &mut NoProgress);
        let done = done.unwrap();
        assert!(done.taken > todo.steps().len(), "the second stage had steps");

        let text = self.host.root().read(Path::new(environment)).unwrap().unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("--v=2") && text.contains("--fail-swap-on=false"), "{text}");
        let moved = host_prep::package::moved(self.host, done.id.unwrap()).unwrap();
        for name in ["kubelet", "kubeadm", "kubectl", "cri-o", "socat"] {
            let found = moved.iter().find(|moved| moved.name == name);
            assert!(found.is_some_and(|moved| moved.before.is_none() && moved.after.is_some()), "{moved:?}");
        }

        let again = verify(self.host, &self.packages().and(&self.rest()));
        let what: Vec<&Problem> = again.problems().iter().collect();
        assert!(again.is_done(), "{:?} {what:?}", again.steps());

        let back = take_back(self.host);
        assert!(back.is_complete(), "{back:?}");
        assert_eq!(installed(), packages);
        let changed = differences(&before, &files());
        assert!(changed.is_empty(), "{changed:#?}");
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn rpms_and_the_files_that_depend_on_them_come_and_go() {
    for (program, _, _) in MANAGERS {
        if !tools(program) {
            continue;
        }
        let work = tempfile::tempdir().unwrap();
        let repo = |name: &str| LocalRepo::at(work.path().join(name).join("v1.34"));
        let (kubernetes, crio) = (repo("kubernetes"), repo("cri-o"));
        let keys = [kubernetes.key("kubernetes", "never"), crio.key("cri-o", "never")];
        for name in
            ["kubelet", "kubeadm", "kubectl", "container-selinux", "conntrack-tools", "iptables", "socat"]
        {
            kubernetes.rpm_of(name, "1.34.2", &shipped(name), Some("kubernetes"));
        }
        crio.rpm_of("cri-o", "1.34.0", &shipped("cri-o"), Some("cri-o"));
        kubernetes.index_rpms(Some("kubernetes"));
        crio.index_rpms(Some("cri-o"));

        let (tree, host) = tree();
        for dir in [
            "usr/bin",
            "usr/lib/systemd/system",
            "var/cache",
            "var/log",
            "etc/dnf",
            "etc/zypp",
            "root",
            "run",
        ] {
            std::fs::create_dir_all(tree.path().join(dir)).unwrap();
        }
        if program == "zypper" {
            let suse = b"ID=opensuse-leap\nVERSION_ID=\"15.6\"\nID_LIKE=\"suse opensuse\"\n";
            host_prep::fs::replace(&tree.path().join("etc/os-release"), suse).unwrap();
        }
        let spec = spec(&format!("file://{}", work.path().display()));
        let files = || {
            let mut files = FakeHost::at(tree.path()).files();
            files.retain(|path, _| !THEIR_OWN.iter().any(|own| path.starts_with(own)));
            files
        };
        let query = host_prep::package::rpm_query(Some(tree.path()));
        // A tree that never had a package has no database either.
        let installed = || String::from_utf8(host.run(&query).unwrap().stdout).unwrap();
        installed();
        let asked = Asked { host: &host, spec, keys: [&keys[0], &keys[1]] };
        asked.walk(&format!("/{ENVIRONMENT}"), files, installed);
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn debs_and_the_files_that_depend_on_them_come_and_go() {
    let bed = match Bed::lay(Kind::Plain, "v1.34") {
        Ok(bed) => bed,
        Err(why) => return k8sprep_tests::skip(why),
    };
    for name in ["kubelet", "kubeadm", "kubectl", "conntrack", "iptables", "socat"] {
        bed.package(name, "1.34.2", &shipped(name));
    }
    bed.package("cri-o", "1.34.0", &shipped("cri-o"));
    bed.publish();
    bed.host.put(SPEC, "");
    let host = Host::image(Root::open(bed.host.root()).unwrap(), Arc::new(SystemCommands::default()));
    let list = ["dpkg-query", "--show", "--showformat=${Package} ${Version} ${Status}\\n"];
    let root = bed.host.root().display().to_string();
    let list = Invocation::new("chroot", std::iter::once(root.as_str()).chain(list));
    let installed = || String::from_utf8(host.run(&list).unwrap().stdout).unwrap();
    let asked = Asked { host: &host, spec: spec("file:///srv"), keys: [&bed.keys[0], &bed.keys[1]] };
    asked.walk(&format!("/{ENVIRONMENT}"), || bed.host.files(), installed);
}
