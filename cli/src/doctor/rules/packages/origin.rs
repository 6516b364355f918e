//! Where packages come from: repositories that are gone, and several for one program.
//!
//! Files of apt, dnf and zypper are read line by line and not with a parser of each: what is
//! looked for is a URL in force, and a line that no parser takes has been refused by the package
//! manager already.

use std::collections::{BTreeMap, BTreeSet};

use host_prep::mirrors::{Fingerprint, Mirror};
use host_prep::repo::CheckedKeys;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// What stands in the URL of a repository that is gone or frozen, and since when (kubernetes.io blog
/// of 2023-08-31 and of 2024; cri-o/packaging, README of 2025-02; CentOS end of life).
///
/// The first pattern that a line contains names the reason, so that longer ones come first.
// kubernetes.io, "pkgs.k8s.io: Introducing Kubernetes Community-Owned Package Repositories"
// (2023), and cri-o/packaging.
const DEAD: &[(&str, &str)] = &[
    ("apt.kubernetes.io", "was removed in March 2024"),
    ("yum.kubernetes.io", "was removed in March 2024"),
    ("packages.cloud.google.com", "was removed in March 2024"),
    ("kubernetes-xenial", "is a copy of what was removed in March 2024"),
    ("kubernetes-el7-", "is a copy of what was removed in March 2024"),
    ("pkgs.k8s.io/addons:/cri-o:", "was replaced by isv:/cri-o in February 2025"),
    ("/isv:/kubernetes:/addons:/cri-o", "was replaced by isv:/cri-o in February 2025"),
    ("devel:/kubic:/libcontainers:", "ends with CRI-O 1.28"),
    ("cbs.centos.org/repos/paas7-crio", "is gone"),
    ("ppa.launchpad.net/projectatomic", "ends with CRI-O 1.15"),
    ("mirrorlist.centos.org", "ended with CentOS 7 in June 2024"),
];

/// A line of a repository's file that names where packages are.
///
/// Kept with its place, because it is shown as evidence.
struct Line {
    place: Evidence,
    text: String,
    /// Lines of one file and section, or paragraph, have the same number.
    section: usize,
}

/// The lines that are in force: no comments, and no repository that is switched off.
fn lines(seen: &Inspection<'_>) -> Result<Vec<Line>, Unread> {
    let files = seen.files();
    let mut found = Vec::new();
    let mut paths = vec!["/etc/apt/sources.list".to_owned()];
    for (dir, endings) in [
        ("/etc/apt/sources.list.d", &[".list", ".sources"][..]),
        ("/etc/yum.repos.d", &[".repo"]),
        ("/etc/zypp/repos.d", &[".repo"]),
    ] {
        let names = files.list(dir)?;
        let wanted = names.into_iter().filter(|name| endings.iter().any(|end| name.ends_with(end)));
        paths.extend(wanted.map(|name| format!("{dir}/{name}")));
    }
    let mut sections = 0;
    for path in paths {
        let Some(file) = files.file(&path)? else { continue };
        let text = file.text();
        sections += 1;
        let mut section: Vec<Line> = Vec::new();
        let mut on = true;
        for (at, line) in text.lines().enumerate() {
            let bare = line.trim();
            // A section of a .repo file, or a paragraph of a .sources file, begins.
            if bare.starts_with('[') || (bare.is_empty() && path.ends_with(".sources")) {
                found.append(&mut section);
                sections += 1;
                on = true;
            }
            if bare.is_empty() || bare.starts_with(['#', ';', '[']) {
                continue;
            }
            let key = bare.to_ascii_lowercase().replace(' ', "");
            // The key may stand anywhere in its section, also behind the address.
            if ["enabled=0", "enabled:no", "enabled=no", "enabled=false"].contains(&key.as_str()) {
                on = false;
            }
            if on {
                let place = Evidence::file(&path).line(at + 1).value(bare);
                section.push(Line { place, text: bare.to_owned(), section: sections });
            } else {
                section.clear();
            }
        }
        found.append(&mut section);
    }
    Ok(found)
}

/// Whether a line says where packages are, in any of the three forms. Keys count in either letter
/// case.
fn is_address(line: &str) -> bool {
    let key = line.to_ascii_lowercase();
    ["deb ", "deb\t", "deb-src ", "uris:", "baseurl", "mirrorlist", "metalink", "deb["]
        .iter()
        .any(|start| key.starts_with(start))
}

