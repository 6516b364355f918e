//! What others left on a host, as it is told to people.

use std::fmt::Write;

use host_prep::cluster::Leftover;

use crate::ui::visible;

/// For people: what is left, how much, and how it goes away.
pub(crate) fn text(left: &[Leftover]) -> String {
    let mut text = String::new();
    if left.is_empty() {
        return text;
    }
    let by_purge = left.iter().any(Leftover::is_purged);
    let way =
        if by_purge { "`k8sprep down --purge` removes it, or by hand" } else { "by hand it goes away with" };
    let _ = writeln!(text, "left by others than k8sprep; {way}:");
    for one in left {
        let size = one.size.map(|size| format!(", {}", amount(size))).unwrap_or_default();
        let stays = if one.is_purged() || !by_purge { "" } else { ", not removed by --purge" };
        // A name that a Pod gave is one line, too.
        let line = format!("  {} (of {}{size}{stays}): {}", one.what, one.of, one.command);
        let _ = writeln!(text, "{}", visible(&line));
    }
    text
}

/// Rounded down, in powers of two.
fn amount(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} B"),
        1024..=1_048_575 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_with_its_size_and_its_command() {
        assert_eq!(text(&[]), "");
        let mut one = Leftover::file("/var/lib/etcd".as_ref(), "etcd");
        one.size = Some(3 << 20);
        assert!(text(&[one]).ends_with("  /var/lib/etcd (of etcd, 3 MiB): rm -rf /var/lib/etcd\n"));
        let forged = Leftover::file("/opt/cni/bin/a\nerror: b".as_ref(), "x");
        assert_eq!(text(&[forged]).lines().count(), 2);
    }
}
