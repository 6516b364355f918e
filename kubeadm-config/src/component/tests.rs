//! Flags and gates that components take, and those that they exit at.

use super::*;

fn said(component: Component, minor: u64, name: &str, value: &str) -> Vec<String> {
    let refused = component.refuses(Minor::new(minor), [(name, value)]);
    refused.into_iter().map(|one| format!("{}: {} ({})", one.code, one.text, one.help)).collect()
}

/// The words of real programs 1.34.0, of each of the four.
#[test]
fn gates_are_refused_in_the_components_words() {
    for component in Component::ALL {
        for (value, words) in [
            ("NoSuch=true", "exits with \"unrecognized feature gate: NoSuch\""),
            (
                "NodeSwap=false",
                "exits with \"cannot set feature gate NodeSwap to false, feature is locked to true\"",
            ),
            (
                "SidecarContainers=false",
                "exits with \"cannot set feature gate SidecarContainers to false, feature is locked to true\"",
            ),
        ] {
            let said = said(*component, 34, "feature-gates", value);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(
                said[0].starts_with(&format!("feature-gate-refused: {} {words}", component.name())),
                "{said:?}"
            );
        }
        assert!(said(*component, 34, "feature-gates", "SidecarContainers=true,AllAlpha=false").is_empty());
    }
    let bool = said(Component::ApiServer, 34, "feature-gates", "AllAlpha=x");
    assert!(
        bool[0]
            .contains("invalid value of AllAlpha=x, err: strconv.ParseBool: parsing \"x\": invalid syntax")
    );
    let missing = said(Component::ApiServer, 34, "feature-gates", "GracefulNodeShutdown");
    assert!(missing[0].contains("missing bool value for GracefulNodeShutdown"), "{missing:?}");
    assert!(said(Component::Scheduler, 34, "feature-gates", "kube:NodeSwap=true").is_empty());
    assert!(said(Component::Proxy, 34, "feature-gates", "kube:NodeSwap=true")[0].contains("unrecognized"));
}

#[test]
fn each_wrong_gate_is_named_and_what_is_not_known_is_not() {
    let all = said(
        Component::ApiServer,
        37,
        "feature-gates",
        "SidecarContainers=true,NoSuch=true,AnyVolumeDataSource=true",
    );
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.iter().any(|one| one.contains("it was removed in 1.37")), "{all:?}");
    // Of older minors only what the history says is sure.
    assert!(said(Component::ApiServer, 28, "feature-gates", "NoSuch=true").is_empty());
    assert!(
        said(Component::ApiServer, 28, "feature-gates", "SystemdWatchdog=true")[0]
            .contains("it comes with 1.32")
    );
    let emulating = [("emulated-version", "1.33"), ("feature-gates", "NoSuch=true")];
    assert!(Component::ApiServer.refuses(Minor::new(34), emulating).is_empty());
}

#[test]
fn flags_are_refused_from_the_minor_that_lacks_them() {
    assert!(said(Component::ApiServer, 32, "cloud-provider", "x").is_empty());
    let gone = said(Component::ApiServer, 33, "--cloud_provider", "x");
    assert!(gone[0].starts_with("component-flag-unknown: --cloud-provider was removed in 1.33"), "{gone:?}");
    let other = said(Component::Scheduler, 34, "cloud-provider", "x");
    assert!(other[0].contains("kube-scheduler of 1.34 has no flag --cloud-provider"), "{other:?}");
}

#[test]
fn a_flag_that_no_minor_has_is_told_with_the_one_that_may_be_meant() {
    let typo = said(Component::ApiServer, 34, "advertise-adress", "192.0.2.1");
    assert_eq!(
        typo,
        ["component-flag-unknown: kube-apiserver of 1.34 has no flag --advertise-adress: it exits with \
          \"unknown flag: --advertise-adress\" (did you mean --advertise-address?)"]
    );
    let underscores = said(Component::ApiServer, 34, "advertise_adress", "x");
    assert_eq!(underscores, typo);
    assert!(said(Component::ApiServer, 34, "advertise_address", "192.0.2.1").is_empty());
    let elsewhere = said(Component::ApiServer, 34, "cluster-cidr", "10.0.0.0/16");
    assert!(
        elsewhere[0].ends_with("(leave it out: it is a flag of kube-controller-manager)"),
        "{elsewhere:?}"
    );
    let strange = said(Component::Proxy, 34, "colour-of-the-house", "red");
    assert!(strange[0].ends_with("(leave it out, or correct its name)"), "{strange:?}");
}

