//! What keeps pods from getting a network.
//!
//! CRI-O takes the first file of `/etc/cni/net.d` by name that it can read; a broken one is passed
//! over with a line in its log, and the next is taken.

use host_prep::facts::CniConfig;

use super::Look;

impl Look<'_> {
    /// A broken file is a fault where nothing else is taken and a notice where something is.
    pub(super) fn pod_network(&mut self) {
        if self.member().is_none() {
            return;
        }
        let Some(configs) = self.facts.cni.configs.known() else { return };
        let broken = configs.iter().filter(|config| config.read && config.problem.is_some());
        let broken: Vec<CniConfig> = broken.cloned().collect();
        let taken = self.facts.cni.default_config().cloned();
        // What was not read may be the network of this node.
        let unread = configs.iter().find(|config| config.read && config.unread.is_some());
        let unread = unread.map(|config| config.path.display().to_string());
        for config in &broken {
            let problem = config.problem.as_deref().unwrap_or_default();
            let what = format!("{} cannot be used: {problem}", config.path.display());
            let hint = "mend it or take it away";
            match (&taken, &unread) {
                (None, Some(other)) => self.notice(
                    "cni-config-broken",
                    "cni",
                    format!("{what}; {other} was not read here"),
                    hint,
                ),
                (None, None) => {
                    self.fault("cni-config-broken", "cni", format!("{what}; pods get no address"), hint)
                }
                (Some(other), _) => self.notice(
                    "cni-config-broken",
                    "cni",
                    format!("{what}; {} is taken", other.path.display()),
                    hint,
                ),
            }
        }
        if taken.is_none() && unread.is_none() && broken.is_empty() {
            self.no_network();
        }
    }

    /// Names the files that are there and not read, since a wrong ending is the usual cause
    /// (`10-flannel.conflist.disabled`, `.json~`).
    fn no_network(&mut self) {
        let unread = self.facts.cni.configs.known().into_iter().flatten();
        let unread: Vec<String> = unread.map(|config| config.path.display().to_string()).collect();
        let besides = match unread.join(", ") {
            names if names.is_empty() => String::new(),
            names => format!(" that ends in .conf, .conflist or .json, only {names}"),
        };
        let what = format!(
            "/etc/cni/net.d has no network configuration{besides}: the node stays NotReady and pods get no address"
        );
        self.fault(
            "cni-config-missing",
            "cni",
            what,
            "install a network plugin, such as flannel, calico or cilium",
        );
    }
}
