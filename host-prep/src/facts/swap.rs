//! Swap: what is on, and every place that would switch some on at the next boot.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::source::{Fact, Source};
use super::units::Units;
use crate::text::{Dialect, Document};

/// Swap on a host.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Swap {
    /// Areas in use.
    pub active: Fact<Vec<SwapArea>>,
    /// Places that name swap, whether or not they switch it on at the next boot.
    pub sources: Vec<SwapSource>,
    /// Places that could not be looked at, with the reason.
    pub unknown: Vec<String>,
    /// Whether `swap.target` is masked, which keeps all of them off at boot.
    pub target_masked: bool,
}

/// An area of `/proc/swaps`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SwapArea {
    /// Device or file.
    pub path: PathBuf,
    /// `partition` or `file`.
    pub kind: String,
    /// Size in KiB.
    pub size: u64,
    /// Used, in KiB.
    pub used: u64,
    /// Priority; negative ones were chosen by the kernel.
    pub priority: i32,
}

/// A place that swap comes from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SwapSource {
    /// What kind of place.
    pub kind: SwapKind,
    /// The file that says so.
    pub file: PathBuf,
    /// Line in it, from 1, where one line does.
    pub line: Option<usize>,
    /// Device, file, unit or setting.
    pub what: String,
    /// Whether the next boot switches it on. A masked `swap.target` is not counted in.
    pub at_boot: bool,
}

/// Kinds of places that swap comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SwapKind {
    /// A record of `/etc/fstab` of type `swap`.
    Fstab,
    /// A `.swap` unit file.
    Unit,
    /// A unit that a generator made, as for a swap partition found by its GPT type.
    Generator,
    /// `zram-generator.conf`.
    ZramGenerator,
    /// A service whose purpose is swap.
    Service,
    /// An initramfs that resumes from a swap device.
    Resume,
    /// cloud-init's `swap:`.
    CloudInit,
    /// The Azure agent's `ResourceDisk.EnableSwap`.
    WaAgent,
}

/// Services that make swap (zram-tools, dphys-swapfile, Fedora's and EL's zram, systemd-swap).
const SERVICES: &[&str] = &[
    "dphys-swapfile.service",
    "systemd-swap.service",
    "zram-swap.service",
    "zram.service",
    "zramswap.service",
];

/// Where zram-generator reads, first one wins; its package's own file is in `/usr/lib`.
const ZRAM_DIRS: &[&str] = &["/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"];

struct Look<'a> {
    source: &'a Source<'a>,
    units: &'a Units,
    found: Vec<SwapSource>,
    unknown: Vec<String>,
}

impl Swap {
    pub(super) fn observe(source: &Source<'_>, units: &Units) -> Self {
        let active = source.live_text("/proc/swaps").and_then(|text| areas(&text.unwrap_or_default()));
        let mut look = Look { source, units, found: Vec::new(), unknown: units.unknown.clone() };
        look.fstab();
        look.units();
        look.generated();
        look.zram_generator();
        look.services();
        look.resume();
        look.cloud();
        let target_masked = units.is_masked("swap.target");
        Self { active, sources: look.found, unknown: look.unknown, target_masked }
    }

    /// Whether swap is off now and stays off over the next boot; `None` where that is not known.
    pub fn is_off(&self) -> Option<bool> {
        let at_boot = !self.target_masked && self.sources.iter().any(|s| s.at_boot);
        match self.active.known() {
            Some(areas) if !areas.is_empty() => Some(false),
            _ if at_boot => Some(false),
            Some(_) if self.unknown.is_empty() => Some(true),
            _ => None,
        }
    }
}

fn areas(text: &str) -> Fact<Vec<SwapArea>> {
    let area = |line: &str| {
        // A blank in a path is written as \040.
        let mut fields = line.split_ascii_whitespace();
        Some(SwapArea {
            path: fields.next()?.replace("\\040", " ").into(),
            kind: fields.next()?.to_owned(),
            size: fields.next()?.parse().ok()?,
            used: fields.next()?.parse().ok()?,
            priority: fields.next()?.parse().ok()?,
        })
    };
    // The first line is a heading (proc(5), /proc/swaps).
    let lines = text.lines().skip(1);
    match lines.map(area).collect::<Option<Vec<_>>>() {
        Some(areas) => Fact::Known(areas),
        None => Fact::unknown("/proc/swaps has a line that is not a swap area"),
    }
}

