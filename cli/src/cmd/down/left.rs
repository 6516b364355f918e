//! What `up` itself wrote for the cluster, taken back, and what others left, told.

use std::fmt::Write;

use host_prep::Host;
use host_prep::cluster::{self, Leftover};

use crate::cmd::shared::on_host::failed;
use crate::failure::Failure;
use crate::ui::Ui;

/// Takes back the kubeconfigs of users and the files of the network plugin. What had to be left of them.
pub(super) fn own_taken_back(host: &Host, ui: &mut Ui) -> Result<Vec<Leftover>, Failure> {
    let given = cluster::take_back_kubeconfigs(host).map_err(|error| failed(&error))?;
    let network = cluster::remove_network_files(host).map_err(|error| failed(&error))?;
    for path in given.removed.iter().chain(&network) {
        ui.note(format_args!("taking back {}", path.display()));
    }
    for (path, why) in &given.left {
        ui.warn(format_args!("left as it is: {}: {why}", path.display()));
    }
    let left = given.left.iter().map(|(path, _)| Leftover::of_user(path));
    Ok(left.collect())
}

/// For people: what is left, how much, and how it goes away.
pub(crate) fn text(left: &[Leftover]) -> String {
    let mut text = String::new();
    if left.is_empty() {
        return text;
    }
    let _ = writeln!(text, "left by others than k8sprep; `k8sprep down --purge` removes it, or by hand:");
    for one in left {
        let size = one.size.map(|size| format!(", {}", amount(size))).unwrap_or_default();
        let stays = if one.is_purged() { "" } else { ", not removed by --purge" };
        let _ = writeln!(text, "  {} (of {}{size}{stays}): {}", one.what, one.of, one.command);
    }
    text
}

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
    }
}
