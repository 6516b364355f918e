//! `k8sprep crio registries`: mirrors that are written, and files that are checked.

use super::*;

#[test]
fn a_mirror_is_written_and_checked() {
    let host = host(&[]);
    fs::create_dir_all(host.path().join("etc/containers/registries.conf.d")).unwrap();
    let mirror = ["registries", "--write", "--mirror", "registry.k8s.io=mirror.example.org/k8s"];
    crio(host.path(), &mirror).assert().success();
    let file = "/etc/containers/registries.conf.d/99-k8sprep.conf";
    let said = stdout(crio(host.path(), &["registries", "--check", file]));
    assert_eq!(said, "registry.k8s.io from mirror.example.org/k8s\n");
}

/// Newcomer A7: the second call threw the mirrors of the first away, and what other files say was
/// not in force any more.
#[test]
fn mirrors_join_what_stands_there() {
    let host = host(&[]);
    let dir = host.path().join("etc/containers/registries.conf.d");
    fs::create_dir_all(&dir).unwrap();
    let theirs = "[[registry]]\nprefix = \"ghcr.io\"\nlocation = \"ghcr.io\"\ninsecure = true\n\n\
                  [[registry.mirror]]\nlocation = \"old.example.org\"\n";
    fs::write(dir.join("10-theirs.conf"), theirs).unwrap();
    let write = |mirror: &str| stdout(crio(host.path(), &["registries", "--write", "--mirror", mirror]));
    write("docker.io=m1.example.org");
    let diff = write("quay.io=m2.example.org");
    assert!(diff.contains("+location = \"m2.example.org\"") && !diff.contains("-location"), "{diff}");
    write("docker.io=m3.example.org");
    write("ghcr.io=m4.example.org");
    let file = dir.join("99-k8sprep.conf");
    let said = stdout(crio(
        host.path(),
        &["registries", "--check", "/etc/containers/registries.conf.d/99-k8sprep.conf"],
    ));
    assert_eq!(
        said,
        "docker.io from m3.example.org, then m1.example.org\nquay.io from m2.example.org\n\
         ghcr.io from m4.example.org, then old.example.org\n"
    );
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("insecure = true"), "{text}");
    // Asked again, nothing changes.
    let output =
        crio(host.path(), &["registries", "--write", "--mirror", "ghcr.io=m4.example.org"]).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

/// What CRI-O would refuse is not written into, and what has no effect is told.
#[test]
fn mirrors_are_not_put_where_cri_o_would_not_ask_them() {
    let write = |said: &str, more: &[&str]| {
        let host = host(&[]);
        let dir = host.path().join("etc/containers/registries.conf.d");
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("99-k8sprep.conf");
        fs::write(&file, said).unwrap();
        let args = [&["registries", "--write", "--mirror", "a.example=m.example"], more].concat();
        let output = crio(host.path(), &args).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), told, fs::read_to_string(file).unwrap())
    };
    for (said, code) in [
        ("[registries.search]\nregistries = [\"docker.io\"]\n", "registries-old-form"),
        ("registry = [{location = \"a.example\"}]\n", "key-in-the-way"),
        ("registry = 5\n", "registries-conf-unreadable"),
        ("[[registry]]\nprefix = \"b.example\"\n", "registries-conf-unreadable"),
        ("[[registry]\n", "crio-toml-broken"),
    ] {
        let (status, told, text) = write(said, &[]);
        assert_eq!((status, text.as_str()), (1, said), "{told}");
        let at_home = told.contains(": line 1,") || told.contains(": line 2,");
        assert!(told.contains(code) && told.contains("nothing was written") && at_home, "{told}");
    }
    let blocked = "[[registry]]\nlocation = \"a.example\"\nblocked = true\n";
    let (status, told, _) = write(blocked, &[]);
    assert!(status == 0 && told.contains("[registry-entry-blocked]"), "{told}");
    let elsewhere = "[[registry]]\nprefix = \"a.example\"\nlocation = \"b.example\"\n";
    let (status, told, _) = write(elsewhere, &["--no-fallback"]);
    assert!(status == 0 && told.contains("b.example stays the last that is asked"), "{told}");
}

/// One file, one answer: `--check` judges as `crio check` does.
#[test]
fn a_registries_file_is_judged_alike_by_both_commands() {
    let said = "[[registry]]\nlocation = \"a.example\"\nblocked = \"yes\"\n";
    let host = whole();
    let dir = host.path().join("etc/containers/registries.conf.d");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("10.conf"), said).unwrap();
    let path = "/etc/containers/registries.conf.d/10.conf";
    let of_file = crio(host.path(), &["registries", "--check", path, "--output", "json"]).output().unwrap();
    let of_host = crio(host.path(), &["check", "--output", "json"]).output().unwrap();
    for output in [of_file, of_host] {
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let first = &json["remarks"][0];
        assert_eq!(
            (first["code"].as_str(), first["line"].as_u64()),
            (Some("registries-conf-unreadable"), Some(3))
        );
        assert_eq!(json["accepted"], false);
    }
}

/// Of several files that name a registry the last one counts alone.
#[test]
fn the_last_file_that_wins_over_a_mirror_is_told() {
    let host = host(&[]);
    let dir = host.path().join("etc/containers/registries.conf.d");
    fs::create_dir_all(&dir).unwrap();
    for name in ["99-x.conf", "99-y.conf"] {
        fs::write(dir.join(name), "[[registry]]\nlocation = \"docker.io\"\n").unwrap();
    }
    let write = ["registries", "--write", "--mirror", "docker.io=m.example.org"];
    let output = crio(host.path(), &write).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("[registries-overridden]"), "{said}");
    assert!(said.contains("99-y.conf is read after") && !said.contains("99-x.conf"), "{said}");
}
