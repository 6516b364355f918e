use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use host_prep::resource::{CniLeftovers, Managed, SelinuxPermissive, SwapOff};
use host_prep::test_util::fake_host::{FakeHost, differences};
use host_prep::{ApplyOptions, Back, Desired, NoProgress, StepTitle, Watch, apply, rollback};

use super::{NONE, apply_all, plan_of};

/// A tree whose links lead out of it, beside a directory that must not be touched.
struct Trap {
    outside: FakeHost,
    fake: FakeHost,
}

impl Trap {
    fn new() -> Self {
        Self {
            outside: FakeHost::new(&[("file", "outside\n"), ("dir/", "")]),
            fake: FakeHost::new(&[("etc/", "")]),
        }
    }

    fn out(&self, name: &str) -> String {
        self.outside.root().join(name).display().to_string()
    }

    fn dotted(&self, name: &str) -> String {
        "../".repeat(20) + self.out(name).trim_start_matches('/')
    }

    fn link(&self, at: &str, target: &str) {
        symlink(target, self.fake.root().join(at)).unwrap();
    }
}

fn wish(path: &str) -> Desired {
    Desired::new().with(Managed::file("crictl", path, "ours\n"))
}

#[test]
fn links_lead_nowhere_outside() {
    let trap = Trap::new();
    trap.link("etc/absolute", &trap.out("file"));
    trap.link("etc/dotted", &trap.dotted("file"));
    trap.link("etc/dir-absolute", &trap.out("dir"));
    trap.link("etc/dir-dotted", &trap.dotted("dir"));
    let outside = trap.outside.files();
    let host = trap.fake.offline();
    for path in ["/etc/absolute", "/etc/dotted", "/etc/dir-absolute/x", "/etc/dir-dotted/x"] {
        let desired = wish(path);
        let todo = plan_of(&host, &desired);
        let problem = todo.problems().first().map(|problem| problem.what.as_str()).unwrap_or_default();
        assert!(problem.contains("which does not exist"), "{path} is not seen before it is tried: {todo:?}");
        let done = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress);
        assert!(done.is_err(), "{path}");
        assert_eq!(differences(&outside, &trap.outside.files()), NONE, "{path}");
    }
}

#[test]
fn an_absolute_link_means_the_tree_and_a_directory_link_is_followed_inside() {
    let fake = FakeHost::new(&[
        ("etc/real.conf", "old\n"),
        ("etc/link.conf", "-> /etc/real.conf"),
        ("usr/etc/", ""),
        ("opt", "-> /usr/../../usr/etc"),
    ]);
    let before = fake.files();
    let host = fake.offline();
    apply_all(&host, &wish("/etc/link.conf").with(Managed::file("crio", "/opt/x.conf", "x\n")));
    assert_eq!(fake.read("etc/real.conf").as_deref(), Some("ours\n"));
    assert_eq!(fake.read("usr/etc/x.conf").as_deref(), Some("x\n"));
    assert!(fake.root().join("etc/link.conf").is_symlink());
    assert!(rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
    assert_eq!(differences(&before, &fake.files()), NONE);
}

#[test]
fn what_is_no_regular_file_is_a_problem_and_stays() {
    let fake = FakeHost::new(&[("etc/dir/", ""), ("etc/selinux/", ""), ("etc/cni/net.d/", "")]);
    for fifo in
        ["etc/fifo", "etc/fstab", "etc/selinux/config", "etc/cni/net.d/87-podman.conflist", "etc/sysctl.conf"]
    {
        let at = fake.root().join(fifo);
        rustix::fs::mknodat(rustix::fs::CWD, &at, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }
    let host = fake.offline();
    // Nothing waits for a writer that never comes.
    let desired =
        wish("/etc/fifo").with(SwapOff::new()).with(SelinuxPermissive::new()).with(CniLeftovers::none());
    let todo = plan_of(&host, &desired);
    assert!(todo.problems().len() >= 3, "{todo:?}");
    assert!(apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).is_err());
    let todo = plan_of(&host, &wish("/etc/dir"));
    assert!(todo.problems()[0].what.contains("directory"), "{todo:?}");
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn a_device_where_a_file_is_expected_is_neither_read_nor_replaced() {
    if !rustix::process::geteuid().is_root() {
        return test_kit::skip("only root makes devices");
    }
    let fake = FakeHost::new(&[("etc/selinux/", "")]);
    for name in ["etc/crictl.yaml", "etc/selinux/config", "etc/fstab"] {
        // /dev/zero: who reads it never comes to an end.
        let (at, zero) = (fake.root().join(name), rustix::fs::makedev(1, 5));
        if rustix::fs::mknodat(
            rustix::fs::CWD,
            &at,
            rustix::fs::FileType::CharacterDevice,
            0o600.into(),
            zero,
        )
        .is_err()
        {
            return test_kit::skip("devices cannot be made here");
        }
    }
    let before = fake.files();
    let host = fake.offline();
    let desired = wish("/etc/crictl.yaml").with(SwapOff::new()).with(SelinuxPermissive::new());
    let todo = plan_of(&host, &desired);
    let said: String =
        todo.problems().iter().chain(todo.notes()).map(|problem| problem.what.clone() + "\n").collect();
    for name in ["etc/crictl.yaml", "etc/selinux/config", "etc/fstab"] {
        assert!(said.contains(&format!("{name} is not touched: it is a character device")), "{name}: {said}");
    }
    assert!(apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).is_err());
    assert_eq!(differences(&before, &fake.files()), NONE);
}

/// Swaps a directory for a link to the outside between planning and writing.
struct Swapper<'a>(&'a Trap);

impl Watch for Swapper<'_> {
    fn step(&mut self, _: StepTitle<'_>, _: usize) {
        let dir = self.0.fake.root().join("etc/crio");
        std::fs::rename(&dir, self.0.fake.root().join("etc/moved")).unwrap();
        symlink(self.0.out("dir"), dir).unwrap();
    }
}

#[test]
fn a_link_swapped_in_while_running_leads_nowhere() {
    let trap = Trap::new();
    trap.fake.lay("etc/crio/crio.conf", "old\n");
    let outside = trap.outside.files();
    let host = trap.fake.offline();
    for path in ["/etc/crio/crio.conf", "/etc/crio/new.conf"] {
        let desired = wish(path);
        let todo = plan_of(&host, &desired);
        let done = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut Swapper(&trap));
        assert!(done.unwrap_err().failed().is_some(), "{path}");
        assert_eq!(differences(&outside, &trap.outside.files()), NONE, "{path}");
        std::fs::remove_file(trap.fake.root().join("etc/crio")).unwrap();
        std::fs::rename(trap.fake.root().join("etc/moved"), trap.fake.root().join("etc/crio")).unwrap();
    }
    assert_eq!(trap.fake.read("etc/crio/crio.conf").as_deref(), Some("old\n"));
}

#[test]
fn the_engines_own_directory_cannot_be_led_outside() {
    let trap = Trap::new();
    trap.fake.lay("var/", "");
    trap.link("var/lib", &trap.out("dir"));
    let outside = trap.outside.files();
    let (host, desired) = (trap.fake.offline(), wish("/etc/x"));
    let done = apply(&host, &desired, &plan_of(&host, &desired), &ApplyOptions::default(), &mut NoProgress);
    assert!(done.is_err(), "{done:?}");
    assert_eq!(differences(&outside, &trap.outside.files()), NONE);
    assert_eq!(trap.fake.read("etc/x"), None);
    assert!(!Path::new(&trap.out("dir/k8sprep")).exists());
}
