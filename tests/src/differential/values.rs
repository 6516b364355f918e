//! Random texts for fields: sound ones by the field's name, and spoilt ones.

use super::random::Random;

/// The path to give for any duration, and for any point in time.
pub(super) const DURATION: &str = "duration";
/// See [`DURATION`].
pub(super) const TIME: &str = "time";

/// How a file is meant: whether kubeadm should take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// Nothing but sound values.
    Sound,
    /// One value of four is odd or spoilt, but of its field's type.
    Odd,
    /// The same, and the type or the structure may be wrong too.
    Wild,
}

/// Texts for a kind of field.
struct Pool {
    /// Those that make sense.
    sound: &'static [&'static str],
    /// Those that do not, or only just.
    odd: &'static [&'static str],
}

impl Pool {
    fn of(&self, mood: Mood, random: &mut Random) -> String {
        let odd = mood != Mood::Sound && !self.odd.is_empty() && random.percent(25);
        (*random.pick(if odd { self.odd } else { self.sound })).to_owned()
    }
}

const NAMES: Pool = Pool {
    sound: &["node-1", "a", "cp1.example.com", "lb.example.com", "xn--a", "0", "192.0.2.7", "fd00::7"],
    odd: &["*.example.com", "UPPER", "a_b", "a..b", "-a", "a-", "node.", "größe", "localhost", " padded "],
};
const ADDRESSES: Pool = Pool {
    sound: &["192.0.2.10", "10.0.0.5", "fd00::10", "0.0.0.0"],
    odd: &[
        "::ffff:10.0.0.1",
        "::",
        "127.0.0.1",
        "::1",
        "010.1.2.3",
        "fe80::1",
        "node-1",
        "1.2.3",
        "255.255.255.255",
        "224.0.0.1",
        "[fd00::1]",
    ],
};
const SOCKETS: Pool = Pool {
    sound: &[
        "unix:///var/run/crio/crio.sock",
        "unix:///run/containerd/containerd.sock",
        "/var/run/crio/crio.sock",
    ],
    odd: &[
        "crio.sock",
        "unix:",
        "unix:/a",
        "unix://host/a",
        "tcp://127.0.0.1:1",
        "npipe:////./pipe/x",
        "unixx:///a",
        "UNIX:///a",
        "unix:///a%20b",
        "unix:///a?b#c",
        "unix://[::1]:2/a",
        "unix://u:p@h/a",
    ],
};
const URLS: Pool = Pool {
    sound: &["https://192.0.2.21:2379", "http://etcd.example.com:2379", "https://[fd00::21]:2379"],
    odd: &[
        "etcd:2379",
        "192.0.2.21:2379",
        "etcd",
        "https://etcd/path?x=1#f",
        "HTTPS://etcd:2379",
        "unix:///etcd.sock",
        "https://u:p@etcd:1",
        "https://[fe80::1%25eth0]:1",
        "//etcd:1",
        "https:etcd",
        "https://a:b:c",
    ],
};
const ENDPOINTS: Pool = Pool {
    sound: &["lb.example.com:6443", "lb:6443", "192.0.2.5:6443", "[fd00::5]:6443"],
    odd: &[
        "192.0.2.5",
        "fd00::5",
        "lb:",
        ":6443",
        "lb:65536",
        "lb:0",
        "LB:1",
        "a_b:1",
        "[fd00::5]",
        "lb:+1",
        "https://lb:6443",
        "lb:06443",
    ],
};
const TOKENS: Pool = Pool {
    sound: &["abcdef.0123456789abcdef", "zzzzzz.zzzzzzzzzzzzzzzz"],
    odd: &["abcdef", "ABCDEF.0123456789abcdef", "abcdef.0123456789abcde", "x"],
};
const KEYS: Pool = Pool {
    sound: &["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"],
    odd: &["abcd", "zz", "abc", "ABCDEF"],
};
const PATHS: Pool = Pool {
    sound: &["/etc/kubernetes/pki", "/srv/ca.crt", "/", "/a b/c", "/srv/é"],
    odd: &["pki", "./x", "/srv/ca.pem", "~/x", "C:\\x"],
};
const FILES: Pool = Pool {
    sound: &["https://lb/discovery.conf"],
    odd: &["/no/such/file.conf", "http://lb/x", "file:///srv/x", "file:x", "x", "/a%zz", "ftp://x"],
};
const REPOSITORIES: Pool = Pool {
    sound: &["registry.k8s.io", "registry.example.com:5000/k8s", "localhost/a", "a__b", "[fd00::1]:5000/a"],
    odd: &[
        "Registry/a",
        "a//b",
        "/a",
        "a/",
        "https://r/a",
        "a b",
        "r:x/a",
        "a___b",
        "a-.b/c",
        "k8s.gcr.io",
        "r/a:tag",
        "a@b",
        "A",
    ],
};
const TAGS: Pool = Pool { sound: &["v1.11.3", "3.5.15-0", "latest", "1.30"], odd: &["", "1", "a b"] };
const DURATIONS: Pool = Pool {
    sound: &[
        "4m0s", "24h", "0s", "1h30m", "90s", "1.5h", "-5m", "9000h", "99999h", "100ms", "1ns", "0", "+3m",
        ".5s", "3µs",
    ],
    odd: &["5", "5x", "", "1d", "1e3s", "9223372036854775807ns", "9223372036854775808ns"],
};
const TIMES: Pool = Pool {
    sound: &["2030-01-01T00:00:00Z", "2030-01-01T01:02:03+02:00", "2030-01-01T00:00:00.5Z"],
    odd: &["2030-01-01", "2030-02-30T00:00:00Z", "x", ""],
};
const USAGES: Pool = Pool { sound: &["signing", "authentication"], odd: &["sign", "", "Signing"] };
const GROUPS: Pool = Pool {
    sound: &["system:bootstrappers:kubeadm:default-node-token", "system:bootstrappers:a"],
    odd: &["system:bootstrappers:", "workers", "system:bootstrappers:A", "system:bootstrappers:a-"],
};
const GATES: Pool = Pool {
    sound: &["RootlessControlPlane"],
    odd: &[
        "PublicKeysECDSA",
        "EtcdLearnerMode",
        "WaitForAllControlPlaneComponents",
        "ControlPlaneKubeletLocalMode",
        "NodeLocalCRISocket",
        "UpgradeAddonsBeforeControlPlane",
        "IPv6DualStack",
        "Nope",
        "AllAlpha",
    ],
};
const ALGORITHMS: Pool = Pool {
    sound: &["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256"],
    odd: &["ECDSA-P384", "rsa-2048", "DSA", "<x>", ""],
};
const POLICIES: Pool = Pool { sound: &["Always", "IfNotPresent", "Never", ""], odd: &["always", "<x>"] };
const FLAGS: Pool = Pool {
    sound: &["MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE", "UMOUNT_NOFOLLOW"],
    odd: &["mnt_force", "X", ""],
};
const ARGS: Pool = Pool {
    sound: &[
        "v",
        "node-cidr-mask-size-ipv4",
        "node-cidr-mask-size-ipv6",
        "allocate-node-cidrs",
        "audit-log-path",
    ],
    odd: &["node-cidr-mask-size", "cluster-cidr", ""],
};
const ARG_VALUES: Pool = Pool {
    sound: &["4", "24", "26", "64", "80", "false", "true", "x", ""],
    odd: &["10.0.0.0/8", " 24", "024", "2_4", "99"],
};
const EFFECTS: Pool =
    Pool { sound: &["NoSchedule", "NoExecute", "PreferNoSchedule"], odd: &["Whatever", ""] };
