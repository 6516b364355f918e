//! Values of several lines. klog writes them as `err=<`, lines that begin with a tab, and ` >`; the
//! journal keeps each as an entry of its own.
//!
//! Only klog's structured lines are put together (`k8s.io/klog/v2`, `internal/serialize`: a value
//! with a line end becomes `=<`, its lines with a tab each, and ` >`). Without it, the cause of
//! many errors of the kubelet would stand in a line of its own that names nobody.

use std::borrow::Cow;

use jiff::Timestamp;

use super::line::{Line, Stamp};
use super::program::Program;

/// More is no message.
///
/// A message that grows beyond it is given on as it is, and its later lines are lines of their
/// own.
const MAX: usize = 16 << 10;

/// A message that goes on.
#[derive(Debug, Default)]
pub(super) struct Joined(Option<Begun>);

/// The first line, with its time read already: its text is borrowed from a buffer that the next
/// line overwrites.
#[derive(Debug)]
struct Begun {
    at: Option<Timestamp>,
    program: Option<Program>,
    process: Option<u32>,
    text: String,
}

impl Joined {
    /// Takes the next line, and gives on those that are whole.
    pub(super) fn next(&mut self, line: Line<'_>, now: Timestamp, whole: &mut dyn FnMut(&Line<'_>)) {
        if let Some(begun) = &mut self.0 {
            if begun.program == line.program && begun.process == line.process && begun.text.len() < MAX {
                if let Some(more) = line.text.strip_prefix('\t') {
                    begun.text.push(' ');
                    begun.text.push_str(more.trim_start());
                    return;
                }
                if let Some(end) = line.text.strip_prefix(" >") {
                    begun.text.push_str(end);
                    self.rest(whole);
                    return;
                }
            }
            self.rest(whole);
        }
        if line.text.ends_with("=<") {
            let Line { stamp, program, process, text } = line;
            self.0 = Some(Begun { at: stamp.at(now), program, process, text: text.into_owned() });
        } else {
            whole(&line);
        }
    }

    /// Gives on what is left.
    pub(super) fn rest(&mut self, whole: &mut dyn FnMut(&Line<'_>)) {
        if let Some(Begun { at, program, process, text }) = self.0.take() {
            let stamp = at.map_or(Stamp::None, |at| Stamp::Micros(at.as_microsecond()));
            whole(&Line { stamp, program, process, text: Cow::Owned(text) });
        }
    }
}