#[test]
fn a_flag_belongs_to_the_minors_from_its_first_to_its_last() {
    for (component, name, since, until) in [
        (Component::ApiServer, "emulated-version", 31, 37),
        (Component::ApiServer, "insecure-port", 22, 23),
        (Component::ApiServer, "logtostderr", 22, 25),
        (Component::ControllerManager, "pod-eviction-timeout", 22, 26),
        (Component::ControllerManager, "concurrent-cron-job-syncs", 28, 37),
        (Component::Scheduler, "lock-object-name", 22, 27),
        (Component::Proxy, "init-only", 29, 37),
        (Component::Proxy, "udp-timeout", 22, 25),
    ] {
        for minor in 22..=37 {
            // A value that each of these kinds reads, or the empty one of an unjudged text.
            let value = match name {
                "insecure-port" => "0",
                _ if name.ends_with("timeout") => "30s",
                _ => "1",
            };
            let said = said(component, minor, name, value);
            assert_eq!(said.is_empty(), (since..=until).contains(&minor), "{minor}: {said:?}");
            let words = if minor < since {
                format!("comes with 1.{since}")
            } else {
                format!("removed in 1.{}", until + 1)
            };
            assert!(said.iter().all(|one| one.contains(&words)), "{minor}: {said:?}");
        }
    }
}

/// The words of real programs 1.34.0.
#[test]
fn a_value_that_a_flag_cannot_read_is_told_in_the_components_words() {
    for (component, name, value, words) in [
        (Component::ApiServer, "profiling", "maybe", "strconv.ParseBool: parsing \"maybe\": invalid syntax"),
        (Component::ApiServer, "profiling", "", "strconv.ParseBool: parsing \"\": invalid syntax"),
        (Component::ApiServer, "goaway-chance", "a", "strconv.ParseFloat: parsing \"a\": invalid syntax"),
        (Component::ApiServer, "event-ttl", "5", "time: missing unit in duration \"5\""),
        (Component::ApiServer, "kubelet-port", "-1", "strconv.ParseUint: parsing \"-1\": invalid syntax"),
        (Component::ApiServer, "advertise-address", "x", "failed to parse IP: \"x\""),
        (Component::ApiServer, "oidc-required-claim", "a", "malformed pair, expect string=string"),
        (
            Component::ControllerManager,
            "node-eviction-rate",
            "1e40",
            "strconv.ParseFloat: parsing \"1e40\": value out of range",
        ),
        (
            Component::ControllerManager,
            "concurrent-gc-syncs",
            "3000000000",
            "strconv.ParseInt: parsing \"3000000000\": value out of range",
        ),
        (Component::Proxy, "conntrack-min", "1.5", "strconv.ParseInt: parsing \"1.5\": invalid syntax"),
    ] {
        let said = said(component, 34, name, value);
        let program = component.name();
        let expected = format!(
            "component-argument-unparsable: {program} exits with \"invalid argument \"{value}\" for \"--{name}\" flag: {words}\" ("
        );
        assert!(said.len() == 1 && said[0].starts_with(&expected), "{expected}: {said:?}");
    }
    let verbosity = said(Component::Scheduler, 34, "v", "x");
    assert!(verbosity[0].contains("for \"-v, --v\" flag"), "{verbosity:?}");
    for (name, value) in [
        ("advertise-address", ""),
        ("advertise-address", "$(HOST_IP)"),
        ("goaway-chance", "1_0"),
        ("max-requests-inflight", "010"),
        ("profiling", "f"),
    ] {
        assert_eq!(said(Component::ApiServer, 34, name, value), [""; 0], "{name}={value}");
    }
}

#[test]
fn of_minors_that_are_not_known_only_what_was_gone_before_is_told() {
    for minor in [19, 21, 38, 50] {
        for (name, value) in [("no-such-flag", "1"), ("profiling", "maybe"), ("emulated-version", "1.33")] {
            assert_eq!(said(Component::ApiServer, minor, name, value), [""; 0], "{minor}");
        }
    }
    assert!(said(Component::ApiServer, 50, "insecure-port", "0")[0].contains("removed in 1.24"));
    assert!(said(Component::Scheduler, 21, "scheduler-name", "x").is_empty());
    assert!(said(Component::Scheduler, 22, "scheduler-name", "x")[0].contains("removed in 1.22"));
}

