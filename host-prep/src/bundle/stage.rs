//! A place where a package manager can fetch packages as for an empty host, without a change of the
//! one it runs on.

use std::path::{Path, PathBuf};

use crate::resource::package::Manager;
use crate::resource::repo::{Places, Repositories, key_files_of};
use crate::{Change, Desired, Error, Host, Node, fs, observe, plan};

/// Where distributions keep what addresses of repositories refer to, such as `$releasever` of their
/// own making.
const VARIABLES: [&str; 3] = ["/etc/dnf/vars", "/etc/yum/vars", "/etc/zypp/vars.d"];

/// An almost empty tree with the repositories of a host, as they will be.
#[derive(Debug)]
pub(super) struct Stage {
    /// Its root.
    pub(super) tree: PathBuf,
}

impl Stage {
    /// The repositories of `host` with the `wanted` ones among them and without those they replace,
    /// laid out below `tree`.
    pub(super) fn lay(
        host: &Host,
        places: Places,
        wanted: &Repositories,
        tree: PathBuf,
    ) -> Result<Self, Error> {
        let stage = Self { tree };
        let main = (places == Places::Apt).then_some("/etc/apt/sources.list");
        for dir in [&"/var/lib/dpkg", &"/var/lib/apt/lists/partial", &"/var/cache/apt/archives/partial"] {
            stage.make(Path::new(dir))?;
        }
        stage.put(Path::new("/var/lib/dpkg/status"), b"")?;
        let dir = places.repositories();
        stage.make(dir)?;
        let listed = |dir: &Path| Ok::<_, Error>(host.root().list(dir)?.unwrap_or_default());
        let mut files: Vec<PathBuf> = listed(dir)?.into_iter().map(|name| dir.join(name)).collect();
        files.extend(main.map(PathBuf::from));
        for dir in VARIABLES.iter().map(Path::new) {
            files.extend(listed(dir)?.into_iter().map(|name| dir.join(name)));
        }
        for path in files {
            if let Some(bytes) = host.root().read(&path)? {
                stage.put(&path, &bytes)?;
            }
        }
        stage.overlay(host, places, wanted)?;
        Ok(stage)
    }

    /// Writes what the plan for the host would.
    fn overlay(&self, host: &Host, places: Places, wanted: &Repositories) -> Result<(), Error> {
        let desired = Desired::new().with(wanted.clone());
        let todo = plan(&desired, &observe(host, &desired));
        if let Some(problem) = todo.problems().first() {
            return Err(Error::Problem { what: problem.what.clone(), hint: problem.hint.clone() });
        }
        for step in todo.steps() {
            if let Change::File(file) = &step.change {
                self.put_node(places, &file.path, &file.after)?;
            }
        }
        // A host that was prepared already has its keys: they are no steps of the plan, and wanted here
        // too.
        for path in wanted.key_files() {
            if let Some(bytes) = host.root().read(&path)? {
                self.put(&path, &bytes)?;
            }
        }
        Ok(())
    }

    fn put_node(&self, places: Places, path: &Path, node: &Node) -> Result<(), Error> {
        let Some(bytes) = node.bytes() else { return Ok(()) };
        self.put(path, &self.with_own_keys(places, path, bytes))
    }

    /// apt runs outside of this tree and finds its keys in it; rpm is told them by name.
    fn with_own_keys(&self, places: Places, path: &Path, bytes: &[u8]) -> Vec<u8> {
        let is_source = path.extension().is_some_and(|end| end == "sources");
        if places != Places::Apt || !is_source {
            return bytes.to_vec();
        }
        let here = self.tree.join("etc/apt/keyrings");
        let text = String::from_utf8_lossy(bytes);
        let ours =
            |line: &str| line.starts_with("Signed-By: /etc/apt/keyrings/") && line.contains("-apt-keyring.");
        let moved = text.lines().map(|line| match ours(line) {
            true => line.replace("/etc/apt/keyrings", &here.display().to_string()) + "\n",
            false => format!("{line}\n"),
        });
        moved.collect::<String>().into_bytes()
    }

    /// Has rpm trust, in this tree, the keys of the wanted repositories and those that the host's
    /// own repositories name.
    pub(super) fn trust(
        &self,
        host: &Host,
        manager: &Manager<'_>,
        places: Places,
        wanted: &Repositories,
    ) -> Result<(), Error> {
        for key in wanted.key_files() {
            host.run(&manager.import(&key))?;
        }
        for key in key_files_of(host, places) {
            // One that this rpm does not take signs nothing it would accept.
            host.run_to_end(&manager.import_from(&host.root().shown(&key)))?;
        }
        Ok(())
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        fs::lay(&self.at(path), bytes)
    }

    fn make(&self, dir: &Path) -> Result<(), Error> {
        fs::make_dirs(&self.at(dir))
    }

    fn at(&self, path: &Path) -> PathBuf {
        self.tree.join(path.strip_prefix("/").unwrap_or(path))
    }
}
