//! A little fuzzing with a fixed seed: the targets of `tests/fuzz` over broken documents.
//!
//! `cargo test` takes the first of them; the layer `tables` takes all.

use k8sprep_tests::fuzz::mutator::{Random, mutate};
use k8sprep_tests::fuzz::{Target, crio, kubeadm, probe, yaml};

/// What is broken, how it is written, and so many documents of it: those of `cargo test`, and all.
struct Fuzzed {
    target: Target,
    seeds: &'static [&'static str],
    tokens: &'static [&'static str],
    first: usize,
    all: usize,
}

const JSON: &[&str] = &[
    "\"a \\n b: c\"",
    "{\"a\": [1, {\"b\": \"x: y\"}], \"c\": 1.5}",
    "plain words that go on and on and on ",
];

const YAML_SPLIT: Fuzzed =
    Fuzzed { target: yaml::split, seeds: yaml::SEEDS, tokens: yaml::TOKENS, first: 500, all: 4_000 };
const YAML_READ: Fuzzed =
    Fuzzed { target: yaml::read, seeds: yaml::SEEDS, tokens: yaml::TOKENS, first: 1_000, all: 10_000 };
const YAML_WRITE: Fuzzed =
    Fuzzed { target: yaml::write, seeds: JSON, tokens: yaml::TOKENS, first: 600, all: 6_000 };
const CRIO_EDIT: Fuzzed =
    Fuzzed { target: crio::edit, seeds: crio::SEEDS, tokens: crio::TOKENS, first: 600, all: 6_000 };
const CRIO_LOAD: Fuzzed =
    Fuzzed { target: crio::load, seeds: crio::SEEDS, tokens: crio::TOKENS, first: 20, all: 200 };
const KUBEADM_CHECK: Fuzzed = Fuzzed {
    target: kubeadm::checked,
    seeds: kubeadm::SEEDS,
    tokens: kubeadm::TOKENS,
    first: 100,
    all: 1_000,
};
const KUBEADM_MIGRATE: Fuzzed = Fuzzed {
    target: kubeadm::migrated,
    seeds: kubeadm::SEEDS,
    tokens: kubeadm::TOKENS,
    first: 300,
    all: 3_000,
};
const PROBE_HTTP: Fuzzed =
    Fuzzed { target: probe::http, seeds: probe::ANSWERS, tokens: probe::TOKENS, first: 200, all: 1_000 };
const PROBE_JSON: Fuzzed =
    Fuzzed { target: probe::json, seeds: probe::BODIES, tokens: probe::TOKENS, first: 1_000, all: 10_000 };

impl Fuzzed {
    fn run(&self, rounds: usize) {
        let mut random = Random::new(20_261_123);
        for _ in 0..rounds {
            let seed = self.seeds[random.below(self.seeds.len())];
            (self.target)(&mutate(&mut random, seed.as_bytes(), self.tokens));
        }
    }
}

#[test]
fn yaml_split() {
    YAML_SPLIT.run(YAML_SPLIT.first);
}

#[test]
fn yaml_read() {
    YAML_READ.run(YAML_READ.first);
}

#[test]
fn yaml_write() {
    YAML_WRITE.run(YAML_WRITE.first);
}

#[test]
fn crio_edit() {
    CRIO_EDIT.run(CRIO_EDIT.first);
}

#[test]
fn crio_load() {
    CRIO_LOAD.run(CRIO_LOAD.first);
}

#[test]
fn kubeadm_check() {
    KUBEADM_CHECK.run(KUBEADM_CHECK.first);
}

#[test]
fn kubeadm_migrate() {
    KUBEADM_MIGRATE.run(KUBEADM_MIGRATE.first);
}

#[test]
fn probe_http() {
    PROBE_HTTP.run(PROBE_HTTP.first);
}

#[test]
fn probe_json() {
    PROBE_JSON.run(PROBE_JSON.first);
}

#[test]
#[ignore = "run it with `tests/layer tables`"]
fn every_broken_document() {
    for one in [
        YAML_SPLIT,
        YAML_READ,
        YAML_WRITE,
        CRIO_EDIT,
        CRIO_LOAD,
        KUBEADM_CHECK,
        KUBEADM_MIGRATE,
        PROBE_HTTP,
        PROBE_JSON,
    ] {
        one.run(one.all);
    }
}
