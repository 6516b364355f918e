//! Random files over every field the crate knows.

use kubeadm_config::wire::Gvk;
use kubeadm_config::{ApiVersion, Field, FieldType, KubeadmRelease, Support, fields};

use super::dress::Dress;
use super::random::Random;
use super::tree::{File, Tree};
use super::values::{self, Mood};

/// Makes files for one release.
#[derive(Debug)]
pub struct Grammar {
    release: KubeadmRelease,
    /// The API versions the release reads without being asked twice, the one it writes first.
    versions: Vec<ApiVersion>,
    kubelet: Vec<Field>,
    kube_proxy: Vec<Field>,
}

impl Grammar {
    /// The grammar of the files that a release reads.
    pub fn of(release: &KubeadmRelease, experimental: bool) -> Self {
        let of = |wanted: &[Support]| {
            let reads = |version: &ApiVersion| wanted.contains(&release.support(*version));
            ApiVersion::ALL.into_iter().filter(reads).collect::<Vec<_>>()
        };
        let mut versions = of(&[Support::Read, Support::Deprecated]);
        versions.sort_by_key(|version| *version != release.writes());
        if experimental {
            versions.splice(0..0, of(&[Support::Experimental]));
        }
        let leaves = |gvk: &Gvk| fields(gvk, release).into_iter().filter(is_leaf).collect();
        Self {
            kubelet: leaves(&Gvk::kubelet()),
            kube_proxy: leaves(&Gvk::kube_proxy()),
            versions,
            release: release.clone(),
        }
    }

    /// A file: one or more documents, most of them with a few fields set.
    pub fn file(&self, random: &mut Random) -> File {
        const KINDS: &[&[&str]] = &[
            &["ClusterConfiguration"],
            &["ClusterConfiguration"],
            &["InitConfiguration"],
            &["InitConfiguration", "ClusterConfiguration"],
            &["InitConfiguration", "ClusterConfiguration"],
            &["ClusterConfiguration", "InitConfiguration"],
            &["JoinConfiguration"],
            &["JoinConfiguration"],
            &["ResetConfiguration"],
            &["UpgradeConfiguration"],
            &["ClusterConfiguration", "KubeletConfiguration"],
            &["ClusterConfiguration", "KubeProxyConfiguration"],
            &["InitConfiguration", "KubeletConfiguration", "KubeProxyConfiguration", "ClusterConfiguration"],
            &["InitConfiguration", "JoinConfiguration"],
            &["ResetConfiguration", "ClusterConfiguration"],
            &["UpgradeConfiguration", "InitConfiguration"],
            &["ClusterConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration"],
            &["ClusterStatus", "ClusterConfiguration"],
        ];
        const OTHERS: &[&str] = &[
            "KubeletConfiguration",
            "KubeProxyConfiguration",
            "CredentialProviderConfig",
            "SerializedNodeConfigSource",
            "ListOptions",
            "WatchEvent",
            "ConfigMap",
            "InitConfiguration",
        ];
        let mood = *random.pick(&[Mood::Sound, Mood::Sound, Mood::Odd, Mood::Odd, Mood::Wild]);
        let mut kinds = random.pick(KINDS).to_vec();
        if mood == Mood::Wild && random.percent(15) {
            kinds.insert(random.below(kinds.len() + 1), *random.pick(OTHERS));
        }
        let documents = kinds.iter().map(|kind| self.document(kind, mood, random)).collect();
        let dress =
            if random.percent(70) { Dress::default() } else { Dress::any(mood == Mood::Wild, random) };
        File { documents, dress }
    }

    /// Group, version and kind; in a wild file now and then none that fits.
    fn type_of(&self, kind: &str, mood: Mood, random: &mut Random) -> Gvk {
        let version = if random.percent(90) { self.versions[0] } else { *random.pick(&self.versions) };
        let mut gvk = match kind {
            "KubeletConfiguration" => Gvk::kubelet(),
            "KubeProxyConfiguration" => Gvk::kube_proxy(),
            "CredentialProviderConfig" | "SerializedNodeConfigSource" => {
                Gvk { kind: kind.to_owned(), ..Gvk::kubelet() }
            }
            "ConfigMap" => Gvk { group: String::new(), version: "v1".into(), kind: kind.to_owned() },
            kind => Gvk::kubeadm(version, kind),
        };
        if mood == Mood::Wild && random.percent(6) {
            match random.below(4) {
                0 => gvk.version = (*random.pick(&["v1alpha3", "v1beta1", "v1beta2", "v2", "v1", ""])).into(),
                1 => gvk.group = (*random.pick(&["", "kubeadm.k8s", "a/b", "kubelet.config.k8s.io"])).into(),
                2 => {
                    gvk.kind =
                        (*random.pick(&["", "Cluster", "MasterConfiguration", "initConfiguration"])).into()
                }
                _ => gvk.version = (*random.pick(&["v1beta3", "v1beta4", "v1"])).into(),
            }
        }
        gvk
    }

