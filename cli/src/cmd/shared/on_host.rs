//! What the commands that change a host share: which host, how long to wait, and how progress is
//! shown.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use host_prep::cluster::Leftover;
use host_prep::fs::Root;
use host_prep::{
    Applied, Host, Kept, Need, Overwritten, Plan, Problem, Rollback, StepTitle, TransactionId, Watch, service,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::cmd::shared::limit::Limit;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt;
use crate::masked::masked;
use crate::stage::count;
pub(crate) use crate::stage::{moment, now};
use crate::ui::{Format, Ui};

/// Of which no host lacks all.
const OF_EVERY_HOST: [&str; 3] = ["/etc", "/usr", "/var"];

/// Which host.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct OnHost {
    /// Work on the tree of a host that is not running: an image, a mounted disk
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
}

/// Which host, where another run may be at work on it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ChangeHost {
    #[command(flatten)]
    pub(crate) on: OnHost,
    /// Wait up to this long for another run that is changing the host
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
}

/// The node that this runs on, for what is done to its processes: of a tree nothing of that can be.
#[cfg(feature = "api")]
pub(crate) fn node() -> Result<Host, Failure> {
    match host_prep::why_not_running() {
        Some(why) => {
            let what = format!("{why}: this is done on a node where it runs");
            Err(Failure::new(Exit::Failed, host_prep::Code::NeedsRunningHost.as_str(), what))
        }
        None => Host::live().map_err(|error| failed(&error)),
    }
}

impl OnHost {
    /// The running one, or a tree with the programs that can work on it.
    pub(crate) fn host(&self) -> Result<Host, Failure> {
        match self.root {
            None => Host::live().map_err(|error| Failure::from_error(&error)),
            Some(_) => self.tree().map(host_prep::package::host_of_tree),
        }
    }

    /// The same for who says of it that it is well: there has to be a host.
    pub(crate) fn host_to_judge(&self) -> Result<Host, Failure> {
        match self.root {
            None => self.host(),
            Some(_) => self.host_tree().map(host_prep::package::host_of_tree),
        }
    }

    /// The files of a host. A directory that is nobody's root, such as the place of a disk that is not mounted,
    /// would be called well, or be written into.
    pub(crate) fn host_tree(&self) -> Result<Root, Failure> {
        let root = self.tree()?;
        let gone = |dir: &&str| matches!(root.kind(Path::new(dir)), Ok(None));
        if !OF_EVERY_HOST.iter().all(gone) {
            return Ok(root);
        }
        let (path, dirs) = (root.path().display(), OF_EVERY_HOST.join(" nor "));
        let what = format!("{path} is no host's tree: it has neither {dirs}");
        Err(Failure::new(Exit::Failed, crate::Code::PathNotFound.as_str(), what)
            .hint("mount the host's file system there first, or name the directory that it is mounted on"))
    }

    /// The host to change: of a tree that this runs in and that is no running host, the files
    /// alone, as with `--root /`.
    pub(crate) fn host_to_change(&self) -> Result<Host, Failure> {
        match self.seen_from_within() {
            Some(_) => self.tree().map(host_prep::package::host_of_tree),
            None => self.host(),
        }
    }

    /// The same for who makes a node of it: there has to be a host.
    pub(crate) fn host_to_prepare(&self) -> Result<Host, Failure> {
        match self.root {
            None => self.host_to_change(),
            Some(_) => self.host_to_judge(),
        }
    }

