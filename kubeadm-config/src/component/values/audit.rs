//! What kube-apiserver says of how it writes audit events: of the log only where `--audit-log-path` says
//! where, of the webhook only where `--audit-webhook-config-file` does.
//!
//! `AuditOptions.Validate` of `k8s.io/apiserver/pkg/server/options/audit.go`, the same in every minor from 1.22
//! to 1.37 but for the versions of the API.

use crate::component::{Refused, has_variable};
use crate::kubelet::{parse_bool, parse_int};
use crate::version::Minor;

const MODES: [&str; 3] = ["batch", "blocking", "blocking-strict"];
const FORMATS: [&str; 2] = ["legacy", "json"];
const VERSION: &str = "audit.k8s.io/v1";
/// The first minor without the versions before v1.
const V1_ALONE: u64 = 24;
/// Bytes of a batch and of an event, where they are not given.
const BATCH: i64 = 10 * 1024 * 1024;
const EVENT: i64 = 100 * 1024;

/// Everything that is wrong; `last` gives the value of a flag that counts.
pub(super) fn refused<'a>(
    last: &impl Fn(&str) -> Option<(usize, &'a str)>,
    refused: &impl Fn(usize, &str, &str) -> Refused,
    minor: Minor,
) -> Vec<Refused> {
    let mut found = Vec::new();
    // The defaults of the two backends: mode, and whether a batch is throttled.
    for (backend, file, mode, throttled) in [
        ("log", "audit-log-path", "blocking", false),
        ("webhook", "audit-webhook-config-file", "batch", true),
    ] {
        if last(file).is_none_or(|(_, path)| path.is_empty()) {
            continue;
        }
        let given =
            |name: &str| last(&format!("audit-{backend}-{name}")).filter(|(_, value)| !has_variable(value));
        let mut say = |index: usize, says: String, help: &str| found.push(refused(index, &says, help));
        let (at, mode) = given("mode").map_or((None, mode), |(at, mode)| (Some(at), mode));
        if let Some(at) = at.filter(|_| !MODES.contains(&mode)) {
            let says = format!(
                "invalid audit {backend} mode {mode}, allowed modes are \"batch,blocking,blocking-strict\""
            );
            say(at, says, "write batch, blocking or blocking-strict");
        }
        if mode == "batch" {
            batch(backend, throttled, &given, &mut say);
        }
        truncation(backend, &given, &mut say);
        if let Some((at, version)) = given("version")
            && let Some(says) = version_fault(version, minor)
        {
            say(at, says, "write audit.k8s.io/v1");
        }
        if backend == "log" {
            log_file(&given, &mut say);
        }
    }
    found
}

/// As pflag reads one; what is none was told by its type.
fn number(value: &str) -> Option<i64> {
    parse_int(value, 64).ok()
}

fn version_fault(version: &str, minor: Minor) -> Option<String> {
    let known: &[&str] = match minor.number() < V1_ALONE {
        true => &["audit.k8s.io/v1alpha1", "audit.k8s.io/v1beta1", VERSION],
        false => &[VERSION],
    };
    if known.contains(&version) {
        return None;
    }
    // `schema.ParseGroupVersion`.
    if version.matches('/').count() > 1 {
        return Some(format!("unexpected GroupVersion string: {version}"));
    }
    let known: Vec<String> = known.iter().map(|version| format!("\"{version}\"")).collect();
    Some(format!("invalid group version, allowed versions are [{}]", known.join(" ")))
}

/// What is no number of its type is told by that.
fn batch<'a>(
    backend: &str,
    throttled: bool,
    given: &impl Fn(&str) -> Option<(usize, &'a str)>,
    say: &mut impl FnMut(usize, String, &str),
) {
    let help = "write a number above 0";
    let mut sizes = vec![("batch-buffer-size", "buffer size"), ("batch-max-size", "max batch size")];
    let throttled = given("batch-throttle-enable").map_or(Ok(throttled), |(_, on)| parse_bool(on));
    if throttled == Ok(true) {
        sizes.push(("batch-throttle-burst", "throttle burst"));
        if let Some((at, qps)) = given("batch-throttle-qps")
            && qps.parse::<f32>().is_ok_and(|qps| qps <= 0.0)
        {
            let says = format!("invalid audit batch {backend} throttle QPS {qps}, must be a positive number");
            say(at, says, help);
        }
    }
    for (flag, name) in sizes {
        let Some((at, value)) = given(flag) else { continue };
        if let Some(size) = number(value).filter(|size| *size <= 0) {
            say(at, format!("invalid audit batch {backend} {name} {size}, must be a positive number"), help);
        }
    }
}

/// Judged whether or not anything is truncated.
fn truncation<'a>(
    backend: &str,
    given: &impl Fn(&str) -> Option<(usize, &'a str)>,
    say: &mut impl FnMut(usize, String, &str),
) {
    let bytes = |flag: &str, default: i64| match given(flag) {
        None => Some((None, default)),
        Some((at, value)) => number(value).map(|bytes| (Some(at), bytes)),
    };
    let (Some((of_event, event)), Some((of_batch, batch))) =
        (bytes("truncate-max-event-size", EVENT), bytes("truncate-max-batch-size", BATCH))
    else {
        return;
    };
    let Some(at) = of_event.or(of_batch) else { return };
    if event <= 0 {
        let says =
            format!("invalid audit truncate {backend} max event size {event}, must be a positive number");
        say(at, says, "write a number above 0");
    } else if batch < event {
        let says = format!(
            "invalid audit truncate {backend} max batch size {batch}, must be greater than max event size ({event})"
        );
        say(at, says, "a batch has to hold an event: 102400 and 10485760 bytes where they are not given");
    }
}

fn log_file<'a>(
    given: &impl Fn(&str) -> Option<(usize, &'a str)>,
    say: &mut impl FnMut(usize, String, &str),
) {
    if let Some((at, format)) = given("format").filter(|(_, format)| !FORMATS.contains(format)) {
        let says = format!("invalid audit log format {format}, allowed formats are \"legacy,json\"");
        say(at, says, "write json or legacy");
    }
    for flag in ["maxage", "maxbackup", "maxsize"] {
        let Some((at, value)) = given(flag) else { continue };
        if let Some(number) = number(value).filter(|number| *number < 0) {
            let says = format!("--audit-log-{flag} {number} can't be a negative number");
            say(at, says, "write a number that is not below 0");
        }
    }
}
