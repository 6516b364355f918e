//! Asking.

use std::future::Future;
use std::time::Duration;

use crate::container::{Container, ContainerId};
use crate::deadline::Deadline;
use crate::http::Get;
use crate::info::{self, Info};
use crate::{Error, Socket};

/// How a [`Client`] asks.
///
/// ```
/// let mut options = cri_probe::Options::default();
/// options.timeout = std::time::Duration::from_secs(2);
/// assert_eq!(options.max_body, 1 << 20);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// For one whole question: connect, headers and body together. 5 s.
    pub timeout: Duration,
    /// The longest body that is read, in bytes. 1 MiB, forty times the longest `/config` seen.
    pub max_body: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), max_body: 1024 * 1024 }
    }
}

/// How long [`Client::wait`] goes on asking, and how often.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Wait {
    /// When to give up. 60 s.
    pub limit: Duration,
    /// The pause after the first failure; it doubles each time. 50 ms.
    pub first_pause: Duration,
    /// The longest pause. 1 s.
    pub longest_pause: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(60),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
        }
    }
}

/// Asks the runtime behind one socket. Every question is a connection of its own, nothing stays
/// open or running between questions, and dropping a question's future ends it.
///
/// ```
/// use cri_probe::{Client, Error, ErrorKind, Socket};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let client = Client::new(Socket::new("/nowhere/crio.sock")?);
/// let error = client.info().await.unwrap_err();
/// assert!(matches!(error, Error::NoSocket { .. }));
/// assert!(error.is_transient(), "a runtime that starts makes its socket");
/// # Ok::<(), cri_probe::InvalidSocket>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    socket: Socket,
    options: Options,
}

impl Client {
    /// A client with default [`Options`].
    #[must_use]
    pub fn new(socket: Socket) -> Self {
        Self::with_options(socket, Options::default())
    }

    /// A client that asks as `options` say.
    #[must_use]
    pub fn with_options(socket: Socket, options: Options) -> Self {
        Self { socket, options }
    }

    /// Whom this client asks.
    #[must_use]
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// CRI-O's `GET /info`.
    ///
    /// # Errors
    /// Any [`Error`] except [`Error::NotReady`].
    pub async fn info(&self) -> Result<Info, Error> {
        self.info_by(self.deadline()).await
    }

    /// CRI-O's `GET /config`: the TOML of its effective configuration, from 1.15 on. Older ones
    /// answer 404.
    ///
    /// # Errors
    /// Any [`Error`] except [`Error::NotReady`].
    pub async fn config(&self) -> Result<String, Error> {
        self.config_by(self.deadline()).await
    }

    /// CRI-O's `GET /containers/{id}`. An unknown id is [`Error::Status`] with status 404.
    ///
    /// # Errors
    /// Any [`Error`] except [`Error::NotReady`].
    pub async fn container(&self, id: &ContainerId) -> Result<Container, Error> {
        let body = self.get(&id.endpoint(), "application/json", self.deadline()).await?;
        Container::from_json(&self.socket, id, &body)
    }

    /// Asks until an answer comes that `until` takes, a failure is one that waiting will not mend,
    /// or `wait.limit` is over.
    ///
    /// `question` is asked with a client whose timeout never reaches beyond the limit; `missed`
    /// sees what came of each attempt that was not the last.
    ///
    /// # Errors
    /// The failure that will not mend as it is, or [`Error::NotReady`] with the last one. At the
    /// end of the limit an answer that `until` did not take is `Ok` all the same: the caller
    /// knows best what it lacks.
    ///
    /// ```
    /// use cri_probe::{Client, Error, Socket, Wait, blocking};
    /// use std::time::Duration;
    ///
    /// let mut wait = Wait::default();
    /// wait.limit = Duration::from_millis(120);
    /// let client = Client::new(Socket::new("/nowhere/crio.sock")?);
    /// let mut missed = 0;
    /// let asked = client.wait(
    ///     &wait,
    ///     |client| async move { client.info().await },
    ///     |_| true,
    ///     |_| missed += 1,
    /// );
    /// let error = blocking::run(asked).unwrap_err();
    /// assert!(matches!(error, Error::NotReady { attempts, .. } if attempts >= 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait<T, F>(
        &self,
        wait: &Wait,
        mut question: impl FnMut(Client) -> F,
        mut until: impl FnMut(&T) -> bool,
        mut missed: impl FnMut(Result<&T, &Error>),
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let end = Deadline::after(wait.limit);
        let mut pause = wait.first_pause;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let outcome = question(self.with_timeout_within(end.left())).await;
            match &outcome {
                Ok(answer) if until(answer) => return outcome,
                // Somebody else behind the socket stays somebody else.
                Err(error) if !error.is_transient() => return outcome,
                _ => {}
            }
            // Another attempt after the pause could only time out; the last failure says more.
            if pause >= end.left() {
                let (socket, waited) = (self.socket.clone(), wait.limit);
                return outcome.map_err(|error| Error::NotReady {
                    socket,
                    waited,
                    attempts,
                    source: Box::new(error),
                });
            }
            missed(outcome.as_ref());
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(wait.longest_pause);
        }
    }

    fn with_timeout_within(&self, left: Duration) -> Self {
        // Without it the last attempt would reach beyond the limit that the caller was promised.
        let timeout = self.options.timeout.min(left);
        Self::with_options(self.socket.clone(), Options { timeout, ..self.options.clone() })
    }

    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.options.timeout)
    }

    pub(crate) async fn info_by(&self, deadline: Deadline) -> Result<Info, Error> {
        let body = self.get(info::ENDPOINT, "application/json", deadline).await?;
        Info::from_json(&self.socket, &body)
    }

    pub(crate) async fn config_by(&self, deadline: Deadline) -> Result<String, Error> {
        let body = self.get("/config", "application/toml", deadline).await?;
        String::from_utf8(body).map_err(|error| Error::NotUtf8 {
            socket: self.socket.clone(),
            endpoint: "/config".to_owned(),
            offset: error.utf8_error().valid_up_to(),
        })
    }

    async fn get(
        &self,
        endpoint: &str,
        content_type: &'static str,
        deadline: Deadline,
    ) -> Result<Vec<u8>, Error> {
        let max_body = self.options.max_body;
        Get { socket: &self.socket, endpoint, content_type, max_body, deadline }.body().await
    }
}
