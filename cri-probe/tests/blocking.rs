//! Where a blocking question may be asked, and where it refuses.

use std::path::PathBuf;
use std::time::Duration;

use cri_probe::{Client, Error, Socket, blocking};

/// A socket that is not there: a question about it ends at once, and says so.
fn nobody(dir: &tempfile::TempDir) -> Client {
    Client::new(Socket::new(PathBuf::from(dir.path()).join("crio.sock")).unwrap())
}

fn asked(dir: &tempfile::TempDir) -> Error {
    blocking::info(&nobody(dir)).unwrap_err()
}

#[test]
fn a_plain_thread_may_ask() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(asked(&dir), Error::NoSocket { .. }));
}

#[test]
fn a_thread_that_knows_a_runtime_may_ask() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let _entered = runtime.enter();
    assert!(matches!(asked(&dir), Error::NoSocket { .. }));
}

#[test]
fn spawn_blocking_may_ask_on_both_kinds_of_runtime() {
    let builders =
        [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()];
    for mut builder in builders {
        let dir = tempfile::tempdir().unwrap();
        let runtime = builder.enable_all().build().unwrap();
        let error =
            runtime.block_on(async { tokio::task::spawn_blocking(move || asked(&dir)).await.unwrap() });
        assert!(matches!(error, Error::NoSocket { .. }), "{error}");
    }
}

#[test]
fn async_code_is_told_to_await_and_goes_on() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let dir = tempfile::tempdir().unwrap();
            assert!(matches!(asked(&dir), Error::BlockingInAsync), "the future of block_on");
            let task = tokio::spawn(async move { asked(&dir) });
            assert!(matches!(task.await.unwrap(), Error::BlockingInAsync), "a task");
            // The task itself is not harmed by having been looked at.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

#[test]
fn a_task_that_used_up_part_of_its_budget_is_seen_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(64);
        for n in 0..50 {
            sender.send(n).await.unwrap();
            receiver.recv().await.unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(asked(&dir), Error::BlockingInAsync));
    });
}
