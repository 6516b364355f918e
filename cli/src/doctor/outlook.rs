//! What would still be wrong with a host when a plan is done: the rules over the host as the plan
//! would leave it.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::SystemTime;

use host_prep::{Host, Plan, as_planned};
use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{Family, Finding, Severity, Unread};
use super::inspection::{Inspection, Planned, Role};
use super::{Undecided, checks, diagnose};
use crate::recipe::Agreed;

/// What would still be wrong with a host when a plan is done.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Outlook {
    /// What no step takes away and no problem or note of the plan says: causes first, the worst first.
    pub findings: Vec<Finding>,
    /// What can only be judged when it is done, and what could not be read.
    pub undecided: Vec<Undecided>,
}

/// Whose files packages bring: before they are there nothing is known of them.
const BROUGHT: &[Family] = &[
    Family::Packages,
    Family::Systemd,
    Family::Images,
    Family::Runtime,
    Family::Kubelet,
    Family::PodNetwork,
];

/// What may be otherwise once a unit is started. One that runs and is restarted tells nothing yet: what
/// is wrong with it may have another cause.
const OF_UNITS: &[(&str, &str)] = &[
    ("crio.service", "crio-not-running"),
    ("crio.service", "runtime-socket-missing"),
    ("crio.service", "apiserver-not-listening"),
    ("crio.service", "control-plane-unhealthy"),
    ("kubelet.service", "kubelet-not-running"),
    ("kubelet.service", "apiserver-not-listening"),
    ("kubelet.service", "control-plane-unhealthy"),
];

/// What would still be wrong with a host that becomes what was agreed on when `plan` is done, and the
/// plan does not say itself. Notes are left out: nothing has to be done about them.
///
/// # Errors
///
/// Where the host cannot be read.
pub fn outlook(
    host: &Host,
    plan: &Plan,
    (becomes, agreed): (Role, &Agreed),
    now: SystemTime,
) -> Result<Outlook, host_prep::Error> {
    let ahead = as_planned(host, plan)?;
    let seen = Inspection::of(&ahead.host, now).planned(Planned { becomes, agreed: agreed.clone() });
    let diagnosis = diagnose(&seen);
    let told: BTreeSet<&str> = plan.problems().iter().chain(plan.notes()).map(|one| one.code).collect();
    let mut outlook = Outlook { findings: Vec::new(), undecided: diagnosis.undecided };
    for finding in diagnosis.findings {
        // Without root it is said of each file that could not be read.
        let of_plan = told.contains(finding.code) || finding.code == "not-run-as-root";
        if of_plan || finding.severity == Severity::Note {
            continue;
        }
        let of_unit =
            OF_UNITS.iter().find(|(unit, code)| *code == finding.code && ahead.units.contains(*unit));
        if let Some((unit, _)) = of_unit {
            outlook.later(finding.code, unit, "the plan starts it");
        } else if BROUGHT.contains(&finding.family) && !ahead.packages.is_empty() {
            outlook.later(finding.code, &ahead.packages.join(", "), BRINGS);
        } else {
            outlook.findings.push(finding);
        }
    }
    if !ahead.packages.is_empty() {
        let names = ahead.packages.join(", ");
        for (_, check) in checks().filter(|(family, _)| BROUGHT.contains(family)) {
            outlook.later(check.name, &names, BRINGS);
        }
    }
    let found: BTreeSet<&str> = outlook.findings.iter().map(|one| one.code).collect();
    outlook.undecided.retain(|one| !found.contains(one.code) && !told.contains(one.code));
    outlook.undecided.sort();
    outlook.undecided.dedup();
    Ok(outlook)
}

const BRINGS: &str = "what the plan installs is not there yet";

impl Outlook {
    fn later(&mut self, code: &'static str, source: &str, why: &str) {
        self.undecided.push(Undecided { code, unread: Unread::new(source, why) });
    }

    /// What this user may not read: only root gets an answer.
    pub fn denied(&self) -> impl Iterator<Item = &Undecided> {
        self.undecided.iter().filter(|one| {
            let of_a_rule = || one.unread.why.contains("run this as root");
            one.unread.refusal() == Some(ErrorKind::PermissionDenied) || of_a_rule()
        })
    }

