//! Ulimits, sysctls and capabilities.

use super::cpuset::parse_int;
use crate::Release;
use crate::catalogue::first_of;
use crate::toml::goquote;

/// Takes `name=soft[:hard]` apart; -1 is unlimited.
pub(crate) fn check_ulimit(text: &str) -> Result<(&str, i64, i64), String> {
    const NAMES: [&str; 15] = [
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    ];
    let (name, values) = text.split_once('=').ok_or_else(|| format!("invalid ulimit argument: {text}"))?;
    if !NAMES.contains(&name) {
        return Err(format!("invalid ulimit type: {name}"));
    }
    // `units.ParseUlimit` of docker/go-units, which podman and Docker read the same option with.
    let parts: Vec<&str> = values.split(':').collect();
    if parts.len() > 2 {
        return Err(format!(
            "too many limit value arguments - {values}, can only have up to two, `soft[:hard]`"
        ));
    }
    // The hard limit is read first.
    let hard = parts.get(1).map(|part| parse_int(part, "ParseInt")).transpose()?;
    let soft = parse_int(parts[0], "ParseInt")?;
    let hard = hard.unwrap_or(soft);
    const BROKEN: &str = "ulimit soft limit must be less than or equal to hard limit";
    match (soft, hard) {
        // An unlimited hard limit fits any soft one.
        (_, -1) => Ok((name, soft, hard)),
        (-1, _) => Err(format!("{BROKEN}: soft: -1 (unlimited), hard: {hard}")),
        _ if soft > hard => Err(format!("{BROKEN}: {soft} > {hard}")),
        _ => Ok((name, soft, hard)),
    }
}

/// `key=value`; empty entries are passed over.
pub(super) fn check_sysctl(text: &str, spaces_count: bool) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let Some((key, value)) = text.split_once('=') else {
        return Err(format!("{} is not in key=value format", goquote::string(text)));
    };
    // Before 1.23.2 blanks around `=` are taken as part of both.
    if spaces_count && (key.trim() != key || value.trim() != value) {
        return Err(format!("'{text}' is invalid, extra spaces found: format should be key=value"));
    }
    Ok(())
}

/// The capabilities of Linux, in the order of their numbers. Source: capabilities(7).
const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// Does the release know the capability? The last three came to it with 1.21.
pub(crate) fn is_capability(name: &str, release: Release) -> bool {
    let known = if release < first_of(21) { CAPABILITIES.len() - 3 } else { CAPABILITIES.len() };
    CAPABILITIES[..known].contains(&name)
}
