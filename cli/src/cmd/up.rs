//! `k8sprep up`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cri_probe::{Client, Socket, Wait, blocking};
use host_prep::cluster::{self, KubeadmOptions, Progress as Way, User};
use host_prep::{Applied, Back, Desired, Host, rollback, service};

use crate::cmd::Run;
use crate::cmd::consent::Consent;
use crate::cmd::limit::Limit;
use crate::cmd::node::Node;
use crate::cmd::on_host::{Progress, Temporary, carry_out, failed, report_kept, taken};
use crate::cmd::plan_sheet;
use crate::failure::{Exit, Failure, chain};
use crate::recipe::{JOIN_FILE, KUBEADM_FILE, NodeSpec, Role};
use crate::ui::Ui;

/// The flags of `up`.
#[derive(clap::Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    consent: Consent,
    /// Prepare the host and stop before kubeadm
    #[arg(long)]
    prepare_only: bool,
    /// The manifest of the network plugin; its network has to be the spec's podSubnet
    #[arg(long, value_name = "FILE")]
    cni: Option<PathBuf>,
    /// Give this user of the host the administrator's kubeconfig
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// What a node joins with, a kubeadm JoinConfiguration, instead of what the spec says
    #[arg(long, value_name = "FILE")]
    join_config: Option<PathBuf>,
    /// Go on where an earlier run of kubeadm stopped
    #[arg(long)]
    resume: bool,
    /// Preflight checks of kubeadm that may fail
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    ignore_preflight_errors: Vec<String>,
    /// Run a web server over the pod network at the end, and remove it again
    #[arg(long)]
    smoke_test: bool,
    /// Stop kubeadm, and waiting for the node, after this time
    #[arg(long, value_name = "TIME", default_value = "15m")]
    limit: Limit,
}

impl Run for Up {
    const NAME: &'static str = "up";
    const ABOUT: &'static str = "From a bare host to a node: packages, host, kubeadm, network";
    const EXAMPLES: &'static str = "  k8sprep up -f k8sprep.yaml                        # shows each plan and asks
  k8sprep up -f k8sprep.yaml --yes --prepare-only   # up to kubeadm
  k8sprep up --yes --cni kube-flannel.yml --user li --smoke-test
  k8sprep up --resume                               # after kubeadm failed
  k8sprep up -f worker.yaml --yes                   # with `join:` in it: it joins
  k8sprep up --yes --join-config join.yaml          # the same with a file of kubeadm's

Packages come first and are a transaction of their own, since what the host needs depends on what they bring.
`k8sprep rollback` takes the newest transaction back, `k8sprep down` all of them and the node out of its cluster.
Exit status: 0 done, 1 failed, 4 failed and not everything could be taken back";

    fn run(mut self, ui: &mut Ui) -> Result<(), Failure> {
        if self.node.on.root.is_some() {
            let failure = Failure::usage("`up` works on the running host");
            return Err(failure.hint("`k8sprep apply --root` prepares the tree of one that is not running"));
        }
        let host = self.node.on.host()?;
        self.node.packages.settle(&host)?;
        let spec = self.node.spec()?;
        let packages = self.node.packages(&host, &spec, ui)?;
        self.make_true(&host, &packages, "These packages come onto the host.", ui)?;
        let recipe = self.node.recipe(&host, &spec, ui)?;
        self.make_true(&host, &recipe.desired, "This is what changes on the host.", ui)?;
        answers(&recipe.agreed.cri_socket, ui)?;
        if self.prepare_only {
            return ui.line("the host is ready for kubeadm");
        }
        if spec.role == Role::Worker || spec.join.is_some() {
            self.join(&host, &spec, ui)
        } else {
            self.control_plane(&host, &spec, ui)
        }
    }
}

impl Up {
    /// Plans, shows, asks, applies, and does what the steps need.
    fn make_true(&self, host: &Host, desired: &Desired, what: &str, ui: &mut Ui) -> Result<(), Failure> {
        let plan = host_prep::verify(host, desired);
        if plan.is_done() {
            return Ok(());
        }
        ui.styled(plan_sheet::text(&plan))?;
        ui.finish()?;
        if !plan.problems().is_empty() {
            let count = plan.problems().len();
            let what = format!("nothing was changed: {count} problems of the plan stand in the way");
            return Err(Failure::new(Exit::Failed, what));
        }
        self.consent.to(what, ui)?;
        let done = carry_out(host, desired, &plan, ui)?;
        let left = match service::follow(host, &done.needs) {
            Ok(left) => left,
            Err(error) => return Err(given_back(host, &done, &error, ui)),
        };
        left.iter().for_each(|need| ui.warn(format_args!("still needed: {need}")));
        taken(&done, ui)
    }

