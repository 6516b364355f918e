use host_prep::repo::{CheckedKeys, KeyError, read_keys};
use k8sprep_tests::local_repo::LocalRepo;

use super::{NOW, have};

#[test]
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
    assert!(of(&ending).unwrap() > NOW);
    // 2020-01-01T00:00:00Z.
    assert_eq!(of(&over), Some(1_577_836_800));

    let pins = [lasting.fingerprint.parse().unwrap(), over.fingerprint.parse().unwrap()];
    assert!(CheckedKeys::check(lasting.armoured.clone(), &pins, NOW).is_ok());
    let expired = CheckedKeys::check(over.armoured.clone(), &pins, NOW).unwrap_err();
    assert!(expired.to_string().ends_with("expired on 2020-01-01"), "{expired}");
    // A good key does not carry a stranger in.
    let both = [lasting.armoured.as_slice(), ending.armoured.as_slice()].concat();
    assert!(
        matches!(CheckedKeys::check(both, &pins, NOW), Err(KeyError::NotPinned { found, .. }) if found.to_string() == ending.fingerprint)
    );
}
