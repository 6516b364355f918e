//! What a plan would change anyhow, told where there is no spec to plan for.

use host_prep::facts::Fact;

use super::Look;

impl Look<'_> {
    pub(super) fn host(&mut self) {
        if self.facts.kubelet.unit.is_some() || self.member().is_some() {
            self.forwarding();
            self.swap();
        }
        self.daemons();
    }

    fn forwarding(&mut self) {
        let key = "net.ipv4.ip_forward";
        let found = self.facts.sysctls.iter().find(|(name, _)| name.to_string() == key);
        let Some(Fact::Known(Some(value))) = found.map(|(_, found)| &found.live) else { return };
        if value.trim() != "1" {
            let what = format!("{key} is {}: packets of pods are not forwarded", value.trim());
            self.fault(
                "sysctl",
                what,
                format!("`sysctl -w {key}=1`, and a file in /etc/sysctl.d for the next boot"),
            );
        }
    }

    fn swap(&mut self) {
        let Some(areas) = self.facts.swap.active.known().filter(|areas| !areas.is_empty()) else { return };
        let names: Vec<String> = areas.iter().map(|area| area.path.display().to_string()).collect();
        let allowed = self.kubelet_setting("failSwapOn").is_some_and(|node| node.as_bool() == Some(false))
            || self.facts.kubelet.flag("fail-swap-on") == Some("false");
        if !allowed {
            let what = format!("swap is on ({}), and the kubelet ends where it is", names.join(", "));
            self.fault(
                "swap",
                what,
                "`swapoff -a`, and take it out of what switches it on at boot; or failSwapOn: false",
            );
        }
    }

    /// Daemons of a node that do not run.
    fn daemons(&mut self) {
        if !self.facts.running || self.member().is_none() {
            return;
        }
        if self.facts.crio.unit.is_some()
            && let Some(sockets) = self.facts.sockets.known()
            && self
                .crio_text("crio.api.listen")
                .is_some_and(|path| path.trim_start_matches("/var") == "/run/crio/crio.sock")
            && !sockets.iter().any(|socket| socket.runtime == "cri-o")
        {
            let what =
                "/var/run/crio/crio.sock is not there: CRI-O does not run, and the kubelet cannot without it";
            self.fault("service", what, "`systemctl start crio`; `journalctl -u crio` says why it ended");
        }
        if let Some(None) = self.facts.kubelet.running.known() {
            let what = "the kubelet of this node does not run";
            self.fault("service", what, "`journalctl -u kubelet` says why it ended");
        }
    }
}
