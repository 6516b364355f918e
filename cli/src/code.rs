//! The codes of what joining the crates finds wrong: on a host, in a spec, in a run.

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
    /// An address that the host does not have.
    AddressNotOnHost = "address-not-on-host";
    /// A certificate is over.
    CertificateExpired = "certificate-expired";
    /// A certificate is not valid yet.
    CertificateNotYetValid = "certificate-not-yet-valid";
    /// A certificate file cannot be read.
    CertificateUnreadable = "certificate-unreadable";
    /// The host uses cgroup v1.
    CgroupHierarchyLegacy = "cgroup-hierarchy-legacy";
    /// `CoreDNS` would ask itself.
    CorednsForwardingLoop = "coredns-forwarding-loop";
    /// The kubelet asks another socket than CRI-O's.
    CriSocketMismatch = "cri-socket-mismatch";
    /// An argument, or a variable in its place, that CRI-O ends at.
    CrioArgumentRefused = "crio-argument-refused";
    /// Arguments for CRI-O that no line uses.
    CrioArgumentsNotRead = "crio-arguments-not-read";
    /// The unit has CRI-O read no file of ours.
    CrioFilesNotRead = "crio-files-not-read";
    /// CRI-O does not run.
    CrioNotRunning = "crio-not-running";
    /// A later file overrides a CRI-O setting.
    CrioSettingOverridden = "crio-setting-overridden";
    /// A later file names a registry whose mirrors the spec has.
    RegistriesOverridden = "registries-overridden";
    /// A later file gives a unit another proxy than the spec.
    ProxyOverridden = "proxy-overridden";
    /// CRI-O is not installed on this node.
    CrioUnitMissing = "crio-unit-missing";
    /// A file beside a unit that systemd does not read.
    DropInNotRead = "drop-in-not-read";
    /// A unit with two commands.
    ExecStartDuplicated = "exec-start-duplicated";
    /// A line of a unit that systemd ignores.
    UnitLineIgnored = "unit-line-ignored";
    /// A unit's environment file is missing.
    EnvironmentFileMissing = "environment-file-missing";
    /// The node has too little room.
    EvictionThresholdCrossed = "eviction-threshold-crossed";
    /// IP forwarding is off.
    IpForwardOff = "ip-forward-off";
    /// A configuration for init on a node that has one.
    KubeadmConfigAfterInit = "kubeadm-config-after-init";
    /// A feature gate that has no effect.
    FeatureGateIneffective = "feature-gate-ineffective";
    /// An argument that the kubelet cannot parse.
    KubeletArgumentUnparsable = "kubelet-argument-unparsable";
    /// The kubelet's configuration is missing.
    KubeletConfigMissing = "kubelet-config-missing";
    /// The kubelet's configuration cannot be read.
    KubeletConfigUnreadable = "kubelet-config-unreadable";
    /// A drop-in file that the kubelet refuses.
    KubeletDropinRefused = "kubelet-dropin-refused";
    /// A field that the kubelet ignores.
    KubeletFieldIgnored = "kubelet-field-ignored";
    /// A flag that the kubelet does not know.
    KubeletFlagUnknown = "kubelet-flag-unknown";
    /// Arguments for the kubelet that no line uses.
    KubeletArgumentsNotRead = "kubelet-arguments-not-read";
    /// The kubelet's command names no configuration.
    KubeletConfigNotPassed = "kubelet-config-not-passed";
    /// The kubelet's command names no kubeconfig.
    KubeletKubeconfigNotPassed = "kubelet-kubeconfig-not-passed";
    /// A proxy without exceptions for what must be reached directly.
    NoProxyIncomplete = "no-proxy-incomplete";
    /// The kubelet does not run.
    KubeletNotRunning = "kubelet-not-running";
    /// The kubelet is not installed on this node.
    KubeletUnitMissing = "kubelet-unit-missing";
    /// Two manifests of one Pod.
    ManifestDuplicated = "manifest-duplicated";
    /// A manifest of the control plane is missing.
    ManifestMissing = "manifest-missing";
    /// A manifest is not a Pod.
    ManifestNotAPod = "manifest-not-a-pod";
    /// The API server does not listen.
    ApiserverNotListening = "apiserver-not-listening";
    /// A component of the control plane does not listen.
    ControlPlaneUnhealthy = "control-plane-unhealthy";
    /// Packages are not installed in this tree.
    PackagesNotInstalledInTree = "packages-not-installed-in-tree";
    /// Swap is on.
    SwapOn = "swap-on";
    /// A service ends again and again.
    UnitRestartLoop = "unit-restart-loop";
    /// The kubeadm configuration is not valid.
    KubeadmConfigInvalid = "kubeadm-config-invalid";
    /// The command line is wrong.
    CommandLineInvalid = "command-line-invalid";
    /// The spec cannot be read.
    SpecInvalid = "spec-invalid";
    /// The spec contradicts itself.
    SpecContradiction = "spec-contradiction";
    /// There are no packages for this distribution.
    NoPackageSource = "no-package-source";
    /// No mirror can be used.
    NoMirror = "no-mirror";
    /// A token could not be made.
    TokenNotMade = "token-not-made";
    /// A request to stop cannot be watched for.
    SignalsNotWatched = "signals-not-watched";
    /// A path cannot be found.
    PathNotFound = "path-not-found";
    /// A later step would fail.
    LaterStepImpossible = "later-step-impossible";
    /// The answer was no.
    Declined = "declined";
    /// There is nobody to ask.
    NobodyToAsk = "nobody-to-ask";
    /// Not everything could be rolled back.
    RollbackIncomplete = "rollback-incomplete";
    /// The rollback failed.
    RollbackFailed = "rollback-failed";
    /// Whether kubeadm came to its end is not known.
    UnknownEnd = "unknown-end";
    /// Nothing says which cluster to join.
    NothingToJoin = "nothing-to-join";
    /// There is no such user.
    UserMissing = "user-missing";
    /// A file of the cluster does not say what it should.
    ClusterFileInvalid = "cluster-file-invalid";
    /// An earlier change waits to be confirmed.
    Unconfirmed = "unconfirmed";
    /// The dead man's switch would not survive a reboot.
    SwitchGoneAfterReboot = "switch-gone-after-reboot";
    /// The dead man's switch did not start.
    SwitchNotStarted = "switch-not-started";
    /// The result could not be written to standard output.
    OutputNotWritten = "output-not-written";
    /// The result has no form that can be printed.
    ResultNotPrinted = "result-not-printed";
    /// The API version does not have fields that are given.
    FieldsNotHeld = "fields-not-held";
    /// A pin is not that of the file.
    PinMismatch = "pin-mismatch";
    /// Nothing has that setting.
    SettingMissing = "setting-missing";
    /// The runtime is not as required.
    RequirementUnmet = "requirement-unmet";
    /// The Pods of a node stand on what would be rolled back.
    NodeStandsOnIt = "node-stands-on-it";
    /// The host is another kind of node than the spec asks for.
    OtherNode = "other-node";
    /// A file among the journals that is none by its name.
    JournalNameUnknown = "journal-name-unknown";
    /// More than one container runtime answers.
    SeveralRuntimesAnswer = "several-runtimes-answer";
    /// Comments of a file are not in the result.
    CommentsNotKept = "comments-not-kept";
    /// The cluster could not be told that a node leaves.
    ClusterNotTold = "cluster-not-told";
    /// kubeadm is not installed any more.
    KubeadmMissing = "kubeadm-missing";
    /// Something that was to be removed is still there.
    LeftoverNotRemoved = "leftover-not-removed";
    /// A bundle was made on another kind of host.
    BundleOfAnotherHost = "bundle-of-another-host";
    /// A file for kubeadm that the host does not tell enough for.
    KubeadmConfigNotWritten = "kubeadm-config-not-written";
    /// A firewall that is opened on the running host only.
    FirewallNotInTree = "firewall-not-in-tree";
    /// A file for `kubeadm init` in a tree that may become several hosts.
    KubeadmConfigInTree = "kubeadm-config-in-tree";
    /// A step needs something that is not done unasked.
    NeedLeft = "need-left";
    /// No node of the cluster is Ready, for want of a network plugin.
    ClusterWithoutNetwork = "cluster-without-network";
    /// Something that kubeadm makes last is not in the cluster.
    ClusterIncomplete = "cluster-incomplete";
    /// A certificate ends soon.
    CertificateExpiresSoon = "certificate-expires-soon";
    /// A CA ends soon.
    CaExpiresSoon = "ca-expires-soon";
    /// This host is no control plane.
    NoControlPlane = "no-control-plane";
    /// A file of suppressions is not one.
    SuppressionsInvalid = "suppressions-invalid";
    /// A suppression that leaves nothing.
    SuppressionIdle = "suppression-idle";
    /// A node of a cluster is no image.
    NodeNotSealed = "node-not-sealed";
    /// A comment that ignores a code has no reason, or there is no such code.
    IgnoreCommentInvalid = "ignore-comment-invalid";
    /// A comment ignores what nothing says.
    IgnoreCommentUnused = "ignore-comment-unused";
    /// A support archive is damaged, or is none.
    SupportArchiveDamaged = "support-archive-damaged";
    /// A support archive has what it must not have.
    SupportArchiveRefused = "support-archive-refused";
    /// A support archive is larger than one can be.
    SupportArchiveTooLarge = "support-archive-too-large";
    /// A file of a support archive is not what the manifest says.
    SupportArchiveChanged = "support-archive-changed";
    /// A support archive was written by a newer program.
    SupportArchiveNewer = "support-archive-newer";
    /// A finished support archive has what looks like a secret.
    SupportArchiveHasSecret = "support-archive-has-secret";
    /// There is no file of a node where one was looked for.
    NodeFilesMissing = "node-files-missing";
    /// Something else is where a support archive is to be written.
    SupportArchivePlaceTaken = "support-archive-place-taken";
    /// A file of another runtime is no JSON or TOML.
    RuntimeConfigUnreadable = "runtime-config-unreadable";
    /// A file is of no runtime that is known.
    RuntimeConfigUnrecognised = "runtime-config-unrecognised";
    /// There is no file of another runtime.
    RuntimeConfigMissing = "runtime-config-missing";
    /// Files of two runtimes, and nothing says which the kubelet used.
    RuntimeNotTold = "runtime-not-told";
    /// A key of another runtime that has no equal.
    RuntimeSettingByHand = "runtime-setting-by-hand";
    /// A key that the other runtime does not have.
    RuntimeSettingUnknown = "runtime-setting-unknown";
    /// A value that the other runtime does not take.
    RuntimeSettingInvalid = "runtime-setting-invalid";
    /// Which runtime the kubelet uses cannot be told.
    RuntimeInUseUnknown = "runtime-in-use-unknown";
    /// Something that is no pod uses the old runtime.
    OldRuntimeUsedOtherwise = "old-runtime-used-otherwise";
    /// A pod has a file of the old runtime.
    OldSocketMounted = "old-socket-mounted";
    /// An agent reads what the old runtime writes.
    LogAgentOfOldRuntime = "log-agent-of-old-runtime";
    /// GPUs come to containers by a runtime of their own.
    GpuRuntimeInUse = "gpu-runtime-in-use";
    /// Pods have their network by kubenet.
    KubenetInUse = "kubenet-in-use";
    /// A copy of admin.conf that is older than it.
    KubeconfigCopyStale = "kubeconfig-copy-stale";
    /// The kubelet does not renew its certificate.
    KubeletRotationOff = "kubelet-rotation-off";
    /// The kubelet should have renewed its certificate by now.
    KubeletRotationOverdue = "kubelet-rotation-overdue";
    /// A process serves another certificate than its file has.
    CertificateNotServed = "certificate-not-served";
    /// Pods would be lost if the node was drained.
    DrainRefused = "drain-refused";
    /// Pods did not leave a node in time.
    DrainTimedOut = "drain-timed-out";
    /// An image could not be pulled ahead of a change of the runtime.
    ImageNotPulled = "image-not-pulled";
    /// The Node is not Ready with its new runtime.
    RuntimeNotTakenUp = "runtime-not-taken-up";
    /// There is no change of the runtime to take back or to confirm.
    NoRuntimeChange = "no-runtime-change";
    /// A change of the runtime was not proven by a reboot.
    RebootNotSurvived = "reboot-not-survived";
    /// CRI-O is installed and cannot be run.
    CrioNotRunnable = "crio-not-runnable";
    /// The key of a certificate's CA is not on this host.
    CaKeyElsewhere = "ca-key-elsewhere";
    /// kubeadm ended well and renewed no certificate.
    NothingRenewed = "nothing-renewed";
    /// A static pod did not start again with what is new.
    StaticPodNotRestarted = "static-pod-not-restarted";
    /// Something stands in the way of an upgrade.
    UpgradeBlocked = "upgrade-blocked";
    /// Whether an upgrade can begin cannot be told.
    UpgradeUndecided = "upgrade-undecided";
    /// An upgrade was begun and has not ended.
    UpgradeUnderWay = "upgrade-under-way";
    /// No upgrade was begun.
    NoUpgrade = "no-upgrade";
    /// The control plane has to be upgraded before this node.
    ControlPlaneFirst = "control-plane-first";
    /// Copies of etcd's data have no room.
    NoRoomForEtcdCopy = "no-room-for-etcd-copy";
    /// Something did not come to be in time.
    NotInTime = "not-in-time";
    /// Something else was changed after an upgrade.
    UpgradeFollowed = "upgrade-followed";
    /// An upgrade takes out what changes the node.
    UpgradeChangesNode = "upgrade-changes-node";
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
