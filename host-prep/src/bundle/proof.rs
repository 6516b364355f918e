//! Who stands for the debs of a bundle: the indexes of the repositories they come from, signed.
//!
//! A deb has no signature of its own. Its digest is in a list of packages, the list's digest in a
//! `Release` file, and that one is signed. All three came along. apt itself checks them here, by
//! its own rules and with whatever program it has for signatures (gpgv, sqv): it is handed the
//! indexes as sources, and only lists that it took count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::compare::{Keep, compare};
use super::manifest::{BundleFile, Manifest, Origin, OriginSigner};
use super::place::Into;
use super::source::Source;
use super::work::Work;
use super::{ORIGINS, PACKAGES};
use crate::facts::distro::Distro;
use crate::fs::{self, Mode, write_new};
use crate::resource::package::AptIndex;
use crate::resource::repo::CheckedKeys;
use crate::{Error, Host, Invocation, Outcome};

/// Where a program of the machine may work; `/tmp` is often a small one in memory.
const WORK: &str = "/var/tmp";

/// Copies the signed indexes that list one of `debs` (by SHA-256) below `dir`. Those of `ours` are
/// signed by keys that the bundle brings.
pub(super) fn gather(
    indexes: &[AptIndex],
    ours: &[String],
    debs: &BTreeSet<String>,
    dir: &Path,
) -> Result<Vec<Origin>, Error> {
    let mut found: BTreeMap<(&str, &str), BTreeSet<Option<&str>>> = BTreeMap::new();
    for index in indexes {
        let path = &index.file;
        let read = |source| Error::Read { path: path.clone(), source };
        if !listed(path, debs).map_err(read)?.is_empty() && signatures(index).is_some() {
            let components = found.entry((&index.uri, &index.suite)).or_default();
            components.insert(index.component.as_deref());
        }
    }
    let mut origins = Vec::new();
    for ((uri, suite), components) in found {
        let of = |index: &&AptIndex| {
            index.uri == uri && index.suite == suite && components.contains(&index.component.as_deref())
        };
        let path = format!("{ORIGINS}/{}", origins.len());
        let flat = suite == "/";
        let base = if flat { path.clone() } else { format!("{path}/dists/{suite}") };
        for index in indexes.iter().filter(of) {
            fs::copy(&index.file, &dir.join(&base).join(&index.name))?;
            for (name, from) in signatures(index).into_iter().flatten() {
                fs::copy(&from, &dir.join(&base).join(name))?;
            }
        }
        let signer = match ours.iter().any(|url| same_place(url, uri)) {
            true => OriginSigner::PinnedKeys,
            false => OriginSigner::Distribution,
        };
        origins.push(origin(&path, suite, components, signer).map_err(|error| Error::Problem {
            what: format!("the repository {uri} cannot come along: {error}"),
            hint: "leave it out of the sources of the machine that makes the bundle".into(),
        })?);
    }
    Ok(origins)
}

fn origin(
    path: &str,
    suite: &str,
    components: BTreeSet<Option<&str>>,
    signer: OriginSigner,
) -> Result<Origin, super::InvalidValue> {
    let components = components.into_iter().flatten().map(str::parse).collect::<Result<_, _>>()?;
    Ok(Origin { path: path.parse()?, suite: suite.parse()?, components, signer })
}

/// The files that sign a list of packages, by their names in a repository; `None` where nothing
/// does.
fn signatures(index: &AptIndex) -> Option<Vec<(&'static str, PathBuf)>> {
    let file = index.file.to_str()?;
    let base = file.strip_suffix(&index.name.replace('/', "_"))?;
    let there = |names: &[&'static str]| {
        let files = names.iter().map(|name| (*name, PathBuf::from(format!("{base}{name}"))));
        Some(files.collect::<Vec<_>>()).filter(|files| files.iter().all(|(_, path)| path.exists()))
    };
    there(&["InRelease"]).or_else(|| there(&["Release", "Release.gpg"]))
}

fn same_place(one: &str, other: &str) -> bool {
    // apt writes file:///srv as file:/srv.
    let plain = |url: &str| url.replace("file:///", "file:/").trim_end_matches('/').to_owned();
    plain(one) == plain(other)
}

/// Those of `sums` that a list of packages has.
fn listed(list: &Path, sums: &BTreeSet<String>) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for line in BufReader::new(File::open(list)?).split(b'\n') {
        let line = line?;
        let sum = line.strip_prefix(b"SHA256: ").and_then(|sum| std::str::from_utf8(sum.trim_ascii()).ok());
        found.extend(sum.and_then(|sum| sums.get(sum)).cloned());
    }
    Ok(found)
}

