//! `k8sprep upgrade check`.

use std::path::{Path, PathBuf};

use kubeadm_config::Minor;

use crate::cmd::shared::kubeadm::{MOST_BYTES, file_name};
use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure, chain, step_after_reasons};
use crate::input::{read, shown};
use crate::recipe::{Endings, Ends};
use crate::stage::count;
use crate::ui::{Format, Ui, visible};
use crate::upgrade::{self, Target};

/// The flags of `upgrade check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    /// The minor to go to, 1.36, or a release of it
    #[arg(long, value_name = "RELEASE")]
    to: Target,
    /// The minor that the files are for today [default: that of the host's control plane or kubelet]
    #[arg(long, value_name = "RELEASE")]
    from: Option<Target>,
    #[command(flatten)]
    on: OnHost,
    /// Files to read; without any, those of this host. `-` reads stdin. With --root, paths of that host, from / on
    #[arg(value_name = "FILE", value_parser = file_name())]
    files: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str = "Say what in a node's files a later minor does not take, each with its line";
    const EXAMPLES: &'static str = "
  k8sprep upgrade check --to 1.36
  k8sprep upgrade check --to 1.34 --from 1.28 --root /mnt/disk
  k8sprep upgrade check --to 1.37 kubeadm.yaml /etc/default/kubelet crio.conf.d/*.conf
  kubectl -n kube-system get cm kubeadm-config -o yaml | k8sprep upgrade check --to 1.36 -";
    const NOTES: &'static str = "
Read are: the kubelet's flags (kubeadm-flags.env, unit, drop-ins, environment files), its configuration and drop-ins,
static pods, files of kubeadm's documents, ConfigMaps with such, and CRI-O's configuration. Told are flags, feature
gates, fields, admission plugins, CRI-O's keys and API versions of kubeadm, with what takes their place and whether
something changes on the node once they are out. Every minor on the way is a step. Units and drop-ins that are named
together are read as systemd joins them. Nothing is changed or asked of a network; defaults of CRI-O that move are
told by `k8sprep crio upgrade-notes`.";
    const EXITS: Exits = &[
        (1, "a file cannot be read, or is of no known kind; the others are read all the same"),
        (3, "something ends, or a file that was named has nothing in it"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let to = self.to.minor();
        let mut endings = Endings::default();
        let mut here = None;
        if self.files.is_empty() {
            here = self.of_host(&mut endings)?;
        }
        let mut files = Vec::new();
        for file in &self.files {
            match self.read(file)? {
                Ok(bytes) => files.push((shown(file), bytes)),
                Err(why) => endings.could_not_read(&shown(file), None, why),
            }
        }
        endings.add_files(files, to);
        let from = self.from.as_ref().map(Target::minor).or(here);
        if let Some(from) = from.filter(|from| *from > to) {
            let failure = Failure::usage(format_args!("{from} is newer than {to}: there is no way back"));
            return Err(failure.hint("Kubernetes goes from a minor to the next one"));
        }
        let check = upgrade::Check::of(from, to, endings);
        match self.output {
            Format::Json => ui.json("upgrade-check", &check)?,
            Format::Text => print(&check, ui)?,
        }
        // A file with nothing in it is no fault, and not accepted either.
        match (check.unread.iter().all(|one| one.is_empty), check.is_clear() && check.unread.is_empty()) {
            (false, _) => Err(Failure::silent(Exit::Failed)),
            (true, false) => Err(Failure::silent(Exit::Differences)),
            (true, true) => Ok(()),
        }
    }
}

impl Check {
    /// A file that was named: of a tree, one of that tree.
    fn read(&self, file: &Path) -> Result<Result<Vec<u8>, String>, Failure> {
        if self.on.root.is_none() || file == Path::new("-") {
            return Ok(read(file, MOST_BYTES).map_err(|error| error.to_string()));
        }
        let found = self.on.tree()?.read(&self.on.path(file)?);
        Ok(found
            .map_err(|error| chain(&error))
            .and_then(|found| found.ok_or_else(|| "there is no such file".into())))
    }

    /// What the files of a host say, and the minor that it is at.
    fn of_host(&self, endings: &mut Endings) -> Result<Option<Minor>, Failure> {
        let (found, here) = upgrade::endings_of(&self.on.host()?, self.to.minor());
        if found.read.is_empty() && found.unread.is_empty() {
            let failure = Failure::new(
                Exit::Failed,
                crate::Code::NodeFilesMissing.as_str(),
                "there is no file of the kubelet, of kubeadm or of CRI-O on this host",
            );
            return Err(failure.hint(match self.on.root {
                None => "name files, or the tree of a node with --root DIR",
                Some(_) => "name files; no node's are below that directory: is its disk mounted there?",
            }));
        }
        *endings = found;
        Ok(here)
    }
}

fn print(check: &upgrade::Check, ui: &mut Ui) -> Result<(), Failure> {
    if !check.ended.is_empty() {
        match &check.from {
            Some(from) => ui.line(format_args!("ended with {from} or before:"))?,
            None => ui.line(format_args!("ends with {} or before:", check.to))?,
        }
        told(&check.ended, ui)?;
    }
    // Of what was not read nothing is known to stay.
    let all_read = check.unread.is_empty();
    for step in check.steps.iter().filter(|step| all_read || !step.ends.is_empty()) {
        let none = if step.ends.is_empty() { " nothing ends" } else { "" };
        ui.line(format_args!("{} to {}:{none}", step.from, step.to))?;
        told(&step.ends, ui)?;
    }
    for one in &check.unread {
        let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
        ui.line(visible(&format!("not read: {}{line}: {}", one.file, one.why)))?;
    }
    if let Some(step) = step_after_reasons(check.unread.iter().map(|one| one.why.as_str())) {
        ui.note(format_args!("hint: {step}"));
    }
    let read = count(check.files.len(), "file");
    match check.all().count() {
        0 if check.files.is_empty() => ui.line("no file was read: nothing is known of them"),
        0 => {
            let them = if check.files.len() == 1 { "it" } else { "them" };
            ui.line(format_args!("{read} read: nothing in {them} ends up to {}", check.to))
        }
        found => {
            let ends = count(found, "ending");
            let effect = match check.all().filter(|one| one.stops()).count() {
                0 => "none keeps a program from starting".to_owned(),
                1 => "1 keeps its program from starting".to_owned(),
                stops => format!("{stops} keep their program from starting"),
            };
            ui.line(format_args!("{read} read: {ends} up to {}; {effect}", check.to))
        }
    }
}

fn told(ends: &[Ends], ui: &mut Ui) -> Result<(), Failure> {
    for one in ends {
        // A key of CRI-O is what the text begins with.
        let is_said = one.field.is_empty() || one.text.starts_with(&one.field);
        let field = if is_said { String::new() } else { format!("{}: ", one.field) };
        ui.line(visible(&format!("  {}: {field}{} [{}]", one.place(), one.text, one.code)))?;
        let effect = match one.effect {
            "same" => "",
            "changes" => "; the node behaves otherwise",
            _ => "; whether something changes is not known",
        };
        ui.line(visible(&format!("    {}{effect}", one.help)))?;
    }
    Ok(())
}
