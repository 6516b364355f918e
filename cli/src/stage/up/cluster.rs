//! The steps of `up` that are the cluster's: none of them is rolled back by a rollback.
//!
//! Each asks what is so before it does something, so that a run that was stopped goes on where it
//! was. They are told in the summary under "cluster", apart from what a rollback undoes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_prep::Host;
use host_prep::cluster::{self, ADMIN_CONF, KubeadmOptions, Standing, Sure, User};
use host_prep::fs::Temporary;

use super::summary::{Outcome, Summary};
use super::{Up, agreed};
use crate::code::Code;
use crate::recipe::{JOIN_FILE, KUBEADM_FILE, NodeName, NodeSpec};
use crate::stage::{Error, JoinToken, Joining, Question, Reporter, upload_certificates};

/// Whether kubeadm has work to do.
enum Work {
    /// It has done it.
    None,
    /// It begins.
    Begins,
    /// It goes on where an earlier run stopped.
    GoesOn,
}

/// flannel's daemon starts in seconds; what takes longer is for `verify` to say.
const FLANNEL_LIMIT: Duration = Duration::from_secs(60);

impl Up {
    /// init, the user's kubeconfig, the network, and last the way for others to join.
    pub(super) fn control_plane(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        match self.work(host, done, report)? {
            Work::None => done.stands("kubeadm init"),
            work => {
                agreed(
                    if matches!(work, Work::GoesOn) { Question::InitGoesOn } else { Question::Init },
                    report,
                )?;
                report.note(&"cluster: kubeadm init (this takes minutes)");
                let options = self.kubeadm(&work);
                // kubeadm is given a file and no flags: `can not mix '--config' with arguments`
                // (`ValidateMixedArguments`).
                cluster::init(host, Path::new(KUBEADM_FILE), &options, &mut *report.watch()?)?;
                done.cluster("kubeadm init", KUBEADM_FILE, true);
            }
        }
        done.outcome = Outcome::ControlPlane;
        if let Some(name) = &self.user {
            report.note(&format_args!("cluster: {ADMIN_CONF} for {name}"));
            let given = cluster::give_kubeconfig(host, &user(host, name)?)?;
            done.cluster("admin.conf", &given.path.display().to_string(), given.changed);
        }
        self.network(host, spec, done, report)?;
        report.note(&"cluster: join command");
        let token = JoinToken::find(host, report)?;
        let mut key = None;
        if self.control_plane_join {
            report.note(&"cluster: certificates of the control plane, uploaded for two hours");
            key = Some(upload_certificates(host, report)?);
        }
        done.join = Some(Joining::with(token, key)?);
        Ok(())
    }

    /// Without a manifest nothing is waited for: the node is not Ready before there is a network,
    /// and that is told.
    fn network(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        match &self.cni {
            Some(manifest) => {
                report.note(&format_args!("cluster: network plugin of {}", manifest.display()));
                let manifest = absolute(manifest)?;
                let now = cluster::apply_network(host, &manifest, &pod_subnet(spec), &mut *report.watch()?)?;
                done.cluster("network plugin", &manifest.display().to_string(), now);
            }
            // Whoever asks for the test says that the cluster has a network, or that one comes.
            None if self.smoke_test => {}
            None => {
                if cluster::has_network_plugin(host, &mut *report.watch()?) != Some(true) {
                    done.remains(
                        Code::ClusterWithoutNetwork.as_str(),
                        "no node of the cluster is Ready, which needs a network plugin",
                        "`up --cni FILE` applies one",
                    );
                }
                return Ok(());
            }
        }
        let limit = self.limit;
        // A kubelet calls its node Ready only when the runtime has a network: a plugin that does
        // not start is seen here (`NetworkReady`, pkg/kubelet/nodestatus/setters.go).
        report.note(&"cluster: waiting for the node to be Ready");
        let name = spec.node_name.as_ref().map(NodeName::as_str);
        let now = cluster::await_ready(host, name, limit, &mut *report.watch()?)?;
        cluster::await_flannel(host, limit.min(FLANNEL_LIMIT), &mut *report.watch()?)?;
        done.seen("node Ready", name.unwrap_or("all nodes"), now);
        if !self.smoke_test {
            return Ok(());
        }
        report
            .note(&"cluster: smoke test, a web server that is asked over the pod network and removed again");
        let file = tempfile_of(cluster::SMOKE_MANIFEST)?;
        let tested = cluster::smoke_test(host, file.path(), limit, &mut *report.watch()?);
        tested?;
        done.seen("smoke test", "a web server answered over the pod network, and is removed again", true);
        Ok(())
    }

