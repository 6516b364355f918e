//! The recorded answers beside the checkout, through the same code as the `conformance` program.

use k8sprep_tests::conformance::{Disagreement, Request, run};
use k8sprep_tests::shared_dir;

/// Runs a suite on its public directory; says so and passes where the directory is absent.
fn assert_agrees(suite: &str) {
    assert_agrees_but_for(suite, &[]);
}

/// The same, with the cases in which the real program gives one of several answers by chance.
#[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
fn assert_agrees_but_for(suite: &str, by_chance: &[&str]) {
    let Some(shared) = shared_dir() else {
        eprintln!("SKIPPED: no recorded answers beside this checkout");
        return;
    };
    let tally = run(suite, &Request::new(shared.join("conformance").join(suite))).unwrap();
    let (_, all) = tally.total();
    let missed = |case: &&Disagreement| !by_chance.contains(&case.case.as_str());
    assert!(all > 0 && !tally.disagreements().iter().any(|case| missed(&case)), "{}", tally.report(5));
}

#[test]
fn pki_agrees_with_kubeadm() {
    assert_agrees("pki");
}

/// go-yaml's comparison of keys goes in circles for the keys of one map of `write-0389` (`1e3a ` before `4m0s…` before
/// `190:20:30` before `1e3a `), so that their order follows from that of Go's map, which is random.
#[test]
fn yaml_agrees_with_sigs_yaml() {
    assert_agrees_but_for("yaml", &["write-0389"]);
}
