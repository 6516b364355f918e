//! Units, logins, certificates, trees of hosts.toml, and what cannot be read.

use super::{options, text, told};
use crate::translate::{Error, Fate, Input, OldRuntime, Translation, translate};

fn fate<'t>(told: &'t Translation, key: &str) -> &'t Fate {
    told.fates.iter().find(|fate| fate.key == key).unwrap_or_else(|| panic!("{key}: {:#?}", told.fates))
}

fn outcome(told: &Translation, key: &str) -> (&'static str, String) {
    let fate = fate(told, key);
    (fate.outcome.as_str(), fate.outcome.text())
}

#[test]
fn a_unit_says_flags_and_proxies() {
    let drop_in = "[Unit]\nRequiresMountsFor=/data\n\n[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// \\\n  \
                   --exec-opt native.cgroupdriver=systemd --log-opt max-size=5m --data-root=/data/docker $OTHER\n\
                   Environment=\"HTTPS_PROXY=http://p:3128\" NO_PROXY=10.0.0.0/8 DOCKER_RAMDISK=yes TZ=UTC\n\
                   LimitNOFILE=65536\nExecStartPost=/sbin/iptables -P FORWARD ACCEPT\nRestart=always\n\
                   EnvironmentFile=-/etc/default/docker\n";
    let name = "/etc/systemd/system/docker.service.d/10.conf";
    let environment = Input::new("/etc/default/docker", "DOCKER_OPTS=\"--debug -s overlay2\"\n");
    let told = told(&[Input::new(name, drop_in), environment], "1.34");
    assert_eq!(outcome(&told, "exec-opts[0]").0, "translated");
    assert_eq!(outcome(&told, "log-opts.max-size").0, "translated");
    assert_eq!(outcome(&told, "debug").0, "translated");
    assert_eq!(outcome(&told, "storage-driver").0, "translated");
    assert_eq!(
        outcome(&told, "Service.Environment[1]"),
        (
            "translated",
            "crio.service: Environment=NO_PROXY (it must hold the Service and Pod subnets)".into()
        )
    );
    assert_eq!(outcome(&told, "Service.Environment[2]").0, "notNeeded");
    assert_eq!(outcome(&told, "Service.Environment[3]").0, "byHand");
    assert_eq!(outcome(&told, "Service.ExecStartPost").0, "byHand");
    assert_eq!(outcome(&told, "Service.Restart").0, "notNeeded");
    assert_eq!(outcome(&told, "Unit.RequiresMountsFor").0, "byHand");
    let service = text(&told, "crio.service.d");
    assert!(
        service.contains("Environment=\"HTTPS_PROXY=http://p:3128\"\n")
            && service.ends_with("LimitNOFILE=65536\n"),
        "{service}"
    );
    assert!(text(&told, "storage.conf").contains("/data/containers/storage"));
}

#[test]
fn cri_dockerd_and_containerd_have_units_too() {
    let unit = "[Service]\nExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// \
                --pod-infra-container-image=registry.k8s.io/pause:3.9 --network-plugin=kubenet --cni-bin-dir /opt/cni/bin\n";
    let docker = told(&[Input::new("/etc/systemd/system/cri-docker.service", unit)], "1.34");
    assert_eq!(outcome(&docker, "Service.ExecStart[1]").0, "translated");
    assert_eq!(outcome(&docker, "Service.ExecStart[2]").0, "byHand");
    let unit = "[Service]\nExecStart=/usr/bin/containerd --root=/data/c --log-level debug\n";
    let containerd = told(&[Input::new("/etc/systemd/system/containerd.service.d/a.conf", unit)], "1.34");
    assert_eq!(containerd.from, OldRuntime::Containerd);
    assert_eq!(outcome(&containerd, "Service.ExecStart[0]").0, "translated");
}

