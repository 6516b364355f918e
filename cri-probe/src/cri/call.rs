//! The calls: where each is served and how long its answer may be.
//!
//! The limits keep the memory of a hostile answer in bounds: one of nothing but empty entries takes
//! some forty times its length once decoded.

use crate::proto::runtime_v1 as proto;

const RUNTIME: &str = "RuntimeService";
const IMAGE: &str = "ImageService";

/// A request message that knows its method.
pub(super) trait Call: prost::Message + 'static {
    /// What comes back.
    type Answer: prost::Message + Default + 'static;
    /// The service, without package.
    const SERVICE: &'static str;
    /// The method.
    const METHOD: &'static str;
    /// The longest answer in bytes.
    const LIMIT: usize;
}

impl Call for proto::VersionRequest {
    type Answer = proto::VersionResponse;
    const SERVICE: &'static str = RUNTIME;
    const METHOD: &'static str = "Version";
    const LIMIT: usize = 64 * 1024;
}

/// Verbose, it holds the configuration: 10 KiB from CRI-O, 20 KiB from containerd.
impl Call for proto::StatusRequest {
    type Answer = proto::StatusResponse;
    const SERVICE: &'static str = RUNTIME;
    const METHOD: &'static str = "Status";
    const LIMIT: usize = 256 * 1024;
}

impl Call for proto::RuntimeConfigRequest {
    type Answer = proto::RuntimeConfigResponse;
    const SERVICE: &'static str = RUNTIME;
    const METHOD: &'static str = "RuntimeConfig";
    const LIMIT: usize = 64 * 1024;
}

impl Call for proto::ImageFsInfoRequest {
    type Answer = proto::ImageFsInfoResponse;
    const SERVICE: &'static str = IMAGE;
    const METHOD: &'static str = "ImageFsInfo";
    const LIMIT: usize = 64 * 1024;
}

/// Some 2 KiB a pod with its labels and annotations, which are skipped in decoding: room for two
/// thousand pods.
impl Call for proto::ListPodSandboxRequest {
    type Answer = proto::ListPodSandboxResponse;
    const SERVICE: &'static str = RUNTIME;
    const METHOD: &'static str = "ListPodSandbox";
    const LIMIT: usize = 4 * 1024 * 1024;
}
