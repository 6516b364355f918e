//! `config.toml` of versions 1 to 4.

use super::{Case, options, run, text, told};
use crate::translate::{Input, translate};

const CRI: &str = "plugins.\"io.containerd.grpc.v1.cri\"";

const CASES: &[Case] = &[
    ("", &[]),
    ("version = 2\n", &[("version", "notNeeded", "form")]),
    (
        "version = 2\nroot = \"/data/containerd\"\nstate = \"/run/containerd\"\noom_score = -999\n",
        &[("root", "translated", "/data/containers/storage"), ("oom_score", "translated", "OOMScoreAdjust")],
    ),
    (
        "version = 2\nroot = \"/var/lib/containerd\"\noom_score = 0\n",
        &[("root", "notNeeded", "usual"), ("oom_score", "notNeeded", "score")],
    ),
    (
        "[plugins.cri]\nsandbox_image = \"k8s.gcr.io/pause:3.1\"\nsystemd_cgroup = true\n[plugins.cri.containerd]\nsnapshotter = \"overlayfs\"\n[plugins.linux]\nshim = \"containerd-shim\"\n",
        &[
            ("plugins.cri.sandbox_image", "translated", "pause_image"),
            ("plugins.cri.systemd_cgroup", "translated", "cgroup_manager"),
            ("plugins.cri.containerd.snapshotter", "translated", "overlay"),
            ("plugins.linux.shim", "notNeeded", "part of containerd"),
        ],
    ),
    (
        "[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"x\"\n",
        &[("plugins.\"io.containerd.grpc.v1.cri\".sandbox_image", "byHand", "version = 2")],
    ),
    (
        "version = 2\n[plugins.cri]\nsandbox_image = \"x\"\n",
        &[("plugins.cri.sandbox_image", "byHand", "passes over")],
    ),
    (
        "version = 3\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"runc\"\n",
        &[(
            "plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime_name",
            "byHand",
            "cri.v1.runtime",
        )],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.cri.v1.images\"]\nsnapshotter = \"overlayfs\"\n",
        &[("plugins.\"io.containerd.cri.v1.images\".snapshotter", "byHand", "version = 3")],
    ),
    (
        "version = 3\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = 'registry.k8s.io/pause:3.10'\nextra = 'a/b:1'\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nSystemdCgroup = true\n",
        &[
            ("plugins.\"io.containerd.cri.v1.images\".pinned_images.sandbox", "translated", "pause_image"),
            ("plugins.\"io.containerd.cri.v1.images\".pinned_images.extra", "translated", "pinned_images"),
            (
                "plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options.SystemdCgroup",
                "translated",
                "cgroupDriver",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSystemdCgroup = false\nBinaryName = \"/usr/local/sbin/runc\"\nRoot = \"/run/runc\"\nNoPivotRoot = true\nIoUid = 0\nShimCgroup = \"\"\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options.BinaryName",
                "translated",
                "runtime_path",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options.Root",
                "translated",
                "runtime_root",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options.NoPivotRoot",
                "translated",
                "no_pivot",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options.ShimCgroup",
                "notNeeded",
                "empty",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"nvidia\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\nprivileged_without_host_devices = false\nruntime_engine = \"\"\nruntime_root = \"\"\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia.options]\nBinaryName = \"/usr/bin/nvidia-container-runtime\"\nSystemdCgroup = true\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSystemdCgroup = false\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime_name",
                "translated",
                "default_runtime",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia.options.SystemdCgroup",
                "translated",
                "cgroup_manager",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options.SystemdCgroup",
                "byHand",
                "one cgroup driver",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\nruntime_type = \"io.containerd.kata.v2\"\nruntime_path = \"/opt/kata/bin/containerd-shim-kata-v2\"\npod_annotations = [\"io.katacontainers.*\"]\nprivileged_without_host_devices = true\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata.options]\nConfigPath = \"/opt/kata/c.toml\"\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata.runtime_type",
                "translated",
                "runtime_type",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata.runtime_path",
                "translated",
                "runtime_path",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata.pod_annotations",
                "notNeeded",
                "anyway",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata.options.ConfigPath",
                "translated",
                "runtime_config_path",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runsc]\nruntime_type = \"io.containerd.runsc.v1\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runsc.options]\nTypeUrl = \"io.containerd.runsc.v1.options\"\nConfigPath = \"/etc/containerd/runsc.toml\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.spin]\nruntime_type = \"io.containerd.spin.v2\"\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runsc.runtime_type",
                "translated",
                "runsc",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runsc.options.TypeUrl",
                "byHand",
                "option of the shim",
            ),
            ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.spin.runtime_type", "byHand", "shim"),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime]\nruntime_type = \"io.containerd.runtime.v1.linux\"\nruntime_engine = \"/usr/bin/crun\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.untrusted_workload_runtime]\nruntime_type = \"\"\n",
        &[(
            "plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime.runtime_engine",
            "translated",
            "runtimes.default.runtime_path",
        )],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.a]\nbase_runtime_spec = \"/etc/c.json\"\ncgroup_writable = true\nsnapshotter = \"nydus\"\nsandboxer = \"podsandbox\"\nio_type = \"streaming\"\ncni_conf_dir = \"/x\"\ncni_max_conf_num = 1\nodd = 1\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.a.base_runtime_spec",
                "byHand",
                "default_ulimits",
            ),
            ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.a.sandboxer", "notNeeded", "infra"),
            ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.a.odd", "unknown", ""),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\nsnapshotter = \"stargz\"\n",
        &[("plugins.\"io.containerd.grpc.v1.cri\".containerd.snapshotter", "byHand", "stargz")],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\"]\nendpoint = [\"https://m.example.com\", \"https://h/v2/hub\", \"https://registry-1.docker.io\", \"https://h/hub\"]\n[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"*\"]\nendpoint = [\"https://all\"]\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\".endpoint[0]",
                "translated",
                "docker.io",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\".endpoint[1]",
                "translated",
                "docker.io",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\".endpoint[2]",
                "notNeeded",
                "itself",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\".endpoint[3]",
                "byHand",
                "/hub",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"*\".endpoint",
                "byHand",
                "all registries",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r:5000\".tls]\ninsecure_skip_verify = true\nca_file = \"/etc/ca.pem\"\ncert_file = \"/etc/c.pem\"\nkey_file = \"/etc/k.pem\"\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r:5000\".auth]\nusername = \"bob\"\npassword = \"s3cret\"\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r:5000\".tls.insecure_skip_verify",
                "translated",
                "insecure",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r:5000\".tls.ca_file",
                "translated",
                "/etc/containers/certs.d/r:5000/ca.crt",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r:5000\".auth.password",
                "translated",
                "auth.json: r:5000",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.auths.\"https://gcr.io\"]\nauth = \"YTpi\"\n[plugins.\"io.containerd.grpc.v1.cri\".registry.auths.\"https://q\"]\nusername = \"a\"\nidentitytoken = \"t\"\n[plugins.\"io.containerd.grpc.v1.cri\".registry.headers]\nX = [\"y\"]\n",
        &[
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.auths.\"https://gcr.io\".auth",
                "translated",
                "auth.json: gcr.io",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.auths.\"https://q\".username",
                "invalid",
                "together",
            ),
            ("plugins.\"io.containerd.grpc.v1.cri\".registry.headers.X", "byHand", "headers"),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"/etc/containerd/certs.d\"\n[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"a.b\"]\nendpoint = [\"https://m\"]\n",
        &[
            ("plugins.\"io.containerd.grpc.v1.cri\".registry.config_path", "notNeeded", "hosts.toml"),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"a.b\".endpoint",
                "byHand",
                "config_path",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"/opt/cni/bin\"\nconf_dir = \"/etc/cni/net.d\"\nmax_conf_num = 1\nconf_template = \"\"\nip_pref = \"ipv4\"\nodd = \"x\"\n",
        &[
            ("plugins.\"io.containerd.grpc.v1.cri\".cni.bin_dir", "translated", "plugin_dirs"),
            ("plugins.\"io.containerd.grpc.v1.cri\".cni.conf_dir", "translated", "network_dir"),
            ("plugins.\"io.containerd.grpc.v1.cri\".cni.max_conf_num", "notNeeded", "first"),
            ("plugins.\"io.containerd.grpc.v1.cri\".cni.odd", "unknown", ""),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 0\nconf_template = \"/etc/t\"\nip_pref = \"cni\"\n",
        &[("plugins.\"io.containerd.grpc.v1.cri\".cni.conf_template", "byHand", "template")],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nstream_server_address = \"127.0.0.1\"\nstream_server_port = \"0\"\nstream_idle_timeout = \"4h0m0s\"\nenable_tls_streaming = false\ndisable_tcp_service = true\n[plugins.\"io.containerd.grpc.v1.cri\".x509_key_pair_streaming]\ntls_cert_file = \"\"\ntls_key_file = \"\"\n",
        &[
            ("plugins.\"io.containerd.grpc.v1.cri\".stream_server_address", "translated", "stream_address"),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".stream_idle_timeout",
                "translated",
                "stream_idle_timeout",
            ),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".x509_key_pair_streaming.tls_cert_file",
                "notNeeded",
                "empty",
            ),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nenable_selinux = true\nselinux_category_range = 1024\ndisable_apparmor = true\ndisable_cgroup = false\nrestrict_oom_score_adj = true\nunset_seccomp_profile = \"/x\"\nmax_container_log_line_size = 16384\nmax_concurrent_downloads = 3\ndisable_proc_mount = false\ntolerate_missing_hugetlb_controller = true\ndisable_hugetlb_controller = true\nignore_image_defined_volumes = true\nnetns_mounts_under_state_dir = false\n",
        &[
            ("plugins.\"io.containerd.grpc.v1.cri\".enable_selinux", "translated", "selinux"),
            ("plugins.\"io.containerd.grpc.v1.cri\".disable_apparmor", "translated", "apparmor_profile"),
            ("plugins.\"io.containerd.grpc.v1.cri\".restrict_oom_score_adj", "byHand", "OOM"),
            ("plugins.\"io.containerd.grpc.v1.cri\".unset_seccomp_profile", "byHand", "seccompDefault"),
            (
                "plugins.\"io.containerd.grpc.v1.cri\".ignore_image_defined_volumes",
                "translated",
                "image_volumes",
            ),
        ],
    ),
    (
        "version = 3\n[plugins.'io.containerd.cri.v1.runtime']\nenable_unprivileged_ports = true\nenable_unprivileged_icmp = true\nenable_cdi = true\ncdi_spec_dirs = ['/etc/cdi']\ndrain_exec_sync_io_timeout = '0s'\nignore_deprecation_warnings = []\nstats_collect_period = '1s'\nstats_retention_period = '2m'\nenable_criu = true\ndevice_ownership_from_security_context = true\n",
        &[
            (
                "plugins.\"io.containerd.cri.v1.runtime\".enable_unprivileged_ports",
                "translated",
                "default_sysctls",
            ),
            (
                "plugins.\"io.containerd.cri.v1.runtime\".enable_unprivileged_icmp",
                "translated",
                "default_sysctls",
            ),
            ("plugins.\"io.containerd.cri.v1.runtime\".cdi_spec_dirs", "translated", "cdi_spec_dirs"),
            (
                "plugins.\"io.containerd.cri.v1.runtime\".device_ownership_from_security_context",
                "translated",
                "device_ownership",
            ),
        ],
    ),
    (
        "version = 3\n[plugins.'io.containerd.cri.v1.images']\nsnapshotter = 'overlayfs'\ndisable_snapshot_annotations = true\ndiscard_unpacked_layers = false\nmax_concurrent_downloads = 3\nimage_pull_progress_timeout = '5m0s'\nimage_pull_with_sync_fs = false\nstats_collect_period = 10\nuse_local_image_pull = false\n[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = ''\n[plugins.'io.containerd.cri.v1.images'.image_decryption]\nkey_model = 'node'\n[plugins.'io.containerd.cri.v1.images'.runtime_platforms.kata]\nplatform = 'linux/arm64'\n",
        &[
            (
                "plugins.\"io.containerd.cri.v1.images\".image_pull_progress_timeout",
                "translated",
                "pull_progress_timeout",
            ),
            (
                "plugins.\"io.containerd.cri.v1.images\".image_decryption.key_model",
                "notNeeded",
                "decryption_keys_path",
            ),
            ("plugins.\"io.containerd.cri.v1.images\".runtime_platforms.kata.platform", "byHand", "platform"),
        ],
    ),
    (
        "version = 2\ndisabled_plugins = [\"cri\"]\nrequired_plugins = []\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n[grpc]\naddress = \"/run/containerd/containerd.sock\"\nmax_recv_message_size = 16777216\nmax_send_message_size = 16777216\ntcp_address = \"0.0.0.0:1234\"\n[ttrpc]\naddress = \"\"\n[debug]\nlevel = \"debug\"\nformat = \"json\"\n[metrics]\naddress = \"127.0.0.1:1338\"\ngrpc_histogram = false\n[timeouts]\n\"io.containerd.timeout.shim.load\" = \"5s\"\n[cgroup]\npath = \"\"\n",
        &[
            ("disabled_plugins", "notNeeded", "no kubelet's runtime"),
            ("imports", "byHand", "give the files"),
            ("grpc.max_recv_message_size", "translated", "grpc_max_recv_msg_size"),
            ("grpc.tcp_address", "byHand", "API"),
            ("debug.level", "translated", "log_level"),
            ("metrics.address", "translated", "other names"),
        ],
    ),
    (
        "version = 3\n[plugins.'io.containerd.nri.v1.nri']\ndisable = false\ndisable_connections = false\nplugin_config_path = '/etc/nri/conf.d'\nplugin_path = '/opt/nri/plugins'\nplugin_registration_timeout = '5s'\nplugin_request_timeout = '2s'\nsocket_path = '/var/run/nri/nri.sock'\n[plugins.'io.containerd.service.v1.tasks-service']\nrdt_config_file = '/etc/rdt'\nblockio_config_file = ''\n[plugins.'io.containerd.gc.v1.scheduler']\npause_threshold = 0.02\n[plugins.'io.containerd.image-verifier.v1.bindir']\nbin_dir = '/opt/v'\n",
        &[
            ("plugins.\"io.containerd.nri.v1.nri\".disable", "translated", "enable_nri"),
            (
                "plugins.\"io.containerd.nri.v1.nri\".plugin_request_timeout",
                "translated",
                "nri_plugin_request_timeout",
            ),
            (
                "plugins.\"io.containerd.service.v1.tasks-service\".rdt_config_file",
                "translated",
                "rdt_config_file",
            ),
            ("plugins.\"io.containerd.gc.v1.scheduler\".pause_threshold", "notNeeded", "part of containerd"),
            ("plugins.\"io.containerd.image-verifier.v1.bindir\".bin_dir", "byHand", "policy.json"),
        ],
    ),
    (
        "version = 2\nplugns = 1\n[plugins.\"io.containerd.grpc.v1.cry\"]\na = 1\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_imag = \"x\"\n[proxy_plugins.stargz]\ntype = \"snapshot\"\naddress = \"/run/s.sock\"\n[stream_processors.\"io.containerd.ocicrypt.decoder.v1.tar\"]\naccepts = [\"a\"]\nreturns = \"b\"\npath = \"ctd-decoder\"\n",
        &[
            ("plugns", "unknown", "plugins"),
            ("plugins.\"io.containerd.grpc.v1.cri\".sandbox_imag", "unknown", "sandbox_image"),
            ("proxy_plugins.stargz.address", "byHand", "snapshotter"),
        ],
    ),
    (
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = 7\n[debug]\nlevel = \"loud\"\n[metrics]\naddress = \"here\"\n",
        &[("debug.level", "invalid", "info"), ("metrics.address", "invalid", "HOST:PORT")],
    ),
];

