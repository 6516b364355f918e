//! The files that command lines name.

use kubeadm_config::{ApiVersion, KubeadmRelease};

use crate::differential::oracle::{Content, NamedFile};

/// The token of every file that has one.
pub(super) const TOKEN: &str = "abcdef.0123456789abcdef";

/// The files, in what the release reads; the last ones no program can read.
pub(super) fn files(release: &KubeadmRelease) -> Vec<NamedFile> {
    let api = release.writes();
    let version = release.version();
    let head = |kind: &str| format!("apiVersion: kubeadm.k8s.io/{api}\nkind: {kind}\n");
    let cluster = format!("{}kubernetesVersion: {version}\n", head("ClusterConfiguration"));
    let init = format!("{}bootstrapTokens:\n- token: {TOKEN}\n", head("InitConfiguration"));
    let join = format!(
        "{}discovery:\n  bootstrapToken:\n    token: {TOKEN}\n    apiServerEndpoint: lb:6443\n    unsafeSkipCAVerification: true\n",
        head("JoinConfiguration")
    );
    let component =
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDomain: other.local\n";
    let newest = format!("{api}") == format!("{}", ApiVersion::V1Beta4);
    let neighbour = if newest { "v1beta3" } else { "v1beta4" };
    let mut files = vec![
        ("cluster.yaml", cluster.clone()),
        ("init.yaml", init.clone()),
        ("both.yaml", format!("{cluster}---\n{init}")),
        ("join.yaml", join.clone()),
        ("any6.yaml", format!("{init}localAPIEndpoint:\n  advertiseAddress: \"::\"\n")),
        ("loopback.yaml", format!("{init}localAPIEndpoint:\n  advertiseAddress: 127.0.0.1\n")),
        ("reset.yaml", head("ResetConfiguration")),
        ("upgrade.yaml", head("UpgradeConfiguration")),
        ("component.yaml", format!("{cluster}---\n{component}")),
        ("component-alone.yaml", component.to_owned()),
        ("everything.yaml", format!("{cluster}---\n{init}---\n{join}---\n{component}")),
        ("no-version.yaml", head("ClusterConfiguration")),
        ("label.yaml", format!("{}kubernetesVersion: stable-1\n", head("ClusterConfiguration"))),
        ("ci.yaml", format!("{}kubernetesVersion: ci/{version}-1+abc\n", head("ClusterConfiguration"))),
        ("repository.yaml", format!("{cluster}imageRepository: example.com/k8s\ndns:\n  imageTag: v9\n")),
        ("unknown-field.yaml", format!("{cluster}colour: red\n")),
        ("twice.yaml", format!("{cluster}clusterName: a\nclusterName: b\n")),
        ("wrong-type.yaml", format!("{cluster}networking: none\n")),
        (
            "faults.yaml",
            format!("{cluster}certificatesDir: a\nnetworking:\n  podSubnet: x\n  dnsDomain: A_B\n"),
        ),
        ("two-clusters.yaml", format!("{cluster}---\n{cluster}")),
        ("neighbour.yaml", cluster.replace(&format!("/{api}"), &format!("/{neighbour}"))),
        ("old.yaml", cluster.replace(&format!("/{api}"), "/v1beta1")),
        ("foreign.yaml", "apiVersion: v1\nkind: Pod\n".to_owned()),
        ("foreign-group.yaml", "apiVersion: example.com/v1\nkind: Thing\n".to_owned()),
        ("gates.yaml", format!("{cluster}featureGates:\n  Nope: true\n")),
        ("empty.yaml", String::new()),
        ("blank.yaml", "\n\n".to_owned()),
        ("separator.yaml", "---\n".to_owned()),
        ("comment.yaml", "# nothing\n".to_owned()),
        ("text.yaml", "just words\n".to_owned()),
        ("broken.yaml", "a: [1\n".to_owned()),
        (
            "cluster.json",
            format!("{{\"apiVersion\":\"kubeadm.k8s.io/{api}\",\"kind\":\"ClusterConfiguration\"}}\n"),
        ),
    ]
    .into_iter()
    .map(|(name, text)| NamedFile { name, content: Content::Bytes(text.into_bytes()) })
    .collect::<Vec<_>>();
    files.push(NamedFile { name: "bytes.yaml", content: Content::Bytes(b"a: \"\xff\xfe\"\n".to_vec()) });
    files.push(NamedFile { name: "nul.yaml", content: Content::Bytes(b"a: \"\0\"\n".to_vec()) });
    files.push(NamedFile { name: "folder", content: Content::Folder });
    files.push(NamedFile { name: "unreadable.yaml", content: Content::Unreadable });
    files.push(NamedFile { name: "loop.yaml", content: Content::LinkTo("loop.yaml") });
    files.push(NamedFile { name: "missing.yaml", content: Content::Nothing });
    files.push(NamedFile { name: "cluster.yaml/inside", content: Content::Nothing });
    files
}
