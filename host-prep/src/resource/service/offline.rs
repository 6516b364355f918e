//! Units of a tree that is not running: the links that `systemctl --root` makes and takes away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::wish::{AtBoot, UnitWish};
use crate::facts::UNIT_DIRS;
use crate::ground::code::Code;
use crate::plan::node::Node;
use crate::plan::{Draft, Plan, Reason};
use crate::text::{Dialect, Document};
use crate::{Host, Observed};

/// Where `systemctl enable` and `systemctl mask` keep their links.
const ETC: &str = UNIT_DIRS[0];

/// Keys of `[Install]`, and the directories that they make links in (systemd.unit(5)).
const KINDS: [(&str, &str); 3] = [("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds")];

/// Looks at the unit `name`, and at every link that enables it.
pub(super) fn observe(host: &Host, seen: &mut Observed, name: &str) {
    let own = Path::new(ETC).join(name);
    seen.look_itself(host, &own);
    if let Some(target) = leads_to(seen, &own) {
        seen.look(host, &target);
    }
    for dir in &UNIT_DIRS[1..] {
        seen.look(host, &Path::new(dir).join(name));
    }
    let Some(unit) = Unit::of(seen, name) else { return };
    for (link, _) in unit.links() {
        UNIT_DIRS.iter().for_each(|dir| seen.look_itself(host, &Path::new(dir).join(&link)));
    }
    let links = starting_links(host, name);
    links.iter().for_each(|link| seen.look_itself(host, link));
    let links: Vec<_> = links.iter().map(|link| link.to_string_lossy()).collect();
    seen.told(question(name), Ok(links.join("\n")));
}

/// The links by which any unit starts `name`, whatever its own `[Install]` section says now.
fn starting_links(host: &Host, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in UNIT_DIRS {
        let names = host.root().list(Path::new(dir)).ok().flatten().unwrap_or_default();
        let starting = names.iter().filter(|one| {
            let one = one.to_string_lossy();
            KINDS.iter().any(|(_, kind)| one.strip_suffix(kind).is_some_and(|rest| rest.ends_with('.')))
        });
        let links = starting.map(|one| Path::new(dir).join(one).join(name));
        found.extend(links.filter(|link| matches!(host.root().kind_of_link(link), Ok(Some(_)))));
    }
    found
}

fn question(name: &str) -> String {
    format!("links that start {name}")
}

/// The steps that make `wish` true in the tree, for its next boot.
pub(super) fn plan(wish: &UnitWish, seen: &Observed, draft: &mut Draft<'_>) {
    let Some(unit) = Unit::of(seen, &wish.name) else {
        if wish.at_boot == AtBoot::Started && !draft.installs_packages() {
            let what = format!("there is no unit {} in this tree yet", wish.name);
            draft.coded_note(Code::UnitMissing, what, "it comes with its package; run this again after that");
        }
        return;
    };
    match wish.at_boot {
        AtBoot::Started => unit.enable(wish, seen, draft),
        AtBoot::Left => unit.disable(wish, seen, draft),
        AtBoot::Any => {}
    }
}

/// The links that make a wish for the next boot true, as `systemctl enable` and its kin would lay them.
pub(crate) fn at_boot(host: &Host, wish: &UnitWish) -> Plan {
    let mut seen = Observed::of(host);
    observe(host, &mut seen, &wish.name);
    let mut draft = Draft::new(&seen);
    plan(wish, &seen, &mut draft);
    draft.finished()
}

/// A unit of the tree.
struct Unit<'a> {
    name: &'a str,
    file: PathBuf,
    /// The link to /dev/null, or the empty file, that hides it.
    mask: Option<PathBuf>,
    /// What its `[Install]` section says, key by key.
    install: Vec<(String, String)>,
}

impl<'a> Unit<'a> {
    /// The first file of that name that is not a mask.
    fn of(seen: &Observed, name: &'a str) -> Option<Self> {
        let own = Path::new(ETC).join(name);
        let (own_file, mask) = match &seen.file(&own).ok()?.node {
            // An empty file masks as the link does (systemd.unit(5)).
            Node::File { .. } if seen.bytes(&own).is_empty() => (None, Some(own)),
            Node::File { .. } => (Some((own.clone(), own)), None),
            Node::Link { target } if target == Path::new("/dev/null") => (None, Some(own)),
            Node::Link { .. } => (leads_to(seen, &own).map(|target| (own, target)), None),
            _ => (None, None),
        };
        let others = UNIT_DIRS[1..].iter().map(|dir| Path::new(dir).join(name));
        let others =
            others.filter(|path| matches!(seen.file(path).map(|look| &look.node), Ok(Node::File { .. })));
        let (file, content) =
            own_file.or_else(|| others.into_iter().next().map(|path| (path.clone(), path)))?;
        let document = Document::parse(seen.bytes(&content), Dialect::Systemd);
        let install = document.entries().filter(|entry| entry.section.as_deref() == Some("Install"));
        let install = install.map(|entry| (entry.key, entry.value)).collect();
        Some(Self { name, file, mask, install })
    }

