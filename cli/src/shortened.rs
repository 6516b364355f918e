//! Values in messages: a message repeats what was given, and what was given may be a whole file.
//!
//! A terminal would scroll the message away, and a log with a line of a MiB is cut somewhere by
//! others. Only messages are shortened: results on stdout have every value whole.

use std::borrow::Cow;

/// A word of more characters is cut: no path, digest or URL of a working host is as long.
const LONGEST: usize = 1024;
/// What is shown of one that is.
const SHOWN: usize = 64;

/// The text with every word that is too long cut: its beginning, and how many characters it has.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    let long = |word: &str| word.len() > LONGEST && word.chars().count() > LONGEST;
    if text.len() <= LONGEST || !text.split_inclusive(char::is_whitespace).any(long) {
        return Cow::Borrowed(text);
    }
    let mut cut = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        if !long(word) {
            cut.push_str(word);
            continue;
        }
        // Quotes and what ends a sentence are no part of the value.
        let value = word.trim_matches(|c: char| c.is_whitespace() || "\"'`,;:()".contains(c));
        let value = if value.is_empty() { word.trim_end() } else { value };
        let (before, after) = word.split_once(value).unwrap_or_default();
        let start: String = value.chars().take(SHOWN).collect();
        cut.push_str(&format!("{before}{start}...({} characters){after}", value.chars().count()));
    }
    Cow::Owned(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_whole_file_is_cut_and_measured() {
        let value = "é".repeat(100_000);
        let cut = shortened(&format!("invalid value \"{value}\", for\n--x")).into_owned();
        assert_eq!(cut, format!("invalid value \"{}...(100000 characters)\", for\n--x", "é".repeat(SHOWN)));
    }

    #[test]
    fn what_people_write_stays() {
        let text = format!("{} and {}", "a ".repeat(2000), "x".repeat(LONGEST));
        assert_eq!(shortened(&text), text);
    }
}
