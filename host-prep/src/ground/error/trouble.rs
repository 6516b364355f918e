//! What package managers say when they fail, and what it means.

use std::fmt;

/// Why a package manager could not do its work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Trouble {
    /// A signature by a key that is not trusted.
    WrongKey,
    /// A signature by a key whose time is over.
    ExpiredKey,
    /// No signature where one is wanted.
    Unsigned,
    /// A file that is not what the index says: cut short or replaced on the way.
    Damaged,
    /// No answer, or an error status.
    Unreachable,
    /// Another run of the package manager holds its lock.
    Busy,
    /// The disk is full.
    NoSpace,
    /// The repository has no such package or version.
    NoSuchPackage,
    /// Something the packages need is not to be had.
    Unresolvable,
    /// An exclude of the admin's keeps something out.
    Excluded,
    /// An earlier run was cut short.
    HalfDone,
    /// Something else that is installed needs what is to be removed.
    Needed,
}

/// Words of apt 2, dnf 4, dnf 5, yum 3 and zypper, in lower case; what is more special comes first.
/// A dead mirror follows a bad key in apt's output and not the other way round, so causes come
/// before consequences.
const WORDS: &[(&str, Trouble)] = &[
    ("no space left on device", Trouble::NoSpace),
    ("don't have enough free space", Trouble::NoSpace),
    ("not enough free disk space", Trouble::NoSpace),
    // dnf and rpm: "installing package x needs 35MB more space on the /usr filesystem".
    ("mb more space", Trouble::NoSpace),
    ("kb more space", Trouble::NoSpace),
    ("could not get lock", Trouble::Busy),
    ("unable to acquire the dpkg", Trouble::Busy),
    ("unable to lock directory", Trouble::Busy),
    ("is locked by", Trouble::Busy),
    // dpkg since 1.19: "dpkg frontend lock was locked by another process with pid 12".
    ("was locked by", Trouble::Busy),
    ("dependency problems prevent removal", Trouble::Needed),
    ("is needed by (installed)", Trouble::Needed),
    ("waiting for process with pid", Trouble::Busy),
    ("already locked by", Trouble::Busy),
    ("another app is currently holding the yum lock", Trouble::Busy),
    ("can't create transaction lock", Trouble::Busy),
    ("dpkg was interrupted", Trouble::HalfDone),
    ("expkeysig", Trouble::ExpiredKey),
    ("key is expired", Trouble::ExpiredKey),
    ("key expired", Trouble::ExpiredKey),
    ("key has expired", Trouble::ExpiredKey),
    ("certificate has expired", Trouble::ExpiredKey),
    ("no_pubkey", Trouble::WrongKey),
    ("badsig", Trouble::WrongKey),
    // sqv, which apt 3 asks; its next line says that the repository is not signed.
    ("which is needed to verify signature", Trouble::WrongKey),
    ("public key is not installed", Trouble::WrongKey),
    ("is not signed", Trouble::Unsigned),
    ("is no longer signed", Trouble::Unsigned),
    ("not signed!", Trouble::Unsigned),
    ("is unsigned", Trouble::Unsigned),
    ("nosplit", Trouble::Unsigned),
    ("cannot be authenticated", Trouble::Unsigned),
    ("unauthenticated packages", Trouble::Unsigned),
    ("are not correct for this package", Trouble::WrongKey),
    ("gpg check failed", Trouble::WrongKey),
    ("signature verification failed", Trouble::WrongKey),
    ("unknown public key", Trouble::WrongKey),
    ("unknown key", Trouble::WrongKey),
    // dnf looks for the keys of an image outside of it, and only for a signature by one that is not
    // imported.
    ("couldn't read a file:// file for file:///etc/pki/rpm-gpg/", Trouble::WrongKey),
    ("missing key", Trouble::WrongKey),
    ("nokey", Trouble::WrongKey),
    ("hash sum mismatch", Trouble::Damaged),
    ("file has unexpected size", Trouble::Damaged),
    ("checksum doesn't match", Trouble::Damaged),
    ("checksum error", Trouble::Damaged),
    ("incorrect checksum", Trouble::Damaged),
    ("digest verification failed", Trouble::Damaged),
    ("failed to decompress", Trouble::Damaged),
    ("does not match", Trouble::Damaged),
    ("wrong checksum", Trouble::Damaged),
    ("could not resolve", Trouble::Unreachable),
    ("temporary failure resolving", Trouble::Unreachable),
    ("connection refused", Trouble::Unreachable),
    ("connection failed", Trouble::Unreachable),
    ("could not connect", Trouble::Unreachable),
    ("timed out", Trouble::Unreachable),
    ("cannot download", Trouble::Unreachable),
    ("failed to fetch", Trouble::Unreachable),
    ("failed to download metadata", Trouble::Unreachable),
    ("valid metadata not found", Trouble::Unreachable),
    ("does not have a release file", Trouble::Unreachable),
    ("no more mirrors to try", Trouble::Unreachable),
    ("download (curl) error", Trouble::Unreachable),
    // dnf 4 where a version is in no repository any more.
    ("no packages marked for downgrade", Trouble::NoSuchPackage),
    ("unable to locate package", Trouble::NoSuchPackage),
    ("unable to find a match", Trouble::NoSuchPackage),
    ("no match for argument", Trouble::NoSuchPackage),
    ("not found in package names", Trouble::NoSuchPackage),
    ("no provider of", Trouble::NoSuchPackage),
    ("was not found", Trouble::NoSuchPackage),
    ("unmet dependencies", Trouble::Unresolvable),
    ("nothing provides", Trouble::Unresolvable),
    ("filtered out by exclude filtering", Trouble::Excluded),
];

