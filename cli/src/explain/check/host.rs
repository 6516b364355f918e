//! Checks of the machine.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[Explanation {
    code: "nameserver-missing",
    title: "No name server",
    meaning: "No line of resolv.conf names a name server, or the file is not there.",
    why: "Images cannot be pulled by name, and pods get no DNS but the cluster's own.",
    known: "From /etc/resolv.conf; a link out of /run is only followed on a running host.",
    cure: "Let NetworkManager, systemd-resolved or the DHCP client write it, or write `nameserver ADDRESS` there.",
    source: "resolv.conf(5)",
}];
