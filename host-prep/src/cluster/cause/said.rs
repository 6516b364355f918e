//! What kubeadm said when it failed: its error, the phase it came from, the checks that failed.
//! Progress is no error.

use std::fmt::Write;

/// So much of one complaint is told, begin and end: Go's errors have their cause last.
const LONGEST: usize = 300;
/// So many checks are told one by one.
const CHECKS: usize = 8;

/// What kubeadm complained about.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Said {
    /// The phase that failed, where it is named.
    pub(super) phase: Option<String>,
    /// The error, on one line; empty where it said none.
    pub(super) error: String,
    /// Checks that failed.
    pub(super) checks: Vec<Check>,
}

/// A check of preflight that failed, and how often with the same name.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Check {
    /// `ImagePull`, `Port-6443`.
    pub(super) name: String,
    /// What it said; the first, where several of one name failed.
    pub(super) text: String,
    /// How many more of this name failed.
    pub(super) more: usize,
}

impl Said {
    /// Reads what kubeadm wrote to stderr and stdout.
    pub(super) fn read(text: &str) -> Self {
        let checks = checks(text);
        let mut error = error(text).unwrap_or_default();
        // What ends preflight itself is printed without a check's name.
        if let Some(fatal) = fatal(text).filter(|_| checks.is_empty()) {
            error = format!("error execution phase preflight: {fatal}");
        }
        // Up to 1.30 the error says only that kubeadm waited; why, it had told as progress.
        if let Some(unhealthy) = unhealthy(text).filter(|_| error.contains("wait-control-plane")) {
            error = format!("{error}: {unhealthy}");
        }
        let (phase, error) =
            match error.strip_prefix("error execution phase ").map(|rest| rest.split_once(": ")) {
                Some(Some((phase, error))) => (Some(phase.to_owned()), error.to_owned()),
                _ => (None, error),
            };
        Self { phase, error, checks }
    }

    /// For people: the checks that failed, else the error, else nothing.
    pub(super) fn shown(&self) -> String {
        if self.checks.is_empty() {
            return match (&self.phase, shortened(&self.error)) {
                (_, error) if error.is_empty() => error,
                (Some(phase), error) => format!("error execution phase {phase}: {error}"),
                (None, error) => error,
            };
        }
        let told = self.checks.iter().take(CHECKS).map(Check::shown);
        let mut shown = told.collect::<Vec<_>>().join("; ");
        if let Some(more @ 1..) = self.checks.len().checked_sub(CHECKS) {
            let _ = write!(shown, "; and {more} more");
        }
        shown
    }

    /// All of it, for looking words up.
    pub(super) fn words(&self) -> String {
        let checks = self.checks.iter().map(|check| format!("[ERROR {}]: {}\n", check.name, check.text));
        checks.chain([self.error.clone()]).collect()
    }
}

impl Check {
    fn shown(&self) -> String {
        let more =
            if self.more == 0 { String::new() } else { format!(" (and {} more of this check)", self.more) };
        format!("[ERROR {}]: {}{more}", self.name, shortened(&self.text))
    }
}

/// Begin and end of a long text: the end of a Go error is its cause.
pub(super) fn shortened(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= LONGEST {
        return text.to_owned();
    }
    let (begin, end) = (LONGEST / 3, LONGEST - LONGEST / 3);
    let begin: String = characters[..begin].iter().collect();
    let end: String = characters[characters.len() - end..].iter().collect();
    format!("{begin} ... {end}")
}

/// The failed checks, those of one name together. Their texts may have several lines.
fn checks(text: &str) -> Vec<Check> {
    let mut found: Vec<Check> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        let begins = line.strip_prefix("[ERROR ").and_then(|rest| rest.split_once("]: "));
        match begins {
            Some((name, text)) => {
                open = match found.iter_mut().find(|check| check.name == name) {
                    Some(known) => {
                        known.more += usize::from(known.text != text);
                        false
                    }
                    None => {
                        found.push(Check { name: name.to_owned(), text: text.to_owned(), more: 0 });
                        true
                    }
                };
            }
            None if line.is_empty() || is_progress(line) || line.starts_with("error") => open = false,
            None if open => {
                if let Some(check) = found.last_mut() {
                    let _ = write!(check.text, " {line}");
                }
            }
            None => {}
        }
    }
    found
}

