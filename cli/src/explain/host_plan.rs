//! What a plan for a host cannot make true, or wants somebody to know.
//!
//! The codes are those of `host-prep`'s plans. A problem makes a plan one that is not carried out
//! (`plan-blocked`), a note does not; which of the two it is, the resource decides that says the
//! code.

use super::Explanation;

/// By and large by resource, as `host-prep` has them: files, kernel values and modules,
/// repositories and packages, units, firewall, swap.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "file-unreadable",
        title: "A file of the host cannot be read",
        meaning: "What a plan depends on could not be looked at: a file, a kernel value or a place it \
             may come from.",
        why: "Without it nothing is decided; the plan says so instead of guessing.",
        known: "Opening or reading it failed; the message has the kernel's reason.",
        cure: "Run as root. If that is so already, look at what the message names: a link that \
             leads nowhere, a directory, a damaged file.",
        source: "k8sprep",
    },
    Explanation {
        code: "file-not-replaceable",
        title: "A file has to change and cannot be replaced",
        meaning: "The file is immutable, append-only, a mount point, a device or a link that leads \
             nowhere, or has other names.",
        why: "Files are replaced as a whole, so that a crash leaves the old or the new one; that \
             cannot be done here.",
        known: "The kind, the flags and the links of the file are looked at before the plan is made.",
        cure: "Take away what the message names, such as with `chattr -i`, or change the file by \
             hand.",
        source: "k8sprep; rename(2), chattr(1)",
    },
    Explanation {
        code: "file-not-editable",
        title: "A file cannot be edited line by line",
        meaning: "The file is not written as its format says, so that a line cannot be changed without \
             touching others.",
        why: "Nothing is written that could lose somebody's settings.",
        known: "The file is read with the rules of its own program.",
        cure: "Write the line that the message names by hand.",
        source: "k8sprep",
    },
    Explanation {
        code: "file-wanted-twice",
        title: "Two settings want the same file",
        meaning: "Two resources of the spec want different content of one path.",
        why: "Only one of them could be true; the plan does not choose.",
        known: "Each path of a plan is kept with who changes it.",
        cure: "Let only one of them have the file.",
        source: "k8sprep",
    },
    Explanation {
        code: "kernel-value-missing",
        title: "The kernel has no such value",
        meaning: "A parameter below /proc/sys or /sys does not exist on this kernel.",
        why: "It cannot be set; mostly its module is not loaded or not there.",
        known: "The path is looked for.",
        cure: "Load the module that it belongs to, or take the parameter out of the spec.",
        source: "sysctl(8)",
    },
    Explanation {
        code: "crio-bridge-config-left",
        title: "A sample network configuration is still there",
        meaning: "A bridge configuration that came with CRI-O's or another package lies in the CNI \
             directory.",
        why: "If it comes first, Pods get addresses of that bridge and not of the cluster's \
             network.",
        known: "The first file of the directory is compared with the samples that are known.",
        cure: "Name your network plugin in the spec (networking.plugin) to have it set aside, or \
             move it away.",
        source: "CRI-O: contrib/cni",
    },
    Explanation {
        code: "selinux-mode-unknown",
        title: "The mode of SELinux is not known",
        meaning: "The kernel's mode could not be read.",
        why: "Whether containers are denied anything cannot be told.",
        known: "/sys/fs/selinux is read.",
        cure: "Run as root.",
        source: "selinux(8)",
    },
    Explanation {
        code: "sysctl-file-not-read-at-boot",
        title: "A sysctl file that the boot does not read",
        meaning: "The file sets a parameter to another value. systemd-sysctl does not read it; `sysctl \
             --system` does.",
        why: "The value is right after a boot, and changes when somebody runs `sysctl --system`.",
        known: "The directories and names of both programs are known.",
        cure: "Change or remove the line.",
        source: "sysctl.d(5), sysctl(8)",
    },
    Explanation {
        code: "sysctl-wanted-by-another",
        title: "Another tool wants another value",
        meaning: "A file of another tool that manages this host sets the same parameter differently.",
        why: "Each run of one tool would undo the other's.",
        known: "The header and the name of the file say whose it is.",
        cure: "Let both want the same value.",
        source: "k8sprep",
    },
    Explanation {
        code: "sysctl-file-overridden",
        title: "A later sysctl file wins",
        meaning: "A file that is read later sets the parameter to another value.",
        why: "The value is right now and wrong after the next boot.",
        known: "All sysctl files are read in the order of the boot.",
        cure: "Remove the line that the message names, or want its value.",
        source: "sysctl.d(5)",
    },
    Explanation {
        code: "sysctl-wanted-twice",
        title: "Two values for one parameter",
        meaning: "Two parts of what is wanted give one kernel parameter different values.",
        why: "Only one can be true; the plan does not choose.",
        known: "The wishes are compared before the host is looked at.",
        cure: "Let both want the same value.",
        source: "k8sprep",
    },
    Explanation {
        code: "module-blacklisted",
        title: "A kernel module is kept out",
        meaning: "A line of modprobe.d, or `module_blacklist=` or `modprobe.blacklist=` of the kernel's \
             arguments, keeps the module from being loaded.",
        why: "What needs the module does not work, often without an error.",
        known: "The files of modprobe.d are read, and the arguments of this boot and of the boot loader's files.",
        cure: "Remove that line, or that argument.",
        source: "modprobe.d(5)",
    },
    Explanation {
        code: "kernel-modules-extra-missing",
        title: "A kernel module is not on disk",
        meaning: "The module is neither in the running kernel nor in its directory.",
        why: "What needs it does not work: overlay, br_netfilter, vxlan and others.",
        known: "The kernel's list of modules and of built-in ones is read.",
        cure: "Install the package with the modules of this kernel (kernel-modules-extra, \
             linux-modules-extra). After a kernel upgrade, reboot.",
        source: "modules.dep(5)",
    },
    Explanation {
        code: "kernel-modules-unknown",
        title: "The modules of the kernel are not known",
        meaning: "The list of modules of the running kernel could not be read.",
        why: "Whether a module can be loaded cannot be told.",
        known: "The directory of the kernel's modules is looked for; after an upgrade of the kernel \
             it may be gone.",
        cure: "Install the modules of the running kernel, or reboot into the installed one.",
        source: "modules.dep(5)",
    },
    Explanation {
        code: "repository-key-untrusted",
        title: "The key of a repository is not trusted, or has expired",
        meaning: "What a repository gives is signed by a key that is not one of those that are pinned, \
             or whose time is over.",
        why: "Nothing is installed whose origin is not proved.",
        known: "Fingerprints of keys are compared with the pinned ones; the package manager checks \
             the signatures.",
        cure: "Compare the key with what the project publishes. For a new key give its fingerprint \
             with --pin or `pins:` in the spec; an expired one may have been renewed: fetch it \
             again.",
        source: "k8sprep; apt-secure(8), rpmkeys(8)",
    },
    Explanation {
        code: "signatures-unchecked",
        title: "Signatures of packages are not checked",
        meaning: "The spec asks for packages without a check of their signatures.",
        why: "Anybody between the mirror and the host can replace what is installed as root.",
        known: "The spec says so.",
        cure: "Name a key instead.",
        source: "k8sprep",
    },
    Explanation {
        code: "bundle-signed",
        title: "The packages of a bundle are proved by signed indexes",
        meaning: "Every package of the bundle is in an index that a trusted key signed.",
        why: "This is only told: nothing has to be done.",
        known: "The indexes that came along are verified with the pinned keys.",
        cure: "Nothing.",
        source: "k8sprep",
    },
    Explanation {
        code: "bundle-by-digest",
        title: "The packages of a bundle are proved by its digest alone",
        meaning: "The bundle was compared with the SHA-256 that was given, not with signatures.",
        why: "It is as trustworthy as the way that digest came.",
        known: "The manifest's digest is computed anew.",
        cure: "Make sure that the digest is what `bundle create` printed.",
        source: "k8sprep",
    },
    Explanation {
        code: "repository-over-http",
        title: "Packages come over plain http",
        meaning: "The repository's address begins with http://.",
        why: "Signatures keep anybody on the way from changing packages, not from seeing or \
             holding them back.",
        known: "The address is looked at.",
        cure: "Use a mirror with https where there is one.",
        source: "k8sprep",
    },
    Explanation {
        code: "rpm-keys-kept",
        title: "rpm keeps keys that it imported",
        meaning: "The file of a key is replaced, and rpm has its own copy of the keys that it once \
             imported.",
        why: "A key that was in the old file may still be trusted by rpm.",
        known: "rpm's list of keys is not changed by a new file.",
        cure: "`rpmkeys --list` shows them; remove with `rpmkeys --delete` what should not be \
             trusted.",
        source: "rpmkeys(8)",
    },
    Explanation {
        code: "key-left-out",
        title: "A key of a file is left out",
        meaning: "A key file holds keys that are not wanted here, and only the wanted ones are \
             written.",
        why: "This is only told: what is not trusted cannot sign packages.",
        known: "Keys are compared by fingerprint.",
        cure: "Nothing.",
        source: "k8sprep",
    },
    Explanation {
        code: "key-signature-outdated",
        title: "A key carries a signature that newer programs refuse",
        meaning: "The key's own signature uses an algorithm that apt 3 no longer accepts.",
        why: "A newer apt refuses the repository.",
        known: "The signatures of the key are read.",
        cure: "Fetch the key again; its owner may have renewed the signature.",
        source: "apt 3; sequoia: sqv",
    },
    Explanation {
        code: "host-is-an-image",
        title: "Packages come with the host's image",
        meaning: "The host is an image (rpm-ostree, or without a package manager), where packages \
             cannot be installed by themselves.",
        why: "The packages that are wanted cannot be brought by this program.",
        known: "The host's own files say what it is.",
        cure: "Layer them with rpm-ostree, or build an image that has them.",
        source: "rpm-ostree(1)",
    },
    Explanation {
        code: "packages-unknown",
        title: "Which packages are installed is not known",
        meaning: "The package manager could not be asked.",
        why: "Without the list nothing is decided about packages.",
        known: "The program's answer is shown.",
        cure: "Run it on the host, as root; look at what the package manager says by itself.",
        source: "k8sprep",
    },
    Explanation {
        code: "package-held-by-another",
        title: "A package is held",
        meaning: "A package has to change version, and a hold, lock or exclude keeps it as it is.",
        why: "Somebody wanted it so; it is not overridden.",
        known: "apt-mark, versionlock and excludes are read.",
        cure: "Release the hold, or want the version that is there.",
        source: "apt-mark(8), dnf-versionlock(8)",
    },
    Explanation {
        code: "package-not-installable",
        title: "Packages cannot be installed here",
        meaning: "The place where packages are installed cannot be written.",
        why: "Nothing can be installed or upgraded.",
        known: "The mounts of the host are looked at.",
        cure: "Follow the hint: mostly /usr is mounted read-only.",
        source: "k8sprep",
    },
    Explanation {
        code: "package-wanted-twice",
        title: "Two releases of one package",
        meaning: "Two parts of what is wanted name different releases of one package.",
        why: "Only one can be true; the plan does not choose.",
        known: "The wishes are compared before the host is looked at.",
        cure: "Let both want the same release.",
        source: "k8sprep",
    },
    Explanation {
        code: "unit-missing",
        title: "A unit does not exist",
        meaning: "systemd knows no unit of that name.",
        why: "It can be neither enabled nor started.",
        known: "systemd is asked, or the unit directories are looked through.",
        cure: "Install the package that it comes with.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "unit-state-unknown",
        title: "The state of a unit is not known",
        meaning: "systemd did not answer what the unit does.",
        why: "Whether it has to be started cannot be told.",
        known: "systemctl's answer is shown.",
        cure: "Run as root on the host.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "firewall-unknown",
        title: "What the firewall lets through is not known",
        meaning: "firewalld could not be asked.",
        why: "Whether the node's ports are reached cannot be told.",
        known: "firewall-cmd's answer is shown.",
        cure: "Look at `firewall-cmd --state`, or set `firewall: leave` in the spec.",
        source: "firewall-cmd(1)",
    },
    Explanation {
        code: "firewall-zone-differs",
        title: "An interface is in another zone",
        meaning: "Ports are let through in firewalld's default zone, and an interface is in another \
             one.",
        why: "What comes in by that interface is not let through.",
        known: "The zones of the interfaces are compared with the default zone.",
        cure: "Put the interface into the default zone, if the node is reached by it.",
        source: "firewalld.zones(5)",
    },
    Explanation {
        code: "firewall-of-its-own",
        title: "The host has firewall rules of its own",
        meaning: "nftables.service, iptables.service or netfilter-persistent.service loads rules that this program does not change.",
        why: "Ports that a node needs may be closed.",
        known: "The unit is enabled or runs.",
        cure: "Let the ports that the message names through, and what is forwarded from and to the \
             cluster's subnets.",
        source: "nft(8)",
    },
    Explanation {
        code: "swap-in-use",
        title: "More swap is in use than memory is free",
        meaning: "Swapping off would need more memory than there is.",
        why: "The kernel would kill programs.",
        known: "The used swap is compared with the available memory.",
        cure: "Stop something that uses memory.",
        source: "swapoff(8)",
    },
    Explanation {
        code: "swap-unit-not-maskable",
        title: "A unit that makes swap cannot be masked",
        meaning: "The unit lies where its mask would have to be.",
        why: "Swap would come back at boot.",
        known: "The path of the unit is looked at.",
        cure: "Disable it by hand, as the hint says.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "crun-too-old",
        title: "crun is too old for this CRI-O",
        meaning: "The OCI runtime is older than what this CRI-O writes for it.",
        why: "No container starts: crun ends with `unknown version specified` or a similar \
             message.",
        known: "The program is asked for its version.",
        cure: "Install a newer crun, or let CRI-O use its own in /usr/libexec/crio.",
        source: "OCI runtime specification 1.2; crun",
    },
];
