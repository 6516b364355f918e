//! Whatever the format, one diagnosis has one answer.

use std::time::{Duration, SystemTime};

use super::*;
use crate::doctor::{Severity, Undecided, Unread, laid};

#[test]
fn every_format_counts_what_is_undecided_alike() {
    let mut diagnosis = laid::said_of(&[
        ("etc/hostname", "n1\n"),
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/systemd/system/crio.service.d/20-own.conf", "[Service]\nExecStart=/usr/bin/crio\n"),
    ]);
    let more = Undecided { unread: Unread::new("/x", "more of it"), ..diagnosis.undecided[0].clone() };
    diagnosis.undecided.push(more);
    let checks = diagnosis.undecided_checks();
    // Of some checks more than one thing could not be read.
    assert!(checks > 0 && checks < diagnosis.undecided.len(), "{checks}");
    let skipped = junit(&diagnosis, Severity::Error).matches("<skipped").count();
    let results = sarif(&diagnosis)["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    let open = results.iter().filter(|one| one["kind"] == "open").count();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600);
    let metrics = prometheus(&diagnosis, now);
    let gauge = metrics.lines().find_map(|line| line.strip_prefix("k8sprep_doctor_undecided "));
    assert_eq!((skipped, open, gauge), (checks, checks, Some(checks.to_string().as_str())));
    assert!(html(&diagnosis, now).contains(&format!("<b>{checks}</b> undecided")));
}
