//! Values in a service's files that systemd cannot read and passes over, in its own words
//! (`src/core/load-fragment.c`; systemd 252 was asked with `systemd-analyze verify`).

/// What systemd says of the value of a key in `[Service]`, where it ignores the line.
pub(super) fn ignored(key: &str, value: &str) -> Option<String> {
    // An empty value takes back what was set, and what a specifier comes to is systemd's to know.
    if value.is_empty() || value.contains('%') {
        return None;
    }
    let word = |words: &[&str], what: &str| {
        (!words.contains(&value)).then(|| format!("Failed to parse {what}, ignoring: {value}"))
    };
    match key {
        "Type" => word(
            &["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"],
            "service type",
        ),
        "Restart" => word(
            &["no", "always", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort"],
            "service restart specifier",
        ),
        "KillMode" => word(&["control-group", "process", "mixed", "none"], "kill mode specification"),
        "OOMPolicy" => word(&["continue", "stop", "kill"], "OOM policy"),
        "OOMScoreAdjust" => {
            (!value.parse::<i32>().is_ok_and(|score| (-1000..=1000).contains(&score))).then(|| {
                format!("Failed to parse the OOM score adjust value '{value}', ignoring: Invalid argument")
            })
        }
        "RestartSec" => {
            (!is_time_span(value)).then(|| format!("Failed to parse sec value, ignoring: {value}"))
        }
        "TimeoutStartSec" | "TimeoutStopSec" | "TimeoutSec" => {
            (!is_time_span(value)).then(|| format!("Failed to parse {key}= parameter, ignoring: {value}"))
        }
        _ if BOOLEANS.contains(&key) => {
            let known = ["1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off"];
            let good = known.contains(&value.to_ascii_lowercase().as_str());
            (!good).then(|| format!("Failed to parse boolean value, ignoring: {value}"))
        }
        _ => limit(key, value),
    }
}

/// Truth values that every systemd of a supported distribution has as such.
const BOOLEANS: [&str; 11] = [
    "RemainAfterExit",
    "RootDirectoryStartOnly",
    "GuessMainPID",
    "NonBlocking",
    "IgnoreSIGPIPE",
    "NoNewPrivileges",
    "SendSIGKILL",
    "SendSIGHUP",
    "CPUAccounting",
    "MemoryAccounting",
    "TasksAccounting",
];

/// `LimitNOFILE=` and its like: a number or `infinity`, or a soft and a hard one; of bytes with a unit.
fn limit(key: &str, value: &str) -> Option<String> {
    let is_good: fn(&str) -> bool = match key {
        "LimitNOFILE" | "LimitNPROC" | "LimitLOCKS" | "LimitSIGPENDING" | "LimitRTPRIO" => is_count,
        "LimitFSIZE" | "LimitDATA" | "LimitSTACK" | "LimitCORE" | "LimitRSS" | "LimitAS" | "LimitMEMLOCK"
        | "LimitMSGQUEUE" => is_size,
        _ => return None,
    };
    let good = |part: &str| part == "infinity" || is_good(part);
    let whole = match value.split_once(':') {
        Some((soft, hard)) => good(soft) && good(hard),
        None => good(value),
    };
    (!whole).then(|| format!("Failed to parse resource value, ignoring: {value}"))
}

fn is_count(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}

/// `parse_size` with a base of 1024.
fn is_size(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    number.parse::<f64>().is_ok() && ["", "B", "K", "M", "G", "T", "P", "E"].contains(&unit.trim())
}

/// `parse_sec`: numbers with units, with or without blanks between; without a unit seconds.
fn is_time_span(text: &str) -> bool {
    const UNITS: [&str; 30] = [
        "", "usec", "us", "µs", "msec", "ms", "seconds", "second", "sec", "s", "minutes", "minute", "min",
        "m", "hours", "hour", "hr", "h", "days", "day", "d", "weeks", "week", "w", "months", "month", "M",
        "years", "year", "y",
    ];
    if text == "infinity" {
        return true;
    }
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let behind = behind.trim_start();
        let unit_end = behind.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit_end);
        if number.parse::<f64>().is_err() || !UNITS.contains(&unit) {
            return false;
        }
        rest = behind.trim_start();
    }
    !text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `systemd-analyze verify` of systemd 252 says, or nothing where it takes the value.
    #[test]
    fn systemds_own_words() {
        for (line, said) in [
            ("Type=foo", "Failed to parse service type, ignoring: foo"),
            ("Restart=sometimes", "Failed to parse service restart specifier, ignoring: sometimes"),
            ("KillMode=x", "Failed to parse kill mode specification, ignoring: x"),
            (
                "OOMScoreAdjust=abc",
                "Failed to parse the OOM score adjust value 'abc', ignoring: Invalid argument",
            ),
            ("LimitNOFILE=abc", "Failed to parse resource value, ignoring: abc"),
            ("LimitNOFILE=10:x", "Failed to parse resource value, ignoring: 10:x"),
            ("LimitNOFILE=1M", "Failed to parse resource value, ignoring: 1M"),
            ("LimitNPROC=1G", "Failed to parse resource value, ignoring: 1G"),
            ("LimitCORE=1G", ""),
            ("LimitNOFILE=1024:infinity", ""),
            ("LimitMEMLOCK=abc", "Failed to parse resource value, ignoring: abc"),
            ("TimeoutStartSec=x", "Failed to parse TimeoutStartSec= parameter, ignoring: x"),
            ("TimeoutStartSec=infinity", ""),
            ("RestartSec=5x", "Failed to parse sec value, ignoring: 5x"),
            ("RestartSec=1min 30s", ""),
            ("RestartSec=10", ""),
            ("RemainAfterExit=maybe", "Failed to parse boolean value, ignoring: maybe"),
            ("OOMPolicy=x", "Failed to parse OOM policy, ignoring: x"),
            ("Type=notify", ""),
            ("Type=", ""),
            ("Type=%i", ""),
        ] {
            let (key, value) = line.split_once('=').unwrap();
            assert_eq!(ignored(key, value).unwrap_or_default(), said, "{line}");
        }
    }
}
