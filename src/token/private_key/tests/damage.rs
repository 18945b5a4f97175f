//! Random bytes, truncated keys and changed keys are rejected or read as damaged.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in ["OPENSSH ", "RSA ", "", "ENCRYPTED SIGSTORE "] {
            read(pem(&label(kind), "", &bytes).as_bytes());
            read(&[format!("-----BEGIN {}-----", label(kind)).as_bytes(), &bytes].concat());
        }
        read(armored(&bytes, true).as_bytes());
        read(&[b"PuTTY-User-Key-File-2: x\nEncryption: none\nPublic-Lines: 1\n", &bytes[..]].concat());
    }
}

/// Tries every change of every byte, in all numbers and around them.
#[test]
fn no_cut_or_changed_key_is_verified() {
    let is_verified = |bytes: &[u8]| {
        let key = der::read(bytes);
        matches!(
            key,
            Some(PrivateKey {
                proof: Proof::Verified,
                ..
            })
        )
    };
    let whole = rsa_key(N);
    assert!(is_verified(&whole));
    for at in 0..whole.len() {
        for change in 1..=255 {
            let mut damaged = whole.clone();
            damaged[at] ^= change;
            assert!(!is_verified(&damaged), "byte {at} ^ {change:#x}");
        }
    }
    for length in 0..whole.len() {
        assert!(!is_verified(&whole[..length]), "cut at {length}");
    }
    assert!(!is_verified(&[whole, vec![0]].concat()));
}
