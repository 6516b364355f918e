//! A file beside CRI-O's own: read, and places in it.

use crate::toml::{self, Fault};
use crate::{Effective, FileOrigin, Place, SourceFile};

/// The file read as TOML, or why it cannot be.
pub(super) fn table(
    file: &SourceFile,
    config: &Effective,
) -> Result<toml::Table, (String, Option<FileOrigin>)> {
    let bytes = match &file.content {
        Ok(bytes) => bytes,
        Err(why) => return Err((format!("{}: {why}", file.path), None)),
    };
    let read = toml::read(bytes, config.release().dialect());
    read.map(|read| read.root).map_err(|Fault { span, message, .. }| {
        let origin = at(file, span);
        (format!("{} line {}: {message}", file.path, origin.line), Some(origin))
    })
}

/// A place in the file.
pub(super) fn at(file: &SourceFile, span: toml::Span) -> FileOrigin {
    let bytes = file.content.as_deref().unwrap_or_default();
    FileOrigin { path: file.path.as_str().into(), line: Place::of(bytes, &span).line, span }
}
