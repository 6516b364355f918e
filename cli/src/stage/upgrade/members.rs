//! What of etcd stands in the way of a control plane's upgrade, and no file tells: its other members, and room for
//! the copies of its data.
//!
//! kubeadm is content with a quorum, which may be lost while the member of this node restarts, and finds a full
//! disk while it copies.

use host_prep::Host;
use host_prep::cluster::manifest_of;
use host_prep::cluster::upgrade as prep;
use host_prep::facts::FileSystem;

use crate::chain::chain;
use crate::code::Code;
use crate::recipe::{ETCD_3_6_SINCE, is_etcd_too_old_for_3_6};
use crate::stage::size::size;
use crate::stage::{Error, Reporter, Verdict};
use crate::upgrade::Plan;
use crate::upgrade::step::Work;

/// Where kubeadm copies etcd's data to.
const COPY: &str = "/etc/kubernetes";
/// Below it our own directory is.
const SNAPSHOT: &str = "/var/lib";

/// Refuses where a member is not well or too old for the etcd of that minor, or the copies have no room.
pub(super) fn etcd_is_fit(
    host: &Host,
    (plan, minor): (&Plan, u64),
    report: &mut dyn Reporter,
) -> Result<(), Error> {
    if !plan.role.is_control_plane() || host.root().kind(&manifest_of("etcd"))?.is_none() {
        return Ok(());
    }
    if let Err(error) = prep::etcd_is_healthy(host, &mut *report.watch()?) {
        if error.code() == host_prep::Code::Stopped {
            return Err(error.into());
        }
        let what =
            format!("etcd is to be well on every member before one of them restarts: {}", chain(&error));
        return Err(Error::UpgradeBlocked(vec![verdict("control-plane-unhealthy", what)]));
    }
    let mut stand: Vec<Verdict> = no_room(host, plan).into_iter().collect();
    if minor >= ETCD_3_6_SINCE {
        let members = prep::etcd_members(host, &mut *report.watch()?)?;
        let old = members.iter().filter(|member| is_etcd_too_old_for_3_6(&member.version));
        stand.extend(old.map(|member| {
            let what = format!(
                "etcd {} runs at {}, and 1.{minor} comes with etcd 3.6 or later: it wants 3.5.24 on every member before",
                member.version, member.endpoint
            );
            verdict("etcd-too-old-for-upgrade", what)
        }));
    }
    if stand.is_empty() { Ok(()) } else { Err(Error::UpgradeBlocked(stand)) }
}

fn verdict(code: &'static str, what: String) -> Verdict {
    Verdict { code, what, ..Verdict::default() }
}

/// kubeadm copies the data as they are; the snapshot lies in our own directory. What cannot be told is no reason.
fn no_room(host: &Host, plan: &Plan) -> Option<Verdict> {
    let data = plan.steps.iter().find_map(|step| match &step.work {
        Work::Snapshot(data) => Some(data),
        _ => None,
    })?;
    let size = size(host, &host.root().shown(data))?;
    let left = |path: &str| FileSystem::at(host, path).map(|one| (one.size, one.available));
    let (of_copy, of_snapshot) = (left(COPY)?, left(SNAPSHOT));
    // With a fifth to spare: etcd goes on writing meanwhile.
    let with_more = size.saturating_add(size / 5);
    let both = of_snapshot.is_none_or(|one| one == of_copy);
    let needed = if both { with_more.saturating_add(size) } else { with_more };
    (of_copy.1 < needed).then(|| {
        let mib = |bytes: u64| bytes >> 20;
        let what = format!(
            "{} MiB are needed below {COPY} for copies of etcd's data, and {} MiB are left",
            mib(needed),
            mib(of_copy.1)
        );
        verdict(Code::NoRoomForEtcdCopy.as_str(), what)
    })
}
