//! Which field may have been meant.

use crate::catalogue::Field;
use crate::near::distance;

/// The fields whose names come near a path, the nearest first.
pub(in crate::spec) fn near(path: &str, fields: &[Field]) -> Vec<String> {
    let leaf = |path: &str| {
        path.rsplit('.')
            .next()
            .unwrap_or_default()
            .trim_end_matches(['[', ']', '{', '}'])
            .to_ascii_lowercase()
    };
    let plain = |path: &str| path.replace("{}", "").replace("[]", "").to_ascii_lowercase();
    let (wanted, wanted_leaf) = (plain(path), leaf(path));
    let mut scored: Vec<(usize, &str)> = fields
        .iter()
        .filter(|field| !field.path.ends_with(['}', ']']))
        .map(|field| {
            let by_leaf = distance(&leaf(&field.path), &wanted_leaf);
            (by_leaf.min(distance(&plain(&field.path), &wanted)), field.path.as_str())
        })
        .filter(|(score, _)| *score * 3 <= wanted_leaf.len())
        .collect();
    scored.sort();
    scored.into_iter().take(3).map(|(_, path)| path.to_owned()).collect()
}
