//! A runtime's socket to test against: a real listener on a unix socket in a temporary directory,
//! with whatever the test wants behind it.

mod api;
mod grpc;
mod http;

use std::io::{self, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use api::{
    ApiReply, ApiRequest, ApiStream, FakeApi, TestCa, TestCertificate, TestTime, kubeconfig, read_request,
};
pub use grpc::{Calls, Reply};
pub use http::Recording;

/// A listening socket and the thread behind it; dropping it ends both.
///
/// Every connection is served by a thread of its own, which ends when the client hangs up.
#[derive(Debug)]
pub struct FakeCri {
    directory: tempfile::TempDir,
    socket: PathBuf,
    requests: Requests,
    stop: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

type Requests = Arc<Mutex<Vec<String>>>;

/// One accepted connection.
#[derive(Debug)]
pub struct Peer {
    /// The server's end.
    pub stream: UnixStream,
    requests: Requests,
}

impl FakeCri {
    /// A socket whose every connection is handed to `serve`.
    ///
    /// # Panics
    /// When no temporary directory or socket can be made.
    pub fn start(serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let socket = directory.path().join("crio.sock");
        Self::listen(directory, &socket, serve).expect("a listening socket")
    }

    fn listen(
        directory: tempfile::TempDir,
        socket: &Path,
        serve: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = UnixListener::bind(socket)?;
        let (stop, requests) = (Arc::new(AtomicBool::new(false)), Requests::default());
        let server = std::thread::spawn({
            let (stop, requests) = (stop.clone(), requests.clone());
            let serve = Arc::new(serve);
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let (serve, mut peer) = (serve.clone(), Peer { stream, requests: requests.clone() });
                    // A client that went away ends its connection, not the server.
                    std::thread::spawn(move || drop(serve(&mut peer)));
                }
            }
        });
        Ok(Self { directory, socket: socket.to_owned(), requests, stop, server: Some(server) })
    }

    /// A socket that answers every request with the same bytes and closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| {
            peer.request()?;
            io::Write::write_all(&mut peer.stream, &answer)
        })
    }

    /// A socket that answers as a recorded daemon did, on one socket as CRI-O: HTTP/2 gets gRPC.
    pub fn replaying(recording: Recording, calls: Calls) -> Self {
        Self::start(replay(recording, calls))
    }

    /// The same at a path that is given: nothing is there yet.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub fn replaying_at(socket: &Path, recording: Recording, calls: Calls) -> io::Result<Self> {
        Self::listen(tempfile::tempdir()?, socket, replay(recording, calls))
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// A directory of its own, for other files of the test.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The heads of all requests so far, as they came.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn replay(recording: Recording, calls: Calls) -> impl Fn(&mut Peer) -> io::Result<()> + Send + Sync {
    move |peer| {
        if peer.begins_with(b"PRI * HTTP/2.0")? {
            return calls.serve(peer.stream.try_clone()?);
        }
        let request = peer.request()?;
        io::Write::write_all(&mut peer.stream, recording.answer(&request))
    }
}

impl Drop for FakeCri {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = UnixStream::connect(&self.socket);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

impl Peer {
    /// Reads one HTTP request head and notes it.
    ///
    /// # Errors
    /// When the client closes before it is complete.
    pub fn request(&mut self) -> io::Result<String> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
        Ok(head)
    }

    /// Waits for that many bytes and says whether they are these, leaving them where they are.
    fn begins_with(&self, start: &[u8]) -> io::Result<bool> {
        let mut seen = vec![0; start.len()];
        loop {
            let (length, _) = rustix::net::recv(&self.stream, &mut seen[..], rustix::net::RecvFlags::PEEK)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if length == start.len() || seen[..length] != start[..length] {
                return Ok(seen == start);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reads until the client hangs up, at most `limit` long.
    pub fn wait_for_hang_up(&mut self, limit: Duration) {
        let _ = self.stream.set_read_timeout(Some(limit));
        let _ = io::copy(&mut self.stream, &mut io::sink());
    }
}
