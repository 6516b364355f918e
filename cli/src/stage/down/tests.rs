//! `down` against programs that do what kubeadm does to files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use host_prep::cluster::{self, KubeadmOptions, Record};
use host_prep::fs::{Mode, Root, set};
use host_prep::resource::Managed;
use host_prep::{
    ApplyOptions, Commands, Desired, Host, Invocation, NoProgress, Outcome, apply, observe, plan,
};

use super::*;
use crate::stage::interrupted::taken_back;
use crate::stage::{Answer, Reporter};

const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
const DROP_IN: &str = "/etc/crio/crio.conf.d/99-k8sprep.conf";
const IMAGE: &str = "/var/lib/containers/storage/image";
/// What a node of these programs leaves.
const LEFT: &[&str] = &["/etc/kubernetes", "/var/lib/containers"];

/// kubeadm that makes a control plane or a worker of a directory and takes it away again, and what
/// else is asked for.
#[derive(Debug, Default)]
struct Programs {
    root: PathBuf,
    calls: Mutex<Vec<String>>,
    /// What kubectl fails with, if it does.
    kubectl: Mutex<Option<&'static str>>,
    /// Whether `kubeadm reset` ends this program, as a kill does, after it has done its work.
    killed: Mutex<bool>,
}

impl Programs {
    fn put(&self, path: &str, text: &str) {
        let root = Root::open(&self.root).unwrap();
        set(&root, Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap();
    }

    fn kubeadm(&self, words: &[String]) -> io::Result<Outcome> {
        match &*words[0] {
            "init" => {
                self.put("/etc/kubernetes/pki/ca.key", "made");
                self.put("/etc/kubernetes/pki/apiserver.key", "made");
                self.put(cluster::ADMIN_CONF, "server: https://192.0.2.7:6443\n");
                self.put("/etc/kubernetes/manifests/etcd.yaml", "made");
            }
            "join" => self.put("/var/lib/kubelet/pki/kubelet-client-current.pem", "pem"),
            "reset" => {
                for path in ["etc/kubernetes/pki", "etc/kubernetes/manifests", "var/lib/kubelet"] {
                    let _ = remove_dir(&self.root.join(path));
                }
                for path in [cluster::ADMIN_CONF, KUBELET_CONF] {
                    let _ = remove_file(&self.root.join(&path[1..]));
                }
                if *self.killed.lock().unwrap() {
                    return Err(io::Error::from(io::ErrorKind::Interrupted));
                }
            }
            _ => {}
        }
        if words[0] != "reset" {
            self.put(KUBELET_CONF, "server: https://192.0.2.7:6443\n");
            self.put(
                "/var/lib/kubelet/kubeadm-flags.env",
                "X=\"--hostname-override=n1 --container-runtime-endpoint=unix:///run/o.sock\"\n",
            );
            self.put(IMAGE, "image");
        }
        Ok(Outcome::new(0, "", ""))
    }
}

#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
fn remove_dir(path: &Path) -> io::Result<()> {
    std::fs::remove_dir_all(path)
}

#[expect(clippy::disallowed_methods, reason = "files of the test's own")]
fn remove_file(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

impl Commands for Programs {
    fn run(&self, asked: &Invocation) -> io::Result<Outcome> {
        self.calls.lock().unwrap().push(asked.to_string());
        match &*asked.program {
            "kubeadm" => self.kubeadm(&asked.args),
            "kubectl" => Ok(match *self.kubectl.lock().unwrap() {
                Some(why) => Outcome::new(1, "", why),
                None => Outcome::new(0, "", ""),
            }),
            "rm" => {
                let path = self.root.join(&asked.args.last().unwrap()[1..]);
                let _ = remove_dir(&path).or_else(|_| remove_file(&path));
                Ok(Outcome::new(0, "", ""))
            }
            _ => Ok(Outcome::new(0, "", "")),
        }
    }
}

/// Says yes, and hears what is told.
#[derive(Default)]
struct Hears(Vec<String>);

impl Reporter for Hears {
    fn note(&mut self, text: &dyn std::fmt::Display) {
        self.0.push(text.to_string());
    }

    fn confirm(&mut self, _: Question) -> Answer {
        Answer::Yes
    }
}

struct Bed {
    _dir: tempfile::TempDir,
    host: Host,
    programs: Arc<Programs>,
}

impl Bed {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let programs = Arc::new(Programs { root: dir.path().to_owned(), ..Programs::default() });
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), programs.clone());
        Self { _dir: dir, host, programs }
    }

    /// As `apply` and then kubeadm leave it.
    fn node(joins: bool) -> Self {
        let bed = Self::new();
        bed.make(joins);
        bed
    }

    fn make(&self, joins: bool) {
        cluster::note_before(&self.host).unwrap();
        let desired = Desired::new().with(Managed::file("crio", DROP_IN, "x\n"));
        let todo = plan(&desired, &observe(&self.host, &desired));
        apply(&self.host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
        let (config, options) = (Path::new("/x.yaml"), KubeadmOptions::default());
        let run = if joins { cluster::join } else { cluster::init };
        run(&self.host, config, &options, &mut NoProgress).unwrap();
    }

    fn down(&self, down: &Down) -> (Result<Gone, Error>, Vec<String>) {
        self.programs.calls.lock().unwrap().clear();
        let mut heard = Hears::default();
        (down.run(&self.host, &mut heard), heard.0)
    }

    fn calls(&self) -> String {
        self.programs.calls.lock().unwrap().join("\n")
    }

    fn has(&self, path: &str) -> bool {
        self.host.root().kind(Path::new(path)).unwrap().is_some()
    }

    /// Files with a key in the state directory.
    fn set_aside(&self) -> bool {
        let names = self.host.root().list(Path::new("/var/lib/k8sprep")).unwrap().unwrap_or_default();
        names.iter().any(|name| name.to_string_lossy().starts_with("leaving"))
    }
}

