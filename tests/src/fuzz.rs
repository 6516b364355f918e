//! What must hold for any input at all. `tests/fuzz` hands these functions to libFuzzer; the suite
//! runs them over inputs broken by a mutator with a fixed seed, so that every `cargo test` does a
//! little fuzzing.

pub mod crio;
pub mod kubeadm;
pub mod mutator;
pub mod probe;
pub mod yaml;

/// A check that panics if its property does not hold for the input.
pub type Target = fn(&[u8]);

/// The targets by the names of their files in `tests/fuzz/fuzz_targets`.
pub const TARGETS: &[(&str, Target)] = &[
    ("crio_edit", crio::edit),
    ("crio_load", crio::load),
    ("kubeadm_check", kubeadm::checked),
    ("kubeadm_migrate", kubeadm::migrated),
    ("probe_http", probe::http),
    ("probe_json", probe::json),
    ("yaml_split", yaml::split),
    ("yaml_read", yaml::read),
    ("yaml_write", yaml::write),
];
