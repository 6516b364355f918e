//! The registries drop-in says what it was asked to, and reads back.

use crio_config::{Fallback, MirroredRegistry, read_registries, write_registries};

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
                [[registry]]\nprefix = \"b.example\"\nblocked = true\n";
    let file = read_registries(text).unwrap();
    let said: Vec<_> =
        file.findings.iter().map(|finding| (finding.place.line, finding.text.as_str())).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().any(|(line, text)| *line == 4 && text.contains("without https://")), "{said:?}");
    assert!(said.iter().any(|(_, text)| text.contains("is blocked")), "{said:?}");
    assert!(said.iter().any(|(line, text)| *line == 1 && text.contains("old form")), "{said:?}");
}
