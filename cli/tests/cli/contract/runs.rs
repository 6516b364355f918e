//! The runs of the contract: every command, done, with nothing to do, refused.

use crate::lay;

/// A run, and how it ends.
pub(super) struct Run {
    pub(super) words: &'static [&'static str],
    pub(super) stdin: &'static str,
    pub(super) status: i32,
    pub(super) schema: &'static str,
}

const fn run(words: &'static [&'static str], status: i32, schema: &'static str) -> Run {
    Run { words, stdin: "", status, schema }
}

const fn with(words: &'static [&'static str], stdin: &'static str, status: i32, schema: &'static str) -> Run {
    Run { words, stdin, status, schema }
}

/// Documents that no run here can print, and why.
pub(super) const DOCUMENTS: &[(&str, &str)] = &[
    ("up", "a running host; cli/tests/cli/up.rs and the layer `booted`"),
    ("probe-all", "what runs on the machine of the test decides how it ends"),
    ("join", "`token create` on a control plane"),
    ("token-list", "a control plane; its rows are tested in the command"),
    ("certs-upload", "a control plane"),
    ("runtime-change", "a running node; cli/src/stage/runtime_change has its tests"),
    ("certs-renewed", "a control plane; cli/src/stage/renew has its tests"),
    ("bundle-created", "a package manager and repositories"),
    ("bundle-checked", "a bundle; cli/tests/cli/bundle.rs"),
    ("probe-fields", "a socket with CRI-O"),
    ("doctor-finding", "a line of jsonl"),
    ("doctor-hosts-finding", "a line of jsonl"),
    ("confirmed", "a transaction that waits; the layer `booted` has one"),
    ("upgrade-clean", "a running host; cli/src/upgrade has its tests"),
    ("support-archive", "a file of an archive"),
];

/// What waits for stdin, where a signal may come.
pub(super) const WAITING: &[&[&str]] = &[
    &["plan", "--root", "root", "-f", "-"],
    &["apply", "--root", "root", "-f", "-"],
    &["apply", "--root", "root", "-f", "-", "--check"],
    &["verify", "--root", "root", "-f", "-"],
    &["check-config", "-"],
    &["migrate-config", "-"],
    &["images", "-f", "-"],
    &["ca-hash", "-"],
    &["crio", "check", "-"],
    &["lint", "-"],
];

const KUBEADM: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n";
const PINS: &[&str] = &[
    "join-command",
    "--endpoint",
    "192.0.2.10:6443",
    "--token",
    "abcdef.0123456789abcdef",
    "--pin",
    "sha256:5e04fdd0a8de01f07825cb36563eb7954a1b5c2d3e4f5061728394a5b6c7d8e9",
];

