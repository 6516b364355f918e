//! CRI over gRPC: the few calls that tell what a runtime is and how it is.

mod answer;
mod call;
mod channel;
mod settings;

use std::error::Error as _;
use std::fmt;

use hyper::http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::{Code, Request, Status as GrpcStatus};
use tonic_prost::ProstCodec;

pub use answer::{Condition, Filesystem, Handler, ImageFilesystems, PodSandboxes, Status, Version};
pub use settings::Settings;

use crate::deadline::Deadline;
use crate::error::{Error, GrpcCode, Phase};
use crate::info::RuntimeCgroupDriver;
use crate::proto::runtime_v1 as proto;
use crate::socket::Socket;
use crate::tap::is_http2;
use call::Call;
use channel::Connection;

/// The generation of CRI a runtime serves. The messages of a probe are the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CriApi {
    /// `runtime.v1`: CRI-O 1.21, containerd 1.6. The only one a kubelet from 1.26 on speaks.
    V1,
    /// `runtime.v1alpha2`: CRI-O 1.10 to 1.25, containerd up to 1.7.
    V1Alpha2,
}

impl CriApi {
    /// As in the names of its services.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V1Alpha2 => "v1alpha2",
        }
    }
}

impl fmt::Display for CriApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A connection on which a runtime has said its name.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    socket: &'a Socket,
    deadline: Deadline,
    connection: Connection,
    api: CriApi,
}

impl<'a> Session<'a> {
    /// Connects and asks for the version, over v1 and, where that is not served, v1alpha2.
    pub(crate) async fn open(socket: &'a Socket, deadline: Deadline) -> Result<(Self, Version), Error> {
        let connection = Connection::open(socket, deadline).await?;
        let mut session = Self { socket, deadline, connection, api: CriApi::V1 };
        // The kubelet's own words (`kubeRuntimeAPIVersion`); no runtime looks at them.
        let request = proto::VersionRequest { version: "0.1.0".to_owned() };
        let first = session.call(request.clone()).await;
        let answer = match first {
            // v1 first, as the kubelet did in 1.23 to 1.25 when both were possible.
            Err(Error::Call { code: GrpcCode::Unimplemented, .. }) => {
                session.api = CriApi::V1Alpha2;
                session.call(request).await.map_err(|error| session.no_cri(error))?
            }
            other => other?,
        };
        let version = Version::new(answer, session.api);
        Ok((session, version))
    }

    pub(crate) async fn status(&self) -> Result<Status, Error> {
        Ok(Status::from(self.call(proto::StatusRequest { verbose: true }).await?))
    }

    /// `None` when the runtime leaves the question open, as on another operating system.
    pub(crate) async fn cgroup_driver(&self) -> Result<Option<RuntimeCgroupDriver>, Error> {
        let linux = self.call(proto::RuntimeConfigRequest {}).await?.linux;
        Ok(linux.map(|linux| RuntimeCgroupDriver::from_wire(linux.cgroup_driver)))
    }

    pub(crate) async fn image_filesystems(&self) -> Result<ImageFilesystems, Error> {
        Ok(ImageFilesystems::from(self.call(proto::ImageFsInfoRequest {}).await?))
    }

    pub(crate) async fn pod_sandboxes(&self) -> Result<PodSandboxes, Error> {
        Ok(PodSandboxes::from(self.call(proto::ListPodSandboxRequest {}).await?))
    }

    async fn call<C: Call>(&self, message: C) -> Result<C::Answer, Error> {
        let path = format!("/runtime.{}.{}/{}", self.api, C::SERVICE, C::METHOD);
        let path = PathAndQuery::try_from(path).map_err(|error| self.broken(C::METHOD, error.to_string()))?;
        let work = async {
            // HTTP/2 needs an :authority, and a unix socket has none.
            let origin = hyper::Uri::from_static("http://localhost");
            let mut grpc =
                Grpc::with_origin(self.connection.channel(), origin).max_decoding_message_size(C::LIMIT);
            grpc.ready().await.map_err(|error| self.transport(C::METHOD, &error))?;
            let mut request = Request::new(message);
            // `grpc-timeout`: the runtime may stop working on an answer that nobody waits for.
            request.set_timeout(self.deadline.left());
            let answer = grpc.unary(request, path, ProstCodec::<C, C::Answer>::default()).await;
            answer.map(tonic::Response::into_inner).map_err(|status| self.failed(C::METHOD, &status))
        };
        self.deadline.within(self.socket, Phase::Call, work).await
    }

    /// A status the runtime sent, or what became of the connection.
    fn failed(&self, method: &'static str, status: &GrpcStatus) -> Error {
        let mut source = status.source();
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<hyper::Error>() {
                return self.transport(method, error);
            }
            source = cause.source();
        }
        // The runtime's clock may run out before ours: the limit was sent along.
        if status.code() == Code::DeadlineExceeded {
            return self.deadline.timed_out(self.socket, Phase::Call);
        }
        let (socket, message) = (self.socket.clone(), printable(status.message()));
        Error::Call { socket, method, code: GrpcCode::of(status.code()), message }
    }

    fn transport(&self, method: &'static str, error: &hyper::Error) -> Error {
        let (socket, beginning) = (self.socket.clone(), self.connection.beginning());
        // It took the connection and closed it without a word.
        if beginning.is_empty() {
            return Error::Closed { socket, phase: Phase::Call };
        }
        if !is_http2(&beginning) {
            return Error::NotGrpc { socket, beginning: beginning.escape_ascii().to_string() };
        }
        let mut problem = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            problem = cause.to_string();
            source = cause.source();
        }
        self.broken(method, problem)
    }

    fn broken(&self, method: &'static str, problem: String) -> Error {
        Error::BrokenCall { socket: self.socket.clone(), method, problem }
    }

    fn no_cri(&self, error: Error) -> Error {
        match error {
            Error::Call { code: GrpcCode::Unimplemented, message, .. } => {
                Error::NoCri { socket: self.socket.clone(), message }
            }
            other => other,
        }
    }
}

/// Text of a peer as one line that no terminal obeys, at most 500 characters of it.
fn printable(text: &str) -> String {
    let line = text.chars().take(500).map(|c| if c.is_control() { ' ' } else { c });
    line.collect::<String>().trim().to_owned()
}
