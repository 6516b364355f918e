//! Package repositories as a resource: our files, and entries of others that make room.

use std::path::{Path, PathBuf};

use super::key::CheckedKeys;
use super::legacy::{State, artefact_of, legacy_of};
use super::listed::{Changes, Listed, RepoFile};
use super::render::{Places, Trust, id};
use super::vault;
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::mirrors::{Artefact, Fingerprint, Location, RepoUrl};
use crate::plan::node::Node;
use crate::plan::{Draft, Reason};
use crate::resource::Resource;
use crate::{Host, Observed, Owner};

/// apt's first file.
const SOURCES_LIST: &str = "/etc/apt/sources.list";

/// Keys that openSUSE and SLES ship with rpm.
const RPM_KEYS: &str = "/usr/lib/rpm/gnupg/keys";

/// Where the packages of one artefact come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repository {
    artefact: Artefact,
    location: Location,
    trust: Trust,
    proxy: Option<String>,
}

/// The repositories of a host: one for each artefact, and no other entry for the same packages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repositories {
    places: Places,
    wanted: Vec<Repository>,
    archive: Option<Archive>,
}

#[derive(Clone, Debug)]
struct Archive {
    major: u32,
    vault: String,
}

impl Repositories {
    /// None yet, to be written where `places` says.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places, wanted: Vec::new(), archive: None }
    }

    /// Where such a host keeps them.
    #[must_use]
    pub fn places(&self) -> Places {
        self.places
    }

    /// The files their keys are written to.
    pub fn key_files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.wanted.iter().filter_map(|wanted| wanted.key_file(self.places))
    }

    /// Where those are whose packages are checked against keys.
    pub(crate) fn urls_with_keys(&self) -> impl Iterator<Item = &str> {
        let with_keys = self.wanted.iter().filter(|wanted| matches!(wanted.trust, Trust::Keys(_)));
        with_keys.map(|wanted| wanted.location.url().as_str())
    }

    pub(crate) fn checked_keys(&self) -> impl Iterator<Item = (Artefact, &CheckedKeys)> {
        self.wanted.iter().filter_map(|wanted| match &wanted.trust {
            Trust::Keys(keys) => Some((wanted.artefact, keys)),
            _ => None,
        })
    }

    /// The same and `repository`.
    #[must_use]
    pub fn with(mut self, repository: Repository) -> Self {
        self.wanted.push(repository);
        self
    }

    /// The same, with the distribution's own packages from the archive of CentOS `major` (7 or 8)
    /// at `vault`, `https://vault.centos.org` where it is `None`.
    #[must_use]
    pub fn archived(self, major: u32, vault: Option<&RepoUrl>) -> Self {
        let vault = vault.map_or(vault::VAULT, RepoUrl::as_str).to_owned();
        Self { archive: Some(Archive { major, vault }), ..self }
    }

    /// Takes what has to make room out of use, and says why for each.
    fn clear(&self, file: &mut RepoFile, owner: &Owner) -> Vec<String> {
        let mut why = Vec::new();
        let mut changes = Changes::by(owner);
        for listed in file.listed() {
            let held = listed.addresses.iter().find_map(|address| artefact_of(address));
            let replaced = |wanted: &&Repository| wanted.holds(held) && wanted.is_usable();
            let moved =
                listed.addresses.iter().find_map(|address| self.archive.as_ref()?.instead_of(address));
            if self.wanted.iter().any(|wanted| replaced(&wanted)) {
                changes.disable(&listed);
            } else if let Some(url) = moved {
                changes.move_section(&listed, &url);
            } else {
                continue;
            }
            why.push(format!("{} {}", RepoFile::name_of(&listed), story(&listed)));
        }
        file.change(&changes);
        let ours: Vec<&str> = self
            .wanted
            .iter()
            .filter(|wanted| wanted.is_usable())
            .map(|wanted| id(wanted.artefact))
            .collect();
        for id in file.with_ids(&ours) {
            file.give_up_id(&id, owner);
            why.push(format!(
                "[{id}] is the name of the new one, and of two of one name only the first is read"
            ));
        }
        why
    }

    /// The files a package manager reads that are not written here.
    fn foreign(&self, seen: &Observed) -> Vec<PathBuf> {
        let dir = self.places.repositories();
        let main = (self.places == Places::Apt).then(|| PathBuf::from(SOURCES_LIST));
        let files = seen.names(dir).map(|name| dir.join(name)).chain(main);
        let own =
            |path: &PathBuf| self.wanted.iter().any(|wanted| self.places.file(wanted.artefact) == *path);
        files.filter(|path| !own(path)).collect()
    }
}

