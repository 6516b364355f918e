//! Documents as trees that can be written in several styles and made smaller.

use std::fmt::Write as _;

use super::dress::Dress;
use super::random::Random;

/// A value of a document. A scalar is its YAML text, quoted already where it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "YAML has these three shapes")]
pub enum Tree {
    /// `12`, `"a b"`, `~` ...
    Scalar(String),
    /// Keys as YAML texts; one may stand twice.
    Map(Vec<(String, Tree)>),
    /// Items.
    List(Vec<Tree>),
}

impl Tree {
    /// A text, quoted unless it is harmless.
    pub fn text(text: &str, random: &mut Random) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
        let harmless =
            text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') && text.chars().all(plain);
        let simple = text.chars().all(|c| !c.is_control() && !"\u{feff}\u{85}\u{2028}\u{2029}".contains(c));
        Self::Scalar(if harmless && !text.ends_with(':') && random.percent(80) {
            text.to_owned()
        } else if simple && random.percent(30) {
            format!("'{}'", text.replace('\'', "''"))
        } else {
            serde_json::Value::from(text).to_string()
        })
    }

    /// Every tree that is this one with one thing less: a key, an item, or a scalar made plainer.
    pub fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Scalar(text) => {
                let plainer = ["a", "~"].iter().filter(|plain| *plain != text && text.len() > 1);
                plainer.map(|plain| Self::Scalar((*plain).to_owned())).chain(shorter(text)).collect()
            }
            Self::Map(entries) => {
                let without = without_one(entries).into_iter().map(Self::Map);
                let inner = entries.iter().enumerate().flat_map(|(at, (key, value))| {
                    value.smaller().into_iter().map(move |value| {
                        let mut entries = entries.clone();
                        entries[at] = (key.clone(), value);
                        Self::Map(entries)
                    })
                });
                without.chain(inner).collect()
            }
            Self::List(items) => {
                let without = without_one(items).into_iter().map(Self::List);
                let inner = items.iter().enumerate().flat_map(|(at, item)| {
                    item.smaller().into_iter().map(move |item| {
                        let mut items = items.clone();
                        items[at] = item;
                        Self::List(items)
                    })
                });
                without.chain(inner).collect()
            }
        }
    }

    /// Writes it as block YAML.
    pub fn block(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        match self {
            Self::Scalar(text) => {
                let _ = writeln!(out, "{pad}{text}");
            }
            Self::Map(entries) if entries.is_empty() => {
                let _ = writeln!(out, "{pad}{{}}");
            }
            Self::List(items) if items.is_empty() => {
                let _ = writeln!(out, "{pad}[]");
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    let _ = write!(out, "{pad}{key}:");
                    value.write_after(indent + 2, out);
                }
            }
            Self::List(items) => {
                for item in items {
                    let _ = write!(out, "{pad}-");
                    item.write_after(indent + 2, out);
                }
            }
        }
    }

    /// Behind a key or a dash: a scalar on the same line, the rest below.
    fn write_after(&self, indent: usize, out: &mut String) {
        match self {
            Self::Map(entries) if !entries.is_empty() => {
                out.push('\n');
                self.write(indent, out);
            }
            Self::List(items) if !items.is_empty() => {
                out.push('\n');
                self.write(indent, out);
            }
            _ => {
                out.push(' ');
                self.write(0, out);
            }
        }
    }
}

/// A scalar in double quotes cut to either half.
fn shorter(text: &str) -> Vec<Tree> {
    let Ok(serde_json::Value::String(inner)) = serde_json::from_str(text) else { return Vec::new() };
    let chars: Vec<char> = inner.chars().collect();
    if chars.len() < 2 {
        return Vec::new();
    }
    let half = chars.len() / 2;
    let cuts = [&chars[..half], &chars[half..], &chars[1..], &chars[..chars.len() - 1]];
    cuts.iter()
        .map(|cut| Tree::Scalar(serde_json::Value::from(cut.iter().collect::<String>()).to_string()))
        .collect()
}

fn without_one<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    (0..items.len()).map(|at| items[..at].iter().chain(&items[at + 1..]).cloned().collect()).collect()
}

/// A file of several documents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a file is its documents")]
pub struct File {
    /// The documents in order.
    pub documents: Vec<Tree>,
    /// How they are written.
    pub dress: Dress,
}

impl File {
    /// The text of the file.
    pub fn text(&self) -> String {
        self.dress.on(&self.documents)
    }

    /// Every file with one thing less.
    pub fn smaller(&self) -> Vec<Self> {
        let with = |documents| Self { documents, dress: self.dress.clone() };
        let plainer = |dress| Self { documents: self.documents.clone(), dress };
        let mut files: Vec<Self> = self.dress.plainer().into_iter().map(plainer).collect();
        if self.documents.len() > 1 {
            files.extend(without_one(&self.documents).into_iter().map(with));
        }
        for (at, document) in self.documents.iter().enumerate() {
            files.extend(document.smaller().into_iter().map(|smaller| {
                let mut documents = self.documents.clone();
                documents[at] = smaller;
                with(documents)
            }));
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(text: &str) -> Tree {
        Tree::Scalar(text.to_owned())
    }

    #[test]
    fn trees_are_written_as_blocks() {
        let entry = |key: &str, value| (key.to_owned(), value);
        let tree = Tree::Map(vec![
            entry(
                "a",
                Tree::List(vec![
                    scalar("1"),
                    Tree::Map(vec![entry("b", scalar("~")), entry("c", Tree::Map(vec![]))]),
                ]),
            ),
            entry("d", Tree::List(vec![])),
        ]);
        let text = tree.block();
        assert_eq!(text, "a:\n  - 1\n  -\n    b: ~\n    c: {}\nd: []\n");
    }

    #[test]
    fn what_is_smaller_lacks_one_thing() {
        let tree = Tree::Map(vec![("a".into(), scalar("b")), ("c".into(), Tree::List(vec![scalar("d")]))]);
        let smaller: Vec<String> = tree.smaller().iter().map(Tree::block).collect();
        assert_eq!(smaller, ["c:\n  - d\n", "a: b\n", "a: b\nc: []\n"]);
    }
}
