//! crio-config alone: read and edit a file of CRI-O's size, and merge a thousand drop-ins and ten
//! thousand.
//!
//! `cargo bench -p k8sprep-benches --bench crio`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::time::Duration;

use crio_config::{Document, KeyPath, Release, Sources, Value, merge};
use k8sprep_benches::per_call;

fn main() {
    let file = file_of(800);
    let path: KeyPath = "crio.image.pause_image".parse().expect("the path is one");
    let value = Value::from("registry.k8s.io/pause:3.10");
    println!("{:<44} {:>12}", "a file of 800 lines", "median us");
    let read = || Document::parse(&file).expect("the file is TOML");
    row("read", || drop(black_box(read())));
    let document = read();
    row("set a value", || drop(black_box(document.clone().set(&path, &value))));
    row("print", || drop(black_box(document.to_string())));
    println!("\n{:<44} {:>12} {:>14}", "merged for 1.37", "median us", "us per file");
    for count in [100, 1_000, 10_000] {
        let sources = drop_ins(count);
        let time = per_call(|| drop(black_box(merge(&sources, Release::newest_of(37)))));
        let each = time.as_secs_f64() * 1e6 / f64::from(count);
        println!("{:<44} {:>12} {each:>14.2}", format!("{count} drop-ins"), time.as_micros());
    }
}

fn row(name: &str, work: impl FnMut()) {
    let time: Duration = per_call(work);
    println!("{name:<44} {:>12}", time.as_micros());
}

/// As CRI-O prints it: comments, a key here and there.
fn file_of(lines: usize) -> String {
    let mut text =
        String::from("[crio.image]\npause_image = \"registry.k8s.io/pause:3.9\"\n[crio.runtime]\n");
    for line in 0..lines {
        if line % 8 == 7 {
            text.push_str(&format!("key_{line} = [\"a\", \"b\"] # {line}\n"));
        } else {
            text.push_str("# The line says what the key is for, and what the default is.\n");
        }
    }
    text
}

fn drop_ins(count: u32) -> Sources {
    (0..count).fold(Sources::new(), |sources, number| {
        let text = format!(
            "[crio.runtime]\npids_limit = {number}\n[crio.runtime.runtimes.r{}]\nruntime_path = \"/usr/bin/r\"\n",
            number % 50
        );
        sources.with_drop_in(format!("/etc/crio/crio.conf.d/{number:05}.conf"), Ok(text.into_bytes()))
    })
}
