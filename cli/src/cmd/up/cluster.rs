//! The steps of `up` that are the cluster's: none of them is taken back by a rollback.

use std::path::{Path, PathBuf};

use host_prep::Host;
use host_prep::cluster::{self, ADMIN_CONF, KubeadmOptions, Standing, Sure, User};

use super::Up;
use super::joining::{self, Joining};
use super::summary::{Outcome, Summary};
use crate::cmd::shared::on_host::{Progress, Temporary, failed};
use crate::failure::{Exit, Failure};
use crate::recipe::{JOIN_FILE, KUBEADM_FILE, NodeName, NodeSpec};
use crate::ui::Ui;

/// Whether kubeadm has work to do.
enum Work {
    /// It has done it.
    None,
    /// It begins.
    Begins,
    /// It goes on where an earlier run stopped.
    GoesOn,
}

impl Up {
    pub(super) fn control_plane(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        match self.work(host, done, ui)? {
            Work::None => done.stands("kubeadm init"),
            work => {
                let what = match work {
                    Work::GoesOn => "`kubeadm init` goes on where it stopped and finishes the cluster.",
                    _ => "`kubeadm init` makes this host the control plane of a new cluster.",
                };
                self.consent.to(what, ui)?;
                ui.note("cluster: kubeadm init (this takes minutes)");
                let options = self.kubeadm(&work);
                cluster::init(host, Path::new(KUBEADM_FILE), &options, &mut Progress::start(ui)?)
                    .map_err(|error| failed(&error))?;
                done.cluster("kubeadm init", KUBEADM_FILE);
            }
        }
        done.outcome = Outcome::ControlPlane;
        if let Some(name) = &self.user {
            ui.note(format_args!("cluster: {ADMIN_CONF} for {name}"));
            let path = cluster::give_kubeconfig(host, &user(host, name)?).map_err(|error| failed(&error))?;
            done.cluster("admin.conf", &path.display().to_string());
        }
        self.network(host, spec, done, ui)?;
        ui.note("cluster: join command");
        let mut joining = Joining::of(host, ui)?;
        if self.control_plane_join {
            ui.note("cluster: certificates of the control plane, uploaded for two hours");
            let key = cluster::certificate_key(host, KUBEADM_FILE, &mut Progress::start(ui)?);
            joining.certificate_key = Some(key.map_err(|error| failed(&error))?);
        }
        done.joining(joining);
        Ok(())
    }

    fn network(&self, host: &Host, spec: &NodeSpec, done: &mut Summary, ui: &mut Ui) -> Result<(), Failure> {
        match &self.cni {
            Some(manifest) => {
                ui.note(format_args!("cluster: network plugin of {}", manifest.display()));
                let manifest = std::path::absolute(manifest).map_err(|error| Failure::from_error(&error))?;
                cluster::apply_network(host, &manifest, &pod_subnet(spec), &mut Progress::start(ui)?)
                    .map_err(|error| failed(&error))?;
                done.cluster("network plugin", &manifest.display().to_string());
            }
            // Whoever asks for the test says that the cluster has a network, or that one comes.
            None if self.smoke_test => {}
            None => {
                if cluster::has_network_plugin(host, &mut Progress::start(ui)?) != Some(true) {
                    done.remains(
                        "no node of the cluster is Ready, which needs a network plugin",
                        "`up --cni FILE` applies one",
                    );
                }
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
        let work = self.work(host, done, ui)?;
        if matches!(work, Work::None) {
            done.stands("kubeadm join");
            return Ok(());
        }
        let config = self.join_file(spec).ok_or_else(joining::nothing_to_join)?;
        let config = std::path::absolute(config).map_err(|error| Failure::from_error(&error))?;
        self.consent.to("`kubeadm join` makes this host a node.", ui)?;
        ui.note("cluster: kubeadm join (this takes a minute)");
        cluster::join(host, &config, &self.kubeadm(&work), &mut Progress::start(ui)?)
            .map_err(|error| failed(&error))?;
        done.cluster("kubeadm join", &config.display().to_string());
        Ok(())
    }

    /// What a node joins with.
    pub(super) fn join_file(&self, spec: &NodeSpec) -> Option<&Path> {
        let of_spec = spec.join.is_some().then(|| Path::new(JOIN_FILE));
        self.join_config.as_deref().or(of_spec)
    }

    /// Whether kubeadm has work to do, after a word about what was found.
    fn work(&self, host: &Host, done: &mut Summary, ui: &mut Ui) -> Result<Work, Failure> {
        let standing = cluster::standing(host).map_err(|error| failed(&error))?;
        if standing.is_bare() {
            return Ok(Work::Begins);
        }
        ui.note(format_args!("cluster: {standing}"));
        if let Standing::ControlPlane(Sure::ByItsFiles) = standing {
            return self.work_by_cluster(host, done, ui);
        }
        Ok(if standing.is_begun() { Work::GoesOn } else { Work::None })
    }

    /// Its files look whole, and kubeadm was run by somebody else: only the cluster knows what is missing.
    fn work_by_cluster(&self, host: &Host, done: &mut Summary, ui: &mut Ui) -> Result<Work, Failure> {
        let missing = cluster::is_whole(host, &mut Progress::start(ui)?);
        if self.resume {
            return Ok(Work::GoesOn);
        }
        match missing.as_deref() {
            Some([]) => Ok(Work::None),
            Some(missing) if missing.iter().any(|name| name.contains("kubeadm-config")) => Ok(Work::GoesOn),
            // Other networks do without: it is only told.
            Some(missing) => {
                let what = format!("the cluster has no {}", missing.join(" and no "));
                done.remains(&what, "if it should: `up --resume` runs `kubeadm init` again");
                Ok(Work::None)
            }
            None => {
                let what = "whether `kubeadm init` came to its end here cannot be told: its files are there, \
                    and the API server does not answer";
                let failure = Failure::new(Exit::Failed, what);
                Err(failure.hint(
                    "`journalctl -u kubelet -u crio` says why; `up --resume` runs `kubeadm init` again",
                ))
            }
        }
    }

    fn kubeadm(&self, work: &Work) -> KubeadmOptions {
        let mut options = KubeadmOptions::default();
        options.limit = self.limit.duration();
        options.resume = matches!(work, Work::GoesOn);
        options.ignore.clone_from(&self.ignore_preflight_errors);
        options
    }
}

pub(super) fn pod_subnet(spec: &NodeSpec) -> String {
    spec.networking.pod_subnet.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// A user of the host, by name or number.
pub(super) fn user(host: &Host, name: &str) -> Result<User, Failure> {
    let passwd = host.root().read(Path::new("/etc/passwd")).map_err(|error| failed(&error))?;
    let passwd = String::from_utf8_lossy(&passwd.unwrap_or_default()).into_owned();
    User::in_passwd(&passwd, name)
        .ok_or_else(|| Failure::new(Exit::Failed, format_args!("there is no user {name}")))
}

fn tempfile_of(text: &str) -> Result<Temporary, Failure> {
    let path = PathBuf::from(format!("/run/k8sprep-smoke-{}.yaml", std::process::id()));
    host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PRIVATE)
        .map_err(|error| failed(&error))?;
    Ok(Temporary(path))
}
