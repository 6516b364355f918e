//! Options as the types they mean.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::validate::{check_ulimit, is_capability};
use crate::{CgroupManager, Effective, ImageReference, Release, Value};

/// The cgroup of container monitors: `crio.runtime.conmon_cgroup` and a runtime's `monitor_cgroup`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MonitorCgroup {
    /// Nothing set: CRI-O chooses.
    Unset,
    /// That of the pod; the one every release takes with either cgroup manager.
    Pod,
    /// A systemd slice, as `system.slice`.
    Slice(String),
}

/// How CRI-O runs a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuntimeType {
    /// A command line runtime such as crun, with a monitor per container.
    Oci,
    /// A shim of the containerd kind, for virtual machines.
    Vm,
    /// conmon-rs, one monitor per pod; since 1.24.
    Pod,
}

/// A runtime: `[crio.runtime.runtimes.<name>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeHandler {
    /// Its name, which a RuntimeClass refers to as handler.
    pub name: String,
    /// The program; `None` means the name, looked up in `$PATH`.
    pub path: Option<String>,
    /// Where it keeps its state; `None` means the release's default.
    pub root: Option<String>,
    /// How it is run.
    pub kind: RuntimeType,
    /// The cgroup of its monitors.
    pub monitor_cgroup: MonitorCgroup,
    /// The annotations pods may use with it.
    pub allowed_annotations: Vec<String>,
}

/// A workload: `[crio.runtime.workloads.<name>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// The annotation that makes a pod one of it.
    pub activation_annotation: String,
    /// What annotations for its resources begin with.
    pub annotation_prefix: String,
    /// CPU shares, where they are set.
    pub cpu_shares: Option<u64>,
    /// The CPUs, as a list such as `0-3`, where they are set.
    pub cpuset: Option<String>,
}

/// A limit of processes: `nofile=1024:2048`.
///
/// ```
/// let limit: crio_config::Ulimit = "nofile=1024:-1".parse()?;
/// assert_eq!((limit.soft, limit.hard), (Some(1024), None));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ulimit {
    /// `nofile`, `nproc`, …
    pub name: String,
    /// The soft limit; `None` is unlimited.
    pub soft: Option<i64>,
    /// The hard limit; `None` is unlimited.
    pub hard: Option<i64>,
}

/// A device for every container: `/dev/fuse:/dev/fuse:rwm`.
///
/// Read from `SOURCE[:TARGET][:MODE]`; without a target it is the source, without a mode `rwm`.
///
/// ```
/// let device: crio_config::Device = "/dev/fuse:/dev/fuse2".parse().unwrap();
/// assert_eq!((device.target.as_str(), device.mode.as_str()), ("/dev/fuse2", "rwm"));
/// assert!("/etc/passwd".parse::<crio_config::Device>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// The device of the host.
    pub source: String,
    /// Where it is in the container.
    pub target: String,
    /// What may be done with it: some of `r`, `w` and `m`.
    pub mode: String,
}

/// A capability without its `CAP_`, upper case: `NET_BIND_SERVICE`.
///
/// Which there are depends on the release: `PERFMON`, `BPF` and `CHECKPOINT_RESTORE` came late.
///
/// ```
/// use crio_config::Capability;
///
/// let release = "1.34".parse()?;
/// assert_eq!(Capability::new("net_bind_service", release).unwrap().as_str(), "NET_BIND_SERVICE");
/// assert!(Capability::new("CAP_CHOWN", release).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(String);

/// The value is not of the type the option means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} = {value} is not {expected}")]
#[non_exhaustive]
pub struct Untyped {
    /// The option.
    pub path: &'static str,
    /// Its value.
    pub value: String,
    /// What it should be.
    pub expected: &'static str,
}

