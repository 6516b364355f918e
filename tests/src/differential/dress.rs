//! How the documents of a file are written: in blocks, in braces or as JSON, with what is legal
//! around them, and spoilt.

use super::random::Random;
use super::tree::Tree;

/// How a file is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what the grammar chooses")]
pub struct Dress {
    /// How each document is written.
    pub style: Style,
    /// What stands before the first document; none stands for nothing.
    pub before: Option<&'static str>,
    /// What stands between two documents; none stands for a plain separator.
    pub between: Option<&'static str>,
    /// What stands behind the last document.
    pub after: Option<&'static str>,
    /// Whether lines end with a carriage return, too.
    pub carriage_returns: bool,
    /// What is done to the text.
    pub damage: Vec<Damage>,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what the grammar chooses")]
pub enum Style {
    /// Block YAML.
    #[default]
    Block,
    /// Lists and maps below the first level in braces.
    Flow,
    /// JSON on one line, which kubeadm reads in another way.
    Json,
}

/// A piece put in or taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what the grammar chooses")]
pub struct Damage {
    /// Where, in ten thousandths of the text.
    pub at: usize,
    /// How many characters are taken out.
    pub without: usize,
    /// What is put in.
    pub with: &'static str,
}

const BEFORE: &[&str] =
    &["---\n", "# a comment\n", "--- # one\n", "\u{feff}", "\n", "%YAML 1.1\n---\n", "---\n---\n"];
const BETWEEN: &[&str] = &[
    "--- \n",
    "---\t\n",
    "---\n---\n",
    "--- # two\n",
    "...\n---\n",
    "\n---\n\n",
    "# a\n---\n# b\n",
    "---\r\n",
    "--- a\n",
    "----\n",
    " ---\n",
];
const AFTER: &[&str] = &["---\n", "# the end\n", "...\n", "---\n# a\n", "\n\n", " ", "---"];
const PIECES: &[&str] = &[
    "",
    " ",
    "\t",
    "\n",
    "  ",
    "\n  ",
    "- ",
    ": ",
    ":",
    ",",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    "# ",
    " #",
    "&a ",
    "*a ",
    "*a",
    "!!str ",
    "!!int ",
    "! ",
    "| ",
    "|\n",
    ">-\n",
    "? ",
    "%",
    "@",
    "`",
    "\\",
    "~",
    "0",
    "-",
    ".",
    "---\n",
    "...\n",
    "<<: ",
    "<<: *a\n",
    "\u{0}",
    "\u{7}",
    "\u{feff}",
    "\u{85}",
    "\u{a0}",
    "\u{e9}",
    "\u{2028}",
    "\u{fffe}",
    "\r",
    "!!binary ",
    "!!timestamp ",
    "=",
    "yes",
    "0x",
];

impl Dress {
    /// Any but the plain one; a wild one is damaged most of the time.
    pub fn any(wild: bool, random: &mut Random) -> Self {
        let some = |pieces: &'static [&'static str], random: &mut Random| {
            random.percent(20).then(|| *random.pick(pieces))
        };
        let mut dress = Self {
            style: *random.pick(&[Style::Block, Style::Block, Style::Flow, Style::Json]),
            before: some(BEFORE, random),
            between: some(BETWEEN, random),
            after: some(AFTER, random),
            carriage_returns: random.percent(5),
            damage: Vec::new(),
        };
        while wild && random.percent(50) {
            let (at, without) = (random.below(10_000), *random.pick(&[0, 0, 0, 1, 1, 2, 5, 20]));
            dress.damage.push(Damage { at, without, with: random.pick::<&str>(PIECES) });
        }
        dress
    }

    /// The documents written so.
    pub fn on(&self, documents: &[Tree]) -> String {
        let written = documents.iter().map(|document| match self.style {
            Style::Block => document.block(),
            Style::Flow => flow_root(document),
            Style::Json => json(document) + "\n",
        });
        let between = self.between.unwrap_or("---\n");
        let (before, after) = (self.before.unwrap_or_default(), self.after.unwrap_or_default());
        let mut text = before.to_owned() + &written.collect::<Vec<_>>().join(between) + after;
        if self.carriage_returns {
            text = text.replace('\n', "\r\n");
        }
        self.damage.iter().fold(text, |text, damage| damage.to(&text))
    }

    /// Every dress with one thing less.
    pub(super) fn plainer(&self) -> Vec<Self> {
        let mut plainer = vec![
            Self { style: Style::Block, ..self.clone() },
            Self { before: None, ..self.clone() },
            Self { between: None, ..self.clone() },
            Self { after: None, ..self.clone() },
            Self { carriage_returns: false, ..self.clone() },
        ];
        plainer.extend((0..self.damage.len()).map(|at| {
            let mut damage = self.damage.clone();
            damage.remove(at);
            Self { damage, ..self.clone() }
        }));
        plainer.retain(|dress| dress != self);
        plainer
    }
}

impl Damage {
    fn to(&self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let at = chars.len() * self.at / 10_000;
        let end = (at + self.without).min(chars.len());
        chars[..at].iter().copied().chain(self.with.chars()).chain(chars[end..].iter().copied()).collect()
    }
}

/// The first level as a block, the rest in braces.
fn flow_root(document: &Tree) -> String {
    match document {
        Tree::Map(entries) if !entries.is_empty() => {
            entries.iter().map(|(key, value)| format!("{key}: {}\n", flow(value))).collect()
        }
        other => flow(other) + "\n",
    }
}

fn flow(tree: &Tree) -> String {
    match tree {
        Tree::Scalar(text) => text.clone(),
        Tree::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Tree::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
    }
}

/// JSON: what is no JSON scalar already becomes a text.
fn json(tree: &Tree) -> String {
    match tree {
        Tree::Scalar(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(_) => text.clone(),
            Err(_) if text == "~" => "null".to_owned(),
            Err(_) => serde_json::Value::from(unquoted(text)).to_string(),
        },
        Tree::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", serde_json::Value::from(unquoted(key)), json(value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Tree::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
    }
}

/// A YAML scalar's text, if it is in single quotes.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    if let Some(inner) = inner {
        return inner.replace("''", "'");
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Vec<Tree> {
        let scalar = |text: &str| Tree::Scalar(text.to_owned());
        let inner =
            Tree::Map(vec![("b".to_owned(), Tree::List(vec![scalar("1"), scalar("'it''s'"), scalar("~")]))]);
        vec![Tree::Map(vec![("a".to_owned(), inner)]), Tree::Map(vec![("c".to_owned(), scalar("d"))])]
    }

    #[test]
    fn a_file_is_written_in_every_style() {
        let on = |style| Dress { style, ..Dress::default() }.on(&documents());
        assert_eq!(on(Style::Block), "a:\n  b:\n    - 1\n    - 'it''s'\n    - ~\n---\nc: d\n");
        assert_eq!(on(Style::Flow), "a: {b: [1, 'it''s', ~]}\n---\nc: d\n");
        assert_eq!(on(Style::Json), "{\"a\": {\"b\": [1,\"it's\",null]}}\n---\n{\"c\": \"d\"}\n");
    }

    #[test]
    fn damage_is_done_and_undone() {
        let damage = vec![Damage { at: 5_000, without: 1, with: "\t" }];
        let dress = Dress { between: Some("--- # two\n"), damage, ..Dress::default() };
        let text = dress.on(&documents()[1..]);
        assert_eq!(text, "c:\td\n");
        assert!(dress.plainer().contains(&Dress { damage: Vec::new(), ..dress.clone() }));
    }
}
