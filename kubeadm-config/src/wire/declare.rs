//! The one way in which types of documents are declared.

/// Declares structs of documents. One declaration gives the struct with its serde form, its
/// [`Shape`] and, with the feature `schemars`, its JSON Schema.
///
/// ```text
/// wire! { "v1beta4";
///     /// The Go type's name is the struct's.
///     APIServer {
///         + component: ControlPlaneComponent,                       // inlined
///         cert_sans: Vec<String> = "certSANs" [omitempty],
///         policy: String as "v1.PullPolicy" = "imagePullPolicy" [omitempty] since 31 until 36,
///     }
/// }
/// ```
///
/// `since` and `until` are kubeadm minors within one API version; `as` gives the Go type where it
/// is not the plain one.
///
/// [`Shape`]: crate::wire::shape::Shape
macro_rules! wire {
    ($package:literal; $(
        $(#[$doc:meta])*
        $name:ident {
            $( + $inline:ident: $inline_ty:ident, )*
            $( $field:ident: $ty:ty $(as $go:literal)? = $json:literal
               $([$omit:ident])? $(since $since:literal)? $(until $until:literal)?, )*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(default)]
        #[expect(clippy::exhaustive_structs, reason = "the fields are what the API version has; it does not change any more")]
        pub struct $name {
            $(
                #[doc = concat!("The fields of [`", stringify!($inline_ty), "`], which stand among this struct's own.")]
                #[serde(flatten)]
                pub $inline: $inline_ty,
            )*
            $(
                #[doc = concat!("`", $json, "`.")]
                $(
                    #[doc = concat!("Left out when empty (`", stringify!($omit), "`).")]
                    #[serde(skip_serializing_if = "crate::wire::is_empty")]
                )?
                $(#[doc = concat!("Since kubeadm 1.", stringify!($since), ".")])?
                $(#[doc = concat!("Up to kubeadm 1.", stringify!($until), ".")])?
                #[serde(rename = $json)]
                pub $field: $ty,
            )*
        }

        impl $name {
            pub(crate) const STRUCT: &'static crate::wire::shape::StructShape = &crate::wire::shape::StructShape {
                package: $package,
                name: stringify!($name),
                inlines: &[$( $inline_ty::STRUCT, )*],
                fields: &[$(
                    crate::wire::shape::FieldShape {
                        json: $json,
                        shape: crate::wire::declare::shape_of!($ty $(, $go)?),
                        pointer: <$ty as crate::wire::shape::Wire>::POINTER,
                        omitempty: $crate::wire::declare::is_given!($($omit)?),
                        since: crate::wire::shape::bound([$($since)?], 0),
                        until: crate::wire::shape::bound([$($until)?], u8::MAX),
                    },
                )*],
            };
        }

        impl crate::wire::shape::Wire for $name {
            const SHAPE: &'static crate::wire::shape::Shape = &crate::wire::shape::Shape::Struct(Self::STRUCT);
            fn is_empty(&self) -> bool {
                false
            }
        }
    )*};
}

/// Declares the [`StructShape`](crate::wire::shape::StructShape)s of types that travel along
/// without a Rust struct, in the same notation with a shape in place of a Rust type, and `@pointer`
/// where Go holds one.
macro_rules! shapes {
    ($package:literal; $(
        $constant:ident = $name:literal {
            $( + $inline:ident, )*
            $( $json:literal $(@$pointer:ident)? $([$omit:ident])? $(since $since:literal)? $(until $until:literal)?: $shape:expr; )*
        }
    )*) => {$(
        pub(crate) const $constant: &crate::wire::shape::StructShape = &crate::wire::shape::StructShape {
            package: $package,
            name: $name,
            inlines: &[$( $inline, )*],
            fields: &[$(
                crate::wire::shape::FieldShape {
                    json: $json,
                    shape: &$shape,
                    pointer: crate::wire::declare::is_given!($($pointer)?),
                    omitempty: crate::wire::declare::is_given!($($omit)?),
                    since: crate::wire::shape::bound([$($since)?], 0),
                    until: crate::wire::shape::bound([$($until)?], u8::MAX),
                },
            )*],
        };
    )*};
}

macro_rules! shape_of {
    ($ty:ty) => {
        <$ty as crate::wire::shape::Wire>::SHAPE
    };
    ($ty:ty, $go:literal) => {
        &crate::wire::shape::Shape::Scalar(crate::wire::shape::Scalar::Text, $go)
    };
}

macro_rules! is_given {
    () => {
        false
    };
    ($($given:tt)+) => {
        true
    };
}

pub(crate) use {is_given, shape_of, shapes, wire};
