//! `check-config`, `migrate-config`, `print-defaults` and `images`.

use serde_json::Value;

use crate::{failure, k8sprep, stdout};

const BAD: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.34.0
networking:
  podSubnet: 10.244.0.0/99
  serviceSubnet: 10.96.0.0/8
  dnsDomain: Bad_Domain
imageRepository: \"::\"
etcd:
  local:
    dataDir: relative
certificatesDir: also/relative
apiServer:
  certSANs: [\"a b\"]
  timeoutForControlPlane: 4m0s
scheduler:
  extraVolumes: none
clusterName: 7
";

const GOOD: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n";

#[test]
fn ten_faults_are_ten_errors_each_with_its_place() {
    let assert = k8sprep(["check-config", "-", "--output", "json"]).stdin(BAD).assert().code(3);
    let reports: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let remarks = reports["files"][0]["remarks"].as_array().unwrap();
    let errors: Vec<_> = remarks.iter().filter(|remark| remark["severity"] == "error").collect();
    assert_eq!(errors.len(), 10, "{errors:#?}");
    for error in errors {
        let line = usize::try_from(error["line"].as_u64().unwrap()).unwrap();
        let text = BAD.lines().nth(line - 1).unwrap();
        let field = error["field"].as_str().unwrap().rsplit('.').next().unwrap();
        assert!(text.contains(field), "{error:#?}\n{text}");
        assert!(error["column"].as_u64().unwrap() > 0);
    }
    let moved = remarks.iter().find(|remark| remark["code"] == "field-moved").unwrap();
    assert!(moved["text"].as_str().unwrap().contains("timeouts.controlPlaneComponentHealthCheck"));
}

#[test]
fn the_text_report_shows_the_place_with_a_caret() {
    let assert = k8sprep(["check-config", "-"]).stdin(BAD).assert().code(3);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(text.contains(" --> stdin:5:14\n"), "{text}");
    assert!(text.contains("5 |   podSubnet: 10.244.0.0/99\n  |              ^^^^^^^^^^^^^\n"), "{text}");
    assert!(text.ends_with("stdin: kubeadm v1.34.0 refuses it\n"), "{text}");
}

#[test]
fn of_a_line_too_long_to_show_the_place_is_told() {
    let long = "x, ".repeat(5_000);
    let file = format!("{GOOD}colour: red\napiServer: {{certSANs: [{long}], certSAN: a}}\n");
    let assert = k8sprep(["check-config", "-"]).stdin(file).assert().code(3);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(text.contains("4 | colour: red\n  | ^^^^^^\n"), "{text}");
    assert!(
        text.contains("unknown field \"apiServer.certSAN\" [unknown-field]\n--> stdin:5:15027\n"),
        "{text}"
    );
    assert!(!text.contains("x, x"), "{text}");
}

#[test]
fn advice_alone_fails_only_when_strict() {
    k8sprep(["check-config", "-"]).stdin(GOOD).assert().success();
    k8sprep(["check-config", "-", "--strict"]).stdin(GOOD).assert().code(3);
}

#[test]
fn like_kubeadm_answers_and_exits_as_that_release() {
    let like = ["check-config", "-", "--like-kubeadm", "--kubernetes-version"];
    k8sprep(like.into_iter().chain(["v1.34.0"])).stdin(GOOD).assert().success().stdout_eq("ok\n");
    // With an address, so that no machine is asked for its routes.
    let bad = GOOD.to_owned()
        + "certificatesDir: pki\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n\
           nodeRegistration: {name: n1}\nlocalAPIEndpoint: {advertiseAddress: 192.0.2.7}\n";
    let text = "certificatesDir: Invalid value: \"pki\": path is not absolute\n\
                To see the stack trace of this error execute with --v=5 or higher\n";
    let old = k8sprep(like.into_iter().chain(["v1.33.13"])).stdin(bad.replace("1.34", "1.33")).assert();
    old.code(3).stdout_eq("").stderr_eq(text);
    let new = k8sprep(like.into_iter().chain(["v1.34.0"])).stdin(bad).assert();
    new.code(1).stdout_eq("").stderr_eq(format!("error: {text}"));
}

#[test]
fn like_kubeadm_a_file_that_is_not_there_is_told_in_go_s_words() {
    let tail = "\nTo see the stack trace of this error execute with --v=5 or higher\n";
    let cases: [(&[&str], &str); 5] = [
        (&["check-config"], "error: the --config flag is mandatory"),
        (&["check-config", ""], "error: the --config flag is mandatory"),
        (&["migrate-config", "/no/such.yaml"], "error: open /no/such.yaml: no such file or directory"),
        (&["migrate-config", "/"], "error: read /: is a directory"),
        (
            &["images", "--config", "/"],
            "error: could not convert cfg to an internal cfg: unable to read config from \"/\" : read /: is a directory",
        ),
    ];
    for (args, wanted) in cases {
        let like = ["--like-kubeadm", "--kubernetes-version", "v1.34.0"];
        let assert = k8sprep(args.iter().chain(&like).copied()).assert().code(1);
        assert.stdout_eq("").stderr_eq(format!("{wanted}{tail}"));
    }
}

#[test]
fn like_kubeadm_images_are_printed_in_its_formats() {
    let list = |format: &str, version: &str| {
        let args = ["images", "--like-kubeadm", "--kubernetes-version", version, "-o", format];
        k8sprep(args).assert()
    };
    list("jsonpath={.kind} {.images[0]}", "v1.34.0")
        .success()
        .stdout_eq("Images registry.k8s.io/kube-apiserver:v1.34.0");
    let json = list("json", "v1.30.14").success();
    let json: Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!(json["apiVersion"], "output.kubeadm.k8s.io/v1alpha2");
    let refused = list("kyaml", "v1.34.0").code(1);
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        text.starts_with("error: could not construct output printer: unable to match a printer"),
        "{text}"
    );
    list("kyaml", "v1.35.0").success();
}

