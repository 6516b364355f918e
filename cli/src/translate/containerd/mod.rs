//! containerd: `config.toml` of versions 1 to 4, and trees of `hosts.toml`.

pub(super) mod hosts;
mod image;
mod plugin;
mod runtime;
mod server;
mod top;

use crio_config::Value;

use super::draft::{Draft, one};
use super::fault::{Fault, Outcome};
use super::tree::{Key, Leaf, Plain, leaves};

/// What keys of other places say that decides how a key is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// The newest version that a file's form has.
    version: i64,
    /// The handler of pods that name none.
    default_runtime: String,
    /// The runtime that says which cgroup driver it is.
    has_cgroup_driver: bool,
    /// A `config_path`, for which containerd refuses the older forms.
    has_config_path: bool,
    /// The default handler in the form before there was a table of them.
    has_old_default: bool,
    /// Every leaf, for those that go in pairs.
    all: Vec<Leaf>,
    /// The files that were given.
    files: Vec<String>,
}

/// A leaf of a file, and its path as version 2 has it; or why containerd passes over it.
type Found<'f> = (&'f str, Leaf, Result<Vec<String>, Outcome>);

/// A file of containerd's configuration.
#[derive(Clone, Debug)]
pub(super) struct ConfigFile {
    pub(super) name: String,
    pub(super) keys: Vec<Key>,
}

/// A key of the CRI plugin, wherever that version has it: below the plugin's own name.
pub(super) const CRI: &str = "cri";
/// The handler that containerd has by itself.
pub(super) const RUNC: &str = "runc";

/// Tells of every key of the files, later ones over earlier ones, what becomes of it.
pub(super) fn read(draft: &mut Draft, files: &[ConfigFile]) -> Result<(), Fault> {
    let mut all: Vec<Found<'_>> = Vec::new();
    let versions = versions(files)?;
    for (file, version) in files.iter().zip(&versions) {
        for leaf in leaves(&file.keys) {
            let path = canonical(&leaf.path, *version);
            all.push((&file.name, leaf, path));
        }
    }
    let version = versions.into_iter().max().unwrap_or(1);
    let files = files.iter().map(|file| file.name.clone()).collect();
    let context = Context { files, ..Context::of(version, &all) };
    for (at, (file, leaf, path)) in all.iter().enumerate() {
        let again = all[at + 1..].iter().find(|(_, other, _)| other.path == leaf.path);
        let told = match (again, path) {
            (Some((other, later, _)), _) => one(Outcome::not_needed(format!(
                "it is said again in {other}, line {}, and that one counts",
                later.place.line
            ))),
            (None, Err(outcome)) => one(outcome.clone()),
            (None, Ok(path)) => top::told(draft, &context, &Leaf { path: path.clone(), ..leaf.clone() }),
        };
        draft.tell(file, leaf, told);
    }
    defaults(draft, &context);
    Ok(())
}

/// The form of each file. containerd 2 alone knows version 3 and brings every file to its own version
/// before it joins them; containerd 1 reads all of them in one. A file that says none is of the first one's
/// that does.
fn versions(files: &[ConfigFile]) -> Result<Vec<i64>, Fault> {
    const NEWEST: i64 = 4;
    let mut said = Vec::new();
    for file in files {
        let Some(key) = file.keys.iter().find(|key| key.name == "version") else {
            said.push(None);
            continue;
        };
        let version = match &key.value {
            Plain::Number(number) => number.parse().ok().filter(|number| (1..=NEWEST).contains(number)),
            _ => None,
        };
        let fault = |what: &str| Fault { file: file.name.clone(), place: Some(key.place), what: what.into() };
        said.push(Some((
            version.ok_or_else(|| fault("containerd has the versions 1 to 4 of its file"))?,
            fault("the files are of different versions: containerd 1 reads them as one"),
        )));
    }
    let first = said.iter().flatten().next().map_or(1, |(version, _)| *version);
    let is_of_2 = said.iter().flatten().any(|(version, _)| *version >= 3);
    let mut versions = Vec::new();
    for one in said {
        match one {
            Some((version, fault)) if version != first && !is_of_2 => return Err(fault),
            one => versions.push(one.map_or(first, |(version, _)| version)),
        }
    }
    Ok(versions)
}

