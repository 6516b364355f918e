//! Edits cut into the bytes they are about and nothing else.

use crio_config::{Document, Error, KeyPath, Value};

fn path(text: &str) -> KeyPath {
    text.parse().unwrap()
}

/// Sets, checks what it reads back, and checks that unsetting restores every byte where the key was
/// new.
#[track_caller]
fn check_set(before: &str, key: &str, value: impl Into<Value>, after: &str) {
    let value = value.into();
    let mut document = Document::parse(before).unwrap();
    let was_there = document.get(&path(key)).is_some();
    document.set(&path(key), &value).unwrap();
    assert_eq!(document.to_string(), after);
    assert_eq!(document.get(&path(key)), Some(value));
    if !was_there {
        assert!(document.unset(&path(key)).unwrap());
        assert_eq!(document.to_string(), before, "unset after set");
    }
}

#[test]
fn a_value_is_replaced_in_place() {
    check_set(
        "# head\r\n[crio.image] # the images\r\npause_image   =  'a:1'  # why\r\nx=1",
        "crio.image.pause_image",
        "b:2",
        "# head\r\n[crio.image] # the images\r\npause_image   =  'b:2'  # why\r\nx=1",
    );
}

#[test]
fn a_key_in_another_case_is_the_same_key() {
    check_set(
        "[CRIO.Image]\nPause_Image = \"a\"\n",
        "crio.image.pause_image",
        "b",
        "[CRIO.Image]\nPause_Image = \"b\"\n",
    );
}

#[test]
fn a_new_key_goes_to_the_end_of_its_table() {
    check_set(
        "[crio.image]\n  a = 1 # one\n\n# about the network\n[crio.network]\n",
        "crio.image.pause_image",
        "p",
        "[crio.image]\n  a = 1 # one\n  pause_image = \"p\"\n\n# about the network\n[crio.network]\n",
    );
}

#[test]
fn a_new_key_goes_below_its_commented_default() {
    check_set(
        "[crio.image]\n# The image.\n#  pause_image = \"x\"\n\n# other = 1\n[crio.network]\n",
        "crio.image.pause_image",
        "p",
        "[crio.image]\n# The image.\n#  pause_image = \"x\"\npause_image = \"p\"\n\n# other = 1\n[crio.network]\n",
    );
}

#[test]
fn a_new_list_goes_below_its_whole_commented_default() {
    check_set(
        "[crio.runtime]\n# hooks_dir = [\n# \t\"/a\",\n# ]\n# next\n",
        "crio.runtime.hooks_dir",
        vec!["/b".to_owned()],
        "[crio.runtime]\n# hooks_dir = [\n# \t\"/a\",\n# ]\nhooks_dir = [\"/b\"]\n# next\n",
    );
}

#[test]
fn a_new_table_goes_last() {
    check_set(
        "# only a comment\n",
        "crio.image.pause_image",
        "p",
        "# only a comment\n\n[crio.image]\npause_image = \"p\"\n",
    );
    check_set(
        "[crio.image]\na = 1",
        "crio.network.x",
        "p",
        "[crio.image]\na = 1\n\n[crio.network]\nx = \"p\"",
    );
    check_set("", "crio.network.x", "p", "[crio.network]\nx = \"p\"\n");
    check_set("\u{feff}# c\r\n", "crio.x", "p", "\u{feff}# c\r\n\r\n[crio]\r\nx = \"p\"\r\n");
}

