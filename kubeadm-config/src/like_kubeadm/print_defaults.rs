//! `kubeadm config print init-defaults|join-defaults|reset-defaults|upgrade-defaults`.

use serde_json::Map;

use super::{Answer, Content, Options};
use crate::defaults::component::{self, Surroundings};
use crate::defaults::dynamic::{Dynamic, SocketSearch};
use crate::defaults::fixed;
use crate::failure::Failure;
use crate::go::quote;
use crate::message::Warning;
use crate::model::{
    BootstrapToken, BootstrapTokenDiscovery, ClusterConfiguration, InitConfiguration, JoinConfiguration,
    ResetConfiguration, UpgradeConfiguration,
};
use crate::print;
use crate::release::{Change, KubeadmRelease};
use crate::version::ApiVersion;
use crate::wire::Gvk;

/// Which command's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefaultsKind {
    /// `kubeadm init`.
    Init,
    /// `kubeadm join`.
    Join,
    /// `kubeadm reset` (1.29 and newer).
    Reset,
    /// `kubeadm upgrade` (1.31 and newer).
    Upgrade,
}

impl DefaultsKind {
    const fn command(self) -> &'static str {
        match self {
            Self::Init => "init-defaults",
            Self::Join => "join-defaults",
            Self::Reset => "reset-defaults",
            Self::Upgrade => "upgrade-defaults",
        }
    }

    fn is_in(self, release: &KubeadmRelease) -> bool {
        match self {
            Self::Init | Self::Join => true,
            Self::Reset => release.has(Change::ResetIsMigrated),
            Self::Upgrade => release.has(Change::UpgradeDefaults),
        }
    }

    fn takes_components(self, release: &KubeadmRelease) -> bool {
        match self {
            Self::Init => true,
            Self::Join => release.has(Change::JoinTakesComponents),
            Self::Reset | Self::Upgrade => false,
        }
    }
}

/// The token that stands for one that is to be put in.
const PLACEHOLDER_TOKEN: &str = "abcdef.0123456789abcdef";

/// The defaults as documents; `components` are the values given with `--component-configs`, one for
/// each time it was given.
///
/// ```
/// use kubeadm_config::{HostFacts, like_kubeadm};
/// use like_kubeadm::{DefaultsKind, Options, print_defaults};
///
/// let options = Options::new("v1.34.0".parse()?, HostFacts::default());
/// let answer = print_defaults(DefaultsKind::Reset, &[], &options);
/// assert!(answer.stdout.contains("kind: ResetConfiguration\n"));
/// # Ok::<(), kubeadm_config::Error>(())
/// ```
#[must_use]
pub fn print_defaults(kind: DefaultsKind, components: &[String], options: &Options) -> Answer {
    let release = &options.release;
    let mut warnings = Vec::new();
    let outcome = if !components.is_empty() && !kind.takes_components(release) {
        Err(Failure::new("unknown flag: --component-configs"))
    } else if kind.is_in(release) {
        let names: Vec<&str> =
            components.iter().filter(|value| !value.is_empty()).flat_map(|value| value.split(',')).collect();
        documents(kind, &names, options, &mut warnings).map(|documents| documents.join("---\n"))
    } else {
        return no_command(kind.command(), release);
    };
    Answer::of(outcome, warnings, String::new(), release)
}

/// What `kubeadm config print` says of a command that the release does not have.
fn no_command(name: &str, release: &KubeadmRelease) -> Answer {
    let name = quote(name);
    if release.has(Change::SubcommandHelp) {
        let error =
            format!("invalid subcommand {name}\nSee 'kubeadm config print -h' for help and examples\n");
        return Answer { exit: 1, error, ..Answer::default() };
    }
    let text = match release.has(Change::InvalidSubcommand) {
        true => format!("invalid subcommand: {name}"),
        false => format!("unknown command {name} for \"kubeadm config print\""),
    };
    Answer::of(Err(Failure::new(text)), Vec::new(), String::new(), release)
}

