//! How far a change of the container runtime is, kept beside the journals.

use std::path::Path;
use std::time::Duration;

use super::record::{Record, RuntimeChange};
use crate::{Error, Host, Invocation};

/// The change that was begun on this host and is not confirmed.
///
/// # Errors
///
/// As [`Record::read`].
pub fn runtime_change(host: &Host) -> Result<Option<RuntimeChange>, Error> {
    Ok(Record::read(host)?.runtime)
}

/// Keeps how far it is; `None`: it is over.
///
/// # Errors
///
/// Where the system refuses.
pub fn keep_runtime_change(host: &Host, change: Option<RuntimeChange>) -> Result<(), Error> {
    Record::change(host, |record| record.runtime = change)
}

/// What removes every pod of the container runtime that answers there, static ones among them.
#[must_use]
pub fn removes_pods(endpoint: &str) -> Invocation {
    let words = ["--runtime-endpoint", endpoint, "rmp", "-f", "-a"];
    Invocation::new("crictl", words).within(Duration::from_secs(300))
}

/// What the kernel calls this boot; empty where it does not say.
///
/// # Errors
///
/// Where it cannot be read.
pub fn boot_id(host: &Host) -> Result<String, Error> {
    let bytes = host.root().read(Path::new("/proc/sys/kernel/random/boot_id"))?;
    Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).trim().to_owned())
}
