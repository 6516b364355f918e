//! cri-probe against real sockets: recorded daemons, older shapes, and peers that mean harm.
#![expect(clippy::disallowed_methods, reason = "these tests lay sockets of their own")]

mod codes;
mod containerd;
mod daemons;
mod hostile;
mod http;
mod proto;
mod sockets;

use std::path::Path;
use std::time::{Duration, Instant};

use cri_probe::test_util::Recording;
use cri_probe::{Client, Error, Info, Options, Socket, blocking};

/// Long enough for a busy machine, short enough to see that a limit holds.
const LIMIT: Duration = Duration::from_millis(400);

fn client(socket: &Path) -> Client {
    let mut options = Options::default();
    options.timeout = LIMIT;
    Client::with_options(Socket::new(socket).unwrap(), options)
}

fn info(socket: &Path) -> Result<Info, Error> {
    within_limit(|| blocking::info(&client(socket)))
}

/// The HTTP answers of a recorded daemon, where the shared data lies beside the checkout.
fn recorded_http(daemon: &str) -> Option<Recording> {
    let folder = test_kit::recorded(&format!("conformance/crio/http/{daemon}"))?;
    Some(Recording::read(&folder).unwrap())
}

/// Fails when `work` outlives the limit by more than scheduling explains.
fn within_limit<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < LIMIT + Duration::from_millis(600), "took {:?}", start.elapsed());
    result
}
