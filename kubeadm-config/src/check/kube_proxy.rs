//! What kube-proxy of a minor says of a KubeProxyConfiguration: `Validate` of
//! `pkg/proxy/apis/config/validation` as data, one row a rule, with the minors that have it.
//!
//! Taken from the sources of 1.22, 1.25, 1.27, 1.29, 1.31, 1.33, 1.34 and 1.37; of a rule that came or
//! went between two of them, the minors between are not held to it. kubeadm only decodes the document
//! and puts it into a ConfigMap, so that every node's kube-proxy ends at what stands in it.

use serde_json::{Map, Value};

use super::Remark;
use crate::code::Code;
use crate::go::{Cidr, atoi, parse_duration, parse_ip_sloppy, quote, split_host_port};
use crate::kubelet::hidden_metrics_refusal;
use crate::version::Minor;

/// What a field has to be.
enum Rule {
    /// A whole number between two others.
    Within(i64, i64),
    /// A duration that is not negative; zero is often taken for the default.
    NotNegative(&'static str),
    /// One IP address.
    Address,
    /// An IP address and a port; an address alone gets the usual port.
    HostPort,
    /// A list of networks.
    Cidrs,
    /// The same, or a word that stands for several addresses.
    NodePorts,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A least period that is longer than the period itself, 30s and 1s where they are not given.
    Periods,
    /// Networks of Pods, one or one of each family.
    ClusterCidr,
    /// A name that this mode needs.
    Needed(&'static str),
    /// The minor before.
    MinorBefore,
}

use Rule::*;

/// A rule.
struct Row {
    /// The path in the document.
    field: &'static str,
    /// The name in kube-proxy's message, below KubeProxyConfiguration; `logging` stands alone.
    go: &'static str,
    /// The mode in which it is looked at; empty for every one. `iptables` is that of no mode, too.
    mode: &'static str,
    since: u64,
    until: u64,
    rule: Rule,
}

const NOW: u64 = u64::MAX;
/// From this minor on what only Linux has stands apart, and periods are those of the mode alone.
const APART: u64 = 31;
/// The last that is known from before.
const BEFORE: u64 = 29;

const fn row(field: &'static str, go: &'static str, rule: Rule) -> Row {
    Row { field, go, mode: "", since: 0, until: NOW, rule }
}

impl Row {
    const fn of(self, mode: &'static str) -> Self {
        Self { mode, ..self }
    }

    const fn since(self, since: u64) -> Self {
        Self { since, ..self }
    }

    const fn until(self, until: u64) -> Self {
        Self { until, ..self }
    }
}

const NOT_BELOW: &str = "must be greater than or equal to 0";
const ABOVE: &str = "must be greater than 0";
const MOST: i64 = i64::MAX;
const MODES: &[&str] = &["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix", ""];
/// Schedulers of IPVS that a kube-proxy before 1.26 takes; later ones leave that to the kernel.
const SCHEDULERS: &[&str] = &["", "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "sed", "nq"];

/// In the order of the source.
const RULES: &[Row] = &[
    row("iptables.masqueradeBit", "KubeProxyIPTablesConfiguration.MasqueradeBit", Within(0, 31)),
    row("iptables", "SyncPeriod", Periods).of("iptables").since(APART),
    row("iptables", "KubeProxyIPTablesConfiguration.SyncPeriod", Periods).until(BEFORE),
    row("ipvs", "SyncPeriod", Periods).of("ipvs").since(APART),
    row("ipvs", "KubeProxyIPVSConfiguration.SyncPeriod", Periods).of("ipvs").until(BEFORE),
    row("ipvs.scheduler", "KubeProxyIPVSConfiguration.Scheduler", OneOf(SCHEDULERS)).of("ipvs").until(25),
    row("ipvs.tcpTimeout", "KubeProxyIPVSConfiguration.TCPTimeout", NotNegative(NOT_BELOW)).of("ipvs"),
    row("ipvs.tcpFinTimeout", "KubeProxyIPVSConfiguration.TCPFinTimeout", NotNegative(NOT_BELOW)).of("ipvs"),
    row("ipvs.udpTimeout", "KubeProxyIPVSConfiguration.UDPTimeout", NotNegative(NOT_BELOW)).of("ipvs"),
    row("ipvs.excludeCIDRs", "KubeProxyIPVSConfiguration.ExcludeCidrs", Cidrs).of("ipvs"),
    row("nftables.masqueradeBit", "KubeProxyNFTablesConfiguration.MasqueradeBit", Within(0, 31))
        .of("nftables")
        .since(29),
    row("nftables", "SyncPeriod", Periods).of("nftables").since(APART),
    row("nftables", "KubeProxyNFTablesConfiguration.SyncPeriod", Periods)
        .of("nftables")
        .since(29)
        .until(BEFORE),
    row("conntrack.maxPerCore", "KubeProxyConntrackConfiguration.MaxPerCore", Within(0, MOST)),
    row("conntrack.min", "KubeProxyConntrackConfiguration.Min", Within(0, MOST)),
    row(
        "conntrack.tcpEstablishedTimeout",
        "KubeProxyConntrackConfiguration.TCPEstablishedTimeout",
        NotNegative(NOT_BELOW),
    ),
    row(
        "conntrack.tcpCloseWaitTimeout",
        "KubeProxyConntrackConfiguration.TCPCloseWaitTimeout",
        NotNegative(NOT_BELOW),
    ),
    row("conntrack.udpTimeout", "KubeProxyConntrackConfiguration.UDPTimeout", NotNegative(NOT_BELOW))
        .since(29),
    row(
        "conntrack.udpStreamTimeout",
        "KubeProxyConntrackConfiguration.UDPStreamTimeout",
        NotNegative(NOT_BELOW),
    )
    .since(29),
    row("oomScoreAdj", "OOMScoreAdj", Within(-1000, 1000)),
    row("udpIdleTimeout", "UDPIdleTimeout", NotNegative(ABOVE)).until(25),
    row("clientConnection.burst", "ClientConnection.Burst", Within(0, MOST)),
    row("configSyncPeriod", "ConfigSyncPeriod", NotNegative(ABOVE)),
    row("bindAddress", "BindAddress", Address),
    row("healthzBindAddress", "HealthzBindAddress", HostPort),
    row("metricsBindAddress", "MetricsBindAddress", HostPort),
    row("nodePortAddresses", "NodePortAddresses", NodePorts),
    row("showHiddenMetricsForVersion", "ShowHiddenMetricsForVersion", MinorBefore),
    row("clusterCIDR", "ClusterCIDR", ClusterCidr).until(BEFORE),
    row("clusterCIDR", "DetectLocalConfiguration.ClusterCIDRs", ClusterCidr).since(APART),
    row("detectLocalMode", "DetectLocalMode", OneOf(MODES)).since(29),
    row("detectLocal.bridgeInterface", "DetectLocalConfiguration.InterfaceName", Needed("BridgeInterface"))
        .since(25),
    row(
        "detectLocal.interfaceNamePrefix",
        "DetectLocalConfiguration.InterfacePrefix",
        Needed("InterfaceNamePrefix"),
    )
    .since(25),
    row("logging.format", "", OneOf(&["", "text", "json"])).since(27),
    row("logging.verbosity", "", Within(0, 0x7fff_ffff)).since(27),
];

/// Minors whose rules are known.
const MINORS: std::ops::RangeInclusive<u64> = 22..=37;

/// What kube-proxy ends with, each with the field of the document.
pub(super) fn refused(content: &Map<String, Value>, minor: Minor) -> Vec<Remark> {
    let number = minor.number();
    if !MINORS.contains(&number) {
        return Vec::new();
    }
    let document = Document { content, minor };
    let mode = document.text("mode").unwrap_or_default();
    let mode = if mode.is_empty() { "iptables" } else { mode };
    let in_force =
        |row: &&Row| (row.since..=row.until).contains(&number) && (row.mode.is_empty() || row.mode == mode);
    RULES.iter().filter(in_force).flat_map(|row| document.broken(row)).collect()
}

struct Document<'a> {
    content: &'a Map<String, Value>,
    minor: Minor,
}

impl Document<'_> {
    /// What the document says; `null` is as if it said nothing.
    fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let first = self.content.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part)).filter(|value| !value.is_null())
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// Nanoseconds; zero where it is not given.
    fn nanos(&self, path: &str) -> i64 {
        self.text(path).and_then(|text| parse_duration(text).ok()).unwrap_or_default()
    }

    fn broken(&self, row: &Row) -> Vec<Remark> {
        let one = |value: String, what: &str| vec![self.remark(row, "", &value, what)];
        let text = || self.text(row.field).filter(|text| !text.is_empty());
        match row.rule {
            Within(least, most) => {
                let Some(number) = self.get(row.field).and_then(Value::as_i64) else { return Vec::new() };
                match number {
                    _ if (least..=most).contains(&number) => Vec::new(),
                    _ if row.go.is_empty() => one(number.to_string(), &format!("Must be <= {most}")),
                    _ if most == MOST => one(number.to_string(), NOT_BELOW),
                    _ => one(number.to_string(), &format!("must be within the range [{least}, {most}]")),
                }
            }
            NotNegative(what) if self.nanos(row.field) < 0 => {
                one(quote(self.text(row.field).unwrap_or_default()), what)
            }
            NotNegative(_) => Vec::new(),
            Address => match text().filter(|text| parse_ip_sloppy(text).is_none()) {
                Some(text) => one(quote(text), "not a valid textual representation of an IP address"),
                None => Vec::new(),
            },
            HostPort => text().map(|text| self.host_port(row, text)).unwrap_or_default(),
            Cidrs | NodePorts => self.cidrs(row),
            OneOf(words) => match self.text(row.field).filter(|text| !words.contains(text)) {
                Some(text) if row.go.is_empty() => one(quote(text), "Unsupported log format"),
                Some(text) => {
                    let known = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", ");
                    let said = format!(
                        "{}: Unsupported value: {}: supported values: {known}",
                        self.path(row, ""),
                        quote(text)
                    );
                    vec![self.said(row, "", said)]
                }
                None => Vec::new(),
            },
            Periods => self.periods(row),
            ClusterCidr => self.cluster_cidr(row),
            Needed(mode) => match text() {
                None if self.text("detectLocalMode") == Some(mode) => one(quote(""), "must not be empty"),
                _ => Vec::new(),
            },
            MinorBefore => {
                let text = text().unwrap_or_default();
                let what = hidden_metrics_refusal(text, self.minor);
                what.map(|what| one(quote(text), &what)).unwrap_or_default()
            }
        }
    }

    /// kube-proxy's name of a field, as its message has it.
    fn path(&self, row: &Row, index: &str) -> String {
        if row.go.is_empty() {
            return format!("{}{index}", row.field);
        }
        let linux = row.go.starts_with("KubeProxyConntrack") || row.go == "OOMScoreAdj";
        let apart = if linux && self.minor.number() > BEFORE { "KubeProxyLinuxConfiguration." } else { "" };
        format!("KubeProxyConfiguration.{apart}{}{index}", row.go)
    }

    fn remark(&self, row: &Row, index: &str, value: &str, what: &str) -> Remark {
        let said = format!("{}: Invalid value: {value}: {what}", self.path(row, index));
        self.said(row, index, said)
    }

    fn said(&self, row: &Row, index: &str, said: String) -> Remark {
        // What is missing is told at the mode that needs it, and two periods at the longer one.
        let field = match row.rule {
            Needed(_) => "detectLocalMode".to_owned(),
            Periods if self.get(&format!("{}.minSyncPeriod", row.field)).is_some() => {
                format!("{}.minSyncPeriod", row.field)
            }
            Periods => format!("{}.syncPeriod", row.field),
            _ => format!("{}{index}", row.field),
        };
        let text = format!("kube-proxy {} ends with: {said}", self.minor);
        let help = match row.rule {
            Needed(_) => format!("give {} too", row.field),
            Periods => {
                "write a syncPeriod that is not below minSyncPeriod, which is 1s where it is not given".into()
            }
            _ => "correct the value, or leave the field out for the default".into(),
        };
        let code = Code::KubeProxyConfigRefused;
        Remark::error(code, field, text).help(code, help)
    }

    /// `validateHostPort`, after a port was put behind an address (`AppendPortIfNeeded`).
    fn host_port(&self, row: &Row, text: &str) -> Vec<Remark> {
        let Ok((host, port)) = split_host_port(text) else {
            return match parse_ip_sloppy(text) {
                Some(_) => Vec::new(),
                None => vec![self.remark(row, "", &quote(text), "must be IP:port")],
            };
        };
        let mut found = Vec::new();
        if parse_ip_sloppy(host).is_none() {
            found.push(self.remark(row, "", &quote(host), "must be a valid IP"));
        }
        if !atoi(port).is_ok_and(|port| (1..=65535).contains(&port)) {
            found.push(self.remark(row, "", &quote(port), "must be a valid port"));
        }
        found
    }

    fn cidrs(&self, row: &Row) -> Vec<Remark> {
        // `primary` came with 1.31 or the minor before, two more words by 1.37.
        let words: &[&str] = match (&row.rule, self.minor.number()) {
            (NodePorts, 35..) => &["primary", "localhost", "all"],
            (NodePorts, 30..) => &["primary"],
            _ => &[],
        };
        let items = self.get(row.field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut found = Vec::new();
        for (index, item) in items.iter().filter_map(Value::as_str).enumerate() {
            let (at, shown) = (format!("[{index}]"), quote(item));
            if words.contains(&item) {
                let alone = words.len() > 1 || items.len() == 1;
                if !alone {
                    found.push(self.remark(row, &at, &shown, "can't use both 'primary' and CIDRs"));
                    break;
                }
            } else if item.parse::<Cidr>().is_err() {
                found.push(self.remark(row, &at, &shown, "must be a valid CIDR"));
            }
        }
        found
    }

    /// Zero is taken for the default, which kube-proxy compares too.
    fn periods(&self, row: &Row) -> Vec<Remark> {
        const SECOND: i64 = 1_000_000_000;
        let [full, least] = ["syncPeriod", "minSyncPeriod"].map(|name| format!("{}.{name}", row.field));
        let or = |nanos: i64, default: i64| if nanos == 0 { default } else { nanos };
        let (period, shortest) = (self.nanos(&full), self.nanos(&least));
        let usual = if row.field == "ipvs" { 0 } else { SECOND };
        let shown = |path: &str, usual: &str| {
            quote(self.text(path).filter(|_| self.nanos(path) != 0).unwrap_or(usual))
        };
        let min = self.path(row, "").replace("SyncPeriod", "MinSyncPeriod");
        if period < 0 {
            return vec![self.remark(row, "", &shown(&full, ""), ABOVE)];
        }
        if shortest < 0 {
            let said = format!("{min}: Invalid value: {}: {NOT_BELOW}", shown(&least, ""));
            return vec![self.said(row, "", said)];
        }
        if or(shortest, usual) > or(period, 30 * SECOND) {
            let what = format!("must be greater than or equal to {min}");
            return vec![self.remark(row, "", &shown(&least, "1s"), &what)];
        }
        Vec::new()
    }

    /// Newer ones look at it only where it decides what is local, which it does where nothing is said.
    fn cluster_cidr(&self, row: &Row) -> Vec<Remark> {
        let newer = self.minor.number() >= APART;
        let Some(text) = self.text(row.field).filter(|text| !text.is_empty()) else { return Vec::new() };
        if newer && !matches!(self.text("detectLocalMode").unwrap_or_default(), "" | "ClusterCIDR") {
            return Vec::new();
        }
        let items: Vec<&str> = text.split(',').collect();
        let read: Vec<Option<Cidr>> = items.iter().map(|item| item.parse().ok()).collect();
        let valid = "must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)";
        let of_both = |read: &[Option<Cidr>]| match read {
            [Some(a), Some(b)] => a.is_v6() != b.is_v6(),
            _ => true,
        };
        if !newer {
            let what = match read.as_slice() {
                [Some(_)] => return Vec::new(),
                [Some(_), Some(_)] if of_both(&read) => return Vec::new(),
                [None] => valid,
                [_, _] => "must be a valid DualStack CIDR (e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)",
                _ => {
                    "only one CIDR allowed or a valid DualStack CIDR (e.g. 10.100.0.0/16,fde4:8dba:82e1::/48)"
                }
            };
            return vec![self.remark(row, "", &quote(text), what)];
        }
        let pair = "must be a either a single CIDR or dual-stack pair of CIDRs (e.g. [10.100.0.0/16, fde4:8dba:82e1::/48]";
        let all = format!("[{}]", items.iter().map(|item| quote(item)).collect::<Vec<_>>().join(","));
        if items.len() > 2 || !of_both(&read) {
            return vec![self.remark(row, "", &all, pair)];
        }
        let wrong = items.iter().zip(&read).enumerate().filter(|(_, (_, read))| read.is_none());
        let told = |(index, (item, _)): (usize, (&&str, _))| {
            let said =
                format!("{}: Invalid value: {}: {valid}", self.path(row, &format!("[{index}]")), quote(item));
            self.said(row, "", said)
        };
        wrong.map(told).collect()
    }
}

#[cfg(test)]
mod tests;
