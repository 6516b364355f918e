//! What an upgrade changes, and that the edits it names keep things as they were.

use crio_config::{
    CrioHost, Document, Effective, Release, Sources, UpgradeChange, Value, merge, migrate_from_1_17,
    upgrade_notes, upgrade_notes_for,
};

fn release(text: &str) -> Release {
    text.parse().unwrap()
}

#[test]
fn moved_defaults_and_lost_keys_are_named() {
    let notes = upgrade_notes(release("1.30"), release("1.31"));
    let of = |path: &str| notes.iter().find(|note| note.path == path).map(|note| &note.change);
    assert_eq!(
        of("crio.runtime.default_runtime"),
        Some(&UpgradeChange::DefaultMoves { from: "runc".into(), to: "crun".into() })
    );
    assert!(matches!(of("crio.image.registries"), Some(UpgradeChange::Removed { instead: Some(_) })));
    let notes = upgrade_notes(release("1.34"), release("1.35"));
    let change =
        notes.iter().find(|note| note.path == "crio.image.insecure_registries").map(|note| &note.change);
    assert!(matches!(change, Some(UpgradeChange::LosesEffect { .. })), "{change:?}");
}

#[test]
fn what_a_drop_in_says_begins_to_count_and_the_default_does_not_matter() {
    let file = b"[crio.runtime]\npids_limit = 5\nlog_level = \"debug\"\n[crio.runtime.runtimes.kata]\nruntime_path = \"/k\"\n";
    let sources = Sources::new().with_drop_in("/etc/crio/crio.conf.d/10-a.conf", Ok(file.to_vec()));
    let read = |by: &str| merge(&sources, release(by)).unwrap().config;
    for (from, to) in [("1.11", "1.17"), ("1.11", "1.34"), ("1.16", "1.18")] {
        let notes = upgrade_notes_for(&read(from), &read(to));
        for (path, value) in
            [("crio.runtime.pids_limit", Value::from(5)), ("crio.runtime.log_level", "debug".into())]
        {
            let of: Vec<_> = notes.iter().filter(|note| note.path == path).collect();
            let [note] = of.as_slice() else { panic!("{from} {to}: {of:?}") };
            let UpgradeChange::BeginsToCount { to, place, .. } = &note.change else { panic!("{note:?}") };
            assert!(*to == value && place.contains("10-a.conf:") && note.keep.is_empty(), "{note:?}");
        }
        assert!(notes.iter().any(|note| note.path == "crio.runtime.runtimes.kata.runtime_path"), "{notes:?}");
    }
    let begun = |notes: Vec<crio_config::UpgradeNote>| {
        notes.iter().any(|note| matches!(note.change, UpgradeChange::BeginsToCount { .. }))
    };
    assert!(!begun(upgrade_notes_for(&read("1.17"), &read("1.34"))), "they counted before");
    assert!(!begun(upgrade_notes_for(&read("1.11"), &read("1.16"))), "they do not count yet");
}

#[test]
fn a_table_that_begins_to_count_is_not_emptied_to_keep_something() {
    let file = b"[crio.runtime.runtimes.runc]\nruntime_path = \"/usr/bin/runc\"\n";
    let sources = Sources::new().with_drop_in("/etc/crio/crio.conf.d/10-a.conf", Ok(file.to_vec()));
    let read = |by: &str| merge(&sources, release(by)).unwrap().config;
    for note in upgrade_notes_for(&read("1.15"), &read("1.37")) {
        let of_table = note.keep.iter().any(|(path, _)| path.to_string().contains("runtimes.runc"));
        assert!(!of_table, "{note:?}");
    }
}

#[test]
fn only_what_matters_to_the_files_is_named() {
    let sources = Sources::new()
        .with_main("/etc/crio/crio.conf", "[crio.image]\npause_image = \"a/b:1\"\nregistries = []\n");
    let read = |by: &str| merge(&sources, release(by)).unwrap().config;
    let notes = upgrade_notes_for(&read("1.30"), &read("1.31"));
    let paths: Vec<_> = notes.iter().map(|note| note.path.as_str()).collect();
    assert!(
        paths.contains(&"crio.image.registries") && paths.contains(&"crio.runtime.default_runtime"),
        "{paths:?}"
    );
    assert!(!paths.contains(&"crio.image.pause_image"), "{paths:?}");
}

