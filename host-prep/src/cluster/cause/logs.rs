//! What the kubelet, CRI-O and the containers of a control plane said last, and which line of it
//! tells why they do not run. A parser takes text; [`Node::ask`] alone asks the host.

use std::path::Path;
use std::time::Duration;

use super::said::klog_level;
use crate::{Host, Invocation};

/// So much of a journal is looked at: a crash loop has a dozen lines a round.
const LINES: &str = "--lines=120";
/// systemd and journald answer at once, or are ill themselves.
const LIMIT: Duration = Duration::from_secs(5);
/// Where the kubelet keeps the logs of containers: `NAMESPACE_POD_UID/CONTAINER/RESTARTS.log`.
const POD_LOGS: &str = "/var/log/pods";
/// What keeps the others from working comes first.
const COMPONENTS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// The state of a unit and what it wrote.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Daemon {
    /// `ActiveState` of systemd; empty where it was not to be had.
    pub(super) active: String,
    /// `NRestarts`.
    pub(super) restarts: u64,
    /// Its journal, the newest line last.
    pub(super) journal: String,
}

/// Why a program does not run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Ended {
    /// What is said of it: `the kubelet`.
    pub(super) who: String,
    /// Its last words.
    pub(super) why: String,
}

/// A node's programs as they are now.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Node {
    pub(super) kubelet: Daemon,
    pub(super) crio: Daemon,
    /// Containers of the control plane that end again and again, with their last words.
    pub(super) containers: Vec<Ended>,
}

impl Node {
    /// Asks the host. What it does not answer is empty. Journals older than `since` are not looked
    /// at.
    pub(super) fn ask(host: &Host, since: Duration) -> Self {
        let [mut kubelet, mut crio] = states(host);
        kubelet.journal = journal(host, "kubelet", since);
        crio.journal = journal(host, "crio", since);
        let containers = COMPONENTS.iter().filter_map(|name| container(host, name)).collect();
        Self { kubelet, crio, containers }
    }

    /// What does not run and keeps the rest from running; the deepest cause.
    pub(super) fn cause(&self) -> Option<Ended> {
        let ended = |who: &str, why: String| Ended { who: who.to_owned(), why };
        let crio = || self.crio.ends().map(|why| ended("CRI-O", why));
        let kubelet = || self.kubelet.ends().map(|why| ended("the kubelet", why));
        let container = || self.containers.first().cloned();
        let at_work = || complaint(&self.kubelet.journal).map(|why| ended("the kubelet, which runs,", why));
        crio().or_else(kubelet).or_else(container).or_else(at_work)
    }
}

impl Daemon {
    /// The last fatal line, where the program ended and did not come up again.
    pub(super) fn ends(&self) -> Option<String> {
        let starts = |line: &&str| line.contains(": Scheduled restart job");
        let loops = self.journal.lines().filter(starts).count() > 1;
        let down = matches!(self.active.as_str(), "failed" | "inactive" | "activating" | "deactivating");
        let since_start = self.journal.lines().rev().take_while(|line| !line.starts_with("Started "));
        let mut lines: Vec<&str> =
            if loops || down { self.journal.lines().rev().collect() } else { since_start.collect() };
        lines.retain(|line| !line.trim().is_empty());
        let said = lines.iter().find_map(|line| fatal(line));
        let by_systemd = || lines.iter().find_map(|line| of_systemd(line));
        said.or_else(|| (loops || down).then(by_systemd).flatten())
    }
}

/// States of kubelet and CRI-O, in one call.
pub(super) fn states(host: &Host) -> [Daemon; 2] {
    let words = ["show", "--property=ActiveState,NRestarts", "--", "kubelet.service", "crio.service"];
    let said = host.run_to_end(&Invocation::new("systemctl", words).within(LIMIT));
    let said = said.map(|outcome| String::from_utf8_lossy(&outcome.stdout).into_owned()).unwrap_or_default();
    let mut blocks = said.trim().split("\n\n");
    [state(blocks.next()), state(blocks.next())]
}

fn state(block: Option<&str>) -> Daemon {
    let value = |key: &str| {
        let line = block?.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(str::to_owned)
    };
    let restarts = value("NRestarts").and_then(|count| count.parse().ok()).unwrap_or_default();
    Daemon { active: value("ActiveState").unwrap_or_default(), restarts, journal: String::new() }
}

pub(super) fn journal(host: &Host, unit: &str, since: Duration) -> String {
    // A little more than it took: the first start belongs to it.
    let since = format!("--since=-{}s", since.as_secs() + 5);
    let words = ["--unit", unit, LINES, &since, "--no-pager", "--output=cat"];
    let said = host.run_to_end(&Invocation::new("journalctl", words).within(LIMIT));
    said.map(|outcome| String::from_utf8_lossy(&outcome.stdout).into_owned()).unwrap_or_default()
}

