//! The commands: one table, one file each.
//!
//! A command is a struct of flags that implements [`Run`]; a row in [`COMMANDS`] makes it known.
//! Only the command that is asked for is built: a whole clap tree would cost more than most
//! commands do.

mod apply;
mod bundle;
mod ca_hash;
mod certs;
mod check_config;
mod completions;
mod confirm;
mod crio;
mod doctor;
mod down;
mod explain;
mod facts;
mod r#gen;
mod gen_config;
mod help;
mod history;
mod images;
mod init_spec;
mod join_command;
mod lint;
mod man;
mod migrate_config;
mod migrate_runtime;
mod plan;
mod print_defaults;
mod probe_crio;
mod recover;
mod rollback;
mod schema;
mod seal;
mod shared;
mod token;
mod up;
mod upgrade;
mod verify;
mod version;

use std::ffi::OsString;
use std::slice;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::{Exit, Failure};
use crate::ui::Ui;
pub(crate) use help::{Exits, Page};

/// The tasks that the commands are listed under.
const PREPARE: &str = "From a bare host to a node";
/// From `rollback` to `confirm`.
const BACK: &str = "Put back what was changed";
/// They change nothing.
const LOOK: &str = "Look at a host";
const LATER: &str = "From one minor to the next";
/// No host is needed for them.
const KUBEADM: &str = "kubeadm's documents";
/// On a control plane.
const JOIN: &str = "Let nodes join";
/// The `crio` and `bundle` groups among them.
const RUNTIME: &str = "CRI-O, images and hosts without a network";
/// `version`, `man` and their like.
const PROGRAM: &str = "About this program";

/// Every command, in the order of `k8sprep --help`: what a newcomer needs comes first.
const COMMANDS: &[Entry] = &[
    leaf::<init_spec::InitSpec>().under(PREPARE),
    leaf::<plan::Plan>().under(PREPARE),
    leaf::<apply::Apply>().under(PREPARE),
    leaf::<up::Up>().under(PREPARE),
    leaf::<verify::Verify>().under(PREPARE),
    leaf::<rollback::Rollback>().under(BACK),
    leaf::<down::Down>().under(BACK),
    leaf::<history::History>().under(BACK),
    leaf::<confirm::Confirm>().under(BACK),
    leaf::<recover::Recover>().under(BACK),
    leaf::<doctor::Doctor>().under(LOOK),
    leaf::<facts::Facts>().under(LOOK),
    leaf::<probe_crio::ProbeCrio>().under(LOOK),
    leaf::<explain::Explain>().under(LOOK),
    upgrade::UPGRADE.under(LATER),
    leaf::<gen_config::GenConfig>().under(KUBEADM),
    leaf::<check_config::CheckConfig>().under(KUBEADM),
    leaf::<lint::Lint>().under(KUBEADM),
    leaf::<migrate_config::MigrateConfig>().under(KUBEADM),
    leaf::<print_defaults::PrintDefaults>().under(KUBEADM),
    leaf::<images::Images>().under(KUBEADM),
    token::TOKEN.under(JOIN),
    leaf::<join_command::Join>().under(JOIN),
    certs::CERTS.under(JOIN),
    leaf::<ca_hash::CaHash>().under(JOIN),
    crio::CRIO.under(RUNTIME),
    migrate_runtime::MIGRATE_RUNTIME.under(RUNTIME),
    bundle::BUNDLE.under(RUNTIME),
    leaf::<r#gen::Gen>().under(RUNTIME),
    leaf::<seal::Seal>().under(RUNTIME),
    leaf::<schema::Schema>().under(PROGRAM),
    leaf::<completions::Completions>().under(PROGRAM),
    leaf::<man::Man>().under(PROGRAM),
    leaf::<version::Version>().under(PROGRAM),
];

/// The page of the program itself.
const TOP: Page = Page {
    examples: "
  k8sprep init-spec -o k8sprep.yaml       # say what the node shall be
  k8sprep plan                            # what would change on this host, and why
  k8sprep up                              # prepare it and make it a node; asks before it changes
  k8sprep doctor                          # what is wrong on this host, and what to do
  k8sprep check-config kubeadm.yaml       # what kubeadm would say, everything at once
  k8sprep down                            # take the node out again and put the host back",
    notes: "
Every command has --help with examples. What says or changes anything prints one JSON
document with --output json.",
    exits: &[help::FOUND, help::NOT_ROLLED_BACK],
};

