//! `k8sprep up`.
//!
//! `stage::Up` with its questions at the console. What it did is printed also where it failed,
//! with every way back. JSON: `k8sprep.up/v1`. Running it again goes on where it stopped.

use std::path::PathBuf;

use host_prep::fs::Temporary;

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::on_host::failed;
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::stage;
use crate::ui::{Format, Ui};

/// The flags of `up`.
#[derive(clap::Args, Debug)]
#[command(mut_arg("root", |arg| arg.hide(true)))]
pub(crate) struct Up {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    consent: Consent,
    /// Prepare the host and stop before kubeadm
    #[arg(long)]
    prepare_only: bool,
    /// The manifest of the network plugin, instead of the one in the bundle; its network must be the
    /// spec's podSubnet
    #[arg(long, value_name = "FILE")]
    cni: Option<PathBuf>,
    /// Give this user of the host the administrator's kubeconfig
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// What a node joins with, a kubeadm JoinConfiguration, instead of what the spec says
    #[arg(long, value_name = "FILE")]
    join_config: Option<PathBuf>,
    /// Run kubeadm again where it is not known whether it finished. A run that is known to be
    /// unfinished is resumed anyway
    #[arg(long)]
    resume: bool,
    /// Upload the certificates of the control plane, and print how a further one joins
    #[arg(long)]
    control_plane_join: bool,
    /// Preflight checks of kubeadm whose errors are ignored
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    ignore_preflight_errors: Vec<String>,
    /// Run a web server over the pod network at the end, and remove it again
    #[arg(long)]
    smoke_test: bool,
    /// Stop kubeadm, and waiting for the node, after this time
    #[arg(long = "timeout", alias = "limit", value_name = "TIME", default_value = "15m")]
    limit: Limit,
    /// Wait up to this long for another run that is changing the host
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Up {
    const NAME: &'static str = "up";
    const ABOUT: &'static str =
        "Turn a bare host into a Kubernetes node: packages, settings, kubeadm, network";
    const EXAMPLES: &'static str = "
  k8sprep up -f k8sprep.yaml                        # shows each plan and asks
  k8sprep up -f k8sprep.yaml --yes --prepare-only   # up to kubeadm
  k8sprep up --yes --cni kube-flannel.yml --user li --smoke-test
  k8sprep up                                        # after a failure or a stop: goes on there
  k8sprep up -f worker.yaml --yes                   # with `join:` in it: it joins
  k8sprep up --yes --join-config join.yaml          # the same with a file of kubeadm's
  k8sprep up --yes --output json                    # what was done, for programs";
    const NOTES: &'static str = "
Plans and progress go to stderr: a line for every step of the host and of the cluster. What was changed, what was left and how
to roll back is printed at the end, also after a failure.

Packages come first and are a transaction of their own, since what the host needs depends on what they bring.
Before the first change all that later steps are given is looked at: manifest, user, join file, ports, disk, clock.

`k8sprep down` takes the node out of its cluster and all transactions back; before kubeadm has run, `k8sprep rollback` does.";
    const EXITS: Exits = &[(4, "failed, and not everything could be rolled back")];

    fn run(mut self, ui: &mut Ui) -> Result<(), Failure> {
        if self.node.on.root.is_some() {
            let failure = Failure::usage("`up` works on the running host");
            return Err(failure.hint("`k8sprep apply --root` prepares the tree of one that is not running"));
        }
        let (host, spec) = self.node.running_host_and_spec("`up`")?;
        // A node that joins has the network of its cluster.
        let carried = if spec.joins() { None } else { self.carried_network()? };
        self.cni = self.cni.or_else(|| carried.as_ref().map(|file| file.path().to_owned()));
        let (output, consent) = (self.output, self.consent);
        let (done, ended) = self.stages().run(&host, &spec, &mut Console::asking(ui, consent));
        match output {
            Format::Json => ui.json_document(&done)?,
            Format::Text if ended.is_ok() || done.changed_something() => ui.lines(done.text())?,
            Format::Text => {}
        }
        Ok(ended?)
    }
}

impl Up {
    /// The manifest of the network plugin that a bundle has, in a file as long as this lives.
    fn carried_network(&self) -> Result<Option<Temporary>, Failure> {
        let packages = self.node.packages.asked();
        if self.cni.is_some() || packages.bundle.is_none() {
            return Ok(None);
        }
        let network = packages.bundle()?.network().map_err(|error| failed(&error))?;
        let path = PathBuf::from(format!("/run/k8sprep-network-{}.yaml", std::process::id()));
        let file = network.map(|text| Temporary::new(path, text.as_bytes()));
        file.transpose().map_err(|error| Failure::from_error(&error))
    }

    /// Flags as the library has them.
    fn stages(self) -> stage::Up {
        stage::Up {
            packages: self.node.packages.into_asked(),
            prepare_only: self.prepare_only,
            cni: self.cni,
            user: self.user,
            join_config: self.join_config,
            resume: self.resume,
            control_plane_join: self.control_plane_join,
            ignore_preflight_errors: self.ignore_preflight_errors,
            smoke_test: self.smoke_test,
            limit: self.limit.duration(),
            wait: self.wait.map(Limit::duration).unwrap_or_default(),
        }
    }
}
