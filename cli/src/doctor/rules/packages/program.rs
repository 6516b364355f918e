//! Programs: there, of this machine, and only once.

use std::path::{Path, PathBuf};

use host_prep::fs::Kind;
use kubeadm_config::yaml::{self, Base, Node};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;
use crate::recipe::{crictl_refusal, same_socket};

type Said = Result<(), Unread>;

/// The directories that a shell of root and systemd's units look into, in a shell's order.
// systemd's own (systemd.exec(5), `PATH`); the one of a shell differs by distribution.
const PATH: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// Programs of which two kinds on one host have been met. runc and containerd's are left out:
/// other runtimes may be there on purpose.
const OF_A_NODE: [&str; 6] = ["kubelet", "kubeadm", "kubectl", "crio", "crun", "conmon"];

/// ELF `e_machine` by the machine that programs are looked at for.
///
/// elf(5). Machines that Kubernetes is released for.
const MACHINES: &[(u16, &str)] =
    &[(0x3e, "x86_64"), (0xb7, "aarch64"), (0x15, "ppc64le"), (0x16, "s390x"), (0xf3, "riscv64")];

/// Programs that kubeadm's preflight asks for, from and until which minor, and whether it refuses
/// without (kubeadm, `preflight/checks_linux.go` of 1.29 to 1.37).
const ASKED: &[(&str, u64, u64, bool)] = &[
    ("losetup", 33, u64::MAX, true),
    ("mount", 0, u64::MAX, true),
    ("cp", 33, u64::MAX, true),
    ("ip", 0, 33, true),
    ("iptables", 0, 33, true),
    ("nsenter", 0, 33, true),
    ("conntrack", 0, 33, true),
    ("ethtool", 0, 33, false),
    ("tc", 0, 33, false),
];

/// The places of a program in the PATH, each file once: `/bin` is a link to `/usr/bin` on most hosts.
fn places(seen: &Inspection<'_>, name: &str) -> Result<Vec<PathBuf>, Unread> {
    let files = seen.files();
    let mut dirs: Vec<PathBuf> = Vec::new();
    let mut found = Vec::new();
    for dir in PATH {
        // A directory that is a link is looked at under the name it leads to.
        let real = match files.link(dir)? {
            Some(to) => PathBuf::from("/").join(to),
            None => PathBuf::from(dir),
        };
        if dirs.contains(&real) {
            continue;
        }
        let path = real.join(name);
        if files.kind(&path)? == Some(Kind::File) {
            found.push(path);
        }
        dirs.push(real);
    }
    Ok(found)
}

/// A shell takes the first of the PATH, a unit the one that it names.
///
/// Met where people install a tarball beside a package: `kubeadm version` shows one, systemd
/// starts the other.
pub(super) fn duplicates(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for name in OF_A_NODE {
        let mut all = places(seen, name)?;
        // A link to another of them is the same program.
        let files = seen.files();
        let mut kept: Vec<PathBuf> = Vec::new();
        for path in all.drain(..) {
            if files.link(&path)?.is_none() {
                kept.push(path);
            }
        }
        if kept.len() > 1 {
            told.fires(format!(
                "{name} is there {} times: a shell and systemd may take different ones",
                kept.len()
            ))
            .seen_in(kept.iter().map(Evidence::file));
        }
    }
    Ok(())
}

/// A program of another machine ends with `exec format error`.
///
/// The host's own machine is read off systemd, so that a disk of another machine can be judged on
/// this one.
pub(super) fn not_runnable(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    // systemd is of the machine that the host is.
    let own = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];
    let mut machine = None;
    for path in own {
        if files.kind(path)?.is_some() {
            machine = machine_of(seen, path)?;
            break;
        }
    }
    let Some(machine) = machine else { return Ok(()) };
    for name in OF_A_NODE {
        for path in places(seen, name)? {
            let other = machine_of(seen, &path)?.filter(|other| *other != machine);
            if let Some(other) = other {
                let word = |machine: u16| {
                    let known = MACHINES.iter().find(|(number, _)| *number == machine);
                    known.map_or_else(|| format!("machine {machine:#x}"), |(_, name)| (*name).to_owned())
                };
                told.fires(format!(
                    "{} is for {}, and the host is {}",
                    path.display(),
                    word(other),
                    word(machine)
                ))
                .seen_at(Evidence::file(&path));
            }
        }
    }
    Ok(())
}