/// What stands between `Some fatal errors occurred:` and the advice after it, which begins on the
/// same line where no check failed (cmd/kubeadm/app/preflight/checks.go).
fn fatal(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("[preflight] Some fatal errors occurred:")?;
    let (fatal, _) = rest.split_once("[preflight] If you know what you are doing")?;
    let words: Vec<&str> = fatal.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The last line with which the kubelet's check gave up.
fn unhealthy(text: &str) -> Option<&str> {
    const TAG: &str = "[kubelet-check] ";
    let mut lines = text.lines().rev().filter_map(|line| line.trim().strip_prefix(TAG));
    lines.find(|line| line.starts_with("The HTTP call equal to")).map(|line| line.trim_end_matches('.'))
}

/// The last error on one line: `error: ...` since 1.34, before that the error alone
/// (cmd/kubeadm/app/util/errors), which the hint about `--v=5` ends. Where there is none, the last
/// line that is no progress.
fn error(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let begins = |line: &&str| {
        ["error: ", "error execution phase ", "panic: "].iter().any(|word| line.starts_with(word))
    };
    let Some(at) = lines.iter().rposition(begins) else {
        return lines
            .iter()
            .rfind(|line| !line.is_empty() && !is_progress(line))
            .map(|line| (*line).to_owned());
    };
    let rest = lines[at..].iter().enumerate();
    let of_it = rest.take_while(|(nth, line)| *nth == 0 || !line.is_empty() && !is_progress(line));
    let error = of_it.map(|(_, line)| *line).collect::<Vec<_>>().join(" ");
    Some(error.strip_prefix("error: ").unwrap_or(&error).to_owned())
}

/// Lines that tell what kubeadm does, or what one may try: never why it failed.
pub(super) fn is_progress(line: &str) -> bool {
    const TRIES: [&str; 9] = [
        "- ",
        "To see the stack trace",
        "Unfortunately, an error has occurred",
        "This error is likely caused by",
        "If you are on a systemd-powered",
        "Additionally, a control plane component",
        "To troubleshoot, list all containers",
        "Here is one example how you may list",
        "Once you have found the failing container",
    ];
    let tagged = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).is_some_and(|(tag, _)| {
        !tag.starts_with("ERROR ") && !tag.is_empty() && !tag.starts_with(char::is_numeric)
    });
    // Of log lines the fatal ones alone are errors.
    let logged = klog_level(line).is_some_and(|level| level != 'F');
    tagged || logged || TRIES.iter().any(|words| line.starts_with(words))
}

/// The level of a log line, `I1123 08:26:24.529740 3096 file.go:1] text` (klog): one of `I`, `W`,
/// `E`, `F`.
pub(super) fn klog_level(line: &str) -> Option<char> {
    let (level, rest) = (line.chars().next()?, line.get(1..)?);
    let (day, _) = rest.split_once(' ')?;
    let is_day = day.len() == 4 && day.bytes().all(|byte| byte.is_ascii_digit());
    (is_day && "IWEF".contains(level)).then_some(level)
}

/// The part of kubeadm that wrote a line of its progress, and what it says it waits for, without
/// the time that may take.
pub(in crate::cluster) fn step_of(line: &str) -> Option<(&str, Option<&str>)> {
    let (tag, text) = line.trim().strip_prefix('[')?.split_once("] ")?;
    let waits = text.starts_with("Waiting for") || text.starts_with("Pulling images");
    Some((
        tag,
        waits
            .then(|| text.split([';', ',']).next().unwrap_or(text))
            .map(|text| text.split(". This can take").next().unwrap_or(text)),
    ))
}
