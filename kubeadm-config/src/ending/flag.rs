//! A flag of a command line that ends, or its value.

use super::past::{ADMISSION_PLUGINS, FLAGS, Last, VALUES};
use super::{Effect, Ending, Program, gate};
use crate::code::Code;
use crate::component::{Component, etcd_flag_gone_since, etcd_successor};
use crate::kubelet::{flag_gone_since, unknown_labels};
use crate::version::Minor;

/// What a flag says.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) endings: Vec<Ending>,
    /// What of it cannot be told, and why.
    pub(super) unread: Vec<String>,
}

/// What ends at `to` or before of a flag, its name written with or without dashes. `value` is none where
/// it stands alone.
pub(super) fn of(program: Program, name: &str, value: Option<&str>, to: Minor) -> Told {
    let name = name.trim_start_matches('-').replace('_', "-");
    let value = value.unwrap_or("true");
    let mut found: Vec<Ending> = gone(program, &name, value, to).into_iter().collect();
    found.extend(ended_value(program, &name, value, to));
    if program == Program::Component(Component::ApiServer) {
        found.extend(plugins(&name, value, to));
    }
    if let Program::Component(component) = program
        && !ADMISSION_FLAGS.contains(&name.as_str())
    {
        found.extend(refused_value(component, &name, value, to));
    }
    if program == Program::Kubelet && name == "node-labels" && LABELS_OF_OTHERS <= to {
        found.extend(unknown_labels(value).into_iter().map(label));
    }
    let mut unread = Vec::new();
    if name == "feature-gates" && program != Program::Etcd {
        let (gates, not_told) = gate::read(value);
        unread = not_told;
        found.extend(gate::of(program.name(), &gates, to).into_iter().map(|(_, one)| one));
    }
    Told { endings: found, unread }
}

/// The first minor whose kubelet exits at a label of others: 1.15 warns of it, `ValidateKubeletFlags` of 1.16
/// returns an error (`cmd/kubelet/app/options/options.go` of v1.15.12 and v1.16.15).
const LABELS_OF_OTHERS: Minor = Minor::new(16);

/// A label that a node may not give itself.
fn label(key: &str) -> Ending {
    let ends = LABELS_OF_OTHERS;
    let text = format!(
        "the kubelet of {ends} exits with \"unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: \
         [{key}]\""
    );
    let help = format!("leave it out, and set it by the API: `kubectl label node NODE {key}=VALUE`");
    let ending = new(Code::KubeletFlagEnds, "kubelet", format!("--node-labels={key}"), ends);
    Ending { text, help, ..ending }
}

fn gone(program: Program, name: &str, value: &str, to: Minor) -> Option<Ending> {
    let ends = match program {
        Program::Kubelet => Minor::new(flag_gone_since(name)?),
        Program::Component(component) => component.flag_gone_since(name)?,
        Program::Etcd => etcd_flag_gone_since(name)?,
    };
    if ends > to {
        return None;
    }
    let of = |row: &&super::past::Row| row.1 == name && (row.0.is_empty() || row.0 == program.name());
    let known = FLAGS.iter().find(of);
    let effect = match known.map(|row| row.2) {
        Some(Last::Nothing) => Effect::Same,
        Some(Last::Default(default)) if default == value => Effect::Same,
        Some(Last::Default(_) | Last::Something) => Effect::Changes,
        None => Effect::Unclear,
    };
    let successor = || etcd_successor(name).filter(|_| program == Program::Etcd);
    let instead = known.and_then(|row| row.3.map(str::to_owned));
    let instead = instead.or_else(|| Some(format!("--{}", successor()?)));
    let effect = if successor().is_some() { Effect::Changes } else { effect };
    let help = match (effect, &instead) {
        (Effect::Same, _) => "leave it out: nothing changes by that".to_owned(),
        (_, Some(instead)) => format!("leave it out, and set {instead} instead"),
        (Effect::Unclear, _) => "leave it out, after a look at what it was for".to_owned(),
        _ => "leave it out: what it asked for is no longer to be had".to_owned(),
    };
    let who = program.name();
    let exits = match program {
        Program::Etcd => format!("etcd exits with \"flag provided but not defined: -{name}\""),
        Program::Kubelet => format!("the kubelet exits with \"unknown flag: --{name}\""),
        Program::Component(_) => format!("{who} exits with \"unknown flag: --{name}\""),
    };
    let code = match program {
        Program::Kubelet => Code::KubeletFlagEnds,
        _ => Code::ComponentFlagEnds,
    };
    let text = format!("--{name} was removed in {ends}: {exits}");
    Some(Ending { text, help, instead, effect, ..new(code, who, format!("--{name}"), ends) })
}

