//! Where a result goes: `-` is stdout, as it is stdin where a file is read.

use std::path::{Path, PathBuf};

use kubeadm_config::KubeadmRelease;

use crate::cmd::shared::kubeadm::Source;
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The file of `-o`, where it is one.
pub(in crate::cmd) fn output_file(given: Option<&PathBuf>) -> Option<&Path> {
    given.map(PathBuf::as_path).filter(|file| *file != Path::new("-"))
}

/// Prints a document of another program that is not in that file already, made by a release of kubeadm or none. The JSON says which file has it, and
/// nothing of it: what is in a file of mode 0600 is not told to whoever reads the log.
pub(in crate::cmd) fn generated(
    text: &str,
    file: Option<&Path>,
    by: Option<(&KubeadmRelease, Source)>,
    format: Format,
    ui: &mut Ui,
) -> Result<(), Failure> {
    match (format, file) {
        (Format::Json, file) => ui.json(
            "generated",
            &serde_json::json!({
                "file": file.map(|file| file.display().to_string()),
                "text": file.is_none().then_some(text),
                "kubeadm": by.map(|(release, _)| release.version().to_string()),
                "kubeadmFrom": by.map(|(_, source)| source.as_str()),
            }),
        ),
        (Format::Text, Some(_)) => Ok(()),
        (Format::Text, None) => ui.text(text),
    }
}
