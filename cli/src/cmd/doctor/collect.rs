//! `doctor --collect`: what is told of an archive that was written.
//!
//! The archive is written for its owner alone, and was looked through for secrets before: what was
//! hidden and left out is told, so that nobody has to unpack it to know.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use host_prep::Host;
use serde::Serialize;

use super::{Output, Summary};
use crate::cmd::shared::on_host::Progress;
use crate::doctor::archive::{ArchiveError, Collected, LeftOut};
use crate::failure::{Exit, Failure, chain};
use crate::stage::count;
use crate::ui::{Ui, visible};

/// As many of what was left out are told; the manifest has all.
const TOLD: usize = 5;

/// The JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
    file: String,
    host: Option<&'a str>,
    collected: &'a str,
    bytes: usize,
    files: usize,
    hidden: BTreeMap<&'a str, u32>,
    left_out: &'a [LeftOut],
    summary: Summary,
}

/// Collects, writes, and says what there is.
pub(super) fn run(host: Host, file: &Path, output: Output, ui: &mut Ui) -> Result<(), Failure> {
    let collected = Collected::asking_api(host, SystemTime::now()).map_err(|error| failed(&error))?;
    {
        // A signal does not leave half a file behind: what is begun is written.
        let _held = Progress::start(ui).map_err(|error| Failure::from_error(&error))?;
        collected.write(file).map_err(|error| failed(&error))?;
    }
    let manifest = &collected.manifest;
    super::of_its_kind(manifest, ui);
    let mut hidden = BTreeMap::new();
    for (kind, many) in manifest.members.values().flat_map(|member| &member.hidden) {
        *hidden.entry(kind.as_str()).or_default() += many;
    }
    let printed = Printed {
        file: file.display().to_string(),
        host: manifest.host.name.as_deref(),
        collected: &manifest.collected,
        bytes: collected.size(),
        files: manifest.members.len(),
        hidden,
        left_out: &manifest.left_out,
        summary: Summary::of(&collected.diagnosis),
    };
    match output {
        Output::Text => ui.lines(text(&printed)),
        _ => ui.json("doctor-collect", &printed),
    }
}

/// A failure of an archive, with what to do.
pub(super) fn failed(error: &ArchiveError) -> Failure {
    let failure = Failure::new(Exit::Failed, error.code(), chain(error));
    match error {
        ArchiveError::Occupied { .. } => failure.hint("give the archive another name"),
        ArchiveError::Damaged { .. } | ArchiveError::Digest { .. } => {
            failure.hint("have it sent again, or collect it again with `k8sprep doctor --collect FILE`")
        }
        _ => failure,
    }
}

/// For people; JSON is `k8sprep.doctor-collect/v1`.
fn text(of: &Printed<'_>) -> String {
    let host = of.host.map(|name| format!(" of {name}")).unwrap_or_default();
    let mut text =
        format!("{}: {}{host}, {} KiB\n", of.file, count(of.files, "file"), of.bytes.div_ceil(1024));
    let secrets: u32 = of.hidden.values().sum();
    if secrets > 0 {
        text.push_str(&format!("{} hidden\n", count(secrets as usize, "secret")));
    }
    for left in of.left_out.iter().take(TOLD) {
        text.push_str(&format!("left out: {}: {}\n", left.source, left.why));
    }
    if of.left_out.len() > TOLD {
        let more = of.left_out.len() - TOLD;
        text.push_str(&format!("and {more} more were left out; manifest.json in it says why\n"));
    }
    let Summary { error, warning, note, .. } = of.summary;
    let found = [(error, "error"), (warning, "warning"), (note, "note")];
    let found: Vec<String> = found.iter().map(|(many, what)| count(*many, what)).collect();
    text.push_str(&format!(
        "{}; `k8sprep doctor --from {}` says them, here and elsewhere\n",
        found.join(", "),
        of.file
    ));
    text.lines().map(|line| visible(line).to_string() + "\n").collect()
}
