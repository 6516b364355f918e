use host_prep::repo::{CheckedKeys, KeyError, read_keys};
use k8sprep_tests::local_repo::{LocalRepo, piped};

use super::{NOW, have};

/// Key files taken apart and put together at random: whatever is accepted holds pinned keys and
/// nothing else, as gpg and apt's own reading of armour see it.
#[test]
#[ignore = "run it with `tests/layer packages`"]
fn what_is_written_holds_only_what_is_pinned() {
    if !have(&["gpg", "awk", "base64"]) {
        return;
    }
    let repo = LocalRepo::new();
    let (good, evil) = (repo.key("good", "never"), repo.key("evil", "never"));
    let pins = [good.fingerprint.parse().unwrap()];
    let canonical = CheckedKeys::check(good.armoured.clone(), &pins, crate::at(NOW)).unwrap();
    let listed = repo.gpg_of(&["--show-keys", "--with-colons"], canonical.bytes());
    assert_eq!(fingerprints(&listed), [good.fingerprint.as_str()]);
    // awk of apt 2.6's `apt-key`.
    let awk = r#"/^-----BEGIN/{ x = 1; } /^$/{ if (x == 1) { x = 2; }; } /^[^=-]/{ if (x == 2) { print $0; }; } /^-----END/{ x = 0; }"#;
    let script = format!("awk '{awk}' | base64 -d");
    assert_eq!(piped("sh", &["-c", &script], canonical.bytes()), canonical.binary());
    // Two keys, in the form for apt and in that for rpm.
    let other = CheckedKeys::check(evil.binary.clone(), &[evil.fingerprint.parse().unwrap()], crate::at(NOW))
        .unwrap();
    let both = canonical.clone().and(other);
    assert_eq!(piped("sh", &["-c", &script], both.bytes()), both.binary());
    for form in [both.bytes().to_vec(), both.blocks(), both.binary()] {
        let listed = fingerprints(&repo.gpg_of(&["--show-keys", "--with-colons"], &form));
        assert_eq!(listed, [good.fingerprint.as_str(), &evil.fingerprint]);
    }
    let lines =
        |key: &[u8]| String::from_utf8(key.to_vec()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let (good_lines, evil_lines) = (lines(&good.armoured), lines(&evil.armoured));
    let odd =
        ["", "=AAAA", "x: y", "-----BEGIN PGP ARMORED FILE-----", "-----END PGP ARMORED FILE-----", "junk"];
    let pool: Vec<String> =
        good_lines.iter().chain(&evil_lines).cloned().chain(odd.map(str::to_owned)).collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..4000 {
        let mut bytes = if round % 2 == 0 {
            let mut text = good_lines.clone();
            for _ in 0..=random.below(3) {
                let (at, line) = (random.below(text.len() + 1), pool[random.below(pool.len())].clone());
                text.insert(at, line);
            }
            if random.below(3) == 0 {
                text.extend(evil_lines[random.below(evil_lines.len())..].iter().cloned());
            }
            (text.join("\n") + "\n").into_bytes()
        } else {
            let mut binary = good.binary.clone();
            let (from, at) = (random.below(evil.binary.len()), random.below(binary.len() + 1));
            binary.splice(at..at, evil.binary[from..].iter().copied());
            binary
        };
        if random.below(4) == 0 {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        match CheckedKeys::check(bytes, &pins, crate::at(NOW)) {
            Ok(keys) => {
                assert_eq!(keys.bytes(), canonical.bytes(), "round {round}");
                accepted += 1;
            }
            Err(_) => refused += 1,
        }
    }
    // Empty lines and header lines harm nobody.
    assert!(accepted > 20 && refused > 2000, "{accepted} accepted, {refused} refused");
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn subkeys_that_sign_stay_and_others_are_left_out() {
    if !have(&["gpg"]) {
        return;
    }
    let repo = LocalRepo::new();
    for algorithm in ["rsa2048", "ed25519"] {
        let owner = format!("owner-{algorithm}");
        let user = format!("{owner} <{owner}@example.invalid>");
        let make =
            ["--batch", "--quiet", "--passphrase", "", "--quick-gen-key", &user, algorithm, "cert", "never"];
        repo.gpg(make);
        let primary = fingerprints(&repo.gpg(["--batch", "--with-colons", "--list-keys", &owner])).remove(0);
        let add = |kind: &str, usage: &str| {
            repo.gpg([
                "--batch",
                "--quiet",
                "--passphrase",
                "",
                "--quick-add-key",
                &primary,
                kind,
                usage,
                "never",
            ]);
        };
        add(algorithm, "sign");
        add("rsa2048", "encr");
        let all = fingerprints(&repo.gpg(["--batch", "--with-colons", "--list-keys", &owner]));
        let exported = repo.gpg(["--batch", "--export", &owner]);
        let pins = [primary.parse().unwrap()];
        let keys = CheckedKeys::check(exported.clone(), &pins, crate::at(NOW * 2)).unwrap();
        let listed = fingerprints(&repo.gpg_of(&["--show-keys", "--with-colons"], keys.bytes()));
        assert_eq!(listed, all[..2], "{algorithm}");
        assert_eq!(CheckedKeys::check(keys.bytes(), &pins, crate::at(NOW)).unwrap().bytes(), keys.bytes());

        // Somebody else's subkey behind the key, with the signature it has there.
        let thief = format!("thief-{algorithm}");
        let user = format!("{thief} <{thief}@example.invalid>");
        repo.gpg([
            "--batch",
            "--quiet",
            "--passphrase",
            "",
            "--quick-gen-key",
            &user,
            algorithm,
            "cert",
            "never",
        ]);
        let other = fingerprints(&repo.gpg(["--batch", "--with-colons", "--list-keys", &thief])).remove(0);
        let words =
            ["--batch", "--quiet", "--passphrase", "", "--quick-add-key", &other, algorithm, "sign", "never"];
        repo.gpg(words);
        let stolen = repo.gpg(["--batch", "--export", &thief]);
        let subkey = after_user_id(&stolen);
        let error =
            CheckedKeys::check([exported, subkey].concat(), &pins, crate::at(NOW)).unwrap_err().to_string();
        assert!(error.contains("does not bind"), "{algorithm}: {error}");
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn secret_keys_are_refused_by_name() {
    if !have(&["gpg"]) {
        return;
    }
    let repo = LocalRepo::new();
    let key = repo.key("careless", "never");
    let pins = [key.fingerprint.parse().unwrap()];
    let export = |armour: &[&str]| {
        let words = ["--batch", "--pinentry-mode", "loopback", "--passphrase", ""].iter();
        repo.gpg(words.chain(armour).chain(&["--export-secret-keys", "careless"]).copied())
    };
    let said = |bytes: Vec<u8>| CheckedKeys::check(bytes, &pins, crate::at(NOW)).unwrap_err().to_string();
    assert!(said(export(&[])).contains("a SECRET key"));
    assert!(said(export(&["--armor"])).contains("PRIVATE KEY BLOCK"));
    assert!(said([key.binary, export(&[])].concat()).contains("a SECRET key"));
}

/// What follows the user id and its signature: the subkey with its own.
fn after_user_id(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut signatures) = (bytes, 0);
    while signatures < 1 {
        // gpg writes headers of the old kind.
        let size = [1, 2, 4][usize::from(rest[0] & 3)];
        let len = rest[1..=size].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        signatures += usize::from((rest[0] >> 2) & 0xf == 2);
        rest = &rest[1 + size + len..];
    }
    rest.to_vec()
}

fn fingerprints(listed: &[u8]) -> Vec<String> {
    let text = String::from_utf8(listed.to_vec()).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("fpr:"))
        .map(|line| line.trim_matches(':').to_owned())
        .collect()
}

/// The same numbers in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

#[test]
#[ignore = "run it with `tests/layer packages`"]
fn fingerprints_and_expiry_are_what_gpg_says() {
    if !have(&["gpg"]) {
        return;
    }
    let repo = LocalRepo::new();
    let (lasting, ending, over) =
        (repo.key("lasting", "never"), repo.key("ending", "10y"), repo.key("over", "20200101T000000"));
    for key in [&lasting, &ending, &over] {
        for bytes in [&key.armoured, &key.binary] {
            let found = read_keys(bytes).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].fingerprint.to_string(), key.fingerprint);
        }
    }
    let of = |key: &k8sprep_tests::local_repo::Key| read_keys(&key.binary).unwrap()[0].expires;
    assert_eq!(of(&lasting), None);
    assert!(of(&ending).unwrap() > crate::at(NOW));
    // 2020-01-01T00:00:00Z.
    assert_eq!(of(&over), Some(crate::at(1_577_836_800)));

    let pins = [lasting.fingerprint.parse().unwrap(), over.fingerprint.parse().unwrap()];
    assert!(CheckedKeys::check(lasting.armoured.clone(), &pins, crate::at(NOW)).is_ok());
    let expired = CheckedKeys::check(over.armoured.clone(), &pins, crate::at(NOW)).unwrap_err();
    assert!(expired.to_string().ends_with("expired on 2020-01-01"), "{expired}");
    // A good key does not carry a stranger in.
    let both = [lasting.armoured.as_slice(), ending.armoured.as_slice()].concat();
    assert!(
        matches!(CheckedKeys::check(both, &pins, crate::at(NOW)), Err(KeyError::NotPinned { found, .. }) if found.to_string() == ending.fingerprint)
    );
}
