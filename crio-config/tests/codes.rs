//! Every code is fired: for each, a configuration on which the check says it.

use std::collections::BTreeSet;

use crio_config::{
    CheckOptions, Code, CrioHost, Document, NetworkFile, Policy, PolicyState, Presence, Release, SourceFile,
    Sources, check, endings, read_registries,
};

/// Codes that the file itself decides: the code, a release, the main file.
const FILES: &[(&str, &str, &str)] = &[
    ("crio-toml-broken", "1.34", "[crio\n"),
    ("crio-value-refused", "1.34", "[crio.runtime]\nlog_level = \"nonsense\"\n"),
    ("crio-crashes", "1.24", "[crio.runtime]\nadditional_devices = [\"/dev/a:\"]\n"),
    ("conmon-cgroup-mismatch", "1.31", "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n"),
    ("crio-warning", "1.24", "[crio.image]\nregistries = [\"a\"]\n"),
    ("unknown-key", "1.31", "[plugins]\na = 1\n"),
    ("misplaced-key", "1.31", "[crio.image]\ncgroup_manager = \"x\"\n"),
    ("misspelt-key", "1.31", "[crio.runtime]\npids_limt = 5\n"),
    ("removed-key", "1.31", "[crio.image]\nregistries = [\"a\"]\n"),
    ("newer-key", "1.31", "[crio.image]\nshort_name_mode = \"disabled\"\n"),
    ("newer-table", "1.20", "[crio.nri]\nenable_nri = true\n"),
    ("key-letter-case", "1.31", "[crio.runtime]\nPids_Limit = 5\n"),
    ("not-a-table", "1.31", "[crio.runtime]\nruntimes = \"crun\"\n"),
    ("negative-number", "1.31", "[crio.runtime.workloads.a.resources]\ncpushares = -1\n"),
    ("no-effect", "1.36", "[crio.image]\ninsecure_registries = [\"a\"]\n"),
    ("internal-key", "1.24", "[crio.runtime.runtimes.crun]\ndisallowedannotations = [\"a\"]\n"),
    ("crio-option-deprecated", "1.34", "[crio.runtime]\nconmon_cgroup = \"pod\"\n"),
    ("old-default", "1.31", "[crio.runtime]\npids_limit = 1024\n"),
    ("cgroupfs-alone", "1.37", "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n"),
    ("runtime-restated", "1.31", "[crio.runtime.runtimes.crun]\nruntime_path = \"/c\"\n"),
];

fn said(sources: &Sources, release: &str, options: &CheckOptions) -> BTreeSet<&'static str> {
    let report = check(sources, release.parse().unwrap(), options);
    report.remarks.iter().map(|remark| remark.code.as_str()).collect()
}

/// What a later release passes over.
fn ending() -> BTreeSet<&'static str> {
    let found = endings(b"[crio.image]\nregistries = [\"a\"]\n", Release::NEWEST).unwrap();
    found.iter().map(|one| one.code.as_str()).collect()
}

fn main_file(text: &str) -> Sources {
    Sources::new().with_main("/etc/crio/crio.conf", text)
}

/// Codes that the host decides, by what is there beside the file.
fn by_the_host(host: CrioHost) -> BTreeSet<&'static str> {
    let mut options = CheckOptions::default();
    options.host = host;
    let file = "[crio.runtime.runtimes.kata]\nruntime_path = \"/opt/kata\"\n\
                [crio.network]\ncni_default_network = \"wanted\"\n";
    said(&main_file(file), "1.34", &options)
}

fn beside(path: &str, text: &str) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.beside = vec![SourceFile::new(path, Ok(text.as_bytes().to_vec()))];
    host
}

fn policy(state: PolicyState) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.policy = Some(Policy { path: "/etc/containers/policy.json".into(), state });
    host
}

fn network(problem: Option<&str>, elsewhere: bool) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.networks = Some(vec![NetworkFile {
        path: "/etc/cni/net.d/10-a.conflist".into(),
        name: Some("a".into()),
        plugins: vec!["bridge".into()],
        address_plugins: Vec::new(),
        version: None,
        problem: problem.map(str::to_owned),
    }]);
    host.plugins = Some(BTreeSet::new());
    if elsewhere {
        host.other_plugins.insert("bridge".into(), "/usr/lib/cni".into());
    }
    host
}

/// A host whose file nobody let us read.
fn unread(path: &str) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.unread.insert(path.to_owned(), "permission denied".to_owned());
    host
}

/// CRI-O without anything beside it.
fn bare(crio: Presence) -> CrioHost {
    let mut host = CrioHost::unknown();
    host.crio = Some(crio);
    host.programs = Some(BTreeSet::new());
    host.paths.insert("/opt/kata".into(), Presence::Absent);
    host
}

