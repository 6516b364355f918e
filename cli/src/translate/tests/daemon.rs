//! `daemon.json`.

use super::{Case, run, text, told};
use crate::translate::Input;
use crate::translate::docker;

const CASES: &[Case] = &[
    ("{}", &[]),
    ("{\n}\n", &[]),
    (r#"{"exec-opts": ["native.cgroupdriver=systemd"]}"#, &[("exec-opts[0]", "translated", "cgroupDriver")]),
    (
        r#"{"exec-opts": ["native.cgroupdriver=cgroupfs"]}"#,
        &[("exec-opts[0]", "translated", "cgroup_manager")],
    ),
    (
        r#"{"exec-opts": ["isolation=hyperv", "x"]}"#,
        &[("exec-opts[0]", "unknown", ""), ("exec-opts[1]", "unknown", "")],
    ),
    (r#"{"exec-opts": [1]}"#, &[("exec-opts", "invalid", "list of texts")]),
    (
        r#"{"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}"#,
        &[
            ("log-driver", "notNeeded", "rotates"),
            ("log-opts.max-size", "translated", "containerLogMaxSize"),
            ("log-opts.max-file", "translated", "containerLogMaxFiles"),
        ],
    ),
    (
        r#"{"log-opts": {"max-size": "1g", "max-file": "1"}}"#,
        &[("log-opts.max-file", "translated", "two at least")],
    ),
    (r#"{"log-opts": {"max-size": "-1"}}"#, &[("log-opts.max-size", "byHand", "without a limit")]),
    (
        r#"{"log-opts": {"max-size": "ten", "labels": "a,b"}}"#,
        &[("log-opts.max-size", "invalid", ""), ("log-opts.labels", "byHand", "agent")],
    ),
    (
        r#"{"log-driver": "journald", "log-opts": {"tag": "x"}}"#,
        &[("log-driver", "byHand", "no journald driver"), ("log-opts.tag", "byHand", "log driver")],
    ),
    (
        r#"{"log-opts": {"splunk-token": "s3cret"}, "log-driver": "splunk"}"#,
        &[("log-opts.splunk-token", "byHand", "log driver")],
    ),
    (
        r#"{"registry-mirrors": ["https://m.example.com", "http://n:5000/", "https://h/p", "bad"]}"#,
        &[
            ("registry-mirrors[0]", "translated", "docker.io"),
            ("registry-mirrors[1]", "translated", "docker.io"),
            ("registry-mirrors[2]", "byHand", "/p"),
            ("registry-mirrors[3]", "invalid", "http"),
        ],
    ),
    (r#"{"registry-mirrors": ["https://u:s3cret@m"]}"#, &[("registry-mirrors[0]", "byHand", "user")]),
    (
        r#"{"insecure-registries": ["r:5000", "10.0.0.0/8", "http://q:80", "::1/128"]}"#,
        &[
            ("insecure-registries[0]", "translated", "r:5000"),
            ("insecure-registries[1]", "byHand", "no networks"),
            ("insecure-registries[2]", "translated", "q:80"),
            ("insecure-registries[3]", "byHand", "no networks"),
        ],
    ),
    (r#"{"insecure-registries": []}"#, &[("insecure-registries", "notNeeded", "empty")]),
    (r#"{"data-root": "/data/docker"}"#, &[("data-root", "translated", "/data/containers/storage")]),
    (r#"{"data-root": "/var/lib/docker"}"#, &[("data-root", "notNeeded", "usual")]),
    (r#"{"graph": "/docker"}"#, &[("graph", "byHand", "another disk")]),
    (r#"{"data-root": "docker"}"#, &[("data-root", "invalid", "/")]),
    (
        r#"{"storage-driver": "overlay2", "storage-opts": ["overlay2.override_kernel_check=true", "overlay2.size=20G"]}"#,
        &[
            ("storage-driver", "translated", "overlay"),
            ("storage-opts[0]", "notNeeded", "kernel"),
            ("storage-opts[1]", "translated", "size"),
        ],
    ),
    (
        r#"{"storage-driver": "devicemapper", "storage-opts": ["dm.thinpooldev=/dev/x", "odd"]}"#,
        &[
            ("storage-driver", "byHand", "devicemapper"),
            ("storage-opts[0]", "byHand", "dm.thinpooldev"),
            ("storage-opts[1]", "invalid", "NAME=VALUE"),
        ],
    ),
    (
        r#"{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 65536, "Soft": 1024}, "memlock": {"Soft": -1, "Hard": -1}}}"#,
        &[
            ("default-ulimits.nofile.Name", "translated", "default_ulimits"),
            ("default-ulimits.nofile.Hard", "translated", "default_ulimits"),
            ("default-ulimits.memlock.Soft", "translated", "default_ulimits"),
        ],
    ),
    (
        r#"{"default-ulimits": {"nofile": {"Hrad": 1, "Soft": "x"}}}"#,
        &[("default-ulimits.nofile.Hrad", "unknown", ""), ("default-ulimits.nofile.Soft", "invalid", "")],
    ),
    (
        r#"{"default-runtime": "nvidia", "runtimes": {"nvidia": {"path": "nvidia-container-runtime", "runtimeArgs": []}}}"#,
        &[
            ("default-runtime", "translated", "default_runtime"),
            ("runtimes.nvidia.path", "translated", "PATH"),
            ("runtimes.nvidia.runtimeArgs", "notNeeded", "empty"),
        ],
    ),
    (
        r#"{"runtimes": {"a": {"path": "/opt/a", "runtimeArgs": ["--x"]}, "b": {"runtimeType": "io.containerd.runsc.v1", "options": {"TypeUrl": "t"}}}}"#,
        &[
            ("runtimes.a.path", "translated", "runtime_path"),
            ("runtimes.a.runtimeArgs", "byHand", "script"),
            ("runtimes.b.runtimeType", "byHand", "shim"),
            ("runtimes.b.options.TypeUrl", "byHand", "shim"),
        ],
    ),
    (
        r#"{"default-runtime": "io.containerd.runc.v2"}"#,
        &[("default-runtime", "translated", "default_runtime")],
    ),
    (
        r#"{"live-restore": true, "icc": false, "userland-proxy": false}"#,
        &[("live-restore", "notNeeded", "always"), ("icc", "notNeeded", "NetworkPolicy")],
    ),
    (
        r#"{"bip": "172.17.0.1/16", "fixed-cidr": "172.17.1.0/24", "default-gateway": "172.17.0.9", "mtu": 1450, "iptables": false, "ip-masq": true, "bridge": "none"}"#,
        &[("bip", "notNeeded", "bridge"), ("iptables", "notNeeded", "FORWARD")],
    ),
    (
        r#"{"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}], "dns": ["10.0.0.2"], "dns-search": ["a"], "dns-opts": []}"#,
        &[("default-address-pools", "notNeeded", "bridge"), ("dns", "notNeeded", "clusterDNS")],
    ),
    (
        r#"{"hosts": ["fd://", "tcp://0.0.0.0:2376"], "tls": true, "tlsverify": true, "tlscacert": "/a", "tlscert": "/b", "tlskey": "/c"}"#,
        &[("hosts[0]", "notNeeded", "socket"), ("hosts[1]", "byHand", "API"), ("tlskey", "notNeeded", "API")],
    ),
    (
        r#"{"userns-remap": "default", "no-new-privileges": true, "init": true, "default-shm-size": "64M"}"#,
        &[
            ("userns-remap", "byHand", "hostUsers"),
            ("no-new-privileges", "byHand", "allowPrivilege"),
            ("init", "byHand", "init"),
        ],
    ),
    (
        r#"{"userns-remap": "", "no-new-privileges": false, "init": false}"#,
        &[("init", "notNeeded", "off"), ("userns-remap", "notNeeded", "empty")],
    ),
    (
        r#"{"selinux-enabled": true, "seccomp-profile": "/etc/docker/seccomp.json", "cgroup-parent": "/x"}"#,
        &[("selinux-enabled", "translated", "selinux"), ("seccomp-profile", "translated", "seccomp_profile")],
    ),
    (
        r#"{"debug": true, "log-level": "warn"}"#,
        &[("debug", "translated", "log_level"), ("log-level", "notNeeded", "debug")],
    ),
    (
        r#"{"log-level": "fatal", "debug": false}"#,
        &[("log-level", "translated", "log_level"), ("debug", "notNeeded", "off")],
    ),
    (r#"{"log-level": "loud"}"#, &[("log-level", "invalid", "warn")]),
    (
        r#"{"proxies": {"http-proxy": "http://p:3128", "https-proxy": "http://p:3128", "no-proxy": "10.0.0.0/8", "ftp-proxy": "x"}}"#,
        &[
            ("proxies.http-proxy", "translated", "HTTP_PROXY"),
            ("proxies.no-proxy", "translated", "subnets"),
            ("proxies.ftp-proxy", "unknown", ""),
        ],
    ),
    (
        r#"{"registry-miror": ["https://m"], "insecure-registry": ["a"]}"#,
        &[
            ("registry-miror", "unknown", "registry-mirrors"),
            ("insecure-registry", "unknown", "insecure-registries"),
        ],
    ),
    (
        r#"{"max-concurrent-downloads": 10, "max-concurrent-uploads": 2, "max-download-attempts": 5, "shutdown-timeout": 15}"#,
        &[("max-concurrent-downloads", "notNeeded", "maxParallelImagePulls")],
    ),
    (
        r#"{"cluster-store": "etcd://a", "cluster-advertise": "eth0", "cluster-store-opts": {"a": "b"}, "swarm-default-advertise-addr": "x", "labels": ["a=b"], "node-generic-resources": ["g=1"]}"#,
        &[("cluster-store-opts.a", "notNeeded", "Swarm"), ("labels", "notNeeded", "Kubernetes")],
    ),
    (
        r#"{"features": {"buildkit": true, "containerd-snapshotter": true}, "builder": {"gc": {"enabled": true, "policy": [{"all": true}]}}, "experimental": true}"#,
        &[("features.buildkit", "notNeeded", "docker"), ("builder.gc.enabled", "notNeeded", "builds")],
    ),
    (
        r#"{"authorization-plugins": ["opa"], "content-trust": {"mode": "enforced"}, "cpu-rt-runtime": 95000, "cpu-rt-period": 0}"#,
        &[
            ("authorization-plugins", "byHand", "admission"),
            ("content-trust.mode", "byHand", "policy.json"),
            ("cpu-rt-period", "notNeeded", "off"),
        ],
    ),
    (
        r#"{"cdi-spec-dirs": ["/etc/cdi"], "nri-opts": {"enable": true, "plugin-path": "/p", "socket-path": "/s", "odd": 1}, "oom-score-adjust": -500}"#,
        &[
            ("cdi-spec-dirs", "translated", "cdi_spec_dirs"),
            ("nri-opts.enable", "translated", "enable_nri"),
            ("nri-opts.odd", "unknown", ""),
            ("oom-score-adjust", "translated", "OOMScoreAdjust"),
        ],
    ),
    (r#"{"debug": true, "debug": false}"#, &[("debug", "notNeeded", "said again")]),
    (
        "{\"bip\": null, \"log-opts\": {}, \"log-driver\": \"\"}",
        &[("bip", "notNeeded", "empty"), ("log-opts", "notNeeded", "empty")],
    ),
    ("", &[]),
    ("{\"log-level\": \"WARNING\"}", &[("log-level", "translated", "log_level")]),
    ("{\"log-level\": \"trace\"}", &[("log-level", "translated", "log_level")]),
    (
        "{\"proxies\": \"http://p\", \"default-ulimits\": 5, \"runtimes\": true}",
        &[
            ("proxies", "invalid", "http-proxy"),
            ("default-ulimits", "invalid", "an object"),
            ("runtimes", "invalid", "an object"),
        ],
    ),
];

#[test]
fn every_key_of_many_files_is_told() {
    assert!(CASES.len() >= 40);
    for release in ["1.37", "1.31", "1.24", "1.20"] {
        if release == "1.37" {
            run("/etc/docker/daemon.json", CASES, release);
        } else {
            // An older CRI-O lacks options: what it does not take is said, and what is written is read.
            CASES.iter().for_each(|(text, _)| drop(told(&[Input::new("daemon.json", *text)], release)));
        }
    }
}

/// With a value of each kind no key of the table is dropped, and none that is asked for is unknown.
#[test]
fn every_key_of_docker_is_known() {
    for name in docker::names() {
        for value in ["true", "\"x\"", "7", "[\"x\"]", "{\"x\": \"y\"}", "null", "[]"] {
            let json = format!("{{\"{name}\": {value}}}");
            let told = told(&[Input::new("daemon.json", json.as_str())], "1.34");
            assert!(!told.fates.is_empty(), "{json}");
        }
    }
}

#[test]
fn the_files_are_those_of_cri_o() {
    let json = r#"{
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "registry-mirrors": ["https://m.example.com"],
        "insecure-registries": ["m.example.com"],
        "default-ulimits": {"nofile": {"Hard": 65536, "Soft": 1024}},
        "data-root": "/data/docker", "storage-driver": "overlay2",
        "log-opts": {"max-size": "10m", "max-file": "3"},
        "proxies": {"http-proxy": "http://a:50%@p"}
    }"#;
    let told = told(&[Input::new("/etc/docker/daemon.json", json)], "1.31");
    let crio = text(&told, "crio.conf.d");
    let from = "# Translated by k8sprep from \"/etc/docker/daemon.json\".\n";
    assert_eq!(
        crio,
        format!(
            "{from}\n[crio.runtime]\ncgroup_manager = \"cgroupfs\"\nconmon_cgroup = \"pod\"\n\
             default_ulimits = [\"nofile=1024:65536\"]\n"
        )
    );
    assert!(text(&told, "registries").contains("location = \"m.example.com\"\ninsecure = true\n"));
    assert!(text(&told, "storage.conf").contains("graphroot = \"/data/containers/storage\"\n"));
    let kubelet = text(&told, "kubeletconfiguration");
    assert!(
        kubelet
            .ends_with("cgroupDriver: \"cgroupfs\"\ncontainerLogMaxFiles: 3\ncontainerLogMaxSize: \"10M\"\n"),
        "{kubelet}"
    );
    let service = told.files.iter().find(|file| file.path.contains("crio.service.d")).unwrap();
    assert!(service.secret, "a proxy with a password");
    assert!(String::from_utf8_lossy(&service.bytes).contains("Environment=\"HTTP_PROXY=http://a:50%%@p\"\n"));
}

/// As `units.FromHumanSize` of docker's own reads it.
#[test]
fn a_size_of_a_log_is_dockers() {
    let size = |said: &str| {
        let file = format!(r#"{{"log-opts": {{"max-size": "{said}"}}}}"#);
        let told = told(&[Input::new("daemon.json", file)], "1.34");
        let yaml = text(&told, "kubeletconfiguration");
        yaml.lines().find_map(|line| line.strip_prefix("containerLogMaxSize: ")).map(str::to_owned)
    };
    for (said, wanted) in [
        ("10m", "\"10M\""),
        ("10 MB", "\"10M\""),
        ("10MiB", "\"10M\""),
        ("1.5g", "\"1500000000\""),
        ("2t", "\"2T\""),
        ("4096", "\"4096\""),
        ("4096b", "\"4096\""),
    ] {
        assert_eq!(size(said).as_deref(), Some(wanted), "{said}");
    }
    for said in ["ten", "10x", "10mm", "10ib", "m", "1.2.3m", "", "nan", "inf"] {
        assert_eq!(size(said), None, "{said}");
    }
}

/// What CRI-O, or the libraries that read its files, would not start with is told, and not written.
#[test]
fn what_the_new_runtime_would_refuse_is_not_written() {
    const CASES: &[Case] = &[
        (
            r#"{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 100, "Soft": 200}, "core": {"Name": "core", "Soft": -1, "Hard": -1}}}"#,
            &[
                (
                    "default-ulimits.nofile.Hard",
                    "invalid",
                    "soft limit must be less than or equal to hard limit",
                ),
                ("default-ulimits.nofile.Soft", "invalid", "soft limit"),
                ("default-ulimits.core.Hard", "translated", "default_ulimits"),
            ],
        ),
        (
            r#"{"default-ulimits": {"x": {"Name": "nproc", "Hard": 9, "Soft": 5}, "foo": {"Hard": 1, "Soft": 1}, "a": 5, "b": {}}}"#,
            &[
                ("default-ulimits.x.Hard", "translated", "default_ulimits"),
                ("default-ulimits.foo.Hard", "invalid", "invalid ulimit type"),
                ("default-ulimits.a", "invalid", "an object"),
                ("default-ulimits.b", "invalid", "an object"),
            ],
        ),
        (
            r#"{"storage-opts": ["overlay2.size=huge", "overlay2.size=20GB", "overlay2.size=30G"]}"#,
            &[
                ("storage-opts[0]", "invalid", "a size such as 20G"),
                ("storage-opts[1]", "translated", "overlay.size"),
                ("storage-opts[2]", "byHand", "twice"),
            ],
        ),
        (
            r#"{"insecure-registries": ["*.example.com", "10.0.0.0/8", "r:5000"], "registry-mirrors": ["https://*.m"]}"#,
            &[
                ("insecure-registries[0]", "invalid", "no wildcard"),
                ("insecure-registries[1]", "byHand", "no networks"),
                ("insecure-registries[2]", "translated", "r:5000 is insecure"),
                ("registry-mirrors[0]", "byHand", "no wildcard"),
            ],
        ),
        (
            r#"{"runtimes": {"a": 5, "b": "x", "c": {}, "d": [], "e": {"pat": "/x"}}}"#,
            &[
                ("runtimes.a", "invalid", "an object"),
                ("runtimes.b", "invalid", "an object"),
                ("runtimes.c", "invalid", "an object"),
                ("runtimes.d", "invalid", "an object"),
                ("runtimes.e.pat", "unknown", "did you mean path?"),
            ],
        ),
        (
            r#"{"seccomp-profile": "profile.json", "cdi-spec-dirs": ["etc/cdi"], "ports": [], "host": 1, "exec-opts": ["isolation=hyperv"]}"#,
            &[
                ("ports", "unknown", "no release has such a key"),
                ("host", "unknown", "did you mean hosts?"),
                ("exec-opts[0]", "unknown", "no release has such a key"),
            ],
        ),
    ];
    run("daemon.json", CASES, "1.34");
    let told = told(
        &[Input::new("daemon.json", r#"{"ports": 1, "tests": 2, "exec-opts": ["isolation=x"]}"#)],
        "1.34",
    );
    assert!(told.fates.iter().all(|fate| !fate.outcome.text().contains("did you mean")), "{:?}", told.fates);
}
