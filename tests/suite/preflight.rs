//! Every check of kubeadm's preflight that can be made to fail in a host of namespaces, real kubeadm of
//! three minors beside `doctor`: whenever a check complains, so does its code, and on the host as it
//! is before, neither says it.
//!
//! The host is the tree of `tests/hosts/tree make plain` under an overlay, with namespaces for
//! mounts, network, name and processes, and a first process of its own; nothing boots.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use k8sprep_tests::booted::{self, Kind, cluster};
use serde_json::Value;

const RELEASES: [&str; 3] = ["v1.33.13", "v1.34.0", "v1.37.2"];

/// A check, what makes it complain, what both programs run under, and the code it is to have.
pub(crate) struct Row {
    pub(crate) check: &'static str,
    makes: &'static str,
    under: &'static str,
    pub(crate) code: &'static str,
}

const fn row(check: &'static str, makes: &'static str, code: &'static str) -> Row {
    Row { check, makes, under: "", code }
}

/// Listens on the ports that are its arguments.
const LISTEN: &str = "perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(LocalPort => $_, Listen => 1, ReuseAddr => 1) \
                      or die } @ARGV; sleep 40' PORT & sleep 1";
/// A manifest that an earlier kubeadm left: to the doctor the host is a member, and no well one.
const MANIFEST: &str = "mkdir -p /etc/kubernetes/manifests; printf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: NAME}\\nspec: {containers: \
                        [{name: NAME, image: x}]}\\n' > /etc/kubernetes/manifests/NAME.yaml";
const EXTERNAL: &str = "printf 'etcd: {external: {endpoints: [\"https://192.0.2.7:2379\"], caFile: /no/ca, certFile: /no/c, keyFile: \
                        /no/k}}\\n' >> $FILE";

pub(crate) const ROWS: &[Row] = &[
    Row { check: "NumCPU", makes: "", under: "taskset -c 0", code: "cpus-too-few" },
    Row {
        check: "IsPrivilegedUser",
        makes: "chmod -R a+rX /etc/kubernetes",
        under: "setpriv --reuid=65534 --regid=65534 --clear-groups",
        code: "not-run-as-root",
    },
    row(
        "Swap",
        "printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n/swapfile file 1048572 0 -2\\n' > /opt/t/swaps",
        "swap-on",
    ),
    row(
        "FileContent--proc-sys-net-ipv4-ip_forward",
        "echo 0 > /proc/sys/net/ipv4/ip_forward",
        "ip-forward-off",
    ),
    row(
        "FileContent--proc-sys-net-ipv6-conf-default-forwarding",
        "sed -i 's|podSubnet: .*|podSubnet: \"10.244.0.0/16,fd00:1::/48\", serviceSubnet: \"10.96.0.0/12,fd00:2::/112\"}|' $FILE; \
         echo 0 > /proc/sys/net/ipv6/conf/default/forwarding",
        "ipv6-forwarding-off",
    ),
    row("Port-6443", "PORT=6443", "port-in-use"),
    row("Port-10250", "PORT=10250", "port-in-use"),
    row("Port-10257", "PORT=10257", "port-in-use"),
    row("Port-10259", "PORT=10259", "port-in-use"),
    row("Port-2379", "PORT=2379", "port-in-use"),
    row("Port-2380", "PORT=2380", "port-in-use"),
    row(
        "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
        "NAME=kube-apiserver",
        "kubelet-config-missing",
    ),
    row(
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
        "NAME=kube-controller-manager",
        "kubelet-config-missing",
    ),
    row(
        "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
        "NAME=kube-scheduler",
        "kubelet-config-missing",
    ),
    row("FileAvailable--etc-kubernetes-manifests-etcd.yaml", "NAME=etcd", "kubelet-config-missing"),
    row("DirAvailable--var-lib-etcd", "mkdir -p /var/lib/etcd/member", "former-membership-traces"),
    row("FileExisting-losetup", "rm -f /sbin/losetup /usr/sbin/losetup", "required-executable-missing"),
    row("FileExisting-mount", "rm -f /bin/mount /usr/bin/mount", "required-executable-missing"),
    row("FileExisting-cp", "rm -f /bin/cp /usr/bin/cp", "required-executable-missing"),
    row(
        "KubeletVersion",
        "printf '#!/bin/sh\\necho Kubernetes v1.40.0\\n' > /usr/bin/kubelet; sed -i '/^Package: kubelet$/,/^Version/s/^Version: .*/Version: \
         1.40.0-1.1/' /var/lib/dpkg/status",
        "package-minors-mixed",
    ),
    row(
        "KubernetesVersion",
        "sed -i 's/^kubernetesVersion: .*/kubernetesVersion: v1.40.0/' $FILE",
        "kubeadm-minor-mismatch",
    ),
    row("ExternalEtcdClientCertificates", EXTERNAL, "kubeadm-config-invalid"),
];

