//! `GET` over a unix socket: one request, one answer, bounded in time and in bytes.

use std::error::Error as _;
use std::future::Future;
use std::io;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderName, LOCATION};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use crate::deadline::Deadline;
use crate::error::{Error, Phase};
use crate::socket::Socket;
use crate::tap::{Beginning, Tap, is_http2};
use crate::unix;

/// Room for the headers of an answer, in bytes; CRI-O sends some 150.
const MAX_HEADERS: usize = 64 * 1024;
/// How much of an error page is looked at for its first line.
const MAX_ERROR_TEXT: usize = 4 * 1024;

/// How every answer of HTTP/1 begins.
const HTTP1: &[u8] = b"HTTP/1.";

type Connection = http1::Connection<TokioIo<Tap>, Empty<Bytes>>;

/// One question over HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Get<'a> {
    pub(crate) socket: &'a Socket,
    pub(crate) endpoint: &'a str,
    pub(crate) content_type: &'static str,
    pub(crate) max_body: usize,
    pub(crate) deadline: Deadline,
}

/// `work` with its connection polled beside it, so that nothing is spawned and dropping this future
/// ends all.
pub(crate) async fn beside<T>(connection: impl Future, work: impl Future<Output = T>) -> T {
    tokio::pin!(connection, work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        // Its error, if any, has also been handed to the request or the body that waits.
        _ = connection => {}
    }
    work.await
}

impl Get<'_> {
    /// The body of a 200 of the expected content type.
    pub(crate) async fn body(self) -> Result<Vec<u8>, Error> {
        let stream = unix::connect(self.socket, self.deadline).await?;
        let (tap, beginning) = Tap::new(stream);
        let (mut sender, mut connection) = http1::Builder::new()
            .max_buf_size(MAX_HEADERS)
            .handshake(TokioIo::new(tap))
            .await
            .map_err(|error| self.before_body(error, &beginning))?;
        let request = self.request()?;
        let response = self
            .driven(Phase::Headers, &mut connection, async {
                sender.send_request(request).await.map_err(|error| self.before_body(error, &beginning))
            })
            .await?;
        self.accepted(&mut connection, response).await
    }

    fn request(self) -> Result<Request<Empty<Bytes>>, Error> {
        Request::get(self.endpoint)
            // Go's server refuses HTTP/1.1 without it (400 Bad Request: missing required Host
            // header).
            .header(HOST, "localhost")
            // CRI-O tells HTTP/1 and gRPC apart per connection (cmux in cmd/crio/main.go), so none
            // is kept for the next question.
            .header(CONNECTION, "close")
            .body(Empty::new())
            .map_err(|error| Error::Io { socket: self.socket.clone(), source: io::Error::other(error) })
    }

    async fn accepted(
        self,
        connection: &mut Connection,
        response: Response<Incoming>,
    ) -> Result<Vec<u8>, Error> {
        let (head, mut body) = response.into_parts();
        // The text of a 404 is the one place where CRI-O says which container it does not know.
        if head.status != StatusCode::OK {
            let text = self.driven(Phase::Body, connection, first_line(&mut body)).await.unwrap_or_default();
            return Err(self.status(head.status, &head.headers, text));
        }
        self.right_kind(&head.headers)?;
        self.driven(Phase::Body, connection, self.collect(&mut body)).await
    }

    async fn driven<T>(
        self,
        phase: Phase,
        connection: &mut Connection,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.deadline.within(self.socket, phase, beside(connection, work)).await
    }

    fn right_kind(self, headers: &HeaderMap) -> Result<(), Error> {
        let found = text(headers, CONTENT_TYPE);
        // `application/json; charset=utf-8` is JSON as well.
        let kind = found.as_deref().and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(self.content_type) {
            let (socket, endpoint) = self.place();
            return Err(Error::ContentType { socket, endpoint, expected: self.content_type, found });
        }
        // None was asked for; who compresses all the same is not CRI-O.
        match text(headers, CONTENT_ENCODING) {
            Some(found) if !found.eq_ignore_ascii_case("identity") => {
                let (socket, endpoint) = self.place();
                Err(Error::ContentEncoding { socket, endpoint, found })
            }
            _ => Ok(()),
        }
    }

    async fn collect(self, body: &mut Incoming) -> Result<Vec<u8>, Error> {
        let too_large = || {
            let (socket, endpoint) = self.place();
            Error::BodyTooLarge { socket, endpoint, limit: self.max_body }
        };
        // The Content-Length, where there is one: nothing has to be read then.
        if body.size_hint().lower() > self.max_body as u64 {
            return Err(too_large());
        }
        let mut all = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.in_body(error))?;
            let Some(data) = frame.data_ref() else { continue };
            if data.len() > self.max_body - all.len() {
                return Err(too_large());
            }
            all.extend_from_slice(data);
        }
        Ok(all)
    }

    fn status(self, status: StatusCode, headers: &HeaderMap, text_of_body: String) -> Error {
        let (socket, endpoint) = self.place();
        let location = if status.is_redirection() { text(headers, LOCATION) } else { None };
        Error::Status { socket, endpoint, status: status.as_u16(), text: text_of_body, location }
    }

    /// What a failure before the body means, in the light of the first bytes that came.
    fn before_body(self, error: hyper::Error, beginning: &Beginning) -> Error {
        let socket = self.socket.clone();
        let beginning = beginning.bytes();
        let common = beginning.len().min(HTTP1.len());
        // containerd and cri-dockerd speak gRPC alone.
        if is_http2(&beginning) {
            Error::Http2Only { socket }
        } else if beginning[..common] != HTTP1[..common] {
            Error::NotHttp { socket, beginning: beginning.escape_ascii().to_string() }
        } else if error.is_parse() {
            Error::MalformedHeaders { socket, source: error.into() }
        } else {
            self.went_away(&error, Phase::Headers)
        }
    }

    fn in_body(self, error: hyper::Error) -> Error {
        let gone =
            error.is_incomplete_message() || io_source(&error).is_some_and(|source| !is_malformed(source));
        if gone {
            return self.went_away(&error, Phase::Body);
        }
        let (socket, endpoint) = self.place();
        Error::MalformedBody { socket, endpoint, source: error.into() }
    }

    fn went_away(self, error: &hyper::Error, phase: Phase) -> Error {
        let socket = self.socket.clone();
        match io_source(error) {
            Some(source) if !is_hang_up(source) => {
                Error::Io { socket, source: io::Error::new(source.kind(), source.to_string()) }
            }
            _ => Error::Closed { socket, phase },
        }
    }

    fn place(self) -> (Socket, String) {
        (self.socket.clone(), self.endpoint.to_owned())
    }
}

/// The first line of an error page, at most 200 characters of it, with nothing a terminal would
/// obey.
async fn first_line(body: &mut Incoming) -> Result<String, Error> {
    let mut page = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        page.extend(frame.data_ref().into_iter().flatten().take(MAX_ERROR_TEXT - page.len()));
        if page.len() == MAX_ERROR_TEXT || page.contains(&b'\n') {
            break;
        }
    }
    let page = String::from_utf8_lossy(&page);
    let line = page.lines().next().unwrap_or_default();
    Ok(line.chars().filter(|c| !c.is_control()).take(200).collect::<String>().trim().to_owned())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(value.as_bytes().escape_ascii().to_string())
}

fn io_source(error: &hyper::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

/// hyper's chunk decoder reports bad framing as I/O errors of these kinds.
fn is_malformed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
}
