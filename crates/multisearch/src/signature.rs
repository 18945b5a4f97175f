//! What encoded text looks like, three bytes of it, whatever it says.
//!
//! Text is nearly ASCII, and its encodings therefore use only a part of their alphabet in some places: every
//! other digit in hexadecimal is one of `2` to `7`, and base64 has but half of its digits at three places of
//! four. A row of such places is rare in anything else.

/// How many bytes a signature has.
pub(super) const LEN: usize = 3;

/// The bytes that may stand at each of its places.
pub(super) type Signature = [&'static [u8]; LEN];

/// The digits of base64 without the highest bit of six, without the third, and without the fifth.
const WITHOUT_FIRST: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
const WITHOUT_THIRD: &[u8] = b"ABCDEFGHQRSTUVWXghijklmnwxyz0123";
const WITHOUT_FIFTH: &[u8] = b"ABEFIJMNQRUVYZcdghklopstwx014589";

/// The first of the two digits of a printable byte in hexadecimal, and the second.
const HIGH: &[u8] = b"234567";
const HEX: &[u8] = b"0123456789abcdefABCDEF";

/// A printable byte, or one that ends a line.
const PLAIN: &[u8] = b"\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ\
    [\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// The numbers of the signatures. Three bytes in base64, which are no product of high and low halves.
pub const BASE64: usize = 0;
/// Two in hexadecimal.
pub const HEX_PAIRS: usize = 1;
/// Two characters in UTF-16, the significant half first.
pub const UTF16: usize = 2;
/// `\x67`, `\147`
pub const BACKSLASH: usize = 3;
/// `67:`, `67 `, `67-`, `67,`
pub const SEPARATED_HEX: usize = 4;
/// `%67`
pub const PERCENT: usize = 5;
/// `0x67, `, `\u0067`, `&#x67;`
pub const SIX_BYTE_UNIT: usize = 6;
/// `,0x` of `0x67,` and, twelve bytes further on, `x67`.
pub const FIVE_BYTE_UNIT: usize = 7;

/// The signatures: one bit each of a byte. Each must stand again four, eight and twelve bytes further on, but see
/// [`SPARSE`].
pub(super) const SIGNATURES: [Signature; 8] = {
    let mut signatures: [Signature; 8] = [[b""; LEN]; 8];
    // Their highest bits are in these digits.
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

/// The signatures that need not stand four and eight bytes further on, only twelve: units of three, five and six
/// bytes.
pub(super) const SPARSE: u8 =
    1 << SEPARATED_HEX | 1 << PERCENT | 1 << SIX_BYTE_UNIT | 1 << FIVE_BYTE_UNIT;

/// How far a row of a signature goes that is found wherever it stands, in bytes.
pub const RUN_LEN: usize = 72;

/// For each of the places, the signatures that each byte fits.
static FITS: [[u8; 256]; LEN] = {
    let mut fits = [[0; 256]; LEN];
    let mut signature = 0;
    while signature < SIGNATURES.len() {
        let mut place = 0;
        while place < LEN {
            let bytes = SIGNATURES[signature][place];
            let mut index = 0;
            while index < bytes.len() {
                fits[place][bytes[index] as usize] |= 1 << signature;
                index += 1;
            }
            place += 1;
        }
        signature += 1;
    }
    fits
};

/// The signatures that the bytes begin with.
fn at(bytes: &[u8]) -> u8 {
    let fits = |[a, b, c]: &[u8; LEN]| {
        let fits = |place: usize, byte: &u8| FITS[place][usize::from(*byte)];
        fits(0, a) & fits(1, b) & fits(2, c)
    };
    bytes.first_chunk().map_or(0, fits)
}

/// The signatures that the bytes begin with and that stand there as often as they must.
pub(super) fn run_at(bytes: &[u8]) -> u8 {
    let further = |distance: usize| bytes.get(distance..).map_or(0, at);
    at(bytes) & further(12) & (further(4) & further(8) | SPARSE)
}
