//! `registries.conf` and its drop-ins: what containers/image refuses, and CRI-O with it at every
//! start (`sysregistriesv2.GetRegistries` in CRI-O's `RuntimeConfig.Validate`, since 1.17).

use super::{Finding, Severity, file};
use crate::catalogue::first_of;
use crate::code::Code;
use crate::toml::{Node, Span, Table, Value};
use crate::{Effective, ImageReference, SourceFile, Unreadable};

/// What is wrong, and where.
type Fault = (String, Span);

pub(super) fn rules(source: &SourceFile, config: &Effective, findings: &mut Vec<Finding>) {
    let refused = |text: String| {
        let text = format!("CRI-O does not start: invalid registries: {text}");
        Finding::new(Severity::Error, Code::RegistriesConfUnreadable, text)
    };
    let table = match file::table(source, config) {
        Ok(table) => table,
        Err((text, origin)) => {
            let finding = refused(text).at(origin);
            // Only one that CRI-O is told of is looked for where it is not.
            let missing = source.content == Err(Unreadable::NotFound);
            let help = "write that file, or take --registries-conf and CONTAINER_REGISTRIES_CONF out of crio.service";
            return findings.push(if missing { finding.help(help) } else { finding });
        }
    };
    let is_drop_in = source.path.contains("registries.conf.d/");
    let faults = faults(&table, is_drop_in, config);
    findings.extend(faults.into_iter().map(|(text, span)| {
        let origin = file::at(source, span);
        refused(format!("{} line {}: {text}", source.path, origin.line)).at(Some(origin))
    }));
    blocked(source, &table, config, findings);
}

/// The keys of the format that came with `[[registry]]`.
const NEW_FORM: [&str; 5] =
    ["registry", "unqualified-search-registries", "short-name-mode", "credential-helpers", "aliases"];

fn faults(table: &Table, is_drop_in: bool, config: &Effective) -> Vec<Fault> {
    let mut found = Vec::new();
    if let Some(old) = old_form(table) {
        // Drop-ins came after the old form, and never had it (containers/image, sysregistriesv2).
        if is_drop_in && config.release() >= first_of(18) {
            let text =
                "[registries.…] is the old form, which is refused in registries.conf.d: write [[registry]]";
            found.push((text.to_owned(), old.span.clone()));
        } else if let Some(key) = NEW_FORM.iter().find(|key| table.contains_key(**key)) {
            let text = format!(
                "[registries.…] is the old form and may not stand beside {key}: write all of it in the new form"
            );
            found.push((text, old.span.clone()));
        }
    }
    match table.get("registry").map(|node| (node.value.tables(), node)) {
        Some((Some(tables), node)) => {
            tables.into_iter().for_each(|table| registry(table, node, config, &mut found));
        }
        Some((None, node)) => {
            found.push(("`registry` must be written as [[registry]]".into(), node.span.clone()))
        }
        None => {}
    }
    if let Some(node) = table.get("unqualified-search-registries") {
        search(node, &mut found);
    }
    if let Some(node) = table.get("credential-helpers") {
        let texts = |items: &[Node]| items.iter().all(|item| matches!(item.value, Value::String(_)));
        if !matches!(&node.value, Value::Array(items) if texts(items)) {
            found.push(("credential-helpers must be a list of texts".into(), node.span.clone()));
        }
    }
    // Short names came with containers/image 5.8.
    if let Some(Value::Table(names)) = table.get("aliases").map(|node| &node.value)
        && config.release() >= first_of(21)
    {
        aliases(names, &mut found);
    }
    if let Some(node) = table.get("short-name-mode")
        && !matches!(&node.value, Value::String(mode) if ["", "enforcing", "permissive", "disabled"].contains(&mode.as_str()))
    {
        found.push(("short-name-mode must be enforcing, permissive or disabled".into(), node.span.clone()));
    }
    found
}

