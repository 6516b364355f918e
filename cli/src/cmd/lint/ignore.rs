//! Comments that take remarks back: `# k8sprep: ignore CODE reason`.

use super::{Remark, Severity};
use crate::{Code, explain};

const MARK: &str = "# k8sprep: ignore";

/// Such a comment.
struct Comment<'a> {
    line: u32,
    column: u32,
    code: &'a str,
    reason: &'a str,
    /// The line that it is about; none where it stands in the head of the file.
    about: Option<u32>,
}

/// The remarks that stay, with those about the comments themselves, and how many were taken back.
pub(super) fn apply(file: &str, text: &str, remarks: Vec<Remark>) -> (Vec<Remark>, usize) {
    let comments = comments(text);
    let mut used = vec![false; comments.len()];
    let before = remarks.len();
    let mut kept: Vec<Remark> = remarks
        .into_iter()
        .filter(|remark| {
            let mut taken_back = false;
            for (comment, used) in comments.iter().zip(&mut used) {
                let about = comment.about.is_none() || comment.about == remark.line;
                if about && !comment.reason.is_empty() && comment.code == remark.code {
                    (*used, taken_back) = (true, true);
                }
            }
            !taken_back
        })
        .collect();
    let ignored = before - kept.len();
    for (comment, used) in comments.iter().zip(used) {
        kept.extend(of_comment(comment, used).map(|(code, text)| Remark {
            file: file.to_owned(),
            severity: Severity::Warning,
            code: code.to_string(),
            field: String::new(),
            line: Some(comment.line),
            column: Some(comment.column),
            text,
            help: Some("write `# k8sprep: ignore CODE reason`, or take the comment away".to_owned()),
        }));
    }
    (kept, ignored)
}

fn of_comment(comment: &Comment<'_>, used: bool) -> Option<(Code, String)> {
    let Comment { code, reason, .. } = comment;
    if explain::find(code).is_none() {
        return Some((Code::IgnoreCommentInvalid, format!("there is no code {code:?}")));
    }
    if reason.is_empty() {
        return Some((Code::IgnoreCommentInvalid, format!("it has no reason for ignoring {code}")));
    }
    (!used).then(|| (Code::IgnoreCommentUnused, format!("nothing here says {code}")))
}

fn comments(text: &str) -> Vec<Comment<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(|index| comment(&lines, index)).collect()
}

fn comment<'a>(lines: &[&'a str], index: usize) -> Option<Comment<'a>> {
    let line = lines[index];
    let at = line.find(MARK)?;
    let (before, rest) = (&line[..at], line[at + MARK.len()..].trim_end());
    if !(rest.is_empty() || rest.starts_with(' ')) || !(before.is_empty() || before.ends_with([' ', '\t'])) {
        return None;
    }
    let in_head = !lines[..=index].iter().any(|line| is_content(line));
    let about = if in_head {
        None
    } else {
        // Its own line, or the next that is none of comments; at the end nothing is meant.
        Some(lines[index..].iter().position(|line| is_content(line)).map_or(0, |next| number(index + next)))
    };
    let (code, reason) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let column = number(before.chars().count());
    Some(Comment { line: number(index), column, code, reason: reason.trim(), about })
}

fn is_content(line: &str) -> bool {
    !matches!(line.trim(), "" | "---") && !line.trim_start().starts_with('#')
}

/// A count from 0 as one from 1.
fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remark(line: Option<u32>, code: &str) -> Remark {
        Remark {
            file: "f".into(),
            severity: Severity::Error,
            code: code.into(),
            field: String::new(),
            line,
            column: None,
            text: String::new(),
            help: None,
        }
    }

    fn left(text: &str, remarks: &[(Option<u32>, &str)]) -> (Vec<(Option<u32>, String)>, usize) {
        let all = remarks.iter().map(|(line, code)| remark(*line, code)).collect();
        let (kept, ignored) = apply("f", text, all);
        (kept.into_iter().map(|one| (one.line, one.code)).collect(), ignored)
    }

    #[test]
    fn a_comment_is_about_its_line_the_next_one_or_the_whole_file() {
        let none = Vec::new();
        let at_the_end = "a: 1\nb: 2 # k8sprep: ignore swap-on a reason\n";
        assert_eq!(left(at_the_end, &[(Some(2), "swap-on")]), (none.clone(), 1));
        assert_eq!(
            left(at_the_end, &[(Some(1), "swap-on"), (Some(2), "swap-on")]).0,
            [(Some(1), "swap-on".into())]
        );
        let above = "a: 1\n# k8sprep: ignore swap-on why\n# more\n\nb: 2\n";
        assert_eq!(left(above, &[(Some(5), "swap-on")]), (none.clone(), 1));
        let head = "# ours\n# k8sprep: ignore swap-on why\n---\na: 1\nb: 1\n";
        assert_eq!(left(head, &[(Some(5), "swap-on"), (None, "swap-on")]), (none, 2));
    }

    #[test]
    fn a_comment_that_does_nothing_is_told() {
        let unused = (Some(1), "ignore-comment-unused".to_owned());
        let invalid = (Some(1), "ignore-comment-invalid".to_owned());
        let of = |comment: &str| left(&format!("{comment}\na: 1\n"), &[(Some(2), "ip-forward-off")]).0;
        let stays = (Some(2), "ip-forward-off".to_owned());
        assert_eq!(of("# k8sprep: ignore swap-on reason"), [stays.clone(), unused]);
        assert_eq!(of("# k8sprep: ignore ip-forward-off"), [stays.clone(), invalid.clone()]);
        assert_eq!(of("# k8sprep: ignore no-such-code reason"), [stays.clone(), invalid.clone()]);
        assert_eq!(of("# k8sprep: ignore"), [stays.clone(), invalid]);
        assert_eq!(of("# k8sprep: ignored"), [stays]);
    }
}
