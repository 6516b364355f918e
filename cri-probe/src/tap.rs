//! The stream under an exchange. It remembers how the peer began, for messages about peers that do
//! not speak HTTP, and makes the exchange independent of who is faster.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use hyperlocal::UnixStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Enough to tell protocols apart and to print.
const REMEMBERED: usize = 40;

/// The first bytes a peer sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginning(Arc<Mutex<Vec<u8>>>);

impl Beginning {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, bytes: &[u8]) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Never negative: no more is ever put in.
        let room = REMEMBERED - noted.len();
        noted.extend(bytes.iter().take(room));
    }
}

/// Whether these are the first bytes of an HTTP/2 server: a SETTINGS frame on stream 0.
pub(crate) fn is_http2(beginning: &[u8]) -> bool {
    // RFC 9113, 4.1 and 6.5: three bytes of length, type 4, flags (0 or ACK), stream 0.
    matches!(beginning, [_, _, _, 4, 0 | 1, 0, 0, 0, 0, ..])
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Tap {
    stream: UnixStream,
    beginning: Beginning,
    turn: Turn,
}

/// Whether the peer may be listened to. An HTTP/2 server speaks before it is asked, which hyper
/// would report as a canceled request or not at all, depending on the moment.
#[derive(Debug)]
enum Turn {
    NotAsked(Option<Waker>),
    Asked,
}

impl Tap {
    pub(crate) fn new(stream: UnixStream) -> (Self, Beginning) {
        let beginning = Beginning::default();
        (Self { stream, beginning: beginning.clone(), turn: Turn::NotAsked(None) }, beginning)
    }

    fn asked(&mut self) {
        if let Turn::NotAsked(Some(reader)) = std::mem::replace(&mut self.turn, Turn::Asked) {
            reader.wake();
        }
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Turn::NotAsked(reader) = &mut self.turn {
            *reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = AsyncRead::poll_read(Pin::new(&mut self.stream), context, buffer);
        self.beginning.note(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = AsyncWrite::poll_write(Pin::new(&mut self.stream), context, bytes);
        if polled.is_ready() {
            self.asked();
        }
        match polled {
            // A peer that closed may have answered before: reading will tell.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Poll::Ready(Ok(bytes.len()))
            }
            other => other,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.stream), context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(&mut self.stream), context)
    }
}