impl Archive {
    fn instead_of(&self, address: &str) -> Option<String> {
        vault::baseurl(address, Some(self.major), &self.vault)
    }
}

impl Resource for Repositories {
    fn kind(&self) -> &'static str {
        "repository"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look_into(host, self.places.repositories());
        if self.places == Places::Apt {
            seen.look(host, Path::new(SOURCES_LIST));
        }
        for wanted in &self.wanted {
            seen.look(host, &self.places.file(wanted.artefact));
            if let Some(path) = wanted.key_file(self.places) {
                seen.look(host, &path);
            }
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        for wanted in &self.wanted {
            wanted.write(self.places, seen, draft);
        }
        for path in self.foreign(seen) {
            let Some(mut file) = RepoFile::parse(&path, seen.bytes(&path)) else { continue };
            let why = self.clear(&mut file, seen.owner());
            if !why.is_empty() {
                draft.content(&path, file.to_bytes(), Mode::PUBLIC, Reason::of(why.join("; ")));
            }
        }
    }
}

impl Repository {
    /// Packages of `artefact` come from `location`.
    #[must_use]
    pub fn new(artefact: Artefact, location: Location, trust: Trust) -> Self {
        Self { artefact, location, trust, proxy: None }
    }

    /// The same, by way of a proxy, whose URL may hold a password: yum and dnf alone know one for a
    /// repository. Those before dnf 5 read no drop-ins beside dnf.conf, which is somebody else's file
    /// (dnf.conf(5)); zypper takes the proxy of the host, apt that of its own drop-ins.
    #[must_use]
    pub fn through(self, proxy: Option<String>) -> Self {
        Self { proxy, ..self }
    }

    /// Without keys nothing is written, and nothing has to make room for it.
    fn is_usable(&self) -> bool {
        !matches!(self.trust, Trust::Missing { .. })
    }

    fn key_file(&self, places: Places) -> Option<PathBuf> {
        match &self.trust {
            Trust::Keys(_) => Some(places.key_file(self.artefact)),
            Trust::Unchecked | Trust::Indexes { .. } | Trust::Manifest { .. } | Trust::Missing { .. } => None,
        }
    }

    /// Whether it has what another repository was found to hold.
    fn holds(&self, held: Option<Artefact>) -> bool {
        held.is_some_and(|held| held == self.artefact || self.artefact == Artefact::Bundle)
    }

    fn write(&self, places: Places, seen: &Observed, draft: &mut Draft<'_>) {
        if !self.write_trust(places, seen, draft) {
            return;
        }
        let url = crate::without_passwords(self.location.url().as_str());
        if self.location.url().as_str().starts_with("http://") && matches!(self.trust, Trust::Keys(_)) {
            draft.coded_note(
                Code::RepositoryOverHttp,
                format!("packages of {} come over plain http from {url}", self.artefact),
                "their signatures keep anybody on the way from changing them, not from seeing or holding them back",
            );
        }
        let mut text =
            places.render(seen.owner(), self.artefact, &self.location, self.key_file(places).as_deref());
        let proxy = self.proxy.as_ref().filter(|_| places == Places::Yum);
        if let Some(proxy) = proxy {
            text.push_str(&format!("proxy={proxy}\n"));
        }
        let with_password = |url: &String| crate::without_passwords(url) != url.as_str();
        let secret = self.location.url().has_password() || proxy.is_some_and(with_password);
        let because = Reason::of(format!("{} is installed from {url}", self.artefact));
        let file = places.file(self.artefact);
        match secret {
            // apt, dnf and zypper read it as root, who is who installs.
            true => draft.own_file(&file, Node::file(text, Mode::PRIVATE), because),
            false => draft.content(&file, text.into_bytes(), Mode::PUBLIC, because),
        }
    }

