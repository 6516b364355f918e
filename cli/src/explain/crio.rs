//! What CRI-O's configuration says that CRI-O refuses or passes over.
//!
//! The codes are those of `crio-config`. What CRI-O refuses (it exits with that message), what it
//! only warns of, and what it passes over in silence are three things: `why` says in each row
//! which one it is. Line numbers and the release that the rule is for are in the message, not
//! here.

use super::Explanation;

/// By and large first what ends CRI-O, then what CRI-O would find on the host (programs, networks,
/// policy), then keys without effect, then what is only advice.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "crio-toml-broken",
        title: "CRI-O cannot decode one of its files",
        meaning: "A file of CRI-O's configuration is not TOML as CRI-O of this release reads it, or a \
             value is of another type than the option has.",
        why: "CRI-O does not start, and without it no Pod does.",
        known: "The files are read in CRI-O's order with the TOML rules of that release's library.",
        cure: "Correct the line that is marked.",
        source: "CRI-O: pkg/config, and the TOML library of each release",
    },
    Explanation {
        code: "crio-value-refused",
        title: "CRI-O refuses a value",
        meaning: "The files can be read, and a value in them breaks a rule that CRI-O applies before \
             it starts.",
        why: "CRI-O exits with this message, and without it no Pod starts.",
        known: "The merged configuration is judged by the rules of the release.",
        cure: "Write a value that the message allows, or take the line out for the default.",
        source: "CRI-O: pkg/config/config.go",
    },
    Explanation {
        code: "crio-crashes",
        title: "CRI-O crashes on a value",
        meaning: "CRI-O of this release does not refuse the value but panics on it.",
        why: "CRI-O does not start, and its log shows a stack trace instead of a reason.",
        known: "The value is one of those known to do so in this release.",
        cure: "Change the value that is marked, or use a newer CRI-O.",
        source: "CRI-O: pkg/config of the releases concerned",
    },
    Explanation {
        code: "crio-warning",
        title: "CRI-O warns",
        meaning: "CRI-O starts and logs this warning.",
        why: "A setting is not in force as it was written, or not everything works.",
        known: "The rules of the release are applied to the merged configuration.",
        cure: "Follow the warning.",
        source: "CRI-O: pkg/config/config.go",
    },
    Explanation {
        code: "oci-runtime-missing",
        title: "The program of the default OCI runtime is not there",
        meaning: "runtime_path of the default runtime names a file that does not exist, or is empty \
             and no program of that name is in CRI-O's PATH.",
        why: "CRI-O does not start. A drop-in that states the runtime's table again often causes \
             it.",
        known: "The path of the merged configuration is looked up on the host.",
        cure: "Install the runtime (crun or runc), or correct runtime_path.",
        source: "CRI-O: runtime validation in pkg/config/config.go",
    },
    Explanation {
        code: "conmon-cgroup-mismatch",
        title: "The monitor's cgroup does not fit the cgroup manager",
        meaning: "conmon_cgroup or monitor_cgroup is not one that the cgroup manager allows: pod or \
             empty for cgroupfs, pod or a slice for systemd.",
        why: "CRI-O does not start.",
        known: "The two options of the merged configuration are compared by the rules of the \
             release.",
        cure: "Set conmon_cgroup = \"pod\", which every release takes.",
        source: "CRI-O: internal/config/cgmgr",
    },
    Explanation {
        code: "runtime-handler-dropped",
        title: "A runtime handler is left out",
        meaning: "A runtime that is not the default one is not valid, and CRI-O leaves it out.",
        why: "Pods that ask for that runtime with a RuntimeClass cannot be started.",
        known: "The rules for runtimes are applied to each of them.",
        cure: "Correct the key that is marked, or take the table out.",
        source: "CRI-O: runtime validation in pkg/config/config.go",
    },
    Explanation {
        code: "conmon-not-usable",
        title: "conmon is not there",
        meaning: "The container monitor conmon is not in CRI-O's PATH, or the file that conmon or \
             monitor_path names does not exist.",
        why: "CRI-O does not start: every container has a conmon that watches it.",
        known: "The paths of the merged configuration are looked up on the host, where CRI-O is \
             installed.",
        cure: "Install conmon (CRI-O's own package brings it), or name the file in monitor_path.",
        source: "CRI-O: ValidateConmonPath in pkg/config/config.go",
    },
    Explanation {
        code: "pinns-missing",
        title: "pinns is not there",
        meaning: "The program pinns, which pins the namespaces of a pod, is not in CRI-O's PATH and \
             not where pinns_path says.",
        why: "CRI-O does not start.",
        known: "The path of the merged configuration is looked up on the host, where CRI-O is \
             installed.",
        cure: "Install CRI-O's package anew, which brings pinns, or name the file in \
             crio.runtime.pinns_path.",
        source: "CRI-O since 1.17: ValidatePinnsPath in pkg/config/config.go",
    },
    Explanation {
        code: "storage-conf-path-missing",
        title: "storage.conf names a path that is not there",
        meaning: "mount_program or additionalimagestores of storage.conf names a path that does not exist.",
        why: "CRI-O cannot open its storage and does not start.",
        known: "The path is looked up on the host.",
        cure: "Install the program (fuse-overlayfs), or take the line out: the kernel's own overlay \
             needs none. A store is made or mounted before CRI-O starts, or taken off the list.",
        source: "containers-storage.conf(5); containers/storage drivers/overlay, parseOptions",
    },
    Explanation {
        code: "registry-blocked",
        title: "The registry of the pause image is blocked",
        meaning: "A [[registry]] with blocked = true stands for the name of CRI-O's pause image.",
        why: "The pause image cannot be pulled, and no Pod starts without it. Mirrors are not \
             asked either.",
        known: "The prefixes of registries.conf and its drop-ins are compared with the image's name.",
        cure: "Take `blocked` out, or set crio.image.pause_image to an image of another registry.",
        source: "containers-registries.conf(5)",
    },
    Explanation {
        code: "policy-json-missing",
        title: "There is no policy.json",
        meaning: "The file that says which images may be pulled does not exist: the one that \
             signature_policy names, else /etc/containers/policy.json.",
        why: "No image can be pulled. What runs goes on until its image is collected.",
        known: "The path is looked up on the host.",
        cure: "Install the package that brings it (containers-common, or CRI-O's own), or name \
             another file in crio.image.signature_policy.",
        source: "containers-policy.json(5)",
    },
    Explanation {
        code: "policy-json-invalid",
        title: "policy.json cannot be read",
        meaning: "The file is not valid JSON, has no `default`, or a scope of it has no requirement.",
        why: "No image can be pulled.",
        known: "The file is read as the library does.",
        cure: "Correct it. {\"default\": [{\"type\": \"insecureAcceptAnything\"}]} accepts every \
             image.",
        source: "containers-policy.json(5)",
    },
    Explanation {
        code: "policy-json-rejects",
        title: "policy.json rejects the pause image",
        meaning: "The narrowest scope of policy.json that fits the pause image has a requirement of \
             type reject.",
        why: "The pause image cannot be pulled, and no Pod starts without it.",
        known: "The scopes are looked up from the image's own name to the default.",
        cure: "Accept the registry there, or name the keys that sign its images.",
        source: "containers-policy.json(5)",
    },
    Explanation {
        code: "cni-config-missing",
        title: "No pod network is configured",
        meaning: "The directory of network configurations has none that a runtime reads.",
        why: "CRI-O reports its network as not ready, and the node does not get Ready. So it is on \
             every node until the network plugin comes.",
        known: "network_dir of the merged configuration is listed.",
        cure: "Install a network plugin in the cluster, which writes its file there.",
        source: "CRI-O: network_dir; ocicni",
    },
    Explanation {
        code: "cni-config-broken",
        title: "A pod network's file is broken",
        meaning: "A file of the network directory is not valid JSON, has no plugins or one without a \
             type, or names a subnet that is none.",
        why: "CRI-O passes over the file and takes the next one, or no Pod gets an address.",
        known: "The files are read as ocicni reads them; subnets are parsed.",
        cure: "Correct the file, or take it away.",
        source: "CNI specification; ocicni",
    },
    Explanation {
        code: "cni-plugin-missing",
        title: "A pod network's plugin is not there",
        meaning: "A network needs a plugin that is in none of the directories of plugin_dirs.",
        why: "CRI-O passes over the network. If it is the only one, the node does not get Ready.",
        known: "The types of the file's plugins are looked up in the directories of the merged \
             configuration.",
        cure: "Install the plugin (containernetworking-plugins, or the network plugin's own).",
        source: "CRI-O: plugin_dirs; ocicni",
    },
    Explanation {
        code: "cni-plugin-dir-mismatch",
        title: "A pod network's plugin is where CRI-O does not look",
        meaning: "A network needs a plugin that is installed, but in a directory that plugin_dirs does \
             not name.",
        why: "CRI-O passes over the network. If it is the only one, the node does not get Ready.",
        known: "The types of the file's plugins are looked up in the usual directories and in those \
             of the merged configuration.",
        cure: "Add the directory to crio.network.plugin_dirs.",
        source: "CRI-O: plugin_dirs; kubernetes#71692",
    },
    Explanation {
        code: "crio-not-installed",
        title: "CRI-O is not installed",
        meaning: "Neither the package database nor the usual directories have a CRI-O.",
        why: "The files are judged as a release reads them that is only assumed.",
        known: "The databases of dpkg and rpm are read, then the program is looked for.",
        cure: "Install CRI-O, or name the release that is to read the files with --release.",
        source: "k8sprep",
    },
    Explanation {
        code: "storage-conf-unreadable",
        title: "storage.conf cannot be read",
        meaning: "The file of containers/storage is not valid TOML, cannot be opened, or gives a text as \
             something else.",
        why: "CRI-O cannot open its storage and does not start.",
        known: "The file is read as the library does.",
        cure: "Correct the line that is marked. Texts stand in quotes, as in driver = \"overlay\".",
        source: "containers-storage.conf(5)",
    },
    Explanation {
        code: "storage-driver-unknown",
        title: "No such storage driver",
        meaning: "storage_driver of CRI-O, or driver of storage.conf, is none that containers/storage has.",
        why: "CRI-O cannot open its storage and does not start.",
        known: "The name is compared with the drivers of containers/storage, former ones among them.",
        cure: "Write overlay, or leave the line out.",
        source: "containers-storage.conf(5); containers/storage: drivers",
    },
    Explanation {
        code: "file-unread",
        title: "A file was not read",
        meaning: "This user may not read a file, or list a directory, that CRI-O reads.",
        why: "CRI-O runs as root and reads it: whether it is right is not known here. It is not called broken.",
        known: "The system answered `Permission denied`.",
        cure: "Run the same command as root.",
        source: "open(2)",
    },
    Explanation {
        code: "registries-conf-unreadable",
        title: "A file of registries cannot be read",
        meaning: "registries.conf, or a file of registries.conf.d, is not valid TOML, cannot be \
             opened, mixes the old form with [[registry]], or breaks another rule of the library.",
        why: "CRI-O does not start: since 1.17 it reads the files at every start.",
        known: "The file is read as the library does.",
        cure: "Correct the line that is marked.",
        source: "containers-registries.conf(5)",
    },
    Explanation {
        code: "no-such-network",
        title: "The CNI network that is named does not exist",
        meaning: "cni_default_network names a network that no file of the network directory defines.",
        why: "CRI-O waits for it: the network, and with it the node, never gets ready.",
        known: "The name is compared with those in the files of network_dir.",
        cure: "Name one that is there, or leave the option out, and CRI-O takes the first.",
        source: "CRI-O: cni_default_network; ocicni",
    },
    Explanation {
        code: "unknown-key",
        title: "CRI-O has no such key",
        meaning: "No release of CRI-O has the key in that table.",
        why: "CRI-O passes over it without a word: what was meant is not in force.",
        known: "The key is looked up in a catalogue of all options by release.",
        cure: "Take it out, or look for the right one with `k8sprep crio options`.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "misplaced-key",
        title: "A key in the wrong table",
        meaning: "CRI-O has the key, in another table.",
        why: "Where it stands CRI-O passes over it without a word.",
        known: "The key is looked up in all tables.",
        cure: "Move it to the table that the help line names.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "misspelt-key",
        title: "A key that is nearly another one",
        meaning: "CRI-O has no such key, and one whose name differs by a few letters.",
        why: "CRI-O passes over it without a word: what was meant is not in force.",
        known: "The key is compared with all options of the release.",
        cure: "Write the name that the help line shows, if that is the one you mean.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "removed-key",
        title: "A key that this CRI-O no longer has",
        meaning: "The option was removed in this release or an earlier one.",
        why: "It does nothing any more, and nothing says so.",
        known: "The catalogue has the last release with each option.",
        cure: "Take the line out, or use what the help line names.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "newer-key",
        title: "A key that a newer CRI-O has",
        meaning: "The option came with a later release.",
        why: "CRI-O of this release passes over it without a word.",
        known: "The catalogue has the first release with each option.",
        cure: "Upgrade CRI-O, or take the line out.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "newer-table",
        title: "A table that a newer CRI-O has",
        meaning: "The table came with a later release.",
        why: "Nothing in it is in force.",
        known: "The catalogue has the first release with each table.",
        cure: "Upgrade CRI-O, or take the table out.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "key-letter-case",
        title: "A key in the wrong letter case",
        meaning: "The key is written with capital letters; CRI-O's TOML reader takes it all the same.",
        why: "If the right spelling stands in the same file too, which of the two wins can change \
             from start to start.",
        known: "The key is compared letter by letter.",
        cure: "Write it in small letters.",
        source: "github.com/BurntSushi/toml: keys match in any letter case",
    },
    Explanation {
        code: "not-a-table",
        title: "A value where a table is wanted",
        meaning: "The key must be a table, and a plain value stands there.",
        why: "CRI-O drops it without a word.",
        known: "The type of the option is known from the catalogue.",
        cure: "Write a header such as [crio.runtime.runtimes.NAME] and the keys below it.",
        source: "CRI-O: pkg/config; its TOML library",
    },
    Explanation {
        code: "negative-number",
        title: "A number below zero where none can be",
        meaning: "The option holds a number without sign, and the file gives one below zero.",
        why: "CRI-O makes a huge number of it.",
        known: "The type of the option is known from the catalogue.",
        cure: "Write zero or more.",
        source: "CRI-O: pkg/config; its TOML library",
    },
    Explanation {
        code: "no-effect",
        title: "A key that does nothing any more",
        meaning: "CRI-O still reads the option, and nothing depends on it any more.",
        why: "Whoever set it expects something that does not happen.",
        known: "The catalogue has the release from which on each option is without effect.",
        cure: "Take the line out, or use what the help line names.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "internal-key",
        title: "A key that CRI-O sets itself",
        meaning: "The option is overwritten at every start.",
        why: "The value in the file is never in force.",
        known: "The catalogue marks these options.",
        cure: "Take the line out.",
        source: "CRI-O: pkg/config/config.go",
    },
    Explanation {
        code: "crio-option-deprecated",
        title: "A key that CRI-O will remove",
        meaning: "The option works and is deprecated.",
        why: "A later release drops it, and then it does nothing without a word.",
        known: "The catalogue has the release that deprecated each option.",
        cure: "Use what the help line names.",
        source: "CRI-O: crio.conf(5) of each release",
    },
    Explanation {
        code: "crio-dropin-misplaced",
        title: "Drop-in files that this CRI-O does not read",
        meaning: "There are drop-in files where this CRI-O looks for none.",
        why: "Nothing in them is in force.",
        known: "The drop-in directory came with CRI-O 1.17.",
        cure: "Upgrade CRI-O, or write the settings into crio.conf.",
        source: "CRI-O 1.17: crio.conf.d",
    },
    Explanation {
        code: "crio-backup-file-read",
        title: "CRI-O reads a backup file",
        meaning: "A file in the drop-in directory looks like a backup or a note, by its name.",
        why: "CRI-O reads every file there, whatever its name, so that old values are in force \
             again.",
        known: "The name ends like that of a backup: ~, .bak, .rpmsave and so on.",
        cure: "Move it out of the directory.",
        source: "CRI-O: crio.conf.d(5)",
    },
    Explanation {
        code: "old-default",
        title: "A file states a former default",
        meaning: "A file sets an option to what was the default of an earlier release, and the default \
             has changed.",
        why: "The upgrade that changed the default does not reach this host.",
        known: "The value is compared with the history of defaults.",
        cure: "Take the line out to follow the release, or keep it on purpose.",
        source: "CRI-O: defaults of each release",
    },
    Explanation {
        code: "pause-image-mismatch",
        title: "CRI-O and kubeadm use different pause images",
        meaning: "CRI-O's pause_image is not the one that kubeadm of this release uses, or not that of the other hosts.",
        why: "kubeadm warns. Where images are preloaded or mirrored, the image that is missing \
             keeps every Pod from starting.",
        known: "CRI-O's effective pause_image is compared with kubeadm's for the minor.",
        cure: "Set pause_image to kubeadm's, or have CRI-O's on every node.",
        source: "kubeadm: cmd/kubeadm/app/constants; CRI-O: pause_image",
    },
    Explanation {
        code: "cgroupfs-alone",
        title: "cgroupfs without the monitor's cgroup",
        meaning: "cgroup_manager = \"cgroupfs\" is set and conmon_cgroup = \"pod\" is not.",
        why: "CRI-O 1.19 to 1.32 does not start with that, so that the file fails on another \
             release.",
        known: "The two options of the merged configuration are looked at.",
        cure: "Set conmon_cgroup = \"pod\" with it.",
        source: "CRI-O: internal/config/cgmgr",
    },
    Explanation {
        code: "runtime-restated",
        title: "A built-in runtime is stated again and lost fields",
        meaning: "A file has a table for the built-in default runtime. Such a table replaces the \
             built-in one as a whole.",
        why: "What is not stated is gone, such as the annotations that the runtime may act on.",
        known: "The merged table is compared with the built-in one.",
        cure: "State these fields too, or take the table out.",
        source: "CRI-O: pkg/config: runtimes",
    },
    Explanation {
        code: "key-in-the-way",
        title: "A key cannot be set because of another value",
        meaning: "The path of the key goes through something that is a plain value in the file, or the \
             key itself is a table there.",
        why: "The file cannot be edited in this way; nothing is written.",
        known: "The document's tree is followed along the path.",
        cure: "Change the line that the message names first.",
        source: "k8sprep",
    },
    Explanation {
        code: "registries-old-form",
        title: "File of registries in the old form",
        meaning: "The file has [registries.search], [registries.insecure] or \
             [registries.block].",
        why: "CRI-O refuses it in registries.conf.d and beside the new form; newer releases \
             refuse it everywhere.",
        known: "The tables of the file are looked at.",
        cure: "Write [[registry]] and unqualified-search-registries instead.",
        source: "containers/image: registries.conf",
    },
    Explanation {
        code: "registry-entry-blocked",
        title: "Registry is blocked",
        meaning: "A [[registry]] says blocked = true.",
        why: "Nothing can be pulled from it, and not from its mirrors either.",
        known: "The entry is read.",
        cure: "Remove blocked, or use another registry.",
        source: "containers/image: registries.conf",
    },
];
