//! Running kubeadm: what it says is heard, what it waits for is looked at, and a failure gets its
//! cause.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::cause::{self, Deed, Pulse, Verdict};
use super::{KubeadmOptions, at_work, left};
use crate::ground::error::chain;
use crate::{Error, Host, Invocation, Watch};

/// So many lines of what it said last are told where it was stopped.
const LAST: usize = 5;

/// So often it is looked what the kubelet does while kubeadm waits for it.
const BEAT: Duration = Duration::from_secs(10);

/// Hears what another one hears, and keeps the last of it.
struct Remember<'a> {
    host: &'a Host,
    last: VecDeque<String>,
    /// The part of kubeadm that waits, and whether it is for what the kubelet does.
    wait: Option<(String, bool)>,
    pulse: Pulse,
    /// How long it runs.
    since: Duration,
    next: Duration,
    watch: &'a mut dyn Watch,
}

impl<'a> Remember<'a> {
    fn new(host: &'a Host, watch: &'a mut dyn Watch) -> Self {
        let (last, pulse) = (VecDeque::new(), Pulse::default());
        Self { host, last, wait: None, pulse, since: Duration::ZERO, next: BEAT, watch }
    }

    fn for_the_node(&self) -> bool {
        self.wait.as_ref().is_some_and(|(_, node)| *node)
    }
}

impl Watch for Remember<'_> {
    fn said(&mut self, line: &str) {
        if !line.trim().is_empty() {
            self.last.push_back(line.trim().to_owned());
            self.last.drain(..self.last.len().saturating_sub(LAST));
        }
        self.watch.said(line);
        if let Some((tag, wait)) = cause::step_of(line)
            && (wait.is_some() || self.wait.as_ref().is_some_and(|(other, _)| other != tag))
        {
            self.watch.awaits(wait.unwrap_or_default());
            self.wait = wait.map(|wait| (tag.to_owned(), wait.starts_with("Waiting")));
        }
    }

    fn waits(&mut self, since: Duration) {
        self.since = since;
        self.watch.waits(since);
        if !self.for_the_node() || since < self.next {
            return;
        }
        self.next = since + BEAT;
        if let Some(news) = self.pulse.beat(self.host, since) {
            self.watch.said(&news);
        }
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        self.watch.stops()
    }
}

pub(super) fn run<const N: usize>(
    host: &Host,
    words: [&str; N],
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let deed = Deed::of(&words);
    let left = if options.resume { left::stumbling(host)? } else { Vec::new() };
    let named = options.ignore.iter().map(String::as_str).filter(|name| !name.eq_ignore_ascii_case("all"));
    let ignored: Vec<&str> = named.chain(left.iter().map(String::as_str)).collect();
    let flag = (!ignored.is_empty()).then(|| format!("--ignore-preflight-errors={}", ignored.join(",")));
    let invocation =
        Invocation::new("kubeadm", words.into_iter().chain(flag.as_deref())).within(options.limit);
    let held = at_work::hold(host, watch)?;
    let mut watch = Remember::new(host, watch);
    let begun = Instant::now();
    let outcome = host.follow_holding(&invocation, held, &mut watch);
    let outcome = match outcome {
        Err(error) => return Err(cut_short(host, &invocation, deed, error, &watch)),
        Ok(outcome) => outcome,
    };
    if outcome.status == Some(0) {
        return Ok(());
    }
    let said = [outcome.stderr, b"\n".to_vec(), outcome.stdout].concat();
    let Verdict { complaints, hint } =
        cause::of_failure(host, &String::from_utf8_lossy(&said), deed, begun.elapsed());
    Err(Error::Kubeadm { command: format!("kubeadm {}", words.join(" ")), complaints, hint })
}

