//! Who denied access: permission bits, a missing capability, or a security module.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD};

use super::missing::downwards;
use crate::error::{Denial, Error};
use crate::socket::Socket;

/// The first part of the path this process may not pass, and why.
pub(super) fn explain(socket: &Socket) -> Error {
    let path = socket.path();
    let blocked = downwards(path).find(|part| *part != path && denied(part, Access::EXEC_OK)).unwrap_or(path);
    let denial = match fs::metadata(blocked) {
        Ok(found) => judge(blocked, &found, &Caller::this_process()),
        // Its directory was passed a moment ago: only a module can hide it.
        Err(_) => Denial::BeyondBits { path: blocked.to_owned(), selinux_enforcing: selinux_enforcing() },
    };
    Error::PermissionDenied { socket: socket.clone(), denial }
}

struct Caller {
    user: u32,
    groups: Vec<u32>,
}

impl Caller {
    fn this_process() -> Self {
        let mut groups: Vec<u32> =
            rustix::process::getgroups().unwrap_or_default().into_iter().map(|gid| gid.as_raw()).collect();
        groups.push(rustix::process::getegid().as_raw());
        Self { user: rustix::process::geteuid().as_raw(), groups }
    }
}

fn judge(path: &Path, found: &Metadata, caller: &Caller) -> Denial {
    let (mode, owner, group) = (found.mode() & 0o7777, found.uid(), found.gid());
    let wanted = if found.is_dir() { 0o1 } else { 0o2 };
    if granted(mode, owner, group, caller) & wanted != 0 {
        return Denial::BeyondBits { path: path.to_owned(), selinux_enforcing: selinux_enforcing() };
    }
    let path = path.to_owned();
    match caller.user {
        0 => Denial::RootWithoutCapability { path, mode, owner, group },
        user => Denial::Bits { path, mode, owner, group, user },
    }
}

/// The three bits that apply to this caller; the first class that matches decides, as in the
/// kernel.
fn granted(mode: u32, owner: u32, group: u32, caller: &Caller) -> u32 {
    if caller.user == owner {
        mode >> 6 & 0o7
    } else if caller.groups.contains(&group) {
        mode >> 3 & 0o7
    } else {
        mode & 0o7
    }
}

fn denied(path: &Path, access: Access) -> bool {
    rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS).is_err()
}

fn selinux_enforcing() -> bool {
    fs::read("/sys/fs/selinux/enforce").is_ok_and(|value| value.starts_with(b"1"))
}

#[cfg(test)]
mod tests {
    use super::{Caller, granted};

    #[test]
    fn the_first_matching_class_decides() {
        let caller = Caller { user: 1000, groups: vec![5, 10] };
        assert_eq!(granted(0o066, 1000, 10, &caller), 0, "an owner is not helped by the others' bits");
        assert_eq!(granted(0o606, 0, 10, &caller), 0, "nor a member of the group");
        assert_eq!(granted(0o006, 0, 0, &caller), 0o6);
        assert_eq!(granted(0o060, 0, 5, &caller), 0o6);
    }
}
