//! What a run costs that has nothing to do: `noop K8SPREP`, with a release build of the program.
//!
//! Hosts over Debian's package manager and over dnf are booted and prepared with it. Then `plan`,
//! `up` and an empty program of the host are run in turn, so that the medians can be compared, and
//! the system calls and programs of each are counted by strace. `tests/hosts/tree make plain` and
//! `make rpm` make the trees. Times are of this machine and this moment; ratios last longer.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use k8sprep_tests::booted::{Bed, Kind, SPEC, Shipped, System};

const RELEASE: &str = "v1.37.2";
const ROUNDS: usize = 15;
const PROGRAM: &str = "/opt/k8sprep/k8sprep";
const RUNS: [(&str, &[&str]); 3] = [
    ("true", &["/bin/true"]),
    ("plan", &[PROGRAM, "plan", "-f", SPEC, "--check"]),
    ("up", &[PROGRAM, "up", "-f", SPEC, "--yes", "--prepare-only"]),
];

fn main() -> ExitCode {
    let Some(program) = std::env::args_os().nth(1) else {
        eprintln!("usage: noop K8SPREP");
        return ExitCode::from(2);
    };
    for (name, system, kind) in [("apt", System::Debian, Kind::Plain), ("dnf", System::Rocky, Kind::Rpm)] {
        let measured = prepared(system, kind, program.as_ref()).map(|bed| measure(name, &bed));
        if let Err(why) = measured.and_then(|done| done) {
            eprintln!("{name}: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// A host that is ready for kubeadm.
fn prepared(system: System, kind: Kind, program: &std::path::Path) -> Result<Bed, String> {
    let mut bed = Bed::lay_as(system, kind, "v1.37")?;
    bed.needed();
    bed.kubelet_and_kubectl(RELEASE);
    bed.crio("1.37.0")?;
    bed.package("kubeadm", "1.37.2", &[Shipped::script("usr/bin/kubeadm", "exit 0\n")]);
    bed.publish();
    bed.spec(RELEASE, "");
    std::fs::copy(program, bed.host.root().join(PROGRAM.trim_start_matches('/')))
        .map_err(|error| error.to_string())?;
    bed.host.boot().map_err(|error| error.to_string())?;
    let up = bed.up(&["--prepare-only"]);
    if up.status == Some(0) { Ok(bed) } else { Err(format!("up: {}{}", up.out, up.err)) }
}

fn measure(name: &str, bed: &Bed) -> Result<(), String> {
    // What was installed a moment ago is asked for once more.
    std::thread::sleep(Duration::from_secs(2));
    let mut times = [const { Vec::new() }; RUNS.len()];
    for round in 0..=ROUNDS {
        for ((_, words), times) in RUNS.iter().zip(&mut times) {
            let begun = Instant::now();
            let said = bed.host.run(words).map_err(|error| error.to_string())?;
            if said.status != Some(0) {
                return Err(format!("{words:?}: {}{}", said.out, said.err));
            }
            // The first round fills caches.
            if round > 0 {
                times.push(begun.elapsed());
            }
        }
    }
    let medians = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    for ((what, words), median) in RUNS.iter().zip(medians) {
        let (calls, programs) = bed.host.traced(words).map_err(|error| error.to_string())?;
        let above = median.saturating_sub(medians[0]).as_secs_f64() * 1000.0;
        println!("{name} {what:5} {above:7.1} ms above an empty program, {calls} system calls, {programs:?}");
    }
    Ok(())
}
