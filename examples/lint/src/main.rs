//! Teaches: a linter for an editor or a gate: every remark with its code, severity and the bytes it is about.
//!
//! ```text
//! lint v1.34.0 FILE...
//! ```
//!
//! `*.yaml` are kubeadm documents, `*.conf` are CRI-O's. Exits with 3 if kubeadm or CRI-O would refuse one of the files.

use std::error::Error;
use std::ops::Range;
use std::process::ExitCode;

use crio_config::{CheckOptions, Sources};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::{Circumstances, HostFacts, KubeadmRelease, KubernetesVersion};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [version, files @ ..] = words.as_slice() else {
        eprintln!("usage: lint VERSION FILE...");
        return ExitCode::from(2);
    };
    let mut refused = false;
    for file in files {
        match lint(version, file) {
            Ok(good) => refused |= !good,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::from(if refused { 3 } else { 0 })
}

/// Prints what is wrong with a file; whether it would be taken.
fn lint(version: &str, file: &str) -> Result<bool, Box<dyn Error>> {
    let bytes = std::fs::read(file)?;
    if file.ends_with(".conf") { crio(version, file, &bytes) } else { kubeadm(version, file, &bytes) }
}

fn kubeadm(version: &str, file: &str, bytes: &[u8]) -> Result<bool, Box<dyn Error>> {
    let version: KubernetesVersion = version.parse()?;
    let options = Options::new(KubeadmRelease::of(&version)?, HostFacts::default());
    let checked = kubeadm_config::check::check(bytes, &options, &Circumstances::default());
    for remark in &checked.remarks {
        let field = if remark.field.is_empty() { String::new() } else { format!("{}: ", remark.field) };
        let text = format!("{field}{}", remark.text);
        print(file, bytes, remark.span.as_ref(), remark.severity.as_str(), remark.code.as_str(), &text);
    }
    Ok(checked.remarks.iter().all(|remark| remark.severity < kubeadm_config::check::Severity::Error))
}

fn crio(version: &str, file: &str, bytes: &[u8]) -> Result<bool, Box<dyn Error>> {
    // CRI-O's minors are Kubernetes': 1.34 of v1.34.0.
    let minor = version.trim_start_matches('v').rsplit_once('.').ok_or("a version is v1.34.0")?.0;
    let sources = Sources::new().with_main(file, bytes);
    let report = crio_config::check(&sources, minor.parse()?, &CheckOptions::default());
    for remark in &report.remarks {
        print(
            file,
            bytes,
            remark.span.as_ref(),
            remark.severity.as_str(),
            remark.code.as_str(),
            &remark.text,
        );
    }
    Ok(report.is_accepted())
}

/// One line for people, with the bytes in question for whoever underlines them.
fn print(file: &str, bytes: &[u8], span: Option<&Range<usize>>, severity: &str, code: &str, text: &str) {
    let about = span.and_then(|span| bytes.get(span.clone())).map(String::from_utf8_lossy);
    let place = span.map(|span| format!(":{}..{}", span.start, span.end)).unwrap_or_default();
    println!("{file}{place}: {severity}: {text} [{code}]");
    if let Some(line) = about.as_deref().and_then(|about| about.lines().next()) {
        println!("    {line}");
    }
}
