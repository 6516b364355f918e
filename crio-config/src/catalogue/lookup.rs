//! Finding an option by its name.

use std::sync::OnceLock;

use super::{CrioOption, Table, handler, image, root, runtime, service};
use crate::Release;
use crate::document::folds_to;

/// What a dotted name stands for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Found {
    /// An option.
    Option(&'static CrioOption),
    /// A table, which may be that of a named runtime or workload.
    Table(Table),
    /// The holder of named tables: `crio.runtime.runtimes` or `crio.runtime.workloads`.
    Tables(&'static CrioOption),
    /// An entry of a table of strings, as a default annotation.
    MapEntry(&'static CrioOption),
}

/// Every option of every release, table by table.
///
/// ```
/// let reloadable = crio_config::catalogue::options()
///     .filter(|option| option.is_reloadable(crio_config::Release::NEWEST))
///     .count();
/// assert!(reloadable > 10);
/// ```
pub fn options() -> impl Iterator<Item = &'static CrioOption> {
    [root::OPTIONS, runtime::OPTIONS, handler::OPTIONS, image::OPTIONS, service::OPTIONS]
        .into_iter()
        .flatten()
}

/// What the parts of a path stand for in any release. Names match as CRI-O matches them: ignoring
/// case, except for the names of runtimes and workloads.
///
/// Any release: ask [`CrioOption::is_in`] or [`lookup`](crate::lookup) for one.
///
/// ```
/// use crio_config::catalogue::{Found, Table, find};
///
/// let kata = find(&["crio", "runtime", "runtimes", "kata"]);
/// assert!(matches!(kata, Some(Found::Table(Table::Handler))));
/// assert!(matches!(find(&["CRIO", "Image", "Pause_Image"]), Some(Found::Option(_))));
/// assert!(find(&["crio", "nothing"]).is_none());
/// ```
pub fn find<S: AsRef<str>>(parts: &[S]) -> Option<Found> {
    if let Some(table) = find_table(parts) {
        return Some(Found::Table(table));
    }
    let (key, parents) = parts.split_last()?;
    if let Some(table) = find_table(parents) {
        let option = find_in(table, key.as_ref())?;
        return Some(if option.kind() == super::Kind::Tables {
            Found::Tables(option)
        } else {
            Found::Option(option)
        });
    }
    let (map, parents) = parents.split_last()?;
    let option = find_in(find_table(parents)?, map.as_ref())?;
    (option.kind() == super::Kind::StringMap).then_some(Found::MapEntry(option))
}

/// The option of a table with this key.
fn find_in(table: Table, key: &str) -> Option<&'static CrioOption> {
    table
        .options()
        .find(|option| option.key() == key)
        .or_else(|| table.options().find(|option| folds_to(option.key(), key)))
}

/// The option of a table that a release takes the key for.
pub(crate) fn find_in_release(table: Table, key: &str, release: Release) -> Option<&'static CrioOption> {
    table
        .options_in(release)
        .find(|option| option.key() == key)
        .or_else(|| table.options_in(release).find(|option| folds_to(option.key(), key)))
}

fn find_table<S: AsRef<str>>(parts: &[S]) -> Option<Table> {
    Table::ALL.into_iter().find(|table| {
        let names = table.path().split('.');
        names.clone().count() == parts.len()
            && names.zip(parts).all(|(name, part)| name == "<name>" || folds_to(name, part.as_ref()))
    })
}

/// The options whose dotted name is nearest to a name that stands for none: first the same key in
/// another table, then keys that differ by a few letters, those of the same table first.
///
/// At most three, or all tables that have the same key. Empty where nothing is near.
///
/// ```
/// let near = crio_config::catalogue::closest(&["crio", "image", "pause_imgae"]);
/// assert_eq!(near[0].path(), "crio.image.pause_image");
/// ```
pub fn closest<S: AsRef<str>>(parts: &[S]) -> Vec<&'static CrioOption> {
    let Some((key, parents)) = parts.split_last() else { return Vec::new() };
    let key = normal(key.as_ref());
    let home = find_table(parents);
    let same: Vec<_> =
        public_options().iter().map(|(option, _)| *option).filter(|option| option.key() == key).collect();
    if !same.is_empty() {
        return same;
    }
    let letters: Vec<char> = key.chars().collect();
    let allowed = (letters.len() / 4).clamp(1, 3);
    let own = counted(&key);
    // A file may hold ten thousands of names: few options are near enough in length to be compared
    // at all.
    let mut near: Vec<_> = public_options()
        .iter()
        .filter(|(option, _)| option.key().len().abs_diff(letters.len()) <= allowed)
        .filter(|(_, counts)| letters_apart(&own, counts) <= 2 * allowed)
        .filter_map(|(option, _)| {
            let option = *option;
            let distance = distance_within(allowed, &letters, option.key())?;
            Some((distance, home != Some(option.table()), option))
        })
        .collect();
    near.sort_by_key(|&(distance, elsewhere, option)| (elsewhere, distance, option.key()));
    near.into_iter().map(|(_, _, option)| option).take(3).collect()
}

/// Every option that is written in files, with the letters of its key.
fn public_options() -> &'static [(&'static CrioOption, [u8; 32])] {
    static ALL: OnceLock<Vec<(&'static CrioOption, [u8; 32])>> = OnceLock::new();
    ALL.get_or_init(|| {
        let public = options().filter(|option| !option.is_internal());
        public.map(|option| (option, counted(option.key()))).collect()
    })
}

fn normal(key: &str) -> String {
    key.to_lowercase().replace('-', "_")
}

/// How often each letter is in a name, letters of any alphabet in one of a few heaps.
fn counted(name: &str) -> [u8; 32] {
    let mut counts = [0_u8; 32];
    for letter in name.chars() {
        let heap = &mut counts[letter as usize % 32];
        *heap = heap.saturating_add(1);
    }
    counts
}

/// No more than twice the steps from one name to the other: inserting a letter makes a difference
/// of one, replacing one of two, and swapping of none.
fn letters_apart(one: &[u8; 32], other: &[u8; 32]) -> usize {
    one.iter().zip(other).map(|(one, other)| usize::from(one.abs_diff(*other))).sum()
}

/// How many letters to insert, delete, replace or swap to get from one to the other, where it is no
/// more than `most`.
fn distance_within(most: usize, left: &[char], right: &str) -> Option<usize> {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let replace = above[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        // It only grows from row to row, but for a swap, which reaches over one.
        if row.iter().chain(&above).all(|&so_far| so_far > most) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|&distance| distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_near_by_letters() {
        let distance =
            |most, left: &str, right| distance_within(most, &left.chars().collect::<Vec<_>>(), right);
        assert_eq!(distance(3, "pause_iamge", "pause_image"), Some(1));
        assert_eq!(distance(3, "pauseimage", "pause_image"), Some(1));
        assert_eq!(distance(3, "pase_imagex", "pause_image"), Some(2));
        assert_eq!(distance(2, "abcdef", "uvwxyz"), None);
        assert_eq!(distance(1, "", "a"), Some(1));
        assert_eq!(distance(0, "", ""), Some(0));
        assert_eq!(distance(3, "kernel_root", "pause_image"), None);
        let near = |key: &str| closest(&["crio", "image", key]).iter().map(|o| o.path()).collect::<Vec<_>>();
        assert_eq!(near("pause_iamge"), ["crio.image.pause_image"]);
        assert!(near("nothing_like_it").is_empty());
    }
}
