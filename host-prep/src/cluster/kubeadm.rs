//! Running kubeadm, and understanding why it failed.

use std::collections::VecDeque;
use std::time::Duration;

use super::{KubeadmOptions, left};
use crate::observed::chain;
use crate::package::Trouble;
use crate::{Error, Host, Invocation, Watch};

/// So many lines of what it said last are told where it was stopped.
const LAST: usize = 5;

/// Hears what another one hears, and keeps the last of it.
struct Remember<'a> {
    last: VecDeque<String>,
    watch: &'a mut dyn Watch,
}

impl Watch for Remember<'_> {
    fn said(&mut self, line: &str) {
        if !line.trim().is_empty() {
            self.last.push_back(line.trim().to_owned());
            self.last.drain(..self.last.len().saturating_sub(LAST));
        }
        self.watch.said(line);
    }

    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
    }

    fn stops(&mut self) -> bool {
        self.watch.stops()
    }
}

pub(super) fn run<const N: usize>(
    host: &Host,
    words: [&str; N],
    options: &KubeadmOptions,
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let left = if options.resume { left::stumbling(host)? } else { Vec::new() };
    let named = options.ignore.iter().map(String::as_str).filter(|name| !name.eq_ignore_ascii_case("all"));
    let ignored: Vec<&str> = named.chain(left.iter().map(String::as_str)).collect();
    let flag = (!ignored.is_empty()).then(|| format!("--ignore-preflight-errors={}", ignored.join(",")));
    let invocation =
        Invocation::new("kubeadm", words.into_iter().chain(flag.as_deref())).within(options.limit);
    let mut watch = Remember { last: VecDeque::new(), watch };
    let outcome = match host.follow(&invocation, &mut watch) {
        Err(error) if !watch.last.is_empty() => {
            let last = watch.last.into_iter().collect::<Vec<_>>().join(" | ");
            let why = std::error::Error::source(&error).map_or_else(|| chain(&error), ToString::to_string);
            let complaints = format!("{why}; its last lines: {last}");
            let hint = advice(&last);
            return Err(Error::Kubeadm { command: invocation.to_string(), complaints, hint });
        }
        outcome => outcome?,
    };
    if outcome.status == Some(0) {
        return Ok(());
    }
    let said = [outcome.stderr, b"\n".to_vec(), outcome.stdout].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let hint = advice(&said);
    Err(Error::Kubeadm { command: invocation.to_string(), complaints: complaints(&said), hint })
}

/// What kubeadm complained about: its `[ERROR Name]: ...` lines, or the last words it said.
fn complaints(said: &str) -> String {
    let errors: Vec<&str> = said.lines().map(str::trim).filter(|line| line.starts_with("[ERROR ")).collect();
    if !errors.is_empty() {
        return errors.join("; ");
    }
    let last = said.lines().rev().map(str::trim).find(|line| line.starts_with("error") || !line.is_empty());
    last.unwrap_or("it said nothing").to_owned()
}

/// Words in kubeadm's complaints, and what helps.
const ADVICE: &[(&str, &str)] = &[
    (
        "timed out waiting for the condition",
        "look at `journalctl -u kubelet -u crio`; then go on with `--resume`",
    ),
    ("The kubelet is not running", "look at `journalctl -u kubelet -u crio`; then go on with `--resume`"),
    ("[ERROR ImagePull]", "the registry does not answer or has no such image; name a mirror in the spec"),
    ("[ERROR CRI]", "CRI-O does not answer on the socket; look at `systemctl status crio`"),
    (
        "[ERROR FileAvailable",
        "an earlier run of kubeadm was here: `--resume` goes on with it, `k8sprep down` takes it back",
    ),
    (
        "[ERROR DirAvailable",
        "an earlier run of kubeadm was here: `--resume` goes on with it, `k8sprep down` takes it back",
    ),
    ("[ERROR Port-", "something listens there already; an unfinished run goes on with `--resume`"),
    (
        "x509: certificate",
        "the pin in the join command is not the cluster's; ask its control plane for a new command",
    ),
    ("could not find a JWS signature", "the token has expired; ask the control plane for a new join command"),
];

fn advice(said: &str) -> String {
    let known = ADVICE.iter().find(|(words, _)| said.contains(words)).map(|(_, hint)| *hint);
    let network = || Trouble::in_output(said).map(Trouble::hint);
    known
        .or_else(network)
        .unwrap_or("put right what it names, then go on with `--resume`; nothing is wiped by itself")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_complaint_of_preflight_is_told() {
        let said = "[preflight] Some fatal errors occurred:\n\t[ERROR Swap]: running with swap on\n\t[ERROR Port-6443]: Port 6443 is in use\n";
        assert_eq!(
            complaints(said),
            "[ERROR Swap]: running with swap on; [ERROR Port-6443]: Port 6443 is in use"
        );
        assert!(advice(said).contains("--resume"));
        assert_eq!(
            complaints("x\nerror execution phase wait-control-plane\n\n"),
            "error execution phase wait-control-plane"
        );
    }
}
