//! The kubelet: `cases.jsonl` and one file of answers a release, as its README says.

use std::collections::BTreeMap;
use std::path::Path;

use kubeadm_config::KubernetesVersion;
use kubeadm_config::kubelet::{Kubelet, KubeletFile, KubeletHost, Refusal, Setup, Verdict};
use serde_json::Value;

use super::{Error, Request, Tally, json_lines};

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const KUBECONFIG: &str = "/etc/kubernetes/kubelet.conf";
const HOME: &str = "/etc/kubernetes";

pub(super) fn run(request: &Request, tally: &mut Tally) -> Result<(), Error> {
    let cases = json_lines(&request.dir.join("cases.jsonl"))?;
    for release in releases(&request.dir)? {
        if request.release.as_ref().is_some_and(|wanted| wanted.trim_start_matches('v') != release) {
            continue;
        }
        let version: KubernetesVersion = format!("v{release}").parse().map_err(|_| {
            Error::Unreadable(request.dir.clone(), format!("{release} is not a valid release"))
        })?;
        let answers = json_lines(&request.dir.join(format!("answers-{release}.jsonl")))?;
        for (case, answer) in cases.iter().zip(&answers) {
            compare(tally, &release, case, answer, &ask(case, &version));
        }
    }
    Ok(())
}

fn releases(dir: &Path) -> Result<Vec<String>, Error> {
    let entries = std::fs::read_dir(dir).map_err(|error| Error::io(dir, &error))?;
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            Some(name.strip_prefix("answers-")?.strip_suffix(".jsonl")?.to_owned())
        })
        .collect();
    found.sort();
    Ok(found)
}

/// What the answers of the recording host are true for.
fn host(case: &Value) -> KubeletHost {
    let mut host = KubeletHost::default();
    host.cgroup_v1 = Some(true);
    host.swap = Some(case["env"].as_str().is_some_and(|env| ["swap", "zram"].contains(&env)));
    host.processors = Some(2);
    host.runtimes = Some(vec!["/run/crio/crio.sock".into()]);
    host.cgroups = Some(["/", "/kubepods"].map(str::to_owned).to_vec());
    host
}

fn ask(case: &Value, version: &KubernetesVersion) -> Verdict {
    let files = files(case);
    let look = |path: &str| look_up(&files, path);
    let (host, arguments) = (host(case), arguments(case));
    Kubelet::of(version.minor()).judge(&Setup::new(&arguments, &look, &host))
}

fn arguments(case: &Value) -> Vec<String> {
    let given: Vec<&str> = case["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut arguments = Vec::new();
    if !given.contains(&"@noconfig") {
        arguments.push(format!("--config={CONFIG}"));
    }
    if !given.contains(&"@nokubeconfig") {
        arguments.push(format!("--kubeconfig={KUBECONFIG}"));
    }
    let rest = given.iter().filter(|word| !["@noconfig", "@nokubeconfig"].contains(word));
    arguments.extend(rest.map(|word| (*word).to_owned()));
    arguments
}

/// The files by absolute path; a directory has no content.
fn files(case: &Value) -> BTreeMap<String, Option<Vec<u8>>> {
    let authority = include_bytes!("kubelet/ca.crt");
    let mut files = BTreeMap::from([("/etc/hosts".to_owned(), Some(Vec::new()))]);
    for (name, text) in case["files"].as_object().into_iter().flatten() {
        let directory = name.ends_with('/');
        let name = name.trim_end_matches('/');
        let path = match name.strip_prefix('@') {
            Some(path) => path.to_owned(),
            None if name == "config.yaml" => CONFIG.to_owned(),
            None => format!("{HOME}/{name}"),
        };
        let text = text.as_str().unwrap_or_default();
        let bytes = if text == "@ca" { authority.to_vec() } else { text.as_bytes().to_vec() };
        files.insert(path, (!directory).then_some(bytes));
    }
    files
}

fn look_up(files: &BTreeMap<String, Option<Vec<u8>>>, path: &str) -> KubeletFile {
    let absolute = if path.starts_with('/') { path.to_owned() } else { format!("{HOME}/{path}") };
    if absolute == KUBECONFIG {
        return KubeletFile::Text(b"apiVersion: v1\nkind: Config\n".to_vec());
    }
    match files.get(&absolute) {
        Some(Some(text)) => return KubeletFile::Text(text.clone()),
        Some(None) => return KubeletFile::Directory(Vec::new()),
        None => {}
    }
    let below = format!("{}/", absolute.trim_end_matches('/'));
    let names = files.keys().filter_map(|file| file.strip_prefix(&below));
    let paths: Vec<String> = names.map(|name| format!("{}/{name}", path.trim_end_matches('/'))).collect();
    if paths.is_empty() { KubeletFile::Missing } else { KubeletFile::Directory(paths) }
}

fn compare(tally: &mut Tally, release: &str, case: &Value, answer: &Value, verdict: &Verdict) {
    let id = case["id"].as_str().unwrap_or_default();
    let refusal = verdict.refusal.as_ref();
    let ours = if refusal.is_some() { "refuses" } else { "starts" };
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    tally.compare(release, "verdict", id, text("verdict"), ours);
    if text("verdict") != "refuses" {
        return;
    }
    let stage = refusal.map_or("", |refusal| refusal.stage.name());
    tally.compare(release, "stage", id, text("stage"), stage);
    let (expected, got) = errors(text("message"), refusal);
    tally.compare(release, "errors", id, &expected, &got);
    if let Some(field) = case["field"].as_str() {
        let named = |text: &str| text.contains(field.rsplit('.').next().unwrap_or(field));
        if named(text("message")) {
            let ours = refusal.is_some_and(|refusal| named(&refusal.message()));
            tally.compare(release, "fields", id, "named", if ours { "named" } else { "not named" });
        }
    }
}

/// Both messages without the order that Go's maps give them; of several that may come first, the
/// one that came.
fn errors(expected: &str, refusal: Option<&Refusal>) -> (String, String) {
    let expected = plain(expected);
    let Some(refusal) = refusal else { return (expected, String::new()) };
    let ours: Vec<String> = refusal.alternatives().iter().map(|text| plain(text)).collect();
    let same = ours.iter().find(|text| **text == expected);
    let got = same.or_else(|| ours.first()).cloned().unwrap_or_default();
    (expected, got)
}

fn plain(message: &str) -> String {
    // Several errors are one text in brackets, with the head before the first of them.
    let apart = message
        .replace("error: [", "error: , ")
        .replace("logging: [", "logging: , ")
        .replace("paths: ", "paths: , ");
    let mut parts: Vec<&str> = apart.split(", ").map(|part| part.trim_end_matches(']')).collect();
    parts.sort_unstable();
    parts.join("\n")
}
