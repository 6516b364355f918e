//! What runs behind a CRI socket, and do its own interfaces agree: with `cri-probe` alone.
//!
//! `cargo run -p k8sprep-examples --example runtime_status --
//! unix:///run/containerd/containerd.sock`

use std::error::Error;

use cri_probe::{Client, Disagreement, Socket, Source, blocking};

#[expect(clippy::print_stdout, reason = "printing is what an example does")]
fn main() -> Result<(), Box<dyn Error>> {
    let socket = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => Socket::crio(),
    };
    let probe = blocking::probe(&Client::new(socket), Source::USUAL)?;

    println!("{} listens on {}", probe.runtime(), probe.socket);
    let claims = probe.claims();
    for claim in &claims {
        println!("{:16} {} ({}) {}", claim.fact, claim.value, claim.origin.as_str(), claim.detail);
    }
    for unanswered in &probe.unanswered {
        println!("{:16} no answer: {}", unanswered.source.as_str(), unanswered.error);
    }
    for disagreement in Disagreement::among(&claims) {
        println!("not agreed upon: {disagreement}");
    }
    Ok(())
}