    /// Why the tree that is meant does not run, where no flag says so.
    pub(crate) fn seen_from_within(&self) -> Option<&'static str> {
        if self.root.is_some() { None } else { host_prep::why_not_running() }
    }

    /// Says that only files are worked on, where no flag says so.
    pub(crate) fn tell(&self, ui: &mut Ui) {
        if let Some(why) = self.seen_from_within() {
            ui.note(format_args!("note: {why}; only its files are worked on, as with --root /"));
        } else if self.root.is_none() && !host_prep::runs_systemd() {
            ui.note("note: systemd does not run here; if this is an image, add --root /");
        }
    }

    /// The files alone.
    pub(crate) fn tree(&self) -> Result<Root, Failure> {
        let dir = self.root.as_deref().unwrap_or(Path::new("/"));
        let opened = std::path::absolute(dir)
            .map_err(|source| host_prep::Error::Root { path: dir.to_owned(), source })
            .and_then(Root::open);
        opened.map_err(|error| Failure::from_error(&error))
    }

    /// The path of the host that a file of the command line means.
    ///
    /// On the running host it may be relative to the working directory; a tree has none.
    pub(crate) fn path(&self, file: &Path) -> Result<PathBuf, Failure> {
        let shown = file.display();
        if self.root.is_some() && file.is_relative() {
            let failure = Failure::usage(format_args!("{shown} is not a path of the host below --root"));
            return Err(failure.hint("give the path as the host sees it, from / on"));
        }
        std::path::absolute(file).map_err(|error| {
            Failure::new(
                Exit::Failed,
                crate::Code::PathNotFound.as_str(),
                format_args!("cannot find {shown}: {error}"),
            )
        })
    }
}

impl ChangeHost {
    pub(crate) fn host(&self) -> Result<Host, Failure> {
        self.on.host_to_change()
    }

    /// Not at all where nothing is said.
    pub(crate) fn wait(&self) -> Duration {
        self.wait.map(Limit::duration).unwrap_or_default()
    }
}

/// Where nobody looks on, how long a program takes is told at these seconds, and at every minute.
const MILESTONES: [u64; 3] = [5, 15, 30];

/// The narrowest terminal that is reckoned with.
const PASSING: usize = 79;

/// Shows steps on stderr and stops at a step's edge after Ctrl-C or SIGTERM.
pub(crate) struct Progress<'a> {
    ui: &'a mut Ui,
    signals: &'static Signals,
    number: usize,
    /// Seconds that a program is at work, as they were told last.
    told: u64,
    /// What a program at work waits for.
    awaited: String,
}

impl<'a> Progress<'a> {
    /// Watches from now on: as long as this lives the signals no longer end the process by
    /// themselves.
    pub(crate) fn start(ui: &'a mut Ui) -> io::Result<Self> {
        let signals = Signals::get()?;
        signals.stop.store(false, Ordering::SeqCst);
        signals.unwatched.store(false, Ordering::SeqCst);
        Ok(Self { ui, signals, number: 0, told: 0, awaited: String::new() })
    }
}

impl Drop for Progress<'_> {
    /// What waits from here on, for a network or a reader of the result, has no step's edge to stop
    /// at.
    fn drop(&mut self) {
        self.signals.unwatched.store(true, Ordering::SeqCst);
    }
}

/// Notices Ctrl-C and SIGTERM as long as it lives, instead of ending at once.
pub(crate) struct Interrupt(&'static Signals);

impl Interrupt {
    pub(crate) fn start() -> io::Result<Self> {
        let signals = Signals::get()?;
        signals.stop.store(false, Ordering::SeqCst);
        signals.unwatched.store(false, Ordering::SeqCst);
        Ok(Self(signals))
    }

    /// Whether one came.
    pub(crate) fn came(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.unwatched.store(true, Ordering::SeqCst);
    }
}

/// The signals that ask a process to end.
struct Signals {
    stop: Arc<AtomicBool>,
    /// Whether they end it at once.
    unwatched: Arc<AtomicBool>,
}

impl Signals {
    /// Registered once; until work begins a signal ends the program as always.
    fn get() -> io::Result<&'static Self> {
        static SIGNALS: OnceLock<Signals> = OnceLock::new();
        if let Some(signals) = SIGNALS.get() {
            return Ok(signals);
        }
        let signals = Self { stop: Arc::default(), unwatched: Arc::clone(interrupt::unwatched()) };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Where a signal is told of first, who tells it ends the process.
            if signal == SIGHUP || !interrupt::tells() {
                flag::register_conditional_default(signal, Arc::clone(&signals.unwatched))?;
            }
            flag::register(signal, Arc::clone(&signals.stop))?;
        }
        Ok(SIGNALS.get_or_init(|| signals))
    }
}

