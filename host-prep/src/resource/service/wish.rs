//! What a unit shall do: at the next boot, and now.

/// What one unit shall be.
///
/// ```
/// use host_prep::service::{AtBoot, Now, UnitWish, Units};
///
/// let crio = UnitWish::running("crio.service", "the kubelet needs its runtime");
/// // kubeadm starts the kubelet when it has written its configuration.
/// let kubelet = UnitWish::enabled("kubelet.service", "the node comes back after a reboot");
/// assert_eq!((kubelet.at_boot, kubelet.now), (AtBoot::Started, Now::Any));
/// let desired = host_prep::Desired::new().with(Units::new([crio, kubelet]));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct UnitWish {
    /// Its name, such as `crio.service`.
    pub name: String,
    /// At the next boot.
    pub at_boot: AtBoot,
    /// Now.
    pub now: Now,
    /// Why.
    pub reason: String,
    /// Whether a host without the unit is as desired.
    pub optional: bool,
}

/// What a unit does at the next boot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum AtBoot {
    /// It starts.
    Started,
    /// It does not start.
    Left,
    /// Whatever it does.
    Any,
}

/// What a unit does now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum Now {
    /// It runs.
    Running,
    /// It does not run.
    Stopped,
    /// Whatever it does: kubelet waits for kubeadm.
    Any,
}

impl UnitWish {
    /// A unit that runs, now and after every boot.
    pub fn running(name: impl Into<String>, reason: impl Into<String>) -> Self {
        let (at_boot, now) = (AtBoot::Started, Now::Running);
        Self { name: name.into(), at_boot, now, reason: reason.into(), optional: false }
    }

    /// A unit that starts at boot; whether it runs now is left to others.
    pub fn enabled(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { now: Now::Any, ..Self::running(name, reason) }
    }

    /// A unit that does not run, now or later. A host without it is as desired.
    pub fn stopped(name: impl Into<String>, reason: impl Into<String>) -> Self {
        let (at_boot, now) = (AtBoot::Left, Now::Stopped);
        Self { at_boot, now, optional: true, ..Self::running(name, reason) }
    }

    /// The same, where there is such a unit; a host without it is only told so.
    #[must_use]
    pub fn if_there(self) -> Self {
        Self { optional: true, ..self }
    }
}
