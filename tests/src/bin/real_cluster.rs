//! `k8sprep` with real Kubernetes on booted hosts: `real_cluster sample|table [roads|inits]... [--logs DIR]`.
//!
//! Two hosts over the tree of `tests/hosts/tree make extra`, with the programs and images of `tests/hosts/cluster make`. `sample`
//! stops kubeadm once in each phase, SIGKILL and Ctrl-C in turn, resumes it, and takes every third down; `table` does all of
//! these. A line for each trial; what was said in one that failed is in a file below DIR. Exit status 1 if one failed, 3 if
//! no cluster can be had here.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program's output is its purpose")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use k8sprep_tests::booted::cluster::{Site, built, registry};
use k8sprep_tests::real_cluster::{Extent, Trials, inits, prepared, roads};

/// The newest release that runs where the kernel still has the first version of cgroups.
const RELEASE: &str = "v1.34.0";
const USAGE: &str = "usage: real_cluster sample|table [roads|inits]... [--logs DIR]";

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
        Some("sample") => Extent::Sample,
        Some("table") => Extent::Table,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let parts = &words[1..];
    if parts.iter().any(|part| part != "roads" && part != "inits") {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    if let Err(reason) = built(RELEASE) {
        eprintln!("{reason}");
        return ExitCode::from(3);
    }
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    ended(run(extent, &logs, wants("roads"), wants("inits")))
}

fn run(extent: Extent, logs: &Path, roads_too: bool, inits_too: bool) -> std::io::Result<()> {
    std::fs::create_dir_all(logs)?;
    let site = Site::make(RELEASE)?;
    let prepared = prepared(&site)?;
    println!("a host is prepared, with every image");
    let mut trials = Trials::new(logs.to_owned(), |line| println!("{line}"));
    if roads_too {
        roads(&mut trials, &site, &prepared, extent)?;
    }
    if inits_too {
        inits(&mut trials, &site, &prepared, extent);
    }
    println!("{} trials, {} did not end as they have to", trials.tried, trials.wrong);
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
