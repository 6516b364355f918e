//! A unit as it is told: a proxy may have its password in a variable or in an argument.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// Variables as they are told: a proxy may have its password in them.
fn masked(variables: &BTreeMap<String, String>) -> BTreeMap<&str, String> {
    let told = |name: &str, value: &str| {
        // Programs take a proxy without a scheme too.
        let bare = name.to_ascii_lowercase().ends_with("_proxy") && !value.contains("://");
        match value.rsplit_once('@').filter(|_| bare) {
            Some((_, host)) => format!("***@{host}"),
            None => crate::without_passwords(value),
        }
    };
    variables.iter().map(|(name, value)| (name.as_str(), told(name, value))).collect()
}

pub(super) fn without_passwords<S: Serializer>(
    variables: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    masked(variables).serialize(serializer)
}

pub(super) fn told_without_passwords<S: Serializer>(
    variables: &Option<BTreeMap<String, String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    variables.as_ref().map(masked).serialize(serializer)
}

pub(super) fn lines_without_passwords<S: Serializer>(
    lines: &[String],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().map(|line| crate::without_passwords(line)))
}

pub(super) fn words_without_passwords<S: Serializer>(
    lines: &[Vec<String>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let words = |line: &Vec<String>| line.iter().map(|w| crate::without_passwords(w)).collect::<Vec<_>>();
    serializer.collect_seq(lines.iter().map(words))
}

#[cfg(test)]
mod tests {
    use super::super::unit::{EnvironmentFile, Unit};
    use super::*;

    #[test]
    fn passwords_of_proxies_are_not_told() {
        let variables =
            [("HTTP_PROXY", "http://o:OldPass@p:1"), ("https_proxy", "o:OldPass@p:1"), ("A", "b@c")];
        let variables: BTreeMap<_, _> = variables.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let unit = Unit {
            environment: variables.clone(),
            environment_files: vec![EnvironmentFile {
                path: "/e".into(),
                optional: false,
                variables: Some(variables),
                text: None,
            }],
            exec_start: vec!["/x --proxy=http://o:OldPass@p".into()],
            commands: vec![vec!["/x".into(), "--proxy=http://o:OldPass@p".into()]],
            ..Unit::default()
        };
        let told = serde_json::to_string(&unit).unwrap();
        assert!(!told.contains("OldPass") && told.contains("b@c") && told.contains("o:***@p"), "{told}");
    }
}
