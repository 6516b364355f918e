//! Every writer of a file against a reader that shares no code with it: a value is refused by its
//! type, or is read back as it was meant, and no key is in the file that was not meant (breaker 3).

mod readers;

use std::collections::BTreeMap;

use host_prep::distro::Distro;
use host_prep::mirrors::{Artefact, Format, Location, RepoUrl};
use host_prep::repo::{Places, Trust};
use host_prep::resource::{DeadMansSwitch, KubeletArg, KubeletArgs, SwapOff};
use host_prep::test_util::trees::{LEAP, ROCKY_9, UBUNTU};
use host_prep::{Change, Desired, Host, Invocation, Owner, observe, plan};
use k8sprep::recipe::{self, NodeSpec};
use k8sprep_tests::fake_host::FakeHost;
use proptest::prelude::*;
use proptest::sample::select;
use readers::{Pairs, keys};
use serde_json::{Value, json};

/// What acts on some format or some terminal.
const PIECES: &[&str] = &[
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "\0",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}",
    "\u{9b}",
    "\u{2028}",
    "\u{202e}",
    "\"",
    "'",
    "\\",
    "`",
    "#",
    " #",
    ";",
    "%",
    "%n",
    "%%",
    "$",
    "$$",
    "${X}",
    "=",
    ":",
    ": ",
    ",",
    "[",
    "]",
    "[x]",
    "{",
    "}",
    "&",
    "*",
    "!",
    "|",
    ">",
    "- ",
    "-",
    "@",
    "~",
    "é",
    "\u{feff}",
    "..",
    "/",
    "\nkey=1",
    "\nkey: 1",
    "\\\n",
    "\\x0a",
    "null",
    "0x1",
];

/// A field of a spec: where, what it holds in most runs, and whether it is a key itself.
#[derive(Clone, Copy, Debug)]
struct Field {
    at: &'static str,
    benign: &'static str,
    is_key: bool,
}

const fn value(at: &'static str, benign: &'static str) -> Field {
    Field { at, benign, is_key: false }
}

const fn key(at: &'static str, benign: &'static str) -> Field {
    Field { at, benign, is_key: true }
}

/// Every text of a spec that ends up in a file.
const FIELDS: &[Field] = &[
    value("/proxy/httpProxy", "http://u:p@h:3128"),
    value("/proxy/httpsProxy", "http://u:p@h:3128"),
    value("/proxy/noProxy/0", ".example.com"),
    value("/sysctls/net.core.somaxconn", "1024"),
    key("/sysctls", "net.core.somaxconn"),
    key("/modules/0", "ip_vs"),
    key("/registryMirrors", "docker.io"),
    value("/registryMirrors/docker.io/0", "m.example.com/x"),
    value("/registryMirrors/docker.io/0/location", "m.example.com/x"),
    value("/imageRepository", "registry.example.com/k8s"),
    value("/pauseImage", "registry.example.com/k8s/pause:3.9"),
    value("/criSocket", "/run/crio/crio.sock"),
    value("/nodeName", "node-1"),
    value("/clusterName", "c one"),
    value("/controlPlaneEndpoint", "k8s.example.com:6443"),
    value("/networking/dnsDomain", "cluster.local"),
    value("/networking/podSubnet", "10.244.0.0/16"),
    value("/networking/serviceSubnet", "10.96.0.0/12"),
    value("/token", "abcdef.0123456789abcdef"),
    value("/mirrors/kubernetesPackages", "https://u:p@m.example.com/k8s"),
    value("/mirrors/crioPackages", "https://m.example.com/crio"),
    value("/join/apiServerEndpoint", "192.0.2.1:6443"),
    value("/join/token", "abcdef.0123456789abcdef"),
    value("/join/discoveryFile", "/etc/kubernetes/discovery.conf"),
];

/// A spec with `text` in that field.
fn spec_with(field: Field, text: &str) -> Value {
    let mut spec =
        json!({"kubernetesVersion": "v1.34.0", "nodeName": "n1", "advertiseAddress": "192.0.2.10"});
    let mut parts = field.at.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    let mut inner = json!(text);
    if field.at == "/sysctls" {
        inner = json!({text: "1024"});
    } else if field.at == "/registryMirrors" {
        inner = json!({text: ["m.example.com"]});
    }
    for part in parts.collect::<Vec<_>>().into_iter().rev() {
        inner = if part == "0" { json!([inner]) } else { json!({part: inner}) };
    }
    spec[first] = inner;
    if field.at.starts_with("/join") && field.at != "/join/discoveryFile" {
        let join = spec["join"].as_object_mut().expect("a map");
        join.entry("apiServerEndpoint").or_insert(json!("192.0.2.1:6443"));
        join.entry("token").or_insert(json!("abcdef.0123456789abcdef"));
        join.insert("caCertHashes".into(), json!([format!("sha256:{}", "5a".repeat(32))]));
    }
    spec
}

