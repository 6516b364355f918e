//! Text: which style, and the lines it takes.
//!
//! The reference is go-yaml v2's emitter (`emitterc.go`) as `sigs.k8s.io/yaml` calls it, which is
//! what writes kubeadm's files: same style, same breaks, byte for byte, so that a file that was
//! migrated here and one by kubeadm do not differ. Pipeline: text -> [`Analysis`] (which styles
//! can hold it) -> [`style`] (which one is taken) -> lines.

use super::Emitter;
use crate::yaml::read::resolve::{Scalar, resolve};

/// Lines are broken at the first space after this column.
const WIDTH: i32 = 80;

/// In the order of preference for a text on one line; `Literal` is for several.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What the characters of a text allow.
///
/// `multiline` says that there is a line break in it, each other field whether that style can hold
/// the text. Folded (`>`) is never written.
#[expect(clippy::struct_excessive_bools, reason = "each is one rule of the reference")]
struct Analysis {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

/// Whether a key stands before its colon on one line, without a `?`.
///
/// 128 bytes, not characters (`yaml_emitter_check_simple_key`). Kubernetes' field names are far
/// below.
pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= 128 && !key.contains(is_break)
}

impl Emitter {
    /// Writes `text` at the current place. A key is never broken into lines. The indentation
    /// inside is two columns more than around, also at the top.
    pub(super) fn scalar(&mut self, text: &str, is_key: bool) {
        let style = style(text, is_key);
        let outer = self.indent;
        self.indent = if outer < 0 { 2 } else { outer + 2 };
        match style {
            Style::Plain => self.plain(text, is_key),
            Style::Single => self.single(text, is_key),
            Style::Double => self.double(text, is_key),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    /// Without quotes.
    fn plain(&mut self, text: &str, is_key: bool) {
        self.space();
        self.folding(text, is_key);
        self.after_space = false;
        self.indenting = false;
    }

    /// Text without line feeds, broken at single spaces where the line is full.
    ///
    /// The first test is a short cut for what nearly every value is: ASCII that fits its line.
    fn folding(&mut self, text: &str, is_key: bool) {
        let short = i32::try_from(text.len()).is_ok_and(|len| self.column + len <= WIDTH);
        if (is_key || short) && text.is_ascii() {
            self.put(text);
            return;
        }
        let mut after_space = false;
        for (at, c) in text.char_indices() {
            let next_is_space = text.as_bytes().get(at + 1) == Some(&b' ');
            if c == ' ' && !is_key && !after_space && self.column > WIDTH && !next_is_space {
                self.start_line();
            } else {
                self.char(c);
                self.indenting = false;
            }
            after_space = c == ' ';
        }
    }

    /// One column a character, whatever its width on a screen.
    fn char(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    /// In single quotes: a quote is doubled, a line break is written twice where it is one, since
    /// a single one would fold to a space.
    fn single(&mut self, text: &str, is_key: bool) {
        self.indicator("'", false);
        let mut after_space = false;
        let mut after_break = false;
        for (at, c) in text.char_indices() {
            let inside = at > 0 && at + 1 < text.len();
            let next_is_space = text.as_bytes().get(at + 1) == Some(&b' ');
            if c == ' ' {
                if !is_key && !after_space && self.column > WIDTH && inside && !next_is_space {
                    self.start_line();
                } else {
                    self.char(c);
                }
                after_space = true;
                continue;
            }
            if is_break(c) {
                if !after_break && c == '\n' {
                    self.line_break('\n');
                }
                self.line_break(c);
                self.indenting = true;
                after_break = true;
                continue;
            }
            if after_break {
                self.start_line();
            }
            if c == '\'' {
                self.char(c);
            }
            self.char(c);
            self.indenting = false;
            after_space = false;
            after_break = false;
        }
        self.put("'");
        self.after_space = false;
        self.indenting = false;
    }

    /// A character that ends the line.
    fn line_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }

    /// In double quotes, with escapes for all that is not printable. After a break at a space a
    /// second space is escaped, or it would count as indentation.
    fn double(&mut self, text: &str, is_key: bool) {
        self.indicator("\"", false);
        // The reference looks for a byte order mark at the start of the text and not at the character.
        let all = text.starts_with('\u{FEFF}');
        let mut after_space = false;
        for (at, c) in text.char_indices() {
            if all || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.escape(c);
                after_space = false;
                continue;
            }
            let inside = at > 0 && at + 1 < text.len();
            if c == ' ' && !is_key && !after_space && self.column > WIDTH && inside {
                self.start_line();
                if text.as_bytes()[at + 1] == b' ' {
                    self.char('\\');
                }
            } else {
                self.char(c);
            }
            after_space = c == ' ';
        }
        self.put("\"");
        self.after_space = false;
        self.indenting = false;
    }

    /// The short forms of YAML 1.1 (`\e`, `\N`, `\_`, `\L`, `\P`), then the shortest hexadecimal
    /// one.
    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => "\\0",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\u{b}' => "\\v",
            '\u{c}' => "\\f",
            '\r' => "\\r",
            '\u{1b}' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{a0}' => "\\_",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            _ => {
                let code = u32::from(c);
                let text = match code {
                    ..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                return self.put(&text);
            }
        };
        self.put(short);
    }

    /// After `|`, with the indentation spelt out where the text starts with white space and the
    /// chomping where it does not end in one line feed.
    fn literal(&mut self, text: &str) {
        self.indicator("|", false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.put("2");
        }
        let mut last = text.chars().rev();
        match (last.next().is_some_and(is_break), last.next()) {
            (false, _) => self.put("-"),
            (true, before) if before.is_none_or(is_break) => self.put("+"),
            _ => {}
        }
        self.line_break('\n');
        self.indenting = true;
        self.after_space = true;
        let mut after_break = true;
        for c in text.chars() {
            if is_break(c) {
                self.line_break(c);
                self.indenting = true;
            } else {
                if after_break {
                    self.start_line();
                }
                self.char(c);
                self.indenting = false;
            }
            after_break = is_break(c);
        }
    }
}

