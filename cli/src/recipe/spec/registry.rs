//! Mirrors of registries in a spec: where they are, and how they are trusted.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use kubeadm_config::CaFile;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::RegistryLocation;

/// A mirror that is asked before a registry.
///
/// In a spec its location, or a map where more has to be said.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RegistryMirror {
    /// Where it is, a path included if need be.
    pub location: RegistryLocation,
    /// How CRI-O knows that it is the right one.
    pub trust: RegistryTrust,
}

/// How CRI-O knows that a registry is the right one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegistryTrust {
    /// By the certificate authorities of the host.
    #[default]
    System,
    /// By certificate authorities of its own, besides those.
    Ca(RegistryCa),
    /// Not at all: it is asked by plain http, or by https whatever certificate it shows.
    Insecure,
}

/// Certificates of the authorities of a registry, in PEM and nothing else.
#[derive(Clone, Eq, PartialEq)]
pub struct RegistryCa(String);

impl RegistryMirror {
    /// A mirror that is trusted as the host trusts everything else.
    #[must_use]
    pub fn new(location: RegistryLocation) -> Self {
        Self { location, trust: RegistryTrust::default() }
    }

    /// `host[:port]` of the location.
    #[must_use]
    pub fn host(&self) -> &str {
        let location = self.location.as_str();
        location.split_once('/').map_or(location, |(host, _)| host)
    }
}

impl RegistryCa {
    /// As it is written to the host.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.0
    }
}

/// A mirror of nothing but a location.
impl FromStr for RegistryMirror {
    type Err = <RegistryLocation as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::new)
    }
}

impl FromStr for RegistryCa {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut pem = String::new();
        let mut inside = false;
        for line in text.lines().map(|line| line.trim_ascii()).filter(|line| !line.is_empty()) {
            inside = match line {
                "-----BEGIN CERTIFICATE-----" if !inside => true,
                "-----END CERTIFICATE-----" if inside => false,
                data if inside && data.bytes().all(is_base64) => true,
                _ => return Err(not_pem("it holds something else")),
            };
            pem.push_str(line);
            pem.push('\n');
        }
        if inside {
            return Err(not_pem("its last block has no end"));
        }
        match CaFile::read(pem.as_bytes()) {
            Ok(_) => Ok(Self(pem)),
            Err(error) => Err(not_pem(&error.to_string())),
        }
    }
}

fn not_pem(why: &str) -> String {
    format!("write certificates in PEM and nothing else, as a block after `ca: |`: {why}")
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

impl fmt::Debug for RegistryCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The forms a mirror has in a spec.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Form<'a> {
    /// Its location.
    Location(Cow<'a, str>),
    /// A map.
    Map(MapForm<'a>),
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MapForm<'a> {
    /// Where it is, such as registry.example.com:5000/mirror.
    location: Cow<'a, str>,
    /// It is asked by plain http, or by https whatever certificate it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    insecure: Option<bool>,
    /// Certificates of its own authorities in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<Cow<'a, str>>,
}

impl Serialize for RegistryMirror {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let location = Cow::Borrowed(self.location.as_str());
        let form = match &self.trust {
            RegistryTrust::System => Form::Location(location),
            RegistryTrust::Insecure => Form::Map(MapForm { location, insecure: Some(true), ca: None }),
            RegistryTrust::Ca(ca) => {
                Form::Map(MapForm { location, insecure: None, ca: Some(Cow::Borrowed(ca.pem())) })
            }
        };
        form.serialize(serializer)
    }
}

impl JsonSchema for RegistryMirror {
    fn schema_name() -> Cow<'static, str> {
        "RegistryMirror".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Form::json_schema(generator)
    }
}
