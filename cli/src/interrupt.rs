//! What a program that asked for JSON gets when a signal ends the run: one object, as of any other
//! failure. A run is told of once: the result, or how it failed.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Whether the one document is written, or under way.
static DOCUMENT: Mutex<bool> = Mutex::new(false);

/// Whether a signal is told of before it ends the run.
static TELLS: AtomicBool = AtomicBool::new(false);

/// So long a document that is under way is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a signal ends the run at once: nobody looks for an edge to stop at.
pub(crate) fn unwatched() -> &'static Arc<AtomicBool> {
    static UNWATCHED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    UNWATCHED.get_or_init(|| Arc::new(AtomicBool::new(true)))
}

/// Whether a signal is told of before it ends the run.
pub(crate) fn tells() -> bool {
    TELLS.load(Ordering::SeqCst)
}

/// The right to write a part of the document; from then on there is one.
pub(crate) fn document() -> MutexGuard<'static, bool> {
    let mut begun = DOCUMENT.lock().unwrap_or_else(PoisonError::into_inner);
    *begun = true;
    begun
}

/// From now on SIGINT and SIGTERM print `failure`, a line, before they end the run, unless there is
/// a document already. What is ignored, as in a shell's background, stays so.
pub(crate) fn tell(failure: impl Fn(&str) -> String + Send + 'static) -> io::Result<()> {
    let (mut hears, says) = UnixStream::pair()?;
    let came = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)) {
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&came), number)?;
        low_level::pipe::register(signal, says.try_clone()?)?;
    }
    TELLS.store(true, Ordering::SeqCst);
    std::thread::Builder::new().spawn(move || {
        let mut byte = [0];
        while hears.read_exact(&mut byte).is_ok() {
            if unwatched().load(Ordering::SeqCst) {
                end(i32::try_from(came.load(Ordering::SeqCst)).unwrap_or(SIGTERM), &failure);
            }
        }
    })?;
    Ok(())
}

/// Says that the signal ended the run, and lets it.
fn end(signal: i32, failure: &dyn Fn(&str) -> String) {
    let until = Instant::now() + PATIENCE;
    // A reader that takes no more would hold the lock for ever.
    while Instant::now() < until {
        let Ok(mut begun) = DOCUMENT.try_lock() else {
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        if !*begun {
            *begun = true;
            let name = low_level::signal_name(signal).unwrap_or("a signal");
            let mut out = io::stdout().lock();
            // Where it cannot be printed nobody is there to be told.
            let _ = out.write_all(failure(name).as_bytes()).and_then(|()| out.flush());
        }
        let _ = low_level::emulate_default_handler(signal);
    }
    let _ = low_level::emulate_default_handler(signal);
}

/// Whether whoever started this process had it ignore the signal.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal - 1)) != 0
}
