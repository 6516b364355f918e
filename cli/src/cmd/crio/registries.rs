//! `k8sprep crio registries`.
//!
//! Mirrors as containers-registries.conf(5) has them: printed, checked, or written as a drop-in in
//! a transaction. A mirror that CRI-O could not parse is refused by its type before a file is
//! made.

use std::path::{Path, PathBuf};

use crio_config::{
    CheckOptions, Code, Fallback, MirroredRegistry, RegistriesFile, RegistryFinding, RegistryLocation,
    Release, Severity, SourceFile, Sources, Transport, add_registries, read_registries, registry_block,
    write_registries,
};
use host_prep::facts::CrioPlaces;
use host_prep::{Host, Need, TransactionId};

use super::diff::unified;
use super::keep::Kept;
use super::{collect, judged};

use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Exits, Run};
use crate::crio_host::Started;
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui};

/// The drop-in, in the first directory of drop-ins that CRI-O reads.
const OWN_FILE: &str = "99-k8sprep.conf";

/// The flags of `crio registries`.
#[derive(clap::Args, Debug)]
pub(crate) struct Registries {
    /// Fetch REGISTRY from MIRROR first; may be given several times
    #[arg(long, value_name = "REGISTRY=MIRROR")]
    mirror: Vec<String>,
    /// Never ask the registry itself: a network without a way out
    #[arg(long)]
    no_fallback: bool,
    /// The mirrors' certificates are not checked
    #[arg(long)]
    insecure: bool,
    /// Write the drop-in, with what it says already, instead of printing it
    #[arg(long, requires = "mirror")]
    write: bool,
    /// Check this registries file instead
    #[arg(long, value_name = "FILE", conflicts_with = "mirror")]
    check: Option<PathBuf>,
    #[command(flatten)]
    on: OnHost,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// The document `k8sprep.crio-registries/v1`: a drop-in that is shown or written.
#[derive(serde::Serialize)]
struct Told<'a> {
    /// Whether the file is another one than before.
    changed: bool,
    file: &'a str,
    /// What it is to say.
    text: &'a str,
    diff: Option<String>,
    transaction: Option<TransactionId>,
}

impl Run for Registries {
    const NAME: &'static str = "registries";
    const ABOUT: &'static str = "Configure registry mirrors; image names stay the same";
    const EXAMPLES: &'static str = "
  k8sprep crio registries --mirror registry.k8s.io=mirror.example.org/k8s
  k8sprep crio registries --mirror docker.io=mirror.example.org/hub --no-fallback --write
  k8sprep crio registries --check /etc/containers/registries.conf";
    const NOTES: &'static str = "
--write puts the mirrors into /etc/containers/registries.conf.d/99-k8sprep.conf, or where crio.service has CRI-O
read such files, beside what stands there and shows the difference; `k8sprep rollback` takes it back. CRI-O takes a
changed file on reload.";
    const EXITS: Exits = &[(3, "with --check: something is wrong with the file")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if let Some(file) = &self.check {
            return self.checked(ui, file);
        }
        if self.mirror.is_empty() {
            return Err(Failure::usage("say --mirror REGISTRY=MIRROR or --check FILE"));
        }
        let registries = self.registries()?;
        if !self.write {
            let text = write_registries(&registries);
            return match self.output {
                Format::Text => ui.text(text),
                Format::Json => {
                    let file = Self::own(&Started::on(&self.on.tree()?).places);
                    let (file, text) = (&*file.to_string_lossy(), &*text);
                    ui.json(
                        "crio-registries",
                        &Told { changed: false, file, text, diff: None, transaction: None },
                    )
                }
            };
        }
        self.written(ui, &registries)
    }
}

/// Paths with their texts.
type Files = [(PathBuf, String)];

/// The own text with what files that are read before it say of registries that it does not name yet.
/// The path of an error is `None` where it is of the own text.
fn with_said_before<'f>(
    mut text: String,
    before: &'f Files,
    registries: &[MirroredRegistry],
    ui: &mut Ui,
) -> Result<String, (Option<&'f Path>, crio_config::Error)> {
    for prefix in registries.iter().map(|registry| registry.prefix.to_string()) {
        if registry_block(&text, &prefix).map_err(|error| (None, error))?.is_some() {
            continue;
        }
        for (other, content) in before.iter().rev() {
            let found = registry_block(content, &prefix).map_err(|error| (Some(other.as_path()), error))?;
            if let Some(block) = found {
                ui.note(format_args!("taken over from {}: what it says of {prefix}", other.display()));
                text = format!("{text}{}{block}", if text.is_empty() { "" } else { "\n" });
                break;
            }
        }
    }
    Ok(text)
}

