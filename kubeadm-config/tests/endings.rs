//! What ends, held against what was read in Kubernetes' own code, minor by minor
//! (`upgrade-*.tsv` of the recorded answers).

use std::path::Path;

use kubeadm_config::Minor;
use kubeadm_config::ending::{Ending, of_command_lines, of_documents};

/// Columns of a table by their names.
fn rows(path: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let at = |name: &&str| head.iter().position(|one| one == name).unwrap();
    let at: Vec<usize> = columns.iter().map(at).collect();
    lines
        .map(|line| at.iter().map(|at| line.get(*at).copied().unwrap_or_default().to_owned()).collect())
        .collect()
}

/// 27 of `1.27`.
fn minor(text: &str) -> Option<u64> {
    text.strip_prefix("1.")?.parse().ok()
}

/// That it ends with that minor, or does not end by 1.37, and what is said otherwise.
fn wrong(what: &str, removed: Option<u64>, found: &[Ending]) -> Option<String> {
    if LIST_IS_WRONG.contains(&what) {
        return None;
    }
    let ends: Vec<u64> = found.iter().map(|one| one.ends.number()).collect();
    let expected: Vec<u64> = removed.into_iter().collect();
    (ends != expected).then(|| format!("{what}: removed in {removed:?}, told {ends:?}"))
}

/// Where the list is wrong, and why. It may only shrink.
const LIST_IS_WRONG: [&str; 2] = [
    // 1.22 and 1.23 call it deprecated and register it no more.
    "kube-controller-manager horizontal-pod-autoscaler-use-rest-clients",
    // It moved to the library controller-manager, whose gates the list has not; real programs up to 1.37 have it.
    "CloudControllerManagerWebhook",
];

const NEWEST: Minor = Minor::new(37);

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn flags_of_the_kubelet_end_where_its_code_has_them_no_more() {
    let Some(path) = test_kit::recorded("reference/upgrade-kubelet-flags.tsv") else { return };
    let rows = rows(&path, &["flag", "removed_in"]);
    let of = |row: &Vec<String>| {
        let file = format!("KUBELET_EXTRA_ARGS=--{}=x\n", row[0]);
        wrong(&row[0], minor(&row[1]), &of_command_lines(file.as_bytes(), NEWEST).endings)
    };
    let wrong: Vec<String> = rows.iter().filter_map(of).collect();
    assert!(wrong.is_empty() && rows.len() > 190, "{}", wrong.join("\n"));
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn flags_of_the_control_plane_end_where_its_code_has_them_no_more() {
    let Some(path) = test_kit::recorded("reference/upgrade-controlplane-flags.tsv") else { return };
    let rows = rows(&path, &["component", "flag", "removed_in"]);
    let of = |row: &Vec<String>| {
        let file = format!("ExecStart=/usr/bin/{} --{}=x\n", row[0], row[1]);
        wrong(
            &format!("{} {}", row[0], row[1]),
            minor(&row[2]),
            &of_command_lines(file.as_bytes(), NEWEST).endings,
        )
    };
    let wrong: Vec<String> = rows.iter().filter_map(of).collect();
    assert!(wrong.is_empty() && rows.len() >= 50, "{}", wrong.join("\n"));
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn gates_end_where_no_code_has_them_any_more() {
    let Some(path) = test_kit::recorded("reference/upgrade-gates.tsv") else { return };
    let rows = rows(&path, &["gate", "removed_in", "default_latest", "first_release"]);
    // Set as it was at last it is not told before it is gone.
    let of = |row: &Vec<String>| {
        let removed = minor(&row[1]).filter(|removed| *removed > 20)?;
        let file = format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: {{{}: {}}}\n",
            row[0], row[2]
        );
        let told = of_documents(file.as_bytes(), NEWEST).endings;
        wrong(&row[0], Some(removed), &told)
    };
    let wrong: Vec<String> = rows.iter().filter_map(of).collect();
    assert!(wrong.is_empty() && rows.len() > 470, "{}", wrong.join("\n"));
}