/// Why the debs of a bundle are not all in indexes that `keys` or the distribution of `host`
/// signed; `Ok` where they are.
pub(super) fn prove(
    host: &Host,
    source: &Source,
    manifest: &Manifest,
    keys: &CheckedKeys,
) -> Result<(), String> {
    if manifest.origins.is_empty() {
        return Err("it brings no signed index of the repositories they come from".into());
    }
    let failed = |error: Error| error.to_string();
    let work = Work::within(Path::new(WORK), ".k8sprep-check-").map_err(failed)?;
    let into = Into::new(work.path()).map_err(failed)?;
    let problems = compare(source, manifest, &mut Origins(&into));
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    let said = checked_by_apt(host, manifest, keys, work.path())
        .map_err(|error| crate::ground::error::chain(&error))?;
    let debs: Vec<&BundleFile> = debs(manifest).collect();
    let sums = debs.iter().map(|file| file.sha256.to_string()).collect();
    let proved = proved(&work.path().join("apt/var/lib/apt/lists"), &sums)
        .map_err(|error| format!("the lists apt took cannot be read: {error}"))?;
    let open: Vec<&str> = debs
        .iter()
        .filter(|file| !proved.contains(file.sha256.as_str()))
        .map(|file| file.path.as_str())
        .collect();
    match open.as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let apt = complaint(&said).map(|line| format!("; apt says: {line}")).unwrap_or_default();
            Err(format!("{first}{more} is in no index signed by a key that is trusted here{apt}"))
        }
    }
}

/// The debs of a bundle.
fn debs(manifest: &Manifest) -> impl Iterator<Item = &BundleFile> {
    let is_deb = |file: &&BundleFile| {
        file.path
            .as_str()
            .strip_prefix(PACKAGES)
            .is_some_and(|rest| rest.starts_with('/') && rest.ends_with(".deb"))
    };
    manifest.files.iter().filter(is_deb)
}

/// What of `sums` is in the lists that apt took.
fn proved(lists: &Path, sums: &BTreeSet<String>) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(lists)? {
        let path = entry?.path();
        if path.is_file() && path.to_string_lossy().ends_with("_Packages") {
            found.extend(listed(&path, sums)?);
        }
    }
    Ok(found)
}

/// apt's own words where it refused something.
fn complaint(said: &Outcome) -> Option<String> {
    let text = [said.stderr.as_slice(), said.stdout.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|line| line.starts_with("W: ") || line.starts_with("E: "))?;
    Some(line.chars().take(300).collect())
}

/// Has apt fetch the indexes of the bundle, below `work`, into lists of its own there.
fn checked_by_apt(
    host: &Host,
    manifest: &Manifest,
    keys: &CheckedKeys,
    work: &Path,
) -> Result<Outcome, Error> {
    let tree = work.join("apt");
    for dir in ["sources", "trusted", "none", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial"] {
        fs::make_dirs(&tree.join(dir))?;
    }
    let put = |name: &str, bytes: &[u8]| write_new(&tree.join(name), bytes, Mode::PUBLIC);
    let pinned = format!("pinned.{}", ending(keys.bytes()));
    put(&pinned, keys.bytes())?;
    for (number, keyring) in keyrings(host).iter().enumerate() {
        put(&format!("trusted/{number}.{}", ending(keyring)), keyring)?;
    }
    let native = host.run(&Invocation::new("dpkg", ["--print-architecture"]))?.stdout;
    let native = String::from_utf8_lossy(&native).trim().to_owned();
    for (number, origin) in manifest.origins.iter().enumerate() {
        let signed_by = (origin.signer == OriginSigner::PinnedKeys).then(|| tree.join(&pinned));
        let text = source_of(origin, work, &native, signed_by.as_deref());
        put(&format!("sources/{number}.sources"), text.as_bytes())?;
    }
    put("status", b"")?;
    put("apt.conf", conf(&tree.display().to_string()).as_bytes())?;
    let conf = format!("APT_CONFIG={}", tree.join("apt.conf").display());
    host.run_to_end(
        &Invocation::new("env", [&conf, "LC_ALL=C", "apt-get", "update", "-q"]).within(super::LIMIT),
    )
}

/// Everything apt is told, before it would read the host's own configuration: that one may allow
/// what is not signed, or run something after an update.
fn conf(tree: &str) -> String {
    format!(
        "Dir::Etc::Main \"/dev/null\";\nDir::Etc::Parts \"{tree}/none\";\nDir::Etc::SourceList \"/dev/null\";\n\
         Dir::Etc::SourceParts \"{tree}/sources\";\nDir::Etc::Trusted \"/dev/null\";\n\
         Dir::Etc::TrustedParts \"{tree}/trusted\";\nDir::State \"{tree}/var/lib/apt\";\n\
         Dir::State::status \"{tree}/status\";\nDir::Cache \"{tree}/var/cache/apt\";\n\
         APT::Sandbox::User \"root\";\nAcquire::GzipIndexes \"false\";\nAcquire::Languages \"none\";\n"
    )
}

