//! The least external etcd that a kubeadm takes (`MinExternalEtcdVersion` of its `constants.go`).

/// Minor and patch in which a value was read, and the value without what stands behind its dash. Of
/// some minors only a late patch was read: earlier ones took at least what the row of patch 0 before
/// them says.
const READ: [(u64, u64, [u64; 3]); 10] = [
    (20, 0, [3, 2, 18]),
    (28, 0, [3, 4, 13]),
    (31, 14, [3, 5, 24]),
    (32, 13, [3, 5, 24]),
    (33, 13, [3, 5, 24]),
    (34, 0, [3, 5, 21]),
    (35, 4, [3, 5, 24]),
    (36, 3, [3, 5, 24]),
    (37, 0, [3, 5, 21]),
    (37, 2, [3, 5, 24]),
];

/// What it refuses everything below of, with certainty.
pub(super) fn least(minor: u64, patch: u64) -> [u64; 3] {
    let own = READ.iter().rev().find(|row| row.0 == minor && row.1 <= patch);
    let before = || READ.iter().rev().find(|row| row.0 <= minor && row.1 == 0);
    own.or_else(before).map_or(READ[0].2, |row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_that_was_not_read_takes_what_the_release_before_took() {
        for (minor, patch, wanted) in [
            (19, 0, [3, 2, 18]),
            (27, 16, [3, 2, 18]),
            (28, 15, [3, 4, 13]),
            (33, 2, [3, 4, 13]),
            (33, 13, [3, 5, 24]),
            (34, 0, [3, 5, 21]),
            (35, 0, [3, 5, 21]),
            (37, 2, [3, 5, 24]),
            (39, 0, [3, 5, 21]),
        ] {
            assert_eq!(least(minor, patch), wanted, "1.{minor}.{patch}");
        }
    }
}
