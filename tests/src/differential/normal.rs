//! What of an answer changes from run to run, made the same.

use super::oracle::Answer;

/// An answer as it is compared: without the header of log lines, with what kubeadm made up
/// replaced.
pub(super) fn normal(answer: &Answer, input: &str) -> Answer {
    let stderr: Vec<String> = answer.stderr.lines().map(|line| network(&without_header(line))).collect();
    let stderr = ignored(&unknown(&gates(&stderr.join("\n"))));
    Answer { exit: answer.exit, stdout: ignored(&tokens(&answer.stdout, input)), stderr }
}

/// Documents of kinds that a loader has no use for are told in Go's random order of a map.
fn ignored(text: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.chunk_by_mut(|a, b| a.contains(IGNORED) && b.contains(IGNORED)).for_each(<[&str]>::sort_unstable);
    lines.join("\n")
}

const IGNORED: &str = "[config] WARNING: Ignored ";

/// And so are kinds that nobody knows.
fn unknown(text: &str) -> String {
    const START: &str = "unknown configuration APIs: []schema.GroupVersionKind{";
    let Some((head, rest)) = text.split_once(START) else { return text.to_owned() };
    let (list, tail) = rest.split_once("}}").map_or((rest, ""), |(list, tail)| (list, tail));
    let mut kinds: Vec<&str> = list.split("}, ").collect();
    kinds.sort_unstable();
    format!("{head}{START}{}}}}}{tail}", kinds.join("}, "))
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
    fn what_a_map_holds_is_sorted() {
        let line = |kind: &str| format!("[config] WARNING: Ignored YAML document with Kind={kind}\n");
        let text = |a: &str, b: &str| format!("x\n{}{}y\n{}", line(a), line(b), line("A"));
        assert_eq!(ignored(&text("C", "B")), text("B", "C"));
        let kind =
            |kind: &str| format!("schema.GroupVersionKind{{Group:\"\", Version:\"v1\", Kind:\"{kind}\"}}");
        let text = |a: &str, b: &str| {
            format!(
                "unknown configuration APIs: []schema.GroupVersionKind{{{}, {}}}\nTo see",
                kind(a),
                kind(b)
            )
        };
        assert_eq!(unknown(&text("B", "A")), text("A", "B"));
        assert_eq!(unknown(&text("A", "B")), text("A", "B"));
    }

    #[test]
    fn refused_gates_are_sorted() {
        let of =
            |name: &str| format!("featureGates: Invalid value: {{}}: {name} is not a valid feature name.");
        let text = |a: &str, b: &str| format!("[x, {}, {}, y]", of(a), of(b));
        assert_eq!(gates(&text("B", "A")), text("A", "B"));
    }
}
