//! Reading a template.
//!
//! Follows `parser.go` of `k8s.io/client-go/util/jsonpath`, quirks included: `kubeadm config
//! images list -o jsonpath=...` takes what `kubectl` takes. Text outside of braces stands for
//! itself; an action in braces is a list of nodes. Errors are texts in client-go's words, since
//! they are printed and nothing is decided by them.

use serde_json::Value;

use super::unquote::unquoted;
use super::{Node, Slice};
use crate::go::is_printable;

/// The nodes of a template.
///
/// # Errors
/// What the action does not allow, such as a brace that is not closed.
pub(super) fn nodes(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { rest: text };
    let mut nodes = Vec::new();
    while let Some(at) = parser.rest.find('{') {
        if at > 0 {
            nodes.push(Node::Text(parser.rest[..at].to_owned()));
        }
        parser.rest = &parser.rest[at + 1..];
        nodes.push(Node::List(parser.action()?));
    }
    if !parser.rest.is_empty() {
        nodes.push(Node::Text(parser.rest.to_owned()));
    }
    Ok(nodes)
}

/// The nodes of one action that is given without its braces.
///
/// client-go parses the parts of unions and filters so, by putting braces round them and taking
/// the first node.
fn action(text: &str) -> Result<Vec<Node>, String> {
    match nodes(&format!("{{{text}}}"))?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

/// What is not read yet.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// Up to and with the closing brace.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.skipped("}") {
                return Ok(nodes);
            } else if self.skipped("[?(") {
                nodes.push(self.filter()?);
            } else if self.skipped("..") {
                if nodes.last() == Some(&Node::Descent) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                nodes.push(Node::Descent);
                if self.rest.starts_with(is_alphanumeric) {
                    nodes.push(self.field());
                }
            } else {
                self.element(&mut nodes)?;
            }
        }
    }

    /// One node that neither closes the action nor starts a filter or a descent.
    /// # Errors
    /// The end of the line or text, and characters that start nothing.
    fn element(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let Some(first) = self.rest.chars().next().filter(|c| !is_end_of_line(*c)) else {
            return Err("unclosed action".to_owned());
        };
        match first {
            ' ' | '@' | '$' => self.rest = &self.rest[1..],
            '[' => self.array(nodes)?,
            '"' | '\'' => nodes.push(self.quoted(first)?),
            '.' => {
                self.rest = &self.rest[1..];
                nodes.push(self.field());
            }
            '+' | '-' => nodes.push(self.number()?),
            c if c.is_numeric() => nodes.push(self.number()?),
            c if is_alphanumeric(c) => nodes.push(self.word()),
            c => {
                let shown = if is_printable(c) { format!(" '{c}'") } else { String::new() };
                return Err(format!("unrecognized character in action: U+{:04X}{shown}", u32::from(c)));
            }
        }
        Ok(())
    }

    /// Takes `start` if the text goes on with it.
    fn skipped(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// So many bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// A name up to a separator, with backslashes for separators within (`.kubernetes\.io`); `*`
    /// is every field.
    fn field(&mut self) -> Node {
        let mut chars = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if is_terminator(c) {
                end = at;
                break;
            }
        }
        match self.take(end) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    /// `range`, `end`, a truth value, or an identifier that is refused later, when the template is
    /// filled in.
    fn word(&mut self) -> Node {
        let end = self.rest.find(is_terminator).unwrap_or(self.rest.len());
        match self.take(end) {
            "true" => Node::Constant(true.into()),
            "false" => Node::Constant(false.into()),
            word => Node::Word(word.to_owned()),
        }
    }

    /// Whole numbers first, so that `1` does not become a fraction.
    /// # Errors
    /// Two points, or a sign alone.
    fn number(&mut self) -> Result<Node, String> {
        let digits = self.rest.strip_prefix(['+', '-']).unwrap_or(self.rest);
        let signs = self.rest.len() - digits.len();
        let end = digits.find(|c: char| c != '.' && !c.is_numeric()).unwrap_or(digits.len());
        let text = self.take(signs + end);
        if let Ok(number) = text.parse::<i64>() {
            return Ok(Node::Constant(number.into()));
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(|number| Node::Constant(Value::from(number))).ok_or(format!("cannot parse number {text}"))
    }

    /// A text in either kind of quotes, on one line.
    /// # Errors
    /// No closing quote, and escapes that Go does not know.
    fn quoted(&mut self, quote: char) -> Result<Node, String> {
        let unterminated = || "unterminated quoted string".to_owned();
        let mut before = quote;
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == '\n' {
                return Err(unterminated());
            }
            if c == quote && before != '\\' {
                let text = self.take(at + 1);
                let inner = unquoted(text).ok_or(format!("unquote string {text} error invalid syntax"))?;
                return Ok(Node::Text(inner));
            }
            before = c;
        }
        Err(unterminated())
    }

    /// `[0]`, `[1:3]`, `[*]`, `['name']` or several of them with commas.
    /// # Errors
    /// No closing bracket, and an index that is none.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let end = self.rest.find([']', '\n']).filter(|at| self.rest[*at..].starts_with(']'));
        let text = self.take(end.ok_or("unterminated array")? + 1);
        let text = match &text[1..text.len() - 1] {
            "*" => ":",
            text => text,
        };
        if text.contains(',') {
            let each = text.split(',').map(|part| action(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(each.collect::<Result<_, _>>()?));
        } else if let Some(key) = quoted_key(text) {
            nodes.extend(action(&format!(".{key}"))?);
        } else {
            nodes.push(Node::Slice(slice(text)?));
        }
        Ok(())
    }

    /// After `[?(`. A closing bracket in quotes does not count, where there is one pair of quotes.
    fn filter(&mut self) -> Result<Node, String> {
        let mut quote = None;
        let mut closed = false;
        let mut before = '(';
        let mut end = None;
        for (at, c) in self.rest.char_indices() {
            match c {
                '\n' => break,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '"' | '\'' => closed |= before != '\\' && quote == Some(c),
                ')' if quote.is_some() == closed => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            before = c;
        }
        let text = self.take(end.ok_or("unterminated filter")?);
        if !self.skipped(")]") {
            return Err("unclosed array expect ]".to_owned());
        }
        let Some((left, operator, right)) = comparison(text) else {
            return Ok(Node::Filter { left: action(text)?, operator: None, right: Vec::new() });
        };
        let (left, right) = (action(left)?, action(right)?);
        Ok(Node::Filter { left, operator: Some(operator.to_owned()), right })
    }
}

/// `^'([^']*)'$`
fn quoted_key(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'').filter(|key| !key.contains('\''))
}

