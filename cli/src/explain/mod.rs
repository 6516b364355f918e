//! What the codes mean: for each error, warning, advice, problem and finding what it says, why it
//! matters, how it is known and what to do. A table of texts, looked at only when somebody asks.
//!
//! ```
//! let why = k8sprep::explain::find("pod-subnet-overlap").unwrap();
//! assert!(why.cure.contains("subnet"));
//! ```
//!
//! The path of a code from its source to here: a crate names it in its `Code` (or a rule of
//! `doctor` in its row of the catalogue), a message carries it in brackets, `k8sprep explain CODE`
//! and the reports of `doctor` ask [`find`]. A code is never given to another fault, so a text may
//! be mended, but its row stays as long as some release says the code.
//!
//! Two tests keep both sides together: `cli/tests/cli/explain.rs` (every code of every crate, and
//! every one that the sources tell as a text, has a row here) and the ones below (no row twice,
//! every text a sentence).

mod advice;
mod api;
mod archive;
mod check;
mod crio;
mod document;
mod drain;
mod ending;
mod file_kind;
mod finding;
mod help;
mod host_change;
mod host_plan;
mod lint;
mod migrate;
mod packed;
mod probe;
mod renewal;
mod run;
mod upgrade;
mod zh;

use std::collections::BTreeSet;

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation {
    /// The code, `pod-subnet-overlap`.
    pub code: &'static str,
    /// The fault in a few words.
    pub title: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How it is known.
    pub known: &'static str,
    /// What to do.
    pub cure: &'static str,
    /// Where the rule is from.
    pub source: &'static str,
}

/// Codes that belong together.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Family {
    /// What they are about.
    pub title: &'static str,
    text: &'static str,
    ends: &'static [packed::Ends],
}

impl Family {
    /// The codes, by and large in the order in which they are met.
    pub fn rows(&self) -> impl Iterator<Item = Explanation> + use<> {
        let Self { text, ends, .. } = *self;
        (0..ends.len()).filter_map(move |at| packed::row(text, ends, at))
    }

    /// The row of a code; the texts of the others are not looked at.
    fn find(&self, code: &str) -> Option<Explanation> {
        let at = (0..self.ends.len()).find(|at| packed::code(self.text, self.ends, *at) == Some(code))?;
        packed::row(self.text, self.ends, at)
    }
}

/// A row of [`FAMILIES`]: a title for people, which `k8sprep explain` without a code prints above
/// the codes of the family, and the texts.
macro_rules! family {
    ($title:literal, $rows:expr) => {{
        const ROWS: &[Explanation] = $rows;
        const PACKED: &packed::Packed<{ packed::bytes(ROWS) }, { ROWS.len() }> = &packed::Packed::of(ROWS);
        const TEXT: &str = PACKED.text();
        Family { title: $title, text: TEXT, ends: &PACKED.ends }
    }};
}

/// Every code, by family. None is in two of them.
pub const FAMILIES: &[Family] = &[
    family!("Documents of kubeadm, and what they start", document::ROWS),
    family!("Advice on documents of kubeadm", advice::ROWS),
    family!("What ends with a later minor", ending::ROWS),
    family!("Help: what to write instead", help::ROWS),
    family!("Help: what a file is", file_kind::ROWS),
    family!("CRI-O's configuration", crio::ROWS),
    family!("The socket of the container runtime", probe::ROWS),
    family!("The API server", api::ROWS),
    family!("Draining a node", drain::ROWS),
    family!("Upgrading a node", upgrade::ROWS),
    family!("A host, and a node that once worked", finding::ROWS),
    family!("Checks of the machine", check::host::ROWS),
    family!("Checks of the kernel", check::kernel::ROWS),
    family!("Checks of the network of the host", check::network::ROWS),
    family!("Checks of packages", check::packages::ROWS),
    family!("Checks of units", check::systemd::ROWS),
    family!("Checks of security modules", check::lsm::ROWS),
    family!("Checks of storage", check::storage::ROWS),
    family!("Checks of images and registries", check::images::ROWS),
    family!("Checks of the container runtime", check::runtime::ROWS),
    family!("Checks of the kubelet", check::kubelet::ROWS),
    family!("Checks of certificates", check::certificates::ROWS),
    family!("Checks of a control plane", check::control_plane::ROWS),
    family!("Checks of the network of pods", check::pod_network::ROWS),
    family!("Checks before a join", check::join::ROWS),
    family!("Checks before an upgrade", check::upgrade::ROWS),
    family!("Checks that ask programs of the host", check::asked::ROWS),
    family!("Checks that only logs decide", check::log::ROWS),
    family!("Checks that logs decide so far", check::log_so_far::ROWS),
    family!("Comparisons of several hosts", check::hosts::ROWS),
    family!("Support archives", archive::ROWS),
    family!("Problems and notes of a plan", host_plan::ROWS),
    family!("Changing a host, and rolling back", host_change::ROWS),
    family!("Comments in files, and images", lint::ROWS),
    family!("Commands", run::ROWS),
    family!("From docker or containerd to CRI-O", migrate::ROWS),
    family!("The table of certificates", renewal::ROWS),
];

