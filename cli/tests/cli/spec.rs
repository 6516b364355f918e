//! `k8sprep init-spec`, `schema` and `facts`.

use serde_json::Value;

use crate::{failure, k8sprep, stdout};

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(k8sprep(args.iter().copied()))).unwrap()
}

#[test]
fn a_new_spec_is_a_spec_and_never_overwrites() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("k8sprep.yaml");
    let file = file.to_str().unwrap();
    let init = ["init-spec", "--kubernetes-version", "v1.34.0", "-o", file];
    assert_eq!(stdout(k8sprep(init)), "");
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(stdout(k8sprep(["init-spec", "--kubernetes-version", "v1.34.0"])), text);
    let (status, said) = failure(k8sprep(init));
    assert!(status == 1 && said.contains("already exists"), "{said}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    let root = dir.path().join("root");
    std::fs::create_dir_all(root.join("etc")).unwrap();
    let with_address = format!("{text}advertiseAddress: 192.0.2.10\nnodeName: n1\n");
    std::fs::write(file, with_address).unwrap();
    let plan = json(&["plan", "--root", root.to_str().unwrap(), "--spec", file, "--output", "json"]);
    assert!(!plan["steps"].as_array().unwrap().is_empty());
}

#[test]
fn a_bad_spec_is_refused_with_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.yaml");
    std::fs::write(&file, "kubernetesVersion: v1.34.0\nswapp: off\ncgroupDriver: systemdd\n").unwrap();
    let root = dir.path().to_str().unwrap();
    let (status, said) = failure(k8sprep(["plan", "--root", root, "--spec", file.to_str().unwrap()]));
    assert_eq!(status, 1);
    assert!(
        said.contains("bad.yaml:2:1\n  |\n2 | swapp: off\n  | ^^^^^")
            && said.contains("error: swapp: unknown field; did you mean swap?")
            && said.contains("bad.yaml:3:15\n")
            && said.contains("error: cgroupDriver: "),
        "{said}"
    );
}

#[test]
fn the_schema_knows_the_fields() {
    let schema = json(&["schema"]);
    assert_eq!(schema["required"], serde_json::json!(["kubernetesVersion"]));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn facts_of_a_tree_have_nothing_live() {
    let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/trees/centos-7");
    let facts = json(&["facts", "--root", tree, "--output", "json", "--sysctl", "vm.max_map_count"]);
    assert_eq!(facts["running"], false);
    assert_eq!(facts["distro"]["id"], "centos");
    assert_eq!(facts["kernel"]["release"]["unknown"], "this is a tree, not a running host");
    assert!(facts["sysctls"]["vm.max_map_count"].is_object());
    let text = stdout(k8sprep(["facts", "--root", tree]));
    assert!(text.contains("/dev/mapper/centos-swap (on at boot)"), "{text}");
    let (status, said) = failure(k8sprep(["facts", "--root", "/nonexistent"]));
    assert!(status == 1 && said.contains("cannot open /nonexistent as the root of a host"), "{said}");
}

/// Where the keys are names of the host: of modules, of parameters, of variables.
const NAMED_BY_THE_HOST: [&str; 4] = ["modules", "sysctls", "environment", "variables"];

fn snake_keys(value: &Value, under: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key.contains('_') && !NAMED_BY_THE_HOST.contains(&under) {
                    found.push(format!("{under}.{key}"));
                }
                snake_keys(inner, key, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| snake_keys(inner, under, found)),
        _ => {}
    }
}

#[test]
fn keys_of_facts_are_in_the_one_style() {
    let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/trees/centos-7");
    let facts = json(&["facts", "--root", tree, "--output", "json"]);
    let mut found = Vec::new();
    snake_keys(&facts, "", &mut found);
    assert_eq!(found, [""; 0]);
    assert!(facts["distro"]["versionId"].is_string() && facts["swap"]["sources"][0]["atBoot"].is_boolean());
}

#[test]
fn kubeadms_kinds_have_schemas() {
    let schema = json(&["schema", "clusterconfiguration", "--api-version", "v1beta3"]);
    assert_eq!(schema["properties"]["apiVersion"]["const"], "kubeadm.k8s.io/v1beta3");
    assert_eq!(
        json(&["schema", "InitConfiguration"])["properties"]["apiVersion"]["const"],
        "kubeadm.k8s.io/v1beta4"
    );
    let of_release = json(&["schema", "JoinConfiguration", "--kubernetes-version", "v1.20.2"]);
    assert_eq!(of_release["properties"]["apiVersion"]["const"], "kubeadm.k8s.io/v1beta2");
    let list = stdout(k8sprep(["schema", "--list"]));
    assert!(list.contains("ResetConfiguration           kubeadm.k8s.io/v1\n"), "{list}");
    let (status, stderr) = failure(k8sprep(["schema", "ResetConfiguration", "--api-version", "v1beta2"]));
    assert_eq!(status, 2);
    assert!(stderr.contains("kubeadm.k8s.io/v1beta4"), "{stderr}");
    assert_eq!(failure(k8sprep(["schema", "Colour"])).0, 2);
}

/// What a spec names lies beside it, wherever the command runs; every problem of both is told.
#[test]
fn documents_of_kubeadm_are_read_beside_the_spec() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    std::fs::create_dir_all(root.join("etc")).unwrap();
    let spec = dir.path().join("k8sprep.yaml");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write(
        "k8sprep.yaml",
        "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7\nkubeadmConfig: own.yaml\n",
    );
    let words = ["apply", "--root", root.to_str().unwrap(), "-f", spec.to_str().unwrap(), "--no-packages"];
    let (status, said) = failure(k8sprep(words));
    assert!(
        status == 1 && said.contains("k8sprep.yaml:4:16") && said.contains("cannot read own.yaml"),
        "{said}"
    );
    let cluster = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    write("own.yaml", &format!("{cluster}apiServer: {{certSans: [k8s.example.com]}}\n"));
    let (status, said) = failure(k8sprep(words));
    assert!(status == 1 && said.contains("own.yaml:3: ") && said.contains("certSans"), "{said}");
    write("own.yaml", &format!("{cluster}apiServer: {{certSANs: [k8s.example.com]}}\n"));
    k8sprep(words).assert().success();
    let written = std::fs::read_to_string(root.join("etc/kubernetes/k8sprep/kubeadm.yaml")).unwrap();
    assert!(written.contains("  certSANs:\n  - k8s.example.com\n"), "{written}");
    let verify = [&["verify"], &words[1..]].concat();
    k8sprep(verify.iter().copied()).assert().success();
    write("own.yaml", &format!("{cluster}apiServer: {{certSANs: [other.example.com]}}\n"));
    k8sprep(verify).assert().code(3);
}
