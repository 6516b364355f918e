//! Secrets whose name is on a line before: values of flags in the next item of a list or on a
//! continued line, blocks of YAML, texts of TOML in three quotes, variables in two fields.
//!
//! Only such values are hidden here; what stands on the line of its name is left to `line`. Lines stay
//! lines.

use host_prep::is_secret_name;

use super::field::{is_harmless, of_list};
use super::line::{closing, masked, quote_of, value_end};
use super::{Hidden, MASK, count};

const KIND: &str = "by-name";
/// A quote that is not closed within so many lines is a fault and opens nothing.
const LINES: usize = 64;

/// What the lines before say of the next one.
#[derive(Clone, Debug, PartialEq)]
enum Next {
    /// Its first word is secret.
    Word,
    /// It is the `value:` of what was named.
    Value,
    /// It is secret while it is indented further than so.
    Block(usize),
    /// It is secret until this quote.
    Until(String),
    /// Items of a list are, until its end.
    List,
}

/// The text without such values.
pub(super) fn hide(text: &str, hidden: &mut Hidden) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut shown = String::with_capacity(text.len());
    let mut next = None;
    for (at, line) in lines.iter().enumerate() {
        let (line, goes_on) = match next {
            Some(next) => of_line(next, line, hidden),
            None => ((*line).to_owned(), None),
        };
        next = goes_on.or_else(|| opened(&line, &lines[at + 1..]));
        shown.push_str(&line);
    }
    shown
}

/// The line without its secret, and what holds for the one after it because of lines before it.
fn of_line(next: Next, line: &str, hidden: &mut Hidden) -> (String, Option<Next>) {
    let bare = line.trim();
    let skips = bare.is_empty() || bare.starts_with('#');
    match next {
        Next::Word if skips && !bare.is_empty() => (line.to_owned(), Some(Next::Word)),
        Next::Value if skips => (line.to_owned(), Some(Next::Value)),
        Next::Word => word(line, hidden),
        Next::Value => value(line, hidden),
        Next::Block(indent) => {
            if !bare.is_empty() && indent_of(line) <= indent {
                return (line.to_owned(), None);
            }
            (whole(line, hidden), Some(Next::Block(indent)))
        }
        Next::Until(quote) => match line.find(&quote) {
            Some(end) => {
                let (inside, rest) = line.split_at(end);
                (whole(inside, hidden) + rest, None)
            }
            None => (whole(line, hidden), Some(Next::Until(quote))),
        },
        Next::List => {
            let ends = bare.starts_with(']') || bare.ends_with([']', '}']);
            let shown = if bare.starts_with(']') { line.to_owned() } else { word(line, hidden).0 };
            (shown, (!ends).then_some(Next::List))
        }
    }
}

/// The line with its blanks and nothing else.
fn whole(line: &str, hidden: &mut Hidden) -> String {
    let bare = line.trim();
    if bare.is_empty() || bare == MASK {
        return line.to_owned();
    }
    count(hidden, KIND);
    let start = indent_of(line);
    format!("{}{MASK}{}", &line[..start], &line[start + bare.len()..])
}

/// The first word of the line, be it an item of a list.
fn word(line: &str, hidden: &mut Hidden) -> (String, Option<Next>) {
    let indent = indent_of(line);
    let is_item = line[indent..].starts_with("- ");
    let start = if is_item { line.len() - line[indent + 1..].trim_start().len() } else { indent };
    let end = value_end(line, start, false);
    let value = &line[start..end];
    // Another flag is no value.
    if value.starts_with('-') || is_harmless(value) {
        return (line.to_owned(), None);
    }
    count(hidden, KIND);
    let shown = if is_item { in_quotes(value) } else { masked(value) };
    // `abc\` and `def` on the next line are one word of a shell.
    let goes_on = line[end..].trim_end_matches(['\r', '\n']) == "\\";
    (format!("{}{shown}{}", &line[..start], &line[end..]), goes_on.then_some(Next::Word))
}

/// `value: x`, where the line before was `name: X_TOKEN`; other fields end what is named.
fn value(line: &str, hidden: &mut Hidden) -> (String, Option<Next>) {
    let Some((key, name, _)) = field(line).filter(|(_, name, _)| name.eq_ignore_ascii_case("value")) else {
        return (line.to_owned(), None);
    };
    let after = line[key + name.len()..].find(':').map_or(line.len(), |at| key + name.len() + at + 1);
    let start = line.len() - line[after..].trim_start_matches([' ', '\t']).len();
    let said = line[start..].trim();
    if said.is_empty() || is_block(said) {
        return (line.to_owned(), Some(Next::Block(key)));
    }
    let end = value_end(line, start, true);
    let value = &line[start..end];
    if is_harmless(value) {
        return (line.to_owned(), None);
    }
    count(hidden, KIND);
    (format!("{}{}{}", &line[..start], in_quotes(value), &line[end..]), None)
}

/// A bare star would be an alias of YAML.
fn in_quotes(value: &str) -> String {
    if quote_of(value).is_some() { masked(value) } else { format!("\"{MASK}\"") }
}