/// The path with the CRI plugin's keys below `cri`, as version 2 orders them.
fn canonical(path: &[String], version: i64) -> Result<Vec<String>, Outcome> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let below = |rest: &[&str]| -> Vec<String> {
        std::iter::once(CRI).chain(rest.iter().copied()).map(str::to_owned).collect()
    };
    let misplaced = |who: &str, wanted: &str| {
        Err(Outcome::by_hand(format!(
            "{who} passes over it: in version {version} of the file it is {wanted}"
        )))
    };
    // What migrates a file to its own version takes what is of a later one already.
    const BEFORE_2: &str = "containerd before 2.0";
    const BEFORE_2_3: &str = "containerd before 2.3";
    const OF_3: &str = "in io.containerd.cri.v1.runtime or io.containerd.cri.v1.images";
    match (parts.as_slice(), version) {
        (["plugins", "cri", rest @ ..], 1) => Ok(below(rest)),
        (["plugins", "io.containerd.grpc.v1.cri", ..], 1) => {
            misplaced(BEFORE_2, "[plugins.cri], or say version = 2")
        }
        (["plugins", "cri", ..], 2) => misplaced("containerd", "[plugins.\"io.containerd.grpc.v1.cri\"]"),
        (["plugins", "cri", ..], _) => misplaced("containerd", OF_3),
        (["plugins", "io.containerd.grpc.v1.cri", rest @ ..], 3) if !is_streaming(rest) => {
            misplaced(BEFORE_2_3, OF_3)
        }
        (["plugins", "io.containerd.grpc.v1.cri", rest @ ..], 4) if !is_streaming(rest) => {
            misplaced("containerd", OF_3)
        }
        (["plugins", "io.containerd.grpc.v1.cri", rest @ ..], _) => Ok(below(rest)),
        (["plugins", "io.containerd.cri.v1.images" | "io.containerd.cri.v1.runtime", ..], 1 | 2) => {
            misplaced(BEFORE_2, "[plugins.\"io.containerd.grpc.v1.cri\"], or say version = 3")
        }
        (["plugins", "io.containerd.cri.v1.images", rest @ ..], _) => Ok(below(&of_images(rest))),
        (["plugins", "io.containerd.cri.v1.runtime", rest @ ..], _) => Ok(below(rest)),
        _ => Ok(path.to_owned()),
    }
}

/// What version 3 left with the plugin that version 2 has.
fn is_streaming(rest: &[&str]) -> bool {
    rest.first().is_none_or(|key| {
        key.starts_with("stream_")
            || matches!(*key, "disable_tcp_service" | "enable_tls_streaming" | "x509_key_pair_streaming")
    })
}

/// Keys of images that version 2 has elsewhere.
fn of_images<'p>(rest: &[&'p str]) -> Vec<&'p str> {
    match rest {
        ["pinned_images", "sandbox"] => vec!["sandbox_image"],
        ["snapshotter" | "disable_snapshot_annotations" | "discard_unpacked_layers", ..] => {
            [&["containerd"], rest].concat()
        }
        _ => rest.to_vec(),
    }
}

