//! Fetching a small file with whatever the machine has for it.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use host_prep::repo::MAX_KEY_FILE;
use host_prep::{Error, Host, Invocation};

use super::chain;
use super::temporary::Temporary;

const MOST: u64 = MAX_KEY_FILE as u64;
/// Fetches as apt does, proxies and all: every Debian has it, and few that are installed anew have curl.
const APT_HELPER: &str = "/usr/lib/apt/apt-helper";

/// What is at `url`. A tree is not asked: its programs may be another machine's.
pub(crate) fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let here = Host::live().map_err(|error| chain(&error))?;
    let most = MOST.to_string();
    let curl = ["-fsSL", "--connect-timeout", "10", "--max-time", "30", "--max-filesize", &most, url];
    let wget = ["-q", "-O", "-", "--timeout=10", "--tries=1", url];
    for (program, args) in [("curl", &curl[..]), ("wget", &wget)] {
        match here.run(&Invocation::new(program, args.iter().copied())) {
            Err(Error::Command { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            fetched => return fetched.map(|outcome| outcome.stdout).map_err(|error| chain(&error)),
        }
    }
    by_apt(&here, url)
}

fn by_apt(host: &Host, url: &str) -> Result<Vec<u8>, String> {
    let there = host.root().kind(Path::new(APT_HELPER)).is_ok_and(|kind| kind.is_some());
    if !there {
        return Err(format!("neither curl nor wget is here to fetch {url}"));
    }
    let file = Temporary(PathBuf::from(format!("/run/k8sprep-fetched-{}", std::process::id())));
    // Root's directory is not written to by `_apt`, which apt would say before anything else.
    let words = ["-o", "APT::Sandbox::User=root", "download-file", url, &file.0.display().to_string()];
    host.run(&Invocation::new(APT_HELPER, words)).map_err(|error| chain(&error))?;
    key_file(&file.0)
}

/// A file of keys, whatever it is: of a device no more is read than any key has.
pub(crate) fn key_file(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|open| open.take(MOST + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > MOST => Err(format!("it is larger than {MOST} bytes")),
        Ok(_) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}
