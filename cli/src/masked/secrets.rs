//! The secrets of a file that somebody wrote, so that no message repeats what of them was refused.
//!
//! kubeadm quotes what it refuses, and a token or key that is refused is nearly one that is taken. Such
//! a value has no form to be known by: it is known by its field.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use host_prep::{is_no_secret, is_secret_name};
use kubeadm_config::check::{self, Checked};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::yaml::{self, Data, Entry, Node, SplitRules};
use kubeadm_config::{BootstrapToken, Circumstances};

use super::{masked, words};

const MASK: &str = "***";
/// What is shorter is part of other words, and hidden between quotes alone.
const SHORTEST: usize = 6;

/// What stands in the secret fields of a file, and who is named before an `@`.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    forms: Vec<String>,
    /// All forms at once: a file may have as many secrets as there are messages about it. Made for
    /// the first message: most runs have none.
    finder: OnceLock<Option<Finder>>,
}

/// What is looked for in a text.
#[derive(Debug)]
struct Finder {
    found: AhoCorasick,
    /// So many patterns from the first on have quotes around them, which stay.
    quoted: usize,
}

impl Finder {
    /// Short forms between quotes, others wherever they stand; none where there is nothing to find.
    fn of(forms: &[String]) -> Option<Self> {
        if forms.is_empty() {
            return None;
        }
        let (short, long): (Vec<&String>, Vec<&String>) =
            forms.iter().partition(|form| form.len() < SHORTEST);
        let quoted: Vec<String> =
            short.iter().flat_map(|form| [format!("\"{form}\""), format!("'{form}'")]).collect();
        let patterns = quoted.iter().map(String::as_str).chain(long.iter().map(|form| form.as_str()));
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let found = AhoCorasick::builder().kind(kind).build(patterns).ok()?;
        Some(Self { found, quoted: quoted.len() })
    }

    /// Where they are, each place once and in order.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let place = |found: aho_corasick::Match| {
            let quote = usize::from(found.pattern().as_usize() < self.quoted);
            found.start() + quote..found.end() - quote
        };
        let mut all: Vec<_> = self.found.find_overlapping_iter(text).map(place).collect();
        all.sort_by_key(|place| (place.start, place.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for place in all {
            match apart.last_mut().filter(|last| place.start < last.end) {
                Some(last) => last.end = last.end.max(place.end),
                None => apart.push(place),
            }
        }
        apart
    }
}

impl Secrets {
    /// By structure where the file has one; line by line where it cannot be read.
    pub(crate) fn of(file: &[u8]) -> Self {
        let mut found = Self::default();
        let documents = yaml::split(file, &SplitRules::default()).unwrap_or_default();
        let roots: Vec<_> =
            documents.iter().map(|document| yaml::read(&document.text, document.base())).collect();
        if documents.is_empty() || roots.iter().any(Result::is_err) {
            found.lines(&String::from_utf8_lossy(file));
        }
        roots.iter().flatten().for_each(|document| found.tree(&document.root, false));
        found.ready()
    }

    /// Those of the values that the command line sets, too.
    #[cfg(feature = "bin")]
    pub(crate) fn and_of(mut self, assignments: &[kubeadm_config::FieldAssignment]) -> Self {
        for assignment in assignments {
            let (path, value) = (assignment.path(), assignment.value());
            if is_secret_name(path) {
                self.value(value);
            }
            match yaml::read(value.as_bytes(), yaml::Base::default()) {
                Ok(read) => self.tree(&read.root, false),
                Err(_) => self.lines(value),
            }
        }
        self.ready()
    }

    /// Who is named in an address that the command line gives, too.
    #[cfg(feature = "bin")]
    pub(crate) fn and_in(mut self, address: Option<&str>) -> Self {
        address.into_iter().for_each(|address| self.user(address));
        self.ready()
    }

    /// The text without them, and without whatever has the form of a bootstrap token.
    pub(crate) fn hide(&self, text: &str) -> String {
        let finder = self.finder.get_or_init(|| Finder::of(&self.forms));
        let places = finder.as_ref().map(|finder| finder.places(text)).unwrap_or_default();
        without_tokens(&without(text, places)).into_owned()
    }

    /// A branch of a document. `named`: it stands under the name of a secret.
    fn tree(&mut self, node: &Node, named: bool) {
        match &node.data {
            Data::Mapping(entries) => {
                // An argument or a variable of a component has its name beside it.
                let name = entries.iter().find(|entry| entry.key == "name");
                let named = name.and_then(|entry| entry.value.as_str()).is_some_and(is_secret_name);
                for Entry { key, value, .. } in entries {
                    // `{token:x}` has no blank, and is a field of that name.
                    if let Some((name, value)) = key.split_once([':', '='])
                        && is_secret_name(name)
                    {
                        self.value(value);
                    }
                    self.tree(value, is_secret_name(key) || (named && key == "value"));
                }
            }
            Data::Sequence(items) => items.iter().for_each(|item| self.tree(item, named)),
            Data::String(text) if named => self.value(text),
            Data::String(text) => self.user(text),
            Data::Number(number) if named => self.value(number.literal()),
            _ => {}
        }
    }

