//! The recorded answers beside the checkout, through the same code as the `conformance` program.

use k8sprep_tests::conformance::{Request, run};
use k8sprep_tests::shared_dir;

/// Runs a suite on its public directory; says so and passes where the directory is absent.
#[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
fn assert_agrees(suite: &str) {
    let Some(shared) = shared_dir() else {
        eprintln!("SKIPPED: no recorded answers beside this checkout");
        return;
    };
    let tally = run(suite, &Request::new(shared.join("conformance").join(suite))).unwrap();
    assert!(tally.agrees(), "{}", tally.report(5));
}

#[test]
fn crio_agrees_with_nine_releases() {
    assert_agrees("crio");
}

#[test]
fn pki_agrees_with_kubeadm() {
    assert_agrees("pki");
}

#[test]
fn yaml_agrees_with_sigs_yaml() {
    assert_agrees("yaml");
}
