//! Checks a directory of kubeadm configurations and brings the good ones to another API version,
//! with `kubeadm-config` alone: no command line of ours, no other crate of the workspace, and no
//! kubeadm.
//!
//! ```text
//! config_dir RELEASE VERSION DIRECTORY OUTPUT      config_dir v1.34.0 v1beta4 configs/ migrated/
//! ```
//!
//! Says of every file what that kubeadm says, with line, column and field. Exits with 3 if it
//! refuses one, or if the version cannot hold all of it: nothing is written for such a file.
#![expect(clippy::disallowed_methods, reason = "an example without host-prep, in a directory of its caller")]

use std::error::Error;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kubeadm_config::check::{Checked, check};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::migrate::migrate;
use kubeadm_config::{ApiVersion, Circumstances, HostFacts, KubeadmRelease};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [release, version, directory, output] = words.as_slice() else {
        eprintln!("usage: config_dir RELEASE VERSION DIRECTORY OUTPUT");
        return ExitCode::from(2);
    };
    let asked = || -> Result<bool, Box<dyn Error>> {
        let wish = Wish { release: release.parse()?, version: version.parse()? };
        wish.directory(directory.as_ref(), output.as_ref(), &mut io::stdout().lock())
    };
    match asked() {
        Ok(all_good) => ExitCode::from(if all_good { 0 } else { 3 }),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// By which release to check, and what to migrate to.
struct Wish {
    release: KubeadmRelease,
    version: ApiVersion,
}

impl Wish {
    /// Checks every `.yaml` and `.yml` of a directory and migrates the good ones into another.
    /// Whether all were good.
    fn directory(&self, from: &Path, to: &Path, out: &mut impl Write) -> Result<bool, Box<dyn Error>> {
        fs::create_dir_all(to)?;
        let mut all_good = true;
        for path in configurations(from)? {
            let bytes = fs::read(&path)?;
            let name = path.file_name().unwrap_or_default();
            let migrated = self.file(&name.to_string_lossy(), &bytes, out)?;
            all_good &= migrated.is_some();
            if let Some(text) = migrated {
                // Whoever holds a configuration may hold its tokens: what was there is not written over.
                File::create_new(to.join(name))?.write_all(text.as_bytes())?;
            }
        }
        Ok(all_good)
    }

    /// Says what is to be said of a file; its migrated text if there is nothing against it.
    fn file(&self, name: &str, bytes: &[u8], out: &mut impl Write) -> io::Result<Option<String>> {
        let checked = check(bytes, &self.on_any_host(), &Circumstances::default());
        say(name, &checked, out)?;
        if !checked.accepted {
            writeln!(out, "{name}: kubeadm {} refuses it", self.release.version())?;
            return Ok(None);
        }
        match migrate(bytes, self.version) {
            Ok(migrated) if migrated.losses.is_empty() => {
                writeln!(out, "{name}: good, brought to {}", self.version)?;
                Ok(Some(migrated.yaml))
            }
            Ok(migrated) => {
                for loss in &migrated.losses {
                    writeln!(out, "{name}: {} cannot hold {loss}", self.version)?;
                }
                Ok(None)
            }
            Err(report) => {
                writeln!(out, "{name}: {report}")?;
                Ok(None)
            }
        }
    }

    /// The files are for other hosts than this one: what kubeadm asks its host is made up, from the
    /// range for documentation.
    fn on_any_host(&self) -> Options {
        let mut facts = HostFacts::default();
        facts.host_name = "node".into();
        facts.ipv4_route_address = Some([192, 0, 2, 1].into());
        facts.random_tokens = "abcdef.0123456789abcdef".parse().into_iter().collect();
        Options::new(self.release.clone(), facts)
    }
}

fn configurations(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| matches!(path.extension().and_then(OsStr::to_str), Some("yaml" | "yml")));
    paths.sort();
    Ok(paths)
}

/// `file:line:column: level: field: text`, as compilers write it and editors read it.
fn say(name: &str, checked: &Checked, out: &mut impl Write) -> io::Result<()> {
    for remark in &checked.remarks {
        let place = remark.line.zip(remark.column);
        let place = place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let field = if remark.field.is_empty() { String::new() } else { format!("{}: ", remark.field) };
        writeln!(out, "{name}{place}: {}: {field}{}", remark.severity, remark.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n\
                       scheduler:\n  extraArgs:\n    v: \"4\"\n";
    const BAD: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n\
                       networking:\n  podSubnet: 10.0.0.0/99\n  podSubnets: x\nclusterName: [a]\n";
    const NEW: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\nforce: true\n";

    fn run(version: &str, files: &[(&str, &str)]) -> (bool, String, Vec<(String, String)>) {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("in"), directory.path().join("out"));
        fs::create_dir(&from).unwrap();
        for (name, text) in files {
            File::create_new(from.join(name)).unwrap().write_all(text.as_bytes()).unwrap();
        }
        let wish = Wish { release: "v1.34.0".parse().unwrap(), version: version.parse().unwrap() };
        let mut out = Vec::new();
        let all_good = wish.directory(&from, &to, &mut out).unwrap();
        let read = |entry: io::Result<fs::DirEntry>| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
        };
        let mut written: Vec<_> = fs::read_dir(&to).unwrap().map(read).collect();
        written.sort();
        (all_good, String::from_utf8(out).unwrap(), written)
    }

    #[test]
    fn good_files_are_migrated_and_bad_ones_left() {
        let (all_good, out, written) =
            run("v1beta4", &[("old.yaml", OLD), ("bad.yml", BAD), ("notes.txt", "not one of them")]);
        assert!(!all_good);
        let subnet = "bad.yml:5:14: error: networking.podSubnet: Invalid value: \"10.0.0.0/99\"";
        assert!(out.contains(subnet), "{out}");
        assert!(out.contains("bad.yml:6:3: error: networking.podSubnets: unknown field"), "{out}");
        assert!(out.contains("bad.yml:7:14: error: clusterName: json: cannot unmarshal array"), "{out}");
        assert!(out.contains("bad.yml: kubeadm v1.34.0 refuses it\n"), "{out}");
        assert!(out.contains("old.yaml: good, brought to kubeadm.k8s.io/v1beta4\n"), "{out}");
        let [(name, text)] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!(name, "old.yaml");
        assert!(text.contains("  - name: v\n    value: \"4\"\n"), "{text}");
    }

    #[test]
    fn what_the_version_cannot_hold_is_told_and_not_written() {
        let (all_good, out, written) = run("v1beta3", &[("reset.yaml", NEW)]);
        assert!(!all_good);
        assert!(out.contains("reset.yaml: kubeadm.k8s.io/v1beta3 cannot hold ResetConfiguration"), "{out}");
        assert_eq!(written, []);
    }

    #[test]
    fn a_migrated_directory_is_good_and_stays_as_it_is() {
        let (_, _, written) = run("v1beta4", &[("old.yaml", OLD), ("reset.yaml", NEW)]);
        let files: Vec<_> = written.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let (all_good, out, again) = run("v1beta4", &files);
        assert!(all_good, "{out}");
        assert_eq!(again, written);
    }
}
