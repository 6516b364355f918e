//! `k8sprep seal`.

use std::path::Path;

use host_prep::cluster::standing;
use host_prep::{Host, Sealed, seal};
use serde::Serialize;

use crate::cmd::shared::on_host::{OnHost, failed};
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::recipe::{JOIN_FILE, KUBEADM_FILE};
use crate::ui::{Format, Ui};

/// What kubeadm would be given: a token and the name of one host are in it.
const DOCUMENTS: [(&str, &str); 3] = [
    (KUBEADM_FILE, "what `kubeadm init` reads: the token and the name of one host"),
    (JOIN_FILE, "a JoinConfiguration: the token and the name of one host"),
    ("/etc/kubernetes/bootstrap-kubelet.conf", "the token of a join that did not end"),
];

/// The flags of `seal`.
#[derive(clap::Args, Debug)]
pub(crate) struct Seal {
    #[command(flatten)]
    on: OnHost,
    /// Seal the tree that this runs in: within a chroot, a container build, a machine that becomes
    /// an image
    #[arg(long, conflicts_with = "root")]
    this_host: bool,
    /// Say what would be taken, and take nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was taken
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// The document `k8sprep.seal/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
    changed: bool,
    dry_run: bool,
    #[serde(flatten)]
    sealed: &'a Sealed,
}

impl Run for Seal {
    const NAME: &'static str = "seal";
    const ABOUT: &'static str = "Make an image fit to be cloned: what is of one host alone goes";
    const EXAMPLES: &'static str = "
  k8sprep seal --root /mnt/image --dry-run
  k8sprep seal --root /mnt/image
  k8sprep apply --root / && k8sprep seal --this-host     # the last lines of a container build";
    const NOTES: &'static str = "
It takes the journals and backups of k8sprep (what was done to the image is then not rolled back any more), the files
that kubeadm would be given with their tokens, systemd's seeds, and empties /etc/machine-id, which the first boot
fills. What it leaves and clones would share, such as host keys, is told. A node of a cluster is refused.";
    const EXITS: Exits = &[(0, "the image is fit to be cloned")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let is_own = self.on.root.as_deref().is_none_or(is_the_own_tree);
        if is_own && !self.this_host {
            let failure = Failure::usage("this would be done to the host that it runs on");
            return Err(failure.hint("name a tree with --root, or say --this-host where it is an image"));
        }
        let host: Host = host_prep::package::host_of_tree(self.on.host_tree()?);
        let now = standing(&host).map_err(|error| failed(&error))?;
        if !now.is_bare() {
            let code = crate::Code::NodeNotSealed.as_str();
            let failure = Failure::new(Exit::Failed, code, format_args!("nothing was taken: {now}"));
            return Err(failure.hint("`k8sprep down` takes a node out of its cluster"));
        }
        let documents = DOCUMENTS.map(|(path, what)| (Path::new(path), what));
        let sealed = seal(&host, &documents, self.dry_run).map_err(|error| failed(&error))?;
        let changed = !self.dry_run && !sealed.taken.is_empty();
        match self.output {
            Format::Json => ui.json("seal", &Printed { changed, dry_run: self.dry_run, sealed: &sealed }),
            Format::Text => text(&sealed, self.dry_run, ui),
        }
    }
}

/// Whether a directory is the root of the tree that this runs in, by whatever name.
fn is_the_own_tree(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    id(dir).is_some_and(|found| Some(found) == id(Path::new("/")))
}

fn text(sealed: &Sealed, dry_run: bool, ui: &mut Ui) -> Result<(), Failure> {
    let verb = if dry_run { "would take" } else { "took" };
    for one in &sealed.taken {
        ui.line(format_args!("{verb} {}: {}", one.path.display(), one.what))?;
    }
    if sealed.taken.is_empty() {
        ui.line("nothing in it is of one host alone")?;
    }
    for note in &sealed.notes {
        ui.warn(note.code, format_args!("{}: {}", note.path.display(), note.text));
    }
    Ok(())
}
