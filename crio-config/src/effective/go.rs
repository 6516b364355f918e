//! Go's side of decoding: its type names, and durations.

use crate::catalogue::{Kind, Table};
use crate::toml::Dialect;
use crate::{Release, toml};

/// The Go type a TOML value arrives as.
#[derive(Clone, Copy, Debug)]
pub(super) enum TypeName {
    String,
    Integer,
    Float,
    Boolean,
    Time,
    Array,
    Table,
    Tables,
}

impl TypeName {
    pub(super) fn of(value: &toml::Value) -> Self {
        match value {
            toml::Value::String(_) => Self::String,
            toml::Value::Integer(_) => Self::Integer,
            toml::Value::Float(_) => Self::Float,
            toml::Value::Boolean(_) => Self::Boolean,
            toml::Value::Datetime(_) => Self::Time,
            toml::Value::Array(_) => Self::Array,
            toml::Value::Table(_) => Self::Table,
            toml::Value::Tables(_) => Self::Tables,
        }
    }

    /// As messages print it. The empty interface became `any`.
    pub(super) fn text(self, dialect: Dialect) -> &'static str {
        let any = dialect >= Dialect::V1_4;
        match self {
            Self::String => "string",
            Self::Integer => "int64",
            Self::Float => "float64",
            Self::Boolean => "bool",
            Self::Time => "time.Time",
            Self::Array if any => "[]any",
            Self::Array => "[]interface {}",
            Self::Table if any => "map[string]any",
            Self::Table => "map[string]interface {}",
            Self::Tables if any => "[]map[string]any",
            Self::Tables => "[]map[string]interface {}",
        }
    }
}

/// What messages call the type of an option.
pub(super) fn destination(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer | Kind::Unsigned | Kind::Duration => "integer",
        Kind::Strings => "slice",
        Kind::StringMap | Kind::Table | Kind::Tables => "map",
    }
}

/// The Go type behind a table. That of `[crio]` has no name, so Go prints all of it.
pub(super) fn struct_name(table: Table, release: Release) -> String {
    match table {
        Table::Root => root_struct(release),
        Table::Handler => "config.RuntimeHandler".into(),
        Table::Workload => "config.WorkloadConfig".into(),
        Table::Resources => "config.Resources".into(),
        Table::Validator => "nri.DefaultValidatorConfig".into(),
        section => SECTIONS
            .iter()
            .find(|(at, ..)| *at == section)
            .map_or_else(String::new, |(_, _, embedded)| format!("struct {{ {embedded} }}")),
    }
}

/// The sections in the order of the Go struct: table, field, embedded type.
const SECTIONS: [(Table, &str, &str); 9] = [
    (Table::Api, "API", "config.APIConfig"),
    (Table::Runtime, "Runtime", "config.RuntimeConfig"),
    (Table::CheckpointRestore, "CheckpointRestore", "config.CheckpointRestoreConfig"),
    (Table::Image, "Image", "config.ImageConfig"),
    (Table::Network, "Network", "config.NetworkConfig"),
    (Table::Metrics, "Metrics", "config.MetricsConfig"),
    (Table::Tracing, "Tracing", "config.TracingConfig"),
    (Table::Stats, "Stats", "config.StatsConfig"),
    (Table::Nri, "NRI", "*nri.Config"),
];

fn root_struct(release: Release) -> String {
    let mut out = String::from("struct { config.RootConfig");
    for (table, field, embedded) in SECTIONS.iter().filter(|(table, ..)| table.since() <= release) {
        let tag = table.path().rsplit('.').next().unwrap_or_default();
        out.push_str(&format!("; {field} struct {{ {embedded} }} \"toml:\\\"{tag}\\\"\""));
    }
    out.push_str(" }");
    out
}

/// `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Nanoseconds of a Go duration such as `1h2m3.5s`.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = take_duration_part(rest)?;
        total = total.checked_add(nanoseconds).filter(|&total| total <= 1 << 63)?;
        rest = after;
    }
    if negative { 0_i64.checked_sub_unsigned(total) } else { i64::try_from(total).ok() }
}

/// A number with its unit.
fn take_duration_part(text: &str) -> Option<(u64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    let number: u64 = if whole == 0 { 0 } else { text[..whole].parse().ok()? };
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix('.') {
        let count = digits(after);
        fraction = &after[..count];
        rest = &after[count..];
    }
    if whole == 0 && fraction.is_empty() {
        return None;
    }
    let unit_end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let unit: u64 = match &rest[..unit_end] {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let nanoseconds = number.checked_mul(unit)?.checked_add(fraction_of(fraction, unit))?;
    (nanoseconds <= 1 << 63).then_some((nanoseconds, &rest[unit_end..]))
}

// As integers: 18 digits of a fraction are more than a float holds, and nobody writes them.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut value: u128 = 0;
    let mut scale: u128 = 1;
    for digit in digits.bytes().take(18) {
        value = value * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    u64::try_from(value * u128::from(unit) / scale).unwrap_or(0)
}

/// Nanoseconds as Go prints a duration: `1h2m3.5s`, `2s`, `10ms`, `0s`.
pub(crate) fn format_duration(nanoseconds: i64) -> String {
    let total = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if total == 0 {
        return "0s".into();
    }
    if total < 1_000_000_000 {
        let (unit, name) = match total {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "\u{b5}s"),
            _ => (1_000_000, "ms"),
        };
        return format!("{sign}{}{name}", with_fraction(total, unit));
    }
    // `Duration.String` leaves out leading units that are zero, but never those in between.
    let seconds = total / 1_000_000_000;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let rest = with_fraction(total % 60_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }
}

fn with_fraction(value: u64, unit: u64) -> String {
    let (whole, part) = (value / unit, value % unit);
    if part == 0 {
        return whole.to_string();
    }
    let width = unit.to_string().len() - 1;
    let digits = format!("{part:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}
