//! The words of a component's command line, read as spf13/pflag reads them.
//!
//! pflag takes `--name=value`, `--name value` and, for flags that have a value without one (bool,
//! count), `--name` alone; a flag that is not known could be either, so what follows it is read as
//! a word of its own.

use super::{Component, Refused};
use crate::version::Minor;

impl Component {
    /// What it exits at, of the words of a command line; each index is that of a word. A word that is no
    /// flag is none's business here.
    #[must_use]
    pub fn refuses_words<'a>(self, minor: Minor, words: impl IntoIterator<Item = &'a str>) -> Vec<Refused> {
        let (mut flags, mut places, mut found) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = words.into_iter().enumerate();
        while let Some((index, word)) = rest.next() {
            let Some(long) = word.strip_prefix("--") else {
                let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) else { continue };
                match verbosity(short, &mut rest) {
                    Ok(value) => {
                        flags.push(("v", value));
                        places.push(index);
                    }
                    Err(text) => {
                        let refused = self.cannot_read(text, "write --v=NUMBER, or flags with two dashes");
                        found.push(Refused { index, ..refused });
                        // Nothing behind it was read.
                        break;
                    }
                }
                continue;
            };
            // What follows is no flag any more.
            if long.is_empty() {
                break;
            }
            let flag = match (long.split_once('='), self.takes_a_word(minor, long)) {
                (Some(pair), _) => pair,
                (None, Some(true)) => match rest.next() {
                    Some((_, value)) => (long, value),
                    None => {
                        let text = format!("flag needs an argument: --{long}");
                        let refused = self.cannot_read(text, "write a value beside it, after `=`");
                        found.push(Refused { index, ..refused });
                        break;
                    }
                },
                // `NoOptDefVal` of pflag: the next word is then never its value, so `--profiling
                // false` sets it to true.
                (None, Some(false)) => (long, "true"),
                // Nobody knows whether the next word is its value.
                (None, None) => (long, ""),
            };
            flags.push(flag);
            places.push(index);
        }
        let refused = self.refuses(minor, flags).into_iter();
        found.splice(0..0, refused.map(|one| Refused { index: places[one.index], ..one }));
        found
    }
}

/// The value of `-v`, the one flag besides help that a component has a letter for
/// (`parseSingleShortArg` of spf13/pflag); an error is what it exits with.
fn verbosity<'a>(
    short: &'a str,
    rest: &mut impl Iterator<Item = (usize, &'a str)>,
) -> Result<&'a str, String> {
    let Some(value) = short.strip_prefix('v') else {
        let letter = short.chars().next().unwrap_or_default();
        if letter == 'h' {
            return Err("pflag: help requested".to_owned());
        }
        return Err(format!("unknown shorthand flag: '{letter}' in -{short}"));
    };
    // `-v=2`, `-v2` and `-v 2` are the same to pflag.
    if let Some(value) = value.strip_prefix('=').filter(|value| !value.is_empty()) {
        return Ok(value);
    }
    if !value.is_empty() {
        return Ok(value);
    }
    rest.next().map(|(_, value)| value).ok_or_else(|| format!("flag needs an argument: 'v' in -{short}"))
}
