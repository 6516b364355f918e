//! What an archive has, and what it never has.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use host_prep::fs::Root;
use host_prep::{Commands, Host, Invocation, Outcome};

use super::*;
use crate::doctor::hide;
use crate::doctor::laid::lay;

mod hostile;

/// In every secret of these tests, and in nothing else.
const MARKER: &str = "5ecr";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600)
}

/// Programs of a host: what each says, by the beginning of its command line.
#[derive(Debug)]
struct Programs(Vec<(&'static str, String)>);

impl Commands for Programs {
    fn run(&self, invocation: &Invocation) -> std::io::Result<Outcome> {
        let command = invocation.to_string();
        let said = self.0.iter().find(|(start, _)| command.starts_with(start));
        said.map(|(_, text)| Outcome::new(0, text.clone(), ""))
            .ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

struct Laid {
    dir: tempfile::TempDir,
    programs: Option<Arc<Programs>>,
}

impl Laid {
    fn with(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        lay(dir.path(), files);
        Self { dir, programs: None }
    }

    fn host(&self) -> Host {
        let root = Root::open(self.dir.path()).unwrap();
        match &self.programs {
            Some(programs) => Host::with_commands(root, Arc::clone(programs) as Arc<dyn Commands>),
            None => Host::offline(root),
        }
    }

    fn collected(&self) -> Collected {
        Collected::of(self.host(), now()).unwrap()
    }
}

fn told(diagnosis: &Diagnosis) -> Vec<String> {
    let place = |one: &crate::doctor::Evidence| one.to_string();
    let found = diagnosis.findings.iter().map(|one| {
        let places: Vec<String> = one.evidence.iter().map(place).collect();
        format!("{} {} {} {} {:?}", one.code, one.severity.as_str(), one.message, places.join(" "), one.fix)
    });
    let undecided =
        diagnosis.undecided.iter().map(|one| format!("{} undecided {}", one.code, one.unread.source));
    found.chain(undecided).collect()
}

fn opened(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.tar.gz");
    std::fs::write(&file, bytes).unwrap();
    Archive::open(&file)
}

const UNIT: &str = "[Service]\nExecStart=/usr/bin/crio\n[Install]\nWantedBy=multi-user.target\n";
const KUBELET: &str = "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n";
const CONFIG: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
    cgroupDriver: cgroupfs\nmaxPods: 110\n";
const LEAF_KEY: &str = include_str!("../testdata/leaf.key");

/// A node with several illnesses: units, links, kernel values, a journal.
fn ill() -> Laid {
    let files = [
        ("etc/hostname", "n1\n"),
        ("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        (
            "etc/kubernetes/kubelet.conf",
            "kind: Config\nclusters:\n- cluster: {server: 'https://192.0.2.1:6443'}\n",
        ),
        ("usr/lib/systemd/system/crio.service", UNIT),
        ("etc/systemd/system/crio.service.d/20-own.conf", UNIT),
        ("usr/lib/systemd/system/kubelet.service", KUBELET),
        ("var/lib/kubelet/config.yaml", CONFIG),
        ("etc/systemd/system/kubelet.service", "-> /dev/null"),
        ("etc/resolv.conf", "-> ../run/systemd/resolve/stub-resolv.conf"),
        ("run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\n"),
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
        ("proc/sys/kernel/hostname", "n1\n"),
        ("proc/sys/kernel/osrelease", "6.1.0\n"),
        ("proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 500000 kB\n"),
        ("proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1048572 0 -2\n"),
        ("sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
    ];
    let journal = "{\"MESSAGE\":\"E1129 10:00:00.000000 1 run.go:72] \\\"command failed\\\" err=\\\"failed to run \
        Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to \
        false\\\"\",\"SYSLOG_IDENTIFIER\":\"kubelet\",\"_PID\":\"7\",\"__REALTIME_TIMESTAMP\":\"1798761000000000\"}\n";
    let programs = Programs(vec![
        (
            "systemctl show",
            "Id=kubelet.service\nActiveState=activating\nSubState=auto-restart\nNRestarts=9\n".into(),
        ),
        ("journalctl", journal.to_owned()),
    ]);
    Laid { programs: Some(Arc::new(programs)), ..Laid::with(&files) }
}

#[test]
fn an_archive_says_what_the_host_says() {
    let mut hosts = vec![ill(), Laid::with(&[]), Laid::with(&[("etc/hostname", "n2\n")])];
    let tree = ill();
    hosts.push(Laid { programs: None, ..tree });
    for host in hosts {
        let wanted = look(&host.host(), now());
        let collected = host.collected();
        let archive = opened(&collected.bytes).unwrap();
        assert_eq!(collected.manifest.differs, [""; 0]);
        assert_eq!(told(&archive.diagnosis()), told(&wanted));
        assert_eq!(archive.collected(), now());
        assert_eq!(archive.profile().name, super::super::hosts::Profile::of(&host.host(), now()).name);
    }
    let codes = |of: &Diagnosis| of.findings.iter().map(|one| one.code).collect::<Vec<_>>();
    let codes = codes(&ill().collected().diagnosis);
    for code in ["exec-start-duplicated", "unit-masked", "ip-forward-off", "swap-on"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
}

#[test]
fn an_unpacked_archive_is_opened_too_and_a_changed_one_is_not() {
    let collected = ill().collected();
    let dir = tempfile::tempdir().unwrap();
    tar::Archive::new(GzDecoder::new(collected.bytes.as_slice())).unpack(dir.path()).unwrap();
    assert!(is_unpacked(dir.path()));
    let archive = Archive::open(dir.path()).unwrap();
    assert_eq!(told(&archive.diagnosis()), told(&collected.diagnosis));
    let top = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let name = top.join("files/etc/hostname");
    std::fs::write(&name, "other\n").unwrap();
    assert_eq!(Archive::open(dir.path()).unwrap_err().code(), "support-archive-changed");
    std::fs::remove_file(&name).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &name).unwrap();
    assert_eq!(Archive::open(&top).unwrap_err().code(), "support-archive-refused");
    std::fs::remove_file(&name).unwrap();
    assert_eq!(Archive::open(&top).unwrap_err().code(), "support-archive-damaged");
}

/// Every kind of secret that a node has, each with the marker in it.
fn with_secrets() -> Laid {
    let pem = "-----BEGIN RSA PRIVATE KEY-----\n5ecr5ecr5ecr5ecr\n-----END RSA PRIVATE KEY-----\n";
    let encoded = STANDARD.encode(pem);
    let admin = format!(
        "kind: Config\nclusters:\n- cluster: {{server: 'https://192.0.2.1:6443'}}\nusers:\n- name: a\n  user:\n    \
         client-key-data: {encoded}\n    token: 5ecrTokenOfUser\n    password: \"5ecr pass\"\n    auth-provider:\n      \
         config: {{refresh: 5ecrRefresh}}\n    exec:\n      env:\n      - {{name: API_TOKEN, value: 5ecrExec}}\n"
    );
    let kubeadm = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: \
        5ecr00000000000000000000000000000000000000000000000000000000000\nbootstrapTokens:\n- token: \
        abcdef.5ecr000000000000\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  \
        bootstrapToken: {token: ghijkl.5ecr000000000000, apiServerEndpoint: '192.0.2.1:6443'}\n  tlsBootstrapToken: \
        mnopqr.5ecr000000000000\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\nspec:\n  containers:\n  \
        - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.34.0\n    command:\n    - kube-apiserver\n    \
        - --token=5ecrFlag\n    - --oidc-client-secret=5ecrOidc\n    env:\n    - name: DB_PASSWORD\n      value: 5ecrEnv\n    - \
        name: HTTPS_PROXY\n      value: http://user:5ecrProxy@192.0.2.9:3128\n";
    let spread = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: spread\n  namespace: kube-system\n  annotations:\n    last: |\n      \
        {\"env\":[{\"name\":\"A_PW\",\"value\":\"5ecrL\"}],\"args\":[\"--token\",\"5ecrM\"]}\n    more: \
        '{\"auth\":{\"password\":\"5ecrN\"},\"in\":\"{\\\"token\\\":\\\"5ecrO\\\"}\"}'\nspec:\n  containers:\n  - name: a\n    image: \
        registry.k8s.io/a:v1\n    command:\n    - a\n    - --token\n    - 5ecrP\n    - --header\n    - 'X-Auth-User: \
        5ecrQ'\n    env:\n    - name: DB_PASSWORD\n      value: >-\n        5ecrR\n        5ecrS\n"
        .to_owned();
    let encryption = "kind: EncryptionConfiguration\nresources:\n- providers:\n  - aescbc:\n      keys:\n      - {name: key1, \
        secret: 5ecrEncryptionKey==}\n";
    let auth =
        format!("{{\"auths\":{{\"r.example\":{{\"auth\":\"{}\"}}}}}}", STANDARD.encode("user:5ecrAuth"));
    let crio = "[crio.image]\nglobal_auth_file = \"/etc/crio/auth.json\"\n";
    let unit = format!(
        "{UNIT}[Service]\nEnvironment=HTTP_PROXY=http://u:5ecrUnit@192.0.2.9:3128 \"AWS_SECRET_ACCESS_KEY=5ecrAws\"\n"
    );
    let jwt = format!("eyJhbGciOiJSUzI1NiJ9.{}.5ecrSig", "eyJzdWIiOiI1ZWNyIn0");
    let journal = format!(
        "{{\"MESSAGE\":\"joined with stuvwx.5ecr000000000000 and {jwt} password=\\\"5ecr log\\\" Bearer \
         5ecrBearer123 X-Auth-Token: 5ecrT X-Auth:[5ecrU] args [--token, 5ecrV]\",\"SYSLOG_IDENTIFIER\":\"kubelet\"}}\n{{\"MESSAGE\":[53,101,99,114],\"_PID\":\"1\"}}\n{{\"MESSAGE\":\
         \"-----BEGIN PRIVATE KEY-----\"}}\n{{\"MESSAGE\":\"5ecrKeyInLog\"}}\n{{\"MESSAGE\":\"-----END PRIVATE KEY-----\"}}\n"
    );
    let files = [
        ("etc/hostname", "n1\n"),
        ("etc/kubernetes/admin.conf", admin.as_str()),
        ("etc/kubernetes/kubelet.conf", admin.as_str()),
        ("etc/kubernetes/kubeadm-config.yaml", kubeadm),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", pod),
        ("etc/kubernetes/manifests/enc.yaml", encryption),
        ("etc/kubernetes/pki/ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("etc/kubernetes/pki/ca.key", pem),
        ("var/lib/kubelet/config.yaml", CONFIG),
        (
            "var/lib/kubelet/kubeadm-flags.env",
            "KUBELET_KUBEADM_ARGS=\"--bootstrap-token=5ecrArg --max-pods=9\"\n",
        ),
        ("usr/lib/systemd/system/crio.service", unit.as_str()),
        ("usr/lib/systemd/system/kubelet.service", KUBELET),
        ("etc/crio/crio.conf", crio),
        ("etc/crio/auth.json", auth.as_str()),
        ("etc/environment", "http_proxy=http://u:5ecrEtc@192.0.2.9:3128\nWIFI_PSK=5ecrPsk\n"),
        (
            "etc/cni/net.d/10-a.conflist",
            "{\"name\":\"a\",\"bgpPassword\":\"5ecrBgp\",\"plugins\":[{\"type\":\"bridge\"}]}",
        ),
        (
            "etc/systemd/system/crio.service.d/p.conf",
            "[Service]\nEnvironment=PROXY_PASSWORD=abc;5ecr1\nEnvironment=\"HTTP_PROXY=http://u:p@5ecr2@h:1\"\n\
             Environment=\"HTTPS_PROXY=u:5ecr3@h:1\"\nEnvironment=ALL_PROXY=http://u:MAp'5ecr4@h:1\n",
        ),
        ("etc/default/crio", "Y_PASSWORD='a'5ecr5'\nexport X_TOKEN=a,5ecr6\n"),
        (
            "etc/cloud/cloud.cfg.d/9.cfg",
            "#cloud-config\n# 5ecr7\nchpasswd:\n  list: |\n    root:5ecr8\nwrite_files:\n- path: /x\n  encoding: b64\n  \
             content: dG9rZW46IDVlY3I5\nruncmd:\n- [kubeadm, join, --token, 5ecrA]\nswap:\n  filename: /swap\n",
        ),
        ("etc/kubernetes/manifests/spread.yaml", spread.as_str()),
        (
            "etc/systemd/system/crio.service.d/q.conf",
            "[Service]\nExecStartPre=/bin/x --token \\\n  5ecrNext \\\n  --v 2\nExecStartPre=/bin/y --api-key 5\\\n5ecrOn\n\
             Environment=A_CREDS=5ecrB B_PW=5ecrC\nEnvironment=\"C_PASSWD=5ecrD\" \\\n  \"D_PAT=5ecrE\"\n",
        ),
        (
            "etc/default/kubelet",
            "KUBELET_EXTRA_ARGS=--v=2\nE_PW=5ecrF\nF_CREDS='5ecrG 5ecrH'\nBLOB=cGFzc3dvcmQ6IDVlY3I1ZWNyNWVjcg==\n",
        ),
        (
            "etc/crio/crio.conf.d/5.conf",
            "[crio.image]\nauth.password = \"5ecrI\"\nauth.\"token\" = '5ecrJ'\nx.secret = \"\"\"\n5ecrK\n\"\"\"\n",
        ),
        ("proc/cmdline", "root=/dev/sda1 rd.luks.passphrase=5ecrLuks\n"),
        ("proc/sys/kernel/hostname", "n1\n"),
    ];
    let programs = Programs(vec![("journalctl", journal)]);
    Laid { programs: Some(Arc::new(programs)), ..Laid::with(&files) }
}

/// Every run of base64 in a text, decoded from each of its four beginnings.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let mut all = Vec::new();
    for run in bytes.split(|byte| !inside(byte)).filter(|run| run.len() >= 8) {
        for from in 0..4 {
            let run = &run[from.min(run.len())..];
            let run = &run[..run.len() - run.len() % 4];
            all.extend(STANDARD.decode(run).unwrap_or_default());
            all.push(b'\n');
        }
    }
    all
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn no_secret_of_a_host_is_in_its_archive() {
    let host = with_secrets();
    let collected = host.collected();
    let mut unpacked = Vec::new();
    GzDecoder::new(collected.bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
    let at = unpacked.windows(4).position(|part| part == MARKER.as_bytes());
    let around = at.map(|at| String::from_utf8_lossy(&unpacked[at.saturating_sub(90)..at + 40]).into_owned());
    assert_eq!(around, None);
    assert!(!has(&collected.bytes, MARKER));
    let plain = decoded(&unpacked);
    assert!(!has(&plain, MARKER) && !has(&decoded(&plain), MARKER));
    // The files are in it, and only their secrets are hidden.
    for member in [
        "files/etc/kubernetes/admin.conf",
        "files/etc/kubernetes/kubelet.conf",
        "files/etc/kubernetes/kubeadm-config.yaml",
        "files/etc/kubernetes/manifests/kube-apiserver.yaml",
        "files/etc/kubernetes/manifests/enc.yaml",
        "files/etc/kubernetes/manifests/spread.yaml",
        "files/etc/systemd/system/crio.service.d/q.conf",
        "files/etc/crio/crio.conf.d/5.conf",
        "files/etc/kubernetes/pki/ca.key",
        "files/var/lib/kubelet/kubeadm-flags.env",
        "files/usr/lib/systemd/system/crio.service",
        "files/etc/crio/auth.json",
        "files/etc/cni/net.d/10-a.conflist",
        "files/proc/cmdline",
    ] {
        let member = collected.manifest.members.get(member).unwrap_or_else(|| panic!("no {member}"));
        assert!(!member.hidden.is_empty(), "{member:?}");
    }
    for kept in
        ["server: 'https://192.0.2.1:6443'", "--max-pods=9", "abcdef.0000000000000000", "192.0.2.9:3128"]
    {
        assert!(has(&unpacked, kept), "{kept}");
    }
    // Rules say the same of it, but for what they show.
    let codes = |of: &Diagnosis| of.findings.iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(codes(&opened(&collected.bytes).unwrap().diagnosis()), codes(&look(&host.host(), now())));
}

#[test]
fn a_private_key_leaves_its_public_half() {
    let shown = hide::hide("/etc/kubernetes/pki/ca.key", LEAF_KEY.into(), &mut Default::default());
    let own = crate::doctor::x509::PublicPart::of_pem(LEAF_KEY.as_bytes()).unwrap();
    let other = crate::doctor::x509::PublicPart::of_pem(&shown).unwrap();
    assert_eq!(own.is_of_the_key_of(&other), Some(true));
    assert!(!has(&shown, "PRIVATE") && has(&shown, "BEGIN PUBLIC KEY"));
    // The one that a kubeconfig has in it, and one that cannot be read.
    let config = format!("client-key-data: {}\n", STANDARD.encode(LEAF_KEY));
    let shown = hide::hide("/etc/kubernetes/admin.conf", config.into(), &mut Default::default());
    assert!(has(&decoded(&shown), "BEGIN PUBLIC KEY"));
    let torn = hide::hide("/x", "-----BEGIN EC PRIVATE KEY-----\n5ecr\n".into(), &mut Default::default());
    assert_eq!(torn, b"***HIDDEN***");
}

#[test]
fn ids_of_machines_stay_equal_and_are_not_shown() {
    let id = |text: &str| hide::hide("/etc/machine-id", text.into(), &mut Default::default());
    assert_eq!(id("0123abcd\n"), id("0123abcd"));
    assert!(!has(&id("0123abcd\n"), "0123abcd"));
    assert_eq!((id(""), id("uninitialized\n")), (Vec::new(), b"uninitialized\n".to_vec()));
    assert_eq!(id(&String::from_utf8(id("0123abcd\n")).unwrap()), id("0123abcd\n"));
}

#[test]
fn an_archive_is_for_its_owner_and_replaces_nothing_else() {
    let collected = Laid::with(&[]).collected();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.tar.gz");
    collected.write(&file).unwrap();
    let mode = |path: &Path| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
    };
    assert_eq!(mode(&file) & 0o777, 0o600);
    collected.write(&file).unwrap();
    let refused = |path: &Path| collected.write(path).unwrap_err().code();
    let (link, other, open) = (dir.path().join("link"), dir.path().join("other"), dir.path().join("open"));
    std::os::unix::fs::symlink(&file, &link).unwrap();
    std::fs::write(&other, "mine").unwrap();
    std::fs::copy(&file, &open).unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    for path in [link.as_path(), &other, &open, dir.path()] {
        assert_eq!(refused(path), "support-archive-place-taken");
    }
    assert_eq!(std::fs::read(&other).unwrap(), b"mine");
    assert!(collected.write(&dir.path().join("no/dir")).is_err());
    let left = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 4, "something is left behind");
}

#[test]
fn what_is_too_large_is_left_out_and_said() {
    let host = Laid::with(&[("etc/hostname", "n1\n"), ("etc/resolv.conf", &"# x\n".repeat((1 << 18) + 1))]);
    let collected = host.collected();
    let left = &collected.manifest.left_out;
    assert!(left.iter().any(|one| one.source == "/etc/resolv.conf"), "{left:?}");
    let undecided = &opened(&collected.bytes).unwrap().diagnosis().undecided;
    assert!(undecided.iter().any(|one| one.unread.why.contains("not in the archive")), "{undecided:?}");
}

#[test]
fn a_secret_that_was_overlooked_keeps_the_archive_from_being_written() {
    let mut members = std::collections::BTreeMap::new();
    members.insert("password".to_owned(), serde_json::json!("token: 5ecrToken"));
    let value = serde_json::to_value(members).unwrap();
    assert!(write::in_texts(&value).is_some());
    assert_eq!(write::in_texts(&serde_json::json!({"a": ["token: ***HIDDEN***"]})), None);
}

/// Lines of real logs say the same when their secrets are hidden.
#[test]
fn recorded_journals_say_the_same_without_secrets() {
    let Some(dir) = test_kit::recorded("conformance/node") else { return };
    let said = |name: &str, bytes: &[u8]| {
        let mut logs = Logs::new(now());
        logs.read(name, bytes).unwrap();
        logs.said().iter().map(|one| (one.code, one.program, one.count)).collect::<Vec<_>>()
    };
    let mut many = 0;
    for ill in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in std::fs::read_dir(&ill).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("journal-") {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            let shown = hide::hide("journalctl", bytes.clone(), &mut Default::default());
            assert_eq!(said(&name, &shown), said(&name, &bytes), "{}", file.display());
            many += said(&name, &bytes).len();
        }
    }
    assert!(many > 10, "{many}");
}

/// Whatever a file is put together of: what was hidden is not found again, or no archive would be
/// written of such a host.
#[test]
fn what_is_hidden_stays_hidden_whatever_is_around_it() {
    hidden_in(150);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn what_is_hidden_stays_hidden_in_many_texts() {
    hidden_in(1_500);
}

fn hidden_in(texts: usize) {
    const PARTS: [&str; 24] = [
        "token",
        "password",
        "client-key-data",
        ": ",
        "=",
        "\"",
        "'",
        "\\\"",
        "abcdef.0123456789abcdef",
        "--",
        "http://u:5ecr@h",
        "{",
        "}",
        "[",
        ", ",
        "\n",
        "  ",
        "|",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "***HIDDEN***",
        "eyJhbGciOiJIUzI1NiJ9.abc.def",
        "Bearer ",
        "5ecr5ecrX",
    ];
    let mut state: u64 = 20_261_129;
    let mut next = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % most
    };
    for _ in 0..texts {
        let text: String = (0..=next(14)).map(|_| PARTS[next(PARTS.len())]).collect();
        for source in ["/etc/kubernetes/a.yaml", "/etc/environment", "journalctl --boot"] {
            let shown = hide::hide(source, text.clone().into(), &mut Default::default());
            assert_eq!(hide::found_in_file(source, &shown), None, "{source}: {text:?}");
            let shown = String::from_utf8(shown).unwrap();
            assert!(!shown.contains("u:5ecr@"), "{text:?}: {shown:?}");
        }
        let shown = hide::hide_text(&text, &mut Default::default());
        assert_eq!(hide::found_in(&shown), None, "{text:?}: {shown:?}");
    }
}
