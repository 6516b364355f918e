//! Taking out of the kubelet's files what the minor to come exits at: flags and feature gates. What was taken
//! out is looked for again, so that nothing counts as mended that is still told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use host_prep::Host;
use kubeadm_config::Minor;

use super::step::Mend;
use crate::recipe::{Endings, Ends};

const FLAG: &str = "kubelet-flag-ends";
const GATE: &str = "feature-gate-ends";
/// What a step of the plan mends.
pub(super) const HAS_STEP: [&str; 2] = [FLAG, GATE];
/// What a run of the upgrade keeps by itself: where the kubelet asks its runtime, and what starts containers.
const KEPT: [&str; 2] = ["runtime-endpoint-not-kept", "oci-runtime-would-change"];
/// What it puts right before it calls kubeadm: a manifest that kubeadm renamed away, with what is so for want of it.
const SET_ASIDE: [&str; 4] =
    ["manifest-set-aside", "manifest-missing", "apiserver-not-listening", "control-plane-unhealthy"];

impl Mend {
    /// Whether that is taken out by it.
    fn takes(self, one: &Ends) -> bool {
        let code = match self {
            Self::Flags => FLAG,
            Self::Gates => GATE,
        };
        one.code == code && one.program == "kubelet" && is_the_kubelets(&one.file)
    }
}

/// Documents of kubeadm that lie on the host start no kubelet, and stay as they are.
fn is_the_kubelets(file: &str) -> bool {
    let documents = file.ends_with(".yaml") || file.ends_with(".yml") || file.ends_with(".json");
    !documents || file.starts_with("/var/lib/kubelet/") || file.contains("kubelet.conf.d/")
}

/// The files of a host that hold such, each without it, and what was taken out of them.
#[cfg_attr(not(feature = "api"), expect(dead_code, reason = "steps are taken over the API"))]
pub(crate) fn rewritten(host: &Host, to: Minor, which: Mend) -> (Vec<(PathBuf, String)>, Vec<Ends>) {
    let Endings { mut found, .. } = super::endings_of(host, to).0;
    let (done, _) = without_all(host, to, which, &found);
    found.retain(|one| which.takes(one) && done.contains_key(&one.file));
    (done.into_iter().map(|(file, text)| (PathBuf::from(file), text)).collect(), found)
}

/// The codes of which everything that was found can be taken out, or is put right by a run of the upgrade.
pub(super) fn mended(host: &Host, to: Minor, found: &[Ends], is_set_aside: bool) -> Vec<&'static str> {
    let mut codes = KEPT.to_vec();
    if is_set_aside {
        codes.extend(SET_ASIDE);
    }
    for (code, which) in [(FLAG, Mend::Flags), (GATE, Mend::Gates)] {
        let mut own = found.iter().filter(|one| one.code == code).peekable();
        if own.peek().is_none() || !own.all(|one| which.takes(one)) {
            continue;
        }
        if without_all(host, to, which, found).1.is_empty() {
            codes.push(code);
        }
    }
    codes
}

/// Each file without what ends, and the files that keep some of it.
fn without_all(
    host: &Host,
    to: Minor,
    which: Mend,
    found: &[Ends],
) -> (BTreeMap<String, String>, Vec<String>) {
    let files: Vec<&str> = found.iter().filter(|one| which.takes(one)).map(|one| one.file.as_str()).collect();
    let (mut done, mut kept) = (BTreeMap::new(), Vec::new());
    for file in files {
        if done.contains_key(file) {
            continue;
        }
        let bytes = host.root().read(file.as_ref()).ok().flatten();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        match text.and_then(|text| without(file, &text, to, which)) {
            Some(text) => drop(done.insert(file.to_owned(), text)),
            None => kept.push(file.to_owned()),
        }
    }
    (done, kept)
}

/// One file; `None` where something of it cannot be taken out.
fn without(file: &str, text: &str, to: Minor, which: Mend) -> Option<String> {
    let mut text = text.to_owned();
    // Each round takes one out.
    for _ in 0..1000 {
        let mut endings = Endings::default();
        endings.add_file(file, text.as_bytes(), to);
        let Some(one) = endings.found.iter().find(|one| one.minor <= to.number() && which.takes(one)) else {
            return Some(text);
        };
        text = without_one(&text, one)?;
    }
    None
}

fn without_one(text: &str, one: &Ends) -> Option<String> {
    let number = usize::try_from(one.line?).ok()?.checked_sub(1)?;
    let column = usize::try_from(one.column.unwrap_or(1)).ok()?.checked_sub(1)?;
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = *lines.get(number)?;
    let at = line.char_indices().nth(column).map(|(at, _)| at)?;
    let name = one.what.split_once('=').map_or(one.what.as_str(), |(name, _)| name);
    // `  Name: false`, a line of its own.
    if line[at..].starts_with(name) && line[at + name.len()..].trim_start().starts_with(':') {
        if !line[..at].trim().is_empty() || line[at..].contains(['{', '}', ',']) {
            return None;
        }
        lines.remove(number);
        return Some(lines.concat());
    }
    let word = Word::at(line, at)?;
    let new = match (one.code, one.what.strip_prefix("--node-labels=")) {
        (GATE, _) => word.without_item(line, &one.what)?,
        (_, Some(label)) => word.without_item(line, label)?,
        _ => word.taken_out_of(line),
    };
    lines[number] = &new;
    Some(lines.concat())
}

/// A word of a line, with the blanks before it.
struct Word {
    from: usize,
    to: usize,
}

