//! Lines and what kind each is.

use std::ops::Range;

use super::dialect::{Dialect, continued};
use super::env;
use super::line::{BYTE_ORDER_MARK, Kind, Line};

/// The lines of `bytes` with their kinds.
pub(super) fn split(bytes: &[u8], dialect: Dialect) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = Open::No;
    for raw in bytes.split_inclusive(|b| *b == b'\n') {
        let mut line = Line { bytes: raw.to_vec(), kind: Kind::Stray };
        line.kind = classify(&line, dialect, &open, lines.is_empty());
        open = open.after(&line, dialect);
        lines.push(line);
    }
    mark_inner_comments(&mut lines);
    lines
}

/// Whether the entry above goes on.
enum Open {
    No,
    /// An indented line would go on.
    Indent,
    /// The next line goes on, whatever it looks like (comments excepted).
    Backslash,
    Env(env::State),
}

impl Open {
    fn after(self, line: &Line, dialect: Dialect) -> Self {
        match (&line.kind, self) {
            (Kind::Comment | Kind::InnerComment, open) => open,
            (Kind::Entry { value, .. }, _) if dialect.is_env() => {
                env::State::start().run(&line.bytes[value.start..]).open().map_or(Self::No, Self::Env)
            }
            (Kind::Continuation, Self::Env(state)) => {
                state.run(&line.bytes).open().map_or(Self::No, Self::Env)
            }
            (Kind::Entry { .. } | Kind::Continuation, _) if dialect.continues_by_indent() => Self::Indent,
            (Kind::Entry { .. } | Kind::Continuation, _) if dialect == Dialect::Systemd => {
                if continued(line.content()).is_some() { Self::Backslash } else { Self::No }
            }
            _ => Self::No,
        }
    }
}

fn classify(line: &Line, dialect: Dialect, open: &Open, first: bool) -> Kind {
    let content = line.content();
    let start = if first && content.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let body = &content[start..];
    if matches!(open, Open::Env(_)) {
        return Kind::Continuation;
    }
    if dialect.is_comment(body) {
        return Kind::Comment;
    }
    if matches!(open, Open::Backslash) {
        return Kind::Continuation;
    }
    if body.trim_ascii().is_empty() {
        return Kind::Blank;
    }
    if matches!(open, Open::Indent) && matches!(body.first(), Some(b' ' | b'\t')) {
        return Kind::Continuation;
    }
    let whole = trimmed(content, start..content.len());
    if !dialect.has_keys() {
        return Kind::Record { text: whole };
    }
    if dialect.has_sections() && content[whole.start] == b'[' {
        let text = &content[whole.clone()];
        let close = match dialect {
            // systemd wants nothing after the bracket.
            Dialect::Systemd => text.ends_with(b"]").then(|| text.len() - 1),
            _ => text.iter().position(|b| *b == b']'),
        };
        return close
            .map_or(Kind::Stray, |close| Kind::Section { name: whole.start + 1..whole.start + close });
    }
    match dialect.separator(&content[start..]) {
        Some(at) => entry(content, dialect, start, start + at),
        None if dialect == Dialect::SysctlD && content[whole.start] == b'-' => {
            Kind::Entry { key: whole.clone(), value: whole.end..whole.end }
        }
        None => Kind::Stray,
    }
}

fn entry(content: &[u8], dialect: Dialect, start: usize, separator: usize) -> Kind {
    let key = trimmed(content, start..separator);
    // libselinux takes `SELINUX=` only without white space around the key.
    if key.is_empty() || (dialect == Dialect::SelinuxConfig && key != (start..separator)) {
        return Kind::Stray;
    }
    Kind::Entry { key, value: trimmed(content, separator + 1..content.len()) }
}

/// `range` without white space at both ends.
fn trimmed(content: &[u8], range: Range<usize>) -> Range<usize> {
    let text = &content[range.clone()];
    let start = range.start + (text.len() - text.trim_ascii_start().len());
    start..start + text.trim_ascii().len()
}

fn mark_inner_comments(lines: &mut [Line]) {
    let mut goes_on = false;
    for line in lines.iter_mut().rev() {
        match line.kind {
            Kind::Continuation => goes_on = true,
            Kind::Comment if goes_on => line.kind = Kind::InnerComment,
            _ => goes_on = false,
        }
    }
}