    /// How many checks can only be judged later.
    #[must_use]
    pub fn undecided_checks(&self) -> usize {
        self.undecided.iter().map(|one| one.code).collect::<BTreeSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use host_prep::Desired;
    use host_prep::fs::Root;
    use host_prep::resource::{Managed, SwapOff};
    use host_prep::service::{UnitWish, Units};

    use super::*;
    use crate::doctor::laid::{lay, now};
    use crate::recipe::{NodeSpec, agree};

    const KUBELET: (&str, &str) = (
        "usr/lib/systemd/system/kubelet.service",
        "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf\n",
    );
    const CRIO: (&str, &str) = (
        "usr/lib/systemd/system/crio.service",
        "[Service]\nExecStart=/usr/bin/crio\n[Install]\nWantedBy=multi-user.target\n",
    );
    const HOST: [(&str, &str); 3] = [
        ("etc/hosts", "127.0.0.1 localhost\n192.0.2.7 n1\n"),
        ("etc/hostname", "n1\n"),
        ("etc/resolv.conf", "nameserver 192.0.2.53\n"),
    ];
    const SWAP: (&str, &str) = ("etc/fstab", "/dev/sda2 none swap sw 0 0\n");
    const TIME: [(&str, &str); 2] = [
        ("usr/lib/systemd/system/chrony.service", "[Service]\nExecStart=/usr/sbin/chronyd\n"),
        (
            "etc/systemd/system/multi-user.target.wants/chrony.service",
            "-> /usr/lib/systemd/system/chrony.service",
        ),
    ];

    fn of(files: &[(&str, &str)], desired: &Desired) -> Vec<&'static str> {
        outlook_of("v1.34.2", files, desired).findings.iter().map(|one| one.code).collect()
    }

    fn outlook_of(version: &str, files: &[(&str, &str)], desired: &Desired) -> Outlook {
        let dir = tempfile::tempdir().unwrap();
        lay(dir.path(), &[&HOST[..], &TIME, files].concat());
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let before: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        let plan = host_prep::verify(&host, desired);
        let agreed = agree(&NodeSpec::new(version.parse().unwrap())).unwrap();
        let outlook = outlook(&host, &plan, (Role::ControlPlane, &agreed), now()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), before.len(), "it is only looked at");
        assert!(!dir.path().join("etc/crictl.yaml").exists());
        outlook
    }

    /// `verify` was content with a kubelet of 1.30 on another cgroup driver, since no package told its
    /// release.
    #[test]
    fn what_depends_on_a_release_is_judged_by_the_planned_one() {
        let start = "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml \
                     --kubeconfig=/etc/kubernetes/kubelet.conf --cgroup-driver=cgroupfs\n";
        let kubelet = ("usr/lib/systemd/system/kubelet.service", start);
        let severity = |version: &str| {
            let found = outlook_of(version, &[CRIO, kubelet], &Desired::new()).findings;
            found.into_iter().find(|one| one.code == "cgroup-driver-mismatch").map(|one| one.severity)
        };
        assert_eq!(severity("v1.30.0"), Some(Severity::Error));
        assert_eq!(severity("v1.34.2"), None, "that kubelet takes CRI-O's");
    }

    #[test]
    fn a_bare_host_is_not_ill() {
        assert_eq!(of(&[], &Desired::new()), [""; 0]);
    }

    #[test]
    fn what_the_plan_takes_away_is_not_told_and_what_it_leaves_is() {
        let blacklist = ("etc/modprobe.d/cis.conf", "install overlay /bin/false\n");
        let files = [SWAP, blacklist, KUBELET];
        let own = |found: Vec<&'static str>| -> Vec<&str> {
            found
                .into_iter()
                .filter(|code| !code.starts_with("unit-") && !code.starts_with("exec-"))
                .collect()
        };
        assert_eq!(own(of(&files, &Desired::new())), ["module-blacklisted", "swap-returns-at-boot"]);
        assert_eq!(own(of(&files, &Desired::new().with(SwapOff::new()))), ["module-blacklisted"]);
    }

    #[test]
    fn a_unit_that_the_plan_enables_is_enabled() {
        let wanted = Desired::new().with(Units::new([UnitWish::running("crio.service", "pods")]));
        assert!(of(&[CRIO], &Desired::new()).contains(&"unit-not-enabled"));
        assert!(!of(&[CRIO], &wanted).contains(&"unit-not-enabled"));
    }

    #[test]
    fn a_file_that_the_plan_writes_is_judged() {
        let text = "runtime-endpoint: unix:///run/containerd/containerd.sock\n";
        let wrong = Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", text));
        assert!(of(&[CRIO], &wrong).contains(&"crictl-endpoint-mismatch"));
    }
}
