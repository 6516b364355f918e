//! What of an answer changes from run to run, made the same.

use super::oracle::Answer;

/// An answer as it is compared: without the header of log lines, with what kubeadm made up replaced.
pub(super) fn normal(answer: &Answer, input: &str) -> Answer {
    let stderr: Vec<String> = answer.stderr.lines().map(|line| network(&without_header(line))).collect();
    Answer { exit: answer.exit, stdout: tokens(&answer.stdout, input), stderr: gates(&stderr.join("\n")) }
}

/// `W1123 07:07:18.060085   22003 version.go:108] text` becomes `W] text`.
fn without_header(line: &str) -> String {
    let mut bytes = line.bytes();
    let level = bytes.next().filter(|b| b"IWEF".contains(b));
    let dated = bytes.take(4).filter(u8::is_ascii_digit).count() == 4;
    match (level, line.split_once("] ")) {
        (Some(level), Some((header, text))) if dated && header.contains(".go:") => {
            format!("{}] {text}", char::from(level))
        }
        _ => line.to_owned(),
    }
}

/// What the network said is the machine's own.
fn network(line: &str) -> String {
    match line.split_once("unable to get URL \"") {
        Some((head, tail)) => {
            let url = tail.split('"').next().unwrap_or_default();
            format!("{head}unable to get URL \"{url}\": <network error>")
        }
        None => line.to_owned(),
    }
}

/// Feature gates that are refused come in Go's random order of a map.
fn gates(text: &str) -> String {
    const START: &str = "featureGates: Invalid value: ";
    const END: &str = " is not a valid feature name.";
    let places: Vec<(usize, usize)> = text
        .match_indices(START)
        .filter_map(|(start, _)| text[start..].find(END).map(|end| (start, start + end + END.len())))
        .collect();
    let mut sorted: Vec<&str> = places.iter().map(|(start, end)| &text[*start..*end]).collect();
    sorted.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for ((start, end), part) in places.into_iter().zip(sorted) {
        if start >= at {
            out += &text[at..start];
            out += part;
            at = end;
        }
    }
    out + &text[at..]
}

/// A token that does not stand in the input was made up.
fn tokens(text: &str, input: &str) -> String {
    let made_up = |line: &str| {
        let (head, value) = line.split_once("token: ")?;
        let shaped = value.parse::<kubeadm_config::BootstrapToken>().is_ok();
        (shaped && !input.contains(value)).then(|| format!("{head}token: <token>"))
    };
    let lines: Vec<String> =
        text.split('\n').map(|line| made_up(line).unwrap_or_else(|| line.to_owned())).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_replaced() {
        let answer = Answer {
            exit: 0,
            stdout: "- token: abcdef.0123456789abcdef\n- token: zzzzzz.0123456789abcdef\n".into(),
            stderr: "W1123 07:07:18.060085   22003 version.go:108] unable to get URL \"https://a\": dial\nI am text] x\n"
                .into(),
        };
        let normal = normal(&answer, "abcdef.0123456789abcdef");
        assert_eq!(normal.stdout, "- token: abcdef.0123456789abcdef\n- token: <token>\n");
        assert_eq!(normal.stderr, "W] unable to get URL \"https://a\": <network error>\nI am text] x");
    }

    #[test]
    fn refused_gates_are_sorted() {
        let of =
            |name: &str| format!("featureGates: Invalid value: {{}}: {name} is not a valid feature name.");
        let text = |a: &str, b: &str| format!("[x, {}, {}, y]", of(a), of(b));
        assert_eq!(gates(&text("B", "A")), text("A", "B"));
    }
}
