//! The same questions for callers without an async runtime. Nothing runs before or after a call:
//! each builds a runtime on the calling thread, starts no other thread, and takes the runtime down
//! again. They work on any thread that may wait, that of `tokio::task::spawn_blocking` among them;
//! inside an async task they refuse.

use std::future::Future;
use std::io;
use std::task::{Context, Poll, Waker};

use tokio::task::coop;

use crate::{Client, Container, ContainerId, Error, Info};

/// [`Client::info`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] inside an async task.
pub fn info(client: &Client) -> Result<Info, Error> {
    run(client.info())
}

/// [`Client::config`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] inside an async task.
pub fn config(client: &Client) -> Result<String, Error> {
    run(client.config())
}

/// [`Client::container`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] inside an async task.
pub fn container(client: &Client, id: &ContainerId) -> Result<Container, Error> {
    run(client.container(id))
}

/// [`Client::probe`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] inside an async task.
#[cfg(feature = "grpc")]
pub fn probe(client: &Client, sources: &[crate::Source]) -> Result<crate::Probe, Error> {
    run(client.probe(sources))
}

/// [`survey`](crate::survey), blocking.
///
/// # Errors
/// [`Error::Runtime`], or [`Error::BlockingInAsync`] inside an async task.
#[cfg(feature = "grpc")]
pub fn survey(
    options: &crate::Options,
    sources: &'static [crate::Source],
) -> Result<Vec<crate::Survey>, Error> {
    run(async { Ok(crate::survey(options, sources).await) })
}

/// Any question, or several under one roof, blocking: `blocking::run(client.wait(..))`.
///
/// # Errors
/// As `question`, and [`Error::BlockingInAsync`] inside an async task.
pub fn run<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    on_this_thread(question).unwrap_or_else(|not_run| {
        Err(match not_run {
            NotRun::InAsync => Error::BlockingInAsync,
            NotRun::NoRuntime(source) => Error::Runtime { source },
        })
    })
}

/// Why a question was not asked at all.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// This thread is in an async task.
    InAsync,
    /// There is no runtime for it.
    NoRuntime(io::Error),
}

/// What comes of a future on this thread.
pub(crate) fn on_this_thread<T>(question: impl Future<Output = T>) -> Result<T, NotRun> {
    if is_async_task() {
        return Err(NotRun::InAsync);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(NotRun::NoRuntime)?;
    let answer = runtime.block_on(question);
    // A name that is still looked up has a thread, which would be waited for.
    runtime.shutdown_background();
    Ok(answer)
}

/// Whether this thread is polling an async task just now. A thread of `spawn_blocking` belongs to a
/// runtime too, but may wait.
///
/// tokio has no question for it. Its cooperative budget tells: a task has one of 128 operations
/// (tokio 1.54, src/task/coop/mod.rs), a thread that may block has none that ends. A budget that is
/// used up makes the task yield once.
fn is_async_task() -> bool {
    if tokio::runtime::Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    (0..BUDGET).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(step) => {
            step.made_progress();
            false
        }
        Poll::Pending => true,
    })
}

/// More than tokio lets a task do before it has to yield.
const BUDGET: usize = 1024;
