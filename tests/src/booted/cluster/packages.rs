//! The packages of a real cluster, in repositories signed by the test's own keys.

use std::io;
use std::path::{Path, PathBuf};

use super::super::{Shipped, own_program};
use crate::local_repo::{Key, LocalRepo};

/// Repositories that hosts see below `/srv`.
#[derive(Debug)]
pub(super) struct Packages {
    /// They go first: what serves their keys is told to end.
    _repositories: Vec<LocalRepo>,
    /// The keys they are signed by: of Kubernetes and of CRI-O.
    pub(super) keys: [Key; 2],
    dir: tempfile::TempDir,
}

impl Packages {
    /// Makes them of the programs that `tests/hosts/cluster` built in `built`, of one release after the
    /// other.
    ///
    /// # Errors
    /// When a program is missing.
    pub(super) fn make(built: &Path, releases: &[String]) -> io::Result<Self> {
        let dir = tempfile::tempdir_in(super::network::hosts())?;
        // apt reads them as a user of its own.
        std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let at = |name: &str| dir.path().join(name);
        let [kubernetes, crio] = ["kubernetes", "cri-o"].map(|name| LocalRepo::at(at(name).join("keys")));
        let keys = [kubernetes.key("kubernetes", "never"), crio.key("cri-o", "never")];
        let mut repositories = Vec::new();
        for release in releases {
            let minor = minor_of(release);
            let of_minor = kubernetes.of_another_release(at("kubernetes").join(minor));
            of_kubernetes(&of_minor, built, release)?;
            repositories.push(of_minor);
            let of_minor = crio.of_another_release(at("cri-o").join(minor));
            of_minor.deb_of("cri-o", &version_of_crio(release), &runtime(built, release)?);
            of_minor.index_debs(Some("cri-o"));
            repositories.push(of_minor);
        }
        repositories.extend([kubernetes, crio]);
        Ok(Self { _repositories: repositories, keys, dir })
    }

    /// Where they are on this machine.
    #[must_use]
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }
}

fn of_kubernetes(repository: &LocalRepo, built: &Path, release: &str) -> io::Result<()> {
    let (version, programs) = (release.trim_start_matches('v'), built.join("bin").join(release));
    // Upstream's depends on cri-tools, which brings crictl.
    let crictl = Shipped::program("usr/bin/crictl", &built.join("bin/crictl"))?;
    let kubeadm = Shipped::program("usr/bin/kubeadm", &programs.join("kubeadm"))?;
    repository.deb_of("kubeadm", version, &[kubeadm, crictl]);
    let kubectl = Shipped::program("usr/bin/kubectl", &programs.join("kubectl"))?;
    repository.deb_of("kubectl", version, &[kubectl]);
    repository.deb_of("kubelet", version, &kubelet(&programs)?);
    // The hosts have Debian's own, which are newer; a bundle carries what it finds.
    for name in ["conntrack", "iptables", "socat"] {
        repository.deb_of(name, "0.1", &[Shipped::text(&format!("usr/share/doc/{name}/bundled"), "")]);
    }
    repository.index_debs(Some("kubernetes"));
    Ok(())
}

/// The kubelet, its units as upstream's package has them, and the CNI plugins that package depends
/// on.
fn kubelet(programs: &Path) -> io::Result<Vec<Shipped>> {
    let mut files = vec![
        Shipped::program("usr/bin/kubelet", &programs.join("kubelet"))?,
        Shipped::text("usr/lib/systemd/system/kubelet.service", KUBELET_UNIT),
        Shipped::text("usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", KUBELET_DROP_IN),
        Shipped::text("etc/default/kubelet", KUBELET_DEFAULTS),
    ];
    for name in ["bridge", "host-local", "loopback", "portmap"] {
        files.push(Shipped::program(&format!("opt/cni/bin/{name}"), &Path::new("/usr/lib/cni").join(name))?);
    }
    Ok(files)
}

