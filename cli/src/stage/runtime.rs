//! CRI-O, once it was started.
//!
//! That a unit was started says nothing of its socket, and kubeadm asks at once.

use std::time::Duration;

use cri_probe::{Client, Info, Socket, Wait, blocking};

use super::{Error, Reporter};

/// Waits until CRI-O answers on `socket`: that its unit was started is not enough. What it says of
/// itself.
///
/// # Errors
///
/// If the socket is not a valid one, or CRI-O does not answer within `limit`.
pub fn await_runtime(socket: &str, limit: Duration, report: &mut dyn Reporter) -> Result<Info, Error> {
    report.note(&"CRI-O");
    let client = Client::new(Socket::new(socket)?);
    let mut wait = Wait::default();
    wait.limit = limit;
    let mut told = false;
    let asked = client.wait(
        &wait,
        |client| async move { client.info().await },
        // Any answer will do: it is not asked what CRI-O says but whether it does.
        |_| true,
        |_| {
            if !std::mem::replace(&mut told, true) {
                let seconds = limit.as_secs();
                report.note(&format_args!("  it does not answer yet; it has {seconds} s to do so"));
            }
        },
    );
    let info = blocking::run(asked)?;
    report.note(&format_args!("  it answers; its cgroup driver is {}", info.cgroup_driver.as_str()));
    Ok(info)
}
