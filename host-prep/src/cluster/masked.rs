//! What kubeadm says of a configuration that it was given, without the secrets in it.
//!
//! It quotes what it refuses: a token that has not the form of one is known by no form, but by the
//! field it stands in.

use std::time::Duration;

use crate::ground::secret::{is_no_secret, is_secret_name};
use crate::ground::show::without_forms;
use crate::{StepTitle, Watch};

const MASK: &str = "***";
/// What is as short as that stands in other words, too.
const SHORTEST: usize = 4;

/// The values of the secret fields of a configuration.
#[derive(Debug, Default)]
pub(super) struct Masks(Vec<String>);

impl Masks {
    /// Read word by word, since it may be no YAML at all.
    pub(super) fn of(config: &[u8]) -> Self {
        let text = String::from_utf8_lossy(config).replace(['"', '\''], "");
        let breaks = |c: char| c.is_whitespace() || "[]{},".contains(c);
        let mut words = text.split(breaks).filter(|word| !word.is_empty()).peekable();
        let (mut found, mut before) = (Vec::new(), "");
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once(':') {
                // JSON may have a blank before the colon.
                Some(("", value)) => (before, value),
                Some(both) => both,
                None => {
                    before = word;
                    continue;
                }
            };
            if !is_secret_name(name) {
                continue;
            }
            // What stands before a value in YAML: the sign of a block, an anchor, a tag.
            let is_mark = |word: &str| word.starts_with(['>', '|', '&', '!']);
            let stands_next = value.is_empty() || is_mark(value);
            while stands_next && words.next_if(|word| is_mark(word)).is_some() {}
            let value = if stands_next { words.peek().copied().unwrap_or_default() } else { value };
            let parts = [Some(value), value.split_once('.').map(|(_, secret)| secret)];
            let secret = |part: &&str| part.len() >= SHORTEST && !is_no_secret(part);
            found.extend(parts.into_iter().flatten().filter(secret).map(str::to_owned));
        }
        // What is part of another goes after it.
        found.sort_by_key(|one| std::cmp::Reverse(one.len()));
        Self(found)
    }

    pub(super) fn hide(&self, text: &str) -> String {
        let masked = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
        without_forms(&masked)
    }
}

/// Hears what another one hears, without secrets.
pub(super) struct Masked<'a> {
    pub(super) masks: &'a Masks,
    pub(super) watch: &'a mut dyn Watch,
}

impl Watch for Masked<'_> {
    fn said(&mut self, line: &str) {
        self.watch.said(&self.masks.hide(line));
    }

    fn step(&mut self, step: StepTitle<'_>, of: usize) {
        self.watch.step(step, of);
    }

    fn undo(&mut self, subject: &str) {
        self.watch.undo(subject);
    }

    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        self.watch.stops()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_token_is_hidden_however_it_is_written() {
        for config in [
            "bootstrapTokens:\n- token: abcdef.SECRETSECRET\n",
            "bootstrapTokens: [{\"token\":\"abcdef.SECRETSECRET\"}]\n",
            "token:\n  abcdef.SECRETSECRET\ncertificateKey: 'no'\n",
            "token: [abcdef.SECRETSECRET\n",
            "token: >-\n  abcdef.SECRETSECRET\n",
            "token: |\n  abcdef.SECRETSECRET\n",
            "token: &own !!str abcdef.SECRETSECRET\n",
            "{\"token\" : \"abcdef.SECRETSECRET\"}",
            "{\"token\" :\"abcdef.SECRETSECRET\"}",
        ] {
            let said = "token: Invalid value: \"abcdef.SECRETSECRET\": not SECRETSECRET";
            let shown = Masks::of(config.as_bytes()).hide(said);
            assert_eq!(shown, "token: Invalid value: \"***\": not ***", "{config}");
        }
        let shown = Masks::default().hide("the token \"abcdef.0123456789abcdef\" is expired");
        assert_eq!(shown, "the token \"***\" is expired");
        let config = "kind: ClusterConfiguration\nclusterName: SECRETSECRET\n";
        assert_eq!(Masks::of(config.as_bytes()).hide("SECRETSECRET"), "SECRETSECRET");
    }
}
