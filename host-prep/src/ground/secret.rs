//! Which names are those of secrets: of fields, variables, flags, headers, columns and parameters.
//! The one table that everything asks which hides, masks or leaves out.
//!
//! It errs to the safe side: a name that ends like a secret's is one.

/// How a word of the table lies in a name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    /// At its beginning, whatever separates its words: `X-Auth-Key`, `xAuthUser`.
    Begin,
    /// At its end: `DB_PASSWORD`, `clientSecret`, `api-key`.
    End,
    /// As its last word: `DB_PW` and `dbPw`, and neither `httpw` nor `PATH`.
    Last,
    /// As the last word of a parameter of a URL, where `key` is no more than a name elsewhere.
    Parameter,
    /// As the last word of a setting of a package manager, which has a login to every password.
    Login,
}

/// Words in small letters, without what separates them.
const TABLE: [(At, &str); 38] = [
    (At::Begin, "xauth"),
    (At::End, "password"),
    (At::End, "passwd"),
    (At::End, "passphrase"),
    (At::End, "passcode"),
    (At::End, "pass"),
    (At::End, "secret"),
    (At::End, "token"),
    (At::End, "apikey"),
    (At::End, "psk"),
    (At::End, "credential"),
    (At::End, "credentials"),
    (At::End, "creds"),
    (At::End, "privatekey"),
    (At::End, "presharedkey"),
    (At::End, "encryptionkey"),
    (At::End, "certificatekey"),
    // `client-key-data` of a kubeconfig.
    (At::End, "keydata"),
    (At::End, "secretkey"),
    (At::End, "accesskey"),
    (At::End, "signingkey"),
    (At::End, "authkey"),
    (At::End, "accountkey"),
    (At::End, "connectionstring"),
    (At::Last, "auth"),
    (At::Last, "authorization"),
    (At::Last, "cookie"),
    (At::Last, "cred"),
    (At::Last, "pat"),
    (At::Last, "pw"),
    (At::Last, "pwd"),
    // The name that Kubernetes' pages give to the first key of etcd's encryption.
    (At::Last, "key1"),
    (At::Parameter, "key"),
    (At::Parameter, "sig"),
    (At::Parameter, "signature"),
    (At::Login, "username"),
    (At::Login, "login"),
    (At::Login, "account"),
];

/// Whether what stands under that name is a secret, however its words are joined.
///
/// ```
/// for name in ["token", "DB_PASSWD", "--certificate-key", "auth.password", "X-Auth-User", "githubPat"] {
///     assert!(host_prep::is_secret_name(name), "{name}");
/// }
/// for name in ["tokenTTL", "PATH", "--token-auth-file", "key", "authentication", "compat"] {
///     assert!(!host_prep::is_secret_name(name), "{name}");
/// }
/// ```
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let last = last_word(name);
    TABLE.iter().any(|(at, word)| match at {
        At::Begin => plain.starts_with(word),
        At::End => plain.ends_with(word),
        At::Last => last == *word,
        At::Parameter | At::Login => false,
    })
}

/// Whether the value of that parameter of a URL is a secret.
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    is_secret_name(name) || has_last(At::Parameter, name)
}

/// Whether that setting of a package manager is a login or its password.
pub(crate) fn is_login(name: &str) -> bool {
    is_secret_name(name) || has_last(At::Login, name)
}

fn has_last(wanted: At, name: &str) -> bool {
    let last = last_word(name);
    TABLE.iter().any(|(at, word)| *at == wanted && last == *word)
}