/// `[registries.search]`, `[registries.insecure]`, `[registries.block]` with a list.
fn old_form(table: &Table) -> Option<&Node> {
    let node = table.get("registries")?;
    let Value::Table(inner) = &node.value else { return None };
    let says = |key: &&str| matches!(inner.get(*key).map(|node| &node.value), Some(Value::Table(list)) if list.contains_key("registries"));
    ["search", "insecure", "block"].iter().any(says).then_some(node)
}

fn registry(table: &Table, at: &Node, config: &Effective, found: &mut Vec<Fault>) {
    let here = |key: &str| table.get(key).map_or(at.span.clone(), |node| node.span.clone());
    let (location, prefix) = (text(table, "location"), text(table, "prefix"));
    for (key, value) in [("location", &location), ("prefix", &prefix)] {
        place(key, value, here(key), found);
    }
    let (location, prefix) = (location.unwrap_or_default(), prefix.unwrap_or_default());
    match (location, prefix) {
        ("", "") => found.push(("a [[registry]] needs a location".into(), at.span.clone())),
        // Only a wildcard may do without: the location is the host that matched.
        ("", prefix) if !prefix.starts_with("*.") => {
            found.push((format!("the [[registry]] {prefix} needs a location"), here("prefix")));
        }
        (_, prefix) if prefix.starts_with("*.") && prefix.contains(['/', '@', ':']) => {
            found.push((
                format!("{prefix}: a wildcard stands for hosts alone, as *.example.com"),
                here("prefix"),
            ));
        }
        _ => {}
    }
    if table.contains_key("pull-from-mirror") && config.release() >= first_of(24) {
        found.push(("pull-from-mirror belongs in [[registry.mirror]]".into(), here("pull-from-mirror")));
    }
    if let Some(node) = table.get("mirror") {
        for one in mirrors(node) {
            match one {
                Ok((table, at)) => mirror(table, at, found),
                Err((why, at)) => found.push((why.into(), at.span.clone())),
            }
        }
    }
    switches(table, &["insecure", "blocked", "mirror-by-digest-only"], found);
    digests(table, config, found);
}

/// A mirror with where it stands, or why it is none.
type Mirror<'a> = Result<(&'a Table, &'a Node), (&'static str, &'a Node)>;

/// The mirrors of a registry.
fn mirrors(node: &Node) -> Vec<Mirror<'_>> {
    match &node.value {
        Value::Tables(tables) => tables.iter().map(|table| Ok((table, node))).collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| match &item.value {
                Value::Table(table) => Ok((table, item)),
                _ => {
                    let why =
                        "`mirror` must be written as [[registry.mirror]]: each is a table with a location";
                    Err((why, item))
                }
            })
            .collect(),
        _ => vec![Err(("`mirror` must be written as [[registry.mirror]]", node))],
    }
}

/// Truth values without quotes.
fn switches(table: &Table, keys: &[&str], found: &mut Vec<Fault>) {
    for key in keys {
        if let Some(node) = table.get(*key).filter(|node| !matches!(node.value, Value::Boolean(_))) {
            found.push((format!("{key} must be true or false, without quotes"), node.span.clone()));
        }
    }
}

/// Both ways to say which mirrors are asked for what (`postProcessRegistries`).
fn digests(table: &Table, config: &Effective, found: &mut Vec<Fault>) {
    let all = table.get("mirror-by-digest-only").is_some_and(|node| node.value == Value::Boolean(true));
    // `pull-from-mirror` came with containers/image 5.22.
    if !all || config.release() < first_of(25) {
        return;
    }
    for (mirror, _) in table.get("mirror").into_iter().flat_map(mirrors).flatten() {
        let Some(node) = mirror.get("pull-from-mirror") else { continue };
        if !matches!(&node.value, Value::String(mode) if mode.is_empty()) {
            let text = "mirror-by-digest-only of the registry and pull-from-mirror of a mirror may not be set together";
            found.push((text.into(), node.span.clone()));
        }
    }
}

