//! Lines of a service's files that systemd ignores, in its own words (`config_parse` of
//! `src/shared/conf-parser.c`, `config_parse_environ` of `src/core/load-fragment.c`).

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::source::Source;
use super::unit_keys::{INSTALL, SERVICE, UNIT};
use super::unit_values;
use super::unit_words::{is_name, split_words};
use crate::fs::Kind;
use crate::text::{Dialect, Document};

/// A line that is not in force.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IgnoredLine {
    /// The file.
    pub path: PathBuf,
    /// The line as systemd counts: the last one of a value that goes on.
    pub line: usize,
    /// Why, as systemd says it; without passwords.
    pub text: String,
}

/// What systemd ignores in a unit file or a drop-in of a service.
pub(super) fn of_unit(path: &Path, bytes: &[u8]) -> Vec<IgnoredLine> {
    let mut reader = Reader::default();
    for (line, text) in whole_lines(&String::from_utf8_lossy(bytes)) {
        reader.read(line, text.trim());
        if reader.ended {
            break;
        }
    }
    let ignored = |(line, text): (usize, String)| IgnoredLine { path: path.to_owned(), line, text };
    reader.said.into_iter().map(ignored).collect()
}

/// What systemd ignores in a file of `EnvironmentFile=`.
pub(super) fn of_environment(path: &Path, bytes: &[u8]) -> Vec<IgnoredLine> {
    let document = Document::parse(bytes, Dialect::EnvFile);
    let wrong = document.entries().filter(|entry| !is_variable(&entry.key));
    wrong
        .map(|entry| {
            let shown = crate::without_passwords(&format!("{}={}", entry.key, entry.value));
            let text = format!("Ignoring invalid environment assignment '{shown}'");
            IgnoredLine { path: path.to_owned(), line: document.line_number(entry.id), text }
        })
        .collect()
}

/// What editors, package managers and people leave beside a file on purpose.
const LEFT_BESIDE: &[&str] = &[
    "~",
    ".bak",
    ".old",
    ".orig",
    ".save",
    ".swp",
    ".disabled",
    ".off",
    ".rpmnew",
    ".rpmsave",
    ".rpmorig",
    ".dpkg-old",
    ".dpkg-new",
    ".dpkg-dist",
    ".dpkg-bak",
    ".dpkg-tmp",
];

/// Files for the unit `name` that systemd does not read.
pub(super) fn unread(source: &Source<'_>, name: &str, dirs: &[&str]) -> Vec<PathBuf> {
    let stem = name.strip_suffix(".service").unwrap_or(name);
    let beside = |name: &str| name.starts_with('.') || LEFT_BESIDE.iter().any(|end| name.ends_with(end));
    let mut found = Vec::new();
    for dir in dirs {
        for (dir, right) in [(format!("{dir}/{name}.d"), true), (format!("{dir}/{stem}.d"), false)] {
            let names = source.list(&dir).known().cloned().unwrap_or_default();
            let names = names.iter().filter(|name| !(beside(name) || right && name.ends_with(".conf")));
            let paths = names.map(|name| Path::new(&dir).join(name));
            found.extend(paths.filter(|path| source.kind(path).known() == Some(&Some(Kind::File))));
        }
    }
    found
}

/// The lines, comments left out, those that a backslash continues put together; with the number of
/// the last line of each.
fn whole_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut begun: Option<String> = None;
    let count = text.lines().count();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let mut whole = begun.take().unwrap_or_default();
        whole.push_str(line);
        let escapes = whole.chars().rev().take_while(|c| *c == '\\').count();
        if escapes % 2 == 1 {
            whole.pop();
            whole.push(' ');
            begun = Some(whole);
        } else {
            lines.push((at + 1, whole));
        }
    }
    lines.extend(begun.map(|whole| (count, whole)));
    lines
}

#[derive(Default)]
struct Reader {
    /// The section, where systemd knows it.
    section: Option<String>,
    /// Whether the section is one that is passed over as a whole.
    passed_over: bool,
    /// Whether systemd reads no further.
    ended: bool,
    said: Vec<(usize, String)>,
}

impl Reader {
    fn read(&mut self, line: usize, text: &str) {
        if text.is_empty() {
        } else if text.starts_with('[') {
            self.header(line, text);
        } else if let Some(section) = self.section.clone() {
            self.assignment(line, &section, text);
        } else if !self.passed_over {
            self.said.push((line, "Assignment outside of section. Ignoring.".into()));
        }
    }

