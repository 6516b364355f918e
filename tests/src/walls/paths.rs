//! The paths in code: what it names of its own crate, and what a module hands on.

/// A path as it is written, and the name under which a `use` knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Named {
    pub(super) path: Vec<String>,
    /// `None` outside of a `use`.
    pub(super) alias: Option<String>,
}

/// Words and punctuation of `code`.
fn tokens(code: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let take = if word > 0 {
            word
        } else if rest.starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        if !c.is_whitespace() {
            all.push(&rest[..take]);
        }
        rest = &rest[take..];
    }
    all
}

/// Every `use` of `code`, taken apart, and every other path of two words or more.
pub(super) fn named(code: &str) -> (Vec<Named>, Vec<Named>) {
    let all = tokens(code);
    let (mut uses, mut others) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < all.len() {
        // `impl Trait + use<'a>` imports nothing.
        if all[at] == "use" && all.get(at + 1) != Some(&"<") {
            at = branch(&all, at + 1, &[], &mut uses);
            continue;
        }
        let visibility = at > 0
            && (all[at - 1] == "(" && all.get(at.wrapping_sub(2)) == Some(&"pub") || all[at - 1] == "in");
        let start = at;
        let mut path = Vec::new();
        while is_word(all[at]) {
            path.push(all[at].to_owned());
            if all.get(at + 1) != Some(&"::") || !all.get(at + 2).is_some_and(|next| is_word(next)) {
                break;
            }
            at += 2;
        }
        if path.len() > 1 && !visibility {
            others.push(Named { path, alias: None });
        }
        at = at.max(start) + 1;
    }
    (uses, others)
}

/// One tree of a `use`, from `at` on. Where it ends.
fn branch(all: &[&str], mut at: usize, above: &[String], found: &mut Vec<Named>) -> usize {
    let mut path = above.to_vec();
    while at < all.len() {
        match all[at] {
            "{" => {
                at += 1;
                while at < all.len() && all[at] != "}" {
                    let next = branch(all, at, &path, found);
                    // What is no import does not hold it up.
                    let stuck = next == at || all.get(next) == Some(&",");
                    at = next + usize::from(stuck);
                }
                return at + 1;
            }
            "::" => at += 1,
            "," | "}" | ";" => break,
            "as" => {
                let alias = all.get(at + 1).map(|word| (*word).to_owned());
                found.push(Named { path: without_self(path), alias });
                return at + 2;
            }
            word => {
                path.push(word.to_owned());
                at += 1;
            }
        }
    }
    if path.len() > above.len() {
        let path = without_self(path);
        let alias = path.last().cloned();
        found.push(Named { path, alias });
    }
    at
}

/// `a::{self}` is `a`.
fn without_self(mut path: Vec<String>) -> Vec<String> {
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    path
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The names that `code` defines at any depth: enough to know what a glob brings.
pub(super) fn defined(code: &str) -> Vec<String> {
    const KINDS: &[&str] = &["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
    let all = tokens(code);
    let pairs = all.windows(2).filter(|pair| KINDS.contains(&pair[0]) && is_word(pair[1]));
    pairs.map(|pair| pair[1].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_that_captures_imports_nothing() {
        let (uses, _) =
            named("fn f() -> impl Iterator<Item = u8> + use<> { let a = b; } use crate::a::{b, c};");
        let paths: Vec<String> = uses.iter().map(|named| named.path.join("::")).collect();
        assert_eq!(paths, ["crate::a::b", "crate::a::c"]);
        assert_eq!(named("use a::{b; c}").0.len(), 2);
    }
}
