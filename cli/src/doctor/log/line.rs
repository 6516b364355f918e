//! A line of a log: when, who, what. Read out of `journalctl -o json`, of its short texts, of a
//! pod's log (CRI), of the kernel's ring and of audit.log.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::program::Program;

/// A line. Its time is read where somebody asks for it: most lines are of no interest.
#[derive(Debug)]
pub(super) struct Line<'t> {
    pub(super) stamp: Stamp<'t>,
    pub(super) program: Option<Program>,
    /// The process that logged it.
    pub(super) process: Option<u32>,
    pub(super) text: Cow<'t, str>,
}

/// A time as a log has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stamp<'t> {
    None,
    /// Microseconds since 1970.
    Micros(i64),
    /// RFC 3339, or `Nov 23 08:21:55`, which has neither year nor zone.
    Text(&'t str),
}

/// A line of `journalctl -o json`.
#[derive(Deserialize)]
struct Entry<'t> {
    #[serde(borrow, rename = "MESSAGE")]
    message: Option<Cow<'t, str>>,
    #[serde(borrow, rename = "SYSLOG_IDENTIFIER")]
    identifier: Option<Cow<'t, str>>,
    #[serde(borrow, rename = "_PID")]
    process: Option<Cow<'t, str>>,
    #[serde(borrow, rename = "__REALTIME_TIMESTAMP")]
    time: Option<Cow<'t, str>>,
}

impl<'t> Line<'t> {
    /// Reads a line; `default` wrote it where it does not say who did.
    ///
    /// In this order: JSON of journalctl, then the forms with a time, the kernel's, audit's; what
    /// has none of them is text that `default` wrote.
    pub(super) fn of(line: &'t str, default: Option<Program>) -> Self {
        // A message of a pod may begin so, too, and is a line then.
        if line.starts_with('{')
            && let Some(entry) = of_json(line)
        {
            return entry;
        }
        of_timed(line).or_else(|| of_kernel(line)).or_else(|| of_audit(line)).map_or_else(
            || Self::plain(Stamp::None, default, line),
            |read| Self { program: read.program.or(default), ..read },
        )
    }

    /// A line that nothing more is known of than who wrote it, if even that.
    fn plain(stamp: Stamp<'t>, program: Option<Program>, text: &'t str) -> Self {
        Self { stamp, program, process: None, text: Cow::Borrowed(text) }
    }
}

/// An entry of the journal. A message that is not UTF-8 is an array of bytes there.
///
/// Fields of `systemd.journal-fields(7)`: times are microseconds since 1970 as text. The second
/// reading is for the array of bytes, and slower; entries of it are rare.
fn of_json(line: &str) -> Option<Line<'_>> {
    if let Ok(entry) = serde_json::from_str::<Entry<'_>>(line) {
        return Some(Line {
            stamp: entry.time.and_then(|time| time.parse().ok()).map_or(Stamp::None, Stamp::Micros),
            program: entry.identifier.as_deref().and_then(Program::named),
            process: entry.process.and_then(|process| process.parse().ok()),
            text: entry.message?,
        });
    }
    let entry: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| entry.get(key).and_then(serde_json::Value::as_str);
    let bytes = entry.get("MESSAGE")?.as_array()?.iter();
    let bytes: Vec<u8> = bytes.filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
    Some(Line {
        stamp: text("__REALTIME_TIMESTAMP")
            .and_then(|time| time.parse().ok())
            .map_or(Stamp::None, Stamp::Micros),
        program: text("SYSLOG_IDENTIFIER").and_then(Program::named),
        process: text("_PID").and_then(|process| process.parse().ok()),
        text: Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    })
}

