//! From a bare host to one that is ready for kubeadm, through a reboot, and back.

use k8sprep_tests::booted::{SPEC, Shipped};

use super::{done, is_as_before, nothing_is_left_to_do, or_skip, whole};

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_bare_host_gets_ready_survives_a_reboot_and_goes_back_to_the_last_byte() {
    let Some(mut bed) = whole() else { return };
    bed.host.boot().unwrap();
    let before = bed.host.files();
    let up = bed.up(&["--prepare-only"]);
    done(&up, "up");
    assert!(up.out.starts_with("the host is ready for kubeadm\n"), "only the result: {}", up.out);
    // It was started with what it shall read.
    assert!(!up.err.contains("then: systemctl restart crio.service"), "{}", up.err);
    assert_eq!(
        (bed.is("is-enabled", "crio"), bed.is("is-active", "crio")),
        ("enabled".into(), "active".into())
    );
    assert_eq!(bed.is("is-enabled", "kubelet"), "enabled");
    assert_eq!(bed.host.ask(&["apt-mark", "showhold"]), "cri-o\nkubeadm\nkubectl\nkubelet\n");

    nothing_is_left_to_do(&bed, "right after it");
    bed.host.reboot().unwrap();
    assert_eq!(
        (bed.is("is-enabled", "crio"), bed.is("is-active", "crio")),
        ("enabled".into(), "active".into())
    );
    nothing_is_left_to_do(&bed, "after a reboot");

    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
    is_as_before(&bed, &before);
    assert_eq!(bed.host.ask(&["apt-mark", "showhold"]), "");
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_service_that_does_not_start_is_told_with_its_log_and_rolled_back() {
    let Some(mut bed) = whole() else { return };
    let Some(mut files) = or_skip(bed.crio_files()) else { return };
    let fatal = "level=fatal msg=\\\"validating runtime config: cgroup manager\\\"";
    let dies = format!("echo level=info msg=starting >&2\necho \"{fatal}\" >&2\nexit 1\n");
    files[0] = Shipped::script("usr/bin/crio", &dies);
    bed.package("cri-o", "1.37.1", &files);
    bed.publish();
    bed.host.boot().unwrap();
    let before = bed.host.files();

    let up = bed.up(&["--prepare-only"]);
    assert_eq!(up.status, Some(1), "{}{}", up.out, up.err);
    for words in ["level=fatal msg=\"validating runtime config: cgroup manager\"", "the host is as before"] {
        assert!(up.err.contains(words), "{words}: {}", up.err);
    }
    // The packages stay: they are a transaction of their own. Nothing of the second one does.
    assert_eq!(
        (bed.is("is-enabled", "crio"), bed.is("is-active", "crio")),
        ("disabled".into(), "inactive".into())
    );
    assert!(!bed.host.root().join("etc/crio/crio.conf.d/99-k8sprep.conf").exists());
    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
    is_as_before(&bed, &before);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_host_whose_usr_is_sealed_is_refused_before_anything_changes() {
    let Some(mut bed) = whole() else { return };
    bed.host.boot().unwrap();
    let before = bed.host.files();
    bed.host.ask(&["sh", "-c", "mount --bind /usr /usr && mount -o remount,bind,ro /usr"]);
    let up = bed.up(&["--prepare-only"]);
    assert_eq!(up.status, Some(1), "{}{}", up.out, up.err);
    assert!(up.err.contains("nothing was changed"), "{}", up.err);
    for words in ["cannot be installed: /usr is mounted read-only", "transactional-update pkg install"] {
        assert!(up.err.contains(words), "{words}: {}", up.err);
    }
    bed.host.ask(&["mount", "-o", "remount,bind,rw", "/usr"]);
    bed.host.ask(&["touch", "/run/ostree-booted"]);
    let up = bed.up(&["--prepare-only"]);
    assert!(up.err.contains("rpm-ostree install"), "{}", up.err);
    is_as_before(&bed, &before);
    bed.host.ask(&["rm", "/run/ostree-booted"]);
    done(&bed.up(&["--prepare-only"]), "up");
}

/// A Debian without curl has only what apt brings.
#[test]
#[ignore = "run it with `tests/layer booted`"]
fn keys_are_fetched_on_a_host_without_curl() {
    let Some(mut bed) = whole() else { return };
    for (key, name) in bed.keys.iter().zip(["kubernetes", "cri-o"]) {
        bed.host.put(&format!("srv/{name}/v1.37/deb/Release.key"), &key.armoured);
    }
    bed.host.boot().unwrap();
    assert_ne!(
        bed.host.run(&["curl", "--version"]).unwrap().status,
        Some(0),
        "the test wants a host without it"
    );
    let pins = bed.keys.each_ref().map(|key| key.fingerprint.clone());
    let up = ["up", "-f", SPEC, "--yes", "--prepare-only", "--pin", &pins[0], "--pin", &pins[1]];
    done(&bed.k8sprep(&up), "up");
}
