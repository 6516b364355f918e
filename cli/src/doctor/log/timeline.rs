//! What systemd, the kubelet, the runtime and kubeadm logged of one boot, on one line of time.
//!
//! A kubelet logs thousands of lines a minute of which few say something. Those that are shown are
//! starts and stops, warnings and errors, what points to a check, and all of kubeadm; the others are
//! counted. A line that comes again within minutes is shown once, with how often.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::time::SystemTime;

use host_prep::Host;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::joined::Joined;
use super::line::{self, Line};
use super::matched::{Found, Matcher};
use super::program::Program;
use super::{each_line, secret, source};
use crate::doctor::finding::Unread;

/// So many moments are kept, the newest.
const MOST: usize = 10_000;
/// A line that comes again after that is another one.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// What is said to be the same: so many characters, without numbers.
const ALIKE: usize = 160;

/// Which lines are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum WhichLines {
    /// Those that say something.
    #[default]
    Telling,
    /// Every one.
    All,
}

/// Lines of several programs in the order in which they were written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Timeline {
    /// What was logged, the oldest first.
    pub moments: Vec<Moment>,
    /// Lines of these programs that are not among them.
    pub left_out: u64,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
    #[serde(skip)]
    which: WhichLines,
    #[serde(skip)]
    now: Timestamp,
}

/// A line, and how often it came again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Moment {
    /// When, RFC 3339; a line without a time has that of the one before it in its log.
    pub at: Option<String>,
    /// Who logged it.
    pub program: &'static str,
    /// The process that did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<u32>,
    /// How bad the program says it is.
    pub level: Level,
    /// The check that it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The line, without passwords and tokens.
    pub text: String,
    /// How often, with the lines like it that follow.
    pub count: u64,
    /// When the last of them was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    #[serde(skip)]
    time: Option<Timestamp>,
    #[serde(skip)]
    last_time: Option<Timestamp>,
}

/// How bad a program says a line is.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Level {
    /// It goes on.
    Info,
    /// Something may be wrong.
    Warning,
    /// Something is.
    Error,
}

/// One log while it is read.
#[derive(Default)]
struct Reading {
    moments: Vec<Moment>,
    /// Where the newest moment of each kind is.
    alike: BTreeMap<(Program, Option<u32>, String), usize>,
    before: Option<Timestamp>,
    processes: BTreeMap<Program, Option<u32>>,
    boot: Option<String>,
    left_out: u64,
}

impl Timeline {
    /// None yet. `now` is the time it is looked at: a log may have times without a year.
    #[must_use]
    pub fn new(which: WhichLines, now: SystemTime) -> Self {
        let now = Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { moments: Vec::new(), left_out: 0, unread: Vec::new(), which, now }
    }

    /// Adds what the journal of a host has of its last boot; that of a disk is read with the
    /// journalctl of this machine.
    pub fn of_host(&mut self, host: &Host) {
        match source::of_last_boot(host) {
            Ok(answers) => {
                for (question, answer) in answers {
                    match answer {
                        // Bytes in memory can be read.
                        Ok(bytes) => drop(self.read(question, bytes.as_slice())),
                        Err(unread) => self.unread.push(unread),
                    }
                }
            }
            Err(unread) => self.unread.push(unread),
        }
        self.unread.dedup();
    }

    /// Adds a log: journalctl's text or JSON, kubeadm's output. Of several boots the last one counts.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn read(&mut self, name: &str, input: impl BufRead) -> io::Result<()> {
        let mut reading = Reading::default();
        let (mut joined, mut found) = (Joined::default(), Found::default());
        each_line(input, Program::of_path(name), |text, program| {
            if reading.is_another_boot(text) {
                reading = Reading { boot: reading.boot.take(), ..Reading::default() };
            }
            let line = Line::of(text, program);
            joined.next(line, self.now, &mut |line| reading.take(line, self, &mut found));
        })?;
        joined.rest(&mut |line| reading.take(line, self, &mut found));
        self.left_out += reading.left_out;
        self.moments.append(&mut reading.moments);
        // Where times are equal, and where there are none, the order of the logs stays.
        self.moments.sort_by_key(|moment| moment.time);
        let more = self.moments.len().saturating_sub(MOST);
        self.left_out += self.moments.drain(..more).map(|moment| moment.count).sum::<u64>();
        Ok(())
    }
}

impl Reading {
    /// Whether a boot begins with this line: `-- Boot 0a1b --`, `-- Reboot --`, or another id in JSON.
    fn is_another_boot(&mut self, text: &str) -> bool {
        if text.starts_with("-- Boot ") || text == "-- Reboot --" {
            return true;
        }
        let id = |text: &str| Some(text.split_once("\"_BOOT_ID\":\"")?.1.split_once('"')?.0.to_owned());
        let Some(id) = text.starts_with('{').then(|| id(text)).flatten() else { return false };
        let before = self.boot.replace(id);
        before.is_some() && before != self.boot
    }

