//! The generated pages of the handbook say what the program says, its links lead somewhere, and its table of
//! contents has every page. `SNAPSHOTS=overwrite cargo test -p k8sprep --test cli handbook` writes the pages anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{k8sprep, stdout};

pub(crate) const MADE: &str = "<!-- Made from the program by cli/tests/cli/handbook.rs; do not edit. -->\n\n";

/// The checkout.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether files are written anew instead of compared.
pub(crate) fn overwrite() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

/// Compares a page with what it has to say.
#[track_caller]
pub(crate) fn page(name: &str, text: &str) {
    let path = top().join("docs").join(name);
    if overwrite() {
        std::fs::write(&path, text).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    let stale = is.lines().zip(text.lines()).find(|(is, wanted)| is != wanted);
    assert!(
        is == text,
        "docs/{name} is stale, first at {stale:?}; \
         `SNAPSHOTS=overwrite cargo test -p k8sprep --test cli handbook` writes it anew"
    );
}

fn json(words: &[&str]) -> Value {
    serde_json::from_str(&stdout(k8sprep(words.iter().copied()))).unwrap()
}

/// Prose in Markdown: what would be HTML is text, but in code, which stays as it is.
pub(crate) fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| if at % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}

#[test]
fn the_page_of_the_spec_has_every_field() {
    let schema = json(&["schema", "spec"]);
    let mut text = format!(
        "{MADE}# The spec, every field\n\nA spec is YAML, by default `k8sprep.yaml`: what the node shall be. Only `kubernetesVersion` is \
         a must; `k8sprep init-spec` writes a commented one. A field that does not exist is refused, with its line.\n"
    );
    fields(&schema, &schema, "", &mut text);
    page("en/reference/spec.md", &text);
}

/// The table of one object, and those of the objects in it.
fn fields(root: &Value, holder: &Value, path: &str, text: &mut String) {
    let heading = if path.is_empty() { "The top".to_owned() } else { format!("`{path}`") };
    let _ = write!(text, "\n## {heading}\n\n| Field | Type | Meaning |\n|---|---|---|\n");
    let mut inner = Vec::new();
    for (name, field) in holder["properties"].as_object().unwrap() {
        let found = followed(root, field);
        let said = field["description"].as_str().or(found["description"].as_str()).unwrap_or_default();
        let mut meaning = prose(&said.replace('\n', " ")).replace('|', "\\|");
        let choices = found["oneOf"].as_array().into_iter().flatten().filter(|one| one["const"].is_string());
        for one in choices {
            let what = one["description"].as_str().unwrap_or_default();
            let _ = write!(meaning, "<br>`{}`: {}", one["const"].as_str().unwrap(), prose(what));
        }
        if let Some(default) = field["default"].as_str() {
            let _ = write!(meaning, "<br>Default: `{default}`");
        }
        if field["writeOnly"] == true {
            meaning.push_str("<br>A secret: it is shown nowhere.");
        }
        let _ = writeln!(text, "| `{name}` | {} | {meaning} |", kind(found));
        if found["properties"].is_object() {
            inner.push((name, found));
        }
    }
    for (name, found) in inner {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        fields(root, found, &path, text);
    }
}

/// What a field refers to.
fn followed<'a>(root: &'a Value, field: &'a Value) -> &'a Value {
    let options = field["anyOf"].as_array();
    let option = options.and_then(|all| all.iter().find(|one| one["$ref"].is_string()));
    match option.unwrap_or(field)["$ref"].as_str() {
        Some(name) if options.is_none_or(|all| all.iter().any(|one| one["type"] == "null")) => {
            &root["$defs"][name.rsplit('/').next().unwrap()]
        }
        _ => field,
    }
}

fn kind(field: &Value) -> String {
    let of = |word: &str| match word {
        "object" => "map".to_owned(),
        "array" => "list".to_owned(),
        word => word.to_owned(),
    };
    match &field["type"] {
        Value::String(word) => of(word),
        Value::Array(words) => {
            words.iter().filter_map(Value::as_str).filter(|word| *word != "null").map(of).collect()
        }
        _ if field["oneOf"].as_array().is_some_and(|all| all.iter().all(|one| one["const"].is_string())) => {
            "one of".into()
        }
        _ => "word or map".into(),
    }
}

