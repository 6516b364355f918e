//! Findings as people read them: of many with one code the first few, and how many more there are.
//!
//! A file can have thousands of lines with one fault, and the fault beside it has to be seen as well.

use std::collections::BTreeMap;

use super::finding::Finding;

/// So many of one code are shown.
const SHOWN: usize = 10;

/// A finding, or what stands for those that are not shown.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'d> {
    Finding(&'d Finding),
    /// Behind the last that is shown of its code: one of those that are not, and how many they are.
    More(&'d Finding, usize),
}

/// In their order. Symptoms of another cause are told apart.
pub(crate) fn folded(findings: &[Finding]) -> Vec<Row<'_>> {
    let key = |one: &Finding| (one.code, one.explained_by, one.severity);
    let mut left: BTreeMap<_, usize> = BTreeMap::new();
    for one in findings {
        *left.entry(key(one)).or_default() += 1;
    }
    let mut told: BTreeMap<_, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for one in findings {
        let told = told.entry(key(one)).or_default();
        *told += 1;
        if *told <= SHOWN {
            rows.push(Row::Finding(one));
        } else if *told == SHOWN + 1 {
            rows.push(Row::More(one, left[&key(one)] - SHOWN));
        }
    }
    rows
}
