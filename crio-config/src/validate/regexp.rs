//! Does a text compile as a Go regular expression? `log_filter` must.
//!
//! Only what makes an expression invalid is looked at; nothing is matched.

/// The message of Go's parser where it refuses the expression.
pub(super) fn check(expression: &str) -> Result<(), String> {
    let mut parser = Parser { whole: expression, rest: expression, stack: Vec::new() };
    parser.run()
}

/// What stands on the parser's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// Something that can be repeated, with how often its inside may repeat.
    Atom(u32),
    Bar,
    Paren,
}

struct Parser<'e> {
    whole: &'e str,
    rest: &'e str,
    stack: Vec<Item>,
}

const REPEAT_LIMIT: u32 = 1000;

fn error<T>(what: &str, expression: &str) -> Result<T, String> {
    Err(format!("{what}: `{expression}`"))
}

/// What of `before` is gone in `after`.
fn consumed<'e>(before: &'e str, after: &str) -> &'e str {
    &before[..before.len() - after.len()]
}

impl<'e> Parser<'e> {
    fn run(&mut self) -> Result<(), String> {
        let mut last_repeat: Option<&'e str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeat = None;
            match c {
                '(' if before.starts_with("(?") => self.group_flags()?,
                '(' => self.push_after(1, Item::Paren),
                '|' => self.push_after(1, Item::Bar),
                ')' => self.close_paren()?,
                '[' => {
                    self.rest = class(before)?;
                    self.stack.push(Item::Atom(1));
                }
                '*' | '+' | '?' => {
                    self.rest = &before[1..];
                    self.repeat(before, 1, last_repeat)?;
                    repeat = Some(before);
                }
                '{' => match bounds(before) {
                    None => self.push_after(1, Item::Atom(1)),
                    Some((low, high, after)) => {
                        if low > REPEAT_LIMIT || high.is_some_and(|high| high > REPEAT_LIMIT || low > high) {
                            return error("invalid repeat count", consumed(before, after));
                        }
                        self.rest = after;
                        self.repeat(before, high.unwrap_or(low), last_repeat)?;
                        repeat = Some(before);
                    }
                },
                '\\' => {
                    self.rest = escape_or_class(before)?;
                    self.stack.push(Item::Atom(1));
                }
                c => self.push_after(c.len_utf8(), Item::Atom(1)),
            }
            last_repeat = repeat;
        }
        if self.stack.contains(&Item::Paren) {
            return error("missing closing )", self.whole);
        }
        Ok(())
    }

    fn push_after(&mut self, width: usize, item: Item) {
        self.rest = &self.rest[width..];
        self.stack.push(item);
    }

    /// The operator is consumed; a `?` behind it makes it lazy.
    fn repeat(&mut self, before: &'e str, times: u32, last_repeat: Option<&'e str>) -> Result<(), String> {
        self.rest = self.rest.strip_prefix('?').unwrap_or(self.rest);
        if let Some(last) = last_repeat {
            return error("invalid nested repetition operator", consumed(last, self.rest));
        }
        let Some(Item::Atom(inner)) = self.stack.last_mut() else {
            return error("missing argument to repetition operator", consumed(before, self.rest));
        };
        *inner = inner.saturating_mul(times.max(1));
        if *inner > REPEAT_LIMIT {
            return error("invalid repeat count", consumed(before, self.rest));
        }
        Ok(())
    }

    fn close_paren(&mut self) -> Result<(), String> {
        let Some(open) = self.stack.iter().rposition(|item| *item == Item::Paren) else {
            return error("unexpected )", self.whole);
        };
        let inside = self.stack.split_off(open);
        let most = inside.iter().map(|item| if let Item::Atom(times) = item { *times } else { 1 }).max();
        self.push_after(1, Item::Atom(most.unwrap_or(1)));
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?i)`, `(?i:`.
    fn group_flags(&mut self) -> Result<(), String> {
        let start = self.rest;
        let name_at = if start.starts_with("(?P<") && start.len() > 4 {
            Some(4)
        } else if start.starts_with("(?<") && start.len() > 3 {
            Some(3)
        } else {
            None
        };
        if let Some(name_at) = name_at {
            let Some(end) = start.find('>') else { return error("invalid named capture", start) };
            let name = &start[name_at..end];
            if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
                return error("invalid named capture", &start[..=end]);
            }
            self.push_after(end + 1, Item::Paren);
            return Ok(());
        }
        self.rest = &start[2..];
        let (mut negative, mut saw_flag) = (false, false);
        while let Some(c) = self.rest.chars().next() {
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                'i' | 'm' | 's' | 'U' => saw_flag = true,
                '-' if !negative => {
                    negative = true;
                    saw_flag = false;
                }
                ':' | ')' if !negative || saw_flag => {
                    if c == ':' {
                        self.stack.push(Item::Paren);
                    }
                    return Ok(());
                }
                _ => return error("invalid or unsupported Perl syntax", consumed(start, self.rest)),
            }
        }
        error("missing closing )", self.whole)
    }
}

/// `{3}`, `{3,}`, `{3,5}`; anything else is taken literally.
fn bounds(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (low, rest) = count(&text[1..])?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((low, Some(low), rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((low, None, rest));
    }
    let (high, rest) = count(rest)?;
    Some((low, Some(high), rest.strip_prefix('}')?))
}

/// A number without leading zeros; a huge one counts as just too big.
fn count(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || (digits > 1 && text.starts_with('0')) {
        return None;
    }
    Some((text[..digits].parse().unwrap_or(u32::MAX), &text[digits..]))
}

/// What follows a backslash outside of a class.
fn escape_or_class(text: &str) -> Result<&str, String> {
    match text.as_bytes().get(1) {
        Some(b'A' | b'b' | b'B' | b'z' | b'd' | b'D' | b's' | b'S' | b'w' | b'W') => Ok(&text[2..]),
        Some(b'C') => error("invalid escape sequence", &text[..2]),
        Some(b'Q') => Ok(text.find("\\E").map_or("", |end| &text[end + 2..])),
        Some(b'p' | b'P') => unicode_class(text),
        _ => escape(text).map(|(_, rest)| rest),
    }
}

/// `\pL`, `\p{Greek}`, `\p{^Greek}`. Every capitalised word is taken for the name of a script.
fn unicode_class(text: &str) -> Result<&str, String> {
    const CATEGORIES: &str = " C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps \
                              S Sc Sk Sm So Z Zl Zp Zs Any ";
    let (name, rest) = match text[2..].strip_prefix('{') {
        Some(braced) => match braced.split_once('}') {
            Some((name, rest)) => (name, rest),
            None => return error("invalid character class range", text),
        },
        None => match text[2..].chars().next() {
            Some(c) => text[2..].split_at(c.len_utf8()),
            None => return error("invalid escape sequence", text),
        },
    };
    let name = name.strip_prefix('^').unwrap_or(name);
    let script = name.len() > 2 && name.starts_with(|c: char| c.is_ascii_uppercase());
    if script || (!name.is_empty() && CATEGORIES.contains(&format!(" {name} "))) {
        return Ok(rest);
    }
    error("invalid character class range", consumed(text, rest))
}

/// The character an escape stands for, and what follows it.
fn escape(text: &str) -> Result<(u32, &str), String> {
    let rest = &text[1..];
    let Some(c) = rest.chars().next() else { return error("trailing backslash at end of expression", "") };
    let after = &rest[c.len_utf8()..];
    let octal = |after: &str| after.bytes().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    match c {
        '0' | '1'..='7' if c == '0' || octal(after) > 0 => {
            let digits = 1 + octal(after);
            Ok((u32::from_str_radix(&rest[..digits], 8).unwrap_or(0), &rest[digits..]))
        }
        'x' => hex_escape(text, after),
        'a' => Ok((7, after)),
        'f' => Ok((12, after)),
        'n' => Ok((10, after)),
        'r' => Ok((13, after)),
        't' => Ok((9, after)),
        'v' => Ok((11, after)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((c.into(), after)),
        _ => error("invalid escape sequence", consumed(text, after)),
    }
}

fn hex_escape<'e>(text: &'e str, after: &'e str) -> Result<(u32, &'e str), String> {
    let (digits, rest) = match after.strip_prefix('{') {
        Some(braced) => {
            let end = braced.bytes().take_while(u8::is_ascii_hexdigit).count();
            match braced[end..].strip_prefix('}') {
                Some(rest) if end > 0 => (&braced[..end], rest),
                _ => {
                    let stop = braced[end..].chars().next().map_or(end, |c| end + c.len_utf8());
                    return error("invalid escape sequence", consumed(text, &braced[stop..]));
                }
            }
        }
        None => {
            let end = after.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
            if end < 2 {
                let stop = after[end..].chars().next().map_or(end, |c| end + c.len_utf8());
                return error("invalid escape sequence", consumed(text, &after[stop..]));
            }
            after.split_at(2)
        }
    };
    match u32::from_str_radix(digits, 16) {
        Ok(code) if code <= 0x10_FFFF => Ok((code, rest)),
        _ => error("invalid escape sequence", consumed(text, rest)),
    }
}

/// A class in brackets; gives what follows it.
fn class(text: &str) -> Result<&str, String> {
    let mut rest = &text[1..];
    rest = rest.strip_prefix('^').unwrap_or(rest);
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some(after) = named_class(rest)? {
            rest = after;
            continue;
        }
        if rest.starts_with("\\p") || rest.starts_with("\\P") {
            rest = unicode_class(rest)?;
            continue;
        }
        if let [b'\\', b'd' | b'D' | b's' | b'S' | b'w' | b'W', ..] = rest.as_bytes() {
            rest = &rest[2..];
            continue;
        }
        let start = rest;
        let (low, after) = class_char(rest, text)?;
        rest = after;
        if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
            let (high, after) = class_char(&rest[1..], text)?;
            rest = after;
            if high < low {
                return error("invalid character class range", consumed(start, rest));
            }
        }
    }
    Ok(&rest[1..])
}

fn named_class(text: &str) -> Result<Option<&str>, String> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
        "upper", "word", "xdigit",
    ];
    let Some(inside) = text.strip_prefix("[:") else { return Ok(None) };
    let Some((name, rest)) = inside.split_once(":]") else { return Ok(None) };
    if NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Ok(Some(rest));
    }
    error("invalid character class range", consumed(text, rest))
}

fn class_char<'e>(text: &'e str, whole: &str) -> Result<(u32, &'e str), String> {
    let Some(c) = text.chars().next() else { return error("missing closing ]", whole) };
    if c == '\\' {
        return escape(text);
    }
    Ok((c.into(), &text[c.len_utf8()..]))
}
