//! The settings that systemd knows in the sections of a service.
//!
//! Source: `systemd --dump-configuration-items` of 252 and `src/core/load-fragment-gperf.gperf.in` of
//! systemd 258, with what older ones had (219 on). A name is in it where any release knows it, so
//! that nothing is said of a line that this host's systemd may well read.

/// Of `[Unit]`.
pub(super) const UNIT: &str = "\
    After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure \
    AssertCPUs AssertCapability AssertControlGroupController AssertCredential \
    AssertDirectoryNotEmpty AssertEnvironment AssertFileIsExecutable AssertFileNotEmpty \
    AssertFirstBoot AssertGroup AssertHost AssertIOPressure AssertKernelCommandLine \
    AssertKernelModuleLoaded AssertKernelVersion AssertMemory AssertMemoryPressure \
    AssertNeedsUpdate AssertNull AssertOSRelease AssertPathExists AssertPathExistsGlob \
    AssertPathIsDirectory AssertPathIsEncrypted AssertPathIsMountPoint AssertPathIsReadWrite \
    AssertPathIsSymbolicLink AssertSecurity AssertUser AssertVersion AssertVirtualization Before \
    BindTo BindsTo CollectMode ConditionACPower ConditionArchitecture ConditionCPUFeature \
    ConditionCPUPressure ConditionCPUs ConditionCapability ConditionControlGroupController \
    ConditionCredential ConditionDirectoryNotEmpty ConditionEnvironment \
    ConditionFileIsExecutable ConditionFileNotEmpty ConditionFirmware ConditionFirstBoot \
    ConditionGroup ConditionHost ConditionIOPressure ConditionKernelCommandLine \
    ConditionKernelModuleLoaded ConditionKernelVersion ConditionMemory ConditionMemoryPressure \
    ConditionNeedsUpdate ConditionNull ConditionOSRelease ConditionPathExists \
    ConditionPathExistsGlob ConditionPathIsDirectory ConditionPathIsEncrypted \
    ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsSymbolicLink \
    ConditionSecurity ConditionUser ConditionVersion ConditionVirtualization Conflicts \
    DefaultDependencies Description Documentation FailureAction FailureActionExitStatus \
    IgnoreOnIsolate IgnoreOnSnapshot JobRunningTimeoutSec JobTimeoutAction \
    JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf OnFailure OnFailureIsolate \
    OnFailureJobMode OnSuccess OnSuccessJobMode PartOf PropagateReloadFrom PropagateReloadTo \
    PropagatesReloadTo PropagatesStopTo RebootArgument RefuseManualStart RefuseManualStop \
    ReloadPropagatedFrom Requires RequiresMountsFor RequiresOverridable Requisite \
    RequisiteOverridable SourcePath StartLimitAction StartLimitBurst StartLimitInterval \
    StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded SuccessAction \
    SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor";

