//! `up`, `bundle use` and `down`, killed on their way on a booted host: packages, units and files
//! are as they were after `recover`, and the same command then comes to its end.

use std::io;
use std::time::{Duration, Instant};

use super::{Extent, Trial, Trials};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};
use crate::fake_host::{Tree, differences};

const BUNDLE: &str = "/opt/k8sprep/node.tar";

/// Kills each at points that lie evenly over the time it takes.
pub fn kills(trials: &mut Trials, site: &Site, prepared: &Snapshot, extent: Extent) -> io::Result<()> {
    let (before, bundle, took) = bare(site)?;
    let points = if extent == Extent::Sample { 3 } else { 12 };
    for point in 1..=points {
        let after = |whole: Duration| whole * point / (points + 1);
        let name = |what: &str, whole| format!("killed: {what}, after {} ms", after(whole).as_millis());
        trials.trial(&name("up --prepare-only", took), |trial| {
            let mut node = site.host("cp1", None)?;
            site.spec(&node, "");
            node.boot()?;
            let words = site.up(&["--prepare-only"]);
            if killed(trial, &node, &words, after(took))? {
                recovered(trial, &node, &before)?;
                trial.ends(&node, &words, 0)?;
            }
            Ok(())
        });
        trials.trial(&name("bundle use", took), |trial| {
            let mut node = site.host("cp1", Some(&bundle))?;
            node.boot()?;
            let words = site.bundle_use(BUNDLE);
            if killed(trial, &node, &words, after(took))? {
                recovered(trial, &node, &before)?;
                trial.ends(&node, &words, 0)?;
            }
            Ok(())
        });
        trials.trial(&name("down", took / 2), |trial| {
            let mut node = site.host("cp1", Some(prepared))?;
            node.boot()?;
            let words = [K8SPREP, "down", "--yes"];
            killed(trial, &node, &words, after(took / 2))?;
            // One that was at its end already finds nothing to do.
            trial.ends(&node, &words, 0)?;
            as_before(trial, &node, &before);
            Ok(())
        });
    }
    Ok(())
}

/// What a bare host is, a host with a bundle on it, and how long `up --prepare-only` takes.
fn bare(site: &Site) -> io::Result<(Tree, Snapshot, Duration)> {
    let mut node = site.host("cp1", None)?;
    site.spec(&node, "");
    node.boot()?;
    let before = node.files();
    node.ask(&site.bundle_create(BUNDLE))?;
    let bundle = node.keep()?;
    let mut node = site.host("cp1", None)?;
    site.spec(&node, "");
    node.boot()?;
    let begin = Instant::now();
    node.ask(&site.up(&["--prepare-only"]))?;
    Ok((before, bundle, begin.elapsed()))
}

/// Whether it was killed, and had not come to its end before.
fn killed(trial: &mut Trial, node: &Node, words: &[&str], after: Duration) -> io::Result<bool> {
    let running = node.start(words)?;
    std::thread::sleep(after);
    running.kill();
    let said = running.end()?;
    trial.note(words, &said);
    trial.early = said.status == Some(0);
    Ok(!trial.early)
}

/// `recover` may say that a package manager still works, and has to be right then a while later. It
/// takes back what was interrupted; packages that were there by then are a transaction of their own,
/// which a rollback takes back.
fn recovered(trial: &mut Trial, node: &Node, before: &Tree) -> io::Result<()> {
    for _ in 0..20 {
        let said = trial.run(node, &[K8SPREP, "recover"])?;
        if said.status == Some(0) {
            if trial.run(node, &[K8SPREP, "history"])?.out.contains(" applied") {
                trial.ends(node, &[K8SPREP, "rollback", "--to", "0"], 0)?;
            }
            as_before(trial, node, before);
            return Ok(());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    trial.ends(node, &[K8SPREP, "recover"], 0).map(drop)
}

fn as_before(trial: &mut Trial, node: &Node, before: &Tree) {
    let differ = differences(before, &node.files());
    if !differ.is_empty() {
        trial.wrong.push(format!("{} files are not as before:\n{}", differ.len(), differ.join("\n")));
    }
}
