//! `k8sprep migrate-runtime plan`.

use crio_config::Release;
use serde_json::json;

use crate::cmd::shared::on_host::{OnHost, now};
use crate::cmd::{Exits, Run};
use crate::doctor::Inspection;
use crate::failure::{Exit, Failure};
use crate::migrate::{MigrationPlan, PlanOptions, Status, Undo, plan};
use crate::stage::count;
use crate::ui::{Format, Ui};

/// Where the cluster names the runtime; no file of the host says it.
const IN_CLUSTER: [&str; 2] = [
    "annotation kubeadm.alpha.kubernetes.io/cri-socket of the Node (up to 1.36)",
    "ConfigMap kube-system/kubelet-config: containerRuntimeEndpoint",
];

/// The flags of `migrate-runtime plan`.
#[derive(clap::Args, Debug)]
pub(crate) struct Plan {
    #[command(flatten)]
    on: OnHost,
    /// The CRI-O release that is to be the runtime, as 1.31 [default: the kubelet's minor]
    #[arg(long, value_name = "RELEASE")]
    release: Option<Release>,
    /// What was found and is to stop nothing, by its code; may be given several times
    #[arg(long, value_name = "CODE")]
    despite: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Plan {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str = "What a change to CRI-O meets on this host, and its steps; changes nothing";
    const EXAMPLES: &'static str = "
  k8sprep migrate-runtime plan
  k8sprep migrate-runtime plan --despite gpu-runtime-in-use --despite runtime-setting-by-hand
  k8sprep migrate-runtime plan --root /mnt/node --output json | jq -r '.places[].file'";
    const NOTES: &'static str = "
Names the runtime of the kubelet, every line of the host's files that names it, containers that are of no pod, pods
and agents with the old runtime's files, GPUs, settings that have no equal, and the steps in their order. The cluster
is not asked. `migrate-runtime apply` takes the steps.";
    const EXITS: Exits = &[
        (0, "nothing stands in the way, or CRI-O is the runtime already"),
        (1, "it cannot be told"),
        (3, "something has to be mended, or accepted with --despite"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host()?;
        let options = PlanOptions { release: self.release, despite: self.despite.clone() };
        for code in &self.despite {
            if crate::explain::find(code).is_none() {
                return Err(
                    Failure::usage(format_args!("{code} is no code")).hint("`k8sprep explain` lists them")
                );
            }
        }
        let plan = plan(&Inspection::of(&host, now()), &options).map_err(|error| super::failed(&error))?;
        match self.output {
            Format::Json => ui.json("migrate-runtime", &as_json(&plan))?,
            Format::Text => print(&plan, ui)?,
        }
        match plan.status() {
            Status::Done | Status::Ready => Ok(()),
            Status::Blocked => Err(Failure::silent(Exit::Differences)),
            Status::Undecided => Err(Failure::silent(Exit::Failed)),
        }
    }
}

fn print(plan: &MigrationPlan, ui: &mut Ui) -> Result<(), Failure> {
    let used = &plan.in_use;
    let version = used.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let known = match &used.known_by {
        Some(place) => {
            format!("{}{}", place.source, place.line.map(|line| format!(":{line}")).unwrap_or_default())
        }
        None => "the kubelet is told no other".to_owned(),
    };
    ui.line(format_args!("{}: the runtime is {}{version} ({known})", plan.role, used.runtime.as_str()))?;
    for place in &plan.places {
        ui.line(format_args!("{}:{}: {}: {}", place.file, place.line, place.names, place.change))?;
    }
    for place in IN_CLUSTER {
        ui.line(format_args!("not asked: {place}"))?;
    }
    for verdict in &plan.verdicts {
        let word = if verdict.accepted { "accepted" } else { "in the way" };
        ui.line(format_args!("{word}: {}: {} [{}]", verdict.place, verdict.what, verdict.code))?;
    }
    for unread in &plan.unread {
        ui.line(format_args!("cannot be told: {}: {}", unread.source, unread.why))?;
    }
    for (at, step) in plan.steps.iter().enumerate() {
        let disruptive =
            if step.disruptive == "none" { String::new() } else { format!(" ({} stops)", step.disruptive) };
        if step.undo == Undo::No {
            ui.line("point of no return: what follows cannot be taken back")?;
        }
        ui.line(format_args!("{:>2}. {}: {}{disruptive}", at + 1, step.id, step.what))?;
    }
    let open = plan.verdicts.iter().filter(|verdict| !verdict.accepted).count();
    match plan.status() {
        Status::Done => ui.note("CRI-O is the runtime already"),
        Status::Ready => ui.note("nothing stands in the way"),
        Status::Blocked => {
            ui.note(format_args!("{} in the way; --despite CODE accepts one", count(open, "finding")))
        }
        Status::Undecided => ui.note(format_args!("{} could not be read", count(plan.unread.len(), "file"))),
    }
    Ok(())
}

fn as_json(plan: &MigrationPlan) -> serde_json::Value {
    let used = &plan.in_use;
    let verdict = |verdict: &crate::migrate::Verdict| {
        let (code, place) = (verdict.code.as_str(), &verdict.place);
        json!({ "code": code, "place": place, "what": verdict.what, "accepted": verdict.accepted })
    };
    let verdicts: Vec<_> = plan.verdicts.iter().map(verdict).collect();
    let files = plan.translation.iter().flat_map(|told| told.files.iter().map(|file| file.path.as_str()));
    json!({
        "status": plan.status().as_str(),
        "from": { "runtime": used.runtime.as_str(), "endpoint": used.endpoint, "version": used.version, "knownBy": used.known_by },
        "to": { "runtime": "cri-o", "release": plan.release.to_string() },
        "role": plan.role,
        "places": plan.places,
        "inCluster": IN_CLUSTER,
        "verdicts": verdicts,
        "unread": plan.unread,
        "files": files.collect::<Vec<_>>(),
        "steps": plan.steps,
        "pointOfNoReturn": plan.steps.iter().find(|step| step.undo == Undo::No).map(|step| step.id),
    })
}
