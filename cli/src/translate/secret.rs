//! Which keys and values are secret.

/// Keys whose values are never shown.
const NAMES: [&str; 8] =
    ["auth", "password", "identitytoken", "registrytoken", "token", "secret", "authorization", "key-data"];

/// Whether a line names a key whose value is secret.
pub(super) fn is_named_in(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    NAMES.iter().any(|name| line.contains(name)) || line.contains("://") && line.contains('@')
}

/// Whether a file has a key in it, or a URL with a password.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("PRIVATE KEY-----") || host_prep::without_passwords(&text) != text
}
