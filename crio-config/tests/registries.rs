//! The registries drop-in says what it was asked to, and reads back.

use crio_config::{Fallback, MirroredRegistry, add_registries, read_registries, write_registries};

#[test]
fn a_mirror_with_and_without_fallback() {
    let mut registry = MirroredRegistry::new(
        "registry.k8s.io".parse().unwrap(),
        "mirror.example.org:5000/k8s".parse().unwrap(),
    );
    let text = write_registries(std::slice::from_ref(&registry));
    assert_eq!(
        text,
        "[[registry]]\nprefix = \"registry.k8s.io\"\nlocation = \"registry.k8s.io\"\n\n\
         [[registry.mirror]]\nlocation = \"mirror.example.org:5000/k8s\"\n"
    );
    assert_eq!(read_registries(&text).unwrap().registries, [registry.clone()]);

    registry.fallback = Fallback::None;
    let text = write_registries(std::slice::from_ref(&registry));
    assert_eq!(
        text,
        "[[registry]]\nprefix = \"registry.k8s.io\"\nlocation = \"mirror.example.org:5000/k8s\"\n"
    );
    assert_eq!(read_registries(&text).unwrap().registries, [registry]);
}

#[test]
fn what_is_odd_is_named_with_its_line() {
    let text = "[registries.search]\nregistries = [\"a\"]\n[[registry]]\nlocation = \"https://a.example\"\n\
                [[registry]]\nprefix = \"b.example\"\nlocation = \"b.example\"\nblocked = true\n";
    let file = read_registries(text).unwrap();
    let said: Vec<_> =
        file.findings.iter().map(|finding| (finding.place.line, finding.text.as_str())).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().any(|(line, text)| *line == 4 && text.contains("without https://")), "{said:?}");
    assert!(said.iter().any(|(_, text)| text.contains("is blocked")), "{said:?}");
    assert!(said.iter().any(|(line, text)| *line == 1 && text.contains("old form")), "{said:?}");
}

/// containers/image, `postProcessRegistries`: CRI-O does not start with such a file.
#[test]
fn what_the_reader_of_cri_o_refuses_is_told() {
    let said = |text: &str| {
        let found = read_registries(text).unwrap().findings;
        found.iter().map(|one| format!("{}: {}", one.place.line, one.text)).collect::<Vec<_>>()
    };
    assert_eq!(
        said("[[registry]]\nprefix = \"a.example\"\n"),
        ["2: a.example has no location, which only a prefix such as *.example.com may lack"]
    );
    assert_eq!(said("[[registry]]\nprefix = \"*.example\"\n"), [""; 0]);
    let twice = |second: &str| {
        let first = "[[registry]]\nprefix = \"a.example/x\"\nlocation = \"b.example\"\n";
        format!("{first}[[registry]]\nprefix = \"a.example/y\"\nlocation = \"b.example\"\n{second}")
    };
    assert_eq!(said(&twice("")), [""; 0]);
    assert_eq!(
        said(&twice("insecure = true\n")),
        ["5: b.example is there several times, and `insecure` differs"]
    );
}

/// Of two blocks with one prefix in a file the first is read.
#[test]
fn a_mirror_goes_into_the_block_that_counts() {
    let block = |mirror: &str| {
        format!(
            "[[registry]]\nprefix = \"a.example\"\nlocation = \"a.example\"\n\n\
             [[registry.mirror]]\nlocation = \"{mirror}\"\n"
        )
    };
    let text = format!("{}\n{}", block("one.example"), block("two.example"));
    let wanted = MirroredRegistry::new("a.example".parse().unwrap(), "new.example".parse().unwrap());
    let written = add_registries(&text, &[wanted]).unwrap();
    let place = |of: &str| written.find(of).unwrap();
    assert!(place("new.example") < place("two.example"), "{written}");
}

/// Of a block without a prefix the location is what it is of: another place needs one.
#[test]
fn a_mirror_in_the_registrys_own_place_keeps_what_the_block_is_of() {
    let text = "[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"own.example\"\n";
    let mut wanted = MirroredRegistry::new("docker.io".parse().unwrap(), "new.example".parse().unwrap());
    wanted.fallback = Fallback::None;
    let written = add_registries(text, &[wanted]).unwrap();
    let read = read_registries(&written).unwrap();
    assert_eq!(read.registries[0].prefix.to_string(), "docker.io", "{written}");
    assert_eq!(read.findings, [], "{written}");
}

/// A mirror that is added is asked first, also where the registry itself is asked no more.
#[test]
fn a_new_mirror_comes_before_those_that_stand_there() {
    let text = "[[registry]]\nlocation = \"quay.io\"\n\n[[registry.mirror]]\nlocation = \"old.example\"\n";
    let mut mirror =
        crio_config::MirroredRegistry::new("quay.io".parse().unwrap(), "new.example".parse().unwrap());
    mirror.fallback = crio_config::Fallback::None;
    let with = crio_config::add_registries(text, &[mirror]).unwrap();
    let places: Vec<&str> = with.lines().filter(|line| line.starts_with("location")).collect();
    assert_eq!(
        places,
        ["location = \"old.example\"", "location = \"new.example\"", "location = \"old.example\""],
        "{with}"
    );
    assert!(with.contains("prefix = \"quay.io\""), "{with}");
}