/// In this order: what one leaves the next finds.
pub(super) const RUNS: &[Run] = &[
    run(&["version"], 0, "version"),
    run(&["init-spec"], 0, "init-spec"),
    run(&["init-spec", "-o", "new.yaml"], 0, "init-spec"),
    run(&["init-spec", "-o", "new.yaml"], 1, "failure"),
    run(&["schema", "--list"], 0, "schema-list"),
    run(&["schema", "nosuch"], 2, "failure"),
    run(&["print-defaults", "init"], 0, "generated"),
    run(&["print-defaults", "upgrade", "--kubernetes-version", "v1.30.0"], 1, "failure"),
    run(&["gen-config", "--node-name", "a", "--advertise-address", "192.0.2.1"], 0, "generated"),
    run(
        &["gen-config", "--node-name", "a", "--advertise-address", "192.0.2.1", "-o", "made.yaml"],
        0,
        "generated",
    ),
    run(&["gen-config", "--pod-subnet", "10.244.0.0/99"], 1, "failure"),
    run(&["gen", "kickstart", "-f", "new.yaml"], 0, "generated"),
    run(&["gen", "kickstart", "-f", "nosuch.yaml"], 1, "failure"),
    // A host, from bare to node and back.
    run(&["plan", "--root", "root", "--no-packages"], 0, "plan"),
    run(&["plan", "--root", "root", "--no-packages", "--check"], 3, "plan"),
    run(&["plan", "--root", "root", "-f", "bad.yaml"], 1, "failure"),
    run(&["plan", "--root", "root", "--mirror", "nosuch"], 1, "plan"),
    run(&["verify", "--root", "root", "--no-packages"], 3, "plan"),
    run(&["confirm", "--root", "root"], 1, "failure"),
    run(&["history", "--root", "root"], 0, "history"),
    run(&["rollback", "--root", "root"], 0, "rollback"),
    run(&["apply", "--root", "root", "--no-packages", "--check"], 3, "plan"),
    run(&["apply", "--root", "root", "--no-packages", "--dry-run"], 0, "plan"),
    run(&["apply", "--root", "root", "--mirror", "nosuch", "--check"], 1, "plan"),
    run(&["apply", "--root", "root", "--mirror", "nosuch"], 1, "failure"),
    run(&["apply", "--root", "root", "--no-packages"], 0, "applied"),
    run(&["apply", "--root", "root", "--no-packages"], 0, "applied"),
    run(&["apply", "--root", "root", "--no-packages", "--check"], 0, "plan"),
    run(&["apply", "--root", "/no/such", "--no-packages"], 1, "failure"),
    run(&["history", "--root", "root"], 0, "history"),
    run(&["history", "--root", "root", "99"], 1, "failure"),
    run(&["recover", "--root", "root"], 0, "rollback"),
    run(&["rollback", "--root", "root", "--dry-run"], 0, "rollback-plan"),
    run(&["rollback", "--root", "root", "--to", "99"], 1, "failure"),
    run(&["rollback", "--root", "root"], 0, "rollback"),
    run(&["down", "--root", "root", "--yes"], 0, "rollback"),
    run(&["up", "--root", "root"], 2, "failure"),
    run(&["facts", "--root", "root"], 0, "facts"),
    run(&["facts", "--root", "/no/such"], 1, "failure"),
    run(&["doctor", "--root", "root"], 0, "doctor"),
    run(&["doctor", "--root", "ill"], 3, "doctor"),
    run(&["doctor", "--root", "ill", "--timeline"], 1, "timeline"),
    run(&["doctor", "--root", "ill", "--fix", "--yes"], 3, "doctor"),
    run(&["doctor", "--root", "ill", "--collect", "ill.tgz"], 0, "doctor-collect"),
    run(&["doctor", "--from", "ill.tgz"], 3, "doctor"),
    run(&["doctor", "--root", "root", "--collect", "a.tgz"], 0, "doctor-collect"),
    run(&["doctor", "--root", "root", "--collect", "/no/such/a.tgz"], 1, "failure"),
    run(&["doctor", "--root", "root", "--collect", "b.tgz"], 0, "doctor-collect"),
    run(&["doctor", "--from", "a.tgz"], 0, "doctor"),
    run(&["doctor", "--from", "a.tgz", "b.tgz"], 0, "doctor-hosts"),
    run(&["doctor", "--from", "bad.yaml"], 1, "failure"),
    run(&["probe-crio", "--socket", "/no/such.sock"], 10, "probe"),
    run(&["explain", "no-pod-subnet"], 0, "explain"),
    run(&["explain", "ip-forward-off", "--lang", "zh-CN"], 0, "explain"),
    run(&["explain", "--list"], 0, "explain-list"),
    run(&["explain", "--list", "--lang", "zh-CN"], 0, "explain-list"),
    run(&["explain", "no-such-code"], 2, "failure"),
    // kubeadm's documents.
    run(&["check-config", "good.yaml"], 0, "check-config"),
    run(&["check-config", "wrong.yaml", "/no/such"], 1, "check-config"),
    run(&["check-config", "wrong.yaml"], 3, "check-config"),
    with(&["check-config", "-"], KUBEADM, 0, "check-config"),
    run(&["migrate-config", "good.yaml", "--to", "v1beta3"], 0, "migrated"),
    run(&["migrate-config", "good.yaml", "--to", "v1beta3", "-o", "old.yaml"], 0, "migrated"),
    run(&["migrate-config", "good.yaml", "--to", "v1beta3", "-o", "old.yaml"], 1, "failure"),
    run(&["migrate-config", "bad.yaml"], 1, "failure"),
    run(&["images", "--kubernetes-version", "v1.34.0"], 0, "images"),
    run(&["images", "--kubernetes-version", "v1.34.0", "--mirror-to", "r.example.org/k"], 0, "image-pairs"),
    run(&["images", "--kubernetes-version", "none"], 2, "failure"),
    run(&["lint", "."], 3, "lint"),
    run(&["lint", "good.yaml"], 0, "lint"),
    run(&["lint", "/no/such"], 1, "lint"),
    with(&["lint", "-"], KUBEADM, 0, "lint"),
    // A node that lives.
    run(&["upgrade", "check", "--to", "1.34", "good.yaml"], 0, "upgrade-check"),
    run(&["upgrade", "check", "--to", "1.35", "--root", "ill"], 3, "upgrade-check"),
    run(&["upgrade", "check", "--to", "1.34", "/no/such"], 1, "upgrade-check"),
    run(&["upgrade", "plan", "--to", "1.34", "--root", "root"], 1, "failure"),
    run(&["upgrade", "plan", "--to", "1.34", "--root", "ill"], 3, "upgrade"),
    run(&["upgrade", "clean", "--keep", "some"], 2, "failure"),
    run(&["upgrade", "apply", "--to", "9.9"], 2, "failure"),
    run(&["upgrade", "status"], 0, "upgrade-status"),
    run(&["upgrade", "resume"], 1, "failure"),
    run(&["upgrade", "abort"], 1, "failure"),
    run(&["migrate-runtime", "translate", "ill/etc/docker/daemon.json"], 3, "migrate-translate"),
    run(&["migrate-runtime", "translate", "bad.yaml"], 1, "failure"),
    run(&["migrate-runtime", "plan", "--root", "ill"], 0, "migrate-runtime"),
    run(&["migrate-runtime", "plan", "--root", "root"], 1, "failure"),
    run(&["migrate-runtime", "apply"], 1, "failure"),
    run(&["migrate-runtime", "back"], 1, "failure"),
    run(&["migrate-runtime", "confirm"], 1, "failure"),
    run(&["certs", "check", "--root", "ill"], 3, "certs"),
    run(&["certs", "check", "--root", "root"], 0, "certs"),
    run(&["certs", "check", "--root", "/no/such"], 1, "failure"),
    // Joining.
    run(&["token", "generate"], 0, "token"),
    run(&["token", "secret", "--token", "abcdef.0123456789abcdef"], 0, "token-secret"),
    run(&["token", "secret", "--ttl=-1h"], 2, "failure"),
    run(&["token", "list"], 1, "failure"),
    run(&["token", "create"], 1, "failure"),
    run(&["certs", "upload"], 1, "failure"),
    run(&["certs", "renew"], 1, "failure"),
    run(&["certs", "renew", "kubelet.conf"], 2, "failure"),
    run(PINS, 0, "join-command"),
    run(&["join-command", "--kubeconfig", "/no/such"], 1, "failure"),
    run(&["ca-hash", "ca.crt"], 0, "ca-hash"),
    run(&["ca-hash", "good.yaml"], 1, "failure"),
    // CRI-O.
    run(&["crio", "check", "crio.conf"], 0, "crio-check"),
    run(&["crio", "check", "bad.conf"], 3, "crio-check"),
    run(&["crio", "check", "/no/such"], 1, "crio-check"),
    run(&["crio", "check", "--root", "root", "--release", "1.34"], 0, "crio-check"),
    run(&["crio", "show", "--root", "root"], 0, "crio-show"),
    run(&["crio", "get", "--root", "root", "crio.image.pause_image"], 0, "crio-get"),
    run(&["crio", "get", "--root", "root", "crio.nosuch"], 2, "failure"),
    run(&["crio", "set", "--root", "root", "crio.runtime.log_level", "debug", "--dry-run"], 0, "crio-edit"),
    run(&["crio", "set", "--root", "root", "crio.runtime.log_level", "debug"], 0, "crio-edit"),
    run(&["crio", "set", "--root", "root", "crio.runtime.log_level", "debug"], 0, "crio-edit"),
    run(&["crio", "set", "--root", "root", "crio.runtime.pids_limit", "no"], 2, "failure"),
    run(&["crio", "unset", "--root", "root", "crio.runtime.log_level"], 0, "crio-edit"),
    run(&["crio", "unset", "--root", "root", "crio.runtime.log_level"], 0, "crio-edit"),
    run(&["crio", "options", "crio.image.pause_image"], 0, "crio-options"),
    run(&["crio", "options", "crio.image.nosuch"], 2, "failure"),
    run(&["crio", "upgrade-notes", "1.30", "1.34", "--all"], 0, "crio-upgrade-notes"),
    run(&["crio", "upgrade-notes", "1.34", "1.30"], 2, "failure"),
    run(&["crio", "registries", "--mirror", "quay.io=r.example.org/q"], 0, "crio-registries"),
    run(
        &["crio", "registries", "--root", "root", "--mirror", "quay.io=r.example.org/q", "--write"],
        0,
        "crio-registries",
    ),
    run(
        &["crio", "registries", "--root", "root", "--mirror", "quay.io=r.example.org/q", "--write"],
        0,
        "crio-registries",
    ),
    run(
        &[
            "crio",
            "registries",
            "--root",
            "root",
            "--check",
            "/etc/containers/registries.conf.d/99-k8sprep.conf",
        ],
        0,
        "crio-registries-check",
    ),
    run(
        &["crio", "registries", "--root", "root", "--check", "/etc/blocked.conf"],
        3,
        "crio-registries-check",
    ),
    run(&["crio", "registries"], 2, "failure"),
    // Images of hosts.
    run(&["seal", "--root", "root", "--dry-run"], 0, "seal"),
    run(&["seal", "--root", "root"], 0, "seal"),
    run(&["seal", "--root", "root"], 0, "seal"),
    run(&["seal", "--root", "/no/such"], 1, "failure"),
    run(&["bundle", "create", "-o", "b.tar", "-f", "bad.yaml"], 1, "failure"),
    run(&["bundle", "check", "/no/such"], 1, "failure"),
    run(&["bundle", "use", "/no/such", "--root", "root"], 1, "failure"),
];

