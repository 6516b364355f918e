//! Recorded gRPC answers of a real daemon, served again over real HTTP/2.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, server};
use http::{HeaderMap, HeaderValue, Request, Response};

/// gRPC's code for a method or service that is not served.
const UNIMPLEMENTED: u32 = 12;

/// Calls and what they were answered with.
#[derive(Clone, Debug, Default)]
pub struct Calls(BTreeMap<(String, Vec<u8>), Reply>);

/// The answer to one call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The encoded message; none with an error.
    pub message: Option<Vec<u8>>,
    /// The gRPC status, 0 for success.
    pub code: u32,
    /// What the status says.
    pub text: String,
}

impl Reply {
    /// Success with these bytes.
    pub fn of(message: impl Into<Vec<u8>>) -> Self {
        Self { message: Some(message.into()), code: 0, text: String::new() }
    }

    /// A failure.
    pub fn failure(code: u32, text: &str) -> Self {
        Self { message: None, code, text: text.to_owned() }
    }
}

impl Calls {
    /// Reads the `*.json` files of a directory: method, request and response in hex, code and
    /// message.
    ///
    /// # Errors
    /// When the directory or a file cannot be read, or a file is not of that shape.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let mut calls = Self::default();
        for entry in std::fs::read_dir(directory)? {
            let recorded: Recorded = serde_json::from_slice(&std::fs::read(entry?.path())?)?;
            let message = recorded.response_hex.as_deref().map(unhex).transpose()?;
            let reply = Reply { message, code: recorded.code, text: recorded.message };
            calls.0.insert((recorded.method, unhex(&recorded.request_hex)?), reply);
        }
        Ok(calls)
    }

    /// The same with one more call, whatever its request; the method as `RuntimeService/Version`.
    #[must_use]
    pub fn with(mut self, api: &str, method: &str, reply: Reply) -> Self {
        self.0.retain(|(path, _), _| *path != format!("/runtime.{api}.{method}"));
        for request in [&b""[..], b"\x08\x01", b"\x0a\x050.1.0"] {
            self.0.insert((format!("/runtime.{api}.{method}"), request.to_vec()), reply.clone());
        }
        self
    }

    fn reply(&self, path: &str, request: &[u8]) -> Reply {
        let known = self.0.get(&(path.to_owned(), request.to_vec()));
        known.cloned().unwrap_or_else(|| self.unknown(path))
    }

    /// In the words of grpc-go, whose server every runtime has.
    fn unknown(&self, path: &str) -> Reply {
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let served = self.0.iter().any(|((path, _), reply)| {
            reply.code != UNIMPLEMENTED && path.starts_with(&format!("/{service}/"))
        });
        let text = if served {
            format!("unknown method {method} for service {service}")
        } else {
            format!("unknown service {service}")
        };
        Reply::failure(UNIMPLEMENTED, &text)
    }

    /// Serves one connection until the client hangs up, or says something other than gRPC: CRI-O's
    /// multiplexer drops a connection whose content type is not exactly this.
    pub(super) fn serve(&self, stream: UnixStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        runtime.block_on(async {
            let stream = tokio::net::UnixStream::from_std(stream)?;
            let mut connection = server::handshake(stream).await.map_err(io::Error::other)?;
            while let Some(call) = connection.accept().await {
                let (request, respond) = call.map_err(io::Error::other)?;
                if request.headers().get("content-type")
                    != Some(&HeaderValue::from_static("application/grpc"))
                {
                    return Ok(());
                }
                // The connection must be polled while a call is read.
                let call = self.answer(request, respond);
                tokio::pin!(call);
                tokio::select! {
                    done = &mut call => done?,
                    closed = std::future::poll_fn(|context| connection.poll_closed(context)) => {
                        return closed.map_err(io::Error::other);
                    }
                }
            }
            Ok(())
        })
    }

    async fn answer(&self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) -> io::Result<()> {
        let (head, mut body) = request.into_parts();
        let mut framed = Vec::new();
        while let Some(data) = body.data().await {
            let data = data.map_err(io::Error::other)?;
            let _ = body.flow_control().release_capacity(data.len());
            framed.extend_from_slice(&data);
        }
        let reply = self.reply(head.uri.path(), framed.get(5..).unwrap_or_default());
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", reply.code.into());
        let text: String = reply.text.bytes().map(percent_encoded).collect();
        trailers.insert("grpc-message", HeaderValue::from_str(&text).map_err(io::Error::other)?);
        let mut response = Response::builder().header("content-type", "application/grpc");
        let Some(message) = reply.message else {
            // Trailers only.
            response.headers_mut().expect("a valid response").extend(trailers);
            respond.send_response(response.body(()).expect("a response"), true).map_err(io::Error::other)?;
            return Ok(());
        };
        let response = response.body(()).expect("a response");
        let mut stream = respond.send_response(response, false).map_err(io::Error::other)?;
        stream.send_data(framing(&message).into(), false).map_err(io::Error::other)?;
        stream.send_trailers(trailers).map_err(io::Error::other)
    }
}

/// An uncompressed gRPC message.
fn framing(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a recorded message");
    [&[0], &length.to_be_bytes()[..], message].concat()
}

fn percent_encoded(byte: u8) -> String {
    match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

fn unhex(text: &str) -> io::Result<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    digits.map(|pair| u8::from_str_radix(pair, 16).map_err(io::Error::other)).collect()
}

#[derive(serde::Deserialize)]
struct Recorded {
    method: String,
    request_hex: String,
    response_hex: Option<String>,
    code: u32,
    #[serde(default)]
    message: String,
}