fn purging() -> Down {
    Down { purge: true, ..Down::default() }
}

fn whats(gone: &Gone) -> Vec<&str> {
    gone.left.iter().map(|one| one.what.as_str()).collect()
}

#[test]
fn a_node_that_stays_is_not_pulled_apart_and_nothing_of_it_is_purged() {
    for joins in [false, true] {
        for purge in [false, true] {
            let bed = Bed::node(joins);
            let down = Down { no_reset: true, purge, ..Down::default() };
            let error = bed.down(&down).0.unwrap_err();
            assert!(matches!(error, Error::StandsOnIt { .. }), "{error}");
            assert!(error.to_string().contains("99-k8sprep.conf"), "{error}");
            assert!(bed.has(KUBELET_CONF) && bed.has(DROP_IN) && bed.has(IMAGE));
            assert_eq!(bed.calls(), "");
        }
    }
}

#[test]
fn a_node_is_reset_by_its_own_socket_and_its_node_is_deleted() {
    let bed = Bed::node(false);
    let gone = bed.down(&Down::default()).0.unwrap();
    let calls = bed.calls();
    assert!(calls.contains("kubeadm reset --force --cri-socket unix:///run/o.sock"), "{calls}");
    assert!(calls.contains("delete node n1"), "{calls}");
    assert!(!bed.set_aside() && !bed.has(DROP_IN));
    assert_eq!(whats(&gone), LEFT);
}

#[test]
fn why_the_node_is_not_deleted_is_what_kubectl_says() {
    for why in ["Error from server (Forbidden): nodes is forbidden", "connection refused"] {
        let bed = Bed::node(false);
        *bed.programs.kubectl.lock().unwrap() = Some(why);
        let heard = bed.down(&Down::default()).1.join("\n");
        assert!(heard.contains(why) && heard.contains("kubectl delete node n1"), "{heard}");
        assert!(!bed.set_aside());
    }
}

