//! Taints of `nodeRegistration` as they are judged when they are set: by the API server where kubeadm
//! marks a control plane, by the kubelet of a worker that registers with them.

use std::collections::BTreeSet;

use super::Remark;
use crate::code::Code;
use crate::go::quote;
use crate::kubelet::{label_value_errors, qualified_name_errors};
use crate::model::Taint;
use crate::near::distance;

const PATH: &str = "nodeRegistration.taints";
/// The effects of a taint (core/v1).
pub(super) const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Who refuses them, and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetBy {
    /// kubeadm, in its phase mark-control-plane (core/v1, `validateNodeTaints`).
    Kubeadm,
    /// The kubelet, by `--register-with-taints` (`k8s.io/kubernetes/pkg/util/taints`).
    Kubelet,
}

/// Every rule that a taint breaks.
pub(super) fn refused(taints: &[Taint], by: SetBy) -> Vec<Remark> {
    let end = match by {
        SetBy::Kubeadm => "the API server refuses it, and kubeadm ends when it marks the node",
        SetBy::Kubelet => "the kubelet exits with it",
    };
    let mut found = Vec::new();
    let mut tell = |field: String, text: String, help: String| {
        let remark = Remark::error(Code::TaintInvalid, field, format!("{text}: {end}"));
        found.push(remark.help(Code::TaintInvalid, help));
    };
    let mut seen = BTreeSet::new();
    for (index, taint) in taints.iter().enumerate() {
        let at = |key: &str| format!("{PATH}[{index}].{key}");
        let (key, value, effect) = (taint.key.as_str(), taint.value.as_str(), taint.effect.as_str());
        if let Some(why) = qualified_name_errors(key).first() {
            let text = format!("{} is not the key of a taint: {why}", quote(key));
            tell(at("key"), text, help_on_key(key));
        }
        if let Some(why) = label_value_errors(value).first() {
            let text = format!("{} is not the value of a taint: {why}", quote(value));
            tell(
                at("value"),
                text,
                "letters, digits, '-', '_' and '.', at most 63; mostly it is empty".into(),
            );
        }
        if !EFFECTS.contains(&effect) {
            let (text, help) = help_on_effect(effect);
            tell(at("effect"), text, help);
        } else if !seen.insert((key, effect)) {
            let text = format!("a second taint {key}:{effect}, and they must be unique by key and effect");
            tell(format!("{PATH}[{index}]"), text, "leave one of the two out".into());
        }
    }
    found
}

/// All of a taint in its key is the commonest slip: kubectl writes it so.
fn help_on_key(key: &str) -> String {
    let (name, effect) = key.rsplit_once(':').unwrap_or((key, ""));
    let (name, value) = name.split_once('=').unwrap_or((name, ""));
    if EFFECTS.contains(&effect) && qualified_name_errors(name).is_empty() {
        let value = if value.is_empty() { String::new() } else { format!(", value: {}", quote(value)) };
        return format!("write key: {name}{value}, effect: {effect}");
    }
    "a key is a name, or a domain, a slash and a name, such as example.com/special".to_owned()
}

fn help_on_effect(effect: &str) -> (String, String) {
    let all = format!("write {}, {} or {}", EFFECTS[0], EFFECTS[1], EFFECTS[2]);
    if effect.is_empty() {
        return ("a taint without an effect".to_owned(), all);
    }
    let far = |known: &&str| distance(&known.to_ascii_lowercase(), &effect.to_ascii_lowercase());
    let near = EFFECTS.into_iter().min_by_key(far).filter(|known| far(known) <= 3);
    let help = near.map_or(all, |known| format!("did you mean {known}?"));
    (format!("{} is not an effect of a taint", quote(effect)), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(taints: &[(&str, &str, &str)], by: SetBy) -> Vec<(String, String)> {
        let taints: Vec<Taint> = taints
            .iter()
            .map(|(key, value, effect)| Taint {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
                effect: (*effect).to_owned(),
                time_added: None,
            })
            .collect();
        let remarks = refused(&taints, by).into_iter();
        remarks.map(|one| (one.field, one.help.map(|help| help.text).unwrap_or_default())).collect()
    }

    #[test]
    fn each_rule_of_a_taint_is_told_at_its_field() {
        for by in [SetBy::Kubeadm, SetBy::Kubelet] {
            assert_eq!(said(&[("a", "", "NoSchedule"), ("a", "b", "NoExecute")], by), []);
            let effect = &said(&[("a", "", "noSchedule")], by)[0];
            assert!(effect.0.ends_with("[0].effect") && effect.1.contains("NoSchedule"), "{effect:?}");
            assert!(said(&[("a", "", "")], by)[0].1.contains("NoExecute"));
            let key = &said(&[("a=b:NoSchedule", "", "NoSchedule")], by)[0];
            assert!(key.0.ends_with("[0].key") && key.1.contains("value: \"b\""), "{key:?}");
            assert!(said(&[("", "", "NoSchedule")], by)[0].0.ends_with(".key"));
            assert!(said(&[("a", "b c", "NoSchedule")], by)[0].0.ends_with(".value"));
            let twice = [("a", "", "NoSchedule"), ("a", "b", "NoSchedule")];
            assert_eq!(said(&twice, by)[0].0, "nodeRegistration.taints[1]");
        }
    }
}
