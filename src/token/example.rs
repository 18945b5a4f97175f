//! Example tokens that GitLab's documentation, its tests and other scanners publish.

use sha2::{Digest, Sha256};

/// The first eight bytes of the SHA-256 of each published body, sorted: the list names no token.
///
/// To add one, hash the text without its prefix (and without the type or partition part, such as
/// `t1_` or `64_`), keep the first 16 hex digits, and insert them in order:
///
/// ```text
/// printf %s BODY | sha256sum | cut -c1-16
/// ```
///
/// Sources: GitLab's secret-detection specs and fixtures, REST API docs, tests of GitLab Runner and
/// glab, python-gitlab docs, the Cells design document and GitLab's decoder spec for routable
/// tokens, test suites of gitleaks, betterleaks, osv-scalibr and ripsecrets; passwords of MongoDB's and Kubernetes's
/// documentation.
#[rustfmt::skip]
const PUBLISHED: &[u64] = &[
    0x0462_c795_8ce8_364e, 0x13fe_7a38_a57c_4605, 0x183c_257f_c910_0f2b, 0x202b_ef8c_cf98_3bb4,
    0x211c_b46e_ff75_7bb9, 0x2263_673a_0ff1_84cb, 0x24f6_f037_71e4_4b23, 0x2ece_28ce_d258_80a4,
    0x31ab_61df_b1fa_5254, 0x34ee_fbde_d8d8_7d61, 0x35e6_8879_93cc_18d2, 0x3a6d_9cd9_8758_45f3,
    0x412a_54cd_6f4c_7f28, 0x47af_8e8a_bddb_6993, 0x4a11_6c31_da8a_8f87, 0x4bc0_5c87_a41f_92b1,
    0x4c5d_c9b7_7089_05f7, 0x56a5_7f68_36a0_cac1, 0x5e1e_73a3_24bc_b6b7, 0x60e6_8be5_1b7b_5956,
    0x6ed6_45ef_0e1a_bea1, 0x71c4_80df_93d6_ae2f, 0x7764_e362_9da6_86da, 0x7c9c_6984_4213_4c14,
    0x896e_40e1_0a80_ed52, 0x91fa_4af8_1aa0_8ddd, 0x9911_05b7_32e4_5007, 0xa152_d956_8d84_7883,
    0xa168_e126_100a_f322, 0xab33_ac28_4339_a8e4, 0xada6_3e98_fe50_eccb, 0xadd4_73b4_12db_3223,
    0xae60_335b_4967_f54a, 0xb206_97cf_687c_4736, 0xb256_30be_6d6f_bd79, 0xb607_5c19_dad4_8ff0,
    0xc676_f9a6_c2ba_7e52, 0xcc77_e082_5e67_4de0, 0xcf93_b418_640a_e312, 0xd179_a5dc_9a45_dfa9,
    0xd6ec_6898_de87_ddac, 0xd77f_cf9e_68f7_32a3, 0xe040_9a64_4293_7901, 0xe148_7c28_f67b_db7d,
    0xe28c_0a0d_eca6_684a, 0xe3a6_7018_fa7e_4942, 0xe533_1147_6eda_0798, 0xe84c_af86_8e42_0f41,
    0xecac_e86e_e041_e49f, 0xf6b0_0504_dbe4_a664, 0xfa50_acd9_4b83_9baa, 0xfde5_24aa_6fd0_0696,
    0xfe7a_95d6_e586_8b4a,
];

/// The same of the first [`HEAD`] bytes of published bodies whose ends are changed in copies. They are: the secret
/// key of AWS's documentation, the tokens of GitLab's pages on OAuth, triggers, feature flags and feeds.
#[rustfmt::skip]
const PUBLISHED_HEADS: &[u64] = &[
    0x79d9_cb77_42ab_961b, 0x8ca5_5e15_bfec_7c1c, 0xa9db_78b1_026f_ea62, 0xb0c3_c4ed_1eaf_74eb,
    0xb1b8_8896_13c9_186e, 0xb3e4_673d_5079_b9a0, 0xd7fb_a1f3_4ef1_5651, 0xea27_1d89_1e93_d77d,
    0xea64_6d7d_fe84_8025,
];

