//! Secrets by the structure of a document: kubeconfigs, kubeadm's documents, pods, registries' logins,
//! Secrets, the encryption of etcd, lines of the journal.
//!
//! YAML is read with places, and what is hidden is replaced in the text itself: comments, order
//! and lines stay, so that a finding's line is right in the archive too. Files that are no YAML,
//! or damaged, are left to the forms of `line`.

use std::ops::Range;
use std::path::Path;

use host_prep::is_secret_name;
use kubeadm_config::yaml::{self, Base, Data, Node, SplitRules};

use super::field::{is_harmless, of_list, stand_in};
use super::{Hidden, Look, MASK, by_form, count, pem};

/// As the manifest counts them.
const KIND: &str = "by-structure";

/// What is to stand in place of which bytes.
type Edits = Vec<(Range<usize>, String)>;

/// The text of a YAML or JSON file without the values of secrets; other texts as they are.
pub(super) fn hide(path: &Path, text: String, look: Look, hidden: &mut Hidden) -> String {
    let source = path.to_string_lossy();
    let ends = [".yaml", ".yml", ".json", ".conflist", ".kubeconfig"];
    let below = ["/etc/kubernetes/", "/var/lib/kubelet/", "/etc/cni/", "/root/"];
    let may_be =
        ends.iter().any(|end| source.ends_with(end)) || below.iter().any(|dir| source.starts_with(dir));
    if may_be { of_text(text, look, hidden) } else { text }
}

/// The text of one or several documents.
fn of_text(text: String, look: Look, hidden: &mut Hidden) -> String {
    let mut edits = Edits::new();
    let documents = yaml::split(text.as_bytes(), &SplitRules::default()).unwrap_or_default();
    for document in &documents {
        if let Ok(read) = yaml::read(&document.text, document.base()) {
            of_document(&read.root, &text, (&mut edits, look), hidden);
        }
    }
    if documents.is_empty()
        && let Ok(read) = yaml::read(text.as_bytes(), Base::default())
    {
        of_document(&read.root, &text, (&mut edits, look), hidden);
    }
    edited(text, edits)
}

/// In an object of kind Secret everything below `data` is one.
fn of_document(root: &Node, text: &str, (edits, look): (&mut Edits, Look), hidden: &mut Hidden) {
    let kind = root.get("kind").and_then(Node::as_str);
    let all = kind == Some("Secret");
    walk(root, (all, None), &mut |key, node, all| {
        let secret = all || key.is_some_and(is_secret_name);
        let range = node.span.start..node.span.end;
        let written = text.get(range.clone()).unwrap_or_default();
        let value = match &node.data {
            Data::String(value) => value.as_str(),
            Data::Number(_) => written,
            _ => return,
        };
        if written.is_empty() {
            return;
        }
        if !secret || is_harmless_in(value, all) {
            edits.extend(nested(value, written, look, hidden).map(|shown| (range, shown)));
            return;
        }
        let shown = pem::hide_encoded(value, hidden).unwrap_or_else(|| {
            count(hidden, KIND);
            stand_in(value).unwrap_or_else(|| MASK.to_owned())
        });
        edits.push((range.clone(), quoted(&text[range], &shown)));
    });
}

/// What stands for a text that is a document itself and has a secret: a manifest in an annotation, a
/// configuration in a ConfigMap.
fn nested(value: &str, written: &str, look: Look, hidden: &mut Hidden) -> Option<String> {
    let inner = look.inner()?;
    if !value.trim_start().starts_with(['{', '[']) && !value.contains('\n') {
        return None;
    }
    let mut own = Hidden::new();
    let shown = by_form(&of_text(value.to_owned(), inner, &mut own), inner, &mut own);
    if shown == value {
        return None;
    }
    for (kind, many) in own {
        *hidden.entry(kind).or_default() += many;
    }
    Some(in_place(written, &shown))
}

