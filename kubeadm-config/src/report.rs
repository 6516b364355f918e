//! All that is wrong with a configuration.

use std::fmt;

/// Why a configuration is not valid: every problem found, in kubeadm's order.
///
/// kubeadm stops at the first stage that fails; here every stage is gone through, so that one run
/// tells all.
///
/// ```
/// use kubeadm_config::{ClusterSpec, HostFacts};
///
/// let mut facts = HostFacts::default();
/// facts.host_name = "cp1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
/// let mut spec = ClusterSpec::new("v1.34.0".parse()?);
/// spec.token = Some("abcdef.0123456789abcdef".parse()?);
/// spec.pod_subnet = Some("10.244.0.0/99".into());
/// spec.service_subnet = Some("here".into());
/// let report = spec.defaulted(&facts)?.validate().unwrap_err();
/// let fields: Vec<&str> = report.problems().iter().map(|problem| &*problem.path).collect();
/// assert!(fields.contains(&"networking.podSubnet"));
/// assert!(fields.contains(&"networking.serviceSubnet"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The path of the field, `networking.podSubnet`; empty where no single field is to blame.
    pub path: String,
    /// What kubeadm says of it, the path included.
    pub text: String,
}

impl Report {
    /// A report of these problems; none if there are none.
    pub(crate) fn of(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self { problems })
    }

    /// The problems in kubeadm's order, at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Problem {
    /// A problem that belongs to no single field, or whose text names none.
    pub(crate) fn of(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One problem a line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
