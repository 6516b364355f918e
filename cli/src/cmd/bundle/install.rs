//! `k8sprep bundle use`.
//!
//! The packages of `up` out of a bundle, and nothing else: the same plan and the same steps, so
//! that `rollback` takes them back.

use std::path::PathBuf;

use crate::cmd::shared::applied_sheet::AppliedDocument;
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::on_host::{taken, with_hints};
use crate::cmd::shared::plan_sheet;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::stage::{self, Question};
use crate::ui::{Format, Ui};

/// The flags of `bundle use`.
#[derive(clap::Args, Debug)]
#[command(mut_arg("no_packages", |arg| arg.hide(true)))]
#[command(mut_arg("bundle", |arg| arg.hide(true)))]
pub(crate) struct Use {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    consent: Consent,
    /// The bundle
    #[arg(value_name = "DIR|FILE.tar")]
    path: PathBuf,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Use {
    const NAME: &'static str = "use";
    const ABOUT: &'static str = "Install a node's packages from a bundle and from nowhere else";
    const EXAMPLES: &'static str = "
  k8sprep bundle use node.tar              # shows the plan and asks
  k8sprep bundle use /mnt/stick/node --yes
  k8sprep bundle use node.tar --sha256 4f2a...   # what `bundle create` printed
  k8sprep up --bundle node.tar             # all the way to a node";
    const NOTES: &'static str = "
Every file is compared with the manifest, and keys with the known fingerprints, before anything changes. rpm checks the
signature of every package. Debs have to be in indexes that came along and that these keys or the host's distribution
signed; where that cannot be shown, --sha256 is needed. The bundle is copied to /var/lib/k8sprep and used from there.
In a chroot, a container build or with --root, the packages go into that tree; images wait for the host that boots from it.
The spec is the one in the bundle unless -f names another. `k8sprep rollback` takes packages, repository and copy back.";
    const EXITS: Exits = &[(4, "failed, and not everything could be rolled back")];

    fn run(mut self, ui: &mut Ui) -> Result<(), Failure> {
        self.node.packages.bundle = Some(self.path.clone());
        self.node.on.tell(ui);
        let (host, spec) = self.node.host_and_spec()?;
        if !host.runs_programs() {
            let code = host_prep::Code::NeedsRunningHost.as_str();
            let what = "packages cannot be installed into this tree from here";
            return Err(Failure::new(Exit::Failed, code, what)
                .hint("run it as root where the tree's package manager runs, or on the host at first boot"));
        }
        let desired = self.node.stage(&host, &spec).packages(&mut Console::new(ui))?;
        let plan = host_prep::verify(&host, &desired);
        let is_for_people = self.output == Format::Text;
        if plan.is_done() && is_for_people {
            return ui.line("the packages are there already");
        }
        if is_for_people {
            ui.styled(plan_sheet::text(&plan))?;
            ui.finish()?;
        }
        if !plan.problems().is_empty() {
            let failure = Failure::new(
                Exit::Failed,
                host_prep::Code::PlanBlocked.as_str(),
                "nothing was changed: the plan has problems",
            );
            return Err(with_hints(failure, plan.problems()));
        }
        if !plan.is_done() {
            stage::agreed(Question::Packages, &mut Console::asking(ui, self.consent))?;
        }
        self.node.packages.asked().settle(&host, &plan)?;
        let (done, ended) =
            stage::attempt(&host, &desired, &plan, std::time::Duration::ZERO, &mut Console::new(ui))?;
        if !is_for_people {
            ui.json("applied", &AppliedDocument::of(&host, &done))?;
        }
        ended?;
        if is_for_people { taken(&done, ui) } else { Ok(()) }
    }
}
