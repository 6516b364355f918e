//! `/etc/crictl.yaml`: what crictl makes of it, and the same file with other endpoints in it. Pure.
//!
//! crictl ends with an option that it does not know, and with a value of another type
//! (`getConfigOptions` of cri-tools' pkg/common/file.go). It asks unix sockets only (cri-client's
//! `util_unix.go`).

use host_prep::facts::Facts;
use kubeadm_config::yaml::{self, Base, Data, Entry, Position};

const ENDPOINTS: [&str; 2] = ["runtime-endpoint", "image-endpoint"];
const SWITCHES: [&str; 3] = ["debug", "pull-image-on-create", "disable-pull-on-run"];
const NUMBERS: [&str; 2] = ["timeout", "max-retries"];

/// Where crictl stops reading the file, and what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CrictlRefusal {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) says: String,
    pub(crate) cure: String,
}

/// Why crictl ends with this file.
pub(crate) fn refusal(bytes: &[u8]) -> Option<CrictlRefusal> {
    let at = |position: Position, says: String, cure: String| CrictlRefusal {
        line: position.line,
        column: position.column,
        says,
        cure,
    };
    let start = Position { line: 1, column: 1 };
    let document = match yaml::read(bytes, Base::default()) {
        Ok(document) => document,
        Err(error) => {
            let cure = "make it valid YAML: one `key: value` a line".to_owned();
            return Some(at(error.position().unwrap_or(start), error.to_string(), cure));
        }
    };
    let entries = match &document.root.data {
        Data::Mapping(entries) => entries,
        // A list is taken for keys and values in turn.
        Data::Sequence(items) => {
            let first = items.first()?.span.position;
            let cure = "write a map: one `key: value` a line, without a dash".to_owned();
            return Some(at(first, "Config option is not valid: the file is a list".to_owned(), cure));
        }
        _ => return None,
    };
    entries.iter().find_map(|entry| {
        let (says, cure) = of_entry(entry, bytes)?;
        // What is wrong with a value is where the value is, and an option is where its name is.
        let is_known = is_known(&entry.key);
        let position = if is_known { entry.value.span.position } else { entry.key_span.position };
        Some(at(position, says, cure))
    })
}

fn is_known(key: &str) -> bool {
    ENDPOINTS.iter().chain(&SWITCHES).chain(&NUMBERS).any(|known| *known == key)
}

/// `strconv.ParseBool`.
pub(super) fn is_go_bool(text: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].contains(&text)
}

/// What crictl says of one option, and what to write.
fn of_entry(entry: &Entry, bytes: &[u8]) -> Option<(String, String)> {
    let key = entry.key.as_str();
    if !is_known(key) {
        let all: Vec<&str> = ENDPOINTS.iter().chain(&NUMBERS).chain(&SWITCHES).copied().collect();
        let says = format!("Config option '{key}' is not valid");
        return Some((says, format!("take the line out; crictl knows {}", all.join(", "))));
    }
    let value = match &entry.value.data {
        Data::String(text) => text.clone(),
        // As it is written: `yes` is a truth to YAML, and none to crictl.
        Data::Mapping(_) | Data::Sequence(_) | Data::Null => String::new(),
        _ => {
            let written = bytes.get(entry.value.span.start..entry.value.span.end).unwrap_or_default();
            String::from_utf8_lossy(written).trim().to_owned()
        }
    };
    if NUMBERS.contains(&key) && value.parse::<i64>().is_err() {
        let says = format!("parsing config option '{key}': strconv.Atoi: parsing {value:?}: invalid syntax");
        return Some((says, format!("write a whole number, `{key}: 10`")));
    }
    if SWITCHES.contains(&key) && !is_go_bool(&value) {
        let says =
            format!("parsing config option '{key}': strconv.ParseBool: parsing {value:?}: invalid syntax");
        return Some((says, format!("write `{key}: true` or `{key}: false`")));
    }
    let (scheme, rest) = value.split_once("://")?;
    let unix = || "write the path of CRI-O's socket: `unix:///var/run/crio/crio.sock`".to_owned();
    if ENDPOINTS.contains(&key) && scheme != "unix" {
        let says = match scheme {
            "tcp" | "npipe" => format!("{key}: only support unix socket endpoint"),
            _ => format!("{key}: protocol {scheme:?} not supported"),
        };
        return Some((says, unix()));
    }
    (ENDPOINTS.contains(&key) && !rest.starts_with('/'))
        .then(|| (format!("{key}: {value} is no path: two slashes make a host of its first part"), unix()))
}

