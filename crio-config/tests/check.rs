//! What a check says beyond CRI-O.

use crio_config::{
    CheckOptions, CrioHost, Effective, Presence, Report, Severity, SourceFile, Sources, check, paths_named,
};

fn checked(main: &str, release: &str) -> Report {
    let sources = Sources::new().with_main("/etc/crio/crio.conf", main);
    check(&sources, release.parse().unwrap(), &CheckOptions::default())
}

#[track_caller]
fn check_finds(main: &str, release: &str, rule: &str, line: u32, part: &str) {
    let report = checked(main, release);
    let found = report.remarks.iter().find(|finding| finding.code == rule);
    let finding = found.unwrap_or_else(|| panic!("no {rule} in {:#?}", report.remarks));
    let all = format!("{} {}", finding.text, finding.help.clone().unwrap_or_default());
    assert!(all.contains(part), "{all}");
    assert_eq!(finding.line, Some(line), "{finding:?}");
}

#[test]
fn keys_that_do_nothing_are_named() {
    check_finds("[crio.runtime]\npids_limt = 5\n", "1.31", "misspelt-key", 2, "crio.runtime.pids_limit");
    check_finds("[crio.image]\ncgroup_manager = \"x\"\n", "1.31", "misplaced-key", 2, "[crio.runtime]");
    check_finds(
        "[crio.image]\nregistries = [\"a\"]\n",
        "1.31",
        "removed-key",
        2,
        "unqualified-search-registries",
    );
    check_finds("[crio.image]\ninsecure_registries = [\"a\"]\n", "1.36", "no-effect", 2, "registries.conf");
    check_finds("[crio.image]\nshort_name_mode = \"disabled\"\n", "1.31", "newer-key", 2, "1.34");
    check_finds("[crio.nri]\nenable_nri = true\n", "1.20", "newer-table", 1, "1.26");
    check_finds("[plugins]\na = 1\n", "1.31", "unknown-key", 1, "plugins");
    check_finds("[crio.runtime]\nPids_Limit = 5\n", "1.31", "key-letter-case", 2, "pids_limit");
    check_finds("[crio.runtime]\nruntimes = \"crun\"\n", "1.31", "not-a-table", 2, "must be a table");
}

#[test]
fn values_that_bite_later_are_named() {
    check_finds("[crio.runtime]\npids_limit = 1024\n", "1.31", "old-default", 2, "1.24");
    check_finds("[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n", "1.37", "cgroupfs-alone", 2, "pod");
    check_finds(
        "[crio.runtime.runtimes.crun]\nruntime_path = \"/c\"\n",
        "1.31",
        "runtime-restated",
        2,
        "allowed_annotations",
    );
    // As upstream's package states it in 10-crio.conf: nothing is to be done about that.
    let text = "[crio.runtime.runtimes.crun]\nruntime_path = \"/usr/libexec/crio/crun\"\nruntime_root = \"/run/crun\"\n\
                monitor_path = \"/usr/libexec/crio/conmon\"\nallowed_annotations = [\"io.containers.trace-syscall\"]\n";
    let sources =
        Sources::new().with_drop_in("/etc/crio/crio.conf.d/10-crio.conf", Ok(text.as_bytes().to_vec()));
    let report = check(&sources, "1.34".parse().unwrap(), &CheckOptions::default());
    assert!(report.remarks.is_empty(), "{report:?}");
    let mut options = CheckOptions::default();
    options.kubeadm_pause_image = Some("registry.k8s.io/pause:3.10".parse().unwrap());
    let report = check(&Sources::new(), "1.34".parse().unwrap(), &options);
    assert!(report.remarks.iter().any(|finding| finding.code == "pause-image-mismatch"), "{report:?}");
    assert!(report.is_accepted());
}

#[test]
fn backups_in_the_directory_are_named() {
    let sources = Sources::new().with_drop_in("/etc/crio/crio.conf.d/10-a.conf~", Ok(b"[crio]\n".to_vec()));
    let report = check(&sources, "1.31".parse().unwrap(), &CheckOptions::default());
    assert_eq!(report.remarks.len(), 1);
    assert_eq!(report.remarks[0].code, "crio-backup-file-read");
}

