//! The logs that doctor reads: MB a second and core, by form, beside reading lines alone, and memory.
//!
//! `cargo bench -p k8sprep-benches --bench logs`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read};
use std::time::{Instant, SystemTime};

use k8sprep::doctor::Logs;
use peak_alloc::PeakAlloc;

/// So much is read of each form.
const BYTES: usize = 100 << 20;

/// What a kubelet and CRI-O say all day, and one line in two hundred that means something.
const ORDINARY: &[(&str, &str)] = &[
    (
        "kubelet",
        r#"I1123 08:21:55.548372    2309 reconciler_common.go:251] "operationExecutor.VerifyControllerAttachedVolume started for volume \"kube-api-access-7x2lq\" (UniqueName: \"kubernetes.io/projected/0a1b-kube-api-access-7x2lq\") pod \"coredns-66bc5c9577-abcde\" (UID: \"0a1b\") ""#,
    ),
    (
        "crio",
        r#"time="2026-11-23T08:21:20.674510489Z" level=info msg="Created container 4fb48c1c8604: kube-system/kube-controller-manager-cp1/kube-controller-manager" id=b75ce399-0c21-43 name=/runtime.v1.RuntimeService/CreateContainer"#,
    ),
    (
        "kubelet",
        r#"I1123 08:21:55.633404    2309 pod_startup_latency_tracker.go:104] "Observed pod startup duration" pod="kube-system/etcd-cp1" podStartSLOduration=2.1 podStartE2EDuration="2.1s""#,
    ),
    ("kernel", "cni0: port 3(veth1a2b3c4d) entered forwarding state"),
];

const TELLING: (&str, &str) = (
    "kubelet",
    r#"E1123 08:34:31.637999    6523 controller.go:145] "Failed to ensure lease exists, will retry" err="Get \"https://198.51.100.11:6443/apis\": dial tcp 198.51.100.11:6443: connect: connection refused" interval="7s""#,
);

/// What lives on the heap at most: a log is read line by line, whatever its size.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() {
    println!(
        "{:<22} {:>6} {:>8} {:>16} {:>12} {:>8}",
        "form", "MB", "MB/s", "x reading lines", "peak MB", "found"
    );
    let start = Instant::now();
    drop(black_box(Logs::new(SystemTime::now())));
    let built = start.elapsed();
    for (name, line) in
        [("text of journalctl", text as fn(&str, &str) -> String), ("JSON of journalctl", json)]
    {
        let lines = lines_alone(BufReader::new(Written::by(line)));
        let mut logs = Logs::new(SystemTime::now());
        HEAP.reset_peak_usage();
        let start = Instant::now();
        logs.read("journal", BufReader::new(Written::by(line))).expect("memory can be read");
        let time = start.elapsed().as_secs_f64();
        let (megabytes, peak) = (BYTES as f64 / 1e6, HEAP.peak_usage_as_mb());
        let found: u64 = logs.said().iter().map(|said| said.count).sum();
        let (speed, ratio) = (megabytes / time, time / lines);
        println!("{name:<22} {megabytes:>6.0} {speed:>8.0} {ratio:>16.1} {peak:>12.1} {found:>8}");
        assert!(peak < 64.0, "a log of 100 MB is not kept in memory");
    }
    println!("the patterns made ready in {} us", built.as_micros());
}

/// How long it takes to find the ends of lines: nobody reads a log in less.
fn lines_alone(mut log: impl BufRead) -> f64 {
    let (mut line, start) = (Vec::new(), Instant::now());
    while log.read_until(b'\n', &mut line).expect("memory can be read") > 0 {
        black_box(&line);
        line.clear();
    }
    start.elapsed().as_secs_f64()
}

/// A log of [`BYTES`] that is there a block at a time, the same block again and again.
struct Written {
    block: Vec<u8>,
    at: usize,
    left: usize,
}

impl Written {
    fn by(line: fn(&str, &str) -> String) -> Self {
        Self { block: log_of(line).into_bytes(), at: 0, left: BYTES }
    }
}

impl Read for Written {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            self.at = 0;
        }
        let many = into.len().min(self.left).min(self.block.len() - self.at);
        into[..many].copy_from_slice(&self.block[self.at..self.at + many]);
        (self.at, self.left) = (self.at + many, self.left - many);
        Ok(many)
    }
}

fn log_of(line: fn(&str, &str) -> String) -> String {
    let mut log = String::new();
    for number in 0..2_000 {
        let (program, text) = if number % 200 == 0 { TELLING } else { ORDINARY[number % ORDINARY.len()] };
        log.push_str(&line(program, text));
    }
    log
}

fn text(program: &str, text: &str) -> String {
    format!("2026-11-23T08:21:55+0000 cp1 {program}[2309]: {text}\n")
}

fn json(program: &str, text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "{{\"__CURSOR\":\"s=0a1b2c;i=1f;b=0a1b2c\",\"__REALTIME_TIMESTAMP\":\"1763886115000000\",\"__MONOTONIC_TIMESTAMP\":\"1\",\"_BOOT_ID\":\"0a1b2c\",\"SYSLOG_IDENTIFIER\":\"{program}\",\"_PID\":\"2309\",\"MESSAGE\":\"{text}\"}}\n"
    )
}