/// The library of TOML reads a list of inline tables as it reads headers, and so does CRI-O.
#[test]
fn registries_in_one_line_are_read() {
    let text = "registry = [{location = \"a.example\", mirror = [{location = \"m.example\"}]}]\n";
    let read = read_registries(text).unwrap();
    assert_eq!(read.findings, []);
    let mirrored = MirroredRegistry::new("a.example".parse().unwrap(), "m.example".parse().unwrap());
    assert_eq!(read.registries, [mirrored]);
    let found = read_registries("[[registry]]\nlocation = \"a.example\"\nmirror = \"m\"\n").unwrap().findings;
    assert!(found[0].text.contains("[[registry.mirror]]") && found[0].place.line == 3, "{found:?}");
}

/// What CRI-O would refuse, or has no room for a header, is not written into; and the words are about
/// the file that is there.
#[test]
fn nothing_is_put_where_no_registry_has_a_place() {
    let wanted = MirroredRegistry::new("a.example".parse().unwrap(), "m.example".parse().unwrap());
    let said = |text: &str| {
        let error = add_registries(text, std::slice::from_ref(&wanted)).unwrap_err();
        format!("{} {error}", error.code())
    };
    let old = said("# old\n[registries.search]\nregistries = [\"docker.io\"]\n");
    assert!(old.starts_with("registries-old-form line 2"), "{old}");
    let list = said("registry = [{location = \"a.example\"}]\n");
    assert!(list.starts_with("key-in-the-way line 1") && list.contains("[[registry]]"), "{list}");
    let mirrors = said("[[registry]]\nlocation = \"a.example\"\nmirror = [{location = \"b.example\"}]\n");
    assert!(mirrors.starts_with("key-in-the-way line 3"), "{mirrors}");
    let none = said("registry = \"x\"\n");
    assert!(none.starts_with("registries-conf-unreadable line 1"), "{none}");
}

/// `--insecure` of a mirror that stands there already was lost without a word.
#[test]
fn a_mirror_that_stands_there_becomes_insecure() {
    let mut wanted = MirroredRegistry::new("a.example".parse().unwrap(), "m.example".parse().unwrap());
    wanted.mirrors[0].transport = crio_config::Transport::Insecure;
    let wanted = [wanted];
    for said in ["", "insecure = false\n"] {
        let text = format!(
            "[[registry]]\nlocation = \"a.example\"\n\n[[registry.mirror]]\nlocation = \"m.example\" # near\n{said}\
             \n[[registry.mirror]]\nlocation = \"other.example\"\n"
        );
        let with = add_registries(&text, &wanted).unwrap();
        let read = read_registries(&with).unwrap();
        assert_eq!(read.registries[0].mirrors[0], wanted[0].mirrors[0], "{with}");
        assert_eq!(read.registries[0].mirrors[1].transport, crio_config::Transport::Verified, "{with}");
        assert_eq!(add_registries(&with, &wanted).unwrap(), with);
    }
    let bare = "[[registry]]\nlocation = \"a.example\"\n[[registry.mirror]]\nlocation = \"m.example\"";
    let with = add_registries(bare, &wanted).unwrap();
    assert!(with.ends_with("\nlocation = \"m.example\"\ninsecure = true\n"), "{with}");
}

/// The registry's own place takes the mirror with its word on certificates.
#[test]
fn a_mirror_in_the_registrys_place_keeps_its_transport() {
    let mut wanted = MirroredRegistry::new("a.example".parse().unwrap(), "m.example".parse().unwrap());
    wanted.mirrors[0].transport = crio_config::Transport::Insecure;
    wanted.fallback = Fallback::None;
    for text in [
        "",
        "[[registry]]\nlocation = \"a.example\"\n",
        "[[registry]]\nprefix = \"a.example\"\nlocation = \"a.example\"",
    ] {
        let with = add_registries(text, std::slice::from_ref(&wanted)).unwrap();
        let read = read_registries(&with).unwrap();
        assert_eq!(read.findings, [], "{with}");
        assert_eq!(read.registries, [wanted.clone()], "{with}");
    }
}

#[test]
fn each_of_thousands_of_blocks_has_its_line() {
    let block = |at: usize| format!("[[registry]]\nlocation = \"r{at}.example\"\nblocked = true\n");
    let text: String = (0..1_000).map(block).collect();
    let lines: Vec<usize> =
        read_registries(&text).unwrap().findings.iter().map(|one| one.place.line).collect();
    assert_eq!(lines, (1..=1_000).map(|at| 3 * at - 1).collect::<Vec<_>>());
}
