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
mod down;
mod explain;
mod facts;
mod gen_config;
mod history;
mod images;
mod init_spec;
mod join_command;
mod man;
mod migrate_config;
mod plan;
mod print_defaults;
mod probe_crio;
mod recover;
mod rollback;
mod schema;
mod shared;
mod token;
mod up;
mod verify;

use std::ffi::OsString;
use std::slice;

use clap::error::ErrorKind;

use crate::failure::{Exit, Failure};
use crate::ui::Ui;

/// Every command, in the order of `k8sprep --help`.
const COMMANDS: &[Entry] = &[
    leaf::<gen_config::GenConfig>(),
    leaf::<check_config::CheckConfig>(),
    leaf::<migrate_config::MigrateConfig>(),
    leaf::<print_defaults::PrintDefaults>(),
    leaf::<images::Images>(),
    leaf::<ca_hash::CaHash>(),
    token::TOKEN,
    certs::CERTS,
    leaf::<join_command::Join>(),
    crio::CRIO,
    leaf::<probe_crio::ProbeCrio>(),
    leaf::<facts::Facts>(),
    leaf::<init_spec::InitSpec>(),
    leaf::<schema::Schema>(),
    leaf::<plan::Plan>(),
    leaf::<apply::Apply>(),
    leaf::<verify::Verify>(),
    leaf::<up::Up>(),
    leaf::<down::Down>(),
    bundle::BUNDLE,
    leaf::<rollback::Rollback>(),
    leaf::<history::History>(),
    leaf::<recover::Recover>(),
    leaf::<confirm::Confirm>(),
    leaf::<explain::Explain>(),
    leaf::<completions::Completions>(),
    leaf::<man::Man>(),
];

/// One command: its flags are the struct's fields.
pub(crate) trait Run: clap::Args {
    /// The word on the command line.
    const NAME: &'static str;
    /// One line for the list of commands, without a full stop.
    const ABOUT: &'static str;
    /// Real command lines, each with what it does, shown below the flags; indented by two.
    const EXAMPLES: &'static str;

    /// Does the work.
    fn run(self, ui: &mut Ui) -> Result<(), Failure>;
}

/// A row of the table.
pub(crate) struct Entry {
    name: &'static str,
    about: &'static str,
    body: Body,
}

enum Body {
    Leaf { build: fn() -> clap::Command, run: fn(&clap::ArgMatches, &mut Ui) -> Result<(), Failure> },
    Group(&'static [Entry]),
}

/// The row of a command.
pub(crate) const fn leaf<T: Run>() -> Entry {
    Entry { name: T::NAME, about: T::ABOUT, body: Body::Leaf { build: command::<T>, run: parsed::<T> } }
}

/// The row of a word that has commands below it, such as `token generate`.
pub(crate) const fn group(name: &'static str, about: &'static str, entries: &'static [Entry]) -> Entry {
    Entry { name, about, body: Body::Group(entries) }
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
    let mut about = env!("CARGO_PKG_DESCRIPTION");
    loop {
        let found = words.first().and_then(|word| entries.iter().find(|entry| *word == entry.name));
        let Some(entry) = found else {
            let words = if help_asked && words.is_empty() { slice::from_ref(&help) } else { words };
            return list(&path, about, entries, words, ui);
        };
        path.push(entry.name);
        about = entry.about;
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
                Body::Group(below) => add(
                    clap::Command::new(entry.name).about(entry.about).subcommand_required(true),
                    &path,
                    below,
                ),
            };
            named(below, &path)
        }))
    }
    let path = ["k8sprep"];
    add(named(root(), &path), &path, COMMANDS)
}

fn root() -> clap::Command {
    clap::Command::new("k8sprep")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
}

fn command<T: Run>() -> clap::Command {
    let examples = format!("Examples:\n{}", T::EXAMPLES.trim_matches('\n'));
    T::augment_args(clap::Command::new(T::NAME)).about(T::ABOUT).after_help(examples)
}

fn parsed<T: Run>(matches: &clap::ArgMatches, ui: &mut Ui) -> Result<(), Failure> {
    T::from_arg_matches(matches).map_err(|error| clap_failure(&error))?.run(ui)
}

/// No command was named: prints the list, or says that the word is none.
fn list(
    path: &[&str],
    about: &'static str,
    entries: &[Entry],
    words: &[OsString],
    ui: &mut Ui,
) -> Result<(), Failure> {
    let rows = entries.iter().map(|entry| clap::Command::new(entry.name).about(entry.about));
    let command = named(root(), path).about(about).arg_required_else_help(true).subcommands(rows);
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
        return Failure::new(Exit::Usage, format_args!("no command is given\n\n{}", text.trim_end()));
    }
    Failure::new(Exit::Usage, text.strip_prefix("error: ").unwrap_or(&text).trim_end())
}

fn named(command: clap::Command, path: &[&str]) -> clap::Command {
    let name = path.join(" ");
    command.bin_name(name.clone()).display_name(name)
}
