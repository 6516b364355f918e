//! A control plane that runs is made ill in the ways that users meet (the project's list of pains),
//! one after the other: `doctor` has to name each, what it offers has to cure it, and the node has to
//! be Ready again.
//!
//! The cure is what the finding says of itself: `--fix`, `--fix=unsafe`, or the commands that it
//! prints, run as they stand. Where it says in words what to put right, that is done by hand and
//! told so.

use std::io;
use std::time::Instant;

use serde_json::Value;

use super::checks::{back, whole};
use super::{PLANE, Trial, Trials, within};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};

/// Seconds in which an illness has to be named.
const NAMED: u64 = 60;
/// And what a service said at its last start, until this one has lasted a minute.
const GONE: u64 = 120;
/// Programs that a printed command may begin with; what else stands in backticks is a name.
const PROGRAMS: [&str; 12] = [
    "chmod",
    "crictl",
    "hostnamectl",
    "kubeadm",
    "kubectl",
    "mv",
    "rm",
    "swapoff",
    "sysctl",
    "systemctl",
    "touch",
    "modprobe",
];

/// A way to be ill.
struct Ill {
    /// The number of the pain in the project's list; 0 where it has none.
    pain: u8,
    name: &'static str,
    /// What makes a well node so.
    makes: &'static str,
    code: &'static str,
    /// What puts it right where the cure is in words; always what the words say, and no more.
    by_hand: &'static str,
    /// What has to end well on a host that can be made so.
    needs: &'static str,
}

const fn ill(
    pain: u8,
    name: &'static str,
    makes: &'static str,
    code: &'static str,
    by_hand: &'static str,
) -> Ill {
    Ill { pain, name, makes, code, by_hand, needs: "true" }
}

const FLAGS: &str = "cp -a /var/lib/kubelet/kubeadm-flags.env /root/flags; sed -i 's/\"$/ --container-runtime=remote\"/' \
     /var/lib/kubelet/kubeadm-flags.env; systemctl restart kubelet";

