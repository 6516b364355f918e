//! The command lines: kubeadm's, and the same for the program.

use kubeadm_config::KubeadmRelease;

use super::Line;
use crate::differential::VALIDATE_SINCE;
use crate::differential::oracle::NamedFile;

/// Every line for a release.
pub(super) fn lines(release: &KubeadmRelease, files: &[NamedFile]) -> Vec<Line> {
    let version = release.version().to_string();
    let mut table = Table { version: &version, lines: Vec::new() };
    let has_validate = release.minor().number() >= VALIDATE_SINCE;
    for file in files.iter().map(|file| file.name).chain([""]) {
        if has_validate {
            table.validate(&["--config", file], &[file]);
        }
        table.migrate(&["--old-config", file], &[file]);
        table.images(&["--config", file]);
    }
    if has_validate {
        table.validate(&[], &[]);
        for file in ["neighbour.yaml", "cluster.yaml", "missing.yaml"] {
            table.validate(
                &["--config", file, "--allow-experimental-api"],
                &[file, "--allow-experimental-api"],
            );
            table.migrate(
                &["--old-config", file, "--allow-experimental-api"],
                &[file, "--allow-experimental-api"],
            );
        }
    }
    table.migrate(&[], &[]);
    table.defaults();
    table.images_without_file(release);
    table.images_in_formats();
    table.lines
}

struct Table<'a> {
    version: &'a str,
    lines: Vec<Line>,
}

impl Table<'_> {
    fn add(&mut self, kubeadm: &[&[&str]], ours: &[&[&str]]) {
        let words = |parts: &[&[&str]]| parts.concat().into_iter().map(str::to_owned).collect();
        self.lines.push(Line { kubeadm: words(kubeadm), ours: words(ours) });
    }

    fn validate(&mut self, kubeadm: &[&str], ours: &[&str]) {
        let as_release = ["check-config", "--like-kubeadm", "--kubernetes-version", self.version];
        self.add(&[&["config", "validate"], kubeadm], &[&as_release, ours]);
    }

    fn migrate(&mut self, kubeadm: &[&str], ours: &[&str]) {
        let as_release = ["migrate-config", "--like-kubeadm", "--kubernetes-version", self.version];
        self.add(&[&["config", "migrate"], kubeadm], &[&as_release, ours]);
    }

    /// Both have the same flags.
    fn images(&mut self, flags: &[&str]) {
        let as_release = ["images", "--like-kubeadm", "--kubeadm-version", self.version];
        self.add(&[&["config", "images", "list"], flags], &[&as_release, flags]);
    }

    fn defaults(&mut self) {
        const COMPONENTS: [&[&str]; 11] = [
            &[],
            &["KubeletConfiguration"],
            &["KubeProxyConfiguration"],
            &["KubeletConfiguration,KubeProxyConfiguration"],
            &["KubeProxyConfiguration", "KubeletConfiguration"],
            &["KubeletConfiguration,KubeletConfiguration"],
            &[""],
            &[","],
            &["Foo"],
            &["kubeletconfiguration"],
            &["KubeletConfiguration, KubeProxyConfiguration"],
        ];
        for kind in ["init", "join", "reset", "upgrade"] {
            for components in COMPONENTS {
                let flags: Vec<&str> =
                    components.iter().flat_map(|value| ["--component-configs", value]).collect();
                let as_release = ["print-defaults", kind, "--kubernetes-version", self.version];
                self.add(
                    &[&["config", "print", &format!("{kind}-defaults")], &flags],
                    &[&as_release, &flags],
                );
            }
        }
    }

    fn images_without_file(&mut self, release: &KubeadmRelease) {
        let (version, minor) = (self.version, release.minor().number());
        self.images(&[]);
        let of_minor = |minor: u64, patch: &str| format!("v1.{minor}.{patch}");
        let versions = [
            version.to_owned(),
            version.trim_start_matches('v').to_owned(),
            of_minor(minor, "0"),
            of_minor(minor, "0-rc.1"),
            of_minor(minor - 1, "3"),
            of_minor(minor - 2, "0"),
            of_minor(minor + 1, "0"),
            of_minor(minor + 7, "0"),
            format!("{version}+build.5"),
            format!("ci/{version}-alpha.1.2+abcdef"),
            format!("v1.{minor}"),
            "stable".to_owned(),
            "stable-1".to_owned(),
            "ci/latest".to_owned(),
            "release/stable-2".to_owned(),
            "newest".to_owned(),
            "v1.x".to_owned(),
            String::new(),
        ];
        for version in &versions {
            self.images(&["--kubernetes-version", version]);
        }
        for repository in ["example.com/k8s", "example.com/k8s/", "Bad Repo", "a:b:c", "", "localhost:5000"] {
            self.images(&["--kubernetes-version", version, "--image-repository", repository]);
        }
        for gates in GATES {
            self.images(&["--kubernetes-version", version, "--feature-gates", gates]);
        }
        self.images(&[
            "--config",
            "cluster.yaml",
            "--kubernetes-version",
            "v1.2.3",
            "--image-repository",
            "x",
        ]);
        self.images(&["--config", "cluster.yaml", "--feature-gates", "Nope=true"]);
        self.images(&["--config", "missing.yaml", "--feature-gates", "Nope"]);
    }

    fn images_in_formats(&mut self) {
        let version = self.version;
        for format in FORMATS {
            self.images(&["--kubernetes-version", version, "-o", format]);
        }
        self.images(&["--config", "repository.yaml", "-o", "json"]);
        self.images(&["--config", "faults.yaml", "-o", "yaml"]);
        self.images(&["--config", "missing.yaml", "-o", "bad"]);
        self.images(&["--feature-gates", "Nope=true", "-o", "bad"]);
    }
}

