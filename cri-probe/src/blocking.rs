//! The same questions for callers without an async runtime. Nothing runs before or after a call: each builds a
//! runtime on the calling thread, starts no other thread, and takes the runtime down again.

use std::future::Future;

use crate::{Client, Container, ContainerId, Error, Info};

/// [`Client::info`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] on a thread that runs async tasks.
pub fn info(client: &Client) -> Result<Info, Error> {
    run(client.info())
}

/// [`Client::config`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] on a thread that runs async tasks.
pub fn config(client: &Client) -> Result<String, Error> {
    run(client.config())
}

/// [`Client::container`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] on a thread that runs async tasks.
pub fn container(client: &Client, id: &ContainerId) -> Result<Container, Error> {
    run(client.container(id))
}

/// [`Client::probe`], blocking.
///
/// # Errors
/// As that, and [`Error::BlockingInAsync`] on a thread that runs async tasks.
#[cfg(feature = "grpc")]
pub fn probe(client: &Client, sources: &[crate::Source]) -> Result<crate::Probe, Error> {
    run(client.probe(sources))
}

/// [`survey`](crate::survey), blocking.
///
/// # Errors
/// [`Error::Runtime`], or [`Error::BlockingInAsync`] on a thread that runs async tasks.
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
/// As `question`, and [`Error::BlockingInAsync`] on a thread that runs async tasks.
pub fn run<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(Error::BlockingInAsync);
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|source| Error::Runtime { source })?
        .block_on(question)
}
