//! `strconv.Atoi`.
//!
//! kubeadm reads the masks of node subnets with it (`getClusterNodeMask`), and its message has
//! these words.

use super::quote;

/// A text that is no whole number, in the words of Go's `strconv`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strconv.Atoi: parsing {}: {}", quote(.given), if *.too_great { "value out of range" } else { "invalid syntax" })]
pub(crate) struct InvalidInt {
    given: String,
    too_great: bool,
}

/// A decimal number with or without a sign, of 64 bits.
pub(crate) fn atoi(text: &str) -> Result<i64, InvalidInt> {
    let fail = |too_great| InvalidInt { given: text.to_owned(), too_great };
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (if text.starts_with('-') { -1 } else { 1 }, digits),
        None => (1, text),
    };
    if digits.is_empty() {
        return Err(fail(false));
    }
    let mut number = 0_u64;
    for byte in digits.bytes() {
        let digit = if byte.is_ascii_digit() { byte - b'0' } else { return Err(fail(false)) };
        // What overflows is refused before the rest is looked at.
        number =
            number.checked_mul(10).and_then(|n| n.checked_add(digit.into())).ok_or_else(|| fail(true))?;
    }
    // The range is that of 64 bits also where Go's fast path takes short texts.
    i64::try_from(sign * i128::from(number)).map_err(|_| fail(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_refuses_as_go_does() {
        assert_eq!(atoi("+024"), Ok(24));
        assert_eq!(atoi("-9223372036854775808"), Ok(i64::MIN));
        let say = |text: &str| atoi(text).unwrap_err().to_string();
        assert_eq!(say("2_4"), r#"strconv.Atoi: parsing "2_4": invalid syntax"#);
        assert_eq!(
            say("99999999999999999999x"),
            r#"strconv.Atoi: parsing "99999999999999999999x": value out of range"#
        );
        assert_eq!(say(""), r#"strconv.Atoi: parsing "": invalid syntax"#);
        assert_eq!(
            say("9223372036854775808"),
            r#"strconv.Atoi: parsing "9223372036854775808": value out of range"#
        );
    }
}
