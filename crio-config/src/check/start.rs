//! The rules CRI-O applies when it really starts, as far as the configuration alone decides them.

use super::refusal::{prefix, refused};
use super::{Finding, Severity, help, values};
use crate::catalogue::{first_of, patch};
use crate::code::Code;
use crate::toml::goquote;
use crate::validate::is_known_annotation;
use crate::{CrioHost, Effective, Release};

pub(super) fn rules(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    cgroup_manager(config, findings);
    helpers(config, host, findings);
    values::rules(config, host, findings);
    let default = config.text(&["crio", "runtime", "default_runtime"]).to_owned();
    for name in config.runtimes() {
        let problem = handler(config, name, host);
        let Some((key, text)) = problem else { continue };
        let path = ["crio", "runtime", "runtimes", name, key];
        findings.push(failed_handler(config, &path, name == default, text));
    }
}

/// The programs that CRI-O runs beside the runtimes. They come with its package: where that is not,
/// nothing is missed.
fn helpers(config: &Effective, host: &CrioHost, findings: &mut Vec<Finding>) {
    let release = config.release();
    // On a machine of an administrator, or before the installation, their absence says nothing.
    if !host.has_crio() {
        return;
    }
    let missing = |program: &str, path: &str| {
        if path.is_empty() && !host.has_program(program) {
            return Some(format!("exec: {}: executable file not found in $PATH", goquote::string(program)));
        }
        host.is_absent(path)
            .then(|| format!("invalid {program} path: stat {path}: no such file or directory"))
    };
    let mut refuse = |code, path: &[&str], text: String| {
        let finding = refused(config, code, path, runtime_prefix(release, text));
        findings.push(finding.help("it comes with CRI-O's package; a path of its own can be given"));
    };
    const CONMON: [&str; 3] = ["crio", "runtime", "conmon"];
    // Until 1.23 there was one monitor for all runtimes (`ValidateConmonPath`).
    if (first_of(17)..first_of(24)).contains(&release)
        && let Some(why) = missing("conmon", config.text(&CONMON))
    {
        refuse(Code::ConmonNotUsable, &CONMON, format!("conmon validation: {why}"));
    }
    let default = config.text(&["crio", "runtime", "default_runtime"]);
    // CRI-O looks for the monitors of the handlers that it has not dropped (`ValidateRuntimes` comes
    // before `TranslateMonitorFields`).
    let kept = |name: &str| name == default || handler(config, name, host).is_none();
    for name in config.runtimes().iter().filter(|name| release >= first_of(24) && kept(name)) {
        let path = |key| ["crio", "runtime", "runtimes", name, key];
        let is_oci = matches!(config.text(&path("runtime_type")), "" | "oci");
        // The old option for all takes the place of each one's own (`TranslateMonitorFieldsForHandler`).
        let for_all = config.text(&CONMON);
        let own = path("monitor_path");
        let (at, monitor): (&[&str], _) =
            if for_all.is_empty() { (&own, config.text(&own)) } else { (&CONMON, for_all) };
        if let Some(why) = missing("conmon", monitor).filter(|_| is_oci) {
            // Wrapped since `RuntimeConfig.Validate` calls it (CRI-O 1.25.1).
            let wrapped = if release >= patch(25, 1) { "monitor fields translation: " } else { "" };
            let text = format!("{wrapped}failed to translate monitor fields for runtime {name}: {why}");
            refuse(Code::ConmonNotUsable, at, text);
            if !for_all.is_empty() {
                break;
            }
        }
    }
    const PINNS: [&str; 3] = ["crio", "runtime", "pinns_path"];
    if let Some(why) = missing("pinns", config.text(&PINNS)).filter(|_| release >= first_of(17)) {
        refuse(Code::PinnsMissing, &PINNS, format!("pinns validation: {why}"));
    }
}

fn cgroup_manager(config: &Effective, findings: &mut Vec<Finding>) {
    const PATH: [&str; 3] = ["crio", "runtime", "cgroup_manager"];
    let manager = config.text(&PATH);
    // `cgmgr.SetCgroupManager` (internal/config/cgmgr).
    if config.release() >= first_of(19) && !matches!(manager, "systemd" | "cgroupfs") {
        let text = format!("unable to update cgroup manager: invalid cgroup manager: {manager}");
        let text = runtime_prefix(config.release(), text);
        findings.push(refused(config, Code::CrioValueRefused, &PATH, text));
        return;
    }
    if let Some(text) = monitor_cgroup(config, manager) {
        const OLD: [&str; 3] = ["crio", "runtime", "conmon_cgroup"];
        let path = if manager == "cgroupfs" { &PATH } else { &OLD };
        let finding = refused(config, Code::ConmonCgroupMismatch, path, text);
        findings.push(finding.help("set crio.runtime.conmon_cgroup = \"pod\", which every release takes"));
    }
}

