//! Whether a tree is that of the running host, seen from within: a chroot, a container build and an
//! installer's script have a kernel that is not theirs, and no systemd to ask.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What container managers leave in a container.
const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Why the tree that this process lives in is no running host; `None` where it is one, or nothing
/// tells that it is none.
///
/// systemd answers the first question like this (`systemd-detect-virt --chroot`). A host without
/// systemd that no container manager marked is taken for running: what is missing is told then.
#[must_use]
pub fn why_not_running() -> Option<&'static str> {
    why_not(Path::new("/"))
}

/// Whether systemd is at work where this process lives: without it and without a mark nothing tells
/// an image from a host that another program starts.
#[must_use]
pub fn runs_systemd() -> bool {
    has_systemd(Path::new("/"))
}

fn has_systemd(root: &Path) -> bool {
    let first = std::fs::read_to_string(root.join("proc/1/comm")).unwrap_or_default();
    first.trim() == "systemd" || root.join("run/systemd/system").exists()
}

fn why_not(root: &Path) -> Option<&'static str> {
    let at = |path: &str| root.join(path.trim_start_matches('/'));
    if !at("/proc/self").exists() {
        return Some("there is no /proc");
    }
    let id = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    // Only root may ask it of the first process.
    if let (Some(of_first), Some(own)) = (id(&at("/proc/1/root")), id(root))
        && of_first != own
    {
        return Some("this is a chroot: the first process has another root directory");
    }
    if has_systemd(root) {
        return None;
    }
    let marked = MARKS.iter().any(|mark| at(mark).exists());
    marked.then_some("this is a container in which systemd does not run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_told_by_its_proc_its_root_and_its_marks() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let lay = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(why_not(root), Some("there is no /proc"));
        lay("proc/self/x", "");
        assert_eq!(why_not(root), None, "nothing tells that it does not run");
        lay(".dockerenv", "");
        assert!(why_not(root).unwrap().contains("container"));
        lay("run/systemd/system/x", "");
        assert_eq!(why_not(root), None, "systemd runs in that container");
        lay("proc/1/root/x", "");
        assert!(why_not(root).unwrap().contains("chroot"));
        std::fs::remove_dir_all(root.join("proc/1/root")).unwrap();
        std::os::unix::fs::symlink(root, root.join("proc/1/root")).unwrap();
        assert_eq!(why_not(root), None);
        std::fs::remove_dir_all(root.join("run")).unwrap();
        lay("proc/1/comm", "systemd\n");
        assert_eq!(why_not(root), None);
        lay("proc/1/comm", "sh\n");
        assert!(why_not(root).unwrap().contains("container"));
    }
}
