//! What the kubelet makes of `kubeletExtraArgs`: flags that its minor does not have, values that it
//! cannot read, gates, labels, taints. Its own judge is asked.

use crate::code::Code;
use crate::component::{Refused, refused_arguments, removed};
use crate::kubelet::{
    self, Fault, Kubelet, KubeletFile, KubeletHost, Origin, Setup, Stage, flag_gone_since, flag_since,
};
use crate::model::Arg;
use crate::near::distance;
use crate::version::Minor;

const WHO: &str = "the kubelet";

/// What a kubelet of that minor ends at, each with the argument that it is about. Of a minor whose
/// rules are not known, only what is gone by then, or comes later.
pub(super) fn refused(args: &[Arg], minor: Minor) -> Vec<Refused> {
    let gone = |flag: &str, _: &str| {
        let since = flag_gone_since(flag).filter(|since| *since <= minor.number());
        let later = || flag_since(flag).filter(|since| *since > minor.number());
        match since {
            Some(since) => Some(removed(WHO, flag, since)),
            None => later().map(|since| not_yet(flag, since)),
        }
    };
    let pairs = args.iter().map(|arg| (arg.name.as_str(), arg.value.as_str()));
    let mut found = refused_arguments(WHO, minor, pairs, gone, false);
    if Kubelet::MINORS.contains(&minor.number()) {
        found.extend(judged(args, minor, &found));
    }
    found.sort_by_key(|one| one.index);
    found
}

/// Fields whose rules look at nothing else: what a flag says of them is refused whatever the files say.
const ALONE: &[&str] = &[
    "readOnlyPort",
    "port",
    "healthzPort",
    "oomScoreAdj",
    "maxPods",
    "podsPerCore",
    "maxOpenFiles",
    "kubeAPIBurst",
    "kubeAPIQPS",
    "eventBurst",
    "eventRecordQPS",
    "registryBurst",
    "registryPullQPS",
    "iptablesDropBit",
    "iptablesMasqueradeBit",
    "nodeStatusMaxImages",
    "nodeLeaseDurationSeconds",
    "topologyManagerPolicy",
    "topologyManagerScope",
    "hairpinMode",
    "enforceNodeAllocatable",
    "tlsCipherSuites",
    "tlsMinVersion",
    "logging.format",
    "logging.verbosity",
    "containerLogMaxFiles",
    "authorization.mode",
];

/// A file that says what no kubelet starts without.
const BARE: &[u8] = b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
    containerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n";

/// The kubelet ends at its first fault: what is wrong after that is asked without it.
fn judged(args: &[Arg], minor: Minor, told: &[Refused]) -> Vec<Refused> {
    let is_told = |index: usize| told.iter().any(|one| one.index == index);
    let mut words: Vec<(usize, String)> =
        args.iter().enumerate().filter(|(index, _)| !is_told(*index)).flat_map(words_of).collect();
    let files = |path: &str| match path {
        "bare" => KubeletFile::Text(BARE.to_vec()),
        _ => KubeletFile::Unknown,
    };
    let host = KubeletHost::default();
    let own = ["--kubeconfig=kubelet.conf", "--config=bare"];
    let mut found = Vec::new();
    loop {
        let line = own.iter().map(|word| (*word).to_owned());
        let line: Vec<String> = line.chain(words.iter().map(|(_, word)| word.clone())).collect();
        let verdict = Kubelet::of(minor).judge(&Setup::new(&line, &files, &host));
        let Some(refusal) = verdict.refusal else { return found };
        let of_flag = refusal.stage == Stage::Flag;
        let faults = refusal.faults.into_iter().take(if of_flag { 1 } else { usize::MAX });
        let now: Vec<(Fault, usize, String)> = faults
            .filter_map(|fault| {
                let Origin::Argument(at) = fault.origin else { return None };
                let (index, word) = words.get(at.checked_sub(own.len())?)?;
                Some((fault, *index, word.clone()))
            })
            .collect();
        if now.is_empty() {
            return found;
        }
        // What comes after the command line may be decided by files too, which nobody has here.
        let decided = |fault: &Fault| of_flag || ALONE.contains(&fault.field.as_str());
        for (fault, index, word) in now {
            words.retain(|(own, _)| *own != index);
            if decided(&fault) {
                let told = told_of(&fault, &word, minor);
                let code = if of_flag { told.code } else { Code::ComponentArgumentRefused };
                found.push(Refused { index, code, ..told });
            }
        }
    }
}

/// kubeadm writes all of them into one variable, which systemd splits at blanks. What is quoted stays
/// one word.
fn words_of((index, arg): (usize, &Arg)) -> Vec<(usize, String)> {
    let word = format!("--{}={}", arg.name, arg.value);
    if word.contains(['"', '\'', '\\']) {
        return vec![(index, word)];
    }
    word.split_ascii_whitespace().map(|word| (index, word.to_owned())).collect()
}