#[test]
fn words_are_read_as_pflag_reads_them() {
    let places = |words: &[&str]| -> Vec<usize> {
        let refused = Component::ApiServer.refuses_words(Minor::new(34), words.iter().copied());
        refused.iter().map(|one| one.index).collect()
    };
    assert_eq!(places(&["kube-apiserver", "--v", "4", "--profiling", "--event-ttl=1h", "-v=2"]), [0; 0]);
    assert_eq!(places(&["--v", "--profiling"]), [0], "the next word is its value");
    assert_eq!(places(&["--profiling", "--event-ttl"]), [1]);
    assert_eq!(places(&["--no-such", "1", "--nor-this=1", "--", "--nor-that"]), [0, 2]);
    assert_eq!(places(&["--feature-gates", "NoSuch=true"]), [0]);
    let old = Component::ApiServer.refuses_words(Minor::new(20), ["--no-such", "--ssh-user", "x"]);
    assert!(old.is_empty());
}

#[test]
fn the_tables_are_in_order_and_each_flag_is_there_once() {
    for component in Component::ALL {
        let names: Vec<&str> = component.rows().iter().map(|row| row.name).collect();
        assert!(names.is_sorted_by(|one, next| one < next), "{}", component.name());
        for row in component.rows() {
            assert!(row.until >= 21 && !row.name.contains('_'), "{row:?}");
        }
    }
    let since = |flag| Component::ApiServer.deprecated_since(flag).map(|minor| minor.to_string());
    assert_eq!(since("cloud_provider").as_deref(), Some("1.29"));
    assert_eq!(since("advertise-address"), None);
}

/// The words of Go's `flag`, which etcd 3.6.4 prints before it exits with 2.
#[test]
fn etcd_reads_its_flags_by_its_own_version() {
    let said = |tag: &str, name: &str, value: &str| {
        let found = super::Etcd::of_tag(tag).unwrap().refuses([(name, value)]);
        found.into_iter().map(|one| format!("{}: {} ({})", one.code, one.text, one.help)).collect::<Vec<_>>()
    };
    assert_eq!(
        said("3.6.4-0", "enable-v2", "true"),
        ["component-flag-unknown: etcd 3.6 exits with \"flag provided but not defined: -enable-v2\" \
          (leave it out: it was removed in etcd 3.6)"]
    );
    assert!(said("3.5.21-0", "enable-v2", "true").is_empty());
    assert!(said("3.5.21-0", "watch-progress-notify-interval", "5m")[0].contains("comes with etcd 3.6"));
    assert!(said("3.6.4-0", "quota-backend-byte", "1")[0].contains("did you mean --quota-backend-bytes?"));
    assert!(
        said("3.6.4-0", "snapshot-count", "many")[0]
            .contains("invalid value \"many\" for flag -snapshot-count")
    );
    assert!(
        said("3.6.4-0", "pre-vote", "maybe")[0].contains("invalid boolean value \"maybe\" for -pre-vote")
    );
    for (name, value) in [
        ("snapshot-count", "10000"),
        ("heartbeat-interval", "100"),
        ("feature-gates", "X=true"),
        ("pre-vote", "1"),
    ] {
        assert!(said("v3.6.4", name, value).is_empty(), "{name}");
    }
    let words = ["etcd", "-pre-vote", "--data-dir", "/var/lib/etcd", "--no-such", "x"];
    let found = super::Etcd::of_tag("3.6.4-0").unwrap().refuses_words(words);
    assert_eq!(found.iter().map(|one| one.index).collect::<Vec<_>>(), [4]);
    assert!(said("3.4.13-0", "debug", "true").is_empty());
    assert!(said("3.5.0-0", "debug", "true")[0].contains("it was removed in etcd 3.5"));
    assert!(said("3.4.3-0", "experimental-memory-mlock", "true")[0].contains("comes with etcd 3.5"));
    for tag in ["3.3.15-0", "latest", "4.0.0", ""] {
        assert!(super::Etcd::of_tag(tag).is_none(), "{tag}");
    }
}

