//! Names that arguments of the control plane may hold: admission plugins, controllers, groups of APIs.
//!
//! Taken from the sources of 1.22, 1.25, 1.27, 1.29, 1.31, 1.33, 1.34 and 1.37 (`AllOrderedPlugins` of
//! `pkg/kubeapiserver/options`, `cmd/kube-controller-manager/names` and its aliases, `pkg/apis`). Where
//! a name came or went between two of them, the minors between may have it: nothing is refused there.

use crate::version::Minor;

/// A name, and the minors that may have it.
pub(super) struct Named {
    pub(super) name: &'static str,
    /// The first, 0 where that is before all that are known.
    pub(super) since: u64,
    /// The last.
    pub(super) until: u64,
}

impl Named {
    pub(super) fn may_be_in(&self, minor: Minor) -> bool {
        (self.since..=self.until).contains(&minor.number())
    }
}

/// A name of every minor.
const fn ever(name: &'static str) -> Named {
    of(name, 0, NOW)
}

const fn of(name: &'static str, since: u64, until: u64) -> Named {
    Named { name, since, until }
}

/// The last minor of a name that the newest known has.
const NOW: u64 = u64::MAX - 1;

/// `pkg/kubeapiserver/authorizer/modes`.
pub(super) const AUTHORIZATION_MODES: &[Named] =
    &[ever("Node"), ever("RBAC"), ever("Webhook"), ever("ABAC"), ever("AlwaysAllow"), ever("AlwaysDeny")];

pub(super) const ADMISSION_PLUGINS: &[Named] = &[
    ever("AlwaysAdmit"),
    ever("AlwaysDeny"),
    ever("AlwaysPullImages"),
    ever("CertificateApproval"),
    ever("CertificateSigning"),
    ever("CertificateSubjectRestriction"),
    ever("DefaultIngressClass"),
    ever("DefaultStorageClass"),
    ever("DefaultTolerationSeconds"),
    ever("DenyServiceExternalIPs"),
    ever("EventRateLimit"),
    ever("ExtendedResourceToleration"),
    ever("ImagePolicyWebhook"),
    ever("LimitPodHardAntiAffinityTopology"),
    ever("LimitRanger"),
    ever("MutatingAdmissionWebhook"),
    ever("NamespaceAutoProvision"),
    ever("NamespaceExists"),
    ever("NamespaceLifecycle"),
    ever("NodeRestriction"),
    ever("OwnerReferencesPermissionEnforcement"),
    ever("PersistentVolumeClaimResize"),
    ever("PodNodeSelector"),
    ever("PodSecurity"),
    ever("PodTolerationRestriction"),
    ever("Priority"),
    ever("ResourceQuota"),
    ever("RuntimeClass"),
    ever("ServiceAccount"),
    ever("StorageObjectInUseProtection"),
    ever("TaintNodesByCondition"),
    ever("ValidatingAdmissionWebhook"),
    of("PodSecurityPolicy", 0, 24),
    of("ClusterTrustBundleAttest", 26, NOW),
    of("ValidatingAdmissionPolicy", 26, NOW),
    of("SecurityContextDeny", 0, 30),
    of("PersistentVolumeLabel", 0, 30),
    of("MutatingAdmissionPolicy", 32, NOW),
    of("PodTopologyLabels", 32, NOW),
    of("NodeDeclaredFeatureValidator", 35, NOW),
    of("PodGroupProtection", 35, NOW),
    of("PodResizeValidator", 35, NOW),
];

