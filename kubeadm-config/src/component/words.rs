//! The words of a component's command line, read as spf13/pflag reads them.

use super::{Component, Refused};
use crate::version::Minor;

impl Component {
    /// What it exits at, of the words of a command line; each index is that of a word. A word that is no
    /// flag is none's business here, and neither is one of a single dash.
    #[must_use]
    pub fn refuses_words<'a>(self, minor: Minor, words: impl IntoIterator<Item = &'a str>) -> Vec<Refused> {
        let (mut flags, mut places, mut found) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = words.into_iter().enumerate();
        while let Some((index, word)) = rest.next() {
            let Some(long) = word.strip_prefix("--") else { continue };
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
