//! The codes of what this crate finds wrong: stable names, for programs and for a page that
//! explains each.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// The name of a fault. It is never given to another one, and does not change from release to release.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as a program may compare it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    // What kubeadm's decoder and validation say.
    /// A field that the kind does not have.
    UnknownField = "unknown-field";
    /// A key that stands twice.
    DuplicateKey = "duplicate-key";
    /// A value of another type than the field has.
    WrongType = "wrong-type";
    /// A value that the field cannot have.
    InvalidValue = "invalid-value";
    /// A field that must be there is not.
    RequiredValue = "required-value";
    /// A value that is none of the few allowed.
    UnsupportedValue = "unsupported-value";
    /// A value that stands twice in a list.
    DuplicateValue = "duplicate-value";
    /// A field that may not be there.
    ForbiddenField = "forbidden-field";
    /// A value that names what is not there.
    NotFound = "not-found";
    /// A value that is too long.
    TooLong = "too-long";
    /// A list that is too long.
    TooMany = "too-many";
    /// Validation itself failed.
    InternalError = "internal-error";
    /// Anything else that validation finds.
    Invalid = "invalid";
    /// kubeadm refuses the file as a whole.
    Refused = "kubeadm-refused";
    /// kubeadm warns.
    KubeadmWarning = "kubeadm-warning";
    /// There is no document of kubeadm.
    NoKubeadmDocument = "no-kubeadm-document";
    /// A document is larger, deeper or longer than what is read here; kubeadm may take it.
    DocumentTooLarge = "document-too-large";
    /// A document whose kind kubeadm does not know.
    UnknownKind = "unknown-kind";
    /// Two documents without a line between them.
    MissingSeparator = "missing-separator";

    // What kubeadm passes and what it starts does not.
    /// The kubelet ends with this configuration.
    KubeletConfigRefused = "kubelet-config-refused";
    /// A feature gate that the component of the release does not have, or not with this value.
    FeatureGateRefused = "feature-gate-refused";
    /// kube-proxy has no such mode.
    ProxyMode = "proxy-mode";
    /// A flag that the component of the release does not have.
    ComponentFlagUnknown = "component-flag-unknown";
    /// A value that a flag of the component cannot read.
    ComponentArgumentUnparsable = "component-argument-unparsable";
    /// A value that a flag reads, and the component refuses.
    ComponentArgumentRefused = "component-argument-refused";
    /// kube-proxy ends with this configuration.
    KubeProxyConfigRefused = "kube-proxy-config-refused";
    /// A phase that kubeadm does not have.
    PhaseUnknown = "phase-unknown";
    /// An argument names a file that no volume of the component's Pod holds.
    ArgumentFileNotMounted = "argument-file-not-mounted";
    /// etcd's data is not where etcd looks, or not on the host.
    EtcdDataDirWrong = "etcd-data-dir-wrong";
    /// Settings stand in a file that was not read.
    SettingsFileNotRead = "settings-file-not-read";
    /// A label that a kubelet may not give itself.
    NodeLabelForbidden = "node-label-forbidden";
    /// A taint that no node can have.
    TaintInvalid = "taint-invalid";
    /// Nobody looked what the kubelet of that minor makes of it.
    KubeletNotChecked = "kubelet-not-checked";
    /// A node labels itself as a master.
    MasterLabel = "master-label";
    /// The taint of masters.
    RoleLabelOutdated = "role-label-outdated";
    /// Masks of another number of families than there are Pods' subnets.
    NodeCidrMask = "node-cidr-mask";
    /// The hash of nothing as a pin.
    PinOfNothing = "pin-of-nothing";
    /// A pin that is none.
    InvalidCaPin = "invalid-ca-pin";

    // Advice.
    /// A field is elsewhere, or nowhere, in the API version that the release writes.
    FieldMoved = "field-moved";
    /// Two subnets share addresses.
    PodSubnetOverlap = "pod-subnet-overlap";
    /// An address of the node or of the control plane lies in a subnet of the cluster.
    AddressInSubnet = "address-in-subnet";
    /// The families of the Services' subnets are in another order than those of the Pods', or not the same.
    FamiliesDiffer = "families-differ";
    /// There is no subnet for Pods.
    NoPodSubnet = "no-pod-subnet";
    /// A repository of one's own must have CoreDNS at another path than the default one.
    CorednsPath = "coredns-path";
    /// Nothing says how the kubelet manages cgroups, and its default is not the runtime's.
    CgroupDriverUnset = "cgroup-driver-unset";
    /// A node of two address families is not told both of its addresses.
    NodeIpMissing = "node-ip-missing";
    /// An address that the host does not have.
    AddressNotOnHost = "address-not-on-host";
    /// The kubelet and the container runtime manage cgroups in different ways.
    CgroupDriverMismatch = "cgroup-driver-mismatch";
    /// The control plane's version is looked up on the network.
    VersionLabel = "version-label";
    /// The control plane is newer than the kubeadm.
    VersionSkew = "version-skew";
    /// A socket that the release's kubelet no longer has a use for.
    DockershimTraces = "dockershim-traces";
    /// The file holds a secret and others can read it.
    SecretReadable = "secret-readable";
    /// A token never ends.
    TokenForever = "token-forever";
    /// The cluster's CA is not verified.
    CaUnverified = "ca-unverified";
    /// An external etcd is talked to without TLS.
    EtcdWithoutTls = "etcd-without-tls";
    /// An external etcd has an even number of members.
    EtcdMembersEven = "etcd-members-even";
    /// Every preflight check is ignored.
    PreflightIgnored = "preflight-ignored";
    /// A control-plane node without a taint runs anything.
    NoTaint = "no-taint";

    // What is given and cannot be, and CA files.
    /// A text that is no version of Kubernetes.
    KubernetesVersionInvalid = "kubernetes-version-invalid";
    /// A kubeadm release that is not known here.
    ReleaseUnknown = "release-unknown";
    /// A text that names no cgroup driver.
    CgroupDriverInvalid = "cgroup-driver-invalid";
    /// A value that YAML cannot hold.
    DocumentNotPrintable = "document-not-printable";
    /// A CA file that starts with a byte order mark.
    CaByteOrderMark = "ca-byte-order-mark";
    /// A CA file that is not PEM.
    CaFileIsDer = "ca-file-is-der";
    /// A CA whose key kubeadm cannot use.
    CaKeyUnusable = "ca-key-unusable";
    /// A certificate that signs no others.
    NotACaCertificate = "not-a-ca-certificate";
    /// A private key in a file of certificates.
    PrivateKeyBesideCa = "private-key-beside-ca";
    /// A private key where a certificate is wanted.
    PrivateKeyGiven = "private-key-given";
    /// A PEM block that cannot be decoded.
    PemBlockDamaged = "pem-block-damaged";
    /// A file without a CA certificate.
    CaFileUnreadable = "ca-file-unreadable";

    // Help: what to write instead.
    /// An API version that kubeadm of the release does not read.
    ApiVersion = "api-version";
    /// An API version that is gone from the release.
    ApiTooOld = "api-too-old";
    /// An API version that came after the release.
    ApiTooNew = "api-too-new";
    /// A name is near one that there is.
    DidYouMean = "did-you-mean";
    /// A field in another letter case.
    FieldLetterCase = "field-letter-case";
    /// A field that belongs elsewhere.
    BelongsIn = "belongs-in";
    /// A tab where YAML wants blanks.
    TabIndentation = "tab-indentation";
    /// A character that looks like one of YAML's.
    OddCharacter = "odd-character";
    /// A list is wanted.
    ListWanted = "list-wanted";
    /// A map is wanted.
    MapWanted = "map-wanted";
    /// A text is wanted.
    TextWanted = "text-wanted";
    /// true or false is wanted.
    TruthWanted = "truth-wanted";
    /// A number is wanted.
    NumberWanted = "number-wanted";
    /// A length of time is wanted.
    DurationWanted = "duration-wanted";
    /// A point in time is wanted.
    TimeWanted = "time-wanted";
    /// A bootstrap token is wanted.
    TokenWanted = "token-wanted";
    /// A quantity is wanted.
    QuantityWanted = "quantity-wanted";

    // Help: what the file is instead.
    /// Compressed by gzip.
    GzipFile = "gzip-file";
    /// A zip archive.
    ZipFile = "zip-file";
    /// Compressed by xz.
    XzFile = "xz-file";
    /// Compressed by zstd.
    ZstdFile = "zstd-file";
    /// A program.
    ProgramFile = "program-file";
    /// Text in UTF-16.
    Utf16File = "utf-16-file";
    /// A certificate or key.
    PemFile = "pem-file";
    /// A script.
    ScriptFile = "script-file";
    /// A cloud-init file.
    CloudConfigFile = "cloud-config-file";
    /// A web page.
    HtmlFile = "html-file";
    /// A configuration of kind.
    KindFile = "kind-file";
    /// A configuration of k3d.
    K3dFile = "k3d-file";
    /// A configuration of k0s or k0sctl.
    K0sFile = "k0s-file";
    /// An object of kOps.
    KopsFile = "kops-file";
    /// A configuration of eksctl.
    EksctlFile = "eksctl-file";
    /// A configuration of `KubeKey`.
    KubekeyFile = "kubekey-file";
    /// A Clusterfile of sealos.
    SealosFile = "sealos-file";
    /// A configuration of `KubeOne`.
    KubeoneFile = "kubeone-file";
    /// An object of Cluster API.
    ClusterApiFile = "cluster-api-file";
    /// An object of k3s' Helm controller.
    HelmFile = "helm-file";
    /// A profile of minikube.
    MinikubeFile = "minikube-file";
    /// A config.yaml of k3s or RKE2.
    K3sFile = "k3s-file";
    /// Values of a Helm chart.
    HelmValuesFile = "helm-values-file";
    /// A Chart.yaml.
    HelmChartFile = "helm-chart-file";
    /// A k8sprep spec.
    NodeSpecFile = "node-spec-file";
    /// A file of RKE or Docker Compose.
    RkeFile = "rke-file";
    /// An Ansible playbook.
    AnsibleFile = "ansible-file";
    /// A kubeconfig.
    KubeconfigFile = "kubeconfig-file";
    /// Any object of Kubernetes.
    KubernetesObject = "kubernetes-object";
    /// A `ConfigMap`.
    ConfigMapFile = "config-map-file";
    /// A machine configuration of Talos.
    TalosFile = "talos-file";
    /// A template.
    TemplateFile = "template-file";
    /// A kubeadm command line.
    KubeadmCommand = "kubeadm-command";
    /// CRI-O's configuration.
    CrioFile = "crio-file";
    /// A systemd unit.
    UnitFile = "unit-file";
    /// A TOML or INI file.
    IniFile = "ini-file";
    // What ends with a later minor.
    /// A flag of the kubelet, or its value, that a later minor does not take.
    KubeletFlagEnds = "kubelet-flag-ends";
    /// A flag of another component that a later minor does not take.
    ComponentFlagEnds = "component-flag-ends";
    /// A feature gate that a later minor does not have, or has locked.
    FeatureGateEnds = "feature-gate-ends";
    /// A field that a later kubelet passes over.
    KubeletFieldEnds = "kubelet-field-ends";
    /// An admission plugin that a later API server does not have.
    AdmissionPluginEnds = "admission-plugin-ends";
    /// An API version that a later kubeadm does not read.
    ApiVersionEnds = "api-version-ends";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
