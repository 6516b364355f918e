//! `k8sprep man`.
//!
//! Pages by `clap_mangen`, with sections that clap does not know: exit statuses, examples, files.

use std::path::PathBuf;

use clap_mangen::roff::{Inline, Roff, bold, roman};
use host_prep::fs::{self, Mode};

use crate::cmd::{Page, Run, pages, tree};
use crate::failure::{Exit, Failure};
use crate::ui::Ui;

/// The flags of `man`.
#[derive(clap::Args, Debug)]
pub(crate) struct Man {
    /// The words of a command, such as `crio set`; none for the program's own page
    command: Vec<String>,
    /// Write every page into this directory, which must be there; files that are there stay
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    output_dir: Option<PathBuf>,
}

impl Run for Man {
    const NAME: &'static str = "man";
    const ABOUT: &'static str = "Print the manual page of a command in roff";
    const EXAMPLES: &'static str = "
  k8sprep man | man -l -
  k8sprep man crio set | man -l -
  k8sprep man --output-dir /usr/local/share/man/man1      # every page";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let all = pages();
        let Some(dir) = &self.output_dir else {
            let wanted = self.command.iter().flat_map(|words| words.split_whitespace());
            let wanted: Vec<&str> = std::iter::once("k8sprep").chain(wanted).collect();
            let Some((path, page)) = all.iter().find(|(path, _)| *path == wanted) else {
                let words = wanted[1..].join(" ");
                return Err(Failure::usage(format_args!("there is no command {words:?}")));
            };
            return ui.bytes(&manual(path, page, &all)?);
        };
        for (path, page) in &all {
            let file = dir.join(format!("{}.1", path.join("-")));
            fs::write_new(&file, &manual(path, page, &all)?, Mode::PUBLIC)
                .map_err(|error| Failure::from_error(&error))?;
        }
        Ok(())
    }
}

/// Pages of a manual that are read beside the program's own.
const FILES: [(&str, &str); 3] = [
    ("k8sprep.yaml", "what is asked of a node, where -f names no other file"),
    ("/var/lib/k8sprep", "journals and backups: what rollback needs"),
    ("/etc/kubernetes/k8sprep/kubeadm.yaml", "what `kubeadm init` or `kubeadm join` is given"),
];

/// The page of a command, from NAME to SEE ALSO.
fn manual(path: &[&'static str], page: &Page, all: &[(Vec<&'static str>, Page)]) -> Result<Vec<u8>, Failure> {
    let mut command = tree();
    for word in &path[1..] {
        let below = command.find_subcommand(word).cloned();
        command = below.ok_or_else(|| Failure::usage(format_args!("there is no command {word:?}")))?;
    }
    let has_commands = command.has_subcommands();
    let name = name(path, command.get_about().map(ToString::to_string).unwrap_or_default());
    let man = clap_mangen::Man::new(command.after_help(None::<&str>))
        .title(path.join("-"))
        .source(format!("k8sprep {}", env!("CARGO_PKG_VERSION")))
        .manual("k8sprep");
    let mut text = Vec::new();
    let written = man
        .render_title(&mut text)
        .and_then(|()| name.to_writer(&mut text))
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| man.render_description_section(&mut text))
        .and_then(|()| notes(page).to_writer(&mut text))
        .and_then(|()| man.render_options_section(&mut text))
        .and_then(|()| if has_commands { man.render_subcommands_section(&mut text) } else { Ok(()) })
        .and_then(|()| ending(path, page, all).to_writer(&mut text));
    written.map_err(|error| {
        Failure::new(
            Exit::Failed,
            crate::Code::ResultNotPrinted.as_str(),
            format_args!("cannot make the page: {error}"),
        )
    })?;
    Ok(text)
}

/// The name of the page is that of its file: `whatis` knows no blank in one.
fn name(path: &[&'static str], about: String) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["NAME"]).text([roman(format!("{} - {about}", path.join("-")))]);
    roff
}

/// The notes of the page, which go on from its description.
fn notes(page: &Page) -> Roff {
    let mut roff = Roff::new();
    let paragraphs = page.paragraphs();
    for block in paragraphs.chunk_by(|one, next| one.starts_with(' ') && next.starts_with(' ')) {
        match block[0].as_str() {
            "" => {}
            first if first.starts_with(' ') => verbatim(&mut roff, block.iter().map(String::as_str)),
            text => {
                roff.control("PP", []).text([roman(text)]);
            }
        }
    }
    roff
}

/// The sections behind the options.
fn ending(path: &[&'static str], page: &Page, all: &[(Vec<&'static str>, Page)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (status, what) in page.exits() {
        term(&mut roff, &status.to_string(), what);
    }
    roff.control("SH", ["EXAMPLES"]);
    verbatim(&mut roff, page.examples().lines());
    roff.control("SH", ["FILES"]);
    for (file, what) in FILES {
        term(&mut roff, file, what);
    }
    let mut beside: Vec<Inline> = Vec::new();
    for (other, _) in all.iter().filter(|(other, _)| other != path && is_near(path, other)) {
        if !beside.is_empty() {
            beside.push(roman(", "));
        }
        beside.extend([bold(other.join("-")), roman("(1)")]);
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text(beside);
    roff
}

/// Whether somebody who reads about the first wants to know of the second: what is above, below and
/// beside it.
fn is_near(path: &[&str], other: &[&str]) -> bool {
    let above = &path[..path.len() - 1];
    other == above
        || other.starts_with(path) && other.len() == path.len() + 1
        || path.len() > 2 && other.len() == path.len() && other.starts_with(above)
}

/// A tagged paragraph.
fn term(roff: &mut Roff, term: &str, what: &str) {
    roff.control("TP", []).text([bold(term)]).text([roman(what)]);
}

/// Lines that stay as they are: no filling, no hyphens, so that they can be copied.
fn verbatim<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    roff.control("PP", []).control("RS", ["4"]).control("nf", []);
    for line in lines {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("fi", []).control("RE", []);
}
