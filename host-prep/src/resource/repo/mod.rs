//! Package repositories: which there are, what is written to use one, and what of old has to make
//! room.
//!
//! [`Repositories`] writes one file for each artefact and beside it the keys that were checked
//! against their pins. Other entries for the same packages are taken out of use where they stand: a
//! repository of Google's time, another minor's, another mirror's. Everything is a change of files,
//! so the undo is the engine's.

mod choose;
pub(crate) mod copies;
mod key;
mod key_facts;
mod legacy;
mod listed;
mod openpgp;
mod probe;
mod render;
mod resource;
mod vault;

pub use crate::mirrors::{Fingerprint, InvalidFingerprint};
pub use choose::{Answer, NoneAnswered, Outcome, answer, choose, curl, question};
pub use key::CheckedKeys;
pub use key_facts::{KeyError, KeyFacts};
pub use legacy::{Legacy, State, artefact_of, legacy_of};
pub use openpgp::{MAX_KEY_FILE, read_keys};
pub use probe::{Candidate, probe};
pub use render::{Places, Trust, id, packages};
pub use resource::{Repositories, Repository, key_files_of};
