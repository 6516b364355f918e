//! Which network a plugin's manifest gives to Pods.

pub use crate::ground::error::NetworkMismatch;

/// The subnets a manifest of flannel or Calico names; none where it leaves them to the cluster.
#[must_use]
pub fn manifest_networks(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = manifest.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    while let Some(line) = lines.next() {
        // flannel: JSON in a ConfigMap.
        let flannel = ["\"Network\":", "\"IPv6Network\":"].iter().find_map(|key| line.strip_prefix(key));
        // Calico: an environment variable of calico-node, its value on the next line; or an Installation's
        // `cidr`.
        let calico =
            line.contains("name: CALICO_IPV4POOL_CIDR") || line.contains("name: CALICO_IPV6POOL_CIDR");
        let value = match flannel {
            Some(value) => Some(value),
            None if calico => lines.next().and_then(|next| next.strip_prefix("value:")),
            None => line.trim_start_matches("- ").strip_prefix("cidr:"),
        };
        let text = value.map(|value| value.trim().trim_end_matches(',').trim_matches(['"', '\'']).to_owned());
        found.extend(text.filter(|text| text.contains('/')));
    }
    found
}

/// Whether a manifest's network is the cluster's. One that names none takes the cluster's.
///
/// # Errors
///
/// [`NetworkMismatch`] names both.
pub fn matches_pod_subnet(manifest: &str, pod_subnet: &str) -> Result<(), NetworkMismatch> {
    let named = manifest_networks(manifest);
    let subnets: Vec<&str> = pod_subnet.split(',').map(str::trim).collect();
    if named.iter().all(|network| subnets.contains(&network.as_str())) {
        return Ok(());
    }
    Err(NetworkMismatch { manifest: named, pod_subnet: pod_subnet.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLANNEL: &str = "data:\n  net-conf.json: |\n    {\n      \"Network\": \"10.244.0.0/16\",\n      \"Backend\": {\"Type\": \"vxlan\"}\n    }\n";
    const CALICO: &str =
        "            # - name: CALICO_IPV4POOL_CIDR\n            #   value: \"192.168.0.0/16\"\n";

    #[test]
    fn flannel_and_calico_say_their_network() {
        assert_eq!(manifest_networks(FLANNEL), ["10.244.0.0/16"]);
        assert_eq!(manifest_networks(CALICO), Vec::<String>::new());
        assert_eq!(manifest_networks(&CALICO.replace("# ", "")), ["192.168.0.0/16"]);
        assert_eq!(manifest_networks("spec:\n  ipPools:\n  - cidr: 10.1.0.0/16\n"), ["10.1.0.0/16"]);
    }

    #[test]
    fn another_network_is_refused_with_both_named() {
        assert!(matches_pod_subnet(FLANNEL, "fd00::/56, 10.244.0.0/16").is_ok());
        assert!(matches_pod_subnet(CALICO, "10.1.0.0/16").is_ok());
        let error = matches_pod_subnet(FLANNEL, "10.1.0.0/16").unwrap_err().to_string();
        assert!(error.contains("10.244.0.0/16") && error.contains("10.1.0.0/16"), "{error}");
    }
}