#[test]
fn every_file_is_looked_at_behind_a_broken_one() {
    let sources = Sources::new()
        .with_main("/etc/crio/crio.conf", "[crio.runtime]\npids_limit = \"x\"\nselinux = 1\n")
        .with_drop_in("/etc/crio/crio.conf.d/1.conf", Ok(b"[crio\n".to_vec()));
    let report = check(&sources, "1.31".parse().unwrap(), &CheckOptions::default());
    let refused = report.remarks.iter().filter(|finding| finding.severity == Severity::Error).count();
    assert_eq!(refused, 3, "{:#?}", report.remarks);
    assert!(report.effective.is_none());
}

#[test]
fn cgroupfs_alone_does_not_start_where_it_does_not() {
    let alone = "[crio.runtime]\ncgroup_manager = \"cgroupfs\"\n";
    for (release, starts) in
        [("1.18", true), ("1.20", false), ("1.24", false), ("1.31", false), ("1.34", true)]
    {
        assert_eq!(checked(alone, release).is_accepted(), starts, "{release}");
        let with_pod = format!("{alone}conmon_cgroup = \"pod\"\n");
        assert!(
            checked(&with_pod, release).is_accepted(),
            "{release}: {:?}",
            checked(&with_pod, release).remarks
        );
    }
}

#[test]
fn the_worst_severity_is_the_greatest_and_a_remark_has_its_place() {
    assert!(Severity::Advice < Severity::Warning && Severity::Warning < Severity::Error);
    let text = "[crio.runtime]\n  pids_limt = 1\nlog_level = \"nonsense\"\n";
    let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
    let report = check(&sources, "1.34".parse().unwrap(), &CheckOptions::default());
    let worst = report.remarks.iter().map(|remark| remark.severity).max();
    assert_eq!(worst, Some(Severity::Error));
    assert_eq!(report.remarks[0].severity, Severity::Error, "the worst come first");
    let misspelt = report.remarks.iter().find(|remark| remark.code == "misspelt-key").unwrap();
    assert_eq!(misspelt.field, "crio.runtime.pids_limt");
    assert_eq!((misspelt.line, misspelt.column), (Some(2), Some(3)));
    assert!(text[misspelt.span.clone().unwrap()].starts_with("pids_limt"));
}

/// What CRI-O 1.34.11 itself printed; toml 1.5, which came with 1.33, tells a last line without an
/// end from one with it.
#[test]
fn what_is_unclosed_at_the_end_is_on_the_line_crio_names() {
    let said = |text: &str, by: &str| {
        let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
        check(&sources, by.parse().unwrap(), &CheckOptions::default()).remarks[0].text.clone()
    };
    for (text, line) in [
        ("[crio]\nroot = \"abc", 2),
        ("[crio.runtime]\nhooks_dir = [", 2),
        ("[crio.runtime]\nhooks_dir = [\"a\",\n\"b\"\n", 3),
        ("[crio.image]\npause_image = '''abc\n\nx", 4),
        ("[crio.runtime", 1),
        ("[crio]\nroot", 2),
    ] {
        let now = said(text, "1.34.11");
        assert!(now.contains(&format!("toml: line {line}")), "{text:?}: {now}");
        let before = said(text, "1.31.13");
        let one_less = line - i32::from(!text.ends_with('\n'));
        assert!(before.contains(&format!("toml: line {one_less}")), "{text:?}: {before}");
    }
    let image = said("[crio.image]\npause_image = \"A/b c\"\n", "1.34.11");
    assert!(image.ends_with("invalid reference format: repository name must be lowercase"), "{image}");
}

/// `CONTAINERS_STORAGE_CONF` may name it anything.
#[test]
fn storage_conf_is_known_by_its_place() {
    let mut options = CheckOptions::default();
    options.host = CrioHost::unknown();
    options.host.beside =
        vec![SourceFile::new("/srv/s.toml", Ok("[storage]\ndriver = \"overlayfs\"\n".into()))];
    options.host.storage_conf = Some("/srv/s.toml".into());
    let remarks = check(&Sources::new(), "1.34".parse().unwrap(), &options).remarks;
    let found: Vec<_> = remarks.iter().map(|one| (one.code.as_str(), one.line)).collect();
    assert!(found.contains(&("storage-driver-unknown", Some(2))), "{found:?}");
}

