//! Names as apimachinery's `util/validation` judges them.
//!
//! For `dnsDomain`, the node's name and names in certificates. Labels are not measured: RFC 1123's
//! 63 characters are no rule of a subdomain there, only its 253 of the whole.

const MAX_LENGTH: usize = 253;
/// What stands in the messages; the judging is done by [`is_subdomain`].
const EXPRESSION: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/// `IsDNS1123Subdomain`: what is wrong with a name as a DNS subdomain, nothing where it is one.
pub(crate) fn subdomain_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > MAX_LENGTH {
        errors.push(format!("must be no more than {MAX_LENGTH} characters"));
    }
    if !is_subdomain(name) {
        errors.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
             and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{EXPRESSION}')"
        ));
    }
    errors
}

/// `IsWildcardDNS1123Subdomain`: the same for `*.` and a subdomain. The length is that of the
/// whole.
pub(crate) fn wildcard_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > MAX_LENGTH {
        errors.push(format!("must be no more than {MAX_LENGTH} characters"));
    }
    if !name.strip_prefix("*.").is_some_and(is_subdomain) {
        errors.push(format!(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of \
             lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', \
             regex used for validation is '\\*\\.{EXPRESSION}')"
        ));
    }
    errors
}

fn is_subdomain(name: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.split('.').all(|label| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|b| alphanumeric(*b))
            && bytes.last().is_some_and(|b| alphanumeric(*b))
            && bytes.iter().all(|b| alphanumeric(*b) || *b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_names() {
        for good in ["a", "0", "node-1", "a.b.c", "xn--a.0-0"] {
            assert!(subdomain_errors(good).is_empty(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a..b", ".a", "a.", "a_b", "é", "*.a"] {
            assert_eq!(subdomain_errors(bad).len(), 1, "{bad}");
        }
        assert_eq!(subdomain_errors(&"a".repeat(253)), [""; 0]);
        assert_eq!(subdomain_errors(&"A".repeat(254)).len(), 2);
        assert!(wildcard_errors("*.a").is_empty());
        for bad in ["*", "*.", "a", "*.*.a", "*.A"] {
            assert_eq!(wildcard_errors(bad).len(), 1, "{bad}");
        }
    }
}
