//! What happens to services of a host: masked, slow, restarted because a file they read changed,
//! and not coming back.

use k8sprep_tests::booted::{Bed, Kind, Shipped};

use super::{bed, done, or_skip};

const RELEASE: &str = "v1.37.2";
const DROP_IN: &str = "etc/crio/crio.conf.d/99-k8sprep.conf";
const REAL: &str = "/usr/libexec/crio/replay /var/run/crio/crio.sock /usr/share/crio-replay";

/// A host whose CRI-O does this before it runs.
fn with_crio(before: &str) -> Option<Bed> {
    let bed = bed(Kind::Plain, "v1.37")?;
    bed.needed();
    bed.kubelet_and_kubectl(RELEASE);
    bed.package("kubeadm", "1.37.2", &[Shipped::script("usr/bin/kubeadm", "exit 0\n")]);
    let mut files = or_skip(bed.crio_files())?;
    let daemon = Shipped { path: "usr/libexec/crio/replay".into(), ..files[0].clone() };
    files[0] = Shipped::script("usr/bin/crio", &format!("{before}\nexec {REAL}\n"));
    files.push(daemon);
    bed.package("cri-o", "1.37.0", &files);
    bed.publish();
    bed.spec(RELEASE, "");
    Some(bed)
}

fn crio_state(bed: &Bed) -> (String, String, String) {
    let pid = bed.host.ask(&["systemctl", "show", "--property=MainPID", "--value", "crio"]);
    (bed.is("is-enabled", "crio"), bed.is("is-active", "crio"), pid.trim().to_owned())
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_masked_unit_is_unmasked_and_masked_again() {
    let Some(mut bed) = with_crio("") else { return };
    bed.host.boot().unwrap();
    bed.host.ask(&["systemctl", "mask", "crio.service", "kubelet.service"]);
    let masked = |bed: &Bed, unit: &str| {
        std::fs::read_link(bed.host.root().join("etc/systemd/system").join(unit))
            .is_ok_and(|target| target.as_os_str() == "/dev/null")
    };
    let up = bed.up(&["--prepare-only"]);
    done(&up, "up");
    assert!(up.out.contains("unmask crio.service"), "{}", up.out);
    let (enabled, active, _) = crio_state(&bed);
    assert_eq!((enabled.as_str(), active.as_str()), ("enabled", "active"));
    bed.host.reboot().unwrap();
    assert_eq!(crio_state(&bed).1, "active");
    assert_eq!(bed.is("is-enabled", "kubelet"), "enabled");

    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
    assert!(masked(&bed, "crio.service") && masked(&bed, "kubelet.service"));
    assert_eq!(bed.is("is-active", "crio"), "inactive");
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_runtime_is_restarted_when_its_file_changed_and_at_no_other_time() {
    // It is up before it listens: `up` waits for the answer.
    let Some(mut bed) = with_crio("sleep 3") else { return };
    bed.host.put("etc/systemd/system/crio.service.d/simple.conf", "[Service]\nType=simple\n");
    bed.host.boot().unwrap();
    let up = bed.up(&["--prepare-only"]);
    done(&up, "up");
    assert!(up.err.contains("it answers; its cgroup driver is systemd"), "{}", up.err);
    let (_, _, first) = crio_state(&bed);
    done(&bed.up(&["--prepare-only"]), "up again");
    assert_eq!(crio_state(&bed).2, first, "nothing changed");

    bed.spec(RELEASE, "pauseImage: registry.example.com/pause:3.9\n");
    let up = bed.up(&["--prepare-only"]);
    done(&up, "up with another pause image");
    assert!(up.err.contains("systemctl restart crio.service"), "{}", up.err);
    let (_, active, second) = crio_state(&bed);
    assert_eq!(active, "active");
    assert_ne!(second, first);

    // The file is back; that the service should read it again is said and left to whoever rolls back.
    let back = bed.k8sprep(&["rollback"]);
    done(&back, "rollback");
    assert!(back.out.contains("now run: systemctl restart crio.service"), "{}", back.out);
    let text = std::fs::read_to_string(bed.host.root().join(DROP_IN)).unwrap();
    assert!(!text.contains("registry.example.com"), "{text}");
    // With all of it gone nothing runs that could read anything.
    let back = bed.k8sprep(&["rollback", "--to", "0"]);
    done(&back, "rollback of everything");
    assert!(!back.out.contains("now run"), "{}", back.out);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_runtime_that_does_not_come_back_gets_its_old_file_again() {
    let refuses = format!(
        "if grep -qs registry.example.com /{DROP_IN}; then echo 'level=fatal msg=\"no such registry\"' >&2; exit 1; fi"
    );
    let Some(mut bed) = with_crio(&refuses) else { return };
    bed.host.boot().unwrap();
    done(&bed.up(&["--prepare-only"]), "up");
    let before = std::fs::read_to_string(bed.host.root().join(DROP_IN)).unwrap();

    bed.spec(RELEASE, "pauseImage: registry.example.com/pause:3.9\n");
    let up = bed.up(&["--prepare-only"]);
    assert_eq!(up.status, Some(1), "{}{}", up.out, up.err);
    for words in ["level=fatal msg=\"no such registry\"", "the host is as before"] {
        assert!(up.err.contains(words), "{words}: {}", up.err);
    }
    assert_eq!(std::fs::read_to_string(bed.host.root().join(DROP_IN)).unwrap(), before);
    assert_eq!(crio_state(&bed).1, "active");
    done(&bed.k8sprep(&["probe-crio", "--wait", "30s", "--http-only"]), "it answers");
    bed.spec(RELEASE, "");
    let again = bed.up(&["--prepare-only"]);
    done(&again, "up with the old spec");
    assert!(again.out.contains("changed   nothing on the host"), "{}", again.out);
}