impl Look<'_> {
    /// The value, or its default with the reason noted.
    fn take<T: Default>(&mut self, fact: Fact<T>) -> T {
        if let Some(reason) = fact.reason() {
            self.unknown.push(reason.to_owned());
        }
        fact.or_default()
    }

    fn exists(&self, path: &str) -> bool {
        self.source.exists(path).known() == Some(&true)
    }

    fn document(&mut self, path: impl AsRef<Path>, dialect: Dialect) -> Option<Document> {
        let bytes = self.take(self.source.bytes(path))?;
        Some(Document::parse(&bytes, dialect))
    }

    fn push(
        &mut self,
        kind: SwapKind,
        file: impl Into<PathBuf>,
        line: Option<usize>,
        what: impl Into<String>,
        at_boot: bool,
    ) {
        self.found.push(SwapSource { kind, file: file.into(), line, what: what.into(), at_boot });
    }

    fn fstab(&mut self) {
        let Some(file) = self.document("/etc/fstab", Dialect::Fstab) else { return };
        for entry in file.fstab().filter(|e| e.vfstype == "swap") {
            let masked = unit_of(&entry.spec).is_some_and(|unit| self.units.is_masked(&unit));
            // With `noauto` systemd-fstab-generator makes the unit, but swap.target does not pull
            // it in (systemd.swap(5)).
            let at_boot = !masked && !entry.options.iter().any(|o| o == "noauto");
            self.push(SwapKind::Fstab, "/etc/fstab", Some(file.line_number(entry.id)), entry.spec, at_boot);
        }
    }

    fn units(&mut self) {
        let units = self.units;
        for (name, path) in units.with_suffix(".swap") {
            self.push(SwapKind::Unit, path, None, name, units.is_enabled(name));
        }
    }

    /// What generators of the running system made: partitions found by GPT type. fstab and zram are
    /// reported as what they come from.
    fn generated(&mut self) {
        for dir in ["/run/systemd/generator", "/run/systemd/generator.late"] {
            let names = self.take(self.source.list(dir));
            for name in names.into_iter().filter(|n| n.ends_with(".swap") && !n.starts_with("dev-zram")) {
                let path = format!("{dir}/{name}");
                let unit = self.document(&path, Dialect::Systemd);
                let from = unit.and_then(|u| u.value(Some("Unit"), "SourcePath"));
                // systemd-fstab-generator writes `SourcePath=/etc/fstab` into each unit of its.
                if from.as_deref() != Some("/etc/fstab") {
                    let masked = self.units.is_masked(&name);
                    self.push(SwapKind::Generator, path, None, name, !masked);
                }
            }
        }
    }

    fn zram_generator(&mut self) {
        let main = below(ZRAM_DIRS, "zram-generator.conf");
        let main =
            main.into_iter().find(|p| self.source.link_target(p).or_default().is_some() || self.exists(p));
        let drop_ins = below(ZRAM_DIRS, "zram-generator.conf.d");
        let drop_ins = match self.source.conf_files(&drop_ins, ".conf") {
            Fact::Known(files) => files,
            Fact::Unknown { reason } => return self.unknown.push(reason),
        };
        let drop_ins = drop_ins.into_iter().filter(|f| !f.masks).map(|f| f.path);
        for path in main.into_iter().map(PathBuf::from).filter(|p| !self.source.is_masked(p)).chain(drop_ins)
        {
            let Some(file) = self.document(&path, Dialect::Systemd) else { continue };
            let mut devices: Vec<String> = file.sections().collect();
            devices.dedup();
            // A section a device, `[zram0]` (zram-generator.conf(5)); several files may speak of
            // one.
            for device in devices.into_iter().filter(|d| d.starts_with("zram")) {
                // A device with a file system or mount point is no swap, one of size 0 is not made.
                let get = |key| file.value(Some(&device), key);
                let other = get("mount-point").is_some() || get("fs-type").is_some_and(|t| t != "swap");
                let empty = get("zram-size").is_some_and(|s| s.trim() == "0");
                let at_boot = !other && !empty && self.exists(GENERATOR);
                self.push(SwapKind::ZramGenerator, &path, None, device, at_boot);
            }
        }
    }

    fn services(&mut self) {
        for name in SERVICES {
            let units = self.units;
            if let Some(file) = units.find(name) {
                self.push(SwapKind::Service, file, None, *name, units.is_enabled(name));
            }
        }
    }

    /// A resume device keeps swap in the initramfs's mind; it does not switch it on by itself.
    fn resume(&mut self) {
        let path = "/etc/initramfs-tools/conf.d/resume";
        let Some(file) = self.document(path, Dialect::EnvFile) else { return };
        if let Some(entry) =
            file.deciding(None, "RESUME").filter(|e| !matches!(e.value.as_str(), "" | "none"))
        {
            self.push(SwapKind::Resume, path, Some(file.line_number(entry.id)), entry.value, false);
        }
    }

    fn cloud(&mut self) {
        let path = "/etc/waagent.conf";
        if let Some(file) = self.document(path, Dialect::EnvFile)
            && let Some(entry) = file.deciding(None, "ResourceDisk.EnableSwap")
        {
            let what = format!("{}={}", entry.key, entry.value);
            self.push(SwapKind::WaAgent, path, Some(file.line_number(entry.id)), what, entry.value == "y");
        }
        let dir = "/etc/cloud/cloud.cfg.d";
        let names = self.take(self.source.list(dir));
        let parts = names.into_iter().filter(|n| n.ends_with(".cfg")).map(|n| format!("{dir}/{n}"));
        for path in std::iter::once("/etc/cloud/cloud.cfg".to_owned()).chain(parts) {
            let Some(text) = self.take(self.source.text(&path)) else { continue };
            let line = text.lines().position(|l| l.starts_with("swap:"));
            if let Some(line) = line {
                // cloud-init acts once, at the first boot: what a tree will see and a running host has had.
                let first_boot = !self.source.is_running();
                self.push(SwapKind::CloudInit, path, Some(line + 1), "swap:", first_boot);
            }
        }
    }
}