/// Old names stay as aliases of the new ones.
pub(super) const CONTROLLERS: &[Named] = &[
    ever("attachdetach"),
    ever("bootstrapsigner"),
    ever("cloud-node-lifecycle"),
    ever("clusterrole-aggregation"),
    ever("cronjob"),
    ever("csrapproving"),
    ever("csrcleaner"),
    ever("csrsigning"),
    ever("daemonset"),
    ever("deployment"),
    ever("disruption"),
    ever("endpoint"),
    ever("endpointslice"),
    ever("endpointslicemirroring"),
    ever("ephemeral-volume"),
    ever("garbagecollector"),
    ever("horizontalpodautoscaling"),
    ever("job"),
    ever("namespace"),
    ever("nodeipam"),
    ever("nodelifecycle"),
    ever("persistentvolume-binder"),
    ever("persistentvolume-expander"),
    ever("podgc"),
    ever("pv-protection"),
    ever("pvc-protection"),
    ever("replicaset"),
    ever("replicationcontroller"),
    ever("resource-claim-controller"),
    ever("resourcequota"),
    ever("root-ca-cert-publisher"),
    ever("route"),
    ever("service"),
    ever("serviceaccount"),
    ever("serviceaccount-token"),
    ever("statefulset"),
    ever("storage-version-gc"),
    ever("tokencleaner"),
    ever("ttl"),
    ever("ttl-after-finished"),
    of("bootstrap-signer-controller", 28, NOW),
    of("certificatesigningrequest-approving-controller", 28, NOW),
    of("certificatesigningrequest-cleaner-controller", 28, NOW),
    of("certificatesigningrequest-signing-controller", 28, NOW),
    of("cloud-node-lifecycle-controller", 28, NOW),
    of("clusterrole-aggregation-controller", 28, NOW),
    of("cronjob-controller", 28, NOW),
    of("daemonset-controller", 28, NOW),
    of("deployment-controller", 28, NOW),
    of("device-taint-eviction-controller", 32, NOW),
    of("disruption-controller", 28, NOW),
    of("endpoints-controller", 28, NOW),
    of("endpointslice-controller", 28, NOW),
    of("endpointslice-mirroring-controller", 28, NOW),
    of("ephemeral-volume-controller", 28, NOW),
    of("garbage-collector-controller", 28, NOW),
    of("horizontal-pod-autoscaler-controller", 28, NOW),
    of("job-controller", 28, NOW),
    of("kube-apiserver-serving-clustertrustbundle-publisher-controller", 32, NOW),
    of("legacy-service-account-token-cleaner", 28, NOW),
    of("legacy-serviceaccount-token-cleaner-controller", 28, NOW),
    of("namespace-controller", 28, NOW),
    of("node-ipam-controller", 28, NOW),
    of("node-lifecycle-controller", 28, NOW),
    of("node-route-controller", 28, NOW),
    of("persistentvolume-attach-detach-controller", 28, NOW),
    of("persistentvolume-binder-controller", 28, NOW),
    of("persistentvolume-expander-controller", 28, NOW),
    of("persistentvolume-protection-controller", 28, NOW),
    of("persistentvolumeclaim-protection-controller", 28, NOW),
    of("pod-garbage-collector-controller", 28, NOW),
    of("podcertificaterequest-cleaner-controller", 34, NOW),
    of("podgroup-protection-controller", 35, NOW),
    of("replicaset-controller", 28, NOW),
    of("replicationcontroller-controller", 28, NOW),
    of("resourceclaim-controller", 28, NOW),
    of("resourcepoolstatusrequest-controller", 35, NOW),
    of("resourcequota-controller", 28, NOW),
    of("root-ca-certificate-publisher-controller", 28, NOW),
    of("selinux-warning-controller", 32, NOW),
    of("service-cidr-controller", 28, NOW),
    of("service-lb-controller", 28, NOW),
    of("serviceaccount-controller", 28, NOW),
    of("serviceaccount-token-controller", 28, NOW),
    of("statefulset-controller", 28, NOW),
    of("storage-version-migrator-controller", 30, NOW),
    of("storageversion-garbage-collector-controller", 28, NOW),
    of("svm", 30, NOW),
    of("taint-eviction-controller", 28, NOW),
    of("token-cleaner-controller", 28, NOW),
    of("ttl-after-finished-controller", 28, NOW),
    of("ttl-controller", 28, NOW),
    of("validatingadmissionpolicy-status-controller", 28, NOW),
    of("volumeattributesclass-protection-controller", 32, NOW),
];

/// Groups that kube-apiserver serves in some minor from 1.22 on; `runtime-config` knows no other.
pub(super) const API_GROUPS: &[&str] = &[
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "lifecycle.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
    "abac.authorization.kubernetes.io",
    "admission.k8s.io",
    "apidiscovery.k8s.io",
    "imagepolicy.k8s.io",
];
