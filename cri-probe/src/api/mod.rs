//! The API server: a few questions over TLS, each bounded in time and in bytes; and what certificate
//! a port serves.
//!
//! ```no_run
//! use cri_probe::api::{Access, ApiClient, ApiOptions, run};
//! use std::time::SystemTime;
//!
//! let kubeconfig = std::fs::read("/etc/kubernetes/admin.conf")?;
//! let access = Access::from_kubeconfig(&kubeconfig, |path| std::fs::read(path))?;
//! let client = ApiClient::new(access, ApiOptions::at(SystemTime::now()))?;
//! let node = run(client.get("/api/v1/nodes/n1"))?;
//! println!("{}", node.value["spec"]["podCIDR"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is read but sockets, and what the system's resolver reads for a server that is named: a
//! kubeconfig and the files that it names come as bytes, and the time against which certificates
//! are judged is told. A server is trusted by the kubeconfig's CA alone, by name and by address;
//! `insecure-skip-tls-verify` is refused. Redirects are not followed, and no proxy is asked.
//!
//! # Cryptography
//!
//! TLS is rustls's, and its provider `ring`: beside Rust it is C and assembly that comes generated in
//! its package, so a C compiler is all it needs to be built and linked, also for musl on amd64 and
//! arm64 with Debian's `gcc`; `aws-lc-rs` wants CMake or prebuilt objects as well, and
//! `rustls-graviola` ends on processors without AVX2 and ADX. The provider is handed to each
//! configuration: none is installed for the process.

mod access;
mod connect;
mod error;
mod exchange;
mod peek;
mod server;
mod tls;

use std::time::{Duration, SystemTime};

use hyper::Method;
use serde_json::Value;

pub use self::access::{Access, Identity};
pub use self::error::ApiError;
pub use self::peek::peek;
pub use self::server::Server;

use self::connect::End;
use self::exchange::{Exchange, Said};
use self::tls::Tls;
use crate::blocking::{self, NotRun};

/// How an [`ApiClient`] asks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiOptions {
    /// For one whole question: name, connection, TLS, headers and body together. 5 s.
    pub timeout: Duration,
    /// The longest body that is read, in bytes. 8 MiB: a list is asked for in pages.
    pub max_body: usize,
    /// The time against which certificates are judged.
    pub now: SystemTime,
}

impl ApiOptions {
    /// The usual limits, at that time.
    #[must_use]
    pub fn at(now: SystemTime) -> Self {
        Self { timeout: Duration::from_secs(5), max_body: 8 << 20, now }
    }
}

/// Asks one API server. Every question is a connection of its own, and dropping its future ends it.
#[derive(Clone, Debug)]
pub struct ApiClient {
    access: Access,
    options: ApiOptions,
    tls: Tls,
}

/// How an object is changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Patch {
    /// RFC 7386: what is given replaces what is there, `null` removes it.
    Merge,
    /// As Kubernetes merges lists by their keys.
    Strategic,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApiAnswer {
    /// The body; of an answer that is no JSON and need not be, its text.
    pub value: Value,
    /// The header `Date`, as the server's clock says it.
    pub date: Option<String>,
}

impl ApiClient {
    /// A client of the server that the access is for.
    ///
    /// # Errors
    ///
    /// [`ApiError::Kubeconfig`] where the certificates or the key cannot be used.
    pub fn new(access: Access, options: ApiOptions) -> Result<Self, ApiError> {
        let tls = Tls::trusting(&access, options.now)?;
        Ok(Self { access, options, tls })
    }

    /// The same with another limit for one question.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { options: ApiOptions { timeout, ..self.options.clone() }, ..self.clone() }
    }

    /// Whom it asks.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.access.server
    }

    /// Reads an object. The path is escaped already: [`query`] makes one with a query.
    ///
    /// # Errors
    ///
    /// An [`ApiError`], one variant per cause.
    pub async fn get(&self, path: &str) -> Result<ApiAnswer, ApiError> {
        self.ask(Method::GET, path, None, self.end()).await?.json()
    }

    /// Reads what is text: `/livez`, `/readyz`, `/healthz`.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::get`]; text that is not UTF-8 is no text.
    pub async fn text(&self, path: &str) -> Result<ApiAnswer, ApiError> {
        self.ask(Method::GET, path, None, self.end()).await?.text()
    }

    /// Reads a list, `limit` items at a time, until it is whole or has `most` items. All of it has
    /// the time of one question.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::get`].
    pub async fn list(
        &self,
        path: &str,
        selected: &[(&str, &str)],
        (limit, most): (usize, usize),
    ) -> Result<Vec<Value>, ApiError> {
        let end = self.end();
        let limit = limit.to_string();
        let mut items = Vec::new();
        let mut from = String::new();
        loop {
            let mut parts = selected.to_vec();
            parts.push(("limit", &limit));
            if !from.is_empty() {
                parts.push(("continue", &from));
            }
            let answer = self.ask(Method::GET, &query(path, &parts), None, end).await?;
            let (server, question) = answer.place();
            let mut page = answer.json()?.value;
            match page.get_mut("items").map(Value::take) {
                Some(Value::Array(found)) => items.extend(found),
                // What Go writes of a list that was never made.
                Some(Value::Null) => {}
                // What is no list is not an empty one.
                _ => {
                    let source = "there is no list `items` in it".into();
                    return Err(ApiError::NotJson { server, question, source });
                }
            }
            from = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
            if from.is_empty() || items.len() >= most {
                items.truncate(most);
                return Ok(items);
            }
        }
    }

    /// Changes an object.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::get`].
    pub async fn patch(&self, path: &str, how: Patch, change: &Value) -> Result<ApiAnswer, ApiError> {
        let kind = match how {
            Patch::Merge => "application/merge-patch+json",
            Patch::Strategic => "application/strategic-merge-patch+json",
        };
        self.ask(Method::PATCH, path, Some((kind, change)), self.end()).await?.json()
    }

    /// Makes an object, an eviction among them.
    ///
    /// # Errors
    ///
    /// As [`ApiClient::get`]; [`ApiError::TooManyRequests`] where a disruption budget stands in the way.
    pub async fn post(&self, path: &str, object: &Value) -> Result<ApiAnswer, ApiError> {
        self.ask(Method::POST, path, Some(("application/json", object)), self.end()).await?.json()
    }

    fn end(&self) -> End {
        End::after(self.options.timeout)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        content: Option<(&'static str, &Value)>,
        end: End,
    ) -> Result<Said, ApiError> {
        let max_body = self.options.max_body;
        Exchange { access: &self.access, tls: &self.tls, method, path, content, max_body, end }.said().await
    }
}

/// A path with a query; what has a meaning in URLs is escaped.
///
/// ```
/// let path = cri_probe::api::query("/api/v1/pods", &[("fieldSelector", "spec.nodeName=n1")]);
/// assert_eq!(path, "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1");
/// ```
#[must_use]
pub fn query(path: &str, parts: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        let one = |byte: u8| match byte {
            byte if plain(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(one).collect::<String>()
    };
    let all: Vec<String> =
        parts.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    if all.is_empty() { path.to_owned() } else { format!("{path}?{}", all.join("&")) }
}

/// A question on this thread, for callers without an async runtime.
///
/// # Errors
///
/// As the question, and [`ApiError::BlockingInAsync`] inside an async task.
pub fn run<T>(question: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    blocking::on_this_thread(question).unwrap_or_else(|not_run| {
        Err(match not_run {
            NotRun::InAsync => ApiError::BlockingInAsync,
            NotRun::NoRuntime(source) => ApiError::Runtime { source },
        })
    })
}