#[test]
fn logins_go_to_auth_json_and_nowhere_else() {
    let json = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "Ym9iOnMzY3JldA=="},
        "r:5000": {"username": "al", "password": "s3cret", "email": "a@b"}, "gone": {}},
        "credHelpers": {"e.example.com": "ecr-login"}, "credsStore": "desktop", "psFormat": "x", "credStore": "y"}"#;
    let told = told(&[Input::new("/root/.docker/config.json", json)], "1.34");
    let auth: serde_json::Value = serde_json::from_str(&text(&told, "auth.json")).unwrap();
    assert_eq!(auth["auths"]["docker.io"]["auth"], "Ym9iOnMzY3JldA==");
    assert_eq!(auth["auths"]["r:5000"]["auth"], "YWw6czNjcmV0");
    assert_eq!(auth["credHelpers"]["e.example.com"], "ecr-login");
    assert!(text(&told, "crio.conf").contains("global_auth_file = \"/etc/crio/auth.json\"\n"));
    assert!(told.files.iter().all(|file| file.secret == file.path.ends_with("auth.json")));
    assert_eq!(outcome(&told, "credsStore").0, "byHand");
    assert_eq!(outcome(&told, "credStore").0, "unknown");
    assert_eq!(outcome(&told, "auths.gone").0, "byHand");
    let said = format!("{:?}{:?}", told.fates, told.notes);
    assert!(!said.contains("s3cret") && !said.contains("Ym9i") && !said.contains("YWw6"), "{said}");
}

#[test]
fn certificates_stay_with_their_registry() {
    let key = "-----BEGIN PRIVATE KEY-----\n";
    let files = [
        Input::new("/etc/docker/certs.d/r:5000/ca.crt", "CA"),
        Input::new("/etc/docker/certs.d/r:5000/client.key", key),
    ];
    let odd = told(&[Input::new("/etc/docker/certs.d/../ca.crt", "CA")], "1.34");
    assert!(odd.files.iter().all(|file| !file.path.contains("..")) && odd.open().count() == 1, "{odd:?}");
    let told = told(&files, "1.34");
    let of = |path: &str| told.files.iter().find(|file| file.path == path).unwrap();
    assert!(!of("/etc/containers/certs.d/r:5000/ca.crt").secret);
    assert!(of("/etc/containers/certs.d/r:5000/client.key").secret);
}

const HUB: &str = "server = \"https://registry-1.docker.io\"\n\n[host.\"https://z.example.com\"]\n  capabilities = [\"pull\", \"resolve\"]\n  \
                   ca = \"z.pem\"\n  dial_timeout = \"3s\"\n[host.\"http://a:5000\"]\n  capabilities = [\"pull\"]\n  skip_verify = true\n\
                   [host.\"https://h/v2/hub\"]\n  override_path = true\n  client = [[\"/c.pem\", \"/k.pem\"]]\n\
                   [host.\"https://p/hub\"]\n  capabilities = [\"push\"]\n  [host.\"https://p/hub\".header]\n    x-a = \"b\"\n";

#[test]
fn a_tree_of_hosts_keeps_its_order() {
    let files = [
        Input::new("/etc/containerd/certs.d/docker.io/hosts.toml", HUB),
        Input::new(
            "/etc/containerd/certs.d/r_5000_/hosts.toml",
            "server = \"https://r:5000\"\nskip_verify = true\n",
        ),
        Input::new("/etc/containerd/certs.d/_default/hosts.toml", "[host.\"https://all\"]\n"),
        Input::new(
            "/etc/containerd/certs.d/q.io/hosts.toml",
            "server = \"https://in.q.io\"\ncapabilties = []\n[host.\"https://m\"]\n",
        ),
    ];
    let told = told(&files, "1.34");
    let text = text(&told, "registries.conf.d");
    let hub = "[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n\n[[registry.mirror]]\nlocation = \"z.example.com\"\n\n\
               [[registry.mirror]]\nlocation = \"a:5000\"\ninsecure = true\npull-from-mirror = \"digest-only\"\n\n\
               [[registry.mirror]]\nlocation = \"h/hub\"\n";
    assert!(text.contains(hub), "{text}");
    assert!(text.contains("prefix = \"r:5000\"\nlocation = \"r:5000\"\ninsecure = true\n"), "{text}");
    assert!(text.contains("prefix = \"q.io\"\nlocation = \"in.q.io\"\n"), "{text}");
    assert!(!text.contains("all"), "{text}");
    assert_eq!(outcome(&told, "host.\"https://all\"").0, "byHand");
    assert_eq!(
        outcome(&told, "capabilties"),
        ("unknown", "no release has such a key; did you mean capabilities?".into())
    );
    let copies: Vec<_> = told.copies.iter().map(|copy| format!("{} {}", copy.from, copy.to)).collect();
    let wanted = [
        "/c.pem /etc/containers/certs.d/h/client.cert",
        "/etc/containerd/certs.d/docker.io/z.pem /etc/containers/certs.d/z.example.com/ca.crt",
        "/k.pem /etc/containers/certs.d/h/client.key",
    ];
    assert_eq!(copies, wanted);
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let refused = |name: &str, text: &str| {
        translate(&[Input::new(name, text)], &options("1.34")).unwrap_err().to_string()
    };
    assert!(refused("daemon.json", "{\n \"a\": [1,]\n}").starts_with("daemon.json:2:10: "));
    assert!(refused("config.toml", "version = 2\n[a\n").starts_with("config.toml:2:"));
    assert!(
        refused("config.toml", "version = 5\n").starts_with("config.toml:1:1: containerd has the versions")
    );
    assert!(refused("d/hosts.toml", "server = \n").starts_with("d/hosts.toml:1:"));
    assert!(refused("daemon.json", "[]").starts_with("daemon.json:1:1: it is not a JSON object"));
    let many = |entry: &dyn Fn(usize) -> String| (0..20_000).map(entry).collect::<String>();
    let json = format!("{{{}\"z\": 1}}", many(&|at| format!("\"k{at}\": 1,")));
    assert!(refused("daemon.json", &json).contains("more than"));
    assert!(refused("config.toml", &many(&|at| format!("k{at} = 1\n"))).contains("more than 10000 keys"));
    let flags = format!("[Service]\nExecStart=dockerd {}\n", "--label=a=b ".repeat(20_000));
    assert!(refused("docker.service.d/a.conf", &flags).contains("more than 10000 settings"));
    let deep = format!("{{\"a\": {}}}", "[".repeat(100_000));
    assert!(refused("daemon.json", &deep).contains("nested"), "{}", refused("daemon.json", &deep));
}