impl Watch for Progress<'_> {
    fn step(&mut self, step: StepTitle<'_>, of: usize) {
        self.number += 1;
        let StepTitle { verb, subject, .. } = step;
        self.ui.note(format_args!("[{}/{of}] {verb} {subject}", self.number));
    }

    fn undo(&mut self, subject: &str) {
        self.ui.note(format_args!("rolling back {subject}"));
    }

    fn said(&mut self, line: &str) {
        // kubeadm tells the token that it made, and how to join with it.
        self.ui.note(format_args!("  {}", masked(line)));
    }

    fn waits(&mut self, since: Duration) {
        let seconds = since.as_secs();
        if seconds < self.told {
            // Another program.
            self.told = 0;
            self.awaited.clear();
        }
        if seconds == self.told {
            return;
        }
        let awaited = if self.awaited.is_empty() { String::new() } else { format!(": {}", self.awaited) };
        if self.ui.shows_progress() {
            // One line of a terminal: what is passed is taken away again.
            let line = format!("  {seconds} s{awaited}");
            self.ui.pass(line.chars().take(PASSING).collect::<String>());
        } else if MILESTONES.contains(&seconds) || seconds.is_multiple_of(60) {
            self.ui.note(format_args!("  {seconds} s{awaited}"));
        }
        self.told = seconds;
    }

    fn awaits(&mut self, what: &str) {
        self.awaited = what.to_owned();
    }

    fn stops(&mut self) -> bool {
        self.signals.stop.load(Ordering::Relaxed)
    }
}

/// Numbers with commas between.
pub(crate) fn listed(ids: &[TransactionId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A library error with what to do about it.
pub(crate) fn failed(error: &host_prep::Error) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        host_prep::Error::Interrupted { .. } => failure.hint("run `k8sprep recover`"),
        host_prep::Error::Locked { .. } => failure.hint("`--wait 5m` waits for it"),
        host_prep::Error::NoSkopeo { .. } => {
            failure.hint("install it (`apt install skopeo`, `dnf install skopeo`), or leave --images out")
        }
        host_prep::Error::Journal { .. } => failure
            .hint("`k8sprep history` shows what can still be read; the host is as the last run left it")
            .hint("move the file out of that directory, and k8sprep goes on without it: what it did is kept then"),
        _ => failure,
    }
}

/// The failure with what helps against each problem of the plan.
pub(crate) fn with_hints(failure: Failure, problems: &[Problem]) -> Failure {
    let mut hints: Vec<&str> = Vec::new();
    for problem in problems {
        // One thing to do can help against several problems.
        if !hints.contains(&&*problem.hint) {
            hints.push(&problem.hint);
        }
    }
    hints.into_iter().fold(failure, Failure::hint)
}

/// Fails where the plan has problems, with what helps against each.
pub(crate) fn nothing_in_the_way(plan: &Plan) -> Result<(), Failure> {
    let problems = plan.problems();
    if problems.is_empty() {
        return Ok(());
    }
    let what: Vec<_> = problems.iter().map(|problem| problem.what.as_str()).collect();
    let failure = Failure::new(
        Exit::Failed,
        host_prep::Code::PlanBlocked.as_str(),
        format_args!("nothing was changed: {}", what.join("; ")),
    );
    Err(with_hints(failure, problems))
}

/// Says what was done and how to go back.
pub(crate) fn taken(done: &Applied, ui: &mut Ui) -> Result<(), Failure> {
    let Some(id) = done.id else { return Ok(()) };
    ui.line(format_args!(
        "{} taken, transaction {id}; `k8sprep rollback --to {}` rolls them back",
        count(done.taken, "step"),
        id - 1
    ))
}

/// Prints what was rolled back and what units that run have to read again, and fails with exit 4
/// where that is not all.
pub(crate) fn report(host: &Host, done: &Rollback, output: Format, ui: &mut Ui) -> Result<(), Failure> {
    report_with(host, done, (output, &[]), ui)
}

/// The same, and what others left on the host, which is no failure.
pub(crate) fn report_with(
    host: &Host,
    done: &Rollback,
    (output, left): (Format, &[Leftover]),
    ui: &mut Ui,
) -> Result<(), Failure> {
    let needs = service::pending(host, &done.needs);
    let printed = match output {
        Format::Json => {
            let mut told = as_json(done, &needs);
            told["left"] = serde_json::json!(left);
            ui.json_document(&told)
        }
        Format::Text => as_text(done, ui).and_then(|()| now_run(host, &needs, ui)).and_then(|()| {
            let left = crate::cmd::shared::left_text::text(left);
            if left.is_empty() { Ok(()) } else { ui.lines(left) }
        }),
    };
    tell_strangers(host, ui);
    if done.is_complete() {
        return printed.and_then(|()| ui.finish()).map_err(|lost| lost.after("everything is as it was"));
    }
    let first = done.failures.first().map(|error| chain(error));
    let first = first.or_else(|| done.kept.first().map(|kept| format!("{}: {}", kept.what, kept.why)));
    let what = format!("not everything is as it was: {}", first.unwrap_or_default());
    let failure = Failure::new(Exit::RollbackIncomplete, crate::Code::RollbackIncomplete.as_str(), what);
    Err(hinted(failure, done))
}

