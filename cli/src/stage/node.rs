//! What a spec asks of a host, in the two stages it is made true in.
//!
//! Two stages because what a host needs depends on what packages bring: unit files, drop-ins of
//! CRI-O, directories. [`Node::asked`] shows both as well as can be known before;
//! [`Node::packages`] and [`Node::rest`] are what is carried out.

use std::path::Path;

use host_prep::cluster::{self, Standing};
use host_prep::facts::{Facts, ObserveOptions, observe};
use host_prep::resource::{DeadMansSwitch, Obstacle};
use host_prep::{Desired, Host, Plan};
use kubeadm_config::BootstrapToken;
use rustix::rand::{GetRandomFlags, getrandom};

use super::fits::fits;
use super::{Error, Keys, Packages, Reporter, chain, now};
use crate::Code;
use crate::doctor::{self, Outlook};
use crate::recipe::{self, Documents, KUBEADM_FILE, NodeSpec, Recipe};

/// A host, what it shall be, and whose packages it gets.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever asks has all three")]
pub struct Node<'a> {
    /// The host.
    pub host: &'a Host,
    /// What it shall be.
    pub spec: &'a NodeSpec,
    /// Whose packages.
    pub packages: &'a Packages,
}

/// What a spec asks of a host, in two stages: what the host needs depends on what packages bring.
#[derive(Debug)]
#[non_exhaustive]
pub struct Asked {
    /// Packages and their repositories.
    pub packages: Desired,
    /// Everything else.
    pub host: Desired,
}

impl Asked {
    /// Wants what rolls everything back unless it is confirmed; it comes first, whichever stage
    /// that is.
    pub(crate) fn guard(&mut self, switch: DeadMansSwitch) {
        self.packages.add(switch);
    }

    /// Both at once, as a plan shows them.
    #[must_use]
    pub fn all(&self) -> Desired {
        self.packages.clone().and(&self.host)
    }
}

