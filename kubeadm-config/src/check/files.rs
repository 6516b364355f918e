//! Arguments that name files: of those that decide what is in force it is said that nobody read them, and of
//! those that a component's Pod does not have that the component does not find them.
//!
//! Volumes: `phases/controlplane/volumes.go` and `phases/etcd/local.go` of kubeadm 1.22 to 1.37.

use super::Remark;
use crate::code::Code;
use crate::component::{Component, Etcd, holds};
use crate::model::{Arg, ClusterConfiguration, ControlPlaneComponent, LocalEtcd};

/// Where the unit of kubeadm's package looks.
const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";
/// `--config-dir` is alpha in 1.28 and 1.29, where the kubelet ends at it without a variable.
const ALPHA_DROP_INS: std::ops::RangeInclusive<u64> = 28..=29;

/// What kubeadm mounts whatever the file says; those of certificates only where the host has them.
const CERTIFICATES_OF_HOST: [&str; 6] = [
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

/// And the whole of it by kubeadm up to 1.29; of 1.30 it is not known.
const PKI_OF_HOST: &str = "/etc/pki";
const PKI_IN_PARTS_SINCE: u64 = 31;
/// Where the kubelet's arguments send it for settings.
pub(super) fn of_kubelet(args: &[Arg], minor: u64) -> Vec<Remark> {
    let remark = |(index, arg): (usize, &Arg)| {
        let path = arg.value.trim_end_matches('/');
        let (text, help) = match arg.name.as_str() {
            _ if path.is_empty() => return None,
            "config" if path != KUBELET_CONFIG => (
                format!(
                    "the kubelet reads {path} in place of {KUBELET_CONFIG}: what kubeadm writes there, a \
                     KubeletConfiguration of this file too, is not in force, and {path} was not read here"
                ),
                format!("leave it out, and say in a KubeletConfiguration document what {path} says"),
            ),
            // Before, it is a flag that is not known yet.
            "config-dir" if minor >= *ALPHA_DROP_INS.start() => {
                let unless = if ALPHA_DROP_INS.contains(&minor) {
                    format!(
                        ", and kubelet 1.{minor} exits unless its environment has KUBELET_CONFIG_DROPIN_DIR_ALPHA"
                    )
                } else {
                    String::new()
                };
                (
                    format!(
                        "the kubelet puts the files of {path} over its configuration: they were not read here, and what \
                         they say wins{unless}"
                    ),
                    "check them as well; `k8sprep doctor` on the host judges them with the file".to_owned(),
                )
            }
            _ => return None,
        };
        let field = format!("nodeRegistration.kubeletExtraArgs[{index}]");
        Some(Remark::advice(Code::SettingsFileNotRead, field, text).help(Code::SettingsFileNotRead, help))
    };
    args.iter().enumerate().filter_map(remark).collect()
}

/// The same of the scheduler and of etcd.
pub(super) fn of_components(cluster: &ClusterConfiguration) -> Vec<Remark> {
    let etcd = cluster.etcd.local.iter().flat_map(|local| &local.extra_args);
    let scheduler = cluster.scheduler.extra_args.iter();
    let found = scheduler
        .enumerate()
        .filter(|(_, arg)| arg.name == "config" && !arg.value.is_empty())
        .map(|(index, arg)| {
            let path = &arg.value;
            let text = format!(
                "kube-scheduler takes its settings from {path}, which was not read here; of its flags for them only those \
                 of leader election count beside it"
            );
            let help = "the file has to name clientConnection.kubeconfig, /etc/kubernetes/scheduler.conf";
            (format!("scheduler.extraArgs[{index}]"), text, help)
        })
        .chain(etcd.enumerate().filter(|(_, arg)| arg.name == "config-file" && !arg.value.is_empty()).map(
            |(index, arg)| {
                let path = &arg.value;
                let text = format!(
                    "etcd takes its settings from {path}, which was not read here, and passes over all other flags, \
                     kubeadm's own too"
                );
                (format!("etcd.local.extraArgs[{index}]"), text, "leave it out, and write the flags here")
            },
        ));
    let remark = |(field, text, help): (String, String, &str)| {
        Remark::advice(Code::SettingsFileNotRead, field, text).help(Code::SettingsFileNotRead, help)
    };
    found.map(remark).collect()
}

/// Files that no volume of the component's Pod holds. `refused` are the arguments that it ends at anyway.
pub(super) fn not_mounted(
    component: Component,
    path: &str,
    own: &ControlPlaneComponent,
    cluster: &ClusterConfiguration,
    (refused, minor): (&[usize], u64),
) -> Vec<Remark> {
    let mounted = mounts(component, own, cluster, minor);
    let opened = as_written(&own.extra_args, |said| component.opens(said));
    let remark = |index: usize| {
        let file = own.extra_args[index].value.as_str();
        if refused.contains(&index) || mounted.iter().any(|mount| holds(mount, file)) {
            return None;
        }
        let name = component.name();
        let text = format!("no volume of {name}'s Pod holds {file}: {name} does not find it, and exits");
        let help = format!(
            "add it to {path}.extraVolumes: hostPath and mountPath {file}, readOnly: true, pathType: File"
        );
        let field = format!("{path}.extraArgs[{index}]");
        Some(
            Remark::error(Code::ArgumentFileNotMounted, field, text).help(Code::ArgumentFileNotMounted, help),
        )
    };
    opened.into_iter().filter_map(remark).collect()
}

/// Which arguments `which` means, of the command line that kubeadm makes of them: it sorts them
/// (`ArgumentsToCommand`).
fn as_written<'a>(args: &'a [Arg], which: impl Fn(Vec<(&'a str, &'a str)>) -> Vec<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..args.len()).collect();
    order.sort_by_key(|index| (&args[*index].name, &args[*index].value));
    let said = order.iter().map(|index| (args[*index].name.as_str(), args[*index].value.as_str()));
    let mut meant: Vec<usize> = which(said.collect()).into_iter().map(|at| order[at]).collect();
    meant.sort_unstable();
    meant
}

