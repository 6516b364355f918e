//! `doctor`, `facts` and `verify` as processes: the look at this host beside kubeadm's preflight on it, a log
//! of 100 MB (MB a second), 1,000 hosts compared by their facts and by support archives, and the most memory
//! that each had (`VmHWM`, proc(5)).
//!
//! `cargo bench -p k8sprep-benches --bench doctor`; as root, or both say less. kubeadm is the one that
//! `tests/oracle/build v1.33.13` makes; it goes on where no runtime answers, as newer ones do not.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use k8sprep_benches::{Subject, against};

const K8SPREP: &str = env!("CARGO_BIN_EXE_subject");
const RELEASE: &str = "v1.33.13";
const RUNS: usize = 11;
const BYTES: usize = 100 << 20;
/// Hosts of a fleet.
const HOSTS: usize = 1000;
/// What a kubelet says all day, and what means something once in two hundred lines.
const ORDINARY: &str = "Nov 23 08:21:55 n1 kubelet[2309]: I1123 08:21:55.548372    2309 reconciler_common.go:251] \
                        \"operationExecutor.VerifyControllerAttachedVolume started for volume\" pod=\"kube-system/coredns-66bc5c9577-abcde\"";
const TELLING: &str = "Nov 23 08:34:31 n1 kubelet[6523]: E1123 08:34:31.637999    6523 controller.go:145] \"Failed to ensure lease \
                       exists, will retry\" err=\"dial tcp 198.51.100.11:6443: connect: connection refused\" interval=\"7s\"";

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    println!("{:<44} {:>9} {:>8} {:>9}", "whole process", "median ms", "ratio", "peak MB");
    let look = [K8SPREP, "doctor", "--output", "json"];
    let facts = [K8SPREP, "facts", "--output", "json"];
    let verify = [K8SPREP, "verify", "--kubernetes-version", RELEASE, "--output", "json"];
    match k8sprep_tests::booted::kubeadm(RELEASE) {
        Ok(kubeadm) => {
            let kubeadm = kubeadm.display().to_string();
            let words = [&kubeadm, "init", "phase", "preflight", "--ignore-preflight-errors=all"];
            let preflight = Subject::new("kubeadm", words);
            for (name, words) in [("doctor", &look[..]), ("facts", &facts), ("verify", &verify)] {
                let subject = Subject::new(name, words.iter().copied());
                let (time, ratio) = against(&preflight, &subject, RUNS);
                row(&format!("{name}, this host (ratio: to the preflight)"), time, Some(ratio), words);
            }
            let (time, _) = against(&Subject::new("doctor", look), &preflight, RUNS);
            row("kubeadm init phase preflight", time, None, &words);
        }
        Err(why) => println!("no kubeadm to compare with: {why}"),
    }
    lay(&dir.path().join("etc"), 1, "conf", b"").expect("a tree can be laid");
    let empty = dir.path().join("empty");
    let log = dir.path().join("journal");
    write(&empty, 0).and_then(|()| write(&log, BYTES)).expect("100 MB can be written");
    let (empty, log) = (empty.display().to_string(), log.display().to_string());
    let tree = dir.path().display().to_string();
    let without = [K8SPREP, "doctor", "--root", &tree, "--log", &empty];
    let with = [K8SPREP, "doctor", "--root", &tree, "--log", &log];
    let (base, with_log) = (Subject::new("", without), Subject::new("", with));
    let (time, ratio) = against(&base, &with_log, RUNS);
    row("doctor --log, 100 MiB (ratio: to an empty log)", time, Some(ratio), &with);
    let own = time.as_secs_f64() - time.as_secs_f64() / ratio;
    println!("{:<44} {:>9.0} MB/s", "its log alone", BYTES as f64 / 1e6 / own);
    compared(dir.path());
}

/// Many hosts beside a tenth of them: ten times the work, and no more memory than their facts take.
fn compared(dir: &Path) {
    let one = dir.join("one.tar.gz").display().to_string();
    let tree = dir.display().to_string();
    let made = [K8SPREP, "doctor", "--root", &tree, "--collect", &one];
    let facts = [K8SPREP, "facts", "--root", &tree, "--output", "json"];
    let read = || Ok::<_, io::Error>((output(&made)?, output(&facts)?, std::fs::read(&one)?));
    let (_, facts, archive) = read().expect("a tree can be looked at");
    for (kind, end, bytes) in [("facts", "json", facts), ("archives", "tar.gz", archive)] {
        let hosts = [HOSTS / 10, HOSTS].map(|many| {
            let dir = dir.join(format!("{kind}-{many}"));
            lay(&dir, many, end, &bytes).expect("they can be written");
            dir.display().to_string()
        });
        let [few, many] = hosts.each_ref().map(|dir| [K8SPREP, "doctor", "--output", "json", "--from", dir]);
        let (time, ratio) = against(&Subject::new("", few), &Subject::new("", many), 3);
        row(&format!("{HOSTS} {kind} compared (ratio: to {})", HOSTS / 10), time, Some(ratio), &many);
    }
}

#[expect(clippy::disallowed_methods, reason = "files of the bench's own")]
fn lay(dir: &Path, many: usize, end: &str, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir(dir)?;
    (0..many).try_for_each(|at| std::fs::write(dir.join(format!("{at}.{end}")), bytes))
}

#[expect(clippy::disallowed_methods, reason = "a bench runs programs; nothing of the product is bypassed")]
fn output(words: &[&str]) -> io::Result<Vec<u8>> {
    Command::new(words[0]).args(&words[1..]).stderr(Stdio::null()).output().map(|it| it.stdout)
}

fn row(name: &str, time: Duration, ratio: Option<f64>, words: &[&str]) {
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    let peak = peak(words).expect("it could be run a moment ago");
    println!("{name:<44} {:>9.1} {ratio:>8} {peak:>9.1}", time.as_secs_f64() * 1e3);
}

#[expect(clippy::disallowed_methods, reason = "a file of the bench's own")]
fn write(path: &Path, bytes: usize) -> io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let (mut written, mut lines) = (0, 0_u64);
    while written < bytes {
        lines += 1;
        let line = if lines.is_multiple_of(200) { TELLING } else { ORDINARY };
        writeln!(file, "{line}")?;
        written += line.len() + 1;
    }
    file.flush()
}

/// The most memory that it had, in MB: asked until it ends.
#[expect(clippy::disallowed_methods, reason = "a bench runs programs; nothing of the product is bypassed")]
fn peak(words: &[&str]) -> io::Result<f64> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let (mut most, end) = (0.0_f64, Instant::now() + Duration::from_secs(120));
    while child.try_wait()?.is_none() && Instant::now() < end {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kilobytes = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        most = most.max(kilobytes.and_then(|text| text.trim().parse::<f64>().ok()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(most * 1024.0 / 1e6)
}