#[test]
fn files_of_two_runtimes_need_a_word() {
    let files = [
        Input::new("daemon.json", "{\"bip\": \"x\"}"),
        Input::new("config.toml", "version = 2\nroot = \"/a/b\"\n"),
    ];
    assert!(matches!(translate(&files, &options("1.34")), Err(Error::TwoRuntimes { .. })));
    let mut asked = options("1.34");
    asked.from = Some(OldRuntime::Containerd);
    let told = translate(&files, &asked).unwrap();
    let left = told.fates.iter().find(|fate| fate.file == "daemon.json").unwrap();
    assert!(left.outcome.text().contains("left out"), "{left:?}");
}

/// docker of CentOS 7: its settings are flags of the package's unit, by way of files that it names.
#[test]
fn settings_of_a_packaged_unit_are_settings() {
    const UNIT: &str = "[Service]\nEnvironmentFile=-/etc/sysconfig/docker\nEnvironmentFile=-/etc/sysconfig/docker-storage\n\
        ExecStart=/usr/bin/dockerd-current --exec-opt native.cgroupdriver=systemd $OPTIONS $DOCKER_STORAGE_OPTIONS\n";
    let unit = Input::new("/usr/lib/systemd/system/docker.service", UNIT);
    let options_ = Input::new("/etc/sysconfig/docker", "OPTIONS='--selinux-enabled'\n");
    let storage = Input::new(
        "/etc/sysconfig/docker-storage",
        "DOCKER_STORAGE_OPTIONS=\"--storage-driver devicemapper\"\n",
    );
    let told = told(&[unit.clone(), options_, storage], "1.34");
    let open: Vec<_> = told.open().map(|fate| fate.key.as_str()).collect();
    assert_eq!(open, ["storage-driver"], "{:?}", told.fates);
    let crio = text(&told, "crio.conf.d");
    assert!(crio.contains("cgroup_manager = \"systemd\"") && crio.contains("selinux = true"), "{crio}");
    // It comes along with containerd's configuration too, and decides nothing there.
    let config = Input::new("/etc/containerd/config.toml", "version = 2\n");
    let both = translate(&[unit, config], &options("1.34")).unwrap();
    assert_eq!(both.from, OldRuntime::Containerd);
}

