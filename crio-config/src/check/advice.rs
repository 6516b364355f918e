//! What experience says and CRI-O does not.

use super::{CheckOptions, Finding};
use crate::catalogue::{self, Found, first_of};
use crate::code::Code;
use crate::toml::{Dialect, join_key};
use crate::{Effective, FileOrigin, Origin, Release, Sources, Value};

/// Files in the drop-in directory that nobody meant to be read.
pub(super) fn files(sources: &Sources, release: Release, findings: &mut Vec<Finding>) {
    if release < first_of(17) {
        if !sources.drop_ins.is_empty() {
            let text = format!("CRI-O {release} reads no drop-in directory: it came with 1.17");
            findings.push(Finding::advice(Code::CrioDropinMisplaced, text));
        }
        return;
    }
    for file in &sources.drop_ins {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if !is_backup(name) {
            continue;
        }
        let origin = FileOrigin { path: file.path.as_str().into(), line: 1, span: 0..0 };
        findings.push(
            Finding::advice(
                Code::CrioBackupFileRead,
                format!("{} looks like a backup, but CRI-O reads every file here", file.path),
            )
            .help("move it out of the directory: its values count")
            .at(Some(origin)),
        );
    }
}

// `UpdateFromPath` walks the directory and asks for no ending (pkg/config/config.go): whatever
// lies there counts.
fn is_backup(name: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "~",
        ".bak",
        ".old",
        ".orig",
        ".save",
        ".swp",
        ".swo",
        ".tmp",
        ".rpmsave",
        ".rpmnew",
        ".rpmorig",
        ".dpkg-old",
        ".dpkg-dist",
        ".disabled",
    ];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.starts_with("#")
        || name.ends_with(".dpkg-new")
        || matches!(name, "README" | "README.md" | ".gitkeep")
}

/// Values that work today and surprise tomorrow, or on a kubeadm node.
pub(super) fn values(config: &Effective, options: &CheckOptions, findings: &mut Vec<Finding>) {
    for (path, setting) in config.iter() {
        if let Origin::File(origin) = &setting.origin {
            pinned_default(config.release(), path, &setting.value, origin, findings);
        }
    }
    pause_image(config, options, findings);
    cgroupfs(config, findings);
    runtimes_in_parts(config, findings);
}

/// A file states what used to be the default: the upgrade that moved the default does not reach it.
fn pinned_default(
    release: Release,
    path: &[String],
    value: &Value,
    origin: &FileOrigin,
    findings: &mut Vec<Finding>,
) {
    let Some(Found::Option(option)) = catalogue::find(path) else { return };
    // Fields of a runtime are stated on purpose, and always together.
    if option.table() == catalogue::Table::Handler || option.default(release).as_ref() == Some(value) {
        return;
    }
    let history = option.default_history();
    let Some(position) = history.iter().rposition(|(from, old)| *from <= release && old == value) else {
        return;
    };
    // An empty value seldom copies a default: it turns something off.
    let empty = matches!(value, Value::Boolean(_))
        || *value == Value::Strings(Vec::new())
        || *value == Value::from("");
    let Some((moved, _)) = history.get(position + 1).filter(|(moved, _)| *moved <= release && !empty) else {
        return;
    };
    let Some(now) = option.default(release) else { return };
    let name = join_key(Dialect::V1_6, path);
    findings.push(
        Finding::advice(
            Code::OldDefault,
            format!("{name} pins {value}, the default before CRI-O {moved}; now it is {now}"),
        )
        .help("remove the line to follow the release, or keep it on purpose")
        .of(path)
        .at(Some(origin.clone())),
    );
}

fn pause_image(config: &Effective, options: &CheckOptions, findings: &mut Vec<Finding>) {
    const PATH: [&str; 3] = ["crio", "image", "pause_image"];
    let Some(expected) = &options.kubeadm_pause_image else { return };
    let image = config.text(&PATH);
    // kubeadm's preflight compares the two and only warns ("detected that the sandbox image ...",
    // preflight/checks.go), but it pulls its own, which nobody uses then.
    if image == expected.as_str() {
        return;
    }
    findings.push(
        Finding::advice(
            Code::PauseImageMismatch,
            format!(
                "the pause image is {image}, but kubeadm of this release uses {expected} and will warn of it"
            ),
        )
        .help(format!("set crio.image.pause_image = \"{expected}\", or pull {image} on every node"))
        .of(&PATH)
        .at(config.file_origin(&PATH)),
    );
}

/// Older releases give the monitor a slice that CRI-O's own manager refuses.
fn cgroupfs(config: &Effective, findings: &mut Vec<Finding>) {
    const MANAGER: [&str; 3] = ["crio", "runtime", "cgroup_manager"];
    const CONMON: [&str; 3] = ["crio", "runtime", "conmon_cgroup"];
    let stated = config.file_origin(&MANAGER).is_some() && config.release() >= first_of(15);
    if stated && config.text(&MANAGER) == "cgroupfs" && config.text(&CONMON) != "pod" {
        findings.push(
            Finding::advice(
                Code::CgroupfsAlone,
                "cgroup_manager = \"cgroupfs\" without conmon_cgroup = \"pod\"",
            )
            .help("set crio.runtime.conmon_cgroup = \"pod\" with it: 1.19 to 1.32 do not start without")
            .of(&MANAGER)
            .at(config.file_origin(&MANAGER)),
        );
    }
}

/// Stating the built-in runtime again drops every field that is not stated with it. Annotations
/// alone are missed: upstream's own 10-crio.conf drops `monitor_env` and `container_min_memory` as
/// well, and its packages work so.
fn runtimes_in_parts(config: &Effective, findings: &mut Vec<Finding>) {
    let built_in = crate::effective::runtime_name(config.release());
    let field = |key| ["crio", "runtime", "runtimes", built_in, key];
    let Some(stated) = config.file_origin(&field("runtime_path")) else { return };
    let defaults = Effective::defaults(config.release());
    let lost: Vec<&str> = ["allowed_annotations"]
        .into_iter()
        .filter(|key| {
            let (now, before) = (config.at(&field(key)), defaults.at(&field(key)));
            let is_empty = now.is_some_and(|now| {
                matches!(&now.value, Value::Strings(list) if list.is_empty()) || now.value == Value::from("")
            });
            is_empty && before.is_some_and(|before| Some(&before.value) != now.map(|now| &now.value))
        })
        .collect();
    if !lost.is_empty() {
        let text =
            format!("[crio.runtime.runtimes.{built_in}] is stated again, so it lost its {}", lost.join(", "));
        findings.push(
            Finding::advice(Code::RuntimeRestated, text)
                .help("a restated runtime starts empty: state these fields too")
                .of(&field("allowed_annotations"))
                .at(Some(stated)),
        );
    }
}
