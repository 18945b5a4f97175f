//! Byte classes that identify encoded text.
//!
//! Text is mostly ASCII, so its encodings use only a part of their alphabet at some offsets: every other digit of
//! hexadecimal is one of `2` to `7`, and base64 uses half of its digits at three offsets of four. Several such
//! positions at fixed distances are rare in anything else.

/// Number of bytes of a signature.
pub(crate) const LEN: usize = 3;

/// The bytes that are allowed at each offset.
pub(crate) type Signature = [&'static [u8]; LEN];

/// The digits of base64 whose highest bit of six is zero, whose third is, and whose fifth is.
const WITHOUT_FIRST: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
const WITHOUT_THIRD: &[u8] = b"ABCDEFGHQRSTUVWXghijklmnwxyz0123";
const WITHOUT_FIFTH: &[u8] = b"ABEFIJMNQRUVYZcdghklopstwx014589";

/// The first hexadecimal digit of a printable byte, and the second.
const HIGH: &[u8] = b"234567";
const HEX: &[u8] = b"0123456789abcdefABCDEF";

/// A printable byte, tab or line break.
const PLAIN: &[u8] = b"\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ\
    [\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// The bit of base64. Its classes are not products of nibbles.
pub const BASE64: usize = 0;
/// The bit of hexadecimal pairs, `6c61`.
pub const HEX_PAIRS: usize = 1;
/// The bit of UTF-16, the significant byte first.
pub const UTF16: usize = 2;
/// The bit of `\x67` and `\147`.
pub const BACKSLASH: usize = 3;
/// The bit of `67:`, `67 `, `67-` and `67,`.
pub const SEPARATED_HEX: usize = 4;
/// The bit of `%67`.
pub const PERCENT: usize = 5;
/// The bit of `0x67, `, `\u0067` and `&#x67;`.
pub const SIX_BYTE_UNIT: usize = 6;
/// The bit of `,0x` in a sequence of `0x67,`; twelve bytes later is `x67`.
pub const FIVE_BYTE_UNIT: usize = 7;

/// The signatures by bit. Each must recur after four, eight and twelve bytes, except for [`SPARSE`].
pub(crate) const SIGNATURES: [Signature; 8] = {
    let mut signatures: [Signature; 8] = [[b""; LEN]; 8];
    signatures[BASE64] = [WITHOUT_FIRST, WITHOUT_THIRD, WITHOUT_FIFTH];
    signatures[HEX_PAIRS] = [HIGH, HEX, HIGH];
    signatures[UTF16] = [PLAIN, b"\0", PLAIN];
    signatures[BACKSLASH] = [b"\\", b"x01", b"01234567"];
    signatures[SEPARATED_HEX] = [HIGH, HEX, b": -,"];
    signatures[PERCENT] = [b"%", HIGH, HEX];
    signatures[SIX_BYTE_UNIT] = [b"0\\&", b"xXu#", b"0xX234567"];
    signatures[FIVE_BYTE_UNIT] = [b",xX", b"0234567", b"xX0123456789abcdefABCDEF"];
    signatures
};

/// The set of signatures that must recur after twelve bytes only: their units have three, five or six bytes.
pub(crate) const SPARSE: u8 =
    1 << SEPARATED_HEX | 1 << PERCENT | 1 << SIX_BYTE_UNIT | 1 << FIVE_BYTE_UNIT;

/// The length from which a run of encoded text is found at any offset.
pub const RUN_LEN: usize = 72;

/// For each offset, the set of signatures that allow each byte.
static ALLOWED: [[u8; 256]; LEN] = {
    let mut allowed = [[0; 256]; LEN];
    let mut signature = 0;
    while signature < SIGNATURES.len() {
        let mut offset = 0;
        while offset < LEN {
            let bytes = SIGNATURES[signature][offset];
            let mut index = 0;
            while index < bytes.len() {
                allowed[offset][bytes[index] as usize] |= 1 << signature;
                index += 1;
            }
            offset += 1;
        }
        signature += 1;
    }
    allowed
};

/// Returns the set of signatures that `bytes` begin with.
fn at(bytes: &[u8]) -> u8 {
    let set = |[a, b, c]: &[u8; LEN]| {
        let allowed = |offset: usize, byte: &u8| ALLOWED[offset][usize::from(*byte)];
        allowed(0, a) & allowed(1, b) & allowed(2, c)
    };
    bytes.first_chunk().map_or(0, set)
}

/// Returns the set of signatures that `bytes` begin with and that recur as required.
pub(crate) fn run_at(bytes: &[u8]) -> u8 {
    let set_after = |distance: usize| bytes.get(distance..).map_or(0, at);
    at(bytes) & set_after(12) & (set_after(4) & set_after(8) | SPARSE)
}
