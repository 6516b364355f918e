//! What can lie at a socket's path, and waiting for it to become a runtime.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use cri_probe::test_util::FakeCri;
use cri_probe::{Denial, Error, ErrorKind, FileKind, Phase, Wait, blocking};

use super::{client, info};

const INFO: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\
    {\"storage_driver\":\"o\",\"storage_root\":\"/s\",\"cgroup_driver\":\"systemd\"}";

#[test]
fn nothing_a_stale_file_and_the_wrong_kind_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);

    let error = info(&at("no/crio.sock")).unwrap_err();
    assert!(matches!(&error, Error::NoSocket { missing, .. } if *missing == at("no")), "{error}");

    symlink(at("gone"), at("link")).unwrap();
    let error = info(&at("link")).unwrap_err();
    assert!(matches!(&error, Error::DanglingLink { target, .. } if *target == at("gone")), "{error}");

    drop(UnixListener::bind(at("stale")).unwrap());
    let error = info(&at("stale")).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");

    let _datagrams = UnixDatagram::bind(at("datagrams")).unwrap();
    let error = info(&at("datagrams")).unwrap_err();
    assert!(matches!(error, Error::NotAStream { .. }), "{error}");

    fs::File::create_new(at("file")).unwrap();
    for (path, kind) in [(at("file"), FileKind::File), (at("file/x.sock"), FileKind::File)] {
        let error = info(&path).unwrap_err();
        assert!(matches!(error, Error::NotASocket { found, .. } if found == kind), "{error}");
    }
    let error = info(directory.path()).unwrap_err();
    assert!(matches!(error, Error::NotASocket { found: FileKind::Directory, .. }), "{error}");
}

#[test]
fn paths_longer_than_an_address_and_names_that_are_no_text_work() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let crio = FakeCri::answering(INFO);
    let long = crio.directory().join("d".repeat(120));
    fs::create_dir(&long).unwrap();
    let long = long.join("s".repeat(200));
    fs::rename(crio.socket(), &long).unwrap();
    info(&long).unwrap();
    let odd = crio.directory().join(OsStr::from_bytes(b"\xff.sock"));
    fs::rename(&long, &odd).unwrap();
    info(&odd).unwrap();
    fs::rename(&odd, crio.socket()).unwrap();

    let error = info(&crio.directory().join("x".repeat(300))).unwrap_err();
    assert!(matches!(error, Error::PathTooLong { .. }), "{error}");
    let error = info(&long).unwrap_err();
    assert!(matches!(error, Error::NoSocket { .. }), "{error}");
}

#[test]
fn a_full_accept_queue_ends_at_the_deadline() {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crio.sock");
    let listener = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(&path).unwrap()).unwrap();
    listen(&listener, 0).unwrap();
    let _queued = UnixStream::connect(&path).unwrap();
    let error = info(&path).unwrap_err();
    assert!(matches!(error, Error::TimedOut { phase: Phase::Connect, .. }), "{error:?}");
}

/// As user 65534, on a thread of its own: root passes every permission.
fn as_nobody<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    use rustix::thread::{set_thread_res_gid, set_thread_res_uid};
    if !rustix::process::geteuid().is_root() {
        test_kit::skip("only root can become somebody else");
        return None;
    }
    let nobody = 65534;
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let (gid, uid) = (rustix::process::Gid::from_raw(nobody), rustix::process::Uid::from_raw(nobody));
            rustix::thread::set_thread_groups(&[]).ok()?;
            set_thread_res_gid(gid, gid, gid).ok()?;
            set_thread_res_uid(uid, uid, uid).ok()?;
            Some(work())
        });
        worker.join().unwrap()
    })
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn a_denial_names_the_part_of_the_path_that_denied() {
    let crio = FakeCri::answering(INFO);
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(crio.directory(), 0o755);
    set(crio.socket(), 0o660);
    let Some(error) = as_nobody(|| info(crio.socket()).unwrap_err()) else { return };
    let Error::PermissionDenied { denial: Denial::Bits { path, mode, user, .. }, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!((path.as_path(), *mode, *user), (crio.socket(), 0o660, 65534));

    set(crio.directory(), 0o700);
    let error = as_nobody(|| info(crio.socket()).unwrap_err()).unwrap();
    let Error::PermissionDenied { denial: Denial::Bits { path, .. }, .. } = &error else { panic!("{error}") };
    assert_eq!(path, crio.directory());
    info(crio.socket()).unwrap();
}

#[test]
fn waiting_ends_when_the_runtime_comes_up() {
    let crio = FakeCri::answering(INFO);
    let hidden = crio.directory().join("not-yet");
    fs::rename(crio.socket(), &hidden).unwrap();
    let mut failures = Vec::new();
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(250));
            fs::rename(&hidden, crio.socket()).unwrap();
        });
        let client = client(crio.socket());
        blocking::run(client.wait(
            &Wait::default(),
            |client| async move { client.info().await },
            |_| true,
            |missed| failures.push(missed.unwrap_err().kind()),
        ))
    });
    answer.unwrap();
    assert!(failures.len() >= 2, "{failures:?}");
    assert!(failures.iter().all(|kind| *kind == ErrorKind::NoSocket), "{failures:?}");
}

#[test]
fn waiting_ends_at_its_limit_and_at_once_when_it_cannot_help() {
    let directory = tempfile::tempdir().unwrap();
    let mut wait = Wait::default();
    wait.limit = Duration::from_millis(300);
    let ask = |path: &Path| {
        let client = client(path);
        blocking::run(client.wait(&wait, |client| async move { client.info().await }, |_| true, |_| ()))
    };
    let error = ask(&directory.path().join("crio.sock")).unwrap_err();
    assert!(matches!(&error, Error::NotReady { attempts: 2.., .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::NoSocket);
    let error = ask(directory.path()).unwrap_err();
    assert!(matches!(error, Error::NotASocket { .. }), "{error:?}");
}

#[tokio::test]
async fn nothing_is_left_behind_when_a_question_is_dropped() {
    let silent = FakeCri::start(|peer| {
        peer.wait_for_hang_up(Duration::from_secs(5));
        Ok(())
    });
    let client = client(silent.socket());
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let _ = tokio::time::timeout(Duration::from_millis(50), client.info()).await.unwrap_err();
    assert_eq!(tasks(), before);
    assert!(matches!(blocking::info(&client), Err(Error::BlockingInAsync)));
}
