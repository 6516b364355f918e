//! The proxy of programs that fetch from the network.

use std::borrow::Cow;
use std::fmt;

use super::Host;
use super::invocation::{Environment, Invocation};

/// A proxy, as programs read it from their environment: curl(1), wget(1), apt-transport-http(1) and,
/// by libcurl, dnf and yum.
///
/// It is told to what fetches for us alone. `kubeadm` would write it into the static Pods of a
/// control plane (`GetProxyEnvVars`, cmd/kubeadm/app/util/env.go), and ask its own API server
/// through it.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Proxy {
    /// The URL for http, with its password.
    pub http: Option<String>,
    /// The URL for https, with its password.
    pub https: Option<String>,
    /// Hosts, domains and subnets that are reached without it.
    pub without: Vec<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Option<String>| url.as_deref().map(crate::without_passwords);
        f.debug_struct("Proxy")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("without", &self.without)
            .finish()
    }
}

impl Proxy {
    /// Every variable in both cases: curl reads `http_proxy` in small letters alone, and a spelling
    /// that somebody else has set must not count.
    fn variables(&self) -> Vec<(String, String)> {
        let of = [
            ("http_proxy", self.http.clone().unwrap_or_default()),
            ("https_proxy", self.https.clone().unwrap_or_default()),
            ("all_proxy", String::new()),
            ("no_proxy", self.without.join(",")),
        ];
        let both =
            |(name, value): (&str, String)| [(name.to_owned(), value.clone()), (name.to_uppercase(), value)];
        of.into_iter().flat_map(both).collect()
    }
}

impl Host {
    /// The same host, whose programs [fetch](Invocation::fetching) by way of this proxy, whatever
    /// the environment says.
    #[must_use]
    pub fn through(self, proxy: Option<Proxy>) -> Self {
        Self { proxy, ..self }
    }

    /// By way of which proxy programs fetch, where the environment is not to say it.
    #[must_use]
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The program with what its environment is to have.
    pub(super) fn told<'a>(&self, invocation: &'a Invocation) -> Cow<'a, Invocation> {
        match self.proxy.as_ref().filter(|_| invocation.fetches) {
            Some(proxy) => {
                let mut told = invocation.clone();
                told.environment = Environment(proxy.variables());
                Cow::Owned(told)
            }
            None => Cow::Borrowed(invocation),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::SystemCommands;
    use crate::fs::Root;

    #[test]
    fn what_fetches_is_told_of_the_proxy_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(SystemCommands));
        let https = Some("http://u:secret@proxy:3128".to_owned());
        let proxy =
            Proxy { https, without: ["localhost", "10.0.0.0/8"].map(str::to_owned).into(), http: None };
        assert!(!format!("{proxy:?}").contains("secret"), "{proxy:?}");
        let host = host.through(Some(proxy));
        let ask = Invocation::new("sh", ["-c", "echo $https_proxy $HTTPS_PROXY $no_proxy [$HTTP_PROXY]"]);
        let said = |ask: &Invocation| String::from_utf8(host.run(ask).unwrap().stdout).unwrap();
        let told = ask.clone().fetching();
        let url = "http://u:secret@proxy:3128";
        assert_eq!(said(&told), format!("{url} {url} localhost,10.0.0.0/8 []\n"));
        assert!(!said(&ask).contains("secret"));
        assert!(!format!("{:?} {told}", host.told(&told)).contains("secret"));
        assert!(!serde_json::to_string(&*host.told(&told)).unwrap().contains("secret"));
    }
}
