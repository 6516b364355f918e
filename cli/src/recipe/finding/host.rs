//! Daemons of a member that do not run.

use host_prep::facts::Daemon;

use super::Look;

impl Look<'_> {
    /// Daemons of a member that are not there, do not run, or end again and again. Before kubeadm a
    /// kubelet does so by design.
    pub(super) fn daemons(&mut self) {
        if !self.facts.running || self.member().is_none() {
            return;
        }
        self.crio_runs();
        if self.facts.kubelet.unit.is_none() {
            let what = "kubelet.service is not there, and kubeadm made this host a node";
            self.fault(
                "kubelet-unit-missing",
                "service",
                what,
                "install the kubelet again: `k8sprep plan` names the package",
            );
            return;
        }
        let hint = "`journalctl -u kubelet` says why it ended";
        match self.facts.daemons.known().map(|daemons| daemons.kubelet.clone()) {
            // A service that systemd starts again and again is "activating" most of the time, and
            // would pass for running.
            Some(kubelet) if kubelet.loops() => {
                self.fault("unit-restart-loop", "service", looping("the kubelet", &kubelet), hint)
            }
            Some(kubelet) if kubelet.runs() => {}
            None if !matches!(self.facts.kubelet.running.known(), Some(None)) => {}
            _ => self.fault("kubelet-not-running", "service", "the kubelet of this node does not run", hint),
        }
    }

    /// A plan for a spec starts CRI-O; that it does not stay, or is not there at all, no step
    /// mends.
    fn crio_runs(&mut self) {
        let hint = "`journalctl -u crio` says why it ended";
        let daemon = self.facts.daemons.known().map(|daemons| daemons.crio.clone());
        if self.facts.crio.unit.is_none() {
            // The runtime of a node may be another one, unless a spec says that it is CRI-O.
            if self.agreed.is_some() {
                let what = "crio.service is not there, and kubeadm made this host a node";
                self.fault(
                    "crio-unit-missing",
                    "service",
                    what,
                    "install CRI-O again: `k8sprep plan` names the package",
                );
            }
            return;
        }
        match &daemon {
            Some(crio) if crio.loops() => {
                return self.fault("unit-restart-loop", "service", looping("CRI-O", crio), hint);
            }
            // The plan starts it.
            Some(crio) if self.agreed.is_some() && !crio.runs() => return,
            None if self.agreed.is_some() => return,
            _ => {}
        }
        self.crio_answers(daemon.is_some_and(|crio| crio.runs()));
    }

    /// That its socket is there, and that it runs.
    fn crio_answers(&mut self, runs: bool) {
        // Files that cannot be read do not hide that it does not run: then it is looked for at its own
        // place.
        let listen = self.crio_text("crio.api.listen").unwrap_or(CRIO_SOCKET);
        // Of another socket the facts do not tell whether somebody listens there.
        let own = listen.trim_start_matches("/var") == "/run/crio/crio.sock";
        let Some(sockets) = self.facts.sockets.known() else { return };
        if own && !sockets.iter().any(|socket| socket.runtime == "cri-o") {
            let (why, hint) = if runs {
                let hint = "`systemctl restart crio` makes it again; what took it away is not known here";
                ("systemd says that CRI-O runs, and the kubelet cannot reach it", hint)
            } else {
                let hint = "`systemctl start crio`; `journalctl -u crio` says why it ended";
                ("CRI-O does not run, and the kubelet cannot without it", hint)
            };
            let what = format!("{CRIO_SOCKET} is not there: {why}");
            self.fault("runtime-socket-missing", "service", what, hint);
        } else if daemon_is_down(self.facts.daemons.known().map(|daemons| &daemons.crio)) {
            let what = "CRI-O does not run, and the kubelet cannot without it";
            self.fault(
                "crio-not-running",
                "service",
                what,
                "`systemctl start crio`; `journalctl -u crio` says why it ended",
            );
        }
    }
}

/// As `sockets` in the facts has it.
const CRIO_SOCKET: &str = "/var/run/crio/crio.sock";

/// "activating" is no answer yet: systemd waits before the next try.
fn daemon_is_down(daemon: Option<&Daemon>) -> bool {
    daemon.is_some_and(|daemon| !daemon.runs() && daemon.active != "activating")
}

/// A loop is `active` for seconds at a time; the number of restarts tells it.
fn looping(who: &str, daemon: &Daemon) -> String {
    format!("{who} of this node exits again and again: systemd has restarted it {} times", daemon.restarts)
}