#[test]
fn the_page_of_commands_has_every_help() {
    let mut text = format!(
        "{MADE}# Commands\n\nWhat `--help` says of each. Every command prints its result on stdout and nothing else there; \
         [exit statuses](../exit-status.md) are the same for all.\n"
    );
    for words in crate::help::commands() {
        let command = [&["k8sprep".to_owned()], &words[..]].concat().join(" ");
        let help = stdout(k8sprep(words.iter().map(String::as_str).chain(["--help"]).collect::<Vec<_>>()));
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(text, "\n## {command}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    }
    page("en/reference/commands.md", &text);
}

/// Whether a family of codes is what a reader with a sick node looks for.
fn of_a_node(family: &str) -> bool {
    family.starts_with("Check")
        || family.starts_with("A host, and a node")
        || family.starts_with("Comparisons")
}

#[test]
fn the_pages_of_codes_have_every_code() {
    let list = json(&["explain", "--list"].into_iter().chain(["--output", "json"]).collect::<Vec<_>>());
    let all = list["codes"].as_array().unwrap();
    assert!(all.len() > 400, "{}", all.len());
    let intro = "A code stands in square brackets at the end of a message, and as `code` in JSON. It never changes its meaning. \
                 `k8sprep explain CODE` says the same on a host without a browser.\n";
    let mut codes = format!(
        "{MADE}# Codes\n\n{intro}\nWhat is wrong with a node stands under [troubleshooting](../troubleshooting.md).\n"
    );
    let mut trouble = format!(
        "{MADE}# Troubleshooting, by symptom\n\n`k8sprep doctor` looks for all of this at once, causes before symptoms, with the place of each; \
         `k8sprep doctor --fix` cures what a plan can cure. Where the program cannot be run, look for the symptom here. {intro}\n"
    );
    let mut last = "";
    for entry in all {
        let of = |key: &str| entry[key].as_str().unwrap_or_default();
        let text = if of_a_node(of("family")) { &mut trouble } else { &mut codes };
        if of("family") != last {
            last = entry["family"].as_str().unwrap();
            let _ = write!(text, "\n## {last}\n");
        }
        let _ = write!(text, "\n### {}: `{}`\n\n{}\n", prose(of("title")), of("code"), prose(of("meaning")));
        for (label, key) in [("Why it matters", "why"), ("How it is known", "known"), ("What to do", "cure")]
        {
            if !of(key).is_empty() {
                let _ = write!(text, "\n*{label}.* {}\n", prose(of(key)));
            }
        }
    }
    page("en/reference/codes.md", &codes);
    page("en/troubleshooting.md", &trouble);
}

/// What stands between two marks of a page that is otherwise written by hand.
#[test]
fn the_pages_of_mirrors_have_every_mirror() {
    let rows: String = host_prep::mirrors::Mirror::all()
        .map(|mirror| {
            let (first, last) = mirror.minors();
            let until = last.map_or_else(|| "-".to_owned(), |last| last.bare());
            let of = match mirror.artefact() {
                host_prep::mirrors::Artefact::Kubernetes => "Kubernetes",
                _ => "CRI-O",
            };
            format!("| `{}` | {of} | {} | {until} |\n", mirror.name(), first.bare())
        })
        .collect();
    for name in ["en/mirrors.md", "zh/src/mirrors.md"] {
        let is = std::fs::read_to_string(top().join("docs").join(name)).unwrap();
        let (before, rest) = is.split_once("<!-- mirrors -->\n").expect("where the table begins");
        let (table, after) = rest.split_once("<!-- /mirrors -->").expect("where the table ends");
        let heads: String = table.lines().take(2).map(|line| format!("{line}\n")).collect();
        page(name, &format!("{before}<!-- mirrors -->\n{heads}{rows}<!-- /mirrors -->{after}"));
    }
}

/// Every Markdown file that a reader of the repository comes to.
pub(crate) fn pages() -> Vec<PathBuf> {
    let top = top();
    let mut found: Vec<PathBuf> = std::fs::read_dir(&top)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    found.push(top.join("integrations/ansible/README.md"));
    below(&top.join("docs"), &mut found);
    found.sort();
    found
}

fn below(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("book") {
            below(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

/// The lines of a page that are prose: not those of code blocks.
fn unfenced(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// Targets of links and pictures.
fn links(text: &str) -> Vec<String> {
    let prose: Vec<&str> = unfenced(text).collect();
    let prose = prose.join("\n");
    let markdown = prose.match_indices("](").filter_map(|(at, _)| {
        let target = &prose[at + 2..];
        Some(target[..target.find(')')?].to_owned())
    });
    let html = prose.match_indices("src=\"").filter_map(|(at, _)| {
        let target = &prose[at + 5..];
        Some(target[..target.find('"')?].to_owned())
    });
    markdown.chain(html).collect()
}

/// What GitHub and mdBook make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut dead = Vec::new();
    let mut seen = 0;
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            seen += 1;
            let (file, part) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let there = match std::fs::read_to_string(&target) {
                Ok(text) if !part.is_empty() => {
                    unfenced(&text).any(|line| line.starts_with('#') && anchor(line) == part)
                }
                Ok(_) => true,
                Err(_) => target.is_dir() && part.is_empty(),
            };
            if !there {
                dead.push(format!("{}: {link}", path.strip_prefix(top()).unwrap().display()));
            }
        }
    }
    assert!(dead.is_empty() && seen > 50, "{seen} links; {dead:#?}");
}

#[test]
fn every_page_is_in_its_table_of_contents() {
    for book in ["docs/en", "docs/zh/src"] {
        let dir = top().join(book);
        let summary = std::fs::read_to_string(dir.join("SUMMARY.md")).unwrap();
        let named = links(&summary);
        let mut found = Vec::new();
        below(&dir, &mut found);
        for path in found.iter().filter(|path| !path.ends_with("SUMMARY.md")) {
            let name = path.strip_prefix(&dir).unwrap().display().to_string();
            assert!(named.contains(&name), "{book}/SUMMARY.md does not have {name}");
        }
        assert_eq!(named.len(), found.len() - 1, "{book}/SUMMARY.md has a page twice");
    }
}

/// A terminal as a picture: what the commands of a first look print.
#[test]
fn the_picture_is_a_real_run() {
    let dir = crate::transcripts::sandbox();
    crate::lay(dir.path(), "worker.yaml", "role: worker\nkubernetesVersion: v1.34.0\n");
    let again = crate::transcripts::sandbox();
    std::fs::rename(again.path().join("host"), dir.path().join("untouched")).unwrap();
    let mut lines = Vec::new();
    for words in [
        "k8sprep plan --root host -f worker.yaml --no-packages 2>/dev/null | sed -n '1,9p'; echo ...",
        "k8sprep apply --root host -f worker.yaml --no-packages 2>&1 | grep -v note:",
        "k8sprep rollback --root host",
        // The journal stays, in `var`: what a later look at the history wants.
        "diff -r --no-dereference -x var host untouched && echo the tree is as it was",
    ] {
        let shown = words.split(" 2>").next().unwrap();
        lines.push(format!("$ {shown}"));
        let (said, status) = crate::transcripts::run(words, dir.path());
        assert_eq!(status, 0, "{words}: {said}");
        lines.extend(said.lines().map(str::to_owned));
        lines.push(String::new());
    }
    page("en/picture.svg", &svg(&lines));
}

fn svg(lines: &[String]) -> String {
    let (width, line) = (96, 17);
    let height = lines.len() * line + 24;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"ui-monospace, Menlo, Consolas, monospace\" \
         font-size=\"13\">\n<!-- Made from a run of the program by cli/tests/cli/handbook.rs. -->\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1b1f24\"/>\n",
        width * 8 + 24
    );
    for (at, row) in lines.iter().enumerate() {
        let colour = match row.trim_start().chars().next() {
            Some('$') => "#ffffff",
            Some('+') => "#7ee787",
            Some('-') => "#ff9790",
            Some('@') => "#79c0ff",
            _ => "#c9d1d9",
        };
        let row = row.replace('&', "&amp;").replace('<', "&lt;");
        let y = at * line + 24;
        let _ =
            writeln!(text, "<text x=\"12\" y=\"{y}\" fill=\"{colour}\" xml:space=\"preserve\">{row}</text>");
    }
    text + "</svg>\n"
}