#[test]
fn of_very_many_remarks_the_first_are_drawn_and_all_are_in_the_json() {
    let fields: String = (0..1_200).map(|n| format!("colour{n}: red\n")).collect();
    let file = GOOD.to_owned() + &fields;
    let assert = k8sprep(["check-config", "-"]).stdin(file.clone()).assert().code(3);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(
        text.contains("stdin: ") && text.contains(" more remarks, which --output json lists\n"),
        "{text}"
    );
    assert_eq!(text.matches("--> stdin").count(), 1_000);
    let assert = k8sprep(["check-config", "-", "--output", "json"]).stdin(file).assert().code(3);
    let reports: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let remarks = reports["files"][0]["remarks"].as_array().unwrap();
    assert_eq!(remarks.iter().filter(|remark| remark["severity"] == "error").count(), 1_200);
}

#[test]
fn hostile_files_end_with_a_clear_error() {
    let bomb = (1..=9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |all, n| {
        let items = vec![format!("*a{}", n - 1); 9].join(",");
        format!("{all}a{n}: &a{n} [{items}]\n")
    });
    let head = GOOD.as_bytes();
    let cases: [(&str, Vec<u8>); 5] = [
        ("alias bomb", [head, bomb.as_bytes()].concat()),
        ("nested brackets", [head, b"x: ", "[".repeat(100_000).as_bytes()].concat()),
        ("a document of more than 4 MiB", [head, b"# ", "x".repeat(4 << 20).as_bytes()].concat()),
        ("invalid UTF-8", [head, b"clusterName: \"\xff\xfe\"\n"].concat()),
        ("NUL", [head, b"clusterName: \"a\0b\"\n"].concat()),
    ];
    for (name, file) in cases {
        ends_with_a_clear_error(name, file);
    }
}

/// Unoptimised it is looked through for ten seconds.
#[test]
#[ignore = "run it with `tests/layer tables`"]
fn a_file_of_fifty_mebibytes_ends_with_a_clear_error() {
    ends_with_a_clear_error("50 MiB", [GOOD.as_bytes(), b"# ", "x".repeat(50 << 20).as_bytes()].concat());
}

fn ends_with_a_clear_error(name: &str, file: Vec<u8>) {
    let assert = k8sprep(["check-config", "-"]).stdin(file).assert();
    let output = assert.get_output();
    let text = String::from_utf8_lossy(&output.stdout);
    // What is more than is read here is not said to be refused by kubeadm.
    let unread = text.contains("[document-too-large]");
    assert_eq!(output.status.code(), Some(if unread { 1 } else { 3 }), "{name}: {text}");
    assert!(text.starts_with("error: "), "{name}: {text}");
    assert_eq!(unread, !text.contains("refuses it"), "{name}: {text}");
}

#[test]
fn migration_keeps_what_it_can_and_names_what_it_cannot() {
    let new = stdout(k8sprep(["migrate-config", "-", "--to", "v1beta4"]).stdin(
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nscheduler:\n  extraArgs:\n    v: \"4\"\n",
    ));
    assert!(new.contains("apiVersion: kubeadm.k8s.io/v1beta4\n") && new.contains("- name: v\n"), "{new}");
    let newest = GOOD.to_owned() + "proxy:\n  disabled: true\n";
    let (status, stderr) = failure(k8sprep(["migrate-config", "-", "--to", "v1beta3"]).stdin(newest.clone()));
    assert_eq!(status, 1);
    assert!(stderr.contains("ClusterConfiguration: proxy") && stderr.contains("--lossy"), "{stderr}");
    let lossy =
        k8sprep(["migrate-config", "-", "--to", "v1beta3", "--lossy"]).stdin(newest).assert().success();
    assert!(String::from_utf8_lossy(&lossy.get_output().stderr).contains("left out"));
}

#[test]
fn defaults_are_printed_for_the_releases_that_have_them() {
    let yaml = stdout(k8sprep(["print-defaults", "reset", "--kubernetes-version", "v1.34.0"]));
    assert!(
        yaml.starts_with("apiVersion: kubeadm.k8s.io/v1beta4\n")
            && yaml.contains("kind: ResetConfiguration\n")
    );
    assert_eq!(failure(k8sprep(["print-defaults", "upgrade", "--kubernetes-version", "v1.29.6"])).0, 1);
}

#[test]
fn images_of_a_release_and_pairs_for_a_copy_tool() {
    let list = stdout(k8sprep(["images", "--kubernetes-version", "v1.34.0"]));
    assert!(
        list.contains("registry.k8s.io/coredns/coredns:v1.12.1\n") && list.contains("/pause:3.10.1\n"),
        "{list}"
    );
    let args = ["images", "--kubernetes-version", "v1.34.0", "--mirror-to", "example.com/k8s"];
    let pairs = stdout(k8sprep(args));
    assert!(
        pairs.contains("registry.k8s.io/coredns/coredns:v1.12.1 example.com/k8s/coredns:v1.12.1\n"),
        "{pairs}"
    );
}
