//! What the command line says, and how it wins over the files.
//!
//! The kubelet reads its command line twice: once to find the files, once more so that flags win
//! over them. What only the second reading notices has a status of its own.

use serde_json::{Map, Value};

use super::{Judging, Step, refusal};
use crate::kubelet::config::Config;
use crate::kubelet::flag_table::FlagKind;
use crate::kubelet::flags::{self, Arguments, Given};
use crate::kubelet::gates;
use crate::kubelet::verdict::{Fault, Origin, Refusal, Remark, RemarkKind, Stage};

/// Fields that the flags' own default replaces when the command line is read over the file
/// (`logs/api/v1.AddFlags`), so that only the flag can set them.
const ONLY_BY_FLAG: [&str; 2] = ["logging.options.text.splitStream", "logging.options.json.splitStream"];

impl Judging<'_> {
    /// The first reading: syntax, stray words, gates, labels.
    /// # Errors
    /// The first that is wrong, in this order.
    pub(super) fn command_line(&mut self) -> Step<()> {
        let parsed = Arguments::parse(self.setup.arguments, self.minor).map_err(|fault| {
            let index = fault.index;
            let fault = Fault::new(&fault.flag, fault.text).in_argument(index);
            refusal(Stage::Flag, "failed to parse kubelet flag: ", vec![fault])
        })?;
        self.arguments = parsed;
        self.deprecated_flags();
        // cobra is told to parse nothing (DisableFlagParsing), so the kubelet looks for words
        // itself.
        if let Some((index, word)) = self.arguments.stray.clone() {
            let fault = Fault::new("", format!("unknown command {word}")).in_argument(index);
            return Err(refusal(Stage::Flag, "", vec![fault]));
        }
        let wanted = self.arguments.gates();
        let faults = self.gates.set(&wanted);
        if !faults.is_empty() {
            let at = self.index_of("feature-gates");
            let fault = |fault: gates::GateFault| Fault::new(&fault.gate, fault.text).in_argument(at);
            let faults: Vec<_> = faults.into_iter().map(fault).collect();
            let text = flags::joined(&faults.iter().map(|fault| fault.text.clone()).collect::<Vec<_>>());
            let prefix = "failed to set feature gates from initial flags-based config: ";
            let first = faults.into_iter().next().map(|fault| Fault { text, ..fault });
            return Err(refusal(Stage::Flag, prefix, first.into_iter().collect()));
        }
        if let Some(text) = self.arguments.label_fault() {
            let fault = Fault::new("node-labels", text).in_argument(self.index_of("node-labels"));
            return Err(refusal(Stage::Flag, "failed to validate kubelet flags: ", vec![fault]));
        }
        Ok(())
    }

    /// The place of the last use of a flag, which is the one that counts.
    fn index_of(&self, name: &str) -> usize {
        let given = self.arguments.given.iter().rev().find(|given| given.flag.name == name);
        given.map_or(0, |given| given.index)
    }

    /// Each use is a remark, as pflag warns each time.
    fn deprecated_flags(&mut self) {
        let minor = u8::try_from(self.minor.number()).unwrap_or(u8::MAX);
        for given in &self.arguments.given {
            let since = given.flag.deprecated;
            if since > 0 && since <= minor {
                self.remarks.push(Remark {
                    kind: RemarkKind::DeprecatedFlag,
                    field: given.flag.name.to_owned(),
                    text: format!("Flag --{} has been deprecated", given.flag.name),
                    origin: Origin::Argument(given.index),
                    place: None,
                });
            }
        }
    }

    /// The flags over the files, as the kubelet does it: the command line is read a second time.
    ///
    /// # Errors
    /// A bare flag that the second reading refuses, and gates that contradict the minor.
    pub(super) fn flags_win(&mut self, config: &mut Config) -> Step<()> {
        let named = |name: &&str| self.arguments.text(name).is_some_and(|text| !text.is_empty());
        if ["config", "config-dir"].iter().any(named) {
            self.bare_flag()?;
            for field in ONLY_BY_FLAG {
                if config.is_set(field) {
                    config.set(field, false.into());
                }
            }
        }
        self.fields_of_flags(config);
        self.gates_of_all(config)
    }

    /// A flag without a value that only the first reading lets pass.
    fn bare_flag(&self) -> Step<()> {
        let bare = |given: &&Given| given.flag.kind == FlagKind::GlobalBool && !given.has_value;
        let Some(given) = self.arguments.given.iter().find(bare) else { return Ok(()) };
        let text = format!("flag needs an argument: --{}", given.flag.name);
        let fault = Fault::new(given.flag.name, text).in_argument(given.index);
        Err(Refusal { status: 2, ..refusal(Stage::Flag, "", vec![fault]) })
    }

    /// The first time a flag is given its value replaces the file's, then maps and lists grow.
    fn fields_of_flags(&self, config: &mut Config) {
        let mut seen: Vec<&str> = Vec::new();
        for given in &self.arguments.given {
            let field = given.flag.field;
            if field.is_empty() || field == "featureGates" {
                continue;
            }
            let first = !seen.contains(&field);
            seen.push(field);
            let value = match (config.get(field), &given.value) {
                (Some(Value::Object(before)), Value::Object(now)) if !first => {
                    before.clone().into_iter().chain(now.clone()).collect::<Map<_, _>>().into()
                }
                (Some(Value::Array(before)), Value::Array(now)) if !first => {
                    before.iter().chain(now).cloned().collect::<Vec<_>>().into()
                }
                // The first of several flags replaces the file's list or map, the next ones add to
                // it.
                (_, value) => value.clone(),
            };
            config.set(field, value);
        }
    }

    /// Gates are merged one by one: those of the flags win.
    fn gates_of_all(&mut self, config: &mut Config) -> Step<()> {
        let mut all = config.gates();
        // Of a gate that both name the flag wins.
        all.extend(self.arguments.gates());
        let map = all.iter().map(|(name, on)| (name.clone(), Value::from(*on))).collect::<Map<_, _>>();
        config.set("featureGates", map.into());
        let faults = self.gates.set(&all);
        if faults.is_empty() {
            return Ok(());
        }
        let fault = |fault: gates::GateFault| {
            self.placed(Fault::new(&format!("featureGates.{}", fault.gate), fault.text))
        };
        let prefix = "failed to set feature gates from initial flags-based config: ";
        Err(refusal(Stage::Gate, prefix, faults.into_iter().map(fault).collect()))
    }
}
