//! How json-iterator passes over a value (`iter_skip.go`, `iter_skip_strict.go`).
//!
//! Used for fields that a struct does not have and for types with a reader of their own. Skipping
//! checks less than reading, and kubeadm up to 1.22 accepts what slips through, so the same slips
//! through here: in a value of an unknown key only its brackets, texts and numbers are looked at.

use super::reader::Reader;

impl<'a> Reader<'a> {
    /// Passes over a value, and gives its bytes.
    pub(super) fn captured(&mut self) -> &'a [u8] {
        let start = self.head;
        self.skip();
        self.text.get(start..self.head).unwrap_or_default()
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) {
        match self.token() {
            b'"' => self.skip_string(),
            b'n' => self.word("ull"),
            b't' => self.word("rue"),
            b'f' => self.word("alse"),
            b'0' => {
                self.unread();
                self.float(32);
            }
            b'-' | b'1'..=b'9' => self.skip_number(),
            b'[' => self.skip_array(),
            b'{' => self.skip_object(),
            other => self.report("Skip", format!("do not know how to skip: {other}")),
        }
    }

    /// The fast path looks for the closing quote; with an escape the text is read after all.
    fn skip_string(&mut self) {
        let rest = &self.text[self.head..];
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
        match stop.map(|stop| (stop, rest[stop])) {
            Some((stop, b'"')) => self.head += stop + 1,
            Some((_, control @ 0..=0x1f)) => {
                self.report("trySkipString", format!("invalid control character found: {control}"));
            }
            _ => {
                self.unread();
                self.string();
            }
        }
    }

    /// Of a number with an exponent, or a fault, the value is tried; json-iterator does so with
    /// `ReadFloat64` and a big number behind it.
    fn skip_number(&mut self) {
        if self.skip_plain_number() {
            return;
        }
        self.unread();
        if self.failed() {
            return;
        }
        self.float(64);
        if self.failed() {
            // It then reads the number as one of any size, but from behind it.
            self.trouble = None;
            self.number_text();
        }
    }

    /// Passes digits with at most one point; false if there is more to it.
    fn skip_plain_number(&mut self) -> bool {
        let mut point = false;
        for at in self.head..self.text.len() {
            match self.text[at] {
                b'0'..=b'9' => {}
                b'.' => {
                    if point {
                        self.report("validateNumber", "more than one dot found in number");
                        return true;
                    }
                    match self.text.get(at + 1) {
                        None => return false,
                        Some(b'0'..=b'9') => point = true,
                        Some(_) => {
                            self.report("validateNumber", "missing digit after dot");
                            return true;
                        }
                    }
                }
                b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r' => {
                    let some = self.head != at;
                    self.head = at;
                    return some;
                }
                _ => return false,
            }
        }
        false
    }

    /// The opening bracket was taken to tell what comes; it is given back and read once more as Go
    /// does, which matters where there is trouble already: then nothing is given back.
    fn skip_array(&mut self) {
        self.unread();
        match self.token() {
            b'[' => {}
            b'n' => return self.word("ull"),
            other => return self.unexpected("ReadArrayCB", "expect [ or n, but found ", other),
        }
        if self.token() == b']' {
            return;
        }
        self.unread();
        loop {
            self.skip();
            match self.token() {
                b',' => {}
                b']' => return,
                other => return self.unexpected("ReadArrayCB", "expect ] in the end, but found ", other),
            }
        }
    }

    /// Keys are read like texts, so that `null` passes for a key.
    fn skip_object(&mut self) {
        self.unread();
        match self.token() {
            b'{' => {}
            b'n' => return self.word("ull"),
            other => return self.unexpected("ReadObjectCB", "expect { or n, but found ", other),
        }
        match self.token() {
            b'"' => self.unread(),
            b'}' => return,
            other => return self.unexpected("ReadObjectCB", "expect \" after {, but found ", other),
        }
        loop {
            self.string();
            self.colon();
            self.skip();
            match self.token() {
                b',' => {}
                b'}' => return,
                _ => return self.report("ReadObjectCB", "object not ended with }"),
            }
        }
    }
}
