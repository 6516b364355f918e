//! Drains of a node whose API server is served over TLS.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cri_probe::test_util::{ApiReply, ApiRequest, FakeApi};
use host_prep::Host;
use host_prep::fs::{Mode, Root, write_new};
use serde_json::{Value, json};

use super::*;
use crate::stage::{Answer, Question};

/// A cluster of one node: what changes is kept, and an evicted pod goes after so many more looks.
#[derive(Default)]
struct Cluster {
    node: Value,
    pods: Vec<Value>,
    /// Refusals of evictions of the pod `web` that are left.
    refusals: usize,
    /// Requests that are answered with 503.
    away: usize,
    /// The same once the node is cordoned.
    away_once_cordoned: usize,
    /// The node cannot be uncordoned.
    patches_fail: bool,
    /// No eviction is allowed.
    forbids: bool,
}

impl Cluster {
    fn answer(&mut self, request: &ApiRequest) -> ApiReply {
        if self.away > 0 && request.path.contains("/pods") {
            self.away -= 1;
            return ApiReply::status(503, json!({"kind": "Status", "message": "etcd leader changed"}));
        }
        match (request.method.as_str(), request.path.split('?').next().unwrap_or_default()) {
            ("GET", "/api/v1/nodes/n1") => ApiReply::json(&self.node),
            ("PATCH", "/api/v1/nodes/n1") => self.patch(&serde_json::from_str(&request.body).unwrap()),
            ("GET", "/api/v1/pods") => {
                assert!(request.path.contains("fieldSelector=spec.nodeName%3Dn1"), "{}", request.path);
                let all = json!({"items": self.pods, "metadata": {}});
                // What was evicted is ending, and is gone with the next look.
                self.pods.retain(|pod| pod["metadata"].get("deletionTimestamp").is_none());
                ApiReply::json(all)
            }
            ("POST", path) if path.ends_with("/eviction") => self.evict(path, &request.body),
            other => panic!("{other:?} was asked"),
        }
    }

    fn patch(&mut self, change: &Value) -> ApiReply {
        if self.patches_fail && change["spec"]["unschedulable"].is_null() {
            return ApiReply::status(403, json!({"kind": "Status", "message": "no"}));
        }
        if change["spec"]["unschedulable"] == true {
            self.away = self.away_once_cordoned;
        }
        for (of, key) in [("spec", "unschedulable"), ("metadata", "annotations")] {
            match &change[of][key] {
                Value::Null => drop(self.node[of].as_object_mut().unwrap().remove(key)),
                Value::Object(all) if all.values().all(Value::is_null) => {
                    drop(self.node[of].as_object_mut().unwrap().remove(key));
                }
                value => self.node[of][key] = value.clone(),
            }
        }
        ApiReply::json(&self.node)
    }

    fn evict(&mut self, path: &str, body: &str) -> ApiReply {
        let name = path.split('/').nth(6).unwrap();
        if self.forbids {
            return ApiReply::status(403, json!({"kind": "Status", "message": "you may not"}));
        }
        if name == "web" && self.refusals > 0 {
            self.refusals -= 1;
            return ApiReply::status(
                429,
                json!({"kind": "Status", "message": "Cannot evict pod", "details": {"causes": [
                    {"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods"}]}}),
            );
        }
        let eviction: Value = serde_json::from_str(body).unwrap();
        let Some(pod) = self.pods.iter_mut().find(|pod| pod["metadata"]["name"] == name) else {
            return ApiReply::status(404, "{}");
        };
        assert_eq!(eviction["deleteOptions"]["preconditions"]["uid"], pod["metadata"]["uid"]);
        pod["metadata"]["deletionTimestamp"] = json!("now");
        ApiReply::status(201, json!({"kind": "Status", "status": "Success"}))
    }
}