fn documents(
    kind: DefaultsKind,
    components: &[&str],
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<String>, Failure> {
    let release = &options.release;
    let wanted = wanted(components)?;
    let (init, cluster) = initial(options)?;
    let mut documents = of_kind(kind, &init, &cluster, options)?;
    let around = Surroundings {
        cluster: &cluster,
        endpoint: &init.local_api_endpoint,
        cri_socket: &init.node_registration.cri_socket,
        release,
        facts: &options.facts,
    };
    // Up to 1.21 the whole configuration is made once for the command and once more for each
    // component.
    let rounds = usize::from(kind == DefaultsKind::Init) + wanted.len();
    if !release.has(Change::DefaultsAreStatic) {
        (0..rounds).for_each(|_| component::kubelet(&mut Map::new(), &around, warnings));
    }
    for gvk in wanted {
        documents.push(component(&gvk, &around, &mut Vec::new())?);
    }
    Ok(documents)
}

/// The documents that belong to a command, without those of components.
fn of_kind(
    kind: DefaultsKind,
    init: &InitConfiguration,
    cluster: &ClusterConfiguration,
    options: &Options,
) -> Result<Vec<String>, Failure> {
    let release = &options.release;
    // ResetConfiguration and UpgradeConfiguration came with v1beta4.
    let newer = release.writes().max(ApiVersion::V1Beta4);
    Ok(match kind {
        DefaultsKind::Init => vec![
            Content::of(init, release.writes()).printed("InitConfiguration", release)?,
            Content::of(cluster, release.writes()).printed("ClusterConfiguration", release)?,
        ],
        DefaultsKind::Join => {
            vec![Content::of(&join(options)?, release.writes()).printed("JoinConfiguration", release)?]
        }
        DefaultsKind::Reset => {
            let mut reset = ResetConfiguration {
                cri_socket: release.default_cri_socket().into(),
                ..ResetConfiguration::default()
            };
            fixed::reset(&mut reset);
            vec![Content::of(&reset, newer).printed("ResetConfiguration", release)?]
        }
        DefaultsKind::Upgrade => {
            let mut upgrade = UpgradeConfiguration::default();
            fixed::upgrade(&mut upgrade);
            vec![Content::of(&upgrade, newer).printed("UpgradeConfiguration", release)?]
        }
    })
}

fn wanted(names: &[&str]) -> Result<Vec<Gvk>, Failure> {
    let find = |name: &&str| {
        [Gvk::kubelet(), Gvk::kube_proxy()].into_iter().find(|gvk| gvk.kind == *name).ok_or_else(|| {
            Failure::new(
                "--component-configs needs to contain some of [KubeProxyConfiguration KubeletConfiguration]",
            )
        })
    };
    names.iter().map(find).collect()
}

fn component(gvk: &Gvk, around: &Surroundings<'_>, warnings: &mut Vec<Warning>) -> Result<String, Failure> {
    let mut content = Map::new();
    if *gvk == Gvk::kubelet() {
        component::kubelet(&mut content, around, warnings);
    } else {
        component::kube_proxy(&mut content, around, warnings);
    }
    let document = print::component(gvk, content, around.release.minor());
    print::to_yaml(vec![document]).map_err(|error| Failure::new(error.to_string()))
}

/// Init and Cluster: placeholders and fixed defaults; up to 1.21 the host's facts too.
fn initial(options: &Options) -> Result<(InitConfiguration, ClusterConfiguration), Failure> {
    let release = &options.release;
    let mut init = InitConfiguration::default();
    init.bootstrap_tokens
        .push(BootstrapToken { token: Some(PLACEHOLDER_TOKEN.into()), ..BootstrapToken::default() });
    init.local_api_endpoint.advertise_address = "1.2.3.4".into();
    init.node_registration.cri_socket = release.default_cri_socket().into();
    let mut cluster =
        ClusterConfiguration { kubernetes_version: own_version(release), ..ClusterConfiguration::default() };
    if release.has(Change::DefaultsAreStatic) {
        init.node_registration.name = "node".into();
    }
    fixed::init(&mut init, release);
    fixed::cluster(&mut cluster, release);
    if !release.has(Change::DefaultsAreStatic) {
        let mut dynamic = Dynamic::new(release, &options.facts, SocketSearch::Skipped);
        dynamic.init(&mut init);
        dynamic.cluster(&mut cluster, &init.local_api_endpoint);
        first_problem(dynamic)?;
    }
    Ok((init, cluster))
}

/// The first release of kubeadm's own minor, with a `v` only where the dynamic defaults put one.
fn own_version(release: &KubeadmRelease) -> String {
    release.minor().patch(0).to_string().trim_start_matches('v').to_owned()
}

fn join(options: &Options) -> Result<JoinConfiguration, Failure> {
    let release = &options.release;
    let mut join = JoinConfiguration::default();
    join.discovery.bootstrap_token = Some(BootstrapTokenDiscovery {
        token: PLACEHOLDER_TOKEN.into(),
        api_server_endpoint: "kube-apiserver:6443".into(),
        unsafe_skip_ca_verification: true,
        ..BootstrapTokenDiscovery::default()
    });
    join.node_registration.cri_socket = release.default_cri_socket().into();
    join.discovery.timeout = Some(crate::Duration::from_secs(300));
    fixed::join(&mut join, release);
    let mut dynamic = Dynamic::new(release, &options.facts, SocketSearch::Skipped);
    dynamic.join(&mut join);
    first_problem(dynamic)?;
    Ok(join)
}

fn first_problem(dynamic: Dynamic<'_>) -> Result<(), Failure> {
    dynamic.problems.into_iter().next().map_or(Ok(()), |problem| Err(Failure::new(problem.text)))
}
