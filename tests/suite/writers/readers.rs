//! Readers of the formats that are written, by what their programs document: none of them shares
//! code with the writers.

use std::collections::BTreeMap;

/// A file as its program reads it: every key with its value, in the order they stand; a key of
/// several parts is dotted.
pub(super) type Pairs = Vec<(String, String)>;

/// The reader of the file at `path`.
pub(super) fn read(path: &str, text: &str) -> Pairs {
    match path {
        _ if path.starts_with("/etc/systemd/") => unit(text),
        _ if path.starts_with("/etc/sysctl.d/") => assignments(text),
        _ if path.starts_with("/etc/modules-load.d/") => lines(text),
        _ if path.starts_with("/etc/crio/") || path.starts_with("/etc/containers/registries") => toml(text),
        _ if path.ends_with(".yaml") => yaml(text),
        _ if path.ends_with(".repo") => ini(text),
        _ if path.ends_with(".sources") => deb822(text),
        _ if path.starts_with("/etc/apt/apt.conf.d/") => apt_conf(text),
        _ if path.ends_with("/kubelet") => environment(text),
        _ if path == "/etc/fstab" => fstab(text),
        _ if path == "/etc/waagent.conf" || path.starts_with("/etc/initramfs-tools/") => assignments(text),
        _ if path.starts_with("/etc/cloud/") => yaml(text),
        _ if path.starts_with("/etc/NetworkManager/") => ini(text),
        _ if path.ends_with("/ca.crt") => lines(text),
        _ => panic!("{path} is written, and nothing here reads it"),
    }
}

/// systemd.syntax(7): sections, `Key=value`, a backslash at the end goes on in the next line. Words
/// of `Environment=` and `ExecStart=` are unquoted, and come one by one.
pub(super) fn unit(text: &str) -> Pairs {
    let mut section = String::new();
    let mut pairs = Vec::new();
    let joined = text.replace("\\\n", " ");
    for line in joined.split('\n').map(|line| line.trim_matches([' ', '\t', '\r'])) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("no assignment: {line:?}"));
        let key = format!("{section}.{}", key.trim());
        match key.as_str() {
            "Service.Environment" => {
                for word in words(value) {
                    let (name, value) = word.split_once('=').expect("a variable has a value");
                    pairs.push((format!("{key}.{name}"), value.replace("%%", "%")));
                }
            }
            "Service.ExecStart" => {
                let unescaped = |word: String| word.replace("%%", "%").replace("$$", "$");
                pairs.extend(words(value).into_iter().map(|word| (key.clone(), unescaped(word))));
            }
            _ => pairs.push((key, value.trim().to_owned())),
        }
    }
    pairs
}

/// Words in quotes or without, with C escapes (systemd's extract_first_word).
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' if quote.is_none() => words.extend(word.take()),
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            '\\' => {
                let escaped = match rest.next().expect("an escape has a character") {
                    'x' => {
                        let digits: String = rest.by_ref().take(2).collect();
                        char::from(u8::from_str_radix(&digits, 16).expect("two digits"))
                    }
                    'n' => '\n',
                    't' => '\t',
                    same => same,
                };
                word.get_or_insert_default().push(escaped);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    assert_eq!(quote, None, "a quote is open: {text:?}");
    words.extend(word);
    words
}

/// sysctl.d(5): `key = value`, comments with `#` and `;`.
fn assignments(text: &str) -> Pairs {
    let lines =
        text.split('\n').map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    lines
        .map(|line| {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("no assignment: {line:?}"));
            (key.trim().to_owned(), value.trim().to_owned())
        })
        .collect()
}

/// modules-load.d(5): one a line.
fn lines(text: &str) -> Pairs {
    let lines =
        text.split('\n').map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    lines.map(|line| (line.to_owned(), String::new())).collect()
}

/// An EnvironmentFile= as systemd.exec(5) has it, in the part that is written: `KEY=value` or
/// `KEY="value"`.
pub(super) fn environment(text: &str) -> Pairs {
    assignments(text).into_iter().map(|(key, value)| (key, words(&value).join(" "))).collect()
}

/// deb822(5): `Key: value`, lines that begin with white space go on.
pub(super) fn deb822(text: &str) -> Pairs {
    let mut pairs: Pairs = Vec::new();
    for line in text.split('\n').filter(|line| !line.starts_with('#')) {
        match line.split_once(':') {
            _ if line.trim().is_empty() => {}
            _ if line.starts_with([' ', '\t']) => pairs.last_mut().expect("a key before").1.push_str(line),
            Some((key, value)) => pairs.push((key.to_owned(), value.trim().to_owned())),
            None => panic!("no field: {line:?}"),
        }
    }
    pairs
}