impl Trouble {
    /// What the output of a package manager tells.
    #[must_use]
    pub fn in_output(said: &str) -> Option<Self> {
        let said = said.to_ascii_lowercase();
        WORDS.iter().find(|(words, _)| said.contains(words)).map(|(_, trouble)| *trouble)
    }

    /// Whether trying again gives the same answer until somebody changes something else.
    pub(crate) fn lasts(self) -> bool {
        matches!(self, Self::NoSuchPackage | Self::Unresolvable | Self::Excluded | Self::Needed)
    }

    /// Which package is missing and what needs it, in the package manager's own words: of apt
    /// (`kubelet : Depends: conntrack but it is not installable`, further ones in lines of
    /// their own), dnf and zypper (`nothing provides x needed by y`).
    pub(crate) fn missing_in(said: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut whose = "";
        for line in said.lines().map(str::trim) {
            if let Some((name, _)) = line.split_once(" : ") {
                whose = name;
            }
            let of_apt = ["Depends: ", "PreDepends: "].iter().any(|word| line.contains(word));
            let of_apt = of_apt && line.contains(" but it is not ");
            let text = match line.contains(" : ") {
                false if of_apt => format!("{whose} : {line}"),
                _ if of_apt || line.contains("nothing provides") => line.trim_start_matches("- ").to_owned(),
                _ => continue,
            };
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }

    /// What can be done about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::WrongKey => "compare the key with what the project publishes; signatures stay checked",
            Self::ExpiredKey => "fetch the key again: its owner may have prolonged it",
            Self::Unsigned => "another mirror may be whole; unsigned packages are not installed",
            Self::Damaged => "try again, or take another mirror",
            Self::Unreachable => "look at the network and its proxies, or let `--mirror probe` choose",
            Self::Busy => "wait until the other run ends",
            Self::NoSpace => "make room, then try again",
            Self::NoSuchPackage => {
                "look whether this release is published yet; a new minor has no packages before x.y.0"
            }
            Self::Unresolvable => "the distribution's own repositories have to be enabled",
            Self::Excluded => {
                "look at `exclude=` in /etc/dnf/dnf.conf, /etc/yum.conf and the repository files"
            }
            Self::Needed => "remove what needs it first",
            Self::HalfDone => "run `dpkg --configure -a` and see what it says",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongKey => "what it fetched is signed by a key that is not trusted",
            Self::ExpiredKey => "what it fetched is signed by a key that has expired",
            Self::Unsigned => "what it fetched is not signed",
            Self::Damaged => "what it fetched is damaged: it is not what the index says",
            Self::Unreachable => "a repository does not answer",
            Self::Busy => "another package manager is at work",
            Self::NoSpace => "there is no space left on the disk",
            Self::NoSuchPackage => "no repository has what was asked for",
            Self::Unresolvable => "packages need something that no repository has",
            Self::Excluded => "an exclude keeps out something that packages need",
            Self::HalfDone => "an earlier run was cut short",
            Self::Needed => "something else that is installed needs it",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_needs_it() {
        let apt = "The following packages have unmet dependencies:\n kubelet : Depends: conntrack but it is not installable\n\
            \x20          Depends: ethtool but it is not going to be installed\nE: Unable to correct problems\n";
        assert_eq!(
            Trouble::missing_in(apt),
            [
                "kubelet : Depends: conntrack but it is not installable",
                "kubelet : Depends: ethtool but it is not going to be installed"
            ]
        );
        let dnf = "Error: \n Problem: conflicting requests\n  - nothing provides libkube needed by kubelet-1.34.2-1.noarch\n";
        assert_eq!(Trouble::missing_in(dnf), ["nothing provides libkube needed by kubelet-1.34.2-1.noarch"]);
    }
}