/// The last words of a program that ended by itself, if this line has them.
pub(super) fn fatal(line: &str) -> Option<String> {
    // crio: `time="..." level=fatal msg="..."`.
    if let Some((_, text)) = line.split_once("level=fatal msg=") {
        return quoted(text);
    }
    // kubelet since 1.23: `E... run.go:72] "command failed" err="..."`; 1.20 to 1.22 `"Failed to run
    // kubelet" err="..."`.
    for words in ["\"command failed\" err=", "\"Failed to run kubelet\" err="] {
        if let Some((_, text)) = line.split_once(words) {
            return quoted(text);
        }
    }
    // klog's own fatal lines, which were the kubelet's up to 1.19, and what a Go program says before it
    // had a log.
    if klog_level(line) == Some('F') {
        return line.split_once("] ").map(|(_, text)| text.to_owned());
    }
    let bare = ["Error: ", "error: ", "panic: ", "fatal error: "].iter().any(|word| line.starts_with(word));
    bare.then(|| line.to_owned())
}

/// What systemd itself says of a unit it cannot start.
fn of_systemd(line: &str) -> Option<String> {
    const WORDS: [&str; 5] = [
        "Failed to load environment files",
        "Failed at step ",
        "Start request repeated too quickly",
        "Main process exited",
        "Dependency failed",
    ];
    WORDS.iter().any(|words| line.contains(words)).then(|| line.to_owned())
}

/// The last thing a kubelet that runs could not do, where it is known to keep a node from working.
fn complaint(journal: &str) -> Option<String> {
    const WORDS: [&str; 5] = [
        "\"Error syncing pod, skipping\" err=",
        "\"Failed to create sandbox for pod\" err=",
        "\"Unable to register node with API server\" err=",
        "\"Failed to start ContainerManager\" err=",
        "\"Could not process manifest file\" err=",
    ];
    let lines = journal.lines().rev().filter(|line| klog_level(line) == Some('E'));
    lines.into_iter().find_map(|line| WORDS.iter().find_map(|words| quoted(line.split_once(words)?.1)))
}

/// A Go string in quotes, its escapes undone; without quotes the rest of the line.
fn quoted(text: &str) -> Option<String> {
    let Some(text) = text.strip_prefix('"') else { return Some(text.trim().to_owned()) };
    let mut said = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next()? {
                'n' | 't' | 'r' => said.push(' '),
                other => said.push(other),
            },
            other => said.push(other),
        }
    }
    Some(said.trim().to_owned())
}

/// A container of the control plane that was started again at least once, and the last words of the
/// newest run.
fn container(host: &Host, name: &str) -> Option<Ended> {
    let pods = host.root().list(Path::new(POD_LOGS)).ok()??;
    let own = pods.iter().filter_map(|pod| pod.to_str());
    let own = own.filter(|pod| {
        pod.strip_prefix("kube-system_").is_some_and(|rest| rest.starts_with(&format!("{name}-")))
    });
    let newest = own.filter_map(|pod| last_run(host, &Path::new(POD_LOGS).join(pod).join(name)));
    // Lines begin with the time: the pod of an earlier cluster has older ones.
    let log = newest.max_by(|one, other| last_line(one).cmp(last_line(other)))?;
    let why = log.lines().rev().find_map(container_line)?;
    Some(Ended { who: name.to_owned(), why })
}

/// The log of the newest run of a container, where it is not the first.
fn last_run(host: &Host, dir: &Path) -> Option<String> {
    let names = host.root().list(dir).ok()??;
    let runs = names.iter().filter_map(|name| name.to_str()?.strip_suffix(".log")?.parse::<u32>().ok());
    let newest = runs.max().filter(|run| *run > 0)?;
    let read = |run: u32| host.root().read(&dir.join(format!("{run}.log"))).ok()?;
    // The newest run may have said nothing yet.
    let bytes = read(newest).filter(|bytes| !bytes.is_empty()).or_else(|| read(newest - 1))?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn last_line(log: &str) -> &str {
    log.lines().next_back().unwrap_or_default()
}

/// `TIME stderr F text`, where the text says that the program ends: klog's, etcd's JSON, or an
/// error of its flags.
fn container_line(line: &str) -> Option<String> {
    let text = line.splitn(4, ' ').nth(3)?;
    if let Ok(entry) = serde_json::from_str::<serde_json::Value>(text) {
        let level = entry.get("level")?.as_str()?;
        let field = |key: &str| entry.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        let said = [field("msg"), field("error")].join(" ").trim().to_owned();
        return (level == "fatal" || level == "panic").then_some(said);
    }
    fatal(text)
}
