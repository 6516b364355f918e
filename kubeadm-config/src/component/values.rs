//! Values that a flag reads and the component refuses all the same, when it validates its options or
//! starts: one row a rule, with the minors that have it.
//!
//! Sources: `Validate` of `k8s.io/apiserver/pkg/server/options` and `pkg/kubeapiserver/options`,
//! `cmd/kube-controller-manager/app/options` and `cloudproviders.go`, `cliflag` of component-base;
//! those of 1.34 were asked of the real programs. What another flag decides too is in [`together`].

mod audit;
mod leader;
mod rules;

use std::ops::RangeInclusive;

use self::rules::{MOST, RULES};
use super::names;
use super::{Component, Refused, has_variable};
use crate::code::Code;
use crate::go::{Cidr, parse_duration, quote};
use crate::kubelet::{hidden_metrics_refusal, known_cipher, parse_bool, parse_int};
use crate::named::Named;
use crate::near::nearest;
use crate::version::Minor;

/// What a value has to be.
enum Rule {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list, each item of which is one of these, or was in some minor.
    EachOf(&'static [Named]),
    /// The same with `*`, and `-` before a name for "not this one".
    Controllers,
    /// A list of cipher suites.
    Ciphers,
    /// A whole number between two others.
    Within(RangeInclusive<i64>),
    /// A number between zero and this one.
    Fraction(f64),
    /// A duration that is not negative.
    NotNegative,
    /// Networks, one or one of each family.
    Cidrs,
    /// The minor before the component's own.
    MinorBefore,
    /// Anything at all.
    Said,
    /// APIs with whether they are served.
    Apis,
}

use Component::{ApiServer, ControllerManager, Proxy, Scheduler};
use Rule::*;

/// A rule, and of which flag of which programs.
struct Row {
    of: &'static [Component],
    flag: &'static str,
    /// The first minor that is known to have it.
    since: u64,
    /// The last one.
    until: u64,
    rule: Rule,
    /// What the component says: `{}` is the value, quoted, `<>` the value as it is.
    says: &'static str,
}

const fn row(
    of: &'static [Component],
    flag: &'static str,
    since: u64,
    rule: Rule,
    says: &'static str,
) -> Row {
    Row { of, flag, since, until: u64::MAX, rule, says }
}

impl Row {
    const fn until(self, until: u64) -> Self {
        Self { until, ..self }
    }
}

/// What a component of a minor whose rules are known says of the value of a flag, each once.
pub(super) fn faults(component: Component, minor: Minor, flag: &str, value: &str) -> Vec<Refused> {
    if has_variable(value) {
        return Vec::new();
    }
    let is_in = |row: &Row| (row.since..=row.until).contains(&minor.number());
    let own = |row: &&Row| row.flag == flag && row.of.contains(&component) && is_in(row);
    let mut found = Vec::new();
    for row in RULES.iter().filter(own) {
        found.extend(row.rule.broken(value, minor).into_iter().map(|one| one.told(component, row)));
    }
    found
}

/// A part of the value that is not what it has to be.
struct Broken {
    part: String,
    /// What is said instead of the row's words.
    says: Option<String>,
    help: String,
}

impl Broken {
    fn new(part: &str, help: impl Into<String>) -> Self {
        Self { part: part.to_owned(), says: None, help: help.into() }
    }

    fn saying(says: String, help: impl Into<String>) -> Self {
        Self { says: Some(says), ..Self::new("", help) }
    }

    fn told(self, component: Component, row: &Row) -> Refused {
        let Self { part, says, help } = self;
        let says = says.unwrap_or_else(|| row.says.replace("{}", &quote(&part)).replace("<>", &part));
        let text = format!("{} exits with \"{says}\"", component.name());
        Refused { index: 0, code: Code::ComponentArgumentRefused, text, help }
    }
}

impl Rule {
    /// Everything that is wrong with a value of a type that the flag reads.
    fn broken(&self, value: &str, minor: Minor) -> Vec<Broken> {
        let one = |help: String| vec![Broken::new(value, help)];
        match self {
            OneOf(words) if words.contains(&value) => Vec::new(),
            OneOf(words) => one(format!("write {}", listed(words))),
            EachOf(known) => items(value).filter_map(|item| unknown(item, known, minor)).collect(),
            Controllers => {
                let names = items(value).map(|item| item.strip_prefix('-').unwrap_or(item));
                let others = names.filter(|name| *name != "*");
                others.filter_map(|name| unknown(name, names::CONTROLLERS, minor)).collect()
            }
            Ciphers => {
                let help = "write the name of a cipher suite of Go's crypto/tls, or leave the flag out";
                let other = items(value).find(|item| !known_cipher(item));
                other.map(|item| Broken::new(item, help)).into_iter().collect()
            }
            // What is no number was told by its type.
            Within(range) => match parse_int(value, 64).ok().filter(|number| !range.contains(number)) {
                Some(_) if *range.end() == MOST => {
                    one(format!("write a number that is not below {}", range.start()))
                }
                Some(_) => one(format!("write a number from {} to {}", range.start(), range.end())),
                None => Vec::new(),
            },
            Fraction(most) => match value.parse::<f64>() {
                Ok(number) if !(0.0..=*most).contains(&number) => {
                    one(format!("write a number from 0 to {most}"))
                }
                _ => Vec::new(),
            },
            NotNegative => match parse_duration(value) {
                Ok(nanos) if nanos < 0 => one("write a duration that is not negative".to_owned()),
                _ => Vec::new(),
            },
            Cidrs => {
                let wrong = items(value).position(|item| item.parse::<Cidr>().is_err());
                let says = |at: usize| format!("service-cluster-ip-range[{at}] is not a valid cidr");
                wrong
                    .map(|at| Broken::saying(says(at), "write a subnet such as 10.96.0.0/12"))
                    .into_iter()
                    .collect()
            }
            MinorBefore => {
                let says = hidden_metrics_refusal(value, minor);
                says.map(|says| Broken::saying(says, "leave the flag out")).into_iter().collect()
            }
            Said if value.is_empty() => one("write a URL".to_owned()),
            Said => Vec::new(),
            Apis => apis(value),
        }
    }
}

/// `a`, `a or b`, `a, b or c`; nothing stands for "left out".
fn listed(words: &[&str]) -> String {
    let said: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    let whole = match said.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    };
    if words.contains(&"") { format!("{whole}, or leave the flag out") } else { whole }
}