/// What a file states does not move, and no edit states it anew: that would empty what the file
/// says.
#[test]
fn a_runtime_that_a_file_states_is_left_alone() {
    let text = "[crio.runtime.runtimes.runc]\nruntime_path = \"/usr/bin/runc\"\nmonitor_path = \"/usr/bin/conmon\"\n";
    let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
    let read = |by: &str| merge(&sources, release(by)).unwrap().config;
    let notes = upgrade_notes_for(&read("1.30"), &read("1.31"));
    let kept: Vec<String> =
        notes.iter().flat_map(|note| &note.keep).map(|(path, _)| path.to_string()).collect();
    assert!(kept.contains(&"crio.runtime.default_runtime".to_owned()), "{kept:?}");
    assert!(kept.iter().all(|path| !path.contains("runtimes.runc")), "{kept:?}");
    assert!(notes.iter().all(|note| !note.path.contains("runtimes.")), "{notes:?}");
}

/// Newcomer A33: what is switched off, what a file says, and what only other files have does not
/// concern a host.
#[test]
fn what_does_not_concern_the_files_is_not_named() {
    let read = |text: &str, by: &str| {
        merge(&Sources::new().with_main("/etc/crio/crio.conf", text), release(by)).unwrap().config
    };
    let named = |text: &str, from: &str, to: &str| -> Vec<String> {
        let notes = upgrade_notes_for(&read(text, from), &read(text, to));
        notes.into_iter().map(|note| note.path).collect()
    };
    let paths = named("", "1.30", "1.36");
    for path in
        ["crio.metrics.metrics_collectors", "crio.tracing.tracing_endpoint", "TOML", "--migrate-defaults"]
    {
        assert!(!paths.contains(&path.to_owned()), "{path}: {paths:?}");
    }
    let metrics = named("[crio.metrics]\nenable_metrics = true\n", "1.30", "1.36");
    assert!(metrics.contains(&"crio.metrics.metrics_collectors".to_owned()), "{metrics:?}");
    assert!(named("", "1.28", "1.34").contains(&"crio.nri.enable_nri".to_owned()));
    assert!(!named("", "1.22", "1.24").iter().any(|path| path.contains("conmon")));
}

/// From every release to every later one: with the edits made, every option both know has its old
/// default, and CRI-O takes the file.
#[test]
fn the_edits_keep_every_default() {
    for from in 17..37 {
        for to in from + 1..=37 {
            let (from, to) = (Release::newest_of(from), Release::newest_of(to));
            let mut document = Document::parse("").unwrap();
            let notes = upgrade_notes(from, to);
            for (path, value) in notes.iter().flat_map(|note| &note.keep) {
                document.set(path, value).unwrap();
            }
            let sources = Sources::new().with_main("/etc/crio/crio.conf", document.to_string());
            let merged = merge(&sources, to).unwrap();
            let old = Effective::defaults(from);
            for note in &notes {
                let (UpgradeChange::DefaultMoves { .. }, false) = (&note.change, note.keep.is_empty()) else {
                    continue;
                };
                let path = note.path.parse().unwrap();
                let value = |config: &Effective| config.get(&path).map(|setting| setting.value.clone());
                assert_eq!(value(&merged.config), value(&old), "{from} to {to}: {path}");
            }
            let outcome = merged.validate(&CrioHost::unknown());
            assert!(outcome.is_ok(), "{from} to {to}: {outcome:?}\n{document}");
        }
    }
}

#[test]
fn the_migration_from_1_17_changes_what_cri_o_changed() {
    let old = "[crio.runtime]\nlog_level = \"error\"\nctr_stop_timeout = 10\nnamespaces_dir = \"/var/run/crio/ns\"\n\
               default_capabilities = [\"CHOWN\", \"NET_RAW\"]\napparmor_profile = \"crio-default-1.17.0\"\n\
               [crio.image]\npause_image = \"k8s.gcr.io/pause:3.1\"\n";
    let changed = |minor: u16| {
        let sources = Sources::new().with_main("/etc/crio/crio.conf", old);
        let config = merge(&sources, Release::newest_of(minor)).unwrap().config;
        migrate_from_1_17(&config).map(|changes| {
            changes.into_iter().map(|(path, value)| (path.key().to_owned(), value)).collect::<Vec<_>>()
        })
    };
    let expected: Vec<(String, Value)> = vec![
        ("default_capabilities".into(), vec!["CHOWN".to_owned()].into()),
        ("apparmor_profile".into(), "crio-default".into()),
        ("log_level".into(), "info".into()),
        ("ctr_stop_timeout".into(), 30.into()),
        ("namespaces_dir".into(), "/var/run".into()),
    ];
    let with_pause = |image: &str| {
        let mut expected = expected.clone();
        expected.push(("pause_image".into(), image.into()));
        expected
    };
    assert_eq!(changed(18).unwrap(), with_pause("k8s.gcr.io/pause:3.2"));
    assert_eq!(changed(24).unwrap(), with_pause("registry.k8s.io/pause:3.6"));
    // The comparison names the new registry from here on, so the old image stays.
    assert_eq!(changed(28).unwrap(), expected);
    assert!(changed(31).is_err());
}
