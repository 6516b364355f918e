//! Each check of the machine that files decide fires on a tree made for it, and not beside it.

use crate::doctor::laid::said_of;
use crate::doctor::{Family, laid};

type Laid<'a> = (&'a str, &'a str);

const KUBELET: Laid<'_> =
    ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
const NTP: Laid<'_> = ("usr/lib/systemd/system/chrony.service", "[Service]\nExecStart=/usr/sbin/chronyd\n");
const NTP_ON: Laid<'_> = (
    "etc/systemd/system/multi-user.target.wants/chrony.service",
    "-> /usr/lib/systemd/system/chrony.service",
);
const HOSTS: Laid<'_> = ("etc/hosts", "127.0.0.1 localhost\n192.0.2.7 n1\n");
const NAME: Laid<'_> = ("etc/hostname", "n1\n");
const RESOLV: Laid<'_> = ("etc/resolv.conf", "nameserver 192.0.2.53\n");
const CONFIG: &str = "var/lib/kubelet/config.yaml";
const MEMBER: Laid<'_> = ("etc/kubernetes/kubelet.conf", "clusters: []\n");

fn codes(files: &[Laid<'_>]) -> Vec<&'static str> {
    let base = [KUBELET, NTP, NTP_ON, HOSTS, NAME, RESOLV];
    // A file given again takes the place of the one of the base.
    let kept = base.into_iter().filter(|(path, _)| !files.iter().any(|(other, _)| other == path));
    laid::codes_of(Family::Host, &kept.chain(files.iter().copied()).collect::<Vec<_>>())
}

#[test]
fn a_host_that_is_well_draws_nothing() {
    assert_eq!(codes(&[]), [""; 0]);
}

#[test]
fn a_name_server_is_needed_and_a_link_into_run_is_undecided() {
    assert_eq!(codes(&[("etc/resolv.conf", "search example.com\n")]), ["nameserver-missing"]);
    let link = ("etc/resolv.conf", "-> ../run/systemd/resolve/stub-resolv.conf");
    assert_eq!(codes(&[link]), [""; 0]);
    let undecided = said_of(&[link]).undecided;
    assert!(undecided.iter().any(|one| one.code == "nameserver-missing"), "{undecided:?}");
}

#[test]
fn pods_are_not_to_ask_the_host_itself() {
    let stub = ("etc/resolv.conf", "nameserver 127.0.0.53\n");
    assert_eq!(codes(&[MEMBER, ("etc/machine-id", "0123456789abcdef\n"), stub]), ["coredns-forwarding-loop"]);
    assert_eq!(codes(&[stub]), [""; 0]);
    let other = (CONFIG, "resolvConf: /etc/kubernetes/resolv.conf\n");
    let file = ("etc/kubernetes/resolv.conf", "nameserver 192.0.2.53\n");
    assert_eq!(codes(&[MEMBER, ("etc/machine-id", "0123456789abcdef\n"), stub, other, file]), [""; 0]);
    assert_eq!(codes(&[other]), ["resolv-conf-missing"]);
}

#[test]
fn names_are_valid_and_resolve() {
    assert_eq!(
        codes(&[("etc/hostname", "n_1\n"), ("etc/hosts", "127.0.0.1 localhost\n192.0.2.7 n_1\n")]),
        ["hostname-invalid"]
    );
    assert_eq!(
        codes(&[("etc/hostname", "N1\n"), ("etc/hosts", "127.0.0.1 localhost\n192.0.2.7 N1\n")]),
        [""; 0]
    );
    assert_eq!(codes(&[("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 n1\n")]), ["hostname-not-resolved"]);
    assert_eq!(codes(&[("etc/hosts", "192.0.2.7 n1\n")]), ["localhost-not-resolved"]);
    let without = |order: &str| {
        let switch = ("etc/nsswitch.conf", order);
        laid::codes_of(Family::Host, &[KUBELET, NTP, NTP_ON, NAME, RESOLV, switch])
    };
    assert_eq!(without("hosts: files dns\n"), ["localhost-not-resolved"]);
    assert_eq!(without("hosts: files myhostname dns\n"), [""; 0]);
    let switch = ("etc/nsswitch.conf", "hosts: files myhostname dns\n");
    assert_eq!(codes(&[("etc/hosts", "192.0.2.7 n1\n"), switch]), [""; 0]);
}

#[test]
fn the_time_is_kept_and_a_member_has_its_own_id() {
    let off = ("etc/systemd/system/multi-user.target.wants/chrony.service", "-> /dev/null");
    assert_eq!(codes(&[off]), [""; 0], "a link in .wants is a link, whatever it leads to");
    assert_eq!(laid::codes_of(Family::Host, &[KUBELET, HOSTS, NAME, RESOLV]), ["clock-not-synchronised"]);
    assert_eq!(codes(&[("etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n")]), ["rtc-in-local-time"]);
    assert_eq!(codes(&[("etc/adjtime", "0.0 0 0.0\n0\nUTC\n")]), [""; 0]);
    assert_eq!(codes(&[MEMBER, ("etc/machine-id", "")]), ["machine-id-cloned"]);
    assert_eq!(codes(&[("etc/machine-id", "")]), [""; 0], "an image waits for its first boot");
}

#[test]
fn more_servers_than_pods_get_are_noted() {
    let many = "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n";
    assert_eq!(codes(&[("etc/resolv.conf", many)]), ["resolver-limits-exceeded"]);
}
