//! Which names are those of secrets.

/// What the name of a secret ends in, without dashes, underscores and dots, in small letters.
const ENDS: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "secret",
    "token",
    "apikey",
    "psk",
    "credential",
    "credentials",
    "privatekey",
    "presharedkey",
    "encryptionkey",
    "certificatekey",
    "clientkeydata",
    "secretkey",
    "accesskey",
];
/// Names that are one as a whole.
const WHOLE: [&str; 3] = ["auth", "pwd", "key1"];

/// Whether a value of that name is secret.
pub(super) fn is_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    ENDS.iter().any(|end| plain.ends_with(end)) || WHOLE.contains(&plain.as_str())
}

/// Whether a value cannot be a secret whatever its name is: nothing, a switch, a number, a path, the
/// name of a variable, or one that is hidden already.
pub(super) fn is_harmless(value: &str) -> bool {
    let bare = value.trim().trim_matches(['"', '\'', '\\', ',', ';']);
    let numbers = bare.chars().all(|c| c.is_ascii_digit() || "hms.".contains(c)) && bare.len() < 12;
    matches!(bare, "" | "true" | "false" | "null" | "~" | "none" | "|" | ">" | "-" | "*" | "yes" | "no" | "on" | "off")
        || numbers
        || bare.starts_with(super::MASK)
        || bare.starts_with(['/', '$', '{', '['])
}