/// What would be read as something else than a text without quotes (`yes`, `1.0`, `null`) gets
/// double ones. go-yaml does so since `yes` written bare comes back as `true`.
fn style(text: &str, is_key: bool) -> Style {
    let analysis = Analysis::of(text);
    if text.contains('\n') {
        let literal = analysis.block && !is_key;
        return if literal { Style::Literal } else { Style::Double };
    }
    if resolve(text) != Scalar::String || is_base_60(text) || is_key && analysis.multiline {
        return Style::Double;
    }
    match analysis {
        Analysis { plain: true, .. } => Style::Plain,
        Analysis { single: true, .. } => Style::Single,
        _ => Style::Double,
    }
}

impl Analysis {
    /// One pass over the characters. The empty text is said to be plain and is written as `""` all
    /// the same, because it resolves to a null.
    fn of(text: &str) -> Self {
        let Some(first) = text.chars().next() else {
            return Self { multiline: false, plain: true, single: true, block: false };
        };
        let bytes = text.as_bytes();
        let blank_at = |at: usize| bytes.get(at).is_none_or(|byte| matches!(byte, b' ' | b'\t'));
        let mut indicators = bytes.starts_with(b"---")
            || bytes.starts_with(b"...")
            || match first {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`' => true,
                '?' | '-' => blank_at(1),
                _ => false,
            };
        let (mut breaks, mut special, mut break_space, mut space_break) = (false, false, false, false);
        let mut before = '\n';
        for (at, c) in text.char_indices() {
            match c {
                ':' => indicators |= blank_at(at + 1),
                '#' => indicators |= matches!(before, ' ' | '\t' | '\0') || is_break(before),
                ' ' => break_space |= at > 0 && is_break(before),
                _ if is_break(c) => {
                    breaks = true;
                    space_break |= before == ' ';
                }
                _ => {}
            }
            special |= !is_printable(c);
            before = c;
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let single = !(break_space || space_break || special);
        Self {
            multiline: breaks,
            plain: single && !(edge(first) || edge(before) || breaks || indicators),
            single,
            block: !(before == ' ' || space_break || special),
        }
    }
}

/// A line break of YAML 1.1.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What the reference prints as it is: nothing beyond U+FFFF.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

/// `190:20:30`, which YAML 1.1 reads as a number in base 60 and go-yaml does not.
///
/// Quoted for the sake of other readers of YAML 1.1 (`isBase60Float` in go-yaml's `encode.go`).
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((whole, rest)) = unsigned.split_once(':') else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (sixties, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let sixtieth = |part: &str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    whole.starts_with(|c: char| c.is_ascii_digit())
        && digits(whole)
        && sixties.split(':').all(sixtieth)
        && digits(fraction)
}
