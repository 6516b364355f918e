//! What systemd makes of the units of CRI-O and the kubelet: lines it ignores, files it does not
//! read, a command that lacks something, arguments that no line uses, proxies without exceptions.
//!
//! systemd is silent about what it does not understand: a line in the wrong section, a file with
//! the wrong ending, a variable that nothing uses have no effect and no error. systemd.unit(5),
//! systemd.service(5), systemd.exec(5).

use host_prep::facts::{Kubeadm, Unit};

use super::Look;
use super::crio_words;
use super::pods::cluster_subnets;
use crate::recipe::fault::{Finding, Severity};
use crate::recipe::no_proxy::{NoProxy, is_readable};
use crate::recipe::proxy::host_of_url;

/// A unit that is looked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Daemon {
    /// `crio.service`.
    Crio,
    /// `kubelet.service`.
    Kubelet,
}

impl Daemon {
    /// The kind of host-prep's resource that the daemon's files belong to.
    const fn resource(self) -> &'static str {
        match self {
            Self::Crio => "crio",
            Self::Kubelet => "kubelet",
        }
    }

    /// The unit's full name.
    const fn unit(self) -> &'static str {
        match self {
            Self::Crio => "crio.service",
            Self::Kubelet => "kubelet.service",
        }
    }
}

/// What is wrong with a daemon's unit as systemd reads it. The proxies are compared with what
/// kubeadm left: the API server and the cluster's subnets.
#[must_use]
pub fn unit_findings(daemon: Daemon, unit: &Unit, kubeadm: &Kubeadm) -> Vec<Finding> {
    let mut look = UnitLook { daemon, unit, found: Vec::new() };
    look.ignored();
    look.commands();
    look.unread_arguments();
    look.proxies(kubeadm);
    if daemon == Daemon::Crio {
        look.found.extend(crio_words::of_unit(unit));
    }
    look.found
}

impl Look<'_> {
    /// Both daemons, and files with `KUBELET_EXTRA_ARGS` that the unit does not name: Debian's
    /// lies in `/etc/default`, Fedora's in `/etc/sysconfig` (kubernetes/release#654).
    pub(super) fn units(&mut self) {
        let facts = self.facts;
        for (daemon, unit) in [(Daemon::Kubelet, &facts.kubelet.unit), (Daemon::Crio, &facts.crio.unit)] {
            let found = unit.iter().flat_map(|unit| unit_findings(daemon, unit, &facts.kubeadm));
            self.found.extend(found);
        }
        for path in &facts.kubelet.unread_args {
            let what = format!(
                "{} has KUBELET_EXTRA_ARGS, and no EnvironmentFile= of kubelet.service names that file",
                path.display()
            );
            self.notice(
                "kubelet-arguments-not-read",
                "kubelet",
                what,
                "move them to the file that the unit names",
            );
        }
    }
}

/// What kubeadm's drop-in passes to a kubelet: flag, code of its absence, what follows from that.
const PASSED_BY_KUBEADM: [(&str, &str, &str); 2] = [
    (
        "--kubeconfig",
        "kubelet-kubeconfig-not-passed",
        "the kubelet runs in standalone mode and never registers with an API server",
    ),
    (
        "--config",
        "kubelet-config-not-passed",
        "the kubelet does not read /var/lib/kubelet/config.yaml, which kubeadm writes",
    ),
];

/// One unit while it is looked over.
struct UnitLook<'a> {
    daemon: Daemon,
    unit: &'a Unit,
    found: Vec<Finding>,
}

