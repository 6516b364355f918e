//! etcd's snapshot before an upgrade, and its health after it, asked in its own container.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kept::place;
use crate::{Error, Host, Invocation, Watch, fs};

const SNAPSHOT: &str = "etcd-snapshot.db";
/// What its container writes, until it is moved away.
const INSIDE: &str = "k8sprep-snapshot.db";
const PKI: &str = "/etc/kubernetes/pki/etcd";

/// Saves a snapshot of the member on this host in the engine's own directory; `data` is etcd's, through
/// which its container hands it out.
///
/// # Errors
///
/// Where etcd does not run or does not answer.
pub fn snapshot(host: &Host, data: &Path, watch: &mut dyn Watch) -> Result<(), Error> {
    let inside = data.join(INSIDE);
    let to = place(host, SNAPSHOT)?;
    let root = host.root();
    let shown = root.shown(&inside).display().to_string();
    let said = etcdctl(host, &["snapshot", "save", &inside.display().to_string()], watch);
    if let Err(error) = said {
        // Where it cannot go now, it goes when the upgrade is given up or goes back.
        let _ = sweep_snapshot(host, data);
        return Err(error);
    }
    let to = root.shown(&to).display().to_string();
    host.await_end(
        &Invocation::new("mv", ["-f", "--", &shown, &to]).within(Duration::from_secs(600)),
        watch,
    )?;
    host.run(&Invocation::new("chmod", ["0600", "--", &to])).map(drop)
}

/// Removes what a snapshot that was cut short left in etcd's data. None of it is read: it is as large
/// as the database.
///
/// # Errors
///
/// Where the system refuses.
pub fn sweep_snapshot(host: &Host, data: &Path) -> Result<(), Error> {
    fs::remove_tree(host.root(), &data.join(INSIDE))?;
    fs::remove_tree(host.root(), &data.join(format!("{INSIDE}.part")))
}

/// Where the snapshot is, if one was saved.
///
/// # Errors
///
/// When the directory cannot be read.
pub fn snapshot_path(host: &Host) -> Result<Option<PathBuf>, Error> {
    let path = host.state().join("upgrade").join(SNAPSHOT);
    Ok(host.root().kind(&path)?.map(|_| host.root().shown(&path)))
}

/// Whether every member of etcd is well.
///
/// # Errors
///
/// With what etcdctl says, where one is not.
pub fn etcd_is_healthy(host: &Host, watch: &mut dyn Watch) -> Result<(), Error> {
    etcdctl(host, &["endpoint", "health", "--cluster"], watch).map(drop)
}

/// A member of etcd.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EtcdMember {
    /// Where it answers.
    pub endpoint: String,
    /// The release that it runs.
    pub version: String,
}

/// Every member of etcd with the release that it runs.
///
/// # Errors
///
/// With what etcdctl says, where one does not answer; where its answer is none.
pub fn etcd_members(host: &Host, watch: &mut dyn Watch) -> Result<Vec<EtcdMember>, Error> {
    let words = ["endpoint", "status", "--cluster", "-w", "json"];
    let said = etcdctl(host, &words, watch)?;
    let not_read = |error: serde_json::Error| Error::CommandFailed {
        command: format!("etcdctl {}", words.join(" ")),
        how: format!("its answer cannot be read: {error}"),
    };
    let all: Vec<MemberAnswer> = serde_json::from_slice(&said).map_err(not_read)?;
    let of = |one: MemberAnswer| EtcdMember { endpoint: one.endpoint, version: one.status.version };
    Ok(all.into_iter().map(of).collect())
}

/// As etcdctl prints it.
#[derive(serde::Deserialize)]
struct MemberAnswer {
    #[serde(rename = "Endpoint")]
    endpoint: String,
    #[serde(rename = "Status")]
    status: MemberStatus,
}

#[derive(serde::Deserialize)]
struct MemberStatus {
    version: String,
}