/// One file of many keeps no other from being translated; what nobody reads there says nothing.
#[test]
fn a_stray_file_blocks_nothing() {
    let files = [
        Input::new("/etc/docker/daemon.json", r#"{"debug": true}"#),
        Input::new("/etc/docker/certs.d/r:5000/README.txt", "dear"),
        Input::new("/etc/docker/certs.d/r:5000/old.json", "{"),
        Input::new("/etc/docker/certs.d/notes", "dear"),
        Input::new("/etc/docker/certs.d/r:5000/ca.crt", "certificate"),
        Input::new("/etc/systemd/system/docker.service.d/http.conf.bak", "dear"),
        Input::new("/etc/docker/letter.txt", "dear"),
    ];
    let told = told(&files, "1.34");
    let outcome =
        |name: &str| told.fates.iter().find(|fate| fate.file.ends_with(name)).unwrap().outcome.as_str();
    for name in ["README.txt", "old.json", "notes", "http.conf.bak"] {
        assert_eq!(outcome(name), "notNeeded", "{name}");
    }
    assert_eq!(
        (outcome("letter.txt"), outcome("ca.crt"), outcome("daemon.json")),
        ("byHand", "translated", "translated")
    );
    let alone = translate(&files[6..], &options("1.34"));
    assert!(matches!(alone, Err(Error::Unrecognised { .. })));
    assert!(matches!(translate(&files[1..4], &options("1.34")), Err(Error::Nothing)));
}

/// Each runtime has its own tree of certificates, unless containerd is told docker's.
#[test]
fn of_two_engines_one_tree_of_certificates_is_taken() {
    let hosts = "server = \"https://r:5000\"\n[host.\"https://m.example.com\"]\n";
    let files = |config: &str| {
        [
            Input::new("/etc/docker/daemon.json", r#"{"debug": true}"#),
            Input::new("/etc/docker/certs.d/r:5000/ca.crt", "docker's"),
            Input::new("/etc/containerd/config.toml", config),
            Input::new("/etc/containerd/certs.d/r:5000/hosts.toml", hosts),
            Input::new("/etc/containerd/certs.d/s:5000/ca.crt", "containerd's"),
        ]
    };
    let paths = |config: &str, from| -> (Vec<String>, String) {
        let mut asked = options("1.34");
        asked.from = Some(from);
        let told = translate(&files(config), &asked).unwrap();
        let certificates = told.files.iter().filter(|file| file.path.contains("certs.d"));
        (certificates.map(|file| file.path.clone()).collect(), text(&told, "registries.conf.d"))
    };
    let (docker, registries) = paths("version = 2\n", OldRuntime::Docker);
    assert_eq!(docker, ["/etc/containers/certs.d/r:5000/ca.crt"]);
    assert!(!registries.contains("m.example.com"), "{registries}");
    let (containerd, registries) = paths("version = 2\n", OldRuntime::Containerd);
    assert_eq!(containerd, ["/etc/containers/certs.d/s:5000/ca.crt"]);
    assert!(registries.contains("m.example.com"), "{registries}");
    let both = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n\
                config_path = \"/etc/containerd/certs.d:/etc/docker/certs.d\"\n";
    assert_eq!(paths(both, OldRuntime::Containerd).0.len(), 2);
}

/// `HOST_PORT_` is for file systems without colons; where both are there containerd reads that one.
#[test]
fn a_directory_without_colons_is_of_its_registry() {
    let hosts = |mirror: &str| format!("[host.\"https://{mirror}\"]\n");
    let of = |directory: &str, mirror: &str| {
        Input::new(format!("/etc/containerd/certs.d/{directory}/hosts.toml"), hosts(mirror))
    };
    let certificate = Input::new("/etc/containerd/certs.d/r_5000_/ca.crt", "x");
    let told = told(&[of("r:5000", "second"), of("r_5000_", "first"), certificate], "1.34");
    let registries = text(&told, "registries.conf.d");
    assert!(
        registries.contains("prefix = \"r:5000\"") && registries.contains("location = \"first\""),
        "{registries}"
    );
    assert!(!registries.contains("second"), "{registries}");
    let second = told.fates.iter().find(|fate| fate.file.contains("r:5000")).unwrap();
    assert!(second.outcome.text().ends_with("/r_5000_ in its place"), "{second:?}");
    assert!(told.files.iter().any(|file| file.path == "/etc/containers/certs.d/r:5000/ca.crt"));
}

/// As systemd has it: what a drop-in takes back is no setting, and is told all the same.
#[test]
fn a_command_that_a_drop_in_takes_back_is_no_setting() {
    let unit = "[Service]\nExecStart=/usr/bin/dockerd --exec-opt native.cgroupdriver=cgroupfs\n";
    let again = "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --exec-opt native.cgroupdriver=systemd\n";
    let files = [
        Input::new("/usr/lib/systemd/system/docker.service", unit),
        Input::new("/etc/systemd/system/docker.service.d/10-own.conf", again),
    ];
    let told = told(&files, "1.34");
    assert_eq!(told.open().count(), 0, "{:?}", told.fates);
    assert!(text(&told, "crio.conf.d").contains("cgroup_manager = \"systemd\""));
    let first = told.fates.iter().find(|fate| fate.outcome.text().contains("takes it back")).unwrap();
    assert_eq!((first.key.as_str(), first.place.map(|place| place.line)), ("Service.ExecStart", Some(2)));
}
