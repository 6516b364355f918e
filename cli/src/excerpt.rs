//! What is wrong with a file, drawn: the line it is about and a caret under the place.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

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
    /// Text to be shown, which starts with that line of the file, and the bytes of it that are meant.
    Shown { file: &'a str, text: &'a str, first_line: usize, span: Range<usize> },
    /// A line and column that are only told.
    Told { file: &'a str, line: usize, column: usize },
}

/// What nobody but this program says.
pub(crate) fn advice() -> Level<'static> {
    Level::NOTE.with_name("advice")
}

/// The excerpt as text, with styles.
pub(crate) fn drawn(excerpt: Excerpt<'_>) -> String {
    let group = Group::with_title(excerpt.level.primary_title(excerpt.title));
    let group = match excerpt.place {
        Some(Place::Shown { file, text, first_line, span }) => {
            let caret = AnnotationKind::Primary.span(on_characters(text, &span));
            group.element(Snippet::source(text).line_start(first_line).path(file).annotation(caret))
        }
        Some(Place::Told { file, line, column }) => {
            group.element(Origin::path(file).line(line).char_column(column))
        }
        None => group,
    };
    let group = match excerpt.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    };
    Renderer::styled().render(&[group])
}

/// The span, widened to whole characters and kept within the text and one line.
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
