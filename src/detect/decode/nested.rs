//! Which texts give a keyword away that is encoded twice.

use super::base64;
use super::trigger::{self, Step, Trigger, stem};

/// How keywords begin that are also looked for behind two layers.
const HOUSE: &[u8] = b"gl";

/// How many letters of a keyword are encoded at most: enough to tell it, and never too long to be
/// sought.
const MAX_STEM: usize = 8;

/// The triggers of a keyword: of one layer and, for those of the house, of two.
pub(crate) fn of(index: usize, word: &[u8], out: &mut Vec<Trigger>) {
    trigger::of(index, word, out);
    if !word.starts_with(HOUSE) {
        return;
    }
    let stem = stem(word);
    for (text, steps) in twice(&stem[..stem.len().min(MAX_STEM)]) {
        let is_known = |known: &Trigger| known.word == Some(index) && known.text == text;
        if !out.iter().any(is_known) {
            out.push(Trigger {
                text,
                word: Some(index),
                steps: steps.to_vec(),
            });
        }
    }
}

/// A text in two layers, of base64 and hexadecimal digits, wherever it stands in each.
fn twice(text: &[u8]) -> Vec<(Vec<u8>, [Step; 2])> {
    let mut all = Vec::new();
    for at in 0..3 {
        let inner = base64::fragment(text, at);
        for outer in 0..3 {
            let steps = [Step::Base64(outer), Step::Base64(at)];
            all.push((base64::fragment(&inner, outer), steps));
        }
        for is_upper in [false, true] {
            all.push((hex(&inner, is_upper), [Step::Hex, Step::Base64(at)]));
            let digits = hex(text, is_upper);
            let steps = [Step::Base64(at), Step::Hex];
            all.push((base64::fragment(&digits, at), steps));
        }
    }
    all
}

fn hex(bytes: &[u8], is_upper: bool) -> Vec<u8> {
    let form = |byte: &u8| match is_upper {
        true => format!("{byte:02X}").into_bytes(),
        false => format!("{byte:02x}").into_bytes(),
    };
    bytes.iter().flat_map(form).collect()
}
