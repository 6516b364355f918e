//! What `up` is given and has no use for with a spec that joins.

use super::Up;
use crate::recipe::NodeSpec;

impl Up {
    /// What is given and belongs to whoever makes a cluster, where one is joined.
    ///
    /// Refused and not passed over: who gives it expects it to be done.
    pub(super) fn unused(&self, spec: &NodeSpec) -> Option<String> {
        let given = [
            ("the network plugin (--cni)", self.cni.is_some()),
            ("a user for the administrator's kubeconfig (--user)", self.user.is_some()),
            ("the smoke test (--smoke-test)", self.smoke_test),
            ("the upload of certificates (--control-plane-join)", self.control_plane_join),
        ];
        let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        (spec.joins() && !given.is_empty()).then(|| {
            let given = given.join(", ");
            format!("the spec joins a cluster, and only the control plane that makes one has a use for {given}: leave it out")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_that_joins_does_not_do_is_not_taken_without_a_word() {
        let spec = |text: &str| NodeSpec::from_yaml(&format!("kubernetesVersion: v1.34.0\n{text}")).unwrap();
        let joining = "role: worker\n";
        for (flag, up) in [
            ("--cni", Up { cni: Some("/x".into()), ..Up::default() }),
            ("--user", Up { user: Some("li".into()), ..Up::default() }),
            ("--smoke-test", Up { smoke_test: true, ..Up::default() }),
            ("--control-plane-join", Up { control_plane_join: true, ..Up::default() }),
        ] {
            assert!(up.unused(&spec(joining)).unwrap().contains(flag), "{flag}");
            assert_eq!(up.unused(&spec("")), None, "{flag}");
        }
        assert_eq!(Up::default().unused(&spec(joining)), None);
    }
}
