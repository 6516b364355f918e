//! Recorded HTTP answers of a real daemon.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Requests and the bytes they were answered with.
#[derive(Clone, Debug, Default)]
pub struct Recording(BTreeMap<String, Vec<u8>>);

impl Recording {
    /// Reads the `<name>.request` and `<name>.response` files of a directory.
    ///
    /// # Errors
    /// When the directory cannot be read, or a request has no response.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let mut answers = BTreeMap::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "request") {
                let request = fs::read_to_string(&path)?;
                answers.insert(question(&request), fs::read(path.with_extension("response"))?);
            }
        }
        Ok(Self(answers))
    }

    /// The same with one more answer, to a `GET` of that path.
    #[must_use]
    pub fn with(mut self, path: &str, answer: impl Into<Vec<u8>>) -> Self {
        self.0.insert(question(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")), answer.into());
        self
    }

    /// What was answered to a request of the same first line; nothing if none was recorded.
    pub(super) fn answer(&self, request: &str) -> &[u8] {
        self.0.get(&question(request)).map_or(&[], Vec::as_slice)
    }
}

/// The request line, and whether a host was named: CRI-O refuses HTTP/1.1 without.
fn question(request: &str) -> String {
    let host = request.to_ascii_lowercase().contains("\r\nhost:");
    format!("{} host={host}", request.lines().next().unwrap_or_default())
}
