//! `doctor --print`: what does not depend on a host.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Doctor, Output};
use crate::doctor::report;
use crate::failure::Failure;
use crate::ui::Ui;

/// The flag of `--print`.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Printing {
    /// Print this instead of looking at a host
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["fix", "collect", "from", "log", "root", "watch", "timeline"])]
    #[arg(conflicts_with_all = ["select", "ignore", "suppress", "fail_on"])]
    pub(super) print: Option<What>,
}

/// What can be printed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum What {
    /// Configurations of node-problem-detector, by the names of their files
    NpdPatterns,
}

/// The JSON document.
#[derive(Serialize)]
struct Printed {
    files: Map<String, Value>,
}

impl Doctor {
    pub(super) fn print(&self, What::NpdPatterns: What, ui: &mut Ui) -> Result<(), Failure> {
        if !matches!(self.output, Output::Text | Output::Json) {
            return Err(Failure::usage("with --print the output is JSON"));
        }
        ui.json("npd-patterns", &Printed { files: report::npd_patterns() })
    }
}
