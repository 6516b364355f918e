//! No swap, now and at the next boot, whatever would bring it back.

use std::path::{Path, PathBuf};

use super::Resource;
use crate::facts::{Fact, ObserveOptions, Swap, SwapArea, SwapKind, SwapSource};
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::node::Node;
use crate::plan::step::{Change, Need, Risk};
use crate::plan::{Draft, Reason};
use crate::text::{Dialect, Document, Edits};
use crate::{Host, Observed, Owner};

const FSTAB: &str = "/etc/fstab";
const UNITS: &str = "/etc/systemd/system";
// A target that is masked pulls no swap unit in at boot (systemd.special(7), swap.target).
const TARGET: &str = "/etc/systemd/system/swap.target";
// One in /etc hides that of the package in /usr/lib, also where it names no device
// (zram-generator.conf(5)).
const ZRAM: &str = "/etc/systemd/zram-generator.conf";
const ZRAM_DROP_INS: &str = "/etc/systemd/zram-generator.conf.d";
const MEMORY: &str = "/proc/meminfo";
/// What stands before a line that is switched off, and in a file that switches something off.
const MARK: &str = "swap is off: ";
const NOTHING: &str = "no zram device, swap is off.\n";

/// No swap: none is on, and no place that could bring it back at the next boot does.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SwapOff;

impl SwapOff {
    /// The wish.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Resource for SwapOff {
    fn kind(&self) -> &'static str {
        "swap"
    }

    fn asks(&self) -> Option<ObserveOptions> {
        Some(ObserveOptions::default())
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, Path::new(FSTAB));
        seen.look(host, Path::new(ZRAM));
        seen.look_itself(host, Path::new(TARGET));
        if host.is_running() {
            seen.look_at_value(host, Path::new(MEMORY));
        }
        let sources = seen.facts().map(|facts| facts.swap.sources.clone()).unwrap_or_default();
        for source in sources.iter().filter(|source| source.at_boot || source.kind == SwapKind::Resume) {
            match source.kind {
                SwapKind::CloudInit | SwapKind::WaAgent | SwapKind::Resume => seen.look(host, &source.file),
                SwapKind::ZramGenerator if zram_mask(source).is_some() => {
                    zram_mask(source).into_iter().for_each(|mask| seen.look_itself(host, &mask));
                }
                SwapKind::ZramGenerator => seen.look(host, &source.file),
                _ => seen.look_itself(host, &unit_mask(source)),
            }
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Some(swap) = seen.facts().map(|facts| &facts.swap) else { return };
        for reason in &swap.unknown {
            draft.coded_note(
                Code::FileUnreadable,
                format!("a place swap may come from could not be looked at: {reason}"),
                "run as root",
            );
        }
        // It switches no swap on, but every boot waits for the device it names.
        for source in swap.sources.iter().filter(|source| source.kind == SwapKind::Resume) {
            resume(source, seen, draft);
        }
        if !swap.target_masked {
            at_boot(swap, seen, draft);
        }
        if seen.is_running() {
            now(swap, seen, draft);
        }
    }
}

fn now(swap: &Swap, seen: &Observed, draft: &mut Draft<'_>) {
    // swapoff(8) brings everything back into memory first: with too little of it the kernel kills.
    let areas = match &swap.active {
        Fact::Known(areas) => areas,
        Fact::Unknown { reason } => return draft.coded_problem(Code::FileUnreadable, reason, "run as root"),
    };
    let used: u64 = areas.iter().map(|area| area.used).sum();
    if let Some(free) = available(seen).filter(|free| *free < used) {
        let what = format!("{used} KiB are swapped out and only {free} KiB of memory are available");
        return draft.coded_problem(Code::SwapInUse, what, "stop something that uses memory");
    }
    // Rolled back in reverse they come on in their old order, which is how the kernel gives priorities
    // of its own.
    for SwapArea { path, priority, used, .. } in areas.iter().rev() {
        let because = Reason::of(format!("swap is on, {used} KiB of it in use")).risking(Risk::Medium);
        draft.step(Change::SwapOff { area: path.clone(), priority: *priority }, because);
    }
}

fn at_boot(swap: &Swap, seen: &Observed, draft: &mut Draft<'_>) {
    let sources = || swap.sources.iter().filter(|source| source.at_boot);
    let of = |kind: SwapKind| sources().filter(move |source| source.kind == kind);
    if of(SwapKind::Fstab).next().is_some() {
        fstab(seen, draft);
    }
    let mut in_etc = false;
    for source in of(SwapKind::Unit).chain(of(SwapKind::Generator)).chain(of(SwapKind::Service)) {
        // A link cannot hide a file that is in its place.
        let hidden = source.file != unit_mask(source);
        in_etc |= !hidden && source.kind == SwapKind::Unit;
        match (hidden, source.kind) {
            (true, _) => mask(&unit_mask(source), source, draft),
            (false, SwapKind::Service) => draft.coded_problem(
                Code::SwapUnitNotMaskable,
                format!("{} makes swap and is in the place where it would be masked", source.file.display()),
                format!("run `systemctl disable {}`", source.what),
            ),
            (false, _) => {}
        }
    }
    if in_etc {
        let because =
            Reason::of("a swap unit of the administrator is wanted at boot").needing([Need::DaemonReload]);
        draft.file(Path::new(TARGET), null(), because);
    }
    zram(of(SwapKind::ZramGenerator), seen, draft);
    for source in of(SwapKind::WaAgent) {
        agent(source, seen, draft);
    }
    for source in of(SwapKind::CloudInit) {
        let text = without_swap(seen.owner(), &String::from_utf8_lossy(seen.bytes(&source.file)));
        draft.content(&source.file, text.into_bytes(), Mode::PUBLIC, why(source));
    }
}

