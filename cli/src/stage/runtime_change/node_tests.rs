//! A change of a node whose cluster is asked: its annotation, its cordon, and an API server that is away.

use std::sync::{Arc, Mutex, MutexGuard};

use cri_probe::test_util::{ApiReply, ApiRequest, FakeApi};
use host_prep::Watch;
use serde_json::{Value, json};

use super::tests::{Bed, Fake};
use super::*;
use crate::stage::Answer;

const ANNOTATION: &str = "kubeadm.alpha.kubernetes.io/cri-socket";
const OLD: &str = "unix:///run/containerd/containerd.sock";

/// What the API server has of the node.
struct Cluster {
    fake: Fake,
    annotations: Value,
    cordoned: bool,
    /// How often the kubelet was stopped; requests are answered with 503 for a while after each time.
    stops: usize,
    away: usize,
    ready: bool,
    /// The node may not be uncordoned.
    forbids: bool,
    cordons: usize,
    /// How often its pods were looked at.
    looks: usize,
}

impl Cluster {
    /// The runtime that runs.
    fn runtime(&mut self) -> &'static str {
        let world = self.fake.world();
        let stops = world.calls.iter().filter(|call| call.contains("stop kubelet")).count();
        if stops != self.stops {
            (self.stops, self.away) = (stops, 3);
        }
        if world.units["containerd.service"].0 { "containerd://1.7.0" } else { "cri-o://1.34.0" }
    }

    fn answer(&mut self, request: &ApiRequest) -> ApiReply {
        let runtime = self.runtime();
        if self.away > 0 {
            self.away -= 1;
            return ApiReply::status(503, json!({"kind": "Status", "message": "etcd leader changed"}));
        }
        match (request.method.as_str(), request.path.split('?').next().unwrap_or_default()) {
            ("GET", "/api/v1/nodes/n1") => {}
            ("PATCH", "/api/v1/nodes/n1") => {
                let change: Value = serde_json::from_str(&request.body).unwrap();
                if let Some(cordon) = change["spec"].get("unschedulable") {
                    if self.forbids && cordon.is_null() {
                        return ApiReply::status(403, json!({"kind": "Status", "message": "you may not"}));
                    }
                    self.cordoned = cordon == true;
                    self.cordons += usize::from(self.cordoned);
                }
                for (key, value) in change["metadata"]["annotations"].as_object().into_iter().flatten() {
                    self.annotations[key] = value.clone();
                    if value.is_null() {
                        self.annotations.as_object_mut().unwrap().remove(key);
                    }
                }
            }
            ("GET", "/api/v1/pods") => {
                self.looks += 1;
                return ApiReply::json(json!({"items": [], "metadata": {}}));
            }
            other => panic!("{other:?} was asked"),
        }
        let ready = if self.ready { "True" } else { "False" };
        ApiReply::json(json!({
            "metadata": {"name": "n1", "annotations": self.annotations},
            "spec": if self.cordoned { json!({"unschedulable": true}) } else { json!({}) },
            "status": {"conditions": [{"type": "Ready", "status": ready}],
                       "nodeInfo": {"containerRuntimeVersion": runtime}},
        }))
    }
}

struct Scene {
    bed: Bed,
    cluster: Arc<Mutex<Cluster>>,
    _api: FakeApi,
}

impl Scene {
    fn new() -> Self {
        let bed = Bed::new();
        let cluster = Cluster {
            fake: bed.fake.clone(),
            annotations: json!({ANNOTATION: OLD}),
            cordoned: false,
            stops: 0,
            away: 0,
            ready: true,
            forbids: false,
            cordons: 0,
            looks: 0,
        };
        let cluster = Arc::new(Mutex::new(cluster));
        let served = cluster.clone();
        let api = FakeApi::start(move |request| served.lock().unwrap().answer(request));
        bed.put("/etc/hostname", "n1\n");
        bed.put("/etc/kubernetes/kubelet.conf", &api.kubeconfig());
        Self { bed, cluster, _api: api }
    }

    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap()
    }

    fn says(&self) -> Value {
        self.cluster().annotations.clone()
    }

    fn run(&self) -> (RuntimeChanged, Result<(), Error>) {
        change().run(&self.bed.host, &mut Told::default())
    }

    fn back(&self) -> (RuntimeChanged, Result<(), Error>) {
        change().back(&self.bed.host, &mut Told::default())
    }
}

fn change() -> ChangeRuntime {
    let mut drain = Drain::default();
    (drain.limit, drain.pause) = (Duration::from_secs(20), Duration::from_millis(1));
    ChangeRuntime { drain: Some(drain), pause: Duration::from_millis(1), ..ChangeRuntime::default() }
}

/// Says yes, and stops what is watched after a note that begins so.
#[derive(Default)]
struct Told {
    notes: Vec<String>,
    stop_at: Option<&'static str>,
}

/// Somebody makes a directory of a file that names the runtime, once the plan is made.
struct Meddles<'a> {
    bed: &'a Bed,
    at: &'static str,
}

impl Reporter for Meddles<'_> {
    fn note(&mut self, text: &dyn std::fmt::Display) {
        if text.to_string() == self.at {
            self.bed.make_directory_of("/etc/crictl.yaml");
        }
    }

    fn confirm(&mut self, _: Question) -> Answer {
        Answer::Yes
    }
}

struct Stops(bool);

impl Watch for Stops {
    fn stops(&mut self) -> bool {
        self.0
    }
}