fn pod(name: &str, kind: Option<&str>, more: Value) -> Value {
    let owners = kind.map(|kind| json!([{"kind": kind, "controller": true}])).unwrap_or(json!([]));
    let mut pod = json!({
        "metadata": {"namespace": "d", "name": name, "uid": format!("uid-{name}"), "ownerReferences": owners},
        "spec": {"volumes": []}, "status": {"phase": "Running"}
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        for (inner, value) in value.as_object().into_iter().flatten() {
            pod[key.as_str()][inner.as_str()] = value.clone();
        }
    }
    pod
}

/// What stays on every node: a DaemonSet's, a static one, one that came to its end.
fn usual() -> Vec<Value> {
    vec![
        pod("proxy", Some("DaemonSet"), json!({"spec": {"volumes": [{"emptyDir": {}}]}})),
        pod("etcd", Some("Node"), json!({"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}})),
        pod("job", Some("Job"), json!({"status": {"phase": "Succeeded"}})),
    ]
}

/// A cluster behind a server, and the way of the node's kubelet to it.
struct Scene {
    api: FakeApi,
    cluster: Arc<Mutex<Cluster>>,
    access: NodeAccess,
}

fn scene(change: impl FnOnce(&mut Cluster)) -> Scene {
    let node = json!({"metadata": {"name": "n1"}, "spec": {}});
    let mut cluster = Cluster { node, pods: usual(), ..Cluster::default() };
    change(&mut cluster);
    let cluster = Arc::new(Mutex::new(cluster));
    let served = cluster.clone();
    let api = FakeApi::start(move |request| served.lock().unwrap().answer(request));
    let dir = tempfile::tempdir().unwrap();
    let lay = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_new(&path, text.as_bytes(), Mode::PRIVATE).unwrap();
    };
    lay("etc/hostname", "N1\n");
    lay("etc/kubernetes/kubelet.conf", &api.kubeconfig());
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600);
    let access = NodeAccess::of_kubelet(&host, now).unwrap();
    Scene { api, cluster, access }
}

impl Scene {
    fn evictions(&self) -> usize {
        self.api.requests().iter().filter(|request| request.method == "POST").count()
    }

    fn is_cordoned(&self) -> bool {
        self.cluster.lock().unwrap().node["spec"]["unschedulable"] == true
    }
}

/// Writes down what it is told, and stops when it waits for that.
#[derive(Default)]
struct Told {
    notes: Vec<String>,
    awaits: Vec<String>,
    stops_at: Option<&'static str>,
}

struct Watching<'a>(&'a mut Told);

impl host_prep::Watch for Watching<'_> {
    fn awaits(&mut self, what: &str) {
        self.0.awaits.push(what.to_owned());
    }

    fn stops(&mut self) -> bool {
        self.0.stops_at.is_some_and(|at| self.0.awaits.iter().any(|what| what.contains(at)))
    }
}

impl Reporter for Told {
    fn note(&mut self, text: &dyn fmt::Display) {
        self.notes.push(text.to_string());
    }

    fn confirm(&mut self, _: Question) -> Answer {
        Answer::No
    }

    fn watch(&mut self) -> io::Result<Box<dyn host_prep::Watch + '_>> {
        Ok(Box::new(Watching(self)))
    }
}

fn quick() -> Drain {
    Drain { limit: Duration::from_secs(20), pause: Duration::from_millis(50), ..Drain::default() }
}

fn names(pods: &[PodName]) -> Vec<String> {
    pods.iter().map(ToString::to_string).collect()
}

#[test]
fn pods_are_evicted_and_those_of_the_node_stay() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        cluster.refusals = 3;
    });
    let mut told = Told::default();
    let drained = quick().run(&scene.access, &mut told).unwrap();
    assert!(drained.cordoned && scene.is_cordoned());
    assert_eq!(names(&drained.evicted), ["d/web"]);
    assert_eq!(
        drained.stays.iter().map(|(pod, why)| (pod.name.as_str(), *why)).collect::<Vec<_>>(),
        [("proxy", Stays::DaemonSet), ("etcd", Stays::Static),]
    );
    assert_eq!(scene.evictions(), 4, "three times a budget was in the way");
    assert!(
        told.awaits.iter().any(|what| what.contains("d/web") && what.contains("budget web needs 2")),
        "{:?}",
        told.awaits
    );
    assert!(told.notes[0].contains("n1 is cordoned; 1 pod to evict, 2 stay"), "{:?}", told.notes);
    // Once more: nothing is left, and the cordon is still known as its own.
    let again = quick().run(&scene.access, &mut Told::default()).unwrap();
    assert!(again.cordoned && again.evicted.is_empty());
    scene.access.uncordon().unwrap();
    assert!(!scene.is_cordoned());
}

