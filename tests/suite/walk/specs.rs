use std::path::Path;

use host_prep::distro::Distro;
use host_prep::mirrors::Artefact;
use k8sprep::recipe::{NodeSpec, agree, sources};

/// What each host of `examples/specs` calls itself.
const HOSTS: &[(&str, &str)] = &[
    ("2019-centos7", "ID=\"centos\"\nVERSION_ID=\"7\"\nID_LIKE=\"rhel fedora\"\n"),
    ("rocky9", "ID=\"rocky\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n"),
    ("debian12", "ID=debian\nVERSION_ID=\"12\"\n"),
    ("ubuntu2404", "ID=ubuntu\nVERSION_ID=\"24.04\"\nID_LIKE=debian\n"),
    ("openeuler2403", "ID=\"openEuler\"\nVERSION_ID=\"24.03\"\n"),
];

#[test]
fn every_example_reads_agrees_with_itself_and_has_its_packages_somewhere() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/specs");
    let mut names: Vec<_> =
        std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names.len(), 2 * HOSTS.len());
    for name in names {
        let name = name.to_str().unwrap();
        let spec = NodeSpec::from_yaml(&std::fs::read_to_string(dir.join(name)).unwrap());
        let spec = spec.unwrap_or_else(|error| panic!("{name}: {error}"));
        let agreed = agree(&spec).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (_, os_release) = HOSTS.iter().find(|(host, _)| name.starts_with(host)).unwrap();
        let distro = Distro::parse(os_release.as_bytes());
        let found = sources(&spec, &agreed, &distro).unwrap_or_else(|error| panic!("{name}: {error}"));
        let kubernetes = found.sources.iter().find(|source| source.artefact == Artefact::Kubernetes).unwrap();
        assert_eq!(kubernetes.release.to_string(), spec.kubernetes_version.to_string(), "{name}");
        assert_eq!(found.archived.is_some(), name.starts_with("2019"), "{name}");
    }
}
