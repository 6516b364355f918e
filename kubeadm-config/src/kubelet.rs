//! What a kubelet of a minor says to its configuration: file, drop-ins and command line, up to the
//! moment it would start.
//!
//! The kubelet reads its file leniently, merges the drop-ins over it, sets its feature gates, lets
//! the flags win, validates, and ends later still at much that validation lets through. Here all of
//! that is worked out from texts and from facts of a host that somebody else read; nothing is
//! opened.
//!
//! ```
//! use kubeadm_config::Minor;
//! use kubeadm_config::kubelet::{Kubelet, Stage};
//!
//! let file = b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: -1\n";
//! let verdict = Kubelet::of(Minor::new(34)).judge_file(file);
//! let refusal = verdict.refusal.unwrap();
//! assert_eq!(refusal.stage, Stage::Validate);
//! assert_eq!(refusal.faults[0].field, "maxPods");
//! assert_eq!(refusal.faults[0].place.unwrap().line, 3);
//! ```

mod amount;
mod config;
mod cpuset;
mod defaults;
mod flag_table;
mod flags;
mod gate_table;
mod gates;
mod host;
mod images;
mod judge;
mod labels;
mod numbers;
mod read;
mod run;
mod sysctl;
mod text_values;
mod validate;
mod verdict;

pub use self::amount::thousandths;
pub(crate) use self::flag_table::FlagKind;
pub use self::flags::field_of_deprecated_flag;
pub(crate) use self::flags::{alone, flag_gone_since, flag_since, flags_of, value_fault};
#[cfg(test)]
pub(crate) use self::gates::names as gate_names;
pub(crate) use self::gates::{GateEnd, gate_end, gates_unmet, refused as gates_refused};
pub use self::host::{KubeletFile, KubeletHost};
pub use self::judge::{Kubelet, Setup};
pub(crate) use self::labels::{label_value_errors, qualified_name_errors, unknown_labels};
pub(crate) use self::numbers::{parse_bool, parse_int};
pub(crate) use self::run::{TLS_VERSIONS, known_cipher};
pub(crate) use self::validate::hidden_metrics_refusal;
pub use self::verdict::{Fault, Origin, Refusal, Remark, RemarkKind, Stage, Verdict};
