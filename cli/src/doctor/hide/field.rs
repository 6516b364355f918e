//! Which values are no secrets, whatever their names are.
//!
//! Names err to the safe side ([`host_prep::is_secret_name`]). What is let through is what cannot be a
//! secret by its value, or a support archive would be a list of stars.

use host_prep::is_secret_name;
use kubeadm_config::BootstrapToken;

/// Base64 of `-----BEGIN PUBLIC KEY`: what is left of a private key.
const PUBLIC_KEY: &str = "LS0tLS1CRUdJTiBQVUJMSUMgS0VZ";

/// The secret half of a token that is none.
pub(super) const NO_TOKEN: &str = "0000000000000000";
/// Hexadecimal digits of a certificate key.
const KEY_DIGITS: usize = 64;

/// What is valid where the value is, and no secret: a rule that asks for the form says the same of it.
pub(super) fn stand_in(value: &str) -> Option<String> {
    let value = value.trim();
    if value.parse::<BootstrapToken>().is_ok() {
        let (id, _) = value.split_once('.')?;
        return Some(format!("{id}.{NO_TOKEN}"));
    }
    let is_key = value.len() == KEY_DIGITS && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key.then(|| "0".repeat(KEY_DIGITS))
}

/// Whether a value is what an earlier pass put there.
fn is_stand_in(value: &str) -> bool {
    stand_in(value).is_some_and(|stands| stands == value)
}

/// The end of base64 whose last letters look like a name: `...EkaPw==`, which one certificate or public key
/// in some hundreds has, on a line of its own or with the end of its block behind it.
fn is_padding(value: &str) -> bool {
    let behind = value.trim_start_matches('=').trim_start_matches('\\');
    value.starts_with('=') && behind.is_empty() || behind.starts_with("n-----END ")
}

/// How long the scheme of HTTP is, with its blank, that a value begins with.
pub(super) fn scheme(value: &str) -> usize {
    const SCHEMES: [&str; 5] = ["bearer ", "basic ", "token ", "digest ", "negotiate "];
    let starts = |scheme: &&&str| value.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().find(starts).map_or(0, |scheme| scheme.len())
}

/// The name that makes the items of a list secrets: `tokens` and `password` are lists of such.
pub(super) fn of_list(name: &str) -> Option<&str> {
    [name, name.trim_end_matches('s')].into_iter().find(|name| is_secret_name(name))
}

/// Whether a value cannot be a secret whatever its name is: nothing, a switch, the name of a
/// variable, the beginning of a list, or what is hidden already.
pub(super) fn is_harmless(value: &str) -> bool {
    const SIGNS: [&str; 10] = ["|", ">", "|-", ">-", "-", "on", "{", "{}", "[", "[]"];
    let bare = value.trim().trim_matches(['"', '\'', '\\', ',', ';']);
    let name = bare.trim_start_matches(['$', '(', '{']).trim_end_matches([')', '}']);
    let variable = bare.starts_with('$')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    // `auth: {username: ...`, `{"auths":{"r":{...`.
    let opens =
        bare.starts_with(['{', '[']) && (bare.ends_with(':') || bare[1..].starts_with(['"', '{', '[']));
    let scheme = scheme(bare);
    let behind_scheme = scheme > 0 && &bare[scheme..] == super::MASK;
    host_prep::is_no_secret(bare)
        || SIGNS.contains(&bare)
        || behind_scheme
        || variable
        || opens
        || bare.bytes().all(|byte| byte == b'*')
        || bare.starts_with(super::MASK)
        || bare.starts_with(PUBLIC_KEY)
        || is_padding(bare)
        || is_stand_in(bare)
}
