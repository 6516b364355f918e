//! `[crio.runtime]`.

use super::{Broken, Checker, Scope, cpuset, device, limits};
use crate::catalogue::first_of;
use crate::effective::{handler_path, runtime_name};
use crate::toml::goquote;
use crate::{Release, Value};

const RUNTIME: Scope = Scope::Table("runtime");

impl Checker<'_> {
    pub(super) fn runtime(&mut self) {
        // In the order of `RuntimeConfig.Validate`.
        self.gomaxprocs();
        self.artifact_stores();
        self.ulimits();
        self.devices();
        self.default_runtime();
        self.timezone();
        self.log_size_max();
        self.ctr_stop_timeout();
        self.namespaces();
        self.conmon_cgroup();
        self.sysctls();
        self.capabilities();
        self.infra_ctr_cpuset();
        self.workloads();
        // Without a host nothing can fail here; what is changed counts for `crio config` too.
        if self.since(25, 1) {
            self.translate_monitor();
        }
    }

    fn gomaxprocs(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "min_injected_gomaxprocs"];
        if let Some(number) = self.config.number(&PATH).filter(|&number| number < 0) {
            self.fail(RUNTIME, &PATH, format!("min_injected_gomaxprocs must be >= 0, got {number}"));
        }
    }

    fn artifact_stores(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "additional_artifact_stores"];
        let relative = self.config.list(&PATH).iter().find(|store| !store.starts_with('/')).cloned();
        if let Some(store) = relative {
            let shown = goquote::string(&store);
            self.fail(RUNTIME, &PATH, format!("additional_artifact_stores entry must be absolute: {shown}"));
        }
    }

    fn ulimits(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "default_ulimits"];
        for ulimit in self.config.list(&PATH).to_vec() {
            if let Err(error) = limits::check_ulimit(&ulimit) {
                self.fail(RUNTIME, &PATH, format!("unrecognized ulimit {ulimit}: {error}"));
            }
        }
    }

    fn devices(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "additional_devices"];
        for entry in self.config.list(&PATH).to_vec() {
            match device::check(&entry, self.release(), self.host) {
                Ok(()) => {}
                Err(device::Bad::Refused(text)) => self.fail(RUNTIME, &PATH, text),
                Err(device::Bad::Panic(text)) => {
                    let path = PATH.map(str::to_owned).to_vec();
                    self.broken.push(Broken { scope: RUNTIME, text: text.into(), path, crash: true });
                }
            }
        }
    }

    /// Whether the default runtime is one of those that there are. The wording changed several
    /// times; each message is that of the release.
    fn default_runtime(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "default_runtime"];
        let release = self.release();
        if !self.has(&PATH) {
            return;
        }
        let built_in = runtime_name(release);
        // An empty name could itself be the name of a table, `[crio.runtime.runtimes.""]`.
        let empty = self.config.text(&PATH).is_empty() && !self.config.has_below(&handler_path(""));
        if empty && release >= Release::patch(14, 4) {
            self.config.amend(&PATH, built_in);
            let gone = !self.config.has_below(&handler_path(built_in));
            if gone && (first_of(18)..Release::patch(25, 1)).contains(&release) {
                self.config.add_builtin_runtime();
            }
        }
        let name = self.config.text(&PATH).to_owned();
        if self.config.has_below(&handler_path(&name)) {
            return;
        }
        let shown = goquote::string(&name);
        let text = if release >= first_of(23) {
            format!(
                "default_runtime set to {shown}, but no runtime entry table [crio.runtime.runtimes.{name}] was found"
            )
        } else if release >= first_of(15) {
            format!("default_runtime set to {shown}, but no runtime entry was found for it")
        } else if release >= Release::patch(14, 4) {
            format!("default_runtime set to {shown}, but no runtime path is set for it")
        } else {
            "no default runtime configured".into()
        };
        self.fail(RUNTIME, &PATH, text);
    }

    fn timezone(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "timezone"];
        let zone = self.config.text(&PATH).to_owned();
        // `time.LoadLocation` reads /usr/share/zoneinfo of the host.
        if !zone.is_empty() && !zone.eq_ignore_ascii_case("local") && !self.host.has_time_zone(&zone) {
            self.fail(RUNTIME, &PATH, format!("invalid timezone: {zone}"));
        }
    }

    fn log_size_max(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "log_size_max"];
        // `OCIBufSize`: "to match/exceed conmon's read buffer" (template.go).
        if self.config.number(&PATH).is_some_and(|size| (0..8192).contains(&size)) {
            self.fail(RUNTIME, &PATH, "log size max should be negative or >= 8192");
        }
    }

    fn ctr_stop_timeout(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "ctr_stop_timeout"];
        if !self.since(18, 0) || self.config.number(&PATH).is_none_or(|seconds| seconds >= 30) {
            return;
        }
        // "to ensure the container termination will be properly waited for" (config.go): raised,
        // not refused.
        self.config.amend(&PATH, 30);
        let forcing = if self.since(21, 0) { "Forcing" } else { "forcing" };
        self.warnings.push(format!("warning: {forcing} ctr_stop_timeout to lowest possible value of 30s"));
    }

    /// Who manages namespaces cannot go with ID mappings, in the releases where that could be
    /// chosen.
    fn namespaces(&mut self) {
        const OLD: [&str; 3] = ["crio", "runtime", "manage_network_ns_lifecycle"];
        const NEW: [&str; 3] = ["crio", "runtime", "manage_ns_lifecycle"];
        if (first_of(17)..first_of(19)).contains(&self.release()) && self.config.flag(&OLD) {
            self.config.amend(&NEW, true);
        }
        let (manages, name) =
            if self.since(17, 0) { (NEW, "ManageNSLifecycle") } else { (OLD, "ManageNetworkNSLifecycle") };
        if !self.since(20, 0) && self.config.flag(&manages) {
            for (key, field) in [("uid_mappings", "UIDMappings"), ("gid_mappings", "GIDMappings")] {
                let path = ["crio", "runtime", key];
                if !self.config.text(&path).is_empty() {
                    self.fail(RUNTIME, &path, format!("cannot use {field} with {name}"));
                }
            }
        }
        const DROP: [&str; 3] = ["crio", "runtime", "drop_infra_ctr"];
        if self.has(&NEW) && self.since(19, 0) && self.config.flag(&DROP) && !self.config.flag(&NEW) {
            self.fail(RUNTIME, &DROP, "cannot drop infra without ManageNSLifecycle");
        }
    }

    fn conmon_cgroup(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "conmon_cgroup"];
        // From 1.24 on the monitor's cgroup is a field of each runtime and is judged when CRI-O
        // starts (`check::start`).
        if !(first_of(15)..first_of(24)).contains(&self.release()) {
            return;
        }
        let cgroup = self.config.text(&PATH);
        if cgroup != "pod" && !cgroup.ends_with(".slice") {
            self.fail(RUNTIME, &PATH, "conmon cgroup should be 'pod' or a systemd slice");
        }
    }

    fn sysctls(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "default_sysctls"];
        if !self.since(18, 0) {
            return;
        }
        let spaces_count = self.since(23, 2);
        for sysctl in self.config.list(&PATH).to_vec() {
            if let Err(error) = limits::check_sysctl(&sysctl, spaces_count) {
                self.fail(RUNTIME, &PATH, format!("invalid default_sysctls: {error}"));
            }
        }
    }

    fn capabilities(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "default_capabilities"];
        if !self.since(18, 0) {
            return;
        }
        let unknown: Vec<String> = self
            .config
            .list(&PATH)
            .iter()
            // Entries stand without the prefix, in any letter case.
            .map(|entry| format!("CAP_{}", entry.to_uppercase()))
            .filter(|name| !limits::is_capability(name, self.release()))
            .collect();
        for name in unknown {
            let shown = goquote::string(&name);
            let text = format!("invalid capabilities: validating capabilities: {shown}: unknown capability");
            self.fail(RUNTIME, &PATH, text);
        }
    }

    /// A list as the kernel writes it, `0-3,8`, and `taskset` in CRI-O's path.
    fn infra_ctr_cpuset(&mut self) {
        const PATH: [&str; 3] = ["crio", "runtime", "infra_ctr_cpuset"];
        let set = self.config.text(&PATH).to_owned();
        if set.is_empty() {
            return;
        }
        if let Err(error) = cpuset::check(&set, self.release()) {
            self.fail(RUNTIME, &PATH, format!("invalid infra_ctr_cpuset: {error}"));
        // CRI-O puts `taskset --cpu-list` before its commands then (utils/cmdrunner).
        } else if !self.host.has_program("taskset") {
            let text =
                "\"taskset\" not found in $PATH: exec: \"taskset\": executable file not found in $PATH";
            self.fail(RUNTIME, &PATH, text);
        }
    }

    /// The options for the monitor moved to the runtimes; the old ones still win where they are
    /// set.
    fn translate_monitor(&mut self) {
        let old = |key: &str| self.config.text(&["crio", "runtime", key]).to_owned();
        let (path, cgroup) = (old("conmon"), old("conmon_cgroup"));
        let env = self.config.list(&["crio", "runtime", "conmon_env"]).to_vec();
        let names: Vec<String> = self.config.runtimes().into_iter().map(str::to_owned).collect();
        for name in names {
            let field = |key| ["crio", "runtime", "runtimes", &name, key].map(str::to_owned);
            // Runtimes of type `vm` and `pod` bring their own monitor.
            if !matches!(self.config.text(&field("runtime_type")), "" | "oci") {
                continue;
            }
            if !path.is_empty() {
                self.config.amend(&field("monitor_path"), path.clone());
            }
            if !env.is_empty() {
                self.config.amend(&field("monitor_env"), Value::Strings(env.clone()));
            }
            if !cgroup.is_empty() {
                self.config.amend(&field("monitor_cgroup"), cgroup.clone());
            } else if self.config.text(&field("monitor_cgroup")).is_empty() {
                self.config.amend(&field("monitor_cgroup"), "system.slice");
            }
        }
    }
}
