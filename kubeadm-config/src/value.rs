//! Values with a text of their own: durations and points in time.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in nanoseconds, printed as Go prints it: `4m0s`, `24h0m0s`, `1.5s`, `100ms`,
/// `0s`.
///
/// ```
/// use kubeadm_config::Duration;
///
/// assert_eq!(Duration::from_secs(240).to_string(), "4m0s");
/// assert_eq!(Duration::from_nanos(1_500_000).to_string(), "1.5ms");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// So many seconds; what does not fit into 292 years is cut to that.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// So many hours; what does not fit into 292 years is cut to that.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_secs(hours.saturating_mul(3600))
    }

    /// The whole of it in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The whole seconds of it, rounded down.
    ///
    /// ```
    /// use kubeadm_config::Duration;
    ///
    /// assert_eq!(Duration::from_nanos(1_999_999_999).as_secs(), 1);
    /// assert_eq!(Duration::from_nanos(-1).as_secs(), -1);
    /// ```
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if nanos == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        match nanos {
            0..1_000 => write!(f, "{nanos}ns"),
            1_000..1_000_000 => fraction(f, nanos, 1_000, "µs"),
            1_000_000..1_000_000_000 => fraction(f, nanos, 1_000_000, "ms"),
            _ => {
                let (minutes, rest) = (nanos / 60_000_000_000, nanos % 60_000_000_000);
                if minutes >= 60 {
                    write!(f, "{}h", minutes / 60)?;
                }
                if minutes > 0 {
                    write!(f, "{}m", minutes % 60)?;
                }
                fraction(f, rest, 1_000_000_000, "s")
            }
        }
    }
}

/// `value / unit` with as many digits after the point as there are, and no more.
fn fraction(f: &mut fmt::Formatter<'_>, value: u64, unit: u64, name: &str) -> fmt::Result {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return write!(f, "{whole}{name}");
    }
    let digits = unit.ilog10() as usize;
    let rest = format!("{rest:0digits$}");
    write!(f, "{whole}.{}{name}", rest.trim_end_matches('0'))
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads what Go's `time.ParseDuration` reads.
impl std::str::FromStr for Duration {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, crate::Error> {
        let nanos = crate::go::parse_duration(text);
        nanos
            .map(Self)
            .map_err(|problem| crate::Error::Duration { given: text.into(), problem: problem.to_string() })
    }
}

/// A point in time to the second, printed in UTC as RFC 3339: `2026-11-23T08:00:00Z`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// Takes a time that is already in that form.
    pub(crate) const fn from_rfc3339(text: String) -> Self {
        Self(text)
    }

    /// The text, in UTC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_rfc3339)
    }
}

impl Serialize for crate::BootstrapToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for crate::BootstrapToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    macro_rules! text {
        ($($type:ty, $name:literal: $schema:tt;)*) => {$(
            impl JsonSchema for $type {
                fn schema_name() -> Cow<'static, str> {
                    $name.into()
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        )*};
    }

    text! {
        super::Duration, "Duration": { "type": "string", "description": "A duration as Go reads it, such as 4m0s." };
        super::Timestamp, "Time": { "type": "string", "format": "date-time" };
        crate::BootstrapToken, "BootstrapTokenString": { "type": "string", "pattern": "^[a-z0-9]{6}\\.[a-z0-9]{16}$" };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_go_prints_them() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (480_000_000_001, "8m0.000000001s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(Duration(nanos).to_string(), text);
            assert_eq!(text.parse::<Duration>().unwrap(), Duration(nanos), "{text}");
        }
    }
}
