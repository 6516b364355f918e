//! Files that a command line names: read whole, `-` for stdin, and never more than they may hold.
//!
//! Every file is read with the bound that its reader says: a document of kubeadm, a spec and a log
//! have different ones. `-` is stdin for all of them; a file of that name is `./-`.

use std::io::{self, Read as _};
use std::path::Path;

use crate::bounded;

/// The bytes of `file`; one of more than `most` is an error.
pub(crate) fn read(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    if is_stdin(file) {
        return read_opened(open(file)?, most);
    }
    within(bounded::read(file, most)?, most)
}

/// Opens `file`.
pub(crate) fn open(file: &Path) -> io::Result<Box<dyn io::Read>> {
    if is_stdin(file) { Ok(Box::new(io::stdin().lock())) } else { crate::piecewise::open(file) }
}

/// The bytes of an open file; more than `most` are an error.
pub(crate) fn read_opened(file: Box<dyn io::Read>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Of stdin no length is known before it ends.
    file.take(most + 1).read_to_end(&mut bytes)?;
    within(bytes, most)
}

/// What was read, where it is no more than the bound. The message tells the bound in
/// whole MiB.
fn within(bytes: Vec<u8>, most: u64) -> io::Result<Vec<u8>> {
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!(
            "it is larger than {} MiB, the most such a file may be",
            most >> 20
        )));
    }
    Ok(bytes)
}

/// How messages name a file.
pub(crate) fn shown(file: &Path) -> String {
    if is_stdin(file) { "stdin".into() } else { file.display().to_string() }
}

/// By the word alone; `/dev/stdin` is a file like others, and messages name it so.
fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}
