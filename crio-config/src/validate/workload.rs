//! `[crio.runtime.workloads.<name>]`.

use super::{Checker, Scope, annotations, cpuset};
use crate::toml::goquote;

impl Checker<'_> {
    pub(super) fn workloads(&mut self) {
        let names: Vec<String> = self.config.workloads().into_iter().map(str::to_owned).collect();
        for name in names {
            if let Err((key, error)) = self.workload(&name) {
                let mut path = vec!["crio", "runtime", "workloads", &name];
                path.extend(key.split('.'));
                self.fail(Scope::Table("runtime"), &path, format!("workloads validation: {error}"));
            }
        }
    }

    /// The first rule a workload breaks, with the key below the workload that breaks it.
    fn workload(&self, name: &str) -> Result<(), (&'static str, String)> {
        // `WorkloadConfig.Validate` (pkg/config/workloads.go), in its order.
        let path = |key| ["crio", "runtime", "workloads", name, key];
        if self.config.text(&path("activation_annotation")).is_empty() {
            let shown = goquote::string(name);
            let text = format!("annotation shouldn't be empty for workload {shown}");
            return Err(("activation_annotation", text));
        }
        let allowed = self.config.list(&path("allowed_annotations"));
        if let Some(unknown) = allowed.iter().find(|name| !annotations::is_known(name, self.release())) {
            return Err(("allowed_annotations", format!("invalid allowed_annotation: {unknown}")));
        }
        self.resources(name)
    }

    fn resources(&self, name: &str) -> Result<(), (&'static str, String)> {
        let path = |key| ["crio", "runtime", "workloads", name, "resources", key];
        let set = self.config.text(&path("cpuset"));
        if let Err(error) = cpuset::check(set, self.release()) {
            let text = if self.since(29, 3) {
                format!("unable to parse cpuset {}: {error}", goquote::string(set))
            } else {
                error
            };
            return Err(("resources.cpuset", text));
        }
        // A share is a weight and a quota microseconds, so comparing them means nothing; CRI-O
        // does it (`ValidateDefaults`).
        let number = |key| self.config.number(&path(key)).unwrap_or(0);
        let (quota, shares, period) = (number("cpuquota"), number("cpushares"), number("cpuperiod"));
        if quota != 0 && quota < shares {
            // `CPUShares` is a `uint64` in Go, and Go prints it as one.
            let shares = shares.cast_unsigned();
            let text = format!("cpuquota {quota} cannot be less than cpushares {shares}");
            return Err(("resources.cpuquota", text));
        }
        // The kernel's least period, 1 ms (`minQuotaPeriod`); zero stands for the default of 100
        // ms.
        if (1..1000).contains(&period) {
            let text = format!("cpuperiod {period} cannot be less than 1000 microseconds");
            return Err(("resources.cpuperiod", text));
        }
        Ok(())
    }
}
