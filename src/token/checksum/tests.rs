//! Tests of the checksums with values made from parts.

use super::*;
use crate::token::is_published;

/// Tokens with a checksum that verifies, in parts. GitHub's and Grafana's are the public examples of
/// their makers, age's is of the C2SP test kit; the others were computed by another program.
const VALID: &[&[&str]] = &[
    &["ghp_", "zQWBuTSOoRi4A9spHcVY", "5ncnsDkxkJ0mLq17"],
    &["ghs_", "8aspm4G7VmSUfOoD6V1v", "rORcmn0iSH2JWh3d"],
    &["npm_", "sOmuQ2GzWVPworJzUMbv", "wDW8I8m6dp2vGir8"],
    &["glsa_", "yscW25imSKJIuav8", "zF37RZmnbiDvB05G", "_fcaaf58a"],
    &[
        "AGE-SECRET-KEY-1",
        "GFPYYSJZGFPYYSJZGFPYYSJZ",
        "GFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
    ],
    &[
        "AGE-SECRET-KEY-PQ-1",
        "0ZDNFJH4FUHZYZKDJS08RWYDTQMGV",
        "MGDSK9KX4Y7JJLZETXX0ADSNUXLKM",
    ],
    &[
        "ATATT3xFfGF0",
        "HLKuVngbEU3yv4iEDu7ow2VWedDWpWRuX51utu5Uz7f-j_t67s6-cpVi9nm0na-uJrBYNHGidNRifaH2",
        "EHuuWfDKOIDFCvgQUXAxFfTEAsOkr-Dn5FhzT8cLoND5Qy-pSrhh1CRHgEQUVM6dEfd4JgKdug2jATEx0",
        "UOLeNMCXdN=6322F75E",
    ],
    &[
        "FbY8NwcUeb4c0wrUGZECjUYrZUPet9Ee9txXOl0gn4Amzb2Jn1qt",
        "JQQJ99",
        "BDACHUckwuOjowRPkpAZDOUCZs",
    ],
    &[
        "FbY8NwcUeb4c0wrUGZECjUYrZUPet9Ee9txXOl0gn4Amzb2Jn1qt",
        "JQQJ99",
        "BDACHUckwuOjowRPkpAZDOGpnQ",
    ],
];

#[test]
fn checksums_verify() {
    for parts in VALID {
        assert_eq!(
            verify(parts.concat().as_bytes()),
            Some(true),
            "{}",
            parts[0]
        );
    }
}

#[test]
fn no_token_survives_a_change_of_one_character() {
    for parts in VALID {
        let token = parts.concat();
        for at in 0..token.len() {
            for replacement in [b'A', b'q', b'7', b'-'] {
                let mut damaged = token.clone().into_bytes();
                damaged[at] = replacement;
                if damaged != token.as_bytes() {
                    assert_ne!(verify(&damaged), Some(true), "{} at {at}", parts[0]);
                }
            }
        }
    }
}

#[test]
fn other_shapes_have_no_checksum() {
    let fine_grained = ["github_pat_", "11ABCDEFG0aBcDeFgHiJkL", "_", "x"].concat();
    for text in [
        "",
        "ghp_",
        "ghp_short",
        "glsa_",
        "npm_config_registry",
        "AT",
        "ATATT3",
        &fine_grained,
    ] {
        assert_eq!(verify(text.as_bytes()), None, "{text}");
    }
    // The sample of GitHub's API documentation.
    let sample = ["ghp_", "16C7e42F292c6912E771", "0c838347Ae178B4a"].concat();
    assert_eq!(verify(sample.as_bytes()), Some(false));
}

#[test]
fn base62_counts_digits_then_capitals() {
    for (number, digits) in [
        (0, b"000000"),
        (61, b"00000z"),
        (62, b"000010"),
        (u32::MAX, b"4gfFC3"),
    ] {
        assert_eq!(&crc::base62(number), digits);
    }
}

#[test]
fn bech32_follows_its_specification() {
    for valid in [
        "A12UEL5L",
        "a12uel5l",
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
        "?1ezyfcl",
    ] {
        assert!(bech32::is_valid(valid.as_bytes()), "{valid}");
    }
    for invalid in [
        "",
        "1",
        "a12uel5m",
        "A12uEL5L",
        "1qzzfhee",
        "pzry9x0s0muk",
        "x1b4n0q5v",
        "li1dgmt3",
        "de1lg7wt\u{ff}",
    ] {
        assert!(!bech32::is_valid(invalid.as_bytes()), "{invalid}");
    }
}

#[test]
fn a_macaroon_is_whole_or_none() {
    let body = [
        "AgEIcHlwaS5vcmc",
        "CJGNkNjEzZTMwLWQ4ZjEtNGFkZi05MWI3LTU4NGEyMjY1YjFmNQACJXsidmVyc2lvbiI6IDEsICJwZXJtaXNzaW9",
        "ucyI6ICJ1c2VyIn0AAAYgIII8_ebxwmsw-Q7H3QHkiHU0og8LDQTDbtgOceD9d7A",
    ]
    .concat();
    assert!(is_macaroon(body.as_bytes()));
    for cut in 0..body.len() {
        assert!(!is_macaroon(&body.as_bytes()[..cut]), "cut at {cut}");
    }
    assert!(!is_macaroon(format!("{body}AA").as_bytes()));
    assert!(!is_macaroon(b"AgEIcHlwaS5vcmcAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

#[test]
fn a_pair_is_a_uuid_and_a_secret() {
    use base64::Engine as _;
    let pair = |text: &str| {
        is_uuid_and_secret(
            base64::engine::general_purpose::STANDARD
                .encode(text)
                .as_bytes(),
        )
    };
    let secret = "Zm9v-bar_0123456789-abcdefghij-KLMNOP";
    let uuid = "0f8a4c1e-7b1d-4c55-9c0e-2d0c6a3b9e11";
    assert!(pair(&format!("{uuid}:{secret}")));
    assert!(!pair(&format!("{uuid}{secret}")));
    assert!(!pair(&format!("{uuid}:short")));
    assert!(!pair(&format!("{}:{secret}", uuid.replace('-', "0"))));
    assert!(!pair(&format!("joe:{secret}{secret}")));
    assert!(!is_uuid_and_secret(b"not base64!"));
}

#[test]
fn recognises_published_credentials_by_hash() {
    let emulator = [
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6",
        "IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    ]
    .concat();
    assert!(is_published(emulator.as_bytes()));
    assert!(is_published(VALID[0].concat().as_bytes()));
    assert!(!is_published(VALID[1].concat().as_bytes()));
    assert!(!is_published(b""));
}
