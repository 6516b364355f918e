//! Where files of a host name the old runtime.

use super::flag::given;
use crate::doctor::{Inspection, Unread};

/// A line that names the old runtime.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct NamedPlace {
    /// The file.
    pub file: String,
    /// From 1 on.
    pub line: usize,
    /// What names it.
    pub names: &'static str,
    /// What has to become of it.
    pub change: &'static str,
}

/// What kubeadm, the kubelet and people write it into.
const FILES: [&str; 6] = [
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/kubelet/config.yaml",
    "/etc/default/kubelet",
    "/etc/sysconfig/kubelet",
    "/etc/crictl.yaml",
];
/// Directories of which every file is looked at, and what the names of these end with.
const DIRECTORIES: [(&str, &[&str]); 6] = [
    ("/etc/systemd/system", &["kubelet.service"]),
    ("/etc/systemd/system/kubelet.service.d", &[".conf"]),
    ("/usr/lib/systemd/system", &["kubelet.service"]),
    ("/usr/lib/systemd/system/kubelet.service.d", &[".conf"]),
    ("/etc/kubernetes", &[".yaml", ".yml"]),
    ("/root", &["kubeadm.yaml", "kubeadm-config.yaml"]),
];

const SOCKET: &str = "unix:///var/run/crio/crio.sock takes its place";
const GOES: &str = "the flag goes: it was dockershim's, or no kubelet needs it any more";
const REMOTE: &str = "it becomes --container-runtime=remote: this kubelet has dockershim too";
const UNIT: &str = "crio.service takes its place";
/// Words of a line, the longer before those that are in them, and what has to become of the line.
const WORDS: [(&str, &str); 7] = [
    ("containerd.sock", SOCKET),
    ("cri-dockerd.sock", SOCKET),
    ("dockershim.sock", SOCKET),
    ("docker.sock", SOCKET),
    ("cri-docker.service", UNIT),
    ("docker.service", UNIT),
    ("containerd.service", UNIT),
];

/// Flags of the kubelet that dockershim had.
pub(super) const FLAGS: [&str; 4] =
    ["--network-plugin", "--cni-bin-dir", "--cni-conf-dir", "--cni-cache-dir"];
/// Which kind of runtime the kubelet has.
pub(super) const KIND: &str = "--container-runtime";
/// The kubelet has no dockershim from this minor on, and needs to be told of no other kind.
pub(super) const WITHOUT_DOCKERSHIM: u64 = 24;

/// Every line of the host's files that names it; `minor` is the kubelet's.
pub(super) fn named(seen: &Inspection<'_>, minor: u64, unread: &mut Vec<Unread>) -> Vec<NamedPlace> {
    let mut files: Vec<String> = FILES.iter().map(|&file| file.to_owned()).collect();
    for (directory, ends) in DIRECTORIES {
        match seen.files().list(directory) {
            Ok(names) => {
                let meant = names.iter().filter(|name| ends.iter().any(|end| name.ends_with(end)));
                files.extend(meant.map(|name| format!("{directory}/{name}")));
            }
            Err(error) => unread.push(error),
        }
    }
    let mut found = Vec::new();
    for path in files {
        match seen.files().file(&path) {
            Ok(Some(file)) => found.extend(in_text(&path, &file.text(), minor)),
            Ok(None) => {}
            Err(error) => unread.push(error),
        }
    }
    found
}

fn in_text(path: &str, text: &str, minor: u64) -> Vec<NamedPlace> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', ';']));
    let of_line = |(at, line): (usize, &str)| {
        let mut found = Vec::new();
        let mut add = |names, change| {
            found.push(NamedPlace { file: path.to_owned(), line: at + 1, names, change });
        };
        for name in FLAGS.into_iter().filter(|name| given(line, name, 0).is_some()) {
            add(name, GOES);
        }
        match given(line, KIND, 0) {
            // It names no old runtime, and stays.
            Some(kind) if minor < WITHOUT_DOCKERSHIM && kind.value == "remote" => {}
            Some(_) => add(KIND, if minor < WITHOUT_DOCKERSHIM { REMOTE } else { GOES }),
            None => {}
        }
        let mut rest = line.to_owned();
        for (names, change) in WORDS {
            if rest.contains(names) {
                add(names, change);
                // A shorter word in it names nothing else.
                rest = rest.replace(names, "");
            }
        }
        found
    };
    lines.flat_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_line_is_told_once() {
        let text = "# docker.sock\nA=\"--network-plugin=cni --container-runtime=remote --container-runtime-endpoint=/run/cri-dockerd.sock\"\n";
        let found = in_text("x", text, 26);
        let names: Vec<_> = found.iter().map(|place| (place.line, place.names)).collect();
        assert_eq!(names, [(2, "--network-plugin"), (2, "--container-runtime"), (2, "cri-dockerd.sock")]);
        assert_eq!(in_text("x", "After=cri-docker.service\n", 26).len(), 1);
    }

    /// What is said of the kind is what the change makes of it.
    #[test]
    fn the_kind_of_runtime_is_said_as_it_will_be() {
        let of = |text: &str, minor| -> Vec<&str> {
            in_text("x", text, minor).iter().map(|place| place.change).collect()
        };
        for remote in ["A=--container-runtime=remote\n", "A=\"--container-runtime remote\"\n"] {
            assert_eq!((of(remote, 23), of(remote, 24)), (vec![], vec![GOES]));
        }
        assert_eq!(of("A=--container-runtime=docker --cni-bin-dir /x\n", 23), [GOES, REMOTE]);
        assert_eq!(of("A=--container-runtime-endpoint=unix:///run/crio/crio.sock\n", 34), Vec::<&str>::new());
    }
}