    /// What is drawn under stars, where there is no tree.
    fn lines(&mut self, text: &str) {
        let hidden = masked(text);
        let mut start = None;
        for (at, (byte, shown)) in text.bytes().chain([b'\n']).zip(hidden.bytes().chain([b'\n'])).enumerate()
        {
            match (start, byte != shown) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    let value = text.get(from..at).unwrap_or_default().trim_matches(['"', '\'', '*']);
                    // `pause@sha256:...` is a digest, and what is before it a name.
                    if !text[at..].starts_with("@sha256:") {
                        self.value(value);
                    }
                    start = None;
                }
                _ => {}
            }
        }
    }

    /// Who is named before an `@`: with a password, or by a token alone. `pause@sha256:...` is a digest.
    fn user(&mut self, text: &str) {
        let Some((before, rest)) = text.rsplit_once('@') else { return };
        match before.split_once("://") {
            Some((_, user)) => self.value(user),
            None if before.contains('/') || rest.starts_with("sha256:") => {}
            None => self.value(before),
        }
    }

    /// A value as it is, the secret half of what is nearly a token, and both as they are quoted.
    fn value(&mut self, value: &str) {
        let half = value.split_once('.').map(|(_, half)| half);
        for part in [Some(value), half].into_iter().flatten().filter(|part| !is_no_secret(part)) {
            let plain = part.replace('"', "");
            let forms = [part.to_owned(), in_go(part), unquoted(&format!("{part:?}")), in_json(part), plain];
            self.forms.extend(forms.into_iter().filter(|form| !form.is_empty()));
            // How somebody escapes the rest is theirs to choose.
            let breaks = |c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\\');
            self.forms.extend(part.split(breaks).filter(|word| word.len() >= SHORTEST).map(str::to_owned));
        }
    }

    /// To be looked for.
    fn ready(mut self) -> Self {
        self.forms.sort();
        self.forms.dedup();
        self.finder = OnceLock::new();
        self
    }
}

/// What `check` says of a file, without its secrets.
pub(crate) fn check(file: &[u8], options: &Options, circumstances: &Circumstances) -> Checked {
    let mut checked = check::check(file, options, circumstances);
    if checked.remarks.is_empty() {
        return checked;
    }
    let secrets = Secrets::of(file);
    for remark in &mut checked.remarks {
        // `{token:x}` is a field of that name.
        remark.field = secrets.hide(&remark.field);
        remark.text = secrets.hide(&remark.text);
        if let Some(help) = &mut remark.help {
            help.text = secrets.hide(&help.text);
        }
    }
    checked
}

/// What was refused of a command line, in a text about it: nothing of the word where its flag is that of
/// a secret, or where it has a secret in it.
#[cfg(feature = "bin")]
pub(crate) fn without_word(text: &str, flag: &str, word: &str) -> String {
    if !is_secret_word(flag, word) {
        return text.to_owned();
    }
    let mut secrets = Secrets::default();
    secrets.value(word);
    secrets.value(&anstream::adapter::strip_str(word).to_string());
    secrets.ready().hide(text)
}

#[cfg(feature = "bin")]
fn is_secret_word(flag: &str, word: &str) -> bool {
    const ID: usize = 6;
    let of_secret = is_secret_name(flag.split([' ', '=']).next().unwrap_or_default());
    // Nearly a token: kubeadm takes it as a word of its own.
    let token = word.split_once('.').is_some_and(|(id, secret)| id.len() == ID && secret.len() > ID);
    let key = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `pause@sha256:...` is a digest, and what is before it a name.
    of_secret || token || key || (masked(word) != word && !word.contains("@sha256:"))
}

fn without_tokens(text: &str) -> Cow<'_, str> {
    let is_token = |(start, end): &(usize, usize)| text[*start..*end].parse::<BootstrapToken>().is_ok();
    without(text, words(text).filter(is_token).map(|(start, end)| start..end).collect())
}

/// A text with a mask for each place; they are in order and apart.
fn without(text: &str, places: Vec<Range<usize>>) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for place in places.into_iter().rev() {
        shown.to_mut().replace_range(place, MASK);
    }
    shown
}

