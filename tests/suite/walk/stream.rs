//! kubeadm heard while it runs, played by a shell script.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use host_prep::cluster::{KubeadmOptions, init};
use host_prep::fs::{Mode, Root, write_new};
use host_prep::{Commands, Host, Invocation, Outcome, SystemCommands, Watch};

/// Runs a script instead of whatever is asked for.
#[derive(Debug)]
struct Played(PathBuf);

impl Played {
    fn instead_of(&self, asked: &Invocation) -> Invocation {
        let script = self.0.display().to_string();
        Invocation::new("sh", std::iter::once(script).chain(asked.args.iter().cloned())).within(asked.limit)
    }
}

impl Commands for Played {
    fn run(&self, asked: &Invocation) -> io::Result<Outcome> {
        SystemCommands::default().run(&self.instead_of(asked))
    }

    fn follow(&self, asked: &Invocation, watch: &mut dyn Watch) -> io::Result<Outcome> {
        SystemCommands::default().follow(&self.instead_of(asked), watch)
    }
}

/// A host whose kubeadm is `script`, which finds its own directory in `$DIR`.
fn host(script: &str) -> (tempfile::TempDir, Host) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeadm.sh");
    let script = format!("DIR={}\n{script}", dir.path().display());
    write_new(&path, script.as_bytes(), Mode::PRIVATE).unwrap();
    let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(Played(path)));
    (dir, host)
}

/// Hears lines, and answers the first one by making a file the script waits for.
struct Answers<'a> {
    dir: &'a Path,
    heard: Vec<String>,
    stops_at: Option<&'static str>,
}

impl<'a> Answers<'a> {
    fn new(dir: &'a Path) -> Self {
        Self { dir, heard: Vec::new(), stops_at: None }
    }
}

impl Watch for Answers<'_> {
    fn said(&mut self, line: &str) {
        if self.heard.is_empty() {
            write_new(&self.dir.join("heard"), b"", Mode::PRIVATE).unwrap();
        }
        self.heard.push(line.to_owned());
    }

    fn stops(&mut self) -> bool {
        self.stops_at.is_some_and(|words| self.heard.iter().any(|line| line == words))
    }
}

fn options(seconds: u64) -> KubeadmOptions {
    let mut options = KubeadmOptions::default();
    options.limit = Duration::from_secs(seconds);
    options
}

const CONFIG: &str = "/etc/kubernetes/kubeadm.yaml";

#[test]
fn each_line_is_heard_while_kubeadm_runs() {
    // It goes on only when its first line was heard: one that is told at the end would never get there.
    let script = "echo '[init] Using Kubernetes version: v1.34.2'\n\
        until [ -e $DIR/heard ]; do sleep 0.05; done\n\
        echo '[preflight] pulling' >&2\nprintf 'Your Kubernetes control-plane has initialized successfully!'\n";
    let (dir, host) = host(script);
    let mut watch = Answers::new(dir.path());
    init(&host, Path::new(CONFIG), &options(60), &mut watch).unwrap();
    // Two streams: what is written at the same moment may come in either order.
    watch.heard[1..].sort();
    assert_eq!(
        watch.heard,
        [
            "[init] Using Kubernetes version: v1.34.2",
            "Your Kubernetes control-plane has initialized successfully!",
            "[preflight] pulling",
        ]
    );
}

#[test]
fn a_time_limit_ends_it_with_what_it_said_last() {
    let (dir, host) = host("for n in 1 2 3 4 5 6; do echo \"[wait-control-plane] $n\"; done\nsleep 600\n");
    let error = init(&host, Path::new(CONFIG), &options(2), &mut Answers::new(dir.path())).unwrap_err();
    let error = error.to_string();
    assert!(
        error
            .contains("it did not end within 2 s and was stopped; its last lines: [wait-control-plane] 2 | "),
        "{error}"
    );
    assert!(error.contains("--resume"), "{error}");
}

#[test]
fn who_watches_may_stop_it_and_it_may_tidy_up() {
    let script =
        "trap 'echo tidied > $DIR/tidied; exit 1' TERM\necho '[certs] begun'\nwhile :; do sleep 0.05; done\n";
    let (dir, host) = host(script);
    let mut watch = Answers { stops_at: Some("[certs] begun"), ..Answers::new(dir.path()) };
    let error = init(&host, Path::new(CONFIG), &options(60), &mut watch).unwrap_err().to_string();
    assert!(error.contains("it was stopped on request; its last lines: [certs] begun"), "{error}");
    assert!(dir.path().join("tidied").exists());
}

#[test]
fn after_a_failure_resume_goes_on() {
    let script = "case \"$*\" in *DirAvailable--var-lib-etcd*) echo resumed;; *) echo 'error execution phase wait-control-plane: \
        timed out waiting for the condition' >&2; exit 1;; esac\n";
    let (dir, host) = host(script);
    let error = init(&host, Path::new(CONFIG), &options(60), &mut Answers::new(dir.path())).unwrap_err();
    assert!(error.to_string().contains("then go on with `--resume`"), "{error}");
    std::fs::remove_file(dir.path().join("heard")).unwrap();
    std::fs::create_dir_all(dir.path().join("var/lib/etcd/member")).unwrap();
    let mut again = options(60);
    again.resume = true;
    let mut watch = Answers::new(dir.path());
    init(&host, Path::new(CONFIG), &again, &mut watch).unwrap();
    assert_eq!(watch.heard, ["resumed"]);
}
