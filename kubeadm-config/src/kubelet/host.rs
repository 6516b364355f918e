//! What the rules ask of the host: facts that somebody else read.

/// What is known of the host a kubelet would start on. What is none is not judged.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KubeletHost {
    /// Whether the host has cgroup v1, in hybrid form too.
    pub cgroup_v1: Option<bool>,
    /// Whether an area is in use as swap, compressed memory too.
    pub swap: Option<bool>,
    /// How many processors are online, counted from 0.
    pub processors: Option<u32>,
    /// The sockets behind which a container runtime answers.
    pub runtimes: Option<Vec<String>>,
    /// The control groups there are, from `/` on.
    pub cgroups: Option<Vec<String>>,
}

/// What a path holds, as whoever asks knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KubeletFile {
    /// A file of these bytes.
    Text(Vec<u8>),
    /// A directory: the paths of all files below it, in the order of their names.
    Directory(Vec<String>),
    /// Nothing is there.
    Missing,
    /// Nobody looked, so nothing is said of it.
    Unknown,
}