/// Names without a registry and what they stand for (`parseShortNameValue` and `validateShortName` of
/// shortnames.go).
fn aliases(table: &Table, found: &mut Vec<Fault>) {
    for (name, node) in table {
        let Value::String(value) = &node.value else {
            found.push((format!("aliases: {name} must be a text in quotes"), node.span.clone()));
            continue;
        };
        // No value takes an alias of another file away.
        if value.is_empty() {
            continue;
        }
        let tagged = |text: &str| text.rsplit('/').next().is_some_and(|last| last.contains(':'));
        let registry = |text: &str| {
            text.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost")
        };
        let what = match (name.as_str(), value.as_str()) {
            (_, value) if value.contains('@') => format!("invalid alias {value:?}: must not contain digest"),
            (_, value) if tagged(value) => format!("invalid alias {value:?}: must not contain tag"),
            (_, value) if !registry(value) => {
                format!("invalid alias {value:?}: must contain registry and repository")
            }
            (name, _) if registry(name) => format!("invalid short name {name:?}: must not contain registry"),
            (name, _) if tagged(name) => format!("invalid short name {name:?}: must not contain tag"),
            _ => continue,
        };
        found.push((format!("validating short-name aliases: {what}"), node.span.clone()));
    }
}

fn mirror(table: &Table, at: &Node, found: &mut Vec<Fault>) {
    switches(table, &["insecure"], found);
    let location = text(table, "location");
    let span = table.get("location").map_or(at.span.clone(), |node| node.span.clone());
    if matches!(location, Ok("")) {
        found.push(("a [[registry.mirror]] needs a location".into(), span.clone()));
    }
    place("location", &location, span, found);
    if let Some(node) = table.get("pull-from-mirror")
        && !matches!(&node.value, Value::String(mode) if ["all", "digest-only", "tag-only", ""].contains(&mode.as_str()))
    {
        found.push(("pull-from-mirror must be all, digest-only or tag-only".into(), node.span.clone()));
    }
}

fn place(key: &str, value: &Result<&str, ()>, span: Span, found: &mut Vec<Fault>) {
    match value {
        Err(()) => found.push((format!("{key} must be a text in quotes"), span)),
        Ok(text) if text.starts_with("http://") || text.starts_with("https://") => {
            found.push((format!("{key} `{text}`: write it without the scheme"), span));
        }
        Ok(_) => {}
    }
}

/// The text of a key, empty where it is not there.
fn text<'t>(table: &'t Table, key: &str) -> Result<&'t str, ()> {
    match table.get(key).map(|node| &node.value) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(()),
        None => Ok(""),
    }
}

fn search(node: &Node, found: &mut Vec<Fault>) {
    let Value::Array(items) = &node.value else {
        found.push(("unqualified-search-registries must be a list of texts".into(), node.span.clone()));
        return;
    };
    for item in items {
        let good = |text: &str| {
            // `anchoredDomainRegexp`: a domain with or without a port, no path
            // (sysregistriesv2, `postProcess`).
            let host = text.trim_end_matches('/');
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c))
        };
        if !matches!(&item.value, Value::String(text) if good(text)) {
            let text = "unqualified-search-registries: each is a host with or without a port";
            found.push((text.into(), item.span.clone()));
        }
    }
}

/// The registry of the pause image is blocked, and its mirrors with it.
fn blocked(source: &SourceFile, table: &Table, config: &Effective, findings: &mut Vec<Finding>) {
    let image = config.text(&["crio", "image", "pause_image"]);
    if image.parse::<ImageReference>().is_err() {
        return;
    }
    let Some(tables) = table.get("registry").and_then(|node| node.value.tables()) else { return };
    for table in tables {
        let Some(node) = table.get("blocked").filter(|node| node.value == Value::Boolean(true)) else {
            continue;
        };
        let named = [text(table, "prefix"), text(table, "location")]
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty());
        let Some(named) = named else { continue };
        let rest = image.strip_prefix(named);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '@'])) {
            let text = format!(
                "{named} is blocked: the pause image {image} cannot be pulled, not from mirrors either"
            );
            let finding = Finding::new(Severity::Warning, Code::RegistryBlocked, text);
            findings.push(
                finding
                    .at(Some(file::at(source, node.span.clone())))
                    .help("remove `blocked`, or take the pause image from elsewhere"),
            );
        }
    }
}
