//! Image patterns and paths.

use crate::go::is_image_reference;

/// `ValidateAllowlistImagesPatterns`: what is wrong with a pattern, if something is.
///
/// `registry.example.org/team/*` or a repository without tag and digest; a bare name counts as
/// having none of a registry and is refused with the same sentence.
pub(super) fn pattern_fault(pattern: &str) -> Option<String> {
    if pattern != pattern.trim() {
        return Some(format!("leading/trailing spaces are not allowed: {pattern}"));
    }
    let wildcard = pattern.ends_with("/*");
    let rest = if wildcard { pattern.trim_end_matches('*') } else { pattern };
    if rest.is_empty() {
        return Some(format!("the supplied pattern is too short: {pattern}"));
    }
    if rest.contains('*') {
        let text = "not a valid wildcard pattern, only patterns ending with '/*' are allowed";
        return Some(format!("{text}: {pattern}"));
    }
    if wildcard {
        return (rest.len() == 1).then(|| "at least registry hostname is required".to_owned());
    }
    if !is_image_reference(rest) {
        return Some("failed to parse as an image name: invalid reference format".to_owned());
    }
    let last = rest.rsplit('/').next().unwrap_or_default();
    let named =
        rest.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost");
    if last.contains(':') || rest.contains('@') || !named {
        return Some(format!("neither tag nor digest is accepted in an image reference: {pattern}"));
    }
    None
}

/// `filepath.Clean` of an absolute or relative path.
pub(super) fn clean_path(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
