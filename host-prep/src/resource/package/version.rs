//! Order of package versions, as rpm and dpkg have it.

use std::cmp::Ordering;

/// Compares two rpm versions with their releases and epochs (`[epoch:]version-release`), as
/// `rpm.vercmp` does.
///
/// ```
/// use std::cmp::Ordering;
/// use host_prep::package::compare_rpm;
///
/// assert_eq!(compare_rpm("1.34.10-1", "1.34.9-150500.1.1"), Ordering::Greater);
/// assert_eq!(compare_rpm("1.34.0~rc1-1", "1.34.0-1"), Ordering::Less);
/// ```
#[must_use]
pub fn compare_rpm(one: &str, other: &str) -> Ordering {
    let split = |text: &str| {
        let (epoch, rest) = epoch(text);
        let (version, release) = rest.split_once('-').unwrap_or((rest, ""));
        (epoch, version.to_owned(), release.to_owned())
    };
    let ((e1, v1, r1), (e2, v2, r2)) = (split(one), split(other));
    e1.cmp(&e2).then_with(|| rpm_part(v1.as_bytes(), v2.as_bytes())).then_with(|| match (&*r1, &*r2) {
        // Who names no release means any.
        ("", _) | (_, "") => Ordering::Equal,
        (r1, r2) => rpm_part(r1.as_bytes(), r2.as_bytes()),
    })
}

/// Compares two Debian versions (`[epoch:]upstream[-revision]`), as `dpkg --compare-versions` does.
///
/// ```
/// use std::cmp::Ordering;
/// use host_prep::package::compare_deb;
///
/// assert_eq!(compare_deb("1.34.2-1.1", "1.34.10-1.1"), Ordering::Less);
/// assert_eq!(compare_deb("1:0", "9"), Ordering::Greater);
/// ```
#[must_use]
pub fn compare_deb(one: &str, other: &str) -> Ordering {
    let split = |text: &str| {
        let (epoch, rest) = epoch(text);
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
        (epoch, upstream.to_owned(), revision.to_owned())
    };
    let ((e1, u1, r1), (e2, u2, r2)) = (split(one), split(other));
    let parts =
        || deb_part(u1.as_bytes(), u2.as_bytes()).then_with(|| deb_part(r1.as_bytes(), r2.as_bytes()));
    e1.cmp(&e2).then_with(parts)
}

fn epoch(text: &str) -> (u64, &str) {
    match text.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
        None => (0, text),
    }
}

/// rpm goes from segment to segment, each all digits or all letters; what stands between only
/// separates. `~` sorts before everything, the end included; `^` after the end and before
/// everything else.
fn rpm_part(mut one: &[u8], mut other: &[u8]) -> Ordering {
    let separates = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'~' && *byte != b'^';
    loop {
        one = &one[one.iter().take_while(|byte| separates(byte)).count()..];
        other = &other[other.iter().take_while(|byte| separates(byte)).count()..];
        match (one.first(), other.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => (one, other) = (&one[1..], &other[1..]),
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (Some(b'^'), None) => return Ordering::Greater,
            (None, Some(b'^')) => return Ordering::Less,
            (Some(b'^'), _) => return Ordering::Less,
            (_, Some(b'^')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (Some(_), None) => return Ordering::Greater,
            (None, Some(_)) => return Ordering::Less,
            (Some(first), Some(_)) => {
                let digits = first.is_ascii_digit();
                let (a, rest) = segment(one, digits);
                let (b, rest_of_other) = segment(other, digits);
                (one, other) = (rest, rest_of_other);
                let order = match (digits, b.is_empty()) {
                    // Digits are newer than letters.
                    (true, true) => Ordering::Greater,
                    (false, true) => Ordering::Less,
                    (true, false) => number(a, b),
                    (false, false) => a.cmp(b),
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

fn segment(text: &[u8], digits: bool) -> (&[u8], &[u8]) {
    let within = |byte: &&u8| if digits { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() };
    text.split_at(text.iter().take_while(within).count())
}

/// Digits without a limit to their number.
fn number(one: &[u8], other: &[u8]) -> Ordering {
    let plain = |text: &[u8]| text[text.iter().take_while(|byte| **byte == b'0').count()..].to_vec();
    let (one, other) = (plain(one), plain(other));
    one.len().cmp(&other.len()).then_with(|| one.cmp(&other))
}

/// dpkg takes turns: a part without digits by its own alphabet (`~`, the end, letters, the rest),
/// then a number.
fn deb_part(mut one: &[u8], mut other: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    while !one.is_empty() || !other.is_empty() {
        let plain = |text: &[u8]| text.first().is_some_and(|byte| !byte.is_ascii_digit());
        while plain(one) || plain(other) {
            let order = weight(one.first()).cmp(&weight(other.first()));
            if order != Ordering::Equal {
                return order;
            }
            (one, other) = (one.get(1..).unwrap_or_default(), other.get(1..).unwrap_or_default());
        }
        let ((a, rest), (b, rest_of_other)) = (segment(one, true), segment(other, true));
        (one, other) = (rest, rest_of_other);
        let order = number(a, b);
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn rpm_order_of_what_repositories_hold() {
        let cases = [
            ("1.0", "1.0", Equal),
            ("1.0", "1.0.1", Less),
            ("1.0a", "1.0", Greater),
            ("1.0", "1.0.a", Less),
            ("2a", "2.0", Less),
            ("1.05", "1.5", Equal),
            ("1_0", "1.0", Equal),
            ("1.0~rc1", "1.0", Less),
            ("1.0^git1", "1.0", Greater),
            ("1.0^git1", "1.01", Less),
            ("1.0~rc1^git1", "1.0~rc1", Greater),
            ("1:1-1", "2-1", Greater),
            ("1.34.2", "1.34.2-150500.1.1", Equal),
            ("99999999999999999999999", "100000000000000000000000", Less),
        ];
        for (one, other, order) in cases {
            assert_eq!(compare_rpm(one, other), order, "{one} {other}");
            assert_eq!(compare_rpm(other, one), order.reverse(), "{other} {one}");
        }
    }

    #[test]
    fn debian_order_of_what_repositories_hold() {
        let cases = [
            ("1.0", "1.0-0", Equal),
            ("1.0-1", "1.0-1.1", Less),
            ("1.0~rc1-1", "1.0-1", Less),
            ("1.0a", "1.0+b", Less),
            ("1.0", "1.0a", Less),
            ("0:1", "1", Equal),
            ("1.15.1-00", "1.15.1-0", Equal),
            ("1.0-~", "1.0-", Less),
        ];
        for (one, other, order) in cases {
            assert_eq!(compare_deb(one, other), order, "{one} {other}");
            assert_eq!(compare_deb(other, one), order.reverse(), "{other} {one}");
        }
    }
}
