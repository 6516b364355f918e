//! An API server to test against: TLS on a port of this host, a CA of its own, and whatever answers
//! the test wants. It writes down what it was asked.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A CA as kubeadm makes one, which signs for a test.
#[derive(Debug)]
pub struct TestCa {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key, in PEM.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TestCertificate {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TestTime {
    /// From 2020 to 2040.
    Now,
    /// Until 2021.
    Over,
    /// From 2039.
    Later,
}

impl TestCa {
    /// A new one.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "kubernetes");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = pem_of("CERTIFICATE", params.self_signed(&key).expect("a certificate").der());
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its certificate in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a server of these names and addresses.
    ///
    /// # Panics
    /// When a name is none.
    #[must_use]
    pub fn server(&self, names: &[&str], time: TestTime) -> TestCertificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.signed(params, "kube-apiserver", time)
    }

    /// A certificate for a client.
    #[must_use]
    pub fn client(&self, name: &str) -> TestCertificate {
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.signed(params, name, TestTime::Now)
    }

    fn signed(&self, mut params: CertificateParams, name: &str, time: TestTime) -> TestCertificate {
        params.distinguished_name.push(DnType::CommonName, name);
        let (from, to) = match time {
            TestTime::Now => (2020, 2040),
            TestTime::Over => (2020, 2021),
            TestTime::Later => (2039, 2040),
        };
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let certificate = pem_of("CERTIFICATE", certificate.der());
        TestCertificate { certificate, key: pem_of("PRIVATE KEY", &key.serialize_der()) }
    }
}

impl Default for TestCa {
    fn default() -> Self {
        Self::new()
    }
}

fn pem_of(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A request as it came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ApiRequest {
    /// `GET`, `PATCH`, `POST`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// All of the head.
    pub head: String,
    /// The body.
    pub body: String,
    /// Whether the client showed a certificate.
    pub with_certificate: bool,
}

/// What is answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiReply {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl ApiReply {
    /// 200 with that JSON.
    #[must_use]
    pub fn json(body: impl ToString) -> Self {
        Self::status(200, body)
    }

    /// Another status with that body.
    #[must_use]
    pub fn status(status: u16, body: impl ToString) -> Self {
        Self { status, headers: String::new(), body: body.to_string().into_bytes() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { status, headers, body } = self;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }
}

/// A TLS stream of the server's end.
pub type ApiStream = StreamOwned<ServerConnection, TcpStream>;

/// A listening server and the thread behind it; dropping it ends both.
#[derive(Debug)]
pub struct FakeApi {
    /// The CA that signed its certificate.
    pub ca: TestCa,
    address: SocketAddr,
    requests: Arc<Mutex<Vec<ApiRequest>>>,
    stop: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl FakeApi {
    /// A server whose requests are answered by `answer`.
    #[must_use]
    pub fn start(answer: impl Fn(&ApiRequest) -> ApiReply + Send + Sync + 'static) -> Self {
        let requests = Arc::<Mutex<Vec<ApiRequest>>>::default();
        let kept = requests.clone();
        let serve = move |stream: &mut ApiStream| {
            let request = read_request(stream)?;
            let reply = answer(&request);
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            stream.write_all(&reply.bytes())?;
            stream.conn.send_close_notify();
            stream.flush()
        };
        let ca = TestCa::new();
        let own = ca.server(&["127.0.0.1", "localhost"], TestTime::Now);
        Self::listen(ca, &own, requests, serve)
    }

    /// A server with a certificate of the test's, whose connections are handed to `serve` once they
    /// are secured. It takes a client's certificate of its CA, and needs none.
    ///
    /// # Panics
    /// When it cannot listen.
    #[must_use]
    pub fn serving(
        ca: TestCa,
        own: &TestCertificate,
        serve: impl Fn(&mut ApiStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listen(ca, own, Arc::default(), serve)
    }

    fn listen(
        ca: TestCa,
        own: &TestCertificate,
        requests: Arc<Mutex<Vec<ApiRequest>>>,
        serve: impl Fn(&mut ApiStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let config = Arc::new(config(&ca, own));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, serve) = (stop.clone(), Arc::new(serve));
        let server = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (serve, config) = (serve.clone(), config.clone());
                // A client that went away ends its connection, not the server.
                std::thread::spawn(move || {
                    drop(secured(stream, config).and_then(|mut stream| serve(&mut stream)))
                });
            }
        });
        Self { ca, address, requests, stop, server: Some(server) }
    }

    /// Its URL, by address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A kubeconfig of a client that it knows, with everything in it.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        let own = self.ca.client("system:node:n1");
        kubeconfig(&self.url(), self.ca.pem(), Some(&own))
    }

    /// All requests so far, as they came.
    #[must_use]
    pub fn requests(&self) -> Vec<ApiRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        drop(self.server.take().map(JoinHandle::join));
    }
}

/// A kubeconfig as kubeadm writes one.
#[must_use]
pub fn kubeconfig(server: &str, ca: &str, user: Option<&TestCertificate>) -> String {
    let data = |text: &str| base64(text);
    let user = user.map_or("{}".to_owned(), |user| {
        let (certificate, key) = (data(&user.certificate), data(&user.key));
        format!("\n    client-certificate-data: {certificate}\n    client-key-data: {key}")
    });
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: {server}\n  \
         name: kubernetes\ncontexts:\n- context:\n    cluster: kubernetes\n    user: u\n  name: c\ncurrent-context: c\n\
         users:\n- name: u\n  user: {user}\n",
        data(ca)
    )
}

fn config(ca: &TestCa, own: &TestCertificate) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.pem.as_bytes()).expect("a CA")).expect("a CA");
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .expect("a verifier");
    let chain = vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .expect("a configuration")
}

fn secured(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<ApiStream> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut stream = StreamOwned::new(ServerConnection::new(config).map_err(io::Error::other)?, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Reads a request to its end.
///
/// # Errors
/// When the client goes away before.
pub fn read_request(stream: &mut ApiStream) -> io::Result<ApiRequest> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.to_ascii_lowercase();
    let length = length.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        match stream.read(&mut buffer)? {
            0 => break,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    let mut words = head.split(' ').map(str::to_owned);
    Ok(ApiRequest {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        body: String::from_utf8_lossy(&bytes[end..]).into_owned(),
        with_certificate: stream.conn.peer_certificates().is_some(),
        head,
    })
}
