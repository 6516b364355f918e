//! Whole probes: recorded CRI-O, shapes of its older releases, real containerd.

use std::path::Path;

use cri_probe::test_util::{Calls, FakeCri, Recording, Reply};
use cri_probe::{
    Client, CriApi, Disagreement, Error, Fact, Probe, Runtime, RuntimeCgroupDriver, Socket, Source, blocking,
};

use super::{client, recorded_http};

const V1: &str = "v1";
const V1ALPHA2: &str = "v1alpha2";

fn crio(http: &str, grpc: &str) -> Option<FakeCri> {
    Some(FakeCri::replaying(recorded_http(http)?, recorded_calls(grpc)?))
}

fn recorded_calls(folder: &str) -> Option<Calls> {
    let folder = test_kit::recorded(&format!("conformance/crio/http/{folder}"))?;
    Some(Calls::read(&folder).unwrap())
}

fn probe(socket: &Path, sources: &[Source]) -> Result<Probe, Error> {
    blocking::probe(&client(socket), sources)
}

fn value(probe: &Probe, fact: Fact) -> Option<String> {
    probe.claims().into_iter().find(|claim| claim.fact == fact).map(|claim| claim.value)
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_recorded_daemon_agrees_with_itself() {
    let drivers = [
        ("systemd", "grpc-systemd", RuntimeCgroupDriver::Systemd),
        ("cgroupfs", "grpc-cgroupfs-cni-not-ready", RuntimeCgroupDriver::Cgroupfs),
    ];
    for (http, grpc, driver) in drivers {
        let Some(crio) = crio(http, grpc) else { return };
        let probe = probe(crio.socket(), Source::ALL).unwrap();
        assert!(probe.unanswered.is_empty(), "{:?}", probe.unanswered);
        assert_eq!(probe.runtime(), Runtime::CriO);
        assert_eq!(value(&probe, Fact::RuntimeVersion).unwrap(), "1.37.0");
        assert_eq!(probe.version.as_ref().unwrap().api, CriApi::V1);
        assert_eq!(probe.cgroup_driver, Some(driver.clone()));
        let status = probe.status.as_ref().unwrap();
        assert_eq!(status.settings().cgroup_driver, Some(driver));
        assert_eq!(status.settings().default_handler.as_deref(), Some("crun"));
        assert_eq!(value(&probe, Fact::SandboxImage).unwrap(), "registry.k8s.io/pause:3.10.1");
        let network = status.condition("NetworkReady").unwrap();
        assert!(!network.status);
        assert_eq!(network.reason, "NetworkPluginNotReady");
        assert!(
            network.message.contains("no CNI configuration file in /etc/cni/net.d/"),
            "{}",
            network.message
        );
        let handlers: Vec<_> = status.handlers.iter().map(|handler| handler.name.as_str()).collect();
        assert_eq!(handlers[0], "crun");
        let images = &probe.image_filesystems.as_ref().unwrap().images[0];
        assert_eq!(images.mountpoint, "/var/lib/containers/storage/vfs-images");
        assert!(images.used_bytes.is_some());
        assert_eq!(value(&probe, Fact::PodSandboxes).unwrap(), "0");
        assert_eq!(Disagreement::among(&probe.claims()), []);
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn a_network_that_is_ready_is_seen() {
    let Some(crio) = crio("cgroupfs", "grpc-cgroupfs-cni-ready") else { return };
    let probe = probe(crio.socket(), Source::USUAL).unwrap();
    assert_eq!(value(&probe, Fact::NetworkReady).unwrap(), "true");
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn interfaces_of_different_opinion_are_a_disagreement() {
    let Some(crio) = crio("systemd", "grpc-cgroupfs-cni-ready") else { return };
    let disputed = Disagreement::among(&probe(crio.socket(), Source::USUAL).unwrap().claims());
    let [disputed] = &disputed[..] else { panic!("{disputed:?}") };
    assert_eq!(
        disputed.to_string(),
        r#"cgroup-driver is "cgroupfs" by RuntimeConfig, "cgroupfs" by Status, "systemd" by /info"#
    );
}

/// `version` field 1, `runtime_name` 2, `runtime_version` 3, `runtime_api_version` 4.
fn version(name: &str, release: &str, api: &str) -> Reply {
    let mut message = Vec::new();
    for (tag, text) in [(0x0a, "0.1.0"), (0x12, name), (0x1a, release), (0x22, api)] {
        message.extend([tag, u8::try_from(text.len()).unwrap()]);
        message.extend(text.as_bytes());
    }
    Reply::of(message)
}

fn old_info() -> Recording {
    Recording::default().with(
        "/info",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\
         {\"storage_driver\":\"overlay\",\"storage_root\":\"/s\",\"cgroup_driver\":\"cgroupfs\"}",
    )
}

/// A status without a verbose part or handlers: both conditions true.
fn plain_status() -> Reply {
    let condition = |name: &str| {
        let mut message = vec![0x0a, u8::try_from(name.len()).unwrap()];
        message.extend(name.as_bytes());
        message.extend([0x10, 1]);
        message
    };
    let mut inner = Vec::new();
    for name in ["RuntimeReady", "NetworkReady"] {
        let condition = condition(name);
        inner.extend([0x0a, u8::try_from(condition.len()).unwrap()]);
        inner.extend(condition);
    }
    let mut message = vec![0x0a, u8::try_from(inner.len()).unwrap()];
    message.extend(inner);
    Reply::of(message)
}

#[test]
fn releases_before_v1_answer_over_v1alpha2() {
    let calls = Calls::default()
        .with(V1ALPHA2, "RuntimeService/Version", version("cri-o", "1.20.9", "v1alpha1"))
        .with(V1ALPHA2, "RuntimeService/Status", plain_status());
    let crio = FakeCri::replaying(old_info(), calls);
    let probe = probe(crio.socket(), &[Source::Status, Source::RuntimeConfig, Source::Info]).unwrap();
    let version = probe.version.as_ref().unwrap();
    assert_eq!((version.api, version.runtime_api_version.as_str()), (CriApi::V1Alpha2, "v1alpha1"));
    assert_eq!(value(&probe, Fact::NetworkReady).unwrap(), "true");
    assert_eq!(value(&probe, Fact::CgroupDriver).unwrap(), "cgroupfs");
    assert_eq!(probe.unanswered.len(), 1);
    assert_eq!(probe.unanswered[0].source, Source::RuntimeConfig);
}

#[test]
fn v1alpha1_and_a_disabled_plugin_are_no_cri_but_http_still_counts() {
    let crio = FakeCri::replaying(old_info(), Calls::default());
    let error = probe(crio.socket(), &[Source::Status]).unwrap_err();
    assert!(
        matches!(&error, Error::NoCri { message, .. } if message.contains("unknown service")),
        "{error:?}"
    );
    let probe = probe(crio.socket(), Source::USUAL).unwrap();
    assert_eq!(probe.runtime(), Runtime::CriO);
    assert_eq!(value(&probe, Fact::CgroupDriver).unwrap(), "cgroupfs");
}

/// Zero on the wire is systemd, and nothing on the wire is not.
#[test]
fn a_missing_linux_part_is_not_systemd() {
    for (message, expected) in [
        (&b""[..], None),
        (&b"\x0a\x00"[..], Some(RuntimeCgroupDriver::Systemd)),
        (&b"\x0a\x02\x08\x01"[..], Some(RuntimeCgroupDriver::Cgroupfs)),
        (&b"\x0a\x02\x08\x07"[..], Some(RuntimeCgroupDriver::Other("7".into()))),
    ] {
        let calls = Calls::default()
            .with(V1, "RuntimeService/Version", version("cri-o", "1.31.13", "v1"))
            .with(V1, "RuntimeService/RuntimeConfig", Reply::of(message));
        let crio = FakeCri::replaying(Recording::default(), calls);
        let probe = probe(crio.socket(), &[Source::RuntimeConfig]).unwrap();
        assert_eq!(probe.cgroup_driver, expected);
    }
}

#[test]
fn a_call_that_fails_leaves_the_others() {
    let calls = Calls::default()
        .with(V1, "RuntimeService/Version", version("containerd", "2.1.4", "v1"))
        .with(V1, "RuntimeService/Status", Reply::failure(13, "tea\npot ü"));
    let containerd = FakeCri::replaying(Recording::default(), calls);
    let probe = probe(containerd.socket(), Source::USUAL).unwrap();
    assert_eq!(probe.runtime(), Runtime::Containerd);
    let failed = probe.unanswered.iter().find(|one| one.source == Source::Status).unwrap();
    let Error::Call { code, message, .. } = &failed.error else { panic!("{failed:?}") };
    assert_eq!((format!("{code:?}").as_str(), message.as_str()), ("Internal", "tea pot ü"));
}

#[test]
fn another_daemon_at_a_known_path_is_named() {
    let calls = Calls::default().with(V1, "RuntimeService/Version", version("docker", "27.0", "v1"));
    let docker = FakeCri::replaying(Recording::default(), calls);
    let probe = probe(docker.socket(), &[Source::Version]).unwrap();
    assert_eq!(probe.runtime(), Runtime::CriDockerd);
    assert_eq!(probe.expected_runtime(), None, "nobody is at home in a temporary directory");
}

#[tokio::test]
#[ignore = "run it with `tests/layer recorded`"]
async fn nothing_is_left_behind_by_calls() {
    let Some(crio) = crio("systemd", "grpc-systemd") else { return };
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let client = Client::new(Socket::new(crio.socket()).unwrap());
    client.probe(Source::ALL).await.unwrap();
    let silent = FakeCri::start(|peer| {
        peer.wait_for_hang_up(std::time::Duration::from_secs(5));
        Ok(())
    });
    let dropped = Client::new(Socket::new(silent.socket()).unwrap());
    let limit = std::time::Duration::from_millis(50);
    let _ = tokio::time::timeout(limit, dropped.probe(Source::ALL)).await.unwrap_err();
    for _ in 0..3 {
        // Aborted tasks go at their next turn.
        tokio::task::yield_now().await;
    }
    assert_eq!(tasks(), 0);
}