/// As Go quotes it, which differs for what cannot be printed.
fn in_go(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        match c {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' | '\r' | '\t' | '"' | '\\' => quoted.extend(c.escape_default()),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted
}

fn in_json(text: &str) -> String {
    unquoted(&serde_json::Value::from(text).to_string())
}

fn unquoted(text: &str) -> String {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use kubeadm_config::HostFacts;

    use super::*;

    /// In whatever form a file has it: no remark has any part of it.
    #[test]
    fn what_is_refused_is_not_repeated() {
        let token = |token: &str| {
            format!(
                "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  tlsBootstrapToken: {token}\n  \
                 bootstrapToken: {{apiServerEndpoint: 'a:1', token: {token}, unsafeSkipCAVerification: true}}\n"
            )
        };
        let key = |key: &str| {
            format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: {key}\n")
        };
        let init = |token: &str| {
            format!(
                "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens: [{{token: {token}}}]\n"
            )
        };
        let files = [
            token("abcdef.sEcrEt"),
            token("'abcdef.sEcrEt sEcrEt'"),
            token("\"abcdef.sEcrEt\\\"\\\\\\a\\x01é sEcrEt\""),
            token("sEcrEt"),
            token("\"x\\u2028sEcrEt\""),
            key("sEcrEt"),
            key("\"\\tsEcrEt\""),
            key("|\n  aa\n  sEcrEt"),
            key(&format!("0x{}", "5ecre7".repeat(20))),
            init("abcdef.sEcrEt"),
            init("\"abcdef.\\\"sEcrEt\\\"\""),
            init("[sEcrEt]"),
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens: [{token:sEcrEt}]\n".to_owned(),
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ntoken=sEcrEt: x\n".to_owned(),
            format!("{}a: [\n", init("abcdef.sEcrEt")),
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nimageRepository: 'user:sEcrEt@h/x y'\n"
                .to_owned(),
        ];
        for file in files {
            for version in ["v1.24.0", "v1.31.0", "v1.34.0", "v1.36.0"] {
                let mut host = HostFacts::default();
                host.host_name = "node".to_owned();
                let options = Options::new(version.parse().unwrap(), host);
                let checked = check(file.as_bytes(), &options, &Circumstances::default());
                assert!(!checked.remarks.is_empty(), "{version} {file}");
                let said: String =
                    checked.remarks.iter().map(|remark| format!("{remark} {:?}\n", remark.help)).collect();
                assert!(!said.contains("sEcrEt") && !said.contains("5ecre7"), "{version} {file}\n{said}");
            }
        }
    }

    #[test]
    fn secrets_that_overlap_are_hidden_whole_and_those_that_touch_apart() {
        let secrets = Secrets::of(b"[{token: abcdefghi}, {token: ghijklmnop}, {password: '1'}]");
        assert_eq!(secrets.hide("<abcdefghijklmnop> <abcdefghighijklmnop>"), "<***> <******>");
        assert_eq!(secrets.hide("1 \"1\" '1'"), "1 \"***\" '***'");
    }

    /// Measured is the processor time of this thread.
    #[test]
    fn what_hiding_costs_grows_as_the_file_does() {
        let cost = |secrets: usize| {
            let line = |at: usize| format!("- token: abcd{at:05}.SECRET{at:06}\n");
            let file: String = (0..secrets).map(line).collect();
            let now = || rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
            let begun = now();
            let known = Secrets::of(file.as_bytes());
            assert!(file.lines().all(|line| !known.hide(line).contains("SECRET")));
            let ended = now();
            (ended.tv_sec - begun.tv_sec) * 1_000_000_000 + (ended.tv_nsec - begun.tv_nsec)
        };
        let (once, four_times) = (cost(400).min(cost(400)), cost(1600));
        // Linear is 4, quadratic 16.
        assert!(four_times < 9 * once, "{once} ns, four times as many {four_times} ns");
    }

    #[test]
    fn the_rest_of_a_message_stays() {
        let file = b"token: abcdef.sEcrEt\nother: plain\nimage: registry.k8s.io:443/pause@sha256:00\n";
        let secrets = Secrets::of(file);
        let text = "token: \"abcdef.sEcrEt\" is not plain: registry.k8s.io:443/pause";
        assert_eq!(secrets.hide(text), "token: \"***\" is not plain: registry.k8s.io:443/pause");
        assert_eq!(secrets.hide("abcdef.0123456789abcdef!"), "***!");
        // A short one is hidden between quotes alone.
        let short = Secrets::of(b"token: to\n");
        assert_eq!(short.hide("\"to\" has to be a token"), "\"***\" has to be a token");
    }

    #[test]
    #[cfg(feature = "bin")]
    fn words_of_the_command_line_are_known_by_their_flag() {
        let hidden =
            |flag: &str, word: &str| !without_word(&format!("'{word}' of {flag}"), flag, word).contains(word);
        assert!(hidden("--token <TOKEN>", "x") && hidden("--certificate-key <KEY>", "0\n\"sEcr"));
        assert!(hidden("", "abcdef.SECRETSECRET4567") && hidden("--set <X>", "certificateKey:sEcr"));
        assert!(!hidden("", "registry.example.com") && !hidden("--pod-subnet <CIDR>", "10.0.0.0/99"));
    }
}