/// The unit that systemd-fstab-generator makes of a device or a file (`fstab_node_to_udev_node`, then
/// systemd-escape(1) with `--path`).
fn unit_of(spec: &str) -> Option<String> {
    let path = match spec.split_once('=') {
        Some((tag @ ("UUID" | "LABEL" | "PARTUUID" | "PARTLABEL"), value)) => {
            format!("/dev/disk/by-{}/{}", tag.to_ascii_lowercase(), value.trim_matches(['"', '\'']))
        }
        Some(_) if !spec.starts_with('/') => return None,
        _ => spec.to_owned(),
    };
    Some(format!("{}.swap", super::unit_words::escaped_path(&path)))
}

const GENERATOR: &str = "/usr/lib/systemd/system-generators/zram-generator";

fn below(dirs: &[&str], name: &str) -> Vec<String> {
    dirs.iter().map(|dir| format!("{dir}/{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_of_the_kernels_table() {
        let text = "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/vda2 partition\t4194300\t12\t-2\n/swap\\040file file\t8\t0\t5\n";
        let areas = areas(text).known().cloned().unwrap();
        assert_eq!((areas[0].size, areas[0].used, areas[0].priority), (4_194_300, 12, -2));
        assert_eq!((areas[1].path.to_str(), areas[1].kind.as_str()), (Some("/swap file"), "file"));
    }

    #[test]
    fn a_device_has_the_unit_that_systemd_makes_of_it() {
        let unit = |spec: &str| unit_of(spec).unwrap_or_default();
        assert_eq!(unit("/dev/sda2"), "dev-sda2.swap");
        assert_eq!(unit("/var/swap-file"), "var-swap\\x2dfile.swap");
        assert_eq!(unit("UUID=0a-b1"), "dev-disk-by\\x2duuid-0a\\x2db1.swap");
        assert_eq!(unit_of("none=1"), None);
    }

    #[test]
    fn a_table_that_is_none_is_unknown() {
        assert!(areas("Filename\nnonsense\n").known().is_none());
    }
}