    /// Who is trusted: the keys where there are any, else what is to be said of it. False where
    /// nobody is, and the repository is not written.
    fn write_trust(&self, places: Places, seen: &Observed, draft: &mut Draft<'_>) -> bool {
        match &self.trust {
            Trust::Missing { why, unpinned } => {
                let what = format!("the keys of the {} repository cannot be used: {why}", self.artefact);
                draft.coded_problem(Code::RepositoryKeyUntrusted, what, self.way_out(unpinned));
                return false;
            }
            Trust::Unchecked => draft.coded_note(
                Code::SignaturesUnchecked,
                format!("signatures of {} packages are NOT checked, as the spec asks", self.artefact),
                "anybody on the way can replace what is installed as root; name a key instead",
            ),
            Trust::Indexes { digest } => draft.coded_note(
                Code::BundleSigned,
                format!("every package of the bundle {digest} is in an index signed by a key that is trusted here"),
                "packages are installed from a copy that only root can write",
            ),
            Trust::Manifest { digest } => draft.coded_note(
                Code::BundleByDigest,
                format!("the bundle's packages were compared with the SHA-256 that was given, {digest}, not with signatures"),
                "it must be what `bundle create` printed",
            ),
            Trust::Keys(keys) => self.write_keys(keys, places, seen, draft),
        }
        true
    }

    /// What to do where there are no keys.
    fn way_out(&self, unpinned: &[Fingerprint]) -> String {
        let [first, ..] = unpinned else {
            return format!(
                "fetch {} by another way and name the file with --key; --no-packages of plan and apply leaves packages alone",
                self.location.keys().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            );
        };
        // The same for each repository that it may sign for, so that it is told once.
        format!(
            "compare the fingerprint with what the owner of the repository publishes; if it is the same, trust it with \
             `--pin {first}`, or under `pins` in the spec"
        )
    }

    fn write_keys(&self, keys: &CheckedKeys, places: Places, seen: &Observed, draft: &mut Draft<'_>) {
        let path = places.key_file(self.artefact);
        let names: Vec<_> = keys.keys().iter().map(|key| key.fingerprint.to_string()).collect();
        let mut because = format!("packages are checked against {}", names.join(" and "));
        let there = Some(seen.bytes(&path)).filter(|bytes| !bytes.is_empty());
        if let Some(why) = there.and_then(|bytes| keys.differ(bytes)) {
            because.push_str(&format!("; the file that is there is replaced: {why}"));
            if places != Places::Apt {
                draft.coded_note(
                    Code::RpmKeysKept,
                    format!(
                        "rpm keeps the keys it once imported from {}, if others were in it",
                        path.display()
                    ),
                    "look at `rpm -qa 'gpg-pubkey*'`, and take away with `rpm -e` what is not yours",
                );
            }
        }
        draft.content(&path, places.key_bytes(keys), Mode::PUBLIC, Reason::of(because));
        for what in keys.left_out() {
            draft.coded_note(
                Code::KeyLeftOut,
                format!("not trusted for {}: {what}", self.artefact),
                "nothing to do",
            );
        }
        for key in keys.keys() {
            if let Some(what) = key.dated {
                draft.coded_note(
                    Code::KeySignatureOutdated,
                    format!("the key {} carries {what}, which apt 3 refuses", key.fingerprint),
                    "fetch the key again; its owner may have renewed the signature",
                );
            }
        }
    }
}

/// Keys on the host that its own repositories name, and those a distribution of SUSE's brings with
/// rpm: who uses the host trusts them already.
pub fn key_files_of(host: &Host, places: Places) -> Vec<PathBuf> {
    let listed = |dir: &Path| host.root().list(dir).ok().flatten().unwrap_or_default();
    let mut found: Vec<PathBuf> = Vec::new();
    for path in listed(places.repositories()).into_iter().map(|name| places.repositories().join(name)) {
        let bytes = host.root().read(&path).ok().flatten().unwrap_or_default();
        found.extend(RepoFile::parse(&path, &bytes).map(|file| file.key_files()).unwrap_or_default());
    }
    found.extend(listed(Path::new(RPM_KEYS)).into_iter().map(|name| Path::new(RPM_KEYS).join(name)));
    found.sort();
    found.dedup();
    found.retain(|path| host.root().kind(path).ok().flatten().is_some());
    found
}