/// `2026-11-23T08:21:55+0000 cp1 kubelet[2309]: text`, `Nov 23 08:21:55 cp1 kernel: text`, or
/// `2026-11-23T08:21:55.1Z stderr F text`.
///
/// The forms are `journalctl -o short-iso`, `-o short` (and syslog files), and what CRI runtimes
/// write: time, stream, and `F` for a whole line or `P` for a part of one
/// (`kubelet/kuberuntime/logs`). Parts are taken as lines: a runtime cuts only what is longer than
/// its buffer.
fn of_timed(line: &str) -> Option<Line<'_>> {
    let bytes = line.as_bytes();
    let is_iso = bytes.len() > 20 && bytes[4] == b'-' && bytes[10] == b'T' && bytes[0].is_ascii_digit();
    let is_short = bytes.len() > 16 && bytes[3] == b' ' && bytes[9] == b':' && bytes[12] == b':';
    // The month, day and time of syslog have 15 characters (RFC 3164).
    let end = if is_iso {
        line.find(' ')?
    } else if is_short {
        15
    } else {
        return None;
    };
    let (stamp, rest) = (Stamp::Text(line.get(..end)?), line.get(end + 1..)?);
    let (first, text) = rest.split_once(' ')?;
    if matches!(first, "stdout" | "stderr")
        && let Some(text) = text.strip_prefix("F ").or_else(|| text.strip_prefix("P "))
    {
        return Some(Line::plain(stamp, None, text));
    }
    // The host's name stands before it, and is of no interest.
    let (who, text) = text.split_once(": ")?;
    let (name, process) = match who.split_once('[') {
        Some((name, process)) => (name, process.trim_end_matches(']').parse().ok()),
        None => (who, None),
    };
    Some(Line { process, ..Line::plain(stamp, Program::named(name), text) })
}

/// `[   12.345678] text` of dmesg, `6,1234,5678,-;text` of /dev/kmsg.
///
/// Neither form has a wall clock: both count from the boot, and what was said last is only told by
/// order.
fn of_kernel(line: &str) -> Option<Line<'_>> {
    let ring = || {
        let (time, text) = line.strip_prefix('[')?.split_once("] ")?;
        let is_time = time.bytes().any(|b| b.is_ascii_digit());
        (is_time && !time.contains('/') && time.contains(['.', ':'])).then_some(text)
    };
    let device = || {
        let (head, text) = line.split_once(';')?;
        let is_head = head.matches(',').count() >= 3
            && head.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'-' | b'c' | b'+'));
        is_head.then_some(text)
    };
    Some(Line::plain(Stamp::None, Some(Program::Kernel), ring().or_else(device)?))
}

/// `type=AVC msg=audit(1700000000.123:45): text`.
///
/// Seconds with milliseconds since 1970, then the serial number of the event (auditd's log
/// format). The whole line is kept as text, since patterns ask for its type.
fn of_audit(line: &str) -> Option<Line<'_>> {
    let (_, rest) = line.strip_prefix("type=")?.split_once("msg=audit(")?;
    let (seconds, _) = rest.split_once(':')?;
    let (seconds, millis) = seconds.split_once('.')?;
    let micros = seconds.parse::<i64>().ok()? * 1_000_000 + millis.parse::<i64>().ok()? * 1_000;
    Some(Line::plain(Stamp::Micros(micros), Some(Program::Audit), line))
}

impl Stamp<'_> {
    /// The time; one without a year is of the last twelve months before `now`, in UTC.
    pub(super) fn at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Micros(micros) => Timestamp::from_microsecond(micros).ok(),
            Self::Text(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).or_else(|_| text.parse()).ok()
            }
            Self::Text(text) => {
                let year = TimeZone::UTC.to_datetime(now).year();
                let at = |year: i16| {
                    let at = DateTime::strptime("%Y %b %e %H:%M:%S", format!("{year} {text}")).ok()?;
                    TimeZone::UTC.to_timestamp(at).ok()
                };
                // A day ahead is another zone.
                let ahead = now + jiff::SignedDuration::from_hours(24);
                at(year).filter(|at| *at <= ahead).or_else(|| at(year - 1))
            }
        }
    }
}

