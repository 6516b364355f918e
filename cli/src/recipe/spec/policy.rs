//! Fields of a spec whose values are one of a few words.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

/// What a node is in its cluster.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// It runs the control plane.
    #[default]
    ControlPlane,
    /// It runs workloads.
    Worker,
}

/// What becomes of swap.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SwapPolicy {
    /// It is switched off, now and for the next boot.
    #[default]
    Off,
    /// It stays, and the kubelet starts nevertheless.
    Keep,
}

/// What becomes of SELinux.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SelinuxPolicy {
    /// It stays as it is.
    #[default]
    Keep,
    /// It logs and denies nothing. Never disabled.
    Permissive,
    /// It denies, now and at the next boot, and CRI-O labels containers.
    Enforcing,
}

/// What becomes of the firewall.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FirewallPolicy {
    /// It stays as it is.
    #[default]
    Keep,
    /// It lets through what the node needs: its ports, and the subnets of Pods and Services.
    Open,
    /// It is stopped, now and at the next boot.
    Stopped,
}

/// What becomes of a host on cgroup v1, where kubelets since 1.35 exit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CgroupPolicy {
    /// It is a problem, whatever the release; whoever has the host boots it with cgroup v2.
    V2,
    /// It stays: the kubelet is told to run all the same, and kubeadm to pass over its own check.
    Keep,
}

/// The version of a spec's format.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub enum SpecVersion {
    /// The first one, and what a spec is that does not say.
    #[default]
    #[serde(rename = "k8sprep/v1")]
    V1,
}

/// An enum whose values are words in the spec.
macro_rules! words {
    ($type:ident: $($word:literal => $value:ident),+) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$value => $word),+ })
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err(format!("{text:?} is none of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

words!(Role: "control-plane" => ControlPlane, "worker" => Worker);
words!(SwapPolicy: "off" => Off, "keep" => Keep);
words!(SelinuxPolicy: "keep" => Keep, "permissive" => Permissive, "enforcing" => Enforcing);
words!(FirewallPolicy: "keep" => Keep, "open" => Open, "stopped" => Stopped);
words!(CgroupPolicy: "v2" => V2, "keep" => Keep);
words!(SpecVersion: "k8sprep/v1" => V1);