impl Context {
    fn of(version: i64, all: &[Found<'_>]) -> Self {
        let canonical = all
            .iter()
            .filter_map(|(_, leaf, path)| Some(Leaf { path: path.as_ref().ok()?.clone(), ..leaf.clone() }));
        let all: Vec<Leaf> = canonical.collect();
        let mut context = Self { version, default_runtime: RUNC.into(), all, ..Self::default() };
        if let Some(name) = context.find(&[CRI, "containerd", "default_runtime_name"]).and_then(Leaf::text)
            && !name.is_empty()
        {
            context.default_runtime = name.to_owned();
        }
        let is_old_default =
            |leaf: &Leaf| leaf.part(2) == "default_runtime" && leaf.part(0) == CRI && leaf.path.len() > 3;
        context.has_old_default = context.all.iter().any(is_old_default);
        if context.has_old_default && context.find(&[CRI, "containerd", "default_runtime_name"]).is_none() {
            context.default_runtime = "default".into();
        }
        let config_path = context.find(&[CRI, "registry", "config_path"]).and_then(Leaf::text);
        context.has_config_path = config_path.is_some_and(|path| !path.is_empty());
        context.has_cgroup_driver = context.says_driver();
        context
    }

    /// containerd goes by its default handler; by another one where that is none of runc's.
    fn says_driver(&self) -> bool {
        const KEY: &str = "SystemdCgroup";
        let name = self.default_runtime.as_str();
        let of_another = || self.all.iter().any(|leaf| leaf.path.last().is_some_and(|key| key == KEY));
        self.find(&[CRI, "systemd_cgroup"]).and_then(Leaf::flag).is_some()
            || self.of_handler(name, &["options", KEY]).is_some()
            || (!self.type_of(name).contains("runc") && !self.type_of(name).contains("linux") && of_another())
    }

    /// A key of a handler, in the table of them or in the form before there was one.
    fn of_handler(&self, name: &str, key: &[&str]) -> Option<&Leaf> {
        let old: &[&str] = match name {
            "default" => &["default_runtime"],
            "untrusted" => &["untrusted_workload_runtime"],
            _ => &[],
        };
        let of = |table: &[&str]| self.find(&[&[CRI, "containerd"], table, key].concat());
        of(&["runtimes", name]).or_else(|| if old.is_empty() { None } else { of(old) })
    }

    /// Whether the handler says any of these keys.
    fn says_one(&self, name: &str, keys: [&[&str]; 2]) -> bool {
        keys.iter().any(|key| self.of_handler(name, key).is_some_and(|leaf| !leaf.is_empty()))
    }

    /// Whether a key of the handler names the OCI runtime that its shim starts.
    fn names_an_oci_runtime(&self, name: &str) -> bool {
        self.says_one(name, [&["options", "BinaryName"], &["runtime_engine"]])
    }

    /// Whether the handler's program is said by a key of its own.
    fn names_a_program(&self, name: &str) -> bool {
        self.says_one(name, [&["options", "BinaryName"], &["runtime_path"]])
    }

    /// Whether the files that an import names are all among those that were given.
    fn are_given(&self, imports: &[&str]) -> bool {
        let fits = |import: &str, file: &str| match import.split_once('*') {
            None => file == import,
            Some((before, after)) => {
                let own = file.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                own.is_some_and(|name| !name.contains('/'))
            }
        };
        imports.iter().all(|import| self.files.iter().any(|file| fits(import, file)))
    }

    /// The last leaf of that path.
    fn find(&self, path: &[&str]) -> Option<&Leaf> {
        self.all.iter().rfind(|leaf| leaf.path.iter().map(String::as_str).eq(path.iter().copied()))
    }

    fn type_of(&self, name: &str) -> &str {
        self.of_handler(name, &["runtime_type"]).and_then(Leaf::text).unwrap_or("io.containerd.runc.v2")
    }
}

/// What was not said, and is otherwise in CRI-O.
fn defaults(draft: &mut Draft, context: &Context) {
    if context.has_old_default && context.default_runtime == "default" {
        draft.crio(&["crio", "runtime", "default_runtime"], Value::from("default"));
    }
    if !context.has_cgroup_driver {
        // As runc's shim does where nothing else is said.
        let _ = draft.cgroup_driver("cgroupfs");
        draft.notes.push(
            "SystemdCgroup is not said, so the driver is cgroupfs, and stays it; with systemd in both CRI-O and the \
             kubelet the node is better off"
                .into(),
        );
    }
    if context.version >= 3 && context.find(&[CRI, "enable_unprivileged_ports"]).is_none() {
        draft.notes.push(
            "containerd 2 lets every pod bind ports below 1024 and send pings; CRI-O does with default_sysctls \
             net.ipv4.ip_unprivileged_port_start=0 and net.ipv4.ping_group_range=0 2147483647"
                .into(),
        );
    }
    draft.notes.push(
        "containerd gives containers more capabilities than CRI-O (NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP): a \
         pod that needs one says so, or default_capabilities does"
            .into(),
    );
}