/// Every file that is written on a host of that tree, as its program reads it; `None` where the
/// spec is refused.
fn written(tree: &[(&str, &str)], spec: &Value) -> Option<BTreeMap<String, Pairs>> {
    let spec = NodeSpec::from_yaml(&spec.to_string()).ok()?;
    let fake = FakeHost::new(tree);
    let host = fake.offline();
    let facts = host_prep::facts::observe(&host, &Default::default());
    let token = "abcdef.0123456789abcdef".parse().expect("a token");
    let recipe = recipe::desired(&spec, &facts, token).ok()?;
    let distro = facts.distro.known().cloned().flatten().unwrap_or_else(|| Distro::parse(b""));
    let sources = recipe::sources(&spec, &recipe.agreed, &distro).ok()?;
    Some(files(&host, &recipe.desired.and(&sources.repositories(|_| Trust::Unchecked))))
}

fn files(host: &Host, desired: &Desired) -> BTreeMap<String, Pairs> {
    let todo = plan(desired, &observe(host, desired));
    let file = |change: &Change| match change {
        Change::File(file) => {
            let text = String::from_utf8(file.after.bytes()?.to_vec()).expect("text");
            let path = file.path.display().to_string();
            Some((path.clone(), readers::read(&path, &text)))
        }
        _ => None,
    };
    todo.steps().iter().filter_map(|step| file(&step.change)).collect()
}

/// `text` with pieces put in at places.
fn with_pieces(text: &str, pieces: &[(prop::sample::Index, &str)]) -> String {
    let mut text = text.to_owned();
    for (at, piece) in pieces {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        text.insert_str(*at.get(&places), piece);
    }
    text
}

fn pieces() -> impl Strategy<Value = Vec<(prop::sample::Index, &'static str)>> {
    prop::collection::vec((any::<prop::sample::Index>(), select(PIECES)), 1..4)
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        (select(&["", "a", "https://h/x", "--v=2", "x y"][..]), pieces())
            .prop_map(|(text, p)| with_pieces(text, &p)),
        "\\PC{0,20}",
        any::<String>(),
    ]
}

/// The benign values are good, and each is in some file: what is compared below is something.
#[test]
fn every_field_is_written_where_it_is_benign() {
    for field in FIELDS {
        let files = written(ROCKY_9, &spec_with(*field, field.benign)).unwrap_or_else(|| panic!("{field:?}"));
        let wanted = field.benign.trim_end_matches("/x");
        let found =
            files.values().flatten().any(|(key, value)| key.contains(wanted) || value.contains(wanted));
        assert!(found, "{field:?}: {files:#?}");
    }
}