/// `e_machine` of an ELF file, in its byte order. A program is larger than what is read of a file.
///
/// `None` for what is no ELF file: scripts are let be. Byte 5 of the header is the byte order,
/// bytes 18 and 19 the machine.
fn machine_of(seen: &Inspection<'_>, path: impl AsRef<Path>) -> Result<Option<u16>, Unread> {
    let Some(head) = seen.files().head(path, 20)? else { return Ok(None) };
    if head.len() < 20 || !head.starts_with(b"\x7fELF") {
        return Ok(None);
    }
    let machine = [head[18], head[19]];
    // elf(5): e_ident[EI_DATA] is the byte order, and e_machine the two bytes at 18.
    Ok(Some(if head[5] == 2 { u16::from_be_bytes(machine) } else { u16::from_le_bytes(machine) }))
}

/// The machine that a program is for, as `uname -m` spells it; `None`: there is none, or it is not
/// known.
pub(in crate::doctor::rules) fn program_machine(
    seen: &Inspection<'_>,
    path: &str,
) -> Result<Option<&'static str>, Unread> {
    let machine = machine_of(seen, path)?;
    Ok(MACHINES.iter().find(|(number, _)| Some(*number) == machine).map(|(_, name)| *name))
}

/// Whether programs for that machine are known.
pub(in crate::doctor::rules) fn known_machine(name: &str) -> bool {
    MACHINES.iter().any(|(_, known)| *known == name)
}

/// What kubeadm's preflight of this minor looks for in the PATH.
///
/// A tree without `/usr/bin` has no programs at all, and nothing is said of it. On a member
/// preflight is over.
pub(super) fn missing(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(minor) = seen.minor_of("kubeadm") else { return Ok(()) };
    if seen.is_member() {
        return Ok(());
    }
    if seen.files().kind("/usr/bin")?.is_none() {
        return Err(Unread::new("/usr/bin", "its directory is not there"));
    }
    for (name, from, until, refuses) in ASKED {
        if !(*from..*until).contains(&minor) || !places(seen, name)?.is_empty() {
            continue;
        }
        let what = format!("{name} is not in the PATH, and kubeadm 1.{minor} looks for it");
        let finding = told.fires_if(*refuses, what);
        finding.seen_at(Evidence::file("/usr/bin"));
    }
    Ok(())
}

/// crictl ends with the file, whatever it is asked.
pub(super) fn crictl_refuses(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = seen.files().file("/etc/crictl.yaml")? else { return Ok(()) };
    if let Some(one) = crictl_refusal(&file.bytes) {
        told.fires(format!("crictl ends with \"{}\"", one.says))
            .seen_at(file.evidence().at(one.line, one.column))
            .cured_by(one.cure);
    }
    Ok(())
}

/// crictl shows another runtime, or none.
///
/// crictl.yaml wins over the sockets that crictl would try by itself.
pub(super) fn crictl(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = seen.files().file("/etc/crictl.yaml")? else { return Ok(()) };
    if !seen.has_crio() {
        return Ok(());
    }
    let Some((listens, place)) = seen.crio_text("crio.api.listen") else { return Ok(()) };
    // What crictl ends with is told by itself.
    if crictl_refusal(&file.bytes).is_some() {
        return Ok(());
    }
    let Ok(document) = yaml::read(&file.bytes, Base::default()) else { return Ok(()) };
    for key in ["runtime-endpoint", "image-endpoint"] {
        let Some(node) = document.root.get(key) else { continue };
        let Some(endpoint) = node.as_str().filter(|text| !text.is_empty()) else { continue };
        if !same_socket(endpoint, &listens) {
            let at: &Node = node;
            told.fires(format!("crictl asks {endpoint} ({key}), and CRI-O listens on unix://{listens}"))
                .seen_at(file.evidence().at(at.span.position.line, at.span.position.column).value(endpoint))
                .seen_in(place.clone())
                .cured_by(format!("`{key}: unix://{listens}` in /etc/crictl.yaml"));
        }
    }
    Ok(())
}
