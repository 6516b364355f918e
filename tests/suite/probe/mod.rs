//! cri-probe against real sockets: recorded daemons, older shapes, and peers that mean harm.

mod containerd;
mod daemons;
mod hostile;
mod http;
mod memory;
mod proto;
mod sockets;

use std::path::Path;
use std::time::{Duration, Instant};

use cri_probe::{Client, Error, Info, Options, Socket, blocking};
use k8sprep_tests::fake_cri::Recording;

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
#[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
fn recorded_http(daemon: &str) -> Option<Recording> {
    let Some(shared) = k8sprep_tests::shared_dir() else {
        eprintln!("SKIPPED: no shared conformance data beside the checkout");
        return None;
    };
    Some(Recording::read(&shared.join("conformance/crio/http").join(daemon)).unwrap())
}

/// Fails when `work` outlives the limit by more than scheduling explains.
fn within_limit<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < LIMIT + Duration::from_millis(600), "took {:?}", start.elapsed());
    result
}
