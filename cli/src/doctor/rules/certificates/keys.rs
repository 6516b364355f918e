//! Keys: of which certificate, how strong, who may read them.

use x509_cert::der::asn1::ObjectIdentifier;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::kubeconfig::KUBECONFIGS;
use crate::doctor::inspection::pki::Owner;
use crate::doctor::inspection::{Flag, Inspection, Manifest};
use crate::doctor::x509::{Certificate, PublicPart};

type Said = Result<(), Unread>;

/// kubeadm's `certificatesDir` where nobody says another.
const PKI: &str = "/etc/kubernetes/pki";
/// Go's crypto/x509 refuses them since 1.18.
const SHA1: [ObjectIdentifier; 2] =
    [ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"), ObjectIdentifier::new_unwrap("1.2.840.10045.4.1")];
/// NIST SP 800-131A disallows shorter RSA keys for signatures, and kubeadm makes ones of this
/// length.
// Go's crypto/rsa refuses keys below 1024 bits since 1.24, and kubeadm makes 2048 and more.
const FEWEST_BITS: usize = 2048;
/// Said of a key of an algorithm that this program does not take apart: undecided and no pass.
const NOT_COMPARED: &str = "this kind of key is not compared here";

/// Pairs of certificate and key as flags of static pods name them, and those within kubeconfigs. A
/// server with a wrong pair ends with "private key does not match public key", a client is
/// refused. Restoring half of a backup makes such pairs.
pub(super) fn mismatch(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    of_files(seen, told)?;
    of_kubeconfigs(seen, told)
}

/// What nobody is known to use keeps nothing from running.
fn of_files(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for pair in seen.pairs(|unread| told.could_not_read(unread)) {
        let Some(key) = &pair.key else { continue };
        let file = match seen.files().file(key) {
            Ok(Some(file)) => file,
            // A control plane may keep a CA's key elsewhere.
            Ok(None) => continue,
            Err(unread) => {
                told.could_not_read(unread);
                continue;
            }
        };
        let leaf = match seen.certificates(&pair.certificate) {
            Ok(all) => all.and_then(|all| all.into_iter().next()),
            Err(unread) => {
                told.could_not_read(unread);
                continue;
            }
        };
        let Some(leaf) = leaf else { continue };
        let Ok(part) = PublicPart::of_pem(&file.bytes) else {
            told.fires(format!("{key} has no key")).seen_at(file.evidence());
            continue;
        };
        match part.is_of_the_key_of(&leaf.key) {
            Some(true) => {}
            Some(false) => {
                let what = format!("{key} is not the key of {}", pair.certificate);
                told.fires_if(pair.owner != Owner::Nobody, what)
                    .seen_at(file.evidence())
                    .seen_at(Evidence::file(&pair.certificate).value(&leaf.subject))
                    .seen_in(pair.place.clone());
            }
            None => told.could_not_read(Unread::new(key, NOT_COMPARED)),
        }
    }
    Ok(())
}

fn of_kubeconfigs(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for name in KUBECONFIGS {
        let Some(config) = seen.kubeconfig(&format!("/etc/kubernetes/{name}"))? else { continue };
        let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else { continue };
        let (Some(leaf), Some(bytes)) = (seen.pem(certificate)?, seen.pem(key)?) else { continue };
        let Some(leaf) = Certificate::all(&leaf).ok().and_then(|all| all.into_iter().next()) else {
            continue;
        };
        let Ok(part) = PublicPart::of_pem(&bytes) else {
            told.could_not_read(Unread::new(&config.path, "it has no key"));
            continue;
        };
        match part.is_of_the_key_of(&leaf.key) {
            Some(true) => {}
            Some(false) => {
                told.fires(format!("the key in {} is not that of its certificate", config.path))
                    .seen_at(key.place().clone())
                    .seen_at(certificate.place().clone().value(&leaf.subject));
            }
            None => told.could_not_read(Unread::new(&config.path, NOT_COMPARED)),
        }
    }
    Ok(())
}

/// SHA-1 signatures, which Go refuses, and RSA keys below [`FEWEST_BITS`]. Certificates of kubeadm
/// have neither, those of a company's own CA may.
pub(super) fn weak(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for pair in seen.pairs(|unread| told.could_not_read(unread)) {
        for one in seen.certificates(&pair.certificate)?.into_iter().flatten() {
            let place = Evidence::file(&pair.certificate).value(&one.subject);
            // Nobody verifies the signature of a root.
            if SHA1.contains(&one.algorithm) && one.subject != one.issuer {
                told.fires(format!("{} is signed with SHA-1", pair.certificate)).seen_at(place);
            } else if let Some(bits) = one.key.rsa_bits().filter(|bits| *bits < FEWEST_BITS) {
                told.fires(format!("the key of {} has {bits} bits", pair.certificate)).seen_at(place);
            }
        }
    }
    Ok(())
}

/// The API server verifies what the controller manager signs: one of its keys has to be that one.
///
/// Several control planes of one cluster have to have one pair (`sa.key`, `sa.pub`): a node that
/// was joined with keys of its own gives tokens that the others refuse with 401.
pub(super) fn service_account(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(apiserver) = seen.manifest("kube-apiserver")? else { return Ok(()) };
    let verifying = verifying(seen, apiserver, told)?;
    if verifying.is_empty() {
        return Ok(());
    }
    let controller = seen.manifest("kube-controller-manager")?;
    let signing = [
        apiserver.flag("service-account-signing-key-file"),
        controller.and_then(|manifest| manifest.flag("service-account-private-key-file")),
    ];
    let mut done: Vec<&str> = Vec::new();
    for flag in signing.into_iter().flatten().filter(|flag| !flag.value.is_empty()) {
        // kubeadm gives both components the same file.
        if done.contains(&flag.value.as_str()) {
            continue;
        }
        done.push(&flag.value);
        let Some(file) = seen.files().file(&flag.value)? else { continue };
        let Ok(part) = PublicPart::of_pem(&file.bytes) else {
            told.could_not_read(Unread::new(&flag.value, "it has no key"));
            continue;
        };
        let verdicts: Vec<_> = verifying.iter().map(|(known, _)| part.is_of_the_key_of(known)).collect();
        if verdicts.contains(&Some(true)) {
            continue;
        }
        if verdicts.contains(&None) {
            told.could_not_read(Unread::new(&flag.value, NOT_COMPARED));
        } else {
            told.fires(format!(
                "tokens signed with {} are not verified by any key of the API server",
                flag.value
            ))
            .seen_at(flag.place.clone())
            .seen_in(verifying.iter().map(|(_, flag)| flag.place.clone()));
        }
    }
    Ok(())
}

/// The keys that the API server verifies tokens with, each with the flag that names its file.
fn verifying<'s>(
    seen: &'s Inspection<'_>,
    apiserver: &'s Manifest,
    told: &mut Told<'_>,
) -> Result<Vec<(PublicPart, &'s Flag)>, Unread> {
    let mut verifying = Vec::new();
    for flag in apiserver.flags.iter().filter(|flag| flag.name == "service-account-key-file") {
        let Some(file) = seen.files().file(&flag.value)? else { continue };
        let mut parts = PublicPart::all_of_pem(&file.bytes);
        parts.extend(Certificate::all(&file.bytes).into_iter().flatten().map(|one| one.key));
        if parts.is_empty() {
            told.could_not_read(Unread::new(&flag.value, "it has no key"));
        }
        // `--service-account-key-file` may be given several times, and a file may have several
        // keys.
        verifying.extend(parts.into_iter().map(|part| (part, flag)));
    }
    Ok(verifying)
}

