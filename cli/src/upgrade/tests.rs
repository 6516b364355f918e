//! The steps of a check.

use kubeadm_config::Minor;

use super::Check;
use crate::recipe::Endings;

fn check(from: Option<u64>, to: u64) -> Check {
    let to = Minor::new(to);
    let mut endings = Endings::default();
    let file =
        b"KUBELET_EXTRA_ARGS=\"--container-runtime=remote --iptables-drop-bit=15 --cloud-config=/c\"\n";
    endings.add_file("/etc/default/kubelet", file, to);
    Check::of(from.map(Minor::new), to, endings)
}

#[test]
fn no_minor_is_skipped_and_each_ending_stands_once() {
    let check = check(Some(28), 34);
    let steps: Vec<_> = check.steps.iter().map(|step| (step.to.as_str(), step.ends.len())).collect();
    assert_eq!(steps, [("1.29", 0), ("1.30", 0), ("1.31", 1), ("1.32", 0), ("1.33", 0), ("1.34", 1)]);
    let ended: Vec<_> = check.ended.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(ended, ["--container-runtime"], "it ended with 1.27");
    assert_eq!(check.all().count(), 3);
}

#[test]
fn where_nobody_knows_the_start_everything_up_to_the_end_is_told() {
    let check = check(None, 31);
    assert_eq!((check.steps.len(), check.ended.len(), check.from.as_deref()), (0, 2, None));
    assert!(!check.is_clear());
    assert!(super::Check::of(Some(Minor::new(30)), Minor::new(30), Endings::default()).is_clear());
}
