//! Errors of the operating system in Go's words.
//!
//! Rust's texts come from the C library and end in `(os error 2)`; Go has a table of its own
//! (`syscall/zerrors_linux_amd64.go`), and kubeadm's messages have its words. What a file cannot
//! bring is not in it.

use std::io;

/// What `syscall.Errno` says on Linux, of the errors that a file may have.
pub(crate) fn errno_text(error: &io::Error) -> String {
    let text = match error.raw_os_error() {
        Some(1) => "operation not permitted",
        Some(2) => "no such file or directory",
        Some(5) => "input/output error",
        Some(6) => "no such device or address",
        Some(13) => "permission denied",
        Some(19) => "no such device",
        Some(20) => "not a directory",
        Some(21) => "is a directory",
        Some(22) => "invalid argument",
        Some(23) => "too many open files in system",
        Some(24) => "too many open files",
        Some(36) => "file name too long",
        Some(40) => "too many levels of symbolic links",
        Some(116) => "stale NFS file handle",
        _ => return error.to_string(),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_errors_are_go_s_and_others_keep_their_own_words() {
        assert_eq!(errno_text(&io::Error::from_raw_os_error(21)), "is a directory");
        assert_eq!(errno_text(&io::Error::other("too large")), "too large");
    }
}
