//! A host that is a directory: a tree to prepare, with a kernel that is a few files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::fs::Root;
use crate::{Commands, Host, Invocation, Outcome};

/// Where the engine keeps its own things: no part of what is compared.
const STATE: &str = "var/lib/k8sprep";
/// What the fake kernel writes before it renames.
const KERNEL_TEMP: &str = "proc/.fake-kernel";

/// A host in a directory of its own.
#[derive(Debug)]
pub struct FakeHost {
    root: PathBuf,
    _own: Option<tempfile::TempDir>,
}

/// Everything in a tree, by path without a leading slash.
pub type Tree = BTreeMap<PathBuf, Entry>;

/// One name in a tree.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Type and permission bits.
    pub mode: u32,
    /// Owner and group.
    pub owner: (u32, u32),
    /// Extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// Content of a file, target of a link.
    pub content: Vec<u8>,
    /// Last change of a file or link; 0 for directories and the kernel's files.
    pub modified: (i64, i64),
}

impl Entry {
    /// The same at any time.
    #[must_use]
    pub fn timeless(&self) -> Self {
        Self { modified: (0, 0), ..self.clone() }
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { mode, owner, xattrs, content, modified } = self;
        let text = String::from_utf8_lossy(content);
        write!(f, "{text:?} {mode:o} {owner:?} {modified:?} {:?}", xattrs.keys())
    }
}

impl FakeHost {
    /// A host with these files; a name that ends in `/` is a directory, content that starts with
    /// `-> ` a link.
    ///
    /// # Panics
    ///
    /// When the tree cannot be laid.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Self {
        let own = in_memory()
            .map_or_else(tempfile::tempdir, tempfile::tempdir_in)
            .expect("a directory for the tree");
        let fake = Self { root: own.path().to_owned(), _own: Some(own) };
        for (path, content) in files {
            fake.lay(path, content);
        }
        fake
    }

    /// The host that is in this directory already.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), _own: None }
    }

    /// Its directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// It, running on the fake kernel.
    ///
    /// # Panics
    ///
    /// When the directory cannot be opened.
    #[must_use]
    pub fn running(&self) -> Host {
        let kernel = FakeKernel { root: self.root.clone() };
        Host::with_commands(self.open(), Arc::new(kernel))
    }

    /// Its tree alone.
    ///
    /// # Panics
    ///
    /// When the directory cannot be opened.
    #[must_use]
    pub fn offline(&self) -> Host {
        Host::offline(self.open())
    }

    fn open(&self) -> Root {
        Root::open(&self.root).expect("the tree opens")
    }

    /// Adds or overwrites one file.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    #[expect(clippy::disallowed_methods, reason = "a test lays its own tree")]
    pub fn lay(&self, path: &str, content: &str) {
        let at = self.root.join(path.trim_start_matches('/'));
        let dir = if path.ends_with('/') { Some(at.as_path()) } else { at.parent() };
        fs::create_dir_all(dir.expect("has a parent")).expect("directories can be made");
        match content.strip_prefix("-> ") {
            _ if path.ends_with('/') => {}
            Some(target) => symlink(target, &at).expect("links can be made"),
            None => fs::write(&at, content).expect("files can be written"),
        }
    }

    /// Changes the mode of a file.
    ///
    /// # Panics
    ///
    /// When it cannot be changed.
    #[expect(clippy::disallowed_methods, reason = "a test lays its own tree")]
    pub fn chmod(&self, path: &str, mode: u32) {
        let at = self.root.join(path.trim_start_matches('/'));
        fs::set_permissions(at, fs::Permissions::from_mode(mode)).expect("the mode can be set");
    }

    /// The content of a file; `None` where there is none.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path.trim_start_matches('/'))).ok()
    }

    /// Everything in the tree except what the engine keeps for itself.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    #[must_use]
    pub fn files(&self) -> Tree {
        let mut tree = Tree::new();
        collect(&self.root, Path::new(""), &mut tree).expect("the tree can be read");
        // The way to the state directory is made with it.
        for dir in Path::new(STATE).ancestors() {
            tree.remove(dir);
        }
        tree
    }
}

/// Names whose entries differ, times included, one line each.
#[must_use]
pub fn differences(old: &Tree, now: &Tree) -> Vec<String> {
    let names = old.keys().chain(now.keys().filter(|path| !old.contains_key(*path)));
    let shown = |entry: Option<&Entry>| entry.map_or_else(|| "nothing".into(), ToString::to_string);
    let differ = names.filter(|path| old.get(*path) != now.get(*path));
    differ
        .map(|path| format!("{} is {}, was {}", path.display(), shown(now.get(path)), shown(old.get(path))))
        .collect()
}

/// Where a file's fsync costs nothing and files have everything that trees need, if there is such a
/// place.
fn in_memory() -> Option<&'static Path> {
    static PLACE: std::sync::LazyLock<Option<&Path>> = std::sync::LazyLock::new(|| {
        let dir = Path::new("/dev/shm");
        let probe = tempfile::NamedTempFile::new_in(dir).ok()?;
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(probe.path(), "user.k8sprep-test", b"1", flags).ok().map(|()| dir)
    });
    *PLACE
}

