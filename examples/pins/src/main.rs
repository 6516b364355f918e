//! Teaches: the smallest use there is: a bootstrap token, and the pins of a CA file by which a node knows its cluster.
//!
//! ```text
//! pins [CA-FILE]
//! ```
//!
//! The library opens no file and has no random numbers of its own: both are the caller's, here one line each.

use std::error::Error;
use std::fs::File;
use std::io::Read;

use kubeadm_config::{BootstrapToken, CaFile};

fn main() -> Result<(), Box<dyn Error>> {
    let mut random = File::open("/dev/urandom")?;
    let token = BootstrapToken::generate(|bytes| random.read_exact(bytes))?;
    println!("token for nodes to join with: {}", token.secret_name());
    let Some(path) = std::env::args().nth(1) else { return Ok(()) };
    let file = CaFile::read(&std::fs::read(&path)?)?;
    for certificate in &file.certificates {
        println!("{}  {} until {}", certificate.pin, certificate.subject, certificate.not_after());
    }
    file.findings.iter().for_each(|finding| eprintln!("{path}: {finding}"));
    Ok(())
}