impl UnitLook<'_> {
    fn fault(&mut self, code: &'static str, what: String, hint: &str) {
        self.found.push(Finding::fault(code, self.daemon.resource(), what, hint));
    }

    fn notice(&mut self, code: &'static str, what: String, hint: &str) {
        let fault = Finding::fault(code, self.daemon.resource(), what, hint);
        self.found.push(Finding { severity: Severity::Notice, ..fault });
    }

    /// `systemd-analyze verify` says the same, where it is run.
    fn ignored(&mut self) {
        for line in &self.unit.ignored {
            let what = format!("{}:{}: systemd ignores it: {}", line.path.display(), line.line, line.text);
            self.notice(
                "unit-line-ignored",
                what,
                "what was meant is not in force: correct the line, then `systemctl daemon-reload`",
            );
        }
        for path in &self.unit.unread {
            let unit = self.daemon.unit();
            let what = format!("{} is not read by systemd", path.display());
            let hint = format!("drop-ins of {unit} lie in {unit}.d and their names end in .conf");
            self.notice("drop-in-not-read", what, &hint);
        }
    }

    /// Two `ExecStart=` lines, and a command of the kubelet that lacks what kubeadm's drop-in
    /// passes.
    fn commands(&mut self) {
        let unit = self.daemon.unit();
        if self.unit.exec_start.is_empty() && self.unit.unknown.is_empty() {
            let last = self.unit.drop_ins.last().unwrap_or(&self.unit.path);
            let what = format!(
                "{}: {unit} cannot start: no ExecStart= is left in it, and systemd refuses the unit",
                last.display()
            );
            let hint = "write the command behind the empty `ExecStart=`, then `systemctl daemon-reload`";
            self.fault("exec-start-not-runnable", what, hint);
            return;
        }
        let oneshot = self.unit.texts.iter().any(|file| {
            String::from_utf8_lossy(&file.bytes).lines().any(|line| line.replace(' ', "") == "Type=oneshot")
        });
        // "Service has more than one ExecStart= setting, which is only allowed for Type=oneshot
        // services. Refusing." (systemd, service_verify)
        if self.unit.exec_start.len() > 1 && !oneshot {
            let what = format!(
                "{unit} has {} ExecStart= lines: systemd refuses the unit, which is not Type=oneshot",
                self.unit.exec_start.len()
            );
            self.fault(
                "exec-start-duplicated",
                what,
                "put an empty `ExecStart=` before the one that shall count",
            );
            return;
        }
        self.passed_by_kubeadm();
    }

    /// What kubeadm's drop-in passes to the kubelet.
    fn passed_by_kubeadm(&mut self) {
        // Of another program's command nothing is known, nor where a file could not be read.
        if self.daemon != Daemon::Kubelet
            || self.unit.program() != Some("kubelet")
            || !self.unit.unknown.is_empty()
        {
            return;
        }
        let place = self.unit.place_of("ExecStart").map_or_else(
            || self.unit.path.display().to_string(),
            |(path, line, _)| format!("{}:{line}", path.display()),
        );
        for (flag, code, what) in PASSED_BY_KUBEADM {
            if !self.passes(flag) {
                let what = format!("{place}: the command passes no {flag}: {what}");
                self.fault(code, what, "put back the package's drop-in 10-kubeadm.conf, which passes both");
            }
        }
    }

    /// Both `--flag=value` and `--flag value`.
    fn passes(&self, flag: &str) -> bool {
        self.unit
            .arguments()
            .iter()
            .any(|word| word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
    }

    /// Variables that only a command line can use.
    fn unread_arguments(&mut self) {
        let (begin, end, code) = match self.daemon {
            Daemon::Kubelet => ("KUBELET_", "_ARGS", "kubelet-arguments-not-read"),
            Daemon::Crio => ("CRIO_", "_OPTIONS", "crio-arguments-not-read"),
        };
        let used = |name: &str| {
            let (bare, braced) = (format!("${name}"), format!("${{{name}}}"));
            let words = self.unit.exec_start.iter().flat_map(|line| line.split_whitespace());
            words.into_iter().any(|word| word.trim_matches('"') == bare || word.contains(&braced))
        };
        // By its name, or because it holds flags, whatever slip is in its name.
        let set = self.unit.environment.iter().filter(|(name, value)| {
            let value = value.trim();
            let of_arguments = name.starts_with(begin) && name.ends_with(end) && !value.is_empty();
            (of_arguments || value.starts_with("--")) && !used(name)
        });
        let set: Vec<String> = set.map(|(name, _)| name.clone()).collect();
        let known = self.used_variables().join(", ");
        // Each place is looked for in all lines.
        const MOST: usize = 10;
        if let Some(more) = set.len().checked_sub(MOST).filter(|more| *more > 0) {
            let unit = self.daemon.unit();
            let what = format!("{unit} is given {more} more variables that its ExecStart= does not use");
            self.notice(code, what, "take out what nothing reads");
        }
        for name in set.into_iter().take(MOST) {
            let place = self.place_of(&name);
            let what =
                format!("{place} sets {name}, and the ExecStart= of {} does not use it", self.daemon.unit());
            let hint = match known.as_str() {
                "" => format!("write `${name}` into ExecStart=, or take the variable out"),
                known => format!("it uses {known}: correct the name, or write `${name}` into ExecStart="),
            };
            self.notice(code, what, &hint);
        }
    }

    /// The variables of its command, in the order of the words.
    fn used_variables(&self) -> Vec<String> {
        let words = self.unit.exec_start.iter().flat_map(|line| line.split_whitespace());
        let name = |word: &str| {
            let rest = word.trim_matches('"').strip_prefix('$')?;
            let rest = rest.strip_prefix('{').map_or(rest, |rest| rest.trim_end_matches('}'));
            (!rest.is_empty() && !rest.starts_with('$')).then(|| rest.to_owned())
        };
        words.filter_map(name).collect()
    }

    /// `file:line` of the variable, or the unit's name.
    fn place_of(&self, variable: &str) -> String {
        self.unit.place_of(variable).map_or_else(
            || self.daemon.unit().to_owned(),
            |(path, line, _)| format!("{}:{line}", path.display()),
        )
    }

    /// What has to be reached directly and would be asked of the proxy.
    fn proxies(&mut self, kubeadm: &Kubeadm) {
        let value = |name: &str| {
            let lower = name.to_ascii_lowercase();
            let get = |name: &str| self.unit.environment.get(name).filter(|value| !value.is_empty());
            // Both cases, the upper one first (golang.org/x/net/http/httpproxy).
            get(name).map(|value| (name.to_owned(), value)).or_else(|| Some((lower.clone(), get(&lower)?)))
        };
        let Some((proxy, _)) = value("HTTPS_PROXY").or_else(|| value("HTTP_PROXY")) else { return };
        let exceptions = value("NO_PROXY").map(|(_, text)| text.clone());
        let direct = NoProxy::parse(exceptions.as_deref().unwrap_or_default());
        let missing = asked_of_the_proxy(&direct, value("HTTPS_PROXY").is_some(), kubeadm);
        let place = self.place_of(&proxy);
        let unit = self.daemon.unit();
        let entries = exceptions.iter().flat_map(|text| text.split(','));
        let lost: Vec<&str> =
            entries.map(str::trim).filter(|entry| !entry.is_empty() && !is_readable(entry)).collect();
        let missing = missing.join(", ");
        let lost = lost.join(", ");
        let what = match (&exceptions, missing.as_str(), lost.as_str()) {
            (None, "", _) => format!("{place}: {unit} has {proxy} and nothing gives it NO_PROXY"),
            (None, missing, _) => {
                format!("{place}: {unit} has {proxy}, and there is no NO_PROXY; it lacks {missing}")
            }
            (Some(_), "", "") => return,
            (Some(_), "", lost) => {
                let place = self.place_of("NO_PROXY");
                format!("{place}: NO_PROXY of {unit} has {lost}, which means nothing to Go")
            }
            (Some(_), missing, "") => {
                format!("{place}: {unit} has {proxy}, and its NO_PROXY lacks {missing}")
            }
            (Some(_), missing, lost) => format!(
                "{place}: {unit} has {proxy}, and its NO_PROXY lacks {missing}; {lost} in it means nothing to Go"
            ),
        };
        self.notice("no-proxy-incomplete", what, HINT);
    }
}

/// What of a cluster is not among the exceptions.
fn asked_of_the_proxy(direct: &NoProxy, has_https: bool, kubeadm: &Kubeadm) -> Vec<String> {
    let mut missing = Vec::new();
    let server = kubeadm.api_server.known().and_then(Option::as_deref);
    let server = server.filter(|url| url.starts_with("https://")).and_then(host_of_url);
    // Go's ProxyFromEnvironment asks HTTPS_PROXY alone for https URLs, and the API server is one.
    if has_https {
        missing.extend(
            server.filter(|host| !direct.has_host(host)).map(|host| format!("{host} (the API server)")),
        );
    }
    for (subnet, of) in cluster_subnets(kubeadm) {
        if subnet.parse().is_ok_and(|parsed| !direct.has_subnet(parsed)) {
            missing.push(format!("{subnet} ({of})"));
        }
    }
    missing
}

/// `golang.org/x/net/http/httpproxy`, which CRI-O, the kubelet and kubeadm all read it with.
const HINT: &str = "set NO_PROXY to the API server, the networks of nodes, Services and Pods, .svc and the cluster's \
                    domain; Go reads names, addresses and CIDRs, no patterns";
