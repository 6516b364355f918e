//! CRI-O whose unit has it read its files elsewhere, or sets something over them: each command
//! reads and writes where CRI-O does.

use std::path::Path;

use serde_json::Value;

use super::crio;
use crate::{failure, k8sprep, stdout};

const UNIT: &str = "usr/lib/systemd/system/crio.service";
const SPEC: &str = "kubernetesVersion: v1.34.0\nkubeadm: leave\nregistryMirrors: {docker.io: [m.example]}\n";

/// A tree with this unit, and these files.
fn tree(unit: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let unit = format!("[Service]\n{unit}\n[Install]\nWantedBy=multi-user.target\n");
    for (path, text) in [&[(UNIT, unit.as_str())], files].concat() {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn get(root: &Path, key: &str) -> (String, String) {
    let said = stdout(crio(root, &["get", "--release", "1.34", "--output", "json", key]));
    let json: Value = serde_json::from_str(&said).unwrap();
    (json["value"].to_string(), json["origin"].as_str().unwrap().to_owned())
}

#[test]
fn set_and_unset_write_where_cri_o_reads() {
    for unit in [
        "ExecStart=/usr/bin/crio --config-dir /etc/site/crio.d",
        "Environment=CONTAINER_CONFIG_DIR=/etc/site/crio.d\nExecStart=/usr/bin/crio",
        "EnvironmentFile=-/etc/default/crio\nExecStart=/usr/bin/crio",
    ] {
        let dir = tree(unit, &[("etc/default/crio", "CONTAINER_CONFIG_DIR=/etc/site/crio.d\n")]);
        let set = ["set", "--release", "1.34", "crio.runtime.log_level", "debug"];
        crio(dir.path(), &set).assert().success();
        let file = dir.path().join("etc/site/crio.d/99-k8sprep.set.conf");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[crio.runtime]\nlog_level = \"debug\"\n");
        assert!(!dir.path().join("etc/crio").exists());
        let origin = "/etc/site/crio.d/99-k8sprep.set.conf:2".to_owned();
        assert_eq!(get(dir.path(), "crio.runtime.log_level"), ("\"debug\"".to_owned(), origin), "{unit}");
        crio(dir.path(), &["unset", "--release", "1.34", "crio.runtime.log_level"]).assert().success();
        assert!(!file.exists() && !dir.path().join("etc/site").exists(), "{unit}");
    }
    // One that reads no drop-ins is told, and nothing is written.
    let dir = tree("ExecStart=/usr/bin/crio --config-dir=", &[]);
    let set = ["set", "--release", "1.34", "crio.runtime.log_level", "debug"];
    let (status, said) = failure(crio(dir.path(), &set));
    assert!(status == 1 && said.contains("[crio-files-not-read]") && said.contains("--file"), "{said}");
    assert!(!dir.path().join("etc").exists());
}

#[test]
fn mirrors_are_written_where_cri_o_reads() {
    let write = ["registries", "--mirror", "quay.io=q.example", "--write"];
    let named = "Environment=CONTAINER_REGISTRIES_CONF_DIR=/etc/site/r.d\nExecStart=/usr/bin/crio";
    let dir = tree(named, &[]);
    crio(dir.path(), &write).assert().success();
    assert!(dir.path().join("etc/site/r.d/99-k8sprep.conf").exists());
    // Root's own file takes the place of the host's (containers/image, sysregistriesv2).
    let own =
        ("root/.config/containers/registries.conf", "unqualified-search-registries = [\"a.example\"]\n");
    let dir = tree("ExecStart=/usr/bin/crio", &[own]);
    crio(dir.path(), &write).assert().success();
    assert!(dir.path().join("root/.config/containers/registries.conf.d/99-k8sprep.conf").exists());
}

/// A storage.conf of any name, runtimes on the command line, another user than root: `crio check`, `facts`
/// and `verify` say the same.
#[test]
fn what_keeps_cri_o_from_starting_by_its_unit_is_said_by_all() {
    let start = "ExecStart=/usr/bin/crio --runtimes=kata:/usr/bin/kata: --nri-enable-default-validator";
    let broken = ("etc/crio/own", "[storage]\ndriver = \"overlayfs\"\n");
    for (unit, code, place) in [
        ("Environment=CONTAINERS_STORAGE_CONF=/etc/crio/own", "storage-driver-unknown", "/etc/crio/own:2"),
        (
            "Environment=CONTAINER_RUNTIMES=bad\nExecStart=\nExecStart=/usr/bin/crio",
            "crio-argument-refused",
            ".service:3",
        ),
        ("User=crio", "unit-hardening-too-strict", ".service:3"),
    ] {
        let dir = tree(&format!("{start}\n{unit}"), &[broken, ("usr/bin/crio", "x"), ("k8sprep.yaml", SPEC)]);
        let root = dir.path().display().to_string();
        let spec = dir.path().join("k8sprep.yaml").display().to_string();
        for words in [
            &["crio", "check", "--release", "1.34", "--root", &root][..],
            &["facts", "--root", &root],
            &["verify", "--no-packages", "--root", &root, "--spec", &spec],
        ] {
            let output = k8sprep(words.iter().copied()).output().unwrap();
            let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
            assert!(said.contains(&format!("[{code}]")) && said.contains(place), "{words:?}: {said}");
        }
        if unit.starts_with("User") {
            assert_eq!(get(dir.path(), "crio.runtime.runtimes.kata.runtime_path").0, "\"/usr/bin/kata\"");
            let validator = get(dir.path(), "crio.nri.default_validator.nri_enable_default_validator");
            assert_eq!(validator.0, "true");
        }
    }
}

#[test]
fn what_the_unit_sets_is_in_force_for_every_command() {
    let file = ("etc/crio/crio.conf", "[crio.runtime]\nlog_level = \"info\"\npids_limit = 5\n");
    let unit = "Environment=CONTAINER_LOG_LEVEL=debug\nExecStart=/usr/bin/crio --pids-limit=9";
    let dir = tree(unit, &[file]);
    let level = get(dir.path(), "crio.runtime.log_level");
    assert_eq!(level, ("\"debug\"".into(), format!("/{UNIT}:2 (CONTAINER_LOG_LEVEL)")));
    assert_eq!(get(dir.path(), "crio.runtime.pids_limit").0, "9");
    // `set` cannot win, and says so; `unset` names the unit, not a file to edit.
    let set = ["set", "--release", "1.34", "crio.runtime.log_level", "warn"];
    let said = crio(dir.path(), &set).assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(said.contains("CONTAINER_LOG_LEVEL") && said.contains("[crio-setting-overridden]"), "{said}");
    let unset = ["unset", "--release", "1.34", "crio.runtime.pids_limit"];
    let said = crio(dir.path(), &unset).assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(said.contains("(--pids-limit) sets it for CRI-O") && !said.contains("--file"), "{said}");
    // A registries file that is named has to be there, where the usual one need not.
    for (unit, status) in [("Environment=CONTAINER_REGISTRIES_CONF=/r.conf\n", 3), ("", 0)] {
        let dir = tree(&format!("{unit}ExecStart=/usr/bin/crio"), &[]);
        let said = crio(dir.path(), &["check", "--release", "1.34"]).assert().code(status);
        let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
        assert!(status == 0 || said.contains("/r.conf: no such file"), "{said}");
    }
    // What CRI-O refuses of it is refused with the line.
    let dir = tree("Environment=CONTAINER_CGROUP_MANAGER=cgroups\nExecStart=/usr/bin/crio", &[]);
    let refused = crio(dir.path(), &["check", "--release", "1.34"]).assert().code(3);
    let said = String::from_utf8_lossy(&refused.get_output().stdout).into_owned();
    assert!(said.contains("cgroups") && said.contains("crio.service:2"), "{said}");
}

/// `verify` was content with a drop-in that CRI-O does not look for.
#[test]
fn apply_and_verify_go_by_the_same_places() {
    let spec = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(spec.path(), SPEC).unwrap();
    let spec = spec.path().to_str().unwrap();
    let unit = "Environment=CONTAINER_CONFIG_DIR=/etc/site/crio.d CONTAINER_REGISTRIES_CONF_DIR=/etc/site/r.d\n\
                ExecStart=/usr/bin/crio";
    let dir = tree(unit, &[("etc/os-release", "ID=debian\nVERSION_ID=12\n")]);
    let root = dir.path().to_str().unwrap();
    let common = ["--root", root, "-f", spec, "--no-packages"];
    k8sprep([&["apply"][..], &common].concat()).assert().success();
    assert!(dir.path().join("etc/site/crio.d/99-k8sprep.conf").exists());
    assert!(dir.path().join("etc/site/r.d/50-k8sprep.conf").exists());
    assert!(!dir.path().join("etc/crio").exists() && !dir.path().join("etc/containers").exists());
    let verified = || {
        let output = k8sprep([&["verify"][..], &common].concat()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (_, told) = verified();
    assert!(!told.contains("99-k8sprep.conf") && !told.contains("50-k8sprep.conf"), "{told}");
    std::fs::write(dir.path().join(UNIT), "[Service]\nExecStart=/usr/bin/crio --config-dir=\n").unwrap();
    let (status, told) = verified();
    assert!(status != Some(0) && told.contains("crio-files-not-read"), "{told}");
}
