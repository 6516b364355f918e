//! How large what lies on a host is, as `du` says it.

use std::path::Path;
use std::time::Duration;

use host_prep::{Host, Invocation};

/// The bytes that a directory takes on its own file system; `None`: nobody can tell.
pub(super) fn size(host: &Host, path: &Path) -> Option<u64> {
    let asked = Invocation::new("du", ["-sxB1", "--", &path.display().to_string()]);
    let said = host.run(&asked.within(Duration::from_secs(600))).ok()?;
    String::from_utf8_lossy(&said.stdout).split_whitespace().next()?.parse().ok()
}
