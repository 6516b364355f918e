//! `additional_devices`.

use crate::catalogue::first_of;
use crate::{CrioHost, DeviceState, Release};

pub(super) enum Bad {
    Refused(String),
    /// CRI-O dies of it.
    Panic(&'static str),
}

/// `/dev/source[:/dev/target][:rwm]`. A part that is no path below `/dev` is taken for the mode.
pub(super) fn check(entry: &str, release: Release, host: &CrioHost) -> Result<(), Bad> {
    // "ignore empty entries" (`devicesFromStrings`).
    if entry.is_empty() && release >= first_of(19) {
        return Ok(());
    }
    // `createconfig.ParseDevice` of podman, which does not stat: that the device exists is asked
    // since 1.20 (`devices.DeviceFromPath` of runc, internal/config/device).
    let parts: Vec<&str> = entry.split(':').collect();
    let source = parts[0];
    if parts.len() > 3 {
        return Err(Bad::Refused(format!("invalid device specification: {entry}")));
    }
    let bad_mode = |part: &str| Err(Bad::Refused(format!("invalid device mode: {part}")));
    if let Some(mode) = parts.get(2).filter(|mode| !is_mode(mode)) {
        return bad_mode(mode);
    }
    if let Some(target) = parts.get(1).filter(|part| !is_mode(part)) {
        match target.is_empty() {
            true if release >= first_of(29) => {}
            true if release >= first_of(19) => {
                return Err(Bad::Panic("runtime error: index out of range [0] with length 0"));
            }
            // "ParseDevice does not check the destination is in /dev, but it should be checked"
            // (`devicesFromStrings`): the message says mode all the same.
            _ if !target.starts_with("/dev/") => return bad_mode(target),
            _ => {}
        }
    }
    if !source.starts_with("/dev/") {
        return bad_mode(source);
    }
    if release < first_of(20) {
        return Ok(());
    }
    let reason = match host.device(source) {
        DeviceState::Device => return Ok(()),
        DeviceState::OtherFile => "not a device node",
        DeviceState::Missing => "no such file or directory",
    };
    Err(Bad::Refused(format!("{source} is not a valid device: {reason}")))
}

/// Some of `r`, `w` and `m`, each at most once.
fn is_mode(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| matches!(c, 'r' | 'w' | 'm'))
        && ['r', 'w', 'm'].iter().all(|&c| text.matches(c).count() <= 1)
}
