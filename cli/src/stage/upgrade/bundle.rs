//! Packages and images of an upgrade out of a bundle: no repository and no registry is asked.
//!
//! Its repository file takes the place of the others in a transaction of the upgrade's, as every file that it
//! changes. Images stay where they were loaded: what runs by then may need them.

use std::path::PathBuf;

use host_prep::bundle::{Bundle, Settled, Sha256Sum};
use host_prep::cluster::upgrade::UpgradeRecord;
use host_prep::facts::ObserveOptions;
use host_prep::mirrors::{Artefact, Signer};
use host_prep::repo::{Fingerprint, Repositories};
use host_prep::resource::Resource;
use host_prep::{Desired, Draft, Host, Observed};
use serde::{Deserialize, Serialize};

use super::{NO_MANAGER, Upgrade};
use crate::code::Code;
use crate::recipe::places_of;
use crate::stage::{Error, Reporter, now};
use crate::upgrade::step::Work;
use crate::upgrade::{Plan, State, Step};

/// A bundle that an upgrade takes its packages and images from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct FromBundle {
    /// The directory or tar file.
    pub path: PathBuf,
    /// The SHA-256 of its manifest.
    pub sha256: Option<Sha256Sum>,
    /// Keys that may sign packages, besides those that are known.
    pub pins: Vec<Fingerprint>,
}

/// The same as it is kept, so that a run that was stopped goes on with it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct KeptBundle {
    path: PathBuf,
    sha256: Option<String>,
    pins: Vec<String>,
}

impl KeptBundle {
    /// What was proved once by keys is known by its digest from then on.
    pub(super) fn with(self, bundle: &Bundle) -> Self {
        Self { sha256: Some(bundle.digest().to_string()), ..self }
    }

    pub(super) fn of(from: &FromBundle) -> Self {
        Self {
            // Another directory is the current one by then.
            path: std::path::absolute(&from.path).unwrap_or_else(|_| from.path.clone()),
            sha256: from.sha256.as_ref().map(ToString::to_string),
            pins: from.pins.iter().map(ToString::to_string).collect(),
        }
    }

    /// What this version does not know of it is left out: nobody stands for the bundle then, and it is refused.
    pub(super) fn said(self) -> FromBundle {
        let sha256 = self.sha256.and_then(|sum| sum.parse().ok());
        FromBundle {
            path: self.path,
            sha256,
            pins: self.pins.iter().filter_map(|pin| pin.parse().ok()).collect(),
        }
    }
}

/// A bundle whose files and keys are right, and that is for this host.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) bundle: Bundle,
    repositories: Repositories,
}

/// A resource whose steps are an upgrade's.
#[derive(Debug)]
struct OfUpgrade(Repositories);

impl Resource for OfUpgrade {
    fn kind(&self) -> &'static str {
        UpgradeRecord::KIND
    }

    fn asks(&self) -> Option<ObserveOptions> {
        self.0.asks()
    }

    fn units(&self) -> Vec<&str> {
        self.0.units()
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        self.0.observe(host, seen);
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        self.0.plan(seen, draft);
    }
}

impl Opened {
    /// Changes nothing.
    fn of(host: &Host, from: &FromBundle, report: &mut dyn Reporter) -> Result<Self, Error> {
        let facts = host_prep::facts::observe(host, &ObserveOptions::default());
        let distro = facts.distro.known().cloned().flatten().unwrap_or_default();
        let places = places_of(&distro).ok_or_else(|| Error::UpgradeByHand { why: NO_MANAGER.to_owned() })?;
        // A copy that an earlier run made is there also where the medium is not any more.
        let copy = from.sha256.as_ref().and_then(|digest| Bundle::settled_on(host, digest));
        let bundle = match copy {
            Some(copy) => copy,
            None => Bundle::open(&from.path, from.sha256.as_ref())?,
        };
        let (problems, note) = bundle.misfits(host, places.format());
        if !problems.is_empty() {
            return Err(host_prep::Error::Bundle { path: from.path.clone(), problems }.into());
        }
        note.iter().for_each(|note| report.warn(Code::BundleOfAnotherHost.as_str(), note));
        let known = [Artefact::Kubernetes, Artefact::CriO].into_iter().flat_map(|of| Signer::of(of).pins());
        let pins: Vec<Fingerprint> = known.chain(from.pins.iter().copied()).collect();
        let repository = bundle.repository(host, &pins, now())?;
        bundle.can_load_images(host)?;
        Ok(Self { bundle, repositories: Repositories::new(places).with(repository) })
    }

    /// Copies it to where its packages are installed from.
    pub(super) fn settle(&self, host: &Host) -> Result<Settled, Error> {
        Ok(self.bundle.settle(host)?)
    }

    /// Its repository, in the place of every other one with packages of a node.
    pub(super) fn wanted(&self) -> Desired {
        Desired::new().with(OfUpgrade(self.repositories.clone()))
    }
}

impl Upgrade {
    /// The bundle that was named, looked through; `None`: none was.
    pub(super) fn opened(&self, host: &Host, report: &mut dyn Reporter) -> Result<Option<Opened>, Error> {
        self.bundle.as_ref().map(|from| Opened::of(host, from, report)).transpose()
    }

    /// The plan where packages come from the bundle.
    pub(super) fn turn_to_bundle(&self, plan: &mut Plan, opened: Option<&Opened>) {
        let Some(opened) = opened else { return };
        for step in &mut plan.steps {
            if step.id == "repositories" {
                "packages come from the bundle: its repository takes the place of the others, and no network is asked"
                    .clone_into(&mut step.why);
                step.commands = vec![format!("# the bundle {}", opened.bundle.digest())];
                (step.work, step.state) = (Work::Bundle, State::Pending);
            }
        }
        if !opened.bundle.has_images() {
            return;
        }
        let why = "CRI-O asks no registry for what is in its storage: the images of the bundle";
        let load = Step::new("images", why)
            .runs("# skopeo copies each image of the bundle into containers-storage")
            .does(Work::BundleImages);
        let old = plan.steps.iter().position(|step| step.id == "images");
        let before = plan.steps.iter().position(|step| step.id == "kubeadm-upgrade");
        match (old, before) {
            (Some(at), _) => plan.steps[at] = load,
            (None, Some(at)) => plan.steps.insert(at, load),
            (None, None) => plan.steps.push(load),
        }
    }
}
