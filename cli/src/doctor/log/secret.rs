//! A line of a log as it is shown: without secrets, and not too long.

use crate::doctor::hide;

/// So much of a line is shown.
const SHOWN: usize = 400;

/// A line as it is shown.
///
/// `…` stands where more was.
pub(super) fn shown(text: &str) -> String {
    let text = hide::shown(text.trim());
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_line_is_shown() {
        let cases = [
            ("join with abcdef.5ecr000000000000 now", "join with abcdef.*** now"),
            ("err=\"a: http://u:5ecr@h:1/x\"", "err=\"a: http://u:***@h:1/x\""),
            ("Authorization: Bearer eyJhbGciOiJ.5ecr.5ecr", "Authorization: Bearer ***"),
            ("got eyJhbGciOiJSUzI1NiJ9.5ecr.5ecr_x- there", "got *** there"),
            ("password=5ecr user=a", "password=*** user=a"),
            ("{\"token\": \"5 ecr\", \"a\": 1}", "{\"token\": \"***\", \"a\": 1}"),
            ("x DB_PASSWD=5ecr X-Auth-User: 5ecr", "x DB_PASSWD=*** X-Auth-User: ***"),
            (
                "kubeadm join --token 5ecr --certificate-key 5ecr",
                "kubeadm join --token *** --certificate-key ***",
            ),
            ("client-key-data: 5ecr", "client-key-data: ***"),
            ("x LS0tLS1CRUdJTi5ecr= y", "x *** y"),
            ("token id \"abcdef\" is invalid", "token id \"abcdef\" is invalid"),
            ("registry.k8s.io/pause@sha256:00", "registry.k8s.io/pause@sha256:00"),
        ];
        for (line, wanted) in cases {
            assert_eq!(shown(line), wanted);
        }
        assert_eq!(shown(&"ä".repeat(9_000)).chars().count(), SHOWN + 1);
    }
}
