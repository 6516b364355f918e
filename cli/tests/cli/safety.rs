//! What `apply` must not do to a tree, and how it is stopped: each from the program itself.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use snapbox::cmd::cargo_bin;
use test_kit::skip;

use crate::k8sprep;

const SPEC: &str = "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n";
const CRICTL: &str = "etc/crictl.yaml";

/// A tree beside its spec.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("root/etc")).unwrap();
        std::fs::write(dir.path().join("spec.yaml"), SPEC).unwrap();
        let tree = Self(dir);
        tree.lay("etc/fstab", "/dev/sda2 none swap sw 0 0\n");
        tree
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn lay(&self, path: &str, text: &str) {
        std::fs::write(self.root().join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root().join(path)).ok()
    }

    /// Everything the tree has but the engine's own state.
    fn names(&self) -> Vec<PathBuf> {
        let (mut dirs, mut names) = (vec![self.root()], Vec::new());
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with("root/var") {
                    continue;
                }
                if path.is_dir() && !path.is_symlink() {
                    dirs.push(path.clone());
                }
                names.push(path);
            }
        }
        names.sort();
        names
    }

    /// The program with the words of the tree, started by `wrapper`.
    fn command(&self, wrapper: &[&str], words: &[&str]) -> Command {
        let program = cargo_bin!("k8sprep");
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args(words).arg("--root").arg(self.root()).stdin(Stdio::null());
        if ["apply", "plan", "verify"].contains(&words[0]) {
            command.args(["--no-packages", "--spec"]).arg(self.0.path().join("spec.yaml"));
        }
        command
    }

    fn run(&self, words: &[&str]) -> (i32, String) {
        told(&self.command(&[], words).output().unwrap())
    }
}

fn told(output: &Output) -> (i32, String) {
    let text =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
    (output.status.code().unwrap_or(-1), text)
}