    /// Words of a key of `[Install]`; an empty value starts the list again.
    fn words(&self, key: &str) -> Vec<&str> {
        let mut words = Vec::new();
        for (_, value) in self.install.iter().filter(|(own, _)| own == key) {
            // As for every list in a unit file (systemd.syntax(7)).
            if value.is_empty() {
                words.clear();
            }
            words.extend(value.split_ascii_whitespace());
        }
        words
    }

    /// What `systemctl enable` links below /etc/systemd/system, and whether such a link starts it.
    fn links(&self) -> Vec<(PathBuf, bool)> {
        let below = |key: &str, dir: &str| {
            let link = |target: &str| (Path::new(&format!("{target}.{dir}")).join(self.name), true);
            self.words(key).into_iter().map(link).collect::<Vec<_>>()
        };
        let starting = KINDS.into_iter().flat_map(|(key, dir)| below(key, dir));
        let aliases = self.words("Alias").into_iter().map(|alias| (PathBuf::from(alias), false));
        starting.chain(aliases).collect()
    }

    fn enable(&self, wish: &UnitWish, seen: &Observed, draft: &mut Draft<'_>) {
        let because = || Reason::of(wish.reason.clone());
        if let Some(mask) = &self.mask {
            draft.file(mask, Node::Absent, because());
        }
        let links = self.links();
        if !links.iter().any(|(_, starts)| *starts) {
            let what = format!("{} has no [Install] section that starts it at boot", self.file.display());
            draft.coded_problem(Code::UnitNotEnabled, what, "take the unit of its package");
            return;
        }
        // As for `systemctl is-enabled`, one link that starts it is enough.
        let there = |link: &Path| UNIT_DIRS.iter().any(|dir| is_link(seen, &Path::new(dir).join(link)));
        if links.iter().any(|(link, starts)| *starts && there(link)) {
            return;
        }
        for (link, _) in links.iter().filter(|(link, _)| !there(link)) {
            let target = Node::Link { target: self.file.clone() };
            draft.file(&Path::new(ETC).join(link), target, because());
        }
    }

    /// `systemctl disable` takes away every link below /etc that leads to the unit. One of a package starts it
    /// all the same, and only a mask keeps it from that.
    fn disable(&self, wish: &UnitWish, seen: &Observed, draft: &mut Draft<'_>) {
        let because = || Reason::of(wish.reason.clone());
        if self.mask.is_some() {
            return;
        }
        let own = self.links().into_iter().map(|(link, _)| Path::new(ETC).join(link));
        let starting = seen.answer(&question(self.name)).unwrap_or_default();
        let starting: BTreeSet<PathBuf> = starting.lines().map(PathBuf::from).collect();
        let (of_admin, of_packages): (BTreeSet<_>, BTreeSet<_>) =
            own.chain(starting).partition(|link| link.starts_with(ETC));
        for link in of_admin.iter().filter(|link| is_link(seen, link)) {
            draft.file(link, Node::Absent, because());
        }
        let own = Path::new(ETC).join(self.name);
        if !of_packages.is_empty() && !self.file.starts_with(ETC) {
            draft.file(&own, Node::Link { target: "/dev/null".into() }, because());
        }
    }
}

fn is_link(seen: &Observed, path: &Path) -> bool {
    matches!(seen.file(path).map(|look| &look.node), Ok(Node::Link { .. }))
}