/// What a line says of the lines after it.
fn opened(line: &str, after: &[&str]) -> Option<Next> {
    let bare = line.trim_end();
    if flag_waits(bare) {
        return Some(Next::Word);
    }
    let (key, name, said) = field(line)?;
    if name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("key") {
        let named = said.trim_end_matches(',').trim_matches(['"', '\'']);
        return (!named.contains(char::is_whitespace) && is_secret_name(named)).then_some(Next::Value);
    }
    if said == "[" {
        return of_list(name).map(|_| Next::List);
    }
    if !is_secret_name(name) {
        return None;
    }
    if is_block(said) {
        return Some(Next::Block(key));
    }
    let quote = quote_of(said).filter(|quote| closing(said, quote).is_none());
    if let Some(quote) = quote.filter(|quote| after.iter().take(LINES).any(|line| line.contains(*quote))) {
        return Some(Next::Until(quote.to_owned()));
    }
    // The value is on the next line, or goes on there without a blank.
    let before = said.strip_suffix('\\')?;
    (!before.ends_with([' ', '\t'])).then_some(Next::Word)
}

/// Whether the line ends with a flag that has no value yet, or not all of it: `- --token`,
/// `"--token",`, `--token \`, `--token abc\`.
fn flag_waits(bare: &str) -> bool {
    let is_flag = |word: &str| word.starts_with('-') && is_secret_name(word);
    if let Some(bare) = bare.strip_suffix('\\').filter(|bare| !bare.ends_with([' ', '\t'])) {
        let mut words = bare.split_whitespace().rev();
        let (last, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if is_flag(before) || last.split_once('=').is_some_and(|(name, _)| is_flag(name)) {
            return true;
        }
    }
    let bare = bare.trim_end_matches(['\\', ' ', '\t', ',', '"', '\'']);
    let last = bare.rsplit(|c: char| c.is_whitespace() || "\"'[({,=\\".contains(c)).next();
    last.is_some_and(is_flag)
}

/// Where the name of a field begins, the name without quotes, and what stands behind its `:` or `=`.
fn field(line: &str) -> Option<(usize, &str, &str)> {
    let sign = line.find([':', '='])?;
    let (before, said) = (line[..sign].trim_end(), line[sign + 1..].trim());
    let before = before.trim_end_matches(['"', '\'', ']']);
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start = before
        .rfind(|c| !inside(c))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    (start < before.len()).then(|| (start, &before[start..], said))
}

/// The head of a block of YAML: `|`, `>-`, `|2+`.
fn is_block(said: &str) -> bool {
    let head = said.split(" #").next().unwrap_or(said).trim_end();
    head.starts_with(['|', '>']) && head[1..].chars().all(|c| matches!(c, '-' | '+') || c.is_ascii_digit())
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_later_line_is_hidden_and_lines_stay() {
        let cases = [
            ("- --token\n- 5ecr\n- --v\n- 2\n", "- --token\n- \"***\"\n- --v\n- 2\n"),
            ("  \"--token\",\n  \"5 ecr\",\n", "  \"--token\",\n  \"***\",\n"),
            ("kubeadm join --token \\\n  5ecr \\\n  --v 2\n", "kubeadm join --token \\\n  *** \\\n  --v 2\n"),
            ("--token\n--v\n2\n", "--token\n--v\n2\n"),
            ("X_TOKEN=\\\n5ecr\n", "X_TOKEN=\\\n***\n"),
            ("a --token x\\\n5ecr b\n", "a --token x\\\n*** b\n"),
            (
                "- name: DB_PW\n  value: >-\n    5ecr\n    5ecr\n  x: y\n",
                "- name: DB_PW\n  value: >-\n    ***\n    ***\n  x: y\n",
            ),
            ("- name: DB_PW\n  value: 5 ecr\n", "- name: DB_PW\n  value: \"***\"\n"),
            ("\"name\": \"DB_PW\",\n\"value\": \"5ecr\"\n", "\"name\": \"DB_PW\",\n\"value\": \"***\"\n"),
            ("- name: DB_PW\n  valueFrom: x\n  value: y\n", "- name: DB_PW\n  valueFrom: x\n  value: y\n"),
            ("- token: |\n    5ecr\n\n    5ecr\n  ttl: 1\n", "- token: |\n    ***\n\n    ***\n  ttl: 1\n"),
            ("password = \"\"\"\n5ecr\n5ecr\"\"\"\na = 1\n", "password = \"\"\"\n***\n***\"\"\"\na = 1\n"),
            ("tokens = [\n  '5ecr',\n  \"5ecr\"\n]\na = 1\n", "tokens = [\n  '***',\n  \"***\"\n]\na = 1\n"),
            // A quote that nobody closes opens nothing.
            ("password: \"x\na: b\n", "password: \"x\na: b\n"),
            ("token:\n  ttl: 1\n", "token:\n  ttl: 1\n"),
        ];
        for (text, wanted) in cases {
            let wanted = wanted.replace("***", MASK);
            let shown = hide(text, &mut Hidden::new());
            assert_eq!(shown, wanted);
            let mut again = Hidden::new();
            assert_eq!(hide(&shown, &mut again), wanted);
            assert!(again.is_empty(), "{again:?}: {wanted}");
        }
    }
}
