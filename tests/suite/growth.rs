//! What an enemy's file costs grows as the file does (breaker 13): four times as many lines are not
//! sixteen times the work.
//!
//! Measured is the processor time of this thread, which does not count what else the machine does.

use crio_config::{CheckOptions, Sources, check};
use host_prep::mirrors::{Artefact, Format, Mirror};
use host_prep::repo::{Places, Repositories, Repository, Trust};
use host_prep::resource::SwapOff;
use host_prep::{Desired, PackageMinor, observe, plan};
use k8sprep_tests::fake_host::FakeHost;

const LINES: usize = 400;
/// Linear is 4, quadratic 16.
const MOST: u64 = 9;

/// Nanoseconds this thread was on a processor (proc_pid_schedstat).
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a kernel with schedstat");
    text.split(' ').next().and_then(|first| first.parse().ok()).expect("nanoseconds")
}

/// The least of three runs.
fn cost(work: &dyn Fn(&str), text: &str) -> u64 {
    let run = |_| {
        let before = processor_time();
        work(text);
        processor_time() - before
    };
    (0..3).map(run).min().unwrap_or_default().max(1)
}

fn grows_as_its_file(name: &str, line: impl Fn(usize) -> String, work: &dyn Fn(&str)) {
    let text = |lines: usize| (0..lines).map(&line).collect::<String>();
    let (once, four_times) = (cost(work, &text(LINES)), cost(work, &text(4 * LINES)));
    assert!(four_times < MOST * once, "{name}: {once} ns, four times the lines {four_times} ns");
}

fn planned(path: &str, text: &str, desired: &Desired) {
    let fake = FakeHost::new(&[(path, text)]);
    let host = fake.offline();
    let todo = plan(desired, &observe(&host, desired));
    assert!(!todo.steps().is_empty(), "{path}: there was nothing to do");
}

#[test]
fn fstab() {
    let desired = Desired::new().with(SwapOff::new());
    let line = |at| format!("/dev/sd{at} none swap sw 0 0\n");
    grows_as_its_file("fstab", line, &|text| planned("etc/fstab", text, &desired));
}

#[test]
fn lists_of_repositories() {
    let of = |places: Places, format| {
        let mirror =
            Mirror::find("upstream", Artefact::Kubernetes, PackageMinor::new(1, 34)).expect("a mirror");
        let location = mirror.location(PackageMinor::new(1, 34), format);
        let repository = Repository::new(Artefact::Kubernetes, location, Trust::Unchecked);
        Desired::new().with(Repositories::new(places).with(repository))
    };
    let old = "https://pkgs.k8s.io/core:/stable:/v1.29";
    let (yum, apt) = (of(Places::Yum, Format::Rpm), of(Places::Apt, Format::Deb));
    let repo = |at| format!("[k{at}]\nname=k\nbaseurl={old}/rpm/\nenabled=1\n");
    grows_as_its_file(".repo", repo, &|text| planned("etc/yum.repos.d/old.repo", text, &yum));
    let list = |_| format!("deb {old}/deb/ /\n");
    grows_as_its_file("sources.list", list, &|text| planned("etc/apt/sources.list", text, &apt));
    let paragraph = |_| format!("Types: deb\nURIs: {old}/deb/\nSuites: /\n\n");
    grows_as_its_file("deb822", paragraph, &|text| planned("etc/apt/sources.list.d/old.sources", text, &apt));
}

fn checked(text: &str) {
    let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
    let report = check(&sources, "1.34".parse().expect("a release"), &CheckOptions::default());
    assert!(report.effective.is_some(), "{:?}", report.remarks.first());
}

#[test]
fn crio_conf() {
    let unknown = |at| format!("{}unknown_key_{at} = {at}\n", if at == 0 { "[crio.runtime]\n" } else { "" });
    grows_as_its_file("unknown keys", unknown, &checked);
    let near = |at| format!("{}pause_imag{at} = {at}\n", if at == 0 { "[crio.image]\n" } else { "" });
    grows_as_its_file("misspelt keys", near, &checked);
    let runtime = |at| format!("[crio.runtime.runtimes.r{at}]\nruntime_path = \"/usr/bin/true\"\n");
    grows_as_its_file("runtimes", runtime, &checked);
    let table = |at| format!("[x{at}]\na = 1\n");
    grows_as_its_file("unknown tables", table, &checked);
}
