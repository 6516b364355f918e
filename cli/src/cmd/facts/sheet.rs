//! Facts as text for people: a heading per subject, a line per fact.
//!
//! The order is that of the facts. A tree that does not run has no line for what only a kernel
//! could say, instead of many lines that say "unknown".

use std::fmt::Display;

use host_prep::facts::{
    Cgroup, Fact, Facts, Module, ModuleState, Network, Role, SelinuxMode, Swap, SwapKind, Sysctl, Unit,
};

use crate::recipe::{CertificateLife, Finding};
use crate::ui::visible;

/// The sheet for `facts`, with a line end.
pub(super) fn text(facts: &Facts, certificates: &[CertificateLife], findings: &[Finding]) -> String {
    let mut sheet = Sheet { text: String::new(), running: facts.running };
    host(&mut sheet, facts);
    modules(&mut sheet, facts);
    sysctls(&mut sheet, facts);
    swap(&mut sheet, &facts.swap);
    security(&mut sheet, facts);
    units(&mut sheet, facts);
    cni(&mut sheet, facts);
    network(&mut sheet, &facts.network);
    services(&mut sheet, facts);
    if !certificates.is_empty() {
        sheet.head("Certificates");
    }
    for CertificateLife { file, not_after, days_left, .. } in certificates {
        sheet.line(file, format_args!("{days_left} days left, until {not_after}"));
    }
    if !findings.is_empty() {
        sheet.head("Findings");
    }
    for finding in findings {
        let Finding { code, resource, what, hint, .. } = finding;
        let finding = format!("{}: {resource}: {what} ({hint}) [{code}]", word(&finding.severity));
        sheet.text.push_str(&format!("  {}\n", visible(&finding)));
    }
    sheet.text
}

/// `running` decides which lines there are.
struct Sheet {
    text: String,
    running: bool,
}

impl Sheet {
    /// A blank line before each subject but the first.
    fn head(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(name);
        self.text.push('\n');
    }

    /// Names in a column of 38, the longest there is.
    fn line(&mut self, name: impl Display, value: impl Display) {
        let (name, value) = (visible(&name.to_string()), visible(&value.to_string()));
        self.text.push_str(&format!("  {name:<38} {value}\n"));
    }

    /// A live fact: nothing is said about it where no kernel runs.
    fn live<T>(&mut self, name: &str, fact: &Fact<T>, show: impl FnOnce(&T) -> String) {
        if self.running {
            self.line(name, shown(fact, show));
        }
    }
}

/// A fact, or why it is not known.
fn shown<T>(fact: &Fact<T>, show: impl FnOnce(&T) -> String) -> String {
    match fact {
        Fact::Known(value) => show(value),
        Fact::Unknown { reason } => format!("unknown ({reason})"),
    }
}

/// With commas between.
fn or_none<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    if items.is_empty() { "none".into() } else { items.join(", ") }
}

/// As people say it.
fn yes(value: bool) -> String {
    if value { "yes".into() } else { "no".into() }
}

/// Distribution, kernel, architecture.
fn host(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("Host");
    let distro = shown(&facts.distro, |distro| match distro {
        Some(distro) => {
            let name = distro.name.clone().unwrap_or_else(|| distro.id.clone());
            let family =
                distro.family.map_or("of no known family".into(), |f| format!("family {}", word(&f)));
            let packages = distro.packages.map(|p| format!(", packages by {}", word(&p))).unwrap_or_default();
            format!("{name} ({family}{packages})")
        }
        None => "no os-release".into(),
    });
    sheet.line("distribution", distro);
    sheet.live("kernel", &facts.kernel.release, String::clone);
    sheet.line("kernels on disk", shown(&facts.kernel.installed, |all| or_none(all)));
    sheet.live("cgroup", &facts.kernel.cgroup, |cgroup| match cgroup {
        Cgroup::V2 => "version 2".into(),
        Cgroup::Hybrid => "version 1 (hybrid: a version 2 tree without controllers beside it)".into(),
        _ => "version 1".into(),
    });
}

/// One line each, in the order of the table.
fn modules(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("Kernel modules");
    for (name, module) in &facts.modules {
        sheet.line(name, module_text(module));
    }
}

