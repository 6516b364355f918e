//! What kubeadm does differently since (or until) some release.

use crate::version::KubernetesVersion;

macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident: $from:literal..=$to:literal;)*) => {
        /// A way to behave that only some releases have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Change {
            $($(#[$doc])* $name,)*
        }

        impl Change {
            /// Whether the release behaves in that way.
            pub(crate) fn is_in(self, version: &KubernetesVersion) -> bool {
                let (from, to) = match self {
                    $(Self::$name => ($from, $to),)*
                };
                (from..=to).contains(&version.minor_number())
            }
        }
    };
}

// The minors are those in which the change was seen between two of the ten releases that were asked
// (1.20.2, 1.29.6, 1.30.14, 1.31.14, 1.32.13, 1.33.13, 1.34.0, 1.35.4, 1.36.3, 1.37.2), or those
// its pull request names where one is cited.
changes! {
    /// CRI-O's socket is written with `unix://` (kubernetes/kubernetes#107295).
    SocketScheme: 24..=99;
    /// containerd's socket is the default, as a URL (1.24 dropped dockershim).
    SocketsAreUrls: 24..=99;
    /// `unix://` is put before a socket that does not start with `unix` (kubernetes/kubernetes#107295).
    SchemeIsAdded: 24..=99;
    /// We write sockets as URLs: every kubeadm takes them, and 1.22 is the first that is said to warn where the scheme is missing.
    SocketsWrittenAsUrls: 22..=99;
    /// `found multiple CRI endpoints` instead of `Found ...`.
    LowerCaseFound: 30..=99;
    /// `nodeRegistration.imagePullPolicy` exists (v1beta3).
    ImagePullPolicy: 22..=99;
    /// `apiServer.timeoutForControlPlane` has a default.
    ApiServerTimeout: 13..=30;
    /// `etcd.external.httpEndpoints` exists (kubernetes/kubernetes#134890).
    HttpEndpoints: 35..=99;
    /// The kubelet's `cgroupDriver` is systemd if empty (kubeadm#2376); before, Docker was asked.
    SystemdCgroupDriver: 22..=99;
    /// The kubelet's `resolvConf` is filled in where systemd-resolved runs.
    ResolverDefault: 13..=30;
    /// The warning of kube-proxy's `bindAddress` names the two values the wrong way round.
    BindAddressSwapped: 13..=21;
    /// kube-proxy's `bindAddress` is compared with the any-address of its own family.
    BindAddressByFamily: 37..=99;

    // What reading a file asks.
    /// Only blanks or a comment may follow `---` on its line.
    SeparatorsAreStrict: 22..=99;
    /// `Unsupported map key` begins with a capital letter (sigs.k8s.io/yaml before 1.5).
    CapitalUnsupported: 13..=30;
    /// Documents are read in the order of their kinds; before, in that of a Go map.
    DocumentsAreSorted: 31..=99;
    /// Messages say configuration file where they said YAML file.
    ConfigurationFile: 33..=99;
    /// Ignored documents are logged; before, the words stood on stdout.
    IgnoredIsLogged: 22..=99;
    /// Loading a JoinConfiguration or ResetConfiguration tells which documents it ignores.
    OthersTellIgnored: 33..=99;
    /// Messages about API versions name the kind.
    KindInMessages: 31..=99;
    /// The file names in `kubeadm config migrate ...` of messages.
    ConfigFileNames: 33..=99;
    /// Unnamed schemes are called `pkg/runtime/scheme.go:110`, before `...:100`.
    SchemeLine110: 33..=34;
    /// Then `...:111`.
    SchemeLine111: 35..=99;
    /// kube-proxy's `mode` is filled in: `iptables`.
    ProxyModeDefault: 37..=99;
    /// A warning says that kube-proxy's mode `ipvs` is deprecated.
    IpvsIsDeprecated: 37..=99;
    /// The strict check is apimachinery's (kubernetes/kubernetes#107725).
    StrictSerializer: 24..=99;
    /// What the strict check finds in a component's configuration is a warning once more when it is decoded, whatever it was
    /// before.
    ComponentsAreVerifiedTwice: 24..=99;
    /// Documents are decoded by json-iterator (apimachinery before 0.23).
    JsonIterator: 13..=22;
    /// `timeoutForControlPlane` of v1beta3 becomes a timeout of v1beta4.
    ApiServerTimeoutMoves: 30..=99;
    /// Migration writes `controlPlaneComponentHealthCheck: 0s` into an InitConfiguration that was v1beta4 before.
    HealthCheckIsLost: 30..=36;
    /// Unknown kinds are refused, and the strict check counts, in `config migrate` and `config validate`
    /// (kubernetes/kubernetes#118013).
    MigrateIsStrict: 28..=99;
    /// Migration writes a ResetConfiguration.
    ResetIsMigrated: 29..=99;
    /// `config validate` and `config migrate` look at an UpgradeConfiguration.
    UpgradeIsRead: 36..=99;
    /// Migration of an UpgradeConfiguration fails for want of a mutator.
    UpgradeHasNoMutator: 36..=36;
    /// `config validate` does not look for sockets.
    ValidateSkipsSockets: 31..=99;
    /// With experimental versions allowed, migration writes the experimental v1beta4.
    ExperimentalIsWritten: 28..=30;
    /// `config validate` warns of deprecated API versions.
    ValidateTellsDeprecated: 36..=99;
    /// Errors begin with `error: ` and the exit status is always 1 (kubernetes/kubernetes#132080).
    ErrorPrefix: 34..=99;

    // What printing and listing ask.
    /// `init-defaults` does without the host's facts.
    DefaultsAreStatic: 22..=99;
    /// `config print upgrade-defaults` exists.
    UpgradeDefaults: 31..=99;
    /// `join-defaults` takes `--component-configs`.
    JoinTakesComponents: 13..=28;
    /// A word that is no command of `config print` is an `invalid subcommand`, with a word on help from 1.21 (at the latest 1.29) on.
    InvalidSubcommand: 13..=31;
    /// `See '... -h' for help and examples` follows it.
    SubcommandHelp: 21..=31;
    /// An error of `images list` about `-o` says that it is about the output printer.
    OutputPrinterIsNamed: 21..=99;
    /// `images list -o kyaml`.
    KyamlOutput: 35..=99;
    /// The list is of `output.kubeadm.k8s.io/v1alpha2`.
    OutputV1Alpha2: 21..=30;
    /// The list is of `output.kubeadm.k8s.io/v1alpha3`.
    OutputV1Alpha3: 31..=99;
    /// `dns.disabled` and `proxy.disabled` exist (v1beta4) and are heeded.
    AddonsCanBeDisabled: 31..=99;
    /// CoreDNS comes before pause and etcd in the list of images.
    DnsBeforePause: 22..=99;
    /// CoreDNS has a folder of its own in the default repository.
    CorednsLayer: 21..=99;
    /// Images of CI builds are at `gcr.io/k8s-staging-ci-images`.
    CiImagesAreStaged: 21..=99;
    /// CI builds are found at `storage.googleapis.com/k8s-release-dev`.
    CiBuildsInBucket: 21..=99;
    /// It is told when no etcd is known for a control plane and the nearest one is taken.
    NearestEtcdIsTold: 13..=22;

    // What validation asks. Where no release between 1.20 and 1.29 was asked, the change is put at the first minor after
    // 1.20 unless a pull request or a field it depends on says better.
    /// Lists and maps in field errors are printed as JSON, not in Go's own syntax (apimachinery 0.34).
    ValuesAsJson: 34..=99;
    /// Paths of networks begin with `networking.`; before they were bare.
    NetworkingIsNamed: 21..=99;
    /// Errors about subnets tell the sizes, and a Pod subnet needs 14 addresses instead of 10.
    SubnetSizesAreTold: 21..=99;
    /// Two families are possible without a feature gate that says so (1.21 turned it on).
    DualStackByDefault: 21..=99;
    /// Subnets in `fec0::/10` bring a warning.
    SiteLocalIsWarnedOf: 21..=99;
    /// A socket needs the scheme `unix`; before, an absolute path did too.
    SocketsNeedScheme: 24..=99;
    /// Image repositories are validated.
    ImageRepositoryIsValidated: 21..=99;
    /// Pull policies are validated.
    PullPolicyIsValidated: 30..=99;
    /// Arguments need names (they are a list since v1beta4).
    ArgsAreValidated: 28..=99;
    /// `certificateKey` is validated.
    CertificateKeyIsValidated: 21..=99;
    /// Discovery without pins is an error of `caCertHashes`, not of `bootstrapToken`.
    CaCertHashesAreNamed: 21..=99;
    /// An external etcd needs an endpoint.
    EtcdEndpointsAreNeeded: 35..=99;
    /// `encryptionAlgorithm` exists and is validated (v1beta4).
    EncryptionAlgorithmIsValidated: 28..=99;
    /// It names only a family, `RSA` or `ECDSA`.
    AlgorithmsAreFamilies: 28..=29;
    /// ECDSA-P384 is one of the algorithms.
    EcdsaP384: 34..=99;
    /// Long periods of validity bring a warning (v1beta4).
    ValidityIsWarnedOf: 31..=99;
    /// So does a certificate that outlives its CA.
    ValidityIsCompared: 32..=99;
    /// A URL has at most one colon in its host: what Go 1.26 refuses by default, the Go of the `go.mod` of 1.36.
    UrlColonsAreStrict: 36..=99;
    /// An UpgradeConfiguration is validated.
    UpgradeIsValidated: 36..=99;
}