impl Effective {
    /// `crio.runtime.cgroup_manager`.
    ///
    /// # Errors
    /// CRI-O before 1.19 takes any word; later ones refuse others at their start.
    ///
    /// It has to be what the kubelet's `cgroupDriver` is, or no Pod starts.
    ///
    /// ```
    /// use crio_config::{CgroupManager, Effective};
    ///
    /// let config = Effective::defaults("1.34".parse()?);
    /// assert_eq!(config.cgroup_manager()?, CgroupManager::Systemd);
    /// assert_eq!(Effective::defaults("1.17".parse()?).cgroup_manager()?, CgroupManager::Cgroupfs);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cgroup_manager(&self) -> Result<CgroupManager, Untyped> {
        self.parsed("crio.runtime.cgroup_manager", "systemd or cgroupfs", |text| text.parse().ok())
    }

    /// `crio.runtime.conmon_cgroup`, which wins over that of the runtimes where it is set.
    ///
    /// # Errors
    /// CRI-O refuses anything but `pod` and a slice, from 1.24 on only at its start.
    pub fn conmon_cgroup(&self) -> Result<MonitorCgroup, Untyped> {
        self.parsed("crio.runtime.conmon_cgroup", "pod or a slice", |text| text.parse().ok())
    }

    /// `crio.image.pause_image`.
    ///
    /// # Errors
    /// CRI-O before 1.29 does not look at it.
    pub fn pause_image(&self) -> Result<ImageReference, Untyped> {
        self.parsed("crio.image.pause_image", "an image reference", |text| text.parse().ok())
    }

    /// `crio.api.stream_port`; 0 lets the system choose.
    ///
    /// # Errors
    /// A service name is possible too.
    pub fn stream_port(&self) -> Result<u16, Untyped> {
        self.parsed("crio.api.stream_port", "a port number", |text| text.parse().ok())
    }

    /// `crio.metrics.metrics_port`.
    pub fn metrics_port(&self) -> Option<u16> {
        self.number(&["crio", "metrics", "metrics_port"]).and_then(|port| port.try_into().ok())
    }

    /// `crio.runtime.ctr_stop_timeout`.
    pub fn stop_timeout(&self) -> Option<Duration> {
        let seconds = self.number(&["crio", "runtime", "ctr_stop_timeout"])?;
        seconds.try_into().ok().map(Duration::from_secs)
    }

    /// `crio.image.pull_progress_timeout`; zero is none.
    pub fn pull_progress_timeout(&self) -> Option<Duration> {
        let nanoseconds = self.number(&["crio", "image", "pull_progress_timeout"])?;
        nanoseconds.try_into().ok().map(Duration::from_nanos)
    }

    /// The runtimes, sorted by name.
    ///
    /// # Errors
    /// A runtime has a type or a cgroup that is none.
    ///
    /// The built-in runtime is among them even where no file names it: runc up to 1.30, crun since
    /// 1.31.
    ///
    /// ```
    /// use crio_config::{Effective, RuntimeType};
    ///
    /// let handlers = Effective::defaults("1.34".parse()?).runtime_handlers()?;
    /// assert_eq!(handlers[0].name, "crun");
    /// assert_eq!(handlers[0].kind, RuntimeType::Oci);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runtime_handlers(&self) -> Result<Vec<RuntimeHandler>, Untyped> {
        self.runtimes().into_iter().map(|name| self.runtime_handler(name)).collect()
    }

    fn runtime_handler(&self, name: &str) -> Result<RuntimeHandler, Untyped> {
        let path = |key| ["crio", "runtime", "runtimes", name, key];
        let some = |key| Some(self.text(&path(key)).to_owned()).filter(|text| !text.is_empty());
        let kind = self.text(&path("runtime_type"));
        let cgroup = self.text(&path("monitor_cgroup"));
        Ok(RuntimeHandler {
            name: name.to_owned(),
            path: some("runtime_path"),
            root: some("runtime_root"),
            kind: kind.parse().map_err(|()| untyped("runtime_type", kind, "oci, vm or pod"))?,
            monitor_cgroup: cgroup
                .parse()
                .map_err(|()| untyped("monitor_cgroup", cgroup, "pod or a slice"))?,
            allowed_annotations: self.list(&path("allowed_annotations")).to_vec(),
        })
    }

    /// The workloads, sorted by name.
    ///
    /// ```
    /// use crio_config::{Sources, merge};
    ///
    /// let text = "[crio.runtime.workloads.mgmt]\nactivation_annotation = \"io.acme/mgmt\"\n\
    ///             [crio.runtime.workloads.mgmt.resources]\ncpuset = \"0-1\"\n";
    /// let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
    /// let workloads = merge(&sources, "1.34".parse()?)?.config.workload_list();
    /// assert_eq!(workloads[0].cpuset.as_deref(), Some("0-1"));
    /// assert_eq!(workloads[0].cpu_shares, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn workload_list(&self) -> Vec<Workload> {
        self.workloads()
            .into_iter()
            .map(|name| {
                let text = |key| self.text(&["crio", "runtime", "workloads", name, key]).to_owned();
                let resource = |key| ["crio", "runtime", "workloads", name, "resources", key];
                let shares = self.number(&resource("cpushares")).filter(|&shares| shares != 0);
                let cpuset = self.text(&resource("cpuset")).to_owned();
                Workload {
                    name: name.to_owned(),
                    activation_annotation: text("activation_annotation"),
                    annotation_prefix: text("annotation_prefix"),
                    cpu_shares: shares.map(i64::cast_unsigned),
                    cpuset: Some(cpuset).filter(|set| !set.is_empty()),
                }
            })
            .collect()
    }

    /// `crio.runtime.default_ulimits`.
    ///
    /// # Errors
    /// The first entry that is none.
    ///
    /// ```
    /// use crio_config::{Sources, merge};
    ///
    /// let text = "[crio.runtime]\ndefault_ulimits = [\"nofile=1024:2048\"]\n";
    /// let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
    /// let limits = merge(&sources, "1.34".parse()?)?.config.default_ulimits()?;
    /// assert_eq!((limits[0].name.as_str(), limits[0].hard), ("nofile", Some(2048)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn default_ulimits(&self) -> Result<Vec<Ulimit>, Untyped> {
        self.entries("crio.runtime.default_ulimits", "a limit such as nofile=1024:2048", |text| {
            text.parse().ok()
        })
    }

    /// `crio.runtime.additional_devices`.
    ///
    /// # Errors
    /// The first entry that is none.
    pub fn additional_devices(&self) -> Result<Vec<Device>, Untyped> {
        self.entries("crio.runtime.additional_devices", "a device such as /dev/fuse:rwm", |text| {
            text.parse().ok()
        })
    }

    /// `crio.runtime.default_capabilities`.
    ///
    /// # Errors
    /// The first entry the release does not know.
    pub fn default_capabilities(&self) -> Result<Vec<Capability>, Untyped> {
        let release = self.release();
        self.entries("crio.runtime.default_capabilities", "a capability without CAP_", |text| {
            Capability::new(text, release)
        })
    }

    fn parsed<T>(
        &self,
        path: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Untyped> {
        let text = self.text(&path.split('.').collect::<Vec<_>>());
        parse(text).ok_or_else(|| untyped(path, text, expected))
    }

    fn entries<T>(
        &self,
        path: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Untyped> {
        let entries = self.list(&path.split('.').collect::<Vec<_>>());
        entries.iter().map(|entry| parse(entry).ok_or_else(|| untyped(path, entry, expected))).collect()
    }
}

fn untyped(path: &'static str, value: &str, expected: &'static str) -> Untyped {
    Untyped { path, value: Value::from(value).to_string(), expected }
}

impl FromStr for MonitorCgroup {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "" => Ok(Self::Unset),
            "pod" => Ok(Self::Pod),
            slice if slice.ends_with(".slice") => Ok(Self::Slice(slice.to_owned())),
            _ => Err(()),
        }
    }
}

