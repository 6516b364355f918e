//! The steps of `up` that are the cluster's: none of them is taken back by a rollback.

use std::path::{Path, PathBuf};

use host_prep::Host;
use host_prep::cluster::{self, ADMIN_CONF, KubeadmOptions, Progress as Way, User};

use super::Up;
use super::summary::{Outcome, Summary};
use crate::cmd::on_host::{Progress, Temporary, failed, moment, now};
use crate::failure::{Exit, Failure};
use crate::recipe::{JOIN_FILE, KUBEADM_FILE, NodeName, NodeSpec};
use crate::ui::Ui;

/// How long the token of a join command lives.
const HOURS: u32 = 24;

impl Up {
    pub(super) fn control_plane(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        if self.begins(host)? {
            self.consent.to("`kubeadm init` makes this host the control plane of a new cluster.", ui)?;
            ui.note("cluster: kubeadm init (this takes minutes)");
            cluster::init(host, Path::new(KUBEADM_FILE), &self.kubeadm(), &mut Progress::start(ui)?)
                .map_err(|error| failed(&error))?;
            done.cluster("kubeadm init", KUBEADM_FILE);
        } else {
            ui.note("cluster: kubeadm has made this host a control plane already");
            done.stands("kubeadm init");
        }
        done.outcome = Outcome::ControlPlane;
        if let Some(name) = &self.user {
            ui.note(format_args!("cluster: {ADMIN_CONF} for {name}"));
            let path = give(host, name)?;
            done.cluster("admin.conf", &path.display().to_string());
        }
        self.network(host, spec, done, ui)?;
        ui.note("cluster: join command");
        let command = cluster::join_command(host, HOURS, &mut Progress::start(ui)?);
        let until = moment(now() + u64::from(HOURS) * 3600);
        done.join_command(command.map_err(|error| failed(&error))?, HOURS, until);
        Ok(())
    }

    fn network(&self, host: &Host, spec: &NodeSpec, done: &mut Summary, ui: &mut Ui) -> Result<(), Failure> {
        match &self.cni {
            Some(manifest) => {
                ui.note(format_args!("cluster: network plugin of {}", manifest.display()));
                let manifest = std::path::absolute(manifest).map_err(|error| Failure::from_error(&error))?;
                let subnet = spec.networking.pod_subnet.as_ref().map(ToString::to_string).unwrap_or_default();
                cluster::apply_network(host, &manifest, &subnet, &mut Progress::start(ui)?)
                    .map_err(|error| failed(&error))?;
                done.cluster("network plugin", &manifest.display().to_string());
            }
            // Whoever asks for the test says that the cluster has a network, or that one comes.
            None if self.smoke_test => {}
            None => {
                done.remains(
                    "the cluster has no network plugin of this run",
                    "the node gets Ready with one: `--cni FILE`",
                );
                return Ok(());
            }
        }
        let limit = self.limit.duration();
        ui.note("cluster: waiting for the node to be Ready");
        let name = spec.node_name.as_ref().map(NodeName::as_str);
        cluster::await_ready(host, name, limit, &mut Progress::start(ui)?).map_err(|error| failed(&error))?;
        done.cluster("node Ready", name.unwrap_or("all nodes"));
        if !self.smoke_test {
            return Ok(());
        }
        ui.note("cluster: smoke test, a web server that is asked over the pod network and removed again");
        let file = tempfile_of(cluster::SMOKE_MANIFEST)?;
        let tested = cluster::smoke_test(host, &file.0, limit, &mut Progress::start(ui)?);
        tested.map_err(|error| failed(&error))?;
        done.cluster("smoke test", "a web server answered over the pod network, and is removed again");
        Ok(())
    }

    pub(super) fn join(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        done.outcome = Outcome::Node;
        if !self.begins(host)? {
            ui.note("cluster: the host belongs to one already");
            done.stands("kubeadm join");
            return Ok(());
        }
        let config = match (&self.join_config, &spec.join) {
            (Some(config), _) => config.as_path(),
            (None, Some(_)) => Path::new(JOIN_FILE),
            (None, None) => {
                let failure =
                    Failure::new(Exit::Failed, "the host is ready, but nothing says which cluster it joins");
                return Err(failure
                    .hint("write `join` into the spec, or give --join-config")
                    .hint("or run the command that `up` printed on the control plane"));
            }
        };
        let config = std::path::absolute(config).map_err(|error| Failure::from_error(&error))?;
        self.consent.to("`kubeadm join` makes this host a node.", ui)?;
        ui.note("cluster: kubeadm join (this takes a minute)");
        cluster::join(host, &config, &self.kubeadm(), &mut Progress::start(ui)?)
            .map_err(|error| failed(&error))?;
        done.cluster("kubeadm join", &config.display().to_string());
        Ok(())
    }

    /// Whether kubeadm has work to do; an unfinished run is only gone on with when asked.
    fn begins(&self, host: &Host) -> Result<bool, Failure> {
        match cluster::progress(host).map_err(|error| failed(&error))? {
            Way::Joined => Ok(false),
            Way::Begun if !self.resume => {
                let failure =
                    Failure::new(Exit::Failed, "an earlier run of kubeadm did not come to its end here");
                Err(failure.hint("`--resume` goes on with it").hint("`k8sprep down` takes it back"))
            }
            _ => Ok(true),
        }
    }

    fn kubeadm(&self) -> KubeadmOptions {
        let mut options = KubeadmOptions::default();
        options.limit = self.limit.duration();
        options.resume = self.resume;
        options.ignore.clone_from(&self.ignore_preflight_errors);
        options
    }
}

/// Gives a user of the host the administrator's kubeconfig; where it is.
fn give(host: &Host, name: &str) -> Result<PathBuf, Failure> {
    let passwd = host.root().read(Path::new("/etc/passwd")).map_err(|error| failed(&error))?;
    let passwd = String::from_utf8_lossy(&passwd.unwrap_or_default()).into_owned();
    let user = User::in_passwd(&passwd, name)
        .ok_or_else(|| Failure::new(Exit::Failed, format_args!("there is no user {name}")))?;
    cluster::give_kubeconfig(host, &user).map_err(|error| failed(&error))
}

fn tempfile_of(text: &str) -> Result<Temporary, Failure> {
    let path = PathBuf::from(format!("/run/k8sprep-smoke-{}.yaml", std::process::id()));
    host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PRIVATE)
        .map_err(|error| failed(&error))?;
    Ok(Temporary(path))
}