/// The same of etcd, whose Pod has its data, its certificates and no volumes of anybody's own.
pub(super) fn of_etcd_not_mounted(local: &LocalEtcd, certificates: &str, refused: &[usize]) -> Vec<Remark> {
    let certificates = format!("{}/etcd", certificates.trim_end_matches('/'));
    let data = local.data_dir.as_str();
    let args = &local.extra_args;
    let is_there = |file: &str| {
        let mut mounted = [data, certificates.as_str()].into_iter().filter(|mount| !mount.is_empty());
        mounted.any(|mount| holds(mount, file))
    };
    let missing = |index: &usize| !refused.contains(index) && !is_there(&args[*index].value);
    let remark = |index: usize, code: Code, text: String, help: String| {
        Remark::error(code, format!("etcd.local.extraArgs[{index}]"), text).help(code, help)
    };
    let opened = as_written(args, Etcd::opens).into_iter().filter(missing).map(|index| {
        let file = &args[index].value;
        let text = format!("no volume of etcd's Pod holds {file}: etcd does not find it, and exits");
        let help = format!("put the file into {certificates}, which its Pod has, and name it there");
        remark(index, Code::ArgumentFileNotMounted, text, help)
    });
    let written = as_written(args, Etcd::writes).into_iter().filter(missing).map(|index| {
        let (name, dir) = (&args[index].name, &args[index].value);
        let text = format!(
            "etcd writes to {dir}, and no volume of its Pod is there: its data is lost with the container"
        );
        let help = match name.as_str() {
            "data-dir" => format!("leave the argument out, and say etcd.local.dataDir: {dir}"),
            _ => format!("name a directory below {data}, which its Pod has"),
        };
        remark(index, Code::EtcdDataDirWrong, text, help)
    });
    opened.chain(written).collect()
}