/// What this code means, if it is one.
///
/// Codes are compared as they are, with their letter case: they are names for programs. For a slip
/// there is [`near`].
///
/// ```
/// use k8sprep::explain;
///
/// assert_eq!(explain::find("swap-on").unwrap().code, "swap-on");
/// assert!(explain::find("Swap-On").is_none());
/// ```
#[must_use]
pub fn find(code: &str) -> Option<Explanation> {
    FAMILIES.iter().find_map(|family| family.find(code))
}

/// The language of a text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub enum Language {
    /// English, which has everything.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese in simplified characters.
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl Language {
    /// The language of a locale such as `zh_CN.UTF-8`.
    ///
    /// ```
    /// use k8sprep::explain::Language;
    ///
    /// assert_eq!(Language::of_locale("zh_CN.UTF-8"), Language::Chinese);
    /// assert_eq!(Language::of_locale("zh_TW.UTF-8"), Language::English);
    /// ```
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let name = locale.split(['.', '@']).next().unwrap_or_default().replace('-', "_");
        match name.as_str() {
            "zh" | "zh_CN" | "zh_SG" | "zh_Hans" | "zh_Hans_CN" => Self::Chinese,
            _ => Self::English,
        }
    }
}

impl Explanation {
    /// The text in a language, and the one that it is in: English where there is no other.
    #[must_use]
    pub fn in_language(&self, language: Language) -> (Self, Language) {
        let other = match language {
            Language::English => None,
            Language::Chinese => zh::of(self),
        };
        other.map_or((*self, Language::English), |text| (text, language))
    }
}

/// Every explanation.
///
/// In the order of [`FAMILIES`], which is the order of `k8sprep explain` and of its JSON.
///
/// ```
/// let families = k8sprep::explain::FAMILIES;
/// let in_families: usize = families.iter().map(|family| family.rows().count()).sum();
/// assert_eq!(k8sprep::explain::all().count(), in_families);
/// ```
pub fn all() -> impl Iterator<Item = Explanation> {
    FAMILIES.iter().flat_map(Family::rows)
}

/// Codes that are like a text, the nearest first, three at most.
///
/// Meant for messages ("did you mean"): the empty list where nothing is alike enough, and equal
/// likeness keeps the order of the table.
///
/// ```
/// assert_eq!(k8sprep::explain::near("swap-onn").first(), Some(&"swap-on"));
/// assert!(k8sprep::explain::near("zzz").is_empty());
/// ```
#[must_use]
pub fn near(text: &str) -> Vec<&'static str> {
    // Below that, two words have little more in common than letters.
    const ENOUGH: usize = 50;
    let text = pairs(text);
    let like = |code: &'static str| (likeness(&text, &pairs(code)), code);
    let mut near: Vec<(usize, &str)> =
        all().map(|row| like(row.code)).filter(|(like, _)| *like >= ENOUGH).collect();
    near.sort_by_key(|(like, _)| std::cmp::Reverse(*like));
    near.into_iter().map(|(_, code)| code).take(3).collect()
}

/// Pairs of letters of a text. A pair counts once however often it stands there, so that a text of
/// any length has no more of them than there are; one of less than two bytes has none. Bytes are
/// enough: every code is ASCII.
fn pairs(text: &str) -> BTreeSet<[u8; 2]> {
    text.as_bytes().windows(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// How much two texts have in common, in percent: pairs that both have (the coefficient of Dice).
fn likeness(a: &BTreeSet<[u8; 2]>, b: &BTreeSet<[u8; 2]>) -> usize {
    200 * a.intersection(b).count() / (a.len() + b.len()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_once_and_is_kebab_case() {
        let mut seen = BTreeSet::new();
        for row in all() {
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            let mut words = row.code.split('-');
            let is_word = |word: &str| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            };
            assert!(words.all(is_word), "{} is not kebab-case", row.code);
        }
    }

    #[test]
    fn every_text_is_said_and_is_sentences() {
        for row in all() {
            for (what, text) in
                [("meaning", row.meaning), ("why", row.why), ("known", row.known), ("cure", row.cure)]
            {
                assert!(text.ends_with('.') && text.len() > 6, "{}: {what}: {text:?}", row.code);
                assert!(!text.contains("  "), "{}: {what}: two blanks: {text:?}", row.code);
            }
            assert!(!row.title.ends_with('.') && !row.title.is_empty(), "{}", row.code);
            assert!(!row.source.is_empty(), "{}", row.code);
        }
    }

    #[test]
    fn a_slip_finds_its_code() {
        assert_eq!(near("pod-subnet-overlaps").first(), Some(&"pod-subnet-overlap"));
        assert_eq!(near("cgroup-driver-mismatched").first(), Some(&"cgroup-driver-mismatch"));
        assert!(near("zzz").is_empty());
        assert!(near("").is_empty());
    }
}
