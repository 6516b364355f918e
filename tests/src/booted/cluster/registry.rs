//! The image registry of the tests' clusters: what `tests/hosts/cluster make` laid out, read by
//! whoever asks.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Serves the images below `dirs` until the process ends; the first that has one.
///
/// # Errors
/// When it cannot listen at `address`.
pub fn serve(dirs: &[PathBuf], address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    for stream in listener.incoming() {
        let (stream, dirs) = (stream?, dirs.to_owned());
        // A client that went away ends its connection, not the registry.
        std::thread::spawn(move || drop(attend(&stream, &dirs)));
    }
    Ok(())
}

fn attend(stream: &TcpStream, dirs: &[PathBuf]) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(first) = lines.next().transpose()? {
        // Nothing of what else a client says changes the answer.
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let mut words = first.split(' ');
        let (verb, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = path.split('?').next().unwrap_or_default();
        let file = dirs.iter().filter_map(|dir| place(dir, path)).find(|file| file.exists());
        answer(stream, verb == "HEAD", path, file)?;
    }
    Ok(())
}

/// The file that a path of the registry's API stands for.
fn place(dir: &Path, path: &str) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:._-".contains(c);
    if !path.starts_with("/v2/") || path.contains("..") || !path.chars().all(plain) {
        return None;
    }
    match path.rsplit_once("sha256:") {
        Some((_, digest)) => Some(dir.join("blobs/sha256").join(digest)),
        None => Some(dir.join(path.trim_start_matches('/'))),
    }
}

fn answer(mut stream: &TcpStream, head_only: bool, path: &str, file: Option<PathBuf>) -> io::Result<()> {
    let file = file.and_then(|file| File::open(file).ok()).filter(|_| path != "/v2/");
    let Some(mut file) = file else {
        let status = if path == "/v2/" { "200 OK" } else { "404 Not Found" };
        return write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    };
    let kind = if path.contains("/manifests/") {
        "application/vnd.oci.image.manifest.v1+json"
    } else {
        "application/octet-stream"
    };
    let length = file.metadata()?.len();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n")?;
    if head_only { Ok(()) } else { io::copy(&mut file, &mut stream).map(drop) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_for_a_file_of_the_registry_and_for_no_other() {
        let dir = Path::new("/images");
        let at = |path| place(dir, path);
        assert_eq!(at("/v2/etcd/manifests/3.6"), Some("/images/v2/etcd/manifests/3.6".into()));
        assert_eq!(at("/v2/etcd/blobs/sha256:ab"), Some("/images/blobs/sha256/ab".into()));
        assert_eq!(at("/v2/etcd/manifests/sha256:ab"), Some("/images/blobs/sha256/ab".into()));
        for other in ["/etc/passwd", "/v2/../x", "/v2/%2e", "/v2/a/sha256:../x"] {
            assert_eq!(at(other), None, "{other}");
        }
    }
}
