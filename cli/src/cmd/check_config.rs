//! `k8sprep check-config`.
//!
//! Files -> `kubeadm_config::check` with the release that they ask for -> remarks with an excerpt
//! of the line. Several files are judged by the version that one of them names. Exit 3 where
//! kubeadm would refuse one of them, 1 where one could not be read. With `--like-kubeadm` the
//! words, the streams and the exit status of `kubeadm config validate`. JSON:
//! `k8sprep.check-config/v1`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use annotate_snippets::Level as Shown;
use kubeadm_config::check::{Checked, Remark, Severity};
use kubeadm_config::like_kubeadm::{NoFile, Options, validate, validate_no_file};
use kubeadm_config::yaml::Position;
use kubeadm_config::{CgroupDriver, Circumstances, Code, KubernetesVersion, Readers};
use serde_json::{Value, json};

use crate::cmd::shared::kubeadm::{Imitated, Said, Source, asked_of_file, file_name, print, read};
use crate::cmd::{Exits, Run};
use crate::excerpt::{self, Lines};
use crate::failure::{Exit, Failure};
use crate::input::shown;
use crate::masked::check;
use crate::surroundings;
use crate::ui::{Format, Ui, visible};

/// The flags of `check-config`.
#[derive(clap::Args, Debug)]
pub(crate) struct CheckConfig {
    /// Files of kubeadm documents; `-` reads stdin
    #[arg(required_unless_present = "like_kubeadm", value_name = "FILE", value_parser = file_name())]
    files: Vec<PathBuf>,
    #[command(flatten)]
    imitated: Imitated,
    /// How the container runtime manages cgroups, to compare with: systemd, cgroupfs
    #[arg(long, value_name = "DRIVER")]
    runtime_cgroup_driver: Option<CgroupDriver>,
    /// Fill in what the files leave open from this host: its name, routes and sockets
    #[arg(long, conflicts_with = "like_kubeadm")]
    this_host: bool,
    /// Fail on warnings and advice too
    #[arg(long, conflicts_with = "like_kubeadm")]
    strict: bool,
    /// Print and exit as `kubeadm config validate --config FILE`: warnings without time and process;
    /// documents over 4 MiB and files over 32 MiB are refused
    #[arg(long, conflicts_with = "output")]
    like_kubeadm: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

impl Run for CheckConfig {
    const NAME: &'static str = "check-config";
    const ABOUT: &'static str =
        "Check kubeadm documents as a kubeadm release would, all at once, with advice";
    const EXAMPLES: &'static str = "
  k8sprep check-config kubeadm.yaml --kubernetes-version v1.34.0
  k8sprep check-config --strict --output json *.yaml | jq '.files[].remarks[]'
  k8sprep gen-config | k8sprep check-config -
  k8sprep check-config --like-kubeadm --kubernetes-version v1.33.13 kubeadm.yaml";
    const EXITS: Exits = &[
        (0, "kubeadm, and what it starts, would take every file"),
        (1, "a file cannot be read; the others are checked all the same"),
        (3, "a file would be refused, or has no kubeadm document; with --strict: there is a remark"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.like_kubeadm {
            return self.run_like_kubeadm(ui);
        }
        let files: Vec<_> = self.files.iter().map(|file| (file, read(file))).collect();
        let beside = common_version(files.iter().filter_map(|(_, bytes)| bytes.as_ref().ok()));
        let (mut good, mut all_read) = (true, true);
        let mut reports = Vec::new();
        for (file, bytes) in files {
            let bytes = match bytes {
                Ok(bytes) => bytes,
                Err(failure) => {
                    let names = || format!("name its files: {}/*.yaml", file.display());
                    let failure = failure.hint_if(file.is_dir().then(names));
                    all_read = false;
                    match self.output {
                        Format::Json => reports.push(json_of_unread(file, &failure)),
                        Format::Text => ui.failure(&failure),
                    }
                    continue;
                }
            };
            let (options, source) = self.options(&bytes, beside.as_ref())?;
            let checked = self.check(file, &bytes, &options);
            good &= checked.accepted && (!self.strict || checked.remarks.is_empty());
            all_read &= !beyond(&checked);
            match self.output {
                Format::Json => reports.push(json_of(file, &checked, &options, source)),
                Format::Text => print_text(file, &bytes, &checked, (&options, source), ui)?,
            }
        }
        if self.output == Format::Json {
            ui.json("check-config", &json!({ "files": reports }))?;
        }
        match (all_read, good) {
            (false, _) => Err(Failure::silent(Exit::Failed)),
            (true, false) => Err(Failure::silent(Exit::Differences)),
            (true, true) => Ok(()),
        }
    }
}

/// The version that the files are for, if those that name one agree.
fn common_version<'a>(files: impl Iterator<Item = &'a Vec<u8>>) -> Option<KubernetesVersion> {
    let mut versions = files.filter_map(|bytes| Said::in_file(bytes).kubernetes_version);
    let first = versions.next()?;
    versions.all(|version| version == first).then_some(first)
}

impl CheckConfig {
    /// Every file is answered for; the first that is refused gives the exit status.
    fn run_like_kubeadm(&self, ui: &mut Ui) -> Result<(), Failure> {
        let files: Vec<_> = match self.files.as_slice() {
            [] => vec![None],
            files => files.iter().map(|file| Some(file.as_path())).collect(),
        };
        let mut verdict = Ok(());
        for file in files {
            let validated = |bytes: &[u8]| Ok(validate(bytes, &self.imitated.options(bytes)?));
            let without =
                |why: &NoFile<'_>| Ok(validate_no_file(why, &self.imitated.release(&Said::default())?));
            let printed = print(&asked_of_file(file, without, validated)?, ui);
            verdict = verdict.and(printed);
        }
        verdict
    }