/// The text where that was written, on as many lines: a block stays one, if it can.
fn in_place(written: &str, shown: &str) -> String {
    let (head, body) = written.split_once('\n').unwrap_or((written, ""));
    let lines: Vec<&str> = body.lines().collect();
    let indent = lines.iter().find(|line| !line.trim().is_empty());
    let indent = indent.map_or("", |line| &line[..line.len() - line.trim_start_matches(' ').len()]);
    let is_block = head.starts_with('|') && !head.contains(|c: char| c.is_ascii_digit());
    let new: Vec<&str> = shown.lines().collect();
    let fits = lines.get(new.len()..).is_some_and(|rest| rest.iter().all(|line| line.trim().is_empty()));
    if !is_block || !fits {
        let lines = "\n".repeat(written.matches('\n').count());
        return serde_json::Value::from(shown).to_string() + &lines;
    }
    let line = |line: &&str| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") };
    let mut text = format!("{head}\n") + &new.iter().map(line).collect::<String>();
    text.push_str(&"\n".repeat(lines.len().saturating_sub(new.len())));
    if !written.ends_with('\n') {
        text.truncate(text.trim_end_matches('\n').len());
    }
    text
}

/// In a Secret everything is secret.
fn is_harmless_in(value: &str, all: bool) -> bool {
    if all { value.is_empty() || value == MASK } else { is_harmless(value) }
}

/// Calls `see` once for every scalar with the name that it has there, and whether all is secret;
/// `named` is the name of the items of a list.
fn walk(node: &Node, (all, named): (bool, Option<&str>), see: &mut impl FnMut(Option<&str>, &Node, bool)) {
    match &node.data {
        Data::Mapping(entries) => {
            // `{name: PASSWORD, value: x}`: the environment of a container, arguments of a credential
            // provider.
            let name = node.get("name").and_then(Node::as_str);
            for entry in entries {
                match entry.value.data {
                    Data::Mapping(_) | Data::Sequence(_) => {
                        let own = matches!(entry.key.as_str(), "data" | "stringData") && all;
                        // docker's client sends them to every registry, and logins go that way too.
                        let headers = entry.key.eq_ignore_ascii_case("HttpHeaders");
                        let provider = entry.key == "auth-provider" || headers;
                        inside(&entry.key, &entry.value, own || provider, all, see);
                    }
                    _ => {
                        let name = name.filter(|_| entry.key == "value").unwrap_or(&entry.key);
                        see(Some(name), &entry.value, false);
                    }
                }
            }
        }
        Data::Sequence(nodes) => {
            let mut flag = None;
            for one in nodes {
                let word = one.as_str().filter(|word| word.starts_with('-'));
                match one.data {
                    Data::Mapping(_) | Data::Sequence(_) => walk(one, (all, None), see),
                    _ => see(flag.filter(|_| word.is_none()).or(named), one, false),
                }
                // `- --token` and `- abc`: two words of one command line.
                flag = word.filter(|word| is_secret_name(word));
            }
        }
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
        return walk(node, (of_secret, of_list(key)), see);
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
            ("password:\n- 5ecr\n- 5ecr\n", "password:\n- \"***\"\n- \"***\"\n"),
            ("tokenTTL: 24h0m0s\n", "tokenTTL: 24h0m0s\n"),
            ("a:\n- --token\n- 5ecr\n- --v\n- 2\n", "a:\n- --token\n- \"***\"\n- --v\n- 2\n"),
            ("a: [--token, 5ecr, x]\n", "a: [--token, \"***\", x]\n"),
            (
                "env:\n- name: DB_PW\n  value: >-\n    5ecr\n    5ecr\nb: 1\n",
                "env:\n- name: DB_PW\n  value: \"***\"\n\n\nb: 1\n",
            ),
            ("HttpHeaders: {X-Meta: 5ecr}\na: b\n", "HttpHeaders: {X-Meta: \"***\"}\na: b\n"),
            ("a: '{\"token\":\"5ecr\"}'\nb: 1\n", "a: \"{\\\"token\\\":\\\"***\\\"}\"\nb: 1\n"),
            (
                "a: |\n  x: 1\n  password: 5ecr\n\n  y: 1\nb: 1\n",
                "a: |\n  x: 1\n  password: \"***\"\n\n  y: 1\nb: 1\n",
            ),
        ];
        for (text, wanted) in cases {
            let shown =
                hide(Path::new("/etc/kubernetes/a.yaml"), text.to_owned(), Look::NAMES, &mut Hidden::new());
            assert_eq!(shown, wanted.replace("***", MASK));
        }
    }
}
