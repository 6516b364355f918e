//! `kubelet.config.k8s.io/v1beta1`. Taken by reflection from the releases' own types; minors
//! between the releases asked come from the Kubernetes changelogs.

use super::{BOOL, DURATION, INT32, INT64, LOGGING, NODE_CONFIG_SOURCE, QUANTITY, TAINT, TEXT, TRACING};
use crate::wire::shape::{Scalar, Shape};

crate::wire::shapes! { "v1beta1";
    KUBELET_CONFIGURATION = "KubeletConfiguration" {
        "address" [omitempty]: TEXT;
        "allowedUnsafeSysctls" [omitempty]: Shape::List(&TEXT);
        "authentication": Shape::Struct(KUBELET_AUTHENTICATION);
        "authorization": Shape::Struct(KUBELET_AUTHORIZATION);
        "cgroupDriver" [omitempty]: TEXT;
        "cgroupRoot" [omitempty]: TEXT;
        "cgroupsPerQOS" @pointer [omitempty]: BOOL;
        "clusterDNS" [omitempty]: Shape::List(&TEXT);
        "clusterDomain" [omitempty]: TEXT;
        "configMapAndSecretChangeDetectionStrategy" [omitempty]: Shape::Scalar(Scalar::Text, "v1beta1.ResourceChangeDetectionStrategy");
        "containerLogMaxFiles" @pointer [omitempty]: INT32;
        "containerLogMaxSize" [omitempty]: TEXT;
        "containerLogMaxWorkers" @pointer [omitempty] since 30: INT32;
        "containerLogMonitorInterval" @pointer [omitempty] since 30: DURATION;
        "containerRuntimeEndpoint" since 27: TEXT;
        "contentType" [omitempty]: TEXT;
        "cpuCFSQuota" @pointer [omitempty]: BOOL;
        "cpuCFSQuotaPeriod" @pointer [omitempty]: DURATION;
        "cpuManagerPolicy" [omitempty]: TEXT;
        "cpuManagerPolicyOptions" [omitempty] since 22: Shape::Map(&TEXT);
        "cpuManagerReconcilePeriod" [omitempty]: DURATION;
        "crashLoopBackOff" [omitempty] since 32: Shape::Struct(CRASH_LOOP_BACK_OFF_CONFIG);
        "defaultPodSysctls" [omitempty] since 37: Shape::Map(&TEXT);
        "enableContentionProfiling" [omitempty]: BOOL;
        "enableControllerAttachDetach" @pointer [omitempty]: BOOL;
        "enableDebugFlagsHandler" @pointer [omitempty] since 21: BOOL;
        "enableDebuggingHandlers" @pointer [omitempty]: BOOL;
        "enableProfilingHandler" @pointer [omitempty] since 21: BOOL;
        "enableServer" @pointer [omitempty]: BOOL;
        "enableSystemLogHandler" @pointer [omitempty]: BOOL;
        "enableSystemLogQuery" @pointer [omitempty] since 27: BOOL;
        "enforceNodeAllocatable" [omitempty]: Shape::List(&TEXT);
        "eventBurst" [omitempty]: INT32;
        "eventRecordQPS" @pointer [omitempty]: INT32;
        "evictionHard" [omitempty]: Shape::Map(&TEXT);
        "evictionMaxPodGracePeriod" [omitempty]: INT32;
        "evictionMinimumReclaim" [omitempty]: Shape::Map(&TEXT);
        "evictionPressureTransitionPeriod" [omitempty]: DURATION;
        "evictionSoft" [omitempty]: Shape::Map(&TEXT);
        "evictionSoftGracePeriod" [omitempty]: Shape::Map(&TEXT);
        "failCgroupV1" @pointer [omitempty] since 31: BOOL;
        "failSwapOn" @pointer [omitempty]: BOOL;
        "featureGates" [omitempty]: Shape::Map(&BOOL);
        "fileCheckFrequency" [omitempty]: DURATION;
        "hairpinMode" [omitempty]: TEXT;
        "healthzBindAddress" [omitempty]: TEXT;
        "healthzPort" @pointer [omitempty]: INT32;
        "httpCheckFrequency" [omitempty]: DURATION;
        "imageGCHighThresholdPercent" @pointer [omitempty]: INT32;
        "imageGCLowThresholdPercent" @pointer [omitempty]: INT32;
        "imageMaximumGCAge" [omitempty] since 29: DURATION;
        "imageMinimumGCAge" [omitempty]: DURATION;
        "imagePullCredentialsVerificationPolicy" [omitempty] since 33: Shape::Scalar(Scalar::Text, "v1beta1.ImagePullCredentialsVerificationPolicy");
        "imageServiceEndpoint" [omitempty] since 27: TEXT;
        "iptablesDropBit" @pointer [omitempty]: INT32;
        "iptablesMasqueradeBit" @pointer [omitempty]: INT32;
        "kernelMemcgNotification" [omitempty]: BOOL;
        "kubeAPIBurst" [omitempty]: INT32;
        "kubeAPIQPS" @pointer [omitempty]: INT32;
        "kubeReserved" [omitempty]: Shape::Map(&TEXT);
        "kubeReservedCgroup" [omitempty]: TEXT;
        "kubeletCgroups" [omitempty]: TEXT;
        "localStorageCapacityIsolation" @pointer [omitempty] since 25: BOOL;
        "logging" [omitempty]: Shape::Struct(LOGGING);
        "makeIPTablesUtilChains" @pointer [omitempty]: BOOL;
        "maxOpenFiles" [omitempty]: INT64;
        "maxParallelImagePulls" @pointer [omitempty] since 27: INT32;
        "maxPods" [omitempty]: INT32;
        "memoryManagerPolicy" [omitempty] since 21: TEXT;
        "memoryReservationPolicy" [omitempty] since 36: Shape::Scalar(Scalar::Text, "v1beta1.MemoryReservationPolicy");
        "memorySwap" [omitempty] since 22: Shape::Struct(MEMORY_SWAP_CONFIGURATION);
        "memoryThrottlingFactor" @pointer [omitempty] since 22: Shape::Scalar(Scalar::Float(64), "float64");
        "mergeDefaultEvictionSettings" @pointer [omitempty] since 33: BOOL;
        "nodeLeaseDurationSeconds" [omitempty]: INT32;
        "nodeStatusMaxImages" @pointer [omitempty]: INT32;
        "nodeStatusReportFrequency" [omitempty]: DURATION;
        "nodeStatusUpdateFrequency" [omitempty]: DURATION;
        "oomScoreAdj" @pointer [omitempty]: INT32;
        "podCIDR" [omitempty]: TEXT;
        "podLogsDir" [omitempty] since 30: TEXT;
        "podPidsLimit" @pointer [omitempty]: INT64;
        "podsPerCore" [omitempty]: INT32;
        "port" [omitempty]: INT32;
        "preloadedImagesVerificationAllowlist" [omitempty] since 33: Shape::List(&TEXT);
        "protectKernelDefaults" [omitempty]: BOOL;
        "providerID" [omitempty]: TEXT;
        "qosReserved" [omitempty]: Shape::Map(&TEXT);
        "readOnlyPort" [omitempty]: INT32;
        "registerNode" @pointer [omitempty] since 23: BOOL;
        "registerWithTaints" [omitempty] since 23: Shape::List(&Shape::Struct(TAINT));
        "registryBurst" [omitempty]: INT32;
        "registryPullQPS" @pointer [omitempty]: INT32;
        "reservedMemory" [omitempty] since 21: Shape::List(&Shape::Struct(MEMORY_RESERVATION));
        "reservedSystemCPUs" [omitempty]: TEXT;
        "resolvConf" [omitempty] until 20: TEXT;
        "resolvConf" @pointer [omitempty] since 21: TEXT;
        "rotateCertificates" [omitempty]: BOOL;
        "runOnce" [omitempty]: BOOL;
        "runtimeRequestTimeout" [omitempty]: DURATION;
        "seccompDefault" @pointer [omitempty] since 22: BOOL;
        "serializeImagePulls" @pointer [omitempty]: BOOL;
        "serverTLSBootstrap" [omitempty]: BOOL;
        "showHiddenMetricsForVersion" [omitempty]: TEXT;
        "shutdownGracePeriod" [omitempty]: DURATION;
        "shutdownGracePeriodByPodPriority" [omitempty] since 23: Shape::List(&Shape::Struct(SHUTDOWN_GRACE_PERIOD_BY_POD_PRIORITY));
        "shutdownGracePeriodCriticalPods" [omitempty]: DURATION;
        "singleProcessOOMKill" @pointer [omitempty] since 32: BOOL;
        "staticPodPath" [omitempty]: TEXT;
        "staticPodURL" [omitempty]: TEXT;
        "staticPodURLHeader" [omitempty]: Shape::Map(&Shape::List(&TEXT));
        "streamingConnectionIdleTimeout" [omitempty]: DURATION;
        "syncFrequency" [omitempty]: DURATION;
        "systemCgroups" [omitempty]: TEXT;
        "systemReserved" [omitempty]: Shape::Map(&TEXT);
        "systemReservedCgroup" [omitempty]: TEXT;
        "tlsCertFile" [omitempty]: TEXT;
        "tlsCipherSuites" [omitempty]: Shape::List(&TEXT);
        "tlsCurvePreferences" [omitempty] since 36: Shape::List(&INT32);
        "tlsMinVersion" [omitempty]: TEXT;
        "tlsPrivateKeyFile" [omitempty]: TEXT;
        "topologyManagerPolicy" [omitempty]: TEXT;
        "topologyManagerPolicyOptions" [omitempty] since 26: Shape::Map(&TEXT);
        "topologyManagerScope" [omitempty]: TEXT;
        "tracing" @pointer [omitempty] since 25: Shape::Struct(TRACING);
        "userNamespaces" @pointer [omitempty] since 33: Shape::Struct(USER_NAMESPACES);
        "volumePluginDir" [omitempty]: TEXT;
        "volumeStatsAggPeriod" [omitempty]: DURATION;
    }

    KUBELET_AUTHENTICATION = "KubeletAuthentication" {
        "anonymous": Shape::Struct(KUBELET_ANONYMOUS_AUTHENTICATION);
        "webhook": Shape::Struct(KUBELET_WEBHOOK_AUTHENTICATION);
        "x509": Shape::Struct(KUBELET_X509_AUTHENTICATION);
    }

    KUBELET_X509_AUTHENTICATION = "KubeletX509Authentication" {
        "clientCAFile" [omitempty]: TEXT;
    }

    KUBELET_WEBHOOK_AUTHENTICATION = "KubeletWebhookAuthentication" {
        "cacheTTL" [omitempty]: DURATION;
        "enabled" @pointer [omitempty]: BOOL;
    }

    KUBELET_ANONYMOUS_AUTHENTICATION = "KubeletAnonymousAuthentication" {
        "enabled" @pointer [omitempty]: BOOL;
    }

    KUBELET_AUTHORIZATION = "KubeletAuthorization" {
        "mode" [omitempty]: Shape::Scalar(Scalar::Text, "v1beta1.KubeletAuthorizationMode");
        "webhook": Shape::Struct(KUBELET_WEBHOOK_AUTHORIZATION);
    }

    KUBELET_WEBHOOK_AUTHORIZATION = "KubeletWebhookAuthorization" {
        "cacheAuthorizedTTL" [omitempty]: DURATION;
        "cacheUnauthorizedTTL" [omitempty]: DURATION;
    }

    CRASH_LOOP_BACK_OFF_CONFIG = "CrashLoopBackOffConfig" {
        "maxContainerRestartPeriod" @pointer [omitempty] since 32: DURATION;
    }

    MEMORY_SWAP_CONFIGURATION = "MemorySwapConfiguration" {
        "swapBehavior" [omitempty]: TEXT;
    }

    MEMORY_RESERVATION = "MemoryReservation" {
        "limits": Shape::Named("v1.ResourceList", &Shape::Map(&QUANTITY));
        "numaNode": INT32;
    }

    SHUTDOWN_GRACE_PERIOD_BY_POD_PRIORITY = "ShutdownGracePeriodByPodPriority" {
        "priority": INT32;
        "shutdownGracePeriodSeconds": INT64;
    }

    USER_NAMESPACES = "UserNamespaces" {
        "idsPerPod" @pointer [omitempty] since 33: INT64;
    }

    CREDENTIAL_PROVIDER_CONFIG = "CredentialProviderConfig" {
        "providers": Shape::List(&Shape::Struct(CREDENTIAL_PROVIDER));
    }

    CREDENTIAL_PROVIDER = "CredentialProvider" {
        "apiVersion": TEXT;
        "args" [omitempty]: Shape::List(&TEXT);
        "defaultCacheDuration" @pointer: DURATION;
        "env" [omitempty]: Shape::List(&Shape::Struct(EXEC_ENV_VAR));
        "matchImages": Shape::List(&TEXT);
        "name": TEXT;
    }

    EXEC_ENV_VAR = "ExecEnvVar" {
        "name": TEXT;
        "value": TEXT;
    }

    IMAGE_PULL_INTENT = "ImagePullIntent" {
        "image" since 35: TEXT;
    }

    IMAGE_PULLED_RECORD = "ImagePulledRecord" {
        "credentialMapping" [omitempty] since 35: Shape::Map(&Shape::Struct(IMAGE_PULL_CREDENTIALS));
        "imageRef" since 35: TEXT;
        "lastUpdatedTime" since 35: Shape::Scalar(Scalar::Time, "v1.Time");
    }

    IMAGE_PULL_CREDENTIALS = "ImagePullCredentials" {
        "kubernetesSecrets" [omitempty] since 35: Shape::List(&Shape::Struct(IMAGE_PULL_SECRET));
        "kubernetesServiceAccounts" [omitempty] since 35: Shape::List(&Shape::Struct(IMAGE_PULL_SERVICE_ACCOUNT));
        "nodePodsAccessible" [omitempty] since 35: BOOL;
    }

    IMAGE_PULL_SECRET = "ImagePullSecret" {
        "credentialHash" since 35: TEXT;
        "name" since 35: TEXT;
        "namespace" since 35: TEXT;
        "uid" since 35: TEXT;
    }

    IMAGE_PULL_SERVICE_ACCOUNT = "ImagePullServiceAccount" {
        "name" since 35: TEXT;
        "namespace" since 35: TEXT;
        "uid" since 35: TEXT;
    }

    SERIALIZED_NODE_CONFIG_SOURCE = "SerializedNodeConfigSource" {
        "source" [omitempty]: Shape::Struct(NODE_CONFIG_SOURCE);
    }
}
