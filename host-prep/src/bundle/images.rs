//! Images of a bundle: one OCI layout, which skopeo writes and reads.
//!
//! No key signs them, so that whoever uses them has to give the digest of the bundle.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::work::Work;
use super::{LAYOUT, LIMIT};
use crate::ground::code::Code;
use crate::plan::action::Action;
use crate::plan::step::Change;
use crate::plan::{Draft, Reason};
use crate::resource::Resource;
use crate::{Error, Host, Invocation, Observed, Watch};

/// What copies images.
const SKOPEO: &str = "skopeo";

/// The name of an image with its registry, such as `registry.k8s.io/pause:3.10`: what skopeo takes
/// as one word, and for no option and no place of a storage.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ImageName(String);

/// Text that is no such name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not a valid name of an image, such as registry.k8s.io/pause:3.10")]
pub struct InvalidImageName(String);

impl FromStr for ImageName {
    type Err = InvalidImageName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@/".contains(&byte);
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        match begins && text.len() < 512 && text.contains('/') && text.bytes().all(plain) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidImageName(text.to_owned())),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a path below the directory of images is one of an OCI layout (image-layout.md of
/// opencontainers/image-spec).
pub(super) fn is_of_layout(path: &str) -> bool {
    let is_digest = |name: &str| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    ["oci-layout", "index.json"].contains(&path) || path.strip_prefix("blobs/sha256/").is_some_and(is_digest)
}

/// Whether images can be copied here: known before anything is fetched.
pub(super) fn copier(host: &Host) -> Result<(), Error> {
    has_skopeo(host, "the images of a bundle are fetched by it")
}

/// The same before anything is changed.
pub(super) fn loader(host: &Host) -> Result<(), Error> {
    has_skopeo(host, "the images of a bundle are loaded by it")
}

fn has_skopeo(host: &Host, what: &'static str) -> Result<(), Error> {
    host.run(&Invocation::new(SKOPEO, ["--version"])).map(drop).map_err(|_| Error::NoSkopeo { what })
}

/// Loads images of the layout that are not in the storage yet. How many were.
pub(super) fn load(
    host: &Host,
    layout: &Path,
    names: &[ImageName],
    watch: &mut dyn Watch,
) -> Result<usize, Error> {
    let mut loaded = 0;
    for name in names.iter().filter(|name| host.run(&question(name)).is_err()) {
        host.await_end(&copies(layout, name), watch)?;
        loaded += 1;
    }
    Ok(loaded)
}

/// What copies an image of the layout into the storage.
fn copies(layout: &Path, name: &ImageName) -> Invocation {
    let from = format!("oci:{}:{name}", layout.display());
    let words = ["--insecure-policy", "copy", "--quiet", &from, &stored(name)].map(str::to_owned);
    Invocation::new(SKOPEO, words).within(LIMIT)
}

/// Fetches the images into the layout below `dir`.
pub(super) fn fetch(host: &Host, images: &[ImageName], work: &Work, dir: &Path) -> Result<(), Error> {
    // skopeo ends the path at its first colon, and the name of the bundle may have one.
    let (layout, place) = (dir.join(LAYOUT), work.path().display().to_string());
    let inside = layout.strip_prefix(work.path()).unwrap_or(&layout).display().to_string();
    for image in images {
        let words = ["-C", &place, SKOPEO, "copy", "--quiet"].map(str::to_owned);
        let of = [format!("docker://{image}"), format!("oci:{inside}:{image}")];
        let ask = Invocation::new("env", words.into_iter().chain(of)).within(LIMIT).fetching();
        host.run(&ask)?;
    }
    Ok(())
}

/// Images in the storage that CRI-O takes them from.
#[derive(Clone, Debug)]
pub(super) struct StoredImages {
    layout: PathBuf,
    names: Vec<ImageName>,
}

impl StoredImages {
    /// These images of the layout in that directory.
    pub(super) fn new(layout: PathBuf, names: Vec<ImageName>) -> Self {
        Self { layout, names }
    }
}

fn stored(name: &ImageName) -> String {
    format!("containers-storage:{name}")
}

/// What tells whether the image is there. The bundle was compared with its digest, whatever the
/// host's policy says of unsigned images.
fn question(name: &ImageName) -> Invocation {
    Invocation::new(SKOPEO, ["--insecure-policy", "inspect", "--raw", &stored(name)])
}

impl Resource for StoredImages {
    fn kind(&self) -> &'static str {
        "image"
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        if host.is_running() {
            self.names.iter().for_each(|name| seen.ask(host, &stored(name), &question(name)));
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        if seen.tree().is_some() {
            let what = "images of the bundle are loaded on the running host, not in this tree".to_owned();
            draft.coded_note(
                Code::ImagesNotLoaded,
                what,
                "use the bundle once more on the host that boots from it",
            );
            return;
        }
        for name in self.names.iter().filter(|name| seen.answer(&stored(name)).is_err()) {
            let load = copies(&self.layout, name);
            // Twice does no harm: what is not there is no failure.
            let words = "skopeo --insecure-policy inspect --raw \"$1\" >/dev/null 2>&1 || exit 0; \
                         exec skopeo --insecure-policy delete \"$1\"";
            let undo = Invocation::new("sh", ["-c", words, "sh", &stored(name)]).within(LIMIT);
            let action = Action::new("load", name.to_string(), [load], [undo]);
            draft.step(
                Change::Action(action),
                Reason::of("the bundle has the image, and CRI-O asks no network for it"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bundle::manifest::{BundleFile, MANIFEST, Manifest, SCHEMA};
    use crate::bundle::{Bundle, IMAGES, NETWORK, SPEC, Sha256Sum};
    use crate::fs::{Mode, Root, make_dirs, write_new};
    use crate::mirrors::Format;
    use crate::test_util::Scripted;
    use crate::{ApplyOptions, NoProgress, verify};

    const PAUSE: &str = "registry.k8s.io/pause:3.10.1";
    const DNS: &str = "registry.k8s.io/coredns/coredns:v1.12.1";

    /// A bundle with these files, and its digest.
    fn bundle(files: &[(&str, &str)]) -> (tempfile::TempDir, Sha256Sum) {
        let dir = tempfile::tempdir().unwrap();
        let mut listed = Vec::new();
        for (path, text) in files {
            let at = dir.path().join(path);
            make_dirs(at.parent().unwrap()).unwrap();
            write_new(&at, text.as_bytes(), Mode::PUBLIC).unwrap();
            listed.push(BundleFile::read(path, &mut text.as_bytes()).unwrap());
        }
        let manifest = Manifest {
            schema: SCHEMA.parse().unwrap(),
            format: Format::Deb,
            distro: "debian 12".parse().unwrap(),
            architecture: "x86_64".parse().unwrap(),
            keys: Vec::new(),
            origins: Vec::new(),
            files: listed,
        };
        let bytes = manifest.to_bytes().unwrap();
        write_new(&dir.path().join(MANIFEST), &bytes, Mode::PUBLIC).unwrap();
        (dir, Sha256Sum::of(&bytes))
    }

    fn with_images(names: &str) -> (tempfile::TempDir, Sha256Sum) {
        bundle(&[(SPEC, "a: b\n"), (IMAGES, names), ("images/index.json", "{}"), ("images/oci-layout", "{}")])
    }

    #[test]
    fn what_no_key_signs_is_used_by_the_digest_of_the_bundle_alone() {
        let host = Host::offline(Root::open("/").unwrap());
        let network = bundle(&[(SPEC, "a: b\n"), (IMAGES, ""), (NETWORK, "kind: List\n")]);
        for ((dir, digest), what) in
            [(with_images(PAUSE), "the images"), (network, "the manifest of the network")]
        {
            let refused =
                Bundle::open(dir.path(), None).unwrap().repository(&host, &[], std::time::UNIX_EPOCH);
            let error = refused.unwrap_err();
            assert!(matches!(error, Error::Unproved { .. }) && error.to_string().contains(what), "{error}");
            let told = Bundle::open(dir.path(), Some(&digest)).unwrap();
            let error = told.repository(&host, &[], std::time::UNIX_EPOCH).unwrap_err();
            // The next thing that is wrong with this one.
            assert!(error.to_string().contains("it has no keys"), "{error}");
        }
    }

    #[test]
    fn images_that_are_missing_are_loaded_and_go_again() {
        let (dir, digest) = with_images(&format!("{PAUSE}\n{DNS}\n"));
        let bundle = Bundle::open(dir.path(), Some(&digest)).unwrap();
        let root = tempfile::tempdir().unwrap();
        let ask = "skopeo --insecure-policy inspect --raw containers-storage:";
        let script =
            Scripted::new().ends(&format!("{ask}{PAUSE}"), 1, "", "no").says(&format!("{ask}{PAUSE}"), "{}");
        let programs = Arc::new(script);
        let host = Host::with_commands(Root::open(root.path()).unwrap(), programs.clone());
        let desired = bundle.stored_images(&host).unwrap();
        let plan = verify(&host, &desired);
        assert_eq!(plan.steps().len(), 1, "{plan:?}");
        let done = crate::apply(&host, &desired, &plan, &ApplyOptions::default(), &mut NoProgress).unwrap();
        assert_eq!(done.taken, 1);
        let layout = root.path().join("var/lib/k8sprep/bundles").join(digest.as_str()).join("images");
        let load = format!(
            "skopeo --insecure-policy copy --quiet oci:{}:{PAUSE} containers-storage:{PAUSE}",
            layout.display()
        );
        assert!(programs.calls().contains(&load), "{:?}", programs.calls());
        let back =
            crate::rollback(&host, crate::Back::Newest, std::time::Duration::ZERO, &mut NoProgress).unwrap();
        assert!(back.is_complete(), "{back:?}");
        let undo = format!("sh containers-storage:{PAUSE}");
        assert!(programs.calls().iter().any(|call| call.ends_with(&undo)), "{:?}", programs.calls());
        let tree = Host::offline(Root::open(root.path()).unwrap());
        let plan = verify(&tree, &bundle.stored_images(&tree).unwrap());
        assert!(plan.steps().is_empty() && plan.notes()[0].code == "images-not-loaded", "{plan:?}");
        let (dir, digest) = with_images("-x\n");
        let hostile = Bundle::open(dir.path(), Some(&digest)).unwrap().stored_images(&host);
        assert!(hostile.unwrap_err().to_string().contains("not a valid name of an image"));
    }

    #[test]
    fn a_machine_without_skopeo_is_told_before_anything_is_fetched() {
        let programs = Scripted::new().ends("skopeo --version", 127, "", "not found");
        let host = Host::with_commands(Root::open("/").unwrap(), Arc::new(programs));
        assert_eq!(copier(&host).unwrap_err().code(), Code::SkopeoMissing);
    }

    #[test]
    fn a_name_is_one_word_and_no_option_or_storage() {
        for good in
            ["registry.k8s.io/pause:3.10.1", "h:5000/a/b@sha256:00", "docker.io/flannel/flannel:v0.27"]
        {
            assert_eq!(good.parse::<ImageName>().unwrap().to_string(), good);
        }
        for bad in ["", "pause", "-a/b", "[vfs@/x+/y]a/b", "a/b c", "a/b\n", "a/$(x)", "/a/b"] {
            assert!(bad.parse::<ImageName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_layout_has_blobs_and_nothing_else() {
        let blob = format!("blobs/sha256/{}", "0a".repeat(32));
        assert!(is_of_layout("index.json") && is_of_layout("oci-layout") && is_of_layout(&blob));
        for bad in ["blobs/sha256/../x", "blobs/sha512/00", "x", "blobs/sha256/00"] {
            assert!(!is_of_layout(bad), "{bad}");
        }
    }
}
