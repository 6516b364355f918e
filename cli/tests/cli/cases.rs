//! Inputs on which the program once said that something is well, or said something that is not so:
//! `tests/cases`, a row a case.

use std::path::{Path, PathBuf};

use regex::RegexBuilder;

use crate::k8sprep;

/// A row of `expected.tsv`.
struct Case<'a> {
    input: &'a str,
    argv: &'a str,
    exit: &'a str,
    contains: &'a str,
    lacks: &'a str,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn cases(table: &str) -> impl Iterator<Item = Case<'_>> {
    table.lines().skip(1).map(|row| {
        let mut columns = row.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        Case { input: next(), argv: next(), exit: next(), contains: next(), lacks: next() }
    })
}

/// The patterns of a cell; what stands in parentheses behind one is a note.
fn patterns(cell: &str) -> impl Iterator<Item = (String, bool)> + '_ {
    cell.split(';').map(str::trim).filter(|pattern| !pattern.is_empty()).map(|pattern| {
        let exact = pattern.contains("(this case)");
        (pattern.replace("(this case)", "").trim().to_owned(), exact)
    })
}

fn is_found(said: &str, pattern: &str, exact: bool) -> bool {
    RegexBuilder::new(pattern).case_insensitive(!exact).build().unwrap().is_match(said)
}

#[test]
fn what_is_said_is_so() {
    let table = std::fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut run = 0;
    for case in cases(&table) {
        run += 1;
        let input = folder().join(case.input).display().to_string();
        let argv = case.argv.split(' ').map(|word| match word {
            "FILE" | "DIR" => input.as_str(),
            word => word,
        });
        let output = k8sprep(argv).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let code = output.status.code().unwrap();
        let exit_is_right = match case.exit {
            "" => true,
            "not 0" => code != 0,
            exit => exit == code.to_string(),
        };
        let missing = patterns(case.contains).filter(|(pattern, exact)| !is_found(&said, pattern, *exact));
        let surplus = patterns(case.lacks).filter(|(pattern, exact)| is_found(&said, pattern, *exact));
        let faults: Vec<String> = missing
            .map(|(pattern, _)| format!("lacks {pattern}"))
            .chain(surplus.map(|(pattern, _)| format!("has {pattern}")))
            .chain((!exit_is_right).then(|| format!("exits with {code}")))
            .collect();
        if !faults.is_empty() {
            wrong.push(format!("{} {}: {}\n{said}", case.input, case.argv, faults.join(", ")));
        }
    }
    assert!(run >= 16, "{run}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn checked(text: &[u8], args: &[&str]) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.yaml");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let output = k8sprep(["check-config", &file].into_iter().chain(args.iter().copied())).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// One sentence says what a file is that was taken for kubeadm's; none of them is accepted.
#[test]
fn what_is_nearly_a_kubeadm_file_is_named() {
    let files: &[(&[u8], &str)] = &[
        (b"", "no kubeadm document"),
        (b"# nothing\n", "no kubeadm document"),
        (b"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n", "kind cluster"),
        (b"apiVersion: v1\nkind: Config\nclusters: []\n", "kubeconfig"),
        (b"replicaCount: 1\nimage:\n  tag: a\n", "Helm values"),
        (b"write-kubeconfig-mode: \"0644\"\ntls-san:\n- a\n", "k3s"),
        (b"apiVersion: v1\nkind: ConfigMap\ndata:\n  ClusterConfiguration: |\n    a: b\n", "kubeadm-config"),
        (b"apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\n", "Cluster API"),
        (b"apiVersion: {{ api }}\nkind: ClusterConfiguration\n", "template"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip"),
        (b"\xff\xfea\x00:\x00 \x00b\x00\n\x00\x00", "UTF-16"),
        (b"role: worker\nkubernetesVersion: v1.34.0\n", "k8sprep spec"),
        (b"[crio.image]\npause_image = \"a\"\n", "CRI-O"),
        (b"[Service]\nEnvironment=A=b\n", "systemd"),
        (b"kubeadm join a:6443 --token b\n", "command line"),
        (b"apiVersion: v1beta4\nkind: ClusterConfiguration\n", "kubeadm.k8s.io/v1beta4"),
        (b"apiVersion: kubeadm.k8s.io/v1beta4\nkind: clusterConfiguration\n", "ClusterConfiguration"),
    ];
    for (text, what) in files {
        let (code, said) = checked(text, &[]);
        assert_eq!(code, 3, "{what}: {said}");
        assert!(said.contains(what), "{what}: {said}");
        assert!(!said.contains("accepts it"), "{what}: {said}");
    }
}

#[test]
fn a_file_without_a_version_says_which_release_judged_it() {
    let join = b"apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\ndiscovery:\n  file:\n    kubeConfigPath: /no/such\n";
    let (code, said) = checked(join, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("API version"), "{said}");
    let (_, json) = checked(join, &["--output", "json"]);
    assert!(json.contains("\"kubeadmFrom\": \"api-version\""), "{json}");
}

#[test]
fn one_unreadable_file_does_not_keep_the_others_from_being_checked() {
    let good = folder().join("t12-misplaced.yaml").display().to_string();
    let output = k8sprep(["check-config", "/no/such/file.yaml", &good]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("belongs in apiServer"));
}

/// Sentences of help that were not so.
#[test]
fn help_says_nothing_that_is_not_so() {
    let cluster = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    let (_, said) = checked(format!("{cluster}kubernetesVersion: true\n").as_bytes(), &[]);
    assert!(said.contains("such as kubernetesVersion: \"v1.34.0\"") && !said.contains("vtrue"), "{said}");
    let (_, said) = checked(format!("{cluster}kubernetesVersion: 1.33\n").as_bytes(), &[]);
    assert!(said.contains("kubernetesVersion: \"v1.33.0\""), "{said}");
    let proxy = |version: &str, api: &str| {
        let text = format!(
            "apiVersion: kubeadm.k8s.io/{api}\nkind: ClusterConfiguration\nkubernetesVersion: {version}\n---\n\
             apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nft\n"
        );
        checked(text.as_bytes(), &[]).1
    };
    assert!(proxy("v1.34.0", "v1beta4").contains("did you mean nftables?"));
    let old = proxy("v1.27.0", "v1beta3");
    assert!(old.contains("nftables came with 1.29") && !old.contains("did you mean"), "{old}");
    let (_, said) = checked(b"", &[]);
    assert!(said.contains("the file is empty") && !said.contains("only comments"), "{said}");
    assert_eq!(said.matches("there is no kubeadm document in it").count(), 1, "{said}");
    let output = k8sprep(["gen-config", "--proxy-mode", "nft"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
