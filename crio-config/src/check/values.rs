//! Values that `crio config` takes and that CRI-O ends at when it really starts: `RootConfig.Validate` and
//! `RuntimeConfig.Validate` on execution (pkg/config/config.go), `server.New`, and the metrics endpoint. Asked
//! of CRI-O 1.34.11 itself.

use super::Finding;
use super::refusal::{prefix, refused};
use crate::code::Code;
use crate::effective::go;
use crate::{CrioHost, Effective};

pub(super) fn rules(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    let release = config.release();
    let mut refuse = |path: &[&str], text: String, help: &str| {
        findings.push(refused(config, Code::CrioValueRefused, path, text).help(help));
    };
    const LOG_DIR: [&str; 2] = ["crio", "log_dir"];
    let dir = config.text(&LOG_DIR);
    if !dir.starts_with('/') && config.at(&LOG_DIR).is_some() {
        let text = "log_dir is not an absolute path".to_owned();
        refuse(&LOG_DIR, prefix(release, "root", text), "write the whole path");
    }
    const OPTIONS: [&str; 2] = ["crio", "storage_option"];
    if let Some(option) = config.list(&OPTIONS).iter().find(|option| !option.contains('=')) {
        let text = format!("failed to get store to set defaults: unable to parse key/value option: {option}");
        refuse(&OPTIONS, prefix(release, "root", text), "write NAME=VALUE, such as overlay.mountopt=nodev");
    }
    if let Some(option) =
        config.list(&OPTIONS).iter().find_map(|option| unknown_overlay_option(config, option))
    {
        let text = format!("failed to get store to set defaults: overlay: unknown option {option}");
        let help = format!("take it out, or write one of {}", OVERLAY.join(", "));
        refuse(&OPTIONS, prefix(release, "root", text), &help);
    }
    const BLOCKIO: [&str; 3] = ["crio", "runtime", "blockio_config_file"];
    let file = config.text(&BLOCKIO);
    if host.is_absent(file) {
        let text = format!(
            "blockio configuration: reading blockio config file failed: open {file}: no such file or directory"
        );
        refuse(&BLOCKIO, prefix(release, "runtime", text), "write that file, or leave the option out");
    }
    const PORT: [&str; 3] = ["crio", "api", "stream_port"];
    if let Some(text) = port_fault(config.text(&PORT)) {
        refuse(&PORT, text, "write a port, or \"0\" for any");
    }
    const IDLE: [&str; 3] = ["crio", "api", "stream_idle_timeout"];
    let idle = config.text(&IDLE);
    if !idle.is_empty() && go::parse_duration(idle).is_none() {
        let text = "unable to parse timeout as duration".to_owned();
        refuse(&IDLE, text, "write a number with its unit, such as 5m");
    }
    const METRICS: [&str; 3] = ["crio", "metrics", "metrics_port"];
    let port = config.number(&METRICS).filter(|port| !(0..=65535).contains(port));
    if let Some(port) = port.filter(|_| config.flag(&["crio", "metrics", "enable_metrics"])) {
        let host = config.text(&["crio", "metrics", "metrics_host"]);
        let text = format!(
            "create metrics endpoint on {host}:{port}: creating listener: listen tcp: address {port}: invalid port"
        );
        refuse(&METRICS, text, "write a port from 0 to 65535");
    }
}

/// Every option of the overlay driver in any release (`parseOptions` of drivers/overlay).
const OVERLAY: [&str; 12] = [
    "override_kernel_check",
    "mountopt",
    "size",
    "inodes",
    "imagestore",
    "additionalimagestore",
    "additionallayerstore",
    "use_composefs",
    "mount_program",
    "skip_mount_home",
    "ignore_chown_errors",
    "force_mask",
];

/// The name of an option that is called after the overlay driver, where that is the driver and does not know
/// it.
fn unknown_overlay_option<'o>(config: &Effective, option: &'o str) -> Option<&'o str> {
    let driver = config.text(&["crio", "storage_driver"]);
    let (key, _) = option.split_once('=').filter(|_| ["", "overlay", "overlay2"].contains(&driver))?;
    let lower = key.trim().to_lowercase();
    let name = lower.strip_prefix("overlay.").or_else(|| lower.strip_prefix("overlay2."))?;
    (!OVERLAY.contains(&name)).then(|| key.trim())
}

/// What `net.LookupPort` makes of a port. A name that only an /etc/services of one's own has is told too: that
/// file is not read here.
fn port_fault(text: &str) -> Option<String> {
    // Nothing is any port.
    if text.is_empty() {
        return None;
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() {
        let fits = text.parse::<i64>().is_ok_and(|port| (0..=65535).contains(&port));
        return (!fits).then(|| format!("address {text}: invalid port"));
    }
    Some(format!("lookup tcp/{text}: unknown port")).filter(|_| !SERVICES.contains(&text))
}

/// Names that Go knows without a file (net/port.go), and others that every /etc/services has for TCP.
const SERVICES: [&str; 16] = [
    "domain",
    "ftp",
    "ftps",
    "gopher",
    "http",
    "https",
    "imap2",
    "imap3",
    "imaps",
    "pop3",
    "pop3s",
    "smtp",
    "submissions",
    "ssh",
    "telnet",
    "ldap",
];
