//! All output. Results go to stdout through a buffer, diagnostics to stderr, and nobody else
//! prints.
//!
//! Much of it comes from files, sockets and programs. None of that may act on a terminal or pass
//! for a line of ours: every method but [`Ui::bytes`] makes control and bidirectional characters
//! visible, and what is a line stays one. [`Ui::text`] is for documents that programs read: a pipe
//! or file gets them as they are, a terminal does not, as with the file names of `ls`.
//!
//! The order where both streams meet in one terminal: a result is buffered and written out before
//! a failure is told ([`Ui::failure`]). A reader of stdout that went away (`| head`) is no
//! failure.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use host_prep::{acts_on_terminal, without_passwords};

use crate::code::Code;
use crate::failure::{Exit, Failure, Message};
use crate::interrupt;
use crate::shortened::shortened;

/// The word `error` alone is coloured, with one of the basic colours that every theme of a terminal
/// has.
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
}

/// An object with the name of its schema.
#[derive(serde::Serialize)]
struct Named<'a, T> {
    schema: String,
    #[serde(flatten)]
    body: &'a T,
}

/// The two streams of the process.
pub(crate) struct Ui {
    out: io::BufWriter<io::Stdout>,
    out_takes_styles: bool,
    out_is_terminal: bool,
    err: AutoStream<io::Stderr>,
    err_is_terminal: bool,
    /// How long the line on the terminal is that the next one takes the place of.
    passing: usize,
    /// Whether a program reads the result, and so a failure that has none.
    is_read_by_program: bool,
    /// Whether anything of a result is there.
    has_result: bool,
}