/// Those that can be made on a host that shares its kernel with others.
const ILLS: &[Ill] = &[
    ill(
        3,
        "another pause image",
        "printf '[crio.image]\\npause_image = \"registry.k8s.io/pause:3.1\"\\n' > /etc/crio/crio.conf.d/99-z.conf",
        "pause-image-mismatch",
        "rm /etc/crio/crio.conf.d/99-z.conf",
    ),
    ill(
        4,
        "a proxy without NO_PROXY",
        "mkdir -p /etc/systemd/system/crio.service.d; printf '[Service]\\nEnvironment=HTTPS_PROXY=http://192.0.2.99:3128\\n' > /etc/systemd/system/crio.service.d/98-x.conf; systemctl daemon-reload",
        "no-proxy-incomplete",
        "rm /etc/systemd/system/crio.service.d/98-x.conf; systemctl daemon-reload",
    ),
    ill(
        7,
        "the kubelet has another socket",
        "cp -a /var/lib/kubelet/config.yaml /root/config; sed -i 's|^containerRuntimeEndpoint:.*|containerRuntimeEndpoint: unix:///run/other/other.sock|' /var/lib/kubelet/config.yaml; systemctl restart kubelet",
        "cri-socket-mismatch",
        "cp -a /root/config /var/lib/kubelet/config.yaml; systemctl restart kubelet",
    ),
    ill(
        8,
        "forwarding is off",
        "sysctl -q -w net.ipv4.ip_forward=0",
        "ip-forward-off",
        "sysctl -q -w net.ipv4.ip_forward=1",
    ),
    ill(
        8,
        "another file turns forwarding off at boot",
        "echo net.ipv4.ip_forward=0 > /etc/sysctl.d/zzz.conf",
        "sysctl-file-overridden",
        "rm /etc/sysctl.d/zzz.conf",
    ),
    Ill {
        // Where it is a part of the kernel nothing has to load it.
        needs: "grep -q br_netfilter /proc/modules",
        ..ill(
            8,
            "a module is not loaded at boot",
            "mkdir -p /root/m; grep -l br_netfilter /etc/modules-load.d/* | xargs -I{} mv {} /root/m/",
            "module-lost-at-reboot",
            "mv /root/m/* /etc/modules-load.d/",
        )
    },
    ill(
        10,
        "CoreDNS asks itself",
        "cp /etc/resolv.conf /root/resolv; echo nameserver 127.0.0.53 > /etc/resolv.conf",
        "coredns-forwarding-loop",
        "cat /root/resolv > /etc/resolv.conf",
    ),
    ill(
        11,
        "cgroup drivers differ",
        "cp -a /var/lib/kubelet/config.yaml /root/config; sed -i 's/^cgroupDriver:.*/cgroupDriver: cgroupfs/' /var/lib/kubelet/config.yaml",
        "cgroup-driver-mismatch",
        "cp -a /root/config /var/lib/kubelet/config.yaml",
    ),
    ill(
        12,
        "a copy of a manifest is left",
        "cp /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/manifests/kube-scheduler.yaml.bak",
        "manifest-duplicated",
        "rm /etc/kubernetes/manifests/kube-scheduler.yaml.bak",
    ),
    ill(
        13,
        "conmon is elsewhere",
        "printf '[crio.runtime.runtimes.runc]\\nruntime_path = \"/usr/libexec/crio/runc\"\\nmonitor_path = \"/nowhere/conmon\"\\n' > /etc/crio/crio.conf.d/99-z.conf",
        "conmon-not-usable",
        "rm /etc/crio/crio.conf.d/99-z.conf",
    ),
    ill(
        13,
        "the OCI runtime is elsewhere",
        "printf '[crio.runtime]\\ndefault_runtime = \"crun\"\\n[crio.runtime.runtimes.crun]\\nruntime_path = \"/nowhere/crun\"\\n' > /etc/crio/crio.conf.d/99-z.conf",
        "oci-runtime-missing",
        "rm /etc/crio/crio.conf.d/99-z.conf",
    ),
    ill(
        13,
        "policy.json is gone",
        "mv /etc/crio/policy.json /root/policy",
        "policy-json-missing",
        "mv /root/policy /etc/crio/policy.json",
    ),
    ill(
        13,
        "crio.conf is no TOML",
        "echo '[crio' > /etc/crio/crio.conf.d/99-z.conf",
        "crio-toml-broken",
        "rm /etc/crio/crio.conf.d/99-z.conf",
    ),
    ill(
        14,
        "another network comes first",
        "printf '{\"cniVersion\":\"1.0.0\",\"name\":\"x\",\"plugins\":[{\"type\":\"bridge\",\"ipam\":{\"type\":\"host-local\",\"subnet\":\"10.85.0.0/16\"}}]}' > /etc/cni/net.d/05-crio-bridge.conflist",
        "cni-config-shadowed",
        "rm /etc/cni/net.d/05-crio-bridge.conflist",
    ),
    ill(
        15,
        "plug-ins are looked for elsewhere",
        "mkdir -p /opt/elsewhere; printf '[crio.network]\\nplugin_dirs = [\"/opt/elsewhere\"]\\n' > /etc/crio/crio.conf.d/99-z.conf",
        "cni-plugin-dir-mismatch",
        "rm /etc/crio/crio.conf.d/99-z.conf",
    ),
    ill(
        15,
        "the network's program is gone",
        "mv /opt/cni/bin/bridge /root/bridge",
        "cni-plugin-missing",
        "mv /root/bridge /opt/cni/bin/bridge",
    ),
    ill(
        15,
        "the network's configuration is gone",
        "mkdir -p /root/net; mv /etc/cni/net.d/*.conflist /root/net/",
        "cni-config-missing",
        "cp -a /root/net/. /etc/cni/net.d/",
    ),
    ill(
        16,
        "swap comes back",
        "echo '/dev/sdx9 none swap sw 0 0' >> /etc/fstab",
        "swap-returns-at-boot",
        "sed -i /sdx9/d /etc/fstab",
    ),
    ill(
        18,
        "crictl asks another socket",
        "cp -a /etc/crictl.yaml /root/crictl 2>/dev/null; echo 'runtime-endpoint: unix:///run/other.sock' > /etc/crictl.yaml",
        "crictl-endpoint-mismatch",
        "cp -a /root/crictl /etc/crictl.yaml",
    ),
    ill(
        23,
        "arguments in a file that nobody reads",
        "mkdir -p /etc/sysconfig; echo 'KUBELET_EXTRA_ARGS=--v=3' > /etc/sysconfig/kubelet",
        "kubelet-arguments-not-read",
        "rm /etc/sysconfig/kubelet",
    ),
    ill(
        23,
        "a flag that the kubelet does not know",
        FLAGS,
        "kubelet-flag-unknown",
        "cp -a /root/flags /var/lib/kubelet/kubeadm-flags.env; systemctl restart kubelet",
    ),
    ill(
        25,
        "registries.conf of the first and of the second version",
        "mkdir -p /etc/containers/registries.conf.d; printf 'unqualified-search-registries = [\"docker.io\"]\\n[registries.search]\\nregistries = [\"quay.io\"]\\n' > /etc/containers/registries.conf.d/98-x.conf",
        "registries-conf-unreadable",
        "rm /etc/containers/registries.conf.d/98-x.conf",
    ),
    ill(
        0,
        "the kubelet is stopped",
        "systemctl stop kubelet",
        "kubelet-not-running",
        "systemctl start kubelet",
    ),
    ill(
        0,
        "the kubelet is masked",
        "systemctl stop kubelet; systemctl mask kubelet",
        "unit-masked",
        "systemctl unmask kubelet; systemctl start kubelet",
    ),
    ill(
        0,
        "the kubelet does not start at boot",
        "systemctl disable kubelet",
        "unit-not-enabled",
        "systemctl enable kubelet",
    ),
    ill(0, "CRI-O is stopped", "systemctl stop crio", "crio-not-running", "systemctl start crio"),
    ill(
        0,
        "the kubelet's configuration is gone",
        "systemctl stop kubelet; mv /var/lib/kubelet/config.yaml /root/config; systemctl start kubelet",
        "kubelet-config-missing",
        "mv /root/config /var/lib/kubelet/config.yaml",
    ),
    ill(
        0,
        "a feature gate that there is not",
        "cp -a /var/lib/kubelet/config.yaml /root/config; printf 'featureGates:\\n  NoSuchGate: true\\n' >> /var/lib/kubelet/config.yaml; systemctl restart kubelet",
        "feature-gate-refused",
        "cp -a /root/config /var/lib/kubelet/config.yaml",
    ),
    ill(
        0,
        "a manifest is gone",
        "mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/",
        "manifest-missing",
        "mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/",
    ),
    ill(
        0,
        "an upgrade was stopped between two manifests",
        "mkdir -p /etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00; mv /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00/",
        "manifest-set-aside",
        "mv /etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-10-00-00/kube-scheduler.yaml /etc/kubernetes/manifests/",
    ),
    ill(
        0,
        "others may read a key",
        "chmod 644 /etc/kubernetes/pki/ca.key",
        "private-key-exposed",
        "chmod 600 /etc/kubernetes/pki/ca.key",
    ),
    ill(
        0,
        "localhost is not in /etc/hosts",
        "cp /etc/hosts /root/hosts; grep -v localhost /root/hosts > /etc/hosts",
        "localhost-not-resolved",
        "cat /root/hosts > /etc/hosts",
    ),
    ill(
        0,
        "a drop-in that systemd has not read",
        "mkdir -p /etc/systemd/system/crio.service.d; printf '[Service]\\nEnvironment=A=b\\n' > /etc/systemd/system/crio.service.d/98-x.conf",
        "daemon-reload-pending",
        "systemctl daemon-reload",
    ),
];