    /// Facts of this host only where they are asked for: a file is usually for another one.
    fn options(
        &self,
        bytes: &[u8],
        beside: Option<&KubernetesVersion>,
    ) -> Result<(Options, Source), Failure> {
        let (mut options, source) = self.imitated.anywhere(bytes, beside)?;
        if self.this_host {
            options.facts = self.imitated.options(bytes)?.facts;
        }
        Ok((options, source))
    }

    /// With what of the surroundings is known here.
    fn check(&self, file: &Path, bytes: &[u8], options: &Options) -> Checked {
        let mut circumstances = Circumstances::default();
        circumstances.runtime_cgroup_driver = self.runtime_cgroup_driver;
        circumstances.readers = readers(file);
        if self.this_host {
            circumstances.host_networks = surroundings::networks();
        }
        check(bytes, options, &circumstances)
    }
}

/// Whether the file is more than is read here, so that nothing is known of what kubeadm says.
fn beyond(checked: &Checked) -> bool {
    checked.remarks.iter().any(|remark| remark.code == Code::DocumentTooLarge)
}

/// Whether others than the owner may read a file, which matters where it holds a token.
fn readers(file: &Path) -> Readers {
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.is_file() && metadata.permissions().mode() & 0o044 != 0 => Readers::Others,
        Ok(metadata) if metadata.is_file() => Readers::Owner,
        _ => Readers::Unknown,
    }
}

/// A file that could not be read beside those that could.
fn json_of_unread(file: &Path, failure: &Failure) -> Value {
    json!({ "file": shown(file), "accepted": false, "error": failure.text(), "code": failure.code(), "remarks": [] })
}

/// A file with all of its remarks.
fn json_of(file: &Path, checked: &Checked, options: &Options, source: Source) -> Value {
    let remark = |remark: &Remark| {
        json!({
            "severity": remark.severity.as_str(),
            "code": remark.code.as_str(),
            "kind": remark.kind,
            "field": remark.field,
            "line": remark.line,
            "column": remark.column,
            "text": remark.text,
            "help": remark.help.as_ref().map(|help| json!({ "code": help.code.as_str(), "text": help.text })),
        })
    };
    let remarks: Vec<_> = checked.remarks.iter().map(remark).collect();
    json!({
        "file": shown(file),
        "accepted": checked.accepted,
        "kubeadm": options.release.version().to_string(),
        "kubeadmFrom": source.as_str(),
        "remarks": remarks,
    })
}

/// So many remarks on a file are drawn: more than anyone reads, and far from what a hostile file
/// could ask for.
const MOST_DRAWN: usize = 1_000;

/// Excerpts for people; one line a file where nothing is wrong.
fn print_text(
    file: &Path,
    bytes: &[u8],
    checked: &Checked,
    (options, source): (&Options, Source),
    ui: &mut Ui,
) -> Result<(), Failure> {
    let text = excerpt::readable(bytes);
    let file = shown(file);
    let lines = Lines::new(&file, &text);
    for remark in checked.remarks.iter().take(MOST_DRAWN) {
        ui.styled(format_args!("{}\n\n", drawn(remark, &lines)))?;
    }
    let more = checked.remarks.len().saturating_sub(MOST_DRAWN);
    if more > 0 {
        ui.line(format_args!("{file}: {more} more remarks, which --output json lists"))?;
    }
    let version = options.release.version();
    let assumed = source.assumed().map(|why| format!(" ({why})")).unwrap_or_default();
    if beyond(checked) {
        return ui.line(format_args!("{file}: not read, so not checked for kubeadm {version}{assumed}"));
    }
    match (checked.accepted, checked.validates) {
        (true, _) => ui.line(format_args!("{file}: kubeadm {version}{assumed} accepts it")),
        // Its own check passes such a file, and what comes after stops.
        (false, true) => ui.line(format_args!("{file}: not valid for kubeadm {version}{assumed}")),
        (false, false) => ui.line(format_args!("{file}: kubeadm {version}{assumed} refuses it")),
    }
}

/// What kubeadm says of a file as a whole goes over several lines; a line end in what it says of a
/// value is the value's.
fn text_of(remark: &Remark) -> String {
    match remark.code {
        Code::Refused | Code::KubeadmWarning => remark.to_string(),
        _ => visible(&remark.to_string()),
    }
}

/// The remark with the line it is about and a caret under the place.
pub(super) fn drawn(remark: &Remark, lines: &Lines<'_>) -> String {
    let level = match remark.severity {
        Severity::Error => Shown::ERROR,
        Severity::Warning => Shown::WARNING,
        _ => excerpt::advice(),
    };
    let title = format!("{} [{}]", text_of(remark), remark.code);
    // The lines of UTF-16 are not those that are drawn.
    let drawable = remark.help.as_ref().is_none_or(|help| help.code != Code::Utf16File);
    let place = remark.line.zip(remark.column).filter(|_| drawable);
    let place = place.map(|(line, column)| Position { line, column });
    let help = remark.help.as_ref().map(ToString::to_string);
    lines.drawn(level, &title, place, help.as_deref())
}
