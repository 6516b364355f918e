//! Disk and memory below what the kubelet evicts pods for.

use host_prep::facts::FileSystem;

use super::Look;

/// The kubelet's own limits (kubernetes `pkg/kubelet/eviction/defaults_linux.go`, v1.34.0;
/// `imagefs.inodesFree` since 1.26).
// `DefaultEvictionHard` (pkg/kubelet/eviction/defaults_linux.go).
const DEFAULTS: [(&str, &str); 5] = [
    ("memory.available", "100Mi"),
    ("nodefs.available", "10%"),
    ("nodefs.inodesFree", "5%"),
    ("imagefs.available", "15%"),
    ("imagefs.inodesFree", "5%"),
];

/// Powers of a quantity's suffix (apimachinery `resource.Quantity`).
const SUFFIXES: [(&str, u64); 8] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
];

impl Look<'_> {
    /// A node without room evicts its pods and gets no new ones. A host that is no member has no
    /// kubelet to do so.
    pub(super) fn pressure(&mut self) {
        if self.member().is_none() {
            return;
        }
        let Some(space) = self.facts.space.known().cloned() else { return };
        for (signal, limit) in self.eviction_limits() {
            let disk = |fs: &Option<FileSystem>| fs.clone().filter(|fs| fs.size > 0);
            let (what, size, left) = match signal.as_str() {
                "nodefs.available" => of_bytes("DiskPressure", disk(&space.nodefs)),
                "imagefs.available" => of_bytes("DiskPressure", disk(&space.imagefs)),
                "nodefs.inodesFree" => of_inodes(disk(&space.nodefs)),
                "imagefs.inodesFree" => of_inodes(disk(&space.imagefs)),
                "memory.available" => space
                    .memory
                    .zip(space.memory_available)
                    .map(|(size, left)| ("MemoryPressure: memory".to_owned(), size, left)),
                _ => None,
            }
            .unwrap_or_default();
            let Some(least) = threshold(&limit, size).filter(|least| left < *least && size > 0) else {
                continue;
            };
            let what = format!(
                "{what} has {} left, and the kubelet evicts pods below {} ({signal} {limit})",
                shown(left, &signal),
                shown(least, &signal)
            );
            let hint = if signal.starts_with("memory") {
                "give the host more memory, or stop what takes it".to_owned()
            } else {
                "make room there: `crictl rmi --prune` removes images nobody uses; the limit is the kubelet's evictionHard".to_owned()
            };
            self.fault("eviction-threshold-crossed", "kubelet", what, hint);
        }
    }

    /// What the kubelet was told: the flag, else its configuration, else its own.
    fn eviction_limits(&self) -> Vec<(String, String)> {
        let own = || DEFAULTS.iter().map(|(signal, limit)| ((*signal).to_owned(), (*limit).to_owned()));
        // A flag replaces the whole map.
        if let Some(flag) = self.facts.kubelet.flag("eviction-hard") {
            let pairs = flag.split(',').filter_map(|pair| pair.split_once('<'));
            return pairs
                .map(|(signal, limit)| (signal.trim().to_owned(), limit.trim().to_owned()))
                .collect();
        }
        let Some(told) = self.kubelet_setting("evictionHard") else { return own().collect() };
        let entries = DEFAULTS
            .iter()
            .filter_map(|(signal, _)| Some(((*signal).to_owned(), told.get(signal)?.as_str()?.to_owned())));
        let mut limits: Vec<(String, String)> = entries.collect();
        let merges = self.kubelet_setting("mergeDefaultEvictionSettings");
        // Without it a map in the file replaces all defaults.
        if merges.is_some_and(|node| node.as_bool() == Some(true)) {
            let missing = own().filter(|(signal, _)| told.get(signal).is_none());
            limits.extend(missing.collect::<Vec<_>>());
        }
        limits
    }
}

/// Bytes below which a kubelet that was told nothing evicts pods, of a file system for images that
/// has `size`.
pub(crate) fn room_for_images(size: u64) -> u64 {
    let limit = DEFAULTS.iter().find(|(signal, _)| *signal == "imagefs.available");
    limit.and_then(|(_, limit)| threshold(limit, size)).unwrap_or_default()
}

/// What is short, the whole, and what is left.
type Left = Option<(String, u64, u64)>;

/// `None` where the file system is not known.
fn of_bytes(pressure: &str, fs: Option<FileSystem>) -> Left {
    fs.map(|fs| (format!("{pressure}: the file system of {}", fs.path.display()), fs.size, fs.available))
}

/// Some file systems (btrfs, overlay over it) have no fixed number of inodes, and say zero.
fn of_inodes(fs: Option<FileSystem>) -> Left {
    let counted = fs.filter(|fs| fs.inodes > 0)?;
    let what = format!("DiskPressure: the file system of {}", counted.path.display());
    Some((what, counted.inodes, counted.inodes_free))
}

/// `10%` of `size`, or a quantity.
fn threshold(limit: &str, size: u64) -> Option<u64> {
    if let Some(percent) = limit.strip_suffix('%') {
        let percent: f64 = percent.trim().parse().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a size, as the kubelet reckons it: in floating point, rounded down"
        )]
        return Some((size as f64 * percent / 100.0) as u64);
    }
    let suffix = SUFFIXES.iter().find_map(|(suffix, factor)| Some((limit.strip_suffix(suffix)?, *factor)));
    let (number, factor) = suffix.unwrap_or((limit, 1));
    number.trim().parse::<u64>().ok()?.checked_mul(factor)
}

/// Above 9 GiB in GiB, below in MiB: two digits are enough to act on.
fn shown(amount: u64, signal: &str) -> String {
    if signal.ends_with("inodesFree") {
        return format!("{amount} inodes");
    }
    if amount >> 30 > 9 { format!("{} GiB", amount >> 30) } else { format!("{} MiB", amount >> 20) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubelet_wants_room_for_images() {
        assert_eq!(room_for_images(1000), 150);
    }

    #[test]
    fn limits_are_parts_or_quantities() {
        let rows = [
            ("10%", Some(100)),
            ("0%", Some(0)),
            ("12.5%", Some(125)),
            ("1Gi", Some(1 << 30)),
            ("100M", Some(100_000_000)),
            ("7", Some(7)),
            ("", None),
            ("-1", None),
            ("200%", None),
            ("99999999999Ti", None),
        ];
        for (limit, bytes) in rows {
            assert_eq!(threshold(limit, 1000), bytes, "{limit}");
        }
    }
}
