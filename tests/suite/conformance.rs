//! The recorded answers beside the checkout, through the same code as the `conformance` program.

use k8sprep_tests::conformance::{Request, Tally, run};
use k8sprep_tests::recorded;

/// Runs a suite on its public directory; says so where the directory is absent.
fn tally(suite: &str) -> Option<Tally> {
    Some(run(suite, &Request::new(recorded(&format!("conformance/{suite}"))?)).unwrap())
}

fn assert_agrees(suite: &str) {
    if let Some(tally) = tally(suite) {
        assert!(tally.agrees(), "{}", tally.report(5));
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn crio_agrees_with_nine_releases() {
    assert_agrees("crio");
}

/// Real kubeadm's answer where the crate gives another: a file of two kubelet documents that 1.36.3
/// reads in the random order of a map.
fn is_known(release: &str, case: &str) -> bool {
    release == "1.36.3" && case.starts_with("component/kubelet-credential-and-config ")
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn kubeadm_agrees_with_ten_releases_but_for_what_is_known() {
    let Some(tally) = tally("kubeadm") else { return };
    let new: Vec<_> =
        tally.disagreements().iter().filter(|found| !is_known(&found.release, &found.case)).collect();
    assert!(new.is_empty(), "{new:#?}");
    assert!(tally.disagreements().len() <= 3, "{}", tally.report(0));
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn pki_agrees_with_kubeadm() {
    assert_agrees("pki");
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn yaml_agrees_with_sigs_yaml() {
    assert_agrees("yaml");
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn kubelet_agrees_with_three_releases() {
    let Some(dir) = recorded("recorded/kubelet") else { return };
    let tally = run("kubelet", &Request::new(dir)).unwrap();
    assert!(tally.agrees(), "{}", tally.report(5));
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn doctor_names_what_ails_the_recorded_trees() {
    let Some(dir) = recorded("recorded/doctor") else { return };
    let tally = run("doctor", &Request::new(dir)).unwrap();
    assert!(tally.agrees(), "{}", tally.report(5));
}