/// Each way to be ill, by its name, with the code that has to name it.
pub fn named_ills() -> impl Iterator<Item = (&'static str, &'static str)> {
    ILLS.iter().map(|one| (one.name, one.code))
}

/// Makes a control plane, and it ill in each way; `tell` is told the row of each.
///
/// # Errors
/// Where the host cannot be made.
pub fn ills(trials: &mut Trials, site: &Site, prepared: &Snapshot) -> io::Result<()> {
    let mut plane = site.host("cp1", Some(prepared))?;
    plane.boot()?;
    trials.trial("up: a control plane", |trial| {
        trial.ends(&plane, &site.up(&PLANE), 0)?;
        whole(trial, &plane)
    });
    let before = codes(&doctor(&plane)?);
    trials.note(&format!("before: {}", before.join(" ")));
    for one in ILLS {
        if plane.run(&["sh", "-c", one.needs])?.status != Some(0) {
            trials.note(&format!("SKIPPED {}: not on this machine: {}", one.name, one.needs));
            continue;
        }
        let mut row = String::new();
        let pain = if one.pain == 0 { String::new() } else { format!(" (pain {})", one.pain) };
        trials.trial(&format!("{}{pain}", one.name), |trial| made_ill(trial, &plane, one, &before, &mut row));
        if !row.is_empty() {
            trials.note(&row);
        }
    }
    Ok(())
}

/// One of them; `row` gets code, seconds and the way of the cure.
fn made_ill(
    trial: &mut Trial,
    plane: &Node,
    one: &Ill,
    before: &[String],
    row: &mut String,
) -> io::Result<()> {
    if before.iter().any(|code| code == one.code) {
        trial.wrong.push(format!("{} is found on a node that is well", one.code));
    }
    let begin = Instant::now();
    trial.ends(plane, &["sh", "-c", one.makes], 0)?;
    let Some(finding) = named(trial, plane, one.code)? else {
        *row = format!("    {}: not named", one.code);
        // What comes next shall not meet it.
        trial.run(plane, &["sh", "-c", one.by_hand])?;
        return back(trial, plane);
    };
    let named_in = begin.elapsed();
    let begin = Instant::now();
    let way = cured(trial, plane, one, &finding)?;
    back(trial, plane)?;
    if !is_gone(trial, plane, one.code)? {
        trial.wrong.push(format!("{} is still there after {way}", one.code));
        trial.run(plane, &["sh", "-c", one.by_hand])?;
        back(trial, plane)?;
    }
    *row = format!(
        "    {}: named in {:.1} s, cured by {way} and Ready in {:.1} s",
        one.code,
        named_in.as_secs_f32(),
        begin.elapsed().as_secs_f32()
    );
    Ok(())
}

