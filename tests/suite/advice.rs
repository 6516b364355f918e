//! Advice over every recorded file: none that the line it points at refutes, and no verdict that its own remarks contradict.

use k8sprep_tests::recorded;
use kubeadm_config::check::{Severity, check};
use kubeadm_config::like_kubeadm::Options;
use kubeadm_config::{Circumstances, HostFacts};

/// API version and release that stand for `@API@` and `@RELEASE@`: read, too old, too new.
const PAIRS: [(&str, &str); 4] =
    [("v1beta4", "v1.34.0"), ("v1beta3", "v1.37.2"), ("v1beta2", "v1.34.0"), ("v1beta4", "v1.27.3")];

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn advice_is_never_refuted_by_the_line_it_shows() {
    let Some(dir) = recorded("conformance/kubeadm") else { return };
    let cases = std::fs::read_to_string(dir.join("cases.jsonl")).unwrap();
    let mut seen = 0;
    for line in cases.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(config) = case["config"].as_str() else { continue };
        for (api, release) in PAIRS {
            let file =
                config.replace("@API@", &format!("kubeadm.k8s.io/{api}")).replace("@RELEASE@", release);
            let mut facts = HostFacts::default();
            facts.host_name = "node".into();
            facts.ipv4_route_address = Some([192, 0, 2, 10].into());
            facts.random_tokens = vec!["0a1b2c.0123456789abcdef".parse().unwrap()];
            let options = Options::new(release.parse().unwrap(), facts);
            let checked = check(file.as_bytes(), &options, &Circumstances::default());
            let errors = checked.remarks.iter().any(|remark| remark.severity == Severity::Error);
            assert_eq!(checked.accepted, !errors, "{} {release}\n{file}", case["id"]);
            for remark in checked.remarks.iter().filter(|remark| remark.code == "no-pod-subnet") {
                let marked =
                    remark.line.and_then(|line| file.lines().nth(line as usize - 1)).unwrap_or_default();
                let value = marked.split_once("podSubnet:").map_or("", |(_, value)| value.trim());
                assert!(
                    matches!(value, "" | "\"\"" | "''" | "null" | "~"),
                    "{} {release}: {marked}",
                    case["id"]
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 1000, "{seen}");
}
