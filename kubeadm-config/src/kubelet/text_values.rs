//! Values of the components' flags that are texts of a form of their own, read as their libraries
//! read them.

use crate::go::quote;

/// `metric,label=a,b` once, or several as a line of CSV (`stringToStringValue.Set` of spf13/pflag).
pub(super) fn text_pairs(text: &str) -> Result<(), String> {
    let bare = |pair: &str| Err(format!("{pair} must be formatted as key=value"));
    match text.matches('=').count() {
        0 => bare(text),
        1 => Ok(()),
        // What is in quotes may hold commas, and is left to CSV.
        _ if text.contains('"') => Ok(()),
        _ => text.split(',').find(|pair| !pair.contains('=')).map_or(Ok(()), bare),
    }
}

/// `certificate,key`, and behind a colon the names it is for (`NamedCertKey.Set` of
/// k8s.io/component-base/cli/flag).
pub(super) fn named_cert_key(text: &str) -> Result<(), String> {
    let (files, names) = match text.split_once(':') {
        Some((files, names)) => (files.trim(), Some(names.trim())),
        None => (text.trim(), None),
    };
    if names == Some("") {
        return Err("empty names list is not allowed".into());
    }
    match files.split(',').count() {
        2 => Ok(()),
        _ => Err("expected comma separated certificate and key file paths".into()),
    }
}

/// `30000-32767`, `30000+2768` or one port (`PortRange.Set` of k8s.io/apimachinery/pkg/util/net).
pub(super) fn port_range(text: &str) -> Result<(), String> {
    let text = text.trim();
    let (low, high) = match (text.split_once('-'), text.split_once('+')) {
        _ if text.is_empty() => return Ok(()),
        (None, None) => (atoi(text)?, atoi(text)?),
        (Some((low, high)), None) => (atoi(low)?, atoi(high)?),
        (None, Some((low, more))) => {
            let low = atoi(low)?;
            (low, low.saturating_add(atoi(more)?))
        }
        (Some(_), Some(_)) => return Err(format!("unable to parse port range: {text}")),
    };
    if low > 65_535 || high > 65_535 {
        return Err(format!("the port range cannot be greater than 65535: {text}"));
    }
    if high < low { Err(format!("end port cannot be less than start port: {text}")) } else { Ok(()) }
}

/// `strconv.Atoi`.
fn atoi(text: &str) -> Result<i64, String> {
    let fault = |why: &str| format!("strconv.Atoi: parsing {}: {why}", quote(text));
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault("invalid syntax"));
    }
    text.parse().map_err(|_| fault("value out of range"))
}
