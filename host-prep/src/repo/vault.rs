//! Where the packages of CentOS went when it ended.

/// A CentOS release that ended, and where its packages are kept.
struct Ended {
    major: u32,
    /// Directory of the last update.
    last: &'static str,
    /// What stands between the repository's name and its architecture.
    tail: &'static str,
    /// Name of a repository in mirror lists, and its directory.
    repos: &'static [(&'static str, &'static str)],
}

/// From the release files of CentOS 7.9 and 8.5 and the tree of vault.centos.org.
const ENDED: &[Ended] = &[
    Ended {
        major: 7,
        last: "7.9.2009",
        tail: "$basearch/",
        repos: &[("os", "os"), ("updates", "updates"), ("extras", "extras"), ("centosplus", "centosplus")],
    },
    Ended {
        major: 8,
        last: "8.5.2111",
        tail: "$basearch/os/",
        repos: &[
            ("BaseOS", "BaseOS"),
            ("AppStream", "AppStream"),
            ("extras", "extras"),
            ("PowerTools", "PowerTools"),
            ("HighAvailability", "HighAvailability"),
        ],
    },
];

/// The base of the archive.
pub(crate) const VAULT: &str = "https://vault.centos.org";

/// The `baseurl` that takes the place of a mirror list such as `http://mirrorlist.centos.org/?release=7&repo=os`.
pub(crate) fn baseurl(mirrorlist: &str, major: Option<u32>, vault: &str) -> Option<String> {
    let (_, query) = mirrorlist.split_once('?')?;
    let repo = query.split('&').find_map(|pair| pair.strip_prefix("repo="))?;
    let ended = ENDED.iter().find(|ended| Some(ended.major) == major)?;
    let (_, dir) = ended.repos.iter().find(|(name, _)| *name == repo)?;
    Some(format!("{}/{}/{dir}/{}", vault.trim_end_matches('/'), ended.last, ended.tail))
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
        assert_eq!(baseurl(list, Some(9), VAULT), None);
    }
}