/// Where a real CRI-O is, if one is to be tried: `crio`, `pinns` and `conmon`.
pub(super) fn real_crio() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the one who runs the tests says what is tried")]
    std::env::var_os("CRIO_BIN").map(PathBuf::from)
}

/// `v1.34` of `v1.34.0`, as repositories are called.
fn minor_of(release: &str) -> &str {
    release.rsplit_once('.').map_or(release, |(minor, _)| minor)
}

/// The first of the release's minor.
fn version_of_crio(release: &str) -> String {
    format!("{}.0", minor_of(release).trim_start_matches('v'))
}

/// CRI-O: the one in `CRIO_BIN`, or containerd that listens in its place.
fn runtime(built: &Path, release: &str) -> io::Result<Vec<Shipped>> {
    let pause = &pause_of(built, release)?;
    let mut files = vec![
        Shipped::text("etc/crio/crio.conf.d/10-crio.conf", &CRIO_CONF.replace("@PAUSE@", pause)),
        Shipped::text("etc/crio/policy.json", "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n"),
        // As upstream's package has it: the directory is the package's, and goes with it.
        Shipped::text("etc/cni/net.d/10-crio-bridge.conflist.disabled", "{}\n"),
        Shipped::script("usr/libexec/crio/runc", RUNC),
    ];
    if real_crio().is_none() {
        // CRI-O's package brings both, `verify` looks for them, and containerd has its own.
        for path in ["usr/libexec/crio/conmon", "usr/bin/pinns"] {
            files.push(Shipped::script(path, "#!/bin/sh\nexit 1\n"));
        }
    }
    if let Some(dir) = real_crio() {
        files.push(Shipped::program("usr/bin/crio", &dir.join("crio"))?);
        files.push(Shipped::program("usr/bin/pinns", &dir.join("pinns"))?);
        files.push(Shipped::program("usr/libexec/crio/conmon", &dir.join("conmon"))?);
        let mirror = |name: &str| {
            format!(
                "[[registry]]\nprefix = \"{name}\"\nlocation = \"{}\"\ninsecure = true\n",
                super::REGISTRY
            )
        };
        let mirrors: String = super::MIRRORED.iter().map(|name| mirror(name)).collect();
        let registries = format!("unqualified-search-registries = [\"docker.io\"]\n{mirrors}");
        files.push(Shipped::text("etc/containers/registries.conf.d/crio.conf", &registries));
        files.push(Shipped::text("usr/lib/systemd/system/crio.service", &unit("/usr/bin/crio")));
    } else {
        files.push(Shipped::program("usr/bin/crio", &own_program("crio_stand_in")?)?);
        files.push(Shipped::text("usr/share/crio/containerd.toml", &with_pause(CONTAINERD, pause)));
        let start = format!(
            "/usr/bin/crio /var/run/crio/crio.sock /usr/share/crio/containerd.toml {}",
            version_of_crio(release)
        );
        files.push(Shipped::text("usr/lib/systemd/system/crio.service", &unit(&start)));
        for name in super::MIRRORED {
            let path = format!("usr/share/crio/certs.d/{name}/hosts.toml");
            files.push(Shipped::text(&path, &mirror_of_containerd()));
        }
    }
    Ok(files)
}

/// The files of a host whose runtime is containerd itself, by path.
pub(super) fn containerd(built: &Path, release: &str) -> io::Result<Vec<(String, String)>> {
    let config = with_pause(CONTAINERD_ALONE, &pause_of(built, release)?);
    let mirrors = super::MIRRORED.iter().map(|name| format!("etc/containerd/certs.d/{name}/hosts.toml"));
    let mut files = vec![("etc/containerd/config.toml".to_owned(), config)];
    files.extend(mirrors.map(|path| (path, mirror_of_containerd())));
    Ok(files)
}

fn with_pause(config: &str, pause: &str) -> String {
    config.replace("@PAUSE@", pause) + BY_RUNC
}

