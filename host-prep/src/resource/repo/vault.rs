//! Where the packages of CentOS went when it ended.

/// A CentOS release that ended, and where its packages are kept.
struct Ended {
    major: u32,
    /// Whether it is CentOS Stream, whose lists ask for `release=$stream`.
    stream: bool,
    /// Directory of the last update.
    last: &'static str,
    /// What stands between the repository's name and its architecture.
    tail: &'static str,
    /// Name of a repository in mirror lists, and its directory.
    repos: &'static [(&'static str, &'static str)],
}

/// From the release files of CentOS 7.9, 8.5 and Stream 8 and the tree of vault.centos.org.
const ENDED: &[Ended] = &[
    Ended {
        major: 7,
        stream: false,
        last: "7.9.2009",
        tail: "$basearch/",
        repos: &[("os", "os"), ("updates", "updates"), ("extras", "extras"), ("centosplus", "centosplus")],
    },
    Ended { major: 8, stream: false, last: "8.5.2111", tail: "$basearch/os/", repos: EIGHT },
    Ended { major: 8, stream: true, last: "8-stream", tail: "$basearch/os/", repos: EIGHT },
];

const EIGHT: &[(&str, &str)] = &[
    ("BaseOS", "BaseOS"),
    ("AppStream", "AppStream"),
    ("extras", "extras"),
    ("PowerTools", "PowerTools"),
    ("HighAvailability", "HighAvailability"),
];

/// The base of the archive.
pub(crate) const VAULT: &str = "https://vault.centos.org";

/// The `baseurl` that takes the place of a mirror list such as `http://mirrorlist.centos.org/?release=7&repo=os`, or of the
/// server that was switched off with it, `http://mirror.centos.org/centos/7/os/$basearch/`.
pub(crate) fn baseurl(address: &str, major: Option<u32>, vault: &str) -> Option<String> {
    let (release, repo) = asked_of_list(address).or_else(|| asked_of_server(address))?;
    let stream = release.contains("stream");
    let ended = ENDED.iter().find(|ended| Some(ended.major) == major && ended.stream == stream)?;
    let (_, dir) = ended.repos.iter().find(|(name, _)| *name == repo)?;
    Some(format!("{}/{}/{dir}/{}", vault.trim_end_matches('/'), ended.last, ended.tail))
}

/// Release and repository in a mirror list's query.
fn asked_of_list(address: &str) -> Option<(&str, &str)> {
    let (_, query) = address.split_once("mirrorlist.centos.org/?")?;
    let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    Some((value("release").unwrap_or_default(), value("repo")?))
}

/// Release and repository in a path.
fn asked_of_server(address: &str) -> Option<(&str, &str)> {
    let (_, path) = address.split_once("://mirror.centos.org/")?;
    let mut parts = path.split('/');
    let top = parts.next()?;
    ["centos", "$contentdir"].contains(&top).then_some((parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_lists_become_directories_of_the_archive() {
        let list = "http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=os&infra=$infra";
        assert_eq!(
            baseurl(list, Some(7), VAULT).as_deref(),
            Some("https://vault.centos.org/7.9.2009/os/$basearch/")
        );
        let base = list.replace("repo=os", "repo=BaseOS");
        assert_eq!(
            baseurl(&base, Some(8), "https://mirrors.aliyun.com/centos-vault/").as_deref(),
            Some("https://mirrors.aliyun.com/centos-vault/8.5.2111/BaseOS/$basearch/os/")
        );
        let stream = base.replace("$releasever", "$stream");
        assert_eq!(
            baseurl(&stream, Some(8), VAULT).as_deref(),
            Some("https://vault.centos.org/8-stream/BaseOS/$basearch/os/")
        );
        assert_eq!(
            baseurl("http://mirror.centos.org/centos/$releasever/updates/$basearch/", Some(7), VAULT)
                .as_deref(),
            Some("https://vault.centos.org/7.9.2009/updates/$basearch/")
        );
        assert_eq!(baseurl("http://mirror.centos.org/altarch/7/os/aarch64/", Some(7), VAULT), None);
        assert_eq!(
            baseurl("https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/os/", Some(9), VAULT),
            None
        );
        assert_eq!(baseurl(list, Some(9), VAULT), None);
    }
}
