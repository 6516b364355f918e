//! `k8sprep certs check`.

use crate::cmd::shared::on_host::{OnHost, now};
use crate::cmd::{Exits, Run};
use crate::doctor::Inspection;
use crate::doctor::certs::{self, CertificateRow, CertificateTable};
use crate::failure::{Exit, Failure, step_after_reasons};
use crate::stage::count;
use crate::ui::{Format, Ui};

/// The flags of `certs check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    on: OnHost,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str = "Every certificate of this node: how long it lives, and who renews it";
    const EXAMPLES: &'static str = "
  k8sprep certs check
  k8sprep certs check --root /mnt/node
  k8sprep certs check --output json | jq -r '.certificates[] | select(.daysLeft < 90) | .place'";
    const NOTES: &'static str = "
Files of the PKI, kubeconfigs, their copies in home directories, and the kubelet's own, the first to end first. On a
running host the ports of the API server, etcd, the kubelet and the others are asked what they serve: a certificate
that was renewed and whose component was not restarted is told, and so are files that are missing, are no
certificate or do not fit each other.";
    const EXITS: Exits = &[
        (0, "every certificate can be used, and none ends soon"),
        (1, "something cannot be read; the rest is told all the same"),
        (3, "one ends soon, is over, is missing or cannot be used"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host_to_judge()?;
        let seen = Inspection::of(&host, now());
        let files = certs::table(&seen, &[]);
        let served = if host.is_running() { certs::served(&files) } else { Vec::new() };
        let table = files.compared(&served);
        match self.output {
            Format::Json => {
                ui.json(
                    "certs",
                    &serde_json::json!({
                        "certificates": table.rows, "findings": table.findings, "unread": table.unread,
                    }),
                )?;
            }
            Format::Text => print(&table, ui)?,
        }
        // As of `upgrade check`: what could not be read is never a part of the answer.
        match (table.unread.is_empty(), table.is_fine()) {
            (false, _) => Err(Failure::silent(Exit::Failed)),
            (true, false) => Err(Failure::silent(Exit::Differences)),
            (true, true) => Ok(()),
        }
    }
}

fn print(table: &CertificateTable, ui: &mut Ui) -> Result<(), Failure> {
    for row in &table.rows {
        ui.line(line(row))?;
        for remark in &row.remarks {
            ui.line(format_args!("        {} [{}]", remark.text, remark.code))?;
        }
    }
    for one in &table.findings {
        let place = one.evidence.first().map(|place| format!("{place}: ")).unwrap_or_default();
        ui.line(format_args!("         {place}{} [{}]", one.message, one.code))?;
        ui.line(format_args!("           {}", one.cure))?;
    }
    for unread in &table.unread {
        ui.line(format_args!("cannot be read: {}: {}", unread.source, unread.why))?;
    }
    if let Some(step) = step_after_reasons(table.unread.iter().map(|one| one.why.as_str())) {
        ui.note(format_args!("hint: {step}"));
    }
    if table.rows.is_empty() && table.unread.is_empty() && table.findings.is_empty() {
        ui.note("there is no certificate of a cluster on this host");
    } else {
        ui.note(format_args!("{}", count(table.rows.len(), "certificate")));
    }
    Ok(())
}

fn line(row: &CertificateRow) -> String {
    let port = row.port.map(|port| format!(", port {port}")).unwrap_or_default();
    let ca = if row.is_ca { ", a CA" } else { "" };
    let by = match row.renewal {
        Some(how) => format!("{}: {how}", row.renewed_by),
        None => row.renewed_by.to_owned(),
    };
    format!("{:>5} d  {}  {}{ca}{port}, renewed by {by}", row.days_left, row.place, row.subject)
}
