//! `k8sprep completions`.
//!
//! clap's completions for the whole tree, with values that the program knows and the flags' types
//! do not say: releases, kinds, codes, commands.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use cri_probe::Fact;
use crio_config::catalogue;
use host_prep::mirrors::Mirror;
use kubeadm_config::{ImageMirror, KubeadmRelease, schema_kinds};

use crate::cmd::{Run, pages, tree};
use crate::explain;
use crate::failure::Failure;
use crate::ui::Ui;

/// The flags of `completions`.
#[derive(clap::Args, Debug)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Run for Completions {
    const NAME: &'static str = "completions";
    const ABOUT: &'static str = "Print the completion script of a shell";
    const EXAMPLES: &'static str = "
  k8sprep completions bash > /etc/bash_completion.d/k8sprep
  k8sprep completions zsh > /usr/local/share/zsh/site-functions/_k8sprep
  source <(k8sprep completions bash)      # in this shell alone";
    const NOTES: &'static str = "
They know commands and flags, and the names of mirrors, options of CRI-O, releases, kinds, codes
and facts.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut with_values(tree(), &[]), "k8sprep", &mut script);
        ui.bytes(&script)
    }
}

/// The tree, with what is known of the values of its arguments.
///
/// The parsers of the commands take more than these: other versions, URLs, keys of tables. That is
/// why the lists are not theirs.
fn with_values(command: clap::Command, path: &[&str]) -> clap::Command {
    let arguments: Vec<String> =
        command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
    let command = arguments.into_iter().fold(command, |command, id| {
        // The program ends when the script is written, and clap wants names that stay.
        let values: Vec<&'static str> = values(path, &id).into_iter().map(|value| &*value.leak()).collect();
        if values.is_empty() {
            return command;
        }
        command.mut_arg(id, |argument| argument.value_parser(PossibleValuesParser::new(values)))
    });
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    below.into_iter().fold(command, |command, name| {
        let path = [path, &[name.as_str()]].concat();
        command.mut_subcommand(&name, |below| with_values(below, &path))
    })
}

/// What may stand for an argument of the command at this path.
fn values(path: &[&str], argument: &str) -> Vec<String> {
    let named = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect();
    match (path, argument) {
        (["gen-config" | "images"], "mirror") => named(&mut ImageMirror::all().map(ImageMirror::name)),
        (["crio", "registries"], "mirror") => Vec::new(),
        (_, "mirror") => {
            let mut names: Vec<String> = named(&mut Mirror::all().map(Mirror::name));
            names.push("probe".to_owned());
            names.sort_unstable();
            names.dedup();
            names
        }
        (["crio", _], "key") => options(),
        (["crio", _], "release") => releases(),
        (["schema"], "document") => kinds(),
        (["man"], "command") => words(),
        (["explain"], "code") => named(&mut explain::all().map(|row| row.code)),
        (["probe-crio"], "fields") => named(&mut Fact::ALL.iter().map(|fact| fact.as_str())),
        (_, "kubernetes_version") => {
            KubeadmRelease::MINORS.rev().map(|minor| format!("v1.{minor}.0")).collect()
        }
        _ => Vec::new(),
    }
}

/// The options of CRI-O whose path has no name of somebody's own in it.
fn options() -> Vec<String> {
    let plain = |path: &String| path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    catalogue::options()
        .filter(|option| !option.is_internal())
        .map(|option| option.path())
        .filter(plain)
        .collect()
}

/// CRI-O's, the newest first.
fn releases() -> Vec<String> {
    let (oldest, newest) = (crio_config::Release::OLDEST.minor(), crio_config::Release::NEWEST.minor());
    (oldest..=newest).rev().map(|minor| format!("1.{minor}")).collect()
}

/// Everything that `schema` prints.
fn kinds() -> Vec<String> {
    let mut kinds: Vec<String> = schema_kinds().map(|gvk| gvk.kind.to_string()).collect();
    kinds.extend(["spec", "plan"].map(str::to_owned));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The first words of all commands.
fn words() -> Vec<String> {
    pages().iter().filter(|(path, _)| path.len() == 2).map(|(path, _)| path[1].to_owned()).collect()
}