/// Whether a program works here.
fn works(program: &str, args: &[&str]) -> bool {
    let tried = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// strace as the wrapper that stays out of the way: the program keeps its process id. Signals are
/// heard again where who runs the tests ignores them.
const SLOW_FSYNC: &[&str] = &[
    "env",
    "--default-signal",
    "strace",
    "-D",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    "trace=fsync",
    "--inject=fsync:delay_enter=60ms",
];

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn a_signal_ends_it_at_the_edge_of_a_step() {
    if !works("strace", &["-D", "-qq", "-o", "/dev/null", "true"]) {
        return skip("strace is not here or may not trace");
    }
    for signal in ["TERM", "INT", "HUP"] {
        let tree = Tree::new();
        let before = tree.names();
        let mut command = tree.command(SLOW_FSYNC, &["apply"]);
        let err = std::fs::File::create(tree.0.path().join("err")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(err).spawn().unwrap();
        let said = || std::fs::read_to_string(tree.0.path().join("err")).unwrap();
        let start = Instant::now();
        while !said().contains("[1/") && start.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(works("kill", &["-s", signal, &child.id().to_string()]), "{signal}: {}", said());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{signal}: {}", said());
        assert!(said().contains("error: stopped on request after "), "{signal}: {}", said());
        // The journal is clean: nothing to recover, and what was taken goes back.
        assert_eq!(tree.run(&["recover"]), (0, "there is nothing to roll back\n".to_owned()), "{signal}");
        assert!(tree.run(&["history"]).1.contains("stopped on request"));
        assert_eq!(tree.run(&["rollback"]).0, 0, "{signal}");
        assert_eq!(tree.names(), before, "{signal}");
    }
}

/// Sends SIGTERM when the process waits in this function of the kernel, and gives how it ended.
fn ended_by_signal(child: &mut std::process::Child, waits_in: &str) -> std::process::ExitStatus {
    let at = format!("/proc/{}/wchan", child.id());
    let start = Instant::now();
    // A kernel that does not tell makes this slow and no less right.
    while !std::fs::read_to_string(&at).is_ok_and(|at| at.contains(waits_in))
        && start.elapsed() < Duration::from_secs(10)
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(works("kill", &["-s", "TERM", &child.id().to_string()]));
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    panic!("it does not end");
}

#[test]
fn a_signal_ends_who_waits_for_another_run() {
    let tree = Tree::new();
    assert_eq!(tree.run(&["apply"]).0, 0);
    let lock = std::fs::File::open(tree.root().join("var/lib/k8sprep/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    for words in [&["rollback"][..], &["recover"]] {
        let err = tree.0.path().join("err");
        let mut command = tree.command(&[], words);
        command.args(["--wait", "10m"]).stdout(Stdio::null());
        let mut child = command.stderr(std::fs::File::create(&err).unwrap()).spawn().unwrap();
        let ended = ended_by_signal(&mut child, "nanosleep");
        let said = std::fs::read_to_string(&err).unwrap();
        assert_eq!(ended.code(), Some(1), "{words:?}: {said}");
        assert!(said.contains("is changing this host"), "{words:?}: {said}");
    }
}

/// When the work is done there is no step's edge any more: who waits for a reader of the result
/// ends at once.
#[test]
fn a_signal_ends_who_waits_for_a_reader() {
    use std::io::Write as _;
    use std::os::unix::process::ExitStatusExt as _;
    for words in [&["apply"][..], &["rollback"], &["recover"]] {
        let tree = Tree::new();
        assert!(words == ["apply"] || tree.run(&["apply"]).0 == 0);
        let (reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        while (&writer).write(&[b'x'; 512]).is_ok() {}
        rustix::io::ioctl_fionbio(&writer, false).unwrap();
        let err = tree.0.path().join("err");
        let mut command = tree.command(&[], words);
        let mut child = command.stdout(writer).stderr(std::fs::File::create(&err).unwrap()).spawn().unwrap();
        let ended = ended_by_signal(&mut child, "pipe_write");
        assert_eq!(ended.signal(), Some(15), "{words:?}: {}", std::fs::read_to_string(&err).unwrap());
        drop(reader);
    }
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn a_failure_is_rolled_back_or_left_as_asked() {
    if !works("strace", &["-qq", "-o", "/dev/null", "true"]) {
        return skip("strace is not here or may not trace");
    }
    let calls = "renameat,renameat2";
    let inject = format!("--inject={calls}:error=EIO:when=4+");
    let wrapper = ["strace", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}"), &inject];
    for (how, status, words) in
        [("stop", "failed and left as it is", "taken and left"), ("roll-back", "rolled back", "error")]
    {
        let tree = Tree::new();
        let before = tree.names();
        let failed = tree.command(&wrapper, &["apply", "--on-failure", how]).output().unwrap();
        let (code, said) = told(&failed);
        assert!(said.contains("Input/output error") && said.contains(words), "{how}: {said}");
        assert!([1, 4].contains(&code), "{how}: {code} {said}");
        // Renames that fail for ever fail for the undo too; what is left is there to be taken up.
        assert_eq!(tree.run(&["recover"]).0, 0, "{how}");
        let (_, history) = tree.run(&["history"]);
        assert!(history.contains(status), "{how}: {history}");
        assert_eq!(tree.run(&["rollback", "--to", "0"]).0, 0, "{how}");
        assert_eq!(tree.names(), before, "{how}");
    }
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn files_that_cannot_be_replaced_are_refused_with_the_reason() {
    let tree = Tree::new();
    tree.lay(CRICTL, "timeout: 2\n");
    let at = tree.root().join(CRICTL);
    let refused = |tree: &Tree, reason: &str| {
        let before = tree.names();
        let (code, said) = tree.run(&["apply"]);
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("nothing was changed: /etc/crictl.yaml must change") && said.contains(reason),
            "{said}"
        );
        assert_eq!((tree.read(CRICTL).as_deref(), tree.names()), (Some("timeout: 2\n"), before));
        assert_eq!(tree.run(&["plan", "--check"]).0, 1);
    };
    std::fs::hard_link(&at, tree.root().join("etc/other")).unwrap();
    refused(&tree, "it has 2 hard links");
    std::fs::remove_file(tree.root().join("etc/other")).unwrap();
    let path = at.display().to_string();
    if works("chattr", &["+i", &path]) {
        refused(&tree, "it is immutable");
        assert!(works("chattr", &["-i", &path]));
    } else {
        skip("chattr +i: not root, or the file system has no such flag");
    }
    if works("mount", &["--bind", &path, &path]) {
        refused(&tree, "it is a mount point");
        assert!(works("umount", &[&path]));
    } else {
        skip("bind mounts are root's");
    }
    assert_eq!(tree.run(&["apply"]).0, 0);
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn a_tree_needs_no_root_where_the_user_owns_it() {
    let tree = Tree::new();
    let dir = tree.0.path().display().to_string();
    if !works("setpriv", &["--reuid=65534", "--regid=65534", "--clear-groups", "true"])
        || !works("chown", &["-R", "65534:65534", &dir])
    {
        return skip("only root becomes another user");
    }
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    // The program lies where another user may not look.
    let copy = tree.0.path().join("k8sprep");
    std::fs::copy(cargo_bin!("k8sprep"), &copy).unwrap();
    let before = tree.names();
    let run = |words: &[&str]| {
        let plain = tree.command(&[], words);
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).arg(&copy).args(plain.get_args()).current_dir(tree.0.path());
        told(&command.output().unwrap())
    };
    let (code, said) = run(&["apply"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run(&["verify"]).0, 0);
    let (code, said) = run(&["rollback"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(tree.names(), before);
}

/// Every object of the plan has the fields its schema demands and no others, all the way down.
#[test]
fn a_plan_is_what_its_schema_says() {
    let tree = Tree::new();
    tree.lay(CRICTL, "timeout: 2\n");
    let json = |output: Output| -> serde_json::Value { serde_json::from_slice(&output.stdout).unwrap() };
    let plan = json(tree.command(&[], &["plan", "--output", "json"]).output().unwrap());
    let schema = json(Command::new(cargo_bin!("k8sprep")).args(["schema", "plan"]).output().unwrap());
    assert!(plan["steps"].as_array().unwrap().len() > 3);
    let mut wrong = Vec::new();
    fits(&plan, &schema, &schema, "plan", &mut wrong);
    assert_eq!(wrong, Vec::<String>::new());
    // The check itself sees a field that is none.
    let mut bad = plan.clone();
    bad["steps"][0]["number"] = "one".into();
    bad["steps"][1].as_object_mut().unwrap().remove("reason");
    fits(&bad, &schema, &schema, "plan", &mut wrong);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}

/// The part of JSON Schema that the plan's uses.
fn fits(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    whole: &serde_json::Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    use serde_json::Value;
    if let Some(path) = schema["$ref"].as_str() {
        let found = whole.pointer(path.trim_start_matches('#')).unwrap();
        fits(value, found, whole, at, wrong);
    }
    for key in ["oneOf", "anyOf"] {
        let Some(choices) = schema[key].as_array() else { continue };
        let good = choices.iter().filter(|choice| {
            let mut found = Vec::new();
            fits(value, choice, whole, at, &mut found);
            found.is_empty()
        });
        if good.count() == 0 {
            wrong.push(format!("{at} is none of {key}: {value}"));
        }
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => value.is_number(),
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind)) {
        wrong.push(format!("{at} is no {kinds:?}: {value}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        wrong.push(format!("{at} is not {}: {value}", schema["const"]));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            wrong.push(format!("{at} lacks {name}"));
        }
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            fits(inner, part, whole, &format!("{at}.{name}"), wrong);
        }
    }
    if let (Some(items), Value::Array(all)) = (schema.get("items"), value) {
        all.iter().enumerate().for_each(|(n, one)| fits(one, items, whole, &format!("{at}[{n}]"), wrong));
    }
}

/// What stands in a file of a tree is shown, and does not speak to the terminal.
#[test]
fn control_characters_of_a_tree_are_shown_and_not_sent() {
    let tree = Tree::new();
    tree.lay("etc/hostname", "a\u{1b}]0;title\u{7}\n");
    std::fs::create_dir_all(tree.root().join("etc/crio/crio.conf.d")).unwrap();
    tree.lay("etc/crio/crio.conf.d/zz\u{1b}[31m.conf", "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n");
    for (words, code) in
        [(["facts", "--output=text"], 0), (["verify", "--output=text"], 3), (["plan", "--output=text"], 1)]
    {
        let (status, said) = tree.run(&words);
        assert_eq!(status, code, "{words:?}: {said}");
        assert!(!said.contains(['\u{1b}', '\u{7}']) && said.contains("\\u{1b}"), "{words:?}: {said:?}");
    }
}

/// Links of the tree are the tree's: what they name outside stays as it is.
#[test]
fn links_out_of_a_tree_are_refused_and_nothing_outside_changes() {
    for target in ["absolute", "dotted"] {
        let tree = Tree::new();
        let outside = tree.0.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        let plain = outside.display().to_string();
        let out = match target {
            "absolute" => plain,
            _ => format!("{}{plain}", "../".repeat(12)),
        };
        std::os::unix::fs::symlink(out, tree.root().join("etc/sysctl.d")).unwrap();
        let before = tree.names();
        let (code, said) = tree.run(&["apply"]);
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("nothing was changed: /etc/sysctl.d is not touched: it is a symbolic link"),
            "{said}"
        );
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
        assert_eq!(tree.names(), before);
        assert!(Path::new(&outside).exists());
    }
}

/// Newcomer A5: the proxy of the spec served CRI-O and the kubelet alone. What is fetched here, and
/// what apt and dnf fetch later, goes by way of it too; its password is on no command line and in no
/// file that others read.
#[test]
fn the_proxy_of_the_spec_serves_what_is_fetched_and_the_package_managers() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let length = peer.read(&mut bytes).unwrap();
        let _ = peer.write_all(b"HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    });
    let dir = tempfile::tempdir().unwrap();
    let spec = dir.path().join("k8sprep.yaml");
    let proxy = format!("{{httpsProxy: 'http://li:pass@127.0.0.1:{port}', noProxy: [near.example.com]}}");
    let node = "kubernetesVersion: v1.34.0\nnodeName: n1\nadvertiseAddress: 192.0.2.7";
    std::fs::write(&spec, format!("{node}\nproxy: {proxy}\n")).unwrap();
    let plan = |release: &str, more: &[&str]| {
        let root = dir.path().join(&release[3..5]);
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::fs::write(root.join("etc/os-release"), release).unwrap();
        let words = ["plan", "-f", spec.to_str().unwrap(), "--root", root.to_str().unwrap()];
        let output = crate::k8sprep([&words[..], &["--output", "json"], more].concat()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!(text.clone() + &String::from_utf8_lossy(&output.stderr)).contains("li:pass"), "{text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let file = |plan: &serde_json::Value, path: &str| {
        let steps = plan["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["change"]["path"] == path);
        let after = step.unwrap_or_else(|| panic!("{plan:#}"))["change"]["after"].clone();
        assert_eq!(after["mode"], 0o600, "{after}");
        after["content"].to_string()
    };
    let apt = file(&plan("ID=debian\nVERSION_ID=\"12\"\n", &[]), "/etc/apt/apt.conf.d/05k8sprep-proxy");
    assert!(apt.contains("near.example.com"), "{apt}");
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("CONNECT ") && asked.contains("Proxy-Authorization: Basic "), "{asked}");
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/../host-prep/src/resource/repo/testdata/kubernetes.asc");
    let rocky = plan("ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel\"\n", &["--key", key]);
    let repository = file(&rocky, "/etc/yum.repos.d/kubernetes.repo");
    assert!(repository.contains(&format!("proxy=http://li:***@127.0.0.1:{port}\\n")), "{repository}");
}

/// A `down` that was killed has files aside that are not the node's: a rollback does not say that all
/// is as it was.
#[test]
fn a_rollback_waits_for_a_node_that_is_leaving() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    k8sprep(["crio", "set", "--root", root, "crio.runtime.log_level", "debug"]).assert().success();
    let record = "{\"schema\":\"k8sprep.cluster-record/v1\",\"leaving\":{\"node\":\"n1\",\"admin\":false}}";
    let path = dir.path().join("var/lib/k8sprep/cluster.json");
    std::fs::write(&path, record).unwrap();
    let refused = k8sprep(["rollback", "--root", root]).assert().code(1);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("a node is leaving its cluster") && said.contains("`k8sprep down`"), "{said}");
    std::fs::remove_file(path).unwrap();
    k8sprep(["rollback", "--root", root]).assert().success();
}
