//! All output. Results go to stdout through a buffer, diagnostics to stderr, and nobody else prints.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};

use crate::failure::{Exit, Failure, Message};

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

/// The two streams of the process.
pub(crate) struct Ui {
    out: io::BufWriter<io::Stdout>,
    out_takes_styles: bool,
    err: AutoStream<io::Stderr>,
    err_is_terminal: bool,
    /// How long the line on the terminal is that the next one takes the place of.
    passing: usize,
}

impl Ui {
    /// Stdout and stderr, coloured only on a terminal and never with `NO_COLOR`.
    pub(crate) fn standard() -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        Self {
            out_takes_styles: AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
            out: io::BufWriter::new(stdout),
            err_is_terminal: stderr.is_terminal(),
            err: AutoStream::auto(stderr),
            passing: 0,
        }
    }

    /// Adds text to the result. ANSI styles in it are dropped where stdout takes none.
    pub(crate) fn styled(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        if self.out_takes_styles {
            return self.text(text);
        }
        self.text(strip_str(&text.to_string()))
    }

    /// Adds text to the result, as it is.
    pub(crate) fn text(&mut self, text: impl fmt::Display) -> Result<(), Failure> {
        write!(self.out, "{text}").or_else(stdout_failure)
    }

    /// Adds one line to the result.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        writeln!(self.out, "{line}").or_else(stdout_failure)
    }

    /// Adds bytes to the result that must arrive exactly as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).or_else(stdout_failure)
    }

    /// Adds a value to the result as indented JSON.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::from_error(&error))?;
        self.line(text)
    }

    /// Says something on stderr that is no problem.
    pub(crate) fn note(&mut self, text: impl fmt::Display) {
        self.clear();
        // Nothing can be done about a closed stderr.
        let _ = writeln!(self.err, "{text}");
    }

    /// Says something on stderr that the user should know of.
    pub(crate) fn warn(&mut self, text: impl fmt::Display) {
        self.clear();
        let _ = writeln!(self.err, "{WARNING}warning{WARNING:#}: {text}");
    }

    /// Says something on the terminal that what is said next takes the place of.
    pub(crate) fn pass(&mut self, text: impl fmt::Display) {
        self.clear();
        let text = text.to_string();
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

    /// Prints how a command failed.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        // What was printed before the failure comes first, where both streams meet.
        let lost = self.finish();
        for failure in lost.as_ref().err().into_iter().chain([failure]) {
            self.say(failure);
        }
    }

    fn say(&mut self, failure: &Failure) {
        // Nothing can be done about a closed stderr.
        let _ = match failure.message() {
            Message::Said => Ok(()),
            Message::Text(text) => writeln!(self.err, "{ERROR}error{ERROR:#}: {text}"),
            Message::Drawn(text) => writeln!(self.err, "{text}"),
        };
        for hint in failure.hints() {
            let _ = writeln!(self.err, "{HINT}hint{HINT:#}: {hint}");
        }
    }

    /// Writes out what is buffered: a result that did not arrive is a failure.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.clear();
        self.out.flush().or_else(stdout_failure)
    }
}

/// A reader that went away (`| head`) wants no more: that is success.
fn stdout_failure(error: io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, format_args!("cannot write the result to stdout: {error}")))
}

/// What stands in a file must not speak to the terminal.
pub(crate) fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' => "\t".to_owned(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn content_does_not_reach_the_terminal_as_commands() {
        assert_eq!(visible("a\tb\u{1b}]0;x\u{7}\u{9b}é"), "a\tb\\u{1b}]0;x\\u{7}\\u{9b}é");
    }
}