    /// A node that has joined is left alone.
    pub(super) fn join(
        &self,
        host: &Host,
        spec: &NodeSpec,
        done: &mut Summary,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        done.outcome = Outcome::Node;
        let work = self.work(host, done, report)?;
        // kubeadm join refuses a host that has a kubelet.conf (FileAvailable).
        if matches!(work, Work::None) {
            if cluster::forget_bootstrap_token(host)? {
                report.note(&"cluster: removed the bootstrap token that an earlier join left");
            }
            done.stands("kubeadm join");
            return Ok(());
        }
        let config = self.join_file(spec).ok_or_else(|| Error::NothingToJoin)?;
        let config = absolute(config)?;
        agreed(Question::Join, report)?;
        report.note(&"cluster: kubeadm join (this takes a minute)");
        cluster::join(host, &config, &self.kubeadm(&work), &mut *report.watch()?)?;
        done.cluster("kubeadm join", &config.display().to_string(), true);
        Ok(())
    }

    /// What a node joins with.
    pub(super) fn join_file(&self, spec: &NodeSpec) -> Option<&Path> {
        let of_spec = spec.join.is_some().then(|| Path::new(JOIN_FILE));
        self.join_config.as_deref().or(of_spec)
    }

    /// Whether kubeadm has work to do, after a word about what was found.
    fn work(&self, host: &Host, done: &mut Summary, report: &mut dyn Reporter) -> Result<Work, Error> {
        let standing = cluster::standing(host)?;
        if standing.is_bare() {
            return Ok(Work::Begins);
        }
        report.note(&format_args!("cluster: {standing}"));
        // kubeadm writes the manifests before it waits for the API server, so files alone do not
        // tell that it ended well.
        if let Standing::ControlPlane(Sure::ByItsFiles) = standing {
            return self.work_by_cluster(host, done, report);
        }
        Ok(if standing.is_begun() { Work::GoesOn } else { Work::None })
    }

    /// Its files look whole, and kubeadm was run by somebody else: only the cluster knows what is
    /// missing.
    fn work_by_cluster(
        &self,
        host: &Host,
        done: &mut Summary,
        report: &mut dyn Reporter,
    ) -> Result<Work, Error> {
        let missing = cluster::is_whole(host, &mut *report.watch()?);
        if self.resume {
            return Ok(Work::GoesOn);
        }
        match missing.as_deref() {
            Some([]) => Ok(Work::None),
            // The ConfigMap is uploaded by a late phase of init; without it no node can join.
            Some(missing) if missing.iter().any(|name| name.contains("kubeadm-config")) => Ok(Work::GoesOn),
            // Other networks do without: it is only told.
            Some(missing) => {
                let what = format!("the cluster has no {}", missing.join(" and no "));
                let code = Code::ClusterIncomplete.as_str();
                done.remains(code, &what, "if it should: `up --resume` runs `kubeadm init` again");
                Ok(Work::None)
            }
            None => Err(Error::UnknownEnd),
        }
    }

    /// `resume` has kubeadm pass over what it finds of itself.
    fn kubeadm(&self, work: &Work) -> KubeadmOptions {
        let mut options = KubeadmOptions::default();
        options.limit = self.limit;
        options.resume = matches!(work, Work::GoesOn);
        options.ignore.clone_from(&self.ignore_preflight_errors);
        options
    }
}

/// Empty where the spec says none.
pub(super) fn pod_subnet(spec: &NodeSpec) -> String {
    spec.networking.pod_subnet.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// A user of the host, by name or number.
pub(super) fn user(host: &Host, name: &str) -> Result<User, Error> {
    // Only local users: a name service may need the network that this host does not have yet.
    let passwd = host.root().read(Path::new("/etc/passwd"))?;
    let passwd = String::from_utf8_lossy(&passwd.unwrap_or_default()).into_owned();
    User::in_passwd(&passwd, name).ok_or_else(|| Error::NoUser { name: name.to_owned() })
}

/// In `/run`, and removed when it is dropped.
fn tempfile_of(text: &str) -> Result<Temporary, Error> {
    let path = PathBuf::from(format!("/run/k8sprep-smoke-{}.yaml", std::process::id()));
    Ok(Temporary::new(path, text.as_bytes())?)
}

/// Programs of the host are run in a directory of their own.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::Path { path: path.to_owned(), source })
}
