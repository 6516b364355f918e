//! A little fuzzing with a fixed seed: the targets of `tests/fuzz` over broken documents.

use k8sprep_tests::fuzz::mutator::{Random, mutate};
use k8sprep_tests::fuzz::{Target, crio, kubeadm, probe, yaml};

fn run(target: Target, seeds: &[&str], tokens: &[&str], rounds: usize) {
    let mut random = Random::new(20_261_123);
    for _ in 0..rounds {
        let seed = seeds[random.below(seeds.len())];
        target(&mutate(&mut random, seed.as_bytes(), tokens));
    }
}

#[test]
fn yaml_split() {
    run(yaml::split, yaml::SEEDS, yaml::TOKENS, 4_000);
}

#[test]
fn yaml_read() {
    run(yaml::read, yaml::SEEDS, yaml::TOKENS, 10_000);
}

#[test]
fn yaml_write() {
    let json = [
        "\"a \\n b: c\"",
        "{\"a\": [1, {\"b\": \"x: y\"}], \"c\": 1.5}",
        "plain words that go on and on and on ",
    ];
    run(yaml::write, &json, yaml::TOKENS, 6_000);
}

#[test]
fn crio_edit() {
    run(crio::edit, crio::SEEDS, crio::TOKENS, 6_000);
}

#[test]
fn crio_load() {
    run(crio::load, crio::SEEDS, crio::TOKENS, 200);
}

#[test]
fn kubeadm_check() {
    run(kubeadm::checked, kubeadm::SEEDS, kubeadm::TOKENS, 1_000);
}

#[test]
fn kubeadm_migrate() {
    run(kubeadm::migrated, kubeadm::SEEDS, kubeadm::TOKENS, 3_000);
}

#[test]
fn probe_http() {
    run(probe::http, probe::ANSWERS, probe::TOKENS, 1_000);
}

#[test]
fn probe_json() {
    run(probe::json, probe::BODIES, probe::TOKENS, 10_000);
}
