//! The kinds of apimachinery that are registered with every group: to kubeadm they are known,
//! whatever they mean.

use crate::wire::shape::{Scalar, Shape};

const TEXT: Shape = Shape::Scalar(Scalar::Text, "string");
const BOOL: Shape = Shape::Scalar(Scalar::Bool, "bool");
const INT64: Shape = Shape::Scalar(Scalar::Int(64), "int64");
const DRY_RUN: Shape = Shape::List(&TEXT);
const UID: Shape = Shape::Scalar(Scalar::Text, "types.UID");

crate::wire::shapes! { "v1";
    LIST_OPTIONS = "ListOptions" {
        "labelSelector" [omitempty]: TEXT;
        "fieldSelector" [omitempty]: TEXT;
        "watch" [omitempty]: BOOL;
        "allowWatchBookmarks" [omitempty]: BOOL;
        "resourceVersion" [omitempty]: TEXT;
        "resourceVersionMatch" [omitempty]: Shape::Scalar(Scalar::Text, "v1.ResourceVersionMatch");
        "timeoutSeconds" @pointer [omitempty]: INT64;
        "limit" [omitempty]: INT64;
        "continue" [omitempty]: TEXT;
        "sendInitialEvents" @pointer [omitempty] since 27: BOOL;
    }

    GET_OPTIONS = "GetOptions" {
        "resourceVersion" [omitempty]: TEXT;
    }

    DELETE_OPTIONS = "DeleteOptions" {
        "gracePeriodSeconds" @pointer [omitempty]: INT64;
        "preconditions" @pointer [omitempty]: Shape::Struct(PRECONDITIONS);
        "orphanDependents" @pointer [omitempty]: BOOL;
        "propagationPolicy" @pointer [omitempty]: Shape::Scalar(Scalar::Text, "v1.DeletionPropagation");
        "dryRun" [omitempty]: DRY_RUN;
        "ignoreStoreReadErrorWithClusterBreakingPotential" @pointer [omitempty] since 32: BOOL;
    }

    PRECONDITIONS = "Preconditions" {
        "uid" @pointer [omitempty]: UID;
        "resourceVersion" @pointer [omitempty]: TEXT;
    }

    CREATE_OPTIONS = "CreateOptions" {
        "dryRun" [omitempty]: DRY_RUN;
        "fieldManager" [omitempty]: TEXT;
        "fieldValidation" [omitempty] since 23: TEXT;
    }

    PATCH_OPTIONS = "PatchOptions" {
        "dryRun" [omitempty]: DRY_RUN;
        "force" @pointer [omitempty]: BOOL;
        "fieldManager" [omitempty]: TEXT;
        "fieldValidation" [omitempty] since 23: TEXT;
    }

    UPDATE_OPTIONS = "UpdateOptions" {
        "dryRun" [omitempty]: DRY_RUN;
        "fieldManager" [omitempty]: TEXT;
        "fieldValidation" [omitempty] since 23: TEXT;
    }

    EXPORT_OPTIONS = "ExportOptions" {
        "export": BOOL;
        "exact": BOOL;
    }

    WATCH_EVENT = "WatchEvent" {
        "type": TEXT;
        "object": Shape::Scalar(Scalar::Raw, "runtime.RawExtension");
    }

    // What every other kind starts with.
    TYPE_META = "TypeMeta" {
        "kind" [omitempty]: TEXT;
        "apiVersion" [omitempty]: TEXT;
    }
}
