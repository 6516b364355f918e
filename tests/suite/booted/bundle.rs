//! A bundle made on one host and used on another that reaches nothing, with the program alone.

use k8sprep_tests::booted::{Bed, Kind, SPEC};

use super::{bed, done, is_as_before, whole};

const TAR: &str = "/opt/k8sprep/node.tar";

/// The bundle's bytes, the digest that was printed, and the fingerprints of the keys that signed
/// what is in it.
struct Made {
    tar: Vec<u8>,
    digest: String,
    pins: [String; 2],
}

/// Makes one, which changes nothing of the host it is made on.
fn make() -> Option<Made> {
    let mut bed = whole()?;
    bed.host.boot().unwrap();
    let before = bed.host.files();
    let create = ["bundle", "create", "-f", SPEC, "-o", TAR, "--output", "json"];
    let said = bed.k8sprep(&[&create[..], &bed.trusting()].concat());
    done(&said, "bundle create");
    is_as_before(&bed, &before);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let digest = told["sha256"].as_str().unwrap().to_owned();
    let tar = std::fs::read(bed.host.root().join(TAR.trim_start_matches('/'))).unwrap();
    Some(Made { tar, digest, pins: bed.keys.each_ref().map(|key| key.fingerprint.clone()) })
}

/// Another host, whose repositories are gone.
fn bare(made: &Made) -> Option<Bed> {
    let mut bed = bed(Kind::Plain, "v1.37")?;
    std::fs::remove_dir_all(bed.host.root().join("srv")).unwrap();
    bed.host.put(TAR, &made.tar);
    bed.host.boot().unwrap();
    Some(bed)
}

#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_bundle_makes_a_host_without_a_network_ready_and_goes_again() {
    let Some(made) = make() else { return };
    let Some(bed) = bare(&made) else { return };
    let before = bed.host.files();
    let pins = ["--pin", &made.pins[0], "--pin", &made.pins[1]];
    let said = bed.k8sprep(&[&["bundle", "check", TAR], &pins[..]].concat());
    done(&said, "bundle check");
    assert!(
        said.out.contains("each package is in an index signed by a key that is trusted here"),
        "{}",
        said.out
    );
    assert!(!bed.host.root().join("var/lib/k8sprep").exists(), "a check changes nothing");
    assert!(said.out.contains(&format!("sha256 of its manifest: {}", made.digest)), "{}", said.out);

    let all = ["--bundle", TAR, "--sha256", &made.digest, "--pin", &made.pins[0], "--pin", &made.pins[1]];
    let other = "0".repeat(64);
    let refused = bed.k8sprep(&["up", "--yes", "--prepare-only", "--bundle", TAR, "--sha256", &other]);
    assert_eq!(refused.status, Some(1));
    assert!(refused.err.contains("it is another bundle"), "{}", refused.err);
    let unknown = bed.k8sprep(&["up", "--yes", "--prepare-only", "--bundle", TAR]);
    assert_eq!(unknown.status, Some(1));
    assert!(unknown.err.contains("is not pinned"), "{}{}", unknown.out, unknown.err);
    is_as_before(&bed, &before);

    // The spec is the one in the bundle.
    let up = bed.k8sprep(&[&["up", "--yes", "--prepare-only"], &all[..]].concat());
    done(&up, "up --bundle");
    ready(&bed, &all);
    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
    is_as_before(&bed, &before);

    let apply = bed.k8sprep(&[&["apply"], &all[..]].concat());
    done(&apply, "apply --bundle");
    ready(&bed, &all);
    done(&bed.k8sprep(&["rollback", "--to", "0"]), "rollback");
    is_as_before(&bed, &before);
}

fn ready(bed: &Bed, all: &[&str]) {
    assert_eq!(bed.is("is-active", "crio"), "active");
    assert_eq!(bed.is("is-enabled", "kubelet"), "enabled");
    let list = ["dpkg-query", "--show", "--showformat=${Package} ${Version}\n", "kubelet", "cri-o", "socat"];
    assert_eq!(bed.host.ask(&list), "cri-o 1.37.0-1.1\nkubelet 1.37.2-1.1\nsocat 1.0-1.1\n");
    done(&bed.k8sprep(&[&["plan", "--check"], all].concat()), "plan --check");
}

/// A bundle on the way to a host may lose its end.
#[test]
#[ignore = "run it with `tests/layer booted`"]
fn a_bundle_that_is_cut_short_changes_nothing() {
    let Some(mut made) = make() else { return };
    made.tar.truncate(made.tar.len() / 2);
    let Some(bed) = bare(&made) else { return };
    let before = bed.host.files();
    for words in
        [&["bundle", "check", TAR][..], &["up", "--yes", "--bundle", TAR], &["apply", "--bundle", TAR]]
    {
        let said = bed.k8sprep(words);
        assert_eq!(said.status, Some(1), "{words:?}: {}", said.out);
        let told = said.err.contains("cut short") || said.err.contains("is missing");
        assert!(told, "{words:?}: {}", said.err);
        is_as_before(&bed, &before);
    }
}
