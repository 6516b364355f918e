//! The checked-in messages are what their `.proto` says.

use snapbox::{assert_data_eq, file};

/// Run with `SNAPSHOTS=overwrite` to write the file anew.
#[test]
fn generated_code_is_up_to_date() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/proto");
    let descriptors = protox::compile(["runtime.proto"], [folder]).unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut config = prost_build::Config::new();
    config.out_dir(out.path()).btree_map(["."]).compile_fds(descriptors).unwrap();
    let generated = std::fs::read_to_string(out.path().join("runtime.v1.rs")).unwrap();
    assert_data_eq!(generated, file!["../../src/proto/runtime.v1.rs"].raw());
}
