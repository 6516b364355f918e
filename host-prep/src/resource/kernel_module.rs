//! Kernel modules, loaded now and at every boot.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Resource, same};
use crate::facts::{Fact, Module, ModuleName, ModuleState, ObserveOptions};
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::node::Node;
use crate::plan::step::Change;
use crate::plan::{Draft, Reason};
use crate::{Host, Observed, Owner};

/// Where modules are named for the next boot.
fn file(owner: &Owner) -> PathBuf {
    format!("/etc/modules-load.d/{owner}.conf").into()
}

/// Kernel modules that are in the kernel now and after the next boot.
///
/// Loaded now where there is a kernel, and named in a file of `modules-load.d` for the next boot. A
/// module that is built in needs neither; one that a `blacklist` or `install` line keeps out is a
/// problem.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KernelModules {
    modules: Vec<ModuleName>,
}

impl KernelModules {
    /// These modules, in the order they are loaded.
    pub fn new(modules: impl IntoIterator<Item = ModuleName>) -> Self {
        Self { modules: modules.into_iter().collect() }
    }

    fn now(&self, name: &ModuleName, module: &Module, seen: &Observed, draft: &mut Draft<'_>) {
        // What is loaded now is not at the next boot, and what a tree has is not when it boots.
        if let (Fact::Known(ModuleState::Loadable | ModuleState::Loaded), Fact::Known(Some(origin))) =
            (&module.state, &module.denied)
        {
            let hint = "take it out of that line, and of the boot loader's configuration where it is a kernel argument";
            draft.coded_problem(Code::ModuleBlacklisted, format!("{origin} keeps module {name} out"), hint);
            return;
        }
        match &module.state {
            Fact::Known(ModuleState::Loadable) if seen.is_running() => draft.step(
                Change::LoadModule { name: name.to_string() },
                Reason::of(format!("module {name} is on disk, but not in the kernel")),
            ),
            Fact::Known(ModuleState::Missing) => draft.coded_problem(
                Code::KernelModulesExtraMissing,
                format!("module {name} is neither in the kernel nor on disk"),
                "install the package with the modules of this kernel (kernel-modules-extra, linux-modules-extra)",
            ),
            Fact::Known(_) => {}
            Fact::Unknown { reason } if seen.is_running() => draft.coded_problem(
                Code::KernelModulesUnknown,
                format!("whether the kernel has module {name} is not known: {reason}"),
                "install the modules of the running kernel, or boot the installed one",
            ),
            Fact::Unknown { reason } => draft.coded_note(
                Code::KernelModulesUnknown,
                format!("whether a kernel has module {name} is not known: {reason}"),
                "look again when a kernel is installed",
            ),
        }
    }

    /// Only what no other file loads already.
    fn at_boot(owner: &Owner, modules: &[(&ModuleName, &Module)]) -> Option<String> {
        let ours = |module: &Module| {
            module
                .loaded_at_boot
                .known()
                .is_none_or(|origin| origin.as_ref().is_none_or(|origin| origin.file == file(owner)))
        };
        let mut text = String::new();
        for (name, _) in modules.iter().filter(|(_, module)| ours(module)) {
            let _ = writeln!(text, "{name}");
        }
        (!text.is_empty()).then(|| format!("{}: modules a Kubernetes node needs.\n{text}", owner.header()))
    }
}

impl Resource for KernelModules {
    fn kind(&self) -> &'static str {
        "kernel-module"
    }

    fn joined(&self, other: &dyn Resource) -> Option<Vec<Arc<dyn Resource>>> {
        let other = same(self, other)?;
        let mut modules = self.modules.clone();
        modules.extend(other.modules.into_iter().filter(|name| !self.modules.contains(name)));
        Some(vec![Arc::new(Self { modules })])
    }

    fn asks(&self) -> Option<ObserveOptions> {
        Some(ObserveOptions { modules: self.modules.clone(), ..ObserveOptions::default() })
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, &file(host.owner()));
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Some(facts) = seen.facts() else { return };
        let found = self.modules.iter().filter_map(|name| Some((name, facts.modules.get(name)?)));
        let modules: Vec<_> = found.collect();
        for (name, module) in &modules {
            self.now(name, module, seen, draft);
        }
        let wanted =
            Self::at_boot(seen.owner(), &modules).map_or(Node::Absent, |text| Node::file(text, Mode::PUBLIC));
        draft.own_file(&file(seen.owner()), wanted, Reason::of("these modules are loaded at every boot"));
    }
}
