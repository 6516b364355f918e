//! Archives that somebody else made: refused, after no more than the limits was read.

use std::io::{Read as _, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::{ArchiveError, Laid, ill, opened};
use crate::doctor::archive::limit::Limits;
use crate::doctor::archive::read::unpack_within;

type Builder = tar::Builder<GzEncoder<Vec<u8>>>;

/// An archive with what `add` puts behind a file that it may have.
fn hostile(add: impl FnOnce(&mut Builder)) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    entry(&mut tar, "k/files/a", tar::EntryType::Regular, b"");
    add(&mut tar);
    tar.into_inner().unwrap().finish().unwrap()
}

/// An entry of any name: [`tar::Header::set_path`] refuses some.
fn entry(tar: &mut Builder, name: &str, kind: tar::EntryType, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    if kind.is_symlink() || kind.is_hard_link() {
        header.set_link_name("/etc/shadow").unwrap();
    }
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

/// A member of so many zeros.
fn zeros(tar: &mut Builder, name: &str, size: u64) {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_cksum();
    tar.append(&header, std::io::repeat(0).take(size)).unwrap();
}

/// An archive behind whose tar zeros go on.
fn with_zeros_behind(many: u64) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::copy(&mut GzDecoder::new(hostile(|_| {}).as_slice()), &mut gzip).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(many), &mut gzip).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_hostile_archive_is_refused() {
    use tar::EntryType as Type;
    let of = |kind| hostile(|tar| entry(tar, "k/x", kind, b""));
    let named = |name: &'static str| hostile(|tar| entry(tar, name, Type::Regular, b"x"));
    let good = ill().collected().bytes;
    let cases = [
        ("support-archive-refused", of(Type::Symlink)),
        ("support-archive-refused", of(Type::Link)),
        ("support-archive-refused", of(Type::Block)),
        ("support-archive-refused", of(Type::Fifo)),
        ("support-archive-refused", of(Type::Directory)),
        ("support-archive-refused", of(Type::GNULongName)),
        ("support-archive-refused", of(Type::GNUSparse)),
        ("support-archive-refused", of(Type::XHeader)),
        ("support-archive-refused", named("k/../x")),
        ("support-archive-refused", named("/etc/x")),
        ("support-archive-refused", named("other/x")),
        ("support-archive-refused", named("k/files/a")),
        ("support-archive-damaged", Vec::new()),
        ("support-archive-damaged", b"no gzip".to_vec()),
        ("support-archive-damaged", hostile(|_| {})),
        ("support-archive-damaged", good[..good.len() / 2].to_vec()),
        ("support-archive-damaged", good[..good.len() - 5].to_vec()),
    ];
    for (at, (code, bytes)) in cases.into_iter().enumerate() {
        let error = opened(&bytes).unwrap_err();
        assert_eq!(error.code(), code, "case {at}: {error}");
    }
}

/// What is too large for `limits`, of each kind: `open` refuses it and has read no more than they
/// say.
fn too_large_is_refused(limits: &Limits, open: impl Fn(&[u8]) -> Result<(), ArchiveError>) {
    let (whole, most) = (limits.whole as u64, limits.unpacked());
    let members = limits.members;
    let cases = [
        // Within the limits it is looked at, and has no manifest.
        ("support-archive-damaged", hostile(|tar| zeros(tar, "k/bomb", whole / 4))),
        ("support-archive-too-large", hostile(|tar| zeros(tar, "k/bomb", whole + 1))),
        (
            "support-archive-too-large",
            hostile(|tar| (0..3).for_each(|at| zeros(tar, &format!("k/{at}"), whole))),
        ),
        ("support-archive-too-large", with_zeros_behind(most + 1)),
        (
            "support-archive-too-large",
            hostile(|tar| {
                (0..=members).for_each(|at| entry(tar, &format!("k/{at}"), tar::EntryType::Regular, b""))
            }),
        ),
    ];
    for (at, (code, bytes)) in cases.into_iter().enumerate() {
        let error = open(&bytes).unwrap_err();
        assert_eq!(error.code(), code, "case {at}: {error}");
    }
}

#[test]
fn what_is_too_large_is_not_read_to_its_end() {
    let limits = Limits { whole: 256 << 10, manifest: 128 << 10, members: 300 };
    too_large_is_refused(&limits, |bytes| unpack_within(Path::new("a"), bytes, &limits).map(drop));
}

/// Unoptimised, zeros by the hundred megabyte are packed and unpacked for ten seconds.
#[test]
#[ignore = "run it with `tests/layer tables`"]
fn what_is_too_large_for_the_limits_of_archives_is_refused() {
    too_large_is_refused(&Limits::OWN, |bytes| opened(bytes).map(drop));
}

/// The archive with another manifest.
fn rewritten(bytes: &[u8], change: impl Fn(String) -> String) -> Vec<u8> {
    let mut from = tar::Archive::new(GzDecoder::new(bytes));
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in from.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if path.ends_with("manifest.json") {
            content = change(String::from_utf8(content).unwrap()).into_bytes();
        }
        let mut header = entry.header().clone();
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content.as_slice()).unwrap();
    }
    let mut gzip = tar.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_manifest_that_does_not_fit_is_refused() {
    let good = Laid::with(&[("etc/hostname", "n1\n")]).collected().bytes;
    let digest = |text: String| {
        let at = text.find("\"sha256\":\"").unwrap() + 10;
        format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..])
    };
    let code = |bytes: &[u8]| opened(bytes).unwrap_err().code();
    assert!(opened(&rewritten(&good, |text| text)).is_ok());
    assert_eq!(code(&rewritten(&good, digest)), "support-archive-changed");
    assert_eq!(
        code(&rewritten(&good, |text| text.replace("archive/v1", "archive/v2"))),
        "support-archive-newer"
    );
    assert_eq!(code(&rewritten(&good, |_| "{\"schema\":\"x\"}".into())), "support-archive-damaged");
    assert_eq!(
        code(&rewritten(&good, |text| text.replace("files/etc/hostname", "files/x"))),
        "support-archive-damaged"
    );
    let unknown = |text: String| text.replacen("\"member\":\"files/etc/hostname\"", "\"member\":\"x\"", 1);
    assert_eq!(code(&rewritten(&good, unknown)), "support-archive-damaged");
}
