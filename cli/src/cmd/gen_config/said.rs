//! What `gen-config` says of a file and of its own result: that of `check-config`, with the place
//! and what to write instead.

use std::path::Path;

use kubeadm_config::check::{Checked, Remark, Severity};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::{Circumstances, Code, HostFacts, Problem, Report, Valid};

use crate::cmd::check_config::drawn;
use crate::cmd::shared::kubeadm::judged_anywhere;
use crate::excerpt::{Lines, readable};
use crate::failure::{Exit, Failure, Place};
use crate::input::shown;
use crate::masked::{Secrets, check};
use crate::recipe::keeps_nodes_down;
use crate::ui::Ui;

/// One code for what kubeadm would refuse, whichever command says it.
const INVALID: &str = crate::code::Code::KubeadmConfigInvalid.as_str();

/// The file, by the release that reads it.
fn checked(bytes: &[u8]) -> Result<Checked, Failure> {
    Ok(check(bytes, &judged_anywhere(bytes)?, &Circumstances::default()))
}

/// Why a file cannot be started from. What is wrong in the file itself is shown there; the report
/// is about what came of the file and the flags together.
pub(super) fn of_file(name: &Path, bytes: &[u8], report: &Report, secrets: &Secrets) -> Failure {
    // Only what does not depend on the flags.
    let of_file = |remark: &&Remark| {
        remark.severity != Severity::Advice
            && matches!(
                remark.code,
                Code::UnknownField
                    | Code::DuplicateKey
                    | Code::WrongType
                    | Code::MissingSeparator
                    | Code::NoKubeadmDocument
                    | Code::Refused
                    | Code::UnknownKind
                    | Code::DocumentTooLarge
            )
    };
    let text = readable(bytes);
    let file = shown(name);
    let lines = Lines::new(&file, &text);
    let remarks = match checked(bytes) {
        Ok(checked) => checked.remarks,
        Err(failure) => return failure,
    };
    let found: Vec<&Remark> = remarks.iter().filter(of_file).collect();
    if found.is_empty() {
        return refused(report, secrets);
    }
    let lost = found.iter().any(|remark| matches!(remark.code, Code::UnknownField | Code::UnknownKind));
    let place = |remark: &&Remark| Place {
        field: remark.field.clone(),
        file: file.clone(),
        line: remark.line,
        column: remark.column,
        text: remark.text.clone(),
    };
    let places = found.iter().map(place).collect();
    let excerpts: Vec<String> = found.into_iter().map(|remark| drawn(remark, &lines)).collect();
    let failure = Failure::drawn(Exit::Failed, INVALID, &excerpts, places);
    if lost { failure.hint("give --lossy to leave out what is not known") } else { failure }
}

/// A file without a document of kubeadm, or with one of a kind that there is not.
pub(super) fn nothing(name: &Path, bytes: &[u8]) -> Failure {
    let remarks = checked(bytes).map(|checked| checked.remarks).unwrap_or_default();
    let of_kubeadm =
        |remark: &&Remark| remark.code == Code::UnknownKind && remark.text.starts_with("kubeadm.k8s.io/");
    if let Some(remark) = remarks.iter().find(of_kubeadm) {
        let text = format!("{}: {}", shown(name), remark.text);
        return Failure::new(Exit::Failed, remark.code.as_str(), text).hint_if(remark.help.as_ref());
    }
    let code = Code::NoKubeadmDocument;
    let failure = Failure::new(
        Exit::Failed,
        code.as_str(),
        format_args!("{}: there is no document of kubeadm in it", shown(name)),
    );
    failure.hint_if(remarks.into_iter().find(|remark| remark.code == code).and_then(|remark| remark.help))
}

/// The report, with the flags that answer what most often is missing.
pub(super) fn refused(report: &Report, secrets: &Secrets) -> Failure {
    let about = |path: &str| report.problems().iter().any(|problem| problem.path.starts_with(path));
    let said = secrets.hide(&report.to_string());
    let failure = Failure::lines(Exit::Failed, INVALID, said.lines().map(str::to_owned));
    if about("discovery") {
        return failure.hint("give --token, --endpoint and --pin or --ca, or give --discovery-file");
    }
    let experiment =
        |problem: &Problem| problem.path == "apiVersion" && problem.text.contains("experimental");
    match report.problems().iter().any(experiment) {
        true => failure.hint("give --allow-experimental-api"),
        false => failure,
    }
}

/// What kubeadm takes and what it starts does not, and advice on what would not come up: told, and
/// refused where `kubeadm join` itself ends with it.
pub(super) fn of_result(
    yaml: &str,
    valid: &Valid,
    circumstances: &Circumstances,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let mut facts = HostFacts::default();
    facts.host_name = "node".to_owned();
    let mut options = Options::new(valid.release().clone(), facts);
    options.allow_experimental_api = true;
    let checked = check(yaml.as_bytes(), &options, circumstances);
    let (pins, others): (Vec<_>, Vec<_>) = checked
        .remarks
        .into_iter()
        .partition(|remark| matches!(remark.code, Code::InvalidCaPin | Code::PinOfNothing));
    let told = |remark: &&Remark| remark.severity == Severity::Error || keeps_nodes_down(remark);
    for remark in others.iter().filter(told) {
        let help = remark.help.as_ref().map(|help| format!("; {}", help.text)).unwrap_or_default();
        ui.warn(remark.code.as_str(), format_args!("{remark}{help}"));
    }
    let Some(first) = pins.first() else { return Ok(()) };
    let all = pins.iter().map(ToString::to_string);
    let failure = Failure::lines(Exit::Failed, first.code.as_str(), all);
    Err(failure.hint_if(first.help.as_ref().map(|help| &help.text)))
}
