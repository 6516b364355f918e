//! kubeadm: `cases.jsonl` with `answers/<release>.jsonl`, and `print/<release>/`.

use std::collections::BTreeMap;
use std::path::Path;

use kubeadm_config::like_kubeadm::{self, Answer, DefaultsKind, ImagesOptions, Options};
use kubeadm_config::{HostFacts, KubeadmRelease};
use serde_json::Value;

use super::{Error, Request, Tally, json_lines};

/// The token that our side makes up, which stands as `<token>` in the answers.
const RANDOM_TOKEN: &str = "zyxwvu.zyxwvutsrqponmlk";

pub(super) fn run(request: &Request, tally: &mut Tally) -> Result<(), Error> {
    let cases = json_lines(&request.dir.join("cases.jsonl"))?;
    let mut answers: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for release in releases(&request.dir)? {
        let lines = json_lines(&request.dir.join("answers").join(format!("{release}.jsonl")))?;
        let by_id = lines.into_iter().map(|line| (line["id"].as_str().unwrap_or_default().to_owned(), line));
        answers.insert(release, by_id.collect());
    }
    for release in answers.keys() {
        if request.release.as_ref().is_some_and(|wanted| wanted != release) {
            continue;
        }
        let Ok(kubeadm) = release.parse::<KubeadmRelease>() else {
            return Err(Error::Unreadable(request.dir.clone(), format!("{release} is no known release")));
        };
        let options = Options::new(kubeadm, facts());
        for case in &cases {
            compare(case, release, &answers, &options, tally);
        }
        print(&request.dir.join("print").join(release), release, &options, tally)?;
    }
    Ok(())
}

/// The host that gave the answers.
fn facts() -> HostFacts {
    let mut facts = HostFacts::default();
    facts.host_name = "node-1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = RANDOM_TOKEN.parse().into_iter().cycle().take(8).collect();
    facts.existing_files = ["/", "/etc", "/etc/hosts"].map(String::from).to_vec();
    facts
}

fn releases(dir: &Path) -> Result<Vec<String>, Error> {
    let folder = dir.join("answers");
    let entries = std::fs::read_dir(&folder).map_err(|error| Error::io(&folder, &error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut releases: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned)).collect();
    releases.sort();
    Ok(releases)
}

/// The record of a case, through `same` to the release that has it written out.
fn record<'a>(
    id: &str,
    release: &str,
    answers: &'a BTreeMap<String, BTreeMap<String, Value>>,
) -> Option<&'a Value> {
    let record = answers.get(release)?.get(id)?;
    match record["same"].as_str() {
        Some(other) => answers.get(other)?.get(id),
        None => Some(record),
    }
}

fn compare(
    case: &Value,
    release: &str,
    answers: &BTreeMap<String, BTreeMap<String, Value>>,
    options: &Options,
    tally: &mut Tally,
) {
    let id = case["id"].as_str().unwrap_or_default();
    let Some(record) = record(id, release, answers) else { return };
    let file = input(case, options);
    let experimental = {
        let mut options = options.clone();
        options.allow_experimental_api = true;
        options
    };
    for (command, aspects) in COMMANDS {
        let answer = &record[*command];
        let answer = answer["same"].as_str().map_or(answer, |other| &record[other]);
        if answer.is_null() || !answer["omitted"].is_null() {
            continue;
        }
        let ours = match *command {
            "validate" => like_kubeadm::validate(&file, options),
            "migrate" => like_kubeadm::migrate(&file, options),
            "migrate-experimental" => like_kubeadm::migrate(&file, &experimental),
            _ => like_kubeadm::images_list(Some(&file), &ImagesOptions::default(), options),
        };
        let ours = Normal::of(&ours, options);
        let name = format!("{id} ({command})");
        tally.compare(release, aspects[0], &name, &answer["exit"].to_string(), &ours.exit);
        tally.compare(
            release,
            aspects[1],
            &name,
            answer["stderr"].as_str().unwrap_or_default(),
            &ours.stderr,
        );
        tally.compare(
            release,
            aspects[2],
            &name,
            answer["stdout"].as_str().unwrap_or_default(),
            &ours.stdout,
        );
    }
}

/// The commands with the aspects of their exit status, stderr and stdout.
const COMMANDS: &[(&str, [&str; 3])] = &[
    ("validate", ["validate verdict", "validate messages", "validate bytes"]),
    ("migrate", ["migrate verdict", "migrate messages", "migrate bytes"]),
    ("migrate-experimental", ["migrate verdict", "migrate messages", "migrate bytes"]),
    ("images", ["images verdict", "images messages", "images"]),
];

