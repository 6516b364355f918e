//! What keeps a kubelet from starting, or from working with CRI-O.

use host_prep::facts::FileText;
use kubeadm_config::yaml::{self, Base, Node};

use super::Look;
use crate::recipe::decided::same_socket;
use crate::recipe::table::{Harm, OLD_KUBELET_FLAGS, OLDEST_SUPPORTED};

/// Where kubeadm writes it and its drop-in's `--config` points to.
const CONFIG: &str = "/var/lib/kubelet/config.yaml";

/// The first minor whose file names the runtime's endpoint, and what it is where nothing says it.
const FIELD_SINCE: u64 = 27;
const DEFAULT_ENDPOINT: &str = "unix:///run/containerd/containerd.sock";

impl Look<'_> {
    /// From the file to the flags, as the kubelet reads them.
    pub(super) fn kubelet(&mut self) {
        self.kubelet_config();
        self.kubelet_refusals();
        self.alpha_drop_ins();
        self.endpoints();
        self.old_flags();
    }

    /// Before `kubeadm init` the file is not there by design, and that is no finding.
    fn kubelet_config(&mut self) {
        let Some(file) = self.facts.kubelet.config.known() else { return };
        let path = self.facts.kubelet.flag("config").unwrap_or(CONFIG).to_owned();
        match (file, self.member()) {
            (None, Some(trace)) => {
                let what = format!(
                    "{path} is not there, though kubeadm was here ({trace} is): the kubelet ends at once"
                );
                let hint = match path == CONFIG {
                    // kubeadm copies the old one first, and ends where there is none (1.34, postupgrade.go).
                    true => format!(
                        "`touch {path}`, then `kubeadm upgrade node phase kubelet-config` writes it again on a member of \
                         a cluster"
                    ),
                    // It writes no other file.
                    false => format!(
                        "put {path} back, or take --config={path} out of {}: kubeadm writes {CONFIG}",
                        self.place_of_flag("config")
                    ),
                };
                self.fault("kubelet-config-missing", "kubelet", what, hint);
            }
            // kubeadm never writes one at another place.
            (None, None) if path != CONFIG && path.starts_with('/') && !path.contains('%') => {
                let place = self.place_of_flag("config");
                let what = format!(
                    "{place}: --config names {path}, which is not there, and kubeadm writes {CONFIG}: the kubelet ends at \
                     once"
                );
                self.fault("kubelet-config-missing", "kubelet", what, format!("write --config={CONFIG}"));
            }
            // With a unit the kubelet's own rules judge it, this too.
            (Some(file), _) if self.facts.kubelet.unit.is_none() || self.kubelet_minor().is_none() => {
                if let Err(error) = yaml::read(&file.bytes, Base::default()) {
                    let what = format!("{path}: the kubelet exits at once: {error}");
                    self.fault("kubelet-config-unreadable", "kubelet", what, "mend that line");
                }
            }
            _ => {}
        }
    }

    /// While `--config-dir` was alpha the kubelet ended at it without a variable (`cmd/kubelet/app/server.go` of
    /// 1.28 and 1.29).
    fn alpha_drop_ins(&mut self) {
        const VARIABLE: &str = "KUBELET_CONFIG_DROPIN_DIR_ALPHA";
        let Some(minor @ 28..=29) = self.kubelet_minor() else { return };
        let kubelet = &self.facts.kubelet;
        let (Some(dir), Some(unit)) = (kubelet.flag("config-dir"), &kubelet.unit) else { return };
        // Of a file that could not be read nothing is known.
        if dir.is_empty() || unit.environment.contains_key(VARIABLE) || !unit.unknown.is_empty() {
            return;
        }
        let place = self.place_of_flag("config-dir");
        let what = format!(
            "{place}: kubelet 1.{minor} exits: flag {dir} specified but environment variable {VARIABLE} not set, \
             cannot start kubelet"
        );
        let hint =
            format!("take --config-dir out, or write Environment={VARIABLE}=true into a drop-in of the unit");
        self.fault("kubelet-dropin-refused", "kubelet", what, hint);
    }

    /// The kubelet must talk to the socket CRI-O listens on.
    fn endpoints(&mut self) {
        if !self.has_crio() {
            return;
        }
        let listens = match self.agreed {
            Some(agreed) => Some(agreed.cri_socket.as_str()),
            None => self.crio_text("crio.api.listen"),
        };
        let Some(listens) = listens.map(str::to_owned) else { return };
        for (place, endpoint) in self.kubelets_endpoints() {
            if !same_socket(&endpoint, &listens) {
                let what =
                    format!("{place} sends the kubelet to {endpoint}, CRI-O listens on unix://{listens}");
                self.fault(
                    "cri-socket-mismatch",
                    "kubelet",
                    what,
                    format!("write unix://{listens} there, and restart the kubelet"),
                );
            }
        }
    }

    /// Each place that names an endpoint, with the endpoint. A flag hides the files.
    fn kubelets_endpoints(&self) -> Vec<(String, String)> {
        let kubelet = &self.facts.kubelet;
        let flag = "container-runtime-endpoint";
        // The flag wins. kubeadm wrote it into kubeadm-flags.env up to 1.33; from 1.34 on the
        // field is in instance-config.yaml (feature gate NodeLocalCRISocket).
        if let Some(value) = kubelet.flag(flag) {
            return vec![(self.place_of_flag(flag), value.to_owned())];
        }
        // Where it is empty the kubelet fills in a default (`SetDefaults_KubeletConfiguration`); kubeadm up to
        // 1.33 writes it so and passes the flag.
        let has_default = self.kubelet_minor().is_some_and(|minor| minor >= FIELD_SINCE);
        let says = |file: &FileText| {
            let node = setting(file, "containerRuntimeEndpoint")?;
            let place = format!("{}:{}", file.path.display(), node.span.position.line);
            match node.as_str()? {
                "" if has_default => Some((format!("{place} is empty, which"), DEFAULT_ENDPOINT.to_owned())),
                "" => None,
                value => Some((place, value.to_owned())),
            }
        };
        // Of the files that the kubelet merges the last one that says it wins.
        let config = kubelet.config.known().into_iter().flatten();
        let read = config.chain(kubelet.drop_ins()).filter_map(says).next_back();
        // kubeadm writes it into the configuration at an upgrade; the kubelet itself does not read it. That
        // the two differ is a check of its own.
        let instance = || kubelet.instance_config.known().and_then(|file| says(file.as_ref()?));
        read.or_else(instance).into_iter().collect()
    }

    /// Flags that the kubelet does not know: a plan takes them out of the extra arguments, and
    /// nobody out of other files.
    fn old_flags(&mut self) {
        let kubelet = &self.facts.kubelet;
        let minor = self.kubelet_minor().unwrap_or(OLDEST_SUPPORTED);
        let own = kubelet.extra_args.as_deref().filter(|_| self.agreed.is_some()).unwrap_or_default();
        let seen_to: Vec<&str> = own.split_whitespace().map(flag_name).collect();
        let wrong =
            OLD_KUBELET_FLAGS.iter().filter(|old| old.harm == Harm::Unknown && minor >= old.wrong_since);
        let wrong = wrong.filter(|old| kubelet.flag(old.flag).is_some() && !seen_to.contains(&old.flag));
        let wrong: Vec<_> = wrong.map(|old| (self.place_of_flag(old.flag), old)).collect();
        for (place, old) in wrong {
            let what = format!("{place}: the kubelet has --{}: {}", old.flag, old.why());
            self.fault(
                "kubelet-flag-unknown",
                "kubelet",
                what,
                "take it away there; `kubeadm upgrade node` does so in its own file",
            );
        }
    }

    /// The file a flag of the kubelet comes from: an environment file, else the unit.
    pub(super) fn place_of_flag(&self, flag: &str) -> String {
        let Some(unit) = &self.facts.kubelet.unit else { return "the kubelet's unit".into() };
        let has = |text: &str| {
            text.split_whitespace().any(|word| word.starts_with("--") && flag_name(word) == flag)
        };
        // Later files win (systemd.exec(5), EnvironmentFile=).
        let files = unit.environment_files.iter().rev();
        let file =
            files.into_iter().find(|file| file.variables.iter().flatten().any(|(_, value)| has(value)));
        file.map_or_else(|| unit.path.display().to_string(), |file| file.path.display().to_string())
    }

    /// A setting of the kubelet's configuration file.
    pub(super) fn kubelet_setting(&self, key: &str) -> Option<Node> {
        setting(self.facts.kubelet.config.known()?.as_ref()?, key)
    }
}

/// `None` for a file that is no YAML too: that is another finding.
pub(super) fn setting(file: &FileText, key: &str) -> Option<Node> {
    setting_of(&file.bytes, key)
}

/// The same of a text.
pub(super) fn setting_of(text: &[u8], key: &str) -> Option<Node> {
    yaml::read(text, Base::default()).ok()?.root.get(key).cloned()
}

/// Without dashes and value.
fn flag_name(word: &str) -> &str {
    word.trim_start_matches('-').split('=').next().unwrap_or_default()
}
