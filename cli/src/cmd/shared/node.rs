//! What the commands about a node share: which host, and what it shall be.

use std::fmt::Display;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use annotate_snippets::Level;
use host_prep::facts::{Facts, ObserveOptions, observe};
use host_prep::resource::DeadMansSwitch;
use host_prep::{Desired, Host};
use kubeadm_config::KubernetesVersion;

use crate::cmd::shared::on_host::{OnHost, failed};
use crate::cmd::shared::packages::{Keys, PackageFlags};
use crate::excerpt::Lines;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::recipe::{self, KUBEADM_FILE, NodeSpec, Recipe, SpecProblem};
use crate::surroundings;
use crate::ui::Ui;

/// The most bytes a spec may have.
const LARGEST_SPEC: u64 = 1 << 20;

/// The spec that is read where none is named.
const SPEC: &str = "k8sprep.yaml";

/// Which host, and what it shall be.
#[derive(clap::Args, Debug)]
pub(crate) struct Node {
    #[command(flatten)]
    pub(crate) on: OnHost,
    /// What the node shall be, `-` for stdin; `k8sprep init-spec` writes one [default: k8sprep.yaml]
    #[arg(short = 'f', long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The Kubernetes version, instead of the spec's; alone it is spec enough
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    #[command(flatten)]
    pub(crate) packages: PackageFlags,
}

/// What a spec asks of a host, in the two stages it is made true in: what the host needs depends on what packages bring.
pub(crate) struct Asked {
    pub(crate) packages: Desired,
    pub(crate) host: Desired,
}

/// What becomes of findings about the host that no step makes true.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Faults {
    /// They are told: an earlier run may have stopped half way, and this one goes on.
    Told,
    /// They count: the host is not as wanted with one.
    Count,
}

impl Asked {
    /// Wants what takes everything back unless it is confirmed; it comes first, whichever stage that is.
    pub(crate) fn guard(&mut self, switch: DeadMansSwitch) {
        self.packages.add(switch);
    }

    /// Both at once, as a plan shows them.
    pub(crate) fn all(&self) -> Desired {
        self.packages.clone().and(&self.host)
    }
}

impl Node {
    /// Everything the spec asks of the host. Says on stderr what no step makes true.
    pub(crate) fn asked(
        &self,
        host: &Host,
        spec: &NodeSpec,
        (keys, faults): (Keys, Faults),
        ui: &mut Ui,
    ) -> Result<Asked, Failure> {
        let facts = observe(host, &ObserveOptions::default());
        let mut recipe = self.recipe_of(host, &facts, spec)?;
        recipe.notes.iter().for_each(|note| ui.warn(note));
        for finding in recipe::findings(&facts, Some(&recipe.agreed), SystemTime::now()) {
            let counts = faults == Faults::Count && finding.severity == recipe::Severity::Fault;
            let obstacle = finding.obstacle();
            recipe.desired.add(if counts { obstacle } else { obstacle.told() });
        }
        self.add_services(&mut recipe);
        let packages = self.packages.desired((host, &facts), (spec, &recipe.agreed), keys, ui);
        Ok(Asked { packages, host: recipe.desired })
    }

    /// The packages alone, of which the rest depends.
    pub(crate) fn packages(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<Desired, Failure> {
        let agreed = recipe::agree(spec).map_err(refused)?;
        let facts = observe(host, &ObserveOptions::default());
        Ok(self.packages.desired((host, &facts), (spec, &agreed), Keys::Fetched, ui))
    }

    /// What the host shall be by `spec` as it is now, its services among it, and what was derived on the way.
    pub(crate) fn recipe(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<Recipe, Failure> {
        let facts = observe(host, &ObserveOptions::default());
        let mut recipe = self.recipe_of(host, &facts, spec)?;
        recipe.notes.iter().for_each(|note| ui.warn(note));
        recipe::add_services(&mut recipe.desired);
        Ok(recipe)
    }

    /// What the host needs besides packages, now that they are there.
    pub(crate) fn rest(&self, host: &Host, spec: &NodeSpec) -> Result<Desired, host_prep::Error> {
        let facts = observe(host, &ObserveOptions::default());
        let recipe = self.recipe_of(host, &facts, spec);
        let mut recipe = recipe.map_err(|failure| host_prep::Error::Problem {
            what: failure.text(),
            hint: failure.hints().join("; "),
        })?;
        self.add_services(&mut recipe);
        Ok(recipe.desired)
    }

    fn recipe_of(&self, host: &Host, facts: &Facts, spec: &NodeSpec) -> Result<Recipe, Failure> {
        let written = host.root().read(Path::new(KUBEADM_FILE)).map_err(|error| failed(&error))?;
        let token = match written.as_deref().and_then(recipe::token_in) {
            Some(token) => token,
            None => surroundings::random_token()?,
        };
        recipe::desired(spec, facts, token).map_err(refused)
    }

    fn add_services(&self, recipe: &mut Recipe) {
        if self.packages.no_packages {
            recipe::add_services_if_there(&mut recipe.desired);
        } else {
            recipe::add_services(&mut recipe.desired);
        }
    }

    /// What was asked, by file and flags.
    pub(crate) fn spec(&self) -> Result<NodeSpec, Failure> {
        let mut spec = if self.spec.is_none() && self.packages.bundle.is_some() {
            self.packages.spec()?
        } else {
            self.spec_of_file()?
        };
        if let Some(version) = &self.kubernetes_version {
            spec.kubernetes_version = version.clone();
        }
        Ok(spec)
    }

    fn spec_of_file(&self) -> Result<NodeSpec, Failure> {
        let path = self.spec.as_deref().unwrap_or(Path::new(SPEC));
        let shown = input::shown(path);
        let failed =
            |error: &dyn Display| Failure::new(Exit::Failed, format_args!("cannot read {shown}: {error}"));
        let bytes = match (input::read(path, LARGEST_SPEC), &self.kubernetes_version) {
            (Ok(bytes), _) => bytes,
            (Err(error), Some(version)) if self.spec.is_none() && error.kind() == ErrorKind::NotFound => {
                return Ok(NodeSpec::new(version.clone()));
            }
            (Err(error), _) if error.kind() == ErrorKind::NotFound => {
                let hint = "`k8sprep init-spec` writes one, or give --kubernetes-version";
                return Err(failed(&error).hint(hint));
            }
            (Err(error), _) => return Err(failed(&error)),
        };
        let text = String::from_utf8(bytes).map_err(|error| failed(&error.utf8_error()))?;
        spec_of(&text, &shown)
    }
}

/// The spec in the text of a file; every problem is shown at its place.
pub(crate) fn spec_of(text: &str, file: &str) -> Result<NodeSpec, Failure> {
    NodeSpec::from_yaml(text).map_err(|problems| {
        let lines = Lines::new(file, text);
        let drawn = |problem: &SpecProblem| {
            let title = match &*problem.field {
                "" => problem.message.clone(),
                field => format!("{field}: {}", problem.message),
            };
            lines.drawn(Level::ERROR, &title, problem.at)
        };
        Failure::drawn(Exit::Failed, &problems.0.iter().map(drawn).collect::<Vec<_>>())
    })
}

fn refused(error: recipe::Contradictions) -> Failure {
    Failure::new(Exit::Failed, error).hint("change the spec")
}