#[test]
fn every_key_of_many_files_is_told() {
    assert!(CASES.len() >= 30);
    for release in ["1.37", "1.31", "1.24", "1.20"] {
        if release == "1.37" {
            run("/etc/containerd/config.toml", CASES, release);
        } else {
            CASES.iter().for_each(|(text, _)| drop(told(&[Input::new("config.toml", *text)], release)));
        }
    }
}

#[test]
fn what_is_read_later_counts() {
    let first = format!("version = 2\n[{CRI}]\nsandbox_image = \"a/b:1\"\n");
    let second = format!("version = 2\n[{CRI}]\nsandbox_image = \"a/b:2\"\n");
    let files = [Input::new("config.toml", first), Input::new("conf.d/more.toml", second)];
    let told = told(&files, "1.34");
    assert!(text(&told, "crio.conf").contains("pause_image = \"a/b:2\""));
    let fate = told.fates.iter().find(|fate| fate.key.ends_with("sandbox_image")).unwrap();
    assert!(fate.outcome.text().contains("said again in conf.d/more.toml, line 3"), "{fate:?}");
}

#[test]
fn what_is_not_said_stays_as_it_was() {
    let told = told(&[Input::new("config.toml", "version = 3\n")], "1.34");
    assert!(text(&told, "crio.conf").contains("cgroup_manager = \"cgroupfs\"\n"));
    assert!(text(&told, "kubeletconfiguration").contains("cgroupDriver: \"cgroupfs\"\n"));
    let notes = |told: &super::Translation| told.notes.join("\n");
    assert!(
        notes(&told).contains("ip_unprivileged_port_start") && notes(&told).contains("crun"),
        "{:?}",
        told.notes
    );
    let old = super::told(&[Input::new("config.toml", "version = 2\n")], "1.30");
    assert!(!notes(&old).contains("crun") && !notes(&old).contains("port_start"), "{:?}", old.notes);
}