impl Ui {
    /// Stdout and stderr, coloured only on a terminal and never with `NO_COLOR`.
    pub(crate) fn standard() -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        Self {
            out_is_terminal: stdout.is_terminal(),
            // NO_COLOR, CLICOLOR and TERM=dumb are anstream's to look at.
            out_takes_styles: AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
            out: io::BufWriter::new(stdout),
            err_is_terminal: stderr.is_terminal(),
            err: AutoStream::auto(stderr),
            passing: 0,
            is_read_by_program: false,
            has_result: false,
        }
    }

    /// The same for a command line that asks for JSON: a failure without a result is an object too.
    pub(crate) fn asked_by(mut self, args: &[OsString]) -> Self {
        // Before clap has read the line, since a line that it refuses is a failure as well.
        let two = |pair: &[OsString]| pair[0] == "--output" && pair[1] == "json";
        // `images` alone has the short form for it, as kubeadm does.
        let short = args.get(1).is_some_and(|command| command == "images")
            && (args.windows(2).any(|pair| pair[0] == "-o" && pair[1] == "json")
                || args.iter().any(|arg| arg == "-ojson" || arg == "-o=json"));
        self.is_read_by_program =
            short || args.windows(2).any(two) || args.iter().any(|arg| arg == "--output=json");
        if self.is_read_by_program {
            // Without it a signal ends the run as it does any other, with nothing said.
            let _ = interrupt::tell(stopped_by);
        }
        self
    }

    /// The one way to stdout. It also remembers that there is a result, so that a later failure is
    /// not printed as a second JSON document.
    fn put(&mut self, result: &[u8]) -> Result<(), Failure> {
        self.has_result |= !result.is_empty();
        if self.is_read_by_program && !result.is_empty() {
            // A signal finds a whole document, or none.
            let _whole = interrupt::document();
            return self.out.write_all(result).and_then(|()| self.out.flush()).or_else(stdout_failure);
        }
        self.out.write_all(result).or_else(stdout_failure)
    }

    /// Adds lines to the result. ANSI styles in them are dropped where stdout takes none.
    pub(crate) fn styled(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        let text = with_styles(&text.to_string(), self.out_takes_styles);
        self.put(text.as_bytes())
    }

    /// Adds a document to the result: as it is, but not to a terminal.
    pub(crate) fn text(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        let text = text.to_string();
        let text = if self.out_is_terminal { escaped_lines(&text) } else { text };
        self.put(text.as_bytes())
    }

    /// Adds lines to the result.
    pub(crate) fn lines(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        let text = visible_lines(&text.to_string());
        self.put(text.as_bytes())
    }

    /// Adds one line to the result: a line end in it is a value's, and shown.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        self.put(format!("{}\n", visible(&line.to_string())).as_bytes())
    }

    /// Adds bytes to the result that must arrive exactly as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.put(bytes)
    }

    /// Adds an object to the result as indented JSON, the name of its schema first.
    pub(crate) fn json(&mut self, name: &str, body: &impl serde::Serialize) -> Result<(), Failure> {
        self.json_document(&Named { schema: format!("k8sprep.{name}/v1"), body })
    }

    /// Adds an object to the result as one line of JSON, the name of its schema first.
    pub(crate) fn json_line(&mut self, name: &str, body: &impl serde::Serialize) -> Result<(), Failure> {
        let named = Named { schema: format!("k8sprep.{name}/v1"), body };
        let text = serde_json::to_string(&named).map_err(|error| Failure::from_error(&error))?;
        self.put(format!("{}\n", escaped_json(text)).as_bytes())
    }

    /// Adds a value to the result as indented JSON: one that says itself what it is.
    pub(crate) fn json_document(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::from_error(&error))?;
        self.put(format!("{}\n", escaped_json(text)).as_bytes())
    }

    /// Says something on stderr that is no problem, on one line.
    pub(crate) fn note(&mut self, text: impl fmt::Display) {
        self.clear();
        // Nothing can be done about a closed stderr.
        let _ = writeln!(self.err, "{}", visible(&shortened(&text.to_string())));
    }

    /// Says on stderr, on several lines, what is to come: a plan. stderr keeps styles where it is a
    /// terminal that takes them.
    pub(crate) fn sheet(&mut self, text: &str) {
        self.clear();
        let _ = writeln!(self.err, "{}", with_styles(text, true));
    }

    /// Says on stderr what another program said, on as many lines.
    pub(crate) fn quote(&mut self, text: &str) {
        self.clear();
        let _ = writeln!(self.err, "{}", visible_lines(text));
    }

    /// Says something on stderr that the user should know of, on one line, by the name of it.
    pub(crate) fn warn(&mut self, code: &'static str, text: impl fmt::Display) {
        self.clear();
        let text = text.to_string();
        let _ = writeln!(self.err, "{WARNING}warning{WARNING:#}: {} [{code}]", visible(&shortened(&text)));
    }

    /// Says something on the terminal that what is said next takes the place of.
    pub(crate) fn pass(&mut self, text: impl fmt::Display) {
        self.clear();
        let text = visible(&text.to_string());
        let _ = write!(self.err, "{text}").and_then(|()| self.err.flush());
        self.passing = text.chars().count();
    }

    /// Takes away what was said in passing.
    pub(crate) fn clear(&mut self) {
        let width = std::mem::take(&mut self.passing);
        if width > 0 {
            let _ = write!(self.err, "\r{:width$}\r", "");
        }
    }

    /// Whether progress on stderr has a reader.
    pub(crate) fn shows_progress(&self) -> bool {
        self.err_is_terminal
    }

    /// Prints how a command ended; without a result, programs get that as an object.
    pub(crate) fn ended(&mut self, failure: &Failure) {
        if self.is_read_by_program && !self.has_result && !matches!(failure.message(), Message::Said) {
            // Where it cannot be printed either, that is told with the failure.
            let _ = self.json("failure", &failure.told());
        }
        self.failure(failure);
    }

    /// Prints how a part of a command failed.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        // What was printed before the failure comes first, where both streams meet.
        let lost = self.finish();
        for failure in lost.as_ref().err().into_iter().chain([failure]) {
            self.say(failure);
        }
    }

    /// The message by its form, then the hints. The code stands in brackets at the end of the
    /// first line, where `k8sprep explain` takes it from as it is copied.
    fn say(&mut self, failure: &Failure) {
        // Nothing can be done about a closed stderr.
        let _ = match failure.message() {
            Message::Said => Ok(()),
            Message::Text(text) => {
                let code = failure.code().map(|code| format!(" [{code}]")).unwrap_or_default();
                writeln!(self.err, "{ERROR}error{ERROR:#}: {}{code}", visible(text))
            }
            Message::Lines(lines) => {
                let code = failure.code().map(|code| format!(" [{code}]")).unwrap_or_default();
                let mut lines = lines.iter().map(|line| visible(line));
                let first = lines.next().unwrap_or_default();
                let more: String = lines.map(|line| format!("\n{line}")).collect();
                writeln!(self.err, "{ERROR}error{ERROR:#}: {first}{code}{more}")
            }
            Message::Drawn(text) => writeln!(self.err, "{}", with_styles(text, true)),
        };
        for hint in failure.hints() {
            // Lines to copy keep their ends; indented, none of them looks like a message of its own.
            let lines: Vec<String> = hint.lines().map(visible).collect();
            let _ = writeln!(self.err, "{HINT}hint{HINT:#}: {}", lines.join("\n      "));
        }
    }

    /// Writes out what is buffered: a result that did not arrive is a failure.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.clear();
        self.out.flush().or_else(stdout_failure)
    }
}

/// The failure of a run that a signal ended, as a program reads it.
fn stopped_by(signal: &str) -> String {
    let code = host_prep::Code::Stopped.as_str();
    let failure = Failure::new(Exit::Failed, code, format_args!("{signal} ended it before it had a result"));
    let named = Named { schema: "k8sprep.failure/v1".to_owned(), body: &failure.told() };
    serde_json::to_string_pretty(&named).map(|text| text + "\n").unwrap_or_default()
}

