//! What a script requires of a runtime.
//!
//! `FACT=VALUE`, a fact alone for one that is true, or `agreement`: that no two sources say
//! different things of one fact.

use std::fmt;
use std::str::FromStr;

use cri_probe::{Claim, Fact, Source, UnknownFact};

/// One requirement: `network-ready`, `cgroup-driver=systemd`, `agreement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// The most authoritative claim about the fact has this value.
    Value { fact: Fact, value: String },
    /// All claims about every fact are equal, and the runtime is the one that is at home on the
    /// socket.
    Agreement,
}

impl Demand {
    /// Whom to ask about it.
    pub(super) fn sources(&self) -> &'static [Source] {
        match self {
            Self::Value { fact, .. } => fact.sources(),
            Self::Agreement => Source::USUAL,
        }
    }

    /// What is there instead, if it is not met.
    pub(super) fn unmet(&self, claims: &[Claim], disagreements: &[String]) -> Option<String> {
        match self {
            Self::Value { fact, value } => match claims.iter().find(|claim| claim.fact == *fact) {
                Some(claim) if claim.value == *value => None,
                Some(claim) if claim.detail.is_empty() => Some(format!("{fact} is {}", claim.value)),
                Some(claim) => Some(format!("{fact} is {} ({})", claim.value, claim.detail)),
                None => Some(format!("the runtime does not tell its {fact}")),
            },
            Self::Agreement => (!disagreements.is_empty()).then(|| disagreements.join("; ")),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { fact, value } => write!(f, "{fact}={value}"),
            Self::Agreement => f.write_str("agreement"),
        }
    }
}

impl FromStr for Demand {
    type Err = UnknownFact;

    fn from_str(text: &str) -> Result<Self, UnknownFact> {
        if text == "agreement" {
            return Ok(Self::Agreement);
        }
        let (name, value) = text.split_once('=').unwrap_or((text, "true"));
        Ok(Self::Value { fact: name.parse()?, value: value.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_claim_decides_and_agreement_wants_all() {
        let claims = [
            Claim::new(Fact::CgroupDriver, Source::RuntimeConfig, "systemd"),
            Claim::new(Fact::CgroupDriver, Source::Info, "cgroupfs"),
            Claim::new(Fact::NetworkReady, Source::Status, true),
        ];
        let disagreements = ["containerd answers where CRI-O listens".to_owned()];
        let unmet = |text: &str| text.parse::<Demand>().unwrap().unmet(&claims, &disagreements);
        assert_eq!(unmet("network-ready"), None);
        assert_eq!(unmet("cgroup-driver=systemd"), None);
        assert_eq!(unmet("cgroup-driver=cgroupfs").as_deref(), Some("cgroup-driver is systemd"));
        assert!(unmet("runtime-ready").unwrap().contains("does not tell"));
        assert_eq!(unmet("agreement").as_deref(), Some(&*disagreements[0]));
        assert_eq!(Demand::Agreement.unmet(&claims, &[]), None);
        assert!("nonsense=1".parse::<Demand>().unwrap_err().to_string().contains("network-ready"));
    }
}