/// Now, at boot, and what forbids it.
fn module_text(module: &Module) -> String {
    let mut text = shown(&module.state, |state| match state {
        ModuleState::Loaded => "loaded".into(),
        ModuleState::BuiltIn => "built in".into(),
        ModuleState::Loadable => "on disk, not loaded".into(),
        _ => "missing".into(),
    });
    if let Some(Some(at)) = module.loaded_at_boot.known() {
        text.push_str(&format!("; loaded at boot by {at}"));
    }
    if let Some(Some(at)) = module.denied.known() {
        text.push_str(&format!("; kept out by {at}"));
    }
    text
}

/// One line each.
fn sysctls(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("Kernel parameters");
    for (key, sysctl) in &facts.sysctls {
        sheet.line(key, sysctl_text(sysctl, sheet.running));
    }
}

/// Now, and at the next boot with the file that decides.
fn sysctl_text(sysctl: &Sysctl, running: bool) -> String {
    let boot = shown(&sysctl.boot, |boot| match (&boot.value, &boot.decided_by) {
        (Some(value), Some(at)) => format!("next boot {value} ({at})"),
        (None, Some(at)) => format!("next boot the kernel's own ({at} keeps it)"),
        _ => "next boot the kernel's own".into(),
    });
    let unread = sysctl.boot.known().into_iter().flat_map(|b| &b.lines).filter(|l| l.role == Role::Unread);
    let unread: String = unread.map(|l| format!("; {} is not read at boot", l.at)).collect();
    if !running {
        return format!("{boot}{unread}");
    }
    let live = shown(&sysctl.live, |value| value.clone().unwrap_or_else(|| "absent".into()));
    format!("{live}; {boot}{unread}")
}

/// Areas in use, then what brings swap back.
fn swap(sheet: &mut Sheet, swap: &Swap) {
    sheet.head("Swap");
    sheet.live("in use", &swap.active, |areas| {
        or_none(areas.iter().map(|a| format!("{} ({} MiB)", a.path.display(), a.size >> 10)))
    });
    for source in &swap.sources {
        let line = source.line.map(|l| format!(":{l}")).unwrap_or_default();
        let boot = match (source.kind, source.at_boot && !swap.target_masked) {
            (_, true) => "on at boot",
            (SwapKind::Resume, false) => "resume device of the initramfs",
            (_, false) => "not on at boot",
        };
        sheet.line(format_args!("{}{line}", source.file.display()), format_args!("{} ({boot})", source.what));
    }
    if swap.target_masked {
        sheet.line("swap.target", "masked");
    }
    for reason in &swap.unknown {
        sheet.line("unknown", reason);
    }
}

/// SELinux now and at boot, AppArmor.
fn security(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("Security modules");
    let security = &facts.security;
    sheet.live("SELinux", &security.selinux, SelinuxMode::to_string);
    let lost = security.selinux_lines_ignored.known().map(Vec::as_slice).unwrap_or_default();
    let at_boot = shown(&security.selinux_next(&facts.kernel), |setting| match setting {
        Some(setting) => format!("{} ({})", setting.mode, setting.at),
        // libselinux loads the policy and does not enforce it (`selinux_init_load_policy`).
        None if !lost.is_empty() => "permissive: its configuration names no mode".into(),
        None => "not configured".into(),
    });
    sheet.line("SELinux at boot", at_boot);
    for line in lost {
        sheet.line(
            "  passed over there",
            format!("{}: {} (enforcing, permissive or disabled)", line.at, line.text),
        );
    }
    sheet.live("AppArmor", &security.apparmor, |on| if *on { "enabled".into() } else { "disabled".into() });
    sheet.line("apparmor_parser", shown(&security.apparmor_parser, |there| yes(*there)));
}