#[test]
fn what_was_left_is_purged_by_a_later_run_and_what_came_since_is_not() {
    let bed = Bed::node(false);
    bed.down(&Down::default()).0.map(drop).unwrap();
    bed.programs.put("/var/lib/etcd/theirs", "since");
    for (down, left) in [(Down::default(), LEFT), (purging(), &[])] {
        assert_eq!(whats(&bed.down(&down).0.unwrap()), left);
    }
    assert!(!bed.has("/var/lib/containers") && bed.has("/var/lib/etcd/theirs"));
    // The next node is told apart from both.
    bed.make(false);
    assert_eq!(whats(&bed.down(&Down::default()).0.unwrap()), LEFT);
    bed.make(false);
    assert_eq!(whats(&bed.down(&Down::default()).0.unwrap()), LEFT, "still");
}

#[test]
fn where_nobody_looked_before_what_may_be_left_is_told_and_stays() {
    let bed = Bed::node(false);
    let mut record = Record::read(&bed.host).unwrap();
    record.before = None;
    record.write(&bed.host).unwrap();
    let gone = bed.down(&purging()).0.unwrap();
    let one = gone.left.iter().find(|one| one.what == "/var/lib/containers").unwrap();
    assert!(!one.is_purged() && one.of.contains("unless it was there before"), "{one:?}");
    assert!(bed.has(IMAGE));
}

#[test]
fn a_kubeconfig_that_was_copied_here_is_nobodys_reason_for_anything() {
    let copied = "server: https://192.0.2.99:6443\nclient-key-data: x\n";
    let bed = Bed::node(true);
    bed.programs.put(cluster::ADMIN_CONF, copied);
    assert_eq!(cluster::standing(&bed.host).unwrap(), Standing::Worker);
    bed.down(&purging()).0.map(drop).unwrap();
    assert!(!bed.calls().contains("delete node"), "{}", bed.calls());
    assert!(bed.has(cluster::ADMIN_CONF) && !bed.has(KUBELET_CONF) && !bed.set_aside());

    let bare = Bed::new();
    bare.programs.put(cluster::ADMIN_CONF, copied);
    bare.down(&Down::default()).0.map(drop).unwrap();
    assert_eq!(bare.calls(), "");
    assert!(bare.has(cluster::ADMIN_CONF));
}

#[test]
fn a_ca_that_was_brought_along_is_there_again_after_down() {
    let bed = Bed::new();
    bed.programs.put("/etc/kubernetes/pki/ca.crt", "theirs");
    bed.make(false);
    bed.down(&purging()).0.map(drop).unwrap();
    assert!(bed.has("/etc/kubernetes/pki/ca.crt") && !bed.has("/etc/kubernetes/pki/ca.key"));
    assert!(!bed.set_aside());
}

/// Killed while `kubeadm reset` was at work, which came to its end all the same.
#[test]
fn what_a_killed_run_had_still_to_do_is_done_by_the_next_one() {
    for recover in [false, true] {
        let bed = Bed::node(false);
        *bed.programs.killed.lock().unwrap() = true;
        bed.down(&Down::default()).0.map(drop).unwrap_err();
        assert!(bed.set_aside() && cluster::standing(&bed.host).unwrap().is_bare());
        *bed.programs.killed.lock().unwrap() = false;
        if recover {
            bed.programs.calls.lock().unwrap().clear();
            finish_leaving(&bed.host, &mut Hears::default()).unwrap();
        } else {
            bed.down(&Down::default()).0.map(drop).unwrap();
        }
        assert!(bed.calls().contains("delete node n1"), "{}", bed.calls());
        assert!(!bed.set_aside(), "no key is left behind");
    }
}