/// What is left, and why; each has a fixture of its own among the doctor's tests, where it has a code.
const NOT_HERE: &[(&str, &str)] = &[
    ("CRI", "no runtime answers here, before as after: it is told from the start"),
    ("ContainerRuntimeVersion", "the same, 1.37"),
    (
        "ExternalEtcdVersion",
        "the doctor asks with curl, which the tree has not; kubeadm is beside it with no etcd at all",
    ),
    ("FileExisting-conntrack", "for control planes before 1.32 alone"),
    ("Firewalld", "wants the daemon: a booted host"),
    ("Hostname", "kubeadm asks a name server, of which the doctor knows nothing: it is undecided there"),
    ("HTTPProxy", "of the shell that kubeadm runs in; the doctor looks at units and files"),
    ("HTTPProxyCIDR", "the same; built with a Go of today it complains of every address"),
    ("ImagePull", "wants a registry"),
    ("Mem", "sysinfo(2), which no mount hides"),
    (
        "Service-Kubelet",
        "wants systemd: a booted host. Before as after it says that the kubelet is not enabled",
    ),
    ("Service-kubelet", "the same, as 1.37 spells it"),
    ("SystemVerification", "of this machine's kernel, before as after"),
];

/// What both say: the checks that complain, and the codes.
#[derive(Debug)]
struct Said {
    checks: BTreeSet<String>,
    codes: BTreeSet<String>,
    text: String,
}

