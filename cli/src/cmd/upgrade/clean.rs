//! `k8sprep upgrade clean`.

use std::time::SystemTime;

use host_prep::Host;
use serde_json::json;

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::on_host::failed;
use crate::cmd::{Exits, Run};
use crate::doctor::Inspection;
use crate::failure::{Exit, Failure};
use crate::stage::{Answer, Error, count};
use crate::ui::{Format, Ui};
use crate::upgrade::{self, Backups};

/// The flags of `upgrade clean`.
#[derive(clap::Args, Debug)]
pub(crate) struct Clean {
    /// How many of the newest backups of each kind stay
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    keep: usize,
    #[command(flatten)]
    consent: Consent,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Clean {
    const NAME: &'static str = "clean";
    const ABOUT: &'static str = "Delete the older backups that kubeadm's upgrades left on this control plane";
    const EXAMPLES: &'static str = "
  k8sprep upgrade clean              # shows them and asks; the newest of each kind stays
  k8sprep upgrade clean --keep 2 --yes";
    const NOTES: &'static str = "
kubeadm keeps the manifests and a copy of etcd's data of every upgrade in /etc/kubernetes/tmp, and never removes them.
What has no date in its name stays. While an upgrade is half done, or a manifest is missing, nothing is deleted. It
cannot be taken back.";
    const EXITS: Exits =
        &[(1, "an upgrade is half done, nobody said yes, or something could not be deleted")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = Host::live().map_err(|error| failed(&error))?;
        let seen = Inspection::of(&host, SystemTime::now());
        let found = upgrade::backups(&seen, self.keep)
            .map_err(|unread| Failure::cannot_read(&unread.source, &unread))?;
        if let Some(needed) = &found.needed_by {
            let text = format!("an upgrade is half done: {needed}, and the backups are its way back");
            let failure = Failure::new(Exit::Failed, "upgrade-half-done", text);
            return Err(failure
                .hint("`k8sprep upgrade plan --to RELEASE` says what is done, `k8sprep upgrade status` what was begun"));
        }
        if found.old.is_empty() {
            return self.told(&[], &found, ui);
        }
        for one in &found.old {
            ui.note(format_args!("to be deleted: {}", one.what));
        }
        match self.consent.answer("These backups are DELETED.", ui) {
            Answer::Yes => {}
            Answer::No => return Err(Error::Declined.into()),
            Answer::NobodyToAsk => return Err(Error::NobodyToAsk.into()),
        }
        let left = upgrade::clean(&host, &found);
        for (what, why) in &left {
            let code = crate::Code::LeftoverNotRemoved.as_str();
            ui.warn(code, format_args!("{what} could not be removed: {why}"));
        }
        let is_left = |what: &str| left.iter().any(|(one, _)| one == what);
        let gone: Vec<&str> =
            found.old.iter().map(|one| one.what.as_str()).filter(|what| !is_left(what)).collect();
        self.told(&gone, &found, ui)?;
        if left.is_empty() { Ok(()) } else { Err(Failure::silent(Exit::Failed)) }
    }
}

impl Clean {
    fn told(&self, gone: &[&str], found: &Backups, ui: &mut Ui) -> Result<(), Failure> {
        if self.output == Format::Json {
            return ui.json("upgrade-clean", &json!({ "removed": gone, "kept": found.kept }));
        }
        gone.iter().try_for_each(|what| ui.line(format_args!("removed {what}")))?;
        let stay = match found.kept.len() {
            0 => "nothing is left in /etc/kubernetes/tmp".to_owned(),
            1 => "1 entry stays in /etc/kubernetes/tmp".to_owned(),
            many => format!("{many} entries stay in /etc/kubernetes/tmp"),
        };
        match gone.len() {
            0 => ui.line(format_args!("no backup is older than those to keep; {stay}")),
            many => ui.line(format_args!("{} removed; {stay}", count(many, "backup"))),
        }
    }
}
