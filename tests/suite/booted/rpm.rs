//! The same hosts saying that they are Rocky Linux or openSUSE: packages are rpms, and dnf and
//! zypper bring them.

use k8sprep_tests::booted::{Bed, Kind, SPEC, Shipped, System};

use super::{RELEASE, done, fill, is_as_before, nothing_is_left_to_do, or_skip};

/// What such a host has before.
const BASE: &str = "filesystem-3.16-1.noarch\n";
const SYSTEMS: [System; 2] = [System::Rocky, System::Suse];

/// A host with every package of a node in reach.
pub(super) fn whole(system: System) -> Option<Bed> {
    fill(or_skip(Bed::lay_as(system, Kind::Rpm, "v1.37"))?)
}

/// Every package rpm knows, keys among them.
fn packages(bed: &Bed) -> String {
    bed.host.ask(&["rpm", "-qa"])
}

fn services_run(bed: &Bed, when: &str) {
    let states = [("is-enabled", "crio"), ("is-active", "crio"), ("is-enabled", "kubelet")];
    let states = states.map(|(verb, unit)| bed.is(verb, unit));
    assert_eq!(states, ["enabled", "active", "enabled"], "{when}");
}

/// What was answered last counts as long as the database is the same, and not a moment longer.
fn rpm_is_asked_when_its_database_changed(bed: &Bed) {
    let plan = || bed.k8sprep(&[&["plan", "-f", SPEC, "--check"][..], &bed.trusting()].concat());
    bed.host.ask(&["mv", "/usr/bin/rpm", "/usr/bin/rpm.away"]);
    done(&plan(), "without rpm");
    bed.host.ask(&["mv", "/usr/bin/rpm.away", "/usr/bin/rpm"]);
    let file = bed.host.ask(&["rpm", "-E", "%{_dbpath}/rpmdb.sqlite"]);
    bed.host.ask(&["cp", "-a", file.trim(), "/tmp/before"]);
    bed.host.ask(&["rpm", "--justdb", "--nodeps", "-e", "conntrack-tools"]);
    assert_eq!(plan().status, Some(3), "a package is gone");
    bed.host.ask(&["cp", "-a", "/tmp/before", file.trim()]);
    done(&plan(), "the database is the old one again");
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_bare_host_gets_ready_survives_a_reboot_and_goes_back() {
    for system in SYSTEMS {
        let Some(mut bed) = whole(system) else { return };
        bed.host.boot().unwrap();
        let before = bed.host.files();
        assert_eq!(packages(&bed), BASE);
        done(&bed.up(&["--prepare-only"]), "up");
        for name in
            ["kubelet-1.37.2-1", "kubeadm-1.37.2-1", "kubectl-1.37.2-1", "cri-o-1.37.0-1", "conntrack-tools"]
        {
            assert!(packages(&bed).contains(name), "{system:?} {name}: {}", packages(&bed));
        }
        services_run(&bed, "now");
        nothing_is_left_to_do(&bed, "right after it");
        bed.host.reboot().unwrap();
        services_run(&bed, "after a reboot");
        nothing_is_left_to_do(&bed, "after a reboot");
        rpm_is_asked_when_its_database_changed(&bed);

        done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
        assert_eq!(packages(&bed), BASE, "{system:?}");
        is_as_before(&bed, &before);
    }
}

/// conntrack is what the faults are about: its package is small.
fn conntrack(bed: &Bed, signer: Option<&str>) {
    let (repository, _) = bed.repository("conntrack-tools");
    repository.rpm_of("conntrack-tools", "1.0", &[Shipped::script("usr/sbin/conntrack", "exit 0\n")], signer);
}

/// Signs the package, for dnf, and the index, for zypper, by `signer`.
fn signed_by(bed: &Bed, signer: Option<&str>) {
    conntrack(bed, signer);
    bed.repository("conntrack-tools").0.index_rpms(signer);
}

/// A process of the host that both managers take for another run of theirs.
fn another_run(bed: &Bed) -> Vec<&'static str> {
    bed.host.ask(&["systemd-run", "-q", "--unit=another", "sleep", "infinity"]);
    let shown = bed.host.ask(&["systemctl", "show", "--property=MainPID", "--value", "another"]);
    let files = vec!["var/cache/dnf/metadata_lock.pid", "var/lib/dnf/rpmdb_lock.pid", "run/zypp.pid"];
    for file in &files {
        let write = format!("mkdir -p $(dirname /{file}) && echo {} > /{file}", shown.trim());
        bed.host.ask(&["sh", "-c", &write]);
    }
    files
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn each_fault_is_told_and_leaves_the_host_as_before() {
    for system in SYSTEMS {
        let Some(mut bed) = whole(system) else { return };
        bed.host.boot().unwrap();
        let before = bed.host.files();
        let _ = bed.repository("kubelet").0.key("stranger", "never");
        let refused = |bed: &Bed, words: &str| {
            let up = bed.up(&["--prepare-only"]);
            assert_eq!(up.status, Some(1), "{system:?} {words}: {}{}", up.out, up.err);
            assert!(up.err.contains(words), "{system:?} {words}: {}", up.err);
            assert!(up.err.contains("the host is as before"), "{system:?} {words}: {}", up.err);
            assert_eq!(packages(bed), BASE, "{system:?} {words}");
            is_as_before(bed, &before);
        };
        signed_by(&bed, Some("stranger"));
        refused(&bed, "signed by a key that is not trusted");
        signed_by(&bed, None);
        refused(&bed, "is not signed");
        signed_by(&bed, Some("kubernetes"));

        let package =
            bed.repository("conntrack-tools").0.packages("rpm").join("conntrack-tools-1.0-1.noarch.rpm");
        let whole = std::fs::read(&package).unwrap();
        let half = &whole[..whole.len() / 2];
        bed.host.put(package.strip_prefix(bed.host.root()).unwrap().to_str().unwrap(), half);
        refused(&bed, "damaged");
        bed.host.put(package.strip_prefix(bed.host.root()).unwrap().to_str().unwrap(), &whole);

        // Nothing listens there.
        bed.spec(RELEASE, "");
        let spec = std::fs::read_to_string(bed.host.root().join(&SPEC[1..])).unwrap();
        bed.host.put(SPEC, spec.replace("file:///srv/kubernetes", "http://127.0.0.1:9"));
        refused(&bed, "a repository does not answer");
        bed.host.put(SPEC, &spec);

        let files = another_run(&bed);
        refused(&bed, "another package manager is at work");
        bed.host.ask(&["systemctl", "stop", "another"]);
        for file in files {
            bed.host.ask(&["rm", "-f", &format!("/{file}")]);
        }

        // The recorded answers that cri-o brings are more than this.
        let place = "/usr/share/crio-replay";
        bed.host.ask(&["sh", "-c", &format!("mkdir {place} && mount -t tmpfs -o size=8k tmpfs {place}")]);
        let up = bed.up(&["--prepare-only"]);
        assert_eq!(up.status, Some(1), "{system:?}: {}{}", up.out, up.err);
        assert!(up.err.contains("there is no space left on the disk"), "{system:?}: {}", up.err);
        bed.host.ask(&["sh", "-c", &format!("umount {place} && rmdir {place}")]);
        assert_eq!(packages(&bed), BASE, "{system:?}");
        is_as_before(&bed, &before);

        // In the end the same host takes the same packages.
        done(&bed.up(&["--prepare-only"]), "up");
        services_run(&bed, "in the end");
    }
}