fn told_of(fault: &Fault, word: &str, minor: Minor) -> Refused {
    let text = &fault.text;
    let (code, help) = if let Some(name) = text.strip_prefix("unknown flag: --") {
        (Code::ComponentFlagUnknown, help_on_unknown(name, minor))
    } else if text.contains("--node-labels") || text.contains("labels specified") {
        let help = "a node may not give itself that label: `kubectl label node NAME ...` after it joined";
        (Code::NodeLabelForbidden, help.to_owned())
    } else if text.starts_with("unknown command") {
        let help =
            "the arguments stand in one line that systemd splits at blanks: write the value without any";
        (Code::ComponentArgumentUnparsable, help.to_owned())
    } else if text.starts_with("bad flag syntax") {
        (Code::ComponentArgumentUnparsable, "write the name without dashes".to_owned())
    } else if word.starts_with("--feature-gates") {
        (Code::FeatureGateRefused, "leave it out, or write NAME=true or NAME=false".to_owned())
    } else {
        (Code::ComponentArgumentUnparsable, "correct the value".to_owned())
    };
    Refused { index: 0, code, text: format!("{WHO} exits with \"{text}\""), help }
}

fn help_on_unknown(name: &str, minor: Minor) -> String {
    // A field of the configuration is often taken for a flag.
    let bare = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    let flags: Vec<&str> = kubelet::flags_of(minor).collect();
    if let Some(same) = flags.iter().find(|flag| bare(flag) == bare(name)) {
        return format!("did you mean {same}?");
    }
    let near = flags.iter().map(|flag| (distance(flag, name), flag)).min();
    match near.filter(|(far, flag)| *far <= 3 && *far * 3 <= flag.len()) {
        Some((_, flag)) => format!("did you mean {flag}?"),
        None => "leave it out; what is no flag may be a field of KubeletConfiguration".to_owned(),
    }
}

fn not_yet(name: &str, since: u64) -> Refused {
    let text = format!("--{name} came with 1.{since}: {WHO} exits with \"unknown flag: --{name}\"");
    let help = "leave it out until then".to_owned();
    Refused { index: 0, code: Code::ComponentFlagUnknown, text, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(minor: u64, args: &[(&str, &str)]) -> Vec<(usize, &'static str)> {
        let args: Vec<Arg> = args
            .iter()
            .map(|(name, value)| Arg {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
                ..Arg::default()
            })
            .collect();
        refused(&args, Minor::new(minor)).iter().map(|one| (one.index, one.code.as_str())).collect()
    }

    #[test]
    fn every_argument_that_ends_the_kubelet_is_told() {
        let args = [
            ("node-ip", "192.0.2.7"),
            ("no-such-flag", "x"),
            ("max-pods", "many"),
            ("container-runtime", "remote"),
            ("feature-gates", "NoSuchGate=true,AppArmor=true"),
            ("node-labels", "node-role.kubernetes.io/worker="),
            ("v", "2"),
        ];
        assert_eq!(
            codes(34, &args),
            [
                (1, "component-flag-unknown"),
                (2, "component-argument-unparsable"),
                (3, "component-flag-unknown"),
                (4, "feature-gate-refused"),
                (4, "feature-gate-refused"),
                (5, "node-label-forbidden"),
            ]
        );
    }

    #[test]
    fn what_the_kubelet_ends_at_after_its_command_line_is_told_too() {
        let args = [
            ("read-only-port", "99999"),
            ("topology-manager-scope", "foo"),
            ("max-pods", "110"),
            ("tls-cipher-suites", "FOO"),
            ("logging-format", "xml"),
            ("tls-min-version", "VersionTLS99"),
            // Files decide this one: 95 may stand there for the other.
            ("image-gc-low-threshold", "90"),
        ];
        let told: Vec<usize> = codes(34, &args).iter().map(|(index, _)| *index).collect();
        assert_eq!(told, [0, 1, 3, 4, 5]);
        assert!(codes(34, &args).iter().all(|(_, code)| *code == "component-argument-refused"));
    }

    #[test]
    fn what_the_kubelet_takes_is_not_told() {
        let args = [
            ("node-labels", "a.example.com/b=c"),
            ("register-with-taints", "a=b:NoSchedule"),
            ("system-reserved", "cpu=100m,memory=1Gi"),
            ("feature-gates", ""),
            ("eviction-hard", "memory.available<100Mi"),
        ];
        for minor in [20, 32, 33, 34, 37, 99] {
            assert_eq!(codes(minor, &args), [], "1.{minor}");
        }
    }

    #[test]
    fn a_value_with_a_blank_is_two_words_to_systemd() {
        assert_eq!(codes(34, &[("node-labels", "a=b c=d")]), [(0, "component-argument-unparsable")]);
        assert_eq!(codes(34, &[("hostname-override", "\"a b\"")]), []);
    }

    #[test]
    fn help_names_the_flag_that_was_meant() {
        assert!(help_on_unknown("maxPods", Minor::new(34)).contains("max-pods"));
        assert!(help_on_unknown("max-pod", Minor::new(34)).contains("max-pods"));
        assert!(help_on_unknown("frobnicate", Minor::new(34)).contains("KubeletConfiguration"));
    }
}