/// What `/etc/crictl.yaml` of a host shall be.
pub(crate) fn of(facts: &Facts, endpoint: &str) -> String {
    let old = facts.crio.crictl.known().and_then(Option::as_ref).map(|file| file.text().into_owned());
    edited(old.as_deref(), endpoint)
}

/// The file that is there with its endpoints changed; other lines stay. What crictl would refuse, or read
/// otherwise, is made anew: nothing of it is in force.
fn edited(old: Option<&str>, endpoint: &str) -> String {
    let mut lines: Vec<String> = old.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
    for key in ["image-endpoint", "runtime-endpoint"] {
        let value_of = |line: &str| {
            let value = line.strip_prefix(key)?.strip_prefix(':')?.trim();
            Some(value.trim_matches(['"', '\'']).to_owned())
        };
        let mut seen = false;
        // Of a key that stands twice the last counts, so one has to be enough.
        lines.retain_mut(|line| {
            let Some(value) = value_of(line) else { return true };
            if !seen && value != endpoint {
                *line = format!("{key}: {endpoint}");
            }
            !std::mem::replace(&mut seen, true)
        });
        if !seen {
            lines.insert(0, format!("{key}: {endpoint}"));
        }
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let says = |key: &str| {
        let document = yaml::read(text.as_bytes(), Base::default()).ok()?;
        let value = document.root.get(key)?.as_str()?.to_owned();
        (document.duplicates.is_empty() && value == endpoint).then_some(())
    };
    if refusal(text.as_bytes()).is_none() && ENDPOINTS.iter().all(|key| says(key).is_some()) {
        return text;
    }
    format!("runtime-endpoint: {endpoint}\nimage-endpoint: {endpoint}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crictl_ends_with_is_told_where_it_stands() {
        let of = |text: &str| refusal(text.as_bytes()).map(|one| (one.line, one.column, one.says));
        let unix = "runtime-endpoint: unix:///run/crio/crio.sock\n";
        assert_eq!(of(""), None);
        assert_eq!(of(&format!("# x\n{unix}timeout: 10\ndebug: \"false\"\nmax-retries: 3\n")), None);
        assert_eq!(of("runtime-endpoint: /run/crio/crio.sock\n"), None);
        let said = |text: &str, line, column, words: &str| {
            let found = of(text).unwrap_or_else(|| panic!("{text}"));
            assert!((found.0, found.1) == (line, column) && found.2.contains(words), "{text}: {found:?}");
        };
        said(&format!("{unix}image_endpoint: x\n"), 2, 1, "Config option 'image_endpoint' is not valid");
        said(&format!("{unix}timeout: 10s\n"), 2, 10, "Atoi");
        said(&format!("{unix}timeout:\n"), 2, 9, "Atoi");
        said(&format!("{unix}debug: yes\n"), 2, 8, "ParseBool: parsing \"yes\"");
        said("runtime-endpoint: tcp://127.0.0.1:1\n", 1, 19, "only support unix socket endpoint");
        said("runtime-endpoint: http://x\n", 1, 19, "protocol \"http\" not supported");
        said("runtime-endpoint: unix://run/crio.sock\n", 1, 19, "two slashes");
        said("- runtime-endpoint: x\n", 1, 3, "list");
        assert!(of(&format!("{unix}timeout: 10\n debug: true\n")).is_some(), "no YAML");
    }

    #[test]
    fn the_endpoints_are_the_only_change_where_crictl_reads_the_rest() {
        let endpoint = "unix:///run/crio/crio.sock";
        let both = format!("runtime-endpoint: {endpoint}\nimage-endpoint: {endpoint}\n");
        assert_eq!(edited(None, endpoint), both);
        let kept =
            format!("# mine\nruntime-endpoint: \"{endpoint}\"\nimage-endpoint: '{endpoint}'\ntimeout: 7\n");
        assert_eq!(edited(Some(&kept), endpoint), kept);
        let other = "runtime-endpoint: unix:///x\nimage-endpoint: unix:///x\ntimeout: 7\n";
        assert_eq!(edited(Some(other), endpoint), format!("{both}timeout: 7\n"));
        // The last of two counts; a file that crictl ends with is in force nowhere.
        let twice = format!("{both}timeout: 7\nruntime-endpoint: unix:///x\n");
        assert_eq!(edited(Some(&twice), endpoint), format!("{both}timeout: 7\n"));
        for broken in [
            format!("{both}timeout: 7s\n"),
            format!("{both}{{\n"),
            format!("\"runtime-endpoint\": x\n{both}"),
        ] {
            assert_eq!(edited(Some(&broken), endpoint), both, "{broken}");
        }
    }
}
