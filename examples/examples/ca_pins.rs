//! Prints the pins of a CA file with the crate alone: `cargo run -p k8sprep-examples --example
//! ca_pins -- ca.crt`.

use kubeadm_config::CaFile;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: ca_pins FILE")?;
    let file = CaFile::read(&std::fs::read(&path)?)?;
    for certificate in &file.certificates {
        println!("{}  {} until {}", certificate.pin, certificate.subject, certificate.not_after());
    }
    for finding in &file.findings {
        eprintln!("{path}: {finding}");
    }
    Ok(())
}