const GATES: [&str; 18] = [
    "Nope=true",
    "RootlessControlPlane=true",
    "RootlessControlPlane=T",
    "RootlessControlPlane=0",
    "RootlessControlPlane=maybe",
    "RootlessControlPlane=",
    "RootlessControlPlane",
    " RootlessControlPlane = true ",
    "PublicKeysECDSA=true",
    "PublicKeysECDSA=maybe",
    "EtcdLearnerMode=false",
    "WaitForAllControlPlaneComponents=true",
    "ControlPlaneKubeletLocalMode=true",
    "NodeLocalCRISocket=false",
    "PublicKeysECDSA=true,RootlessControlPlane=false",
    "PublicKeysECDSA=true,Nope=false",
    ",,",
    "",
];

const FORMATS: [&str; 38] = [
    "text",
    "json",
    "yaml",
    "kyaml",
    "Text",
    "JSON",
    "Yaml",
    "name",
    "wide",
    "",
    "jsonpath",
    "jsonpath=",
    "template",
    "go-template-file=",
    "jsonpath=plain",
    "jsonpath={.images[0]}",
    "jsonpath={.images[-1]} {.kind}",
    "jsonpath={.images}",
    "jsonpath={@}",
    "jsonpath={.images[0:5:2]}",
    "jsonpath={.images[5:1]}",
    "jsonpath={.images[0,2]}",
    "jsonpath={range .images[*]}{@}{\"\\n\"}{end}",
    "jsonpath={range .missing[*]}{@}{end}{.kind}",
    "jsonpath={range .images[0:2]}{range $}{'x'}{end}{end}-",
    "jsonpath={.images[?(@>'registry.k8s.io/l')]}",
    "jsonpath={.images[?(@==1)]}",
    "jsonpath={.images[99]}",
    "jsonpath={.kind[0]}",
    "jsonpath={..images[1]}",
    "jsonpath={.kind.*}",
    "jsonpath={end}",
    "jsonpath={foo}",
    "jsonpath={",
    "jsonpath={#}",
    "jsonpath={.images[x]}",
    "jsonpath-as-json={.images[0:2]}",
    "jsonpath-as-json={.missing}{.kind}",
];
