//! Lists of CPUs.

use crate::Release;
use crate::catalogue::first_of;
use crate::toml::goquote;

/// Checks a list such as `0-3,7`. Reversed ranges are looked for since 1.24 (measured between
/// 1.20.9 and 1.24.6).
pub(super) fn check(text: &str, release: Release) -> Result<(), String> {
    // `cpuset.Parse`: the kubelet's (pkg/kubelet/cm/cpuset) up to CRI-O 1.27, that of k8s.io/utils
    // from 1.28 on.
    if text.is_empty() {
        return Ok(());
    }
    for range in text.split(',') {
        let Some((first, last)) = range.split_once('-') else {
            parse_int(range, "Atoi")?;
            continue;
        };
        let (first, last) = (parse_int(first, "Atoi")?, parse_int(last, "Atoi")?);
        if first > last && release >= first_of(21) {
            let sign = if release >= first_of(26) { ">" } else { ">=" };
            return Err(format!("invalid range {} ({first} {sign} {last})", goquote::string(range)));
        }
    }
    Ok(())
}

/// A decimal number of 64 bits, refused in the words of the Go function named.
pub(super) fn parse_int(text: &str, function: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let shown = goquote::string(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("strconv.{function}: parsing {shown}: invalid syntax"));
    }
    text.parse().map_err(|_| format!("strconv.{function}: parsing {shown}: value out of range"))
}
