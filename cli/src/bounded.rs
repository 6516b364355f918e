//! Files that somebody names: never more of one than it may hold, and of a pipe never longer than
//! somebody waits.
//!
//! The bound is asked for one byte beyond: a caller that gets more than it allows knows that the
//! file was too large, and no more of it is in memory. `input` makes an error of that, with its
//! name for stdin.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// So long a pipe is waited for: `<(ssh host cat file)` has come by then, and a pipe that nobody
/// writes to would be waited for without end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of a file, one more than `most` at the most: who reads says what is too much.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_within(path, most, PATIENCE)
}

/// [`read`] with the patience given, so that a test need not wait a minute. Anything but a FIFO is
/// read as it is; `metadata` follows links, so a link to a FIFO counts as one (`/dev/fd/63` of a
/// shell's `<(...)` is such a link).
fn read_within(path: &Path, most: u64, patience: Duration) -> io::Result<Vec<u8>> {
    // Only opening tells of what is missing, in the system's words.
    if !std::fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo()) {
        return whole(path, most);
    }
    let (sender, receiver) = mpsc::channel();
    let of = path.to_owned();
    // Opening such a pipe waits as well, and nothing interrupts it: it is left behind.
    std::thread::spawn(move || sender.send(whole(&of, most)));
    receiver.recv_timeout(patience).unwrap_or_else(|_| Err(late(patience)))
}

pub(crate) fn late(patience: Duration) -> io::Error {
    let seconds = patience.as_secs();
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("it is a pipe, and not all of it came within {seconds} seconds; name a file"),
    )
}

/// The file from its beginning, one byte more than `most` at the most. For a FIFO, `File::open`
/// returns only when a writer has opened it too (fifo(7)).
fn whole(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte beyond the bound tells that there is more.
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(dir: &tempfile::TempDir) -> std::path::PathBuf {
        let path = dir.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        path
    }

    #[test]
    fn a_pipe_that_nobody_writes_to_is_not_waited_for_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let error = read_within(&pipe(&dir), 10, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("name a file"), "{error}");
    }

    #[test]
    fn a_pipe_with_a_writer_and_a_file_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = pipe(&dir);
        let of = path.clone();
        let writer = std::thread::spawn(move || {
            use std::io::Write as _;
            File::options().write(true).open(of).and_then(|mut file| file.write_all(b"text"))
        });
        assert_eq!(read(&path, 10).unwrap(), b"text");
        writer.join().unwrap().unwrap();
        assert_eq!(read(Path::new("/dev/zero"), 10).unwrap(), [0; 11]);
        assert_eq!(read(&dir.path().join("none"), 10).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
