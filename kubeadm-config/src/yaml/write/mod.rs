//! Writing YAML with the bytes of `sigs.k8s.io/yaml`.
//!
//! That library writes a value as JSON, reads the JSON as YAML and lets go-yaml print what came
//! out: maps sorted, two spaces per level, lists not indented under their key, plain scalars where
//! they read back as text, lines broken at the first space after column 80. No crate prints so;
//! libyaml's own rules are the nearest.

mod order;
mod scalar;
mod source;

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::number::general_float;

/// Why a value cannot be written. The messages are those of the reference where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum WriteError {
    /// A text holds a character that JSON leaves as it is and YAML does not allow: U+007F, U+0080
    /// to U+009F but for U+0085, U+FFFE or U+FFFF.
    #[error("yaml: control characters are not allowed")]
    ControlCharacter { text: String },
    /// A key is too long to be found again: more than 1024 characters in JSON, or U+0085 in it.
    #[error("yaml: did not find expected ',' or '}}'")]
    Key { key: String },
    /// `---` or `...` between U+0085, which YAML takes for a line break, and a blank.
    #[error("yaml: found unexpected document indicator")]
    DocumentIndicator { text: String },
    /// Lists and maps within each other beyond what is read back.
    #[error("lists and maps are nested more than {limit} levels deep")]
    TooDeep { limit: usize },
}

/// Prints a value as one document, ended by a line feed, without `---`.
///
/// ```
/// use kubeadm_config::yaml;
///
/// let value = serde_json::json!({"b10": "yes", "b2": ["0.5", 0.5], "a": {}, "text": "two\nlines\n"});
/// let text = yaml::write(&value)?;
/// assert_eq!(text, "a: {}\nb2:\n- \"0.5\"\n- 0.5\nb10: \"yes\"\ntext: |\n  two\n  lines\n");
/// # Ok::<(), yaml::WriteError>(())
/// ```
///
/// # Errors
///
/// What the reference refuses: some control characters and endless keys. And nesting beyond
/// [`Limits::depth`](super::Limits).
pub fn write(value: &Value) -> Result<String, WriteError> {
    let mut emitter = Emitter {
        out: String::with_capacity(1024),
        column: 0,
        indent: -1,
        after_space: true,
        indenting: true,
        depth: 0,
    };
    emitter.value(value, false)?;
    emitter.break_line();
    Ok(emitter.out)
}

/// Whether the reference prints the value in one order only. Its comparison of keys goes in circles
/// for some sets of keys (`1e` stands before `4m`, `4m` before `190` and `190` before `1e`), and
/// what it then prints follows from the order of Go's map, which is random. [`write()`] prints the
/// same bytes in every run.
#[must_use]
pub fn has_one_order(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(has_one_order),
        Value::Object(map) => order::is_settled(map) && map.values().all(has_one_order),
        _ => true,
    }
}

/// Where the text stands, in the terms in which the reference decides.
struct Emitter {
    out: String,
    /// Characters since the last line break.
    column: i32,
    /// Column of the current collection; -1 outside of all.
    indent: i32,
    /// Whether the last character was white space or an indicator that needs none after it.
    after_space: bool,
    /// Whether there is nothing but indentation and indicators on this line.
    indenting: bool,
    depth: usize,
}

impl Emitter {
    fn value(&mut self, value: &Value, of_key: bool) -> Result<(), WriteError> {
        match value {
            Value::Null => self.word("null"),
            Value::Bool(true) => self.word("true"),
            Value::Bool(false) => self.word("false"),
            Value::Number(number) => self.number(number),
            Value::String(text) => {
                let text = source::as_read(text)?;
                self.scalar(&text, false);
            }
            Value::Array(items) if items.is_empty() => self.word("[]"),
            Value::Object(map) if map.is_empty() => self.word("{}"),
            Value::Array(items) => self.sequence(items, of_key)?,
            Value::Object(map) => self.mapping(map)?,
        }
        Ok(())
    }

    fn number(&mut self, number: &serde_json::Number) {
        match number.as_f64() {
            Some(float) if number.is_f64() => self.word(&general_float(float)),
            _ => self.word(&number.to_string()),
        }
    }

    fn sequence(&mut self, items: &[Value], of_key: bool) -> Result<(), WriteError> {
        let outer = self.indent;
        if self.indent < 0 || !of_key || self.indenting {
            self.deeper()?;
        } else {
            self.deepen()?;
        }
        for item in items {
            self.start_line();
            self.indicator("-", true);
            self.value(item, false)?;
        }
        self.indent = outer;
        self.depth -= 1;
        Ok(())
    }

    fn mapping(&mut self, map: &Map<String, Value>) -> Result<(), WriteError> {
        let outer = self.indent;
        self.deeper()?;
        for (key, value) in order::sorted(map) {
            self.start_line();
            let key = source::key_as_read(key)?;
            if scalar::is_simple_key(&key) {
                self.scalar(&key, true);
                self.after_key();
            } else {
                self.indicator("?", true);
                self.scalar(&key, false);
                self.start_line();
                self.indicator(":", true);
            }
            self.value(value, true)?;
        }
        self.indent = outer;
        self.depth -= 1;
        Ok(())
    }

    fn deeper(&mut self) -> Result<(), WriteError> {
        self.indent = if self.indent < 0 { 0 } else { self.indent + 2 };
        self.deepen()
    }

    fn deepen(&mut self) -> Result<(), WriteError> {
        let limit = super::Limits::DEFAULT.depth;
        self.depth += 1;
        if self.depth > limit { Err(WriteError::TooDeep { limit }) } else { Ok(()) }
    }

    /// Moves to the column of the current collection, on a new line if this one is past it.
    fn start_line(&mut self) {
        let indent = self.indent.max(0);
        if !self.indenting || self.column > indent || self.column == indent && !self.after_space {
            self.break_line();
        }
        while self.column < indent {
            self.out.push(' ');
            self.column += 1;
        }
        self.after_space = true;
        self.indenting = true;
    }

    fn break_line(&mut self) {
        if self.column > 0 || !self.indenting {
            self.out.push('\n');
        }
        self.column = 0;
    }

    fn space(&mut self) {
        if !self.after_space {
            self.out.push(' ');
            self.column += 1;
        }
    }

    /// `-`, `?` or `:` where indentation goes on after it.
    fn indicator(&mut self, text: &str, keeps_indenting: bool) {
        self.space();
        self.put(text);
        self.after_space = false;
        self.indenting &= keeps_indenting;
    }

    fn after_key(&mut self) {
        self.put(":");
        self.after_space = false;
        self.indenting = false;
    }

    /// Something that needs no look at its characters.
    fn word(&mut self, text: &str) {
        self.space();
        self.put(text);
        self.after_space = false;
        self.indenting = false;
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += i32::try_from(text.len()).unwrap_or(i32::MAX);
    }
}

/// Text as it is after JSON was written and read as YAML.
type Read<'a> = Cow<'a, str>;