/// CRI-O looks for a program of the handler's name, or at that path: with neither it does not start.
#[test]
fn a_handler_has_a_program_that_cri_o_finds() {
    let of = |config: String| text(&told(&[Input::new("config.toml", config)], "1.34"), "crio.conf");
    let old =
        of("[plugins.cri.containerd.default_runtime]\nruntime_type = \"io.containerd.runtime.v1.linux\"\n"
            .into());
    let runc = "runtime_path = \"/usr/bin/runc\"\n";
    assert!(old.contains(&format!("[crio.runtime.runtimes.default]\n{runc}")), "{old}");
    let handler = |name: &str, options: &str| {
        of(format!(
            "version = 2\n[{CRI}.containerd]\ndefault_runtime_name = \"{name}\"\n[{CRI}.containerd.runtimes.{name}]\nruntime_type = \"io.containerd.runc.v2\"\n[{CRI}.containerd.runtimes.{name}.options]\n{options}\n"
        ))
    };
    assert!(handler("own", "").contains(runc));
    assert!(handler("own", "BinaryName = \"\"").contains(runc));
    assert!(handler("crun", "BinaryName = \"crun\"").contains("runtime_path = \"/usr/bin/crun\"\n"));
    assert!(handler("own", "BinaryName = \"/opt/own\"").contains("runtime_path = \"/opt/own\"\n"));
    assert!(!handler("runc", "").contains("runtime_path"));
}

