//! What is known of a type in a document: enough to check, decode and print it.

use std::collections::BTreeMap;

use crate::value::{Duration, Timestamp};
use crate::version::Minor;

/// A type as it stands in a document.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A value without parts, with the name Go gives its type.
    Scalar(Scalar, &'static str),
    /// A list of one type.
    List(&'static Shape),
    /// A map from text to one type.
    Map(&'static Shape),
    /// Named fields.
    Struct(&'static StructShape),
    /// A list or map type that has a name of its own in Go.
    Named(&'static str, &'static Shape),
}

/// How a value without parts is read and printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A signed whole number of so many bits.
    Int(u8),
    /// An unsigned whole number of so many bits.
    Uint(u8),
    /// A number of so many bits that may have a fraction.
    Float(u8),
    /// `4m0s`.
    Duration,
    /// `4m0s`, or a whole number of nanoseconds.
    DurationOrNanos,
    /// RFC 3339.
    Time,
    /// A Kubernetes quantity, `1Gi`.
    Quantity,
    /// `id.secret`.
    Token,
    /// Any JSON, kept as it stands.
    Raw,
}

/// The fields of a struct.
#[derive(Debug)]
pub(crate) struct StructShape {
    /// The Go package, `v1beta4`: Go's messages name it.
    pub(crate) package: &'static str,
    /// The Go type, `Networking`.
    pub(crate) name: &'static str,
    /// Structs whose fields stand among this one's.
    pub(crate) inlines: &'static [&'static StructShape],
    /// Its own fields.
    pub(crate) fields: &'static [FieldShape],
}

/// One field.
#[derive(Debug)]
pub(crate) struct FieldShape {
    /// The key in a document.
    pub(crate) json: &'static str,
    /// Its type.
    pub(crate) shape: &'static Shape,
    /// Whether Go holds a pointer, so that it can be absent.
    pub(crate) pointer: bool,
    /// Whether it is left out when empty.
    pub(crate) omitempty: bool,
    /// The first kubeadm minor that has it.
    pub(crate) since: u8,
    /// The last kubeadm minor that has it.
    pub(crate) until: u8,
}

impl FieldShape {
    /// Whether kubeadm of that minor has the field.
    pub(crate) fn is_in(&self, minor: Minor) -> bool {
        (u64::from(self.since)..=u64::from(self.until)).contains(&minor.number())
    }
}

/// A field found in a struct, with the inlined structs that lead to it.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) field: &'static FieldShape,
    /// Of at most two inlined structs.
    pub(crate) through: [Option<&'static StructShape>; 2],
}

impl StructShape {
    /// The field of that key in kubeadm of that minor, exactly spelled. A struct's own field hides
    /// an inlined one.
    pub(crate) fn field(&self, key: &str, minor: Minor) -> Option<Found> {
        self.find(minor, &|field| field.json == key)
    }

    /// The field that Go's own decoder takes for that key: the letter case does not matter.
    pub(crate) fn field_in_any_case(&self, key: &str, minor: Minor) -> Option<Found> {
        self.field(key, minor).or_else(|| self.find(minor, &|field| field.json.eq_ignore_ascii_case(key)))
    }

    fn find(&self, minor: Minor, wanted: &dyn Fn(&FieldShape) -> bool) -> Option<Found> {
        let own = self.fields.iter().find(|field| field.is_in(minor) && wanted(field));
        if let Some(field) = own {
            return Some(Found { field, through: [None, None] });
        }
        self.inlines.iter().copied().find_map(|inline| {
            let found = inline.find(minor, wanted)?;
            Some(Found { field: found.field, through: [Some(inline), found.through[0]] })
        })
    }

    /// Every field of that minor, the inlined ones too.
    pub(crate) fn each_field(&self, minor: Minor, visit: &mut dyn FnMut(&'static FieldShape)) {
        for field in self.fields {
            if field.is_in(minor) {
                visit(field);
            }
        }
        for inline in self.inlines {
            inline.each_field(minor, visit);
        }
    }
}

/// A Rust type that stands for a type in documents.
pub(crate) trait Wire {
    const SHAPE: &'static Shape;
    /// Whether `None` is a Go pointer (and not a list or map that is none).
    const POINTER: bool = false;
    /// Go's `omitempty`: a struct is never empty.
    fn is_empty(&self) -> bool;
}

/// For `skip_serializing_if`.
pub(crate) fn is_empty<T: Wire>(value: &T) -> bool {
    value.is_empty()
}

macro_rules! scalars {
    ($($type:ty: $scalar:expr, $go:literal, $empty:expr;)*) => {$(
        impl Wire for $type {
            const SHAPE: &'static Shape = &Shape::Scalar($scalar, $go);
            fn is_empty(&self) -> bool {
                let empty: fn(&$type) -> bool = $empty;
                empty(self)
            }
        }
    )*};
}

scalars! {
    String: Scalar::Text, "string", String::is_empty;
    bool: Scalar::Bool, "bool", |truth| !truth;
    i32: Scalar::Int(32), "int32", |number| *number == 0;
    i64: Scalar::Int(64), "int", |number| *number == 0;
    Duration: Scalar::Duration, "v1.Duration", |_| false;
    Timestamp: Scalar::Time, "v1.Time", |_| false;
    crate::BootstrapToken: Scalar::Token, "v1.BootstrapTokenString", |_| false;
}

impl<T: Wire> Wire for Vec<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Wire> Wire for BTreeMap<String, T> {
    const SHAPE: &'static Shape = &Shape::Map(T::SHAPE);
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Wire> Wire for Option<T> {
    const SHAPE: &'static Shape = T::SHAPE;
    const POINTER: bool = !matches!(T::SHAPE, Shape::List(_) | Shape::Map(_));
    fn is_empty(&self) -> bool {
        self.as_ref().is_none_or(|value| !Self::POINTER && value.is_empty())
    }
}

/// The first of the given bounds, or the default: what the declarations use for `since` and
/// `until`.
pub(crate) const fn bound<const N: usize>(given: [u8; N], default: u8) -> u8 {
    if N == 0 { default } else { given[0] }
}