/// What etcdctl says on its standard output.
fn etcdctl(host: &Host, words: &[&str], watch: &mut dyn Watch) -> Result<Vec<u8>, Error> {
    let list = Invocation::new("crictl", ["ps", "-q", "--name", "^etcd$"]);
    let ids = host.run(&list)?.stdout;
    let ids = String::from_utf8_lossy(&ids).into_owned();
    let id = ids.lines().next().map(str::trim).filter(|id| !id.is_empty()).ok_or_else(|| {
        Error::CommandFailed { command: list.to_string(), how: "etcd's container does not run".to_owned() }
    })?;
    let (ca, cert, key) = (format!("{PKI}/ca.crt"), format!("{PKI}/server.crt"), format!("{PKI}/server.key"));
    let own = ["etcdctl", "--endpoints", "https://127.0.0.1:2379", "--cacert", &ca];
    let all: Vec<&str> =
        own.into_iter().chain(["--cert", &cert, "--key", &key]).chain(words.iter().copied()).collect();
    let exec = |before: &[&str]| {
        let words = ["exec", id].into_iter().chain(before.iter().copied()).chain(all.iter().copied());
        Invocation::new("crictl", words).within(Duration::from_secs(600))
    };
    match host.await_end(&exec(&[]), watch) {
        Ok(done) => Ok(done.stdout),
        // etcd up to 3.3, of kubeadm up to 1.16: etcdctl speaks version 2 unless told, and that one has no
        // `version`. Images of then have a shell; those of today have none, and need none.
        Err(_) if host.run(&Invocation::new("crictl", ["exec", id, "etcdctl", "version"])).is_err() => {
            let as_told = ["sh", "-ec", "export ETCDCTL_API=3; exec \"$@\"", "sh"];
            Ok(host.await_end(&exec(&as_told), watch)?.stdout)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::{MAX_FILE, Root};
    use crate::test_util::scripted::Scripted;

    #[test]
    fn every_member_is_told_with_its_release() {
        let said = r#"[{"Endpoint":"https://192.0.2.7:2379","Status":{"header":{"member_id":1},"version":"3.5.24","dbSize":9}},
            {"Endpoint":"https://192.0.2.8:2379","Status":{"version":"3.5.21","isLearner":false}}]"#;
        let of = |said: &str| {
            let dir = tempfile::tempdir().unwrap();
            let answers = Scripted::new().says("crictl ps", "1a2b\n").says("crictl exec", said);
            let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(answers));
            etcd_members(&host, &mut crate::NoProgress)
        };
        let told: Vec<_> = of(said).unwrap().into_iter().map(|one| (one.endpoint, one.version)).collect();
        let expected = [("https://192.0.2.7:2379", "3.5.24"), ("https://192.0.2.8:2379", "3.5.21")];
        assert_eq!(told, expected.map(|(at, version)| (at.to_owned(), version.to_owned())));
        assert!(of("").unwrap_err().to_string().contains("cannot be read"));
    }

    /// That of etcd 3.3 speaks version 2 of the API unless it is told.
    #[test]
    fn an_etcdctl_of_2019_is_told_which_api_it_speaks() {
        let dir = tempfile::tempdir().unwrap();
        let answers = Scripted::new()
            .says("crictl ps", "1a2b\n")
            .says("crictl exec 1a2b sh -ec", "well")
            .ends("crictl exec 1a2b etcdctl version", 3, "No help topic for 'version'", "")
            .ends("crictl exec 1a2b etcdctl", 1, "", "flag provided but not defined: -cacert");
        let answers = Arc::new(answers);
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::clone(&answers) as _);
        etcd_is_healthy(&host, &mut crate::NoProgress).unwrap();
        let last = answers.calls().pop().unwrap();
        assert!(last.contains("ETCDCTL_API=3") && last.ends_with("endpoint health --cluster"), "{last}");

        // One that knows its version and fails says why.
        let sick = Scripted::new()
            .says("crictl ps", "1a2b\n")
            .says("crictl exec 1a2b etcdctl version", "etcdctl version: 3.6.4")
            .ends("crictl exec 1a2b etcdctl", 1, "", "unhealthy cluster");
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(sick));
        let error = etcd_is_healthy(&host, &mut crate::NoProgress).unwrap_err().to_string();
        assert!(error.contains("unhealthy cluster"), "{error}");
    }

    /// A snapshot is as large as the database: larger than what the engine reads.
    #[test]
    fn what_was_cut_short_goes_however_large_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("var/lib/etcd");
        std::fs::create_dir_all(data.join("member")).unwrap();
        let answers = Scripted::new().says("crictl ps", "1a2b\n").ends("crictl exec", 1, "", "no space left");
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(answers));
        let cut = || {
            for name in [INSIDE.to_owned(), format!("{INSIDE}.part")] {
                std::fs::File::create(data.join(name)).unwrap().set_len(MAX_FILE + 1).unwrap();
            }
        };
        let left = || std::fs::read_dir(&data).unwrap().count();
        cut();
        sweep_snapshot(&host, Path::new("/var/lib/etcd")).unwrap();
        assert_eq!(left(), 1);
        sweep_snapshot(&host, Path::new("/var/lib/etcd")).unwrap();
        cut();
        let failed = snapshot(&host, Path::new("/var/lib/etcd"), &mut crate::NoProgress).unwrap_err();
        assert!(failed.to_string().contains("no space left"), "{failed}");
        assert_eq!(left(), 1, "only what is etcd's");
    }
}
