//! The logs that a host keeps, and how much of them is read: the newest lines of this boot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_prep::{Error, Host, Invocation};

use super::program::Program;
use super::tally::Tally;
use super::{Logs, MAX_LINE};
use crate::doctor::finding::Unread;

/// The newest lines of a unit.
const LINES: &str = "4000";
/// And no more of them than that.
const BYTES: usize = 8 << 20;
/// The end of a pod's log.
// The kubelet begins another file at 10 MiB (`containerLogMaxSize`), and why a container ended is
// said last.
const POD_BYTES: usize = 1 << 20;
/// So long a journal may take to answer.
const LIMIT: Duration = Duration::from_secs(5);
/// Containers whose logs are read.
const CONTAINERS: usize = 24;
/// Where the logs of pods are.
const PODS: &str = "/var/log/pods";
/// Where the journal of a disk is.
const JOURNAL: &str = "/var/log/journal";

/// The questions: services of a node, the kernel and audit.
const QUESTIONS: &[&[&str]] = &[
    &["--unit=kubelet.service"],
    &["--unit=crio.service", "--unit=containerd.service"],
    &["_TRANSPORT=kernel", "+", "_TRANSPORT=audit"],
];

/// What is asked for a line of time: kubeadm too, where something logs what it says.
const OF_NODE: &[(&str, &[&str])] =
    &[("journal", QUESTIONS[0]), ("journal", QUESTIONS[1]), ("kubeadm", &["SYSLOG_IDENTIFIER=kubeadm"])];

/// A question's name, and the answer.
type Answered = (&'static str, Result<Vec<u8>, Unread>);

/// What the journal has of the last boot; of a disk with the programs of this machine.
pub(super) fn of_last_boot(host: &Host) -> Result<Vec<Answered>, Unread> {
    let disk = match host.is_running() {
        true => None,
        false => Some(host.tree_with_programs().map_err(|error| Unread::because(JOURNAL, &error))?),
    };
    let host = disk.as_ref().unwrap_or(host);
    Ok(OF_NODE.iter().map(|(name, question)| (*name, journal(host, question))).collect())
}

impl Logs {
    /// Reads the journal of a disk that does not run with the journalctl of this machine.
    pub fn read_journal_of(&mut self, disk: &Host) {
        let tallies = match disk.tree_with_programs() {
            Ok(disk) => self.journals(&disk),
            Err(error) => {
                self.unread.push(Unread::because(JOURNAL, &error));
                Vec::new()
            }
        };
        self.conclude(&tallies, None);
        self.disk = true;
    }

    /// Reads what the host keeps.
    pub(in crate::doctor) fn of_host(&mut self, host: &Host) {
        if let Err(error) = host.root().list(Path::new(PODS)) {
            self.unread.push(Unread::because(PODS, &error));
        }
        let mut tallies = if self.disk { Vec::new() } else { self.journals(host) };
        tallies
            .extend(pods(host).into_iter().map(|(program, files)| self.of_container(host, program, &files)));
        let end = host.is_running().then_some(self.now);
        self.conclude(&tallies, end);
    }

    /// The answers of the journal; one that does not answer is asked once.
    ///
    /// Three questions: one process of journalctl each, in order of what matters most. Where the
    /// first one fails, the others would fail alike, and waiting three times would triple the
    /// time.
    fn journals(&mut self, host: &Host) -> Vec<Tally> {
        let mut tallies = Vec::new();
        for question in QUESTIONS {
            match journal(host, question) {
                Ok(bytes) => {
                    let mut tally = Tally::default();
                    // Bytes in memory can be read.
                    let _ = self.count_in(&mut tally, None, bytes.as_slice());
                    tallies.push(tally);
                }
                // A journal that hangs or is not permitted is so for each question.
                Err(unread) => {
                    self.unread.push(unread);
                    break;
                }
            }
        }
        tallies
    }

    /// The logs of a container, the oldest first: each is of one run.
    fn of_container(&self, host: &Host, program: Program, files: &[PathBuf]) -> Tally {
        let mut tally = Tally::default();
        for file in files {
            let Ok(Some(bytes)) = host.root().head(file, MAX_LINE) else { continue };
            let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let first = String::from_utf8_lossy(first);
            tally.starts(program, super::Line::of(&first, None).stamp.at(self.now));
            // One byte more shows whether it begins with a line.
            let Ok(Some(bytes)) = host.root().tail(file, POD_BYTES as u64 + 1) else { continue };
            let _ = self.count_in(&mut tally, Some(program), newest(&bytes, POD_BYTES));
        }
        tally
    }
}

/// The answer of the journal, in JSON where it can choose its fields (systemd 236), else as text.
///
/// `--boot` alone is the running boot, or the last one of a disk that does not run.
/// `--output-fields` came with systemd 236 (its NEWS); before it, the text form tells the same
/// with less certainty about where a message ends.
fn journal(host: &Host, question: &[&str]) -> Result<Vec<u8>, Unread> {
    let mut args = vec!["--no-pager".to_owned(), "--boot".to_owned(), format!("--lines={LINES}")];
    if let Some(tree) = host.image_root() {
        let kept = host.root().kind(Path::new(JOURNAL));
        if !matches!(kept, Ok(Some(_))) {
            return Err(Unread::new(JOURNAL, "no journal is kept on this disk"));
        }
        args.push(format!("--directory={}", inside(host, tree)?.display()));
    }
    let json = ["--output=json", "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_PID"];
    let forms: [&[&str]; 2] = [&json, &["--output=short-iso"]];
    let mut unread = Unread::new("journalctl", "");
    for form in forms {
        let all = args.iter().map(String::as_str).chain(form.iter().copied()).chain(question.iter().copied());
        match host.run(&Invocation::new("journalctl", all).within(LIMIT)) {
            // "Hint: You are currently not seeing messages from other users and the system."
            Ok(outcome) if hides_others(&outcome.stderr) => {
                return Err(Unread::new(
                    "journalctl",
                    "only root and the group adm see the journal of services",
                ));
            }
            Ok(outcome) => return Ok(newest(&outcome.stdout, BYTES).to_vec()),
            // An old journalctl does not know the fields.
            Err(error @ Error::CommandFailed { .. }) => unread = Unread::because("journalctl", &error),
            Err(error) => return Err(Unread::because("journalctl", &error)),
        }
    }
    Err(unread)
}

/// The journal below a tree; a link out of it would be the journal of this machine.
///
/// `/var/log/journal` of an image is sometimes a link to an absolute path, which resolves on this
/// machine and not in the image.
fn inside(host: &Host, tree: &Path) -> Result<PathBuf, Unread> {
    let real = |path: PathBuf| {
        let shown = format!("realpath(3) {}", path.display());
        let ask = || Ok(path.canonicalize()?.into_os_string().into_encoded_bytes());
        let said = host.root().system(&shown, ask).map_err(|error| Unread::because(JOURNAL, &error))?;
        Ok::<_, Unread>(PathBuf::from(String::from_utf8_lossy(&said).into_owned()))
    };
    let (tree, journal) = (real(tree.to_owned())?, real(tree.join(&JOURNAL[1..]))?);
    if journal.starts_with(&tree) {
        Ok(journal)
    } else {
        Err(Unread::new(JOURNAL, "its link leads out of the tree"))
    }
}

/// journalctl ends well where it shows a user only what is the user's own, and says so.
fn hides_others(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).contains("not seeing messages from other users")
}

