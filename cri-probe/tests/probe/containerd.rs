//! Real containerd, as Debian packages it, with its root, state and sockets in a temporary
//! directory.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cri_probe::{Client, Error, Fact, Runtime, RuntimeCgroupDriver, Socket, Source, Wait, blocking};

/// A running containerd; dropping it ends it.
struct Containerd {
    process: Child,
    socket: PathBuf,
    _directory: tempfile::TempDir,
}

impl Drop for Containerd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Containerd {
    #[expect(clippy::disallowed_methods, reason = "a test starts the daemon it tests against")]
    fn start(settings: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            test_kit::skip("containerd runs as root only");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let config = format!(
            "version = 2\nroot = {:?}\nstate = {:?}\n{settings}\n[grpc]\naddress = {:?}\n[ttrpc]\naddress = {:?}\n",
            at("root"),
            at("state"),
            at("containerd.sock"),
            at("ttrpc.sock"),
        );
        fs::write(at("config.toml"), config).unwrap();
        let mut command = Command::new("containerd");
        command.arg("--config").arg(at("config.toml")).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(process) = command.spawn() else {
            test_kit::skip("no containerd on this machine (apt-get install containerd)");
            return None;
        };
        Some(Self { process, socket: at("containerd.sock"), _directory: directory })
    }

    fn wait<T, F: Future<Output = Result<T, Error>>>(
        &self,
        question: impl FnMut(Client) -> F,
    ) -> Result<T, Error> {
        let mut wait = Wait::default();
        wait.limit = Duration::from_secs(60);
        let client = Client::new(Socket::new(&self.socket).unwrap());
        blocking::run(client.wait(&wait, question, |_| true, |_| ()))
    }
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn containerd_is_known_and_its_driver_read_from_its_status() {
    let systemd = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n\
        runtime_type = \"io.containerd.runc.v2\"\n\
        [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSystemdCgroup = true\n";
    for (settings, driver) in [("", RuntimeCgroupDriver::Cgroupfs), (systemd, RuntimeCgroupDriver::Systemd)] {
        let Some(containerd) = Containerd::start(settings) else { return };
        let probe = containerd.wait(|client| async move { client.probe(Source::ALL).await }).unwrap();
        assert_eq!(probe.runtime(), Runtime::Containerd);
        let status = probe.status.as_ref().unwrap();
        assert!(status.condition("RuntimeReady").unwrap().status);
        assert_eq!(status.settings().cgroup_driver, Some(driver));
        assert!(status.settings().sandbox_image.unwrap().contains("pause"));
        let claims = probe.claims();
        assert!(claims.iter().any(|claim| claim.fact == Fact::ImageFilesystem), "{claims:?}");
        assert_eq!(probe.pod_sandboxes.unwrap().ready, 0);
        let info = probe.unanswered.iter().find(|one| one.source == Source::Info).unwrap();
        assert!(matches!(info.error, Error::Http2Only { .. }), "{info:?}");
    }
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn containerd_without_its_cri_plugin_is_told_how_to_get_it() {
    let Some(containerd) = Containerd::start("disabled_plugins = [\"io.containerd.grpc.v1.cri\"]") else {
        return;
    };
    let error = containerd.wait(|client| async move { client.probe(Source::USUAL).await }).unwrap_err();
    assert!(matches!(error, Error::NoCri { .. }), "{error:?}");
    assert!(error.to_string().contains("disabled_plugins"), "{error}");
}
