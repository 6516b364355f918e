//! Ansible makes two hosts a cluster and takes it to the next minor, over real ssh: the collection's
//! role `cluster`, then its play `upgrade.yml`.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::checks::{is_at, ready, whole};
use super::{Extent, PLANE, Trials};
use crate::booted::cluster::{Node, Site, Snapshot, from_outside};
use crate::booted::{Kind, own_program, program, tree};

/// Debian's sshd, of the tree that has it, and what of its dependencies the host lacks.
const SSHD: &str = "cd /opt/ssh && for deb in *.deb; do \
                    dpkg -s \"${deb%%_*}\" >/dev/null 2>&1 || echo \"$deb\"; done | xargs dpkg -i";

/// Both runs of the role, and both of the play unless a sample is asked for.
///
/// # Errors
/// Where a host cannot be made, or Ansible cannot be had.
pub fn fleet(
    trials: &mut Trials,
    site: &Site,
    prepared: &Snapshot,
    to: &str,
    extent: Extent,
) -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    ended(program(script()).arg("ready"))?;
    let key = dir.path().join("key");
    ended(program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key))?;
    let (plane, worker) = (site.host("cp1", Some(prepared))?, site.host("w1", Some(prepared))?);
    let [plane, worker] = [plane, worker].map(|node| reachable(node, &key));
    let (plane, worker) = (plane?, worker?);
    inventory(site, dir.path(), &[&plane, &worker])?;
    let minor = to.rsplit_once('.').map_or(to, |(minor, _)| minor).trim_start_matches('v');
    let play = |verb: &str| {
        let mut command = from_outside(script());
        ended(command.arg(verb).arg(own_program("k8sprep")?).arg(dir.path()).arg(minor))
    };
    trials.trial("ansible: the role cluster, twice", |trial| {
        trial.say(&play("cluster")?);
        whole(trial, &plane)?;
        ready(trial, &plane, "w1")
    });
    if extent == Extent::Sample {
        return Ok(());
    }
    trials.trial("ansible: the play upgrade, twice", |trial| {
        trial.say(&play("upgrade")?);
        whole(trial, &plane)?;
        ready(trial, &plane, "w1")?;
        [&plane, &worker].into_iter().try_for_each(|node| is_at(trial, &plane, node.name(), to))
    });
    Ok(())
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../integrations/ansible/tests/run")
}

/// Boots it with an sshd that lets the key in.
fn reachable(mut node: Node, key: &Path) -> io::Result<Node> {
    let archives = tree(Kind::Ssh).map_err(io::Error::other)?.join("var/cache/apt/archives");
    for entry in std::fs::read_dir(archives)? {
        let path = entry?.path();
        if let Some(name) =
            path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".deb"))
        {
            node.put(&format!("opt/ssh/{name}"), std::fs::read(&path)?);
        }
    }
    // Both come of one snapshot; two nodes of a cluster have one each, which the play's `doctor` sees to.
    node.put(
        "etc/machine-id",
        format!("{:0>32}\n", node.name().bytes().map(|b| format!("{b:x}")).collect::<String>()),
    );
    node.put("root/.ssh/authorized_keys", std::fs::read(key.with_extension("pub"))?);
    node.boot()?;
    node.ask(&["sh", "-c", SSHD])?;
    node.ask(&["rm", "-r", "/opt/ssh"])?;
    Ok(node)
}

/// The first host is the control plane. JSON is YAML too.
fn inventory(site: &Site, dir: &Path, nodes: &[&Node]) -> io::Result<()> {
    let group = |nodes: &[&Node]| {
        let hosts =
            nodes.iter().map(|node| (node.name().to_owned(), json!({"ansible_host": node.address()})));
        json!({"hosts": hosts.collect::<serde_json::Map<_, _>>()})
    };
    let (keys, pins) = site.trust();
    let ssh = format!(
        "-o StrictHostKeyChecking=no -o UserKnownHostsFile={} -o ConnectTimeout=5",
        dir.join("known").display()
    );
    let all = json!({"all": {
        "vars": {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": dir.join("key"),
            "ansible_ssh_common_args": ssh,
            "k8sprep_binary": own_program("k8sprep")?,
            "k8sprep_keys": keys,
            "k8sprep_pins": pins,
            "k8sprep_cni": PLANE[1],
            "k8sprep_ignore_preflight_errors": ["HTTPProxyCIDR"],
            "k8sprep_spec": "{{ k8sprep_text | from_yaml }}",
            "k8sprep_text": site.wanted(),
        },
        "children": {"control_plane": group(&nodes[..1]), "workers": group(&nodes[1..])},
    }});
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own")]
    std::fs::write(dir.join("inventory.yml"), all.to_string())
}

/// What it said, or why it failed.
fn ended(command: &mut std::process::Command) -> io::Result<String> {
    let output = command.output()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() { Ok(text) } else { Err(io::Error::other(text)) }
}