impl Word {
    /// The word that begins at `at`: up to a blank outside of quotes of its own, or the end of quotes that
    /// were opened before it. A value that stands beside its flag belongs to it.
    fn at(line: &str, at: usize) -> Option<Self> {
        if !line[at..].starts_with("--") {
            return None;
        }
        let outer = open_quote(&line[..at]);
        let mut to = end_of(line, at, outer);
        if !line[at..to].contains('=') {
            let rest = &line[to..];
            let next = to + rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let ends = |c: char| c.is_whitespace() || Some(c) == outer || matches!(c, '-' | '$' | '\\');
            if next > to && !line[next..].starts_with(ends) && next < line.len() {
                to = end_of(line, next, outer);
            }
        }
        Some(Self { from: at, to })
    }

    fn taken_out_of(&self, line: &str) -> String {
        let before = line[..self.from].trim_end_matches([' ', '\t']);
        let after = &line[self.to..];
        // The first word of a value has no blank before it, and leaves none.
        if before.ends_with(['=', '"', '\'']) {
            return format!("{before}{}", after.trim_start_matches([' ', '\t']));
        }
        format!("{before}{after}")
    }

    /// `--feature-gates=A=true,B=false` without one of them; `--node-labels` has such a list too.
    fn without_item(&self, line: &str, item: &str) -> Option<String> {
        let word = &line[self.from..self.to];
        let (flag, gates) = word.split_once('=').or_else(|| word.split_once(' '))?;
        let name = item.split_once('=').map_or(item, |(name, _)| name);
        let gates = gates.trim().trim_matches(['"', '\'']);
        let left: Vec<&str> =
            gates.split(',').filter(|one| one.split('=').next().map(str::trim) != Some(name)).collect();
        if left.len() == gates.split(',').count() {
            return None;
        }
        if left.is_empty() {
            return Some(self.taken_out_of(line));
        }
        Some(format!("{}{flag}={}{}", &line[..self.from], left.join(","), &line[self.to..]))
    }
}

/// The quote that is open at the end of a text.
fn open_quote(text: &str) -> Option<char> {
    let mut open = None;
    let mut escaped = false;
    for c in text.chars() {
        match (open, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (None, '"' | '\'') => open = Some(c),
            (Some(quote), c) if quote == c => open = None,
            _ => {}
        }
    }
    open
}

fn end_of(line: &str, from: usize, outer: Option<char>) -> usize {
    let mut inner = None;
    for (at, c) in line[from..].char_indices() {
        match inner {
            None if c.is_whitespace() || Some(c) == outer => return from + at,
            None if matches!(c, '"' | '\'') => inner = Some(c),
            Some(quote) if quote == c => inner = None,
            _ => {}
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str, text: &str, which: Mend) -> Option<String> {
        without(file, text, Minor::new(37), which)
    }

    #[test]
    fn flags_go_with_their_values_and_nothing_else_does() {
        let env = "/etc/default/kubelet";
        for (text, left) in [
            ("A=\"--x=1 --container-runtime=remote --y=2\"\n", "A=\"--x=1 --y=2\"\n"),
            ("A=--container-runtime=remote\n", "A=\n"),
            ("A=\"--container-runtime remote --v=2\"\n", "A=\"--v=2\"\n"),
            ("A=\"--v=2 --container-runtime=remote\"\n", "A=\"--v=2\"\n"),
            ("A=\"--node-labels=kubernetes.io/a=b,c=d --v=2\"\n", "A=\"--node-labels=c=d --v=2\"\n"),
            ("A=\"--node-labels=node-role.kubernetes.io/w= --v=2\"\n", "A=\"--v=2\"\n"),
            ("# --container-runtime=remote\nA=--v=2\n", "# --container-runtime=remote\nA=--v=2\n"),
            ("A=\"--iptables-drop-bit=15 --logtostderr=true --v=2\"\nB=x\n", "A=\"--v=2\"\nB=x\n"),
        ] {
            assert_eq!(of(env, text, Mend::Flags).as_deref(), Some(left), "{text}");
        }
        let unit = "[Service]\nExecStart=/usr/bin/kubelet --v=2 \\\n  --logtostderr=true \\\n  --config=/c\n";
        let left = "[Service]\nExecStart=/usr/bin/kubelet --v=2 \\\n \\\n  --config=/c\n";
        assert_eq!(of("/etc/systemd/system/kubelet.service", unit, Mend::Flags).as_deref(), Some(left));
    }

    #[test]
    fn gates_go_from_documents_and_from_the_flag() {
        let head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates:\n";
        let text = format!("{head}  AppArmor: true\n  NodeSwap: true\nmaxPods: 9\n");
        let left = of("/var/lib/kubelet/config.yaml", &text, Mend::Gates).unwrap();
        assert!(!left.contains("AppArmor") && left.ends_with("maxPods: 9\n"), "{left}");
        let flow = text.replace("featureGates:\n  AppArmor: true\n", "featureGates: {AppArmor: true}\n");
        assert_eq!(
            of("/var/lib/kubelet/config.yaml", &flow.replace("  NodeSwap: true\n", ""), Mend::Gates),
            None
        );
        let flag = "A=\"--feature-gates=AppArmor=true,GracefulNodeShutdown=true --v=2\"\n";
        let left = "A=\"--feature-gates=GracefulNodeShutdown=true --v=2\"\n";
        assert_eq!(of("/etc/default/kubelet", flag, Mend::Gates).as_deref(), Some(left));
        let one = "A=\"--feature-gates=AppArmor=true --v=2\"\n";
        assert_eq!(of("/etc/default/kubelet", one, Mend::Gates).as_deref(), Some("A=\"--v=2\"\n"));
    }
}