/// The finding, once it is there: what a service says of itself may take a moment.
fn named(trial: &mut Trial, plane: &Node, code: &str) -> io::Result<Option<Value>> {
    let mut said = Value::Null;
    let of_code = |said: &Value| {
        let mut all = said["findings"].as_array().into_iter().flatten();
        all.find(|one| one["code"] == code).cloned()
    };
    within(NAMED, || {
        said = doctor(plane)?;
        Ok(of_code(&said).is_some())
    })?;
    let found = of_code(&said);
    trial.said.push_str(&format!("## found\n{:#}\n", found.as_ref().unwrap_or(&said["findings"])));
    if found.is_none() {
        trial.wrong.push(format!("doctor does not say {code}, but {}", codes(&said).join(" ")));
    }
    Ok(found)
}

/// Whether it is gone in a while: a kubelet is started again after ten seconds.
fn is_gone(trial: &mut Trial, plane: &Node, code: &str) -> io::Result<bool> {
    let mut said = Value::Null;
    let is_gone = within(GONE, || {
        said = doctor(plane)?;
        Ok(!codes(&said).iter().any(|one| one == code))
    })?;
    if !is_gone {
        trial.said.push_str(&format!("## left\n{:#}\n", said["findings"]));
    }
    Ok(is_gone)
}

/// Does what the finding says of its cure, and tells what that was.
fn cured(trial: &mut Trial, plane: &Node, one: &Ill, finding: &Value) -> io::Result<String> {
    let how = match finding["fix"].as_str() {
        Some("automatic") => "--fix",
        Some("unsafe") => "--fix=unsafe",
        _ => {
            let cure = finding["cure"].as_str().unwrap_or_default();
            let commands = printed(cure);
            // A command behind words is what comes after they were done.
            if !cure.starts_with('`')
                || commands.is_empty()
                || commands.iter().any(|command| has_gap(command))
            {
                trial.ends(plane, &["sh", "-c", one.by_hand], 0)?;
                return Ok("its words".to_owned());
            }
            for command in &commands {
                trial.ends(plane, &["sh", "-c", command], 0)?;
            }
            return Ok(format!("`{}`", commands.join("; ")));
        }
    };
    let said = trial.run(plane, &[K8SPREP, "doctor", how, "--select", one.code, "--yes"])?;
    if said.status != Some(0) {
        let text = said.out + &said.err;
        trial.wrong.push(format!("{how} ended with {:?}:\n{}", said.status, super::last_lines(&text)));
    }
    Ok(how.to_owned())
}

/// The commands that stand in backticks.
fn printed(cure: &str) -> Vec<String> {
    let inside = cure.split('`').skip(1).step_by(2);
    let begins = |text: &&str| text.split(' ').next().is_some_and(|word| PROGRAMS.contains(&word));
    inside.filter(begins).map(str::to_owned).collect()
}

/// Whether something has to be put in by who reads it: `--config FILE`.
fn has_gap(command: &str) -> bool {
    let is_gap = |word: &str| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase());
    command.split_whitespace().any(is_gap) || command.contains(['<', '…'])
}

fn doctor(plane: &Node) -> io::Result<Value> {
    let said = plane.run(&[K8SPREP, "doctor", "--output", "json"])?;
    serde_json::from_str(&said.out)
        .map_err(|error| io::Error::other(format!("{error}: {}{}", said.out, said.err)))
}

fn codes(said: &Value) -> Vec<String> {
    let all = said["findings"].as_array().into_iter().flatten();
    all.filter_map(|one| one["code"].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ill_has_a_code_of_its_own_words_and_there_are_enough() {
        assert!(ILLS.len() >= 25);
        for one in ILLS {
            assert!(k8sprep::explain::find(one.code).is_some(), "{}", one.code);
        }
        let pains: std::collections::BTreeSet<u8> =
            ILLS.iter().map(|one| one.pain).filter(|pain| *pain > 0).collect();
        assert!(pains.len() >= 12, "{pains:?}");
    }

    #[test]
    fn commands_are_what_stands_in_backticks_and_can_be_run_as_it_is() {
        assert_eq!(printed("`mv /a /b`, then wait; `x` is no command"), ["mv /a /b"]);
        assert!(has_gap("kubeadm init phase etcd local --config FILE") && !has_gap("mv /a /B"));
    }
}
