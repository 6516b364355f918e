//! What only a system call says of a host.

use std::io;

use super::Host;
use crate::Error;

impl Host {
    /// Whether this process may read what only root may. Of a host that was recorded: whether the one
    /// did that recorded it.
    #[must_use]
    pub fn is_seen_by_root(&self) -> bool {
        let id = self
            .root
            .system("geteuid(2)", || Ok(rustix::process::geteuid().as_raw().to_string().into_bytes()));
        id.is_ok_and(|id| id == b"0")
    }

    /// How many processors this process may use: what Go counts.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system does not say.
    pub fn processors(&self) -> Result<usize, Error> {
        const QUESTION: &str = "sched_getaffinity(2)";
        let many = self.root.system(QUESTION, || {
            let set = rustix::thread::sched_getaffinity(None)?;
            Ok(set.count().to_string().into_bytes())
        })?;
        let many = String::from_utf8_lossy(&many).parse();
        many.map_err(|error| Error::Read { path: QUESTION.into(), source: io::Error::other(error) })
    }

    /// The operating system and the machine, as `uname -sm` prints them.
    ///
    /// # Errors
    ///
    /// [`Error::NotKept`] where a record does not have it.
    pub fn machine(&self) -> Result<(String, String), Error> {
        let said = self.root.system("uname(2)", || {
            let name = rustix::system::uname();
            let parts = [name.sysname(), name.machine()].map(|part| part.to_string_lossy());
            Ok(parts.join(" ").into_bytes())
        })?;
        let said = String::from_utf8_lossy(&said);
        let (system, machine) = said.split_once(' ').unwrap_or((&said, ""));
        Ok((system.to_owned(), machine.to_owned()))
    }
}