    fn header(&mut self, line: usize, text: &str) {
        let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
            self.said.push((line, format!("Invalid section header '{text}'")));
            self.ended = true;
            return;
        };
        let known = ["Unit", "Service", "Install"].contains(&name);
        self.section = known.then(|| name.to_owned());
        self.passed_over = !known;
        if !known && !name.starts_with("X-") {
            self.said.push((line, format!("Unknown section '{name}'. Ignoring.")));
        }
    }

    fn assignment(&mut self, line: usize, section: &str, text: &str) {
        let Some((key, value)) = text.split_once('=') else {
            return self.said.push((line, "Missing '=', ignoring line.".into()));
        };
        let (key, value) = (key.trim(), value.trim());
        let keys = match section {
            "Unit" => UNIT,
            "Service" => SERVICE,
            _ => INSTALL,
        };
        if key.is_empty() {
            self.said.push((line, "Missing key name before '=', ignoring line.".into()));
        } else if !key.starts_with("X-") && !keys.split_whitespace().any(|known| known == key) {
            let key = crate::without_passwords(key);
            self.said.push((line, format!("Unknown key '{key}' in section [{section}], ignoring.")));
        } else if (section, key) == ("Service", "Environment") {
            self.environment(line, value);
        } else if section == "Service" {
            self.said.extend(unit_values::ignored(key, value).map(|text| (line, text)));
        }
    }

    fn environment(&mut self, line: usize, value: &str) {
        if !is_well_quoted(value) {
            let shown = crate::without_passwords(value);
            return self.said.push((line, format!("Invalid syntax, ignoring: {shown}")));
        }
        for word in split_words(value) {
            if !word.split_once('=').is_some_and(|(name, _)| is_variable(name)) {
                let shown = crate::without_passwords(&word);
                self.said.push((line, format!("Invalid environment assignment, ignoring: {shown}")));
            }
        }
    }
}

/// Every quote closed, and only escapes that `cunescape` of systemd knows.
fn is_well_quoted(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !chars.next().is_some_and(|next| "abfnrtv\\\"'sxuU01234567".contains(next)) => {
                return false;
            }
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ => {}
        }
    }
    quote.is_none()
}

/// `env_name_is_valid`: letters, digits and `_`, no digit first.
fn is_variable(name: &str) -> bool {
    is_name(name) && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        of_unit(Path::new("u"), text.as_bytes())
            .iter()
            .map(|one| format!("{}: {}", one.line, one.text))
            .collect()
    }

    /// What `systemd-analyze verify` of systemd 252 says of the same text.
    #[test]
    fn systemds_own_words() {
        let unit = "Stray=1\n[Service]\nEnvironment=\"A=1\" B\n\"NO_PROXY=10.0.0.0/8\"\nNoEquals\n=x\nFoo=bar\n\
                    Environment=\"C=1\nX-Foo=1\nExecStart=/bin/true\n[Manager]\nDefaultEnvironment=A=b\n[Unit]\n\
                    ExecStart=/bin/true\n[X-Mine]\na=b\n[Install]\nWantedBy=multi-user.target\n";
        assert_eq!(
            said(unit),
            [
                "1: Assignment outside of section. Ignoring.",
                "3: Invalid environment assignment, ignoring: B",
                "4: Unknown key '\"NO_PROXY' in section [Service], ignoring.",
                "5: Missing '=', ignoring line.",
                "6: Missing key name before '=', ignoring line.",
                "7: Unknown key 'Foo' in section [Service], ignoring.",
                "8: Invalid syntax, ignoring: \"C=1",
                "11: Unknown section 'Manager'. Ignoring.",
                "14: Unknown key 'ExecStart' in section [Unit], ignoring.",
            ]
        );
        assert_eq!(said("[Service\nEnvironment=D=1\n"), ["1: Invalid section header '[Service'"]);
        assert_eq!(
            said("Environment=E=1\n[Servise]\nEnvironment=E=1\n"),
            ["1: Assignment outside of section. Ignoring.", "2: Unknown section 'Servise'. Ignoring."]
        );
    }

    #[test]
    fn what_systemd_takes_is_not_said_to_be_ignored() {
        let unit = "\u{feff}# a\n[Unit]\nWants=a.service\n[Service]\nEnvironment=\"A=1\" \\\n# in between\n  'B=2 3' C=\"x\"\n\
                    Environment=\n  ; b\nExecStart=/bin/x --a=b \\\n  --c\nRestartMode=direct\n\n";
        assert!(said(unit).is_empty(), "{:?}", said(unit));
        assert!(said("").is_empty() && said("[Service]\nEnvironment=A=1 \\").is_empty());
    }

    #[test]
    fn a_password_is_not_told() {
        let unit = "[Service]\nEnvironment=HTTP_PROXY http://o:OldPass@p\n";
        let told = said(unit).concat();
        assert!(told.contains("http://o:***@p") && !told.contains("OldPass"), "{told}");
    }

    #[test]
    fn environment_files_have_no_export() {
        let file = b"# a\nexport A=1\nB=2\n1C=3\n";
        let told = of_environment(Path::new("e"), file);
        let told: Vec<_> = told.iter().map(|one| (one.line, one.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (2, "Ignoring invalid environment assignment 'export A=1'"),
                (4, "Ignoring invalid environment assignment '1C=3'"),
            ]
        );
    }
}