    fn take(&mut self, line: &Line<'_>, of: &Timeline, found: &mut Found) {
        let Some(program) = line.program.filter(|program| is_of_node(*program, &line.text)) else { return };
        let text = line::unquoted(&line.text);
        if text.trim().is_empty() {
            return;
        }
        Matcher::get().of(program, &text, found);
        let code = found.said.first().map(|at| Matcher::get().patterns[*at].code);
        let level = level(program, &line.text);
        let starts =
            line.process.is_some() && self.processes.insert(program, line.process) != Some(line.process);
        let tells = level > Level::Info
            || code.is_some()
            || matches!(program, Program::Systemd | Program::Kubeadm)
            || starts && program.runs_as_one_process();
        if !tells && of.which == WhichLines::Telling {
            self.left_out += 1;
            return;
        }
        let time = line.stamp.at(of.now).or(self.before);
        self.before = time;
        self.add(line, (program, time), (level, code));
    }

    fn add(
        &mut self,
        line: &Line<'_>,
        (program, time): (Program, Option<Timestamp>),
        (level, code): (Level, Option<&'static str>),
    ) {
        let text = secret::shown(&line.text);
        let key = (program, line.process, alike(&text));
        if let Some(known) = self.alike.get(&key).and_then(|at| self.moments.get_mut(*at))
            && known.goes_on(time)
        {
            known.count += 1;
            known.last_time = time.or(known.last_time);
            known.last = known.last_time.map(|at| at.to_string());
            return;
        }
        if self.moments.len() >= 2 * MOST {
            self.left_out += self.moments.drain(..MOST).map(|moment| moment.count).sum::<u64>();
            self.alike.clear();
        }
        self.alike.insert(key, self.moments.len());
        self.moments.push(Moment {
            at: time.map(|at| at.to_string()),
            program: program.as_str(),
            process: line.process,
            level,
            code,
            text,
            count: 1,
            last: None,
            time,
            last_time: None,
        });
    }
}

impl Moment {
    /// Whether a line like it at that time is one more of it.
    fn goes_on(&self, time: Option<Timestamp>) -> bool {
        match (self.last_time.or(self.time), time) {
            (Some(last), Some(time)) => time.duration_since(last).abs() <= AGAIN,
            _ => true,
        }
    }
}

/// systemd speaks of every unit; the others are the node's own.
fn is_of_node(program: Program, text: &str) -> bool {
    match program {
        Program::Systemd => Program::of_unit(text).is_some(),
        Program::Kubelet
        | Program::Crio
        | Program::Containerd
        | Program::Conmon
        | Program::Crun
        | Program::Runc
        | Program::Kubeadm => true,
        _ => false,
    }
}

/// As klog (`E1123 ...`), CRI-O (`level=error`), kubeadm (`[ERROR Swap]`) and systemd write it.
fn level(program: Program, text: &str) -> Level {
    let bytes = text.as_bytes();
    let klog = bytes.len() > 5 && bytes[1..5].iter().all(u8::is_ascii_digit) && bytes[5] == b' ';
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match bytes.first() {
        Some(b'E' | b'F') if klog => Level::Error,
        Some(b'W') if klog => Level::Warning,
        Some(b'I') if klog => Level::Info,
        _ if has(&["level=error", "level=fatal", "level=panic", "[ERROR "]) => Level::Error,
        _ if has(&["level=warning", "[WARNING "]) => Level::Warning,
        _ if text.starts_with("panic: ") || text.starts_with("error execution phase") => Level::Error,
        _ if program == Program::Systemd && has(&["Failed ", "Failed with", "status="]) => Level::Error,
        _ if program == Program::Systemd && has(&["Scheduled restart"]) => Level::Warning,
        _ => Level::Info,
    }
}

/// The beginning of a line with its numbers and ids taken for the same.
fn alike(text: &str) -> String {
    let mut shape = String::with_capacity(ALIKE);
    for word in text.split_inclusive([' ', '/', '"', '=', ':', ',']) {
        if shape.len() > ALIKE {
            break;
        }
        let is_number = word.bytes().any(|byte| byte.is_ascii_digit());
        shape.push_str(if is_number { "0" } else { word });
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(logs: &[(&str, &str)], which: WhichLines) -> Timeline {
        let mut timeline =
            Timeline::new(which, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_798_000_000));
        logs.iter().for_each(|(name, text)| timeline.read(name, text.as_bytes()).unwrap());
        timeline
    }

    const KUBELET: &str = "\
2026-11-23T08:00:00+0000 cp1 systemd[1]: Started kubelet.service - kubelet.
2026-11-23T08:00:01+0000 cp1 systemd[1]: Started cron.service - cron.
2026-11-23T08:00:02+0000 cp1 kubelet[7]: I1123 08:00:02.1 7 server.go:529] \"Kubelet version\"
2026-11-23T08:00:03+0000 cp1 kubelet[7]: I1123 08:00:03.1 7 x.go:1] \"Nothing of interest\"
2026-11-23T08:00:04+0000 cp1 kubelet[7]: E1123 08:00:04.1 7 run.go:72] \"command failed\" err=\"running with swap on is not supported, please disable swap\"
2026-11-23T08:00:09+0000 cp1 kubelet[7]: E1123 08:00:09.1 7 run.go:72] \"command failed\" err=\"running with swap on is not supported, please disable swap\"
2026-11-23T08:00:10+0000 cp1 systemd[1]: kubelet.service: Failed with result 'exit-code'.
";
    const CRIO: &str = "\
Nov 23 08:00:03 cp1 crio[5]: time=\"x\" level=warning msg=\"a with token abcdef.5ecr000000000000\"
Nov 23 08:00:03 cp1 crio[5]: time=\"x\" level=info msg=\"b\"
";
    const KUBEADM: &str =
        "[init] Using Kubernetes version: v1.34.0\n[preflight] Running\n\t[ERROR Swap]: swap is on\n";

    fn shown(timeline: &Timeline) -> Vec<String> {
        let one = |moment: &Moment| {
            let second = moment.at.as_deref().map_or("--", |at| &at[17..19]);
            format!(
                "{second} {} {:?} {}x {}",
                moment.program,
                moment.level,
                moment.count,
                moment.code.unwrap_or("-")
            )
        };
        timeline.moments.iter().map(one).collect()
    }

    #[test]
    fn lines_of_several_programs_are_in_one_order() {
        let timeline = of(&[("journal", KUBELET), ("crio.log", CRIO)], WhichLines::Telling);
        let wanted = [
            "00 systemd Info 1x -",
            "02 kubelet Info 1x -",
            "03 crio Warning 1x -",
            "04 kubelet Error 2x swap-on",
            "10 systemd Error 1x -",
        ];
        assert_eq!(shown(&timeline), wanted);
        assert_eq!(timeline.left_out, 2);
        assert!(!timeline.moments.iter().any(|moment| moment.text.contains("5ecr")));
        let last = timeline.moments[3].last.as_deref();
        assert_eq!(last, Some("2026-11-23T08:00:09Z"));
        let all = of(&[("journal", KUBELET), ("crio.log", CRIO)], WhichLines::All);
        assert_eq!((all.moments.len(), all.left_out), (7, 0));
    }

    #[test]
    fn what_has_no_time_keeps_its_order() {
        let timeline = of(&[("run.txt", KUBEADM), ("journal", KUBELET)], WhichLines::Telling);
        assert_eq!(
            shown(&timeline)[..3],
            ["-- kubeadm Info 1x -", "-- kubeadm Info 1x -", "-- kubeadm Error 1x -"]
        );
    }

    #[test]
    fn the_last_boot_counts() {
        let text = format!("{KUBELET}-- Boot 0a1b --\n{}", KUBELET.lines().next().unwrap());
        assert_eq!(of(&[("journal", &text)], WhichLines::Telling).moments.len(), 1);
        let json = |boot: &str, text: &str| {
            format!("{{\"_BOOT_ID\":\"{boot}\",\"SYSLOG_IDENTIFIER\":\"kubeadm\",\"MESSAGE\":\"{text}\"}}\n")
        };
        let text = format!("{}{}{}", json("a", "x"), json("b", "y"), json("b", "z"));
        let timeline = of(&[("journal", &text)], WhichLines::Telling);
        let texts: Vec<&str> = timeline.moments.iter().map(|moment| moment.text.as_str()).collect();
        assert_eq!(texts, ["y", "z"]);
    }

    #[test]
    fn a_log_without_end_is_bounded() {
        let line = |at: usize| {
            let (minute, second) = (at / 60 % 60, at % 60);
            let letters: String = (0..6).map(|bit| if at >> bit & 1 == 1 { 'a' } else { 'b' }).collect();
            let more: String = (6..18).map(|bit| if at >> bit & 1 == 1 { 'c' } else { 'd' }).collect();
            format!("2026-11-23T08:{minute:02}:{second:02}+0000 h kubelet[7]: E1123 x {letters}{more}\n")
        };
        let lines = MOST + 2_000;
        let text: String = (0..lines).map(line).collect();
        let timeline = of(&[("journal", &text)], WhichLines::Telling);
        assert!(timeline.moments.len() <= MOST);
        let shown: u64 = timeline.moments.iter().map(|moment| moment.count).sum();
        assert_eq!(shown + timeline.left_out, lines as u64);
    }
}
