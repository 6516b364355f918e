//! How images are found, and with which credentials.

use crio_config::search_registries;

use crate::doctor::check::{Told, by_facts};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// containers-registries.conf(5); drop-ins lie in the directory beside it.
const REGISTRIES: &str = "/etc/containers/registries.conf";
/// CRI-O enforces the mode for short names since then.
// CRI-O 1.34 took `short_name_mode = "enforcing"` for its default.
const SHORT_NAMES_SINCE: u16 = 34;

/// The files with credentials for pulls: CRI-O's, and the kubelet's.
///
/// containers-auth.json(5). A file that cannot be parsed gives no credentials at all; a file that
/// others may read is a finding of its own. The content is never shown.
pub(super) fn auth(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    let mut named: Vec<(String, Option<Evidence>)> = vec![("/var/lib/kubelet/config.json".to_owned(), None)];
    if let Some((path, place)) = seen.crio_text("crio.image.global_auth_file").filter(|_| seen.has_crio())
        && !path.is_empty()
    {
        match files.file(&path)? {
            Some(_) => named.push((path, place)),
            None => {
                told.fires(format!(
                    "global_auth_file names {path}, which is not there: private images are not pulled"
                ))
                .seen_at(Evidence::file(path))
                .seen_in(place);
            }
        }
    }
    for (path, place) in named {
        let Some(file) = files.file(&path)? else { continue };
        let read: Result<serde_json::Value, _> = serde_json::from_slice(&file.bytes);
        let why = match read {
            Err(error) => Some(format!("it is not JSON: {error}")),
            Ok(json) if !json.is_object() => Some("it is not an object".to_owned()),
            Ok(_) => None,
        };
        if let Some(why) = why {
            told.fires(format!("the credentials in {path} cannot be read: {why}"))
                .seen_at(file.evidence())
                .seen_in(place);
        } else if let Some(mode) = files.mode(&path)?.filter(|mode| mode.bits() & 0o077 != 0) {
            told.fires(format!("the credentials in {path} may be read by others (mode {:04o})", mode.bits()))
                .seen_at(file.evidence())
                .cured_by(format!("`chmod 600 {path}`"));
        }
    }
    Ok(())
}

/// With several registries to look in and enforcing mode a name without a registry is refused.
///
/// The list of the last file that has one counts, as containers/image merges drop-ins.
pub(super) fn short_names(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    if !seen.has_crio() || seen.crio_release().minor() < SHORT_NAMES_SINCE {
        return Ok(());
    }
    if seen.crio_text("crio.image.short_name_mode").is_some_and(|(mode, _)| mode == "disabled") {
        return Ok(());
    }
    let files = seen.files();
    let dir = "/etc/containers/registries.conf.d";
    let names = files.list(dir)?.into_iter().filter(|name| name.ends_with(".conf"));
    let paths = std::iter::once(REGISTRIES.to_owned()).chain(names.map(|name| format!("{dir}/{name}")));
    let mut found = None;
    for path in paths {
        let Some(file) = files.file(&path)? else { continue };
        if let Some(many) = search_registries(&file.text()) {
            // A later file replaces the list (containers-registries.conf.d(5)).
            found = Some((many, file.evidence()));
        }
    }
    if let Some((many, place)) = found.filter(|(many, _)| *many > 1) {
        // Names with a registry work: nothing is broken until somebody uses a short one.
        told.notes(format!("{many} registries are searched for names without one: CRI-O refuses such names"))
            .seen_at(place);
    }
    Ok(())
}

/// kubelet: both flags, or none.
///
/// `RegisterCredentialProviderPlugins` ends the kubelet at start where one of the two is not
/// there.
pub(super) fn credential_provider(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let config = seen.kubelet_flag("image-credential-provider-config");
    let dir = seen.kubelet_flag("image-credential-provider-bin-dir");
    match (config, dir) {
        // Where one of the two is set the kubelet reads both
        // (`RegisterCredentialProviderPlugins`).
        (Some((_, place)), None) => {
            told.fires(
                "--image-credential-provider-config is set without --image-credential-provider-bin-dir",
            )
            .seen_at(place);
        }
        (None, Some((_, place))) => {
            told.fires(
                "--image-credential-provider-bin-dir is set without --image-credential-provider-config",
            )
            .seen_at(place);
        }
        (Some((config, place)), Some((dir, other))) => {
            for (path, place) in [(config, place), (dir, other)] {
                if seen.files().kind(&path)?.is_none() {
                    told.fires(format!("{path} is not there: the kubelet ends"))
                        .seen_at(Evidence::file(path))
                        .seen_at(place);
                }
            }
        }
        (None, None) => {}
    }
    // What the files of the two say the kubelet itself tells.
    match told.first() {
        Some(_) => Ok(()),
        None => by_facts(seen, told),
    }
}
