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
    let metrics = prometheus(&diagnosis, now, Duration::from_millis(1500));
    let gauge = metrics.lines().find_map(|line| line.strip_prefix("k8sprep_doctor_undecided "));
    assert_eq!((skipped, open, gauge), (checks, checks, Some(checks.to_string().as_str())));
    assert!(html(&diagnosis, now).contains(&format!("<b>{checks}</b> undecided")));
}

/// A fault that a file has a thousand times does not hide the one beside it, and no two results of a
/// scanner are taken for one.
#[test]
fn many_findings_of_one_code_are_folded_for_people_and_told_apart_for_scanners() {
    let fstab: String = (0..3000).map(|at| format!("/dev/sw{at} none swap sw 0 0\n")).collect();
    let diagnosis = laid::said_of(&[
        ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
        ("etc/fstab", &*fstab),
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/systemd/system/crio.service.d/20-own.conf", "[Service]\nExecStart=/usr/bin/crio\n"),
    ]);
    let codes: std::collections::BTreeSet<&str> = diagnosis.findings.iter().map(|one| one.code).collect();
    assert!(diagnosis.findings.len() >= 3000 && codes.len() > 1, "{codes:?}");
    let page = html(&diagnosis, SystemTime::UNIX_EPOCH);
    for code in codes {
        assert!(page.contains(&format!("<code>{code}</code>")), "{code}");
    }
    assert!(page.contains("and 2990 more of <code>swap-returns-at-boot</code>"));
    let log = sarif(&diagnosis);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let prints = results.iter().filter_map(|one| one["partialFingerprints"]["place/v1"].as_str());
    let prints: Vec<&str> = prints.collect();
    let different: std::collections::BTreeSet<&&str> = prints.iter().collect();
    assert_eq!((prints.len(), different.len()), (diagnosis.findings.len(), diagnosis.findings.len()));
    assert!(prints.contains(&"swap-returns-at-boot:/etc/fstab"));
}

/// An alert compares the ends with `time()`; the labels of a check are the same whatever it came to.
#[test]
fn metrics_have_the_end_of_each_certificate_and_how_long_the_look_took() {
    let ca = include_str!("../testdata/ca.crt");
    let pki = "etc/kubernetes/pki/ca.crt";
    let diagnosis = laid::said_of(&[("etc/hostname", "n1\n"), (pki, ca)]);
    let [end] = &*diagnosis.certificates else { panic!("{:?}", diagnosis.certificates) };
    assert_eq!(end.file, format!("/{pki}"));
    let metrics = prometheus(&diagnosis, SystemTime::UNIX_EPOCH, Duration::from_millis(1500));
    let value = |of: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(of)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{of}\n{metrics}")).to_owned()
    };
    let expiry = value("k8sprep_doctor_certificate_expiry_seconds{file=\"/etc/kubernetes/pki/ca.crt\"}");
    let ends = jiff::Timestamp::from_second(expiry.parse().unwrap()).unwrap();
    assert_eq!(ends.to_string(), end.not_after);
    assert_eq!(value("k8sprep_doctor_duration_seconds"), "1.500");
    let row =
        |outcome: &str| format!("code=\"ca-expires-soon\",family=\"certificates\",severity=\"{outcome}\"");
    assert!(metrics.contains(&row("error")), "{metrics}");
    let none = laid::said_of(&[("etc/hostname", "n1\n")]);
    let metrics = prometheus(&none, SystemTime::UNIX_EPOCH, Duration::ZERO);
    assert!(!metrics.contains("expiry_seconds"), "a type without a series");
}
