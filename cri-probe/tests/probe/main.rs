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
use std::time::Duration;

use cri_probe::test_util::Recording;
use cri_probe::{Client, Error, Info, Options, Socket, blocking};

/// Short beside what peers that hang wait for: the error says that it was the limit, and no clock is asked.
const LIMIT: Duration = Duration::from_millis(400);

fn client(socket: &Path) -> Client {
    let mut options = Options::default();
    options.timeout = LIMIT;
    Client::with_options(Socket::new(socket).unwrap(), options)
}

fn info(socket: &Path) -> Result<Info, Error> {
    blocking::info(&client(socket))
}

/// The HTTP answers of a recorded daemon, where the shared data lies beside the checkout.
fn recorded_http(daemon: &str) -> Option<Recording> {
    let folder = test_kit::recorded(&format!("conformance/crio/http/{daemon}"))?;
    Some(Recording::read(&folder).unwrap())
}