#[test]
fn a_handler_in_the_older_form_is_one_of_its_type() {
    let config = format!(
        "version = 2\n[{CRI}.containerd.untrusted_workload_runtime]\nruntime_type = \"io.containerd.kata.v2\"\nruntime_path = \"/opt/kata/shim\"\n[{CRI}.containerd.untrusted_workload_runtime.options]\nConfigPath = \"/opt/kata/c.toml\"\n"
    );
    let told = told(&[Input::new("config.toml", config)], "1.34");
    let crio = text(&told, "crio.conf");
    assert!(crio.contains("runtime_path = \"/opt/kata/shim\"\n"), "{crio}");
    assert!(crio.contains("runtime_config_path = \"/opt/kata/c.toml\"\n"), "{crio}");
    assert_eq!(told.open().count(), 0, "{:?}", told.fates);
}

#[test]
fn the_cgroup_driver_is_that_of_the_default_handler() {
    let config = format!(
        "version = 2\n[{CRI}.containerd.runtimes.own]\nruntime_type = \"io.containerd.runc.v2\"\n[{CRI}.containerd.runtimes.own.options]\nSystemdCgroup = true\n"
    );
    let driver = |config: &str| text(&told(&[Input::new("config.toml", config)], "1.34"), "crio.conf");
    assert!(driver(&config).contains("cgroup_manager = \"cgroupfs\"\n"), "runc does not say it");
    let own = format!("{config}[{CRI}.containerd]\ndefault_runtime_name = \"own\"\n");
    assert!(driver(&own).contains("cgroup_manager = \"systemd\"\n"));
}

