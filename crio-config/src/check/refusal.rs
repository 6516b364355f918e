//! A value that CRI-O refuses: its words, and where it was written.

use super::{Finding, help};
use crate::code::Code;
use crate::{Effective, Release, Severity};

/// The words before what a table is refused for.
pub(super) fn prefix(release: Release, table: &str, text: String) -> String {
    match release.minor() {
        ..18 => format!("{table} config: {text}"),
        18..22 => format!("Validating {table} config: {text}"),
        _ => format!("validating {table} config: {text}"),
    }
}

pub(super) fn refused(config: &Effective, code: Code, path: &[&str], text: String) -> Finding {
    let help = help::on(&text);
    Finding { help, ..Finding::new(Severity::Error, code, text).of(path).at(config.file_origin(path)) }
}
