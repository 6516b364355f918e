//! Command lines of units: words as systemd puts them together, and flags in them.

use std::collections::BTreeMap;

use super::unit_words::{is_name, split_words};

/// The value of `--name value` or `--name=value`, the last one given.
pub(super) fn flag<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let mut found = None;
    for (at, word) in arguments.iter().enumerate() {
        let Some(rest) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        match rest.split_once('=') {
            Some((key, value)) if key == name => found = Some(value),
            None if rest == name => found = arguments.get(at + 1).map(String::as_str).or(found),
            _ => {}
        }
    }
    found
}

/// The words of a command line, variables put in as systemd does: `$X` alone becomes any number of
/// words, `${X}` stays inside its word.
pub(super) fn expand(line: &str, environment: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    for (at, word) in split_words(line).into_iter().enumerate() {
        if at == 0 {
            // Marks before the program's path: @ - : + !
            words.push(word.trim_start_matches(['@', '-', ':', '+', '!']).to_owned());
            continue;
        }
        match word.strip_prefix('$').filter(|name| is_name(name)) {
            Some(name) => words.extend(environment.get(name).map(|v| split_words(v)).unwrap_or_default()),
            None => words.push(substitute(&word, environment)),
        }
    }
    words
}

fn substitute(word: &str, environment: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let Some((name, tail)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(environment.get(name).map_or("", String::as_str));
        rest = tail;
    }
    text.push_str(rest);
    text.replace("$$", "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_variable_becomes_words_a_braced_one_does_not() {
        let environment = BTreeMap::from([("X".to_owned(), "--a=1 '--b=2 3'".to_owned())]);
        assert_eq!(
            expand("-/usr/bin/kubelet $X --c=${X} $GONE $$", &environment),
            ["/usr/bin/kubelet", "--a=1", "--b=2 3", "--c=--a=1 '--b=2 3'", "$"]
        );
    }

    #[test]
    fn flags_in_both_spellings_the_last_one_counts() {
        let line: Vec<String> = split_words("--config=/a --v 2 --config /b -d /dir");
        assert_eq!(flag(&line, "config"), Some("/b"));
        assert_eq!(flag(&line, "d"), Some("/dir"));
        assert_eq!(flag(&line, "node-ip"), None);
    }
}
