//! `kubeproxy.config.k8s.io/v1alpha1`. Taken by reflection from the releases' own types; minors
//! between the releases asked come from the Kubernetes changelogs.

use super::{BOOL, DURATION, INT32, LOGGING, TEXT};
use crate::wire::shape::{Scalar, Shape};

crate::wire::shapes! { "v1alpha1";
    KUBE_PROXY_CONFIGURATION = "KubeProxyConfiguration" {
        "bindAddress": TEXT;
        "bindAddressHardFail": BOOL;
        "clientConnection": Shape::Struct(CLIENT_CONNECTION_CONFIGURATION);
        "clusterCIDR": TEXT;
        "configSyncPeriod": DURATION;
        "conntrack": Shape::Struct(KUBE_PROXY_CONNTRACK_CONFIGURATION);
        "detectLocal" since 23: Shape::Struct(DETECT_LOCAL_CONFIGURATION);
        "detectLocalMode": Shape::Scalar(Scalar::Text, "v1alpha1.LocalMode");
        "enableProfiling": BOOL;
        "featureGates" [omitempty]: Shape::Map(&BOOL);
        "healthzBindAddress": TEXT;
        "hostnameOverride": TEXT;
        "iptables": Shape::Struct(KUBE_PROXY_IPTABLES_CONFIGURATION);
        "ipvs": Shape::Struct(KUBE_PROXY_IPVS_CONFIGURATION);
        "logging" [omitempty] since 26: Shape::Struct(LOGGING);
        "metricsBindAddress": TEXT;
        "mode": Shape::Scalar(Scalar::Text, "v1alpha1.ProxyMode");
        "nftables" since 29: Shape::Struct(KUBE_PROXY_NFTABLES_CONFIGURATION);
        "nodePortAddresses": Shape::List(&TEXT);
        "oomScoreAdj" @pointer: INT32;
        "portRange": TEXT;
        "showHiddenMetricsForVersion": TEXT;
        "udpIdleTimeout" until 25: DURATION;
        "windowsRunAsService" [omitempty] since 31: BOOL;
        "winkernel": Shape::Struct(KUBE_PROXY_WINKERNEL_CONFIGURATION);
    }

    CLIENT_CONNECTION_CONFIGURATION = "ClientConnectionConfiguration" {
        "acceptContentTypes": TEXT;
        "burst": INT32;
        "contentType": TEXT;
        "kubeconfig": TEXT;
        "qps": Shape::Scalar(Scalar::Float(32), "float32");
    }

    KUBE_PROXY_CONNTRACK_CONFIGURATION = "KubeProxyConntrackConfiguration" {
        "maxPerCore" @pointer: INT32;
        "min" @pointer: INT32;
        "tcpBeLiberal" since 29: BOOL;
        "tcpCloseWaitTimeout" @pointer: DURATION;
        "tcpEstablishedTimeout" @pointer: DURATION;
        "udpStreamTimeout" since 28: DURATION;
        "udpTimeout" since 28: DURATION;
    }

    DETECT_LOCAL_CONFIGURATION = "DetectLocalConfiguration" {
        "bridgeInterface": TEXT;
        "interfaceNamePrefix": TEXT;
    }

    KUBE_PROXY_IPTABLES_CONFIGURATION = "KubeProxyIPTablesConfiguration" {
        "localhostNodePorts" @pointer since 26: BOOL;
        "masqueradeAll": BOOL;
        "masqueradeBit" @pointer: INT32;
        "minSyncPeriod": DURATION;
        "syncPeriod": DURATION;
    }

    KUBE_PROXY_IPVS_CONFIGURATION = "KubeProxyIPVSConfiguration" {
        "excludeCIDRs": Shape::List(&TEXT);
        "minSyncPeriod": DURATION;
        "scheduler": TEXT;
        "strictARP": BOOL;
        "syncPeriod": DURATION;
        "tcpFinTimeout": DURATION;
        "tcpTimeout": DURATION;
        "udpTimeout": DURATION;
    }

    KUBE_PROXY_NFTABLES_CONFIGURATION = "KubeProxyNFTablesConfiguration" {
        "masqueradeAll": BOOL;
        "masqueradeBit" @pointer: INT32;
        "minSyncPeriod": DURATION;
        "syncPeriod": DURATION;
    }

    KUBE_PROXY_WINKERNEL_CONFIGURATION = "KubeProxyWinkernelConfiguration" {
        "enableDSR": BOOL;
        "forwardHealthCheckVip" since 23: BOOL;
        "networkName": TEXT;
        "rootHnsEndpointName" since 23: TEXT;
        "sourceVip": TEXT;
    }
}
