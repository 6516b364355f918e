//! A flag in a line of a unit, an environment file or a script: where it stands, with its value.

/// A flag as it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given<'l> {
    /// Where it begins.
    pub(super) from: usize,
    /// Where it ends, with a value that stands beside it.
    pub(super) to: usize,
    pub(super) value: &'l str,
}

/// The first flag of that name at `start` or behind it; one whose name goes on is another.
pub(super) fn given<'l>(line: &'l str, name: &str, start: usize) -> Option<Given<'l>> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    let mut start = start;
    loop {
        let from = start + line.get(start..)?.find(name)?;
        let behind = from + name.len();
        let rest = &line[behind..];
        start = behind;
        let begins = line[..from].chars().next_back().is_none_or(|c| is_end(c) || c == '=');
        if !begins {
            continue;
        }
        let upto = |at: usize| line[at..].find(is_end).map_or(line.len(), |length| at + length);
        if rest.starts_with('=') {
            let to = upto(behind + 1);
            return Some(Given { from, to, value: &line[behind + 1..to] });
        }
        if !rest.is_empty() && !rest.starts_with(is_end) {
            continue;
        }
        let value = behind + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let is_beside =
            value > behind && !line[value..].starts_with(|c: char| is_end(c) || matches!(c, '-' | '$'));
        if !is_beside || value == line.len() {
            return Some(Given { from, to: behind, value: "" });
        }
        let to = upto(value);
        return Some(Given { from, to, value: &line[value..to] });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_ends_with_its_value_and_its_name_with_itself() {
        for (line, wanted) in [
            ("A=\"--x=1 --y\"", Some(("--x=1", "1"))),
            ("--x 1 --y", Some(("--x 1", "1"))),
            ("--x --y", Some(("--x", ""))),
            ("--x-endpoint=2 --x=3", Some(("--x=3", "3"))),
            ("A=--x", Some(("--x", ""))),
            ("--x $Y", Some(("--x", ""))),
            ("--x \\\n", Some(("--x", ""))),
            ("--other--x=1", None),
        ] {
            let found = given(line, "--x", 0).map(|given| (&line[given.from..given.to], given.value));
            assert_eq!(found, wanted, "{line}");
        }
        let first = given("--x --x=2", "--x", 0).unwrap();
        assert_eq!(given("--x --x=2", "--x", first.to).map(|given| given.value), Some("2"));
    }
}
