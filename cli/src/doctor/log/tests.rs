//! What counts of a log, and what becomes of it.

use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::{Mode, Root};

use super::*;
use crate::doctor::{Diagnosis, Kind, examine_with};

fn logs_of(texts: &[(&str, &str)]) -> Logs {
    let mut logs = Logs::new(SystemTime::now());
    for (name, text) in texts {
        logs.read(name, text.as_bytes()).unwrap();
    }
    logs
}

/// What a log says by itself, with how often.
fn said(name: &str, text: &str) -> Vec<(&'static str, u64)> {
    let logs = logs_of(&[(name, text)]);
    let worth = logs.said().iter().filter(|said| said.severity.is_some());
    worth.map(|said| (said.code, said.count)).collect()
}

/// A line of a kubelet's journal.
fn kubelet(time: &str, process: u32, text: &str) -> String {
    format!("2026-11-23T{time}+0000 cp1 kubelet[{process}]: {text}\n")
}

fn systemd(time: &str, text: &str) -> String {
    format!("2026-11-23T{time}+0000 cp1 systemd[1]: {text}\n")
}

const SWAP: &str = r#"E1123 08:33:54.390382    6358 run.go:72] "command failed" err="failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false""#;
const NO_NETWORK: &str = r#"E1123 08:33:54.390382    6358 kubelet.go:2985] "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?""#;
const READY: &str =
    r#"I1123 08:33:47.764789    6338 server.go:529] "Kubelet version" kubeletVersion="v1.34.0""#;

#[test]
fn what_a_run_that_lives_does_not_say_is_history() {
    let failed = kubelet("08:00:00", 1, SWAP);
    let loops = systemd("08:00:10", "kubelet.service: Scheduled restart job, restart counter is at 7.");
    let starts = kubelet("08:00:11", 2, READY);
    let lives = kubelet("08:02:00", 2, READY);
    let swap = ("swap-on", 1);
    let looping = ("unit-restart-loop", 1);
    let cases = [
        (failed.clone(), vec![swap]),
        // Started by systemd a moment ago: it may end again.
        (format!("{failed}{loops}{starts}"), vec![swap, looping]),
        (format!("{failed}{loops}{starts}{lives}"), vec![]),
        // Started by somebody: asked to look again.
        (format!("{failed}{}{starts}", systemd("08:00:10", "Stopping kubelet.service - kubelet...")), vec![]),
        (format!("{failed}{starts}{}", kubelet("08:00:12", 2, SWAP)), vec![("swap-on", 2)]),
    ];
    for (text, wanted) in cases {
        assert_eq!(said("journal", &text), wanted, "{text}");
    }
}

#[test]
fn what_is_repeated_while_it_is_so_is_over_when_it_is_not_repeated() {
    let text = format!("{}{}", kubelet("08:00:00", 1, READY), kubelet("08:00:05", 1, NO_NETWORK));
    assert_eq!(said("journal", &text), [("cni-config-missing", 1)]);
    let later = format!("{text}{}", kubelet("08:02:00", 1, READY));
    assert_eq!(said("journal", &later), []);
    // A node that has just started has no network yet.
    let started = systemd("08:00:00", "Started kubelet.service - kubelet: The Kubernetes Node Agent.");
    assert_eq!(said("journal", &format!("{started}{text}")), []);
    let still = format!("{started}{text}{}", kubelet("08:01:05", 1, NO_NETWORK));
    assert_eq!(said("journal", &still), [("cni-config-missing", 2)]);
    // It is still what a log says, as evidence.
    assert_eq!(logs_of(&[("journal", &later)]).said().len(), 1);
}

#[test]
fn what_a_program_says_ends_it() {
    let crio = |net: &str| {
        format!(
            "Nov 23 08:00:00 cp1 crio[1]: time=\"x\" level=info msg=\"Updated default CNI network name to {net}\"\n"
        )
    };
    assert_eq!(said("x", &crio("")), [("cni-config-missing", 1)]);
    // That it found one is evidence of which, and no fault: every healthy node logs it.
    assert_eq!(said("x", &format!("{}{}", crio(""), crio("bridge"))), []);
    // CRI-O that is started again says nothing where it finds no network.
    let again = systemd("08:00:01", "Stopping crio.service...");
    let again = format!("{}{again}Nov 23 08:00:02 cp1 crio[2]: Starting CRI-O\n", crio(""));
    assert_eq!(said("x", &again), [("cni-config-missing", 1)]);
}

#[test]
fn a_slow_disk_is_one_that_is_slow_ten_times_in_a_minute() {
    let line = |second: u32| {
        format!(
            "2026-11-23T08:{:02}:{:02}.1Z stderr F {{\"level\":\"warn\",\"msg\":\"apply request took too long\"}}\n",
            second / 60,
            second % 60
        )
    };
    let often: String = (0..12).map(|at| line(at * 3)).collect();
    let seldom: String = (0..12).map(|at| line(at * 30)).collect();
    assert_eq!(said("/var/log/pods/x/etcd/0.log", &often), [("etcd-disk-slow", 12)]);
    assert_eq!(said("/var/log/pods/x/etcd/0.log", &seldom), []);
    assert_eq!(said("/var/log/pods/x/coredns/0.log", &often), []);
}