/// `^([^!<>=]+)([!<>=]+)(.+?)$`
///
/// The third group is the shortest in the expression and still runs to the end, because of the
/// `$`.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| "!<>=".contains(c);
    let start = text.find(is_operator).filter(|start| *start > 0)?;
    let (left, rest) = text.split_at(start);
    let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len() - 1);
    (length > 0).then(|| (left, &rest[..length], &rest[length..]))
}

/// `^(-?[\d]*)(:-?[\d]*)?(:-?[\d]*)?$`
///
/// Any part may be empty or negative; a single number is the slice of that item.
/// # Errors
/// "invalid array index", as client-go has it.
fn slice(text: &str) -> Result<Slice, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let shaped =
        |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(shaped) {
        return Err(format!("invalid array index {text}"));
    }
    let number = |index: usize| match parts.get(index) {
        None | Some(&"") => Ok(None),
        Some(part) => part.parse().map(Some).map_err(|_| format!("array index {part} is not a number")),
    };
    let mut slice = Slice { start: number(0)?, end: number(1)?, step: number(2)?, single: parts.len() == 1 };
    if slice.single {
        slice.end = Some(slice.start.unwrap_or(0) + 1);
    }
    Ok(slice)
}

/// What ends a name or word in client-go's lexer.
fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_end_of_line(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
