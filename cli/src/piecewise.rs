//! A file that somebody names, read piece by piece: of a pipe each piece is waited for so long and no
//! longer.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use crate::bounded::{PATIENCE, late};

/// A file to be read piece by piece; of a pipe each piece is waited for as long.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn io::Read>> {
    open_within(path, PATIENCE)
}

fn open_within(path: &Path, patience: Duration) -> io::Result<Box<dyn io::Read>> {
    if !std::fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo()) {
        return Ok(Box::new(File::open(path)?));
    }
    let (sender, pieces) = mpsc::sync_channel(PIECES);
    let of = path.to_owned();
    std::thread::spawn(move || {
        match File::open(&of) {
            Ok(file) => send(file, &sender),
            // Nobody reads any more where this fails.
            Err(error) => drop(sender.send(Err(error))),
        }
    });
    Ok(Box::new(Pipe { pieces, patience, piece: io::Cursor::default() }))
}

/// Reads to the end, a piece at a time, as long as somebody takes them.
fn send(mut file: impl io::Read, sender: &mpsc::SyncSender<io::Result<Vec<u8>>>) {
    let mut piece = vec![0; PIECE];
    loop {
        let read = match file.read(&mut piece) {
            // A signal came: nothing was read, and nothing is at its end.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map(|length| piece[..length].to_vec()),
        };
        let ends = read.as_ref().map_or(true, Vec::is_empty);
        if sender.send(read).is_err() || ends {
            return;
        }
    }
}

const PIECE: usize = 64 << 10;
const PIECES: usize = 4;

/// What a thread of its own reads from a pipe.
struct Pipe {
    pieces: mpsc::Receiver<io::Result<Vec<u8>>>,
    patience: Duration,
    piece: io::Cursor<Vec<u8>>,
}

impl io::Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.piece.position() == self.piece.get_ref().len() as u64 {
            self.piece = match self.pieces.recv_timeout(self.patience) {
                Ok(piece) => io::Cursor::new(piece?),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(0),
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(late(self.patience)),
            };
        }
        self.piece.read(into)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_pipe_comes_whole_and_is_not_waited_for_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let mut opened = open_within(&path, Duration::from_millis(50)).unwrap();
        assert_eq!(opened.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::TimedOut);

        let of = dir.path().join("other");
        rustix::fs::mknodat(rustix::fs::CWD, &of, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let path = of.clone();
        let writer = std::thread::spawn(move || {
            use std::io::Write as _;
            File::options().write(true).open(of).and_then(|mut file| file.write_all(&[b'x'; 300_000]))
        });
        let mut all = Vec::new();
        open(&path).unwrap().read_to_end(&mut all).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(all.len(), 300_000);
    }

    #[test]
    fn a_signal_between_two_pieces_cuts_nothing_off() {
        struct Signalled(u8);

        impl io::Read for Signalled {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 | 3 => Err(io::ErrorKind::Interrupted.into()),
                    2 | 4 => io::Read::read(&mut &b"ab"[..], into),
                    _ => Ok(0),
                }
            }
        }

        let (sender, pieces) = mpsc::sync_channel(PIECES);
        send(Signalled(0), &sender);
        drop(sender);
        let all: Vec<Vec<u8>> = pieces.iter().map(Result::unwrap).collect();
        assert_eq!(all.concat(), b"abab");
    }
}
