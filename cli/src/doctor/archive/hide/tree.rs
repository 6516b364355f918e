//! Secrets by the structure of a document: kubeconfigs, kubeadm's documents, pods, registries' logins,
//! Secrets, the encryption of etcd, lines of the journal.
//!
//! YAML is read with places, and what is hidden is replaced in the text itself: comments, order
//! and lines stay, so that a finding's line is right in the archive too. Files that are no YAML,
//! or damaged, are left to the forms of `line`.

use std::ops::Range;
use std::path::Path;

use kubeadm_config::yaml::{self, Base, Data, Node, SplitRules};

use super::field::{is_harmless, is_secret, stand_in};
use super::{Hidden, MASK, count, pem};

/// As the manifest counts them.
const KIND: &str = "by-structure";

/// What is to stand in place of which bytes.
type Edits = Vec<(Range<usize>, String)>;

/// The text of a YAML or JSON file without the values of secrets; other texts as they are.
pub(super) fn hide(path: &Path, text: String, hidden: &mut Hidden) -> String {
    let source = path.to_string_lossy();
    let ends = [".yaml", ".yml", ".json", ".conflist", ".kubeconfig"];
    let below = ["/etc/kubernetes/", "/var/lib/kubelet/", "/etc/cni/", "/root/"];
    let may_be =
        ends.iter().any(|end| source.ends_with(end)) || below.iter().any(|dir| source.starts_with(dir));
    if !may_be {
        return text;
    }
    let mut edits = Edits::new();
    let documents = yaml::split(text.as_bytes(), &SplitRules::default()).unwrap_or_default();
    for document in &documents {
        if let Ok(read) = yaml::read(&document.text, document.base()) {
            of_document(&read.root, &text, &mut edits, hidden);
        }
    }
    if documents.is_empty()
        && let Ok(read) = yaml::read(text.as_bytes(), Base::default())
    {
        of_document(&read.root, &text, &mut edits, hidden);
    }
    edited(text, edits)
}

/// In an object of kind Secret everything below `data` is one.
fn of_document(root: &Node, text: &str, edits: &mut Edits, hidden: &mut Hidden) {
    let kind = root.get("kind").and_then(Node::as_str);
    let all = kind == Some("Secret");
    walk(root, all, &mut |key, node, all| {
        let secret = all || key.is_some_and(is_secret);
        let range = node.span.start..node.span.end;
        let written = text.get(range.clone()).unwrap_or_default();
        let value = match &node.data {
            Data::String(value) => value.as_str(),
            Data::Number(_) => written,
            _ => return,
        };
        if !secret || written.is_empty() || is_harmless_in(value, all) {
            return;
        }
        let shown = pem::hide_encoded(value, hidden).unwrap_or_else(|| {
            count(hidden, KIND);
            stand_in(value).unwrap_or_else(|| MASK.to_owned())
        });
        edits.push((range.clone(), quoted(&text[range], &shown)));
    });
}

/// In a Secret everything is secret.
fn is_harmless_in(value: &str, all: bool) -> bool {
    if all { value.is_empty() || value == MASK } else { is_harmless(value) }
}

/// Calls `see` for every scalar with the name that it has there, and whether all is secret.
fn walk(node: &Node, all: bool, see: &mut impl FnMut(Option<&str>, &Node, bool)) {
    // `{name: PASSWORD, value: x}`: the environment of a container, arguments of a credential provider.
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    if let (Some(name), Some(value)) = (text("name"), node.get("value")) {
        see(Some(name), value, false);
    }
    match &node.data {
        Data::Mapping(entries) => {
            for entry in entries {
                match entry.value.data {
                    Data::Mapping(_) | Data::Sequence(_) => {
                        let own = matches!(entry.key.as_str(), "data" | "stringData") && all;
                        let provider = entry.key == "auth-provider";
                        inside(&entry.key, &entry.value, own || provider, all, see);
                    }
                    _ => see(Some(&entry.key), &entry.value, false),
                }
            }
        }
        Data::Sequence(nodes) => nodes.iter().for_each(|one| walk(one, all, see)),
        _ => {}
    }
}

/// `everything` is so below `data` of a Secret and below `auth-provider`, whose keys are the
/// provider's own.
fn inside(
    key: &str,
    node: &Node,
    everything: bool,
    of_secret: bool,
    see: &mut impl FnMut(Option<&str>, &Node, bool),
) {
    if !everything {
        // A list of secrets: `tokens: [a, b]`.
        let named = key.strip_suffix('s').filter(|key| is_secret(key));
        for one in node.as_sequence().into_iter().flatten() {
            see(named, one, false);
        }
        return walk(node, of_secret, see);
    }
    match &node.data {
        Data::Mapping(entries) => {
            entries.iter().for_each(|entry| inside(&entry.key, &entry.value, true, of_secret, see));
        }
        Data::Sequence(nodes) => nodes.iter().for_each(|one| inside(key, one, true, of_secret, see)),
        _ => see(Some(key), node, true),
    }
}

/// The new value in the quotes of the old one, on as many lines: what follows it stays on its own.
fn quoted(old: &str, new: &str) -> String {
    let lines = "\n".repeat(old.matches('\n').count());
    match old.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{new}{quote}{lines}"),
        // A bare star would be an alias.
        _ if new.starts_with('*') || !lines.is_empty() => format!("\"{new}\"{lines}"),
        _ => new.to_owned(),
    }
}

/// Edits that overlap are dropped but for the first.
fn edited(text: String, mut edits: Edits) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    edits.dedup_by(|later, first| later.0.start < first.0.end);
    let (mut shown, mut from) = (String::with_capacity(text.len()), 0);
    for (range, new) in edits {
        let (Some(before), true) = (text.get(from..range.start), text.is_char_boundary(range.end)) else {
            continue;
        };
        shown.push_str(before);
        shown.push_str(&new);
        from = range.end;
    }
    shown.push_str(&text[from..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_several_lines_keep_their_lines() {
        let cases = [
            ("token: |\n  5ecr\n  5ecr\nkind: A\n", "token: \"***\"\n\n\nkind: A\n"),
            ("token: \"5ecr\n  5ecr\"\nkind: A\n", "token: \"***\"\n\nkind: A\n"),
            ("token: 5ecr\n  5ecr\nkind: A\n", "token: \"***\"\n\nkind: A\n"),
            ("kind: Secret\ndata:\n  a: NWVjcg==\n", "kind: Secret\ndata:\n  a: \"***\"\n"),
            ("a: 1\n---\npassword: 12345678\n", "a: 1\n---\npassword: \"***\"\n"),
            ("tokens: [5ecr, '5ecr']\n", "tokens: [\"***\", '***']\n"),
            ("tokenTTL: 24h0m0s\n", "tokenTTL: 24h0m0s\n"),
        ];
        for (text, wanted) in cases {
            let shown = hide(Path::new("/etc/kubernetes/a.yaml"), text.to_owned(), &mut Hidden::new());
            assert_eq!(shown, wanted.replace("***", MASK));
        }
    }
}