#[test]
fn a_program_is_not_taken_for_another() {
    let unauthorized = kubelet("08:00:00", 1, "x509: certificate signed by unknown authority");
    let pull = kubelet(
        "08:00:00",
        1,
        r#"E1 x] "Failed to pull image" err="pinging container registry r: x509: certificate signed by unknown authority""#,
    );
    assert_eq!(said("x", &unauthorized), [("certificate-unknown-authority", 1)]);
    assert_eq!(said("x", &pull), []);
    assert_eq!(said("x", &unauthorized.replace("kubelet[", "sshd[")), []);
    let other = systemd("08:00:00", "nginx.service: Start request repeated too quickly.");
    assert_eq!(said("x", &other), []);
    assert_eq!(said("x", &other.replace("nginx", "crio")), [("start-limit-hit", 1)]);
}

#[test]
fn values_of_several_lines_are_one_message() {
    let text = [
        kubelet("08:00:00", 1, "E1123 x.go:1] \"command failed\" err=<"),
        kubelet("08:00:00", 1, "\tfailed to validate kubelet configuration, error: [a"),
        kubelet("08:00:00", 1, "\tb], path: &TypeMeta{}"),
        kubelet("08:00:00", 1, " >"),
    ];
    assert_eq!(said("x", &text.concat()), [("kubelet-config-refused", 1)]);
}

fn diagnosis(files: &[(&str, &str)], log: &str) -> Diagnosis {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        host_prep::fs::write_new(&path, text.as_bytes(), Mode::PUBLIC).unwrap();
    }
    let host = Host::offline(Root::open(dir.path()).unwrap());
    examine_with(&host, SystemTime::now(), logs_of(&[("journal", log)]))
}

const MEMBER: (&str, &str) = ("etc/kubernetes/kubelet.conf", "apiVersion: v1\nkind: Config\n");

#[test]
fn a_line_is_evidence_of_what_fires_and_else_a_finding_of_its_own() {
    let log = kubelet("08:00:00", 1, SWAP);
    let said = diagnosis(&[MEMBER], &log);
    let alone = said.findings.iter().find(|one| one.code == "swap-on").unwrap();
    assert_eq!(alone.severity, Severity::Error);
    let evidence = &alone.evidence[0];
    assert_eq!((evidence.kind, evidence.count), (Kind::Log, Some(1)));
    assert_eq!(evidence.first.as_deref(), Some("2026-11-23T08:00:00Z"));
    assert_eq!(said.logs.len(), 1);

    let masked = kubelet("08:00:00", 1, "x509: certificate signed by unknown authority token=5ecr");
    let said = diagnosis(&[MEMBER], &masked);
    assert!(!serde_json::to_string(&said).unwrap().contains("5ecr"));
}

#[test]
fn before_init_a_kubelet_without_a_configuration_is_not_ill() {
    let missing = r#"E1 x] "command failed" err="failed to load kubelet config file, path: /var/lib/kubelet/config.yaml, error: failed to load Kubelet config file /var/lib/kubelet/config.yaml, error failed to read kubelet config file \"/var/lib/kubelet/config.yaml\", error: open /var/lib/kubelet/config.yaml: no such file or directory""#;
    let log = kubelet("08:00:00", 1, missing);
    let severity = |files: &[(&str, &str)]| {
        let said = diagnosis(files, &log);
        said.findings.iter().find(|one| one.code == "kubelet-config-missing").map(|one| one.severity)
    };
    assert_eq!(severity(&[MEMBER]), Some(Severity::Error));
    assert_eq!(severity(&[]), Some(Severity::Note));
}

#[test]
fn a_disk_without_a_journal_is_undecided() {
    let said = diagnosis(&[MEMBER], "");
    assert!(
        said.undecided.iter().any(|one| one.code == "disk-errors" && one.unread.source == "/var/log/journal")
    );
    assert!(said.findings.iter().all(|one| one.code != "disk-errors"));
}

