//! Whole processes: each command beside an empty Rust program and beside what people use today.
//!
//! `cargo bench -p k8sprep-benches --bench process`; the argument `quick` takes fewer runs.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;

use k8sprep_benches::{Subject, against};

const EMPTY: &str = env!("CARGO_BIN_EXE_empty");
const K8SPREP: &str = env!("CARGO_BIN_EXE_subject");
const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kubeadm-config/tests/data/ca-p256.crt");
const INFO: &str = r#"{"storage_driver":"overlay","storage_image":"","storage_root":"/var/lib/containers/storage","cgroup_driver":"systemd","default_id_mappings":{"uids":[{"container_id":0,"host_id":0,"size":4294967295}],"gids":[{"container_id":0,"host_id":0,"size":4294967295}]}}"#;
const CA_HASH: &str =
    "openssl x509 -pubkey -noout -in \"$0\" | openssl pkey -pubin -outform der | openssl dgst -sha256 -hex";

fn main() {
    let runs = if std::env::args().any(|word| word == "quick") { 21 } else { 201 };
    let dir = std::env::temp_dir().join(format!("k8sprep-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("the temporary directory can be written");
    let socket = dir.join("crio.sock");
    answer_info(&socket);
    let socket = socket.to_str().expect("a temporary directory has a plain name");
    let url = ["curl", "-sf", "--unix-socket", socket, "http://localhost/info"];
    let empty = Subject::new("an empty Rust program", [EMPTY]);
    let rows = [
        Subject::new("k8sprep gen-config", gen_config()),
        Subject::new("k8sprep ca-hash", [K8SPREP, "ca-hash", CA]),
        Subject::new("  openssl's pipeline", ["sh", "-c", CA_HASH, CA]),
        Subject::new(
            "k8sprep probe-crio --http-only",
            [K8SPREP, "probe-crio", "--http-only", "--socket", socket],
        ),
        Subject::new("  curl /info", url),
    ];
    println!("{:<28} {:>10} {:>8}", "whole process", "median us", "x empty");
    for row in &rows {
        if !row.works() {
            println!("{:<28} {:>10} {:>8}", row.name, "-", "absent");
            continue;
        }
        let (time, ratio) = against(&empty, row, runs);
        println!("{:<28} {:>10} {:>8.2}", row.name, time.as_micros(), ratio);
    }
    let _ = std::fs::remove_dir_all(&dir);
}

fn gen_config() -> Vec<&'static str> {
    let flags = "gen-config --kubernetes-version v1.34.0 --node-name cp1 --advertise-address 192.0.2.10 \
                 --pod-subnet 10.244.0.0/16 --token abcdef.0123456789abcdef --cgroup-driver systemd";
    std::iter::once(K8SPREP).chain(flags.split_whitespace()).collect()
}

/// A server that answers every connection with CRI-O's `/info`, for as long as the bench runs.
fn answer_info(socket: &Path) {
    let listener = UnixListener::bind(socket).expect("the socket can be made");
    let length = INFO.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{INFO}"
    );
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 1024];
            // A client that went away is the next one's matter.
            let _ = stream.read(&mut request).and_then(|_| stream.write_all(answer.as_bytes()));
        }
    });
}