#[test]
fn a_second_run_waits_for_its_turn() {
    let bed = Bed::node(false);
    let turn = cluster::take_turn(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
    let error = bed.down(&Down::default()).0.unwrap_err();
    assert!(matches!(error, Error::Host(host_prep::Error::Locked { .. })), "{error}");
    assert!(bed.has(KUBELET_CONF));
    drop(turn);
    bed.down(&Down::default()).0.map(drop).unwrap();
}

/// The reset is not taken back: what cannot be read afterwards is looked at before it.
#[test]
fn a_damaged_journal_stops_a_node_from_leaving() {
    let bed = Bed::node(false);
    let journals = Path::new("/var/lib/k8sprep/journals");
    let names = bed.host.root().list(journals).unwrap().unwrap();
    let path = bed._dir.path().join("var/lib/k8sprep/journals").join(&names[0]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, vec![0; whole.len()]).unwrap();
    let (gone, _) = bed.down(&Down::default());
    assert_eq!(gone.unwrap_err().code(), "journal-damaged");
    assert!(!bed.calls().contains("kubeadm reset"), "{}", bed.calls());
    std::fs::write(&path, whole).unwrap();
    let (gone, _) = bed.down(&Down::default());
    assert!(gone.unwrap().rollback.is_complete());
}

/// An administrator's CA that came after the first look, and before kubeadm started.
#[test]
fn a_ca_that_came_late_is_put_back() {
    const CA: &str = "/etc/kubernetes/pki/corp/ca.key";
    let bed = Bed::new();
    cluster::note_before(&bed.host).unwrap();
    set(bed.host.root(), Path::new(CA), b"theirs", Mode::new(0o600)).unwrap();
    bed.make(false);
    let (gone, _) = bed.down(&Down::default());
    assert!(gone.unwrap().rollback.is_complete());
    assert_eq!(std::fs::read_to_string(bed._dir.path().join(&CA[1..])).unwrap(), "theirs");
    assert!(!bed.set_aside());
}

/// Certificates were renewed, and a run was killed while a manifest was out.
fn renewed(bed: &Bed) {
    let key = "/etc/kubernetes/pki/apiserver.key";
    let desired = Desired::new().with(cluster::Renewed::new(key, "new"));
    let todo = plan(&desired, &observe(&bed.host, &desired));
    apply(&bed.host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH;
    cluster::take_out(&bed.host, "etcd", now, &mut NoProgress).unwrap().unwrap();
    cluster::keep_renewal(&bed.host, Some(cluster::Renewal::new(1, vec!["etcd".into()]))).unwrap();
    bed.programs.put("/var/lib/k8sprep/renewal/etc/kubernetes/pki/ca.key", "made");
}

/// Nothing of the renewal is left: no file below /etc/kubernetes, no copy of a key.
fn gone(bed: &Bed) {
    assert!(!bed.has("/etc/kubernetes/pki") && !bed.has("/etc/kubernetes/manifests"));
    assert!(!bed.has("/var/lib/k8sprep/renewal"));
    let kept = bed.host.root().list(Path::new("/var/lib/k8sprep/backups")).unwrap().unwrap_or_default();
    for name in kept {
        let path = Path::new("/var/lib/k8sprep/backups").join(name);
        assert_ne!(bed.host.root().read(&path).unwrap().unwrap(), b"made", "a key that was kept");
    }
    assert_eq!(cluster::renewal(&bed.host).unwrap(), None);
}

/// `kubeadm reset` by hand: whatever comes back next does not put keys into an empty directory.
#[test]
fn renewed_certificates_go_with_a_node_that_somebody_else_reset() {
    for by_recover in [false, true] {
        let bed = Bed::node(false);
        renewed(&bed);
        bed.programs.kubeadm(&["reset".to_owned()]).unwrap();
        let went = if by_recover {
            cluster::recover(&bed.host, Duration::ZERO, &mut NoProgress).unwrap().rollback.transactions.len()
        } else {
            let went = cluster::went_with_node(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
            assert_eq!(went, [3, 2]);
            went.len()
        };
        assert_eq!(went, if by_recover { 0 } else { 2 });
        let all = host_prep::history(&bed.host).unwrap();
        assert!(
            all[1..].iter().all(|one| cluster::goes_with_node(one) && one.status.is_rolled_back()),
            "{all:?}"
        );
        assert!(!cluster::goes_with_node(&all[0]) && !all[0].status.is_rolled_back());
        assert!(!bed.has("/etc/kubernetes/pki/apiserver.key") && !bed.has("/etc/kubernetes/manifests"));
        // One that is a node keeps them.
        assert!(cluster::went_with_node(&bed.host, Duration::ZERO, &mut NoProgress).unwrap().is_empty());
    }
}

/// `up` that was killed in a transaction: the next one takes that back itself.
#[test]
fn what_a_killed_run_began_is_taken_back_by_the_next_one() {
    let bed = Bed::new();
    assert!(
        taken_back(&bed.host, Duration::ZERO, &mut Hears::default())
            .unwrap()
            .rollback
            .transactions
            .is_empty()
    );
    let desired = Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", "new"));
    let todo = plan(&desired, &observe(&bed.host, &desired));
    apply(&bed.host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    let journals = bed._dir.path().join("var/lib/k8sprep/journals");
    let journal = std::fs::read_dir(journals).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&journal).unwrap();
    let begun: String = text.split_inclusive('\n').take(text.lines().count() - 1).collect();
    std::fs::write(&journal, begun).unwrap();
    assert_eq!(host_prep::history(&bed.host).unwrap()[0].status, TransactionStatus::Interrupted);
    let mut hears = Hears::default();
    let done = taken_back(&bed.host, Duration::ZERO, &mut hears).unwrap();
    assert_eq!((done.rollback.transactions, done.rollback.undone), (vec![1], 1));
    assert!(!bed.has("/etc/crictl.yaml"));
    assert!(hears.0.join("\n").contains("transaction 1 was interrupted"), "{:?}", hears.0);
    assert_eq!(host_prep::history(&bed.host).unwrap()[0].status, TransactionStatus::RolledBack);
}

/// Asked to stop wherever it asks.
struct Stopped;

impl host_prep::Watch for Stopped {
    fn stops(&mut self) -> bool {
        true
    }
}

impl Reporter for Stopped {
    fn confirm(&mut self, _: Question) -> Answer {
        Answer::NobodyToAsk
    }

    fn watch(&mut self) -> std::io::Result<Box<dyn host_prep::Watch + '_>> {
        Ok(Box::new(Self))
    }
}

/// `up` ends with 4 then.
#[test]
fn what_is_not_taken_back_is_a_rollback_that_is_incomplete() {
    let bed = Bed::new();
    let desired = Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", "new"));
    let todo = plan(&desired, &observe(&bed.host, &desired));
    apply(&bed.host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    lose_the_end(&bed, 1);
    let error = taken_back(&bed.host, Duration::ZERO, &mut Stopped).unwrap_err();
    assert!(error.is_rollback_incomplete(), "{error}");
    assert!(error.to_string().ends_with("; what was interrupted is not taken back"), "{error}");
    assert!(bed.has("/etc/crictl.yaml"));
    drop(taken_back(&bed.host, Duration::ZERO, &mut Hears::default()).unwrap());
    assert!(!bed.has("/etc/crictl.yaml"));
}

/// The last line of a journal, as a torn write loses it.
fn lose_the_end(bed: &Bed, id: u32) {
    let journal = bed._dir.path().join(format!("var/lib/k8sprep/journals/{id:06}.journal"));
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, &text[..text.len() - 20]).unwrap();
    let last = host_prep::history(&bed.host).unwrap().pop().unwrap();
    assert_eq!(last.status, TransactionStatus::Interrupted);
}

/// A lost last line does not take back what a node was made on.
#[test]
fn what_a_node_was_made_on_had_come_to_its_end() {
    for by_recover in [false, true] {
        let bed = Bed::node(false);
        lose_the_end(&bed, 1);
        if by_recover {
            let done = cluster::recover(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
            assert!(done.rollback.transactions.is_empty());
        } else {
            drop(taken_back(&bed.host, Duration::ZERO, &mut Hears::default()).unwrap());
        }
        assert_eq!(host_prep::history(&bed.host).unwrap()[0].status, TransactionStatus::Applied);
        assert!(bed.has(DROP_IN));
        assert!(bed.down(&Down::default()).0.unwrap().rollback.is_complete() && !bed.has(DROP_IN));
    }
}

/// What was begun on a node is another matter: it ran before that. `up` does not decide it.
#[test]
fn what_a_node_stands_on_is_left_to_recover() {
    let bed = Bed::node(false);
    let desired = Desired::new().with(Managed::file("crio", DROP_IN, "y\n"));
    let todo = plan(&desired, &observe(&bed.host, &desired));
    apply(&bed.host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    lose_the_end(&bed, 2);
    let error = taken_back(&bed.host, Duration::ZERO, &mut Hears::default()).unwrap_err();
    assert_eq!(error.code(), "interrupted");
    let done = cluster::recover(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
    assert_eq!(done.rollback.transactions, [2]);
    assert_eq!(bed.host.root().read(Path::new(DROP_IN)).unwrap().unwrap(), b"x\n");
}

/// What a rollback laid beside a file that somebody changed is told for as long as it lies there.
#[test]
fn what_was_laid_beside_a_file_is_told() {
    let bed = Bed::new();
    let put =
        |text: &str| drop(set(bed.host.root(), Path::new("/etc/c"), text.as_bytes(), Mode::PUBLIC).unwrap());
    put("old");
    let desired = Desired::new().with(Managed::file("x", "/etc/c", "new"));
    let todo = plan(&desired, &observe(&bed.host, &desired));
    apply(&bed.host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    put("theirs");
    let told = |hears: &[String]| hears.iter().any(|line| line.contains("/etc/.c.k8sprep-wanted"));
    for _ in 0..2 {
        let (gone, hears) = bed.down(&purging());
        assert!(
            gone.unwrap().left.iter().all(|one| !one.what.contains("wanted")) && told(&hears),
            "{hears:?}"
        );
    }
    put("old");
    let (gone, hears) = bed.down(&purging());
    assert!(gone.unwrap().rollback.is_complete() && !told(&hears) && !bed.has("/etc/.c.k8sprep-wanted"));
}

#[test]
fn renewed_certificates_go_with_the_node_and_are_not_rolled_back() {
    let bed = Bed::node(false);
    renewed(&bed);
    let (done, _) = bed.down(&Down::default());
    assert!(done.unwrap().rollback.is_complete());
    gone(&bed);
    let all = host_prep::history(&bed.host).unwrap();
    assert!(all.len() == 3 && all.iter().all(|one| one.status == TransactionStatus::RolledBack), "{all:?}");
}

#[test]
fn renewed_certificates_go_with_the_node_also_where_down_was_killed() {
    let bed = Bed::node(false);
    renewed(&bed);
    *bed.programs.killed.lock().unwrap() = true;
    assert!(bed.down(&Down::default()).0.is_err());
    *bed.programs.killed.lock().unwrap() = false;
    let (done, _) = bed.down(&Down::default());
    assert!(done.unwrap().rollback.is_complete());
    gone(&bed);
}

#[test]
fn what_recovers_puts_a_manifest_back_and_removes_copies_of_keys() {
    let bed = Bed::node(false);
    renewed(&bed);
    assert!(!bed.has("/etc/kubernetes/manifests/etcd.yaml"));
    cluster::kubeadm_ends(&bed.host, &mut NoProgress).unwrap();
    assert!(!bed.has("/var/lib/k8sprep/renewal"));
    let done = cluster::recover(&bed.host, Duration::ZERO, &mut NoProgress).unwrap();
    assert_eq!(done.manifests, [cluster::manifest_of("etcd")]);
    assert_eq!((done.rollback.undone, done.rollback.is_complete()), (1, true));
    assert!(bed.has("/etc/kubernetes/manifests/etcd.yaml"));
    assert!(cluster::recover(&bed.host, Duration::ZERO, &mut NoProgress).unwrap().manifests.is_empty());
}
