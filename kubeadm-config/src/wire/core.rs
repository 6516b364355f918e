//! Types of core/v1 and of `bootstraptoken/v1`, which kubeadm's own documents hold.

use crate::value::{Duration, Timestamp};
use crate::wire::shape::{Scalar, Shape, Wire};

/// A quantity as Kubernetes prints it, such as `500m` or `1Gi`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Quantity(String);

impl Quantity {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Quantity {
    fn default() -> Self {
        Self("0".into())
    }
}

impl Wire for Quantity {
    const SHAPE: &'static Shape = &Shape::Scalar(Scalar::Quantity, "resource.Quantity");
    fn is_empty(&self) -> bool {
        false
    }
}

super::wire! { "v1";
    /// A taint of a node.
    Taint {
        key: String = "key",
        value: String = "value" [omitempty],
        effect: String as "v1.TaintEffect" = "effect",
        time_added: Option<Timestamp> = "timeAdded" [omitempty],
    }

    /// A variable in a container's environment.
    EnvVar {
        name: String = "name",
        value: String = "value" [omitempty],
        value_from: Option<EnvVarSource> = "valueFrom" [omitempty],
    }

    /// Where a variable's value comes from.
    EnvVarSource {
        field_ref: Option<ObjectFieldSelector> = "fieldRef" [omitempty],
        resource_field_ref: Option<ResourceFieldSelector> = "resourceFieldRef" [omitempty],
        config_map_key_ref: Option<ConfigMapKeySelector> = "configMapKeyRef" [omitempty],
        secret_key_ref: Option<SecretKeySelector> = "secretKeyRef" [omitempty],
        file_key_ref: Option<FileKeySelector> = "fileKeyRef" [omitempty] since 34,
    }

    /// A field of the Pod.
    ObjectFieldSelector {
        api_version: String = "apiVersion" [omitempty],
        field_path: String = "fieldPath",
    }

    /// A resource of a container.
    ResourceFieldSelector {
        container_name: String = "containerName" [omitempty],
        resource: String = "resource",
        divisor: Quantity = "divisor" [omitempty],
    }

    /// The name of an object in the same namespace.
    LocalObjectReference {
        name: String = "name" [omitempty],
    }

    /// A key of a ConfigMap.
    ConfigMapKeySelector {
        + reference: LocalObjectReference,
        key: String = "key",
        optional: Option<bool> = "optional" [omitempty],
    }

    /// A key of a Secret.
    SecretKeySelector {
        + reference: LocalObjectReference,
        key: String = "key",
        optional: Option<bool> = "optional" [omitempty],
    }

    /// A key of a file in a volume.
    FileKeySelector {
        volume_name: String = "volumeName",
        path: String = "path",
        key: String = "key",
        optional: Option<bool> = "optional" [omitempty],
    }

    /// A token by which nodes can join, since kubeadm 1.22 a type of its own API.
    BootstrapToken {
        token: Option<crate::BootstrapToken> = "token",
        description: String = "description" [omitempty],
        ttl: Option<Duration> = "ttl" [omitempty],
        expires: Option<Timestamp> = "expires" [omitempty],
        usages: Vec<String> = "usages" [omitempty],
        groups: Vec<String> = "groups" [omitempty],
    }
}
