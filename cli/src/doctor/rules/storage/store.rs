//! containers/storage: its configuration, and the store that is there.
//!
//! storage.conf is a file of one of two places, never merged; CRI-O's own keys (`storage_driver`,
//! `root`) win over it. The store is looked at by the directories that its driver makes.

use crate::crio_host::Started;
use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// Each has directories of its own below the root, so that stores of two drivers lie beside each
/// other.
const DRIVERS: [&str; 5] = ["overlay", "vfs", "btrfs", "zfs", "aufs"];

/// Keys of storage.conf by table (containers/storage, `types/options.go` and `pkg/config`); what is
/// not among them is passed over with a warning.
const KEYS: &[(&str, &[&str])] = &[
    (
        "[storage]",
        &[
            "driver",
            "driver_priority",
            "runroot",
            "graphroot",
            "imagestore",
            "rootless_storage_path",
            "transient_store",
        ],
    ),
    (
        "[storage.options]",
        &[
            "additionalimagestores",
            "additionallayerstores",
            "auto-userns-max-size",
            "auto-userns-min-size",
            "disable-volatile",
            "force_mask",
            "ignore_chown_errors",
            "mount_program",
            "mountopt",
            "override_kernel_check",
            "ostree_repo",
            "remap-gids",
            "remap-group",
            "remap-uids",
            "remap-user",
            "root-auto-userns-user",
            "size",
            "skip_mount_home",
        ],
    ),
    (
        "[storage.options.overlay]",
        &[
            "force_mask",
            "ignore_chown_errors",
            "inodes",
            "mount_program",
            "mountopt",
            "size",
            "skip_mount_home",
            "use_composefs",
        ],
    ),
    ("[storage.options.vfs]", &["ignore_chown_errors"]),
    ("[storage.options.zfs]", &["fsname", "mountopt", "size"]),
    ("[storage.options.btrfs]", &["min_space", "size"]),
    ("[storage.options.thinpool]", &["size"]),
    ("[storage.options.pull_options]", &[]),
];

/// The file in force: the one that CRI-O's unit names, else the administrator's, which takes the place of the
/// distribution's as a whole (containers-storage.conf(5)).
fn in_force(seen: &Inspection<'_>) -> Result<Option<std::rc::Rc<crate::doctor::File>>, Unread> {
    // What of the unit could not be read makes this undecided.
    let _ = seen.unit("crio.service");
    match Started::of(&seen.facts().crio).storage_conf(seen.host().root()) {
        Some(path) => seen.files().file(path),
        None => Ok(None),
    }
}

/// A copied half of a file or a key in the wrong table gives nothing but a warning of podman, and
/// CRI-O says nothing. Lists over several lines are passed over.
pub(super) fn conflicting(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(file) = in_force(seen)? else { return Ok(()) };
    let text = file.text();
    let mut table = String::new();
    for (at, line) in text.lines().enumerate() {
        let bare = line.split('#').next().unwrap_or_default().trim();
        if bare.starts_with('[') && bare.ends_with(']') {
            table = bare.replace(' ', "");
            continue;
        }
        let Some((key, _)) = bare.split_once('=') else { continue };
        let key = key.trim().trim_matches(['"', '\'']);
        // What else has a `=` is a part of a list that goes on.
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            continue;
        }
        let Some((_, keys)) = KEYS.iter().find(|(name, _)| *name == table) else { continue };
        if keys.is_empty() || keys.contains(&key) {
            continue;
        }
        let near =
            keys.iter().max_by_key(|known| likeness(known, key)).filter(|known| likeness(known, key) > 50);
        let near = near.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
        told.fires(format!("{key} is not a key of {table} in storage.conf, and is not in force{near}"))
            .seen_at(file.evidence().line(at + 1).value(bare));
    }
    Ok(())
}

/// In percent; above 50 a name is offered as the one that was meant.
fn likeness(one: &str, other: &str) -> usize {
    let alike = strsim::normalized_levenshtein(one, other) * 100.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = alike as usize;
    percent
}

