//! What the commands say that were given no file, or one that cannot be read.

use std::io;

use super::Answer;
use crate::failure::Failure;
use crate::go::errno_text;
use crate::release::KubeadmRelease;

/// Why a command has no file to work on.
#[derive(Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum NoFile<'a> {
    /// The flag was not given, or names nothing. (`images list` does without.)
    NotNamed,
    /// The file cannot be opened.
    NotOpened { path: &'a str, error: &'a io::Error },
    /// The file cannot be read to its end.
    NotRead { path: &'a str, error: &'a io::Error },
}

impl NoFile<'_> {
    pub(super) fn path(&self) -> &str {
        match self {
            Self::NotNamed => "",
            Self::NotOpened { path, .. } | Self::NotRead { path, .. } => path,
        }
    }

    /// Go's words for it, with the flag that a command cannot do without.
    pub(super) fn text(&self, flag: &str) -> String {
        match self {
            Self::NotNamed => format!("the --{flag} flag is mandatory"),
            Self::NotOpened { path, error } => format!("open {path}: {}", errno_text(error)),
            Self::NotRead { path, error } => format!("read {path}: {}", errno_text(error)),
        }
    }
}

/// `kubeadm config validate` without a file.
#[must_use]
pub fn validate_no_file(why: &NoFile<'_>, release: &KubeadmRelease) -> Answer {
    Answer::of(Err(Failure::new(why.text("config"))), Vec::new(), String::new(), release)
}

/// `kubeadm config migrate` without a file.
#[must_use]
pub fn migrate_no_file(why: &NoFile<'_>, release: &KubeadmRelease) -> Answer {
    Answer::of(Err(Failure::new(why.text("old-config"))), Vec::new(), String::new(), release)
}
