//! Drop-in files of our own.

use crate::{Sources, Unreadable};

/// The file that holds what this tool sets, unless another is named.
///
/// Read after the drop-ins of packages, which are numbered low, and after the main file always:
/// drop-ins win. Read after `99-k8sprep.conf` too, the file of the node's spec: what somebody sets
/// by hand is what they want.
pub const OWN_DROP_IN: &str = "99-k8sprep.set.conf";

/// Does CRI-O read anything after the drop-in of this path? Then that may override it.
///
/// The paths, in the order CRI-O reads them. A drop-in that says nothing of the same keys is named
/// too: whether it overrides is for [`merge`](crate::merge) to say.
///
/// ```
/// use crio_config::{OWN_DROP_IN, Sources, read_after};
///
/// let sources = Sources::new().with_drop_in("/etc/crio/crio.conf.d/zz-last.conf", Ok(Vec::new()));
/// let own = format!("/etc/crio/crio.conf.d/{OWN_DROP_IN}");
/// assert_eq!(read_after(&sources, &own), ["/etc/crio/crio.conf.d/zz-last.conf"]);
/// ```
pub fn read_after<'s>(sources: &'s Sources, path: &str) -> Vec<&'s str> {
    sources
        .drop_ins_in_order()
        .into_iter()
        .filter(|file| file.path.split('/').gt(path.split('/')))
        .filter(|file| file.content != Err(Unreadable::NotFound))
        .map(|file| file.path.as_str())
        .collect()
}