/// Why an entry has to make room.
fn story(listed: &Listed) -> String {
    let found = listed.addresses.iter().find_map(|address| legacy_of(address));
    match found {
        Some(legacy) => match legacy.state {
            State::Gone => format!("is gone: {}", legacy.story),
            State::Frozen(last) => format!("ends with {last}: {}", legacy.story),
        },
        None => "is another source of the same packages".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Root;
    use crate::mirrors::{Format, Mirror};
    use crate::{ApplyOptions, Back, Desired, NoProgress, PackageMinor, apply, observe, plan, rollback};

    /// Sources of two artefacts in one file, as recipes of 2019 leave them.
    const MIXED: &str = "[kubernetes]\nname=Kubernetes\nbaseurl=http://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-x86_64\n\
        enabled=1\ngpgcheck=0\n\n[crio]\nbaseurl=https://cbs.centos.org/repos/paas7-crio-115-release/x86_64/os/\n\n\
        [base]\nmirrorlist=http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=os\n#baseurl=http://mirror.centos.org/\n";

    fn repository(artefact: Artefact, trust: Trust) -> Repository {
        let minor = PackageMinor::new(1, 34);
        let mirror = Mirror::find("upstream", artefact, minor).unwrap();
        Repository::new(artefact, mirror.location(minor, Format::Rpm), trust)
    }

    #[test]
    fn old_sources_make_room_in_one_edit_and_come_back_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let repos = dir.path().join("etc/yum.repos.d");
        std::fs::create_dir_all(&repos).unwrap();
        crate::fs::write_new(&repos.join("old.repo"), MIXED.as_bytes(), Mode::PUBLIC).unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let desired = Desired::new().with(
            Repositories::new(Places::Yum)
                .with(repository(Artefact::Kubernetes, Trust::Unchecked))
                .with(repository(Artefact::CriO, Trust::Unchecked))
                .archived(7, None),
        );
        let todo = plan(&desired, &observe(&host, &desired));
        assert_eq!(todo.notes().len(), 2, "unchecked signatures are never silent");
        let applied = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).unwrap();
        assert!(!applied.stopped);
        let old = std::fs::read_to_string(repos.join("old.repo")).unwrap();
        let expected = MIXED
            .replace("[kubernetes]", "[kubernetes-before-k8sprep]")
            .replace("enabled=1\n", "enabled=0\n")
            .replace("x86_64/os/\n", "x86_64/os/\nenabled=0\n")
            .replace("[base]\n", "[base]\nbaseurl=https://vault.centos.org/7.9.2009/os/$basearch/\n")
            .replace("mirrorlist=", "# k8sprep: mirrorlist=");
        assert_eq!(old, expected);
        let new = std::fs::read_to_string(repos.join("kubernetes.repo")).unwrap();
        assert!(new.contains("gpgcheck=0\nexclude=kubelet kubeadm"), "{new}");
        rollback(&host, Back::Newest, Default::default(), &mut NoProgress).unwrap();
        assert_eq!(std::fs::read_to_string(repos.join("old.repo")).unwrap(), MIXED);
        assert!(!repos.join("kubernetes.repo").exists());
    }

    #[test]
    fn without_keys_nothing_is_written_and_nothing_makes_room() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let missing = Trust::Missing { why: "it is a web page".into(), unpinned: Vec::new() };
        let desired =
            Desired::new().with(Repositories::new(Places::Yum).with(repository(Artefact::CriO, missing)));
        let todo = plan(&desired, &observe(&host, &desired));
        assert!(todo.steps().is_empty());
        assert_eq!(
            todo.problems()[0].what,
            "the keys of the CRI-O repository cannot be used: it is a web page"
        );
    }

    /// breaker 11: whoever may log in reads what is 0644.
    #[test]
    fn a_list_with_a_password_is_written_for_root_alone() {
        for (url, wanted) in
            [("http://u:p@h/x/", 0o600), ("http://token@h/x/", 0o600), ("http://h/x/", 0o644)]
        {
            let dir = tempfile::tempdir().unwrap();
            let host = Host::offline(Root::open(dir.path()).unwrap());
            let location = Location::flat(&url.parse().unwrap(), Format::Deb);
            let repository = Repository::new(Artefact::CriO, location, Trust::Unchecked);
            let desired = Desired::new().with(Repositories::new(Places::Apt).with(repository));
            let todo = plan(&desired, &observe(&host, &desired));
            let modes: Vec<_> = todo
                .steps()
                .iter()
                .filter_map(|step| match &step.change {
                    crate::Change::File(file) => Some(&file.after),
                    _ => None,
                })
                .filter_map(
                    |after| if let Node::File { mode, .. } = after { Some(mode.bits()) } else { None },
                )
                .collect();
            assert_eq!(modes, [wanted]);
            let told = format!("{:?}{:?}", todo.notes(), serde_json::to_string(&todo).unwrap());
            assert!(!told.contains("u:p@") && !told.contains("token@"), "{told}");
        }
    }
}
