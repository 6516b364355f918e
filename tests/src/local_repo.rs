//! Package repositories made in a test: real rpm and deb packages, signed with the test's own keys.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::booted::Shipped;

/// A directory with packages in it, and the keys that sign them.
#[derive(Debug)]
pub struct LocalRepo {
    dir: PathBuf,
    /// Where gpg has the keys.
    keys: PathBuf,
    _own: Option<tempfile::TempDir>,
}

/// A signing key of the test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Key {
    /// Its fingerprint, as gpg says it.
    pub fingerprint: String,
    /// Its public part in ASCII armour.
    pub armoured: Vec<u8>,
    /// Its public part in binary.
    pub binary: Vec<u8>,
}

/// The programs of `names` that are not installed.
#[must_use]
pub fn missing(names: &[&'static str]) -> Vec<&'static str> {
    let dirs = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];
    names.iter().copied().filter(|name| !dirs.iter().any(|dir| Path::new(dir).join(name).exists())).collect()
}

impl LocalRepo {
    /// An empty repository in a directory of its own.
    ///
    /// # Panics
    ///
    /// When there is no place for it.
    #[must_use]
    pub fn new() -> Self {
        let own = tempfile::tempdir().expect("a directory for packages");
        let keys = own.path().join("gpg");
        Self { dir: own.path().to_owned(), keys, _own: Some(own) }.with_dirs()
    }

    /// An empty repository at `dir`, which must not be there.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[must_use]
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        Self { keys: dir.join("gpg"), dir, _own: None }.with_dirs()
    }

    /// Another one at `dir`, signed by the keys of this one.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[must_use]
    pub fn of_another_release(&self, dir: impl Into<PathBuf>) -> Self {
        Self { keys: self.keys.clone(), dir: dir.into(), _own: None }.with_dirs()
    }

    fn with_dirs(self) -> Self {
        use std::os::unix::fs::PermissionsExt;
        for name in ["build", "rpm", "deb"] {
            fs::create_dir_all(self.dir.join(name)).expect("a directory");
        }
        fs::create_dir_all(&self.keys).expect("a directory");
        fs::set_permissions(&self.keys, fs::Permissions::from_mode(0o700)).expect("a private directory");
        self
    }

    /// Where the packages of a format are.
    #[must_use]
    pub fn packages(&self, format: &str) -> PathBuf {
        self.dir.join(format)
    }

    /// Makes a key that is valid until `expires`, as gpg takes it: `never`, `2d`,
    /// `20200101T000000`.
    ///
    /// # Panics
    ///
    /// When gpg does not make one.
    #[must_use]
    pub fn key(&self, owner: &str, expires: &str) -> Key {
        let user = format!("{owner} <{owner}@example.invalid>");
        let faked: &[&str] =
            if expires.starts_with("20") { &["--faked-system-time", "20190101T000000"] } else { &[] };
        let make =
            ["--batch", "--quiet", "--passphrase", "", "--quick-gen-key", &user, "rsa2048", "sign", expires];
        self.gpg(faked.iter().copied().chain(make));
        let listed = self.gpg(["--batch", "--with-colons", "--list-keys", owner]);
        let listed = String::from_utf8(listed).expect("text");
        let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:")).expect("a fingerprint");
        let armoured = self.gpg(["--batch", "--armor", "--export", owner]);
        let binary = self.gpg(["--batch", "--export", owner]);
        Key { fingerprint: fingerprint.trim_matches(':').to_owned(), armoured, binary }
    }

    /// Adds an rpm of `name` with a unit and a binary, signed by the key of `signer`.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn rpm(&self, name: &str, version: &str, signer: Option<&str>) {
        self.build_rpm(name, version, signer, 0, "");
    }

    /// The same with so many MiB that cannot be packed tighter.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn bulky_rpm(&self, name: &str, version: &str, signer: Option<&str>, bulk: usize) {
        self.build_rpm(name, version, signer, bulk, "");
    }

    /// The same with a line of the spec more, such as `Requires: libkube`.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn rpm_needing(&self, name: &str, version: &str, needs: &str, signer: Option<&str>) {
        self.build_rpm(name, version, signer, 0, needs);
    }

    fn build_rpm(&self, name: &str, version: &str, signer: Option<&str>, bulk: usize, needs: &str) {
        let text = format!(
            "Name: {name}\nVersion: {version}\nRelease: 1\nSummary: test\nLicense: none\nBuildArch: noarch\n{needs}\n%description\ntest\n\
             %install\nmkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/etc/{name}\n\
             echo '{name} {version}' > %{{buildroot}}/usr/bin/{name}\necho shipped > %{{buildroot}}/etc/{name}/{name}.conf\n\
             head -c {bulk}M /dev/urandom > %{{buildroot}}/usr/bin/{name}.bulk\n\
             %files\n/usr/bin/{name}\n/usr/bin/{name}.bulk\n%config(noreplace) /etc/{name}/{name}.conf\n"
        );
        self.pack_rpm(name, version, &text, signer);
    }

    /// Adds an rpm of `name` with these files and no others; those below `etc` are its
    /// configuration, those below `DEBIAN` the scripts that a deb has under these names.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn rpm_of(&self, name: &str, version: &str, files: &[Shipped], signer: Option<&str>) {
        let tree = self.dir.join("build").join(format!("{name}-{version}"));
        let (scripts, files): (Vec<&Shipped>, Vec<&Shipped>) =
            files.iter().partition(|file| file.path.starts_with("DEBIAN/"));
        lay(&tree, files.iter().copied());
        let scripts: String = scripts.into_iter().map(scriptlet).collect();
        let line = |file: &&Shipped| {
            let kind = if file.path.starts_with("etc/") { "%config(noreplace) " } else { "" };
            format!("%attr({:o},root,root) {kind}/{}\n", file.mode, file.path)
        };
        // A directory that no system has belongs to the package, and goes with it.
        let parents = files.iter().flat_map(|file| Path::new(&file.path).ancestors().skip(1));
        let own: std::collections::BTreeSet<&Path> =
            parents.filter(|dir| !SHARED_DIRS.contains(&dir.to_str().unwrap_or_default())).collect();
        let dirs: String = own.iter().map(|dir| format!("%dir /{}\n", dir.display())).collect();
        let files: String = files.iter().map(line).collect();
        // Nobody stores it: packing takes longer than what it saves. What it needs is what the test says.
        let text = format!(
            "%global __os_install_post %{{nil}}\n%global _binaries_in_noarch_packages_terminate_build 0\n%global _binary_payload w.ufdio\n\
             Name: {name}\nVersion: {version}\nRelease: 1\nSummary: test\nLicense: none\nBuildArch: noarch\nAutoReqProv: no\n\
             %description\ntest\n%install\nmkdir -p %{{buildroot}}\ncp -a {tree}/. %{{buildroot}}\n{scripts}%files\n{dirs}{files}",
            tree = tree.display(),
        );
        self.pack_rpm(name, version, &text, signer);
        fs::remove_dir_all(&tree).expect("what is packed is not needed any more");
    }

    fn pack_rpm(&self, name: &str, version: &str, text: &str, signer: Option<&str>) {
        let build = self.dir.join("build");
        let spec = build.join(format!("{name}.spec"));
        put(&spec, text);
        let define = |key: &str, dir: &Path| format!("{key} {}", dir.display());
        let (top, out) = (define("_topdir", &build), define("_rpmdir", &build.join("out")));
        run("rpmbuild", ["-bb", "--quiet", "--define", &top, "--define", &out, &spec.display().to_string()]);
        let file = format!("{name}-{version}-1.noarch.rpm");
        let built = build.join("out/noarch").join(&file);
        let place = self.dir.join("rpm").join(&file);
        fs::rename(&built, &place).expect("the package that was built");
        if let Some(signer) = signer {
            let home = format!("_gpg_path {}", self.keys.display());
            let signer = format!("_gpg_name {signer}");
            let place = place.display().to_string();
            run(
                "rpmsign",
                [
                    "--define",
                    &home,
                    "--define",
                    &signer,
                    "--define",
                    "__gpg /usr/bin/gpg",
                    "--addsign",
                    &place,
                ],
            );
        }
    }

    /// Writes the index of the rpms, signed by the key of `signer` as the Open Build Service does.
    ///
    /// # Panics
    ///
    /// When createrepo_c or gpg fails.
    pub fn index_rpms(&self, signer: Option<&str>) {
        run("createrepo_c", ["--quiet", &self.dir.join("rpm").display().to_string()]);
        let _ = fs::remove_file(self.dir.join("rpm/repodata/repomd.xml.asc"));
        if let Some(signer) = signer {
            let index = self.dir.join("rpm/repodata/repomd.xml").display().to_string();
            self.gpg(["--batch", "--yes", "--local-user", signer, "--armor", "--detach-sign", &index]);
        }
    }

    /// Adds a deb of `name`.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn deb(&self, name: &str, version: &str) {
        self.deb_needing(name, version, "");
    }

    /// The same with lines of the control file more, such as `Depends: libkube\n`.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn deb_needing(&self, name: &str, version: &str, needs: &str) {
        let tree = self.dir.join("build").join(format!("{name}-{version}"));
        for dir in ["DEBIAN".into(), "usr/bin".into(), format!("etc/{name}")] {
            fs::create_dir_all(tree.join(dir)).expect("a directory");
        }
        let control = format!(
            "Package: {name}\nVersion: {version}-1.1\nArchitecture: all\n{needs}Maintainer: test <test@example.invalid>\nDescription: test\n"
        );
        put(&tree.join("DEBIAN/control"), &control);
        put(&tree.join("DEBIAN/conffiles"), format!("/etc/{name}/{name}.conf\n"));
        put(&tree.join(format!("usr/bin/{name}")), format!("{name} {version}\n"));
        put(&tree.join(format!("etc/{name}/{name}.conf")), "shipped\n");
        let out = self.dir.join("deb").display().to_string();
        run("dpkg-deb", ["--root-owner-group", "--build", &tree.display().to_string(), &out]);
    }

    /// Adds a deb of `name` with these files and no others; those below `etc` are its
    /// configuration.
    ///
    /// # Panics
    ///
    /// When it cannot be built.
    pub fn deb_of(&self, name: &str, version: &str, files: &[Shipped]) {
        let tree = self.dir.join("build").join(format!("{name}-{version}"));
        fs::create_dir_all(tree.join("DEBIAN")).expect("a directory");
        let control = format!(
            "Package: {name}\nVersion: {version}-1.1\nArchitecture: all\nMaintainer: test <test@example.invalid>\nDescription: test\n"
        );
        put(&tree.join("DEBIAN/control"), &control);
        let conffiles = files.iter().filter(|file| file.path.starts_with("etc/"));
        put(
            &tree.join("DEBIAN/conffiles"),
            conffiles.map(|file| format!("/{}\n", file.path)).collect::<String>(),
        );
        lay(&tree, files);
        let (tree, out) = (tree.display().to_string(), self.dir.join("deb").display().to_string());
        // Nobody stores it: packing takes longer than what it saves.
        run("dpkg-deb", ["-Znone", "--root-owner-group", "--build", &tree, &out]);
        fs::remove_dir_all(&tree).expect("what is packed is not needed any more");
    }

    /// Writes the index of the debs, signed by the key of `signer`.
    ///
    /// # Panics
    ///
    /// When apt-ftparchive or gpg fails.
    pub fn index_debs(&self, signer: Option<&str>) {
        let dir = self.dir.join("deb");
        for old in ["InRelease", "Release", "Packages"] {
            let _ = fs::remove_file(dir.join(old));
        }
        for (verb, file) in [("packages", "Packages"), ("release", "Release")] {
            let out = command("apt-ftparchive")
                .args([verb, "."])
                .current_dir(&dir)
                .output()
                .expect("apt-ftparchive");
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            put(&dir.join(file), String::from_utf8(out.stdout).expect("text"));
        }
        if let Some(signer) = signer {
            let (release, signed) = (dir.join("Release"), dir.join("InRelease"));
            let (release, signed) = (release.display().to_string(), signed.display().to_string());
            self.gpg([
                "--batch",
                "--yes",
                "--local-user",
                signer,
                "--clearsign",
                "--output",
                &signed,
                &release,
            ]);
        }
    }

    /// Runs gpg with the keys of this repository.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn gpg<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
        let out = command("gpg").arg("--homedir").arg(&self.keys).args(args).output().expect("gpg");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    }
}

