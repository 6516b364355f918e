//! The check finds what it is there for.

use std::path::Path;

use host_prep::fs::{Mode, write_new};

use super::{CRATES, draw};

/// A crate of two layers, `low` under `high`, with these files besides an empty `lib.rs`.
fn drawn(files: &[(&str, &str)]) -> super::Drawing {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files.iter().chain(&[("lib.rs", "pub use high::Thing; mod high; mod low;")]) {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_new(&path, text.as_bytes(), Mode::PUBLIC).unwrap();
    }
    draw(dir.path(), &[&["low"], &["high"]], true).unwrap()
}

#[test]
fn every_crate_imports_downwards_only() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for one in CRATES {
        let drawing = draw(&workspace.join(one.name).join("src"), one.layers, one.rooms_inside).unwrap();
        assert!(drawing.is_straight(), "{}: {:#?} {:#?}", one.name, drawing.up, drawing.circles);
    }
}

#[test]
fn an_import_that_goes_up_is_found_through_a_re_export() {
    let drawing = drawn(&[("low.rs", "use crate::Thing;"), ("high.rs", "pub struct Thing;")]);
    assert_eq!(drawing.up, ["low -> high"]);
    assert!(drawing.circles.is_empty());
}

#[test]
fn a_circle_is_found_at_every_depth() {
    let drawing =
        drawn(&[("low.rs", "fn f() { crate::high::g() }"), ("high.rs", "use crate::low::{self, f as h};")]);
    assert_eq!(drawing.circles.len(), 1, "{drawing:?}");
    let deep = [
        ("low.rs", ""),
        ("high/mod.rs", "mod a; mod b; use a::One;"),
        ("high/a.rs", "use super::b::Two; pub struct One;"),
        ("high/b.rs", "use super::One; pub struct Two;"),
    ];
    let drawing = drawn(&deep);
    assert!(drawing.up.is_empty() && drawing.circles.len() == 1, "{drawing:?}");
}

#[test]
fn comments_strings_and_tests_are_no_imports() {
    let low = "// use crate::high;\n/* crate::high::g */ const A: &str = \"crate::high::g\"; const B: &str = r#\"crate::high\"#;\n\
        const C: char = '\"'; #[cfg(test)]\nmod tests { use crate::high::g; }\n";
    let drawing = drawn(&[("low.rs", low), ("high.rs", "use crate::low;")]);
    assert!(drawing.is_straight(), "{drawing:?}");
}

#[test]
fn a_module_without_a_layer_is_told() {
    let drawing = drawn(&[("low.rs", ""), ("high.rs", ""), ("new.rs", "")]);
    assert_eq!(drawing.up, ["new has no layer"]);
}
