//! An address at which etcd is asked, or listens: `--etcd-servers` beside `--listen-client-urls`.

use std::net::IpAddr;

/// `https://127.0.0.1:2379`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Endpoint {
    /// As it is written.
    pub(crate) text: String,
    /// `http` or `https`.
    scheme: String,
    /// A name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Endpoint {
    /// Host and port have to be said: etcd takes no URL without a port (`types.NewURLs`), and asks at no other.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let known = matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('/');
        let port = port.parse().ok().filter(|_| known)?;
        let (scheme, host) = (scheme.to_owned(), host.to_ascii_lowercase());
        Some(Self { text: text.to_owned(), scheme, host, port })
    }

    /// Whether it is an address of whichever host reads it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether who listens here is met by who asks there.
    pub(crate) fn serves(&self, asked: &Self) -> bool {
        let every = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
        let name = self.is_loopback()
            && asked.is_loopback()
            && (self.host == "localhost" || asked.host == "localhost");
        self.scheme == asked.scheme && self.port == asked.port && (every || name || self.host == asked.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_met() {
        let of = |text: &str| Endpoint::read(text).unwrap();
        let own = of("https://127.0.0.1:2379");
        for asked in ["https://127.0.0.1:2379", " https://localhost:2379/", "https://LOCALHOST:2379"] {
            assert!(own.serves(&of(asked)), "{asked}");
        }
        for asked in [
            "https://127.0.0.1:2378",
            "http://127.0.0.1:2379",
            "https://192.0.2.7:2379",
            "https://[::1]:2379",
        ] {
            assert!(!own.serves(&of(asked)), "{asked}");
        }
        assert!(of("https://0.0.0.0:2379").serves(&of("https://192.0.2.7:2379")));
        assert!(of("https://[::]:2379").serves(&own));
        assert!(of("https://[::1]:2379").is_loopback() && of("https://127.1.2.3:1").is_loopback());
        assert!(!of("https://etcd.example:2379").is_loopback());
        for text in [
            "",
            "127.0.0.1:2379",
            "https://127.0.0.1",
            "unix:///run/etcd:1",
            "https://:1",
            "https://a:x",
            "https://a/b:1",
        ] {
            assert_eq!(Endpoint::read(text), None, "{text}");
        }
    }
}