/// Where a link leads that is no mask.
fn leads_to(seen: &Observed, link: &Path) -> Option<PathBuf> {
    let Ok(Node::Link { target }) = seen.file(link).map(|look| &look.node) else { return None };
    let target = link.parent()?.join(target);
    (target != Path::new("/dev/null")).then_some(target)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::fs::{Mode, Root, set};
    use crate::service::Units;
    use crate::{ApplyOptions, Desired, NoProgress};

    const CRIO: &str =
        "[Service]\nExecStart=/usr/bin/crio\n[Install]\nWantedBy=multi-user.target\nAlias=cri-o.service\n";

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        for (path, text) in files {
            set(&root, Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        (dir, Host::offline(root))
    }

    fn running() -> Desired {
        Desired::new().with(Units::new([UnitWish::running("crio.service", "pods")]))
    }

    fn make(host: &Host, wanted: &Desired) {
        let plan = crate::verify(host, wanted);
        crate::apply(host, wanted, &plan, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
    }

    /// newcomer A1: the units of a tree stayed disabled, and `verify` said that all was well.
    #[test]
    fn units_of_a_tree_are_enabled_as_systemctl_does() {
        let (dir, host) = tree(&[("/usr/lib/systemd/system/crio.service", CRIO)]);
        assert!(!crate::verify(&host, &running()).is_done());
        make(&host, &running());
        assert!(crate::verify(&host, &running()).is_done());
        for link in ["multi-user.target.wants/crio.service", "cri-o.service"] {
            let at = dir.path().join("etc/systemd/system").join(link);
            assert_eq!(std::fs::read_link(at).unwrap(), Path::new("/usr/lib/systemd/system/crio.service"));
        }
        let done =
            crate::rollback(&host, crate::Back::All, std::time::Duration::ZERO, &mut NoProgress).unwrap();
        assert!(done.is_complete() && !crate::verify(&host, &running()).is_done());
    }

    #[test]
    fn an_empty_file_is_a_mask_that_goes() {
        const EMPTY: (&str, &str) = ("/etc/systemd/system/crio.service", "");
        let (dir, host) = tree(&[("/usr/lib/systemd/system/crio.service", CRIO), EMPTY]);
        assert!(!crate::verify(&host, &running()).is_done());
        make(&host, &running());
        assert!(!dir.path().join(&EMPTY.0[1..]).exists() && crate::verify(&host, &running()).is_done());
        crate::rollback(&host, crate::Back::All, std::time::Duration::ZERO, &mut NoProgress).unwrap();
        assert_eq!(std::fs::read(dir.path().join(&EMPTY.0[1..])).unwrap(), b"");
    }

    #[test]
    fn a_mask_goes_and_a_vendors_link_is_enough() {
        let (dir, host) =
            tree(&[("/usr/lib/systemd/system/crio.service", CRIO), ("/etc/systemd/system/x", "")]);
        let mask = dir.path().join("etc/systemd/system/crio.service");
        symlink("/dev/null", &mask).unwrap();
        make(&host, &running());
        assert!(mask.symlink_metadata().is_err() && crate::verify(&host, &running()).is_done());
        let (dir, host) = tree(&[
            ("/usr/lib/systemd/system/crio.service", CRIO),
            ("/usr/lib/systemd/system/multi-user.target.wants/x", ""),
        ]);
        let link = dir.path().join("usr/lib/systemd/system/multi-user.target.wants/crio.service");
        symlink("../crio.service", link).unwrap();
        assert!(crate::verify(&host, &running()).is_done());
    }

    #[test]
    fn what_cannot_be_enabled_is_said() {
        let (_dir, host) =
            tree(&[("/usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n")]);
        assert_eq!(crate::verify(&host, &running()).problems()[0].code, "unit-not-enabled");
        let (_dir, host) = tree(&[]);
        let plan = crate::verify(&host, &running());
        assert_eq!((plan.is_done(), plan.notes()[0].code), (true, "unit-missing"));
    }

    #[test]
    fn a_unit_that_shall_not_start_loses_its_links() {
        let (dir, host) = tree(&[
            ("/usr/lib/systemd/system/crio.service", CRIO),
            ("/etc/systemd/system/multi-user.target.wants/x", ""),
        ]);
        let link = dir.path().join("etc/systemd/system/multi-user.target.wants/crio.service");
        symlink("/usr/lib/systemd/system/crio.service", &link).unwrap();
        let stopped = Desired::new().with(Units::new([UnitWish::stopped("crio.service", "no")]));
        make(&host, &stopped);
        assert!(link.symlink_metadata().is_err() && crate::verify(&host, &stopped).is_done());
    }

    /// What an older unit or a person linked starts it as well, and so does what a package links.
    #[test]
    fn a_unit_that_shall_not_start_is_wanted_by_nothing() {
        let stopped = Desired::new().with(Units::new([UnitWish::stopped("crio.service", "no")]));
        for dir in ["etc", "usr/lib"] {
            let odd = format!("/{dir}/systemd/system/odd.target.requires/x");
            let (dir, host) = tree(&[("/usr/lib/systemd/system/crio.service", CRIO), (&odd, "")]);
            let link = dir.path().join(&odd[1..]).with_file_name("crio.service");
            symlink("/usr/lib/systemd/system/crio.service", &link).unwrap();
            assert!(!crate::verify(&host, &stopped).is_done(), "{odd}");
            make(&host, &stopped);
            assert!(crate::verify(&host, &stopped).is_done(), "{odd}");
            let is_masked = dir.path().join("etc/systemd/system/crio.service").symlink_metadata().is_ok();
            assert_eq!(
                (link.symlink_metadata().is_ok(), is_masked),
                (odd.starts_with("/usr"), odd.starts_with("/usr"))
            );
            let back = crate::rollback(&host, crate::Back::All, std::time::Duration::ZERO, &mut NoProgress);
            assert!(back.unwrap().is_complete() && link.symlink_metadata().is_ok(), "{odd}");
        }
    }
}