impl LocalRepo {
    /// What gpg says of `input`.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[must_use]
    pub fn gpg_of(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let home = self.keys.display().to_string();
        piped("gpg", &[&["--homedir", &home, "--batch"], args].concat(), input)
    }
}

/// What a program makes of `input`.
///
/// # Panics
///
/// When it fails.
#[must_use]
pub fn piped(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use std::process::Stdio;
    let pipes =
        |made: &mut Command| made.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut child = pipes(command(program).args(args));
    // A key is smaller than a pipe.
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
    let out = child.wait_with_output().expect("it ends");
    assert!(out.status.success(), "{program}");
    out.stdout
}

impl Default for LocalRepo {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalRepo {
    fn drop(&mut self) {
        // gpg leaves an agent behind that keeps the directory busy.
        let _ = command("gpgconf").arg("--homedir").arg(&self.keys).args(["--kill", "all"]).output();
    }
}

/// Lays the files of a package out.
/// A script of a package, as the spec of an rpm has it. By rpm's own interpreter: with a shell the
/// package would need one of another package.
fn scriptlet(script: &Shipped) -> String {
    let section = if script.path.ends_with("preinst") { "%pre" } else { "%post" };
    format!("{section} -p <lua>\nos.execute([[{}]])\n", String::from_utf8_lossy(&script.content))
}

fn lay<'a>(tree: &Path, files: impl IntoIterator<Item = &'a Shipped>) {
    use std::os::unix::fs::PermissionsExt;
    for file in files {
        let path = tree.join(&file.path);
        fs::create_dir_all(path.parent().expect("a directory above it")).expect("a directory");
        put(&path, &file.content);
        fs::set_permissions(&path, fs::Permissions::from_mode(file.mode)).expect("its mode");
    }
}

/// Directories that every system has, and no package of a test owns.
const SHARED_DIRS: &[&str] = &[
    "",
    "etc",
    "etc/default",
    "etc/sysconfig",
    "usr",
    "usr/bin",
    "usr/lib",
    "usr/lib/systemd",
    "usr/lib/systemd/system",
    "usr/sbin",
    "usr/share",
];

#[expect(clippy::disallowed_methods, reason = "packages are built by the programs that build packages")]
fn command(program: &str) -> Command {
    Command::new(program)
}

fn run<'a>(program: &str, args: impl IntoIterator<Item = &'a str>) {
    let out = command(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
}

#[expect(clippy::disallowed_methods, reason = "these are the test's own files")]
fn put(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
