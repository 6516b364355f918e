//! `k8sprep facts`.
//!
//! `host_prep::facts`, with what doctor tells in brief. Judges nothing else and changes nothing:
//! what could not be read is unknown, with its reason. JSON: `k8sprep.facts/v1`, which `doctor
//! --from` takes.

mod sheet;

use std::time::SystemTime;

use host_prep::facts::{Facts as Found, ModuleName, ObserveOptions, SysctlKey, observe};

use crate::cmd::Run;
use crate::cmd::shared::on_host::OnHost;
use crate::doctor::brief;
use crate::doctor::hosts::Profile;
use crate::failure::{Failure, step_after_reasons};
use crate::recipe::{self, CertificateLife, Finding};
use crate::ui::{Format, Ui};

/// The flags of `facts`.
#[derive(clap::Args, Debug)]
pub(crate) struct Facts {
    #[command(flatten)]
    on: OnHost,
    /// Look at this kernel module too; may be given several times
    #[arg(long, value_name = "NAME")]
    module: Vec<ModuleName>,
    /// Look at this kernel parameter too; may be given several times
    #[arg(long, value_name = "KEY")]
    sysctl: Vec<SysctlKey>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// The JSON document.
#[derive(serde::Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    facts: &'a Found,
    certificates: Vec<CertificateLife>,
    findings: Vec<Finding>,
    /// What `doctor --from` compares with other hosts.
    profile: Profile,
}

impl Run for Facts {
    const NAME: &'static str = "facts";
    const ABOUT: &'static str = "Look at a host and change nothing";
    const EXAMPLES: &'static str = "
  k8sprep facts
  k8sprep facts --root /mnt/image
  k8sprep facts --sysctl net.ipv4.conf.eth0.rp_filter --module ip_vs_rr
  k8sprep facts --output json | jq -r '.swap.sources[] | select(.atBoot) | .file'
  k8sprep facts --output json > n1.json   # for `k8sprep doctor --from n1.json n2.json`
  k8sprep facts --output json | jq -r '.findings[] | select(.severity == \"fault\") | .what'";
    const NOTES: &'static str = "
What cannot be read without root is said to be unknown, with the reason. What is wrong by what was read, whatever the
node shall be, stands at the end; `k8sprep verify` compares with a spec.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host_to_judge()?;
        let mut options = ObserveOptions::default();
        options.modules = self.module;
        options.sysctls = self.sysctl;
        let found: Found = observe(&host, &options);
        let now = SystemTime::now();
        let findings = brief(&host, &found, now);
        let certificates = recipe::certificate_lives(&found, now);
        match self.output {
            Format::Text => {
                let sheet = sheet::text(&found, &certificates, &findings);
                ui.lines(&sheet)?;
                let step = step_after_reasons(std::iter::once(sheet.as_str()));
                step.into_iter()
                    .for_each(|step| ui.note(format_args!("note: not all may be read by this user: {step}")));
                Ok(())
            }
            Format::Json => {
                let profile = Profile::of(&host, now);
                ui.json("facts", &Printed { facts: &found, certificates, findings, profile })
            }
        }
    }
}