impl FromStr for RuntimeType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "" | "oci" => Ok(Self::Oci),
            "vm" => Ok(Self::Vm),
            "pod" => Ok(Self::Pod),
            _ => Err(()),
        }
    }
}

impl FromStr for Ulimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, soft, hard) = check_ulimit(text)?;
        let limit = |value: i64| (value != -1).then_some(value);
        Ok(Self { name: name.to_owned(), soft: limit(soft), hard: limit(hard) })
    }
}

impl FromStr for Device {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let source = parts.next().filter(|part| part.starts_with("/dev/")).ok_or(())?;
        let (mut target, mut mode) = (source, "rwm");
        for part in parts {
            if part.starts_with("/dev/") {
                target = part;
            } else if !part.is_empty() && part.chars().all(|c| "rwm".contains(c)) {
                mode = part;
            } else {
                return Err(());
            }
        }
        Ok(Self { source: source.to_owned(), target: target.to_owned(), mode: mode.to_owned() })
    }
}

impl Capability {
    /// A capability a release knows, in any letter case, without `CAP_`.
    pub fn new(text: &str, release: Release) -> Option<Self> {
        let name = text.to_uppercase();
        is_capability(&format!("CAP_{name}"), release).then_some(Self(name))
    }

    /// The name without `CAP_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Effective, MonitorCgroup, RuntimeType, Sources, merge};

    #[test]
    fn the_defaults_have_their_types_in_every_release() {
        for minor in 12..=37 {
            let config = Effective::defaults(crate::Release::newest_of(minor));
            config.cgroup_manager().unwrap();
            config.pause_image().unwrap();
            config.stream_port().unwrap();
            config.default_capabilities().unwrap();
            let runtimes = config.runtime_handlers().unwrap();
            assert_eq!(runtimes.len(), 1, "{minor}");
            assert_eq!(runtimes[0].kind, RuntimeType::Oci);
        }
    }

    #[test]
    fn entries_are_taken_apart() {
        let text = "[crio.runtime]\nconmon_cgroup = \"a.slice\"\ndefault_ulimits = [\"nofile=1:-1\"]\n\
                    additional_devices = [\"/dev/null:/dev/zero:rw\"]\n";
        let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
        let config = merge(&sources, "1.31".parse().unwrap()).unwrap().config;
        assert_eq!(config.conmon_cgroup().unwrap(), MonitorCgroup::Slice("a.slice".into()));
        let limits = config.default_ulimits().unwrap();
        assert_eq!((limits[0].name.as_str(), limits[0].soft, limits[0].hard), ("nofile", Some(1), None));
        let devices = config.additional_devices().unwrap();
        assert_eq!((devices[0].target.as_str(), devices[0].mode.as_str()), ("/dev/zero", "rw"));
    }
}
