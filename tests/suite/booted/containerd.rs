//! containerd as a service of a host, asked by the program.

use k8sprep_tests::booted::{Bed, Kind};

use super::{bed, done};

const SOCKET: &str = "/run/containerd/containerd.sock";

fn probe(bed: &Bed, words: &[&str]) -> k8sprep_tests::booted::Said {
    bed.k8sprep(&[&["probe-crio", "--socket", SOCKET], words].concat())
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_service_is_waited_for_and_told_with_every_option() {
    let Some(mut bed) = bed(Kind::Extra, "v1.37") else { return };
    bed.host.boot().unwrap();
    let report = probe(&bed, &["--wait", "60s"]);
    done(&report, "probe-crio");
    for line in [
        "runtime           containerd  (Version)",
        "cri-api           v1  (Version)",
        "network-ready     false  (Status): NetworkPluginNotReady: ",
        "cgroup-driver     cgroupfs  (Status)",
        "unanswered        /info: /run/containerd/containerd.sock speaks HTTP/2 only",
    ] {
        assert!(report.out.contains(line), "{line}: {}", report.out);
    }
    assert_eq!(
        probe(&bed, &["--fields", "runtime,cgroup-driver,runtime-ready"]).out,
        "containerd\ncgroupfs\ntrue\n"
    );
    let json: serde_json::Value = serde_json::from_str(&probe(&bed, &["--output", "json"]).out).unwrap();
    assert_eq!(json["facts"]["default-handler"]["value"], "runc");

    done(&probe(&bed, &["--require", "runtime=containerd,runtime-ready,agreement"]), "what holds");
    let unmet = probe(&bed, &["--require", "cgroup-driver=systemd,network-ready"]);
    assert_eq!(unmet.status, Some(3), "{}", unmet.err);
    for words in ["cgroup-driver is cgroupfs", "network-ready is false (NetworkPluginNotReady"] {
        assert!(unmet.err.contains(words), "{words}: {}", unmet.err);
    }
    let http = probe(&bed, &["--http-only"]);
    assert_eq!(http.status, Some(14), "{}", http.err);
    let all = bed.k8sprep(&["probe-crio", "--all"]);
    done(&all, "--all");
    assert!(all.out.contains("containerd.sock       containerd "), "{}", all.out);
    let crio = bed.k8sprep(&["probe-crio"]);
    assert_eq!(crio.status, Some(10), "{}", crio.err);
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_service_that_is_stopped_or_set_otherwise_is_told() {
    let Some(mut bed) = bed(Kind::Extra, "v1.37") else { return };
    bed.host.put(
        "etc/containerd/config.toml",
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n\
         [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSystemdCgroup = true\n",
    );
    bed.host.boot().unwrap();
    done(&probe(&bed, &["--wait", "60s", "--require", "cgroup-driver=systemd"]), "the other driver");
    // A daemon that is killed leaves its socket behind.
    bed.host.ask(&["systemctl", "kill", "--kill-whom=main", "--signal=KILL", "containerd"]);
    bed.host.ask(&["systemctl", "stop", "containerd"]);
    let stopped = probe(&bed, &[]);
    assert_eq!(stopped.status, Some(12), "{}{}", stopped.out, stopped.err);
    assert!(stopped.err.contains("nobody listens on /run/containerd/containerd.sock"), "{}", stopped.err);
    let waited = probe(&bed, &["--wait", "1s"]);
    assert_eq!(waited.status, Some(12), "{}", waited.err);
    bed.host.ask(&["systemctl", "start", "--no-block", "containerd"]);
    done(&probe(&bed, &["--wait", "60s"]), "it comes back");
}