fn fstab(seen: &Observed, draft: &mut Draft<'_>) {
    let mut file = Document::parse(seen.bytes(Path::new(FSTAB)), Dialect::Fstab);
    // The record stays as a comment, so that who reads the file sees what was there.
    let wanted = |entry: &crate::text::FstabEntry| {
        entry.vfstype == "swap" && !entry.options.iter().any(|option| option == "noauto")
    };
    let mut edits = Edits::default();
    file.fstab().filter(wanted).for_each(|entry| edits.comment_out(entry.id, marked(seen.owner())));
    file.edit(&edits);
    let because =
        Reason::of("a record of /etc/fstab switches swap on at every boot").needing([Need::DaemonReload]);
    draft.content(Path::new(FSTAB), file.to_bytes(), Mode::PUBLIC, because);
}

/// Several devices can be in one file, which is silenced once.
fn zram<'a>(sources: impl Iterator<Item = &'a SwapSource>, seen: &Observed, draft: &mut Draft<'_>) {
    let mut done: Vec<PathBuf> = Vec::new();
    for source in sources {
        let (path, node) = match zram_mask(source) {
            Some(mask) => (mask, null()),
            None if source.file.starts_with("/etc") => (source.file.clone(), nothing(seen.owner())),
            None => (ZRAM.into(), nothing(seen.owner())),
        };
        if !done.contains(&path) {
            draft.file(&path, node, why(source));
            done.push(path);
        }
    }
}

fn agent(source: &SwapSource, seen: &Observed, draft: &mut Draft<'_>) {
    let mut file = Document::parse(seen.bytes(&source.file), Dialect::EnvFile);
    match file.set(None, "ResourceDisk.EnableSwap", "n") {
        Ok(_) => draft.content(&source.file, file.to_bytes(), Mode::PUBLIC, why(source)),
        Err(error) => draft.coded_problem(
            Code::FileNotEditable,
            error.to_string(),
            "write ResourceDisk.EnableSwap=n by hand",
        ),
    }
}

fn resume(source: &SwapSource, seen: &Observed, draft: &mut Draft<'_>) {
    let mut file = Document::parse(seen.bytes(&source.file), Dialect::EnvFile);
    let because = Reason::of(format!("the initramfs would resume from swap on {}", source.what));
    match file.set(None, "RESUME", "none") {
        Ok(_) => {
            let because = because.needing([Need::Initramfs]);
            draft.content(&source.file, file.to_bytes(), Mode::PUBLIC, because);
        }
        Err(error) => {
            draft.coded_problem(Code::FileNotEditable, error.to_string(), "write RESUME=none by hand")
        }
    }
}

fn mask(path: &Path, source: &SwapSource, draft: &mut Draft<'_>) {
    draft.file(path, null(), why(source).needing([Need::DaemonReload]));
}

/// The link that hides a drop-in of another directory; a file of ours cannot be hidden by one.
fn zram_mask(source: &SwapSource) -> Option<PathBuf> {
    let drop_in = source.file.parent().is_some_and(|dir| dir.ends_with("zram-generator.conf.d"));
    let name = source.file.file_name().filter(|_| drop_in && !source.file.starts_with("/etc"))?;
    Some(Path::new(ZRAM_DROP_INS).join(name))
}

fn unit_mask(source: &SwapSource) -> PathBuf {
    Path::new(UNITS).join(&source.what)
}

fn null() -> Node {
    Node::Link { target: "/dev/null".into() }
}

fn why(source: &SwapSource) -> Reason {
    Reason::of(format!("{} switches swap on at boot ({})", source.file.display(), source.what))
}

/// Kibibytes that can be used without swapping.
fn available(seen: &Observed) -> Option<u64> {
    let text = seen.value(Path::new(MEMORY)).ok()??;
    // An estimate of what can be taken without swapping; MemFree leaves the caches out (proc(5),
    // since Linux 3.14).
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is put in front of a line that would switch swap on.
fn marked(owner: &Owner) -> String {
    format!("{}{MARK}", owner.mark())
}

/// A file of zram-generator without a device.
fn nothing(owner: &Owner) -> Node {
    Node::file(format!("{}: {NOTHING}", owner.header()), Mode::PUBLIC)
}

/// A cloud-init document with its `swap:` block made a comment.
fn without_swap(owner: &Owner, text: &str) -> String {
    let mut inside = false;
    text.split_inclusive('\n')
        .map(|line| {
            let starts = line.starts_with("swap:");
            // YAML: what belongs to `swap:` is indented deeper.
            inside = starts || (inside && line.starts_with([' ', '\t']));
            if inside { format!("#{}{line}", marked(owner)) } else { line.to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_swap_block_becomes_a_comment() {
        let text = "#cloud-config\nswap:\n  filename: /swap\n  size: auto\nntp:\n  enabled: true\n";
        let owner = Owner::default();
        let marked = |line: &str| format!("# k8sprep: {MARK}{line}\n");
        let want = ["swap:", "  filename: /swap", "  size: auto"].map(marked).concat();
        assert_eq!(without_swap(&owner, text), format!("#cloud-config\n{want}ntp:\n  enabled: true\n"));
    }
}
