//! What kube-controller-manager and kube-scheduler say of how a leader is elected.
//!
//! Locks: `New` of `client-go/tools/leaderelection/resourcelock` of each minor's last patch from 1.22 to 1.34;
//! `Validate` of `k8s.io/controller-manager/options` (1.27 on) and of `pkg/scheduler/apis/config` (1.27 on).
//! Durations: `NewLeaderElector` of client-go.

use crate::component::{Refused, has_variable};
use crate::go::parse_duration;
use crate::kubelet::parse_bool;
use crate::version::Minor;

/// The first minor whose components take leases alone.
const LEASES_ALONE: u64 = 27;
const LEASES: &str = "leases";
/// Locks of two objects, which are gone where [`LEASES_ALONE`] holds.
const TWOFOLD: [&str; 2] = ["endpointsleases", "configmapsleases"];
/// The old locks, and the first minor without them.
const OLD: [&str; 2] = ["endpoints", "configmaps"];
const WITHOUT_OLD: u64 = 24;

/// Everything that is wrong; `last` gives the value of a flag that counts.
pub(super) fn refused<'a>(
    last: &impl Fn(&str) -> Option<(usize, &'a str)>,
    refused: &impl Fn(usize, &str, &str) -> Refused,
    minor: Minor,
) -> Vec<Refused> {
    if last("leader-elect").is_some_and(|(_, on)| parse_bool(on) == Ok(false)) {
        return Vec::new();
    }
    lock(last, refused, minor).into_iter().chain(durations(last, refused)).collect()
}

fn lock<'a>(
    last: &impl Fn(&str) -> Option<(usize, &'a str)>,
    refused: &impl Fn(usize, &str, &str) -> Refused,
    minor: Minor,
) -> Option<Refused> {
    let (index, lock) = last("leader-elect-resource-lock")?;
    let minor = minor.number();
    let says = match lock {
        LEASES => return None,
        _ if has_variable(lock) => return None,
        _ if minor >= LEASES_ALONE => "resourceLock value must be \"leases\"".to_owned(),
        _ if TWOFOLD.contains(&lock) => return None,
        _ if OLD.contains(&lock) && minor < WITHOUT_OLD => return None,
        _ if OLD.contains(&lock) => format!("{lock} lock is removed, migrate to {lock}leases"),
        _ => format!("Invalid lock-type {lock}"),
    };
    Some(refused(index, &says, "write leases, or leave the flag out"))
}

/// 15s, 10s and 2s where they are not given.
fn durations<'a>(
    last: &impl Fn(&str) -> Option<(usize, &'a str)>,
    refused: &impl Fn(usize, &str, &str) -> Refused,
) -> Option<Refused> {
    let given = |name: &str| last(&format!("leader-elect-{name}"));
    let nanos = |name: &str, seconds: i64| match given(name) {
        None => Some(seconds * 1_000_000_000),
        // What is no duration was told.
        Some((_, text)) => parse_duration(text).ok(),
    };
    let (lease, renew) = (nanos("lease-duration", 15)?, nanos("renew-deadline", 10)?);
    let retry = nanos("retry-period", 2)?;
    let (long, short) = ("lease-duration", "renew-deadline");
    if lease <= renew {
        let (index, _) = given(long).or_else(|| given(short))?;
        let help =
            "the lease has to be longer than the deadline to renew it, which is 10s where it is not given";
        return Some(refused(index, "leaseDuration must be greater than renewDeadline", help));
    }
    // `JitterFactor` is 1.2.
    if renew <= retry / 10 * 12 {
        let (index, _) = given(short).or_else(|| given("retry-period"))?;
        let help = "the deadline has to be more than 1.2 times the period, which is 2s where it is not given";
        return Some(refused(index, "renewDeadline must be greater than retryPeriod*JitterFactor", help));
    }
    None
}
