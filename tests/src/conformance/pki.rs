//! CA files and their pins: `pins.jsonl` beside the files, a line each.
//!
//! kubeadm refuses some files that openssl reads. Where it does and we do not, we must say so: a
//! finding that kubeadm cannot read the file counts as its refusal.

use kubeadm_config::{CaFile, CaFinding};
use serde_json::Value;

use super::{Error, Request, Tally, json_lines};

const REFUSED: &str = "refused";

pub(super) fn run(request: &Request, tally: &mut Tally) -> Result<(), Error> {
    for case in json_lines(&request.dir.join("pins.jsonl"))? {
        let name = case["file"].as_str().unwrap_or_default();
        let path = request.dir.join(name);
        let bytes = std::fs::read(&path).map_err(|error| Error::io(&path, &error))?;
        let got = CaFile::read(&bytes);
        let (expected_verdict, got_verdict) =
            (verdict(case["pins"].is_array()), verdict(read_by_kubeadm(&got)));
        tally.compare("", "verdict", name, expected_verdict, got_verdict);
        if let Some(pins) = case["pins"].as_array() {
            tally.compare("", "pins", name, &lines(pins), &pins_of(&got));
        }
    }
    Ok(())
}

fn verdict(read: bool) -> &'static str {
    if read { "read" } else { REFUSED }
}

fn read_by_kubeadm<E>(got: &Result<CaFile, E>) -> bool {
    let refuses = |finding: &CaFinding| {
        matches!(finding, CaFinding::ByteOrderMark | CaFinding::Der | CaFinding::KeyUnknownToKubeadm { .. })
    };
    got.as_ref().is_ok_and(|file| !file.findings.iter().any(refuses))
}

fn lines(pins: &[Value]) -> String {
    pins.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

fn pins_of<E: std::fmt::Display>(got: &Result<CaFile, E>) -> String {
    match got {
        Ok(file) => file.pins().map(|pin| pin.to_string()).collect::<Vec<_>>().join("\n"),
        Err(error) => error.to_string(),
    }
}