/// The file of a case, its marks filled in.
fn input(case: &Value, options: &Options) -> Vec<u8> {
    let release = options.release.version().to_string();
    if let Some(config) = case["config"].as_str() {
        let api = options.release.writes().to_string();
        return config.replace("@RELEASE@", &release).replace("@API@", &api).into_bytes();
    }
    let bytes = decode_base64(case["config_base64"].as_str().unwrap_or_default());
    let api = options.release.writes().to_string();
    replace_bytes(&replace_bytes(&bytes, b"@RELEASE@", release.as_bytes()), b"@API@", api.as_bytes())
}

fn replace_bytes(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn decode_base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for sextet in text.bytes().filter_map(value) {
        bits = (bits << 6) | u32::from(sextet);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

/// Our answer with what depends on the moment taken out, as the recorded answers have it.
struct Normal {
    exit: String,
    stdout: String,
    stderr: String,
}

impl Normal {
    fn of(answer: &Answer, options: &Options) -> Self {
        let release = options.release.version().to_string();
        let marks = |text: &str| text.replace(RANDOM_TOKEN, "<token>").replace(&release, "@RELEASE@");
        Self {
            exit: answer.exit.to_string(),
            stdout: sorted_ignored(&marks(&answer.stdout)),
            stderr: sorted_ignored(&network_errors(&marks(&answer.stderr()))),
        }
    }
}

fn network_errors(text: &str) -> String {
    let shorten = |line: &str| match line
        .split_once("unable to get URL \"")
        .and_then(|(_, rest)| rest.split_once("\": "))
    {
        Some((_, why)) => format!("{}<network error>", &line[..line.len() - why.len()]),
        None => line.to_owned(),
    };
    text.split('\n').map(shorten).collect::<Vec<_>>().join("\n")
}

/// Lines about ignored documents came in random order: they stand sorted among their places.
fn sorted_ignored(text: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let places: Vec<usize> =
        (0..lines.len()).filter(|index| lines[*index].contains("WARNING: Ignored ")).collect();
    let mut ignored: Vec<&str> = places.iter().map(|index| lines[*index]).collect();
    ignored.sort_unstable();
    for (place, line) in places.into_iter().zip(ignored) {
        lines[place] = line;
    }
    lines.join("\n")
}

/// `kubeadm config print` and `kubeadm config images list` with flags. Runs that are about help and
/// flags alone are the command line's and not asked here.
fn print(dir: &Path, release: &str, options: &Options, tally: &mut Tally) -> Result<(), Error> {
    for run in json_lines(&dir.join("index.jsonl"))? {
        let args: Vec<&str> =
            run["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(answer) = asked(&args, options) else { continue };
        let expected = match run["file"].as_str() {
            Some(file) => {
                let path = dir.join(file);
                std::fs::read_to_string(&path).map_err(|error| Error::io(&path, &error))?
            }
            None => String::new(),
        };
        let name = run["name"].as_str().unwrap_or_default();
        let stdout = answer.stdout.replace(RANDOM_TOKEN, "<token>");
        tally.compare(release, "print verdict", name, &run["exit"].to_string(), &answer.exit.to_string());
        let stderr = network_errors(&answer.stderr());
        tally.compare(release, "print messages", name, run["stderr"].as_str().unwrap_or_default(), &stderr);
        tally.compare(release, "print bytes", name, &expected, &stdout);
    }
    Ok(())
}

fn asked(args: &[&str], options: &Options) -> Option<Answer> {
    match args {
        ["config", "print", what, flags @ ..] => {
            let kind = match *what {
                "init-defaults" => DefaultsKind::Init,
                "join-defaults" => DefaultsKind::Join,
                "reset-defaults" => DefaultsKind::Reset,
                "upgrade-defaults" => DefaultsKind::Upgrade,
                _ => return None,
            };
            let components = match flags {
                [] => Vec::new(),
                ["--component-configs", names] => vec![(*names).to_owned()],
                _ => return None,
            };
            Some(like_kubeadm::print_defaults(kind, &components, options))
        }
        ["config", "images", "list", flags @ ..] => {
            let mut asked = ImagesOptions::default();
            for pair in flags.chunks(2) {
                match pair {
                    ["--kubernetes-version", version] => {
                        asked.kubernetes_version = Some((*version).to_owned())
                    }
                    ["--image-repository", repository] => {
                        asked.image_repository = Some((*repository).to_owned())
                    }
                    ["--feature-gates", gates] => asked.feature_gates = (*gates).to_owned(),
                    ["-o", format] => asked.output = Some((*format).to_owned()),
                    _ => return None,
                }
            }
            Some(like_kubeadm::images_list(None, &asked, options))
        }
        _ => None,
    }
}
