//! The configurations of components that travel along with kubeadm's: known by their fields, kept
//! as they are written.

pub(crate) mod kube_proxy;
pub(crate) mod kubelet;

use crate::wire::core::Taint;
use crate::wire::shape::{Scalar, Shape, StructShape};

const TEXT: Shape = Shape::Scalar(Scalar::Text, "string");
const BOOL: Shape = Shape::Scalar(Scalar::Bool, "bool");
const INT32: Shape = Shape::Scalar(Scalar::Int(32), "int32");
const INT64: Shape = Shape::Scalar(Scalar::Int(64), "int64");
const DURATION: Shape = Shape::Scalar(Scalar::Duration, "v1.Duration");
const QUANTITY: Shape = Shape::Scalar(Scalar::Quantity, "resource.Quantity");
const QUANTITY_VALUE: Shape = Shape::Scalar(Scalar::Quantity, "resource.QuantityValue");

const TAINT: &StructShape = Taint::STRUCT;

// k8s.io/component-base: logging and tracing.
crate::wire::shapes! { "v1";
    LOGGING = "LoggingConfiguration" {
        "format" [omitempty]: TEXT;
        "flushFrequency" since 23: Shape::Scalar(Scalar::DurationOrNanos, "v1.TimeOrMetaDuration");
        "verbosity" since 23: Shape::Scalar(Scalar::Uint(32), "v1.VerbosityLevel");
        "vmodule" [omitempty] since 23: Shape::Named("v1.VModuleConfiguration", &Shape::List(&Shape::Struct(VMODULE_ITEM)));
        "options" [omitempty] since 23: Shape::Struct(FORMAT_OPTIONS);
        "sanitization" [omitempty] until 23: BOOL;
    }

    VMODULE_ITEM = "VModuleItem" {
        "filePattern": TEXT;
        "verbosity": Shape::Scalar(Scalar::Uint(32), "v1.VerbosityLevel");
    }

    FORMAT_OPTIONS = "FormatOptions" {
        "text" [omitempty] since 30: Shape::Struct(TEXT_OPTIONS);
        "json" [omitempty]: Shape::Struct(JSON_OPTIONS);
    }

    TEXT_OPTIONS = "TextOptions" {
        + OUTPUT_ROUTING_OPTIONS,
    }

    JSON_OPTIONS = "JSONOptions" {
        + OUTPUT_ROUTING_OPTIONS,
        "splitStream" [omitempty] until 29: BOOL;
        "infoBufferSize" [omitempty] until 29: QUANTITY_VALUE;
    }

    OUTPUT_ROUTING_OPTIONS = "OutputRoutingOptions" {
        "splitStream" [omitempty] since 30: BOOL;
        "infoBufferSize" [omitempty] since 30: QUANTITY_VALUE;
    }

    TRACING = "TracingConfiguration" {
        "endpoint" @pointer [omitempty]: TEXT;
        "samplingRatePerMillion" @pointer [omitempty]: INT32;
    }

    NODE_CONFIG_SOURCE = "NodeConfigSource" {
        "configMap" @pointer [omitempty]: Shape::Struct(CONFIG_MAP_NODE_CONFIG_SOURCE);
    }

    CONFIG_MAP_NODE_CONFIG_SOURCE = "ConfigMapNodeConfigSource" {
        "namespace": TEXT;
        "name": TEXT;
        "uid" [omitempty]: Shape::Scalar(Scalar::Text, "types.UID");
        "resourceVersion" [omitempty]: TEXT;
        "kubeletConfigKey": TEXT;
    }
}
