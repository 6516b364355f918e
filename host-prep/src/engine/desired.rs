//! What a host shall be, what of it is looked at, and the plan that comes of both.

use std::sync::Arc;

use crate::facts::{self, ObserveOptions};
use crate::plan::{Draft, Plan};
use crate::resource::{Resource, rank};
use crate::{Host, Observed, service};

/// What a host shall be: plain files and values, each wanted by one resource.
///
/// Where the wishes come from is not this crate's business; they are complete when they get here.
///
/// ```
/// use host_prep::Desired;
/// use host_prep::resource::{KernelModules, Managed};
///
/// let crictl = "runtime-endpoint: unix:///run/crio/crio.sock\n";
/// let desired = Desired::new()
///     .with(KernelModules::new(["overlay".parse()?, "br_netfilter".parse()?]))
///     .with(Managed::file("crictl", "/etc/crictl.yaml", crictl));
/// # Ok::<(), host_prep::facts::InvalidModuleName>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Desired {
    resources: Vec<Arc<dyn Resource>>,
}

impl Desired {
    /// Nothing is wanted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same and `resource`.
    #[must_use]
    pub fn with(mut self, resource: impl Resource + 'static) -> Self {
        self.add(resource);
        self
    }

    /// Wants `resource` as well.
    pub fn add(&mut self, resource: impl Resource + 'static) {
        self.resources.push(Arc::new(resource));
        self.sort();
    }

    /// The same and everything `other` wants. Sets of the same kind, such as sysctls, modules and
    /// packages, become one; what both want differently is a problem of the plan that names
    /// both.
    ///
    /// ```
    /// use host_prep::Desired;
    /// use host_prep::resource::{SysctlWish, Sysctls};
    ///
    /// let one = |key: &str, value: &str| -> Result<Desired, Box<dyn std::error::Error>> {
    ///     Ok(Desired::new().with(Sysctls::new([SysctlWish::exactly(key.parse()?, value.parse()?)])))
    /// };
    /// let both = one("net.ipv4.ip_forward", "1")?.and(&one("vm.max_map_count", "262144")?);
    /// assert_eq!(both.resources().count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for more in &other.resources {
            let joined =
                self.resources.iter().enumerate().find_map(|(at, one)| Some((at, one.joined(&**more)?)));
            match joined {
                Some((at, joined)) => drop(self.resources.splice(at..=at, joined)),
                None => self.resources.push(Arc::clone(more)),
            }
        }
        self.sort();
        self
    }

    /// Stable: resources of one kind stay in the order they were added.
    fn sort(&mut self) {
        self.resources.sort_by_key(|resource| rank(resource.kind()));
    }

    /// Everything wanted, in the order it is made true.
    pub fn resources(&self) -> impl Iterator<Item = &dyn Resource> {
        self.resources.iter().map(AsRef::as_ref)
    }
}

/// Looks at everything on `host` that `desired` is about. Changes nothing; what could not be read
/// is known as unknown.
///
/// The only half of planning that touches the host, and only by reading: files under its root,
/// kernel values, and programs that answer a question. Nothing is locked, so a host that changes
/// meanwhile is seen in between; [`apply`](crate::apply) compares every before-image again.
#[must_use]
pub fn observe(host: &Host, desired: &Desired) -> Observed {
    let mut asked = None;
    for more in desired.resources().filter_map(Resource::asks) {
        let all = asked.get_or_insert_with(ObserveOptions::default);
        all.modules.extend(more.modules);
        all.sysctls.extend(more.sysctls);
    }
    let facts = asked.map(|asked| facts::observe(host, &asked));
    let mut seen = Observed::of(host).with_facts(facts);
    let mut units: Vec<&str> = desired.resources().flat_map(Resource::units).collect();
    units.sort_unstable();
    units.dedup();
    if host.is_running() && !units.is_empty() {
        service::ask(host, &mut seen, &units);
    }
    for resource in desired.resources() {
        resource.observe(host, &mut seen);
    }
    seen
}

/// Decides what has to change on a host that was seen as `seen` to become as `desired`.
///
/// Pure: the same arguments give the same plan.
///
/// ```
/// use host_prep::resource::Managed;
/// use host_prep::{Desired, Host, Observed, fs::Root, plan};
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// let desired = Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", "timeout: 2\n"));
/// // A host that was never looked at: what is not known is a problem, not a step.
/// let unseen = plan(&desired, &Observed::of(&host));
/// assert!(unseen.steps().is_empty() && unseen.problems().len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn plan(desired: &Desired, seen: &Observed) -> Plan {
    let mut draft = Draft::new(seen);
    for resource in desired.resources() {
        draft.of(resource.kind());
        resource.plan(seen, &mut draft);
    }
    draft.finished()
}
