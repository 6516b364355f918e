//! Teaches: an agent in async code that asks a runtime's socket again and again, and lives with every way that can fail.
//!
//! ```text
//! agent [SOCKET] [TIMES]
//! ```
//!
//! All sources are asked at once under one deadline; a future may be dropped at any point and leaves nothing behind. An error
//! says what kind it is and whether it may pass by itself.

use std::error::Error;
use std::time::Duration;

use cri_probe::{Client, Disagreement, Options, Socket, Source};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let socket: Socket = words.next().map_or_else(|| Ok(Socket::crio()), |text| text.parse())?;
    let times: u32 = words.next().map_or(Ok(1), |text| text.parse())?;
    let mut options = Options::default();
    options.timeout = Duration::from_secs(2);
    let client = Client::with_options(socket, options);
    for round in 0..times {
        if round > 0 {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        match client.probe(Source::USUAL).await {
            Ok(probe) => {
                let claims = probe.claims();
                for claim in &claims {
                    println!("{} is {} ({})", claim.fact, claim.value, claim.origin.as_str());
                }
                for disagreement in Disagreement::among(&claims) {
                    println!("not agreed upon: {disagreement}");
                }
            }
            Err(error) if error.is_transient() => println!("not now ({}): {error}", error.kind().as_str()),
            Err(error) => println!("{}: {error}", error.kind().as_str()),
        }
    }
    Ok(())
}