fn new(code: Code, program: &'static str, what: String, ends: Minor) -> Ending {
    let (field, text, help) = Default::default();
    Ending {
        code,
        program,
        what,
        field,
        ends,
        effect: Effect::Changes,
        stops: true,
        text,
        help,
        instead: None,
        place: None,
    }
}

/// A value that ends while the flag goes on.
fn ended_value(program: Program, name: &str, value: &str, to: Minor) -> Option<Ending> {
    let (_, _, _, ends, help) = VALUES
        .iter()
        .find(|(of, flag, ended, ..)| *of == program.name() && *flag == name && *ended == value)?;
    let ends = Minor::new(*ends);
    let text = format!("{} of {ends} does not take --{name}={value}", program.name());
    let code = if program == Program::Kubelet { Code::KubeletFlagEnds } else { Code::ComponentFlagEnds };
    let ending = new(code, program.name(), format!("--{name}={value}"), ends);
    (ends <= to).then(|| Ending { text, help: (*help).to_owned(), ..ending })
}

/// A value that the component begins to refuse while the flag goes on.
fn refused_value(component: Component, name: &str, value: &str, to: Minor) -> Option<Ending> {
    let at = |minor: u64| component.value_fault(Minor::new(minor), name, value);
    let (ends, fault) = (OLDEST_RULES..=to.number()).find_map(|minor| match at(minor - 1) {
        None => at(minor).map(|fault| (Minor::new(minor), fault)),
        Some(_) => None,
    })?;
    let ending = new(Code::ComponentFlagEnds, component.name(), format!("--{name}={value}"), ends);
    let text = format!("since {ends} {}", fault.text);
    Some(Ending { text, help: fault.help, ..ending })
}

/// No rule of values is known to begin before.
const OLDEST_RULES: u64 = 20;
/// Their lists are judged by what is known of each plugin.
const ADMISSION_FLAGS: [&str; 3] =
    ["enable-admission-plugins", "disable-admission-plugins", "admission-control"];

/// Admission plugins of the API server that are no more.
fn plugins(name: &str, value: &str, to: Minor) -> Vec<Ending> {
    if !ADMISSION_FLAGS.contains(&name) {
        return Vec::new();
    }
    let ended = |item: &str| {
        let (plugin, ends, instead) = ADMISSION_PLUGINS.iter().find(|(plugin, ..)| *plugin == item)?;
        let ends = Minor::new(*ends);
        let effect = if name.starts_with("disable") { Effect::Same } else { Effect::Changes };
        let text =
            format!("the admission plugin {plugin} was removed in {ends}: kube-apiserver does not start");
        let help = match instead.filter(|_| effect == Effect::Changes) {
            Some(instead) => format!("leave {plugin} out of the list, and set {instead} up instead"),
            None => format!("leave {plugin} out of the list"),
        };
        let ending = new(Code::AdmissionPluginEnds, "kube-apiserver", format!("--{name}={plugin}"), ends);
        (ends <= to).then_some(Ending { text, help, effect, instead: instead.map(str::to_owned), ..ending })
    };
    value.split(',').map(str::trim).filter_map(ended).collect()
}

/// A field, a gate of kubeadm or an API version that ends.
pub(super) fn other(
    (code, program): (Code, &'static str),
    what: impl Into<String>,
    ends: Minor,
    (effect, text, help): (Effect, String, &str),
) -> Ending {
    Ending { effect, text, help: help.to_owned(), ..new(code, program, what.into(), ends) }
}
