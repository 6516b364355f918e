//! An error with what caused it, on one line.
//!
//! ```text
//! cannot read /etc/fstab: Permission denied (os error 13)
//! ```

/// The error and its sources, joined by `: `. Our errors never repeat their source.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