#[test]
fn a_commented_header_is_the_place_of_its_table() {
    check_set(
        "[crio.runtime]\n# [crio.runtime.runtimes.crun]\n# runtime_path = \"\"\n# runtime_root = \"\"\n\n[crio.image]\n",
        "crio.runtime.runtimes.crun.runtime_path",
        "/c",
        "[crio.runtime]\n# [crio.runtime.runtimes.crun]\n# runtime_path = \"\"\n[crio.runtime.runtimes.crun]\n\
         runtime_path = \"/c\"\n# runtime_root = \"\"\n\n[crio.image]\n",
    );
    // A live key of the table above would fall into the new table.
    check_set(
        "[crio.runtime]\n# [crio.runtime.runtimes.crun]\n# runtime_path = \"\"\n\npids_limit = 1\n",
        "crio.runtime.runtimes.crun.runtime_path",
        "/c",
        "[crio.runtime]\n# [crio.runtime.runtimes.crun]\n# runtime_path = \"\"\n\npids_limit = 1\n\n\
         [crio.runtime.runtimes.crun]\nruntime_path = \"/c\"\n",
    );
}

#[test]
fn inline_tables_take_keys() {
    check_set("crio = {}\n", "crio.root", "/r", "crio = { root = \"/r\" }\n");
    check_set("crio = { image = { a = 1 } }", "crio.image.b", 2, "crio = { image = { a = 1, b = 2 } }");
    check_set("crio = {\n  a = 1, # c\n}\n", "crio.b", 2, "crio = {\n  a = 1, b = 2, # c\n}\n");
}

#[test]
fn dotted_keys_stay_dotted() {
    check_set(
        "crio.image.a = 1\ncrio.network.b = 2\n",
        "crio.image.pause_image",
        "p",
        "crio.image.a = 1\ncrio.image.pause_image = \"p\"\ncrio.network.b = 2\n",
    );
}

#[test]
fn a_list_on_many_lines_stays_on_many_lines() {
    let mut document =
        Document::parse("[crio.runtime]\nhooks_dir = [\n\t\"/a\",\n\t\"/b\"\n] # c\n").unwrap();
    document.set(&path("crio.runtime.hooks_dir"), &vec!["/x".to_owned(), "/y".to_owned()].into()).unwrap();
    assert_eq!(document.to_string(), "[crio.runtime]\nhooks_dir = [\n\t\"/x\",\n\t\"/y\",\n] # c\n");
}

#[test]
fn unset_keeps_comments() {
    let text = "[crio.runtime]\n# above\npids_limit = 5 # behind\n# below\nx = { a = 1, b = 2 }\n";
    let mut document = Document::parse(text).unwrap();
    assert!(document.unset(&path("crio.runtime.pids_limit")).unwrap());
    assert!(document.unset(&path("crio.runtime.x.a")).unwrap());
    assert!(!document.unset(&path("crio.runtime.x.a")).unwrap());
    assert_eq!(document.to_string(), "[crio.runtime]\n# above\n# behind\n# below\nx = { b = 2 }\n");
}

#[test]
fn unset_of_a_table_takes_all_below() {
    let text =
        "[crio.runtime.runtimes.a]\nx = 1\n# note\n[crio.runtime.runtimes.a.m]\ny = 2\n[crio.image]\nz = 3\n";
    let mut document = Document::parse(text).unwrap();
    assert!(document.unset(&path("crio.runtime.runtimes.a")).unwrap());
    assert_eq!(document.to_string(), "# note\n[crio.image]\nz = 3\n");
}

#[test]
fn what_is_in_the_way_is_named() {
    let mut document = Document::parse("[crio]\nimage = \"x\"\n").unwrap();
    let error = document.set(&path("crio.image.pause_image"), &"p".into()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "crio.image.pause_image cannot be set: `image = \"x\"` at line 2, column 1 is in the way"
    );
    assert_eq!(document.to_string(), "[crio]\nimage = \"x\"\n");
}

#[test]
fn a_syntax_error_has_line_and_column() {
    let error = Document::parse("[crio.runtime]\npids_limit = 77;\n").unwrap_err();
    let Error::Syntax { place, .. } = &error else { panic!("{error}") };
    assert_eq!((place.line, place.column), (2, 16));
    assert_eq!(
        error.to_string(),
        "line 2, column 16: expected a top-level item to end with a newline, comment, or EOF, but got ';' instead"
    );
}
