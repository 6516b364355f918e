//! `k8sprep` with real Kubernetes on booted hosts: `real_cluster road|sample|table
//! [roads|inits|kills]... [--logs DIR]`, or `real_cluster ills [--logs DIR]`.
//!
//! Two hosts over the tree of `tests/hosts/tree make extra`, with the programs and images of
//! `tests/hosts/cluster make`. `road` is the way there, a reboot, daemons that are stopped, and
//! back. `sample` stops kubeadm once in each phase, SIGKILL and Ctrl-C in turn, resumes it, and
//! takes every third down; `table` does all of these. `kills` stops `up`, `bundle use` and `down`
//! on their way. `ills` makes a control plane ill in the ways that users meet, and cures it by what
//! `doctor` offers: its code, the seconds until it is named and until the node is Ready again.
//!
//! A line for each trial, `early` where it came to its end before the signal; what was said in one
//! that failed is in a file below DIR. Exit status 1 if one failed, 3 if no cluster can be had here.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use k8sprep_tests::booted::cluster::{Site, built, registry};
use k8sprep_tests::real_cluster::{Extent, Trials, ills, inits, kills, prepared, roads};

/// The newest release that runs where the kernel still has the first version of cgroups.
const RELEASE: &str = "v1.34.0";
const PARTS: [&str; 3] = ["roads", "inits", "kills"];
const USAGE: &str = "usage: real_cluster road|sample|table [roads|inits|kills]... [--logs DIR]\n       real_cluster ills [--logs DIR]";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, dir, address] = words.as_slice()
        && verb == "serve"
    {
        return ended(registry::serve(Path::new(dir), address));
    }
    let logs = match words.iter().position(|word| word == "--logs") {
        Some(at) if at + 1 < words.len() => PathBuf::from(words.drain(at..at + 2).nth(1).unwrap_or_default()),
        _ => std::env::temp_dir().join("k8sprep-real-cluster"),
    };
    let extent = match words.first().map(String::as_str) {
        Some("road" | "ills") => Extent::Road,
        Some("sample") => Extent::Sample,
        Some("table") => Extent::Table,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let (parts, is_ills) = (&words[1..], words[0] == "ills");
    if is_ills && !parts.is_empty() || parts.iter().any(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    if let Err(reason) = built(RELEASE) {
        eprintln!("{reason}");
        return ExitCode::from(3);
    }
    let wanted = PARTS.iter().filter(|part| parts.is_empty() || parts.iter().any(|one| one == *part));
    let wanted: Vec<_> = match extent {
        _ if is_ills => vec!["ills"],
        Extent::Road => vec!["roads"],
        _ => wanted.copied().collect(),
    };
    ended(run(extent, &logs, &wanted))
}

fn run(extent: Extent, logs: &Path, parts: &[&str]) -> std::io::Result<()> {
    std::fs::create_dir_all(logs)?;
    let site = Site::make(RELEASE)?;
    let prepared = prepared(&site)?;
    println!("a host is prepared, with every image");
    let asked = |part: &str| parts.contains(&part);
    let fresh = || Trials::new(logs.to_owned(), |line| println!("{line}"));
    let (mut trials, mut stopped) = (fresh(), fresh());
    // Both wait for kubelets most of the time.
    std::thread::scope(|scope| {
        if asked("inits") {
            scope.spawn(|| inits(&mut stopped, &site, &prepared, extent));
        }
        if asked("roads") { roads(&mut trials, &site, &prepared, extent) } else { Ok(()) }
    })?;
    trials.add(&stopped);
    if asked("kills") {
        kills(&mut trials, &site, &prepared, extent)?;
    }
    if asked("ills") {
        ills(&mut trials, &site, &prepared)?;
    }
    println!(
        "{} trials, {} did not end as they have to, {} came to their end before they could be stopped",
        trials.tried, trials.wrong, trials.early
    );
    if trials.wrong == 0 { Ok(()) } else { Err(std::io::Error::other("see above")) }
}

fn ended(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
