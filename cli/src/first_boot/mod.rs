//! A spec as what prepares a host before anybody logs in: cloud-init, Ignition, Kickstart, Ubuntu's
//! autoinstall, Cluster API, a Containerfile. Pure: a spec goes in, a text comes out.
//!
//! In all of them the spec is a file that root alone reads, the command names that file and is run
//! again without harm, and no secret stands on a command line.

mod cluster_api;
mod containerfile;
mod ignition;
mod kickstart;
mod yaml;

use std::fmt;

use crate::recipe::{KubeadmDocuments, NodeSpec, Role};

/// Where the spec lies on the host.
pub(crate) const SPEC_FILE: &str = "/etc/k8sprep/k8sprep.yaml";

/// What stands for the token where it is filled in later. Terraform, `envsubst` and shells know it.
pub(crate) const PLACEHOLDER: &str = "${K8SPREP_TOKEN}";

/// Any token: the placeholder takes its place in the text.
const STAND_IN: &str = "zzzzzz.zzzzzzzzzzzzzzzz";

/// What is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    /// User data of cloud-init.
    CloudInit,
    /// A configuration of Ignition, specification 3.3.0.
    Ignition,
    /// The `%post` of a Kickstart file.
    Kickstart,
    /// User data of Ubuntu's installer.
    Autoinstall,
    /// Documents of Cluster API, v1beta2.
    ClusterApi,
    /// A Containerfile of a bootable image.
    Containerfile,
}

/// A spec, and how it comes to the host.
#[derive(Clone, Debug)]
pub(crate) struct FirstBoot {
    /// What the node shall be, with its token where it is known.
    pub(crate) spec: NodeSpec,
    /// Whether a placeholder stands where the token is.
    pub(crate) token_later: bool,
    /// Whether something else installs packages.
    pub(crate) no_packages: bool,
    /// Where the host gets this program; `None`: it is there.
    pub(crate) program: Option<Download>,
    /// The image that a Containerfile starts from.
    pub(crate) base: Option<String>,
}

/// A program to be fetched.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    /// Its URL.
    pub(crate) url: String,
    /// Its SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
}

impl Download {
    /// A program at a URL.
    pub(crate) fn new(url: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self { url: url.into(), sha256: sha256.into() }
    }
}

/// Why something cannot be written for a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unfit {
    /// The file holds the spec encoded: nobody could fill in a token.
    PlaceholderEncoded,
    /// An image is of many hosts, and keeps what it was made with.
    ProgramInImage,
    /// The spec has a line that the file takes for its own.
    LineOfItsOwn,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlaceholderEncoded => "the spec is encoded there, and nobody could fill a token in later",
            Self::ProgramInImage => "the program is copied into an image from beside its Containerfile",
            Self::LineOfItsOwn => "the spec has a line that begins with `%`, which ends the section",
        })
    }
}

/// What was written, and what somebody should know of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Written {
    /// The file.
    pub(crate) text: String,
    /// What is left out or left to do, a sentence each.
    pub(crate) notes: Vec<String>,
}

impl FirstBoot {
    /// Of a spec on a host that has this program and installs packages.
    pub(crate) fn new(spec: NodeSpec) -> Self {
        Self { spec, token_later: false, no_packages: false, program: None, base: None }
    }

    /// The file for a target.
    ///
    /// # Errors
    ///
    /// Where the target has no way to say it.
    pub(crate) fn write(&self, target: Target) -> Result<Written, Unfit> {
        let mut notes = Vec::new();
        let text = match target {
            Target::CloudInit => yaml::cloud_init(self),
            Target::Autoinstall => yaml::autoinstall(self),
            Target::Ignition => ignition::write(self)?,
            Target::Kickstart => kickstart::write(self)?,
            Target::ClusterApi => cluster_api::write(self, &mut notes),
            Target::Containerfile => containerfile::write(self, &mut notes)?,
        };
        if self.holds_token() && !matches!(target, Target::ClusterApi | Target::Containerfile) {
            notes.push(
                "the file holds a bootstrap token: whoever reads it can join, until the token ends".into(),
            );
        }
        Ok(Written { text: self.with_placeholder(text), notes })
    }

    fn holds_token(&self) -> bool {
        let of_join = self.spec.join.as_ref().and_then(|join| join.token.as_ref());
        !self.token_later && (of_join.is_some() || self.spec.token.is_some())
    }

    fn with_placeholder(&self, text: String) -> String {
        if self.token_later { text.replace(STAND_IN, PLACEHOLDER) } else { text }
    }

    /// The spec with the token, or with what the placeholder takes the place of.
    fn spec_text(&self) -> String {
        let mut spec = self.spec.clone();
        if self.token_later {
            let token = STAND_IN.parse().ok();
            match &mut spec.join {
                Some(join) => join.token = token,
                None => spec.token = token,
            }
        }
        text_of(&spec)
    }

    /// The same without what is of one cluster or one node: for images.
    fn spec_of_image(&self, leave_kubeadm: bool) -> (String, bool) {
        let mut spec = self.spec.clone();
        let had = spec.join.take().is_some() | spec.token.take().is_some() | spec.node_name.take().is_some();
        if leave_kubeadm {
            spec.kubeadm = KubeadmDocuments::Leave;
            spec.kubeadm_config = None;
        }
        (text_of(&spec), had || self.token_later)
    }

    /// Whether the first boot ends in a node: one that joins, or a control plane.
    fn ends_in_a_node(&self) -> bool {
        self.spec.join.is_some() || self.spec.role == Role::ControlPlane
    }

    /// The command of the first boot, its words.
    fn command(&self, program: &str) -> Vec<String> {
        let words: &[&str] = if self.ends_in_a_node() {
            &["up", "--spec", SPEC_FILE, "--yes", "--output", "json"]
        } else {
            &["apply", "--spec", SPEC_FILE, "--output", "json"]
        };
        let no_packages = self.no_packages.then_some("--no-packages");
        std::iter::once(program).chain(words.iter().copied()).chain(no_packages).map(str::to_owned).collect()
    }

    /// The command that prepares a tree from within, before its first boot.
    fn prepare(&self) -> String {
        let no_packages = if self.no_packages { " --no-packages" } else { "" };
        format!("k8sprep apply --root / --spec {SPEC_FILE}{no_packages}")
    }

    /// The unit of the first boot. A boot runs it until it was done once; then it is switched off, or a
    /// host that `k8sprep down` took out of its cluster would be a node again after a reboot.
    ///
    /// systemd before 239 wants the whole path of a program (systemd.service(5)).
    fn unit(&self, program: &str) -> String {
        let command = self.command(program).join(" ");
        format!(
            "[Unit]\nDescription=Make this host the node that {SPEC_FILE} describes\n\
             Documentation=man:k8sprep(1)\nWants=network-online.target\nAfter=network-online.target\n\n\
             [Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=30min\nExecStart={command}\n\
             ExecStartPost=/bin/systemctl disable {UNIT}\n\n\
             [Install]\nWantedBy=multi-user.target\n"
        )
    }
}

/// The name of that unit.
const UNIT: &str = "k8sprep-first-boot.service";

fn text_of(spec: &NodeSpec) -> String {
    // A spec is written as it is read; each of its types holds what its file can.
    serde_yaml::to_string(spec).unwrap_or_default()
}
