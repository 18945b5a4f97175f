//! Credentials of other services that everybody has: emulators, documentation, test vectors.

use sha2::{Digest, Sha256};

/// The first eight bytes of their SHA-256, sorted; the repository holds none of them as text. They
/// are: the well-known keys of the Azure Storage and Cosmos DB emulators, Vagrant's two insecure SSH
/// keys (decoded), the examples in the sources of Grafana and in GitHub's announcement, keys of
/// Google's documentation and samples, and the Basic headers of RFC 6749.
const PUBLISHED: [u64; 23] = [
    0x0011_cc25_eb43_2071,
    0x2037_abca_ffb2_b777,
    0x27a9_a429_31df_f7eb,
    0x37f8_f09b_df12_c2f2,
    0x3a8b_61d0_f636_b007,
    0x3f37_0c9d_d822_5c63,
    0x49f7_77db_995e_8260,
    0x4c98_242d_cadc_8b29,
    0x56fb_5326_a1d7_2a40,
    0x584b_27d6_4ebc_1b33,
    0x6b59_c03c_3072_0987,
    0x8731_261c_b72d_8626,
    0x976b_57ee_8acd_fcf4,
    0xa19f_89ab_3555_eac1,
    0xa6c8_14bc_555a_e62c,
    0xaa65_4743_9583_c3a2,
    0xac92_65e5_6c79_b234,
    0xc68c_1b1e_6727_cd0e,
    0xca74_59e2_b267_76de,
    0xdc0f_cf04_6c61_640c,
    0xe4a5_542b_b7fd_7b67,
    0xea9b_b108_2cf9_5663,
    0xeb54_0d2b_6ee2_a0a4,
];

/// True if `credential` is useless because it has been published on purpose. A private key must be
/// decoded, all others as they are written.
pub fn is_published(credential: &[u8]) -> bool {
    let digest = Sha256::digest(credential);
    let (first, _) = digest.split_at(8);
    let number = first
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte));
    PUBLISHED.binary_search(&number).is_ok()
}
