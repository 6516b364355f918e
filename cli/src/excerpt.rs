//! What is wrong with a file, drawn: the line it is about and a caret under the place.
//!
//! The pipeline: a remark of `kubeadm-config` or `crio-config` has a `Position` (line and column
//! in characters, from 1 on) or bytes; [`Lines`] finds its line in the text; what is secret there
//! goes under stars of the same width (`masked`), so the caret still fits; `annotate-snippets`
//! draws.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use kubeadm_config::yaml::Position;

use crate::masked::masked;
use crate::shortened::shortened;
use crate::ui::{visible, visible_lines};

/// The longest line that is shown.
const LONGEST: usize = 4096;

/// Something to draw.
pub(crate) struct Excerpt<'a> {
    /// How bad it is.
    pub(crate) level: Level<'static>,
    /// What is wrong.
    pub(crate) title: &'a str,
    /// Where, if it is somewhere.
    pub(crate) place: Option<Place<'a>>,
    /// What can be done about it.
    pub(crate) help: Option<&'a str>,
}

/// A stretch of a file.
pub(crate) enum Place<'a> {
    /// Text to be shown, which starts with that line of the file, and the bytes of it that are
    /// meant.
    Shown { file: &'a str, text: &'a str, first_line: usize, span: Range<usize> },
    /// A line and column that are only told.
    Told { file: &'a str, line: usize, column: usize },
    /// The file as a whole.
    File(&'a str),
}

/// A file by its lines: each of many remarks is drawn over its own line alone, so that the file is
/// not read as often.
pub(crate) struct Lines<'a> {
    file: &'a str,
    text: &'a str,
    /// Where every so many-th line starts: a file may be nothing but line feeds.
    starts: Vec<usize>,
}

/// From one line of [`Lines::starts`] to the next.
const STRIDE: usize = 64;

impl<'a> Lines<'a> {
    /// The lines of `text`, which messages call `file`.
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let after = |(at, byte): (usize, u8)| (byte == b'\n').then_some(at + 1);
        let starts = std::iter::once(0).chain(text.bytes().enumerate().filter_map(after));
        Self { file, text, starts: starts.step_by(STRIDE).collect() }
    }

    /// The line of that number, counted from 1.
    fn line(&self, number: usize) -> Option<&'a str> {
        let index = number.checked_sub(1)?;
        let start = *self.starts.get(index / STRIDE)?;
        self.text.get(start..)?.split('\n').nth(index % STRIDE)
    }

    /// What is wrong, with the line it is about and a caret under the place.
    pub(crate) fn drawn(
        &self,
        level: Level<'static>,
        title: &str,
        at: Option<Position>,
        help: Option<&str>,
    ) -> String {
        let place = at.map_or(Place::File(self.file), |at| self.place(at));
        drawn(Excerpt { level, title, place: Some(place), help })
    }

    /// The same for bytes of the file, the first of which is in the line of that number.
    pub(crate) fn drawn_span(
        &self,
        level: Level<'static>,
        title: &str,
        (line, span): (u32, Range<usize>),
        help: Option<&str>,
    ) -> String {
        let line = as_index(line);
        // Such a line is not drawn: a terminal would wrap it over the caret.
        let text = self.line(line).filter(|text| text.len() <= LONGEST);
        let place = text.map_or(Place::File(self.file), |text| {
            let start = text.as_ptr().addr() - self.text.as_ptr().addr();
            let span = span.start.saturating_sub(start)..span.end.saturating_sub(start);
            Place::Shown { file: self.file, text, first_line: line, span }
        });
        drawn(Excerpt { level, title, place: Some(place), help })
    }

    /// Position to place. A line that is not there or is longer than [`LONGEST`] is only told by
    /// its numbers: a caret far to the right of a terminal shows nothing.
    fn place(&self, at: Position) -> Place<'_> {
        let (file, line, column) = (self.file, as_index(at.line), as_index(at.column));
        let text = self.line(line).filter(|text| text.len() <= LONGEST);
        // The place within the line alone.
        let alone = Position { line: 1, ..at };
        match text.and_then(|text| Some((text, alone.token_in(text)?))) {
            Some((text, span)) => Place::Shown { file, text, first_line: line, span },
            None => Place::Told { file, line, column },
        }
    }
}

/// Line and column numbers are `u32` in the libraries and indices here. On every machine that has
/// a kubelet nothing is cut.
fn as_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The bytes of a file as text with each byte at its place: what is not UTF-8 shows as `?`.
///
/// One byte becomes one byte, so offsets that a decoder counted are right in what is shown.
pub(crate) fn readable(bytes: &[u8]) -> Cow<'_, str> {
    let plain = |byte: &u8| if byte.is_ascii() { char::from(*byte) } else { '?' };
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(plain).collect(),
    }
}

/// What nobody but this program says.
pub(crate) fn advice() -> Level<'static> {
    Level::NOTE.with_name("advice")
}

/// The excerpt as text, with styles.
pub(crate) fn drawn(excerpt: Excerpt<'_>) -> String {
    // The renderer shows control characters of the text, and takes titles, names and help as they are.
    let title = visible(&shortened(excerpt.title));
    let help = excerpt.help.map(|help| visible_lines(&shortened(help)));
    let group = Group::with_title(excerpt.level.primary_title(&title));
    let group = match excerpt.place {
        Some(Place::Shown { file, text, first_line, span }) => {
            let (file, text) = (visible(file), masked(text));
            let caret = AnnotationKind::Primary.span(on_characters(&text, &span));
            group.element(Snippet::source(text).line_start(first_line).path(file).annotation(caret))
        }
        Some(Place::Told { file, line, column }) => {
            group.element(Origin::path(visible(file)).line(line).char_column(column))
        }
        Some(Place::File(file)) => group.element(Origin::path(visible(file))),
        None => group,
    };
    let group = match &help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    };
    Renderer::styled().render(&[group])
}

/// The span, widened to whole characters and kept within the text and one line.
///
/// The renderer slices the text by the span, which must not cut a character in two, and draws one
/// over a line's end as several lines.
fn on_characters(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_end = text[start..].find(['\r', '\n']).map_or(text.len(), |end| start + end);
    let mut end = span.end.clamp(start, line_end.max(start));
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}