/// A host on which nothing is configured yet.
fn without_network() -> BTreeSet<&'static str> {
    let mut options = CheckOptions::default();
    options.host = bare(Presence::Present);
    options.kubeadm_pause_image = Some("registry.k8s.io/pause:3.9".parse().unwrap());
    said(&Sources::new(), "1.34", &options)
}

/// A network of a CNI that is not there yet.
fn newer() -> CrioHost {
    let mut host = network(None, false);
    host.networks.iter_mut().flatten().for_each(|file| file.version = Some("9.0.0".into()));
    host
}

fn hosts() -> Vec<(&'static str, BTreeSet<&'static str>)> {
    const STORAGE: &str = "/etc/containers/storage.conf";
    const REGISTRIES: &str = "/etc/containers/registries.conf";
    let mut store = beside(STORAGE, "[storage]\n[storage.options]\nmount_program = \"/usr/bin/f\"\n");
    store.paths.insert("/usr/bin/f".into(), Presence::Absent);
    vec![
        ("oci-runtime-missing", by_the_host(bare(Presence::Present))),
        ("runtime-handler-dropped", by_the_host(bare(Presence::Present))),
        ("conmon-not-usable", by_the_host(bare(Presence::Present))),
        ("pinns-missing", by_the_host(bare(Presence::Present))),
        ("crio-not-installed", by_the_host(bare(Presence::Absent))),
        ("cni-config-missing", without_network()),
        ("pause-image-mismatch", without_network()),
        ("storage-conf-path-missing", by_the_host(store)),
        ("storage-conf-unreadable", by_the_host(beside(STORAGE, "driver = overlay\n"))),
        ("storage-driver-unknown", by_the_host(beside(STORAGE, "[storage]\ndriver = \"aufss\"\n"))),
        ("file-unread", by_the_host(unread(STORAGE))),
        ("registries-conf-unreadable", by_the_host(beside(REGISTRIES, "[[registry]]\n"))),
        (
            "registry-blocked",
            by_the_host(beside(REGISTRIES, "[[registry]]\nlocation = \"registry.k8s.io\"\nblocked = true\n")),
        ),
        ("policy-json-missing", by_the_host(policy(PolicyState::Missing))),
        ("policy-json-invalid", by_the_host(policy(PolicyState::Broken("no JSON".into())))),
        ("policy-json-rejects", by_the_host(policy(PolicyState::RejectsPauseImage("default".into())))),
        ("no-such-network", by_the_host(network(None, false))),
        ("cni-config-broken", by_the_host(network(Some("no JSON"), false))),
        ("cni-version-too-new", by_the_host(newer())),
        ("cni-plugin-missing", by_the_host(network(None, false))),
        ("cni-plugin-dir-mismatch", by_the_host(network(None, true))),
    ]
}

/// Drop-ins: one that is a backup, and one for a release that reads none.
fn drop_ins(release: &str) -> BTreeSet<&'static str> {
    let sources = Sources::new().with_drop_in("/etc/crio/crio.conf.d/10-a.conf~", Ok(b"[crio]\n".to_vec()));
    said(&sources, release, &CheckOptions::default())
}

fn registries(text: &str) -> BTreeSet<&'static str> {
    read_registries(text).unwrap().findings.iter().map(|finding| finding.code.as_str()).collect()
}

/// An edit that a plain value does not let through.
fn edited() -> BTreeSet<&'static str> {
    let mut file = Document::parse("[crio]\nruntime = 1\n").unwrap();
    let error = file.set(&"crio.runtime.pids_limit".parse().unwrap(), &5.into()).unwrap_err();
    BTreeSet::from([error.code().as_str()])
}

#[test]
fn every_code_is_fired() {
    let mut cases: Vec<(&str, BTreeSet<&str>)> = FILES
        .iter()
        .map(|(code, release, file)| (*code, said(&main_file(file), release, &CheckOptions::default())))
        .collect();
    cases.extend(hosts());
    cases.push(("crio-backup-file-read", drop_ins("1.31")));
    cases.push(("crio-dropin-misplaced", drop_ins("1.16")));
    cases.push(("registries-old-form", registries("[registries.search]\nregistries = [\"a\"]\n")));
    cases.push((
        "registry-entry-blocked",
        registries("[[registry]]\nlocation = \"a.example.com\"\nblocked = true\n"),
    ));
    cases.push(("key-in-the-way", edited()));
    cases.push(("crio-key-ends", ending()));
    let missed: Vec<_> = cases.iter().filter(|(code, said)| !said.contains(code)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let fired: BTreeSet<&str> = cases.iter().map(|(code, _)| *code).collect();
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(fired, all);
}
