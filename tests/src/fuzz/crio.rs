//! Reading, editing, merging and checking CRI-O's configuration.

use crio_config::{CheckOptions, Document, Effective, KeyPath, Release, Sources, Value, check};

/// Texts to start from.
pub const SEEDS: &[&str] = &[
    "# head\n[crio]\nroot = \"/r\" # why\n[crio.runtime]\n# pids_limit = 0\ndefault_env = [\n  \"A=1\", # a\n]\n",
    "crio.image.pause_image = 'a/b:1'\n[crio.runtime.runtimes.crun]\nruntime_path = \"/c\"\nmonitor_env = []\n",
    "[crio.runtime]\nruntimes = { a = { runtime_path = \"/a\", allowed_annotations = [\"x\"] } }\nlog_filter = \"(a|b)*\"\n",
    "[[x]]\na.b = 1979-05-27T07:32:00Z\n\"q\\u0041\" = 0x1F\nf = 1_0.5e-3\nm = \"\"\"a\\\n  b\"\"\"\n",
];

/// What such files are made of.
pub const TOKENS: &[&str] = &[
    "=",
    ".",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\u0041",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "#",
    "crio",
    "runtime",
    "image",
    "pause_image",
    "runtimes",
    "true",
    "inf",
    "0x",
    "1_",
    "-",
    "1979-05-27",
    "\u{feff}",
    "\0",
    "\u{e9}",
];

/// Prints what was read; a set value reads back, and a new one goes without a trace.
pub fn edit(input: &[u8]) {
    let Ok(mut document) = Document::from_bytes(input) else { return };
    assert_eq!(document.to_string().as_bytes(), input, "printing changed the text");
    let Some(path) = KeyPath::from_parts(["crio", "image", "pause_image"]) else { return };
    let was_there = document.keys().any(|key| key.to_string().to_lowercase().starts_with("crio.image"));
    let value = Value::from("registry.k8s.io/pause:3.10");
    if document.set(&path, &value).is_err() {
        assert_eq!(document.as_str().as_bytes(), input, "a refused edit changed the text");
        return;
    }
    assert_eq!(document.get(&path), Some(value), "{document}");
    if !was_there && document.unset(&path).is_ok_and(|removed| removed) {
        assert_eq!(document.as_str().as_bytes(), input, "unset after set left a trace");
    }
}

/// Checks the text as each generation of releases does, as main file and drop-in; what is accepted
/// can be merged.
pub fn load(input: &[u8]) {
    for minor in [9, 17, 20, 22, 24, 28, 31, 34, 37] {
        let sources = Sources::new()
            .with_main("/etc/crio/crio.conf", input)
            .with_drop_in("/etc/crio/crio.conf.d/1.conf", Ok(input.to_vec()));
        let report = check(&sources, Release::newest_of(minor), &CheckOptions::default());
        let text = report.effective.as_ref().map(|config: &Effective| config.to_toml(|_, _| None));
        if let Some(text) = text {
            assert!(Document::parse(&text).is_ok(), "the merged configuration is not valid TOML:\n{text}");
        }
    }
}
