//! Static pods: the command line of each container that is a component's.

use super::super::words::{Word, of_words};
use super::{CLUSTER_MAP, Program, Reader, in_map};
use crate::yaml::{Node, Position};

impl Reader<'_> {
    /// The command line of each container that is a component's.
    pub(super) fn pod(&mut self, root: &Node) {
        let Some(containers) = root.get("spec").and_then(|spec| spec.get("containers")?.as_sequence()) else {
            return self.unread(
                root.span.position,
                "spec.containers is no list: what it starts cannot be told".into(),
            );
        };
        let before = self.found.endings.len();
        for container in containers {
            let broken = ["command", "args"].into_iter().find_map(|key| no_words(container, key));
            if let Some((place, why)) = broken {
                self.unread(place, why);
            } else if let Some((program, words)) = command_line(container) {
                of_words(program, &words, self.to, self.found);
            }
        }
        for one in &mut self.found.endings[before..] {
            one.help = in_map(&one.help, CLUSTER_MAP);
        }
    }
}

/// Where something else stands than words.
fn no_words(container: &Node, key: &str) -> Option<(Position, String)> {
    let node = container.get(key).filter(|node| !node.is_null())?;
    let is_list = node.as_sequence().is_some_and(|items| items.iter().all(|item| item.as_str().is_some()));
    (!is_list)
        .then(|| (node.span.position, format!("{key} is no list of texts: what it starts cannot be told")))
}

/// The program of a container, and what it is started with. The first word is the program, or starts one that is
/// named further on (`sh -c`, `/go-runner`); without a command the image has it.
fn command_line(container: &Node) -> Option<(Program, Vec<Word>)> {
    let list = |key: &str| container.get(key).and_then(Node::as_sequence).unwrap_or_default();
    let own = words(list("command"));
    let words: Vec<Word> = own.iter().cloned().chain(words(list("args"))).collect();
    let named = words.iter().position(|word| program(&word.text).is_some());
    match named {
        Some(at) => Some((program(&words[at].text)?, words[at..].to_vec())),
        None if own.is_empty() => {
            // An image of one's own may be called otherwise; the container rarely is.
            let name = || container.get("name").and_then(Node::as_str).and_then(program);
            Some((image(container).and_then(program).or_else(name)?, words))
        }
        None => None,
    }
}

/// Each word on its own, as a shell would have it: a line of `sh -c` has many.
fn words(items: &[Node]) -> Vec<Word> {
    let text = |node: &Node| Some((node.as_str()?.to_owned(), node.span.position));
    let several = |(line, place): (String, _)| -> Vec<Word> {
        let is_script = line.contains(char::is_whitespace) && !line.starts_with('-');
        let parts = if is_script { line.split_whitespace().map(unquoted).collect() } else { vec![line] };
        parts.into_iter().map(|text| Word { text, place }).collect()
    };
    items.iter().filter_map(text).flat_map(several).collect()
}

fn unquoted(word: &str) -> String {
    word.trim_matches(['"', '\'', ';']).to_owned()
}

/// A flag's value, or a URL, may end like a program.
fn program(word: &str) -> Option<Program> {
    if word.starts_with('-') || word.contains("://") { None } else { Program::of(word) }
}

/// `kube-apiserver` of `registry.k8s.io/kube-apiserver:v1.34.0`, also with the architecture behind it.
fn image(container: &Node) -> Option<&str> {
    let image = container.get("image")?.as_str()?;
    let name = image.split('@').next()?.rsplit('/').next()?.split(':').next()?;
    let of_architecture = name.rsplit_once('-').filter(|(_, last)| ARCHITECTURES.contains(last));
    Some(of_architecture.map_or(name, |(name, _)| name))
}

/// Of the images' names before there were lists of manifests.
const ARCHITECTURES: [&str; 5] = ["amd64", "arm64", "arm", "ppc64le", "s390x"];