/// How many bytes a copy shares with the published body at least; 16 random characters never agree by chance.
const HEAD: usize = 16;

/// No published token is longer, in bytes.
const MAX_TOKEN: usize = 400;

/// How far a prefix reaches, and how many parts it may have.
const MAX_PREFIX: usize = 40;
const MAX_PARTS: usize = 6;

/// True for a token that stands in public documentation or test suites, and so opens nothing.
///
/// Takes a body or a whole token: besides the text itself, what follows each `-`, `_`, `=` or `.`
/// near its start is looked up, since the same bodies are published under many prefixes, and the
/// text without a user id at its end (`-1234` in feed tokens).
pub fn is_public_example(token_or_body: &[u8]) -> bool {
    if token_or_body.len() > MAX_TOKEN {
        return false;
    }
    let without_id = without_id(token_or_body);
    let after_prefix = token_or_body
        .iter()
        .take(MAX_PREFIX)
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'-' | b'_' | b'=' | b'.'))
        .map(|(at, _)| at + 1)
        .take(MAX_PARTS);
    std::iter::once(0).chain(after_prefix).any(|start| {
        [token_or_body, without_id]
            .into_iter()
            .filter_map(|text| text.get(start..))
            .any(is_published)
    })
}

fn without_id(token: &[u8]) -> &[u8] {
    let digits = token
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let rest = token.get(..token.len() - digits).unwrap_or_default();
    rest.strip_suffix(b"-").unwrap_or(token)
}

fn is_published(body: &[u8]) -> bool {
    is_listed(body, PUBLISHED)
        || body
            .get(..HEAD)
            .is_some_and(|head| is_listed(head, PUBLISHED_HEADS))
}

fn is_listed(text: &[u8], list: &[u64]) -> bool {
    let digest = Sha256::digest(text);
    digest
        .first_chunk()
        .is_some_and(|head| list.binary_search(&u64::from_be_bytes(*head)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(PUBLISHED.is_sorted_by(|a, b| a < b));
        assert!(PUBLISHED_HEADS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn published_bodies_are_known_under_any_prefix() {
        let spec = ["cgyKc1k_As", "nEpmP-5fRL"].concat();
        let runner = ["t9Wkyj-HGR", "kqQ-VWTGAr"].concat();
        let feed = [
            "a8cc74ccb0de004d09a968705ba49099",
            "229b288b3de43f26c473a9d8d7fb7693",
        ]
        .concat();
        let vector = ["bzox79Of-KE9FD", "2LjoXXF4CvyxA", ".01.", "0r0l8l6ir"].concat();
        for (prefixes, body) in [
            (
                &[
                    "",
                    "glpat-",
                    "gldt-",
                    "glcbt-FFFF_",
                    "glcbt-1_",
                    "SIE-glpat-",
                ][..],
                &spec,
            ),
            (
                &["", "glrt-", "glrt-t1_", "glrtr-t1_", "SIE-glrtr-t1_"],
                &runner,
            ),
            (&["", "glft-", "gloas-"], &feed),
            (&["", "glpat-"], &vector),
        ] {
            for prefix in prefixes {
                assert!(is_public_example(format!("{prefix}{body}").as_bytes()));
                assert!(!is_public_example(format!("{prefix}{body}x").as_bytes()));
                assert!(!is_public_example(format!("{prefix}x{body}").as_bytes()));
            }
        }
        assert!(is_public_example(format!("glft-{feed}-1234").as_bytes()));
    }

    #[test]
    fn knows_published_bodies_with_a_changed_end() {
        let head = ["wJalrXUt", "nFEMI/K7"].concat();
        for end in ["", "MDENG/bPxRfiCYTESTFAKEKY"] {
            assert!(is_public_example(format!("{head}{end}").as_bytes()));
            assert!(!is_public_example(format!("x{head}{end}").as_bytes()));
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in ["", "-", "1234", "-1234", "glpat-", "password"] {
            assert!(!is_public_example(text.as_bytes()));
        }
        assert!(!is_public_example("a-".repeat(1000).as_bytes()));
    }
}
