//! The YAML layer of kubeadm-config alone: two ordinary documents, and streams of a thousand and
//! ten thousand.
//!
//! `cargo bench -p k8sprep-benches --bench yaml`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::time::Duration;

use k8sprep_benches::{INIT_AND_CLUSTER, per_call};
use kubeadm_config::yaml::{self, SplitRules};

fn main() {
    let values: Vec<_> = read(INIT_AND_CLUSTER).iter().map(|document| document.root.to_json()).collect();
    println!("{:<44} {:>12}", "two documents", "median us");
    row("split", || drop(black_box(yaml::split(INIT_AND_CLUSTER.as_bytes(), &SplitRules::default()))));
    row("split and read", || drop(black_box(read(INIT_AND_CLUSTER))));
    row("write", || values.iter().for_each(|value| drop(black_box(yaml::write(value)))));
    println!("\n{:<44} {:>12}", "streams: split and read", "us a document");
    for count in [1_000, 10_000] {
        let stream =
            format!("{}---\n", INIT_AND_CLUSTER.split("---\n").next().unwrap_or_default()).repeat(count);
        let time = per_call(|| drop(black_box(read(&stream))));
        println!(
            "{:<44} {:>12.2}",
            format!("{count} documents"),
            micros(time) / f64::from(u32::try_from(count).unwrap_or(1))
        );
    }
}

fn read(file: &str) -> Vec<yaml::Document> {
    let documents = yaml::split(file.as_bytes(), &SplitRules::default()).expect("the bench's own file");
    documents.iter().map(|raw| yaml::read(&raw.text, raw.base()).expect("the bench's own file")).collect()
}

fn row(name: &str, work: impl FnMut()) {
    println!("{name:<44} {:>12.2}", micros(per_call(work)));
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