/// k8s.io/component-base, k8s.io/apimachinery and spf13/pflag.
#[test]
fn values_of_a_form_of_their_own_are_read_as_their_libraries_read_them() {
    for (name, value, words) in [
        ("allow-metric-labels", "a", "a must be formatted as key=value"),
        ("allow-metric-labels", "a=b,c,d=e", "c must be formatted as key=value"),
        ("tls-sni-cert-key", "a.crt", "expected comma separated certificate and key file paths"),
        ("tls-sni-cert-key", "a.crt,a.key:", "empty names list is not allowed"),
        ("service-node-port-range", "30000-x", "strconv.Atoi: parsing \"x\": invalid syntax"),
        ("service-node-port-range", "30000-29999", "end port cannot be less than start port: 30000-29999"),
        ("service-node-port-range", "1-70000", "the port range cannot be greater than 65535: 1-70000"),
        ("service-node-port-range", "1+2-3", "unable to parse port range: 1+2-3"),
    ] {
        let said = said(Component::ApiServer, 34, name, value);
        assert!(said.len() == 1 && said[0].contains(words), "{name}={value}: {said:?}");
    }
    for (name, value) in [
        ("allow-metric-labels", "a,b=c"),
        ("allow-metric-labels", "a=b,c=d"),
        ("tls-sni-cert-key", "a.crt, a.key:x,y"),
        ("service-node-port-range", "30000-32767"),
        ("service-node-port-range", "30000+100"),
        ("service-node-port-range", ""),
    ] {
        assert!(said(Component::ApiServer, 34, name, value).is_empty(), "{name}={value}");
    }
}

/// The one flag that has a letter, in each way that pflag reads it.
#[test]
fn the_letter_of_verbosity_is_read_too() {
    let of = |words: &[&'static str]| {
        let found = Component::Scheduler.refuses_words(Minor::new(34), words.iter().copied());
        found.into_iter().map(|one| (one.index, one.text)).collect::<Vec<_>>()
    };
    for good in [&["-v=4"][..], &["-v4"], &["-v", "4", "--profiling"]] {
        assert_eq!(of(good), [], "{good:?}");
    }
    let bad = "invalid argument \"x\" for \"-v, --v\" flag: strconv.ParseUint: parsing \"x\": invalid syntax";
    for words in [&["--profiling", "-v=x"][..], &["--profiling", "-vx"], &["--profiling", "-v", "x"]] {
        assert!(matches!(&of(words)[..], [(1, text)] if text.contains(bad)), "{words:?}: {:?}", of(words));
    }
    assert!(of(&["-v"])[0].1.contains("flag needs an argument: 'v' in -v"));
    assert!(of(&["-xv"])[0].1.contains("unknown shorthand flag: 'x' in -xv"));
}

