//! Our line of help to what CRI-O refuses: its words name the fault, and seldom what to write.

/// A part of CRI-O's words, and what to do. The first that fits counts.
const KNOWN: &[(&str, &str)] = &[
    (
        "no runtime entry",
        "write the table [crio.runtime.runtimes.NAME] of it, or name in default_runtime one that there is",
    ),
    ("no runtime path is set", "write its runtime_path, or name another runtime in default_runtime"),
    ("naming pattern is not followed", "the program of a vm is called containerd-shim-NAME"),
    ("\"taskset\" not found", "install the package that has taskset, or leave infra_ctr_cpuset out"),
    ("not a valid logrus Level", "write fatal, panic, error, warn, info, debug or trace"),
    ("invalid cgroup manager", "write systemd or cgroupfs"),
    ("invalid short name mode", "write enforcing, permissive or disabled"),
    ("image volume type specified", "write mkdir, bind or ignore"),
    ("invalid `runtime_type`", "write oci or vm, or leave it out"),
    ("runtime_config_path can only be used", "leave runtime_config_path out, or write runtime_type = \"vm\""),
    ("log level filter does not compile", "correct the regular expression, or leave log_filter out"),
    ("is not absolute", "write the whole path, from / on"),
    ("must be absolute", "write the whole path, from / on"),
    ("extra spaces found", "write each item as \"NAME=VALUE\", without blanks"),
    ("is not in key=value format", "write each item as \"NAME=VALUE\""),
    ("invalid pause image", "write NAME:TAG or NAME@DIGEST, in small letters and without blanks"),
    ("cpuset", "write numbers of processors, such as 0-3,7"),
    ("unrecognized ulimit", "write NAME=SOFT:HARD, such as nofile=1024:2048"),
    ("invalid device", "write HOST[:CONTAINER[:rwm]], such as /dev/fuse:/dev/fuse:rw"),
    ("is not a valid device", "write a device that the host has, or take it out"),
    ("invalid timezone", "write a name such as Europe/Berlin, Local, or leave it out"),
    ("stream TLS", "write stream_tls_cert, stream_tls_key and stream_tls_ca, or stream_enable_tls = false"),
    ("unknown tls version", "write VersionTLS12 or VersionTLS13"),
    ("must be VersionTLS12 or VersionTLS13", "write VersionTLS12 or VersionTLS13"),
    ("IDMappings with Manage", "take one of the two out"),
    ("must not be negative", "write 0 or more"),
    ("must be >= 0", "write 0 or more"),
    ("cannot be less than 1000 microseconds", "write 1000 or more"),
    ("invalid duration", "write a length of time with units, such as \"30s\""),
    ("expected '\"\"\"'", "close the text with \"\"\""),
    ("expected \"'''\"", "close the text with '''"),
    ("strings cannot contain newlines", "close the text with a \" in the line where it begins"),
    ("already been defined", "a table or a key stands once in a file: put both into one"),
    ("incompatible types", OF_TYPE),
    ("cannot load TOML value", OF_TYPE),
    ("type mismatch for", OF_TYPE),
];

const OF_TYPE: &str = "write a value of the type that the option has: `k8sprep crio options KEY` says which";

/// What to do about a refusal, where that is known.
pub(super) fn on(text: &str) -> Option<String> {
    KNOWN.iter().find(|(part, _)| text.contains(part)).map(|(_, help)| (*help).to_owned())
}

/// What to do where the program of a runtime is not there: `path` as the configuration has it.
pub(super) fn on_program(name: &str, path: &str) -> String {
    match path {
        "" => {
            format!("install the package that has {name}, or write where it is as runtime_path of its table")
        }
        _ => "install the program, or write where it is; with an empty runtime_path it is looked for in PATH"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::on;

    #[test]
    fn what_is_refused_has_its_help() {
        let taskset = "\"taskset\" not found in $PATH: exec: \"taskset\": executable file not found in $PATH";
        assert!(on(taskset).unwrap().contains("infra_ctr_cpuset"), "{:?}", on(taskset));
        let shim =
            "invalid runtime_path for runtime 'kata': containerd binary naming pattern is not followed";
        assert!(on(shim).unwrap().contains("containerd-shim-NAME"), "{:?}", on(shim));
        assert_eq!(on("cannot use sign with non-decimal numbers"), None);
        assert!(on("not a valid logrus Level: \"zz\"").unwrap().contains("debug"));
        assert_eq!(on("something that nobody has seen"), None);
    }
}
