//! What a file is, by its content. A file that cannot be parsed is known all the same: that is what
//! is to be told of it.

use serde::Serialize;

/// A kind of file that is checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Kubeadm,
    Kubelet,
    KubeProxy,
    Crio,
    Registries,
    Storage,
    Spec,
}

impl Kind {
    /// As people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Kubeadm => "kubeadm",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
            Self::Crio => "crio.conf",
            Self::Registries => "registries.conf",
            Self::Storage => "storage.conf",
            Self::Spec => "k8sprep.yaml",
        }
    }
}

/// The API groups of documents that are checked, what kubeadm reads first.
const GROUPS: [(&str, Kind); 3] = [
    ("kubeadm.k8s.io/", Kind::Kubeadm),
    ("kubelet.config.k8s.io/", Kind::Kubelet),
    ("kubeproxy.config.k8s.io/", Kind::KubeProxy),
];

/// Keys of a spec that other files with a `kubernetesVersion` do not have beside it.
const OF_SPEC: [&str; 27] = [
    "apiVersion",
    "role",
    "kubernetesVersion",
    "crioVersion",
    "mirrors",
    "pins",
    "imageRepository",
    "pauseImage",
    "cgroupDriver",
    "cgroup",
    "criSocket",
    "swap",
    "selinux",
    "firewall",
    "networking",
    "proxy",
    "registryMirrors",
    "sysctls",
    "modules",
    "controlPlaneEndpoint",
    "advertiseAddress",
    "nodeName",
    "clusterName",
    "token",
    "kubeadm",
    "kubeadmConfig",
    "join",
];

/// What the text is; none where it is nothing that is checked here.
pub(super) fn of(text: &str) -> Option<Kind> {
    let text = text.trim_start_matches('\u{feff}');
    document(text).or_else(|| toml(text)).or_else(|| spec(text))
}

fn document(text: &str) -> Option<Kind> {
    // In JSON no line starts with a key.
    let is_json = text.trim_start().starts_with('{');
    let versions: Vec<&str> = if is_json {
        text.split("\"apiVersion\"").skip(1).map(str::trim_start).collect()
    } else {
        let key = |line| after_key(line, "apiVersion");
        text.lines().filter_map(key).collect()
    };
    let value = |rest: &&str| {
        let rest = rest.trim_start().trim_start_matches(':').trim_start();
        rest.trim_start_matches(['"', '\'']).to_owned()
    };
    let values: Vec<String> = versions.iter().map(value).collect();
    GROUPS
        .iter()
        .find(|(group, _)| values.iter().any(|value| value.starts_with(group)))
        .map(|(_, kind)| *kind)
}

/// What follows a key at the margin, its colon first.
fn after_key<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let quoted = |quote: char| line.strip_prefix(quote)?.strip_prefix(key)?.strip_prefix(quote);
    let rest = line.strip_prefix(key).or_else(|| quoted('"')).or_else(|| quoted('\''))?;
    rest.trim_start().starts_with(':').then_some(rest)
}

fn toml(text: &str) -> Option<Kind> {
    let mut storage = false;
    for line in text.lines().map(str::trim) {
        let head: String =
            line.chars().take_while(|c| *c != '#').filter(|c| !c.is_whitespace() && *c != '"').collect();
        let is_key =
            |key: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        // One that is not closed is told as such.
        if head == "[crio]" || head == "[crio" || head.starts_with("[crio.") {
            return Some(Kind::Crio);
        }
        let registries = head.starts_with("[[registry")
            // The older form; Cargo has a table of that name, too.
            || ["search", "insecure", "block"].iter().any(|kind| head.starts_with(&format!("[registries.{kind}")))
            || is_key("unqualified-search-registries")
            || is_key("short-name-mode");
        if registries {
            return Some(Kind::Registries);
        }
        storage |= head == "[storage]";
        // Others have a table of that name, too.
        let own = ["driver", "graphroot", "runroot", "imagestore"].iter().any(|key| is_key(key));
        if head.starts_with("[storage.options") || storage && own {
            return Some(Kind::Storage);
        }
    }
    None
}

/// A spec names the version of Kubernetes, is of no API group, and has for the most part its keys.
fn spec(text: &str) -> Option<Kind> {
    let key = |line: &str| {
        let name = line.split_once(':')?.0;
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| name.to_owned())
    };
    let keys: Vec<String> = text.lines().filter_map(key).collect();
    // A key with a slip is what the check is to tell.
    let is = |key: &String, name: &str| {
        key == name || name.len() > 3 && strsim::osa_distance(&key.to_lowercase(), &name.to_lowercase()) <= 2
    };
    let known = keys.iter().filter(|key| OF_SPEC.iter().any(|name| is(key, name))).count();
    let has = |name: &str| keys.iter().any(|key| is(key, name));
    let is_object = keys.iter().any(|key| key == "kind");
    (has("kubernetesVersion") && !is_object && known * 2 > keys.len()).then_some(Kind::Spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_content() {
        for (text, kind) in [
            ("---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n", Some(Kind::Kubeadm)),
            ("apiVersion: \"kubelet.config.k8s.io/v1beta1\"\n", Some(Kind::Kubelet)),
            (
                "\u{feff}{\"kind\": \"X\", \"apiVersion\" : \"kubeproxy.config.k8s.io/v1alpha1\"}",
                Some(Kind::KubeProxy),
            ),
            (
                "apiVersion: kubelet.config.k8s.io/v1beta1\n---\n'apiVersion': kubeadm.k8s.io/v1beta3\n",
                Some(Kind::Kubeadm),
            ),
            (
                "apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n    apiVersion: kubeadm.k8s.io/v1beta4\n",
                None,
            ),
            ("# ours\n[crio.runtime]\nx = {\n", Some(Kind::Crio)),
            ("[ crio . \"image\" ]\n", Some(Kind::Crio)),
            ("unqualified-search-registries = []\n", Some(Kind::Registries)),
            ("[registries.search]\nregistries = []\n", Some(Kind::Registries)),
            ("[storage]\n  driver = \"overlay\"\n", Some(Kind::Storage)),
            ("[storage]\nurl = \"s3://x\"\n", None),
            ("[crio.runtime\nlog_level = \"info\"\n", Some(Kind::Crio)),
            ("[[registry]\nlocation = \"a\"\n", Some(Kind::Registries)),
            ("[[registry.mirror]]\nlocation = \"a\"\n", Some(Kind::Registries)),
            ("kubernetesVersion: v1.34.0\nrole: nothing\n", Some(Kind::Spec)),
            ("kubernetesVersion: v1.34.0\nroel: worker\n", Some(Kind::Spec)),
            ("kubernetsVersion: v1.34.0\nrole: worker\nCgroup: keep\n", Some(Kind::Spec)),
            ("kubernetesVersion: v1.34.0\nreplicas: 1\nimage: x\nservice: y\n", None),
            ("[package]\nname = \"x\"\n", None),
            ("[registries.mine]\nindex = \"x\"\n", None),
            ("", None),
        ] {
            assert_eq!(of(text), kind, "{text:?}");
        }
    }

    #[test]
    fn every_field_of_a_spec_is_known() {
        let schema = crate::recipe::schema();
        let fields = schema["properties"].as_object().unwrap();
        let missing: Vec<_> = fields.keys().filter(|key| !OF_SPEC.contains(&key.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
