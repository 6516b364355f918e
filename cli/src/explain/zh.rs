//! Texts in Chinese, each its own text: `zh.txt`, looked at only when somebody asks.

use super::Explanation;

const TEXT: &str = include_str!("zh.txt");

/// The explanation in Chinese, where it has one.
pub(super) fn of(english: &Explanation) -> Option<Explanation> {
    let row = rows().find(|row| row[0] == english.code)?;
    let [_, title, meaning, why, known, cure] = row;
    Some(Explanation { title, meaning, why, known, cure, ..*english })
}

/// Code, title, meaning, why it matters, how it is known, what to do.
fn rows() -> impl Iterator<Item = [&'static str; 6]> {
    TEXT.split("\n\n").filter_map(|row| {
        let lines: Vec<&str> = row.trim().lines().collect();
        lines.try_into().ok()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_text_is_whole_and_of_a_code() {
        let mut seen = BTreeSet::new();
        for row in TEXT.split("\n\n") {
            let lines: Vec<&str> = row.trim().lines().collect();
            assert_eq!(lines.len(), 6, "{row}");
            assert!(super::super::find(lines[0]).is_some(), "{}", lines[0]);
            assert!(seen.insert(lines[0]), "{} stands twice", lines[0]);
            for line in &lines[2..] {
                assert!(line.ends_with(['。', '）']), "{}: {line}", lines[0]);
            }
            let chinese = |line: &&&str| line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert_eq!(lines[1..].iter().filter(chinese).count(), 5, "{}", lines[0]);
        }
    }

    /// The pains that most people have: the code of each has a text.
    #[test]
    fn the_common_pains_have_a_text() {
        for code in [
            "repository-dead",
            "repository-key-untrusted",
            "pause-image-missing",
            "proxy-not-in-services",
            "inotify-limits-exhausted",
            "required-executable-missing",
            "runtime-sockets-ambiguous",
            "br-netfilter-not-loaded",
            "kernel-modules-extra-missing",
            "coredns-forwarding-loop",
            "cgroup-driver-mismatch",
            "former-membership-traces",
            "conmon-not-usable",
            "cni-config-shadowed",
            "cni-config-missing",
            "swap-returns-at-boot",
            "container-selinux-missing",
            "cri-version-mismatch",
            "cgroup-hierarchy-legacy",
            "kernel-release-unlisted",
            "firewall-ports-closed",
            "apparmor-blocks-signals",
            "kubelet-arguments-not-read",
            "container-storage-damaged",
            "short-names-ambiguous",
        ] {
            assert!(of(&super::super::find(code).unwrap()).is_some(), "{code}");
        }
    }
}