/// A reader that went away (`| head`) wants no more: that is success.
fn stdout_failure(error: io::Error) -> Result<(), Failure> {
    // Rust ignores SIGPIPE, which would have ended the program here.
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Failed,
        Code::OutputNotWritten.as_str(),
        format_args!("cannot write the result to stdout: {error}"),
    ))
}

/// One line, on which nothing acts on the terminal: escapes stand for what would, and `***` for
/// passwords of URLs.
pub(crate) fn visible(text: &str) -> String {
    escaped(&without_passwords(text))
}

/// Tabs stay: they are in excerpts of files and move no cursor back. What else acts on a terminal
/// is written as Rust writes it in a literal (`\u{1b}`).
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(c),
            c if acts_on_terminal(c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// The same for each line of a text; its line ends stay.
pub(crate) fn visible_lines(text: &str) -> String {
    escaped_lines(&without_passwords(text))
}

/// Line ends stay, `\r\n` as one of them; a lone `\r` would let the rest of the line overwrite its
/// begin, and is escaped.
fn escaped_lines(text: &str) -> String {
    let line = |line: &str| match line.strip_suffix("\r\n").map(|line| (line, "\r\n")) {
        Some((line, end)) => escaped(line) + end,
        None => line.strip_suffix('\n').map_or_else(|| escaped(line), |line| escaped(line) + "\n"),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The same, with the colours and weights that `anstyle` writes kept, or dropped.
fn with_styles(text: &str, kept: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        shown.push_str(&visible_lines(&rest[..at]));
        let (style, after) = rest[at..].split_at(style_length(&rest[at..]).unwrap_or(0));
        if kept {
            shown.push_str(style);
        }
        if style.is_empty() {
            shown.push_str(&visible("\u{1b}"));
        }
        rest = if style.is_empty() { &after[1..] } else { after };
    }
    shown + &visible_lines(rest)
}

/// How long the style is that the text starts with: `ESC [ numbers m` with weights and colours
/// alone. What hides or blinks is none of ours.
fn style_length(text: &str) -> Option<usize> {
    let (numbers, _) = text.strip_prefix("\u{1b}[")?.split_once('m')?;
    // Weights, the eight colours and their bright ones (ECMA-48, SGR); 8 hides and 5 blinks.
    let known = |number: &str| matches!(number.parse::<u8>(), Ok(0..=4 | 22..=24 | 30..=37 | 39 | 90..=97));
    (numbers.is_empty() || numbers.split(';').all(known)).then_some(numbers.len() + 3)
}

/// JSON by its escapes: the reader of it gets the same value.
fn escaped_json(text: String) -> String {
    let text = without_passwords(&text);
    // serde_json escapes what is below U+0020 in strings, and the white space between values is ours.
    let acts = |c: char| c >= '\u{7f}' && acts_on_terminal(c);
    if !text.contains(acts) {
        return text;
    }
    let escaped = |c: char| if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\tb\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{2066}\nfake: line\ré";
    const HARMLESS: &str = "a\tb\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}\\u{2066}\\nfake: line\\ré";

    #[test]
    fn a_value_is_one_line_and_does_not_act_on_the_terminal() {
        assert_eq!(visible(HOSTILE), HARMLESS);
    }

    #[test]
    fn texts_keep_their_line_ends_alone() {
        assert_eq!(visible_lines("a\n\r\n\u{1b}c\rd\r\n"), "a\n\r\n\\u{1b}c\\rd\r\n");
        assert_eq!(visible_lines("no end\u{7f}"), "no end\\u{7f}");
    }

    #[test]
    fn only_our_styles_reach_the_terminal() {
        let ours = format!("{ERROR}error{ERROR:#}: {WARNING}x{WARNING:#}\n");
        assert_eq!(with_styles(&ours, true), ours);
        assert_eq!(with_styles(&ours, false), "error: x\n");
        for foreign in
            ["\u{1b}[2J", "\u{1b}[8m", "\u{1b}]0;m", "\u{1b}[5;31m", "\u{1b}[", "\u{1b}[\u{1b}[31mx"]
        {
            let shown = with_styles(foreign, true);
            assert!(shown.starts_with("\\u{1b}"), "{shown:?}");
        }
    }

    #[test]
    fn no_password_of_a_url_is_told() {
        let text = "from http://u:secret@h/x\n";
        assert_eq!(visible_lines(text), "from http://u:***@h/x\n");
        assert_eq!(escaped_json(format!("{text:?}")), "\"from http://u:***@h/x\\n\"");
        assert!(!with_styles(text, true).contains("secret"));
    }

    #[test]
    fn json_says_the_same_by_escapes() {
        let text = escaped_json(serde_json::to_string(HOSTILE).unwrap());
        assert!(!text.contains(acts_on_terminal), "{text:?}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), HOSTILE);
    }
}