/// What the programs of 1.34.0 print behind `err=`, or nothing where they go on.
const REFUSED_VALUES: &[(Component, &str, &str, &str)] = &[
    (
        Component::ApiServer,
        "enable-admission-plugins",
        "PodSecurityPolicy",
        "enable-admission-plugins plugin \"PodSecurityPolicy\" is unknown",
    ),
    (Component::ApiServer, "enable-admission-plugins", "NodeRestriction,PodSecurity", ""),
    (
        Component::ApiServer,
        "disable-admission-plugins",
        "Nope",
        "disable-admission-plugins plugin \"Nope\" is unknown",
    ),
    (Component::ApiServer, "admission-control", "Foo", "admission-control plugin \"Foo\" is unknown"),
    (
        Component::ApiServer,
        "authorization-mode",
        "RBAC,Nope",
        "authorization-mode \"Nope\" is not a valid mode",
    ),
    (Component::ApiServer, "authorization-mode", "Node,RBAC", ""),
    (
        Component::ApiServer,
        "authorization-mode",
        "ABAC",
        "authorization-mode ABAC's authorization policy file not passed",
    ),
    (Component::ApiServer, "tls-min-version", "VersionTLS99", "unknown tls version \"VersionTLS99\""),
    (Component::ApiServer, "tls-cipher-suites", "FOO", "Cipher suite FOO not supported or doesn't exist"),
    (
        Component::ApiServer,
        "tls-cipher-suites",
        "TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "",
    ),
    (Component::ApiServer, "runtime-config", "foo/v1=maybe", "unknown api groups foo"),
    (
        Component::ApiServer,
        "runtime-config",
        "batch/v1=maybe",
        "invalid value of batch/v1: maybe, err: strconv.ParseBool: parsing \"maybe\": invalid syntax",
    ),
    (
        Component::ApiServer,
        "runtime-config",
        "v1=x",
        "invalid value of /v1: x, err: strconv.ParseBool: parsing \"x\": invalid syntax",
    ),
    (Component::ApiServer, "runtime-config", "api/all=TRUE", "invalid value api/all=TRUE"),
    (Component::ApiServer, "runtime-config", "batch", "runtime-config invalid key batch"),
    (Component::ApiServer, "runtime-config", "resource.k8s.io/v1beta1=true,api/beta=true", ""),
    (
        Component::ApiServer,
        "secure-port",
        "0",
        "--secure-port 0 must be between 1 and 65535, inclusive. It cannot be turned off with 0",
    ),
    (
        Component::ApiServer,
        "storage-backend",
        "etcd2",
        "--storage-backend invalid, allowed values: etcd3. If not specified, it will default to 'etcd3'",
    ),
    (Component::ApiServer, "logging-format", "xml", "format: Invalid value: \"xml\": Unsupported log format"),
    (Component::ApiServer, "endpoint-reconciler-type", "foo", "Reconciler not implemented: foo"),
    (
        Component::ApiServer,
        "max-requests-inflight",
        "-1",
        "--max-requests-inflight can not be negative value",
    ),
    (Component::ApiServer, "request-timeout", "-1s", "--request-timeout can not be negative value"),
    (Component::ApiServer, "request-timeout", "0", ""),
    (
        Component::ApiServer,
        "goaway-chance",
        "0.5",
        "--goaway-chance can not be less than 0 or greater than 0.02",
    ),
    (
        Component::ApiServer,
        "service-account-issuer",
        "",
        "service-account-issuer should not be an empty string",
    ),
    (
        Component::ApiServer,
        "service-cluster-ip-range",
        "foo",
        "service-cluster-ip-range[0] is not a valid cidr",
    ),
    (
        Component::ApiServer,
        "apiserver-count",
        "0",
        "--apiserver-count should be a positive number, but value '0' provided",
    ),
    (
        Component::ApiServer,
        "show-hidden-metrics-for-version",
        "1.2",
        "--show-hidden-metrics-for-version must be omitted or have the value '1.33'. Only the previous minor version is allowed",
    ),
    (
        Component::ApiServer,
        "oidc-issuer-url",
        "http://x",
        "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set",
    ),
    // Decided by whether an audit log is written, too.
    (Component::ApiServer, "audit-log-mode", "foo", ""),
    (
        Component::ControllerManager,
        "controllers",
        "*,nope",
        "\"nope\" is not in the list of known controllers",
    ),
    (Component::ControllerManager, "controllers", "-tokencleaner,*", ""),
    (Component::ControllerManager, "controllers", "*,bootstrap-signer-controller", ""),
    (
        Component::ControllerManager,
        "cloud-provider",
        "aws",
        "cloud provider \"aws\" was specified, but built-in cloud providers are disabled. Please set --cloud-provider=external and migrate to an external cloud provider",
    ),
    (Component::ControllerManager, "cloud-provider", "external", ""),
    (Component::ControllerManager, "secure-port", "0", ""),
    (
        Component::ControllerManager,
        "secure-port",
        "-1",
        "--secure-port -1 must be between 0 and 65535, inclusive. 0 for turning off secure port",
    ),
    (
        Component::ControllerManager,
        "concurrent-job-syncs",
        "0",
        "concurrent-job-syncs must be greater than 0, but got 0",
    ),
    (
        Component::ControllerManager,
        "leader-elect-resource-lock",
        "endpoints",
        "resourceLock value must be \"leases\"",
    ),
    (
        Component::ControllerManager,
        "leader-elect-lease-duration",
        "5s",
        "leaseDuration must be greater than renewDeadline",
    ),
    (Component::Scheduler, "leader-elect-lease-duration", "20s", ""),
    (
        Component::Scheduler,
        "secure-port",
        "99999",
        "--secure-port 99999 must be between 1 and 65535, inclusive. It cannot be turned off with 0",
    ),
    (Component::Scheduler, "secure-port", "0", ""),
    (Component::Scheduler, "tls-min-version", "V", "unknown tls version \"V\""),
    // The variable is put there by the kubelet.
    (Component::Scheduler, "tls-min-version", "$(TLS)", ""),
];

#[test]
fn a_value_that_can_be_read_and_is_refused_is_told_in_the_components_words() {
    for (component, name, value, words) in REFUSED_VALUES {
        let said = said(*component, 34, name, value);
        let start = format!("component-argument-refused: {} exits with \"{words}\" (", component.name());
        match words.is_empty() {
            true => assert_eq!(said, [""; 0], "{name}={value}"),
            false => assert!(said.len() == 1 && said[0].starts_with(&start), "{name}={value}: {said:?}"),
        }
    }
}