    fn control_plane(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<(), Failure> {
        if self.begins(host)? {
            self.consent.to("`kubeadm init` makes this host the control plane of a new cluster.", ui)?;
            ui.note("kubeadm init; this takes minutes");
            cluster::init(host, Path::new(KUBEADM_FILE), &self.kubeadm(), &mut Progress::start(ui)?)
                .map_err(|error| failed(&error))?;
        }
        if let Some(name) = &self.user {
            let passwd = host.root().read(Path::new("/etc/passwd")).map_err(|error| failed(&error))?;
            let passwd = String::from_utf8_lossy(&passwd.unwrap_or_default()).into_owned();
            let user = User::in_passwd(&passwd, name)
                .ok_or_else(|| Failure::new(Exit::Failed, format_args!("there is no user {name}")))?;
            let path = cluster::give_kubeconfig(host, &user).map_err(|error| failed(&error))?;
            ui.line(format_args!("kubeconfig of {name}: {}", path.display()))?;
        }
        self.network(host, spec, ui)?;
        let command = cluster::join_command(host, 24).map_err(|error| failed(&error))?;
        ui.line(format_args!("workers join within 24 hours with:\n  {command}"))
    }

    fn network(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<(), Failure> {
        match &self.cni {
            Some(manifest) => {
                let manifest = std::path::absolute(manifest).map_err(|error| Failure::from_error(&error))?;
                let subnet = spec.networking.pod_subnet.as_ref().map(ToString::to_string).unwrap_or_default();
                cluster::apply_network(host, &manifest, &subnet).map_err(|error| failed(&error))?;
            }
            // Whoever asks for the test says that the cluster has a network, or that one comes.
            None if self.smoke_test => {}
            None => {
                ui.note("no --cni: the node gets Ready when a network plugin is there");
                return Ok(());
            }
        }
        ui.note("waiting for the node to be Ready");
        let limit = self.limit.duration();
        cluster::await_ready(host, spec.node_name.as_deref(), limit).map_err(|error| failed(&error))?;
        if !self.smoke_test {
            return Ok(());
        }
        ui.note("smoke test");
        let file = tempfile_of(cluster::SMOKE_MANIFEST)?;
        let tested = cluster::smoke_test(host, &file.0, limit);
        tested.map_err(|error| failed(&error))?;
        ui.line("a web server answered over the pod network, and is removed again")
    }

    fn join(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<(), Failure> {
        if !self.begins(host)? {
            return ui.line("the host belongs to a cluster already");
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
        cluster::join(host, &config, &self.kubeadm(), &mut Progress::start(ui)?)
            .map_err(|error| failed(&error))?;
        ui.line("the host has joined")
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

/// A unit does not come back with its new files: it gets the old ones again.
fn given_back(host: &Host, done: &Applied, error: &host_prep::Error, ui: &mut Ui) -> Failure {
    let Some(before) = done.id.map(|id| id - 1) else { return failed(error) };
    let back = Progress::start(ui).and_then(|mut progress| {
        rollback(host, Back::To(before), Duration::ZERO, &mut progress).map_err(|error| failed(&error))
    });
    let back = match back {
        Ok(back) => back,
        Err(failure) => return failure.hint(format_args!("before that: {}", chain(error))),
    };
    report_kept(&back, ui);
    let started = service::bring_back(host, &done.needs);
    let (exit, ending) = match started {
        Ok(()) if back.is_complete() => (Exit::Failed, "the host is as before".to_owned()),
        Ok(()) => (Exit::RollbackIncomplete, "not everything could be taken back".to_owned()),
        Err(error) => {
            (Exit::RollbackIncomplete, format!("its files are as before, and still: {}", chain(&error)))
        }
    };
    Failure::new(exit, format_args!("{}; {ending}", chain(error)))
}

/// Waits until CRI-O answers; that it was started is not enough.
fn answers(socket: &str, ui: &mut Ui) -> Result<(), Failure> {
    let socket = Socket::new(socket).map_err(|error| Failure::from_error(&error))?;
    let client = Client::new(socket);
    let mut wait = Wait::default();
    wait.limit = Duration::from_secs(60);
    let asked = client.wait(&wait, |client| async move { client.info().await }, |_| true, |_| {});
    let info = blocking::run(asked).map_err(|error| Failure::from_error(&error))?;
    ui.line(format_args!("CRI-O answers; its cgroup driver is {}", info.cgroup_driver.as_str()))
}

fn tempfile_of(text: &str) -> Result<Temporary, Failure> {
    let path = PathBuf::from(format!("/run/k8sprep-smoke-{}.yaml", std::process::id()));
    host_prep::fs::write_new(&path, text.as_bytes(), host_prep::fs::Mode::PRIVATE)
        .map_err(|error| failed(&error))?;
    Ok(Temporary(path))
}