fn pause_of(built: &Path, release: &str) -> io::Result<String> {
    let images = std::fs::read_to_string(built.join("bin").join(release).join("images"))?;
    Ok(images.lines().find(|line| line.contains("/pause:")).unwrap_or_default().to_owned())
}

fn mirror_of_containerd() -> String {
    format!("[host.\"http://{}\"]\n  capabilities = [\"pull\", \"resolve\"]\n", super::REGISTRY)
}

/// As CRI-O's package has it, less what a machine without CAP_SYS_RESOURCE refuses.
fn unit(start: &str) -> String {
    format!(
        "[Unit]\nDescription=Container Runtime Interface for OCI (CRI-O)\nWants=network-online.target\nBefore=kubelet.service\n\
         After=network-online.target\n[Service]\nType=notify\nEnvironmentFile=-/etc/default/crio\nExecStart={start}\nDelegate=yes\n\
         KillMode=process\nTasksMax=infinity\nTimeoutStartSec=0\nRestart=on-failure\nRestartSec=10\n[Install]\n\
         WantedBy=multi-user.target\nAlias=cri-o.service\n"
    )
}

const KUBELET_UNIT: &str = "[Unit]\nDescription=kubelet: The Kubernetes Node Agent\nDocumentation=https://kubernetes.io/docs/\n\
    Wants=network-online.target\nAfter=network-online.target\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n\
    StartLimitInterval=0\nRestartSec=10\n[Install]\nWantedBy=multi-user.target\n";
const KUBELET_DROP_IN: &str = "[Service]\n\
    Environment=\"KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf\"\n\
    Environment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\n\
    EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\n\
    ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";
/// The disk and memory of the machine are filled by others too.
const KUBELET_DEFAULTS: &str =
    "KUBELET_EXTRA_ARGS=--eviction-hard=imagefs.available<1%,nodefs.available<1%,memory.available<50Mi\n";
/// The registry has no other pause image than that of the release.
const CRIO_CONF: &str = "[crio.image]\npause_image = \"@PAUSE@\"\nsignature_policy = \"/etc/crio/policy.json\"\n\n\
    [crio.runtime]\ndefault_runtime = \"runc\"\n\n[crio.runtime.runtimes.runc]\n\
    runtime_path = \"/usr/libexec/crio/runc\"\nruntime_root = \"/run/runc\"\nmonitor_path = \"/usr/libexec/crio/conmon\"\n";

/// What CRI-O would be told by its own files, for containerd in its place.
const CONTAINERD: &str = r#"version = 2
root = "/var/lib/containers/containerd"
state = "/run/crio/containerd"
[grpc]
  address = "/run/crio/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "/run/crio/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "@PAUSE@"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/usr/share/crio/certs.d"
"#;

/// What starts containers, of both.
const BY_RUNC: &str = r#"  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "/usr/libexec/crio/runc"
        SystemdCgroup = true
"#;

/// containerd by itself, as kubeadm's pages have it.
const CONTAINERD_ALONE: &str = r#"version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "@PAUSE@"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
"#;

/// Debian's runc. Where the machine itself has no CAP_SYS_RESOURCE no container can have it, nor a
/// negative oom_score_adj: both are taken out of what runc is given, in one line by containerd and
/// in many by CRI-O.
const RUNC: &str = r#"bound=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
if [ $((0x$bound >> 24 & 1)) = 0 ]; then
    last=
    for word; do
        case $last in
        --bundle | -b) file=$word/config.json ;;
        --process | -p) file=$word ;;
        *) file= ;;
        esac
        last=$word
        [ -z "$file" ] || sed -z -i -E 's/"oomScoreAdj":\s*-[0-9]+/"oomScoreAdj":0/g; s/,\s*"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE"\s*,?//g' "$file"
    done
fi
exec /usr/sbin/runc "$@"
"#;
