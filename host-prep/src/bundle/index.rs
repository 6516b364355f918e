//! The index that makes a directory of packages a repository.

use std::fs::File;
use std::io;
use std::path::Path;

use super::DEB_INDEX;
use super::manifest::BundleFile;
use super::source::names_below;
use super::value::Sha256Sum;
use crate::mirrors::Format;
use crate::{Error, Host, Invocation, fs};

/// Programs that write the index of rpms; the newer one first.
const RPM_INDEXERS: [&str; 2] = ["createrepo_c", "createrepo"];

/// Whether this machine can write the index of `format`: known before anything is fetched. Gives
/// the program.
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
            host.run(&Invocation::new(program, ["--quiet", &dir]).within(super::LIMIT)).map(drop)
        }
        Format::Deb => debs(host, dir, program),
    }
}

/// apt's flat repository (Debian's `RepositoryFormat`): each package's own control paragraph with
/// where and what the file is.
fn debs(host: &Host, dir: &Path, program: &str) -> Result<(), Error> {
    let read = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Read { path, source }
    };
    let mut packages = String::new();
    for name in names_below(dir).map_err(read(dir))?.iter().filter(|name| name.ends_with(".deb")) {
        let path = dir.join(name);
        let fields = Invocation::new(program, ["--field".to_owned(), path.display().to_string()]);
        let control = host.run(&fields)?.stdout;
        let file = File::open(&path).and_then(|mut file| BundleFile::read(name, &mut file));
        let BundleFile { size, sha256, .. } = file.map_err(read(&path))?;
        // A paragraph ends where a line is empty, and none of a deb's own may say where the file is or what
        // is in it.
        let control = String::from_utf8_lossy(&control).into_owned();
        let control: String = own_fields(&control).flat_map(|line| [line, "\n"]).collect();
        packages.push_str(&format!("{control}Filename: ./{name}\nSize: {size}\nSHA256: {sha256}\n\n"));
    }
    let [list, signed] = DEB_INDEX;
    fs::lay(&dir.join(list), packages.as_bytes())?;
    let (size, sha256) = (packages.len(), Sha256Sum::of(packages.as_bytes()));
    // apt wants a date; the manifest dates nothing, so that the same packages give the same bundle.
    let release = format!("Date: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n {sha256} {size} {list}\n");
    fs::lay(&dir.join(signed), release.as_bytes())
}

/// Fields that an index adds.
const OF_THE_INDEX: [&str; 6] = ["filename", "size", "md5sum", "sha1", "sha256", "sha512"];

/// The lines of a control paragraph without empty ones and without what only an index says.
fn own_fields(control: &str) -> impl Iterator<Item = &str> {
    let mut kept = true;
    control.lines().filter(|line| !line.trim().is_empty()).filter(move |line| {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
            kept = !OF_THE_INDEX.contains(&name.as_str());
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deb_does_not_say_where_it_is() {
        let control =
            "Package: a\nFilename: ../../evil.deb\nSHA512: 00\n 11\nDescription: b\n c\n\nPackage: d\n";
        let kept: Vec<&str> = own_fields(control).collect();
        assert_eq!(kept, ["Package: a", "Description: b", " c", "Package: d"]);
    }
}
