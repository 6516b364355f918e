//! Which field an unknown one was meant to be.
//!
//! In this order: the same name in another letter case, the name elsewhere, an old name, a part of
//! a name, a likely name. The first that fits is told, since it is the most certain.

use super::{Catalogue, Help};
use crate::catalogue::Field;
use crate::code::Code;
use crate::near::distance;
use crate::schema::schema_kinds;
use crate::wire::Gvk;

/// Names that older API versions had, with where they went.
// Most are of v1alpha1 to v1alpha3 (kubeadm 1.8 to 1.12): blog posts of that time are still copied.
const RENAMED: &[(&str, &str)] = &[
    ("apiServerCertSANs", "apiServer.certSANs"),
    ("apiServerExtraArgs", "apiServer.extraArgs"),
    ("apiServerExtraVolumes", "apiServer.extraVolumes"),
    ("controllerManagerExtraArgs", "controllerManager.extraArgs"),
    ("controllerManagerExtraVolumes", "controllerManager.extraVolumes"),
    ("schedulerExtraArgs", "scheduler.extraArgs"),
    ("schedulerExtraVolumes", "scheduler.extraVolumes"),
    ("unifiedControlPlaneImage", "imageRepository"),
    ("criSocketPath", "nodeRegistration.criSocket"),
];

/// Help on a field that its kind does not have.
pub(super) fn unknown(gvk: &Gvk, path: &str, catalogue: &Catalogue<'_>) -> Option<Help> {
    let known = catalogue.fields(gvk);
    let (parent, leaf) = split(path);
    let beside: Vec<&Field> = known.iter().filter(|field| split(&field.path).0 == plain(parent)).collect();
    if let Some(same) = beside.iter().find(|field| split(&field.path).1.eq_ignore_ascii_case(leaf)) {
        let name = split(&same.path).1;
        let lost = match name {
            // Go's encoding/json would match the name in any letter case; kubeadm's strict reader
            // does not, and drops the block.
            "controlPlane" => "; as it stands, a worker joins",
            _ => "",
        };
        return help(Code::FieldLetterCase, format!("write {name}: letter case counts{lost}"));
    }
    let places = places(gvk, leaf, catalogue);
    if !places.is_empty() {
        return help(Code::BelongsIn, format!("{leaf} belongs in {}", places.join(" or in ")));
    }
    if let Some((_, now)) = RENAMED.iter().find(|(old, _)| old.eq_ignore_ascii_case(leaf)) {
        return help(Code::BelongsIn, format!("{leaf} belongs in {now} of today's API"));
    }
    // A part of a name that stands beside it: conntrack.max for conntrack.maxPerCore.
    let begins = |field: &&&Field| {
        let name = split(&field.path).1;
        leaf.len() >= 3 && name.get(..leaf.len()).is_some_and(|start| start.eq_ignore_ascii_case(leaf))
    };
    if let Some(longer) = beside.iter().find(begins) {
        return help(Code::DidYouMean, format!("did you mean {}?", longer.path));
    }
    let names = beside.iter().copied().chain(known.iter()).map(|field| field.path.as_str());
    let near = names.filter(|path| !path.ends_with(['}', ']'])).filter(|path| {
        // A third of the letters, and letter case does not count.
        distance(&split(path).1.to_ascii_lowercase(), &leaf.to_ascii_lowercase()) * 3 <= leaf.len()
    });
    let near = near.min_by_key(|path| {
        let (place, name) = split(path);
        (distance(name, leaf), usize::from(place != plain(parent)))
    })?;
    help(Code::DidYouMean, format!("did you mean {near}?"))
}

fn help(code: Code, text: String) -> Option<Help> {
    Some(Help { code, text })
}

/// Where a field of that name stands: in this kind, else in the others of the same API and in the
/// components' own.
fn places(gvk: &Gvk, leaf: &str, catalogue: &Catalogue<'_>) -> Vec<String> {
    let within = |of: &Gvk| {
        let known = catalogue.fields(of);
        let paths = known.iter().map(|field| &field.path);
        let paths = paths.filter(|path| split(path).1.eq_ignore_ascii_case(leaf));
        paths.cloned().collect::<Vec<_>>()
    };
    let own: Vec<String> = within(gvk).iter().map(|path| place_of(path)).take(3).collect();
    if !own.is_empty() {
        return own;
    }
    let beside = |of: &Gvk| of.group != gvk.group || of.version == gvk.version;
    // Only kinds of the same version: a hint to a field of an API that the file does not use would
    // mislead.
    let others =
        schema_kinds().filter(|of| *of != *gvk && beside(of) && (of.group == gvk.group || is_component(of)));
    let others = others.flat_map(|of| {
        let found = within(&of).into_iter().map(move |path| match place_of(&path).as_str() {
            "" => of.kind.clone(),
            place => format!("{place} of {}", of.kind),
        });
        found.collect::<Vec<_>>()
    });
    let mut others: Vec<String> = others.collect();
    others.dedup();
    others.truncate(3);
    others
}

fn is_component(gvk: &Gvk) -> bool {
    crate::wire::group_is_component(&gvk.group)
}

/// The field that holds a field, as a person writes it.
fn place_of(path: &str) -> String {
    let (parent, leaf) = split(path);
    let parent = parent.replace("[]", "").replace("{}", "");
    if parent.is_empty() { format!("the top level, as {leaf}") } else { parent }
}

/// What holds a field, and its name.
///
/// `a.b.c` is `("a.b", "c")`, and a name alone has the empty parent.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// A path as the catalogue writes it: `a[0].b` is `a[].b`.
fn plain(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        let (inner, after) = after.split_once(']').unwrap_or((after, ""));
        let list = inner.bytes().all(|byte| byte.is_ascii_digit());
        out.push_str(before);
        out.push_str(if list { "[]" } else { "{}" });
        rest = after;
    }
    out + rest
}

/// The type a path's field has.
pub(super) fn of_path(known: &[Field], path: &str) -> Option<Field> {
    let path = plain(path);
    known.iter().find(|field| field.path == path).cloned()
}