/// Says which registries a file that is read later decides.
fn warn_of_later(own: &Path, after: &Files, registries: &[MirroredRegistry], ui: &mut Ui) {
    let own = own.display();
    for prefix in registries.iter().map(|registry| registry.prefix.to_string()) {
        let says =
            |(_, content): &&(PathBuf, String)| matches!(registry_block(content, &prefix), Ok(Some(_)));
        // Of several the last counts.
        if let Some((other, _)) = after.iter().rev().find(says) {
            ui.warn(
                crate::Code::RegistriesOverridden.as_str(),
                format_args!("{} is read after {own}: what it says of {prefix} counts", other.display()),
            );
        }
    }
}

/// Says where the mirrors do not do what they were asked for, by what stands in their block.
fn tell_what_stays(own: &Path, text: &str, registries: &[MirroredRegistry], ui: &mut Ui) {
    let own = own.display();
    for registry in registries {
        let Ok(Some(block)) = registry_block(text, &registry.prefix.to_string()) else { continue };
        let Ok(read) = read_registries(&block) else { continue };
        for finding in read.findings.iter().filter(|finding| !is_refused(finding)) {
            ui.warn(finding.code.as_str(), format_args!("{own}: {}", finding.text));
        }
        let last = read.registries.first().and_then(|one| one.mirrors.last());
        if let Some(last) = last.filter(|_| registry.fallback == Fallback::None)
            && !registry.mirrors.iter().any(|mirror| mirror.location == last.location)
        {
            let (prefix, last) = (&registry.prefix, &last.location);
            ui.note(format_args!("{prefix}: {last} stays the last that is asked, as the file says"));
        }
    }
}

/// Whether CRI-O refuses a file for it, and does not only pass over something.
fn is_refused(finding: &RegistryFinding) -> bool {
    !matches!(finding.code, Code::UnknownKey | Code::RegistryEntryBlocked)
}

/// What is wrong with a file that is checked.
#[derive(serde::Serialize)]
struct Remarked {
    code: &'static str,
    line: usize,
    column: usize,
    text: String,
    #[serde(skip)]
    is_refused: bool,
}

/// What is odd about a file, with what CRI-O of this release refuses in it, by the rules of `crio check`.
fn remarks(shown: &str, text: &str, read: &RegistriesFile, release: Release) -> Vec<Remarked> {
    let mut all: Vec<Remarked> = read.findings.iter().map(Remarked::from).collect();
    let mut options = CheckOptions::default();
    options.host.beside.push(SourceFile::new(shown, Ok(text.as_bytes().to_vec())));
    let report = crio_config::check(&Sources::new(), release, &options);
    let of_file = report
        .remarks
        .into_iter()
        .filter(|one| one.severity == Severity::Error && one.file.as_deref() == Some(shown));
    for one in of_file {
        let line = one.line.map_or(1, |line| line as usize);
        if !all.iter().any(|known| known.is_refused && known.line == line) {
            let column = one.column.map_or(1, |column| column as usize);
            all.push(Remarked { code: one.code.as_str(), line, column, text: one.text, is_refused: true });
        }
    }
    all.sort_by_key(|one| (one.line, one.column));
    all
}

impl From<&RegistryFinding> for Remarked {
    fn from(finding: &RegistryFinding) -> Self {
        Self {
            code: finding.code.as_str(),
            line: finding.place.line,
            column: finding.place.column,
            text: finding.text.clone(),
            is_refused: is_refused(finding),
        }
    }
}

impl Registries {
    /// The drop-in where CRI-O reads it.
    fn own(places: &CrioPlaces) -> PathBuf {
        let dirs = &places.registries_drop_ins;
        dirs.first().map(|dir| dir.join(OWN_FILE)).unwrap_or_default()
    }

    /// Puts the mirrors into the own drop-in, with what stands there and what other files say of
    /// the same registries: of two files that name one, the later counts alone.
    fn written(&self, ui: &mut Ui, registries: &[MirroredRegistry]) -> Result<(), Failure> {
        let host = self.on.host()?;
        let places = Started::on(host.root()).places;
        let path = &*Self::own(&places);
        let shown = &*path.to_string_lossy();
        let read = collect::text(host.root(), path)?;
        let own = read.clone().unwrap_or_default();
        let (before, after) = collect::registries_around(host.root(), &places, path)?;
        let broken = |path: &Path, error: &crio_config::Error| {
            Failure::new(Exit::Failed, error.code().as_str(), format_args!("{}: {error}", path.display()))
                .hint("nothing was written")
        };
        let text = with_said_before(own.clone(), &before, registries, ui)
            .map_err(|(place, error)| broken(place.unwrap_or(path), &error))?;
        let text = add_registries(&text, registries).map_err(|error| broken(path, &error))?;
        let refused = read_registries(&own).map_err(|error| broken(path, &error))?.findings;
        if let Some(one) = refused.iter().find(|finding| is_refused(finding)) {
            let what = format!("{shown}: {}: {}", one.place, one.text);
            return Err(Failure::new(Exit::Failed, one.code.as_str(), what).hint("nothing was written"));
        }
        let diff = unified(shown, &own, &text);
        if self.output == Format::Text {
            ui.text(&diff)?;
        }
        warn_of_later(path, &after, registries, ui);
        tell_what_stays(path, &text, registries, ui);
        let changed = text != own;
        let mut transaction = None;
        if changed {
            transaction = self.written_down(&host, path, read, &text, ui)?;
        } else {
            ui.note(format_args!("{shown} says so already"));
        }
        if self.output == Format::Text {
            return Ok(());
        }
        let (file, text, diff) = (shown, &*text, Some(diff));
        ui.json("crio-registries", &Told { changed, file, text, diff, transaction })
    }