#[test]
fn real_lines_point_to_their_codes() {
    let lines = include_str!("testdata/lines.tsv").lines().skip(1);
    for line in lines {
        let mut columns = line.splitn(3, '\t');
        let (program, code, text) =
            (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        let log = format!("Nov 23 08:00:00 cp1 {program}[1]: {text}\n");
        let logs = logs_of(&[("x", &log)]);
        assert!(logs.said().iter().any(|said| said.code == code), "{code}: {text}");
    }
}

/// Lines of one code are one log; what a program has to say often, it says often.
#[test]
fn each_code_of_the_table_fires_by_a_line() {
    let all = [include_str!("testdata/lines.tsv"), include_str!("testdata/made.tsv")];
    let mut logs: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    for line in all.iter().flat_map(|text| text.lines().skip(1)) {
        let mut columns = line.splitn(3, '\t');
        let [program, code, text] = std::array::from_fn(|_| columns.next().unwrap());
        let log = logs.entry(code).or_default();
        (0..30).for_each(|_| log.push_str(&format!("Nov 23 08:00:00 cp1 {program}[1]: {text}\n")));
    }
    let mut wrong = Vec::new();
    let telling = table::patterns().into_iter().filter(|pattern| pattern.severity.is_some());
    let codes: std::collections::BTreeSet<&str> = telling.map(|pattern| pattern.code).collect();
    for code in codes {
        let Some(log) = logs.get(code) else {
            wrong.push(format!("{code}: no line"));
            continue;
        };
        if !diagnosis(&[MEMBER], log).findings.iter().any(|one| one.code == code) {
            wrong.push(format!("{code}: silent"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A journal that answers as it is told to, by the question's unit.
#[derive(Debug)]
struct Journal(fn(&str) -> std::io::Result<host_prep::Outcome>);

impl host_prep::Commands for Journal {
    fn run(&self, invocation: &host_prep::Invocation) -> std::io::Result<host_prep::Outcome> {
        self.0(&invocation.to_string())
    }
}

fn of_journal(answer: fn(&str) -> std::io::Result<host_prep::Outcome>) -> Logs {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    let mut logs = Logs::new("2026-11-23T08:34:00Z".parse::<Timestamp>().unwrap().into());
    logs.of_host(&Host::with_commands(root, std::sync::Arc::new(Journal(answer))));
    logs
}

fn outcome(status: i32, stdout: &str, stderr: &str) -> std::io::Result<host_prep::Outcome> {
    Ok(host_prep::Outcome::new(status, stdout, stderr))
}

#[test]
fn the_journal_of_a_running_host_is_asked_and_what_it_hides_is_said() {
    let swap = of_journal(|question| {
        let line = kubelet("08:33:54", 1, SWAP);
        // As journalctl before systemd 236 does.
        match (question.contains("kubelet"), question.contains("--output-fields")) {
            (_, true) => outcome(1, "", "unrecognized option '--output-fields'"),
            (true, false) => outcome(0, &line, ""),
            (false, false) => outcome(0, "-- No entries --\n", ""),
        }
    });
    assert_eq!(swap.said().iter().map(|said| said.code).collect::<Vec<_>>(), ["swap-on"]);
    assert!(swap.unread().is_empty());

    let hidden = of_journal(|_| {
        outcome(0, "", "Hint: You are currently not seeing messages from other users and the system.\n")
    });
    assert_eq!(hidden.unread().len(), 1, "{:?}", hidden.unread());
    let none = of_journal(|_| Err(std::io::ErrorKind::NotFound.into()));
    assert_eq!(none.unread().len(), 1, "{:?}", none.unread());
    assert!(none.said().is_empty());
}

#[test]
fn the_logs_of_a_disk_are_those_of_its_pods_last_two_runs() {
    let dir = tempfile::tempdir().unwrap();
    let pod = dir.path().join("var/log/pods/kube-system_etcd-cp1_1/etcd");
    std::fs::create_dir_all(&pod).unwrap();
    let line = |time: &str, text: &str| format!("2026-11-23T{time}.5Z stderr F {{\"msg\":\"{text}\"}}\n");
    let write = |name: &str, text: String| std::fs::write(pod.join(name), text).unwrap();
    write("0.log", line("08:00:00", "mvcc: database space exceeded"));
    write("1.log", line("08:10:00", "walpb: crc mismatch"));
    write("2.log", line("08:10:30", "starting"));
    let said = || {
        let mut logs = Logs::new(SystemTime::now());
        logs.of_host(&Host::offline(Root::open(dir.path()).unwrap()));
        logs.said().iter().map(|said| said.code).collect::<Vec<_>>()
    };
    assert_eq!(said(), ["etcd-data-torn"]);
    write("2.log", format!("{}{}", line("08:10:30", "starting"), line("08:20:00", "well")));
    assert_eq!(said(), [""; 0]);
}

#[test]
fn a_disk_whose_journal_is_that_of_this_machine_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let (disk, other) = (dir.path().join("disk"), dir.path().join("other"));
    std::fs::create_dir_all(disk.join("var/log")).unwrap();
    std::fs::create_dir_all(disk.join(other.strip_prefix("/").unwrap())).unwrap();
    std::fs::create_dir_all(&other).unwrap();
    std::os::unix::fs::symlink(&other, disk.join("var/log/journal")).unwrap();
    let mut logs = Logs::new(SystemTime::now());
    logs.read_journal_of(&Host::offline(Root::open(&disk).unwrap()));
    assert_eq!(logs.unread()[0].why, "its link leads out of the tree");
}