const METHODS: Pool = Pool { sound: &["append", "prepend", ""], odd: &["replace"] };
const PLAIN: Pool = Pool {
    sound: &[
        "a",
        "example",
        "x y",
        "",
        "1.30",
        "true",
        "null",
        "~",
        "yes",
        "0x1f",
        "1e3",
        "2024-01-02",
        "<a> & b",
        "- a",
        "a: b",
        "a #b",
        "'q'",
        "\"q\"",
        "line\nbreak",
        "tab\there",
        "\u{e9}\u{65e5}",
        "\u{1f600}",
        "end ",
        " start",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "[a",
        "{a",
        "|",
        ">",
        "?",
        "=",
        "\u{7f}",
        "\u{a0}",
        "\u{feff}b",
        "0o17",
        "017",
        "1_000",
        "1:30",
        ".5",
        "-",
        "---",
        "...",
        "a,b",
        "#",
        "\\",
        "on",
        "n",
        "+1",
        ".inf",
        "a long text that goes on and on until it has more than eighty characters so that it must be wrapped somewhere",
    ],
    odd: &[],
};
const SPOILERS: &[&str] = &[
    "",
    " ",
    "-",
    ".",
    ":",
    "/",
    "%",
    "%zz",
    "%41",
    "[",
    "]",
    "_",
    "A",
    "0",
    "é",
    "\n",
    "@",
    "#",
    "?",
    ",",
    "\u{7f}",
    "<",
    "\"",
    "\\",
    "\u{1f600}",
];

/// A text for the field of that path: mostly one it makes sense of, now and then spoilt.
pub(super) fn text(path: &str, release: &str, mood: Mood, random: &mut Random) -> String {
    let text = fitting(path, release, mood, random);
    if mood != Mood::Sound && random.percent(8) { spoil(&text, random) } else { text }
}

/// The same where a wrong text cannot even be decoded: only a wild file has one.
pub(super) fn typed(path: &str, mood: Mood, random: &mut Random) -> String {
    let mood = if mood == Mood::Wild { mood } else { Mood::Sound };
    text(path, "", mood, random)
}

