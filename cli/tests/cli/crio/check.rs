//! `k8sprep crio check`: files, and what CRI-O needs beside them.

use super::*;

#[test]
fn a_check_as_json_names_code_field_file_and_line() {
    let host = host(&[("crio.conf", "[crio.runtime]\npids_limt = 5\n")]);
    let json: serde_json::Value =
        serde_json::from_str(&stdout(crio(host.path(), &["check", "--output", "json"]))).unwrap();
    assert_eq!(json["schema"], "k8sprep.crio-check/v1");
    let first = &json["remarks"][0];
    assert_eq!(first["code"], "misspelt-key");
    assert_eq!(
        (first["severity"].as_str(), first["field"].as_str()),
        (Some("advice"), Some("crio.runtime.pids_limt"))
    );
    assert_eq!(first["column"], 1);
    assert_eq!((first["file"].as_str(), first["line"].as_u64()), (Some("/etc/crio/crio.conf"), Some(2)));
}

#[test]
fn a_whole_host_has_no_problems_and_says_by_which_release() {
    let host = whole();
    let said = stdout(crio(host.path(), &["check"]));
    assert_eq!(said, "no problems found, read as CRI-O 1.34.11, the installed package cri-o\n");
}

/// Wild B6, B11 to B13, B17: what keeps CRI-O from starting or its network from being ready, one
/// fault each.
#[test]
fn what_crio_needs_beside_its_files_is_looked_at() {
    let registries = "etc/containers/registries.conf";
    let drop_in = "etc/containers/registries.conf.d/10.conf";
    let cases: &[(&str, Option<&str>, &str, i32)] = &[
        ("usr/bin/crun", None, "oci-runtime-missing", 3),
        ("usr/bin/conmon", None, "conmon-not-usable", 3),
        ("usr/bin/pinns", None, "pinns-missing", 3),
        ("etc/containers/storage.conf", Some("[storage]\ndriver = overlay\n"), "storage-conf-unreadable", 3),
        ("etc/containers/storage.conf", Some("[storage]\ndriver = 5\n"), "storage-conf-unreadable", 3),
        (
            "etc/containers/storage.conf",
            Some(
                "[storage]\ndriver = \"overlay\"\n[storage.options.overlay]\nmount_program = \"/usr/bin/fuse-overlayfs\"\n",
            ),
            "storage-conf-path-missing",
            3,
        ),
        (
            registries,
            Some("[registries.search]\nregistries = [\"a\"]\n[[registry]]\nlocation = \"b\"\n"),
            "registries-conf-unreadable",
            3,
        ),
        (drop_in, Some("[registries.search]\nregistries = [\"a\"]\n"), "registries-conf-unreadable", 3),
        (drop_in, Some("[[registry]]\nprefix = \"docker.io\"\n"), "registries-conf-unreadable", 3),
        (drop_in, Some("[[registry]]\nlocation = \"https://docker.io\"\n"), "registries-conf-unreadable", 3),
        (
            drop_in,
            Some("unqualified-search-registries = [\"docker.io/library\"]\n"),
            "registries-conf-unreadable",
            3,
        ),
        (
            drop_in,
            Some("[[registry]]\nlocation = \"registry.k8s.io\"\nblocked = true\n"),
            "registry-blocked",
            0,
        ),
        ("etc/containers/policy.json", None, "policy-json-missing", 0),
        ("etc/containers/policy.json", Some("{}"), "policy-json-invalid", 0),
        (
            "etc/containers/policy.json",
            Some(r#"{"default": [{"type": "reject"}]}"#),
            "policy-json-rejects",
            0,
        ),
        ("etc/cni/net.d/10-a.conflist", None, "cni-config-missing", 0),
        ("etc/cni/net.d/10-a.conflist", Some("{"), "cni-config-broken", 0),
        ("etc/crio/crio.conf", Some("[crio.network]\ncni_default_network = \"b\"\n"), "no-such-network", 0),
        ("opt/cni/bin/bridge", None, "cni-plugin-missing", 0),
        (
            "etc/crio/crio.conf",
            Some("[crio.network]\nplugin_dirs = [\"/usr/bin\"]\n"),
            "cni-plugin-dir-mismatch",
            0,
        ),
        (
            "etc/crio/crio.conf",
            Some("[crio.network]\nplugin_dirs = [\"/opt/elsewhere\"]\n"),
            "cni-plugin-dir-mismatch",
            0,
        ),
        (
            "etc/crio/crio.conf",
            Some("[crio.network]\nnetwork_dir = \"/usr/bin/crun\"\n"),
            "crio-value-refused",
            3,
        ),
        ("etc/crio/crio.conf", Some("[crio]\nstorage_driver = \"overlay3\"\n"), "storage-driver-unknown", 3),
        // What the unit has CRI-O read is what is judged, as by facts and verify.
        (
            "etc/systemd/system/crio.service",
            Some("[Service]\nExecStart=/usr/bin/crio --config /usr/bin\n"),
            "crio-toml-broken",
            3,
        ),
        // The unit: CRI-O does not start either where systemd cannot start it.
        ("etc/systemd/system/crio.service", Some(""), "unit-masked", 3),
        (
            "etc/systemd/system/crio.service",
            Some("[Service]\nEnvironmentFile=/etc/crio/crio.env\nExecStart=/usr/bin/crio\n"),
            "environment-file-missing",
            3,
        ),
        (
            "etc/systemd/system/crio.service",
            Some("[Service]\nExecStart=/usr/bin/crio\nExecStart=/usr/bin/crio --log-level=debug\n"),
            "exec-start-duplicated",
            3,
        ),
        ("etc/containers/storage.conf", Some("[storage]\ndriver = \"ovl\"\n"), "storage-driver-unknown", 3),
    ];
    for (path, text, code, exit) in cases {
        let host = whole();
        let file = host.path().join(path);
        match text {
            Some(text) => {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, text).unwrap();
            }
            None => fs::remove_file(&file).unwrap(),
        }
        let output = crio(host.path(), &["check", "--output", "json"]).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let codes: Vec<_> = json["remarks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|remark| remark["code"].as_str().unwrap())
            .collect();
        assert_eq!(
            (codes.as_slice(), output.status.code()),
            (&[*code][..], Some(*exit)),
            "{path} {text:?}: {json}"
        );
        assert_eq!(
            (json["release"].as_str(), json["releaseFrom"].as_str()),
            (Some("1.34.11"), Some("package"))
        );
    }
}

#[test]
fn a_host_without_crio_is_told_of() {
    let host = host(&[]);
    let said = stdout(crio(host.path(), &["check"]));
    assert!(said.contains("CRI-O is not installed here"), "{said}");
}

/// Files of wherever are judged alike on every host, and one that cannot be read does not keep the
/// others from being checked.
#[test]
fn files_that_are_named_are_checked_each_alone() {
    let host = host(&[
        ("good.conf", "[crio.runtime]\nlog_level = \"debug\"\n"),
        ("bad.conf", "[crio.runtime]\npids_limit = \"x\"\n"),
    ]);
    let at = |name: &str| host.path().join("etc/crio").join(name).to_str().unwrap().to_owned();
    let check =
        |files: &[&str]| k8sprep([&["crio", "check", "--release", "1.34"], files].concat()).output().unwrap();
    let output = check(&[&at("good.conf")]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("{}: no problems found, read as CRI-O 1.34\n", at("good.conf")));
    let output = check(&["/nosuch.conf", &at("bad.conf"), &at("good.conf"), "--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["accepted"], &json["remarks"][0]["file"]), (&false.into(), &at("bad.conf").into()));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read /nosuch.conf"));
    let stdin = k8sprep(["crio", "check", "-"]).stdin("[crio.runtime]\npids_limit = \"x\"\n").assert();
    let said = String::from_utf8(stdin.code(3).get_output().stdout.clone()).unwrap();
    assert!(said.contains("stdin:2:14"), "{said}");
}

/// `facts` and `crio check` say the same of CRI-O's unit.
#[test]
fn a_line_of_the_unit_that_systemd_ignores_is_a_warning() {
    let host = whole();
    let dir = host.path().join("etc/systemd/system/crio.service.d");
    fs::create_dir_all(&dir).unwrap();
    fs::write(host.path().join("etc/systemd/system/crio.service"), "[Service]\nExecStart=/usr/bin/crio\n")
        .unwrap();
    fs::write(dir.join("10-a.conf"), "[Service]\n\"NO_PROXY=10.0.0.0/8\"\n").unwrap();
    let words = "10-a.conf:2: systemd ignores it: Unknown key '\"NO_PROXY' in section [Service], ignoring.";
    let output = crio(host.path(), &["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(words), "{output:?}");
    let facts = stdout(crate::k8sprep(["facts", "--root", host.path().to_str().unwrap()]));
    assert!(facts.contains(words), "{facts}");
    fs::write(dir.join("20-b.conf"), "[Service]\nExecStart=/usr/bin/crio --x\n").unwrap();
    let output = crio(host.path(), &["check", "--output", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "systemd refuses the unit");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<_> =
        json["remarks"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unit-line-ignored", "exec-start-duplicated"], "{json}");
}