/// containers/storage reads images from further stores, and ends where one is not there.
#[test]
fn a_store_of_images_that_is_not_there_is_named_with_its_line() {
    let text = "[storage]\ndriver = \"overlay\"\n[storage.options]\nadditionalimagestores = [\n  \"/srv/a\",\n  \"/srv/b\",\n]\n";
    let mut options = CheckOptions::default();
    options.host = CrioHost::unknown();
    options.host.beside = vec![SourceFile::new("/etc/containers/storage.conf", Ok(text.into()))];
    let release = "1.34".parse().unwrap();
    let config = Effective::defaults(release);
    assert_eq!(paths_named(&options.host, &config), ["/srv/a", "/srv/b"]);
    let remarks = |options: &CheckOptions| check(&Sources::new(), release, options).remarks;
    assert!(remarks(&options).iter().all(|one| one.code != "storage-conf-path-missing"));
    options.host.paths.insert("/srv/a".into(), Presence::Present);
    options.host.paths.insert("/srv/b".into(), Presence::Absent);
    let found = remarks(&options).into_iter().find(|one| one.code == "storage-conf-path-missing").unwrap();
    assert_eq!((found.severity, found.line), (Severity::Error, Some(6)));
    assert!(found.text.contains("/srv/b"), "{}", found.text);
}

/// What CRI-O 1.34.11 ends at when it starts, in its words; nothing where it goes on.
#[test]
fn values_that_only_a_start_refuses_are_told() {
    for (text, code, part) in [
        ("[crio.api]\nstream_port = \"abc\"\n", "crio-value-refused", "lookup tcp/abc: unknown port"),
        ("[crio.api]\nstream_port = \"99999\"\n", "crio-value-refused", "address 99999: invalid port"),
        ("[crio.api]\nstream_port = \"http\"\n", "", ""),
        ("[crio.api]\nstream_port = \"\"\n", "", ""),
        (
            "[crio.api]\nstream_idle_timeout = \"5\"\n",
            "crio-value-refused",
            "unable to parse timeout as duration",
        ),
        (
            "[crio]\nlog_dir = \"rel\"\n",
            "crio-value-refused",
            "validating root config: log_dir is not an absolute path",
        ),
        (
            "[crio]\nstorage_option = [\"foo\"]\n",
            "crio-value-refused",
            "validating root config: failed to get store to set defaults: unable to parse key/value option: foo",
        ),
        (
            "[crio]\nstorage_driver = \"overlay\"\nstorage_option = [\"overlay.foo=1\"]\n",
            "crio-value-refused",
            "validating root config: failed to get store to set defaults: overlay: unknown option overlay.foo",
        ),
        ("[crio]\nstorage_option = [\"overlay.mountopt=nodev,metacopy=on\", \".size=1G\"]\n", "", ""),
        ("[crio]\nstorage_driver = \"vfs\"\nstorage_option = [\"overlay.foo=1\"]\n", "", ""),
        (
            "[crio.metrics]\nenable_metrics = true\nmetrics_port = -1\n",
            "crio-value-refused",
            "create metrics endpoint on 127.0.0.1:-1: creating listener: listen tcp: address -1: invalid port",
        ),
        ("[crio.metrics]\nmetrics_port = -1\n", "", ""),
        (
            "[crio.runtime.runtimes.crun]\nruntime_type = \"vm\"\n",
            "crio-value-refused",
            "validating runtime config: runtime validation: invalid runtime_path for runtime 'crun': containerd binary \
             naming pattern is not followed",
        ),
        (
            "[crio.runtime.runtimes.crun]\nruntime_type = \"vm\"\nruntime_path = \"/b/containerd-shim-kata-v2\"\n",
            "",
            "",
        ),
        (
            "[crio.runtime]\nblockio_config_file = \"/nonexist\"\n",
            "crio-value-refused",
            "blockio configuration: reading blockio config file failed: open /nonexist: no such file or directory",
        ),
        (
            "[crio.runtime]\nconmon = \"/nonexist\"\n",
            "conmon-not-usable",
            "failed to translate monitor fields for runtime crun: invalid conmon path: stat /nonexist: no such file",
        ),
        ("[crio.runtime]\ntimezone = \"Mars\"\n", "crio-value-refused", "invalid timezone: Mars"),
        ("[crio.runtime]\ntimezone = \"Europe/Berlin\"\n", "", ""),
    ] {
        let mut options = CheckOptions::default();
        options.host.crio = Some(Presence::Present);
        options.host.paths.insert("/nonexist".into(), Presence::Absent);
        options.host.time_zones = Some(["Europe/Berlin".to_owned()].into());
        let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
        let report = check(&sources, "1.34".parse().unwrap(), &options);
        let errors: Vec<_> = report.remarks.iter().filter(|one| one.severity == Severity::Error).collect();
        match part.is_empty() {
            true => assert!(errors.is_empty(), "{text}: {errors:?}"),
            false => assert!(
                errors.len() == 1 && errors[0].code == code && errors[0].text.contains(part),
                "{text}: {errors:?}"
            ),
        }
    }
}