proptest! {
    #![proptest_config(test_kit::repeatable!(48))]

    #[test]
    fn a_value_of_a_spec_is_refused_or_read_back_alone(
        field in select(FIELDS), pieces in pieces(), tree in select(&[ROCKY_9, UBUNTU, LEAP][..]),
    ) {
        let hostile = with_pieces(field.benign, &pieces);
        let Some(files) = written(tree, &spec_with(field, &hostile)) else { return Ok(()) };
        let benign = written(tree, &spec_with(field, field.benign)).expect("a good spec");
        for (path, pairs) in &files {
            let Some(meant) = benign.get(path) else { continue };
            prop_assert_eq!(pairs.len(), meant.len(), "{} of {:?}: {:?}", path, hostile, pairs);
            if !field.is_key {
                prop_assert_eq!(keys(pairs), keys(meant), "{} of {:?}", path, hostile);
            }
        }
        // Where the benign value stands as a whole, the other one does, too.
        for (path, meant) in &benign {
            // A document that kubeadm would refuse is not written at all, which is told.
            if path.starts_with("/etc/kubernetes/k8sprep/") && !files.contains_key(path) {
                continue;
            }
            for (_, _) in meant.iter().filter(|(_, value)| value == field.benign) {
                let pairs = files.get(path).into_iter().flatten();
                let values: Vec<_> = pairs.map(|(_, value)| value.as_str()).collect();
                prop_assert!(values.contains(&hostile.as_str()), "{} of {:?}: {:?}", path, hostile, values);
            }
        }
    }

    #[test]
    fn a_list_of_repositories_has_the_url_and_nothing_else(text in any_value()) {
        let Ok(url) = text.parse::<RepoUrl>() else { return Ok(()) };
        let location = Location::flat(&url, Format::Deb);
        for places in [Places::Yum, Places::Zypp] {
            let read = readers::ini(&places.render(&Owner::default(), Artefact::CriO, &location, None));
            let found: Vec<_> = read.iter().map(|(key, _)| key.as_str()).collect();
            let meant = ["name", "baseurl", "enabled", "gpgcheck", "exclude"].map(|key| format!("cri-o.{key}"));
            prop_assert_eq!(found, meant);
            prop_assert_eq!(&read[1].1, location.url().as_str());
        }
        let read = readers::deb822(&Places::Apt.render(&Owner::default(), Artefact::CriO, &location, None));
        let found: Vec<_> = read.iter().map(|(key, _)| key.as_str()).collect();
        prop_assert_eq!(found, ["Types", "URIs", "Suites", "Trusted"]);
        prop_assert_eq!(&read[1].1, location.url().as_str());
    }

    #[test]
    fn arguments_of_the_kubelet_are_read_back_one_by_one(texts in prop::collection::vec(any_value(), 1..4)) {
        let texts = texts.iter().map(|text| if text.starts_with("--") { text.clone() } else { format!("--a={text}") });
        let args: Vec<KubeletArg> = texts.filter_map(|text| text.parse().ok()).collect();
        let meant: Vec<String> = args.iter().map(ToString::to_string).collect();
        let host = FakeHost::new(&[]);
        let wanted = Desired::new().with(args.into_iter().fold(KubeletArgs::new("/etc/sysconfig/kubelet"), KubeletArgs::with));
        let files = files(&host.offline(), &wanted);
        if let Some(read) = files.get("/etc/sysconfig/kubelet") {
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(read[0].1.split(' ').collect::<Vec<_>>(), meant);
        } else {
            prop_assert!(meant.is_empty());
        }
    }

    #[test]
    fn the_switch_runs_the_words_it_was_given(words in prop::collection::vec(any_value(), 1..5)) {
        let words: Vec<String> = words.iter().map(|word| word.replace('\0', "")).collect();
        let host = FakeHost::new(&[]);
        let switch = DeadMansSwitch::new(&Owner::default(), Invocation::new("/opt/k8sprep", words.clone()));
        let unit = files(&host.offline(), &Desired::new().with(switch)).into_values().next().unwrap_or_default();
        let run: Vec<_> = unit.iter().filter(|(key, _)| key == "Service.ExecStart").map(|(_, word)| word).collect();
        let program = "/opt/k8sprep".to_owned();
        prop_assert_eq!(run, std::iter::once(&program).chain(&words).collect::<Vec<_>>());
        let found: Vec<_> = unit.iter().map(|(key, _)| key.as_str()).filter(|key| *key != "Service.ExecStart").collect();
        prop_assert_eq!(found, ["Unit.Description", "Install.WantedBy"]);
    }

    #[test]
    fn fstab_loses_its_swap_and_nothing_else(
        lines in prop::collection::vec((any::<bool>(), "[a-z/=#\\\\0-9-]{1,9}", select(PIECES)), 0..8),
    ) {
        let line = |(swap, spec, piece): &(bool, String, &str)| {
            let kind = if *swap { "swap" } else { "ext4" };
            format!("{spec} /m{} {kind} defaults 0 0\n", piece.replace(['\n', '\r', '\0', ' ', '\t'], ""))
        };
        let text: String = lines.iter().map(line).collect();
        let fake = FakeHost::new(&[("etc/fstab", &text)]);
        let files = files(&fake.offline(), &Desired::new().with(SwapOff::new()));
        let mut meant = readers::fstab(&text);
        meant.retain(|(kind, _)| kind != "swap");
        match files.get("/etc/fstab") {
            Some(read) => prop_assert_eq!(read, &meant),
            None => prop_assert_eq!(readers::fstab(&text), meant),
        }
    }
}
