//! `crio config --migrate-defaults 1.17`, which CRI-O 1.18 to 1.30 had.

use crate::catalogue::first_of;
use crate::{Effective, KeyPath, Release, Value};

/// The migration is not part of the release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CRI-O {release} has no --migrate-defaults: 1.18 to 1.30 have it")]
#[non_exhaustive]
pub struct NoMigration {
    /// The release asked for.
    pub release: Release,
}

/// What CRI-O's migration from 1.17 changes in a configuration, in its order. The merged value
/// counts, whether a file states it or not.
///
/// # Errors
/// The release has no such migration.
///
/// Only what has to change is returned; set each in a [`Document`](crate::Document), as CRI-O
/// writes it into its own file. Capabilities that containers had by default and lost with 1.18
/// (`NET_RAW`, `SYS_CHROOT`) are among it: see what needs them before.
///
/// ```
/// use crio_config::{Sources, merge, migrate_from_1_17};
///
/// let text = "[crio.runtime]\nctr_stop_timeout = 0\n";
/// let old = Sources::new().with_main("/etc/crio/crio.conf", text);
/// let config = merge(&old, "1.20".parse()?)?.config;
/// let changes = migrate_from_1_17(&config)?;
/// assert_eq!(changes[0].0.to_string(), "crio.runtime.ctr_stop_timeout");
/// assert_eq!(changes[0].1, crio_config::Value::Integer(30));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn migrate_from_1_17(config: &Effective) -> Result<Vec<(KeyPath, Value)>, NoMigration> {
    let release = config.release();
    if !(first_of(18)..first_of(31)).contains(&release) {
        return Err(NoMigration { release });
    }
    let mut changes = Vec::new();
    let mut change = |key: [&str; 3], value: Value| {
        changes.extend(KeyPath::from_parts(key).map(|path| (path, value)));
    };
    const CAPABILITIES: [&str; 3] = ["crio", "runtime", "default_capabilities"];
    let capabilities = config.list(&CAPABILITIES);
    let dropped = |name: &&String| matches!(name.as_str(), "NET_RAW" | "SYS_CHROOT");
    if capabilities.iter().any(|name| dropped(&name)) {
        let kept = capabilities.iter().filter(|name| !dropped(name)).cloned().collect();
        change(CAPABILITIES, Value::Strings(kept));
    }
    const APPARMOR: [&str; 3] = ["crio", "runtime", "apparmor_profile"];
    let profile = config.text(&APPARMOR);
    if profile.contains("crio-default") && profile != "crio-default" {
        change(APPARMOR, "crio-default".into());
    }
    const LOG_LEVEL: [&str; 3] = ["crio", "runtime", "log_level"];
    if config.text(&LOG_LEVEL) == "error" {
        change(LOG_LEVEL, "info".into());
    }
    const STOP: [&str; 3] = ["crio", "runtime", "ctr_stop_timeout"];
    if config.number(&STOP).is_some_and(|seconds| seconds < 30) {
        change(STOP, Value::Integer(30));
    }
    const NAMESPACES: [&str; 3] = ["crio", "runtime", "namespaces_dir"];
    if config.text(&NAMESPACES) == "/var/run/crio/ns" {
        change(NAMESPACES, "/var/run".into());
    }
    const PAUSE: [&str; 3] = ["crio", "image", "pause_image"];
    if old_pause_images(release).contains(&config.text(&PAUSE)) {
        let defaults = Effective::defaults(release);
        change(PAUSE, defaults.text(&PAUSE).into());
    }
    Ok(changes)
}

/// The images that count as old. From 1.28 on the comparison names the new registry, which 1.17
/// never had.
fn old_pause_images(release: Release) -> &'static [&'static str] {
    match release.minor() {
        ..21 => &["k8s.gcr.io/pause:3.1"],
        21..28 => &["k8s.gcr.io/pause:3.1", "k8s.gcr.io/pause:3.2"],
        _ => &["registry.k8s.io/pause:3.1", "registry.k8s.io/pause:3.2"],
    }
}
