//! What the checks of the crates say of a file, in one shape.

use std::path::Path;

use crio_config::{CheckOptions, Release, SourceFile, Sources};
use kubeadm_config::{Circumstances, Code};

use super::kind::Kind;
use super::{LARGEST, Lint, Remark, Severity};
use crate::cmd::shared::kubeadm::judged_by;
use crate::failure::Failure;
use crate::input;
use crate::masked::check as check_kubeadm;
use crate::recipe::{NodeSpec, agree};

/// A remark before it is of a file.
pub(super) struct Said {
    pub(super) severity: Severity,
    pub(super) code: String,
    pub(super) field: String,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) text: String,
    pub(super) help: Option<String>,
}

impl Said {
    pub(super) fn of(self, file: &str) -> Remark {
        let Self { severity, code, field, line, column, text, help } = self;
        Remark { file: file.to_owned(), severity, code, field, line, column, text, help }
    }
}

/// The release that the file was judged by, and what there is to say.
pub(super) fn check(
    lint: &Lint,
    kind: Kind,
    path: &Path,
    bytes: &[u8],
) -> Result<(Option<String>, Vec<Said>), Failure> {
    let crio = lint.crio_release.unwrap_or(Release::NEWEST);
    let by_crio = Some(format!("CRI-O {crio}"));
    Ok(match kind {
        Kind::Kubeadm | Kind::Kubelet | Kind::KubeProxy => {
            let (options, _) = judged_by(bytes, lint.kubernetes_version.as_ref())?;
            let by = Some(format!("kubeadm {}", options.release.version()));
            let checked = check_kubeadm(bytes, &options, &Circumstances::default());
            // A file of the kubelet alone is what it is.
            let meant = |code: Code| kind == Kind::Kubeadm || code != Code::NoKubeadmDocument;
            (by, checked.remarks.into_iter().filter(|one| meant(one.code)).map(of_kubeadm).collect())
        }
        Kind::Crio => {
            let mut sources = Sources::new();
            sources.main = Some(SourceFile::new(input::shown(path), Ok(bytes.to_vec())));
            let report = crio_config::check(&sources, crio, &CheckOptions::default());
            (by_crio, report.remarks.into_iter().map(of_crio).collect())
        }
        Kind::Registries | Kind::Storage => (by_crio, beside(kind, path, bytes, crio)),
        Kind::Spec => (None, of_spec(path, bytes)),
    })
}

fn of_kubeadm(remark: kubeadm_config::check::Remark) -> Said {
    use kubeadm_config::check::Severity as Theirs;
    Said {
        severity: match remark.severity {
            Theirs::Error => Severity::Error,
            Theirs::Warning => Severity::Warning,
            _ => Severity::Advice,
        },
        code: remark.code.to_string(),
        text: remark.text,
        field: remark.field,
        line: remark.line,
        column: remark.column,
        help: remark.help.map(|help| help.text),
    }
}

fn of_crio(remark: crio_config::Remark) -> Said {
    use crio_config::Severity as Theirs;
    Said {
        severity: match remark.severity {
            Theirs::Error => Severity::Error,
            Theirs::Warning => Severity::Warning,
            _ => Severity::Advice,
        },
        code: remark.code.to_string(),
        field: remark.field,
        line: remark.line,
        column: remark.column,
        text: remark.text,
        help: remark.help,
    }
}

/// A file that CRI-O reads beside its own, with nothing else there.
fn beside(kind: Kind, path: &Path, bytes: &[u8], crio: Release) -> Vec<Said> {
    let shown = input::shown(path);
    // What a file is to CRI-O shows in its name there.
    let name = match kind {
        Kind::Storage => "storage.conf".to_owned(),
        _ if shown.contains("registries.conf.d/") => shown,
        _ => "registries.conf".to_owned(),
    };
    let mut options = CheckOptions::default();
    options.host.beside = vec![SourceFile::new(name.as_str(), Ok(bytes.to_vec()))];
    let report = crio_config::check(&Sources::new(), crio, &options);
    report.remarks.into_iter().filter(|one| one.file.as_deref() == Some(&name)).map(of_crio).collect()
}

fn of_spec(path: &Path, bytes: &[u8]) -> Vec<Said> {
    let error = |code: crate::Code, field: String, at: Option<(u32, u32)>, text: String| Said {
        severity: Severity::Error,
        code: code.to_string(),
        field,
        line: at.map(|(line, _)| line),
        column: at.map(|(_, column)| column),
        text,
        help: None,
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(why) => return vec![error(crate::Code::SpecInvalid, String::new(), None, why.to_string())],
    };
    let beside = path.parent().unwrap_or(Path::new(""));
    let read = |file: &Path| input::read(&beside.join(file), LARGEST);
    match NodeSpec::from_yaml_with(text, &read) {
        Ok(spec) => {
            let against = agree(&spec).err().map(|all| all.0).unwrap_or_default();
            let said = |one: &_| error(crate::Code::SpecContradiction, String::new(), None, told(one));
            against.iter().map(said).collect()
        }
        Err(problems) => {
            let said = |one: crate::recipe::SpecProblem| {
                let at = one.at.map(|at| (at.line, at.column));
                error(crate::Code::SpecInvalid, one.field, at, one.message)
            };
            problems.0.into_iter().map(said).collect()
        }
    }
}

fn told(one: &crate::recipe::Contradiction) -> String {
    one.to_string()
}
