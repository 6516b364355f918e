//! Extra arguments of the kubelet.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::Resource;
use crate::facts::ObserveOptions;
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::step::{Need, Risk};
use crate::plan::{Draft, Reason};
use crate::text::{Dialect, Document};
use crate::{Host, Observed};

const VARIABLE: &str = "KUBELET_EXTRA_ARGS";

/// Extra arguments of the kubelet, in the file its unit really reads them from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KubeletArgs {
    fallback: PathBuf,
    set: Vec<KubeletArg>,
    /// Flags with what is wrong with each.
    removed: Vec<(String, String)>,
}

/// One argument of the kubelet, `--flag=value`.
///
/// systemd splits the variable it stands in at white space and expands nothing in it: a value is
/// one word, and of printable ASCII as everything the kubelet's flags take is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeletArg(String);

impl FromStr for KubeletArg {
    type Err = InvalidKubeletArg;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named =
            |flag: &str| !flag.is_empty() && flag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let flag = text.strip_prefix("--").and_then(|word| word.split_once('=')).map(|(flag, _)| flag);
        let word = text.bytes().all(|byte| byte.is_ascii_graphic());
        match flag.is_some_and(|flag| named(flag) && !flag.starts_with('-')) && word {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidKubeletArg(text.to_owned())),
        }
    }
}

impl fmt::Display for KubeletArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is not an argument of the kubelet.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{} is not a valid argument of the kubelet; write --flag=value without white space", crate::shown(.0))]
pub struct InvalidKubeletArg(String);

impl KubeletArgs {
    /// No argument yet. `fallback` is the file where no kubelet is installed to say otherwise:
    /// `/etc/default/kubelet` on Debian and its kin, `/etc/sysconfig/kubelet` elsewhere.
    pub fn new(fallback: impl Into<PathBuf>) -> Self {
        Self { fallback: fallback.into(), set: Vec::new(), removed: Vec::new() }
    }

    /// The same with `arg`.
    #[must_use]
    pub fn with(mut self, arg: KubeletArg) -> Self {
        self.set.push(arg);
        self
    }

    /// The same without `--flag`, as for a flag that a release no longer knows; `why` is told where
    /// it is found.
    #[must_use]
    pub fn without(mut self, flag: impl Into<String>, why: impl Into<String>) -> Self {
        self.removed.push((flag.into(), why.into()));
        self
    }

    fn file<'a>(&'a self, seen: &'a Observed) -> &'a Path {
        let named = seen.facts().and_then(|facts| facts.kubelet.extra_args_file.as_deref());
        named.unwrap_or(&self.fallback)
    }

    /// Why the arguments have to change.
    fn reason(&self, old: &str, file: &Path) -> String {
        let names: Vec<&str> = old.split_whitespace().filter(|word| word.starts_with('-')).collect();
        let given = |flag: &str| names.iter().any(|word| flag_name(word) == flag);
        let wrong: Vec<&str> =
            self.removed.iter().filter(|(flag, _)| given(flag)).map(|(_, why)| why.as_str()).collect();
        let file = file.display();
        match wrong.join("; ") {
            why if why.is_empty() => format!("the kubelet reads its extra arguments from {file}"),
            why => format!("the kubelet reads its extra arguments from {file}: {why}"),
        }
    }

    /// The arguments as they shall be. systemd splits the variable at white space and takes no
    /// quotes in it.
    fn edited(&self, old: &str) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut skip_value = false;
        for word in old.split_whitespace() {
            let name = flag_name(word);
            if word.starts_with('-') {
                skip_value = false;
                let touched = self.removed.iter().any(|(flag, _)| flag == name)
                    || self.set.iter().any(|arg| flag_name(&arg.0) == name);
                if touched {
                    // `--flag value`: pflag takes the next word for the value, unless the flag is
                    // a switch; a word that begins with `-` is taken for the next flag here.
                    skip_value = !word.contains('=');
                    continue;
                }
            } else if std::mem::take(&mut skip_value) {
                continue;
            }
            words.push(word.to_owned());
        }
        words.extend(self.set.iter().map(ToString::to_string));
        words.join(" ")
    }
}

impl Resource for KubeletArgs {
    fn kind(&self) -> &'static str {
        "kubelet"
    }

    fn asks(&self) -> Option<ObserveOptions> {
        Some(ObserveOptions::default())
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        let file = self.file(seen).to_owned();
        seen.look(host, &file);
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let file = self.file(seen);
        let mut document = Document::parse(seen.bytes(file), Dialect::EnvFile);
        let old = document.value(None, VARIABLE).unwrap_or_default();
        let wanted = self.edited(&old);
        // The order of flags means nothing to the kubelet unless one is given twice, and the ones
        // of ours are not.
        let same = |one: &str, other: &str| {
            let sorted = |text: &str| {
                let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                words.sort();
                words
            };
            sorted(one) == sorted(other)
        };
        if same(&old, &wanted) {
            return;
        }
        match document.set(None, VARIABLE, &wanted) {
            Ok(_) => {
                let because = Reason::of(self.reason(&old, file))
                    .risking(Risk::Medium)
                    .needing([Need::Restart { unit: "kubelet.service".into() }]);
                draft.content(file, document.to_bytes(), Mode::PUBLIC, because);
            }
            Err(error) => draft.coded_problem(
                Code::FileNotEditable,
                error.to_string(),
                format!("edit {} by hand", file.display()),
            ),
        }
    }
}

/// `name` of `--name=value`.
fn flag_name(word: &str) -> &str {
    word.trim_start_matches('-').split('=').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_set_and_removed_in_both_spellings() {
        let args = KubeletArgs::new("/x")
            .with("--node-ip=10.0.0.1".parse().unwrap())
            .without("cgroup-driver", "old");
        let edited = |old| args.edited(old);
        assert_eq!(edited(""), "--node-ip=10.0.0.1");
        assert_eq!(edited("--cgroup-driver=systemd --v=2"), "--v=2 --node-ip=10.0.0.1");
        assert_eq!(edited("--cgroup-driver systemd --v=2"), "--v=2 --node-ip=10.0.0.1");
        assert_eq!(edited("--cgroup-driver --v 2 --node-ip 1.2.3.4"), "--v 2 --node-ip=10.0.0.1");
    }

    #[test]
    fn an_argument_is_one_word() {
        for text in ["--v=2", "--node-labels=a=b,c=d", "--fail-swap-on=false", "--x="] {
            assert_eq!(text.parse::<KubeletArg>().unwrap().to_string(), text);
        }
        for text in
            ["", "--", "-v=2", "--v", "--=x", "---v=2", "--v=2 --w=3", "--v=2\nX=y", "--v=\u{e9}", "v=2"]
        {
            assert!(text.parse::<KubeletArg>().is_err(), "{text:?}");
        }
    }
}
