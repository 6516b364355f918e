//! Advice on every recorded file: none says that something is missing which stands on the line it
//! marks, or in the file.

use k8sprep_tests::recorded;
use kubeadm_config::check::{Severity, check};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::{Circumstances, HostFacts, KubeadmRelease};

const RELEASES: [&str; 5] = ["v1.20.2", "v1.29.6", "v1.31.14", "v1.34.0", "v1.37.2"];

/// How advice says that something is not there.
const MISSING: [&str; 4] = ["without a", "without the", "is missing", "is not set"];

/// Does the line give the field a value?
fn says(line: &str, field: &str) -> bool {
    let Some((_, value)) = line.split_once(&format!("{field}:")) else { return false };
    !matches!(value.trim(), "" | "\"\"" | "''" | "[]" | "{}" | "null" | "~")
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn no_advice_misses_what_stands_there() {
    let Some(dir) = recorded("conformance/kubeadm") else { return };
    let cases = std::fs::read_to_string(dir.join("cases.jsonl")).unwrap();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for release in RELEASES {
        let release: KubeadmRelease = release.parse().unwrap();
        let mut facts = HostFacts::default();
        facts.host_name = "node-1".into();
        facts.ipv4_route_address = Some([192, 0, 2, 10].into());
        let options = Options::new(release.clone(), facts);
        for case in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(case).unwrap();
            let Some(config) = case["config"].as_str() else { continue };
            let file = config.replace("@RELEASE@", &release.version().to_string());
            let file = file.replace("@API@", &release.writes().to_string());
            let checked = check(file.as_bytes(), &options, &Circumstances::default());
            for remark in checked.remarks.iter().filter(|remark| remark.severity == Severity::Advice) {
                seen += 1;
                if !MISSING.iter().any(|word| remark.text.contains(word)) {
                    continue;
                }
                let field = remark.field.rsplit('.').next().unwrap_or_default();
                let marked = remark.line.and_then(|line| file.lines().nth(usize::try_from(line).ok()? - 1));
                // No document that was not read is advised on: then the field stands elsewhere in the file.
                if marked.into_iter().chain(file.lines()).any(|line| says(line, field)) {
                    wrong.push(format!("{} {}: {remark}", release.version(), case["id"]));
                }
            }
        }
    }
    assert!(seen > 1000, "{seen}");
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
}
