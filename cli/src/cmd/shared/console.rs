//! The stages of the library, told and asked at the console.
//!
//! The `Reporter` of the library with a terminal behind it: notes and warnings on stderr, plans
//! where they are looked for, questions only where there is somebody.

use std::fmt;
use std::io;

use host_prep::cluster::Leftover;
use host_prep::{Plan, Watch};

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::on_host::{Progress, failed, with_hints};
use crate::cmd::shared::outlook_sheet;
use crate::cmd::shared::plan_sheet;
use crate::doctor::Outlook;
use crate::failure::{Exit, Failure, Place, chain};
use crate::stage::{Answer, Error, Foreseen, Given, Question, Reporter, Verdict, count};
use crate::ui::Ui;

/// Progress on stderr, questions on the terminal.
pub(crate) struct Console<'a> {
    ui: &'a mut Ui,
    consent: Consent,
}

impl<'a> Console<'a> {
    /// For stages that ask nothing.
    pub(crate) fn new(ui: &'a mut Ui) -> Self {
        Self { ui, consent: Consent { yes: false } }
    }

    /// For stages that ask before they change something.
    pub(crate) fn asking(ui: &'a mut Ui, consent: Consent) -> Self {
        Self { ui, consent }
    }
}

impl Reporter for Console<'_> {
    fn note(&mut self, text: &dyn fmt::Display) {
        self.ui.note(text);
    }

    fn warn(&mut self, code: &'static str, text: &dyn fmt::Display) {
        self.ui.warn(code, text);
    }

    fn plan(&mut self, plan: &Plan) {
        self.ui.sheet(plan_sheet::text(plan).trim_end());
    }

    fn outlook(&mut self, outlook: &Outlook) {
        let text = outlook_sheet::text(outlook);
        if !text.is_empty() {
            self.ui.sheet(text.trim_end());
        }
    }

    fn upgrade(&mut self, plan: &crate::upgrade::Plan) {
        self.ui.sheet(crate::cmd::shared::upgrade_sheet::text(plan).trim_end());
    }

    fn leftovers(&mut self, left: &[Leftover]) {
        self.ui.quote(crate::cmd::shared::left_text::text(left).trim_end());
    }

    fn confirm(&mut self, question: Question) -> Answer {
        self.consent.answer(&question.to_string(), self.ui)
    }

    fn watch(&mut self) -> io::Result<Box<dyn Watch + '_>> {
        Ok(Box::new(Progress::start(self.ui)?))
    }
}

/// Exit status and, where the program has a command or flag for it, what to do.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = if error.is_rollback_incomplete() { Exit::RollbackIncomplete } else { Exit::Failed };
        let code = error.code();
        let failure = Self::new(exit, code, chain(&error));
        match error {
            Error::Host(error) => failed(&error),
            Error::Spec(_) => failure.hint("edit one of the two in the spec"),
            Error::Foreseen(all) => {
                let all: Vec<_> = all.iter().map(by_flag).collect();
                Self::new(exit, code, format_args!("nothing was changed: {}", all.join("; ")))
            }
            Error::InTheWay(problems) => with_hints(failure, &problems),
            Error::NobodyToAsk => failure.hint("give --yes to go on without being asked"),
            Error::Stopped { .. } => {
                failure.hint("the same command continues, `k8sprep rollback` rolls them back")
            }
            Error::RollbackFailed { source, before } => {
                failed(&source).hint(format_args!("before that: {}", chain(&*before)))
            }
            Error::UnknownEnd => failure
                .hint("`journalctl -u kubelet -u crio` says why; `up --resume` runs `kubeadm init` again"),
            Error::StandsOnIt { .. } => failure
                .hint("leave --no-reset out: `k8sprep down` takes the node out of its cluster first")
                .hint("`k8sprep rollback --to 0 --force` takes it away from under the node"),
            Error::OtherNode { .. } => failure
                .hint("`k8sprep down` takes the node out of its cluster first")
                .hint("or give the spec that it was made with"),
            Error::NothingToJoin => failure
                .hint("write `join` into the spec, or give --join-config")
                .hint("or run the command that `up` printed on the control plane"),
            Error::UpgradeBlocked(all) => {
                let head = format!("nothing was changed: {} in the way of the upgrade:", count(all.len(), "verdict"));
                verdicts(exit, code, head, &all)
            }
            Error::UpgradeUndecided(all) => {
                let head = "nothing was changed: it cannot be told whether the upgrade can begin:".to_owned();
                verdicts(exit, code, head, &all)
            }
            Error::UpgradeUnderWay { back: false, .. } => {
                failure.hint("`k8sprep upgrade resume` goes on with it, `k8sprep upgrade abort` goes back")
            }
            Error::UpgradeUnderWay { back: true, .. } => {
                failure.hint("`k8sprep upgrade abort` goes on with the way back")
            }
            Error::UpgradeStep { .. } => failure
                .hint("`k8sprep upgrade resume` goes on; `k8sprep upgrade abort` goes back as far as there is a way"),
            Error::UpgradeFollowed { .. } => {
                failure.hint("roll that one back first: `k8sprep rollback`")
            }
            Error::Unconfirmed { .. } => failure.hint("run `k8sprep confirm` or `k8sprep rollback` first"),
            Error::GoneAfterReboot { .. } => {
                failure.hint("copy the program to /usr/local/bin and run it from there")
            }
            _ => failure,
        }
    }
}

/// Each on a line of its own, and for programs with its place.
fn verdicts(exit: Exit, code: &'static str, head: String, all: &[Verdict]) -> Failure {
    let lines = std::iter::once(head).chain(all.iter().map(|one| format!("  {one}")));
    let place = |one: &Verdict| Place {
        file: one.file.clone(),
        line: one.line,
        text: one.to_string(),
        ..Place::default()
    };
    Failure::lines(exit, code, lines)
        .at(all.iter().map(place).collect())
        .hint("`k8sprep explain CODE` says how to mend each; `k8sprep upgrade plan --to RELEASE` shows what files tell")
}

/// What is wrong with what a flag gave, under the flag's name.
fn by_flag(problem: &Foreseen) -> String {
    let what = &problem.what;
    match &problem.given {
        Given::Manifest(file) => format!("--cni {}: {what}", file.display()),
        Given::User(name) => format!("--user {name}: {what}"),
        Given::JoinConfig(file) => format!("--join-config {}: {what}", file.display()),
        _ => what.clone(),
    }
}
