//! What every command that shows foreign text sends to a terminal: styles of its own, and nothing
//! of that text that acts (breaker 10). `script` of util-linux makes the terminal.

use std::path::Path;
use std::process::{Command, Stdio};

use snapbox::cmd::cargo_bin;
use test_kit::skip;

/// A title, a cleared screen, both as C0 and as C1, and text that runs backwards.
const HOSTILE: &str = "\u{1b}]0;PWNED\u{7}\u{1b}[2J\u{9b}2J\u{202e}";

/// A tree and files beside it that hold the hostile text wherever a command could show it.
fn lay(dir: &Path) {
    let put = |path: &str, text: &str| {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace('@', HOSTILE)).unwrap();
    };
    put("root/etc/hostname", "a@\n");
    put("root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian @\"\n");
    put("root/etc/fstab", "/dev/sda2@ none swap sw 0 0\n");
    put("root/etc/sysctl.d/zz.conf", "net.ipv4.ip_forward = 0 @\n");
    put("root/etc/crictl.yaml", "runtime-endpoint: x@\n");
    put(&format!("root/etc/crio/crio.conf.d/zz{HOSTILE}.conf"), "[crio.runtime]\ncgroup_manager = \"x@\"\n");
    let toml = "[crio.runtime]\n\"unknown@\" = \"@\"\ndefault_runtime = \"\\u001b[2J\"\n";
    put("root/etc/crio/crio.conf", &toml.replace('@', "\\u001b]0;PWNED\\u0007\\u009b2J\\u202e"));
    put("root/etc/containers/registries.conf", "[[registry]]\nprefix = \"\\u001b[2J\"\n");
    put("registries.conf", "[[registry]]\nprefix = \"@\"\n");
    put("spec.yaml", "kubernetesVersion: v1.34.0\nadvertiseAddress: 192.0.2.7\nnodeName: n1\n");
    put(
        "bad.yaml",
        "kubernetesVersion: v1.34.0\n\"field@\": \"\\e]0;PWNED\\a\\x9b2J\\u202e\"\nnodeName: \"\\e[2J\"\n",
    );
    let kubeadm = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n\
        \"unknown\\e[2J\": \"\\e]0;PWNED\\a\"\nclusterName: \"\\x9b2J\\u202e\"\n";
    put("kubeadm.yaml", kubeadm);
    put("raw.yaml", "kind: @\n");
    put("ca.crt", "-----BEGIN @-----\n");
    put(
        "bundle/k8sprep-bundle.json",
        "{\"schema\": \"k8sprep.bundle/v1\", \"distro\": \"\\u001b[2J\", \"@\": 1}",
    );
}

/// What the program sends to a terminal that it is given.
fn sent(dir: &Path, words: &[&str]) -> String {
    let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
    let program = cargo_bin!("k8sprep").display().to_string();
    let line: Vec<String> =
        std::iter::once(program.as_str()).chain(words.iter().copied()).map(quoted).collect();
    let output = Command::new("script")
        .args(["-q", "-e", "-c", &line.join(" "), "/dev/null"])
        .current_dir(dir)
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The text without the styles that are ours and the line that is taken away again.
fn without_styles(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix(['m', 'K']) {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str(&format!("\u{1b}[{part}")),
        }
    }
    plain
}

#[test]
#[ignore = "run it with `tests/layer programs`"]
fn foreign_text_never_acts_on_a_terminal() {
    if Command::new("script").arg("--version").output().is_err() {
        return skip("script is not here");
    }
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path());
    let hostile = format!("nothing{HOSTILE}");
    let commands: &[&[&str]] = &[
        &["facts", "--root", "root"],
        &["facts", "--root", "root", "--output", "json"],
        &["plan", "--root", "root", "-f", "spec.yaml", "--no-packages"],
        &["plan", "--root", "root", "-f", "spec.yaml", "--no-packages", "--output", "json"],
        &["plan", "--root", "root", "-f", "bad.yaml"],
        &["plan", "--root", "root", "-f", &hostile],
        &["verify", "--root", "root", "-f", "spec.yaml", "--no-packages"],
        &["apply", "--root", "root", "-f", "spec.yaml", "--no-packages"],
        &["history", "--root", "root"],
        &["history", "--root", "root", "1"],
        &["rollback", "--root", "root"],
        &["recover", "--root", "root"],
        &["down", "--root", "root", "--yes"],
        &["crio", "check", "--root", "root"],
        &["crio", "show", "--root", "root"],
        &["crio", "get", "--root", "root", "crio.runtime.default_runtime"],
        &["crio", "get", "--root", "root", &hostile],
        &["crio", "set", "--root", "root", &hostile, &hostile],
        &["crio", "unset", "--root", "root", &hostile],
        &["crio", "options", &hostile],
        &["crio", "upgrade-notes", "--root", "root", "1.35"],
        &["crio", "registries", "--check", "registries.conf"],
        &["crio", "registries", "--mirror", &hostile],
        &["check-config", "kubeadm.yaml"],
        &["check-config", "raw.yaml"],
        &["check-config", "--like-kubeadm", "kubeadm.yaml"],
        &["migrate-config", "kubeadm.yaml"],
        &["gen-config", "--from", "kubeadm.yaml"],
        &["ca-hash", "ca.crt"],
        &["ca-hash", &hostile],
        &["bundle", "check", "bundle"],
        &["bundle", "check", &hostile],
        &["probe-crio", "--socket", "/nothing\u{1b}[2J"],
        &["join-command", "--token", &hostile],
        &["schema", &hostile],
        &["up", "--root", "root", "-f", "bad.yaml"],
        &[&hostile],
    ];
    let mut raw = Vec::new();
    for words in commands {
        let sent = sent(dir.path(), words);
        assert!(!sent.is_empty(), "{words:?}: nothing came, so nothing was tried");
        // Who is refused by the command line alone shows nothing that is foreign.
        let refused = ["unexpected argument", "unrecognized subcommand", "required arguments"];
        let refused = refused.iter().any(|why| sent.contains(why));
        assert_eq!(refused, words == &[hostile.as_str()], "{words:?} is no command of ours: {sent}");
        let acts = |c: &char| !matches!(c, '\n' | '\r' | '\t') && host_prep::acts_on_terminal(*c);
        if without_styles(&sent).chars().any(|c| acts(&c)) {
            raw.push(format!("{words:?}: {sent:?}"));
        }
    }
    assert!(raw.is_empty(), "{}", raw.join("\n"));
}

#[test]
fn styles_are_told_from_what_acts() {
    assert_eq!(without_styles("\u{1b}[1;31mred\u{1b}[0m\u{1b}[K"), "red");
    assert_eq!(without_styles("a\u{1b}[2Jb"), "a\u{1b}[2Jb");
}
