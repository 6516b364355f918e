//! One question over HTTP, and its answer or what the server says instead.

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderName, LOCATION,
    RETRY_AFTER, USER_AGENT,
};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::access::Access;
use super::connect::{End, broken_exchange, connect};
use super::error::Refusal;
use super::tls::Tls;
use super::{ApiAnswer, ApiError};
use crate::error::Phase;
use crate::http::beside;

/// Room for the headers of an answer, in bytes.
const MAX_HEADERS: usize = 64 * 1024;
/// How much of the body of a refusal is looked at.
const MAX_REFUSAL: usize = 64 * 1024;

type Connection = http1::Connection<TokioIo<TlsStream<TcpStream>>, Full<Bytes>>;

/// One question.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) access: &'a Access,
    pub(super) tls: &'a Tls,
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) content: Option<(&'static str, &'a Value)>,
    pub(super) max_body: usize,
    pub(super) end: End,
}

/// What was answered with a status of success.
#[derive(Debug)]
pub(super) struct Said {
    server: String,
    question: String,
    body: Vec<u8>,
    date: Option<String>,
}

impl Exchange<'_> {
    pub(super) async fn said(&self) -> Result<Said, ApiError> {
        let request = self.request()?;
        let server = &self.access.server;
        let stream = connect(server, self.tls, self.end).await?;
        let (mut sender, mut connection) = http1::Builder::new()
            .max_buf_size(MAX_HEADERS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken_exchange(server, error, Phase::Headers))?;
        let response = self
            .driven(Phase::Headers, &mut connection, async {
                let sent = sender.send_request(request).await;
                sent.map_err(|error| broken_exchange(server, error, Phase::Headers))
            })
            .await?;
        let (head, mut body) = response.into_parts();
        if !head.status.is_success() {
            let text = self.driven(Phase::Body, &mut connection, self.collect(&mut body, MAX_REFUSAL)).await;
            return Err(self.refused(head.status, &head.headers, &text.unwrap_or_default()));
        }
        let body = self.driven(Phase::Body, &mut connection, self.collect(&mut body, self.max_body)).await?;
        let date = header(&head.headers, DATE);
        Ok(Said { server: server.to_string(), question: self.question(), body, date })
    }

    fn question(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, ApiError> {
        let invalid = || ApiError::QuestionInvalid { question: self.question() };
        if !self.path.starts_with('/') {
            return Err(invalid());
        }
        let server = &self.access.server;
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("{}{}", server.prefix(), self.path))
            .header(HOST, server.authority())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "k8sprep")
            .header(CONNECTION, "close");
        if let Some(token) = &self.access.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match self.content {
            Some((kind, value)) => {
                request = request.header(CONTENT_TYPE, kind);
                Bytes::from(value.to_string())
            }
            None => Bytes::new(),
        };
        request.body(Full::new(body)).map_err(|_| invalid())
    }

    async fn driven<T>(
        &self,
        phase: Phase,
        connection: &mut Connection,
        work: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        self.end.within(&self.access.server, phase, beside(connection, work)).await
    }

    async fn collect(&self, body: &mut Incoming, most: usize) -> Result<Vec<u8>, ApiError> {
        let server = &self.access.server;
        let too_large =
            || ApiError::TooLarge { server: server.to_string(), question: self.question(), limit: most };
        if body.size_hint().lower() > most as u64 {
            return Err(too_large());
        }
        let mut all = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| broken_exchange(server, error, Phase::Body))?;
            let Some(data) = frame.data_ref() else { continue };
            if data.len() > most - all.len() {
                return Err(too_large());
            }
            all.extend_from_slice(data);
        }
        Ok(all)
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiError {
        let location = if status.is_redirection() { header(headers, LOCATION) } else { None };
        let after = header(headers, RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        Refusal { server: self.access.server.to_string(), question: self.question(), status: status.as_u16() }
            .meaning(body, location, after)
    }
}

impl Said {
    /// Who answered, and what.
    pub(super) fn place(&self) -> (String, String) {
        (self.server.clone(), self.question.clone())
    }

    pub(super) fn json(self) -> Result<ApiAnswer, ApiError> {
        match serde_json::from_slice(&self.body) {
            Ok(value) => Ok(ApiAnswer { value, date: self.date }),
            Err(error) => {
                let Self { server, question, .. } = self;
                Err(ApiError::NotJson { server, question, source: error.into() })
            }
        }
    }

    pub(super) fn text(self) -> Result<ApiAnswer, ApiError> {
        match String::from_utf8(self.body) {
            Ok(text) => Ok(ApiAnswer { value: Value::String(text), date: self.date }),
            Err(error) => {
                let Self { server, question, .. } = Self { body: Vec::new(), ..self };
                Err(ApiError::NotJson { server, question, source: error.into() })
            }
        }
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(value.as_bytes().escape_ascii().to_string())
}