/// apt.conf(5): `Tag "value";`, and comments that begin with `//` outside of quotes. Hosts that are
/// reached without a proxy are tags, and come as one value: how many there are is up to the spec.
pub(super) fn apt_conf(text: &str) -> Pairs {
    let mut pairs = Pairs::new();
    let mut direct = Vec::new();
    for line in text.split('\n').filter(|line| !line.starts_with("//") && !line.is_empty()) {
        let (tag, rest) = line.split_once(' ').unwrap_or_else(|| panic!("no value: {line:?}"));
        let value = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix("\";"));
        let value =
            value.filter(|value| !value.contains('"')).unwrap_or_else(|| panic!("no value: {line:?}"));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:_".contains(&b);
        assert!(tag.bytes().all(plain), "{tag:?} is not one tag");
        match tag.split_once("::Proxy::") {
            Some((_, host)) if value == "DIRECT" => direct.push(host.to_owned()),
            _ => pairs.push((tag.to_owned(), value.to_owned())),
        }
    }
    pairs.push(("direct".to_owned(), direct.join(" ")));
    pairs
}

/// rust-ini, with the options that keep it from eating quotes and backslashes, as yum and dnf do
/// not.
pub(super) fn ini(text: &str) -> Pairs {
    let options = ini::ParseOption { enabled_quote: false, enabled_escape: false, ..Default::default() };
    let read = ini::Ini::load_from_str_opt(text, options).unwrap_or_else(|error| panic!("{error}: {text}"));
    let of = |(section, properties): (Option<&str>, &ini::Properties)| -> Pairs {
        let section = section.unwrap_or_default();
        properties.iter().map(|(key, value)| (format!("{section}.{key}"), value.to_owned())).collect()
    };
    read.iter().flat_map(of).collect()
}

/// getmntent(3): fields between blanks, comments with `#`.
pub(super) fn fstab(text: &str) -> Pairs {
    let fields = |line: &str| line.split([' ', '\t']).filter(|f| !f.is_empty()).map(str::to_owned).collect();
    let all = text
        .split('\n')
        .map(fields)
        .filter(|all: &Vec<String>| all.first().is_some_and(|first| !first.starts_with('#')));
    all.map(|all| (all.get(2).cloned().unwrap_or_default(), all.join(" "))).collect()
}

/// toml_edit: what writes registries.conf is no TOML library, and crio-config edits by its own.
fn toml(text: &str) -> Pairs {
    fn walk(item: &toml_edit::Item, path: &str, pairs: &mut Pairs) {
        match item {
            toml_edit::Item::Table(table) => {
                table.iter().for_each(|(key, item)| walk(item, &format!("{path}.{key}"), pairs));
            }
            toml_edit::Item::ArrayOfTables(tables) => {
                for table in tables {
                    pairs.push((path.to_owned(), String::new()));
                    table.iter().for_each(|(key, item)| walk(item, &format!("{path}.{key}"), pairs));
                }
            }
            item => {
                let value = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                pairs.push((path.to_owned(), value));
            }
        }
    }
    let document: toml_edit::DocumentMut = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut pairs = Vec::new();
    walk(document.as_item(), "", &mut pairs);
    pairs
}

/// The YAML organisation's reader.
fn yaml(text: &str) -> Pairs {
    fn walk(value: &serde_json::Value, path: &str, pairs: &mut Pairs) {
        match value {
            serde_json::Value::Object(map) => {
                map.iter().for_each(|(key, value)| walk(value, &format!("{path}.{key}"), pairs));
            }
            serde_json::Value::Array(items) => {
                items.iter().for_each(|item| walk(item, &format!("{path}[]"), pairs))
            }
            serde_json::Value::String(text) => pairs.push((path.to_owned(), text.clone())),
            other => pairs.push((path.to_owned(), other.to_string())),
        }
    }
    let mut pairs = Vec::new();
    for (at, document) in serde_yaml::Deserializer::from_str(text).enumerate() {
        let value = <serde_json::Value as serde::Deserialize>::deserialize(document);
        let value = value.unwrap_or_else(|error| panic!("{error}: {text}"));
        walk(&value, &at.to_string(), &mut pairs);
    }
    pairs
}

/// How often each key is there.
pub(super) fn keys(pairs: &Pairs) -> BTreeMap<&str, usize> {
    let mut keys = BTreeMap::new();
    pairs.iter().for_each(|(key, _)| *keys.entry(key.as_str()).or_default() += 1);
    keys
}