/// The kubelet's and CRI-O's, with their files.
fn units(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("kubelet");
    unit(sheet, facts.kubelet.unit.as_ref());
    if let Some(file) = &facts.kubelet.extra_args_file {
        sheet.line("extra arguments are read from", file.display());
    }
    if let Some(extra) = &facts.kubelet.extra_args {
        sheet.line("extra arguments", extra);
    }
    let present = |file: &Fact<Option<_>>| shown(file, |f| yes(f.is_some()));
    let configured = match &facts.kubelet.config {
        Fact::Known(None) => "no; `kubeadm init` or `join` writes it, and the kubelet ends until then".into(),
        other => present(other),
    };
    sheet.line("configuration", configured);
    sheet.live("running", &facts.kubelet.running, |line| line.as_ref().map_or("no".into(), |l| l.join(" ")));

    sheet.head("CRI-O");
    unit(sheet, facts.crio.unit.as_ref());
    sheet.line("crio.conf", present(&facts.crio.main));
    let names = |files: &Vec<host_prep::facts::FileText>| or_none(files.iter().map(|f| f.path.display()));
    sheet.line("drop-ins", shown(&facts.crio.drop_ins, names));
    sheet.line("registries", shown(&facts.crio.registries, names));
    sheet.line("crictl.yaml", present(&facts.crio.crictl));
    sheet.live("CRI sockets", &facts.sockets, |sockets| or_none(sockets.iter().map(|s| s.path)));
}

/// Drop-ins and environment files in the order in which systemd reads them.
fn unit(sheet: &mut Sheet, unit: Option<&Unit>) {
    let Some(unit) = unit else { return sheet.line("unit", "not installed") };
    let enabled = if unit.enabled { "starts at boot" } else { "does not start at boot" };
    sheet.line("unit", format_args!("{} ({enabled})", unit.path.display()));
    for path in &unit.drop_ins {
        sheet.line("drop-in", path.display());
    }
    for file in &unit.environment_files {
        let state = match (&file.variables, file.optional) {
            (Some(_), _) => "",
            (None, true) => " (absent, optional)",
            (None, false) => " (absent: the unit cannot start)",
        };
        sheet.line("environment file", format_args!("{}{state}", file.path.display()));
    }
    for reason in &unit.unknown {
        sheet.line("unknown", reason);
    }
}

/// Files of the directory, those that are not read too.
fn cni(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("CNI");
    let cni = &facts.cni;
    match &cni.configs {
        Fact::Known(configs) if configs.is_empty() => sheet.line("/etc/cni/net.d", "empty"),
        Fact::Known(configs) => {
            for config in configs {
                let what = match (config.problem.as_ref().or(config.unread.as_ref()), config.read) {
                    (_, false) => "not read, by its name".into(),
                    (Some(problem), _) => problem.clone(),
                    (None, _) => {
                        let name = config.name.as_deref().unwrap_or("without a name");
                        format!("network {name}: {}", config.plugins.join(", "))
                    }
                };
                sheet.line(config.path.display(), what);
            }
        }
        Fact::Unknown { reason } => sheet.line("/etc/cni/net.d", format_args!("unknown ({reason})")),
    }
    for plugins in &cni.plugins {
        sheet.line(plugins.dir.display(), plugins.names.join(", "));
    }
    sheet.live("interfaces of pods", &cni.interfaces, |all| or_none(all));
}

/// Names, resolvers, addresses, listeners.
fn network(sheet: &mut Sheet, network: &Network) {
    sheet.head("Network");
    sheet.live("host name", &network.hostname.live, String::clone);
    let at_boot = |name: &Option<String>| name.clone().unwrap_or_else(|| "not set".into());
    sheet.line("host name at boot", shown(&network.hostname.at_boot, at_boot));
    sheet.line("host name resolves", shown(&network.hostname.resolves, |r| yes(*r)));
    let servers = shown(&network.resolver.nameservers, |servers| match servers {
        Some(servers) => or_none(servers),
        None => "no /etc/resolv.conf".into(),
    });
    let looped = if network.resolver.is_loopback() { " (the host itself)" } else { "" };
    sheet.line("name servers", format_args!("{servers}{looped}"));
    sheet.live("address to advertise", &network.default_address, ToString::to_string);
    sheet.live("listening on TCP", &network.listeners, |listeners| {
        or_none(listeners.iter().map(|l| std::net::SocketAddr::new(l.address, l.port)))
    });
}

/// Those that matter to a node, and whether each starts at boot.
fn services(sheet: &mut Sheet, facts: &Facts) {
    sheet.head("Services");
    for service in &facts.services {
        let state = match (&service.file, service.enabled) {
            (None, _) => "masked",
            (_, true) => "starts at boot",
            (_, false) => "does not start at boot",
        };
        sheet.line(service.name, state);
    }
    sheet.line("time is kept by", or_none(&facts.time.enabled));
}

/// How a value is spelled in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
