//! Lists of processors, `0-3,8`, as `k8s.io/utils/cpuset` reads them.

use std::collections::BTreeSet;

use crate::go::{atoi, quote};

/// More processors than any host has: a list that names more is cut off there.
const MOST: i64 = 1 << 16;

/// The processors of a list.
pub(super) fn parse(text: &str) -> Result<BTreeSet<i64>, String> {
    let mut found = BTreeSet::new();
    if text.is_empty() {
        return Ok(found);
    }
    let number = |text: &str| atoi(text).map_err(|error| error.to_string());
    for range in text.split(',') {
        match range.split_once('-') {
            None => {
                found.insert(number(range)?);
            }
            Some((from, to)) => {
                let (from, to) = (number(from)?, number(to)?);
                if from > to {
                    return Err(format!("invalid range {} ({from} > {to})", quote(range)));
                }
                found.extend(from..=to.min(from.saturating_add(MOST)));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_others_are_not() {
        assert_eq!(parse("0-1,3").unwrap().len(), 3);
        assert!(parse("0-").is_err());
        assert_eq!(parse("3-1").unwrap_err(), "invalid range \"3-1\" (3 > 1)");
        assert!(parse("0-9223372036854775807").is_ok());
    }
}