/// What of a line has to be in it, in letters of either case, for a name of a secret to be in it: most
/// lines have none of them, and are not looked at again.
pub fn secret_signs() -> Vec<String> {
    let mut signs: Vec<String> = vec!["key".to_owned()];
    for (at, word) in TABLE {
        match at {
            At::Begin => signs.push("auth".to_owned()),
            // A short word is in too many others, and a long one may have a dash in it.
            At::Last if word.len() < 4 => {
                let around = ["_", "-", "."].map(|before| format!("{before}{word}"));
                let behind = ["=", ":", "\"", "'", " ", "\\", "\0"].map(|after| format!("{word}{after}"));
                signs.extend(around.into_iter().chain(behind));
            }
            At::End if word.ends_with("key") || word == "keydata" => {}
            At::End if word == "connectionstring" => signs.push("string".to_owned()),
            At::End | At::Last => signs.push(word.to_owned()),
            At::Parameter | At::Login => {}
        }
    }
    signs.sort_unstable();
    signs.dedup();
    signs
}

/// Whether a value says no more than yes, no or nothing, whatever its name is.
///
/// ```
/// assert!(host_prep::is_no_secret("false") && host_prep::is_no_secret("\"\""));
/// assert!(!host_prep::is_no_secret("12345678"));
/// ```
#[must_use]
pub fn is_no_secret(value: &str) -> bool {
    const WORDS: [&str; 9] = ["", "true", "false", "null", "~", "none", "yes", "no", "off"];
    WORDS.contains(&value.trim().trim_matches(['"', '\'', ',', ';']))
}

/// The last of a name's words, in small letters: behind what separates words, or from the capital on
/// that follows a small letter.
fn last_word(name: &str) -> String {
    let end = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let mut start = 0;
    let mut before = '_';
    for (at, c) in end.char_indices() {
        let begins =
            !before.is_ascii_alphanumeric() || (!before.is_ascii_uppercase() && c.is_ascii_uppercase());
        if c.is_ascii_alphanumeric() && begins {
            start = at;
        }
        before = c;
    }
    end[start..].to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_secrets_however_its_words_are_joined() {
        let secret = [
            "token",
            "bootstrap-token",
            "DB_CREDS",
            "DB_PW",
            "dbPw",
            "DB_PASSWD",
            "GITHUB_PAT",
            "githubPat",
            "auth.password",
            "X-Auth-Token",
            "X-Auth-User",
            "x_auth",
            "Proxy-Authorization",
            "Set-Cookie",
            "client-key-data",
            "API_KEY",
            "apiKey",
            "aws_secret_access_key",
            "certificateKey",
            "requirepass",
            "identitytoken",
            "auth",
            "AZURE_STORAGE_CONNECTION_STRING",
            "key1",
            "wifi.psk",
        ];
        let none = [
            "PATH",
            "COMPAT",
            "compat",
            "tokenTTL",
            "token-auth-file",
            "authentication",
            "authorization-mode",
            "tls-private-key-file",
            "key",
            "keys",
            "secretName",
            "password-file",
            "pattern",
            "httpw",
            "",
            "-",
            "global_auth_file",
            "service-account-key-file",
            "certificate-authority-data",
            "hairpinMode",
        ];
        assert_eq!(
            secret.iter().filter(|name| !is_secret_name(name)).collect::<Vec<_>>(),
            [""; 0].iter().collect::<Vec<_>>()
        );
        assert_eq!(
            none.iter().filter(|name| is_secret_name(name)).collect::<Vec<_>>(),
            [""; 0].iter().collect::<Vec<_>>()
        );
        // What has no sign is not looked at, so that every name has one.
        let signs = secret_signs();
        for name in secret {
            let line = format!("{name}=x").to_ascii_lowercase();
            assert!(signs.iter().any(|sign| line.contains(sign.as_str())), "{name}");
        }
    }

    #[test]
    fn what_is_one_in_a_url_or_of_a_package_manager_is_none_elsewhere() {
        assert!(is_secret_parameter("key") && is_secret_parameter("X-Amz-Signature"));
        assert!(!is_secret_parameter("monkey") && !is_secret_name("username"));
        assert!(is_login("proxy_username") && is_login("proxy_password") && !is_login("passwordless"));
    }
}
