//! Image references, by the grammar CRI-O checks `pause_image` with.

use std::fmt;
use std::str::FromStr;

/// The reference of an image: `registry.k8s.io/pause:3.10.1`, with or without tag and digest.
///
/// Kept as written. What counts as a reference is what CRI-O 1.29 and later accept for
/// `pause_image`; a name without registry means Docker Hub there, one without tag means `latest`.
///
/// ```
/// use crio_config::ImageReference;
///
/// assert!("registry.k8s.io/pause:3.10.1".parse::<ImageReference>().is_ok());
/// let error = "Registry.k8s.io/Pause".parse::<ImageReference>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid reference format: repository name must be lowercase");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageReference(String);

/// Why a text is no image reference, in CRI-O's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidImageReference {
    /// Not of the form name, tag, digest.
    #[error("invalid reference format")]
    Format,
    /// An upper-case letter in the name.
    #[error("invalid reference format: repository name must be lowercase")]
    UpperCase,
    /// A bare image ID.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    ImageId(String),
    /// A name of more than 255 characters.
    #[error("repository name must not be more than 255 characters")]
    TooLong,
    /// A digest of an algorithm other than sha256, sha384 and sha512.
    #[error("unsupported digest algorithm")]
    DigestAlgorithm,
    /// A digest with too few or too many digits.
    #[error("invalid checksum digest length")]
    DigestLength,
    /// A digest with upper-case digits.
    #[error("invalid checksum digest format")]
    DigestFormat,
}

impl ImageReference {
    /// The reference as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ImageReference {
    type Err = InvalidImageReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `ParseNormalizedNamed` of containers/image, docker/reference/normalize.go, step by step.
        // The module distribution/reference, which it comes from, has another text for upper case.
        if text.len() == 64 && text.bytes().all(is_lower_hex) {
            return Err(InvalidImageReference::ImageId(text.to_owned()));
        }
        let (domain, remainder) = split_domain(text);
        let repository = remainder.split(':').next().unwrap_or_default();
        if repository.to_lowercase() != repository {
            return Err(InvalidImageReference::UpperCase);
        }
        check_parts(domain, &remainder)?;
        Ok(Self(text.to_owned()))
    }
}

/// The registry, Docker Hub where none is named, and the rest.
fn split_domain(text: &str) -> (&str, String) {
    const DOCKER_HUB: &str = "docker.io";
    // `splitDockerDomain`: what has no dot and no colon before its first slash is a part of the
    // name.
    let named = text.split_once('/').filter(|(first, _)| first.contains(['.', ':']) || *first == "localhost");
    let (domain, rest) = named.unwrap_or((DOCKER_HUB, text));
    let domain = if domain == "index.docker.io" { DOCKER_HUB } else { domain };
    if domain == DOCKER_HUB && !rest.contains('/') {
        return (domain, format!("library/{rest}"));
    }
    (domain, rest.to_owned())
}

fn check_parts(domain: &str, remainder: &str) -> Result<(), InvalidImageReference> {
    let (named, digest) = match remainder.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (remainder, None),
    };
    let (path, tag) = match named.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (named, None),
    };
    let well_formed = is_domain(domain)
        && path.split('/').all(is_path_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest);
    if !well_formed {
        return Err(InvalidImageReference::Format);
    }
    // `NameTotalLengthMax` counts the domain and its slash.
    if domain.len() + 1 + path.len() > 255 {
        return Err(InvalidImageReference::TooLong);
    }
    digest.map_or(Ok(()), check_digest)
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (domain, None),
    };
    let component = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    host.split('.').all(component)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Runs of lower-case letters and digits, joined by a dot, one or two underscores, or dashes.
fn is_path_component(part: &str) -> bool {
    let mut rest = part;
    loop {
        let run = rest.trim_start_matches(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if run.len() == rest.len() {
            return false;
        }
        if run.is_empty() {
            return true;
        }
        rest = match run.strip_prefix("__").or_else(|| run.strip_prefix(['.', '_'])) {
            Some(after) => after,
            None => run.trim_start_matches('-'),
        };
        if rest.len() == run.len() {
            return false;
        }
    }
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().enumerate().all(|(at, byte)| word(byte) || (at > 0 && matches!(byte, b'.' | b'-')))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, encoded)) = digest.split_once(':') else { return false };
    let component = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(component)
        && encoded.len() >= 32
        && encoded.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn check_digest(digest: &str) -> Result<(), InvalidImageReference> {
    let (algorithm, encoded) = digest.split_once(':').unwrap_or((digest, ""));
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(InvalidImageReference::DigestAlgorithm),
    };
    if encoded.len() != length {
        return Err(InvalidImageReference::DigestLength);
    }
    if encoded.bytes().all(is_lower_hex) { Ok(()) } else { Err(InvalidImageReference::DigestFormat) }
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}