/// The store that CRI-O opens.
///
/// `driver` is never docker's name for overlay; `root` has no slash at its end unless the file
/// has.
pub(in crate::doctor::rules) struct Store {
    pub(in crate::doctor::rules) driver: String,
    pub(in crate::doctor::rules) root: String,
    /// Where the driver is said.
    place: Option<Evidence>,
}

/// What CRI-O's own files say of it, else storage.conf.
///
/// A value of CRI-O counts only where a file says it, since its default is "what storage.conf
/// has".
pub(in crate::doctor::rules) fn in_use(seen: &Inspection<'_>) -> Result<Store, Unread> {
    let file = in_force(seen)?;
    let of_file = |key: &str| {
        let file = file.as_ref()?;
        let text = file.text().into_owned();
        let found = text.lines().enumerate().find_map(|(at, line)| {
            let (name, value) = line.split('#').next()?.split_once('=')?;
            (name.trim() == key).then(|| (at + 1, value.trim().trim_matches(['"', '\'']).to_owned()))
        });
        found.map(|(line, value)| (value.clone(), file.evidence().line(line).value(value)))
    };
    let said = |key: &str, own: &str| {
        let of_crio = seen
            .crio_text(&format!("crio.{own}"))
            .filter(|(text, place)| !text.is_empty() && place.is_some());
        of_crio.or_else(|| of_file(key).map(|(text, place)| (text, Some(place))))
    };
    let (driver, place) = said("driver", "storage_driver").unwrap_or_else(|| ("overlay".to_owned(), None));
    let (root, _) =
        said("graphroot", "root").unwrap_or_else(|| ("/var/lib/containers/storage".to_owned(), None));
    // containers/storage takes overlay2, docker's name, as overlay (types/options.go).
    let driver = if driver == "overlay2" { "overlay".to_owned() } else { driver };
    Ok(Store { driver, root, place })
}

/// Images and containers of another driver are not seen any more.
///
/// Fires only where the store of the driver in force has no image and another one has: two stores
/// in use are no fault.
pub(super) fn driver_changed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.has_crio() {
        return Ok(());
    }
    let Store { driver, root, place } = in_use(seen)?;
    if driver.is_empty() {
        return Ok(());
    }
    let files = seen.files();
    let has = |name: &str| -> Result<bool, Unread> {
        let images = files.file(format!("{root}/{name}-images/images.json"))?;
        // An empty list is `[]`.
        Ok(images.is_some_and(|file| file.bytes.contains(&b'{')))
    };
    if has(&driver)? {
        return Ok(());
    }
    for other in DRIVERS.into_iter().filter(|other| *other != driver) {
        if has(other)? {
            told.fires(format!("the storage driver is {driver}, and the images in {root} are of {other}"))
                .seen_in(place.clone())
                .seen_at(Evidence::file(format!("{root}/{other}-images")))
                .cured_by(format!("go back to {other}, or remove the old store when nothing runs from it"));
        }
    }
    Ok(())
}

/// The kubelet's user needs ranges for pods with user namespaces, in lengths of 65536 (kubelet,
/// `userns_manager`). Without any the kubelet takes its own.
pub(super) fn subordinate_ids(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    // A pod gets that many ids, and ranges have to be multiples of it (pkg/kubelet/userns).
    const STEP: u64 = 65_536;
    for path in ["/etc/subuid", "/etc/subgid"] {
        let Some(file) = seen.files().file(path)? else { continue };
        for (at, line) in file.text().lines().enumerate() {
            let mut parts = line.trim().split(':');
            if parts.next() != Some("kubelet") {
                continue;
            }
            let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok());
            let (start, length) = (number(), number());
            let fits = |number: Option<u64>| number.is_some_and(|number| number > 0 && number % STEP == 0);
            if !fits(start) || !fits(length) {
                told.fires(format!(
                    "the range of kubelet in {path} does not start and end at multiples of {STEP}"
                ))
                .seen_at(file.evidence().line(at + 1).value(line.trim()));
            }
        }
    }
    Ok(())
}
