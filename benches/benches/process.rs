//! Whole processes: each command beside an empty Rust program and beside what people use today.
//!
//! `cargo bench -p k8sprep-benches --bench process`; the argument `quick` takes fewer runs. A
//! command is meant to take one and a half times what the empty program takes, and twice that where
//! it asks a socket; a row that takes more says so.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;

use k8sprep_benches::{INIT_AND_CLUSTER, Subject, against};

const EMPTY: &str = env!("CARGO_BIN_EXE_empty");
const K8SPREP: &str = env!("CARGO_BIN_EXE_subject");
const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kubeadm-config/tests/data/ca-p256.crt");
const INFO: &str = r#"{"storage_driver":"overlay","storage_image":"","storage_root":"/var/lib/containers/storage","cgroup_driver":"systemd","default_id_mappings":{"uids":[{"container_id":0,"host_id":0,"size":4294967295}],"gids":[{"container_id":0,"host_id":0,"size":4294967295}]}}"#;
const CA_HASH: &str =
    "openssl x509 -pubkey -noout -in \"$0\" | openssl pkey -pubin -outform der | openssl dgst -sha256 -hex";

/// The commands by the names of their rows. `DIR` and `CA` stand for what they name.
const COMMANDS: &[(&str, &str)] = &[
    (
        "gen-config",
        "gen-config --kubernetes-version v1.34.0 --node-name cp1 --advertise-address 192.0.2.10 \
         --pod-subnet 10.244.0.0/16 --token abcdef.0123456789abcdef --cgroup-driver systemd",
    ),
    ("check-config", "check-config DIR/kubeadm.yaml"),
    (
        "check-config --like-kubeadm",
        "check-config --like-kubeadm --kubernetes-version v1.34.0 DIR/kubeadm.yaml",
    ),
    ("migrate-config", "migrate-config DIR/kubeadm.yaml --to v1beta3 --lossy"),
    ("print-defaults init", "print-defaults init --kubernetes-version v1.34.0"),
    ("images", "images --kubernetes-version v1.34.0"),
    ("token generate", "token generate"),
    ("join-command", "join-command --token abcdef.0123456789abcdef --endpoint 192.0.2.10:6443 --ca CA"),
    ("ca-hash", "ca-hash CA"),
    ("crio show", "crio show --root DIR/host"),
    ("crio get", "crio get --root DIR/host crio.image.pause_image"),
    ("facts --root, a small tree", "facts --root DIR/host"),
    ("plan --root, a small tree", "plan --root DIR/host --kubernetes-version v1.34.0 --no-packages"),
    ("facts, this host", "facts"),
];
const PROBE: (&str, &str) = ("probe-crio --http-only", "probe-crio --http-only --socket DIR/crio.sock");

fn main() {
    let runs = if std::env::args().any(|word| word == "quick") { 21 } else { 201 };
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    lay_out(dir.path()).expect("it can be written");
    let shown = dir.path().to_str().expect("a temporary directory has a plain name");
    let socket = format!("{shown}/crio.sock");
    let table = Table { empty: Subject::new("an empty Rust program", [EMPTY]), runs };
    println!("{:<36} {:>10} {:>8}", "whole process", "median us", "x empty");
    for command in COMMANDS {
        table.row(&own(*command, shown), Some(1.5));
    }
    table.row(&own(PROBE, shown), Some(2.0));
    println!();
    table.row(&Subject::new("openssl's pipeline", ["sh", "-c", CA_HASH, CA]), None);
    let url = ["curl", "-sf", "--unix-socket", &socket, "http://localhost/info"];
    table.row(&Subject::new("curl /info", url), None);
}

/// A command of the program.
fn own((name, command): (&str, &str), dir: &str) -> Subject {
    let words = command.replace("DIR", dir).replace("CA", CA);
    Subject::new(&format!("k8sprep {name}"), std::iter::once(K8SPREP).chain(words.split_whitespace()))
}

/// What the commands are asked about: a file for kubeadm, a small tree of a host and a socket that
/// answers.
#[expect(clippy::disallowed_methods, reason = "a tree of the bench's own")]
fn lay_out(dir: &Path) -> io::Result<()> {
    let put = |path: &str, text: &str| {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(dir))?;
        std::fs::write(path, text)
    };
    put("kubeadm.yaml", INIT_AND_CLUSTER)?;
    put("host/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")?;
    put(
        "host/etc/crio/crio.conf.d/10-crio.conf",
        "[crio.image]\nsignature_policy = \"/etc/crio/policy.json\"\n",
    )?;
    answer_info(&dir.join("crio.sock"))
}

struct Table {
    empty: Subject,
    runs: usize,
}

impl Table {
    fn row(&self, subject: &Subject, aim: Option<f64>) {
        if !subject.works() {
            println!("{:<36} {:>10} {:>8}", subject.name, "-", "absent");
            return;
        }
        let (time, ratio) = against(&self.empty, subject, self.runs);
        let over = aim.filter(|aim| ratio > *aim).map(|aim| format!("  over {aim}")).unwrap_or_default();
        println!("{:<36} {:>10} {:>8.2}{over}", subject.name, time.as_micros(), ratio);
    }
}

/// A server that answers every connection with CRI-O's `/info`, for as long as the bench runs.
fn answer_info(socket: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
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
    Ok(())
}