fn mounts<'a>(
    component: Component,
    own: &'a ControlPlaneComponent,
    cluster: &'a ClusterConfiguration,
    minor: u64,
) -> Vec<&'a str> {
    let mut found: Vec<&str> = own.extra_volumes.iter().map(|volume| volume.mount_path.as_str()).collect();
    match component {
        Component::Scheduler => found.push("/etc/kubernetes/scheduler.conf"),
        _ => {
            found.push(&cluster.certificates_dir);
            found.extend(CERTIFICATES_OF_HOST);
            if minor < PKI_IN_PARTS_SINCE {
                found.push(PKI_OF_HOST);
            }
        }
    }
    match component {
        Component::ControllerManager => found.push("/etc/kubernetes/controller-manager.conf"),
        Component::ApiServer => {
            let external = cluster.etcd.external.iter();
            let files = external.flat_map(|etcd| [&etcd.ca_file, &etcd.cert_file, &etcd.key_file]);
            found.extend(files.filter_map(|file| Some(file.rsplit_once('/')?.0)));
        }
        _ => {}
    }
    found.retain(|mount| !mount.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostPathMount;

    fn arg(name: &str, value: &str) -> Arg {
        Arg { name: name.to_owned(), value: value.to_owned(), ..Arg::default() }
    }

    fn component(args: &[(&str, &str)], mounted: &[&str]) -> ControlPlaneComponent {
        let mount =
            |path: &&str| HostPathMount { mount_path: (*path).to_owned(), ..HostPathMount::default() };
        ControlPlaneComponent {
            extra_args: args.iter().map(|(name, value)| arg(name, value)).collect(),
            extra_volumes: mounted.iter().map(mount).collect(),
            ..ControlPlaneComponent::default()
        }
    }

    fn cluster() -> ClusterConfiguration {
        ClusterConfiguration {
            certificates_dir: "/etc/kubernetes/pki".into(),
            ..ClusterConfiguration::default()
        }
    }

    fn fields(remarks: &[Remark]) -> Vec<&str> {
        remarks.iter().map(|remark| remark.field.as_str()).collect()
    }

    #[test]
    fn a_file_without_a_volume_is_not_found() {
        let args = [
            ("audit-policy-file", "/etc/kubernetes/policies/audit.yaml"),
            ("encryption-provider-config", "/etc/kubernetes/pki/enc.yaml"),
            ("authorization-config", "/etc/kubernetes/policies-of-mine/authz.yaml"),
            ("tls-cert-file", "$(CERT)"),
            ("audit-log-path", "/var/log/audit.log"),
        ];
        let of = |component: Component, own: &ControlPlaneComponent, refused: &[usize]| {
            not_mounted(component, "apiServer", own, &cluster(), (refused, 34))
        };
        let bare = component(&args, &[]);
        let told = of(Component::ApiServer, &bare, &[]);
        assert_eq!(fields(&told), ["apiServer.extraArgs[0]", "apiServer.extraArgs[2]"]);
        assert_eq!(fields(&of(Component::ApiServer, &bare, &[0])), ["apiServer.extraArgs[2]"]);
        // A directory beside it with a longer name is another one.
        let own = component(&args, &["/etc/kubernetes/policies/"]);
        assert_eq!(fields(&of(Component::ApiServer, &own, &[])), ["apiServer.extraArgs[2]"]);
        // The scheduler has no certificates, the controller manager has.
        let tls = component(&[("tls-cert-file", "/etc/kubernetes/pki/s.crt")], &[]);
        let told = [Component::Scheduler, Component::ControllerManager].map(|one| of(one, &tls, &[]).len());
        assert_eq!(told, [1, 0]);
    }

    #[test]
    fn the_whole_of_etc_pki_was_mounted_once() {
        let own = component(&[("tls-cert-file", "/etc/pki/tls/private/x")], &[]);
        let of = |minor| not_mounted(Component::ApiServer, "apiServer", &own, &cluster(), (&[], minor)).len();
        assert_eq!([29, 30, 31, 34].map(of), [0, 0, 1, 1]);
    }

    #[test]
    fn of_a_flag_that_is_repeated_the_last_counts() {
        let of = |args: &[(&str, &str)]| {
            let own = component(args, &["/srv"]);
            let told = not_mounted(Component::ApiServer, "a", &own, &cluster(), (&[], 34));
            told.into_iter().map(|one| one.field).collect::<Vec<_>>()
        };
        let flag = "audit-policy-file";
        assert_eq!(of(&[(flag, "/none/a"), (flag, "/srv/a")]), [""; 0]);
        assert_eq!(of(&[(flag, "/tmp/a"), (flag, "/srv/a")]), ["a.extraArgs[0]"]);
        assert_eq!(of(&[("audit_policy_file", "/none/a")]), ["a.extraArgs[0]"]);
        let list = "service-account-key-file";
        assert_eq!(of(&[(list, "/none/a"), (list, "/srv/a")]), ["a.extraArgs[0]"]);
    }

    #[test]
    fn etcd_has_its_data_and_its_certificates_alone() {
        let of = |args: &[(&str, &str)], refused: &[usize]| {
            let local = LocalEtcd {
                data_dir: "/data/etcd".into(),
                extra_args: args.iter().map(|(name, value)| arg(name, value)).collect(),
                ..LocalEtcd::default()
            };
            let told = of_etcd_not_mounted(&local, "/etc/kubernetes/pki", refused);
            told.into_iter().map(|one| (one.code.as_str(), one.field)).collect::<Vec<_>>()
        };
        let at = |code, index| (code, format!("etcd.local.extraArgs[{index}]"));
        let args = [
            ("trusted-ca-file", "/etc/kubernetes/pki/ca.crt"),
            ("cert-file", "/etc/kubernetes/pki/etcd/own.crt"),
            ("data-dir", "/var/lib/etcd"),
            ("wal-dir", "/data/etcd/wal"),
            ("client-crl-file", "/none"),
        ];
        let told = [at("argument-file-not-mounted", 0), at("etcd-data-dir-wrong", 2)];
        assert_eq!(of(&args, &[]), told);
        assert_eq!(of(&args, &[0]), told[1..]);
        // Of a file of settings etcd takes everything.
        assert_eq!(of(&[args[0], args[2], ("config-file", "/data/etcd/e.yaml")], &[]), []);
        assert_eq!(of(&[args[0], ("config-file", "/e.yaml")], &[]), [at("argument-file-not-mounted", 1)]);
        assert_eq!(
            of(&[("data-dir", "/none"), ("data-dir", "/data/etcd/x")], &[]),
            [at("etcd-data-dir-wrong", 0)]
        );
        assert_eq!(of(&[("data-dir", "/data/etcd"), ("data-dir", "$(X)")], &[]), []);
    }

    #[test]
    fn settings_elsewhere_are_said_to_be_unread() {
        let args = [
            arg("config", "/etc/k.yaml"),
            arg("config-dir", "/etc/kubernetes/kubelet.conf.d"),
            arg("config", KUBELET_CONFIG),
            arg("node-ip", "192.0.2.7"),
        ];
        let told = of_kubelet(&args, 34);
        assert_eq!(
            fields(&told),
            ["nodeRegistration.kubeletExtraArgs[0]", "nodeRegistration.kubeletExtraArgs[1]"]
        );
        assert!(!told[1].text.contains("DROPIN"), "{}", told[1].text);
        assert!(of_kubelet(&args, 29)[1].text.contains("KUBELET_CONFIG_DROPIN_DIR_ALPHA"));
        assert_eq!(of_kubelet(&args, 27).len(), 1);
        let mut cluster = cluster();
        cluster.scheduler = component(&[("v", "2"), ("config", "/etc/kubernetes/s.yaml")], &[]);
        assert_eq!(fields(&of_components(&cluster)), ["scheduler.extraArgs[1]"]);
    }
}
