//! Which keys and values are secret.

/// Whether a line may name a key whose value is secret: it cannot be read, so that a part of a name is
/// enough.
pub(super) fn is_named_in(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    host_prep::secret_signs().iter().any(|sign| line.contains(sign))
        || line.contains("://") && line.contains('@')
}

/// Whether a file has a key in it, or a URL with a password.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("PRIVATE KEY-----") || host_prep::without_passwords(&text) != text
}