fn fitting(path: &str, release: &str, mood: Mood, random: &mut Random) -> String {
    let last = path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]").trim_end_matches("{}");
    let of = |pool: &Pool, random: &mut Random| pool.of(mood, random);
    match last {
        "kubernetesVersion" => version(release, mood, random),
        "serviceSubnet" | "podSubnet" | "clusterCIDR" => subnets(mood, random),
        "criSocket" => of(&SOCKETS, random),
        "advertiseAddress" | "clusterDNS" | "bindAddress" | "healthzBindAddress" | "address" => {
            of(&ADDRESSES, random)
        }
        "controlPlaneEndpoint" | "apiServerEndpoint" => of(&ENDPOINTS, random),
        "endpoints" | "httpEndpoints" => of(&URLS, random),
        "token" | "tlsBootstrapToken" => of(&TOKENS, random),
        "certificateKey" => of(&KEYS, random),
        "kubeConfigPath" => of(&FILES, random),
        "imageRepository" => of(&REPOSITORIES, random),
        "imageTag" => of(&TAGS, random),
        "usages" => of(&USAGES, random),
        "groups" => of(&GROUPS, random),
        "featureGates" => of(&GATES, random),
        "encryptionAlgorithm" => of(&ALGORITHMS, random),
        "imagePullPolicy" => of(&POLICIES, random),
        "unmountFlags" => of(&FLAGS, random),
        "effect" => of(&EFFECTS, random),
        "mergeMethod" => of(&METHODS, random),
        "extraArgs" | "kubeletExtraArgs" => of(&ARGS, random),
        "name" if path.contains("xtraArgs") => of(&ARGS, random),
        "value" => of(&ARG_VALUES, random),
        "name" | "dnsDomain" | "clusterDomain" | "certSANs" | "serverCertSANs" | "peerCertSANs" => {
            name(mood, random)
        }
        "certificatesDir" | "dataDir" | "caFile" | "certFile" | "keyFile" | "caCertPath" | "directory"
        | "staticPodPath" | "clientCAFile" => of(&PATHS, random),
        "expires" | "timeAdded" | TIME => of(&TIMES, random),
        DURATION => of(&DURATIONS, random),
        _ => of(&PLAIN, random),
    }
}

/// A text without a meaning.
pub(super) fn plain(random: &mut Random) -> String {
    PLAIN.of(Mood::Sound, random)
}

fn name(mood: Mood, random: &mut Random) -> String {
    if mood == Mood::Sound || random.percent(80) {
        return NAMES.of(mood, random);
    }
    let length = *random.pick(&[1, 3, 10, 63, 64, 253, 254]);
    (0..length).map(|at| if at % 50 == 49 { '.' } else { *random.pick(&['a', 'b', '0', 'z', '-']) }).collect()
}

fn version(release: &str, mood: Mood, random: &mut Random) -> String {
    const LABELS: &[&str] = &[
        "stable-1",
        "latest",
        "ci/latest",
        "release/stable",
        "1.30",
        "v1.20.0",
        "v1.99.0",
        "v1",
        "x",
        "",
        "stable-1.30",
        "ci/v1.35.0",
        "V1.30.0",
        "v1.36.0-rc.1",
        "v1.36.0+build",
        "v1.02.3",
    ];
    if mood == Mood::Sound || random.percent(50) {
        release.to_owned()
    } else {
        (*random.pick(LABELS)).to_owned()
    }
}

fn subnets(mood: Mood, random: &mut Random) -> String {
    if mood == Mood::Sound {
        let sound =
            ["10.96.0.0/12", "192.168.0.0/16", "172.16.3.4/20", "fd00:96::/112", "10.0.0.0/16,fd00:1::/108"];
        return (*random.pick(&sound)).to_owned();
    }
    let count = *random.pick(&[1, 1, 1, 1, 2, 2, 3]);
    (0..count).map(|_| subnet(random)).collect::<Vec<_>>().join(",")
}

fn subnet(random: &mut Random) -> String {
    if random.percent(60) {
        let octets = [random.below(256), random.below(256), random.below(256), random.below(256)];
        let mask = if random.percent(70) { 10 + random.below(20) } else { random.below(34) };
        return format!("{}.{}.{}.{}/{mask}", octets[0], octets[1], octets[2], octets[3]);
    }
    let group = *random.pick(&["fd00", "fec0", "2001:db8", "fe80", "ff00", "::ffff:10.0.0.0", ""]);
    let mask = if random.percent(60) { 40 + random.below(86) } else { random.below(130) };
    let tail = if group.contains('.') { "" } else { "::" };
    format!("{group}{tail}/{mask}")
}

/// The text with a piece put in or taken out.
fn spoil(text: &str, random: &mut Random) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = random.below(chars.len() + 1);
    let end = (at + random.below(2)).min(chars.len());
    let piece = *random.pick(SPOILERS);
    chars[..at].iter().copied().chain(piece.chars()).chain(chars[end..].iter().copied()).collect()
}
