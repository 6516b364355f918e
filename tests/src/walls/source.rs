//! The code of a file without its comments, strings and tests.

/// Every comment, string and character is blanked; line ends stay, so that places keep their
/// meaning.
pub(super) fn bare(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = at + skipped(&bytes[at..], out.last().copied());
        if end == at {
            out.push(bytes[at]);
            at += 1;
        } else {
            out.extend(bytes[at..end].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
            at = end;
        }
    }
    without_tests(&String::from_utf8_lossy(&out))
}

/// How many bytes at the beginning of `rest` are no code. `before` is what came before them.
fn skipped(rest: &[u8], before: Option<u8>) -> usize {
    let word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => end_of(rest, b"*/"),
        [b'"', ..] => quoted(rest),
        [b'r', b'"' | b'#', ..] if !word => raw(rest),
        [b'\'', b'\\', ..] => 2 + rest.iter().skip(3).position(|byte| *byte == b'\'').map_or(0, |at| at + 2),
        [b'\'', _, b'\'', ..] => 3,
        _ => 0,
    }
}

fn end_of(rest: &[u8], mark: &[u8]) -> usize {
    let found = rest.windows(mark.len()).skip(2).position(|window| window == mark);
    found.map_or(rest.len(), |at| at + 2 + mark.len())
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// `r"..."` and `r#"..."#`; `r#type` is a word.
fn raw(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let mut end = vec![b'"'];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let body = 2 + hashes;
    let found = rest[body..].windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |at| body + at + end.len())
}

/// What stands behind `#[cfg(test)]` goes, to the end of its block or to its semicolon.
fn without_tests(code: &str) -> String {
    let mut left = code.to_owned();
    while let Some(at) = left.find("#[cfg(test)]") {
        let mut depth = 0_usize;
        let mut end = left.len();
        for (place, c) in left[at..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth <= 1 => {
                    end = at + place + 1;
                    break;
                }
                '}' => depth -= 1,
                ';' if depth == 0 => {
                    end = at + place + 1;
                    break;
                }
                _ => {}
            }
        }
        left.replace_range(at..end, "");
    }
    left
}