/// The indexes of an origin as a source. How old they are is not asked: a bundle is used long after
/// it was made.
fn source_of(origin: &Origin, work: &Path, native: &str, signed_by: Option<&Path>) -> String {
    let components: Vec<&str> = origin.components.iter().map(|component| component.as_str()).collect();
    let components = match components.as_slice() {
        [] => String::new(),
        names => format!("Components: {}\n", names.join(" ")),
    };
    let signed_by = signed_by.map(|path| format!("Signed-By: {}\n", path.display())).unwrap_or_default();
    format!(
        "Types: deb\nURIs: copy://{}\nSuites: {}\n{components}Architectures: {native}\nTargets: Packages\n\
         Check-Valid-Until: no\nBy-Hash: no\n{signed_by}",
        work.join(origin.path.as_str()).display(),
        origin.suite
    )
}

fn ending(keyring: &[u8]) -> &'static str {
    if keyring.trim_ascii_start().starts_with(b"-----BEGIN") { "asc" } else { "gpg" }
}

/// The keys that `host` trusts already: of its distribution, and of whatever its apt installs
/// packages from.
fn keyrings(host: &Host) -> Vec<Vec<u8>> {
    let read = |path: &Path| host.root().read(path).ok().flatten();
    let below = |dir: &str| {
        let names = host.root().list(Path::new(dir)).ok().flatten().unwrap_or_default();
        names.into_iter().map(|name| Path::new(dir).join(name)).collect::<Vec<_>>()
    };
    let release = read(Path::new("/etc/os-release")).unwrap_or_default();
    let distro = Distro::parse(&release);
    let mut paths: BTreeSet<PathBuf> = below("/etc/apt/trusted.gpg.d").into_iter().collect();
    paths.insert("/etc/apt/trusted.gpg".into());
    for id in std::iter::once(&distro.id).chain(&distro.id_like) {
        for end in ["gpg", "pgp"] {
            paths.insert(format!("/usr/share/keyrings/{id}-archive-keyring.{end}").into());
        }
    }
    for file in below("/etc/apt/sources.list.d").into_iter().chain(["/etc/apt/sources.list".into()]) {
        let text = read(&file).unwrap_or_default();
        paths.extend(signed_by(&String::from_utf8_lossy(&text)));
    }
    paths.iter().filter_map(|path| read(path)).filter(|bytes| !bytes.is_empty()).collect()
}

/// The key files that a file of sources names.
fn signed_by(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    // What follows the name, up to the bracket that ends the options of a line of the old kind.
    let named = lines.filter_map(|line| {
        let at = line.to_ascii_lowercase().find("signed-by")?;
        line[at..].split(']').next()
    });
    let words = named.flat_map(|line| line.split([' ', '\t', '=', ',', ':']));
    words.filter(|word| word.starts_with('/')).map(PathBuf::from).collect()
}

/// The signed indexes and nothing else.
struct Origins<'a>(&'a Into);

impl Keep for Origins<'_> {
    fn wants(&self, file: &BundleFile) -> bool {
        file.path.as_str().strip_prefix(ORIGINS).is_some_and(|rest| rest.starts_with('/'))
    }

    fn keep(&mut self, file: &BundleFile) -> io::Result<Option<Box<dyn Write + '_>>> {
        self.0.keep(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Debian's suites have one signed index for all components and architectures.
    #[test]
    fn components_of_one_suite_come_with_their_one_signature() {
        let lists = tempfile::tempdir().unwrap();
        let uri = "http://deb.example.org/debian/";
        let start = "deb.example.org_debian_dists_bookworm_";
        let index = |component: &str, architecture: &str| {
            let name = format!("{component}/binary-{architecture}/Packages");
            let file = lists.path().join(format!("{start}{}", name.replace('/', "_")));
            std::fs::write(&file, format!("SHA256: {}\n", "0a".repeat(32))).unwrap();
            let (component, suite) = (Some(component.to_owned()), "bookworm".to_owned());
            AptIndex { uri: uri.to_owned(), suite, component, name, file }
        };
        let indexes = [index("main", "amd64"), index("main", "all"), index("extra", "amd64")];
        std::fs::write(lists.path().join(format!("{start}InRelease")), "signed").unwrap();
        let bundle = tempfile::tempdir().unwrap();
        let origins = gather(&indexes, &[], &["0a".repeat(32)].into(), bundle.path()).unwrap();
        let suite = bundle.path().join("origins/0/dists/bookworm");
        assert_eq!((origins.len(), origins[0].components.len()), (1, 2));
        for file in [
            "InRelease",
            "main/binary-amd64/Packages",
            "main/binary-all/Packages",
            "extra/binary-amd64/Packages",
        ] {
            assert!(suite.join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn keys_that_sources_name_are_found() {
        let deb822 = "Types: deb\nSigned-By: /usr/share/keyrings/a.gpg /etc/apt/keyrings/b.asc\n";
        assert_eq!(signed_by(deb822).len(), 2);
        let line =
            "# deb [signed-by=/no] x\ndeb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] https://x/ a b\n";
        assert_eq!(signed_by(line), [PathBuf::from("/usr/share/keyrings/a.gpg")]);
        assert!(signed_by("Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n").is_empty());
    }
}