#[test]
fn imports_that_are_given_too_are_nothing_to_look_at() {
    let config = "version = 2\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n";
    let more = Input::new("/etc/containerd/conf.d/more.toml", "version = 2\n");
    let both = told(&[Input::new("/etc/containerd/config.toml", config), more], "1.34");
    assert_eq!(both.open().count(), 0, "{:?}", both.fates);
    assert_eq!(told(&[Input::new("/etc/containerd/config.toml", config)], "1.34").open().count(), 1);
}

/// containerd 2.3 writes version 4: its sockets and metrics are plugins, CRI's keys are where version 3 has them.
#[test]
fn version_4_says_its_sockets_as_plugins() {
    const SERVER: &str = "io.containerd.server.v1";
    let config = format!(
        "version = 4\n[plugins.\"{SERVER}.grpc\"]\naddress = \"/run/containerd/containerd.sock\"\nmax_recv_message_size = 33554432\n\
         [plugins.\"{SERVER}.ttrpc\"]\naddress = \"/run/containerd/containerd.sock.ttrpc\"\n[plugins.\"{SERVER}.grpc-tcp\"]\naddress = \"0.0.0.0:1\"\n\
         [plugins.\"{SERVER}.metrics\"]\naddress = \"127.0.0.1:9999\"\n[plugins.\"io.containerd.metrics.v1.grpc-prometheus\"]\ngrpc_histogram = true\n\
         [plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = 'registry.k8s.io/pause:3.10'\n\
         [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nSystemdCgroup = true\n\
         [plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"x\"\n"
    );
    let told = told(&[Input::new("config.toml", config)], "1.34");
    let open: Vec<_> = told.open().map(|fate| fate.outcome.text()).collect();
    assert_eq!(open.len(), 2, "{open:?}");
    assert!(
        open[0].contains("over the network") && open[1].contains("containerd passes over it"),
        "{open:?}"
    );
    let crio = text(&told, "crio.conf");
    for wanted in [
        "grpc_max_recv_msg_size = 33554432",
        "metrics_port = 9999",
        "pause_image = \"registry.k8s.io/pause:3.10\"",
        "cgroup_manager = \"systemd\"",
    ] {
        assert!(crio.contains(wanted), "{wanted}\n{crio}");
    }
    assert!(told.notes.iter().any(|note| note.contains("ip_unprivileged_port_start")), "{:?}", told.notes);
}

