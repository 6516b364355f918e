//! One HTTP/2 connection under several calls, for tonic to speak gRPC over.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tonic::body::Body;
use tower_service::Service;

use crate::deadline::Deadline;
use crate::error::{Error, Phase};
use crate::socket::Socket;
use crate::tap::{Beginning, Tap};
use crate::unix;

/// What a peer may send ahead of being read, in bytes; also the limit of its headers.
// Of HTTP/2's initial window (RFC 9113, 6.5.2); with it a runtime cannot fill memory ahead of the
// decoder's limit.
const WINDOW: u32 = 64 * 1024;

/// A connection; dropping it ends the tasks that carry it.
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<Body>,
    beginning: Beginning,
    tasks: Tasks,
}

impl Connection {
    pub(super) async fn open(socket: &Socket, deadline: Deadline) -> Result<Self, Error> {
        let (tap, beginning) = Tap::new(unix::connect(socket, deadline).await?);
        let tasks = Tasks::default();
        let handshake = http2::Builder::new(tasks.clone())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(WINDOW)
            .handshake(TokioIo::new(tap));
        // The handshake only queues what is to be sent first, so it fails only for want of a peer.
        let (sender, connection) =
            handshake.await.map_err(|_| Error::Closed { socket: socket.clone(), phase: Phase::Call })?;
        tasks.spawn(async move {
            // Each call is told of the failure too.
            let _ = connection.await;
        });
        Ok(Self { sender, beginning, tasks })
    }

    pub(super) fn channel(&self) -> Channel {
        Channel(self.sender.clone())
    }

    /// The first bytes of the peer.
    pub(super) fn beginning(&self) -> Vec<u8> {
        self.beginning.bytes()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.tasks.abort();
    }
}

/// What tonic sends requests through.
#[derive(Clone, Debug)]
pub(super) struct Channel(SendRequest<Body>);

impl Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// Where hyper puts the work of one connection, so that it can be ended with it.
#[derive(Clone, Debug, Default)]
struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spawn(task);
    }

    fn abort(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}
