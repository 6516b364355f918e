//! Small trees of hosts for tests of rules.

use std::path::Path;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::{Mode, Root};

use super::{Diagnosis, Family, examine};

/// What doctor says of a tree with these files: a path, and a text, or `-> target` for a link.
pub(super) fn said_of(files: &[(&str, &str)]) -> Diagnosis {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    examine(&Host::offline(Root::open(dir.path()).unwrap()), SystemTime::now())
}

/// The codes of what the checks of a family find, sorted.
pub(super) fn codes_of(family: Family, files: &[(&str, &str)]) -> Vec<&'static str> {
    let found = said_of(files).findings;
    let mut codes: Vec<_> = found.iter().filter(|one| one.family == family).map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn lay(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match text.strip_prefix("-> ") {
            Some(target) => std::os::unix::fs::symlink(target, &path).unwrap(),
            None => {
                let program = path.components().any(|part| part.as_os_str() == "bin");
                let mode = if program { Mode::DIRECTORY } else { Mode::PUBLIC };
                host_prep::fs::write_new(&path, text.as_bytes(), mode).unwrap();
            }
        }
    }
}