/// containerd 2 brings each file to its own version first; containerd 1 reads them as one.
#[test]
fn files_of_different_versions_are_each_read_in_their_own() {
    let of = |first: &str, second: &str| {
        let first = Input::new("/etc/containerd/config.toml", first);
        let second = Input::new("/etc/containerd/conf.d/more.toml", second);
        translate(&[first, second], &options("1.34"))
    };
    let two = format!("version = 2\n[{CRI}]\nsandbox_image = \"r.example.com/pause:3.9\"\n");
    for newest in ["version = 3\n", "version = 4\n"] {
        let told = of(newest, &two).unwrap();
        assert_eq!(told.open().count(), 0, "{:?}", told.fates);
        assert!(text(&told, "crio.conf").contains("pause:3.9"));
    }
    let error = of("version = 1\n", &two).unwrap_err();
    assert!(error.to_string().contains("containerd 1 reads them as one"), "{error}");
    let error = of("version = 5\n", "").unwrap_err();
    assert!(error.to_string().contains("versions 1 to 4"), "{error}");
}

/// A registry without a certificate is named as its own only host: the form that most private ones have.
#[test]
fn a_registry_that_is_its_own_insecure_host_stays_insecure_and_no_other_one_becomes_so() {
    let of = |name: &str, text_: &str| {
        let told = told(&[Input::new(name, text_)], "1.34");
        assert_eq!(told.open().count(), 0, "{text_}: {:?}", told.fates);
        text(&told, "registries.conf")
    };
    let own = "prefix = \"r.example.com:5000\"\nlocation = \"r.example.com:5000\"\ninsecure = true\n";
    let hosts = "/etc/containerd/certs.d/r.example.com:5000/hosts.toml";
    for said in [
        "server = \"http://r.example.com:5000\"\n",
        "[host.\"http://r.example.com:5000\"]\n",
        "[host.\"http://r.example.com:5000\"]\ncapabilities = [\"pull\", \"resolve\"]\n",
        "[host.\"http://r.example.com:5000\"]\ncapabilities = [\"pull\"]\n",
        "[host.\"https://r.example.com:5000\"]\nskip_verify = true\n",
        "server = \"https://r.example.com:5000\"\nskip_verify = true\n",
    ] {
        let written = of(hosts, said);
        assert!(written.contains(own) && written.matches("[[").count() == 1, "{said}\n{written}");
    }
    let mirrors =
        "[plugins.cri.registry.mirrors.\"r.example.com:5000\"]\nendpoint = [\"http://r.example.com:5000\"]\n";
    assert!(of("config.toml", mirrors).contains(own));
    // With a certificate there is nothing to say.
    for said in ["server = \"https://r.example.com:5000\"\n", "[host.\"https://r.example.com:5000\"]\n"] {
        assert!(!of(hosts, said).contains("[["), "{said}");
    }
    // Another host in its place is asked so for this registry alone.
    let other = of(hosts, "server = \"http://other.example.com\"\n");
    let wanted = "prefix = \"r.example.com:5000\"\nlocation = \"other.example.com\"\ninsecure = true\n";
    assert!(other.contains(wanted) && other.matches("[[").count() == 1, "{other}");
}

#[test]
fn a_handler_that_is_no_table_is_none() {
    const CASES: &[Case] = &[
        (
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes]\nrunc = \"x\"\nkata = 5\n\
             [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.own]\n",
            &[
                ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc", "invalid", "a table"),
                ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata", "invalid", "a table"),
                ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.own", "notNeeded", "it is empty"),
            ],
        ),
        (
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\nruntimes = 5\ndefault_runtime = \"x\"\n\
             [plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"*.x\"]\nendpoint = [\"https://m\"]\n",
            &[
                ("plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes", "invalid", "a table"),
                ("plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime", "invalid", "a table"),
                (
                    "plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"*.x\".endpoint",
                    "invalid",
                    "no wildcard",
                ),
            ],
        ),
    ];
    run("config.toml", CASES, "1.34");
}
