//! The index that makes a directory of packages a repository.

use std::io;
use std::path::Path;

use super::manifest::BundleFile;
use crate::fs::{Mode, write_new};
use crate::mirrors::Format;
use crate::{Error, Host, Invocation};

/// Programs that write the index of rpms; the newer one first.
const RPM_INDEXERS: [&str; 2] = ["createrepo_c", "createrepo"];

/// Whether this machine can write the index of `format`: known before anything is fetched. Gives the program.
pub(super) fn indexer(host: &Host, format: Format) -> Result<&'static str, Error> {
    if format == Format::Deb {
        return Ok("dpkg-deb");
    }
    let there = |program: &&&str| host.run(&Invocation::new(**program, ["--version"])).is_ok();
    RPM_INDEXERS.iter().find(there).copied().ok_or_else(|| Error::Problem {
        what: "nothing here writes the index of a repository of rpms".into(),
        hint:
            "install createrepo_c on the machine that makes the bundle; the hosts that use it do not need it"
                .into(),
    })
}

/// Makes the packages in `dir` a repository.
pub(super) fn write(host: &Host, format: Format, dir: &Path, program: &str) -> Result<(), Error> {
    match format {
        Format::Rpm => {
            let dir = dir.display().to_string();
            host.run(&Invocation::new(program, ["--quiet", &dir]).within(super::create::LIMIT)).map(drop)
        }
        Format::Deb => debs(host, dir, program),
    }
}

/// apt's flat repository (Debian's `RepositoryFormat`): each package's own control paragraph with where and what the file is.
fn debs(host: &Host, dir: &Path, program: &str) -> Result<(), Error> {
    let read = |source: io::Error| Error::Read { path: dir.to_owned(), source };
    let mut packages = String::new();
    for name in super::manifest::files_below(dir).map_err(read)? {
        let path = dir.join(&name).display().to_string();
        let control = host.run(&Invocation::new(program, ["--field", &path]))?.stdout;
        let BundleFile { size, sha256, .. } = BundleFile::of(dir, &name).map_err(read)?;
        let control = String::from_utf8_lossy(&control).trim_end().to_owned();
        packages.push_str(&format!("{control}\nFilename: ./{name}\nSize: {size}\nSHA256: {sha256}\n\n"));
    }
    write_new(&dir.join("Packages"), packages.as_bytes(), Mode::PUBLIC)?;
    let BundleFile { size, sha256, .. } = BundleFile::of(dir, "Packages").map_err(read)?;
    // apt wants a date; the manifest dates nothing, so that the same packages give the same bundle.
    let release = format!("Date: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {sha256} {size} Packages\n");
    write_new(&dir.join("Release"), release.as_bytes(), Mode::PUBLIC)
}
