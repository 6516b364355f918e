//! Quoted text in a template.
//!
//! `UnquoteExtend` of client-go's `util/jsonpath/parser.go`: Go's `strconv.Unquote`, but single
//! quotes may be round more than one letter.

/// What a text in its quotes stands for: Go's escapes, in either kind of quotes. `None`: it is no
/// quoted text.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, quote, &mut bytes)?,
            c if c == quote => return None,
            c => bytes.extend(c.to_string().into_bytes()),
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What follows a backslash.
///
/// Octal and hexadecimal escapes make bytes, `\u` and `\U` characters; a value above a byte is a
/// fault.
fn escape(rest: &mut std::str::Chars<'_>, quote: char, bytes: &mut Vec<u8>) -> Option<()> {
    let byte = match rest.next()? {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        'x' => u8::try_from(digits(rest, 2, 16)?).ok()?,
        c @ ('u' | 'U') => {
            let number = digits(rest, if c == 'u' { 4 } else { 8 }, 16)?;
            bytes.extend(char::from_u32(number)?.to_string().into_bytes());
            return Some(());
        }
        c @ '0'..='7' => u8::try_from(c.to_digit(8)? * 64 + digits(rest, 2, 8)?).ok()?,
        c if c == quote => u8::try_from(quote).ok()?,
        _ => return None,
    };
    bytes.push(byte);
    Some(())
}

/// `None` as well where there are fewer digits.
fn digits(rest: &mut std::str::Chars<'_>, count: usize, base: u32) -> Option<u32> {
    (0..count).try_fold(0u32, |number, _| number.checked_mul(base)?.checked_add(rest.next()?.to_digit(base)?))
}