/// It was stopped, or could not be started: that is the cause, and what it was at is told beside
/// it.
fn cut_short(host: &Host, invocation: &Invocation, deed: Deed, error: Error, watch: &Remember<'_>) -> Error {
    if watch.last.is_empty() {
        return error;
    }
    let last = watch.last.iter().map(String::as_str).collect::<Vec<_>>().join(" | ");
    let why = std::error::Error::source(&error).map_or_else(|| chain(&error), ToString::to_string);
    let stopped = matches!(&error, Error::Command { source, .. } if source.kind() == ErrorKind::Interrupted);
    // Who stopped it knows why; a time limit does not.
    let cause = if stopped || !watch.for_the_node() { None } else { cause::of_wait(host, deed, watch.since) };
    let complaints = format!("{why}; its last lines: {last}");
    let (complaints, hint) = match cause {
        Some(found) => (format!("{}: {complaints}", found.complaints), found.hint),
        None => (complaints, deed.stopped().to_owned()),
    };
    Error::Kubeadm { command: invocation.to_string(), complaints, hint }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;
    use crate::fs::Root;
    use crate::{Commands, Outcome};

    /// kubeadm that waits for a kubelet which systemd starts again and again.
    #[derive(Debug)]
    struct Waits;

    impl Commands for Waits {
        fn run(&self, asked: &Invocation) -> io::Result<Outcome> {
            let said = match (asked.program.as_str(), asked.args.get(1).map(String::as_str)) {
                ("systemctl", _) => {
                    static ROUND: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(9);
                    let round = ROUND.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    format!("NRestarts={round}\nActiveState=activating\n\nNRestarts=0\nActiveState=active\n")
                }
                ("journalctl", Some("kubelet")) => {
                    "Started kubelet.service.\nE1123 08:33:54.390382 1 run.go:72] \"command failed\" err=\"failed to run Kubelet: open /dev/kmsg: no such file\"\n".into()
                }
                _ => String::new(),
            };
            Ok(Outcome::new(0, said, ""))
        }

        fn follow(&self, _: &Invocation, watch: &mut dyn Watch) -> io::Result<Outcome> {
            watch.said("[preflight] Pulling images required for setting up a Kubernetes cluster");
            watch.waits(Duration::from_secs(11));
            watch.said("[certs] Generating \"ca\" certificate and key");
            watch.said(
                "[kubelet-check] Waiting for a healthy kubelet at http://x/healthz. This can take up to 4m0s",
            );
            for second in [12, 23, 34, 35] {
                watch.waits(Duration::from_secs(second));
            }
            Err(io::Error::new(io::ErrorKind::TimedOut, "it did not end within 35 s and was stopped"))
        }
    }

    #[derive(Default)]
    struct Hears(Vec<String>, Vec<String>);

    impl Watch for Hears {
        fn said(&mut self, line: &str) {
            self.0.push(line.to_owned());
        }

        fn awaits(&mut self, what: &str) {
            self.1.push(what.to_owned());
        }
    }

    /// kubeadm that is given what it does not take.
    #[derive(Debug)]
    struct Refuses;

    impl Commands for Refuses {
        fn run(&self, _: &Invocation) -> io::Result<Outcome> {
            Ok(Outcome::new(1, "", "error: error execution phase certs: no space left\n"))
        }
    }

    #[test]
    fn what_failed_is_named_with_its_program() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(Refuses));
        let error = run(&host, ["init", "--config", "x"], &KubeadmOptions::default(), &mut Hears::default());
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("`kubeadm init --config x` failed: "), "{error}");
    }

    /// Walk n9: four minutes of seconds, while the kubelet ends 23 times for a reason it says.
    #[test]
    fn a_kubelet_that_ends_again_and_again_is_told_while_kubeadm_waits_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(Waits));
        let mut heard = Hears::default();
        let options = KubeadmOptions::default();
        let error = run(&host, ["init"], &options, &mut heard).unwrap_err().to_string();
        let own: Vec<_> = heard.0.iter().filter(|line| !line.starts_with('[')).collect();
        let why = "says: failed to run Kubelet: open /dev/kmsg: no such file";
        assert_eq!(own, [&format!("the kubelet has ended 1 times by now and {why}")], "once, not every time");
        let waits = [
            "Pulling images required for setting up a Kubernetes cluster",
            "",
            "Waiting for a healthy kubelet at http://x/healthz",
        ];
        assert_eq!(heard.1, waits);
        assert!(error.contains(&format!("failed: the kubelet {why}: it did not end within 35 s")), "{error}");
    }
}
