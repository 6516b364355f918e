//! The logs that doctor reads: MB a second and core, by form.
//!
//! `cargo bench -p k8sprep-benches --bench logs`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::time::{Instant, SystemTime};

use k8sprep::doctor::Logs;

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

fn main() {
    println!("{:<28} {:>8} {:>10} {:>8}", "form", "MB", "MB/s", "found");
    let start = Instant::now();
    drop(black_box(Logs::new(SystemTime::now())));
    let built = start.elapsed();
    for (name, line) in
        [("text of journalctl", text as fn(&str, &str) -> String), ("JSON of journalctl", json)]
    {
        let log = log_of(line);
        let mut logs = Logs::new(SystemTime::now());
        let start = Instant::now();
        logs.read("journal", log.as_bytes()).expect("memory can be read");
        let time = start.elapsed().as_secs_f64();
        let megabytes = log.len() as f64 / 1e6;
        let found: u64 = logs.said().iter().map(|said| said.count).sum();
        println!("{name:<28} {megabytes:>8.0} {:>10.0} {found:>8}", megabytes / time);
    }
    println!("the patterns made ready in {} us", built.as_micros());
}

fn log_of(line: fn(&str, &str) -> String) -> String {
    let mut log = String::with_capacity(BYTES + 1024);
    for number in 0.. {
        if log.len() >= BYTES {
            break;
        }
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