/// Of `[Service]`.
pub(super) const SERVICE: &str = "\
    AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BPFDelegateAttachments \
    BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms BPFProgram BindLogSockets BindPaths \
    BindReadOnlyPaths BlockIOAccounting BlockIODeviceWeight BlockIOReadBandwidth BlockIOWeight \
    BlockIOWriteBandwidth BusName BusPolicy CPUAccounting CPUAffinity CPUQuota CPUQuotaPeriodSec \
    CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork CPUShares CPUWeight \
    CacheDirectory CacheDirectoryAccounting CacheDirectoryMode CacheDirectoryQuota Capabilities \
    CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter \
    CoredumpReceive DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow Delegate \
    DelegateNamespaces DelegateSubgroup DeviceAllow DevicePolicy DisableControllers DynamicUser \
    Environment EnvironmentFile ExecCondition ExecPaths ExecReload ExecReloadPost ExecSearchPath \
    ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost ExitType ExtensionDirectories \
    ExtensionImagePolicy ExtensionImages FailureAction FileDescriptorStoreMax \
    FileDescriptorStorePreserve FinalKillSignal FsckPassNo Group GuessMainPID IOAccounting \
    IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax IOReadIOPSMax IOSchedulingClass \
    IOSchedulingPriority IOWeight IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow \
    IPAddressDeny IPCNamespacePath IPEgressFilterPath IPIngressFilterPath IgnoreSIGPIPE \
    ImportCredential InaccessibleDirectories InaccessiblePaths KeyringMode KillMode KillSignal \
    LandlockConfig LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK \
    LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME \
    LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality \
    LogExtraFields LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst \
    LogRateLimitIntervalSec LogsDirectory LogsDirectoryAccounting LogsDirectoryMode \
    LogsDirectoryQuota ManagedOOMMemoryPressure ManagedOOMMemoryPressureDurationSec \
    ManagedOOMMemoryPressureLimit ManagedOOMPreference ManagedOOMSwap MemoryAccounting \
    MemoryDenyWriteExecute MemoryHigh MemoryKSM MemoryLimit MemoryLow MemoryMax MemoryMin \
    MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax MemoryZSwapMax \
    MemoryZSwapWriteback MountAPIVFS MountFlags MountImagePolicy MountImages NFTSet NUMAMask \
    NUMAPolicy NetClass NetworkNamespacePath Nice NoExecPaths NoNewPrivileges NonBlocking \
    NotifyAccess OOMPolicy OOMScoreAdjust OpenFile PAMName PIDFile PassEnvironment \
    PermissionsStartOnly Personality PrivateBPF PrivateDevices PrivateIPC PrivateMounts \
    PrivateNetwork PrivatePIDs PrivateTmp PrivateUsers ProcSubset ProtectClock \
    ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules \
    ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths \
    ReadWriteDirectories ReadWritePaths RebootArgument RefreshOnReload ReloadSignal \
    RemainAfterExit RemoveIPC Restart RestartForceExitStatus RestartKillSignal \
    RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartSec RestartSteps \
    RestrictAddressFamilies RestrictFileSystems RestrictNamespaces RestrictNetworkInterfaces \
    RestrictRealtime RestrictSUIDSGID RootDirectory RootDirectoryStartOnly RootEphemeral \
    RootHash RootHashSignature RootImage RootImageOptions RootImagePolicy RootVerity \
    RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve RuntimeMaxSec \
    RuntimeRandomizedExtraSec SELinuxContext SecureBits SendSIGHUP SendSIGKILL SetCredential \
    SetCredentialEncrypted SetLoginEnvironment Slice SmackProcessLabel SocketBindAllow \
    SocketBindDeny Sockets StandardError StandardInput StandardInputData StandardInputText \
    StandardOutput StartLimitAction StartLimitBurst StartLimitInterval StartupAllowedCPUs \
    StartupAllowedMemoryNodes StartupBlockIOWeight StartupCPUShares StartupCPUWeight \
    StartupIOWeight StartupMemoryHigh StartupMemoryLow StartupMemoryMax StartupMemorySwapMax \
    StartupMemoryZSwapMax StateDirectory StateDirectoryAccounting StateDirectoryMode \
    StateDirectoryQuota SuccessExitStatus SupplementaryGroups SysVStartPriority SyslogFacility \
    SyslogIdentifier SyslogLevel SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber \
    SystemCallFilter SystemCallLog TCPWrapName TTYColumns TTYPath TTYReset TTYRows TTYVHangup \
    TTYVTDisallocate TasksAccounting TasksMax TemporaryFileSystem TimeoutAbortSec \
    TimeoutCleanSec TimeoutSec TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode \
    TimeoutStopSec TimerSlackNSec Type UMask USBFunctionDescriptors USBFunctionStrings \
    UnsetEnvironment User UserNamespacePath UtmpIdentifier UtmpMode WatchdogSec WatchdogSignal \
    WorkingDirectory";

/// Of `[Install]`.
pub(super) const INSTALL: &str = "\
    Alias Also DefaultInstance RequiredBy WantedBy";