impl Reporter for Told {
    fn note(&mut self, text: &dyn std::fmt::Display) {
        self.notes.push(text.to_string());
    }

    fn warn(&mut self, code: &'static str, text: &dyn std::fmt::Display) {
        self.notes.push(format!("{code}: {text}"));
    }

    fn confirm(&mut self, _: Question) -> Answer {
        Answer::Yes
    }

    fn watch(&mut self) -> std::io::Result<Box<dyn Watch + '_>> {
        let at = |at| self.notes.last().is_some_and(|note| note.starts_with(at));
        Ok(Box::new(Stops(self.stop_at.is_some_and(at))))
    }
}

/// On a single control plane the API server is away while the runtime changes.
#[test]
fn the_node_is_waited_for_on_both_ways() {
    let scene = Scene::new();
    let (done, ended) = scene.run();
    ended.unwrap();
    assert_eq!((done.state, scene.says()), ("changed", json!({ANNOTATION: SOCKET})));
    assert!(!scene.cluster().cordoned && scene.cluster().cordons == 1);
    let (done, ended) = scene.back();
    ended.unwrap();
    assert_eq!((done.state, scene.says()), ("back", json!({ANNOTATION: OLD})));
    assert!(!scene.cluster().cordoned && scene.cluster().cordons == 2);
}

#[test]
fn what_the_node_said_before_is_known_before_it_is_changed() {
    let scene = Scene::new();
    scene.cluster().forbids = true;
    assert_eq!(scene.run().1.unwrap_err().code(), "api-forbidden");
    scene.cluster().forbids = false;
    scene.run().1.unwrap();
    assert_eq!(scene.says(), json!({ANNOTATION: SOCKET}));
    scene.back().1.unwrap();
    assert_eq!(scene.says(), json!({ANNOTATION: OLD}));
}

#[test]
fn a_way_back_that_goes_on_drains_no_pods_of_the_old_runtime() {
    let scene = Scene::new();
    scene.run().1.unwrap();
    scene.cluster().forbids = true;
    let (done, ended) = scene.back();
    assert_eq!((done.state, ended.unwrap_err().code()), ("back", "api-forbidden"));
    scene.cluster().forbids = false;
    let looks = scene.cluster().looks;
    let (done, ended) = scene.back();
    ended.unwrap();
    assert_eq!((done.state, done.transactions.len()), ("back", 0));
    assert!(!scene.cluster().cordoned && scene.cluster().looks == looks);
    assert_eq!(scene.back().1.unwrap_err().code(), "no-runtime-change");
}

/// The end of the first change is not that of the second one.
#[test]
fn a_change_after_a_way_back_is_waited_for_like_the_first() {
    let scene = Scene::new();
    scene.run().1.unwrap();
    scene.cluster().forbids = true;
    scene.back().1.unwrap_err();
    scene.cluster().forbids = false;
    scene.cluster().ready = false;
    let mut told = Told { stop_at: Some("node n1"), ..Told::default() };
    assert_eq!(change().run(&scene.bed.host, &mut told).1.unwrap_err().code(), "stopped");
    scene.cluster().ready = true;
    scene.run().1.unwrap();
    assert!(!scene.cluster().cordoned);
    assert_eq!(scene.says(), json!({ANNOTATION: SOCKET}));
}

#[test]
fn where_a_step_fails_the_node_takes_pods_again_or_it_is_told() {
    let scene = Scene::new();
    // After the kubelet and the old runtime were stopped.
    scene.bed.fake.world().fails = Some("iptables -P FORWARD ACCEPT");
    scene.bed.fake.world().forward = "DROP";
    let mut told = Told::default();
    let (done, ended) = change().run(&scene.bed.host, &mut told);
    ended.unwrap_err();
    assert_eq!((done.state, done.from.as_str()), ("old", "containerd"));
    assert!(!scene.cluster().cordoned && scene.cluster().cordons == 1, "{:?}", told.notes);
    scene.cluster().forbids = true;
    let mut told = Told::default();
    change().run(&scene.bed.host, &mut told).1.unwrap_err();
    let warning = told.notes.iter().find(|note| note.starts_with("api-forbidden: n1 stays cordoned"));
    assert!(warning.is_some_and(|text| text.contains("`kubectl uncordon n1`")), "{:?}", told.notes);
}

#[test]
fn a_place_that_cannot_be_read_leaves_no_node_cordoned() {
    for (at, cordons) in [("CRI-O beside the old runtime", 0), ("CRI-O in the place of the old runtime", 1)] {
        let scene = Scene::new();
        let mut meddles = Meddles { bed: &scene.bed, at };
        let (done, ended) = change().run(&scene.bed.host, &mut meddles);
        ended.unwrap_err();
        assert_eq!((done.state, scene.cluster().cordons), ("old", cordons), "{at}");
        assert!(!scene.cluster().cordoned, "{at}");
    }
}

#[test]
fn stopped_while_the_node_is_waited_for_nothing_is_said_to_have_failed() {
    let scene = Scene::new();
    scene.cluster().ready = false;
    let mut told = Told { stop_at: Some("node n1"), ..Told::default() };
    let (done, ended) = change().run(&scene.bed.host, &mut told);
    let error = ended.unwrap_err();
    assert_eq!((done.state, error.code()), ("changed", "stopped"));
    assert!(error.to_string().contains("the Node was not waited for"), "{error}");
    scene.cluster().ready = true;
    scene.run().1.unwrap();
    assert!(!scene.cluster().cordoned);
}
