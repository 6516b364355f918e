//! The declarations against the catalogue that was taken by reflection from ten releases.

use std::collections::BTreeSet;

use super::shape::{Scalar, Shape, StructShape};
use super::{Gvk, known_in};
use crate::version::{KubernetesVersion, Minor};

const RELEASES: [&str; 10] =
    ["1.20.2", "1.29.6", "1.30.14", "1.31.14", "1.32.13", "1.33.13", "1.34.0", "1.35.4", "1.36.3", "1.37.2"];

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_declared_fields_are_those_of_the_releases() {
    let Some(path) = test_kit::recorded("conformance/kubeadm/fields.tsv") else { return };
    let table = std::fs::read_to_string(path).unwrap();
    for release in RELEASES {
        let version: KubernetesVersion = release.parse().unwrap();
        let recorded: BTreeSet<String> =
            table.lines().skip(1).filter_map(|row| in_release(row, &version)).collect();
        let kinds: BTreeSet<(&str, &str)> = recorded.iter().map(|row| kind_of(row)).collect();
        let mut declared = BTreeSet::new();
        for (api_version, kind) in kinds {
            let (group, version_name) = api_version.split_once('/').unwrap();
            let gvk = Gvk { group: group.into(), version: version_name.into(), kind: kind.into() };
            let known = known_in(&gvk).unwrap_or_else(|| panic!("{gvk} is not declared"));
            walk(known.fields, version.minor(), &mut |line| {
                declared.insert(format!("{api_version}\t{kind}\t{line}"));
            });
        }
        let missing: Vec<_> = recorded.difference(&declared).collect();
        let invented: Vec<_> = declared.difference(&recorded).collect();
        assert!(
            missing.is_empty() && invented.is_empty(),
            "{release}: missing {missing:#?}, invented {invented:#?}"
        );
    }
}

/// The row without its releases, if it holds in that release. `apiVersion` and `kind` are no
/// declared fields.
fn in_release(row: &str, version: &KubernetesVersion) -> Option<String> {
    let columns: Vec<&str> = row.split('\t').collect();
    let [api_version, kind, path, type_name, pointer, omitempty, _, first, last] = columns[..] else {
        return None;
    };
    let (first, last): (KubernetesVersion, KubernetesVersion) = (first.parse().ok()?, last.parse().ok()?);
    let held = (&first..=&last).contains(&version) && !matches!(path, "apiVersion" | "kind");
    held.then(|| format!("{api_version}\t{kind}\t{path}\t{type_name}\t{pointer}\t{omitempty}"))
}

fn kind_of(row: &str) -> (&str, &str) {
    let mut columns = row.split('\t');
    (columns.next().unwrap(), columns.next().unwrap())
}

fn walk(fields: &'static StructShape, minor: Minor, emit: &mut dyn FnMut(String)) {
    fields.each_field(minor, &mut |field| {
        describe(field.json, field.shape, (field.pointer, field.omitempty), minor, emit);
    });
}

fn describe(
    path: &str,
    shape: &'static Shape,
    tags: (bool, bool),
    minor: Minor,
    emit: &mut dyn FnMut(String),
) {
    let yes = |truth| if truth { "yes" } else { "no" };
    let (pointer, omitempty) = (yes(tags.0), yes(tags.1));
    let mut line = |name: &str| emit(format!("{path}\t{name}\t{pointer}\t{omitempty}"));
    match shape {
        Shape::Named(_, inner) => describe(path, inner, tags, minor, emit),
        Shape::Scalar(scalar, go) => line(name_of(*scalar, go)),
        Shape::List(item) => {
            line("list");
            describe(&format!("{path}[]"), item, (false, false), minor, emit);
        }
        Shape::Map(item) => {
            line("map");
            describe(&format!("{path}{{}}"), item, (false, false), minor, emit);
        }
        Shape::Struct(fields) => {
            line("struct");
            walk(fields, minor, &mut |inner| emit(format!("{path}.{inner}")));
        }
    }
}

fn name_of(scalar: Scalar, go: &str) -> &'static str {
    match scalar {
        Scalar::Text => "string",
        Scalar::Bool => "bool",
        Scalar::Int(32) => "int32",
        Scalar::Int(_) if go == "int" => "int",
        Scalar::Int(_) => "int64",
        Scalar::Uint(_) => "uint32",
        Scalar::Float(_) => "float",
        Scalar::Duration => "duration",
        Scalar::DurationOrNanos => "duration-or-nanoseconds",
        Scalar::Time => "time",
        Scalar::Quantity if go == "resource.QuantityValue" => "custom-QuantityValue",
        Scalar::Quantity => "quantity",
        Scalar::Token => "token",
        Scalar::Raw => "raw",
    }
}