fn collect(root: &Path, below: &Path, tree: &mut Tree) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let path = below.join(entry?.file_name());
        if path == Path::new(STATE) || path == Path::new(KERNEL_TEMP) {
            continue;
        }
        let at = root.join(&path);
        let meta = at.symlink_metadata()?;
        let content = match () {
            () if meta.is_symlink() => fs::read_link(&at)?.into_os_string().into_encoded_bytes(),
            () if meta.is_file() => fs::read(&at)?,
            () => Vec::new(),
        };
        let kernels = path.starts_with("proc") || path.starts_with("sys");
        let content = if kernels { as_kernel(&path, &content) } else { content };
        let modified = if meta.is_dir() || kernels { (0, 0) } else { (meta.mtime(), meta.mtime_nsec()) };
        let owner = (meta.uid(), meta.gid());
        let entry = Entry { mode: meta.mode(), owner, xattrs: xattrs(&at)?, content, modified };
        tree.insert(path.clone(), entry);
        if meta.is_dir() {
            collect(root, &path, tree)?;
        }
    }
    Ok(())
}

/// What counts of a file that only the fake kernel writes: values without the line's end, swap
/// areas by name and priority.
fn as_kernel(path: &Path, content: &[u8]) -> Vec<u8> {
    if path.starts_with("proc/sys") {
        // A write of fewer bytes leaves the rest of the file behind a line's end; a kernel has no rest.
        let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
        return line.trim_ascii_end().to_vec();
    }
    if path != Path::new("proc/swaps") {
        return content.trim_ascii_end().to_vec();
    }
    let text = String::from_utf8_lossy(content);
    let area = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        format!("{} {}\n", fields.first().unwrap_or(&""), fields.last().unwrap_or(&""))
    };
    text.lines().map(area).collect::<String>().into_bytes()
}

fn xattrs(path: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut names = vec![0; 4096];
    let len = match rustix::fs::llistxattr(path, names.as_mut_slice()) {
        Err(rustix::io::Errno::OPNOTSUPP) => 0,
        listed => listed?,
    };
    let names = names[..len].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut found = BTreeMap::new();
    for name in names.map(|name| String::from_utf8_lossy(name).into_owned()) {
        let mut value = vec![0; 4096];
        let len = rustix::fs::lgetxattr(path, name.as_str(), value.as_mut_slice())?;
        found.insert(name, value[..len].to_vec());
    }
    Ok(found)
}

/// Programs that act on a kernel, acting on files instead.
#[derive(Debug)]
struct FakeKernel {
    root: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "the fake kernel's own files")]
impl Commands for FakeKernel {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        let args: Vec<&str> = invocation.args.iter().map(String::as_str).collect();
        match (invocation.program.as_str(), args.as_slice()) {
            ("modprobe", ["--", name]) => self.load(name),
            ("modprobe", ["-r", "--", name]) => self.drop_line("proc/modules", name),
            ("swapoff", [area]) => self.drop_line("proc/swaps", &as_listed(area)),
            ("swapon", [area]) => self.swap_on(area, "-2"),
            ("swapon", ["-p", priority, area]) => self.swap_on(area, priority),
            ("enable", [file]) => self.write(file.trim_start_matches('/'), "enabled\n"),
            ("disable", [file]) => match fs::remove_file(self.root.join(file.trim_start_matches('/'))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            _ => return Err(io::Error::new(io::ErrorKind::NotFound, "this host has no such program")),
        }
        .map(|()| Outcome::new(0, "", ""))
        .or_else(|error| Ok(Outcome::new(1, "", error.to_string())))
    }
}

/// A path as `/proc/swaps` writes it.
fn as_listed(area: &str) -> String {
    area.replace(' ', "\\040")
}

#[expect(clippy::disallowed_methods, reason = "the fake kernel's own files")]
impl FakeKernel {
    /// Only what `modules.dep` of some kernel lists can be loaded. `br_netfilter` brings its
    /// sysctls.
    fn load(&self, name: &str) -> io::Result<()> {
        let kernels = rustix::io::retry_on_intr(|| {
            let listed = fs::read_dir(self.root.join("lib/modules"));
            listed.map_err(|error| rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO))
        })?;
        let listed =
            kernels.filter_map(|kernel| fs::read_to_string(kernel.ok()?.path().join("modules.dep")).ok());
        let file = |line: &str| line.split(':').next().unwrap_or(line).replace('-', "_");
        if !listed.into_iter().any(|dep| dep.lines().any(|line| file(line).contains(&format!("/{name}.ko"))))
        {
            return Err(io::Error::other(format!("modprobe: FATAL: Module {name} not found")));
        }
        if name == "br_netfilter" {
            let dir = self.root.join("proc/sys/net/bridge");
            fs::create_dir_all(&dir)?;
            for key in ["arptables", "ip6tables", "iptables"] {
                self.write(&format!("proc/sys/net/bridge/bridge-nf-call-{key}"), "0\n")?;
            }
        }
        let modules = fs::read_to_string(self.root.join("proc/modules"))?;
        self.write("proc/modules", &format!("{modules}{name} 16384 0 - Live 0x0000000000000000\n"))
    }

    fn swap_on(&self, area: &str, priority: &str) -> io::Result<()> {
        let (swaps, area) = (fs::read_to_string(self.root.join("proc/swaps"))?, as_listed(area));
        self.write("proc/swaps", &format!("{swaps}{area} partition 1048572 0 {priority}\n"))
    }

    fn drop_line(&self, file: &str, first: &str) -> io::Result<()> {
        let text = fs::read_to_string(self.root.join(file))?;
        let kept = text.lines().filter(|line| line.split_whitespace().next() != Some(first));
        if first == "br_netfilter" {
            fs::remove_dir_all(self.root.join("proc/sys/net/bridge"))?;
        }
        self.write(file, &kept.map(|line| format!("{line}\n")).collect::<String>())
    }

    /// At once, as a kernel would.
    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        let temp = self.root.join(KERNEL_TEMP);
        fs::write(&temp, text)?;
        fs::rename(temp, self.root.join(path))
    }
}
