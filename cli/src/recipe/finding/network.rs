//! What keeps pods from getting a network.

use crio_config::Value;
use host_prep::facts::CniConfig;

use super::Look;
use crate::recipe::crio::path_of;

impl Look<'_> {
    pub(super) fn pod_network(&mut self) {
        if self.member().is_none() {
            return;
        }
        self.resolver();
        let Some(configs) = self.facts.cni.configs.known() else { return };
        let broken = configs.iter().filter(|config| config.read && config.problem.is_some());
        let broken: Vec<CniConfig> = broken.cloned().collect();
        let taken = self.facts.cni.default_config().cloned();
        for config in &broken {
            let problem = config.problem.as_deref().unwrap_or_default();
            let what = format!("{} cannot be used: {problem}", config.path.display());
            let hint = "mend it or take it away";
            match &taken {
                None => self.fault("cni-config-broken", "cni", format!("{what}; pods get no address"), hint),
                Some(other) => self.notice(
                    "cni-config-broken",
                    "cni",
                    format!("{what}; {} is taken", other.path.display()),
                    hint,
                ),
            }
        }
        match taken {
            Some(config) => self.network(&config),
            None if broken.is_empty() => self.no_network(),
            None => {}
        }
    }

    /// CoreDNS gets the kubelet's resolv.conf and forwards to the servers in it.
    fn resolver(&mut self) {
        const OWN: &str = "/etc/resolv.conf";
        let setting = self.kubelet_setting("resolvConf");
        let file = setting.as_ref().and_then(|node| node.as_str()).unwrap_or(OWN);
        if file == OWN && self.facts.network.resolver.is_loopback() {
            let what = format!(
                "{OWN} names the host itself as name server and the kubelet gives it to pods: CoreDNS asks itself and ends"
            );
            let hint =
                "set resolvConf in the kubelet's configuration, such as to /run/systemd/resolve/resolv.conf";
            self.fault("coredns-forwarding-loop", "kubelet", what, hint);
        }
    }

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

    /// What runtimes take: the first file by name that they can read.
    fn network(&mut self, config: &CniConfig) {
        let path = config.path.display();
        let Some((dirs, there)) = self.plugins() else { return };
        let missing: Vec<&str> = config
            .plugins
            .iter()
            .map(String::as_str)
            .filter(|name| !there.iter().any(|one| one == name))
            .collect();
        if !missing.is_empty() {
            let what = format!("{path} needs plugin {}, and {dirs} has none", missing.join(", "));
            self.fault(
                "cni-plugin-missing",
                "cni",
                what,
                "install the network plugin's programs there, or name their directory in plugin_dirs",
            );
        }
    }

    /// The directories CRI-O looks into, and what is in them; `None` where that is not known.
    fn plugins(&self) -> Option<(String, Vec<String>)> {
        let Value::Strings(dirs) = &self.crio.as_ref()?.get(&path_of("crio.network.plugin_dirs"))?.value
        else {
            return None;
        };
        let dirs: Vec<&str> = dirs.iter().map(|dir| dir.trim_end_matches('/')).collect();
        let known = &self.facts.cni.plugins;
        let seen = |dir: &&str| known.iter().any(|one| one.dir.to_str() == Some(dir));
        // Nothing is concluded from directories that were not looked into, or of a tree without programs:
        // only the host this runs on has its own addresses.
        let whole = self.facts.network.subnets.known().is_some();
        if !dirs.iter().any(seen) && !whole || !dirs.iter().all(|dir| self.looked_into(dir)) {
            return None;
        }
        let names = known.iter().filter(|one| dirs.iter().any(|dir| one.dir.to_str() == Some(dir)));
        Some((dirs.join(", "), names.flat_map(|one| one.names.clone()).collect()))
    }

    fn looked_into(&self, dir: &str) -> bool {
        host_prep::facts::CNI_PLUGIN_DIRS.contains(&dir)
    }
}