/// Such a repository fails at each refresh, or worse still answers with packages of 2023.
pub(super) fn dead(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for line in lines(seen)?.into_iter().filter(|line| is_address(&line.text)) {
        let Some((pattern, what)) = DEAD.iter().find(|(pattern, _)| line.text.contains(pattern)) else {
            continue;
        };
        told.fires(format!("the repository {pattern} {what}")).seen_at(line.place);
    }
    Ok(())
}

/// Repositories that have CRI-O, and a program beside the package's.
///
/// Two origins number their packages each in their own way, so that which one wins is chance.
pub(super) fn mixed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let of_crio = |line: &Line| is_address(&line.text) && line.text.contains("cri-o:");
    let mut origins: BTreeMap<String, Evidence> = BTreeMap::new();
    for line in lines(seen)?.into_iter().filter(of_crio) {
        // The origin is what stands before the stream: streams of one origin are versions.
        let origin = line.text.split("cri-o:").next().unwrap_or_default();
        let origin = origin.rsplit(['=', ' ', '\t']).next().unwrap_or_default().to_owned();
        origins.entry(origin).or_insert(line.place);
    }
    if origins.len() > 1 {
        told.fires("CRI-O comes from several origins: the next upgrade may take it from another one")
            .seen_in(origins.into_values());
    }
    Ok(())
}

/// Repositories whose keys are known here, by what stands in their URLs (pkgs.k8s.io, CRI-O's own).
const KNOWN: &[&str] = &["pkgs.k8s.io/core:/", "/isv:/kubernetes:/core:/", "/isv:/cri-o:/"];

/// The key files that a line names.
///
/// `signed-by=` of a one-line source, `Signed-By:` of a deb822 one, `gpgkey=` of a .repo file.
/// Keys that are given as text or by URL are no files and left out.
fn key_files(line: &str) -> Vec<String> {
    let lower = line.to_ascii_lowercase();
    let rest = match (lower.find("signed-by"), lower.starts_with("gpgkey")) {
        (Some(at), _) => &line[at + "signed-by".len()..],
        (None, true) => &line["gpgkey".len()..],
        _ => return Vec::new(),
    };
    let rest = rest.trim_start_matches([':', '=', ' ']).split(']').next().unwrap_or_default();
    let words = rest.split([' ', ',', '\t']).map(|word| word.strip_prefix("file://").unwrap_or(word));
    // In a list of options the next one has a `=`.
    words
        .take_while(|word| !word.contains('='))
        .filter(|word| word.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

/// apt and dnf refuse what the key in the file did not sign, and a key whose time is over.
///
/// Fingerprints are those of `host_prep::Mirror`. Repositories that are not known here are let be:
/// their keys cannot be told from wrong ones.
pub(super) fn keys(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let pins: Vec<Fingerprint> = Mirror::all()
        .flat_map(|mirror| mirror.signer().fingerprints)
        .filter_map(|text| text.parse().ok())
        .collect();
    let lines = lines(seen)?;
    let known = |line: &Line| is_address(&line.text) && KNOWN.iter().any(|known| line.text.contains(known));
    let in_one_line = |line: &Line| line.text.starts_with("deb");
    let mut done: BTreeSet<String> = BTreeSet::new();
    for section in lines.chunk_by(|one, next| one.section == next.section) {
        // A line of sources.list names its own key, any other address the keys of its section.
        let whole = section.iter().any(|line| known(line) && !in_one_line(line));
        let named = section.iter().filter(|line| whole || known(line));
        for (path, place) in
            named.flat_map(|line| key_files(&line.text).into_iter().map(move |path| (path, &line.place)))
        {
            if !done.insert(path.clone()) {
                continue;
            }
            if let Some(why) = unusable(seen, &path, &pins)? {
                told.fires(format!("the key file {path} of the repository cannot be used: {why}"))
                    .seen_at(place.clone())
                    .seen_at(Evidence::file(&path));
            }
        }
    }
    Ok(())
}

/// Why nothing of the repository is believed with this key file.
///
/// A file that is there is checked as host-prep checks it before use: self-signatures, expiry,
/// fingerprint.
fn unusable(seen: &Inspection<'_>, path: &str, pins: &[Fingerprint]) -> Result<Option<String>, Unread> {
    Ok(match seen.files().file(path)? {
        None => Some("it is not there".to_owned()),
        Some(file) => {
            CheckedKeys::check(file.bytes.clone(), pins, seen.now()).err().map(|error| error.to_string())
        }
    })
}