/// The items of a list, as pflag cuts them where no quotes are used.
fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(|item| item.trim_matches('"')).filter(|_| !value.is_empty())
}

/// A name that the minor does not know for certain. The flag's own reader trims nothing.
fn unknown(item: &str, known: &[Named], minor: Minor) -> Option<Broken> {
    let row = known.iter().find(|named| named.name == item);
    if row.is_some_and(|named| named.may_be_in(minor)) {
        return None;
    }
    let near = || nearest(item, known.iter().filter(|named| named.may_be_in(minor)).map(|named| named.name));
    let help = match row {
        Some(named) if named.since > minor.number() => {
            format!("leave it out: it comes with 1.{}", named.since)
        }
        Some(named) => format!("leave it out: it was removed in 1.{}", named.until + 1),
        None if item != item.trim() => "write the list without blanks".to_owned(),
        None => near().map_or_else(
            || "leave it out, or correct its name".to_owned(),
            |near| format!("did you mean {near}?"),
        ),
    };
    Some(Broken::new(item, help))
}

/// Keys that stand for many APIs (`groupVersionMatchers`).
const MANY: [&str; 5] = ["api/all", "api/ga", "api/beta", "api/alpha", "api/legacy"];

/// `GROUP/VERSION[/RESOURCE]=true`, as `pkg/server/resourceconfig` reads it. Which versions a group
/// has is not looked at.
fn apis(value: &str) -> Vec<Broken> {
    let pairs: Vec<(&str, &str)> = items(value)
        .map(|item| item.split_once('=').unwrap_or((item, "")))
        .map(|(key, on)| (key.trim(), on.trim()))
        .collect();
    if matches!(pairs.as_slice(), [("api/all", "false")]) {
        return vec![Broken::saying("invalid key with only api/all=false".into(), "name the APIs to serve")];
    }
    let fault = |(key, on): &(&str, &str)| {
        let whether = "write true or false";
        if MANY.contains(key) {
            // `api/legacy` is read by nobody any more.
            let legal = ["true", "false"].contains(on) || *key == "api/legacy";
            return (!legal).then(|| Broken::saying(format!("invalid value {key}={on}"), whether));
        }
        // The core group has no name.
        let key = if *key == "v1" { "/v1" } else { key };
        let (group, rest) = key.split_once('/').unwrap_or((key, ""));
        if rest.is_empty() || rest.matches('/').count() > 1 {
            let says = format!("runtime-config invalid key {key}");
            return Some(Broken::saying(says, "write GROUP/VERSION=true or api/all=true"));
        }
        if !group.is_empty() && !names::API_GROUPS.contains(&group) {
            let says = format!("unknown api groups {group}");
            return Some(Broken::saying(says, "leave it out, or correct the group's name"));
        }
        let why = parse_bool(on).err().filter(|_| !on.is_empty())?;
        Some(Broken::saying(format!("invalid value of {key}: {on}, err: {why}"), whether))
    };
    pairs.iter().filter_map(fault).collect()
}

/// What flags are refused for beside each other, each at the first of those that are given.
pub(super) fn together(component: Component, minor: Minor, arguments: &[(&str, &str)]) -> Vec<Refused> {
    // The last one counts (pflag).
    let last = |flag: &str| {
        let all = arguments.iter().enumerate();
        all.filter(|(_, (name, _))| *name == flag).map(|(index, (_, value))| (index, *value)).next_back()
    };
    let refused = |index: usize, says: &str, help: &str| Refused {
        index,
        code: Code::ComponentArgumentRefused,
        text: format!("{} exits with \"{says}\"", component.name()),
        help: help.to_owned(),
    };
    match component {
        ApiServer => {}
        ControllerManager | Scheduler => return leader::refused(&last, &refused, minor),
        Proxy => return Vec::new(),
    }
    let mut found = audit::refused(&last, &refused, minor);
    for (mode, file, says) in [
        ("ABAC", "authorization-policy-file", "authorization policy file"),
        ("Webhook", "authorization-webhook-config-file", "authorization config file"),
    ] {
        let asked = last("authorization-mode").filter(|(_, value)| items(value).any(|item| item == mode));
        if let Some((index, _)) = asked.filter(|_| last(file).is_none()) {
            let says = format!("authorization-mode {mode}'s {says} not passed");
            found.push(refused(index, &says, &format!("give --{file} too, or leave {mode} out")));
        }
    }
    let says = "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set";
    match (last("oidc-issuer-url"), last("oidc-client-id")) {
        (Some((index, _)), None) => found.push(refused(index, says, "give --oidc-client-id too")),
        (None, Some((index, _))) => found.push(refused(index, says, "give --oidc-issuer-url too")),
        _ => {}
    }
    found
}
