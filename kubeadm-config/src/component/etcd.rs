//! What etcd exits at when it starts: it reads its flags by Go's own library, and not as the
//! components of Kubernetes do.
//!
//! `1`, `t` and `true` are the same to both libraries, but Go's `flag` says `invalid boolean
//! value`, and a word that is no flag ends the reading.

use super::Refused;
use super::flags::{etcd_fault, etcd_takes_a_word};

/// A minor of etcd 3 whose flags are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Etcd {
    minor: u8,
}

impl Etcd {
    /// That of an image's tag, `3.6.4-0`; nothing where its flags are not known.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut numbers = tag.trim_start_matches('v').split('.');
        let minor = (numbers.next() == Some("3")).then(|| numbers.next()?.parse().ok())??;
        (4..=7).contains(&minor).then_some(Self { minor })
    }

    /// What it exits at, of flags by name and value, without dashes before the name.
    #[must_use]
    pub fn refuses<'a>(self, arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Refused> {
        let faults = arguments.into_iter().enumerate().filter_map(|(index, (name, value))| {
            Some(Refused { index, ..etcd_fault(self.minor, name, value)? })
        });
        faults.collect()
    }

    /// The same of the words of a command line, the program first; each index is that of a word.
    #[must_use]
    pub fn refuses_words<'a>(self, words: impl IntoIterator<Item = &'a str>) -> Vec<Refused> {
        let (mut flags, mut places) = (Vec::new(), Vec::new());
        let mut rest = words.into_iter().enumerate().skip(1);
        while let Some((index, word)) = rest.next() {
            // The first word that is no flag ends Go's `flag.Parse`: the rest are arguments.
            let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { break };
            let pair = match (flag.split_once('='), etcd_takes_a_word(self.minor, flag)) {
                (Some(pair), _) => pair,
                (None, true) => (flag, rest.next().map_or("", |(_, value)| value)),
                (None, false) => (flag, "true"),
            };
            flags.push(pair);
            places.push(index);
        }
        let refused = self.refuses(flags).into_iter();
        refused.map(|one| Refused { index: places[one.index], ..one }).collect()
    }
}
