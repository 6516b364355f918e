//! Ranges of addresses that hosts give to pods: no two may overlap.

use std::net::IpAddr;

use super::profile::Value;
use super::{Compared, Comparison, Hosts, Says};

/// A range: its family, its first and its last address.
fn range(text: &str) -> Option<(bool, u128, u128)> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits): (IpAddr, u32) = (address.trim().parse().ok()?, bits.trim().parse().ok()?);
    let (number, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32u32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let size = width.checked_sub(bits)?;
    let rest = 1u128.checked_shl(size).map_or(u128::MAX, |one| one - 1);
    Some((address.is_ipv4(), number & !rest, number | rest))
}

/// Sorted by their beginnings, a range that overlaps an earlier one begins before the last end.
pub(super) fn overlap(row: &Comparison, hosts: &Hosts<'_>, compared: &mut Compared) {
    let ranges = hosts.natives().flat_map(|(at, profile)| {
        profile.pod_ranges.iter().filter_map(move |value| Some((range(&value.value)?, at, value)))
    });
    let mut ranges: Vec<_> = ranges.collect();
    ranges.sort_by_key(|(range, at, _)| (*range, *at));
    let mut group: Vec<(usize, &Value)> = Vec::new();
    let mut end: Option<(bool, u128)> = None;
    for (range, at, value) in ranges {
        let (family, first, last) = range;
        match end {
            Some((same, until)) if same == family && first <= until => {
                end = Some((family, until.max(last)));
            }
            _ => {
                tell(row, hosts, compared, &group);
                group.clear();
                end = Some((family, last));
            }
        }
        group.push((at, value));
    }
    tell(row, hosts, compared, &group);
}

/// One finding for a group of ranges that hang together, if they are of more than one host.
fn tell(row: &Comparison, hosts: &Hosts<'_>, compared: &mut Compared, group: &[(usize, &Value)]) {
    let Some((first, _)) = group.first() else { return };
    if group.iter().all(|(at, _)| at == first) {
        return;
    }
    let says: Vec<Says> = group.iter().map(|(at, value)| hosts.says(*at, value)).collect();
    let message = format!("{} ranges of pods' addresses on several hosts overlap", says.len());
    compared.finds(row, message, says, None);
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_has_a_first_and_a_last_address() {
        assert_eq!(range("10.244.1.7/24"), Some((true, 0x0af4_0100, 0x0af4_01ff)));
        assert_eq!(range("::/0"), Some((false, 0, u128::MAX)));
        assert_eq!(range("10.0.0.0/33"), None);
        assert_eq!(range("10.0.0.0"), None);
    }
}