/// Whoever reads one of these is the cluster's administrator, or the node.
///
/// Modes as kubeadm writes them: 0600. A file on a directory that nobody else may enter counts all
/// the same, since backups and mounts keep the mode.
pub(super) fn exposed(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let files = seen.files();
    let mut secret: Vec<String> = Vec::new();
    for dir in [PKI.to_owned(), format!("{PKI}/etcd"), "/var/lib/kubelet/pki".to_owned()] {
        for name in files.list(&dir)? {
            let is_key = name.ends_with(".key") || (dir.starts_with("/var") && name.ends_with(".pem"));
            secret.extend(is_key.then(|| format!("{dir}/{name}")));
        }
    }
    secret.extend(KUBECONFIGS.map(|name| format!("/etc/kubernetes/{name}")));
    for path in secret {
        let Some(mode) = files.mode(&path)? else { continue };
        // kubeadm writes keys and kubeconfigs with mode 0600 (`keyutil.WriteKey`,
        // `clientcmd.WriteToFile`).
        if mode.bits() & 0o077 != 0 {
            told.fires(format!("{path} may be read by others than root (mode {:04o})", mode.bits()))
                .seen_at(Evidence::file(&path).value(format!("{:04o}", mode.bits())))
                .cured_by(format!(
                    "`chmod 600 {path}`; if others may have read it, renew what it is the key of"
                ));
        }
    }
    Ok(())
}
