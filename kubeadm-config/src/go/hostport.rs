//! `net.SplitHostPort` and `net.JoinHostPort`.
//!
//! For `apiServerEndpoint` of a token discovery (`ValidateDiscoveryTokenAPIServer`) and for
//! addresses that are put together. The order of its complaints is Go's (net/ipsock.go): brackets,
//! then colons, then brackets that stand elsewhere.

/// Why a text is no `host:port`, in the words of Go's `net` package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{why}", if .address.is_empty() { String::new() } else { format!("address {address}: ") })]
pub(crate) struct InvalidHostPort {
    address: String,
    why: &'static str,
}

/// Cuts `host:port`, `[host]:port` or `[host%zone]:port`; neither part is looked at.
pub(crate) fn split_host_port(text: &str) -> Result<(&str, &str), InvalidHostPort> {
    const MISSING_PORT: &str = "missing port in address";
    const TOO_MANY_COLONS: &str = "too many colons in address";
    let fail = |why| Err(InvalidHostPort { address: text.to_owned(), why });
    // "The port starts after the last colon": without brackets an IPv6 address has too many of
    // them.
    let Some((before, port)) = text.rsplit_once(':') else { return fail(MISSING_PORT) };
    let host = if let Some(inner) = text.strip_prefix('[') {
        let Some((host, after)) = inner.split_once(']') else { return fail("missing ']' in address") };
        match after.strip_prefix(':') {
            Some(rest) if rest == port => host,
            Some(_) => return fail(TOO_MANY_COLONS),
            None => return fail(MISSING_PORT),
        }
    } else if before.contains(':') {
        return fail(TOO_MANY_COLONS);
    } else {
        before
    };
    if host.contains('[') || port.contains('[') {
        return fail("unexpected '[' in address");
    }
    if (!text.starts_with('[') && host.contains(']')) || port.contains(']') {
        return fail("unexpected ']' in address");
    }
    Ok((host, port))
}

/// `host:port`, with brackets around a host that has colons.
pub(crate) fn join_host_port(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_and_joins() {
        assert_eq!(split_host_port("lb:6443"), Ok(("lb", "6443")));
        assert_eq!(split_host_port("[fd00::5]:6443"), Ok(("fd00::5", "6443")));
        assert_eq!(split_host_port(":"), Ok(("", "")));
        assert_eq!(join_host_port("fd00::5", "6443"), "[fd00::5]:6443");
        assert_eq!(join_host_port("lb", ""), "lb:");
    }

    #[test]
    fn refuses_in_gos_words() {
        let say = |text: &str| split_host_port(text).unwrap_err().to_string();
        assert_eq!(say(""), "missing port in address");
        assert_eq!(say("lb"), "address lb: missing port in address");
        assert_eq!(say("a:b:c"), "address a:b:c: too many colons in address");
        assert_eq!(say("[a:1"), "address [a:1: missing ']' in address");
        assert_eq!(say("[a]b:1"), "address [a]b:1: missing port in address");
        assert_eq!(say("[a]:1:2"), "address [a]:1:2: too many colons in address");
        assert_eq!(say("a]:1"), "address a]:1: unexpected ']' in address");
        assert_eq!(say("[[a]:1"), "address [[a]:1: unexpected '[' in address");
    }
}
