//! Which certificates the processes of this host serve, asked of their ports.

use std::time::Duration;

use super::{CertificateTable, Served};

/// All of them listen on the loopback interface, whatever else they listen on (kubeadm's manifests:
/// etcd on 127.0.0.1 and the advertise address, the others on 127.0.0.1 or on every address).
const HERE: &str = "127.0.0.1";
const PATIENCE: Duration = Duration::from_secs(1);

/// What is served on the ports that a table names. A port where nobody listens is left out: its row
/// then says nothing of what is served. Without the feature `api` nothing is asked.
///
/// It opens connections to this host's loopback interface, and waits up to a second for each port.
/// etcd is not given a client's certificate, and notes a refusal in its log.
#[must_use]
pub fn served(table: &CertificateTable) -> Vec<Served> {
    let mut ports: Vec<u16> = table.rows.iter().filter_map(|row| row.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.into_iter().filter_map(on_port).collect()
}

#[cfg(feature = "api")]
fn on_port(port: u16) -> Option<Served> {
    let server = cri_probe::api::Server::new(HERE, port).ok()?;
    let asked = async { Ok(cri_probe::api::peek(&server, None, PATIENCE).await.ok()) };
    let chain = cri_probe::blocking::run(asked).ok().flatten()?;
    Served::of_der(port, chain.first()?)
}

#[cfg(not(feature = "api"))]
fn on_port(_: u16) -> Option<Served> {
    let _ = (HERE, PATIENCE);
    None
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    /// Who does not speak TLS, and where nobody listens, serves nothing; neither keeps anybody
    /// waiting.
    #[test]
    fn a_port_without_a_certificate_is_left_out() {
        let other = TcpListener::bind((HERE, 0)).unwrap();
        let port = other.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = other.accept().unwrap();
            stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").unwrap();
        });
        assert_eq!(on_port(port), None);
        let gone = TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
        assert_eq!(on_port(gone), None);
    }
}
