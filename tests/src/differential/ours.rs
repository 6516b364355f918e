//! The crate's side.

use kubeadm_config::HostFacts;
use kubeadm_config::like_kubeadm::{self, ImagesOptions, Options};

use super::Request;
use super::oracle::{Answer, Answers, Command};

/// What the crate says of a file on the pinned host.
pub fn ours(request: &Request, text: &str) -> Answers {
    let mut options = Options::new(request.release.clone(), facts());
    options.allow_experimental_api = request.experimental;
    let mut answers = Vec::new();
    for command in &request.commands {
        let given = match command {
            Command::Validate => like_kubeadm::validate(text.as_bytes(), &options),
            Command::Migrate => like_kubeadm::migrate(text.as_bytes(), &options),
            Command::Images => {
                like_kubeadm::images_list(Some(text.as_bytes()), &ImagesOptions::default(), &options)
            }
        };
        answers.push((*command, answer(&given)));
        if given.exit != 0 {
            break;
        }
    }
    answers
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