/// The last bytes, from the beginning of a line.
///
/// The first line of what is left is cut, and left out; a stretch without any line end is nothing.
fn newest(bytes: &[u8], limit: usize) -> &[u8] {
    let from = bytes.len().saturating_sub(limit);
    if from == 0 {
        return bytes;
    }
    let rest = &bytes[from..];
    rest.iter().position(|byte| *byte == b'\n').map_or(&[], |end| &rest[end + 1..])
}

/// Containers of pods whose messages are known, with the logs of their last two runs.
///
/// `/var/log/pods/NAMESPACE_NAME_UID/CONTAINER/N.log` is the kubelet's layout
/// (`pkg/kubelet/kuberuntime/helpers.go`); N is the count of restarts, so the two highest are the
/// last runs. Rotated files have a further ending and are no whole number.
fn pods(host: &Host) -> Vec<(Program, Vec<PathBuf>)> {
    let names = |path: &Path| {
        let names = host.root().list(path).ok().flatten().unwrap_or_default();
        names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect::<Vec<String>>()
    };
    let base = Path::new(PODS);
    let mut found = Vec::new();
    for pod in names(base) {
        for container in names(&base.join(&pod)) {
            let Some(program) = Program::named(&container) else { continue };
            let dir = base.join(&pod).join(&container);
            let number = |name: &String| name.strip_suffix(".log")?.parse::<u64>().ok();
            let mut runs: Vec<u64> = names(&dir).iter().filter_map(number).collect();
            runs.sort_unstable();
            // The kubelet keeps one former log of a container itself (`MaxPerPodContainerCount`
            // 1).
            let last = runs.split_off(runs.len().saturating_sub(2));
            found.push((program, last.into_iter().map(|run| dir.join(format!("{run}.log"))).collect()));
        }
    }
    found.truncate(CONTAINERS);
    found
}