    fn document(&self, kind: &str, mood: Mood, random: &mut Random) -> Tree {
        let gvk = self.type_of(kind, mood, random);
        let own;
        let leaves = match kind {
            "KubeletConfiguration" => &self.kubelet,
            "KubeProxyConfiguration" => &self.kube_proxy,
            _ => {
                own = fields(&gvk, &self.release).into_iter().filter(is_leaf).collect::<Vec<_>>();
                &own
            }
        };
        let mut entries = vec![
            ("apiVersion".to_owned(), Tree::Scalar(gvk.api_version())),
            ("kind".to_owned(), Tree::Scalar(gvk.kind.clone())),
        ];
        // Without a version kubeadm asks the network, which is the same wait and warning every time.
        if kind == "ClusterConfiguration" && random.percent(90) {
            entries.push(("kubernetesVersion".to_owned(), Tree::Scalar(self.release.version().to_string())));
        }
        let mut count = random.below(3);
        while random.percent(70) && count < 12 {
            count += 1;
        }
        let mut maker = Maker { release: self.release.version().to_string(), mood, random };
        if kind == "JoinConfiguration" && (mood == Mood::Sound || maker.random.percent(70)) {
            maker.put(&mut entries, "discovery.bootstrapToken.token", FieldType::Text);
            maker.put(&mut entries, "discovery.bootstrapToken.apiServerEndpoint", FieldType::Text);
            maker.put(&mut entries, "discovery.bootstrapToken.caCertHashes[]", FieldType::Text);
            entries.push(("caCertPath".to_owned(), Tree::Scalar("/srv/ca.crt".to_owned())));
        }
        for _ in 0..if leaves.is_empty() { 0 } else { count } {
            let leaf = any_leaf(leaves, maker.random);
            if mood == Mood::Sound && is_touchy(&leaf.path) {
                continue;
            }
            maker.put(&mut entries, &leaf.path, leaf.value);
            if let Some(list) = leaf.path.strip_suffix("Args[].value") {
                maker.put(&mut entries, &format!("{list}Args[].name"), FieldType::Text);
            }
        }
        if mood == Mood::Wild {
            disturb(&mut entries, maker.random);
        }
        Tree::Map(entries)
    }
}

/// Any of the leaves, each branch of the document being as likely as another; the depths of
/// `valueFrom` are rare.
fn any_leaf<'a>(leaves: &'a [Field], random: &mut Random) -> &'a Field {
    let branch =
        |field: &Field| field.path.split(['.', '[', '{']).take(2).map(str::to_owned).collect::<Vec<_>>();
    let wanted = branch(random.pick(leaves));
    let top: Vec<&Field> = leaves.iter().filter(|field| branch(field) == wanted).collect();
    let shallow: Vec<&Field> =
        top.iter().copied().filter(|field| !field.path.contains("valueFrom")).collect();
    let pool = if shallow.is_empty() || random.percent(5) { top } else { shallow };
    pool[random.below(pool.len())]
}

/// Makes values and puts them into a document.
struct Maker<'a> {
    release: String,
    mood: Mood,
    random: &'a mut Random,
}