/// A directory with all that the runs name.
pub(super) fn laid() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    lay(
        dir.path(),
        "root/etc/blocked.conf",
        "[[registry]]\nlocation = \"registry.k8s.io\"\nblocked = true\n",
    );
    lay(dir.path(), "ill/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    lay(dir.path(), "ill/etc/kubernetes/kubelet.conf", "");
    lay(
        dir.path(),
        "ill/etc/kubernetes/pki/ca.crt",
        include_str!("../../../../kubeadm-config/tests/data/ca-p256.crt"),
    );
    lay(
        dir.path(),
        "ill/etc/docker/daemon.json",
        "{\"exec-opts\": [\"native.cgroupdriver=systemd\"], \"no-such\": 1}\n",
    );
    lay(
        dir.path(),
        "ill/var/lib/kubelet/config.yaml",
        "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
    );
    lay(
        dir.path(),
        "ill/var/lib/kubelet/kubeadm-flags.env",
        "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10\"\n",
    );
    lay(
        dir.path(),
        "k8sprep.yaml",
        "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n",
    );
    lay(dir.path(), "bad.yaml", "role: nothing\nkubernetesVersion: v1.34.0\n");
    lay(dir.path(), "good.yaml", KUBEADM);
    lay(dir.path(), "wrong.yaml", &KUBEADM.replace("v1.34.0", "v1.34.0\nnetworking: {podSubnet: here}"));
    lay(dir.path(), "crio.conf", "[crio.runtime]\nlog_level = \"info\"\n");
    lay(dir.path(), "bad.conf", "[crio.runtime]\nlog_level = 1\n");
    lay(dir.path(), "ca.crt", include_str!("../../../../kubeadm-config/tests/data/ca-p256.crt"));
    dir
}
