//! Fetching a small file with whatever the machine has for it.
//!
//! Only keys of repositories come this way, a few kilobytes each. This process opens no connection
//! itself: the machine's own programs know its proxies and its authorities. curl, wget and
//! apt-helper are tried in this order, the next only where one is not there.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use host_prep::fs::Temporary;
use host_prep::repo::{MAX_KEY_FILE, curl};
use host_prep::{Error, Host, Invocation, without_passwords};

use super::chain;
use crate::bounded;

/// More than any key has: a server that sends more is cut off.
const MOST: u64 = MAX_KEY_FILE as u64;
/// Fetches as apt does, proxies and all: every Debian has it, and few that are installed anew have
/// curl.
const APT_HELPER: &str = "/usr/lib/apt/apt-helper";

/// What is at `url`. A tree is not asked: its programs may be another machine's. A password in it
/// is no argument of any of them, since arguments are seen by everybody.
pub(crate) fn fetch(host: &Host, url: &str) -> Result<Vec<u8>, String> {
    let here = Host::live().map_err(|error| chain(&error))?.through(host.proxy().cloned());
    let most = MOST.to_string();
    // `-f`: a 404 page is no key. `--max-filesize` alone does not stop a body without a length, so
    // the time is bounded as well.
    let args = ["-fsSL", "--connect-timeout", "10", "--max-time", "30", "--max-filesize", &most];
    // Minimal images have one of the two, or neither; the first that is there decides.
    for ask in [curl(&args, url), wget(url)] {
        match here.run(&ask) {
            Err(Error::Command { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            fetched => {
                let named = |error: Error| match ask.stdin() {
                    [] => chain(&error),
                    _ => format!("{}: {}", without_passwords(url), chain(&error)),
                };
                return fetched.map(|outcome| outcome.stdout).map_err(named);
            }
        }
    }
    by_apt(&here, url)
}

/// `wget` for `url`; one with a password in it is read from stdin.
fn wget(url: &str) -> Invocation {
    let args = ["-q", "-O", "-", "--timeout=10", "--tries=1"];
    let ask = match without_passwords(url) == url {
        true => Invocation::new("wget", args.into_iter().chain([url])),
        // A URL with a password would stand in the process list; wget reads it from stdin.
        false => Invocation::new("wget", args.into_iter().chain(["-i", "-"])).told(format!("{url}\n")),
    };
    ask.fetching()
}

/// Its output goes to a file that this process made, since apt-helper writes to no pipe.
/// # Errors
/// No apt-helper either, or what it says.
fn by_apt(host: &Host, url: &str) -> Result<Vec<u8>, String> {
    let there = host.root().kind(Path::new(APT_HELPER)).is_ok_and(|kind| kind.is_some());
    if !there {
        return Err(format!("neither curl nor wget is here to fetch {}", without_passwords(url)));
    }
    let at = |what: &str| PathBuf::from(format!("/run/k8sprep-{what}-{}", std::process::id()));
    let file = Temporary::reserved(at("fetched"));
    let target = file.path().display().to_string();
    // Root's directory is not written to by `_apt`, which apt would say before anything else.
    let mut words = vec!["-o", "APT::Sandbox::User=root"];
    let (machine, bare) = netrc_of(url)?.unzip();
    let netrc = machine.map(|machine| Temporary::new(at("netrc"), machine.as_bytes()));
    let netrc = netrc.transpose().map_err(|error| chain(&error))?;
    let auth = netrc.as_ref().map(|file| format!("Dir::Etc::netrc={}", file.path().display()));
    words.extend(auth.iter().flat_map(|auth| ["-o", auth.as_str()]));
    words.extend(["download-file", bare.as_deref().unwrap_or(url), &target]);
    host.run(&Invocation::new(APT_HELPER, words).fetching()).map_err(|error| chain(&error))?;
    key_file(file.path())
}

/// The line of apt_auth.conf(5) for the user and the password in `url`, and the URL without them.
fn netrc_of(url: &str) -> Result<Option<(String, String)>, String> {
    if without_passwords(url) == url {
        return Ok(None);
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user_info, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let (user, password) = (decoded(user), decoded(password));
    if password.is_empty() {
        return Err("apt-helper takes a user only with a password; install curl".to_owned());
    }
    // Words of that file end at white space, and it has no quotes.
    let word = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if !word(&user) || !word(&password) {
        return Err("apt-helper takes no user or password with white space; install curl".to_owned());
    }
    let line = format!("machine {scheme}://{host}/ login {user} password {password}\n");
    Ok(Some((line, format!("{scheme}://{host}{path}"))))
}

/// `%40` is `@`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A file of keys, whatever it is: of a device no more is read than any key has.
pub(crate) fn key_file(path: &Path) -> Result<Vec<u8>, String> {
    match bounded::read(path, MOST) {
        Ok(bytes) if bytes.len() as u64 > MOST => Err(format!("it is larger than {MOST} bytes")),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_no_argument_of_any_program() {
        let url = "http://u:p%40ss@h:8080/key?x=1";
        let ask = wget(url);
        assert_eq!(ask.to_string(), "wget -q -O - --timeout=10 --tries=1 -i -");
        assert_eq!(ask.stdin(), b"http://u:p%40ss@h:8080/key?x=1\n");
        let (line, bare) = netrc_of(url).unwrap().unwrap();
        assert_eq!(line, "machine http://h:8080/ login u password p@ss\n");
        assert_eq!(bare, "http://h:8080/key?x=1");
        assert_eq!(netrc_of("https://h/key"), Ok(None));
        assert!(netrc_of("http://u:p%20q@h/").is_err() && netrc_of("http://u:p%0Amachine@h/").is_err());
        assert!(wget("https://h/key").to_string().ends_with(" https://h/key"));
    }
}
