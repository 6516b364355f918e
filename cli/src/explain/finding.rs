//! What is wrong on a host, and on a node that once worked.
//!
//! The older commands `facts` and `verify` said these codes before there was a catalogue of
//! checks; `doctor` asks the same rules by the same names, and so the texts are here and not below
//! `check`. They are names in scripts by now, and stay.

use super::Explanation;

/// In no order of importance: which finding is the cause of which is in `doctor::cause`.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "address-not-on-host",
        title: "An address that the host does not have",
        meaning: "The API server's manifest advertises an address that is none of this host's.",
        why: "The node's own components and the other nodes ask an address where nobody answers.",
        known: "--advertise-address is compared with the addresses of the interfaces.",
        cure: "Give the host its address back: certificates, kubeconfigs and etcd name it too.",
        source: "kubeadm: manifests of the control plane",
    },
    Explanation {
        code: "certificate-expired",
        title: "A certificate is over",
        meaning: "The time of the host is after the one up to which the certificate is valid.",
        why: "Every connection with it is refused.",
        known: "The dates in the file are compared with the clock.",
        cure: "Look at the clock first. `kubeadm certs renew all` renews certificates, and the \
             static Pods have to be restarted; an expired CA must be replaced with all that it \
             signed.",
        source: "kubeadm certs",
    },
    Explanation {
        code: "certificate-unreadable",
        title: "A certificate file cannot be read",
        meaning: "The file is not a certificate as PEM.",
        why: "The component that uses it does not start.",
        known: "The file is read as Go reads it.",
        cure: "Put the right file back.",
        source: "kubeadm: /etc/kubernetes/pki",
    },
    Explanation {
        code: "cgroup-hierarchy-legacy",
        title: "The host uses cgroup v1",
        meaning: "The host mounts the old hierarchy of control groups, and the kubelet of this release \
             wants the new one.",
        why: "The kubelet from 1.35 on ends on such a host unless its configuration allows it; \
             kubeadm's preflight check refuses it too.",
        known: "The file system at /sys/fs/cgroup is looked at, the arguments of the kernel (now, and in the \
             boot loader's files) and the kubelet's configuration.",
        cure: "Boot with `systemd.unified_cgroup_hierarchy=1` on the kernel's command line; or \
             write failCgroupV1: false into the kubelet's configuration and ignore the one \
             preflight check by name.",
        source: "KEP-5573; kubelet: failCgroupV1",
    },
    Explanation {
        code: "coredns-forwarding-loop",
        title: "CoreDNS would ask itself",
        meaning: "The kubelet gives Pods a resolv.conf whose name server is an address of the host's \
             own loopback.",
        why: "In a Pod that address is the Pod itself: CoreDNS finds a loop and ends.",
        known: "The file that resolvConf names is read.",
        cure: "Name the file with the real servers, such as /run/systemd/resolve/resolv.conf, in \
             resolvConf.",
        source: "CoreDNS: plugin loop",
    },
    Explanation {
        code: "cri-socket-mismatch",
        title: "The kubelet asks another socket than CRI-O's",
        meaning: "The kubelet is told one endpoint, and CRI-O listens on another one.",
        why: "The kubelet finds no runtime, or the wrong one.",
        known: "containerRuntimeEndpoint, by flag or file, is compared with CRI-O's `listen`. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Write CRI-O's socket there, and restart the kubelet.",
        source: "kubelet: containerRuntimeEndpoint; CRI-O: crio.api.listen",
    },
    Explanation {
        code: "crio-not-running",
        title: "CRI-O does not run",
        meaning: "The unit of CRI-O is there and not active.",
        why: "The kubelet cannot start Pods without it.",
        known: "systemd is asked.",
        cure: "`systemctl start crio`; `journalctl -u crio` says why it ended.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "crio-setting-overridden",
        title: "A later file overrides a CRI-O setting",
        meaning: "Another drop-in is read after the one that this program writes, and sets the same \
             option differently; or a flag of CRI-O's unit does, or a variable in its place, which win over \
             every file.",
        why: "CRI-O does not use what the spec wants.",
        known: "The files are merged in CRI-O's order, and the unit is read as systemd reads it.",
        cure: "Remove the line in the file that the message names.",
        source: "CRI-O: crio.conf.d(5)",
    },
    Explanation {
        code: "registries-overridden",
        title: "A later file names the same registry",
        meaning: "Another file of registries.conf.d is read after the one that this program writes, and has \
             a [[registry]] of a registry whose mirrors the spec names, without those mirrors.",
        why: "Of several files that name a registry the last one counts alone: CRI-O does not ask the \
             mirrors of the spec.",
        known: "The files are read in the order of their names, as containers/image does.",
        cure: "Take the [[registry]] out of the file that the message names, or give it the mirrors of the \
             spec: `k8sprep crio registries --mirror REGISTRY=MIRROR --write` does so in 99-k8sprep.conf.",
        source: "containers-registries.conf.d(5)",
    },
    Explanation {
        code: "proxy-overridden",
        title: "A later file gives a service another proxy",
        meaning: "A drop-in of the unit with a later name, or its environment file, sets a proxy variable \
             otherwise than the spec, or takes it back.",
        why: "systemd gives the service what it reads last: the proxy of the spec is not in force.",
        known: "The unit's files are read in systemd's order; environment files come after all drop-ins.",
        cure: "Take the line out of the file that the message names, or let it say what the spec says.",
        source: "systemd.exec(5): Environment=, EnvironmentFile=",
    },
    Explanation {
        code: "crio-unit-missing",
        title: "CRI-O is not installed on this node",
        meaning: "kubeadm made this host a node, and there is no crio.service.",
        why: "The kubelet has no runtime.",
        known: "The unit directories are looked through.",
        cure: "Install CRI-O again; `k8sprep plan` names the package.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "environment-file-missing",
        title: "A unit's environment file is missing",
        meaning: "A unit names an EnvironmentFile that does not exist, without a `-` before its name.",
        why: "systemd does not start the unit.",
        known: "The unit and its drop-ins are read.",
        cure: "Make the file, empty if need be, or put a `-` before its name in the unit.",
        source: "systemd.exec(5): EnvironmentFile=",
    },
    Explanation {
        code: "eviction-threshold-crossed",
        title: "The node has too little room",
        meaning: "Memory, disk or inodes are below the limit at which the kubelet evicts Pods.",
        why: "Pods are evicted, images are removed, and no new Pods come.",
        known: "What is left is compared with evictionHard, by flag, file or default.",
        cure: "Make room: `crictl rmi --prune` removes images that nobody uses.",
        source: "kubelet: pkg/kubelet/eviction",
    },
    Explanation {
        code: "ip-forward-off",
        title: "IP forwarding is off",
        meaning: "net.ipv4.ip_forward is not 1.",
        why: "Packets of Pods are not forwarded, and kubeadm's preflight check refuses the host.",
        known: "The kernel's value is read.",
        cure: "`sysctl -w net.ipv4.ip_forward=1`, and a file in /etc/sysctl.d for the next boot; \
             `k8sprep apply` does both.",
        source: "kubeadm: preflight check FileContent--proc-sys-net-ipv4-ip_forward",
    },
    Explanation {
        code: "kubeadm-config-after-init",
        title: "A configuration for init on a node that has one",
        meaning: "The spec would write a configuration for `kubeadm init`, and this node is a member \
             of a cluster already.",
        why: "kubeadm does not read such a file again; what it says would not be so.",
        known: "kubeadm's traces on the host say what it is.",
        cure: "Change the cluster by kubeadm's own commands, such as `kubeadm upgrade`; the hint \
             names the steps.",
        source: "kubeadm: init, upgrade",
    },
    Explanation {
        code: "kubelet-config-missing",
        title: "The kubelet's configuration is missing",
        meaning: "kubeadm was here, and the kubelet's configuration file is not there.",
        why: "The kubelet ends at once, again and again.",
        known: "The path that --config names is looked for.",
        cure: "`touch /var/lib/kubelet/config.yaml`, since kubeadm copies the old file first; then \
             `kubeadm upgrade node phase kubelet-config` writes it again on a member of a cluster.",
        source: "kubeadm: /var/lib/kubelet/config.yaml",
    },
    Explanation {
        code: "kubelet-config-unreadable",
        title: "The kubelet's configuration cannot be read",
        meaning: "The file is not valid YAML, or not a KubeletConfiguration.",
        why: "The kubelet ends at once, again and again.",
        known: "The file is decoded as the kubelet does.",
        cure: "Correct the line that the message names.",
        source: "kubelet: its configuration file",
    },
    Explanation {
        code: "unit-line-ignored",
        title: "A line of a unit that systemd ignores",
        meaning: "A unit file, a drop-in or an environment file has a line that systemd logs a \
             warning of and passes over: no key, an unknown key or section, a key of another \
             section, an assignment that is not valid.",
        why: "The daemon starts all the same, and what was meant is not in force.",
        known: "The files are read as systemd reads them, with its own message; `systemd-analyze \
             verify` says the same.",
        cure: "Correct the line, then `systemctl daemon-reload` and restart the unit.",
        source: "systemd: conf-parser.c, systemd.syntax(7)",
    },
    Explanation {
        code: "drop-in-not-read",
        title: "A file beside a unit that systemd does not read",
        meaning: "The name does not end in .conf, or the directory is not called after the unit: \
             UNIT.service.d.",
        why: "Nothing of the file is in force.",
        known: "The directories of drop-ins are listed; backups of editors and package managers \
             do not count.",
        cure: "Rename the file or the directory, or remove the file; then `systemctl \
             daemon-reload`.",
        source: "systemd.unit(5)",
    },
    Explanation {
        code: "exec-start-duplicated",
        title: "A service with two commands",
        meaning: "A drop-in sets ExecStart= without emptying the list first.",
        why: "systemd refuses the unit: it has a bad setting.",
        known: "The unit file and its drop-ins are put together as systemd does.",
        cure: "Write an empty `ExecStart=` before the one that shall count, then `systemctl \
             daemon-reload`.",
        source: "systemd.service(5)",
    },
    Explanation {
        code: "kubelet-kubeconfig-not-passed",
        title: "The kubelet's command names no kubeconfig",
        meaning: "ExecStart= of kubelet.service, with its variables put in, has no --kubeconfig.",
        why: "The kubelet runs in standalone mode: it never registers with an API server, and \
             kubeadm waits in vain.",
        known: "The unit, its drop-ins and its environment files are put together as systemd does.",
        cure: "Put back the package's drop-in 10-kubeadm.conf, then `systemctl daemon-reload` \
             and restart the kubelet.",
        source: "kubernetes/release: 10-kubeadm.conf",
    },
    Explanation {
        code: "kubelet-config-not-passed",
        title: "The kubelet's command names no configuration",
        meaning: "ExecStart= of kubelet.service, with its variables put in, has no --config.",
        why: "The kubelet runs with its defaults, whatever kubeadm wrote to \
             /var/lib/kubelet/config.yaml.",
        known: "The unit, its drop-ins and its environment files are put together as systemd does.",
        cure: "Put back the package's drop-in 10-kubeadm.conf, then `systemctl daemon-reload` \
             and restart the kubelet.",
        source: "kubernetes/release: 10-kubeadm.conf",
    },
    Explanation {
        code: "kubelet-arguments-not-read",
        title: "Arguments for the kubelet that no line uses",
        meaning: "A variable KUBELET_..._ARGS is set and ExecStart= does not use it, or it is in a \
             file that the unit does not name: /etc/default/kubelet where the unit reads \
             /etc/sysconfig/kubelet, or the other way.",
        why: "The kubelet does not get the arguments.",
        known: "The variables of the unit's environment are compared with the words of its \
             command.",
        cure: "Move the arguments to the file that the unit names, or put the variable into \
             ExecStart=.",
        source: "kubernetes/release: 10-kubeadm.conf of deb and rpm",
    },
    Explanation {
        code: "crio-arguments-not-read",
        title: "Arguments for CRI-O that no line uses",
        meaning: "A variable CRIO_..._OPTIONS is set and ExecStart= of crio.service does not use \
             it.",
        why: "CRI-O does not get the arguments.",
        known: "The variables of the unit's environment are compared with the words of its \
             command.",
        cure: "Write the setting into /etc/crio/crio.conf.d, or put the variable into ExecStart=.",
        source: "cri-o: contrib/systemd/crio.service",
    },
    Explanation {
        code: "crio-files-not-read",
        title: "CRI-O reads none of the files that k8sprep writes",
        meaning: "crio.service gives CRI-O an empty --config-dir or --config, or the variable \
             CONTAINER_CONFIG_DIR or CONTAINER_CONFIG that stands for it, without a value.",
        why: "CRI-O looks for no drop-in then, or for no crio.conf: what is written there is not in force.",
        known: "The unit with its drop-ins and environment files is read as systemd reads it.",
        cure: "Take the flag and the variable out, or name a directory: k8sprep writes where CRI-O reads.",
        source: "cri-o: internal/criocli/criocli.go",
    },
    Explanation {
        code: "crio-argument-refused",
        title: "An argument that CRI-O ends at",
        meaning: "ExecStart= of crio.service, or a variable in its environment that CRI-O takes for a flag, \
             has a flag that no CRI-O has, names a configuration file that is not there, or has a value that \
             the flag cannot read.",
        why: "CRI-O ends at once each time it is started; the kubelet has no runtime.",
        known: "The words of the command and the variables are compared with CRI-O's flags from 1.18 to 1.37, \
             and the file of `--config` is looked for.",
        cure: "Take the word out of the unit or of the file that it comes from, then `systemctl daemon-reload` \
             and `systemctl restart crio`.",
        source: "cri-o: internal/criocli",
    },
    Explanation {
        code: "no-proxy-incomplete",
        title: "A proxy without exceptions for what must be reached directly",
        meaning: "A unit gives its daemon HTTP_PROXY or HTTPS_PROXY, and NO_PROXY is missing or \
             lacks the API server or the cluster's subnets.",
        why: "The kubelet asks for its API server at the proxy, and network plugins, which \
             have CRI-O's environment, for the cluster's Services.",
        known: "NO_PROXY is read as Go reads it: names, addresses and CIDRs; patterns such as \
             10.96.* mean nothing.",
        cure: "Set NO_PROXY to the API server, the networks of nodes, Services and Pods, .svc \
             and the cluster's domain; `proxy:` of a spec computes it.",
        source: "golang.org/x/net/http/httpproxy, kubeadm: HTTPProxyCIDR",
    },
    Explanation {
        code: "kubelet-argument-unparsable",
        title: "An argument that the kubelet cannot parse",
        meaning: "A flag of the unit or of its environment files has a value of another type, or \
             none, or a word of the command line is not a flag.",
        why: "The kubelet exits at once, again and again.",
        known: "The command line is put together as systemd does it, and parsed as the kubelet does.",
        cure: "Correct the word at the place that the message names, then `systemctl daemon-reload` \
             and restart the kubelet.",
        source: "kubelet: its flags of each minor, spf13/pflag",
    },
    Explanation {
        code: "kubelet-dropin-refused",
        title: "A drop-in file that the kubelet refuses",
        meaning: "A *.conf file of the directory that --config-dir names is not a \
             KubeletConfiguration, is empty, or has a key twice; or the directory is missing.",
        why: "One such file is enough for the kubelet to exit.",
        known: "The files are merged as the kubelet of this minor merges them.",
        cure: "Give the file apiVersion and kind, or move it out of the directory.",
        source: "kubelet: --config-dir",
    },
    Explanation {
        code: "kubelet-field-ignored",
        title: "A field that the kubelet ignores",
        meaning: "The kubelet's configuration has a field that its minor does not know, or one \
             that stands twice.",
        why: "The kubelet starts all the same, and what was meant is not in force.",
        known: "The file is decoded strictly; the kubelet itself falls back to lenient decoding.",
        cure: "Spell the field as KubeletConfiguration of this minor has it, or take it out.",
        source: "kubelet: its configuration file",
    },
    Explanation {
        code: "feature-gate-ineffective",
        title: "A feature gate that has no effect",
        meaning: "A gate is set whose feature is generally available or deprecated.",
        why: "A later minor does not know the gate, and its kubelet exits.",
        known: "The gates of each minor were asked of the component's own Go modules.",
        cure: "Take the gate out before the next upgrade.",
        source: "component-base: featuregate",
    },
    Explanation {
        code: "kubelet-flag-unknown",
        title: "A flag that the kubelet does not know",
        meaning: "The unit or one of its environment files gives the kubelet a flag that its \
             release does not have.",
        why: "The kubelet ends with `unknown flag`.",
        known: "The flags are compared with a table by minor.",
        cure: "Take the flag out where the message says; `kubeadm upgrade node` does so in \
             kubeadm's own file.",
        source: "kubelet: its flags of each minor",
    },
    Explanation {
        code: "kubelet-not-running",
        title: "The kubelet does not run",
        meaning: "The host is a node, and its kubelet is not active.",
        why: "The node is NotReady.",
        known: "systemd is asked, or the programs that run.",
        cure: "`journalctl -u kubelet` says why it ended; then `systemctl start kubelet`.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "kubelet-unit-missing",
        title: "The kubelet is not installed on this node",
        meaning: "kubeadm made this host a node, and there is no kubelet.service.",
        why: "The node is NotReady.",
        known: "The unit directories are looked through.",
        cure: "Install the kubelet again; `k8sprep plan` names the package.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "manifest-duplicated",
        title: "Two manifests of one Pod",
        meaning: "Two files in the manifest directory define a Pod of the same name.",
        why: "The kubelet reads every file there, whatever its name ends in, and runs one of them.",
        known: "The names in the manifests are compared.",
        cure: "Move the copy out of the directory.",
        source: "kubelet: staticPodPath",
    },
    Explanation {
        code: "manifest-missing",
        title: "A manifest of the control plane is missing",
        meaning: "The rest of the control plane is there, and one component has no manifest; or none has one, on a host \
             that kubeadm made a control plane.",
        why: "A component without its manifest does not run.",
        known: "The manifests are compared with what kubeadm writes; so are its keys and kubeconfigs.",
        cure: "Put it back, or `kubeadm init phase control-plane all --config FILE` (`etcd local` \
             for etcd) writes it.",
        source: "kubeadm: manifests of the control plane",
    },
    Explanation {
        code: "manifest-not-a-pod",
        title: "A manifest is not a Pod",
        meaning: "A file in the manifest directory cannot be read as a Pod.",
        why: "The kubelet makes no Pod of it.",
        known: "The file is read.",
        cure: "Correct it, or move it out of the directory.",
        source: "kubelet: staticPodPath",
    },
    Explanation {
        code: "apiserver-not-listening",
        title: "The API server does not listen",
        meaning: "Its manifest is there, and nobody listens on its port.",
        why: "The cluster cannot be reached through this node.",
        known: "The kernel's list of listening sockets is compared with the port of the manifest.",
        cure: "`crictl ps -a` and `crictl logs` say what became of the container.",
        source: "kubeadm: manifests of the control plane",
    },
    Explanation {
        code: "control-plane-unhealthy",
        title: "A component of the control plane does not listen",
        meaning: "etcd, the controller manager or the scheduler has a manifest, and nobody listens on \
             its port.",
        why: "Without it the cluster stands still in part.",
        known: "The kernel's list of listening sockets is compared with the port of the manifest. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "`crictl ps -a` and `crictl logs` say what became of the container.",
        source: "kubeadm: manifests of the control plane",
    },
    Explanation {
        code: "packages-not-installed-in-tree",
        title: "Packages are not installed in this tree",
        meaning: "--root names a tree, and packages cannot be installed in it by a package manager \
             here.",
        why: "The host lacks them when it boots.",
        known: "The tree is looked at for a package database and a program for it.",
        cure: "Install them in the image by its own means, or apply on the booted host.",
        source: "k8sprep",
    },
    Explanation {
        code: "selinux-mode-differs",
        title: "SELinux is in another mode than wanted",
        meaning: "The kernel's mode, or that of the next boot, is not what the spec says.",
        why: "Enforcing may deny containers what they need; permissive protects nothing.",
        known: "/sys/fs/selinux and /etc/selinux/config are read, and the arguments of the kernel that win over \
             them: those of this boot, and those in the boot loader's files (/etc/default/grub, \
             /etc/kernel/cmdline, /boot/loader/entries).",
        cure: "`k8sprep apply` changes what can be changed while the host runs; the hint names the \
             rest.",
        source: "selinux(8)",
    },
    Explanation {
        code: "swap-on",
        title: "Swap is on",
        meaning: "The host swaps, and the kubelet is not configured for it.",
        why: "The kubelet ends where swap is on, unless failSwapOn is false.",
        known: "/proc/swaps is read.",
        cure: "`swapoff -a`, and take it out of what switches it on at boot; or failSwapOn: false.",
        source: "kubelet: failSwapOn",
    },
    Explanation {
        code: "unit-not-enabled",
        title: "A unit is not started at boot",
        meaning: "The unit runs or could run, and is not enabled.",
        why: "After a reboot it does not run.",
        known: "The links that `systemctl enable` makes are looked for.",
        cure: "`systemctl enable UNIT`; `k8sprep apply` does so.",
        source: "systemctl(1)",
    },
    Explanation {
        code: "unit-restart-loop",
        title: "A service ends again and again",
        meaning: "systemd has restarted the service many times.",
        why: "It looks active between two ends, and does not do its work.",
        known: "systemd's counter of restarts is read.",
        cure: "The last lines of `journalctl -u UNIT` say why it ended.",
        source: "systemd.service(5): Restart=",
    },
    Explanation {
        code: "kubeadm-config-invalid",
        title: "The kubeadm configuration is not valid",
        meaning: "The documents that the spec names or makes would be refused by kubeadm of the \
             release that the spec wants.",
        why: "kubeadm would end with them; nothing is written that it does not take.",
        known: "They are checked as `k8sprep check-config` does.",
        cure: "Follow the message; `k8sprep check-config FILE` marks the place.",
        source: "kubeadm: validation of its configuration",
    },
    Explanation {
        code: "certificate-expires-soon",
        title: "A certificate ends soon",
        meaning: "A certificate of the control plane ends within 30 days.",
        why: "When it is over, components of the control plane refuse each other.",
        known: "notAfter of every certificate below /etc/kubernetes/pki is compared with the \
             clock.",
        cure: "Run `k8sprep certs renew all`: it renews them, and restarts one component after the other. By \
             hand: `kubeadm certs renew all`, then move one file of /etc/kubernetes/manifests away, back once \
             its Pod has ended, and only then the next.",
        source: "kubernetes.io: Certificate Management with kubeadm",
    },
    Explanation {
        code: "ca-expires-soon",
        title: "A CA ends soon",
        meaning: "A CA of the cluster ends within a year.",
        why: "Everything that it signed has to be made anew, on every node.",
        known: "notAfter of the CA is compared with the clock.",
        cure: "Plan the replacement of the CA: kubeadm does not renew it.",
        source: "kubernetes.io: Manual Rotation of CA Certificates",
    },
];
