//! What is mounted where on the running host.

use super::Inspection;
use crate::doctor::finding::{Evidence, Unread};

/// Of this process: `doctor` sees the mounts of its own namespace, which is the host's unless it
/// is run in a container.
const MOUNTS: &str = "/proc/self/mountinfo";

/// A line of mountinfo (proc(5)).
///
/// Only what rules ask for is kept; `at` has its blanks back, which the kernel writes as octal
/// escapes.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Mount {
    pub(in crate::doctor) at: String,
    pub(in crate::doctor) options: String,
    /// Whether what is mounted below it is propagated.
    pub(in crate::doctor) shared: bool,
}

impl Inspection<'_> {
    /// The mounts, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// Where no kernel runs.
    pub(in crate::doctor) fn mounts(&self) -> Result<Vec<Mount>, Unread> {
        match self.files().live(MOUNTS)? {
            Some(file) => Ok(file.text().lines().filter_map(Mount::read).collect()),
            None => Err(Unread::new(MOUNTS, "it is not there")),
        }
    }
}

impl Mount {
    /// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue` (proc(5)):
    /// the fifth and sixth field, and whether an optional one is `shared:N`.
    fn read(line: &str) -> Option<Self> {
        // Fields from the seventh on, up to ` - `, are optional ones; a blank in a name is written \\040.
        let mut fields = line.split(" - ").next()?.split(' ').skip(4);
        let (at, options) = (fields.next()?.replace("\\040", " "), fields.next()?.to_owned());
        Some(Self { at, options, shared: fields.any(|field| field.starts_with("shared:")) })
    }

    /// An option of the mount, such as `noexec`; those of the superblock behind ` - ` are not
    /// asked.
    pub(in crate::doctor) fn has(&self, option: &str) -> bool {
        self.options.split(',').any(|one| one == option)
    }

    /// The place and the options as the kernel tells them.
    pub(in crate::doctor) fn evidence(&self) -> Evidence {
        Evidence::kernel(MOUNTS).value(format!("{} {}", self.at, self.options))
    }
}

/// The mount that a path is on: the one of the longest mount point, of several there the last.
pub(in crate::doctor) fn mount_of<'m>(mounts: &'m [Mount], path: &str) -> Option<&'m Mount> {
    let holds = |at: &str| at == "/" || path == at || path.starts_with(&format!("{at}/"));
    mounts.iter().filter(|mount| holds(&mount.at)).max_by_key(|mount| mount.at.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_on_the_mount_of_the_longest_name() {
        let mount = |at: &str, options: &str| Mount { at: at.into(), options: options.into(), shared: false };
        let all = [
            mount("/", "rw"),
            mount("/var", "rw,noexec"),
            mount("/var/lib/kubelet", "rw"),
            mount("/va", "ro"),
        ];
        assert_eq!(mount_of(&all, "/var/lib/containers").unwrap().at, "/var");
        assert_eq!(mount_of(&all, "/var/lib/kubelet/pods").unwrap().at, "/var/lib/kubelet");
        assert_eq!(mount_of(&all, "/opt/cni/bin").unwrap().at, "/");
        assert!(all[1].has("noexec") && !all[1].has("exec"));
    }
}
