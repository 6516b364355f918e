//! What is wrong with a support archive: one is written, unpacked, and harmed in one way each.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::GzDecoder;
use host_prep::test_util::FakeHost;
use k8sprep::doctor::archive::{Archive, Collected};

use super::Fired;

/// The archive of a small host, written as a file.
fn collected(out: &Path) -> (Collected, PathBuf) {
    let fake = FakeHost::new(&[("etc/hostname", "n1\n"), ("etc/kubernetes/kubelet.conf", "kind: Config\n")]);
    let collected = Collected::of(fake.offline(), SystemTime::UNIX_EPOCH).unwrap();
    let file = out.join("n1.tar.gz");
    collected.write(&file).unwrap();
    (collected, file)
}

/// What is said of an unpacked archive after this was done to it.
fn harmed(harm: impl FnOnce(&Path)) -> Vec<String> {
    let (out, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, file) = collected(out.path());
    tar::Archive::new(GzDecoder::new(File::open(file).unwrap())).unpack(dir.path()).unwrap();
    let top = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    assert!(Archive::open(&top).is_ok());
    harm(&top);
    vec![Archive::open(&top).unwrap_err().code().to_owned()]
}

pub(super) fn fired() -> Vec<Fired> {
    const NAME: &str = "files/etc/hostname";
    let newer = |top: &Path| {
        let path = top.join("manifest.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("k8sprep.support-archive/v1", "k8sprep.support-archive/v99")).unwrap();
    };
    let link = |top: &Path| {
        fs::remove_file(top.join(NAME)).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", top.join(NAME)).unwrap();
    };
    let large = |top: &Path| {
        File::options().write(true).open(top.join(NAME)).unwrap().set_len(1 << 30).unwrap();
    };
    let out = tempfile::tempdir().unwrap();
    let (one, _) = collected(out.path());
    let taken = out.path().join("letter.txt");
    fs::write(&taken, "dear\n").unwrap();
    vec![
        ("support-archive-changed", harmed(|top| fs::write(top.join(NAME), "n2\n").unwrap())),
        ("support-archive-damaged", harmed(|top| fs::remove_file(top.join(NAME)).unwrap())),
        ("support-archive-newer", harmed(newer)),
        ("support-archive-refused", harmed(link)),
        ("support-archive-too-large", harmed(large)),
        ("support-archive-place-taken", vec![one.write(&taken).unwrap_err().code().to_owned()]),
    ]
}
