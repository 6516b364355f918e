//! What kubeadm says of a document, and what a document lacks.
//!
//! The codes are those of `kubeadm-config`'s checks, so every row is about a release: the same
//! document may be refused by one kubeadm and taken by the next. The words of kubeadm itself are
//! in the message; the text here says what they mean.

use super::Explanation;

/// Decoding first, then the types of field errors, named after those of
/// `k8s.io/apimachinery/pkg/util/validation/field` (`Invalid value`, `Required value`, `Forbidden`
/// and so on), then what has no such type.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "unknown-field",
        title: "Unknown field",
        meaning: "The document has a field that its kind, in this API version, does not have.",
        why: "kubeadm warns and passes over the field, or refuses the file, by release. In both \
             cases what was meant is not in force.",
        known: "The document is decoded strictly with the field table of the kubeadm release that is \
             asked for.",
        cure: "Spell the field as the API does, move it where it belongs, or take it out. `k8sprep \
             schema KIND` prints the fields of a kind.",
        source: "kubeadm: strict decoding of its configuration (cmd/kubeadm/app/util/config/strict)",
    },
    Explanation {
        code: "duplicate-key",
        title: "The same key twice",
        meaning: "One map of the document has the same key two times.",
        why: "Only one of the two values is used, and which one is easy to get wrong when reading \
             the file.",
        known: "The YAML reader counts the keys of every map.",
        cure: "Keep one of the two lines.",
        source: "kubeadm: strict decoding of its configuration (cmd/kubeadm/app/util/config/strict)",
    },
    Explanation {
        code: "wrong-type",
        title: "Value of the wrong type",
        meaning: "The field wants another kind of value: a list, a map, a text, a number, true or \
             false.",
        why: "kubeadm cannot read the document and exits before it does anything.",
        known: "The document is decoded into the types of the API version, as Go would.",
        cure: "Write the value as the help line below the error shows.",
        source: "Go's encoding of JSON and sigs.k8s.io/yaml",
    },
    Explanation {
        code: "invalid-value",
        title: "Invalid value",
        meaning: "The field exists and its value has the right type, but kubeadm does not accept this \
             value there.",
        why: "kubeadm exits with this error before it does anything.",
        known: "The rules of kubeadm's validation for this release are applied to the document after \
             its defaults are filled in.",
        cure: "Write a value of the form that the message names.",
        source: "kubeadm: cmd/kubeadm/app/apis/kubeadm/validation",
    },
    Explanation {
        code: "required-value",
        title: "Missing value",
        meaning: "A field that must be filled in is empty or not there.",
        why: "kubeadm exits with this error before it does anything.",
        known: "The rules of kubeadm's validation for this release are applied to the document after \
             its defaults are filled in.",
        cure: "Fill in the field that the message names.",
        source: "kubeadm: cmd/kubeadm/app/apis/kubeadm/validation",
    },
    Explanation {
        code: "unsupported-value",
        title: "Value not supported",
        meaning: "The field takes one of a few values, and this is none of them.",
        why: "The component that reads the field refuses it.",
        known: "Validation of the release compares the value with the list.",
        cure: "Write one of the values that the message lists.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "duplicate-value",
        title: "The same value twice in a list",
        meaning: "A list whose items must differ has the same item two times.",
        why: "The component that reads the list refuses it.",
        known: "Validation of the release compares the items of the list.",
        cure: "Take one of the two items out.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "forbidden-field",
        title: "Field not allowed here",
        meaning: "The field may not be set, or not together with another one that is set.",
        why: "kubeadm, or the component that reads the field, refuses the document.",
        known: "Validation of the release looks at fields that exclude each other.",
        cure: "Leave out the field, or the other one that the message names.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "not-found",
        title: "Value names something that does not exist",
        meaning: "The value refers to something by name, and there is nothing of that name.",
        why: "kubeadm, or the component that reads the field, refuses the document.",
        known: "Validation of the release looks up the name.",
        cure: "Correct the name, or add what it names.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "too-long",
        title: "Value too long",
        meaning: "The value has more characters or bytes than the field allows.",
        why: "kubeadm, or the component that reads the field, refuses the document.",
        known: "Validation of the release counts.",
        cure: "Write a shorter value; the message names the limit.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "too-many",
        title: "Too many items",
        meaning: "The list has more items than the field allows.",
        why: "kubeadm, or the component that reads the field, refuses the document.",
        known: "Validation of the release counts.",
        cure: "Take items out; the message names the limit.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "internal-error",
        title: "Validation could not be done",
        meaning: "A rule could not be applied to the value, for instance because the value cannot be \
             parsed at all.",
        why: "kubeadm, or the component that reads the field, refuses the document.",
        known: "Validation of the release reports an error of its own instead of a verdict.",
        cure: "Write the value in the usual form of the field; look at the rest of the message.",
        source: "k8s.io/apimachinery: pkg/util/validation/field/errors.go",
    },
    Explanation {
        code: "invalid",
        title: "Document not valid",
        meaning: "Validation refuses the document, and no single kind of fault fits: the message says \
             what is wrong in kubeadm's words.",
        why: "kubeadm exits with this error before it does anything.",
        known: "The rules of kubeadm's validation for this release are applied to the document.",
        cure: "Follow the message; the marked line is where the field stands.",
        source: "kubeadm: cmd/kubeadm/app/apis/kubeadm/validation",
    },
    Explanation {
        code: "kubeadm-refused",
        title: "kubeadm refuses the file",
        meaning: "kubeadm cannot load the file as a whole: its text, its documents or their \
             combination.",
        why: "Every command of kubeadm that is given the file exits with this message.",
        known: "The file goes through the same steps that kubeadm of this release takes when it \
             loads a configuration.",
        cure: "Follow the message and the help line below it; `k8sprep check-config FILE` marks the \
             place where there is one.",
        source: "kubeadm: cmd/kubeadm/app/util/config",
    },
    Explanation {
        code: "kubeadm-warning",
        title: "kubeadm warns",
        meaning: "kubeadm takes the file and prints this warning.",
        why: "What the warning names is deprecated, is not in force, or is not what kubeadm \
             recommends.",
        known: "The file goes through the same steps that kubeadm of this release takes when it \
             loads a configuration.",
        cure: "Follow the warning; nothing fails because of it today.",
        source: "kubeadm: cmd/kubeadm/app/util/config and cmd/kubeadm/app/componentconfigs",
    },
    Explanation {
        code: "no-kubeadm-document",
        title: "No kubeadm document in the file",
        meaning: "The file is empty, or none of its documents is of kubeadm's API group.",
        why: "There is nothing in it that kubeadm could use, so that a check of it would prove \
             nothing.",
        known: "Every document's apiVersion and kind are looked at.",
        cure: "Name another file, or write a document with `k8sprep gen-config` or `k8sprep \
             print-defaults`.",
        source: "kubeadm: cmd/kubeadm/app/util/config",
    },
    Explanation {
        code: "unknown-kind",
        title: "Kind not known in this API version",
        meaning: "The document's apiVersion is read by this kubeadm, but it has no such kind; or the \
             API version itself is not known.",
        why: "kubeadm exits, or passes over the document with a warning, by release.",
        known: "apiVersion and kind are compared with the kinds of the kubeadm release.",
        cure: "Correct apiVersion or kind; `k8sprep schema --list` lists them.",
        source: "kubeadm: cmd/kubeadm/app/util/config and its API schemes",
    },
    Explanation {
        code: "missing-separator",
        title: "Missing `---` between two documents",
        meaning: "apiVersion and kind stand twice in one document: two documents were written without \
             a `---` line between them.",
        why: "The later keys replace the earlier ones, so that half of the file is lost without a \
             word.",
        known: "The YAML reader keeps every key that stands twice; here both apiVersion and kind, or \
             kind, do.",
        cure: "Put a line `---` before the second document; the error names the line.",
        source: "YAML 1.2, documents and directives",
    },
    Explanation {
        code: "kubelet-config-refused",
        title: "The kubelet exits with this configuration",
        meaning: "kubeadm passes the KubeletConfiguration on, and the kubelet of this release refuses \
             it when it starts.",
        why: "The kubelet ends and is started again and again; kubeadm waits for it and gives up.",
        known: "The configuration is decoded, defaulted and validated as the kubelet of this minor \
             does it.",
        cure: "Correct the field that the message names.",
        source: "kubelet: pkg/kubelet/apis/config/validation and its start",
    },
    Explanation {
        code: "feature-gate-refused",
        title: "A feature gate that the component refuses",
        meaning: "The component of this minor does not have the gate, or it is locked to the other \
             value, or what it needs is disabled.",
        why: "The component exits when it starts; the kubelet panics with a stack trace.",
        known: "The gates of each minor were asked of the component's own Go modules.",
        cure: "Take the gate out: a gate that is gone is in force, or its feature was removed.",
        source: "component-base: featuregate",
    },
    Explanation {
        code: "proxy-mode",
        title: "No such mode of kube-proxy",
        meaning: "KubeProxyConfiguration asks for a mode that kube-proxy of this release does not \
             have.",
        why: "kube-proxy exits on every node, and no Service can be reached.",
        known: "The mode is compared with those of the release: nftables came with 1.29 and needs the gate \
             NFTablesProxyMode there and in 1.30, userspace went with 1.26.",
        cure: "Write iptables, ipvs, or nftables where the release has it.",
        source: "kube-proxy: pkg/proxy/apis/config/validation",
    },
    Explanation {
        code: "component-flag-unknown",
        title: "Flag that the component does not have",
        meaning: "extraArgs, or the manifest of a static Pod, give a component of the control plane a \
             flag that this release does not have: it is misspelt, gone, of a later release or of \
             another component. The kubelet's extra arguments are looked over too.",
        why: "kubeadm writes the flag without looking at it, and an upgrade keeps it; the component \
             exits with `unknown flag` and the node never gets ready.",
        known: "The flag is compared with the component's flags of each minor, 1.22 to 1.37, the \
             kubelet's 1.33 to 1.37; of other minors only what was gone before is told.",
        cure: "Correct the flag or take it out; the help line names the one that may be meant.",
        source: "Kubernetes: the components' flags of each minor",
    },
    Explanation {
        code: "component-argument-unparsable",
        title: "A value that a flag of the component cannot read",
        meaning: "extraArgs, or the manifest of a static Pod, give a flag of the control plane a value of \
             another type than the flag has: no truth value, number, duration or address, or none at all.",
        why: "kubeadm writes the value without looking at it; the component exits with `invalid argument` \
             and the node never gets ready.",
        known: "The type of each flag is known by minor, 1.22 to 1.37, and its value is read as the \
             component reads it. A value with a variable of the container, $(NAME), is not judged.",
        cure: "Write a value of the kind that the help line names.",
        source: "Kubernetes: the components' flags of each minor, spf13/pflag",
    },
    Explanation {
        code: "component-argument-refused",
        title: "A value that the component refuses",
        meaning: "extraArgs, or the manifest of a static Pod, give a flag of the control plane a value that the \
             flag reads and the component refuses when it starts: a name that it does not have, such as an \
             admission plugin, a mode or a controller, a number out of its range, or a flag that needs another \
             one. The kubelet's extra arguments are looked over too.",
        why: "kubeadm writes the value without looking at it; the component exits and the node never gets \
             ready.",
        known: "The component's own rules of each minor, 1.22 to 1.37, in its own words; of the kubelet 1.33 to \
             1.37, and only those rules that no file can change. A value with $(NAME) is not judged.",
        cure: "Write a value that the help line names, or take the argument out.",
        source: "Kubernetes: the components' options and what they validate",
    },
    Explanation {
        code: "kube-proxy-config-refused",
        title: "kube-proxy exits with this configuration",
        meaning: "kubeadm passes the KubeProxyConfiguration on, and kube-proxy of this release refuses a value \
             in it when it starts.",
        why: "kube-proxy exits on every node, and no Service can be reached.",
        known: "The document is judged by kube-proxy's own rules of each minor, 1.22 to 1.37.",
        cure: "Correct the field that the message names, or leave it out for the default.",
        source: "kube-proxy: pkg/proxy/apis/config/validation",
    },
    Explanation {
        code: "phase-unknown",
        title: "A phase that kubeadm does not have",
        meaning: "skipPhases names something that is no phase of the command that reads it: `kubeadm init`, `join`, \
             `reset`, `upgrade apply` or `upgrade node`.",
        why: "`kubeadm config validate` lets any text pass; the command ends with `invalid phase name` \
             before it does anything.",
        known: "The names are compared with the phases that the command has in the release; letters count as they \
             are written, and an alias is no name.",
        cure: "Correct the name or leave it out; the command's `--help` lists the phases.",
        source: "kubeadm: cmd/phases/workflow/runner.go",
    },
    Explanation {
        code: "argument-file-not-mounted",
        title: "A component is told to read a file that its Pod does not have",
        meaning: "An argument of a control-plane component names a file, and no volume of the component's static Pod \
             holds that path.",
        why: "The component looks in its own container, finds no such file and exits, again and again. kubeadm looks at \
             neither: `kubeadm init` waits until its time is up.",
        known: "Of a file for kubeadm the path is compared with the volumes that kubeadm gives that component and with its \
             extraVolumes; where `patches` names a directory, which may add volumes, nothing is said. On a host the \
             manifest is read: what its container mounts, and whether the host has the file there.",
        cure: "Add the file, or the directory that it lies in, to the component's extraVolumes with the same hostPath and \
             mountPath; in a manifest, as a hostPath volume with a volumeMount.",
        source: "kubeadm: phases/controlplane/volumes.go",
    },
    Explanation {
        code: "settings-file-not-read",
        title: "Settings stand in a file that was not read",
        meaning: "An argument tells the kubelet or a component to take its settings from a file or a directory of \
             its own, over or in place of what this document and kubeadm say.",
        why: "What will be in force is decided there: nothing that was said of the document holds for it.",
        known: "The argument is there; a check of documents opens no other file.",
        cure: "Check that file too: `k8sprep lint FILE` knows a KubeletConfiguration, and `k8sprep doctor` on the host reads \
             the kubelet's drop-ins.",
        source: "Kubernetes: cmd/kubelet/app/server.go, cmd/kube-scheduler/app/options; etcd: --config-file",
    },
    Explanation {
        code: "taint-invalid",
        title: "A taint that no node can have",
        meaning: "A taint of nodeRegistration has a key or a value that is none, an effect other than \
             NoSchedule, PreferNoSchedule and NoExecute, or stands twice with the same effect.",
        why: "kubeadm does not look at it. The API server refuses it when kubeadm marks a control plane, \
             and the kubelet of a worker exits with it.",
        known: "Key, value and effect are judged by the API server's rules.",
        cure: "Correct the field; the help line says how. An empty list means no taint at all.",
        source: "Kubernetes: core/validation, validateNodeTaints; pkg/util/taints",
    },
    Explanation {
        code: "kubelet-not-checked",
        title: "What the kubelet makes of its configuration was not looked at",
        meaning: "The file has a KubeletConfiguration for a minor whose kubelet's rules are not known here.",
        why: "kubeadm does not validate it: whether the kubelet starts with it is not known. Its feature \
             gates are looked over, and that its fields are there and of their types.",
        known: "The rules were taken from the kubelets 1.33 to 1.37.",
        cure: "Try the kubelet of that minor with the file, or a newer one.",
        source: "kubelet: cmd/kubelet/app/server.go",
    },
    Explanation {
        code: "master-label",
        title: "The master label is set by the kubelet",
        meaning: "--node-labels gives the node the label node-role.kubernetes.io/master.",
        why: "The label has had no meaning since 1.25, and a kubelet may not set labels of that \
             prefix itself: it exits.",
        known: "The kubelet's extra arguments are read.",
        cure: "Leave it out: kubeadm labels the node node-role.kubernetes.io/control-plane.",
        source: "KEP-2067; kubelet: --node-labels",
    },
    Explanation {
        code: "role-label-outdated",
        title: "A node has the old master taint or label",
        meaning: "The node is registered with the taint node-role.kubernetes.io/master, and the \
             release is 1.25 or later; or its Node has that taint or label.",
        why: "Nothing of that release tolerates the taint, CoreDNS neither: its Pods stay Pending.",
        known: "The taints of nodeRegistration are read, and the Node where the API server answers.",
        cure: "Write node-role.kubernetes.io/control-plane, or leave the taints out for kubeadm's \
             own; of a Node `kubectl taint node NAME node-role.kubernetes.io/master-`.",
        source: "KEP-2067",
    },
    Explanation {
        code: "node-cidr-mask",
        title: "Mask flags that do not fit the Pods' subnets",
        meaning: "kube-controller-manager is given node-cidr-mask-size for two families, or one of the \
             two flags per family for one family.",
        why: "kube-controller-manager exits, and no node gets a subnet for Pods.",
        known: "The flags in extraArgs are compared with the families of networking.podSubnet.",
        cure: "For two families write node-cidr-mask-size-ipv4 and -ipv6; for one write \
             node-cidr-mask-size.",
        source: "kube-controller-manager: setNodeCIDRMaskSizes in \
             cmd/kube-controller-manager/app/core.go",
    },
    Explanation {
        code: "pin-of-nothing",
        title: "The CA pin is the hash of nothing",
        meaning: "The pin is the SHA-256 of no bytes at all, as a pipeline prints it whose first \
             program failed.",
        why: "kubeadm join finds no certificate with that key and gives up.",
        known: "The value is compared with the known hash of an empty input.",
        cure: "Read the pin from the CA's file: `k8sprep ca-hash /etc/kubernetes/pki/ca.crt`.",
        source: "k8sprep",
    },
    Explanation {
        code: "invalid-ca-pin",
        title: "Not a CA pin",
        meaning: "A value of caCertHashes is not `sha256:` and 64 hexadecimal digits.",
        why: "kubeadm join exits with it. `kubeadm config validate` does not look at it.",
        known: "The value is read as kubeadm join reads it.",
        cure: "`k8sprep ca-hash /etc/kubernetes/pki/ca.crt` prints the pin; a fingerprint of the \
             certificate is something else.",
        source: "kubeadm: cmd/kubeadm/app/util/pubkeypin",
    },
    Explanation {
        code: "document-too-large",
        title: "More than is read here",
        meaning: "The document has more bytes, values or levels than this program reads.",
        why: "Nothing is known of what kubeadm would say; kubeadm has no such limit.",
        known: "The size is compared with the limits of the reader, which keep a hostile file \
             from using up memory and time.",
        cure: "Leave out what is no document of kubeadm, or check the file with kubeadm \
             itself.",
        source: "k8sprep",
    },
    Explanation {
        code: "kubernetes-version-invalid",
        title: "Not a version of Kubernetes",
        meaning: "The text is not of the form v1.34.0.",
        why: "Nothing was done.",
        known: "The text is parsed as kubeadm parses a semantic version.",
        cure: "Write the version as v1.34.0.",
        source: "kubeadm: util/version.go",
    },
    Explanation {
        code: "release-unknown",
        title: "kubeadm release that is not known here",
        meaning: "The version is older or newer than every kubeadm that this program knows.",
        why: "Nothing can be said of how that release reads a file.",
        known: "The minor is looked up in the table of releases.",
        cure: "Name a release that is known, or use a newer k8sprep.",
        source: "k8sprep: the table of releases",
    },
    Explanation {
        code: "cgroup-driver-invalid",
        title: "Not a cgroup driver",
        meaning: "The text is neither systemd nor cgroupfs.",
        why: "Nothing was done.",
        known: "There are two of them.",
        cure: "Write systemd or cgroupfs.",
        source: "Kubernetes: KubeletConfiguration.cgroupDriver",
    },
    Explanation {
        code: "document-not-printable",
        title: "A value cannot be written as YAML",
        meaning: "A value of the document has no form in YAML.",
        why: "Nothing was printed.",
        known: "The writer of YAML refused it.",
        cure: "Change the value that the message names.",
        source: "k8sprep",
    },
    Explanation {
        code: "ca-byte-order-mark",
        title: "CA file starts with a byte order mark",
        meaning: "The first three bytes of the file are a UTF-8 byte order mark.",
        why: "kubeadm does not see the certificate behind it.",
        known: "The first bytes are looked at.",
        cure: "Remove the first three bytes.",
        source: "Go: encoding/pem",
    },
    Explanation {
        code: "ca-file-is-der",
        title: "CA file is DER",
        meaning: "The file is the bare certificate, not PEM.",
        why: "kubeadm reads PEM only.",
        known: "The first bytes are those of an ASN.1 sequence.",
        cure: "Convert it with openssl x509 -inform der.",
        source: "kubeadm: it reads ca.crt as PEM",
    },
    Explanation {
        code: "ca-key-unusable",
        title: "Key of the CA that kubeadm cannot use",
        meaning: "The key of the certificate is of an elliptic curve that Go does not name.",
        why: "kubeadm cannot read the certificate.",
        known: "The parameters of the key are compared with those that Go knows.",
        cure: "Make the CA with RSA, or with P-256, P-384 or P-521.",
        source: "Go: crypto/x509",
    },
    Explanation {
        code: "not-a-ca-certificate",
        title: "Certificate signs no others",
        meaning: "basicConstraints of the certificate does not say CA:TRUE.",
        why: "Its pin is good for nothing: kubeadm join looks for the CA.",
        known: "The extension is read.",
        cure: "Give /etc/kubernetes/pki/ca.crt.",
        source: "RFC 5280",
    },
    Explanation {
        code: "private-key-beside-ca",
        title: "Private key in a file of certificates",
        meaning: "A PEM block of the file is a private key.",
        why: "Who gets the file gets the key to the cluster.",
        known: "The labels of the PEM blocks are read.",
        cure: "Keep the key in a file of its own, readable by root alone.",
        source: "k8sprep",
    },
    Explanation {
        code: "private-key-given",
        title: "Private key where a certificate is wanted",
        meaning: "The file is a private key.",
        why: "A pin is made from the certificate; and a key is not to be handed around.",
        known: "The label of the PEM block says so.",
        cure: "Give ca.crt, not ca.key.",
        source: "k8sprep",
    },
    Explanation {
        code: "pem-block-damaged",
        title: "PEM block cannot be decoded",
        meaning: "The text between BEGIN and END is not base64 of a whole block.",
        why: "kubeadm passes over it, or reads no certificate at all.",
        known: "The block is decoded.",
        cure: "Copy the file again.",
        source: "RFC 7468",
    },
    Explanation {
        code: "ca-file-unreadable",
        title: "No CA certificate in the file",
        meaning: "The file is empty, is neither PEM nor DER, or has no valid X.509 \
             certificate.",
        why: "No pin can be made, and the kubelet and kubeadm end at such a file.",
        known: "The file is read as PEM, then as DER.",
        cure: "Put the right file back: /etc/kubernetes/pki/ca.crt of a control plane.",
        source: "Go: encoding/pem, crypto/x509",
    },
];