#[test]
fn pods_that_would_be_lost_refuse_it_before_anything_is_changed() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("alone", None, json!({})));
        cluster.pods.push(pod("cache", Some("ReplicaSet"), json!({"spec": {"volumes": [{"emptyDir": {}}]}})));
    });
    let error = quick().run(&scene.access, &mut Told::default()).unwrap_err();
    assert_eq!((error.code(), error.left()), ("drain-refused", &Left::AsBefore));
    let text = error.to_string();
    assert!(
        text.contains("d/alone (nothing makes it again elsewhere)") && text.contains("d/cache (its emptyDir"),
        "{text}"
    );
    assert!(!scene.is_cordoned());
    assert!(scene.api.requests().iter().all(|request| request.method == "GET"));
    let mut told = quick();
    told.unmanaged = true;
    assert!(
        matches!(told.run(&scene.access, &mut Told::default()), Err(DrainError::Refused { pods }) if pods.len() == 1)
    );
    told.empty_dir = true;
    told.grace = Some(Duration::from_secs(7));
    assert_eq!(told.run(&scene.access, &mut Told::default()).unwrap().evicted.len(), 2);
    let last = scene.api.requests().into_iter().rfind(|request| request.method == "POST").unwrap();
    assert!(last.body.contains("\"gracePeriodSeconds\":7"), "{}", last.body);
}

#[test]
fn a_budget_that_never_allows_it_ends_at_the_limit_and_the_cordon_is_taken_back() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        cluster.refusals = usize::MAX;
    });
    let drain = Drain { limit: Duration::from_millis(600), ..quick() };
    let error = drain.run(&scene.access, &mut Told::default()).unwrap_err();
    assert_eq!((error.code(), error.left()), ("drain-timed-out", &Left::Uncordoned));
    assert!(
        error.to_string().contains("d/web (Cannot evict pod The disruption budget web needs 2"),
        "{error}"
    );
    assert!(!scene.is_cordoned());
    let marked = scene.cluster.lock().unwrap().node["metadata"].get("annotations").is_some();
    assert!(!marked);
}

#[test]
fn a_cordon_of_somebody_else_stays() {
    let scene = scene(|cluster| {
        cluster.node["spec"]["unschedulable"] = json!(true);
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        cluster.refusals = usize::MAX;
    });
    let drain = Drain { limit: Duration::from_millis(300), ..quick() };
    let error = drain.run(&scene.access, &mut Told::default()).unwrap_err();
    assert_eq!(error.left(), &Left::CordonOfOthers);
    scene.access.uncordon().unwrap();
    assert!(scene.is_cordoned());
    assert!(scene.api.requests().iter().all(|request| request.method != "PATCH"));
}

#[test]
fn a_request_to_stop_takes_the_cordon_back() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        cluster.refusals = usize::MAX;
    });
    let mut told = Told { stops_at: Some("budget"), ..Told::default() };
    let error = quick().run(&scene.access, &mut told).unwrap_err();
    assert_eq!((error.code(), error.left()), ("stopped", &Left::Uncordoned));
    assert!(!scene.is_cordoned());
}

#[test]
fn a_cordon_that_cannot_be_taken_back_is_told_with_the_command() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        (cluster.refusals, cluster.patches_fail) = (usize::MAX, true);
    });
    let drain = Drain { limit: Duration::from_millis(300), ..quick() };
    let error = drain.run(&scene.access, &mut Told::default()).unwrap_err();
    assert!(
        error.to_string().contains("still cordoned") && error.to_string().contains("`kubectl uncordon n1`"),
        "{error}"
    );
}

#[test]
fn a_server_that_is_away_for_a_moment_is_waited_for() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        cluster.away_once_cordoned = 3;
    });
    let mut told = Told::default();
    let drained = quick().run(&scene.access, &mut told).unwrap();
    assert_eq!(names(&drained.evicted), ["d/web"]);
    assert!(told.awaits[0].contains("etcd leader changed"), "{:?}", told.awaits);
}

#[test]
fn what_the_server_refuses_for_good_ends_it_at_once() {
    let scene = scene(|cluster| {
        cluster.pods.push(pod("web", Some("ReplicaSet"), json!({})));
        cluster.forbids = true;
    });
    let error = quick().run(&scene.access, &mut Told::default()).unwrap_err();
    assert_eq!((error.code(), error.left()), ("api-forbidden", &Left::Uncordoned));
    assert!(!scene.is_cordoned());
}

#[test]
fn without_a_kubeconfig_nobody_asks() {
    let dir = tempfile::tempdir().unwrap();
    let host = Host::offline(Root::open(dir.path()).unwrap());
    let error = NodeAccess::of_kubelet(&host, SystemTime::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.code(), "api-access-unusable");
    assert!(error.to_string().contains("/etc/kubernetes/kubelet.conf is not there"), "{error}");
    let no: &Path = Path::new("/x.conf");
    assert!(NodeAccess::with_kubeconfig(&host, no, "n1", SystemTime::UNIX_EPOCH).is_err());
}
