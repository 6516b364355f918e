//! Which fields a kind has: for tools that complete, generate or explain documents.

use crate::release::KubeadmRelease;
use crate::version::Minor;
use crate::wire::shape::{Scalar, Shape, StructShape};
use crate::wire::{Gvk, find};

/// A field of a kind, or an element of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Where it stands: `networking.podSubnet`; `[]` is an element of a list, `{}` the value of a
    /// key of a map, as in `apiServer.certSANs[]` and `featureGates{}`.
    pub path: String,
    /// What it holds.
    pub value: FieldType,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// Fields of its own.
    Struct,
    /// A list.
    List,
    /// A map with keys that are not fixed.
    Map,
    /// A text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A length of time, `4m0s`.
    Duration,
    /// A point in time, RFC 3339.
    Time,
    /// A Kubernetes quantity, `1Gi`.
    Quantity,
    /// A bootstrap token.
    Token,
    /// Anything.
    Any,
}

/// The fields of a kind as a kubeadm release has them, lists, maps and structs before what is in
/// them. Empty if the release does not know the kind.
///
/// ```
/// use kubeadm_config::wire::Gvk;
/// use kubeadm_config::{ApiVersion, FieldType, KubeadmRelease, fields};
///
/// let release: KubeadmRelease = "v1.34.0".parse()?;
/// let fields = fields(&Gvk::kubeadm(ApiVersion::V1Beta4, "ClusterConfiguration"), &release);
/// assert!(fields.iter().any(|field| field.path == "apiServer.certSANs[]" && field.value == FieldType::Text));
/// # Ok::<(), kubeadm_config::Error>(())
/// ```
#[must_use]
pub fn fields(gvk: &Gvk, release: &KubeadmRelease) -> Vec<Field> {
    find(gvk, release).map(|kind| fields_of(kind.fields, release.minor())).unwrap_or_default()
}

/// The fields of a struct in kubeadm of that minor.
pub(crate) fn fields_of(shape: &StructShape, minor: Minor) -> Vec<Field> {
    let mut fields = Vec::new();
    collect_struct(shape, "", minor, &mut fields);
    fields
}

fn collect_struct(shape: &StructShape, prefix: &str, minor: Minor, fields: &mut Vec<Field>) {
    shape.each_field(minor, &mut |field| {
        collect(field.shape, format!("{prefix}{}", field.json), minor, fields)
    });
}

fn collect(shape: &Shape, path: String, minor: Minor, fields: &mut Vec<Field>) {
    let value = match shape {
        Shape::Named(_, inner) => return collect(inner, path, minor, fields),
        Shape::Struct(_) => FieldType::Struct,
        Shape::List(_) => FieldType::List,
        Shape::Map(_) => FieldType::Map,
        Shape::Scalar(scalar, _) => scalar_type(*scalar),
    };
    fields.push(Field { path: path.clone(), value });
    match shape {
        Shape::Struct(inner) => collect_struct(inner, &format!("{path}."), minor, fields),
        Shape::List(inner) => collect(inner, format!("{path}[]"), minor, fields),
        Shape::Map(inner) => collect(inner, format!("{path}{{}}"), minor, fields),
        Shape::Named(..) | Shape::Scalar(..) => {}
    }
}

const fn scalar_type(scalar: Scalar) -> FieldType {
    match scalar {
        Scalar::Text => FieldType::Text,
        Scalar::Bool => FieldType::Bool,
        Scalar::Int(_) | Scalar::Uint(_) => FieldType::Integer,
        Scalar::Float(_) => FieldType::Number,
        Scalar::Duration | Scalar::DurationOrNanos => FieldType::Duration,
        Scalar::Time => FieldType::Time,
        Scalar::Quantity => FieldType::Quantity,
        Scalar::Token => FieldType::Token,
        Scalar::Raw => FieldType::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::ApiVersion;

    #[test]
    fn a_release_has_its_own_fields() {
        let has = |release: &str, version, kind, path: &str| {
            let fields = fields(&Gvk::kubeadm(version, kind), &release.parse().unwrap());
            fields.iter().any(|field| field.path == path)
        };
        assert!(has("v1.37.2", ApiVersion::V1Beta4, "InitConfiguration", "nodeRegistration.taints[].key"));
        assert!(has("v1.35.4", ApiVersion::V1Beta4, "ClusterConfiguration", "etcd.external.httpEndpoints[]"));
        assert!(!has(
            "v1.34.0",
            ApiVersion::V1Beta4,
            "ClusterConfiguration",
            "etcd.external.httpEndpoints[]"
        ));
        assert!(has("v1.36.3", ApiVersion::V1Beta3, "ClusterConfiguration", "apiServer.extraArgs{}"));
        assert!(!has("v1.37.2", ApiVersion::V1Beta3, "ClusterConfiguration", "apiServer.extraArgs{}"));
    }
}
