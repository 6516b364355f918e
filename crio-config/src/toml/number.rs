//! Numbers: how far they reach, and what makes them invalid.

use super::cursor::is_blank;
use super::reader::Reader;
use super::{Dialect, Fault, Value, goquote};

/// What the lexer takes a value that starts like a number for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Integer,
    Float,
    Datetime,
}

impl Reader<'_> {
    /// Reads a number or a date that starts with a digit.
    pub(super) fn number_or_date(&mut self) -> Result<Value, Fault> {
        let start = self.cursor.pos();
        let first = self.bump()?;
        let shape = if first == '0' && !self.dialect.is_old() {
            self.after_leading_zero(start)?
        } else {
            self.digits_or_date()?
        };
        self.finish_number(start, shape)
    }

    /// Reads a number that starts with a sign.
    pub(super) fn signed_number(&mut self) -> Result<Value, Fault> {
        let start = self.cursor.pos();
        self.bump()?;
        let c = self.bump()?;
        if c == '.' {
            return Err(self.fail("floats must start with a digit, not '.'"));
        }
        if !self.dialect.is_old() {
            if c == 'i' || c == 'n' {
                return self.signed_word(start, c);
            }
            if c == '0' {
                let base = self.peek()?;
                if matches!(base, 'b' | 'o' | 'x') {
                    let so_far = String::from_utf8_lossy(self.cursor.slice(start)).into_owned();
                    return Err(
                        self.fail(format!("cannot use sign with non-decimal numbers: '{so_far}{base}'"))
                    );
                }
            }
        }
        if !c.is_ascii_digit() {
            return Err(self.fail(format!("expected a digit but got {}", goquote::char(c))));
        }
        let shape = self.decimal()?;
        self.finish_number(start, shape)
    }

    // TOML 0.4 (BurntSushi/toml 0.3.1, CRI-O up to 1.21) knows neither `inf` nor `nan`; the
    // callers ask the dialect.
    fn signed_word(&mut self, start: usize, first: char) -> Result<Value, Fault> {
        let rest = if first == 'i' { ['n', 'f'] } else { ['a', 'n'] };
        for wanted in rest {
            if !self.accept(wanted)? {
                let so_far = String::from_utf8_lossy(self.cursor.slice(start)).into_owned();
                return Err(self.fail(format!("invalid float: '{so_far}'")));
            }
        }
        self.finish_number(start, Shape::Float)
    }

    fn after_leading_zero(&mut self, start: usize) -> Result<Shape, Fault> {
        let mark = self.cursor.mark();
        let c = self.bump()?;
        let (digit, name): (fn(char) -> bool, _) = match c {
            c if c.is_ascii_digit() => return self.digits_or_date(),
            '_' => return self.decimal(),
            '.' | 'e' | 'E' => return self.float(),
            'b' => (|c| matches!(c, '0' | '1'), "binary"),
            'o' => (|c| matches!(c, '0'..='7'), "octal"),
            // Spelled as lex.go of BurntSushi/toml spells it: who looks for the message finds it.
            'x' => (|c| c.is_ascii_hexdigit(), "hexidecimal"),
            _ => {
                self.cursor.reset(mark);
                return Ok(Shape::Integer);
            }
        };
        let next = self.peek()?;
        if !digit(next) {
            let article = if name == "octal" { "an" } else { "a" };
            let so_far = String::from_utf8_lossy(self.cursor.slice(start)).into_owned();
            return Err(self.fail(format!("not {article} {name} number: '{so_far}{next}'")));
        }
        self.take_while(|c| digit(c) || c == '_')?;
        Ok(Shape::Integer)
    }

    fn digits_or_date(&mut self) -> Result<Shape, Fault> {
        self.take_while(|c| c.is_ascii_digit())?;
        let mark = self.cursor.mark();
        match self.bump()? {
            '-' => self.date(),
            ':' if !self.dialect.is_old() => self.date(),
            '_' => self.decimal(),
            '.' | 'e' | 'E' => self.float(),
            _ => {
                self.cursor.reset(mark);
                Ok(Shape::Integer)
            }
        }
    }

    fn decimal(&mut self) -> Result<Shape, Fault> {
        self.take_while(|c| c.is_ascii_digit() || c == '_')?;
        let mark = self.cursor.mark();
        if matches!(self.bump()?, '.' | 'e' | 'E') {
            return self.float();
        }
        self.cursor.reset(mark);
        Ok(Shape::Integer)
    }

    // The lexer takes a run of these characters whatever their order; `float_value` judges it, in
    // the words of parse.go.
    fn float(&mut self) -> Result<Shape, Fault> {
        self.take_while(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | '-' | '+' | 'e' | 'E'))?;
        Ok(Shape::Float)
    }

    // `T` may be lower case or a blank since 0.4.1, so a date takes the blanks behind it along
    // (`emitTrim` of lex.go): `finish_number` drops them.
    fn date(&mut self) -> Result<Shape, Fault> {
        let old = self.dialect.is_old();
        self.take_while(|c| {
            c.is_ascii_digit()
                || matches!(c, '-' | 'T' | ':' | '.' | 'Z' | '+')
                || (!old && matches!(c, 't' | 'z' | ' '))
        })?;
        Ok(Shape::Datetime)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> Result<(), Fault> {
        loop {
            let mark = self.cursor.mark();
            if !wanted(self.bump()?) {
                self.cursor.reset(mark);
                return Ok(());
            }
        }
    }

    fn finish_number(&mut self, start: usize, shape: Shape) -> Result<Value, Fault> {
        // Everything consumed is ASCII.
        let text = String::from_utf8_lossy(self.cursor.slice(start)).into_owned();
        match shape {
            Shape::Integer => self.integer(&text),
            Shape::Float => self.float_value(&text),
            Shape::Datetime => {
                let trimmed = text.trim_end_matches(is_blank);
                self.value_end = start + trimmed.len();
                self.datetime(trimmed)
            }
        }
    }

    fn integer(&self, text: &str) -> Result<Value, Fault> {
        if !self.underscores_ok(text) {
            let shown = goquote::string(text);
            return Err(
                self.fail(format!("Invalid integer {shown}: underscores must be surrounded by digits"))
            );
        }
        if !self.dialect.is_old() && has_leading_zero(text) {
            let shown = goquote::string(text);
            return Err(self.fail(format!("Invalid integer {shown}: cannot have leading zeroes")));
        }
        let plain = text.replace('_', "");
        let (digits, radix) = match plain.get(..2) {
            Some("0x") => (&plain[2..], 16),
            Some("0o") => (&plain[2..], 8),
            Some("0b") => (&plain[2..], 2),
            _ => (plain.as_str(), 10),
        };
        i64::from_str_radix(digits, radix).map(Value::Integer).map_err(|_| self.out_of_range(text, "int64"))
    }

    fn float_value(&self, text: &str) -> Result<Value, Fault> {
        let shown = || goquote::string(text);
        let mut parts = text.split(['.', 'e', 'E']).filter(|part| !part.is_empty());
        if !parts.clone().all(|part| self.underscores_ok(part)) {
            return Err(
                self.fail(format!("Invalid float {}: underscores must be surrounded by digits", shown()))
            );
        }
        if !self.dialect.is_old() && parts.next().is_some_and(has_leading_zero) {
            return Err(self.fail(format!("Invalid float {}: cannot have leading zeroes", shown())));
        }
        if !periods_ok(text) {
            return Err(
                self.fail(format!("Invalid float {}: '.' must be followed by one or more digits", shown()))
            );
        }
        match text.replace('_', "").parse::<f64>() {
            Ok(number) if number.is_infinite() && !text.ends_with("inf") => {
                Err(self.out_of_range(text, "float64"))
            }
            Ok(number) => Ok(Value::Float(number)),
            Err(_) => Err(self.fail(format!("Invalid float value: {}", shown()))),
        }
    }

    fn out_of_range(&self, text: &str, go_type: &str) -> Fault {
        self.fail(match (self.dialect >= Dialect::V1_2, go_type) {
            (true, _) => format!("{text} is out of range for {go_type}"),
            (false, "int64") => format!("Integer '{text}' is out of the range of 64-bit signed integers."),
            (false, _) => {
                format!("Float '{text}' is out of the range of 64-bit IEEE-754 floating-point numbers.")
            }
        })
    }

    // `numUnderscoresOK` of parse.go. 0.3.1 lets any character but `_` stand beside one, its sign
    // too; from 0.4.1 on it must be a hexadecimal digit.
    fn underscores_ok(&self, text: &str) -> bool {
        if matches!(text.trim_start_matches(['+', '-']), "inf" | "nan") {
            return true;
        }
        let old = self.dialect.is_old();
        let mut after_digit = false;
        for c in text.chars() {
            if c == '_' && !after_digit {
                return false;
            }
            after_digit = if old { c != '_' } else { c.is_ascii_hexdigit() };
        }
        after_digit
    }
}

// `numHasLeadingZero` of parse.go. 0.3.1 has no such rule: `pids_limit = 0755` was read as 755
// up to CRI-O 1.21 and stops 1.22.
fn has_leading_zero(text: &str) -> bool {
    match text.as_bytes() {
        [b'0', second, ..] => !matches!(second, b'b' | b'o' | b'x'),
        [b'+' | b'-', b'0', _, ..] => true,
        _ => false,
    }
}

// `numPeriodsOK` of parse.go.
fn periods_ok(text: &str) -> bool {
    let mut after_period = false;
    for c in text.chars() {
        if after_period && !c.is_ascii_digit() {
            return false;
        }
        after_period = c == '.';
    }
    !after_period
}