/// A text without the escapes of what it was put into: klog and CRI-O quote what they log, and what
/// they quote may be quoted already.
///
/// Three times at most: the kubelet quotes what CRI-O answered, which quotes what the OCI runtime
/// said.
pub(super) fn unquoted(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..3 {
        if !text.contains('\\') {
            break;
        }
        let mut plain = String::with_capacity(text.len());
        let mut rest = &*text;
        while let Some(at) = rest.find('\\') {
            plain.push_str(&rest[..at]);
            let escaped = rest.as_bytes().get(at + 1);
            let (shown, taken) = match escaped {
                Some(b'"') => ("\"", 2),
                Some(b'\\') => ("\\", 2),
                // Patterns are of one line.
                Some(b'n' | b't') => (" ", 2),
                _ => ("\\", 1),
            };
            plain.push_str(shown);
            rest = &rest[at + taken..];
        }
        plain.push_str(rest);
        text = Cow::Owned(plain);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Option<Program>, Option<u32>, String, Option<String>) {
        let now = "2026-11-29T00:00:00Z".parse().unwrap();
        let line = Line::of(line, Some(Program::Etcd));
        (line.program, line.process, line.text.into_owned(), line.stamp.at(now).map(|at| at.to_string()))
    }

    #[test]
    fn a_line_is_read_out_of_every_form() {
        let utc = |text: &str| Some(text.to_owned());
        let cases = [
            (
                r#"{"MESSAGE":"a \"b\"","SYSLOG_IDENTIFIER":"kubelet","_PID":"7","__REALTIME_TIMESTAMP":"1763886115000000"}"#,
                (Some(Program::Kubelet), Some(7), "a \"b\"".to_owned(), utc("2025-11-23T08:21:55Z")),
            ),
            (
                r#"{"MESSAGE":[97,255,98],"SYSLOG_IDENTIFIER":"crio"}"#,
                (Some(Program::Crio), None, "a\u{fffd}b".to_owned(), None),
            ),
            (
                "2026-11-23T08:21:55+0000 cp1 kubelet[2309]: I1123 x: y",
                (Some(Program::Kubelet), Some(2309), "I1123 x: y".to_owned(), utc("2026-11-23T08:21:55Z")),
            ),
            (
                "Dec  3 08:21:55 cp1 kernel: a: b",
                (Some(Program::Kernel), None, "a: b".to_owned(), utc("2025-12-03T08:21:55Z")),
            ),
            (
                "2026-11-23T08:21:55.5Z stderr F {\"level\":\"warn\"}",
                (Some(Program::Etcd), None, "{\"level\":\"warn\"}".to_owned(), utc("2026-11-23T08:21:55.5Z")),
            ),
            ("[    1.234567] EXT4-fs error", (Some(Program::Kernel), None, "EXT4-fs error".to_owned(), None)),
            ("3,12,34,-;EXT4-fs error", (Some(Program::Kernel), None, "EXT4-fs error".to_owned(), None)),
            (
                "type=AVC msg=audit(1763886115.000:4): avc:  denied",
                (
                    Some(Program::Audit),
                    None,
                    "type=AVC msg=audit(1763886115.000:4): avc:  denied".to_owned(),
                    utc("2025-11-23T08:21:55Z"),
                ),
            ),
            ("{\"level\":\"warn\"}", (Some(Program::Etcd), None, "{\"level\":\"warn\"}".to_owned(), None)),
            ("[preflight] Running", (Some(Program::Etcd), None, "[preflight] Running".to_owned(), None)),
            ("", (Some(Program::Etcd), None, String::new(), None)),
        ];
        for (line, wanted) in cases {
            assert_eq!(read(line), wanted, "{line}");
        }
    }

    #[test]
    fn quotes_in_quotes_are_taken_off() {
        assert_eq!(unquoted(r#"err="a \"b\" \\\"c\\\"""#), r#"err="a "b" "c"""#);
        assert_eq!(unquoted(r"msg=a\nb\xc"), r"msg=a b\xc");
    }
}
