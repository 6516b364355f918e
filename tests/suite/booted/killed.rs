//! The program killed or stopped while real apt, dnf or zypper is at work for it: nothing goes on
//! unseen, and the packages come back.

use std::time::{Duration, Instant};

use k8sprep_tests::booted::{Bed, SPEC, Shipped, System};

use super::{done, is_as_before, rpm, whole};

/// A system, its package manager and what that is among the processes.
struct Family {
    system: System,
    manager: &'static str,
    processes: &'static str,
}

impl Family {
    /// Prints the numbers of its processes. dnf is a script, which `pidof` finds by its interpreter.
    fn at_work(&self) -> String {
        let is =
            format!("case \"$(cat $p/comm 2>/dev/null)\" in {}) echo ${{p#/proc/}};; esac", self.processes);
        format!("for p in /proc/[0-9]*; do {is}; done")
    }
}

const FAMILIES: [Family; 3] = [
    Family { system: System::Debian, manager: "apt-get", processes: "apt-get|dpkg" },
    Family { system: System::Rocky, manager: "dnf", processes: "dnf|rpm" },
    Family { system: System::Suse, manager: "zypper", processes: "zypper|rpm" },
];

/// A host on which two packages take their time, and say where they are: before it is unpacked, and
/// when it is configured.
fn slow(system: System) -> Option<Bed> {
    let bed = match system {
        System::Debian => whole()?,
        _ => rpm::whole(system)?,
    };
    let program = |name: &str| Shipped::script(&format!("usr/bin/{name}"), "exit 0\n");
    let slow =
        |name: &str| Shipped::script(&format!("DEBIAN/{name}"), &format!("touch /run/{name}\nsleep 3\n"));
    bed.package("kubeadm", "1.37.2", &[program("kubeadm"), slow("preinst")]);
    bed.package("kubectl", "1.37.2", &[program("kubectl"), slow("postinst")]);
    bed.publish();
    Some(bed)
}

/// Starts `up` in a session of its own, and comes back when the package's `script` runs.
fn up_until(bed: &Bed, script: &str) {
    let start = "rm -f /run/preinst /run/postinst; setsid \"$@\" > /run/up.log 2>&1 < /dev/null &";
    let up = ["/opt/k8sprep/k8sprep", "up", "-f", SPEC, "--yes", "--prepare-only"];
    bed.host.ask(&[&["sh", "-c", start, "sh"], &up[..], &bed.trusting()].concat());
    until(bed, &format!("test -e /run/{script}"));
}

fn until(bed: &Bed, condition: &str) {
    let end = Instant::now() + Duration::from_secs(60);
    while bed.host.run(&["sh", "-c", condition]).unwrap().status != Some(0) {
        assert!(Instant::now() < end, "{condition}: {}", bed.host.ask(&["cat", "/run/up.log"]));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn packages(bed: &Bed) -> String {
    match bed.system() {
        System::Debian => bed.host.ask(&["dpkg-query", "-W", "-f", "${Package} ${Version} ${Status}\n"]),
        _ => bed.host.ask(&["rpm", "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n"]),
    }
}

/// The program alone is killed and recovers at once or later, or the package manager with it.
#[test]
#[ignore = "run it with `tests/layer booted`"]
fn after_a_kill_the_packages_are_as_before_whenever_recover_comes() {
    for family in &FAMILIES {
        let Some(mut bed) = slow(family.system) else { return };
        bed.host.boot().unwrap();
        let (before, listed) = (bed.host.files(), packages(&bed));
        for script in ["preinst", "postinst"] {
            for (with_manager, later) in [(false, false), (false, true), (true, false)] {
                let when = format!("{}, {script}, with it: {with_manager}, later: {later}", family.manager);
                up_until(&bed, script);
                let also = if with_manager { family.at_work() } else { "true".into() };
                bed.host.ask(&["sh", "-c", &format!("kill -KILL $(pidof k8sprep) $({also})")]);
                // A signal is sent before it has its effect.
                until(&bed, "! pidof k8sprep");
                if later {
                    until(&bed, &format!("[ -z \"$({})\" ]", family.at_work()));
                    // It was not ended by a pipe that nobody reads.
                    assert!(packages(&bed).contains("kubectl 1.37.2-1"), "{when}: {}", packages(&bed));
                }
                let recover = bed.k8sprep(&["recover"]);
                done(&recover, &when);
                let waited = recover.err.contains(&format!("waiting for {} (process ", family.manager));
                assert_eq!(waited, !with_manager && !later, "{when}: {}", recover.err);
                assert_eq!(packages(&bed), listed, "{when}");
                is_as_before(&bed, &before);
            }
        }
    }
}

/// Another package manager is no reason to leave something: what could not be done is done by the
/// next recover.
#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_failing_program_leaves_the_journal_open_and_the_repositories_in_place() {
    let Some(mut bed) = slow(System::Debian) else { return };
    bed.host.boot().unwrap();
    let (before, listed) = (bed.host.files(), packages(&bed));
    up_until(&bed, "postinst");
    bed.host.ask(&["sh", "-c", "kill -KILL $(pidof k8sprep apt-get dpkg)"]);
    bed.host.ask(&["sh", "-c", "mv /usr/bin/dpkg /usr/bin/dpkg.away; ln -s /bin/false /usr/bin/dpkg"]);
    let recover = bed.k8sprep(&["recover"]);
    assert_eq!(recover.status, Some(4), "{}{}", recover.out, recover.err);
    assert!(recover.err.contains("run `k8sprep recover` to go on"), "{}", recover.err);
    assert!(bed.host.root().join("etc/apt/sources.list.d/kubernetes.sources").exists());
    bed.host.ask(&["mv", "/usr/bin/dpkg.away", "/usr/bin/dpkg"]);
    done(&bed.k8sprep(&["recover"]), "recover");
    assert_eq!(packages(&bed), listed);
    is_as_before(&bed, &before);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn ctrl_c_in_the_package_stage_lists_what_is_on_the_host_and_the_way_back() {
    let Some(mut bed) = slow(System::Debian) else { return };
    bed.host.boot().unwrap();
    let before = bed.host.files();
    up_until(&bed, "postinst");
    bed.host.ask(&["sh", "-c", "kill -INT $(pidof k8sprep)"]);
    until(&bed, "! pidof k8sprep");
    let said = bed.host.ask(&["cat", "/run/up.log"]);
    let told = ["it did not come to its end; so far:", "kubectl 1.37.2-1.1", "`k8sprep rollback --to 0`"];
    for words in [&told[..], &["stopped on request after ", "the same command continues"]].concat() {
        assert!(said.contains(words), "{words}: {said}");
    }
    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
    is_as_before(&bed, &before);
}