/// The container monitor's cgroup must fit the manager; what counts is that of the default runtime,
/// unless the old option for all is set.
fn monitor_cgroup(config: &Effective, manager: &str) -> Option<String> {
    let release = config.release();
    let for_all = config.text(&["crio", "runtime", "conmon_cgroup"]);
    if (first_of(19)..first_of(24)).contains(&release) {
        let wrong = manager == "cgroupfs" && for_all != "pod" && !for_all.is_empty();
        let text = "cgroupfs manager conmon cgroup should be 'pod' or empty".to_owned();
        return wrong.then(|| runtime_prefix(release, text));
    }
    if release < first_of(24) {
        return None;
    }
    let default = config.text(&["crio", "runtime", "default_runtime"]);
    let own = config.text(&["crio", "runtime", "runtimes", default, "monitor_cgroup"]);
    let cgroup = if for_all.is_empty() { own } else { for_all };
    let wrong = match manager {
        "cgroupfs" if release >= first_of(33) => !matches!(cgroup, "pod" | "" | "system.slice"),
        "cgroupfs" => !matches!(cgroup, "pod" | ""),
        _ => cgroup != "pod" && !cgroup.is_empty() && !cgroup.ends_with(".slice"),
    };
    let but = if release >= first_of(33) { format!(", but got: '{cgroup}'") } else { String::new() };
    wrong.then(|| {
        let rule = if manager == "cgroupfs" {
            "cgroupfs manager conmon cgroup should be 'pod' or empty"
        } else {
            "conmon cgroup should be 'pod' or a systemd slice"
        };
        runtime_prefix(release, format!("{rule}{but}"))
    })
}

/// The first rule a runtime breaks: its key, and CRI-O's words.
fn handler(config: &Effective, name: &str, host: &CrioHost) -> Option<(&'static str, String)> {
    let release = config.release();
    let path = |key| ["crio", "runtime", "runtimes", name, key];
    let kind = config.text(&path("runtime_type"));
    let known = match kind {
        "" | "oci" => true,
        "vm" => release >= first_of(16),
        "pod" => release >= first_of(24),
        _ => false,
    };
    let (shown_kind, shown_name) = (goquote::string(kind), goquote::string(name));
    if release >= first_of(16) && !known {
        return Some((
            "runtime_type",
            format!("invalid `runtime_type` {shown_kind} for runtime {shown_name}"),
        ));
    }
    if let Some(text) = program_of(config, name, host) {
        return Some(("runtime_path", text));
    }
    // `ValidateRuntimeVMBinaryPattern`.
    let program = config.text(&path("runtime_path"));
    let found = if program.is_empty() { name } else { program };
    if kind == "vm" && release >= first_of(17) && !is_shim(found.rsplit('/').next().unwrap_or(found)) {
        let text = "containerd binary naming pattern is not followed";
        return Some(("runtime_type", format!("invalid runtime_path for runtime '{name}': {text}")));
    }
    // `ValidateRuntimeConfigPath`.
    if release >= first_of(22) && kind != "vm" && !config.text(&path("runtime_config_path")).is_empty() {
        let text = "runtime_config_path can only be used with the 'vm' runtime type";
        return Some(("runtime_config_path", text.into()));
    }
    let unknown =
        config.list(&path("allowed_annotations")).iter().find(|item| !is_known_annotation(item, release));
    if let Some(unknown) = unknown.filter(|_| release >= first_of(21)) {
        return Some(("allowed_annotations", format!("invalid allowed_annotation: {unknown}")));
    }
    if config.flag(&path("stream_websockets")) && kind != "pod" {
        let text = format!(
            "websocket streaming: only the 'runtime_type = \"pod\"' supports websocket streaming, not {shown_kind} \
             (runtime {shown_name})"
        );
        return Some(("stream_websockets", text));
    }
    let affinity = config.text(&path("exec_cpu_affinity"));
    if !matches!(affinity, "" | "first") {
        return Some((
            "exec_cpu_affinity",
            format!("invalid exec_cpu_affinity {}", goquote::string(affinity)),
        ));
    }
    None
}

/// What is wrong with a runtime's program, in CRI-O's words.
fn program_of(config: &Effective, name: &str, host: &CrioHost) -> Option<String> {
    let program = config.text(&["crio", "runtime", "runtimes", name, "runtime_path"]);
    // An empty path means a program with the runtime's own name in `PATH`.
    if program.is_empty() && config.release() >= first_of(15) && !host.has_program(name) {
        let shown = goquote::string(name);
        return Some(format!(
            "{shown} not found in $PATH: exec: {shown}: executable file not found in $PATH"
        ));
    }
    host.is_absent(program).then(|| {
        format!("invalid runtime_path for runtime '{name}': stat {program}: no such file or directory")
    })
}

/// `^containerd-shim-[a-zA-Z0-9\-\+]+$`.
fn is_shim(name: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+');
    name.strip_prefix("containerd-shim-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(of_name))
}

/// A broken default runtime stops CRI-O; any other is dropped, since 1.21 with a warning.
fn failed_handler(config: &Effective, path: &[&str; 5], is_default: bool, text: String) -> Finding {
    let release = config.release();
    let of_program = || Some(help::on_program(path[3], config.text(path)));
    let help = |found: Finding| {
        if path[4] == "runtime_path" { Finding { help: of_program(), ..found } } else { found }
    };
    // `ValidateRuntimes`: an error of the default runtime is returned, of others a warning, and
    // the handler is deleted. Pods that ask for it then fail with "failed to find runtime
    // handler".
    if is_default || release < first_of(21) {
        let code = if path[4] == "runtime_path" { Code::OciRuntimeMissing } else { Code::CrioValueRefused };
        return help(refused(
            config,
            code,
            path,
            runtime_prefix(release, format!("runtime validation: {text}")),
        ));
    }
    let name = path[3];
    let text = if release >= first_of(30) {
        format!("Runtime handler {} is being ignored due to: {text}", goquote::string(name))
    } else {
        format!("'{name} is being ignored due to: {}", goquote::string(&text))
    };
    let mut finding = help(refused(config, Code::RuntimeHandlerDropped, path, text));
    finding.severity = Severity::Warning;
    finding
}

fn runtime_prefix(release: Release, text: String) -> String {
    prefix(release, "runtime", text)
}
