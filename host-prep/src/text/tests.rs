//! What reading and editing keeps, for every dialect.

use proptest::prelude::*;

use super::{Dialect, Document};

const ALL: [Dialect; 9] = [
    Dialect::Repo,
    Dialect::Systemd,
    Dialect::EnvFile,
    Dialect::SelinuxConfig,
    Dialect::SysctlD,
    Dialect::ModulesLoadD,
    Dialect::Fstab,
    Dialect::OsRelease,
    Dialect::Deb822,
];

fn edited(text: &str, dialect: Dialect, section: Option<&str>, key: &str, value: &str) -> String {
    let mut file = Document::parse(text.as_bytes(), dialect);
    file.set(section, key, value).unwrap();
    String::from_utf8(file.to_bytes()).unwrap()
}

fn pairs(text: &str, dialect: Dialect) -> Vec<(String, String)> {
    Document::parse(text.as_bytes(), dialect).entries().map(|e| (e.key, e.value)).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[test]
fn units_continue_over_comments_and_reset_lists_stay_visible() {
    let unit = "[Service]\nEnvironment=\"A=b c\"\n# why\nExecStart=\n\
        ExecStart=/usr/bin/kubelet $A \\\n; dropped by systemd\n    $B \\\\\nRestart = always\n";
    assert_eq!(
        pairs(unit, Dialect::Systemd),
        [
            pair("Environment", "\"A=b c\""),
            pair("ExecStart", ""),
            pair("ExecStart", "/usr/bin/kubelet $A      $B \\\\"),
            pair("Restart", "always"),
        ]
    );
    assert_eq!(
        edited(unit, Dialect::Systemd, Some("Service"), "ExecStart", "/bin/true"),
        "[Service]\nEnvironment=\"A=b c\"\n# why\nExecStart=\nExecStart=/bin/true\n; dropped by systemd\nRestart = always\n"
    );
}

#[test]
fn units_get_new_keys_at_the_end_of_their_section() {
    let unit = "[Unit]\nDescription=x\n\n[Install]\nWantedBy=multi-user.target\n";
    assert_eq!(
        edited(unit, Dialect::Systemd, Some("Unit"), "After", "crio.service"),
        "[Unit]\nDescription=x\nAfter=crio.service\n\n[Install]\nWantedBy=multi-user.target\n"
    );
    assert_eq!(
        edited("[Unit]\nA=b", Dialect::Systemd, Some("Service"), "Environment", "\"X=y\""),
        "[Unit]\nA=b\n\n[Service]\nEnvironment=\"X=y\"\n"
    );
}

#[test]
fn environment_files_read_as_systemd_reads_them() {
    let text = "# KUBELET_EXTRA_ARGS=--no\n KEY = a b \\\n c   # not a comment  \nQ='it''s' \"two\nlines\"\nE=\"\\$x \\n\" bare\nnonsense\nLAST=1";
    assert_eq!(
        pairs(text, Dialect::EnvFile),
        [
            pair("KEY", "a b  c   # not a comment"),
            pair("Q", "itstwo\nlines"),
            pair("E", "$x \\nbare"),
            pair("LAST", "1"),
        ]
    );
}

#[test]
fn an_unfinished_quote_does_not_swallow_a_new_key() {
    assert_eq!(edited("A=\"open\n", Dialect::EnvFile, None, "B", "x y"), "B=\"x y\"\nA=\"open\n");
    assert_eq!(edited("\u{feff}A=\"", Dialect::EnvFile, None, "B", "1"), "\u{feff}B=1\nA=\"");
}

#[test]
fn repo_values_go_on_over_indented_lines() {
    let repo = "[kubernetes]\nname=Kubernetes\nbaseurl=https://a/\n  https://b/\n# kept\ngpgcheck=1\n[other]\nenabled=1\n";
    let file = Document::parse(repo.as_bytes(), Dialect::Repo);
    assert_eq!(file.value(Some("kubernetes"), "baseurl").as_deref(), Some("https://a/\nhttps://b/"));
    assert_eq!(file.value(Some("kubernetes"), "enabled"), None);
    assert_eq!(
        edited(repo, Dialect::Repo, Some("kubernetes"), "baseurl", "https://c/"),
        repo.replace("https://a/\n  https://b/", "https://c/")
    );
}

#[test]
fn selinux_takes_the_first_mode_and_only_from_the_first_column() {
    let text = " SELINUX=disabled\nSELINUX =disabled\nSELINUX=enforcing\r\nSELINUX=permissive\r\n";
    let file = Document::parse(text.as_bytes(), Dialect::SelinuxConfig);
    assert_eq!(file.value(None, "SELINUX").as_deref(), Some("enforcing"));
    assert_eq!(
        edited(text, Dialect::SelinuxConfig, None, "SELINUX", "permissive"),
        text.replace("=enforcing", "=permissive")
    );
}

#[test]
fn swap_records_of_fstab_are_found_by_field_and_commented_out() {
    let text = "# swap was here\nLABEL=swap / ext4 defaults 0 1\n/dev/sda2\tnone\tswap\tsw,pri=5 0 0\n/a\\040b /c none bind\n";
    let mut file = Document::parse(text.as_bytes(), Dialect::Fstab);
    let swap: Vec<_> = file.fstab().filter(|e| e.vfstype == "swap").collect();
    assert_eq!(swap.len(), 1);
    assert_eq!(
        (file.line_number(swap[0].id), &swap[0].options[..]),
        (3, &["sw".into(), "pri=5".to_owned()][..])
    );
    assert_eq!(file.fstab().last().unwrap().spec, "/a b");
    file.comment_out(swap[0].id, "k8sprep: ");
    assert_eq!(String::from_utf8(file.to_bytes()).unwrap(), text.replace("/dev/sda2", "#k8sprep: /dev/sda2"));
    assert_eq!(file.fstab().count(), 2);
}

#[test]
fn sources_are_paragraphs() {
    let text =
        "Types: deb\nURIs: https://a/\n https://b/\n# note\nSuites: /\n\n\nTypes: deb-src\nEnabled: no\n";
    let file = Document::parse(text.as_bytes(), Dialect::Deb822);
    let found: Vec<_> = file.entries().map(|e| (e.paragraph, e.key, e.value)).collect();
    assert_eq!(found[1], (0, "URIs".into(), "https://a/\nhttps://b/".into()));
    assert_eq!(found[4], (1, "Enabled".into(), "no".into()));
}

#[test]
fn sysctl_lines_keep_their_marks() {
    let text =
        "net.ipv4.ip_forward = 0\n-net.ipv4.conf.*.rp_filter = 1\n-net.ipv4.conf.all.rp_filter\n;c\nstray\n";
    assert_eq!(
        pairs(text, Dialect::SysctlD),
        [
            pair("net.ipv4.ip_forward", "0"),
            pair("-net.ipv4.conf.*.rp_filter", "1"),
            pair("-net.ipv4.conf.all.rp_filter", ""),
        ]
    );
}

#[test]
fn a_value_that_cannot_be_written_is_refused_and_changes_nothing() {
    for dialect in [Dialect::SysctlD, Dialect::SelinuxConfig] {
        let mut file = Document::parse(b"a=1\n", dialect);
        let refused = file.set(None, "a", "1\n2").unwrap_err();
        assert!(refused.to_string().contains("cannot hold \"a\""), "{refused}");
        assert_eq!(file.to_bytes(), b"a=1\n");
    }
}

/// Text made of the pieces that matter to some dialect.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "a", "b", "key", "=", " = ", ":", ": ", "\n", "\n\n", "\r\n", "\r", " ", "\t", "\\", "\\\n",
        "\\\\\n", "\"", "'", "#", ";", "[s]", "[", "]", "-", "*", "$", "`", "é", "\u{feff}", "swap", ".",
        "0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|p| p.concat().into_bytes())
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![pieces(), prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(test_kit::repeatable!(256))]

    #[test]
    fn prints_what_it_read(text in any_text()) {
        for dialect in ALL {
            prop_assert_eq!(Document::parse(&text, dialect).to_bytes(), text.clone());
        }
    }

    #[test]
    fn what_is_set_is_read_back_and_set_once(text in any_text(), key in "[a-z_]{1,6}", value in "[ -~é]{0,12}") {
        for dialect in ALL.into_iter().filter(|d| d.has_keys()) {
            let section = dialect.has_sections().then_some("s");
            let mut file = Document::parse(&text, dialect);
            let before = file.to_bytes();
            match file.set(section, &key, &value) {
                Ok(_) => {
                    let again = Document::parse(&file.to_bytes(), dialect);
                    prop_assert_eq!(&again, &file);
                    prop_assert_eq!(again.value(section, &key), Some(value.clone()));
                    prop_assert_eq!(file.set(section, &key, &value), Ok(false));
                }
                Err(_) => prop_assert_eq!(file.to_bytes(), before),
            }
        }
    }

    #[test]
    fn setting_leaves_the_other_lines(text in any_text(), value in "[a-z]{1,5}") {
        for dialect in ALL.into_iter().filter(|d| d.has_keys()) {
            let mut file = Document::parse(&text, dialect);
            let before = file.clone();
            if file.set(Some("s"), "key", &value).is_ok() {
                let others = |file: &Document| -> Vec<_> {
                    file.entries().filter(|e| e.key != "key").map(|e| (e.section, e.key, e.value)).collect()
                };
                prop_assert_eq!(others(&before), others(&file));
            }
        }
    }

    #[test]
    fn environment_values_survive_quoting(value in "\\PC{0,20}") {
        let text = edited("", Dialect::EnvFile, None, "K", &value);
        prop_assert_eq!(pairs(&text, Dialect::EnvFile), [pair("K", &value)]);
    }

    /// rust-ini, with the options that keep it from eating quotes and backslashes, is a second reader.
    #[test]
    fn repo_files_read_as_rust_ini_reads_them(
        repos in prop::collection::btree_map("[a-z][a-z0-9-]{0,8}", prop::collection::btree_map(
            "[a-z]{1,8}", prop::collection::vec("[a-zA-Z0-9$/_.\"\\\\-]{0,20}[a-z/]", 1..3), 1..5), 1..4),
        gap in prop::sample::select(vec!["", " "]),
    ) {
        let mut text = String::new();
        for (name, keys) in &repos {
            text.push_str(&format!("[{name}]\n# note\n"));
            for (key, values) in keys {
                text.push_str(&format!("{key}{gap}={gap}{}\n", values.join("\n  ")));
            }
        }
        let ours = Document::parse(text.as_bytes(), Dialect::Repo);
        let theirs = super::rust_ini(&text).unwrap();
        for entry in ours.entries() {
            let section = theirs.section(entry.section.as_deref()).unwrap();
            prop_assert_eq!(section.get(&entry.key), Some(entry.value.as_str()));
        }
        prop_assert_eq!(ours.entries().count(), theirs.iter().map(|(_, p)| p.len()).sum::<usize>());
    }
}