/// One command: its flags are the struct's fields.
pub(crate) trait Run: clap::Args {
    /// The word on the command line.
    const NAME: &'static str;
    /// One line for the list of commands, without a full stop.
    const ABOUT: &'static str;
    /// Real command lines, each with what it does, shown below the flags; indented by two.
    const EXAMPLES: &'static str;
    /// What else there is to know.
    const NOTES: &'static str = "";
    /// Exit statuses that mean something else than done, failed and wrong usage.
    const EXITS: Exits = &[];

    /// Does the work.
    fn run(self, ui: &mut Ui) -> Result<(), Failure>;
}

/// A row of the table.
pub(crate) struct Entry {
    name: &'static str,
    about: &'static str,
    /// What it is listed under on the top page.
    task: &'static str,
    page: Page,
    body: Body,
}

impl Entry {
    /// The heading of the help page that the entry stands under.
    const fn under(mut self, task: &'static str) -> Self {
        self.task = task;
        self
    }
}

/// A command, or more entries. Functions and no values, so that nothing is built before it is
/// asked for.
enum Body {
    Leaf { build: fn() -> clap::Command, run: fn(&clap::ArgMatches, &mut Ui) -> Result<(), Failure> },
    Group(&'static [Entry]),
}

/// The row of a command.
pub(crate) const fn leaf<T: Run>() -> Entry {
    Entry {
        name: T::NAME,
        about: T::ABOUT,
        task: "",
        page: page::<T>(),
        body: Body::Leaf { build: command::<T>, run: parsed::<T> },
    }
}

/// The row of a word that has commands below it, such as `token generate`.
pub(crate) const fn group(
    name: &'static str,
    about: &'static str,
    examples: &'static str,
    entries: &'static [Entry],
) -> Entry {
    let page = Page::of_group(examples, exits_of(entries));
    Entry { name, about, task: "", page, body: Body::Group(entries) }
}

/// What commands below a word end with beside what every command does.
const fn exits_of(entries: &[Entry]) -> Exits {
    match (any_ends_with(entries, 3), any_ends_with(entries, 4)) {
        (true, true) => &[help::FOUND, help::NOT_ROLLED_BACK],
        (true, false) => &[help::FOUND],
        (false, true) => &[help::NOT_ROLLED_BACK],
        (false, false) => &[],
    }
}

const fn any_ends_with(entries: &[Entry], status: u8) -> bool {
    let mut at = 0;
    while at < entries.len() {
        let exits = entries[at].page.exits;
        let mut one = 0;
        while one < exits.len() {
            if exits[one].0 == status {
                return true;
            }
            one += 1;
        }
        at += 1;
    }
    false
}

/// Constants of the command's own file.
const fn page<T: Run>() -> Page {
    Page { examples: T::EXAMPLES, notes: T::NOTES, exits: T::EXITS }
}

/// Finds the command that `args` (program name first) asks for, and runs it.
pub(crate) fn dispatch(args: &[OsString], ui: &mut Ui) -> Result<(), Failure> {
    let mut words = args.get(1..).unwrap_or_default();
    // `k8sprep help x` is `k8sprep x --help`.
    let help_asked = words.len() > 1 && words[0] == "help";
    if help_asked {
        words = &words[1..];
    }
    let help = OsString::from("--help");
    let mut entries = COMMANDS;
    let mut path = vec!["k8sprep"];
    let mut above = None;
    loop {
        let found = words.first().and_then(|word| entries.iter().find(|entry| *word == entry.name));
        let Some(entry) = found else {
            let words = if help_asked && words.is_empty() { slice::from_ref(&help) } else { words };
            return list(&path, above, entries, words, ui);
        };
        path.push(entry.name);
        above = Some(entry);
        words = &words[1..];
        match &entry.body {
            Body::Group(below) => entries = below,
            Body::Leaf { build, run } => {
                let words = if help_asked { slice::from_ref(&help) } else { words };
                return match parse(named(build(), &path), words, ui)? {
                    Some(matches) => run(&matches, ui),
                    None => Ok(()),
                };
            }
        }
    }
}

/// The whole tree with every flag: for what describes the command line, never for running a
/// command.
pub(crate) fn tree() -> clap::Command {
    fn add(command: clap::Command, path: &[&str], entries: &[Entry]) -> clap::Command {
        command.subcommands(entries.iter().map(|entry| {
            let path = [path, &[entry.name]].concat();
            let below = match &entry.body {
                Body::Leaf { build, .. } => build(),
                Body::Group(below) => add(group_of(entry), &path, below),
            };
            named(below, &path)
        }))
    }
    let path = ["k8sprep"];
    add(named(root(), &path), &path, COMMANDS)
}

/// Every command with the words that name it, the program itself first.
pub(crate) fn pages() -> Vec<(Vec<&'static str>, Page)> {
    fn add(path: &[&'static str], entries: &'static [Entry], all: &mut Vec<(Vec<&'static str>, Page)>) {
        for entry in entries {
            let path = [path, &[entry.name]].concat();
            all.push((path.clone(), entry.page));
            if let Body::Group(below) = entry.body {
                add(&path, below, all);
            }
        }
    }
    let mut all = vec![(vec!["k8sprep"], TOP)];
    add(&["k8sprep"], COMMANDS, &mut all);
    all
}

/// The top page.
fn root() -> clap::Command {
    wide(clap::Command::new("k8sprep"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .version(version::SHORT)
        .after_help(TOP.after_help())
        .subcommand_required(true)
}

/// A command that only has others.
fn group_of(entry: &Entry) -> clap::Command {
    wide(clap::Command::new(entry.name))
        .about(entry.about)
        .after_help(entry.page.after_help())
        .subcommand_required(true)
}

/// Built anew for each use; none is kept.
fn command<T: Run>() -> clap::Command {
    // The comment on the struct of flags is for its readers.
    let flags = T::augment_args(wide(clap::Command::new(T::NAME)));
    flags.about(T::ABOUT).long_about(None::<&str>).after_help(page::<T>().after_help())
}

/// As wide as the terminal, within what can be read.
fn wide(command: clap::Command) -> clap::Command {
    command.max_term_width(help::COLUMNS)
}

/// clap has checked the words; what is left is the command's own.
fn parsed<T: Run>(matches: &clap::ArgMatches, ui: &mut Ui) -> Result<(), Failure> {
    T::from_arg_matches(matches).map_err(|error| clap_failure(&error))?.run(ui)
}

/// No command was named: prints the list, or says that the word is none.
fn list(
    path: &[&str],
    above: Option<&Entry>,
    entries: &[Entry],
    words: &[OsString],
    ui: &mut Ui,
) -> Result<(), Failure> {
    let rows = entries.iter().map(|entry| clap::Command::new(entry.name).about(entry.about));
    let command = match above {
        Some(entry) => group_of(entry),
        None => root().help_template(help::top_page(entries)),
    };
    let command = named(command, path).arg_required_else_help(true).subcommands(rows);
    parse(command, words, ui).map(|_| ())
}

/// Parses the words after a command. `None`: help or the version was asked for and is printed.
fn parse(
    command: clap::Command,
    words: &[OsString],
    ui: &mut Ui,
) -> Result<Option<clap::ArgMatches>, Failure> {
    match command.no_binary_name(true).try_get_matches_from(words) {
        Ok(matches) => Ok(Some(matches)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            ui.styled(error.render().ansi())?;
            Ok(None)
        }
        Err(error) => Err(clap_failure(&error)),
    }
}

/// Clap's own message, less the word `error` that [`Ui::failure`] puts in front.
fn clap_failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return usage(&format!("no command is given\n\n{}", text.trim_end()));
    }
    // A word of the command line may have lines of its own; clap takes styles out of it.
    let words = error.context().filter_map(|(_, value)| match value {
        ContextValue::String(word) => Some(word),
        _ => None,
    });
    let said = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(word)) => word.as_str(),
        _ => "",
    };
    let (flag, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
    let text = crate::masked::without_word(&text, flag, value);
    // Where no flag is meant, the word is itself what is wrong.
    let text = crate::masked::without_word(&text, "", flag);
    let text = words.fold(text, |text, word| {
        let plain = anstream::adapter::strip_str(word).to_string();
        if plain.contains('\n') { text.replace(&plain, &crate::ui::visible(&plain)) } else { text }
    });
    usage(text.strip_prefix("error: ").unwrap_or(&text).trim_end())
}

/// clap's text, in our form.
fn usage(text: &str) -> Failure {
    let code = crate::Code::CommandLineInvalid.as_str();
    Failure::lines(Exit::Usage, code, text.split('\n').map(str::to_owned))
}

/// `k8sprep crio set` and not `set` on its page.
fn named(command: clap::Command, path: &[&str]) -> clap::Command {
    let name = path.join(" ");
    command.bin_name(name.clone()).display_name(name)
}