impl Maker<'_> {
    /// Puts a value at a path: `a.b[].c`, `a{}`.
    fn put(&mut self, entries: &mut Vec<(String, Tree)>, path: &str, value: FieldType) {
        self.put_below(entries, path, path, value);
    }

    fn put_below(&mut self, entries: &mut Vec<(String, Tree)>, rest: &str, path: &str, value: FieldType) {
        let (head, tail) = rest.split_once('.').unwrap_or((rest, ""));
        let name = head.trim_end_matches(['[', ']', '{', '}']);
        let slot = entries.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            entries.push((name.to_owned(), Tree::Map(Vec::new())));
            entries.len() - 1
        });
        self.grow(&mut entries[slot].1, &head[name.len()..], tail, path, value);
    }

    fn grow(&mut self, tree: &mut Tree, steps: &str, tail: &str, path: &str, value: FieldType) {
        if let Some(steps) = steps.strip_prefix("[]") {
            let items = as_list(tree);
            if items.is_empty() || self.random.percent(30) {
                items.push(Tree::Map(Vec::new()));
            }
            if let Some(last) = items.last_mut() {
                self.grow(last, steps, tail, path, value);
            }
        } else if let Some(steps) = steps.strip_prefix("{}") {
            let key = values::text(path, &self.release, self.mood, self.random);
            let Tree::Scalar(key) = Tree::text(&key, self.random) else { return };
            let entries = as_map(tree);
            entries.retain(|(known, _)| *known != key);
            entries.push((key, Tree::Map(Vec::new())));
            if let Some((_, last)) = entries.last_mut() {
                self.grow(last, steps, tail, path, value);
            }
        } else if tail.is_empty() {
            *tree = self.leaf(path, value);
        } else {
            self.put_below(as_map(tree), tail, path, value);
        }
    }

    fn leaf(&mut self, path: &str, value: FieldType) -> Tree {
        if self.mood == Mood::Wild && self.random.percent(5) {
            return odd(self.random);
        }
        let text = match value {
            FieldType::Bool => {
                return self.one_of(&["true", "false", "yes", "off", "Y"], &["null", "1", "\"true\""]);
            }
            FieldType::Integer => {
                let odd = ["65536", "-1", "2147483648", "12345678901234567890", "1.5", "\"1\""];
                return self
                    .one_of(&["6443", "0", "1", "65535", "0x1f", "017", "1e3", "1_000", "6443.0"], &odd);
            }
            FieldType::Number => {
                return self.one_of(&["1", "0.5", "1e3", "1e-7", ".5", "1e21", "0", "-1.5"], &["x"]);
            }
            FieldType::Quantity => {
                return self.one_of(&["1Gi", "\"1\"", "500m", "1", "0.5", "1e3"], &["x", "1Kx", "~"]);
            }
            FieldType::Duration => values::typed(values::DURATION, self.mood, self.random),
            FieldType::Time => values::typed(values::TIME, self.mood, self.random),
            FieldType::Token => values::typed(path, self.mood, self.random),
            _ => values::text(path, &self.release, self.mood, self.random),
        };
        Tree::text(&text, self.random)
    }

    fn one_of(&mut self, sound: &[&str], odd: &[&str]) -> Tree {
        let items = if self.mood == Mood::Wild && self.random.percent(25) { odd } else { sound };
        Tree::Scalar((*self.random.pick(items)).to_owned())
    }
}

fn as_list(tree: &mut Tree) -> &mut Vec<Tree> {
    if !matches!(tree, Tree::List(_)) {
        *tree = Tree::List(Vec::new());
    }
    match tree {
        Tree::List(items) => items,
        _ => unreachable!("it was made a list"),
    }
}

fn as_map(tree: &mut Tree) -> &mut Vec<(String, Tree)> {
    if !matches!(tree, Tree::Map(_)) {
        *tree = Tree::Map(Vec::new());
    }
    match tree {
        Tree::Map(entries) => entries,
        _ => unreachable!("it was made a map"),
    }
}

/// Now and then an unknown key, one in another letter case, or one that is a duplicate.
fn disturb(entries: &mut Vec<(String, Tree)>, random: &mut Random) {
    if random.percent(88) {
        return;
    }
    // Into a map further down in half of the cases.
    let inner = entries.iter_mut().find_map(|(_, value)| match value {
        Tree::Map(inner) if !inner.is_empty() => Some(inner),
        _ => None,
    });
    let target = match inner {
        Some(inner) if random.percent(50) => inner,
        _ => entries,
    };
    let at = random.below(target.len() + 1);
    match random.below(3) {
        0 => target.insert(at, ("colour".to_owned(), odd(random))),
        1 if at < target.len() => {
            let key = &mut target[at].0;
            if let Some(first) = key.get(..1).map(str::to_ascii_uppercase) {
                key.replace_range(..1, &first);
            }
        }
        2 if at < target.len() => {
            let (key, _) = target[at].clone();
            target.push((key, odd(random)));
        }
        _ => {}
    }
}

fn is_leaf(field: &Field) -> bool {
    !matches!(field.value, FieldType::Struct | FieldType::List | FieldType::Map)
}

/// Whether a field mostly needs others to be sound beside it.
fn is_touchy(path: &str) -> bool {
    let ends =
        ["expires", "usages[]", "groups[]", "caFile", "certFile", "keyFile", "httpEndpoints[]", "caCertPath"];
    ends.iter().any(|end| path.ends_with(end))
        || path.starts_with("discovery.file")
        || path.starts_with("etcd.external")
}

/// A value of any type.
fn odd(random: &mut Random) -> Tree {
    let scalar = |text: &str| Tree::Scalar(text.to_owned());
    match random.below(8) {
        0 => scalar("~"),
        1 => scalar("12"),
        2 => scalar("true"),
        3 => Tree::List(Vec::new()),
        4 => Tree::Map(Vec::new()),
        5 => Tree::List(vec![scalar("a")]),
        6 => Tree::Map(vec![("a".to_owned(), scalar("b"))]),
        _ => Tree::text(&values::plain(random), random),
    }
}
