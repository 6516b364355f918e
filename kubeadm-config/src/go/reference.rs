//! Image references as `distribution/reference` recognises them.
//!
//! kubeadm asks only whether the expression matches (`ValidateImageRepository`), not what it
//! captures. The expression is anchored, so that it must match the whole text.

/// Whether `ReferenceRegexp` matches `[domain[:port]/]path[:tag][@digest]`.
pub(crate) fn is_image_reference(text: &str) -> bool {
    let (text, digest) = match text.split_once('@') {
        Some((text, digest)) => (text, Some(digest)),
        None => (text, None),
    };
    // A colon behind the last slash starts the tag: the path itself has none, the domain's port comes
    // before a slash.
    let name_end = text.rfind('/').unwrap_or(0);
    let (name, tag) = match text[name_end..].find(':') {
        Some(colon) => (&text[..name_end + colon], Some(&text[name_end + colon + 1..])),
        None => (text, None),
    };
    // Whether the first part is a domain or a path does not matter: either may match.
    let named = is_path(name)
        || name.split_once('/').is_some_and(|(domain, path)| is_domain_and_port(domain) && is_path(path));
    named && tag.is_none_or(is_tag) && digest.is_none_or(is_digest)
}

/// Components with slashes between: runs of `a-z0-9` joined by `.`, `_`, `__` or any number of
/// dashes.
fn is_path(path: &str) -> bool {
    path.split('/').all(|component| {
        let bytes = component.as_bytes();
        let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let separators = bytes.split(alphanumeric).filter(|run| !run.is_empty());
        bytes.first().is_some_and(alphanumeric)
            && bytes.last().is_some_and(alphanumeric)
            && separators
                .into_iter()
                .all(|run| matches!(run, b"." | b"_" | b"__") || run.iter().all(|b| *b == b'-'))
    })
}

/// A name of a host: letters of both cases, digits, and dashes inside of a label.
fn is_domain_and_port(text: &str) -> bool {
    let (host, port) = match text.rfind(':') {
        Some(colon) if !text[colon..].contains(']') => (&text[..colon], Some(&text[colon + 1..])),
        _ => (text, None),
    };
    let port_is_good = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    port_is_good && (is_domain(host) || is_bracketed(host))
}

fn is_domain(host: &str) -> bool {
    host.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

/// An IPv6 address as the expression has it: hex digits and colons in brackets, in any number.
fn is_bracketed(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'))
}

/// A word character first, then up to 127 more with dots and dashes.
fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

/// `algorithm:hex`, the algorithm made of parts with `-`, `_`, `+` or `.` between.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let part_is_good = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(part_is_good)
        && hex.len() >= 32
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_references_from_other_texts() {
        let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let good = [
            "a",
            "a/b",
            "registry.k8s.io/pause:3.10",
            "localhost:5000/a",
            "Example.com/a",
            "[fd00::1]:5000/a:1",
            "a__b/c---d",
            "a:5000/b",
            "a:5000",
        ];
        for good in good {
            assert!(is_image_reference(good), "{good}");
            assert!(is_image_reference(&format!("{good}@{digest}")), "{good}");
        }
        let bad = [
            "",
            "/a",
            "a/",
            "a//b",
            "A",
            "a/B",
            "a___b",
            "a..b",
            "-a/b",
            "https://a/b",
            "a b",
            "a:b:c",
            "a/b:t/c",
            "a_b:5000/c",
            "a:/b",
            "a@sha256:abc",
            "é/a",
            "[fd00::1/a",
        ];
        for bad in bad {
            assert!(!is_image_reference(bad), "{bad}");
        }
    }
}