    /// Writes the own drop-in, in a transaction.
    fn written_down(
        &self,
        host: &Host,
        path: &Path,
        read: Option<String>,
        text: &str,
        ui: &mut Ui,
    ) -> Result<Option<TransactionId>, Failure> {
        let kept = Kept {
            kind: "registries",
            path: path.to_owned(),
            read: read.map(String::into_bytes),
            bytes: Some(text.as_bytes().to_vec()),
            reason: "asked for with `k8sprep crio registries`".into(),
            need: Need::Reload { unit: "crio.service".into() },
        };
        let transaction = kept.write(host, ui)?;
        ui.note(format_args!("wrote {}", path.display()));
        if self.on.root.is_none() {
            ui.note("a running CRI-O takes it with: systemctl reload crio");
        }
        Ok(transaction)
    }

    /// The registries asked for; several mirrors of one are asked in the order given.
    fn registries(&self) -> Result<Vec<MirroredRegistry>, Failure> {
        let mut registries: Vec<MirroredRegistry> = Vec::new();
        for pair in &self.mirror {
            let (registry, mirror) = pair
                .split_once('=')
                .ok_or_else(|| Failure::usage(format_args!("`{pair}` is not REGISTRY=MIRROR")))?;
            let place = |text: &str| RegistryLocation::to_pull_from(text).map_err(Failure::usage);
            if registry == mirror {
                let failure = Failure::usage(format_args!("{registry} is no mirror of itself"));
                return Err(failure.hint("it is asked after its mirrors without a word"));
            }
            let mut one = MirroredRegistry::new(place(registry)?, place(mirror)?);
            one.fallback = if self.no_fallback { Fallback::None } else { Fallback::Registry };
            for mirror in &mut one.mirrors {
                mirror.transport = if self.insecure { Transport::Insecure } else { Transport::Verified };
            }
            match registries.iter_mut().find(|known| known.prefix == one.prefix) {
                Some(known) => known.mirrors.append(&mut one.mirrors),
                None => registries.push(one),
            }
        }
        Ok(registries)
    }

    /// A file of the caller's, relative to `--root` where one is given.
    fn checked(&self, ui: &mut Ui, file: &Path) -> Result<(), Failure> {
        let shown = file.display();
        let bytes = self.on.tree()?.read(&self.on.path(file)?);
        let bytes = bytes.map_err(|error| Failure::from_error(&error))?;
        let bytes = bytes.ok_or_else(|| {
            Failure::new(
                Exit::Failed,
                host_prep::Code::FileMissing.as_str(),
                format_args!("there is no {shown}"),
            )
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            Failure::new(
                Exit::Failed,
                host_prep::Code::FileUnreadable.as_str(),
                format_args!("{shown} is not UTF-8: {error}"),
            )
        })?;
        let read = read_registries(&text).map_err(|error| {
            Failure::new(Exit::Failed, error.code().as_str(), format_args!("{shown}: {error}"))
        })?;
        let shown = shown.to_string();
        let remarks = remarks(&shown, &text, &read, judged::judged(&self.on, None)?.release);
        let verdict = if remarks.is_empty() { Ok(()) } else { Err(Failure::silent(Exit::Differences)) };
        if self.output == Format::Json {
            ui.json("crio-registries-check", &json_of(&shown, &read, &remarks))?;
            return verdict;
        }
        for registry in &read.registries {
            let mirrors: Vec<String> =
                registry.mirrors.iter().map(|mirror| mirror.location.to_string()).collect();
            let from = if mirrors.is_empty() { "itself".into() } else { mirrors.join(", then ") };
            ui.line(format_args!("{} from {from}", registry.prefix))?;
        }
        for Remarked { code, line, column, text, .. } in &remarks {
            ui.line(format_args!("{shown}: line {line}, column {column}: {text} [{code}]"))?;
        }
        verdict
    }
}

fn json_of(file: &str, read: &RegistriesFile, remarks: &[Remarked]) -> serde_json::Value {
    let registry = |one: &MirroredRegistry| {
        let mirrors: Vec<_> = one.mirrors.iter().map(|mirror| mirror.location.to_string()).collect();
        serde_json::json!({ "registry": one.prefix.to_string(), "mirrors": mirrors })
    };
    serde_json::json!({
        "file": file,
        "accepted": !remarks.iter().any(|one| one.is_refused),
        "registries": read.registries.iter().map(registry).collect::<Vec<_>>(),
        "remarks": remarks,
    })
}