/// What CRI-O 1.34.11 does not start with in registries.conf and storage.conf; nothing where it does.
#[test]
fn values_beside_crio_that_it_cannot_read_are_told() {
    let overlay = "[storage]\ndriver = \"overlay\"\n[storage.options.overlay]\n";
    let place = "[[registry]]\nlocation = \"a.b\"\n";
    for (file, text, part) in [
        ("registries.conf", format!("{place}mirror = [\"a\"]\n"), "each is a table with a location"),
        ("registries.conf", format!("{place}mirror = [{{location = \"c.d\"}}]\n"), ""),
        ("registries.conf", format!("{place}insecure = \"yes\"\n"), "insecure must be true or false"),
        (
            "registries.conf",
            "credential-helpers = \"x\"\n".into(),
            "credential-helpers must be a list of texts",
        ),
        (
            "registries.conf",
            "[aliases]\nfoo = \"foo\"\n".into(),
            "invalid alias \"foo\": must contain registry and repository",
        ),
        ("registries.conf", "[aliases]\nfoo = \"a.b/foo:1\"\n".into(), "must not contain tag"),
        (
            "registries.conf",
            "[aliases]\n\"a.b/c\" = \"q.io/foo\"\n".into(),
            "invalid short name \"a.b/c\": must not contain registry",
        ),
        ("registries.conf", "[aliases]\nfoo = 1\n".into(), "must be a text in quotes"),
        (
            "registries.conf",
            "[aliases]\nfoo = \"\"\nbar = \"a.b/foo\"\n\"a/b\" = \"localhost/foo\"\n".into(),
            "",
        ),
        (
            "registries.conf",
            format!(
                "{place}mirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"c.d\"\npull-from-mirror = \"all\"\n"
            ),
            "may not be set together",
        ),
        ("storage.conf", "[storage]\ndriver = \"devicemapper\"\n".into(), "driver not supported"),
        ("storage.conf", format!("{overlay}size = \"x\"\n"), "invalid size: 'x'"),
        ("storage.conf", format!("{overlay}size = \"10GiB\"\n"), ""),
        ("storage.conf", format!("{overlay}inodes = \"x\"\n"), "strconv.ParseUint"),
        ("storage.conf", format!("{overlay}ignore_chown_errors = \"x\"\n"), "strconv.ParseBool"),
        ("storage.conf", "[storage]\ndriver = \"vfs\"\n[storage.options.overlay]\nsize = \"x\"\n".into(), ""),
    ] {
        let mut options = CheckOptions::default();
        let path = format!("/etc/containers/{file}");
        options.host.beside = vec![SourceFile::new(path, Ok(text.clone().into_bytes()))];
        let report = check(&Sources::new(), "1.34".parse().unwrap(), &options);
        let errors: Vec<_> = report.remarks.iter().filter(|one| one.severity == Severity::Error).collect();
        match part.is_empty() {
            true => assert!(errors.is_empty(), "{text}: {errors:?}"),
            false => assert!(errors.len() == 1 && errors[0].text.contains(part), "{text}: {errors:?}"),
        }
    }
}
