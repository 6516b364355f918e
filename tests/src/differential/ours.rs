//! The crate's side.

use kubeadm_config::like_kubeadm::{self, Options};
use kubeadm_config::{HostFacts, KubeadmRelease};

use super::oracle::{Answer, Answers};

/// What the crate says of a file on the pinned host.
pub fn ours(release: &KubeadmRelease, text: &str) -> Answers {
    let options = Options::new(release.clone(), facts());
    let validate = answer(&like_kubeadm::validate(text.as_bytes(), &options));
    let migrate = (validate.exit == 0).then(|| answer(&like_kubeadm::migrate(text.as_bytes(), &options)));
    Answers { validate, migrate }
}

fn answer(answer: &like_kubeadm::Answer) -> Answer {
    Answer { exit: answer.exit.into(), stdout: answer.stdout.clone(), stderr: answer.stderr() }
}

/// The host of `tests/oracle/host`. The tokens kubeadm makes up are never compared.
fn facts() -> HostFacts {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".to_owned();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    let token = |number: usize| format!("q0q0q0.{number:016}").parse().ok();
    facts.random_tokens = (0..50).filter_map(token).collect();
    facts
}