impl Node<'_> {
    /// Everything the spec asks of the host.
    ///
    /// # Errors
    ///
    /// If the spec contradicts itself, or the host cannot be read.
    pub fn asked(&self, keys: Keys, report: &mut dyn Reporter) -> Result<Asked, Error> {
        let facts = observe(self.host, &ObserveOptions::default());
        let standing = cluster::standing(self.host)?;
        let other = self.other_kind(&standing);
        let mut recipe = self.recipe_of(&facts, standing)?;
        recipe.notes.iter().for_each(|note| report.warn(note.code, &note.text));
        self.add_services(&mut recipe);
        if let Some(other) = other {
            recipe.desired.add(other);
        }
        let wanted = (self.spec, &recipe.agreed);
        let packages = self.packages.desired((self.host, &facts), wanted, keys, report);
        Ok(Asked { packages, host: recipe.desired })
    }

    /// That the host is another kind of node than the spec asks for. What only root may read is not
    /// judged without it.
    fn other_kind(&self, standing: &Standing) -> Option<Obstacle> {
        let refused = fits(self.host, standing, self.spec).err()?;
        let Error::OtherNode { standing, asked } = refused else { return None };
        let what = format!("{standing}, and the spec asks for {asked}");
        let hint =
            "`k8sprep down` takes the node out of its cluster first; or give the spec that it was made with";
        Some(Obstacle::new("kubeadm", Code::OtherNode.as_str(), what, hint))
    }

    /// That kubeadm was stopped here, as what stands in the way of a host that is as wanted. Where
    /// only kubelet.conf is gone from a node, a check tells that.
    ///
    /// # Errors
    ///
    /// If the host cannot be read.
    pub fn unfinished(&self) -> Result<Option<Obstacle>, Error> {
        const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
        const CONFS: [&str; 2] = ["/etc/kubernetes/kubelet.conf", "/etc/kubernetes/bootstrap-kubelet.conf"];
        let standing = cluster::standing(self.host)?;
        let is_there = |path: &str| self.host.root().kind(Path::new(path)).map(|kind| kind.is_some());
        let [conf, bootstrap] = CONFS.map(is_there);
        let gone = is_there(FLAGS)? && !conf? && !bootstrap?;
        let hint = "`k8sprep up --resume` goes on with it, `k8sprep down` takes it back";
        let told = || {
            let code = host_prep::Code::KubeadmFailed.as_str();
            Obstacle::new("kubeadm", code, standing.to_string(), hint)
        };
        Ok((standing.is_begun() && !gone).then(told))
    }

    /// The packages alone, of which the rest depends.
    ///
    /// # Errors
    ///
    /// If the spec contradicts itself.
    pub fn packages(&self, report: &mut dyn Reporter) -> Result<Desired, Error> {
        self.packages_by(&observe(self.host, &ObserveOptions::default()), report)
    }

    /// The same of a host that was looked at already.
    pub(super) fn packages_by(&self, facts: &Facts, report: &mut dyn Reporter) -> Result<Desired, Error> {
        let agreed = recipe::agree(self.spec)?;
        Ok(self.packages.desired((self.host, facts), (self.spec, &agreed), Keys::Fetched, report))
    }

    /// What the host shall be as it is now, its services among it, and what was derived on the way.
    ///
    /// # Errors
    ///
    /// If the spec contradicts itself, or the host cannot be read.
    pub fn recipe(&self, report: &mut dyn Reporter) -> Result<Recipe, Error> {
        let facts = observe(self.host, &ObserveOptions::default());
        let mut recipe = self.recipe_of(&facts, cluster::standing(self.host)?)?;
        recipe.notes.iter().for_each(|note| report.warn(note.code, &note.text));
        recipe::add_services(&mut recipe.desired);
        Ok(recipe)
    }

    /// What the host needs besides packages, now that they are there: the second stage of
    /// [`host_prep::apply_in_stages`].
    ///
    /// # Errors
    ///
    /// If the spec contradicts itself, or the host cannot be read.
    pub fn rest(&self) -> Result<Desired, host_prep::Error> {
        let facts = observe(self.host, &ObserveOptions::default());
        let mut recipe =
            self.recipe_of(&facts, cluster::standing(self.host)?).map_err(|error| match error {
                Error::Host(error) => error,
                other => host_prep::Error::Problem {
                    what: chain(&other),
                    hint: "edit one of the two in the spec".into(),
                },
            })?;
        self.add_services(&mut recipe);
        Ok(recipe.desired)
    }

    /// The token of an earlier run is kept, so that a second plan has nothing to change.
    fn recipe_of(&self, facts: &Facts, standing: Standing) -> Result<Recipe, Error> {
        let written = self.host.root().read(Path::new(KUBEADM_FILE))?;
        let documents = match standing {
            standing @ (Standing::ControlPlane(_) | Standing::Worker) => {
                Documents::Read { standing, written }
            }
            // The token of a former plan stays: a new one at every plan would be a change at every
            // plan.
            _ => Documents::Ahead(match written.as_deref().and_then(recipe::token_in) {
                Some(token) => token,
                None => random_token()?,
            }),
        };
        Ok(recipe::desired_of(self.spec, facts, documents)?)
    }

    /// A host whose packages somebody else installs may have no units yet.
    fn add_services(&self, recipe: &mut Recipe) {
        if self.packages.no_packages {
            recipe::add_services_if_there(&mut recipe.desired);
        } else {
            recipe::add_services(&mut recipe.desired);
        }
    }
}

/// What would still be wrong with a host when `plan` is done, which was made for `spec`.
///
/// # Errors
///
/// If the spec contradicts itself, or the host cannot be read.
pub fn outlook(host: &Host, plan: &Plan, spec: &NodeSpec) -> Result<Outlook, Error> {
    let becomes = match spec.role {
        recipe::Role::ControlPlane => doctor::Role::ControlPlane,
        recipe::Role::Worker => doctor::Role::Worker,
    };
    let agreed = recipe::agree(spec)?;
    Ok(doctor::outlook(host, plan, (becomes, &agreed), now())?)
}

/// A new token from the kernel's random numbers.
///
/// # Errors
///
/// If the kernel gives none.
///
/// ```no_run
/// let token = k8sprep::stage::random_token()?;
/// assert_eq!(token.to_string().len(), 6 + 1 + 16);
/// # Ok::<(), k8sprep::stage::Error>(())
/// ```
pub fn random_token() -> Result<BootstrapToken, Error> {
    let fill = |buffer: &mut [u8]| {
        let mut filled = 0;
        while filled < buffer.len() {
            // getrandom(2) may be interrupted, and may fill less than asked.
            filled +=
                rustix::io::retry_on_intr(|| getrandom(&mut buffer[filled..], GetRandomFlags::empty()))?;
        }
        Ok::<(), rustix::io::Errno>(())
    };
    BootstrapToken::generate(fill).map_err(|error| Error::Token { why: error.to_string() })
}