/// The failure with what can be done about what a rollback left.
pub(crate) fn hinted(failure: Failure, left: &Rollback) -> Failure {
    let lost = left.kept.iter().any(|kept| kept.lost);
    let failure = if lost {
        failure.hint("restore what has no backup any more by hand, from your own backup")
    } else {
        failure
    };
    if !left.failures.is_empty() {
        failure
            .hint("run `k8sprep recover` to go on: what failed stays open, and is tried again")
            .hint("`k8sprep rollback` tries it again too; with `--force` it goes on without what fails again")
    } else if left.kept.iter().any(|kept| !kept.lost) {
        failure
            .hint("`k8sprep rollback --force` overwrites what something else changed, and keeps that version")
    } else {
        failure
    }
}

/// Says which files among the journals nobody reads.
pub(crate) fn tell_strangers(host: &Host, ui: &mut Ui) {
    // Where the directory itself cannot be read, that is said elsewhere.
    for path in host_prep::strangers(host).unwrap_or_default() {
        ui.warn(
            crate::Code::JournalNameUnknown.as_str(),
            format_args!("{} is not a journal of k8sprep by its name, and is not read", path.display()),
        );
    }
}

/// What is left to be run, for people; of a tree, in it.
pub(crate) fn now_run(host: &Host, needs: &[Need], ui: &mut Ui) -> Result<(), Failure> {
    let within = host.image_root().map(|root| format!("chroot {} ", root.display())).unwrap_or_default();
    let needs: Vec<_> = needs.iter().map(|need| format!("{within}{need}")).collect();
    if needs.is_empty() { Ok(()) } else { ui.line(format_args!("now run: {}", needs.join(", "))) }
}

/// The same for programs.
pub(crate) fn as_json(done: &Rollback, needs: &[Need]) -> serde_json::Value {
    serde_json::json!({
        "schema": "k8sprep.rollback/v1",
        "complete": done.is_complete(),
        "transactions": done.transactions,
        "undone": done.undone,
        "kept": done.kept,
        "overwritten": done.overwritten,
        "needs": needs,
        "failures": done.failures.iter().map(|error| chain(error)).collect::<Vec<_>>(),
    })
}

/// Says on stderr what a rollback left.
pub(crate) fn report_kept(done: &Rollback, ui: &mut Ui) {
    for Kept { what, why, .. } in &done.kept {
        ui.warn(crate::Code::RollbackIncomplete.as_str(), format_args!("left as it is: {what}: {why}"));
    }
    for error in &done.failures {
        ui.warn(error.code().as_str(), chain(error));
    }
}

/// What was rolled back, what was overwritten and kept, what was left.
fn as_text(done: &Rollback, ui: &mut Ui) -> Result<(), Failure> {
    if done.transactions.is_empty() {
        return ui.line("there is nothing to roll back");
    }
    let ids = listed(&done.transactions);
    ui.line(format_args!("rolled back: transaction {ids}, {}", count(done.undone, "step")))?;
    for Overwritten { what, saved, .. } in &done.overwritten {
        let kept = saved.as_ref().map(|path| format!("; it is kept in {}", path.display()));
        ui.line(format_args!("overwritten: what something else made of {what}{}", kept.unwrap_or_default()))?;
    }
    for Kept { what, why, wanted, .. } in &done.kept {
        ui.line(format_args!("left as it is: {what}: {why}"))?;
        if let Some(wanted) = wanted {
            ui.line(format_args!("  what was there before is in {}", wanted.display()))?;
        }
    }
    for error in &done.failures {
        ui.line(format_args!("not rolled back yet: {}", chain(error)))?;
    }
    Ok(())
}
