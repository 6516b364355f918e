//! Teaches: a provisioner of one's own on the engine: what a node needs, and beside it a kind of resource that nobody else has
//! and a kernel parameter that nobody else wants. All of it is planned, journalled, verified and rolled back alike.
//!
//! ```text
//! provision DIRECTORY          # the tree of a host
//! ```
//!
//! Prints the plan, applies it, verifies it and rolls everything back.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use host_prep::fs::{Mode, Root};
use host_prep::resource::{Resource, SysctlWish, Sysctls};
use host_prep::{
    ApplyOptions, Back, Reason, Desired, Draft, Host, NoProgress, Node, Observed, apply, rollback, verify,
};
use k8sprep::recipe::{NodeSpec, SpecProblems};

/// The message that whoever logs in reads: a kind of resource of this program.
#[derive(Debug)]
struct Motd {
    text: String,
}

const MOTD: &str = "/etc/motd";

impl Resource for Motd {
    fn kind(&self) -> &'static str {
        "motd"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, Path::new(MOTD));
    }

    /// Pure: `seen` is all it knows of the host, so that a plan can be made again and compared.
    fn plan(&self, _seen: &Observed, draft: &mut Draft<'_>) {
        let wanted = Node::file(self.text.clone(), Mode::PUBLIC);
        draft.file(Path::new(MOTD), wanted, Reason::of("whoever logs in is told whose host this is"));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: provision DIRECTORY")?;
    let host = Host::offline(Root::open(&directory)?);
    let spec = spec()?;
    let desired = Desired::new()
        .with(Sysctls::new([SysctlWish::at_least("vm.max_map_count".parse()?, 262_144)]))
        .with(Motd { text: format!("Kubernetes {}, provisioned by acme\n", spec.kubernetes_version) });

    let plan = verify(&host, &desired);
    for step in plan.steps() {
        println!("{}: {} {}: {}", step.resource, step.change.verb(), step.change.subject(), step.reason);
    }
    let done = apply(&host, &desired, &plan, &ApplyOptions::default(), &mut NoProgress)?;
    println!("{} steps taken; as wanted: {}", done.taken, verify(&host, &desired).is_done());

    let back = rollback(&host, Back::All, Duration::ZERO, &mut NoProgress)?;
    println!("rolled back: {}", back.is_complete());
    if back.is_complete() { Ok(()) } else { Err("something was left".into()) }
}

/// The spec of a node, as `k8sprep.yaml` has it: read with every problem and its line.
fn spec() -> Result<NodeSpec, SpecProblems> {
    NodeSpec::from_yaml("kubernetesVersion: v1.34.2\nrole: worker\n")
}
