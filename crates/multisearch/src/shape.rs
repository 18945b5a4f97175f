//! What encoded text looks like, three bytes of it, whatever it says.
//!
//! Text is nearly ASCII, and its encodings therefore use only a part of their alphabet in some places: every
//! other digit in hexadecimal is one of `2` to `7`, and base64 has but half of its digits at three places of
//! four. A row of such places is rare in anything else.

/// How many bytes a shape has.
pub(super) const PLACES: usize = 3;

/// The bytes that may stand at each of its places.
pub(super) type Shape = [&'static [u8]; PLACES];

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

/// The numbers of the shapes. Three bytes in base64, which are no product of high and low halves.
pub const BASE64: usize = 0;
/// Two in hexadecimal.
pub const HEX_PAIRS: usize = 1;
/// Two characters in UTF-16, the significant half first.
pub const WIDE: usize = 2;
/// `\x67`, `\147`
pub const BACKSLASH: usize = 3;
/// `67:`, `67 `, `67-`, `67,`
pub const APART: usize = 4;
/// `%67`
pub const PERCENT: usize = 5;
/// `0x67, `, `\u0067`, `&#x67;`
pub const OF_SIX: usize = 6;
/// `,0x` of `0x67,` and, twelve bytes further on, `x67`.
pub const OF_FIVE: usize = 7;

/// The shapes: one bit each of a byte. Each must stand again four, eight and twelve bytes further on, but see
/// [`TWICE`].
pub(super) const SHAPES: [Shape; 8] = {
    let mut shapes: [Shape; 8] = [[b""; PLACES]; 8];
    // Their highest bits are in these digits.
    shapes[BASE64] = [WITHOUT_FIRST, WITHOUT_THIRD, WITHOUT_FIFTH];
    shapes[HEX_PAIRS] = [HIGH, HEX, HIGH];
    shapes[WIDE] = [PLAIN, b"\0", PLAIN];
    shapes[BACKSLASH] = [b"\\", b"x01", b"01234567"];
    shapes[APART] = [HIGH, HEX, b": -,"];
    shapes[PERCENT] = [b"%", HIGH, HEX];
    shapes[OF_SIX] = [b"0\\&", b"xXu#", b"0xX234567"];
    shapes[OF_FIVE] = [b",xX", b"0234567", b"xX0123456789abcdefABCDEF"];
    shapes
};

/// The shapes that need not stand four and eight bytes further on, only twelve: units of three, five and six
/// bytes.
pub(super) const TWICE: u8 = 1 << APART | 1 << PERCENT | 1 << OF_SIX | 1 << OF_FIVE;

/// How far a row of a shape goes that is found wherever it stands, in bytes.
pub const ROW: usize = 72;

/// For each of the places, the shapes that each byte fits.
static FITS: [[u8; 256]; PLACES] = {
    let mut fits = [[0; 256]; PLACES];
    let mut shape = 0;
    while shape < SHAPES.len() {
        let mut place = 0;
        while place < PLACES {
            let bytes = SHAPES[shape][place];
            let mut index = 0;
            while index < bytes.len() {
                fits[place][bytes[index] as usize] |= 1 << shape;
                index += 1;
            }
            place += 1;
        }
        shape += 1;
    }
    fits
};

/// The shapes that the bytes begin with.
fn at(bytes: &[u8]) -> u8 {
    let fits = |[a, b, c]: &[u8; PLACES]| {
        let fits = |place: usize, byte: &u8| FITS[place][usize::from(*byte)];
        fits(0, a) & fits(1, b) & fits(2, c)
    };
    bytes.first_chunk().map_or(0, fits)
}

/// The shapes that the bytes begin with and that stand there as often as they must.
pub(super) fn row(bytes: &[u8]) -> u8 {
    let further = |distance: usize| bytes.get(distance..).map_or(0, at);
    at(bytes) & further(12) & (further(4) & further(8) | TWICE)
}