#[test]
fn names_belong_to_the_minors_that_have_them() {
    let plugin = |minor, value| said(Component::ApiServer, minor, "enable-admission-plugins", value);
    assert!(plugin(24, "PodSecurityPolicy").is_empty());
    assert!(plugin(25, "PodSecurityPolicy")[0].ends_with("(leave it out: it was removed in 1.25)"));
    assert!(plugin(25, "PodTopologyLabels")[0].ends_with("(leave it out: it comes with 1.32)"));
    assert!(plugin(34, "NodeRestrictions")[0].ends_with("(did you mean NodeRestriction?)"));
    assert!(plugin(99, "Nope").is_empty(), "nothing is known of that minor");
}

#[test]
fn a_lock_is_judged_by_what_its_minor_can_make() {
    for component in [Component::ControllerManager, Component::Scheduler] {
        let lock = |minor, lock| said(component, minor, "leader-elect-resource-lock", lock).len();
        let told = |name| [22, 24, 27, 34, 37].map(|minor| lock(minor, name));
        assert_eq!(told("leases"), [0; 5]);
        assert_eq!(told("endpoints"), [0, 1, 1, 1, 1]);
        assert_eq!(told("configmapsleases"), [0, 0, 1, 1, 1]);
        assert_eq!(told("lease"), [1; 5]);
        // Who elects no leader makes no lock.
        let off = [("leader-elect", "false"), ("leader-elect-resource-lock", "x")];
        assert!(component.refuses(Minor::new(34), off).is_empty());
    }
    let old = said(Component::Scheduler, 25, "leader-elect-resource-lock", "endpoints");
    assert!(old[0].contains("endpoints lock is removed, migrate to endpointsleases"), "{old:?}");
}

#[test]
fn a_media_type_is_one_that_the_storage_can_write() {
    let said = |minor, value| said(Component::ApiServer, minor, "storage-media-type", value);
    for minor in [22, 28, 29, 37] {
        assert_eq!(said(minor, "application/vnd.kubernetes.protobuf"), [""; 0]);
        assert_eq!(said(minor, "application/xml").len(), 1);
    }
    assert!(said(28, "application/xml")[0].contains("unable to find serializer for"));
    assert!(said(29, "application/xml")[0].contains("--storage-media-type \"application/xml\" invalid"));
}

#[test]
fn what_an_audit_backend_is_told_counts_where_it_is_on() {
    let said = |minor: u64, args: &[(&str, &str)]| -> Vec<(usize, String)> {
        let refused = Component::ApiServer.refuses(Minor::new(minor), args.iter().copied());
        refused.into_iter().map(|one| (one.index, one.text)).collect()
    };
    let bad = [
        ("audit-log-mode", "foo"),
        ("audit-log-format", "xml"),
        ("audit-log-version", "v1"),
        ("audit-log-maxage", "-1"),
        ("audit-log-truncate-max-event-size", "0"),
    ];
    assert_eq!(said(34, &bad), []);
    let on = [&[("audit-log-path", "/var/log/a.log")], &bad[..]].concat();
    let told = said(34, &on);
    assert_eq!(told.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2, 3, 4, 5], "{told:?}");
    assert!(
        told[0]
            .1
            .contains("invalid audit log mode foo, allowed modes are \"batch,blocking,blocking-strict\"")
    );
    let version = [("audit-log-path", "-"), ("audit-log-version", "audit.k8s.io/v1beta1")];
    assert_eq!((said(23, &version).len(), said(24, &version).len()), (0, 1));
    // A webhook sends batches, and the log writes none, where nothing is said.
    let size = |backend, file| [(file, "/x"), (backend, "0")];
    assert_eq!(said(34, &size("audit-webhook-batch-max-size", "audit-webhook-config-file")).len(), 1);
    assert_eq!(said(34, &size("audit-log-batch-max-size", "audit-log-path")), []);
    let log = [("audit-log-path", "/x"), ("audit-log-mode", "batch"), ("audit-log-batch-throttle-qps", "0")];
    assert_eq!(said(34, &log), [], "a log is not throttled");
    let large = [("audit-log-path", "/x"), ("audit-log-truncate-max-batch-size", "10")];
    assert!(said(22, &large)[0].1.contains("must be greater than max event size (102400)"));
}

#[test]
fn each_of_thousands_of_unknown_gates_is_told() {
    let gates: Vec<String> = (0..1_000).map(|at| format!("Nope{at:05}=true")).collect();
    let value = gates.join(",");
    let refused = Component::Scheduler.refuses(Minor::new(34), [("feature-gates", value.as_str())]);
    assert_eq!(refused.len(), 1_000);
    assert!(refused[0].text.contains("unrecognized feature gate: Nope00000"), "{}", refused[0].text);
}
