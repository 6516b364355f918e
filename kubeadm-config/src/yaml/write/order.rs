//! The order of keys.

use std::cmp::Ordering;

use serde_json::{Map, Value};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The entries of a map as go-yaml sorts them: numbers within a key count as numbers (`a2` before
/// `a10`), letters come after everything else.
pub(super) fn sorted(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    sort(&mut entries, &|a, b| compare(a.0, b.0) == Ordering::Greater);
    entries
}

/// Whether every two keys stand as the comparison wants them.
pub(super) fn is_settled(map: &Map<String, Value>) -> bool {
    let entries = sorted(map);
    let behind =
        |at: usize| entries[at + 1..].iter().all(|later| compare(entries[at].0, later.0) == Ordering::Less);
    (0..entries.len()).all(behind)
}

/// A stable sort that needs no total order: the reference's comparison goes in circles for some
/// keys (`1e` before `4m` before `190` before `1e`), and the standard sort may panic then. Up to
/// twelve keys go through an insertion sort, as in Go, which makes circles come out as they most
/// often do there.
fn sort<T: Copy>(items: &mut [T], greater: &impl Fn(&T, &T) -> bool) {
    if items.len() <= 12 {
        for end in 1..items.len() {
            for at in (1..=end).rev() {
                if !greater(&items[at - 1], &items[at]) {
                    break;
                }
                items.swap(at - 1, at);
            }
        }
        return;
    }
    let middle = items.len() / 2;
    sort(&mut items[..middle], greater);
    sort(&mut items[middle..], greater);
    let (left, right) = (items[..middle].to_vec(), items[middle..].to_vec());
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    for item in items {
        let from_right = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => greater(left, right),
            (left, _) => left.is_none(),
        };
        let next = if from_right { right.next() } else { left.next() };
        // The two halves hold as many items as the whole.
        *item = next.copied().unwrap_or(*item);
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    if shared == a.len() || shared == b.len() {
        return a.len().cmp(&b.len());
    }
    let mut start = shared;
    while !a.is_char_boundary(start) {
        start -= 1;
    }
    let (Some(left), Some(right)) = (a[start..].chars().next(), b[start..].chars().next()) else {
        return Ordering::Equal;
    };
    match (is_letter(left), is_letter(right)) {
        (true, true) => return left.cmp(&right),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero that differs counts only within a number, not before one.
    let within = (left == '0' || right == '0')
        && a[..start].chars().rev().take_while(|c| is_digit(*c)).any(|c| c != '0');
    let left_number = number(&a[start..], within.into());
    let right_number = number(&b[start..], within.into());
    left_number.cmp(&right_number).then(left.cmp(&right))
}

/// The digits at the start of the text as a number after `before`, and how many there are.
fn number(text: &str, before: i64) -> (i64, usize) {
    text.chars().take_while(|c| is_digit(*c)).fold((before, 0), |(number, count), digit| {
        let value = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
        (number.wrapping_mul(10).wrapping_add(value), count + 1)
    })
}

/// Go's `unicode.IsLetter`.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Letter
}

/// Go's `unicode.IsDigit`.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.general_category() == GeneralCategory::DecimalNumber
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_order() {
        let keys =
            ["", "-", "_a", "1", "2", "10", "A", "a", "a-b", "a0", "a1", "a01", "a2", "a10", "ab", "aä", "b"];
        for (at, left) in keys.iter().enumerate() {
            for right in &keys[at + 1..] {
                assert_eq!(compare(left, right), Ordering::Less, "{left} {right}");
                assert_eq!(compare(right, left), Ordering::Greater, "{right} {left}");
            }
        }
    }

    #[test]
    fn some_keys_go_in_circles() {
        let map = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        assert!(is_settled(&map(&["a2", "a10", "-", "kind", "4m"])));
        assert!(!is_settled(&map(&["1e", "4m", "190"])));
    }

    #[test]
    fn an_order_that_overflows_does_not_panic() {
        let keys: Map<String, Value> =
            (0..200u32).map(|n| (format!("{}{}", "9".repeat(n as usize % 40), n), Value::Null)).collect();
        assert_eq!(sorted(&keys).len(), 200);
    }
}
