//! What a `kubernetesVersion` stands for: a version, or a label that the network resolves
//! (kubeadm's `version.go`).
//!
//! kubeadm fetches labels from `https://dl.k8s.io`; here the caller may give what it knows
//! (`HostFacts::version_labels`), and what is not known counts as a network that cannot be
//! reached, for which kubeadm falls back to its own version.

use crate::go::quote;
use crate::host::HostFacts;
use crate::message::Warning;
use crate::release::{Change, KubeadmRelease};
use crate::version::KubernetesVersion;

/// The version a text stands for, as kubeadm goes on with it.
///
/// # Errors
/// A text that is neither a version nor a label.
pub(super) fn resolve(
    text: &str,
    release: &KubeadmRelease,
    facts: &HostFacts,
    warnings: &mut Vec<Warning>,
) -> Result<String, String> {
    // `kubeReleaseRegex` of kubeadm's util/version.go; a `v` is put before.
    if let Some(version) = exact(text) {
        return Ok(version);
    }
    let (bucket, label) = split(text, release).ok_or_else(|| format!("invalid version {}", quote(text)))?;
    if let Some(version) = exact(label) {
        return Ok(version);
    }
    // `kubeReleaseLabelRegex`: `((latest|stable)+(-[1-9](\.[1-9]([0-9])?)?)?)`.
    if !is_label(label) {
        let text = quote(text);
        return Err(format!(
            "version {text} doesn't match patterns for neither semantic version nor labels (stable, latest, ...)"
        ));
    }
    let own = release.version();
    // This program asks no network: a label is known where the caller has looked it up.
    let Some(found) = facts.version_labels.get(label).filter(|found| exact(found).is_some()) else {
        let url = format!("{bucket}/{label}.txt");
        let why = "no version is known for this label";
        warnings.push(Warning::new(format!(
            "could not fetch a Kubernetes version from the internet: unable to get URL {}: {why}",
            quote(&url)
        )));
        warnings.push(Warning::new(format!("falling back to the local client version: {own}")));
        return Ok(own.to_string());
    };
    Ok(exact(found).unwrap_or_default())
}

/// `v?X.Y.Z` with anything that a version may be followed by, and with the `v`.
fn exact(text: &str) -> Option<String> {
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    for index in 0..3 {
        if index > 0 {
            rest = rest.strip_prefix('.')?;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // A leading zero ends the number; what is left of it then has to be the next separator.
        let digits = if rest.starts_with('0') { 1 } else { digits };
        if digits == 0 {
            return None;
        }
        rest = &rest[digits..];
    }
    let legal = rest.bytes().all(is_version_byte);
    legal.then(|| if text.starts_with('v') { text.to_owned() } else { format!("v{text}") })
}

fn is_version_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+')
}

/// The download address and the label of `[release/|ci/]label`.
///
/// `None` for characters that neither can have.
fn split<'a>(text: &'a str, release: &KubeadmRelease) -> Option<(&'static str, &'a str)> {
    let (bucket, label) = match (text.strip_prefix("ci/"), text.strip_prefix("release/")) {
        (Some(label), _) if release.has(Change::CiBuildsInBucket) => {
            ("https://storage.googleapis.com/k8s-release-dev/ci", label)
        }
        (Some(label), _) => ("https://dl.k8s.io/ci", label),
        (None, Some(label)) => ("https://dl.k8s.io/release", label),
        (None, None) => ("https://dl.k8s.io/release", text),
    };
    (!label.is_empty() && label.bytes().all(is_version_byte)).then_some((bucket, label))
}

/// `stable`, `latest`, `stable-1`, `latest-1.30`: the words may even be repeated.
fn is_label(label: &str) -> bool {
    let mut rest = label;
    while let Some(after) = rest.strip_prefix("latest").or_else(|| rest.strip_prefix("stable")) {
        rest = after;
    }
    if rest.len() == label.len() {
        return false;
    }
    let one_to_nine = |text: &str| text.len() == 1 && text != "0" && text.bytes().all(|b| b.is_ascii_digit());
    match rest.strip_prefix('-') {
        None => rest.is_empty(),
        Some(number) => match number.split_once('.') {
            None => one_to_nine(number),
            Some((major, minor)) => {
                let two =
                    minor.len() == 2 && one_to_nine(&minor[..1]) && minor.as_bytes()[1].is_ascii_digit();
                one_to_nine(major) && (one_to_nine(minor) || two)
            }
        },
    }
}

/// A version as apimachinery's `ParseSemantic` reads it, or what it says of one that it cannot
/// read.
///
/// # Errors
/// In apimachinery's words, which differ by what is wrong.
pub(super) fn semantic(text: &str) -> Result<KubernetesVersion, String> {
    let given = quote(text);
    let rest = text.trim_start().strip_prefix('v').unwrap_or(text.trim_start());
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    // `version.ParseSemantic` of apimachinery: the longest run of digits and points, and what
    // follows is extra.
    let numbers = rest[..end].trim_end_matches('.');
    let extra = &rest[numbers.len()..];
    if numbers.is_empty() || numbers.starts_with('.') {
        return Err(format!("could not parse {given} as version"));
    }
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() != 3 {
        return Err(format!("illegal version string {given}"));
    }
    for part in parts {
        let named = quote(part);
        if part.starts_with('0') && part != "0" {
            return Err(format!("illegal zero-prefixed version component {named} in {given}"));
        }
        if part.parse::<u64>().is_err() {
            let why = format!("strconv.ParseUint: parsing {named}: value out of range");
            return Err(format!("illegal non-numeric version component {named} in {given}: {why}"));
        }
    }
    let pre_release = pre_release(extra)
        .ok_or_else(|| format!("could not parse pre-release/metadata ({extra}) in version {given}"))?;
    let zero_prefixed = |part: &&str| part.parse::<u64>().is_ok() && part.starts_with('0') && *part != "0";
    if let Some(part) = pre_release.split('.').find(zero_prefixed) {
        return Err(format!("illegal zero-prefixed version component {} in {given}", quote(part)));
    }
    text.parse().map_err(|_| format!("could not parse {given} as version"))
}

/// The pre-release of `[-PRE][+BUILD]`, empty if there is none; none if that is not its form.
fn pre_release(extra: &str) -> Option<&str> {
    let (before, build) =
        extra.split_once('+').map_or((extra, None), |(before, build)| (before, Some(build)));
    let legal = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let identifiers = |text: &str| text.split('.').all(legal);
    if !build.is_none_or(identifiers) {
        return None;
    }
    match before.strip_prefix('-') {
        Some(pre_release) => identifiers(pre_release).then_some(pre_release),
        None => before.is_empty().then_some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_versions_are_told_apart() {
        for label in ["stable", "latest", "stable-1", "latest-1.9", "stable-1.30", "stablelatest"] {
            assert!(is_label(label), "{label}");
        }
        for text in
            ["", "stable-", "stable-0", "stable-1.", "stable-1.300", "beta", "stable-1.0", "stable-12"]
        {
            assert!(!is_label(text), "{text}");
        }
        assert_eq!(exact("1.2.3-x+y"), Some("v1.2.3-x+y".to_owned()));
        assert_eq!(exact("v1.02.3"), None);
        assert_eq!(exact("1.2"), None);
    }
}