/// Lays the host and becomes its first process: `D` a directory of the test's, `T` the tree, `V` the release.
const INSIDE: &str = r#"set -e
R=$D/root
mount -t overlay overlay -o lowerdir=$T,upperdir=$D/up,workdir=$D/work $R
mount -t proc proc $R/proc
mount --rbind /sys $R/sys
mount --rbind /dev $R/dev
mount -t tmpfs none $R/run
mkdir -p $R/run/systemd/system $R/opt/t $R/etc/kubernetes $R/usr/lib/systemd/system/kubelet.service.d
cp $KUBEADM $R/opt/t/kubeadm
cp $K8SPREP $R/opt/t/k8sprep
cp $D/case.sh $R/opt/t/
cp $D/kubeadm.yaml $R/etc/kubernetes/kubeadm.yaml
printf '#!/bin/sh\necho Kubernetes %s\n' $V > $R/usr/bin/kubelet
chmod 755 $R/usr/bin/kubelet
printf '[Service]\nExecStart=/usr/bin/kubelet\n[Install]\nWantedBy=multi-user.target\n' > $R/usr/lib/systemd/system/kubelet.service
printf '[Service]\nEnvironment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"\nEnvironment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS\n' > $R/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf
for p in kubeadm kubelet; do printf '\nPackage: %s\nStatus: hold ok installed\nArchitecture: amd64\nVersion: %s-1.1\n' $p ${V#v} >> $R/var/lib/dpkg/status; done
echo cp1 > $R/etc/hostname
hostname cp1
printf '127.0.0.1 localhost\n192.0.2.7 cp1\n' > $R/etc/hosts
rm -f $R/etc/resolv.conf
echo nameserver 192.0.2.53 > $R/etc/resolv.conf
ip link set lo up
ip addr add 192.0.2.7/32 dev lo
echo 1 > $R/proc/sys/net/ipv4/ip_forward
echo 1 > $R/proc/sys/net/ipv6/conf/default/forwarding
printf 'Filename\tType\tSize\tUsed\tPriority\n' > $R/opt/t/swaps
mount --bind $R/opt/t/swaps $R/proc/swaps
exec chroot $R /bin/sh /opt/t/case.sh
"#;

const MARK: &str = "### doctor";

struct Bed {
    tree: PathBuf,
    k8sprep: PathBuf,
    kubeadm: PathBuf,
    release: &'static str,
}

impl Bed {
    fn of(release: &'static str) -> Result<Self, String> {
        let tree = booted::tree(Kind::Plain)?;
        let k8sprep = booted::own_program("k8sprep").map_err(|error| error.to_string())?;
        let of_cluster = || cluster::built(release).map(|dir| dir.join("bin").join(release).join("kubeadm"));
        let kubeadm = booted::kubeadm(release).or_else(|_| of_cluster())?;
        Ok(Self { tree, k8sprep, kubeadm, release })
    }

    /// What kubeadm and the doctor say of the host after that; an error where there is no such host.
    #[expect(clippy::disallowed_methods, reason = "a test runs real programs")]
    fn asked(&self, makes: &str, under: &str) -> Result<Said, String> {
        let dir = tempfile::tempdir().unwrap();
        for name in ["up", "work", "root"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        put("kubeadm.yaml", &documents(self.release));
        let file = "/etc/kubernetes/kubeadm.yaml";
        put(
            "case.sh",
            &format!(
                "FILE={file}\n{makes}\n{under} /opt/t/kubeadm init phase preflight --config {file} 2>&1\necho '{MARK}'\n{under} \
                 /opt/t/k8sprep doctor --output json\n"
            ),
        );
        let words = ["--mount", "--net", "--uts", "--pid", "--ipc", "--fork", "sh", "-c", INSIDE];
        let output = Command::new("timeout")
            .args(["60", "unshare"])
            .args(words)
            .env("D", dir.path())
            .env("T", &self.tree)
            .env("V", self.release)
            .env("KUBEADM", &self.kubeadm)
            .env("K8SPREP", &self.k8sprep)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        said(&String::from_utf8_lossy(&output.stdout), &String::from_utf8_lossy(&output.stderr))
    }
}

fn documents(release: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: 192.0.2.7}}\nnodeRegistration: \
         {{name: cp1, criSocket: \"unix:///var/run/crio/crio.sock\"}}\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: \
         ClusterConfiguration\nkubernetesVersion: {release}\nnetworking: {{podSubnet: 10.244.0.0/16}}\n"
    )
}

fn said(out: &str, err: &str) -> Result<Said, String> {
    let (kubeadm, doctor) = out.split_once(MARK).ok_or_else(|| format!("no host of namespaces: {err}"))?;
    let words = ["[ERROR ", "[WARNING "];
    let complains = |line: &str| {
        let rest = words.iter().find_map(|word| line.trim_start().strip_prefix(word))?;
        Some(rest.split_once(']')?.0.to_owned())
    };
    let json: Value = serde_json::from_str(doctor).map_err(|error| format!("{error}: {doctor}{err}"))?;
    let found = json["findings"].as_array().into_iter().flatten();
    let found = found.filter(|one| one["severity"] != "note").filter_map(|one| one["code"].as_str());
    Ok(Said {
        checks: kubeadm.lines().filter_map(complains).collect(),
        codes: found.map(str::to_owned).collect(),
        text: format!("{kubeadm}{doctor}"),
    })
}

/// The words of a row as a script.
fn script(makes: &str) -> String {
    match (makes.strip_prefix("PORT="), makes.strip_prefix("NAME=")) {
        (Some(port), _) => LISTEN.replace("PORT", port),
        (_, Some(name)) => MANIFEST.replace("NAME", name),
        _ => makes.to_owned(),
    }
}

#[test]
#[ignore = "run it with `tests/layer kubeadm`"]
fn doctor_says_what_the_preflight_of_real_kubeadm_says() {
    let mut wrong = Vec::new();
    for release in RELEASES {
        let (before, bed) = match Bed::of(release).and_then(|bed| Ok((bed.asked(":", "")?, bed))) {
            Ok(both) => both,
            Err(why) => {
                k8sprep_tests::skip(format_args!("{release}: {why}"));
                continue;
            }
        };
        let known = |check: &String| NOT_HERE.iter().any(|(name, _)| name == check);
        let other: Vec<_> = before.checks.iter().filter(|check| !known(check)).collect();
        assert!(other.is_empty(), "{release}, before: {other:?}\n{}", before.text);
        for Row { check, makes, under, code } in ROWS {
            let after =
                bed.asked(&script(makes), under).unwrap_or_else(|why| panic!("{release}, {check}: {why}"));
            if !after.checks.contains(*check) {
                wrong.push(format!("{release}: kubeadm does not say {check}, but {:?}", after.checks));
            }
            if before.codes.contains(*code) || !after.codes.contains(*code) {
                let new: Vec<_> = after.codes.difference(&before.codes).collect();
                wrong.push(format!("{release}, {check}: doctor does not say {code}, but {new:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_check_is_tried_or_has_a_reason_and_codes_are_known() {
    for row in ROWS {
        assert!(NOT_HERE.iter().all(|(name, _)| *name != row.check), "{}", row.check);
        assert!(k8sprep::explain::find(row.code).is_some(), "{}", row.code);
    }
    let all: BTreeSet<&str> =
        ROWS.iter().map(|row| row.check).chain(NOT_HERE.iter().map(|(name, _)| *name)).collect();
    assert_eq!(all.len(), ROWS.len() + NOT_HERE.len());
}
