//! What is wrong with the configuration of another runtime.

use k8sprep::translate::{Input, Options, translate};

use super::Fired;

fn said(files: &[(&str, &str)]) -> Vec<String> {
    let inputs: Vec<Input> = files.iter().map(|(name, text)| Input::new(*name, *text)).collect();
    match translate(&inputs, &Options::default()) {
        Ok(told) => told.open().filter_map(|fate| Some(fate.outcome.code()?.to_string())).collect(),
        Err(error) => vec![error.code().to_string()],
    }
}

pub(super) fn fired() -> Vec<Fired> {
    let daemon = |text| said(&[("daemon.json", text)]);
    vec![
        ("runtime-config-unreadable", daemon("{\"a\": }")),
        ("runtime-config-unrecognised", said(&[("letter.txt", "dear")])),
        ("runtime-config-missing", said(&[])),
        ("runtime-not-told", said(&[("daemon.json", "{}"), ("config.toml", "version = 2\n")])),
        ("runtime-setting-by-hand", daemon("{\"log-driver\": \"syslog\"}")),
        ("runtime-setting-unknown", daemon("{\"registry-miror\": []}")),
        ("runtime-setting-invalid", daemon("{\"exec-opts\": [\"native.cgroupdriver=both\"]}")),
    ]
}
